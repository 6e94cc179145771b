"""A digest in Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import ValidationError

from tests.digest.digest_edits import read
from tests.digest.digest_samples import ABSTRACT, PICKS, QUESTIONS, REST, content, pick
from tests.text.expected import bare, in_markdown
from triage.config.schema import FRONT_MATTER_KEYS, DigestConfig
from triage.digest.escape import clean, shortened
from triage.digest.language import language_of
from triage.digest.render import category_line, percent, render
from triage.errors import DigestError
from triage.papers import ArxivId, Contribution, Explanation, NearestNote, Paper, Pick, ScoredPaper
from triage.text.unicode import plain

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})


def front_matter(text: str) -> dict[str, object]:
    loaded = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(loaded, dict)
    return loaded


def body(text: str) -> str:
    return text.split("---\n", 2)[2]


def tokens(text: str) -> list[Token]:
    return MARKDOWN.parse(body(text))


def headings(text: str) -> list[str]:
    parsed = tokens(text)
    return [
        "".join(child.content for child in parsed[at + 1].children or ())
        for at, token in enumerate(parsed)
        if token.type == "heading_open"
    ]


def test_front_matter_reads_like_the_readers_posts() -> None:
    assert render(content(), "en").split("---\n")[1] == (
        "title: 2024-01-17-insights\n"
        "tags:\n"
        "  - English\n"
        "categories: Arxiv-Insights\n"
        "total: 163\n"
        "interesting: 3\n"
        "read: 384\n"
        "cite: 205\n"
        "publish: 9\n"
        "hidden: true\n"
        "abbrlink: dcb2f552\n"
        "date: 2024-01-17 14:03:13\n"
    )


def test_unknown_counts_are_null_and_the_date_is_a_date() -> None:
    read = front_matter(render(content(cite=None, publish=None), "en"))
    assert (read["cite"], read["publish"]) == (None, None)
    assert read["date"] == datetime(2024, 1, 17, 14, 3, 13)  # noqa: DTZ001


@pytest.mark.parametrize(
    "title", ["{{ 7*7 }}", "A lone {%", "{# x", "C{#}sets", "An end: #}", "{{% note %}}"]
)
def test_hexo_runs_nothing_in_a_digest_whose_titles_hold_template_tags(title: str) -> None:
    # Hexo runs Nunjucks over the HTML, where backslashes and entities have become what they stand for.
    text = render(content(rest=(pick(4, title),)), "en")
    assert front_matter(text)["disableNunjucks"] is True
    # The reader's own word counts.
    own = DigestConfig(extra={"disableNunjucks": False})
    assert (
        front_matter(render(content(rest=(pick(4, title),), settings=own), "en"))["disableNunjucks"] is False
    )


def test_hexo_runs_the_readers_own_tags_in_other_digests() -> None:
    text = render(content(rest=(pick(4, "Sets {x} of 5% and $x_{1}$, }} and %}"),)), "en")
    assert "disableNunjucks" not in front_matter(text)


def test_extras_follow_the_known_keys() -> None:
    extras = {"mathjax": True, "cover": "a: b #c", "links": ["x", "y"]}
    text = render(content(settings=DigestConfig(extra=extras)), "en")
    read = front_matter(text)
    assert list(read)[-3:] == ["mathjax", "cover", "links"]
    assert {key: read[key] for key in extras} == extras


def test_extra_may_not_replace_a_key_of_the_digest() -> None:
    assert set(front_matter(render(content(), "en"))) == FRONT_MATTER_KEYS
    with pytest.raises(ValidationError, match="total"):
        DigestConfig(extra={"total": 1})


@pytest.mark.parametrize(
    ("categories", "read"), [((), []), (("One",), "One"), (("One", "Two"), ["One", "Two"])]
)
def test_blog_categories_are_written_as_a_blog_does(categories: tuple[str, ...], read: object) -> None:
    assert (
        front_matter(render(content(settings=DigestConfig(categories=categories)), "en"))["categories"]
        == read
    )


def test_pick_is_heading_summary_reasons_categories_and_marks() -> None:
    text = render(content(picks=PICKS[:1], near_misses=(), rest=()), "en")
    assert body(text) == (
        "\n"
        "## [Shadow Tuning of Large Models](https://arxiv.org/pdf/2401.00001.pdf)\n"
        "\n"
        "cs.CL · [abstract](https://arxiv.org/abs/2401.00001)\n"
        "\n"
        "Most of what tuning changes is small, e.g. the style of an answer. "
        "We present Shadow Tuning, which adds the difference of two small models to a large one. "
        "Experiments on nine benchmarks show that it closes 88.4% of the gap to full tuning.\n"
        "\n"
        "> A strong match (Efficient tuning, Alignment): **logits**, **tuning**; against it: **benchmarks**.\n"
        ">\n"
        "> Near your notes on “[Adapting a Giant by Its Dwarf](../notes/tuning.md#dwarfs)” (3 October 2023).\n"
        "\n"
        "Categories: Efficient tuning, Alignment\n"
        "\n"
        "- [ ] relevant\n"
        "- [ ] not relevant\n"
        "- [ ] read\n"
        "\n"
        "Marks, categories and anything you write under a paper are read on the next run. "
        "Your categories: Alignment, Efficient tuning, Retrieval.\n"
    )


def test_chinese_digest_says_everything_in_chinese() -> None:
    text = render(content(questions=QUESTIONS, rest=REST[2:]), "zh")
    assert "分类：Efficient tuning、Alignment\n\n- [ ] 相关\n- [ ] 不相关\n- [ ] 已读\n" in text
    assert (
        "> 很可能相关（Efficient tuning、Alignment）：**logits**、**tuning**；减分的词：**benchmarks**。"
        in text
    )
    for english in ("Categories", "relevant", "match", "Near", "rest", "Marks", "Not sure", "uncategorised"):
        assert english not in body(text)


def test_rest_is_folded_one_line_a_paper_in_rank_order() -> None:
    text = render(content(), "en")
    folded = re.search(
        r'<details markdown="1">\n<summary>5 more, most likely first</summary>\n\n(.*?)\n\n</details>',
        text,
        re.S,
    )
    assert folded
    assert folded[1].splitlines() == [
        "- [ ] [Counting Tokens in Basque Poetry](https://arxiv.org/pdf/2401.00004.pdf) · *Ada Byron … Mary Fairfax Somerville*",
        f"  <details><summary>abstract</summary>{ABSTRACT.replace('%', '&#37;')}</details>",
        "- [ ] [Sparse Attention for Yoruba Speech](https://arxiv.org/pdf/2401.00005.pdf) · *Ada Byron, Emmy Noether* · Retrieval",
        "  <details><summary>abstract</summary>Speech of &#42;few&#42; speakers is &#91;rare&#93;. "
        "Categories&#58; none. We attend to 1/2 of it.</details>",
        "- [ ] [Grading Welsh Essays](https://arxiv.org/pdf/2401.00006.pdf)",
        '- [ ] [Parsing Tamil with Few Trees](https://arxiv.org/pdf/2401.00007.pdf) · "Low-resource, spoken"',
        "- [ ] [Recipes for Machine Translation](https://arxiv.org/pdf/2401.00008.pdf) · *Ada Byron … Mary Fairfax Somerville*",
    ]


def test_near_misses_are_lines_with_their_summaries() -> None:
    assert (
        "\n\n- [ ] [Hunting Errors in Estonian Subtitles](https://arxiv.org/pdf/2401.00009.pdf)"
        " · *Ada Byron … Lise Read*"
        "\n\n    We hunt errors in subtitles, with a & b. They fall by half.\n\n"
    ) in render(content(), "en")


@pytest.mark.parametrize("parts", [{}, {"near_misses": ()}, {"questions": QUESTIONS}])
def test_how_to_mark_a_line_is_said_once_above_the_first(parts: dict[str, tuple[Pick, ...]]) -> None:
    before, after = render(content(**parts), "en").split(language_of("en")["rest_note"])
    assert "- [ ] [" not in before
    assert after.count("- [ ] [") == 5 + (parts != {"near_misses": ()}) + ("questions" in parts)


def test_obsidian_shows_no_folds_in_its_editor_and_links_notes_its_own_way() -> None:
    text = render(content(settings=DigestConfig(preset="obsidian")), "en")
    assert "<summary>abstract" not in text
    assert "“[[../notes/tuning#Dwarfs|Adapting a Giant by Its Dwarf]]” (3 October 2023)" in text


def test_probabilities_are_shown_when_they_are_asked_for() -> None:
    text = render(content(settings=DigestConfig(percentages=True)), "en")
    assert "> A strong match, 86% (Efficient tuning, Alignment): " in text
    assert "2401.00008.pdf) · *Ada Byron … Mary Fairfax Somerville* · 0.4%" in text
    assert "%" not in body(render(content(picks=(), rest=REST[2:]), "en"))


def test_no_likelihood_is_named_before_there_is_something_to_measure_it_with() -> None:
    text = render(content(calibrated=False), "en")
    assert "> Efficient tuning, Alignment: **logits**, **tuning**;" in text
    assert not re.search("match|[Ll]ikely:|guess", text)


def test_long_listing_folds_in_parts_and_leaves_nobody_out() -> None:
    rest = tuple(pick(n, f"Paper {n}") for n in range(4, 1004))
    text = render(content(rest=rest), "en")
    assert re.findall(r"<summary>(.*?)</summary>", text)[:2] == [
        "1 to 100 of 1000 more",
        "101 to 200 of 1000 more",
    ]
    assert text.count("<details") == text.count("</details>") == 10
    assert all(f"2401.{n:05d}.pdf" in text for n in range(1, 1004))


def test_a_long_listing_has_the_abstracts_of_its_first_hundred() -> None:
    rest = tuple(pick(n, f"Paper {n}", abstract="We study it.") for n in range(10, 300))
    assert render(content(rest=rest), "en").count("<summary>abstract") == 100


def test_questions_have_their_own_part_and_are_not_repeated() -> None:
    text = render(content(questions=(REST[1],), rest=(REST[0], *REST[2:])), "en")
    assert "## Not sure about these\n\nThe model can't place one paper below" in text
    assert text.count("2401.00005") == 1
    assert text.index("2401.00003") < text.index("2401.00005") < text.index("2401.00004")


def test_empty_digest_is_front_matter_and_remark() -> None:
    text = render(content(picks=(), near_misses=(), rest=(), remarks=("Nothing was announced.",)), "en")
    assert body(text) == "\nNothing was announced.\n"
    assert front_matter(text)["interesting"] == 0


def test_remarks_are_paragraphs_and_harmless() -> None:
    text = render(content(remarks=("First.", "# <b>503</b> *busy*")), "en")
    assert body(text).startswith("\nFirst.\n\n\\# &lt;b>503&lt;/b> \\*busy\\*\n\n## [Shadow")


def by(*authors: str, categories: tuple[str, ...] = ("cs.CL", "cs.AI")) -> Pick:
    known = pick(9, "A paper")
    paper = replace(known.scored.paper, authors=authors, categories=categories)
    return replace(known, scored=replace(known.scored, paper=paper))


def about(one: Pick, language: str = "en") -> str:
    return body(render(content(picks=(one,), rest=()), language)).split("\n\n")[1]


PAGE = "[abstract](https://arxiv.org/abs/2401.00009)"


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (by("Ada Byron", "Emmy Noether"), f"Ada Byron, Emmy Noether · cs.CL, cs.AI · {PAGE}"),
        (by("A", "B", "C", "D", "E"), f"A, B, C, D, E · cs.CL, cs.AI · {PAGE}"),
        (by("A", "B", "C", "D", "E", "F"), f"A, B, C, D and 2 others · cs.CL, cs.AI · {PAGE}"),
        (by(categories=()), PAGE),
        (by("# [x](y)", "<b>"), rf"\# \[x\]\(y), &lt;b> · cs.CL, cs.AI · {PAGE}"),
    ],
)
def test_a_pick_says_who_wrote_it_and_where_it_is_listed(one: Pick, line: str) -> None:
    assert about(one) == line


def test_comment_and_journal_stand_in_one_line_under_a_pick() -> None:
    known = PICKS[0]
    paper = replace(known.scored.paper, comment="Accepted in PRL; 12 pages", journal_ref="PRL 1, 2 (2025)")
    text = render(content(picks=(replace(known, scored=replace(known.scored, paper=paper)),)), "en")
    assert "\n\nAccepted in PRL; 12 pages · PRL 1, 2 (2025)\n\n" in text


def test_authors_left_out_are_counted_in_chinese() -> None:
    link = "[摘要](https://arxiv.org/abs/2401.00009)"
    assert about(by("A", "B", "C", "D", "E", "F"), "zh") == f"A、B、C、D等，另有 2 人 · cs.CL、cs.AI · {link}"


def test_paper_without_abstract_or_title_is_still_shown() -> None:
    text = render(content(picks=(pick(9, ""),), rest=()), "en")
    assert body(text).startswith(
        "\n## [arXiv:2401.00009](https://arxiv.org/pdf/2401.00009.pdf)\n"
        "\ncs.CL · [abstract](https://arxiv.org/abs/2401.00009)\n\n> A strong match.\n"
    )


def test_reasons_are_few_and_a_note_without_id_has_no_link() -> None:
    explanation = Explanation(
        tuple(Contribution(f"word{n}", 1.0 / n) for n in range(1, 9)),
        tuple(NearestNote(ArxivId(""), f"Note {n}", 0.5) for n in range(5)),
    )
    text = render(content(picks=(pick(1, "A", explanation=explanation),), rest=()), "en")
    assert "> A strong match: **word1**, **word2**, **word3**.\n" in text
    assert "> Near your notes on “Note 0”, “Note 1” and “Note 2”.\n" in text


def test_a_phrase_is_named_once() -> None:
    terms = ("tool agents", "agent", "Tools", "planning")
    explanation = Explanation(tuple(Contribution(term, 1.0) for term in terms))
    text = render(content(picks=(pick(1, "A", explanation=explanation),), rest=()), "en")
    assert "> A strong match: **tool agents**, **planning**.\n" in text


@pytest.mark.parametrize(
    ("explanation", "en", "zh"),
    [
        (
            Explanation(community=0.8),
            "> A strong match: also picked by others: papers like it.",
            "：别人也选过类似的论文。",
        ),
        (Explanation(community=0.1, picked_by_others=True), ": also picked by others.", "：别人也选了这篇。"),
    ],
)
def test_other_peoples_picks_are_a_reason(explanation: Explanation, en: str, zh: str) -> None:
    picks = (pick(1, "A", explanation=explanation),)
    assert en in render(content(picks=picks, rest=()), "en")
    assert zh in render(content(picks=picks, rest=()), "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_other_people_are_not_spoken_of_when_they_hardly_moved_the_score(language: str) -> None:
    texts = [
        render(content(picks=(pick(1, "A", explanation=Explanation(community=moved)),), rest=()), language)
        for moved in (0.0, 0.2, -2.0)
    ]
    assert texts[0] == texts[1] == texts[2]


def test_same_content_gives_the_same_bytes_with_unix_line_ends() -> None:
    first, second = (render(content(questions=QUESTIONS), "zh") for _ in range(2))
    assert first == second
    assert "\r" not in first
    assert first.endswith("。\n")
    assert "\n\n\n" not in first


def test_unknown_language_is_refused() -> None:
    with pytest.raises(DigestError, match="'fr'"):
        render(content(), "fr")


@pytest.mark.parametrize(
    ("probability", "shown"), [(0.0, "0.0%"), (0.004, "0.4%"), (0.01, "1%"), (0.355, "36%"), (1.0, "100%")]
)
def test_probabilities_are_read_at_a_glance(probability: float, shown: str) -> None:
    assert percent(probability) == shown


@pytest.mark.parametrize("piece", ["word ", "x", "词", "*[", "$x$ "])
def test_fields_of_a_hundred_kilobytes_are_cut(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    paper = Paper(ArxivId("2401.00001"), long, f"We study {long}.", (long, "B. Writer"), (long,))
    why = Explanation((Contribution(long, 1.0),), (NearestNote(ArxivId("2310.00123"), long, 0.5),))
    huge = Pick(ScoredPaper(paper, 1.0, 0.9, (), why), 1)
    text = render(content(picks=(huge, *PICKS[1:]), rest=(huge,)), "en")
    assert len(text.encode()) < 40_000
    assert headings(text)[0] == shortened(long, 500)
    assert "B. Writer" in text
    # What was cut is read back like any other.
    assert read(text.replace("\n", "\r\n"), text).labels == ()


def test_category_names_are_quoted_where_they_hold_a_separator() -> None:
    assert category_line(("A, B", "C"), language_of("en")) == '"A, B", C'
    assert category_line(("甲、乙", "C"), language_of("zh")) == '"甲、乙"、C'
    assert category_line((), language_of("zh")) == "未分类"


HOSTILE = st.text(
    st.sampled_from(list("ab1 _*`$\\{}[]<>|~&;#%=^!()-+.:'\"x\n\té中")), min_size=1, max_size=30
)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
@example("1", "1", "- 1", "1")
@example("1", "1", "$_$", "$_$")
def test_hostile_text_changes_nothing_about_the_structure(
    title: str, abstract: str, category: str, word: str
) -> None:
    explanation = Explanation((Contribution(word, 1.0),), (NearestNote(ArxivId("2310.00123"), title, 0.5),))
    hostile = pick(1, title, categories=(category,), abstract=abstract, explanation=explanation)
    shown = content(picks=(hostile, PICKS[2]), near_misses=(hostile,), rest=(hostile, REST[3]))
    text = render(shown, "en")
    heading, *others = headings(text)
    assert bare(heading) == (in_markdown(title) if clean(plain(clean(title))) else "arXiv:2401.00001")
    assert others == ["Markup in Prompts", "Near misses", "The rest of the listing"]
    parsed = tokens(text)
    assert sum(token.type == "list_item_open" for token in parsed) == 3 + 3 + 1 + 2
    blocks = [token.content for token in parsed if token.type == "html_block"]
    folded = [block for block in blocks if "abstract" in block]
    assert len(folded) <= 1
    assert all(
        re.fullmatch(r"<details><summary>abstract</summary>[^<>*_`$\n]+</details>", one.strip())
        for one in folded
    )
    assert [block.split()[0] for block in blocks if block not in folded] == ["<details", "</details>"]
    kinds = {child.type for token in parsed for child in token.children or ()}
    assert kinds <= {
        "text",
        "text_special",
        "link_open",
        "link_close",
        "strong_open",
        "strong_close",
        "softbreak",
    }
    assert front_matter(text)["title"] == "2024-01-17-insights"
