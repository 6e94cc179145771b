"""The reader's marks, read from a digest that something has reformatted."""

from __future__ import annotations

import textwrap

import pytest

from tests.digest.digest_edits import (
    BASQUE,
    BRIDGE,
    ENGLISH,
    HEADING,
    JOKES,
    MARKUP,
    SHADOW,
    WELSH,
    YORUBA,
    Edit,
    both,
    move,
    read,
    regex,
    replace,
    section,
    statements,
    tick,
    wrapped,
)

REFORMATTED: dict[str, Edit] = {
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "old Mac line ends": lambda text: text.replace("\n", "\r"),
    "byte order mark": lambda text: "\ufeff" + text,
    "star bullets": regex(r"^- ", "* "),
    "plus bullets": regex(r"^- ", "+ "),
    "numbered lists": regex(r"^- ", "1. "),
    "indented lists": regex(r"^- ", "   - "),
    "blank lines between items": regex(r"^(- .*)$", r"\1\n"),
    "capital X": lambda text: text.replace("[x]", "[X]"),
    "check marks": lambda text: text.replace("[x]", "[✓]"),
    "HTML entities": lambda text: text.replace("[x]", "&#9745;").replace("[ ]", "&#9744;"),
    "ballot boxes": lambda text: text.replace("[x]", "☑").replace("[ ]", "☐"),
    "emoji for ticks": lambda text: text.replace("[x]", "✅"),
    "HTML inputs": lambda text: text.replace("[x]", '<input type="checkbox" checked>').replace(
        "[ ]", '<input type="checkbox">'
    ),
    "escaped brackets": lambda text: text.replace("[x]", r"\[x\]").replace("[ ]", r"\[ ]"),
    "dates of Obsidian's tasks": regex(r"^(- \[x\] \w+)$", r"\1 ✅ 2024-01-18"),
    "wrapped at 80": wrapped(80),
    "wrapped at 40": wrapped(40),
    "trailing spaces": regex(r"$", "  "),
    "bold mark words": regex(r"\] (relevant|not relevant|read)\b", r"] **\1**"),
    "all in a quotation": lambda text: "\n".join(
        f"> {line}" for line in text.split("---\n", 2)[2].split("\n")
    ),
    "HTML headings": regex(r"^## (\[.*)$", r"<h2>\1</h2>"),
    "links as HTML": regex(
        r"\[((?:Sh|A B|Ma|Co|Sp|Gr|Pa|Re|Jo|Hu)[^\]]*)\]\((\S+?)\)", r'<a href="\2">\1</a>'
    ),
    "wiki links": regex(r"\[(Counting[^\]]*)\]\(\S+?/(2401\.\d+)\.pdf\)", r"[[\2|\1]]"),
    "struck through lines": regex(r"^- \[x\] (relevant|read)$", r"- [x] ~~\1~~"),
    "translated by hand": lambda text: (
        text.replace("not relevant", "不相关")
        .replace("] relevant", "] 相关")
        .replace("] read", "] 已读")
        .replace("Categories: uncategorised", "分类：未分类")
        .replace("Categories: ", "分类：")
        .replace("## The rest of the listing", "## 其余论文")
        .replace("## Not sure about these", "## 拿不准的")
    ),
    "folds opened": lambda text: text.replace("<details", "<details open"),
    "folds removed": regex(r"^</?details.*>$|^<summary>.*$", ""),
    "parts in another order": lambda text: (
        section(text, MARKUP)
        .join(text.replace(section(text, MARKUP), "").partition(HEADING[SHADOW])[::2])
        .replace(section(text, MARKUP), section(text, MARKUP) + HEADING[SHADOW], 1)
    ),
}


@pytest.mark.parametrize("name", REFORMATTED)
def test_reformatting_is_no_annotation(name: str) -> None:
    assert read(REFORMATTED[name](tick(SHADOW, "read")(ENGLISH))).problems == ()
    assert statements(read(REFORMATTED[name](tick(SHADOW, "relevant")(ENGLISH)))) == [
        (SHADOW, "relevant", True)
    ]


@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("width", range(20, 100, 4))
def test_an_editor_that_wraps_every_line_says_nothing(width: int, indent: str) -> None:
    # Also the headings with their links, the categories and quoted names in the list.
    front_matter, body = ENGLISH.split("---\n", 2)[1:]
    wraps = (
        textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line in body.split("\n")
    )
    text = "\n".join("\n".join(wrap) for wrap in wraps)
    annotations = read(f"---\n{front_matter}---\n{text}")
    assert (annotations.labels, annotations.problems) == ((), ())


@pytest.mark.parametrize("width", range(24, 120, 4))
def test_a_category_of_two_words_wrapped_between_them_is_no_new_one(width: int) -> None:
    machine = regex(r"^(- \[ \] \[.*?\]\(\S+\)) · ", r"\1 · Long context, Machine translation · ")(ENGLISH)
    annotations = read(wrapped(width)(machine), machine)
    assert (annotations.labels, annotations.problems) == ((), ())


@pytest.mark.parametrize("width", range(57, 69))
def test_a_line_that_is_broken_in_its_title_and_its_authors_says_nothing(width: int) -> None:
    title = "Towards Actionable Pedagogical Feedback: A Multi-Perspective Analysis of Teaching and Tutoring Dialogue"
    machine = regex(r"^(- \[ \] \[)[^\]]*(\]\(\S+\)).*$", rf"\1{title}\2 · *Jannatun Naim … Tamara Sumner*")(
        ENGLISH
    )
    # textwrap breaks after the hyphen, which changes the title.
    broken = (
        "\n".join(textwrap.wrap(line, width, break_long_words=False)) if line.startswith("- [") else line
        for line in machine.split("\n")
    )
    annotations = read("\n".join(broken), machine)
    assert (annotations.labels, annotations.problems) == ((), ())


@pytest.mark.parametrize("name", REFORMATTED)
def test_marks_survive_reformatting(name: str) -> None:
    edited = both(
        tick(SHADOW, "relevant"),
        tick(BRIDGE, "not relevant"),
        tick(MARKUP, "read"),
        replace("- [ ] [Grading Welsh", "- [x] [Grading Welsh"),
        replace("- [ ] [Sparse", "- [-] [Sparse"),
        replace("- [ ] [Jokes", "- [x] [Jokes"),
        move("Basque", "## [A Bridge"),
    )(ENGLISH)
    annotations = read(REFORMATTED[name](edited))
    assert sorted(map(str, statements(annotations))) == sorted(
        map(
            str,
            [
                (SHADOW, "relevant", True),
                (BASQUE, "relevant", True),
                (BRIDGE, "relevant", False),
                (MARKUP, "read", True),
                (JOKES, "relevant", True),
                (YORUBA, "relevant", False),
                (WELSH, "relevant", True),
            ],
        )
    )
    assert annotations.problems == ()
