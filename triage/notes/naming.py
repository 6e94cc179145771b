"""Second half of the first pass: which words of the note name the paper of an address."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from triage.notes.headings import Holds, holds, is_period, stripped
from triage.notes.labels import Says, kind_of_label
from triage.notes.lead import Dress, Lead, lead_of, title_in, words_of
from triage.notes.sightings import Sighting, Stands
from triage.notes.subject import without_note_words
from triage.notes.titles import Quality, is_byline, is_far_script
from triage.notes.tree import Block, Kind

_NEAR = 4
"""Lines above an address among which its title stands."""
_FAR = 14
"""Lines above it among which a line that can only be a title is its title."""
_LOOKED_AT = 60
"""Rows by which the columns of a table are judged."""


@dataclass(slots=True, eq=False)
class Named:
    """An address with the block that names its paper."""

    sighting: Sighting
    lead: Lead
    block: Block | None
    """The block in which the title stands; None for the note's own title, or where there is none."""
    own: bool = False
    """It is the paper that the whole note is about."""


@dataclass(slots=True)
class Names:
    """Finds titles for addresses that stand alone; every block names one paper."""

    leads: dict[Block, Lead] = field(default_factory=dict)
    sighted: Mapping[Block, frozenset[str]] = field(default_factory=dict)
    """Lines with identifiers of their own."""
    fields: frozenset[str] = frozenset()
    """Labels that begin many lines of the note, and so are no nicknames."""
    columns: dict[Block, int] = field(default_factory=dict)
    """For each block that holds tables, the column in which titles stand."""

    def lead(self, block: Block) -> Lead:
        """What a block leads with, of a row the cell with its title."""
        found = self.leads.get(block)
        if found is None:
            if block.kind is Kind.ROW:
                found = self._row_lead(block)[0]
            else:
                of_field = (
                    block.kind is not Kind.HEADING
                    and bool(self.fields)
                    and field_label(block.source) in self.fields
                )
                found = Lead() if of_field else _title_lead(block)
            self.leads[block] = found
        return found

    def place_of(self, sighting: Sighting) -> tuple[Block | None, Lead]:
        """The block that names the paper of an address without a title in its line."""
        block = sighting.block
        row = row_of(block)
        if row is not None:
            lead, cell = self._row_lead(row)
            return (
                (row, lead)
                if lead.title and (cell is not block.parent or sighting.stands is Stands.LONE)
                else (row, Lead())
            )
        near = self._beside(block, sighting.id or sighting.broken)
        above = self._above(block)
        if near is not None and not (
            above[1].quality is Quality.STRONG
            and _label(block) is not None
            and near[1].dress is Dress.PLAIN
            and field_label(near[0].source)
        ):
            # "Session: Robots" above "arXiv: ..." is a field beside it, not its title.
            return near
        if above[1].quality < Quality.STRONG and (far := self._far(block)) is not None:
            return far
        return above

    def _beside(self, block: Block, own: str) -> tuple[Block, Lead] | None:
        """A labelled title among the lines around, or the nearest line above that is a title."""
        siblings = block.parent.children if block.parent is not None else []
        place = _place(siblings, block)
        for other in (*reversed(siblings[max(0, place - 8) : place]), *siblings[place + 1 : place + 5]):
            if other.kind in (Kind.HEADING, Kind.ROW):
                break
            label = _label(other)
            if label is Says.TITLE and (lead := self.lead(other)).title:
                return other, lead
            if label is None and other.kind is Kind.ITEM and block.kind is Kind.ITEM and other.children:
                break
        best: tuple[Block, Lead] | None = None
        for other in reversed(siblings[max(0, place - _NEAR) : place]):
            if other.kind in (Kind.HEADING, Kind.ROW) or (
                block.kind is Kind.ITEM and other.kind is Kind.ITEM
            ):
                break
            if (block.kind is Kind.ITEM and len(block.source) > 200) or self.sighted.get(
                other, frozenset((own,))
            ) != {own}:
                break
            lead = self.lead(other)
            if _label(other) in (Says.PAPER, Says.TITLE) and lead.title:
                return other, lead
            if (
                lead.quality >= Quality.WEAK
                and not is_far_script(lead.title)
                and (
                    _is_whole(lead)
                    or (lead.quality is Quality.STRONG and other.starts and siblings[place - 1] is other)
                )
            ):
                if best is None or lead.quality > best[1].quality:
                    best = other, lead
                if lead.quality is Quality.STRONG:
                    break
            if other.starts and best is not None:
                break
        return best

    def _above(self, block: Block) -> tuple[Block | None, Lead]:
        """The item or heading over a block that can name a paper."""
        for outer in block.ancestors():
            if outer.kind not in (Kind.ITEM, Kind.HEADING):
                continue
            lead = self.lead(outer)
            if lead.title and (outer.kind is Kind.ITEM or names_paper(outer, lead)):
                return outer, lead
        return None, Lead()

    def _far(self, block: Block) -> tuple[Block, Lead] | None:
        siblings = block.parent.children if block.parent is not None else []
        place = _place(siblings, block)
        if block.kind is not Kind.TEXT:
            return None
        for other in siblings[max(0, place - _FAR) : place]:
            if (
                other.kind is Kind.TEXT
                and len(other.source) < 400
                and self.lead(other).quality is Quality.STRONG
            ):
                return other, self.lead(other)
        return None

    def _row_lead(self, row: Block) -> tuple[Lead, Block | None]:
        assert row.parent is not None
        if row.parent not in self.columns:
            rows = [one for one in row.parent.children if one.kind is Kind.ROW]
            self.columns[row.parent] = _title_column(rows[:_LOOKED_AT])
        column = self.columns[row.parent]
        if column < 0 or column >= len(row.children):
            return Lead(), None
        cell = row.children[column]
        lead = _cell_lead(cell)
        if lead.title:
            return lead, cell
        text = "" if "://" in cell.children[0].text else title_in(cell.children[0].text)
        return Lead(text, Dress.PLAIN, Quality.NAME if text else Quality.NONE), cell


