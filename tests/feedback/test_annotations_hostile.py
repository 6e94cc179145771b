"""Digests of hostile titles, and files of anything at all: no statement nobody made."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.digest.digest_edits import ENGLISH, line_of, read
from tests.digest.digest_samples import PICKS, REST, content, pick
from triage.digest.render import render
from triage.feedback.annotations import Annotations
from triage.feedback.lines import LONGEST_LINE

HOSTILE = st.lists(
    st.sampled_from([*"ab1 _*`$\\{}[]<>|~&;#%=^!()-+.:'\"x\n\té中☑✅", "[x] ", " relevant", "- "]),
    min_size=1,
    max_size=40,
).map("".join)


@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(["en", "zh"]))
@example("a", "☑a", "a", "en")
@example("a", "<☑", "- a", "zh")
def test_unedited_hostile_digest_has_no_annotations(
    title: str, abstract: str, category: str, language: str
) -> None:
    hostile = pick(1, title, categories=(category,), abstract=abstract)
    other = pick(9, title, categories=(category,))
    machine = render(content(picks=(hostile, *PICKS[1:]), rest=(*REST, other)), language)
    assert read(machine.replace("\n", "\r\n"), machine) == Annotations()


@given(st.text(st.sampled_from(list("[]x -#>\n(ab)✅:·*")), max_size=200) | st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    lines = len(re.split("\r\n|\r|\n", text))
    for machine in (ENGLISH, ""):
        annotations = read(text, machine)
        found = [*map(line_of, annotations.labels), *(problem.line for problem in annotations.problems)]
        assert all(1 <= line <= lines for line in found)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "[[",
        "[x](",
        "- [ ] [",
        "![x](",
        "<a ",
        "<a href=x>",
        "<!--",
        "](",
        "[ ",
        "w ",
        "> ",
        "[\n",
        "<a\n",
    ],
)
def test_reading_takes_no_longer_than_the_file_is_large(piece: str) -> None:
    # The slowest is linear in lines and takes two seconds; quadratic ones took minutes.
    began = time.process_time()
    read(f"{ENGLISH}\n{piece * 20_000}\n")
    assert time.process_time() - began < 20


def test_a_separator_after_a_name_is_no_word() -> None:
    name = "(https://arxiv.org/pdf/2401.00004.pdf)"
    assert name in ENGLISH
    assert read(ENGLISH.replace(name, f"{name}\u2028", 1)).labels == ()


def test_a_line_of_megabytes_is_cut() -> None:
    remark = "Mine. " * 1_000_000
    (label,) = read(ENGLISH.replace("- [ ] relevant", f"{remark}\n\n- [ ] relevant", 1)).labels
    assert label.remark == remark[:LONGEST_LINE].strip()


@given(st.lists(st.integers(0, 200), max_size=6))
def test_deleting_lines_never_invents_a_label(cuts: list[int]) -> None:
    lines = ENGLISH.split("\n")
    for cut in cuts:
        if cut < len(lines):
            del lines[cut]
    annotations = read("\n".join(lines))
    assert [one for one in annotations.labels if one.relevant is not None or one.read is not None] == []
