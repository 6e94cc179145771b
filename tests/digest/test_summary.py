"""Short summaries in an abstract's own sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.digest.escape import clean
from triage.digest.summary import sentences, summary

OPENING = "Answering questions over long contracts is slow."
PROBLEM = (
    "However, existing readers lose track of clauses that refer to each other, and this remains a challenge."
)
ASIDE = "Contracts are read by many people."
METHOD = "In this paper, we propose a reader that follows references before it answers."
DETAIL = "It keeps a small table of clauses."
FINDING = "Experiments on three collections show that it outperforms larger readers by 4.2% on average."
CODE = "Our code is available at https://example.org/contracts."


def test_problem_method_and_finding_come_in_their_order() -> None:
    abstract = " ".join((OPENING, PROBLEM, ASIDE, METHOD, DETAIL, FINDING, CODE))
    assert summary(abstract) == " ".join((PROBLEM, METHOD, FINDING))


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
    long_problem = "However, it remains a problem that " + "clauses refer to clauses and " * 20 + "so on."
    abstract = " ".join((long_problem, ASIDE, METHOD, DETAIL, FINDING))
    assert summary(abstract) == f"{METHOD} {FINDING}"


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
def test_summary_consists_of_complete_sentences_in_their_order(parts: list[str]) -> None:
    abstract = " ".join(parts)
    told = sentences(summary(abstract))
    assert len(told) <= 3
    remaining = iter(sentences(clean(abstract)))
    assert all(sentence in remaining for sentence in told)
