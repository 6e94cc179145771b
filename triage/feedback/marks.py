"""The reader's marks and edits in a digest, read back.

Only what differs from the machine's text is a statement, so that a digest left alone says nothing and
its hostile titles can say nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triage.digest.language import text_keys
from triage.feedback.boxes import BoxState, MarkWord
from triage.feedback.novelty import machine_keys, new_words
from triage.feedback.outline import Entry, PlacedBox, read_outline
from triage.feedback.places import Places
from triage.papers import ArxivId, title_key


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that the reader said about one paper."""

    paper: ArxivId
    line: int
    """1-based line of the file."""
    where: str
    """``file:line``."""
    relevant: bool | None = None
    read: bool | None = None
    categories: tuple[str, ...] | None = None
    """The reader's categories of the paper, all of them; empty for "uncategorised", None when unsaid."""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that looks like a statement and can't be understood."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What a digest says beyond what the machine wrote."""

    labels: tuple[Mark, ...] = ()
    """In the order of the file."""
    problems: tuple[Problem, ...] = ()


def read_marks(text: str, *, machine_text: str | None, file: str) -> Marks:
    """Read what the reader has said in a digest.

    Understood are ticked boxes (relevant, not relevant, read, in English and Chinese, in any dress of a
    box), a changed line of categories, a paper moved from the rest up to the picks, and words written
    under a paper; also after the file was reformatted, translated, cut down or moved.

    Parameters
    ----------
    text : str
        The digest as it is now.
    machine_text : str or None
        The digest as the machine wrote it last.  Without it only boxes are statements, since nothing
        else can be told from the machine's words.
    file : str
        The digest's name, for `Mark.where`.

    Returns
    -------
    Marks
        Statements, and what looks like one but can't be understood, with its line.
    """
    if text == machine_text:
        # Most digests are left alone, and every run asks all of them.
        return Marks()
    machine = read_outline(machine_text) if machine_text is not None else None
    now = read_outline(text, machine)
    reader = _MarkReader(file)
    keys = machine_keys(machine_text, machine) if machine_text is not None and machine else frozenset()
    places = Places(now, machine) if machine else None
    for paper, entry in now.entries.items():
        before = machine.entries.get(paper, Entry()) if machine else Entry()
        moved = places.moved_up(paper) if places else None
        reader.read_relevance(paper, entry, before, moved)
        if machine is None:
            continue
        reader.read_categories(paper, entry, before)
        if note := new_words(entry.texts, keys, before.texts):
            reader.say(paper, note.line, remark=note.text)
        reader.read_bare_words(paper, entry)
        if places and not reader.said_of(paper) and (line := places.moved_down(paper)):
            reader.doubt(
                line, "a pick was moved down to the rest; tick 'not relevant' if that is what you mean"
            )
    for box in now.orphans:
        if box.state is not BoxState.OPEN:
            reader.doubt(box.line, f"a box is marked {box.shown!r}, but no paper is named above it")
    return reader.marks()


_WORDS = {
    MarkWord.RELEVANT: "relevant",
    MarkWord.NOT_RELEVANT: "not_relevant",
    MarkWord.READ: "read",
}


class _MarkReader:
    """Gathers statements and doubts."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._labels: list[Mark] = []
        self._problems: list[Problem] = []

    def say(
        self,
        paper: ArxivId,
        line: int,
        *,
        relevant: bool | None = None,
        read: bool | None = None,
        categories: tuple[str, ...] | None = None,
        remark: str = "",
    ) -> None:
        """Note a statement."""
        where = f"{self._file}:{line}"
        self._labels.append(Mark(paper, line, where, relevant, read, categories, remark))

    def doubt(self, line: int, what: str) -> None:
        """Note what can't be understood."""
        self._problems.append(Problem(line, what))

    def said_of(self, paper: ArxivId) -> bool:
        """Whether anything was said of a paper."""
        return any(label.paper == paper for label in self._labels)

    def marks(self) -> Marks:
        """Return everything in the order of the file."""
        return Marks(
            tuple(sorted(self._labels, key=lambda label: label.line)),
            tuple(sorted(self._problems, key=lambda problem: problem.line)),
        )

    def read_relevance(self, paper: ArxivId, entry: Entry, before: Entry, moved: int | None) -> None:
        """Read the boxes of a paper; `moved` is the line where it stands among the picks now."""
        said = self._ticked(paper, entry, before)
        if MarkWord.READ in said:
            self.say(paper, said[MarkWord.READ], read=True)
        yes, no = said.get(MarkWord.RELEVANT), said.get(MarkWord.NOT_RELEVANT)
        if yes is not None and no is not None:
            self.doubt(max(yes, no), f"arXiv:{paper} is marked both relevant and not relevant")
        elif no is not None:
            self.say(paper, no, relevant=False)
        elif yes is not None or moved is not None:
            self.say(paper, yes if yes is not None else moved or 0, relevant=True)

    def read_categories(self, paper: ArxivId, entry: Entry, before: Entry) -> None:
        """Read the lines of categories that differ from the machine's; the last one counts."""
        machine = _folded(name for one in before.categories for name in one.names)
        changed = [one for one in entry.categories if _folded(one.names) != machine]
        if changed:
            self.say(paper, changed[-1].line, categories=changed[-1].names)

    def read_bare_words(self, paper: ArxivId, entry: Entry) -> None:
        """Doubt a mark's words whose box is gone; without all boxes, the list was copied from a page."""
        boxed = {box.mark for box in entry.boxes}
        bare = {
            mark: text.line
            for text in entry.texts
            for mark in MarkWord
            if title_key(text.text) in text_keys(_WORDS[mark]) and mark not in boxed
        }
        if len(bare) < len(MarkWord):
            for mark, line in bare.items():
                self.doubt(
                    line, f"arXiv:{paper}: '{mark}' has lost its box; write '- [x]' or '- [ ]' before it"
                )

    def _ticked(self, paper: ArxivId, entry: Entry, before: Entry) -> Mapping[MarkWord, int]:
        ours = {_squeezed(box.source) for box in before.boxes}
        known = any(box.mark for box in entry.boxes)
        said: dict[MarkWord, int] = {}
        for box in entry.boxes:
            if box.state is BoxState.OPEN or _squeezed(box.source) in ours:
                continue
            if (mark := _meant(box)) is not None:
                said.setdefault(mark, box.line)
            elif box.mark is not None:
                self.doubt(box.line, f"arXiv:{paper}: {box.shown} before '{box.mark}' is neither yes nor no")
            elif box.inline or not known:
                self.doubt(box.line, f"arXiv:{paper}: the words of the box {box.shown} are no mark's")
        return said


def _meant(box: PlacedBox) -> MarkWord | None:
    if box.state is BoxState.TICKED:
        return box.mark
    if box.state is BoxState.STRUCK and box.mark is MarkWord.RELEVANT:
        # A task struck out in Obsidian, or a cross: relevant? No.
        return MarkWord.NOT_RELEVANT
    return None


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(title_key, names))


def _squeezed(line: str) -> str:
    return " ".join(line.split())
