"""Labels made on the page stand in the digest's file as well, in the form in which its reader makes them.

Every change is read back as :mod:`triage.feedback.annotations` reads it, and made only if nothing else
in the digest reads differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from triage.context import Context
from triage.digest.language import Language, language_of
from triage.digest.render import category_line
from triage.errors import TriageError
from triage.feedback.annotations import machine_outline, read_annotations
from triage.feedback.boxes import MarkWord, boxes
from triage.feedback.outline import Entry, read_outline
from triage.feedback.sync import locate, sync
from triage.papers import ArxivId, Label, LabelSource
from triage.store.files import Outcome, read_text, write_unless_edited
from triage.store.labels import CurrentLabel, LoggedLabel

_TRIES = 3
"""An editor that saves just now is waited for no longer."""
_LINE_END = re.compile(r"(\r\n|\n|\r)")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def add_mark(
    context: Context,
    paper: ArxivId,
    *,
    relevant: bool | None = None,
    categories: Sequence[str] | None = None,
    read: bool | None = None,
) -> LoggedLabel | None:
    """Label a paper on the page; returns what is new in the log, None if that held already.

    Raises TriageError if a category can't be one.
    """
    for name in categories or ():
        if ";" in name or not name.strip():
            raise TriageError(f"{name!r} can't be a category: it is empty or holds a semicolon.")
    names = None if categories is None else tuple(categories)
    label = Label(paper, context.clock.now(), LabelSource.WEB, relevant, names, read, where="triage web")
    with context.store.transaction() as tx:
        added = tx.labels.add([label])
    return added[0] if added else None


def undo_mark(context: Context, number: int) -> LoggedLabel | None:
    """Undo an entry of the log; None if there is none, or it was undone before."""
    with context.store.transaction() as tx:
        return tx.labels.undo(number, context.clock.now())


def show_in_digests(context: Context, paper: ArxivId) -> bool:
    """Mark a paper in the files that show it as it is labelled now; returns whether all of them are.

    Raises FileError if a file can't be read or written.
    """
    with context.store.reading() as tx:
        days = [digest.day for digest in tx.digests.showing(paper)]
    shown = [any(_show_in(context, paper, day=day) for _ in range(_TRIES)) for day in days]
    return all(shown)


def _show_in(context: Context, paper: ArxivId, *, day: date) -> bool:
    """Try once; the reader's own marks are read before, so that none is taken for one of the page's."""
    sync(context.config, context.store, context.clock.now(), days=[day])
    with context.store.reading() as tx:
        digest = tx.digests.get(day)
        label = tx.labels.current_labels().get(paper, CurrentLabel(paper))
    file = locate(context.config.digest_folder, [digest] if digest else []).get(day)
    if digest is None or file is None or not digest.in_place:
        return True  # The reader has removed it, or it is still to be written.
    text = read_text(file)
    texts = language_of(context.config.digest.language)
    marked = text and with_marks(text, digest.machine_text, label, texts)
    if not marked or text != digest.synced_text:
        return False
    if write_unless_edited(file, marked, text) is Outcome.KEPT:
        return False
    with context.store.transaction() as tx:
        tx.digests.synced(day, marked)
    return True


def with_marks(text: str, machine_text: str, label: CurrentLabel, texts: Language) -> str | None:
    """Return a digest in which a paper is marked as it is labelled; all other text stays.

    None if the reader has rewritten the lines about it so that this can't be done.
    """
    paper = label.paper
    wanted = (label.relevant, label.read or None, label.categories)
    said, others = _said(text, machine_text, paper)
    for part in range(len(wanted)):
        if said[part] == wanted[part]:
            continue
        target = (*said[:part], wanted[part], *said[part + 1 :])
        candidates = _candidates(text, machine_text, label, texts, part)
        found = (one for one in candidates if _said(one, machine_text, paper) == (target, others))
        changed = next(found, None)
        if changed is None:
            return None
        text, said = changed, target
    return text


def _said(text: str, machine_text: str, paper: ArxivId) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return what a digest says of a paper, in the order of a label's parts, and all else it says."""
    read = read_annotations(text, machine_text=machine_text, file="", now=_NEVER)
    own = [one for one in read.labels if one.paper == paper]
    parts = ([getattr(one, name) for one in own] for name in ("relevant", "read", "categories"))
    said = tuple(next((one for one in values if one is not None), None) for values in parts)
    others = [
        (one.paper, one.relevant, one.read, one.categories) for one in read.labels if one.paper != paper
    ]
    return said, (others, [one.remark for one in read.labels if one.remark], len(read.problems))


