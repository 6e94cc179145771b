"""The worked example of the documentation works."""

from __future__ import annotations

import re
from pathlib import Path

from triage.notes.formats import NoteFormat, format_of, note_formats, readable_suffixes

PAGE = Path(__file__).parents[2] / "docs" / "notes-formats.md"


def test_the_format_of_the_worked_example_reads_its_line() -> None:
    source = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert source is not None
    namespace: dict[str, object] = {}
    exec(source[1], namespace)
    made = namespace["TildeFormat"]
    assert isinstance(made, type)
    tilde = made()
    assert isinstance(tilde, NoteFormat)
    text = "2305.14314 ~ QLoRA: Efficient Finetuning of Quantized LLMs ~ fits on one card\n"
    assert format_of("x.tilde", text, [tilde, *note_formats()]) is tilde
    (entry,) = tilde.read(text, "x.tilde").entries
    assert (entry.arxiv_id, entry.title, entry.line, entry.text) == (
        "2305.14314",
        "QLoRA: Efficient Finetuning of Quantized LLMs",
        1,
        "fits on one card",
    )


def test_every_ending_in_the_table_is_read() -> None:
    table = re.search(r"\| ending .*?\n\n", PAGE.read_text(encoding="utf-8"), re.S)
    assert table is not None
    named = set(re.findall(r"`(\.\w+)`", table[0]))
    assert named <= readable_suffixes()
    assert {".md", ".org", ".bib", ".csv"} <= named
