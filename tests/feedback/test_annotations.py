"""The reader's marks and edits, read back from the digest."""

from __future__ import annotations

import re

import pytest

from tests.digest.digest_edits import (
    BASQUE,
    BRIDGE,
    CHINESE,
    ENGLISH,
    ESTONIAN,
    HEADING,
    HUNTING,
    JOKES,
    MARKUP,
    RECIPES,
    SHADOW,
    TAMIL,
    WELSH,
    YORUBA,
    Edit,
    both,
    delete_from,
    delete_section,
    inside,
    move,
    read,
    regex,
    replace,
    statements,
    tick,
)
from tests.digest.digest_samples import content, pick
from triage.digest.render import render
from triage.feedback.annotations import Annotations
from triage.papers import ArxivId

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
    "marks as the digest asks for them": (
        both(
            replace("- [ ] [Sparse", "- [-] [Sparse"),
            regex(r"^(.*Yoruba.*)", r"\1 read"),
            regex(r"^(.*Basque.*)", r"\1 · Read."),
            regex(r"^(.*Welsh.*)", r"\1 not relevant"),
        ),
        [
            (YORUBA, "read", True),
            (YORUBA, "relevant", False),
            (BASQUE, "read", True),
            (WELSH, "relevant", False),
        ],
    ),
    "marks with boxes at the end of a line of the rest": (
        regex(r"^(.*Yoruba.*)$", r"\1 · [x] not relevant · [X] read"),
        [(YORUBA, "read", True), (YORUBA, "relevant", False)],
    ),
    "near miss rescued by its box": (
        replace("- [ ] [Hunting", "- [x] [Hunting"),
        [(ESTONIAN, "relevant", True)],
    ),
    "near miss moved up, with its summary": (
        both(
            regex(r"^(- \[ \] \[Hunting.*)\n\n(    We hunt.*)\n\n", ""),
            replace("## [A Bridge", f"{HUNTING}\n\n## [A Bridge"),
        ),
        [(ESTONIAN, "relevant", True)],
    ),
    "note under a near miss": (
        regex(r"^(    We hunt.*)$", rf"\1\n\n    {NOTE}"),
        [(ESTONIAN, NOTE)],
    ),
    "question answered": (
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
            regex(r"^- \[ \] (\[Counting.*?\)) · .*$", r"## \1\n\nGreat."),
        ),
        [(BASQUE, "relevant", True), (BASQUE, "Great.")],
    ),
    "line moved up and stripped to its link": (
        both(move("Basque", "## [A Bridge"), regex(r"^- \[ \] (\[Counting.*?\)) .*$", r"\1")),
        [(BASQUE, "relevant", True)],
    ),
    "question moved up": (move("Jokes", "## [A Bridge"), [(JOKES, "relevant", True)]),
    "line moved up and then marked not relevant": (
        both(move("Basque", "## [A Bridge"), regex(r"^(.*Basque.*)$", r"\1 not relevant")),
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
        both(
            regex(r"^(.*Welsh.*)$", r"\1 · Education"),
            regex(r"^(.*Recipes.*)$", r"\1, Cooking"),
            regex(r"^(.*Counting.*)$", r"\1 · Close reading"),
        ),
        [(WELSH, ("Education",)), (RECIPES, ("Cooking",)), (BASQUE, ("Close reading",))],
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
    "note in the quotation": (
        replace("> A strong match (Retrieval)", f"> {NOTE}\n> A strong match (Retrieval)"),
        [(BRIDGE, NOTE)],
    ),
    "remark rewritten": (regex(r"^> A strong match .Retrieval.*$", f"> {NOTE}"), [(BRIDGE, NOTE)]),
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
    "reasons in another order, as a digest made again has them": (
        replace("Alignment): **logits**, **tuning**", "Alignment): **tuning**, **logits**"),
        [],
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
    "note in a fold of the reader's own, and a line moved up below it": (
        both(
            inside(
                SHADOW, lambda text: f"{text}<details>\n<summary>Mine</summary>\n\n{NOTE}\n\n</details>\n\n"
            ),
            move("Basque", "## [Markup"),
        ),
        [(SHADOW, NOTE), (BASQUE, "relevant", True)],
    ),
    "code with boxes in a note": (
        inside(SHADOW, lambda text: f"{text}```\n- [x] not relevant\n```\n\n"),
        [(SHADOW, "- [x] not relevant")],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_edit_is_understood(name: str) -> None:
    edit, expected = EDITS[name]
    annotations = read(edit(ENGLISH))
    assert sorted(map(str, statements(annotations))) == sorted(map(str, expected))
    assert annotations.problems == ()


@pytest.mark.parametrize("machine", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_unedited_digest_has_no_annotations(machine: str) -> None:
    assert read(machine, machine) == Annotations()
    assert read(f"{machine}\n", machine) == Annotations()


def test_chinese_digest_is_read_as_well() -> None:
    edited = both(
        replace("- [ ] 相关", "- [x] 相关"),
        replace("分类：Retrieval", "分类：检索、对齐"),
        replace("- [ ] [Grading", "这个好\n- [ ] [Grading"),
    )(CHINESE)
    assert statements(read(edited, CHINESE)) == [
        (SHADOW, "relevant", True),
        (BRIDGE, ("检索", "对齐")),
        (YORUBA, "这个好"),
    ]


def test_label_names_file_and_line() -> None:
    annotations = read(tick(SHADOW, "relevant")(ENGLISH))
    line = ENGLISH.split("\n").index("- [ ] relevant") + 1
    assert [label.where for label in annotations.labels] == [f"2024-01-17-insights.md:{line}"]


def test_struck_out_task_is_a_no() -> None:
    assert statements(read(tick(SHADOW, "relevant", "[-]")(ENGLISH))) == [(SHADOW, "relevant", False)]
    assert statements(read(replace("- [ ] [Grading", "- [-] [Grading")(ENGLISH))) == [
        (WELSH, "relevant", False)
    ]


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (both(tick(SHADOW, "relevant"), tick(SHADOW, "not relevant")), "both relevant and not relevant"),
        (tick(SHADOW, "read", "[?]"), "[?]"),
        (tick(SHADOW, "read", "[-]"), "[-]"),
        (lambda text: f"{text}\n- [x] relevant\n", "no paper is named"),
        (
            both(tick(SHADOW, "relevant"), regex(r"^## \[Shadow.*$", "## 大模型的影子微调")),
            "no paper is named",
        ),
        (regex(r"^(.*Welsh.*)$", r"\1 · [x] pas pertinent"), "are not 'relevant'"),
        (
            inside(SHADOW, regex(r"\[ \] (relevant|not relevant|read)$", "[x] pertinent")),
            "are not 'relevant'",
        ),
        (move("## [Shadow", "- [ ] [Grading"), "moved down to the rest"),
        (inside(SHADOW, replace("- [ ] relevant", "- relevant")), "lost its box"),
    ],
)
def test_what_cannot_be_understood_is_reported_with_its_line(edit: Edit, what: str) -> None:
    text = edit(ENGLISH)
    annotations = read(text)
    assert annotations.problems
    assert not [mark for mark in annotations.labels if mark.relevant is not None]
    for problem in annotations.problems:
        assert what in problem.text
        assert text.split("\n")[problem.line - 1] != ENGLISH.split("\n")[problem.line - 1 : problem.line]
        assert re.search(r"\[.\]|\[Shadow|- relevant", text.split("\n")[problem.line - 1])


def test_list_copied_from_a_page_without_its_boxes_is_no_annotation() -> None:
    assert read(ENGLISH.replace("- [ ] ", "- ")) == Annotations()


def test_contradiction_keeps_what_is_clear() -> None:
    annotations = read(
        both(tick(SHADOW, "relevant"), tick(SHADOW, "not relevant"), tick(SHADOW, "read"))(ENGLISH)
    )
    assert statements(annotations) == [(SHADOW, "read", True)]
    assert len(annotations.problems) == 1


def test_box_without_any_paper_is_reported_once() -> None:
    annotations = read("Just a list:\n\n- [x] milk\n- [ ] bread\n")
    assert [problem.line for problem in annotations.problems] == [3]


def test_a_removed_mark_is_no_annotation() -> None:
    assert read(ENGLISH, tick(SHADOW, "relevant")(ENGLISH)) == Annotations()


def test_long_rest_in_several_folds_is_not_taken_for_moved() -> None:
    machine = render(content(rest=tuple(pick(n, f"Study number {n} of many") for n in range(10, 360))), "en")
    first_fold = regex(r"## The rest of the listing\n[\s\S]*?</summary>\n", "", count=1)
    assert read(first_fold(machine), machine) == Annotations()