_FIELD = re.compile(
    r"^[^\w<]*(?:\*\*|__|<(?:b|strong)>)?\s*([^\W\d][^:：*<\[\]|]{0,28}?)\s*(?:\*\*|__|</(?:b|strong)>)?\s*[:：]"
)


def field_label(source: str) -> str:
    """The words before the colon that a line begins with, if they are few.

    >>> field_label("**Session:** Friday"), field_label("No colon here")
    ('session', '')
    """
    match = _FIELD.match(source[:80])
    return match[1].casefold() if match and match[1].count(" ") < 4 else ""


def fields_in(root: Block) -> frozenset[str]:
    """Labels that begin three lines of a note or more: its author's fields."""
    counted = Counter(
        label
        for block in root.walk()
        if block.kind in (Kind.TEXT, Kind.ITEM) and (label := field_label(block.source))
    )
    return frozenset(
        label
        for label, count in counted.items()
        if count >= 3 and kind_of_label(label) not in (Says.TITLE, Says.PAPER)
    )


def _is_whole(lead: Lead) -> bool:
    """Whether a line is nothing but its title, people and venues apart."""
    after = lead.after.strip(" .,-–—|()[]")
    return lead.dress is not Dress.PLAIN or len(words_of(after)) <= 2 or is_byline(after)


def row_of(block: Block) -> Block | None:
    """The table row that a line stands in."""
    cell = block.parent
    return cell.parent if cell is not None and cell.kind is Kind.CELL else None


def _cell_lead(cell: Block) -> Lead:
    """The title that the first line of a cell gives that says anything."""
    for line in cell.children:
        lead = _title_lead(line)
        if lead.title or words_of(line.text):
            return lead
    return Lead()


def _place(siblings: Sequence[Block], block: Block) -> int:
    low, high = 0, len(siblings)
    # Siblings are in order of lines: a search by halves keeps long files linear.
    while low < high:
        middle = (low + high) // 2
        if siblings[middle].line < block.line:
            low = middle + 1
        else:
            high = middle
    while low < len(siblings) and siblings[low] is not block:
        low += 1
    return low


def _label(block: Block) -> Says | None:
    if block.kind is Kind.CODE or len(block.source) > 2000:
        return None
    label = block.label
    return label.says if label else None


def _title_lead(block: Block) -> Lead:
    """The title that a line gives; people, dates and labelled details give none."""
    if block.kind is Kind.CODE or len(block.source) > 4000:
        return Lead()
    lead = lead_of(block.pieces)
    if block.kind is Kind.HEADING and lead.title:
        title, _ = without_note_words(lead.title)
        lead = replace(lead, title=title or lead.title)
    if (
        lead.title
        and lead.dress is Dress.PLAIN
        and "," in block.text
        and is_byline(block.text)
        and lead.quality < Quality.STRONG
    ):
        return Lead()
    return lead


def names_paper(heading: Block, lead: Lead) -> bool:
    """Whether a heading can be a paper's name: not ``Method``, ``Papers``, ``2024-01-17``."""
    bare = stripped(heading.text)
    if is_period(bare) or kind_of_label(bare) is not None:
        return False
    held = holds(heading.text)
    return held is Holds.UNKNOWN or (
        held in (Holds.PAPERS, Holds.RESOURCES) and lead.quality is Quality.STRONG
    )


def _title_column(rows: Sequence[Block]) -> int:
    """The column of a table in which titles stand, or -1."""
    columns: dict[int, list[Block]] = defaultdict(list)
    for row in rows:
        for cell in row.children:
            if any(line.source for line in cell.children):
                columns[cell.level].append(cell)
    best, most = -1, 0.0
    for column, cells in columns.items():
        says = kind_of_label(cells[0].header) if cells[0].header else None
        leads = [_cell_lead(cell) for cell in cells]
        worth = sum(
            min(one.quality, 2) + 0.3 * (one.dress in (Dress.BOLD, Dress.LINK)) for one in leads
        ) / len(rows)
        worth += {Says.TITLE: 1.5, Says.PAPER: 0.8}.get(says, 0.0) if says else 0.0
        worth -= (
            2.0
            if says
            in (Says.AUTHORS, Says.VENUE, Says.DATE, Says.DETAIL, Says.TAGS, Says.CODE, Says.ELSEWHERE)
            else 0.0
        )
        worth -= 0.05 * column
        if worth > max(most, 0.2):
            best, most = column, worth
    return best


def lines_below(block: Block) -> Iterator[Block]:
    """The lines that belong to a title: what is nested under it, or what follows in its paragraph."""
    if block.kind in (Kind.ITEM, Kind.HEADING, Kind.ROW, Kind.ROOT):
        yield from (one for one in block.walk() if one is not block)
        return
    siblings = block.parent.children if block.parent is not None else []
    for other in siblings[_place(siblings, block) + 1 :]:
        if other.kind is not Kind.TEXT or re.match(r"\s*$", other.source):
            return
        yield other
