"""What is wrong in the notes, and what could be written instead."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from triage.errors import NotesError
from triage.notes.formats import NoteProblem
from triage.papers import ArxivId, NoteEntry, title_key

BACKUP_SUFFIX = ".triage-backup"


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
    """That paper's title."""
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
    """The text to replace, as it stands in the file; empty when there is nothing to replace."""
    right: str = ""
    also: tuple[tuple[str, int], ...] = ()
    """The other places, file and line, of the same problem."""


def examine(
    entries: Sequence[NoteEntry], problems: Iterable[NoteProblem] = (), verdicts: Iterable[Verdict] = ()
) -> list[Finding]:
    """List what is wrong in the notes.

    Parameters
    ----------
    entries : sequence of NoteEntry
        All entries.
    problems : iterable of NoteProblem
        What the reading itself could not make sense of.
    verdicts : iterable of Verdict
        What the look-up said; without it broken identifiers, duplicates and unreadable files are
        found, wrong identifiers only where the notes contradict themselves.

    Returns
    -------
    list of Finding
        In order of file and line.
    """
    known = {(verdict.entry.file, verdict.entry.line, verdict.entry.title): verdict for verdict in verdicts}
    findings = [
        Finding(Complaint.FILE, one.file, one.line, one.what, one.suggestion or "look at the file")
        for one in problems
        if not one.what.endswith("and is none")
    ]
    noted: dict[str, list[NoteEntry]] = defaultdict(list)
    for entry in entries:
        noted[entry.arxiv_id or ""].append(entry)
    findings += [_broken(entry, known.get(_key(entry))) for entry in entries if entry.broken_id]
    findings += [
        finding
        for entry in entries
        if (finding := _wrong(entry, known.get(_key(entry)), noted[entry.arxiv_id or ""])) is not None
    ]
    findings += _contradictions(entries, known)
    findings += _duplicates(entries)
    findings += [
        Finding(
            Complaint.UNRESOLVED,
            verdict.entry.file,
            verdict.entry.line,
            f"no paper is known under {verdict.entry.title!r}",
            "add the paper's arXiv address, or leave it: the note's own words are learned from",
        )
        for verdict in known.values()
        if verdict.paper is None
        and verdict.entry.title
        and not verdict.entry.broken_id
        and not verdict.title_of_id
    ]
    return _once(sorted(findings, key=lambda one: (one.file, one.line, one.kind)))


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Each problem once, at its first place, with its other places."""
    first: dict[tuple[Complaint, str, str], Finding] = {}
    for one in findings:
        key = (one.kind, one.what, one.right)
        before = first.get(key)
        if before is None:
            first[key] = one
        elif (one.file, one.line) != (before.file, before.line):
            first[key] = replace(before, also=(*before.also, (one.file, one.line)))
    return list(first.values())


def _key(entry: NoteEntry) -> tuple[str, int, str]:
    return entry.file, entry.line, entry.title


def _broken(entry: NoteEntry, verdict: Verdict | None) -> Finding:
    right = verdict.paper if verdict else None
    return Finding(
        Complaint.BROKEN_ID,
        entry.file,
        entry.line,
        f"{entry.broken_id!r} is no arXiv identifier",
        f"{entry.title!r} is {right}"
        if right
        else "look the paper up by its title and correct the identifier",
        entry.broken_id,
        right or "",
    )


def _wrong(entry: NoteEntry, verdict: Verdict | None, same_id: Sequence[NoteEntry]) -> Finding | None:
    if verdict is None or not entry.arxiv_id:
        return None
    if verdict.paper == entry.arxiv_id:
        right = None if verdict.doubtful else entry.arxiv_id
    else:
        right = verdict.paper
    if right == entry.arxiv_id or not (verdict.title_of_id or right):
        return None
    owner = next((one for one in same_id if one.title and _alike(one.title, verdict.title_of_id)), None)
    where = f" (noted at {owner.file}:{owner.line})" if owner and owner is not entry else ""
    if not verdict.title_of_id:
        return Finding(
            Complaint.WRONG_ID,
            entry.file,
            entry.line,
            f"{entry.arxiv_id} is unknown, and {entry.title!r} is another paper",
            f"{verdict.paper_title!r} is {right}",
            entry.arxiv_id,
            right or "",
        )
    return Finding(
        Complaint.WRONG_ID,
        entry.file,
        entry.line,
        f"{entry.arxiv_id} is {verdict.title_of_id!r}{where}, but the note says {entry.title!r}",
        f"{verdict.paper_title!r} is {right}" if right else "check the identifier",
        entry.arxiv_id,
        right or "",
    )


def _contradictions(
    entries: Sequence[NoteEntry], known: Mapping[tuple[str, int, str], Verdict]
) -> list[Finding]:
    """One identifier under two quite different titles: at least one of them is wrong."""
    by_id: dict[str, list[NoteEntry]] = defaultdict(list)
    for entry in entries:
        if entry.arxiv_id and len(title_key(entry.title)) >= 8:
            by_id[entry.arxiv_id].append(entry)
    findings = []
    for arxiv_id, noted in by_id.items():
        first = noted[0]
        for other in noted[1:]:
            if _key(other) in known or _alike(first.title, other.title):
                continue
            findings.append(
                Finding(
                    Complaint.WRONG_ID,
                    other.file,
                    other.line,
                    f"{arxiv_id} stands here for {other.title!r} and at {first.file}:{first.line} for {first.title!r}",
                    "one of the two identifiers is wrong",
                    arxiv_id,
                )
            )
    return findings


def _alike(one: str, other: str) -> bool:
    first, second = title_key(one), title_key(other)
    if first in second or second in first:
        return True
    from rapidfuzz import fuzz

    return float(fuzz.token_set_ratio(one.casefold(), other.casefold())) >= 75.0


def _duplicates(entries: Sequence[NoteEntry]) -> list[Finding]:
    """The same paper noted twice in one file.  In several files it is one paper with several notes."""
    seen: dict[tuple[str, str], NoteEntry] = {}
    findings = []
    for entry in entries:
        key = (entry.file, title_key(entry.title))
        if len(key[1]) < 8:
            continue
        if (first := seen.setdefault(key, entry)) is not entry:
            findings.append(
                Finding(
                    Complaint.DUPLICATE,
                    entry.file,
                    entry.line,
                    f"{entry.title!r} stands at line {first.line} already",
                    "join the two notes, or leave them: they count as one paper",
                )
            )
    return findings


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of a file as it is and as it would be."""

    file: str
    line: int
    before: str
    after: str


