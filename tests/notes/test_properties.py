"""What holds for every input."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.notes.helpers import FIXTURES, fixtures
from triage.notes.extract import read_bytes

SEED = 20_240_117
PIECES = st.sampled_from(
    ["# ", "## ", "- ", "  - ", "1. ", "> ", "| a | b |\n|---|---|\n| ", " | ", "**", "*", "[", "](https://arxiv.org/abs/2305.14314)", "](#x)",
     "https://arxiv.org/abs/2305.14314", "arXiv:2305.1636", "论文名称：", "论文地址：", "Title: ", "title:: ", "《", "》", '"', "```\n", "---\n", "+++\n",
     "<details><summary>", "</summary>", "<table><tr><td>", "<li>", "</a>", "[[", "]]", "@key2020", "$x$", "\n", "\n\n", "\t", " ", "Attention Is All You Need",
     "Tuning Language Models by Proxy", "参考文献", "References", "@article{k,", "title = {x},", "}", "TY  - JOUR\n", "TI  - ", '{"title": "', '"}', "* TODO ",
     ":PROPERTIES:\n", "#+title: ", "\ufeff", "\u2028", "\x00", "😀"]
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=40).map("".join))
def test_no_text_crashes_and_every_line_is_in_the_file(text: str) -> None:
    data = text.encode("utf-8", errors="surrogatepass")
    for name in ("x.txt", "x.md", "x.org", "x.bib", "x.html", "x.rst", "x.tex", "x.adoc", "x.typ"):
        reading = read_bytes(data, name)
        lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        for entry in reading.entries:
            assert 1 <= entry.line <= lines
            assert entry.title or entry.arxiv_id or entry.broken_id
            assert "\n" not in entry.title


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=30).map("".join))
def test_no_identifier_is_lost(text: str) -> None:
    """Every address of a paper in a note is an entry or a mention."""
    note = f"{text}\n\n- [Rivers and Their Bends](https://arxiv.org/abs/2401.12345)\n"
    reading = read_bytes(note.encode("utf-8", errors="surrogatepass"), "x.md")
    found = {entry.arxiv_id for entry in reading.entries} | {mention.id for mention in reading.mentions}
    assert "2401.12345" in found or any("binary" in problem.what for problem in reading.problems)


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            ".md",
            ".txt",
            ".org",
            ".bib",
            ".ris",
            ".json",
            ".yaml",
            ".csv",
            ".html",
            ".enw",
            ".eml",
            ".rst",
            ".tex",
            ".bbl",
            ".adoc",
            ".typ",
            ".ipynb",
            ".canvas",
            ".opml",
            ".rdf",
        ]
    ),
)
def test_no_bytes_crash_any_format(data: bytes, suffix: str) -> None:
    read_bytes(data, f"x{suffix}")


@pytest.mark.parametrize("name", fixtures())
def test_extraction_is_idempotent(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    assert read_bytes(data, name) == read_bytes(data, name)


@pytest.mark.parametrize("name", [name for name in fixtures() if name.endswith((".md", ".org"))])
def test_a_paragraph_at_the_end_removes_no_entry(name: str) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8").rstrip("\n")
    before = read_bytes(text.encode(), name)
    after = read_bytes(f"{text}\n\nNothing more to say about all this today.\n".encode(), name)
    assert [(one.arxiv_id, one.title, one.line) for one in after.entries] == [
        (one.arxiv_id, one.title, one.line) for one in before.entries
    ]


@pytest.mark.parametrize("name", [name for name in fixtures() if name.endswith(".md")])
def test_windows_line_ends_change_nothing(name: str) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    assert read_bytes(text.replace("\n", "\r\n").encode(), name) == read_bytes(text.encode(), name)


def mutated(text: str, chance: random.Random) -> str:
    """A note after an accident: lines lost, doubled, swapped, cut; characters lost or strange."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(lines))
        match chance.randrange(7):
            case 0:
                lines[place] = ""
            case 1:
                lines.insert(place, chance.choice(lines))
            case 2:
                other = chance.randrange(len(lines))
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                lines[place] = lines[place][: chance.randint(0, len(lines[place]))]
            case 4:
                lines[place] = " " * chance.randint(1, 9) + lines[place]
            case 5:
                lines[place] += chance.choice(
                    ["**", "](", "|", "\\", "<a href=", "`", "$", "》", "{", "\x00"]
                )
            case _:
                lines[place] = "".join(chance.sample(lines[place], len(lines[place])))
    return "\n".join(lines)


@pytest.mark.parametrize("name", fixtures())
def test_mutated_notes_never_crash_and_keep_their_bounds(name: str) -> None:
    chance = random.Random(f"{SEED}/{name}")
    text = (FIXTURES / name).read_text(encoding="utf-8")
    for _ in range(12):
        broken = mutated(text, chance)
        reading = read_bytes(broken.encode(), name)
        assert all(1 <= entry.line <= broken.count("\n") + 1 for entry in reading.entries)
        assert all(problem.what for problem in reading.problems)
