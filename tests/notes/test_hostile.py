"""Notes that mean harm: read in bounded time and memory, or named with the reason."""

from __future__ import annotations

import time

import pytest

from triage.notes.extract import read_bytes
from triage.notes.formats import Reading
from triage.notes.titles import is_credit

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + depth)}: &{chr(98 + depth)} [{','.join(['*' + chr(97 + depth)] * 9)}]\n" for depth in range(8)
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("quotes.md", ">" * 20_000 + " x"),
        ("brackets.md", "[" * 20_000),
        ("brackets-with-links.md", "[a](" * 5_000),
        ("stars.md", "*a **b " * 5_000),
        ("backticks.md", "".join("`" * n + "a" for n in range(1, 300))),
        ("lists.md", "\n".join("  " * n + "- x" for n in range(500))),
        ("tables.md", "|" * 10_000 + "\n" + "|-" * 10_000 + "\n" + "|x" * 10_000),
        ("tags.html", "<div>" * 20_000),
        ("tables.html", "<table><tr><td>" * 2_000),
        ("unclosed.html", "<a href='" + "x" * 50_000),
        ("deep.json", "[" * 50_000),
        ("deep.yaml", "- " * 5_000 + "x"),
        ("bomb.yaml", BOMB),
        ("bomb.md", f"---\n{BOMB}---\n\ntext\n"),
        ("braces.bib", "@article{k, title = " + "{" * 20_000),
        ("numbers.md", "1234." * 30_000),
        ("arxivs.md", "arXiv:" * 20_000),
        ("urls.md", "https://arxiv.org/abs/" * 10_000),
        ("spaces.md", "# " + " " * 200_000 + "x"),
        ("authors.md", "- " + "A. Person, " * 3_000 + "Title"),
        ("labels.md", "Title: " * 10_000),
        ("headings.md", "# a\n" * 20_000),
        ("identifiers.md", "2401.08565, arXiv:2305.18290 " * 3_000),
        ("identifiers.csv", "title,authors,url\n" + "arXiv:2305.18290 " * 3_000 + ",x,y\n"),
        ("comments.md", "<!--}" * 40_000 + "-->" + "<!--}" * 40_000),
        ("breaks.md", "- a" + "<br>" * 20_000),
        ("brackets-around.md", "- " + "([" * 3_000 + "arXiv:2305.18290"),
        ("quoted-html.md", "> <div>\n> [a](https://arxiv.org/abs/2305.18290)\n" * 500),
        ("not-found.json", "[" + '{"title": "T", "arxiv_id": "2305.18290"},' * 3_000 + "1]"),
        ("continued.ris", "TY  - JOUR\nTI  - A\n" + "more\n" * 50_000),
        ("percent.md", "https://x.org/?u=" + "%2525" * 10_000 + "arxiv%2f"),
    ],
)
def test_hostile_notes_are_survived(name: str, text: str) -> None:
    began = time.process_time()
    assert isinstance(read_bytes(text.encode(), name), Reading)
    assert time.process_time() - began < 20


def test_nothing_but_initials_is_judged_at_once() -> None:
    began = time.process_time()
    assert not is_credit("A. Emu and " + "B. " * 200 + "x")
    assert time.process_time() - began < 1


def test_a_yaml_bomb_is_refused_and_named() -> None:
    (problem,) = read_bytes(BOMB.encode(), "bomb.yaml").problems
    assert "YAML" in problem.what


@pytest.mark.parametrize("name", ["note.html", "note.md"])
def test_a_section_mark_of_nobodys_hides_no_paper(name: str) -> None:
    text = "<p>a<![x[b</p>\n\n<h2><a href='https://arxiv.org/abs/2401.08565'>Tuning by Proxy</a></h2>\n"
    reading = read_bytes(text.encode(), name)
    assert [entry.arxiv_id for entry in reading.entries] == ["2401.08565"]
    assert reading.problems == ()


def test_a_title_of_nothing_but_labels_names_no_paper() -> None:
    assert read_bytes("#+title: À:A:¹:À:À".encode(), "x.html").entries == ()
