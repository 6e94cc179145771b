"""Boxes and the words behind them, in every dress."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.feedback.boxes import BoxState, MarkWord, boxes, split_mark

OPEN, TICKED, STRUCK, ODD = BoxState.OPEN, BoxState.TICKED, BoxState.STRUCK, BoxState.ODD


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("- [ ] read", OPEN),
        ("- [] read", OPEN),
        ("- [\u3000] read", OPEN),
        ("- ☐ read", OPEN),
        ("- &#9744; read", OPEN),
        ('- <input type="checkbox"> read', OPEN),
        ("- [x] read", TICKED),
        ("- [X] read", TICKED),
        ("- [ x ] read", TICKED),
        (r"- \[x\] read", TICKED),
        ("- ［x］ read", TICKED),
        ("- [✓] read", TICKED),
        ("- ☑ read", TICKED),
        ("- ☑️ read", TICKED),
        ("- ✅ read", TICKED),
        ("- &#9745; read", TICKED),
        ("- &#x2611; read", TICKED),
        ("- &check; read", TICKED),
        ('- <input type="checkbox" checked disabled> read', TICKED),
        ("- [-] read", STRUCK),
        ("- ❌ read", STRUCK),
        ("- [?] read", ODD),
        ("- [/] read", ODD),
    ],
)
def test_state_of_a_box(line: str, state: BoxState) -> None:
    (box,) = boxes(line)
    assert box.state is state
    assert (box.mark, box.words) == (MarkWord.READ, "")


@pytest.mark.parametrize(
    "line",
    [
        "see [x](https://example.org)",
        "a note[^1]",
        "> [!note]",
        "[x]: https://example.org",
        "[[x]]",
        "&#65; &amp;",
    ],
)
def test_other_brackets_are_no_boxes(line: str) -> None:
    assert boxes(line) == []


def test_each_box_has_the_text_up_to_the_next() -> None:
    found = boxes("[ ] not relevant · [x] read")
    assert [(box.state, (box.mark, box.words)) for box in found] == [
        (OPEN, (MarkWord.NOT_RELEVANT, "")),
        (TICKED, (MarkWord.READ, "")),
    ]


def test_dates_of_task_plugins_are_no_boxes() -> None:
    (box,) = boxes("- [x] relevant ✅ 2024-01-18")
    assert (box.mark, box.words) == (MarkWord.RELEVANT, "")


@pytest.mark.parametrize(
    ("text", "mark", "rest"),
    [
        ("relevant", MarkWord.RELEVANT, ""),
        (" **Relevant** ", MarkWord.RELEVANT, ""),
        ("not relevant", MarkWord.NOT_RELEVANT, ""),
        ("Irrelevant.", MarkWord.NOT_RELEVANT, ""),
        ("no", MarkWord.NOT_RELEVANT, ""),
        ("read — twice", MarkWord.READ, "twice"),
        ("read (on the train)", MarkWord.READ, "on the train"),
        ("相关", MarkWord.RELEVANT, ""),
        ("不相关", MarkWord.NOT_RELEVANT, ""),
        ("不相关，太窄", MarkWord.NOT_RELEVANT, "太窄"),
        ("已读", MarkWord.READ, ""),
        ("已讀", MarkWord.READ, ""),
    ],
)
def test_words_of_marks(text: str, mark: MarkWord, rest: str) -> None:
    assert split_mark(text) == (mark, rest)


@pytest.mark.parametrize(
    "text", ["", "relevance", "read the appendix", "no attention at all", "相关性", "unread", "to read"]
)
def test_other_words_are_no_marks(text: str) -> None:
    assert split_mark(text) == (None, text)


@given(
    st.text(st.sampled_from(list("[] xX-✅☐\\&#97445;<input>(:relvantd不相关已读")), max_size=40) | st.text()
)
def test_any_line_can_be_read(line: str) -> None:
    for box in boxes(line):
        assert line or not box.words
