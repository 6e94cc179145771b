"""``triage notes``: the papers noted in your files, and what is wrong in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli.output import counted, print_json_lines
from triage.cli.running import ConfigOption, explained, load
from triage.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.config.schema import Config
    from triage.notes.doctor import Correction, Finding, Verdict
    from triage.notes.extract import Extraction
    from triage.papers import NoteEntry

app = typer.Typer(
    help="Read your notes: the papers noted there, and what is wrong in them.", no_args_is_help=True
)

Paths = Annotated[list[Path], typer.Argument(help="Files or folders of notes.", metavar="PATH...")]
Json = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON Lines.")]
Include = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Read only files that match this glob, such as 'papers/**/*.md'."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Leave out files that match this glob, such as 'templates/*'."),
]


@app.command()
def extract(
    paths: Paths,
    json: Json = False,
    why: Annotated[
        bool, typer.Option("--why", metavar="", help="Say by which reading each paper was found.")
    ] = False,
    include: Include = None,
    exclude: Exclude = None,
) -> None:
    """List every noted paper: file, line, title, arXiv identifier, headings.

    Markdown, Org, HTML, BibTeX, RIS, CSL and Better BibTeX JSON, YAML, CSV and plain text are read;
    a file whose ending says nothing is recognised by its text. In folders, tables (.csv, .tsv, .tab)
    are read only if --include names them.
    """
    extraction = _read(paths, include, exclude)
    if json:
        print_json_lines(_record(entry, why) for entry in extraction.entries)
    else:
        _show_entries(extraction, why)
    for problem in extraction.problems:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        print(f"triage: {place}: {problem.what}", file=sys.stderr)


@app.command()
def doctor(
    paths: Paths,
    json: Json = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", metavar="", help="Show the corrections that are certain, and write them if you agree."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", metavar="", help="With --fix: write without asking.")] = False,
    include: Include = None,
    exclude: Exclude = None,
    config: ConfigOption = None,
) -> None:
    """List what is wrong: broken, wrong and contradicting identifiers, unresolved titles, duplicates.

    Papers are looked up in the store of your configuration, without the network; without one, only
    what the notes themselves tell is found. A file that is corrected is kept beside itself, with the
    ending .triage-backup.
    """
    from triage.notes.doctor import corrections, examine

    with explained():
        settings = _settings(config)
    for path in paths:
        extraction = _read([path], include, exclude)
        verdicts = _looked_up(extraction.entries, settings) if settings else []
        findings = examine(extraction.entries, extraction.problems, verdicts)
        if json:
            print_json_lines(_finding(one) for one in findings)
        else:
            _show_findings(findings, len(extraction.entries), len(extraction.files))
        if fix:
            _fix(corrections(findings, path), path, yes=yes)


def _settings(named: Path | None) -> Config | None:
    """The configuration, or None where there is none yet; one that is named must be there."""
    from triage.config.load import find_config

    if named is None:
        try:
            find_config(None)
        except ConfigError:
            print("triage: there is no configuration, so nothing was looked up.", file=sys.stderr)
            return None
    return load(named)


def _looked_up(entries: Sequence[NoteEntry], config: Config) -> list[Verdict]:
    """What the store knows of the entries; nothing is asked of arXiv."""
    from triage.clock import SystemClock
    from triage.notes.doctor import Verdict
    from triage.store.store import Store
    from triage.training.lookup import look_up

    with Store(config.store_url) as store:
        with store.reading() as tx:
            if not tx.papers.count():
                print("triage: the store has no papers yet, so nothing was looked up.", file=sys.stderr)
                return []
            known = tx.papers.get({entry.arxiv_id for entry in entries if entry.arxiv_id})
        found = look_up(entries, store, None, SystemClock().now())
    titles = {arxiv_id: paper.title for arxiv_id, paper in known.items()}
    return [
        Verdict(
            one.entry,
            one.paper.id if one.paper else None,
            one.paper.title if one.paper else "",
            titles.get(one.entry.arxiv_id, "") if one.entry.arxiv_id else "",
            doubtful=bool(one.conflict),
        )
        for one in found
    ]


def _read(paths: list[Path], include: list[str] | None, exclude: list[str] | None) -> Extraction:
    from triage.notes.extract import extract as extract_notes

    if not sys.stderr.isatty():
        return extract_notes(paths, include=include or (), exclude=exclude or ())
    from rich.progress import Progress

    from triage.cli.reports import console

    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading notes", total=None)
        return extract_notes(
            paths,
            include=include or (),
            exclude=exclude or (),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _record(entry: NoteEntry, why: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "file": entry.file,
        "line": entry.line,
        "title": entry.title,
        "arxiv_id": entry.arxiv_id or "",
        "section": list(entry.section),
        "text": entry.text,
    }
    if why:
        record["reading"] = entry.reading
        record["broken_id"] = entry.broken_id
    return record


def _show_entries(extraction: Extraction, why: bool) -> None:
    # Escape sequences of a title are no orders to the terminal.
    from triage.listing.text import single_spaced

    if not sys.stdout.isatty():
        for entry in extraction.entries:
            reading = f"\t{entry.reading}" if why else ""
            print(
                f"{entry.file}:{entry.line}\t{entry.arxiv_id or '-'}\t{single_spaced(entry.title)}{reading}"
            )
        return
    from rich.table import Table

    from triage.cli.reports import console

    table = Table("where", "arXiv", "title", *(["found by"] if why else []))
    for entry in extraction.entries:
        row = [
            f"{entry.file}:{entry.line}",
            entry.arxiv_id or "-",
            single_spaced(entry.title) or "(no title)",
        ]
        table.add_row(*row, *([entry.reading] if why else []))
    out = console()
    out.print(table)
    out.print(
        f"{counted(len(extraction.entries), 'paper')} noted in {counted(len(extraction.files), 'file')}"
    )


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "file": one.file,
        "line": one.line,
        "what": one.what,
        "suggestion": one.suggestion,
    }


def _show_findings(findings: list[Finding], entries: int, files: int) -> None:
    for one in findings:
        place = f"{one.file}:{one.line}" if one.line else one.file
        print(f"{place}: {one.kind.value}: {one.what}")
        print(f"    {one.suggestion}")
    noted = f"{counted(entries, 'paper')} noted in {counted(files, 'file')}"
    print(f"{noted}; {counted(len(findings), 'thing')} to look at")


def _fix(proposed: list[Correction], path: Path, *, yes: bool) -> None:
    from triage.notes.doctor import apply

    if not proposed:
        print("Nothing can be corrected with certainty.", file=sys.stderr)
        return
    for one in proposed:
        print(f"{one.file}:{one.line}\n  - {one.before.strip()}\n  + {one.after.strip()}", file=sys.stderr)
    if yes or typer.confirm(f"Write {len(proposed)} corrections?", err=True):
        for backup in apply(proposed, path):
            print(f"kept the old file as {backup}", file=sys.stderr)
