"""The reader's marks and edits, read back from the digest."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from digest_samples import ASKED, PICKS, REST, content, pick
from hypothesis import given
from hypothesis import strategies as st

from triage.digest.marks import Mark, Marks, read_marks
from triage.digest.write import render
from triage.papers import ArxivId

ENGLISH = render(content(asked=ASKED, remarks=("A weak day.",)), "en")
CHINESE = render(content(asked=ASKED, remarks=("今天偏弱。",)), "zh")

SHADOW, BRIDGE, MARKUP = (ArxivId(f"2401.{n:05d}") for n in (1, 2, 3))
BASQUE, YORUBA, WELSH, TAMIL, RECIPES = (ArxivId(f"2401.{n:05d}") for n in range(4, 9))
JOKES = ArxivId("2401.00020")

HEADING = {SHADOW: "## [Shadow", BRIDGE: "## [A Bridge", MARKUP: "## [Markup"}

Edit = Callable[[str], str]


def read(text: str, machine: str | None = ENGLISH) -> Marks:
    return read_marks(text, machine_text=machine, file="2024-01-17-insights.md")


def said(marks: Marks) -> list[tuple[object, ...]]:
    """What was said, without where."""
    return [_said(mark) for mark in marks.labels]


def _said(mark: Mark) -> tuple[object, ...]:
    values = (mark.relevant, mark.read, mark.categories, mark.remark or None)
    (value,) = (value for value in values if value is not None)
    kind = "read" if mark.read is not None else "relevant" if mark.relevant is not None else ""
    return (mark.paper, kind, value) if kind else (mark.paper, value)


def replace(old: str, new: str, count: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return edit


def regex(pattern: str, new: str, count: int = 0) -> Edit:
    def edit(text: str) -> str:
        changed, times = re.subn(pattern, new, text, count=count, flags=re.M)
        assert times
        return changed

    return edit


def both(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text

    return edit


def line_with(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


def section(text: str, paper: ArxivId) -> str:
    start = text.index(HEADING[paper])
    return text[start : text.index("\n## ", start) + 1]


def inside(paper: ArxivId, edit: Edit) -> Edit:
    """Edit the section of one pick."""

    def whole(text: str) -> str:
        old = section(text, paper)
        return text.replace(old, edit(old))

    return whole


def tick(paper: ArxivId, word: str, box: str = "[x]") -> Edit:
    return inside(paper, replace(f"- [ ] {word}\n", f"- {box} {word}\n"))


def move(words: str, before: str) -> Edit:
    """Cut a line and paste it above another."""

    def edit(text: str) -> str:
        line = line_with(text, words)
        text = text.replace(line + "\n", "")
        return text.replace(before, f"{line}\n\n{before}", 1)

    return edit


def delete_section(paper: ArxivId) -> Edit:
    return lambda text: text.replace(section(text, paper), "")


def delete_from(words: str) -> Edit:
    return lambda text: text[: text.index(words)]


def wrapped(width: int) -> Edit:
    """Wrap paragraphs and list items as prettier's ``proseWrap: always`` does."""

    def wrap(line: str) -> str:
        if len(line) <= width or line.startswith(("#", "<")):
            return line
        indent = "> " if line.startswith("> ") else "  " if line.startswith("- ") else ""
        lines, current = [], ""
        for word in line.split(" "):
            if current and len(current) + 1 + len(word) > width:
                lines.append(current)
                current = indent + word
            else:
                current = f"{current} {word}" if current else word
        return "\n".join([*lines, current])

    return lambda text: "\n".join(map(wrap, text.split("\n")))


NOTE = "Try this on our contracts next week."

