"""``triage notes``: the papers noted in your files, and the mistakes there."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli.options import ConfigOption, JsonOption, flag, load
from triage.cli.output import counted, print_json_lines, print_notices, print_table
from triage.cli.progress import shown_progress
from triage.errors import ConfigError

if TYPE_CHECKING:
    from triage.config.schema import Config
    from triage.notes.doctor import Correction, Finding, Verdict
    from triage.notes.extract import Extraction
    from triage.papers import NoteEntry

Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files or folders of notes.")]
Include = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="GLOB", help="Reads only files that match, such as 'papers/**/*.md'."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="Leaves out files that match, such as 'templates/*'."),
]


def extract(
    paths: Paths,
    json: JsonOption = False,
    why: Annotated[bool, flag("--why", "Shows what each paper was recognised by.")] = False,
    include: Include = None,
    exclude: Exclude = None,
) -> None:
    """Lists every noted paper: file, line, arXiv id and title.

    Reads Markdown, Org, HTML and bookmarks, reStructuredText, LaTeX, AsciiDoc, Typst, notebooks, outlines
    (OPML, canvas, Roam's and Logseq's JSON), BibTeX, RIS, Zotero's exports, JSON, YAML, CSV and plain text;
    a file without a telling name is recognised by its text. In folders, tables (.csv, .tsv, .tab) are read
    if their columns are those of a list of papers, or if --include names them.

    Examples:

    - `triage notes extract ~/vault/papers`
    - `triage notes extract README.md library.bib --json`
    """
    from triage.listing.text import single_spaced

    extraction = read_notes(paths, include, exclude)
    print(notes_summary(extraction), file=sys.stderr)
    if json:
        print_json_lines(_record(entry, why) for entry in extraction.entries)
    else:
        # A title may hold escape sequences; the terminal does not get to see them.
        rows = (
            [f"{one.file}:{one.line}", one.arxiv_id or "-", single_spaced(one.title) or "(no title)"]
            + ([one.reading] if why else [])
            for one in extraction.entries
        )
        print_table(["where", "arXiv", "title", *(["recognised by"] if why else [])], rows)
    _print_problems(extraction)


def explain(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file of notes, or a folder.")],
    json: JsonOption = False,
) -> None:
    """Shows what was taken from a note, what was left, and why.

    A paper that is only mentioned, such as one in running text or under references, is listed with the
    reason; so is a title without an address that nothing proves to be a noted paper.

    Examples:

    - `triage notes explain ~/vault/papers/attention.md`
    - `triage notes explain README.md --json`
    """
    from triage.listing.text import single_spaced

    extraction = read_notes([path], None, None)
    print(notes_summary(extraction), file=sys.stderr)
    decisions = sorted(_decisions(extraction), key=lambda one: (one["file"], one["line"]))
    if json:
        print_json_lines(decisions)
    else:
        rows = (
            [
                f"{one['file']}:{one['line']}",
                one["decision"],
                one["arxiv_id"] or "-",
                single_spaced(one["title"]),
                one["why"],
            ]
            for one in decisions
        )
        print_table(["where", "decision", "arXiv", "title", "why"], rows)
    _print_problems(extraction)


def _decisions(extraction: Extraction) -> Iterator[dict[str, Any]]:
    """Return every entry, mention and title left out, with the reason."""
    for entry in extraction.entries:
        yield {
            "file": entry.file,
            "line": entry.line,
            "decision": "entry",
            "arxiv_id": entry.arxiv_id or "",
            "title": entry.title,
            "why": entry.reading,
        }
    for mention in extraction.mentions:
        yield {
            "file": mention.file,
            "line": mention.line,
            "decision": "mention",
            "arxiv_id": mention.id,
            "title": "",
            "why": mention.why,
        }
    for entry in extraction.left_out:
        yield {
            "file": entry.file,
            "line": entry.line,
            "decision": "left out",
            "arxiv_id": "",
            "title": entry.title,
            "why": "it has no address, and nothing proves that it is a noted paper",
        }


def _print_problems(extraction: Extraction) -> None:
    """Print what could not be read, and what was not read with how to include it."""
    print_notices(
        f"{one.file}:{one.line}: {one.what}" if one.line else f"{one.file}: {one.what}"
        for one in extraction.problems
    )
    print_notices(
        f"{one.what}: {counted(one.files, 'file')} not read; to include: {one.how}"
        for one in extraction.skipped
    )


def doctor(
    paths: Paths,
    json: JsonOption = False,
    fix: Annotated[
        bool, flag("--fix", "Shows the certain corrections, and writes them if you agree.")
    ] = False,
    yes: Annotated[bool, flag("--yes", "With --fix: writes them without asking.")] = False,
    include: Include = None,
    exclude: Exclude = None,
    config: ConfigOption = None,
) -> None:
    """Lists the mistakes in your notes: wrong or broken ids, titles that were not found, duplicates.

    Looks papers up in the store of your configuration, without the network. Without a configuration, it
    finds only what the notes themselves show. Before a file is corrected, a copy is kept beside it, with
    the ending .triage-backup.

    Examples:

    - `triage notes doctor ~/vault/papers`
    - `triage notes doctor README.md --fix`
    """
    from triage.notes.doctor import corrections, examine

    settings = _settings(config)
    for path in paths:
        extraction = read_notes([path], include, exclude)
        verdicts = _looked_up(extraction.entries, settings) if settings else []
        findings = examine(extraction.entries, extraction.problems, verdicts)
        if json:
            print_json_lines(map(_finding_record, findings))
        else:
            for one in findings:
                place = f"{one.file}:{one.line}" if one.line else one.file
                also = (
                    f" (also at {', '.join(f'{file}:{line}' for file, line in one.also)})" if one.also else ""
                )
                print(f"{place}: {one.kind.value}: {one.what}{also}\n    {one.suggestion}")
            print(f"{notes_summary(extraction)}; {counted(len(findings), 'thing')} to look at")
        if fix:
            _fix(corrections(findings, path), path, yes=yes)


def _settings(named: Path | None) -> Config | None:
    """Return the configuration, or None if there is none; one that is named must exist."""
    from triage.config.load import find_config

    if named is None:
        try:
            find_config(None)
        except ConfigError:
            print_notices(["there is no configuration, so nothing was looked up."])
            return None
    return load(named)


def _looked_up(entries: Sequence[NoteEntry], config: Config) -> list[Verdict]:
    """Return what the store knows of the entries; arXiv is not asked."""
    from triage.clock import SystemClock
    from triage.notes.doctor import Verdict
    from triage.store.store import Store
    from triage.training.lookup import match_entries

    with Store.of(config) as store:
        with store.reading() as tx:
            if not tx.papers.count():
                print_notices(["the store has no papers yet, so nothing was looked up."])
                return []
            known = tx.papers.get({entry.arxiv_id for entry in entries if entry.arxiv_id})
        found = match_entries(entries, store, None, SystemClock())
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


def read_notes(paths: Sequence[Path], include: list[str] | None, exclude: list[str] | None) -> Extraction:
    from triage.notes.extract import extract as extract_notes

    with shown_progress() as progress:
        return extract_notes(
            paths,
            include=include or (),
            exclude=exclude or (),
            progress=lambda done, total: progress("reading notes", done, total),
        )


def notes_summary(extraction: Extraction) -> str:
    """Say how many papers were found; one that is noted in several places counts once."""
    from triage.notes.categories import merged

    papers = merged(extraction.entries)
    noted = f"{counted(len(papers), 'paper')} noted in {counted(len(extraction.files), 'file')}"
    return f"{noted}, {sum(bool(one.arxiv_id) for one in papers):,} with an arXiv id"


def _record(entry: NoteEntry, why: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "file": entry.file,
        "line": entry.line,
        "title": entry.title,
        "arxiv_id": entry.arxiv_id or "",
        "section": entry.section,
        "text": entry.text,
    }
    return record | ({"reading": entry.reading, "broken_id": entry.broken_id} if why else {})


def _finding_record(one: Finding) -> dict[str, Any]:
    record = asdict(one)
    return {name: record[name] for name in ("kind", "file", "line", "what", "suggestion", "also")}


def _fix(proposed: list[Correction], path: Path, *, yes: bool) -> None:
    from triage.notes.doctor import apply

    if not proposed:
        print("There is no certain correction.", file=sys.stderr)
        return
    for one in proposed:
        print(f"{one.file}:{one.line}\n  - {one.before.strip()}\n  + {one.after.strip()}", file=sys.stderr)
    if yes or typer.confirm(f"Write {counted(len(proposed), 'correction')}?", err=True):
        for backup in apply(proposed, path):
            print(f"The old file is kept as {backup}", file=sys.stderr)
