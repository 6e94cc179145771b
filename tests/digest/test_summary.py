"""Short summaries in an abstract's own sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.digest.escape import clean
from triage.digest.sentences import sentences
from triage.digest.summary import CHARACTERS, summary

OPENING = "Answering questions over long contracts is slow."
PROBLEM = (
    "However, existing readers lose track of clauses that refer to each other, and this remains a challenge."
)
ASIDE = "Contracts are read by many people."
METHOD = "In this paper, we propose a reader that follows references before it answers."
DETAIL = "It keeps a small table of clauses."
FINDING = "Experiments on three collections show that it outperforms larger readers by 4.2% on average."
CODE = "Our code is available at https://example.org/contracts."


def test_a_long_abstract_is_cut_to_its_idea_and_its_finding_in_their_order() -> None:
    abstract = " ".join((OPENING, PROBLEM, *[ASIDE] * 12, METHOD, DETAIL, FINDING, CODE))
    chosen = summary(abstract)
    assert METHOD in chosen
    assert chosen.index(METHOD) < chosen.index(FINDING)
    assert len(chosen) <= CHARACTERS
    assert CODE not in chosen


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("However, readers lose track of clauses.", "Readers lose track of clauses."),
        ("To address this gap, we therefore propose a reader.", "We propose a reader."),
        ("To this end, we propose a reader.", "We propose a reader."),
        ("Finally, in particular, we test it.", "We test it."),
        ("To understand clauses, one reads them.", "To understand clauses, one reads them."),
        ("Readers and, however rarely, writers agree.", "Readers and, however rarely, writers agree."),
        ("Thusly named, the reader works.", "Thusly named, the reader works."),
    ],
)
def test_a_summary_begins_without_the_connective_of_its_first_sentence(sentence: str, alone: str) -> None:
    assert summary(sentence) == alone


def test_a_summary_begins_with_a_sentence_that_stands_alone() -> None:
    leaning = "These clauses refer to each other, and we propose a table that keeps them."
    abstract = " ".join((leaning, METHOD, DETAIL, FINDING, *[ASIDE] * 12))
    assert summary(abstract).startswith(METHOD)


def test_the_sentence_in_which_a_paper_says_what_it_does_is_always_there() -> None:
    announced = "This paper studies how contracts are read."
    details = "It keeps a small table of clauses, and follows each reference before the next clause is read. "
    assert announced in summary(f"{OPENING} {announced} {details * 8} {FINDING}")


def test_a_chinese_abstract_is_summarised_by_what_it_proposes_and_finds() -> None:
    opening, idea, finding = (
        "阅读合同很慢。",
        "本文提出一种先跟随引用再回答的阅读方法。",
        "实验表明它优于更大的模型。",
    )
    chosen = summary(opening * 40 + idea + "它保存一张小表。" * 30 + finding)
    assert idea in chosen
    assert finding in chosen


def test_short_abstract_is_shown_in_full_without_its_code_link() -> None:
    assert summary(f"{METHOD} {FINDING} {CODE}") == f"{METHOD} {FINDING}"


def test_abstract_of_nothing_but_a_code_link_is_kept() -> None:
    assert summary(CODE) == CODE


def test_empty_abstract_has_no_summary() -> None:
    assert summary("") == ""


def test_sentence_that_the_data_cut_off_is_dropped() -> None:
    broken = "We also show that our reader improves results by 12% when the clauses are"
    abstract = " ".join((OPENING, PROBLEM, METHOD, (DETAIL + " ") * 20, broken))
    assert len(abstract) > 900
    assert broken not in summary(abstract)
    assert METHOD in summary(abstract)


def test_short_abstract_without_its_full_stop_is_complete() -> None:
    assert summary(f"{METHOD} It works") == f"{METHOD} It works"


def test_abstract_that_ends_in_dots_is_cut_whatever_its_length() -> None:
    assert summary(f"{METHOD} The results of our ...") == METHOD


def test_one_endless_broken_sentence_has_no_summary() -> None:
    assert summary("We study " + "very " * 200 + "long") == ""


def test_long_sentences_are_left_out_completely() -> None:
    long_problem = "It remains a problem that " + "clauses refer to clauses and " * 20 + "so on."
    abstract = " ".join((long_problem, ASIDE, METHOD, DETAIL, FINDING))
    assert long_problem not in summary(abstract)
    assert f"{METHOD} {DETAIL} {FINDING}" in summary(abstract)


@pytest.mark.parametrize(
    "sentence",
    [
        "We compare readers, e.g. Longformer, on contracts.",
        "Methods (i.e. Adapters, LoRA, etc.) differ.",
        "Following Smith et al. (2020), we tune two layers.",
        "Accuracy grows from 0.5 to 3.14 points.",
        "See Fig. 2 and Sec. 3 for details.",
        "The theorem of J. von Neumann and A. M. Turing holds.",
        "Code at https://example.org/a.b/c?d=e.f is free.",
        "We bound $f(x). G$ from above.",
        "The U.S. Supreme Court decides.",
        "It compares GPT-3.5 vs. Claude on law.",
        "What is it? a question.",
    ],
)
def test_points_inside_a_sentence_do_not_end_it(sentence: str) -> None:
    assert sentences(f"{sentence} Next one.") == (sentence, "Next one.")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It works! Does it? Yes.", ("It works!", "Does it?", "Yes.")),
        ('He says "no." We agree.', ('He says "no."', "We agree.")),
        ("We add data, code, etc. We then test.", ("We add data, code, etc.", "We then test.")),
        ("Prior work is by Smith et al. We extend it.", ("Prior work is by Smith et al.", "We extend it.")),
        ("本文提出一种方法。实验表明它更好。", ("本文提出一种方法。", "实验表明它更好。")),
        ("It is done. mBERT fails.", ("It is done.", "mBERT fails.")),
        ("It grows by 3. 2D points follow.", ("It grows by 3.", "2D points follow.")),
        ("No stop at all", ("No stop at all",)),
    ],
)
def test_sentences_end_where_they_end(text: str, parts: tuple[str, ...]) -> None:
    assert sentences(text) == parts


@given(st.text(st.sampled_from(list("aB1 .!?,;:()\"'$\\。…")), max_size=120) | st.text(max_size=120))
def test_sentences_lose_no_word(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(st.lists(st.sampled_from((OPENING, PROBLEM, ASIDE, METHOD, DETAIL, FINDING)), max_size=9))
def test_summary_is_made_of_whole_sentences_in_their_order(parts: list[str]) -> None:
    abstract = " ".join(parts)
    chosen = sentences(summary(abstract))
    assert len(chosen) <= 4
    remaining = iter(sentences(clean(abstract)))
    assert all(
        any(whole in (sentence, f"However, {sentence[:1].lower()}{sentence[1:]}") for whole in remaining)
        for sentence in chosen
    )


def test_sentences_end_after_and_before_formulas() -> None:
    text = "We prove $a=b.$ Then it is a group. $G$ acts on e.g. $x$ and $y.5$ too."
    assert sentences(text) == (
        "We prove $a=b.$",
        "Then it is a group.",
        "$G$ acts on e.g. $x$ and $y.5$ too.",
    )