EDITS: dict[str, tuple[Edit, list[tuple[object, ...]]]] = {
    "relevant ticked": (tick(SHADOW, "relevant"), [(SHADOW, "relevant", True)]),
    "not relevant ticked": (tick(BRIDGE, "not relevant"), [(BRIDGE, "relevant", False)]),
    "read ticked": (tick(MARKUP, "read"), [(MARKUP, "read", True)]),
    "relevant and read ticked": (
        both(tick(SHADOW, "relevant", "[X]"), tick(SHADOW, "read")),
        [(SHADOW, "relevant", True), (SHADOW, "read", True)],
    ),
    "miss rescued by its box": (
        replace("- [ ] [Grading Welsh", "- [x] [Grading Welsh"),
        [(WELSH, "relevant", True)],
    ),
    "marks typed at the end of a line of the rest": (
        regex(r"^(.*Yoruba.*)\[ \] not relevant · \[ \] read", r"\1[x] not relevant · [X] read"),
        [(YORUBA, "read", True), (YORUBA, "relevant", False)],
    ),
    "asked paper answered": (
        replace("- [ ] [Jokes", "- [x] [Jokes"),
        [(JOKES, "relevant", True)],
    ),
    "line moved up between the picks": (
        move("Basque", "## [A Bridge"),
        [(BASQUE, "relevant", True)],
    ),
    "line moved up below the picks": (
        move("Basque", "## Not sure about these"),
        [(BASQUE, "relevant", True)],
    ),
    "line moved into the middle of a pick whose marks follow": (
        both(move("Basque", "Categories: Retrieval"), tick(BRIDGE, "not relevant")),
        [(BASQUE, "relevant", True), (BRIDGE, "relevant", False)],
    ),
    "line moved up and made a heading": (
        both(
            move("Basque", "## [A Bridge"),
            regex(r"^- \[ \] (\[Counting.*?\)) · 44%.*$", r"## \1\n\nGreat."),
        ),
        [(BASQUE, "relevant", True), (BASQUE, "Great.")],
    ),
    "line moved up and stripped to its link": (
        both(move("Basque", "## [A Bridge"), regex(r"^- \[ \] (\[Counting.*?\)) .*$", r"\1")),
        [(BASQUE, "relevant", True)],
    ),
    "asked paper moved up": (move("Jokes", "## [A Bridge"), [(JOKES, "relevant", True)]),
    "line moved up and then marked not relevant": (
        both(move("Basque", "## [A Bridge"), regex(r"^(.*Basque.*)\[ \] not", r"\1[x] not")),
        [(BASQUE, "relevant", False)],
    ),
    "own paper added as a heading": (
        replace(
            "## [A Bridge", "## [Mine](https://arxiv.org/abs/2312.04567v2)\n\nFrom a friend.\n\n## [A Bridge"
        ),
        [(ArxivId("2312.04567"), "relevant", True), (ArxivId("2312.04567"), "From a friend.")],
    ),
    "category changed": (
        replace("Categories: Retrieval", "Categories: Alignment"),
        [(BRIDGE, ("Alignment",))],
    ),
    "categories added, one of them new": (
        replace("Categories: uncategorised", "**Categories:** [[Prompting]]、 Alignment; #style"),
        [(MARKUP, ("Prompting", "Alignment", "style"))],
    ),
    "category taken away": (replace("Categories: Retrieval", "Categories:"), [(BRIDGE, ())]),
    "category in quotes": (
        replace("Categories: Retrieval", 'Categories: "Memory, external", Retrieval'),
        [(BRIDGE, ("Memory, external", "Retrieval"))],
    ),
    "category written into a line of the rest": (
        replace("2401.00006.pdf) ·", "2401.00006.pdf) · Education ·"),
        [(WELSH, ("Education",))],
    ),
    "category changed in a line of the rest": (
        replace('"Low-resource, spoken"', "Parsing"),
        [(TAMIL, ("Parsing",))],
    ),
    "categories in another order": (
        replace("Efficient tuning, Alignment", "Alignment, Efficient tuning"),
        [],
    ),
    "note under a pick": (inside(BRIDGE, lambda text: f"{text}{NOTE}\n\n"), [(BRIDGE, NOTE)]),
    "note in Chinese": (
        inside(BRIDGE, lambda text: f"{text}这篇可以用在合同上。\n\n"),
        [(BRIDGE, "这篇可以用在合同上。")],
    ),
    "note in the quotation": (replace("> Retrieval, 71%", f"> {NOTE}\n> Retrieval, 71%"), [(BRIDGE, NOTE)]),
    "remark rewritten": (regex(r"^> Retrieval, 71%.*$", f"> {NOTE}"), [(BRIDGE, NOTE)]),
    "note behind the summary": (
        replace("what the reader cannot use.", f"what the reader cannot use. {NOTE}"),
        [(BRIDGE, NOTE)],
    ),
    "note under a line of the rest": (
        regex(r"^(.*Welsh.*)$", rf"\1\n  {NOTE}"),
        [(WELSH, NOTE)],
    ),
    "note at the end of a line of the rest": (
        regex(r"^(.*Welsh.*)$", rf"\1 — {NOTE}"),
        [(WELSH, NOTE.rstrip("."))],
    ),
    "note behind a tick": (
        inside(SHADOW, replace("[ ] relevant", "[x] relevant, for the ablation")),
        [(SHADOW, "relevant", True), (SHADOW, "for the ablation")],
    ),
    "note of several paragraphs and a list": (
        inside(SHADOW, lambda text: f"{text}First.\n\n- second\n- third\n\n![figure](a.png)\n\n"),
        [(SHADOW, "First.\nsecond\nthird")],
    ),
    "note that mentions another paper of the digest": (
        inside(
            SHADOW, lambda text: f"{text}[Counting](https://arxiv.org/abs/2401.00004) does it better.\n\n"
        ),
        [(SHADOW, "[Counting](https://arxiv.org/abs/2401.00004) does it better.")],
    ),
    "thumb up": (inside(SHADOW, lambda text: f"{text}👍\n\n"), [(SHADOW, "👍")]),
    "the reader's own to-do list": (
        inside(SHADOW, lambda text: f"{text}- [x] ask Ana for her code\n\n"),
        [(SHADOW, "ask Ana for her code")],
    ),
    "summary rewritten": (
        regex(r"^We ask what markup does to answers\.$", "模型对标记很敏感。"),
        [(MARKUP, "模型对标记很敏感。")],
    ),
    "pick deleted": (delete_section(BRIDGE), []),
    "pick deleted and another ticked": (
        both(delete_section(BRIDGE), tick(MARKUP, "relevant")),
        [(MARKUP, "relevant", True)],
    ),
    "last pick deleted": (delete_section(MARKUP), []),
    "rest deleted": (delete_from("## The rest"), []),
    "second half deleted in the middle of a line": (
        both(tick(SHADOW, "relevant"), lambda text: text[: text.index("Yoruba")]),
        [(SHADOW, "relevant", True)],
    ),
    "first half deleted": (
        both(tick(MARKUP, "relevant"), lambda text: text[text.index(HEADING[MARKUP]) :]),
        [(MARKUP, "relevant", True)],
    ),
    "front matter removed": (
        both(tick(SHADOW, "relevant"), lambda text: text[text.index("A weak day") :]),
        [(SHADOW, "relevant", True)],
    ),
    "front matter changed": (replace("hidden: true", 'hidden: false\nmood: "[x] relevant"'), []),
    "title translated": (
        both(tick(SHADOW, "relevant"), replace("[Shadow Tuning of Large Models]", "[大模型的影子微调]")),
        [(SHADOW, "relevant", True)],
    ),
    "link of the title lost": (
        both(tick(SHADOW, "relevant"), regex(r"^## \[(Shadow.*?)\]\(.*\)$", r"## \1")),
        [(SHADOW, "relevant", True)],
    ),
    "title translated and its link lost": (
        both(tick(SHADOW, "relevant"), regex(r"^## \[Shadow.*$", "## 大模型的影子微调")),
        [(SHADOW, "relevant", True)],
    ),
    "link changed to the abstract page": (
        both(
            tick(SHADOW, "relevant"),
            replace("arxiv.org/pdf/2401.00001.pdf", "www.arxiv.org/abs/2401.00001v2"),
        ),
        [(SHADOW, "relevant", True)],
    ),
    "headings of the parts gone": (
        both(
            tick(SHADOW, "relevant"),
            regex(r"^## (The rest of the listing|Not sure about these)$|^</?details>$", ""),
        ),
        [(SHADOW, "relevant", True)],
    ),
    "headings of the parts translated by hand and a line moved": (
        both(
            move("Basque", "## [A Bridge"),
            replace("## The rest of the listing", "## Der Rest"),
            regex(r"^</?details>$|^<summary>.*$", ""),
        ),
        [(BASQUE, "relevant", True)],
    ),
    "heading levels changed": (
        both(tick(SHADOW, "relevant"), regex(r"^## ", "#### ")),
        [(SHADOW, "relevant", True)],
    ),
    "own section at the end": (lambda text: f"{text}\n## Thoughts\n\nA quiet day.\n", []),
    "own heading within a pick": (
        inside(SHADOW, lambda text: f"{text}### Mine\n\n{NOTE}\n\n"),
        [(SHADOW, f"Mine\n{NOTE}")],
    ),
    "remark on the day rewritten": (replace("A weak day.", "No coffee."), []),
    "code with boxes in a note": (
        inside(SHADOW, lambda text: f"{text}```\n- [x] not relevant\n```\n\n"),
        [(SHADOW, "- [x] not relevant")],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_edit_is_understood(name: str) -> None:
    edit, expected = EDITS[name]
    marks = read(edit(ENGLISH))
    assert sorted(map(str, said(marks))) == sorted(map(str, expected))
    assert marks.problems == ()


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
    "links as HTML": regex(r"\[((?:Sh|A B|Ma|Co|Sp|Gr|Pa|Re|Jo)[^\]]*)\]\((\S+?)\)", r'<a href="\2">\1</a>'),
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
    "folds opened": lambda text: text.replace("<details>", "<details open>"),
    "folds removed": regex(r"^</?details>$|^<summary>.*$", ""),
    "parts in another order": lambda text: (
        section(text, MARKUP)
        .join(text.replace(section(text, MARKUP), "").partition(HEADING[SHADOW])[::2])
        .replace(section(text, MARKUP), section(text, MARKUP) + HEADING[SHADOW], 1)
    ),
}


@pytest.mark.parametrize("name", REFORMATTED)
def test_reformatting_says_nothing(name: str) -> None:
    assert read(REFORMATTED[name](tick(SHADOW, "read")(ENGLISH))).problems == ()
    assert said(read(REFORMATTED[name](tick(SHADOW, "relevant")(ENGLISH)))) == [(SHADOW, "relevant", True)]


@pytest.mark.parametrize("name", REFORMATTED)
def test_marks_survive_reformatting(name: str) -> None:
    edited = both(
        tick(SHADOW, "relevant"),
        tick(BRIDGE, "not relevant"),
        tick(MARKUP, "read"),
        replace("- [ ] [Grading Welsh", "- [x] [Grading Welsh"),
        regex(r"^(.*Yoruba.*)\[ \] not relevant", r"\1[x] not relevant"),
        replace("- [ ] [Jokes", "- [x] [Jokes"),
        move("Basque", "## [A Bridge"),
    )(ENGLISH)
    marks = read(REFORMATTED[name](edited))
    assert sorted(map(str, said(marks))) == sorted(
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
    assert marks.problems == ()


@pytest.mark.parametrize("machine", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_digest_left_alone_says_nothing(machine: str) -> None:
    assert read(machine, machine) == Marks()
    assert read(machine, None) == Marks()


def test_chinese_digest_is_read_as_well() -> None:
    edited = both(
        replace("- [ ] 相关", "- [x] 相关"),
        replace("分类：Retrieval", "分类：检索、对齐"),
        replace("- [ ] [Grading", "这个好\n- [ ] [Grading"),
    )(CHINESE)
    assert said(read(edited, CHINESE)) == [
        (SHADOW, "relevant", True),
        (BRIDGE, ("检索", "对齐")),
        (YORUBA, "这个好"),
    ]


def test_statement_says_file_and_line() -> None:
    marks = read(tick(SHADOW, "relevant")(ENGLISH))
    line = ENGLISH.split("\n").index("- [ ] relevant") + 1
    assert [(mark.line, mark.where) for mark in marks.labels] == [(line, f"2024-01-17-insights.md:{line}")]


def test_struck_out_task_is_a_no() -> None:
    assert said(read(tick(SHADOW, "relevant", "[-]")(ENGLISH))) == [(SHADOW, "relevant", False)]
    assert said(read(replace("- [ ] [Grading", "- [-] [Grading")(ENGLISH))) == [(WELSH, "relevant", False)]


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (both(tick(SHADOW, "relevant"), tick(SHADOW, "not relevant")), "both relevant and not relevant"),
        (tick(SHADOW, "read", "[?]"), "[?]"),
        (tick(SHADOW, "read", "[-]"), "[-]"),
        (lambda text: f"{text}\n- [x] relevant\n", "no paper is named"),
        (regex(r"^(.*Welsh.*)\[ \] not relevant", r"\1[x] pas pertinent"), "no mark's"),
        (
            inside(SHADOW, regex(r"\[ \] (relevant|not relevant|read)$", "[x] pertinent")),
            "no mark's",
        ),
        (move("## [Shadow", "- [ ] [Grading"), "moved down to the rest"),
    ],
)
def test_what_cannot_be_understood_is_reported_with_its_line(edit: Edit, what: str) -> None:
    text = edit(ENGLISH)
    marks = read(text)
    assert marks.problems
    assert not [mark for mark in marks.labels if mark.relevant is not None]
    for problem in marks.problems:
        assert what in problem.what
        assert text.split("\n")[problem.line - 1] != ENGLISH.split("\n")[problem.line - 1 : problem.line]
        assert re.search(r"\[.\]|\[Shadow", text.split("\n")[problem.line - 1])


def test_contradiction_keeps_what_is_clear() -> None:
    marks = read(both(tick(SHADOW, "relevant"), tick(SHADOW, "not relevant"), tick(SHADOW, "read"))(ENGLISH))
    assert said(marks) == [(SHADOW, "read", True)]
    assert len(marks.problems) == 1


def test_box_without_any_paper_is_reported_once() -> None:
    marks = read("Just a list:\n\n- [x] milk\n- [ ] bread\n")
    assert [problem.line for problem in marks.problems] == [3]


def test_without_the_machines_text_boxes_are_still_read() -> None:
    edited = both(
        tick(SHADOW, "relevant"),
        replace("- [ ] [Grading", "- [x] [Grading"),
        replace("Categories: Retrieval", "Categories: Alignment"),
    )(ENGLISH)
    assert said(read(edited, None)) == [(SHADOW, "relevant", True), (WELSH, "relevant", True)]


def test_a_mark_taken_back_is_no_statement() -> None:
    assert read(ENGLISH, tick(SHADOW, "relevant")(ENGLISH)) == Marks()


def test_long_rest_in_several_folds_is_not_taken_for_moved() -> None:
    machine = render(content(rest=tuple(pick(n, f"Study number {n} of many") for n in range(10, 360))), "en")
    first_fold = regex(r"## The rest of the listing\n[\s\S]*?</summary>\n", "", count=1)
    assert read(first_fold(machine), machine) == Marks()


HOSTILE = st.lists(
    st.sampled_from([*"ab1 _*`$\\{}[]<>|~&;#%=^!()-+.:'\"x\n\té中☑✅", "[x] ", " relevant", "- "]),
    min_size=1,
    max_size=40,
).map("".join)


@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(["en", "zh"]))
def test_hostile_digest_left_alone_says_nothing(
    title: str, abstract: str, category: str, language: str
) -> None:
    hostile = pick(1, title, categories=(category,), abstract=abstract)
    other = pick(9, title, categories=(category,))
    machine = render(content(picks=(hostile, *PICKS[1:]), rest=(*REST, other)), language)
    assert read(machine, machine) == Marks()
    assert read(machine.replace("\n", "\r\n"), machine) == Marks()


@given(st.text(st.sampled_from(list("[]x -#>\n(ab)✅:·*")), max_size=200) | st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    lines = len(re.split("\r\n|\r|\n", text))
    for machine in (ENGLISH, None):
        marks = read(text, machine)
        assert all(1 <= one.line <= lines for one in (*marks.labels, *marks.problems))


@given(st.lists(st.integers(0, 200), max_size=6))
def test_deleting_lines_never_invents_a_statement(cuts: list[int]) -> None:
    lines = ENGLISH.split("\n")
    for cut in cuts:
        if cut < len(lines):
            del lines[cut]
    marks = read("\n".join(lines))
    assert [one for one in marks.labels if one.relevant is not None or one.read is not None] == []
