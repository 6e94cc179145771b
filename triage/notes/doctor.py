"""What is wrong in the notes, and what could be written instead."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from triage.errors import FileError, NotesError
from triage.notes.formats import NoteProblem
from triage.papers import ArxivId, NoteEntry, title_key
from triage.store.files import Outcome, read_text, write_file, write_unless_edited

BACKUP_SUFFIX = ".triage-backup"
_SHORT = 8
"""Letters of a title up to which two papers may share it."""
_FEW_LINES = 12
"""An address may stand so many lines under the title that names its paper."""


class Complaint(StrEnum):
    """The kinds of things that can be wrong."""

    BROKEN_ID = "broken id"
    WRONG_ID = "wrong id"
    DUPLICATE = "duplicate"
    UNRESOLVED = "unresolved title"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the look-up (in the store, then at arXiv) says about one entry."""

    entry: NoteEntry
    paper: ArxivId | None
    """The paper that the entry is about, None when none was found."""
    paper_title: str = ""
    title_of_id: str = ""
    """The title of the paper that the noted identifier belongs to; empty when unknown or unasked."""
    doubtful: bool = False
    """The identifier's paper has another title than the note, and no paper with the note's was found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a note, with what to do about it."""

    kind: Complaint
    file: str
    line: int
    what: str
    suggestion: str
    wrong: str = ""
    """The text to replace, as it stands in the file."""
    right: str = ""
    """What to write instead; empty when that is not certain."""
    also: tuple[tuple[str, int], ...] = ()
    """The other places, file and line, of the same problem."""


def examine(
    entries: Sequence[NoteEntry], problems: Iterable[NoteProblem] = (), verdicts: Iterable[Verdict] = ()
) -> list[Finding]:
    """List what is wrong in the notes, each problem once with all its places, by file and line.

    ``problems`` is what the reading itself could not make sense of, ``verdicts`` what the look-up said;
    without it wrong identifiers are found only where the notes contradict themselves.
    """
    known = {_place_of(verdict.entry): verdict for verdict in verdicts}
    findings = [
        Finding(Complaint.FILE, one.file, one.line, one.what, one.suggestion or "look at the file")
        for one in problems
        # A broken identifier is reported with its entry.
        if not one.what.endswith("and is none")
    ]
    noted: dict[str, list[NoteEntry]] = defaultdict(list)
    for entry in entries:
        noted[entry.arxiv_id or ""].append(entry)
    for entry in entries:
        findings += _of_entry(entry, known.get(_place_of(entry)), noted[entry.arxiv_id or ""])
    findings += _contradictions(entry for entry in entries if _place_of(entry) not in known)
    findings += _duplicates(entries)
    first: dict[tuple[Complaint, str, str], Finding] = {}
    for one in sorted(findings, key=lambda one: (one.file, one.line, one.kind)):
        same = first.setdefault((one.kind, one.what, one.right), one)
        if (one.file, one.line) != (same.file, same.line):
            first[one.kind, one.what, one.right] = replace(same, also=(*same.also, (one.file, one.line)))
    return list(first.values())


def _place_of(entry: NoteEntry) -> tuple[str, int, str]:
    return entry.file, entry.line, entry.title


def _at(entry: NoteEntry, kind: Complaint, what: str, suggestion: str, right: str = "") -> Finding:
    wrong = entry.broken_id or entry.arxiv_id or ""
    return Finding(kind, entry.file, entry.line, what, suggestion, wrong, right)


def _of_entry(entry: NoteEntry, verdict: Verdict | None, same_id: Sequence[NoteEntry]) -> Iterator[Finding]:
    """What is wrong with an entry by itself."""
    right = verdict.paper if verdict else None
    if entry.broken_id:
        looked_up = (
            f"{entry.title!r} is {right}" if right else "look the paper up by its title and correct it"
        )
        what = f"{entry.broken_id!r} is no arXiv identifier"
        yield _at(entry, Complaint.BROKEN_ID, what, looked_up, right or "")
    elif verdict and entry.arxiv_id:
        if verdict.doubtful and right == entry.arxiv_id:
            right = None
        if right != entry.arxiv_id and (right or verdict.title_of_id):
            theirs = verdict.title_of_id
            owner = next(
                (one for one in same_id if theirs and one.title and _alike(one.title, theirs)), entry
            )
            there = f" (noted at {owner.file}:{owner.line})" if owner is not entry else ""
            what = f"{entry.arxiv_id} is {repr(theirs) if theirs else 'unknown'}{there}, but the note says {entry.title!r}"
            looked_up = f"{verdict.paper_title!r} is {right}" if right else "check the identifier"
            yield _at(entry, Complaint.WRONG_ID, what, looked_up, right or "")
    if verdict and verdict.paper is None and entry.title and not (entry.broken_id or verdict.title_of_id):
        add = "add the paper's arXiv address, or leave it: the note's own words are learned from"
        yield _at(entry, Complaint.UNRESOLVED, f"no paper is known under {entry.title!r}", add)


