"""Figures under the picks: shown, linked, and no statement of the reader's wherever they end up."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.digest.digest_edits import (
    BRIDGE,
    MARKUP,
    QUESTIONS,
    SHADOW,
    Edit,
    both,
    inside,
    read,
    regex,
    replace,
    section,
    statements,
    tick,
)
from tests.digest.digest_samples import PICKS, content
from triage.digest.content import DigestContent
from triage.digest.escape import clean, linked_picture, shortened
from triage.digest.render import render
from triage.listing.figures import Figure
from triage.papers import ArxivId
from triage.text.unicode import plain

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})

ANY_TEXT = st.text(max_size=60) | st.text(
    st.sampled_from(list("ab1 _*`$\\{}[]<>|~&;#%=^!()-+.:'\"x\n\t,é中\u202e\x00")), max_size=40
)


def figure_of(paper: ArxivId, caption: str) -> Figure:
    page = f"https://arxiv.org/html/{paper}v1"
    return Figure(caption, f"{page}/x1.png", f"{page}#S1.F1")


FIGURES = {
    SHADOW: figure_of(
        SHADOW, "Figure 1: Two small models [S] and a large one (L) at $n=3$. Best seen in colour."
    ),
    MARKUP: figure_of(MARKUP, "Figure 2: Markup, before and after."),
}
SHOWN = (
    "[![Figure 1](https://arxiv.org/html/2401.00001v1/x1.png)](https://arxiv.org/html/2401.00001v1#S1.F1)\n\n"
    r"*Figure 1: Two small models \[S\] and a large one (L) at n=3.*"
)


def digest(language: str = "en") -> str:
    return render(content(questions=QUESTIONS, figures=FIGURES), language)


def said(text: str, language: str = "en") -> list[tuple[object, ...]]:
    annotations = read(text, digest(language))
    assert annotations.problems == ()
    return statements(annotations)


def test_a_figure_is_under_the_explanation() -> None:
    text = section(digest(), SHADOW)
    remark, figure, categories = (
        text.index("\n> Near"),
        text.index(f"\n\n{SHOWN}\n\n"),
        text.index("\nCategories:"),
    )
    assert remark < figure < categories


def test_a_pick_without_figure_is_written_as_ever() -> None:
    assert section(digest(), BRIDGE) == section(render(content(questions=QUESTIONS), "en"), BRIDGE)


def test_only_picks_have_figures() -> None:
    every: DigestContent = content(questions=QUESTIONS)
    figures = {
        one.scored.paper.id: figure_of(one.scored.paper.id, "Figure 1: A")
        for one in (*every.rest, *QUESTIONS)
    }
    assert render(content(questions=QUESTIONS, figures=figures), "en") == render(every, "en")


def test_a_long_caption_is_cut_after_a_word() -> None:
    long = figure_of(SHADOW, "Figure 1: " + "one two three " * 50)
    text = render(content(picks=PICKS[:1], figures={SHADOW: long}), "en")
    (shown,) = re.findall(r"^\*(Figure.*)\*$", text, re.M)
    assert len(shown) <= 300
    assert re.search(r" (one|two|three)…$", shown)


@pytest.mark.parametrize(
    ("caption", "alt", "shown"),
    [
        ("Figure 1: What it does. And why.", "Figure 1", "Figure 1: What it does."),
        ("FIG. 2. Energy vs. time. Both fall.", "FIG. 2", "FIG. 2. Energy vs. time."),
        ("图 3：方法概览。结果见下。", "图 3", "图 3：方法概览。"),
        ("Figure 4", "Figure 4", "Figure 4"),
    ],
)
def test_a_figure_shows_its_number_and_its_captions_first_sentence(
    caption: str, alt: str, shown: str
) -> None:
    text = render(content(picks=PICKS[:1], figures={SHADOW: figure_of(SHADOW, caption)}), "en")
    assert f"[![{alt}](https://arxiv.org/html/2401.00001v1/x1.png)]" in text
    assert f"\n\n*{shown}*\n\n" in text


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Figure 1: A", "Figure 1: A"),
        ("Figure 1: A method, at last", "Figure 1: A method…"),
        ("图 1：我们的方法在九个基准上的结果与对比", "图 1：我们的方法在九个基准上的结果与…"),
        ("x" * 30, "x" * 19 + "…"),
        ("  spaced \n out ", "spaced out"),
    ],
)
def test_text_is_shortened_at_a_word_where_there_are_words(text: str, short: str) -> None:
    assert shortened(text, 20) == short


@given(ANY_TEXT, st.integers(2, 30))
def test_shortened_text_is_short(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= most


@given(ANY_TEXT)
def test_any_caption_is_one_linked_picture_described_by_exactly_that_text(caption: str) -> None:
    tokens = MARKDOWN.parse(linked_picture(caption, "https://arxiv.org/x1.png", "https://arxiv.org/#S1"))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    opened, picture, closed = tokens[1].children or []
    assert (opened.type, opened.attrGet("href")) == ("link_open", "https://arxiv.org/#S1")
    assert (picture.type, picture.attrGet("src")) == ("image", "https://arxiv.org/x1.png")
    assert closed.type == "link_close"
    parts = picture.children or []
    assert {token.type for token in parts} <= {"text", "text_special"}
    assert "".join(token.content for token in parts) == clean(plain(clean(caption)))


@given(ANY_TEXT)
def test_template_engines_find_nothing_to_run_in_a_caption(caption: str) -> None:
    written = linked_picture(caption, "https://arxiv.org/x1.png", "https://arxiv.org/#S1")
    for opening in ("{{", "{%", "{#", "<", "%%"):
        assert opening not in written


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_unedited_digest_with_figures_has_no_annotations(language: str) -> None:
    text = digest(language)
    assert said(text + "\n", language) == []


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(replace(f"{SHOWN}\n\n", ""), id="deleted"),
        pytest.param(
            both(replace(f"{SHOWN}\n\n", ""), replace("- [ ] relevant\n", f"{SHOWN}\n\n- [ ] relevant\n")),
            id="below the categories",
        ),
        pytest.param(
            both(replace(f"{SHOWN}\n\n", ""), inside(SHADOW, replace("\n\n", f"\n\n{SHOWN}\n\n"))),
            id="up to the heading",
        ),
        pytest.param(
            both(
                replace(f"{SHOWN}\n\n", ""),
                inside(BRIDGE, replace("\n\nCategories", f"\n\n{SHOWN}\n\nCategories")),
            ),
            id="under another pick",
        ),
        pytest.param(
            both(replace(f"{SHOWN}\n\n", ""), replace("\n## [Shadow", f"\n{SHOWN}\n\n## [Shadow")),
            id="above the first pick",
        ),
        pytest.param(both(replace(f"{SHOWN}\n\n", ""), lambda text: f"{text}\n{SHOWN}\n"), id="to the end"),
        pytest.param(replace(SHOWN, "> " + SHOWN.replace("\n\n", "\n>\n> ")), id="quoted"),
        pytest.param(replace(SHOWN, f"- {SHOWN}"), id="an item"),
        pytest.param(replace(SHOWN, f"<!-- {SHOWN.replace(chr(10), ' ')} -->"), id="commented out"),
        pytest.param(replace(SHOWN, f"{SHOWN}\n\n{SHOWN}"), id="twice"),
        pytest.param(replace(SHOWN, SHOWN[1 : SHOWN.index(")](") + 1]), id="without its link"),
        pytest.param(
            replace(SHOWN, '<img src="../../files/images/proxy.png">'), id="the reader's own picture"
        ),
        pytest.param(regex(r"^\[!\[.*\n\n", ""), id="all of them"),
    ],
)
def test_moving_or_deleting_a_figure_is_no_annotation(edit: Edit) -> None:
    assert said(edit(digest())) == []


def test_marks_and_words_around_a_figure_are_read() -> None:
    edit = both(
        tick(SHADOW, "relevant"),
        tick(MARKUP, "not relevant"),
        inside(SHADOW, replace(SHOWN, f"{SHOWN}\n\nThis is the one to remember, and the picture says why.")),
        inside(MARKUP, replace("Categories: uncategorised", "Categories: Prompts")),
    )
    assert said(edit(digest())) == [
        (SHADOW, "This is the one to remember, and the picture says why."),
        (SHADOW, "relevant", True),
        (MARKUP, ("Prompts",)),
        (MARKUP, "relevant", False),
    ]


def test_a_figure_tells_whose_the_boxes_are_when_the_heading_is_gone() -> None:
    edit = both(tick(SHADOW, "read"), regex(r"^## \[Shadow.*\n", ""))
    assert said(edit(digest())) == [(SHADOW, "read", True)]