def _candidates(
    text: str, machine_text: str, label: CurrentLabel, texts: Language, part: int
) -> Iterator[str]:
    """Yield texts in which one part of a label (relevant, read, categories) may be marked, best first."""
    machine, _ = machine_outline(machine_text)
    entry = read_outline(text, machine).entries.get(label.paper)
    if entry is None or not entry.anchors:
        return
    raw = _Lines(text)
    if part == 0:
        yield _with_relevance(raw, entry, label.relevant)
    elif part == 1:
        yield from _with_read(raw, entry, label.read, texts[MarkWord.READ.text_name])
    else:
        before = machine.entries.get(label.paper, Entry()).categories
        names = label.categories if label.categories is not None else before[-1][1] if before else ()
        yield from _with_categories(raw, entry, names, texts)


class _Lines:
    """A text in lines that can be changed one by one; line ends stay as they are."""

    def __init__(self, text: str) -> None:
        self._parts = _LINE_END.split(text)

    def __getitem__(self, number: int) -> str:
        return self._parts[2 * (number - 1)]

    def changed(self, *lines: tuple[int, str]) -> str:
        """Return the text with other lines, by their numbers from 1."""
        parts = list(self._parts)
        for number, line in lines:
            parts[2 * (number - 1)] = line
        return "".join(parts)


def _with_relevance(raw: _Lines, entry: Entry, relevant: bool | None) -> str:
    marks = {box.mark for _, box in entry.boxes}
    signs = {
        MarkWord.RELEVANT: {True: "x", False: " ", None: " "},
        MarkWord.NOT_RELEVANT: {True: " ", False: "x", None: " "},
    }
    if MarkWord.NOT_RELEVANT not in marks:
        # The one box of a line in a list: a minus is a no.
        signs[MarkWord.RELEVANT][False] = "-"
    return _with_boxes(raw, entry, {mark: sign[relevant] for mark, sign in signs.items()})


def _with_boxes(raw: _Lines, entry: Entry, signs: dict[MarkWord, str]) -> str:
    """Set the boxes of some marks."""
    changed: dict[int, str] = {}
    for number in {line.number for line, _ in entry.boxes}:
        known = [box for line, box in entry.boxes if line.number == number]
        written = boxes(raw[number])
        line = raw[number]
        # From the end, so that places before stay right.
        for box, place in reversed(list(zip(known, written, strict=False))):
            if box.mark in signs and line[place.start : place.end] == place.shown:
                line = f"{line[: place.start]}[{signs[box.mark]}]{line[place.end :]}"
        changed[number] = line
    return raw.changed(*changed.items())


def _with_read(raw: _Lines, entry: Entry, read: bool, word: str) -> Iterator[str]:
    number = entry.anchors[0].line.number
    if any(box.mark is MarkWord.READ and line.number != number for line, box in entry.boxes) or any(
        box.mark is MarkWord.READ for box in boxes(raw[number])
    ):
        yield _with_boxes(raw, entry, {MarkWord.READ: "x" if read else " "})
    elif read:
        yield raw.changed((number, f"{raw[number].rstrip()} · {word}"))
    else:
        yield raw.changed((number, re.sub(rf"[\s·]*{re.escape(word)}\W*$", "", raw[number])))


def _with_categories(raw: _Lines, entry: Entry, names: Sequence[str], texts: Language) -> Iterator[str]:
    written = category_line(names, texts)
    named = entry.anchors[0].line.number
    for number, old in reversed(entry.categories):
        if number != named:
            label, colon, _ = re.split(r"([:：][\s*_]*)", raw[number], maxsplit=1)
            yield raw.changed((number, f"{label}{colon}{written}"))
            return
        line = raw[number]
        # In a line of a list they are one of its parts.
        for match in reversed(list(re.finditer(r" · (?:(?! · ).)*", line))):
            if category_line(old, texts) in match[0]:
                kept = f" · {written}" if names else ""
                yield raw.changed((number, f"{line[: match.start()]}{kept}{line[match.end() :]}"))
    line = raw[named]
    for place in [len(line.rstrip()), *(match.start() for match in reversed(list(re.finditer(" · ", line))))]:
        yield raw.changed((named, f"{line[:place]} · {written}{line[place:]}"))
