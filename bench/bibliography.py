"""Do bibliographies take our BibTeX?  1,000 real records through pybtex and biber, and back.

Records with groups, "Jr." and "III" first, then an even sample, half of it with formulas in the title.
pybtex (``pip install pybtex``) reads the file strictly and sets it in its plain style, which puts titles
in lower case; biber (``apt install biber``) reads it in its tool mode and writes it again.  Counted are
lost entries, authors, years, and formulas and acronyms that the style has changed.

    python bench/bibliography.py

Needs ../shared, and skips what is not installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from triage.deliver.digests import Digest, PickedPaper
from triage.deliver.papers import as_bibtex
from triage.listing.files import read_listing
from triage.papers import Paper
from triage.store.digests import ShownPaper
from triage.text.formulas import split

SHARED = Path(__file__).resolve().parents[2] / "shared"
RECORDS = 1_000
ODD_NAMES = re.compile(r"ollaboration|onsortium|\bJr\b|\bSr\b|\bI{2,3}\b|\bIV\b|et al")
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def records() -> list[Paper]:
    """Choose the papers."""
    known = [paper for paper in read_listing(SHARED / "data/listings-2025-2026.jsonl.xz") if paper.authors]
    odd = [paper for paper in known if ODD_NAMES.search(" | ".join(paper.authors))]
    formulas = [paper for paper in known if "$" in paper.title]
    half = (RECORDS - len(odd)) // 2
    chosen = [*odd, *formulas[:: len(formulas) // half], *known[:: len(known) // half]]
    return list({paper.id: paper for paper in chosen}.values())[:RECORDS]


def digest_of(papers: Iterable[Paper]) -> Digest:
    picks = tuple(
        PickedPaper(one, ShownPaper(one.id, n, True, 1.0, 0.5, ("Reading list",)))
        for n, one in enumerate(papers, 1)
    )
    day = date(2026, 11, 30)
    return Digest(day, (day,), len(picks), Path("x.md"), "", True, NOW, NOW, picks)


def key(paper: Paper) -> str:
    return f"arxiv-{paper.id.replace('/', '-')}"


def through_pybtex(text: str, papers: list[Paper]) -> None:
    try:
        import pybtex.database
        from pybtex.plugin import find_plugin
    except ImportError:
        print("pybtex is not installed: skipped")
        return
    library = pybtex.database.parse_string(text, "bibtex")
    lost = [one.id for one in papers if key(one) not in library.entries]
    names = [
        one.id for one in papers if one.id not in lost and not same_people(one, library.entries[key(one)])
    ]
    years = [
        one.id
        for one in papers
        if one.id not in lost and library.entries[key(one)].fields["year"] != year_of(one)
    ]
    style = find_plugin("pybtex.style.formatting", "plain")()
    latex = find_plugin("pybtex.backends", "latex")()
    set_text = {entry.key: entry.text.render(latex) for entry in style.format_bibliography(library).entries}
    wrong = [line for one in papers if one.id not in lost for line in changed(one, set_text[key(one)])]
    print(
        f"pybtex: {len(papers)} records, lost {len(lost)}, other authors {len(names)}, other years {len(years)}"
    )
    print(f"  formulas and acronyms that its plain style changed: {len(wrong)}")
    for line in [*lost, *names, *years, *wrong][:10]:
        print("   ", line)


def same_people(paper: Paper, entry: Any) -> bool:
    found = [
        " ".join(
            [*one.first_names, *one.middle_names, *one.prelast_names, *one.last_names, *one.lineage_names]
        )
        for one in entry.persons["author"]
    ]
    return [letters_of(one) for one in found] == [letters_of(one) for one in paper.authors]


def letters_of(text: str) -> str:
    return "".join(sorted(character for character in text.lower() if character.isalnum()))


def year_of(paper: Paper) -> str:
    return str(paper.submitted.year) if paper.submitted else f"20{paper.id[:2]}"


def changed(paper: Paper, shown: str) -> list[str]:
    """Acronyms, formulas, and capitals that touch a formula, which are not as in the title any more."""
    runs = "".join(f"\ue000{part}\ue000" if is_formula else part for part, is_formula in split(paper.title))
    wanted = re.findall(r"\b[A-Z]{2,}\b|\w*(?:\ue000[^\ue000]*\ue000\w*)+", runs)
    bare = letters_and_digits(shown)
    return [f"{paper.id}: {one}" for one in wanted if letters_and_digits(one) not in bare]


def letters_and_digits(text: str) -> str:
    return re.sub(r"\\[A-Za-z]+|[^A-Za-z0-9]", "", unicodedata.normalize("NFKC", text))


def through_biber(text: str, papers: list[Paper]) -> None:
    if not shutil.which("biber"):
        print("biber is not installed: skipped")
        return
    import bibtexparser

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "papers.bib", Path(folder) / "out.bib"
        source.write_text(text, encoding="utf-8")
        command = ["biber", "--tool", "--output-file", str(target), str(source)]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        said = re.findall(r"^(?:WARN|ERROR).*", run.stdout, re.MULTILINE)
        found = bibtexparser.parse_string(target.read_text(encoding="utf-8")) if target.exists() else None
    entries = {entry.key: entry for entry in found.entries} if found else {}
    lost = [one.id for one in papers if key(one) not in entries]
    print(f"biber: exit {run.returncode}, lost {len(lost)}, warnings and errors {len(said)}")
    for line in [*lost, *said][:10]:
        print("   ", line)


def main() -> None:
    if not SHARED.is_dir():
        sys.exit("needs ../shared: skipped")
    papers = records()
    text = as_bibtex(digest_of(papers))
    odd = sum(bool(ODD_NAMES.search(" | ".join(one.authors))) for one in papers)
    formulas = sum("$" in one.title for one in papers)
    print(f"{len(papers)} records, {odd} with groups or suffixes, {formulas} with formulas in the title")
    through_pybtex(text, papers)
    through_biber(text, papers)


if __name__ == "__main__":
    main()