def corrections(findings: Iterable[Finding], root: Path) -> list[Correction]:
    """The lines that would change, for those findings that say what is right.

    Parameters
    ----------
    findings : iterable of Finding
        Those with ``wrong`` and ``right`` are considered.
    root : Path
        The folder that was read (or the file).
    """
    proposed: list[Correction] = []
    for finding in findings:
        if not finding.wrong or not finding.right:
            continue
        for file, line in ((finding.file, finding.line), *finding.also):
            if (correction := _correction(finding, root, file, line)) is not None:
                proposed.append(correction)
    return proposed


def _correction(finding: Finding, root: Path, file: str, first: int) -> Correction | None:
    """The corrected line at one of a problem's places."""
    path = root if root.is_file() else root / file
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return None
    wrong = re.compile(rf"(?<![\w.]){re.escape(finding.wrong)}(?![\w]|\.\d)")
    # The address may stand some lines under the title that names the paper.
    for number in range(first, min(first + 12, len(lines)) + 1):
        line = lines[number - 1]
        if wrong.search(line):
            return Correction(file, number, line, wrong.sub(finding.right, line, count=1))
    return None


def apply(proposed: Sequence[Correction], root: Path) -> list[Path]:
    """Write the corrections, keeping each file as it was beside it.

    Returns
    -------
    list of Path
        The backups, one a changed file.

    Raises
    ------
    NotesError
        If a file changed since the corrections were proposed, or can't be written.
    """
    by_file: dict[str, list[Correction]] = defaultdict(list)
    for one in proposed:
        by_file[one.file].append(one)
    backups = []
    for file, changes in by_file.items():
        path = root if root.is_file() else root / file
        try:
            data = path.read_bytes()
            lines = data.decode("utf-8").split("\n")
            for one in changes:
                if lines[one.line - 1].rstrip("\r") != one.before.rstrip("\r"):
                    raise NotesError(
                        f"{path}, line {one.line}, has changed since it was read",
                        remedy="Run the command again.",
                    )
                ending = "\r" if lines[one.line - 1].endswith("\r") else ""
                lines[one.line - 1] = one.after.rstrip("\r") + ending
            backup = path.with_name(path.name + BACKUP_SUFFIX)
            backup.write_bytes(data)
            temporary = path.with_name(f".{path.name}.triage-new")
            temporary.write_bytes("\n".join(lines).encode("utf-8"))
            temporary.replace(path)
        except OSError as error:
            raise NotesError(
                f"{path} can't be corrected: {error.strerror}", remedy="Check that you may write there."
            ) from error
        backups.append(backup)
    return backups
