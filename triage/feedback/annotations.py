"""The reader's marks, edits and remarks in a digest, read back as labels.

Only what differs from the machine's text is an annotation, so that a digest left alone has none, and
neither do its hostile titles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from triage.digest.language import text_keys
from triage.feedback.boxes import Box, BoxState, MarkWord
from triage.feedback.moves import Moves
from triage.feedback.outline import Entry, Outline, read_outline
from triage.feedback.remarks import machine_keys, own_words
from triage.papers import ArxivId, Label, LabelSource, title_key


@dataclass(frozen=True, slots=True)
class Problem:
    """What looks like an annotation and can't be understood."""

    line: int
    """1-based line of the file."""
    text: str


@dataclass(frozen=True, slots=True)
class Annotations:
    """What a digest says beyond what the machine wrote, in the order of the file."""

    labels: tuple[Label, ...] = ()
    """Their ``where`` is ``file:line``."""
    problems: tuple[Problem, ...] = ()


def read_annotations(text: str, *, machine_text: str, file: str, now: datetime) -> Annotations:
    """Read what the reader has said in a digest.

    Understood are ticked boxes (relevant, not relevant, read, in any language and any form of a box),
    a changed line of categories, a paper moved from the rest up to the picks, and words written under
    a paper; also after the file was reformatted, translated, shortened or moved.

    ``machine_text`` is the digest as the machine wrote it last, ``file`` its name, ``now`` the time of
    the labels.
    """
    if text == machine_text:
        # Most digests are left alone, and every run reads them all.
        return Annotations()
    machine, keys = machine_outline(machine_text)
    return _AnnotationReader(read_outline(text, machine), machine, keys, file, now).read()


@lru_cache(maxsize=1)
def machine_outline(text: str) -> tuple[Outline, frozenset[str]]:
    """Take the machine's text apart, with the keys of all that it says.

    A digest is read as it is and as it was when it was read last, with the same machine's text.
    """
    outline = read_outline(text)
    return outline, machine_keys(outline)


class _AnnotationReader:
    def __init__(
        self, digest: Outline, machine: Outline, keys: frozenset[str], file: str, now: datetime
    ) -> None:
        self._digest = digest
        self._machine = machine
        self._keys = keys
        self._file = file
        self._now = now
        self._labels: list[tuple[int, Label]] = []
        self._problems: list[Problem] = []

    def read(self) -> Annotations:
        moves = Moves(self._digest, self._machine)
        for paper, entry in self._digest.entries.items():
            before = self._machine.entries.get(paper, Entry())
            labels = len(self._labels)
            self._read_relevance(paper, entry, before, moves.moved_up(paper))
            self._read_categories(paper, entry, before)
            if remark := own_words(entry.prose, before.prose, self._keys):
                self._label(paper, remark[0], remark=remark[1])
            self._read_bare_words(paper, entry)
            if len(self._labels) == labels and (line := moves.moved_down(paper)):
                what = "a pick was moved down to the rest; tick 'not relevant' if that is what you mean"
                self._problem(line, what)
        for orphan, box in self._digest.orphans:
            if box.state is not BoxState.OPEN:
                self._problem(orphan.number, f"a box is marked {box.shown!r}, but no paper is named above it")
        labels_in_order = sorted(self._labels, key=lambda label: label[0])
        problems = sorted(self._problems, key=lambda problem: problem.line)
        return Annotations(tuple(label for _, label in labels_in_order), tuple(problems))

    def _label(self, paper: ArxivId, line: int, **said: Any) -> None:
        where = f"{self._file}:{line}"
        self._labels.append((line, Label(paper, self._now, LabelSource.DIGEST, where=where, **said)))

    def _problem(self, line: int, text: str) -> None:
        self._problems.append(Problem(line, text))

    def _read_relevance(self, paper: ArxivId, entry: Entry, before: Entry, moved_up: int | None) -> None:
        ticked = self._ticked(paper, entry, before)
        if MarkWord.READ in ticked:
            self._label(paper, ticked[MarkWord.READ], read=True)
        yes, no = ticked.get(MarkWord.RELEVANT), ticked.get(MarkWord.NOT_RELEVANT)
        if yes is not None and no is not None:
            self._problem(max(yes, no), f"arXiv:{paper} is marked both relevant and not relevant")
        elif no is not None:
            self._label(paper, no, relevant=False)
        elif (line := moved_up if yes is None else yes) is not None:
            self._label(paper, line, relevant=True)

    def _ticked(self, paper: ArxivId, entry: Entry, before: Entry) -> dict[MarkWord, int]:
        machine = {_squeezed(line.text) for line, _ in before.boxes}
        named = {anchor.line.number for anchor in entry.anchors}
        known = any(box.mark for _, box in entry.boxes)
        ticked: dict[MarkWord, int] = {}
        for line, box in entry.boxes:
            if box.state is BoxState.OPEN or _squeezed(line.text) in machine:
                continue
            if mark := _meaning(box):
                ticked.setdefault(mark, line.number)
            elif box.mark:
                what = f"arXiv:{paper}: {box.shown} before '{box.mark}' is neither yes nor no"
                self._problem(line.number, what)
            elif line.number in named or not known:
                what = (
                    f"arXiv:{paper}: the words after {box.shown} are not 'relevant', 'not relevant' or 'read'"
                )
                self._problem(line.number, what)
        return ticked

    def _read_categories(self, paper: ArxivId, entry: Entry, before: Entry) -> None:
        """Read the lines of categories that differ from the machine's; the last one counts."""
        machine = _folded(name for _, names in before.categories for name in names)
        changed = [(line, names) for line, names in entry.categories if _folded(names) != machine]
        if changed:
            line, names = changed[-1]
            self._label(paper, line, categories=names)

    def _read_bare_words(self, paper: ArxivId, entry: Entry) -> None:
        """Report marks that lost their box; if all have, the list was copied from a page."""
        boxed = {box.mark for _, box in entry.boxes}
        bare = {
            mark: number
            for paragraph in entry.prose
            for number, text in paragraph.lines
            for mark in MarkWord
            if mark not in boxed and title_key(text) in text_keys(mark.text_name)
        }
        if len(bare) < len(MarkWord):
            for mark, line in bare.items():
                what = f"arXiv:{paper}: '{mark}' has lost its box; write '- [x]' or '- [ ]' before it"
                self._problem(line, what)


def _meaning(box: Box) -> MarkWord | None:
    if box.state is BoxState.TICKED:
        return box.mark
    if box.state is BoxState.STRUCK and box.mark is MarkWord.RELEVANT:
        # A task struck out in Obsidian, or a cross: relevant? No.
        return MarkWord.NOT_RELEVANT
    return None


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(title_key, names))


def _squeezed(text: str) -> str:
    return " ".join(text.split())
