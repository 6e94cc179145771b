"""``triage init``: the first configuration, asked for on a terminal, else given by options."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage.cli.notes import notes_summary, read_notes
from triage.cli.options import argument, flag, option
from triage.cli.progress import opened

if TYPE_CHECKING:
    from triage.notes.extract import Extraction

_EXAMPLES = 5
"""So many noted papers are shown, so that the reader sees at once whether the notes are understood."""
_ASKED_ABOUT = 100
"""So many noted papers tell the reader's categories: one request to arXiv."""


def init(
    folder: Annotated[Path, argument("DIR", "The folder for config.yaml.", show_default="here")] = Path(),
    notes: Annotated[
        list[Path] | None, option("--notes", "PATH", "A file or folder of notes. Repeatable.")
    ] = None,
    category: Annotated[
        list[str] | None, option("--category", "NAME", "An arXiv category. Repeatable.")
    ] = None,
    language: Annotated[str, option("--language", "LANGUAGE", "Of the digest.")] = "en",
    preset: Annotated[str, option("--preset", "PRESET", "The program that shows your digests.")] = "plain",
    full: Annotated[bool, flag("--full", "Writes every setting, with what it means.")] = False,
) -> None:
    """Writes config.yaml and creates the store. Never overwrites a file.

    On a terminal it asks for your notes and your categories, and proposes what it finds. Elsewhere it
    goes by the options, and takes the notes that it finds in the folder. A preset is plain, hexo, jekyll,
    hugo, obsidian, quarto or mkdocs.

    Examples:

    - `triage init`
    - `triage init --notes ~/vault --category cs.CL --category cs.IR --preset obsidian`
    """
    from triage.config.load import FILE_NAME, TEMPLATE
    from triage.store.folder import init_folder

    _check(notes or (), category or (), language, preset)
    text = ""
    if full:
        text = TEMPLATE.read_text(encoding="utf-8")
    elif not (folder / FILE_NAME).exists():
        text = _chosen(folder, notes or [], category or [], language, preset)
    for line in init_folder(folder, text):
        print(line)
    print("Next: triage learn, then triage run")


def _check(notes: Sequence[Path], categories: Sequence[str], language: str, preset: str) -> None:
    from typing import get_args

    from triage.config.schema import LANGUAGES, Preset
    from triage.listing.categories import category_warnings

    faults = [("--notes", f"{path} does not exist") for path in notes if not path.exists()]
    faults += [("--category", warning) for warning in category_warnings(categories)]
    for name, value, allowed in (
        ("--language", language, LANGUAGES),
        ("--preset", preset, get_args(Preset)),
    ):
        if value not in allowed:
            faults.append((name, f"{value!r} is none of {', '.join(allowed)}"))
    for name, fault in faults:
        raise typer.BadParameter(fault, param_hint=name)


def _chosen(folder: Path, notes: list[Path], categories: list[str], language: str, preset: str) -> str:
    """Return the configuration's text, after asking for what is not named yet."""
    from tzlocal import get_localzone_name

    from triage.config.first import first_config
    from triage.notes.places import find_notes

    asks = sys.stdin.isatty() and sys.stdout.isatty()
    if not notes:
        notes = _ask_for_notes(folder) if asks else [place.path for place in find_notes(folder.absolute())]
    found = _show_notes(notes) if notes else None
    if asks and not categories:
        categories = _ask_for_categories(folder, found)
    if not notes:
        print("No notes were named: name them at 'notes' in config.yaml, or use --notes.")
    if not categories:
        categories = ["cs.CL"]
        print("No category was named, so it is cs.CL: change 'categories' in config.yaml, or use --category.")
    return first_config(
        folder,
        notes=notes,
        categories=list(dict.fromkeys(categories)),
        time_zone=get_localzone_name() or "UTC",
        digest={"language": language, "preset": preset},
    )


def _show_notes(notes: Sequence[Path]) -> Extraction:
    """Say what the notes hold: a count, and some of the papers."""
    from triage.digest.escape import shortened
    from triage.notes.categories import merged

    found = read_notes(notes, None, None)
    papers = merged(found.entries)
    print(notes_summary(found) + ("; some of them:" if papers else "."))
    for entry in papers[:: max(len(papers) // _EXAMPLES, 1)][:_EXAMPLES]:
        # On one line, and no escape sequence reaches the terminal.
        title, place = shortened(entry.title, 50), shortened(f"{entry.file}:{entry.line}", 60)
        print(f"  {title or entry.arxiv_id}  ({place})")
    return found


def _ask_for_notes(folder: Path) -> list[Path]:
    from triage.notes.places import find_notes

    places = find_notes(folder.absolute()) or find_notes(Path.home())
    for number, place in enumerate(places, start=1):
        print(f"{number}. {place.path} ({place.kind})")
    hint = "a path, or a number from above" if places else "a file or a folder; empty if you have none"
    chosen: list[Path] = []
    while answer := typer.prompt(
        "Where else? (empty to go on)" if chosen else f"Where are your notes? ({hint})",
        default="1" if places and not chosen else "",
        show_default=bool(places and not chosen),
    ).strip():
        named = answer.isdecimal() and 0 < int(answer) <= len(places)
        path = places[int(answer) - 1].path if named else Path(answer).expanduser()
        if path.exists():
            chosen.append(path)
        else:
            print(f"{path} does not exist.")
    return chosen


def _ask_for_categories(folder: Path, found: Extraction | None) -> list[str]:
    from triage.listing.categories import category_warnings

    proposed = " ".join(_proposed_categories(folder, found)) if found else ""
    while True:
        answer = typer.prompt(
            "Which arXiv categories do you read? (such as cs.CL cs.IR)", default=proposed or "cs.CL"
        )
        categories: list[str] = answer.replace(",", " ").split()
        warnings = category_warnings(categories)
        if categories and not warnings:
            return categories
        for warning in warnings:
            print(warning)


def _proposed_categories(folder: Path, found: Extraction) -> Sequence[str]:
    """Ask arXiv for the categories of some noted papers; without the network there is nothing to propose."""
    from triage.config.first import likely_categories
    from triage.config.load import FILE_NAME, parse_config
    from triage.errors import TriageError

    ids = list(dict.fromkeys(entry.arxiv_id for entry in found.entries if entry.arxiv_id))[:_ASKED_ABOUT]
    if not ids:
        return []
    print("Asking arXiv for the categories of your papers ...")
    try:
        config = parse_config("categories: [cs.CL]", folder / FILE_NAME)
        with opened(config) as context, context.arxiv() as arxiv:
            papers = arxiv.quick_lookup.by_ids(ids).values()
    except TriageError as error:
        print(f"arXiv can't be asked now: {error.message}")
        return []
    return likely_categories([paper.categories for paper in papers])