def _contradictions(entries: Iterable[NoteEntry]) -> Iterator[Finding]:
    """One identifier under two quite different titles: at least one of them is wrong."""
    firsts: dict[str, NoteEntry] = {}
    for entry in entries:
        if entry.arxiv_id and len(title_key(entry.title)) >= _SHORT:
            first = firsts.setdefault(entry.arxiv_id, entry)
            if first is not entry and not _alike(first.title, entry.title):
                there = f"at {first.file}:{first.line} for {first.title!r}"
                what = f"{entry.arxiv_id} stands here for {entry.title!r} and {there}"
                yield _at(entry, Complaint.WRONG_ID, what, "one of the two identifiers is wrong")


def _alike(one: str, other: str) -> bool:
    from rapidfuzz import fuzz

    first, second = title_key(one), title_key(other)
    close = float(fuzz.token_set_ratio(one.casefold(), other.casefold())) >= 75.0
    return close or first in second or second in first


def _duplicates(entries: Iterable[NoteEntry]) -> Iterator[Finding]:
    """The same paper noted twice in one file.  In several files it is one paper with several notes."""
    seen: dict[tuple[str, str], NoteEntry] = {}
    for entry in entries:
        key = title_key(entry.title)
        if len(key) >= _SHORT and (first := seen.setdefault((entry.file, key), entry)) is not entry:
            join = "join the two notes, or leave them: they count as one paper"
            yield _at(
                entry, Complaint.DUPLICATE, f"{entry.title!r} stands at line {first.line} already", join
            )


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of a file as it is and as it would be."""

    path: Path
    line: int
    before: str
    after: str


def corrections(findings: Iterable[Finding], paths: Mapping[str, Path]) -> list[Correction]:
    """The lines that would change, for those findings that say what is right; ``paths`` are those of files."""
    proposed: list[Correction] = []
    for finding in findings:
        if finding.wrong and finding.right:
            for file, line in ((finding.file, finding.line), *finding.also):
                proposed += _correction(finding, paths[file], line) if file in paths else ()
    return proposed


def _correction(finding: Finding, path: Path, first: int) -> Iterator[Correction]:
    try:
        lines = (read_text(path) or "").split("\n")
    except FileError:
        return
    wrong = re.compile(rf"(?<![\w.]){re.escape(finding.wrong)}(?![\w]|\.\d)")
    for number, line in enumerate(lines[first - 1 : first + _FEW_LINES], start=first):
        if wrong.search(line):
            yield Correction(path, number, line, wrong.sub(finding.right, line, count=1))
            return


def apply(proposed: Sequence[Correction]) -> list[Path]:
    """Write the corrections, and return the backups: beside each changed file, the file as it was.

    Raises
    ------
    NotesError
        If a file changed since the corrections were proposed.
    FileError
        If a file can't be written.
    """
    by_path: dict[Path, list[Correction]] = defaultdict(list)
    for one in proposed:
        by_path[one.path].append(one)
    backups = []
    for path, changes in by_path.items():
        text = read_text(path) or ""
        lines = text.split("\n")
        is_as_read = all(lines[one.line - 1 : one.line] == [one.before] for one in changes)
        for one in changes if is_as_read else ():
            lines[one.line - 1] = one.after
        backup = path.with_name(path.name + BACKUP_SUFFIX)
        if is_as_read:
            write_file(backup, text)
        if not is_as_read or write_unless_edited(path, "\n".join(lines), text) is Outcome.KEPT:
            raise NotesError(f"{path} has changed since it was read", remedy="Run the command again.")
        backups.append(backup)
    return backups
