"""``triage notes``: the papers noted in your files, and the mistakes there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli.options import ConfigOption, JsonOption, argument, flag, load, option
from triage.cli.output import counted, fields, print_json_lines, print_notices, print_table
from triage.cli.progress import shown_progress
from triage.errors import ConfigError

if TYPE_CHECKING:
    from triage.config.schema import Config
    from triage.notes.doctor import Correction
    from triage.notes.extract import Extraction

Paths = Annotated[list[Path], argument("PATH", "Files or folders of notes.")]
Include = Annotated[list[str] | None, option("--include", "GLOB", "Reads only such files: 'papers/**/*.md'.")]
Exclude = Annotated[list[str] | None, option("--exclude", "GLOB", "Leaves such files out: 'templates/*'.")]


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
    extraction = read_notes(paths, include, exclude)
    names = (
        "file",
        "line",
        "title",
        "arxiv_id",
        "section",
        "text",
        *(("reading", "broken_id") if why else ()),
    )
    records = [fields(one, *names) | {"arxiv_id": one.arxiv_id or ""} for one in extraction.entries]
    columns = {"arXiv": "arxiv_id", "title": "title"} | ({"recognised by": "reading"} if why else {})
    _print(extraction, records, columns, as_json=json)
    read = {one.file for one in extraction.entries}
    unproven = [one.file for one in extraction.left_out if one.file not in read]
    if unproven:
        print_notices(
            [
                f"{counted(len(unproven), 'line')} in {counted(len(set(unproven)), 'file')} without a paper may "
                "name papers, but nothing proves it: add an id or a link. To see them: triage notes explain FILE"
            ]
        )


def explain(
    path: Annotated[Path, argument("FILE", "A file of notes, or a folder.")],
    json: JsonOption = False,
) -> None:
    """Shows what was taken from a note, what was left, and why.

    A paper that is only mentioned, such as one in running text or under references, is listed with the
    reason; so is a title without an address that nothing proves to be a noted paper.

    Examples:

    - `triage notes explain ~/vault/papers/attention.md`
    - `triage notes explain README.md --json`
    """
    extraction = read_notes([path], None, None)
    no_address = "it has no address, and nothing proves that it is a noted paper"
    rows: list[tuple[Any, ...]]
    rows = [(one, "entry", one.arxiv_id or "", one.title, one.reading) for one in extraction.entries]
    rows += [(one, "mention", one.id, "", one.why) for one in extraction.mentions]
    rows += [(one, "left out", "", one.title, no_address) for one in extraction.left_out]
    names = ("decision", "arxiv_id", "title", "why")
    records = [fields(row[0], "file", "line") | dict(zip(names, row[1:], strict=True)) for row in rows]
    records.sort(key=lambda record: (record["file"], record["line"]))
    columns = {"decision": "decision", "arXiv": "arxiv_id", "title": "title", "why": "why"}
    _print(extraction, records, columns, as_json=json)


def _print(
    extraction: Extraction,
    records: Iterable[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    as_json: bool,
) -> None:
    """Print what was found, then what could not be read, and what was not read with how to include it."""
    print(notes_summary(extraction), file=sys.stderr)
    if as_json:
        print_json_lines(records)
    else:
        rows = ([_place(one), *(one[name] or "-" for name in columns.values())] for one in records)
        print_table(["where", *columns], rows)
    print_notices(f"{_place(fields(one, 'file', 'line'))}: {one.what}" for one in extraction.problems)
    print_notices(
        f"{one.what}: {counted(one.files, 'file')} not read; to include: {one.how}"
        for one in extraction.skipped
    )


def _place(record: Mapping[str, Any]) -> str:
    return f"{record['file']}:{record['line']}" if record["line"] else str(record["file"])


def doctor(
    paths: Paths,
    json: JsonOption = False,
    fix: Annotated[bool, flag("--fix", "Shows certain corrections, writes them if you agree.")] = False,
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
    from triage.store.store import Store
    from triage.training.verdicts import verdicts_of

    settings = _settings(config)
    extraction = read_notes(paths, include, exclude)
    verdicts = []
    if settings:
        with Store.of(settings) as store:
            verdicts = verdicts_of(extraction.entries, store)
        if extraction.entries and not verdicts:
            print_notices(["the store has no papers yet, so nothing was looked up."])
    findings = examine(extraction.entries, extraction.problems, verdicts)
    records = [fields(one, "kind", "file", "line", "what", "suggestion", "also") for one in findings]
    if json:
        print_json_lines(records)
    else:
        for one in records:
            also = ", ".join(f"{file}:{line}" for file, line in one["also"])
            more = f" (also at {also})" if also else ""
            print(f"{_place(one)}: {one['kind'].value}: {one['what']}{more}\n    {one['suggestion']}")
        print(f"{notes_summary(extraction)}; {counted(len(findings), 'thing')} to look at")
    if fix:
        _fix(corrections(findings, {one.file: one.path for one in extraction.files}), yes=yes)


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


def read_notes(paths: Sequence[Path], include: list[str] | None, exclude: list[str] | None) -> Extraction:
    """Read files and folders, with progress."""
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


def _fix(proposed: list[Correction], *, yes: bool) -> None:
    from triage.notes.doctor import apply

    if not proposed:
        print("There is no certain correction.", file=sys.stderr)
        return
    for one in proposed:
        print(f"{one.path}:{one.line}\n  - {one.before.strip()}\n  + {one.after.strip()}", file=sys.stderr)
    if yes or typer.confirm(f"Write {counted(len(proposed), 'correction')}?", err=True):
        for backup in apply(proposed):
            print(f"The old file is kept as {backup}", file=sys.stderr)
