"""What is wrong in the notes, and what could be written instead."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
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
    first: dict[tuple[str, str], NoteEntry] = {}
    for entry in entries:
        findings += _wrong(entry, known.get(_place_of(entry)), noted[entry.arxiv_id or ""])
        noted[entry.arxiv_id or ""].append(entry)
        # In several files it is one paper with several notes.
        key = title_key(entry.title)
        if len(key) >= _SHORT and (twin := first.setdefault((entry.file, key), entry)) is not entry:
            what = f"{entry.title!r} stands at line {twin.line} already"
            join = "join the two notes, or leave them: they count as one paper"
            findings.append(_at(entry, Complaint.DUPLICATE, what, join))
    once: dict[tuple[Complaint, str, str], Finding] = {}
    for one in sorted(findings, key=lambda one: (one.file, one.line, one.kind)):
        same = once.setdefault((one.kind, one.what, one.right), one)
        if (one.file, one.line) != (same.file, same.line):
            once[one.kind, one.what, one.right] = replace(same, also=(*same.also, (one.file, one.line)))
    return list(once.values())


def _place_of(entry: NoteEntry) -> tuple[str, int, str]:
    return entry.file, entry.line, entry.title


def _at(entry: NoteEntry, kind: Complaint, what: str, suggestion: str, right: str | None = "") -> Finding:
    wrong = entry.broken_id or entry.arxiv_id or ""
    return Finding(kind, entry.file, entry.line, what, suggestion, wrong, right or "")


def _wrong(entry: NoteEntry, verdict: Verdict | None, others: Sequence[NoteEntry]) -> Iterator[Finding]:
    """What is wrong with an entry's identifier or title; ``others`` before it have the same identifier."""
    right = verdict.paper if verdict else None
    theirs = verdict.title_of_id if verdict else ""
    if entry.broken_id:
        look = f"{entry.title!r} is {right}" if right else "look the paper up by its title and correct it"
        yield _at(entry, Complaint.BROKEN_ID, f"{entry.broken_id!r} is no arXiv identifier", look, right)
    elif verdict and not right and entry.title and not theirs:
        add = "add the paper's arXiv address, or leave it: the note's own words are learned from"
        yield _at(entry, Complaint.UNRESOLVED, f"no paper is known under {entry.title!r}", add)
    elif verdict and entry.arxiv_id and (verdict.doubtful or right != entry.arxiv_id):
        right = None if right == entry.arxiv_id else right
        owner = next((one for one in others if theirs and _alike(one.title, theirs)), None)
        there = f" (noted at {owner.file}:{owner.line})" if owner else ""
        is_of = repr(theirs) if theirs else "unknown"
        what = f"{entry.arxiv_id} is {is_of}{there}, but the note says {entry.title!r}"
        look = f"{verdict.paper_title!r} is {right}" if right else "check the identifier"
        yield _at(entry, Complaint.WRONG_ID, what, look, right)
    elif verdict is None and entry.arxiv_id and others and not _alike(others[0].title, entry.title):
        there = f"at {others[0].file}:{others[0].line} for {others[0].title!r}"
        what = f"{entry.arxiv_id} stands here for {entry.title!r} and {there}"
        yield _at(entry, Complaint.WRONG_ID, what, "one of the two identifiers is wrong")


def _alike(one: str, other: str) -> bool:
    """Whether two titles may be one paper's; too short ones may always."""
    from rapidfuzz import fuzz

    first, second = title_key(one), title_key(other)
    short = min(len(first), len(second)) < _SHORT
    return (
        short
        or first in second
        or second in first
        or fuzz.token_set_ratio(one.casefold(), other.casefold()) >= 75
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
        wrong = re.compile(rf"(?<![\w.]){re.escape(finding.wrong)}(?![\w]|\.\d)")
        for file, start in ((finding.file, finding.line), *finding.also):
            if not (finding.wrong and finding.right and file in paths):
                continue
            with suppress(FileError):
                lines = (read_text(paths[file]) or "").split("\n")[start - 1 : start + _FEW_LINES]
                fitting = ((n, line) for n, line in enumerate(lines, start) if wrong.search(line))
                for number, line in islice(fitting, 1):
                    after = wrong.sub(finding.right, line, count=1)
                    proposed.append(Correction(paths[file], number, line, after))
    return proposed


def apply(proposed: Sequence[Correction]) -> list[Path]:
    """Write the corrections, and return the backups: beside each changed file, the file as it was.

    Raises NotesError if a file changed since the corrections were proposed, FileError if one can't be written.
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
        backups.append(path.with_name(path.name + BACKUP_SUFFIX))
        if is_as_read:
            write_file(backups[-1], text)
        if not is_as_read or write_unless_edited(path, "\n".join(lines), text) is Outcome.KEPT:
            raise NotesError(f"{path} has changed since it was read", remedy="Run the command again.")
    return backups
