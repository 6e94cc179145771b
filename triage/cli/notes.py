"""``triage notes``: what the reader's notes say, and what is wrong in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage.cli.output import print_json_lines

if TYPE_CHECKING:
    from triage.notes.extract import Extraction

app = typer.Typer(
    help="Read your notes: the papers noted there, and what is wrong in them.", no_args_is_help=True
)

Paths = Annotated[list[Path], typer.Argument(help="Files or folders of notes.", metavar="PATH...")]
Include = Annotated[
    list[str] | None, typer.Option(help="Read only files that match this glob (may be repeated).")
]
Exclude = Annotated[
    list[str] | None, typer.Option(help="Leave out files that match this glob (may be repeated).")
]


@app.command()
def extract(
    paths: Paths,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    why: Annotated[bool, typer.Option(help="Say by which reading each paper was found.")] = False,
    include: Include = None,
    exclude: Exclude = None,
) -> None:
    """List every noted paper in files or folders of notes."""
    from triage.notes.extract import extract as extract_notes

    extraction = extract_notes(paths, include=include or (), exclude=exclude or ())
    if json:
        print_json_lines(_record(entry, why) for entry in extraction.entries)
        return
    _show(extraction, why)


def _record(entry: object, why: bool) -> dict[str, object]:
    from triage.papers import NoteEntry

    assert isinstance(entry, NoteEntry)
    record: dict[str, object] = {
        "file": entry.file,
        "line": entry.line,
        "title": entry.title,
        "arxiv_id": entry.arxiv_id or "",
        "section": list(entry.section),
        "text": entry.text,
    }
    if why:
        record["reading"] = entry.reading
    return record


def _show(extraction: Extraction, why: bool) -> None:
    for entry in extraction.entries:
        reading = f"  ({entry.reading})" if why else ""
        typer.echo(
            f"{entry.file}:{entry.line}: {entry.title or '(no title)'} [{entry.arxiv_id or '-'}]{reading}"
        )


@app.callback()
def _group() -> None:
    """Read your notes."""
