"""Second half of the first pass: which words of the note name the paper of an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from triage.notes.lead import Dress, Lead, lead_of, title_in, words_of
from triage.notes.sightings import Sighting, Stands
from triage.notes.subject import without_note_words
from triage.notes.titles import Quality, is_credit, is_far_script
from triage.notes.tree import Block, Kind
from triage.notes.vocabulary import Holds, Says, holds, is_period, kind_of_label, stripped

_NEAR = 6
"""Lines above an address among which its title stands."""
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

    sighted: Mapping[Block, set[str]] = field(default_factory=dict)
    """Lines with identifiers of their own."""
    _leads: dict[Block, Lead] = field(default_factory=dict)
    _columns: dict[Block, int] = field(default_factory=dict)
    """For each block that holds tables, the column in which titles stand."""

    def lead(self, block: Block) -> Lead:
        """What a block leads with, of a row the cell with its title."""
        if block not in self._leads:
            row = block.kind is Kind.ROW
            self._leads[block] = self._row_lead(block)[0] if row else _title_lead(block)
        return self._leads[block]

    def place_of(self, sighting: Sighting) -> tuple[Block | None, Lead]:
        """The block that names the paper of an address without a title in its line."""
        block = sighting.block
        if (row := row_of(block)) is not None:
            lead, cell = self._row_lead(row)
            return row, lead if cell is not block.parent or sighting.stands is Stands.LONE else Lead()
        return self._beside(block, sighting.key) or self._above(block)

    def _beside(self, block: Block, own: str) -> tuple[Block, Lead] | None:
        """A labelled title among the lines around, or the nearest line above that is a title."""
        siblings = block.parent.children if block.parent is not None else []
        above = list(reversed(siblings[max(0, block.place - _NEAR) : block.place]))
        for other in (*above, *siblings[block.place + 1 : block.place + 1 + _NEAR]):
            if other.kind in (Kind.HEADING, Kind.ROW):
                break
            if other.label and other.label.says is Says.TITLE and self.lead(other).title:
                return other, self.lead(other)
        for other in above:
            listed = other.kind is block.kind is Kind.ITEM
            if other.kind in (Kind.HEADING, Kind.ROW) or listed or self.sighted.get(other, {own}) != {own}:
                break
            lead, near = self.lead(other), other.starts and other.place == block.place - 1
            if other.label and not (other.label.says is Says.PAPER and lead.title):
                continue
            whole = _is_whole(lead) or (near and lead.quality is Quality.STRONG)
            if lead.quality >= Quality.WEAK and whole and not is_far_script(lead.title):
                return other, lead
        return None

    def _above(self, block: Block) -> tuple[Block | None, Lead]:
        """The item or heading over a block that can name a paper."""
        for outer in block.ancestors():
            lead = self.lead(outer) if outer.kind in (Kind.ITEM, Kind.HEADING) else Lead()
            if lead.title and (outer.kind is Kind.ITEM or names_paper(outer, lead)):
                return outer, lead
        return None, Lead()

    def _row_lead(self, row: Block) -> tuple[Lead, Block | None]:
        assert row.parent is not None
        if row.parent not in self._columns:
            rows = [one for one in row.parent.children if one.kind is Kind.ROW]
            self._columns[row.parent] = _title_column(rows[:_LOOKED_AT])
        column = self._columns[row.parent]
        if not 0 <= column < len(row.children):
            return Lead(), None
        cell = row.children[column]
        lead, text = _cell_lead(cell), cell.children[0].text
        if not lead.title and "://" not in text and (title := title_in(text)):
            lead = Lead(title, Dress.PLAIN, Quality.NAME)
        return lead, cell


def _is_whole(lead: Lead) -> bool:
    """Whether a line is nothing but its title, people and venues apart."""
    after = lead.after.strip(" .,-–—|()[]")
    return lead.dress is not Dress.PLAIN or len(words_of(after)) <= 2 or is_credit(after, alone=True)


def row_of(block: Block) -> Block | None:
    """The table row that a line stands in."""
    cell = block.parent
    return cell.parent if cell is not None and cell.kind is Kind.CELL else None


def _cell_lead(cell: Block) -> Lead:
    """The title that the first line of a cell gives that says anything."""
    said = (line for line in cell.children if words_of(line.text))
    return next((_title_lead(line) for line in said), Lead())


def _title_lead(block: Block) -> Lead:
    """The title that a line gives; people, dates and labelled details give none."""
    if block.kind is Kind.CODE:
        return Lead()
    lead = lead_of(block.pieces)
    if block.kind is Kind.HEADING and lead.title:
        return replace(lead, title=without_note_words(lead.title)[0] or lead.title)
    return lead


def names_paper(heading: Block, lead: Lead) -> bool:
    """Whether a heading can be a paper's name: not ``Method``, ``Papers``, ``2024-01-17``."""
    bare = stripped(heading.text)
    if is_period(bare) or kind_of_label(bare) is not None:
        return False
    held = holds(heading.text)
    strong = lead.quality is Quality.STRONG and held in (Holds.PAPERS, Holds.RESOURCES)
    return held is Holds.UNKNOWN or strong


def _title_column(rows: Sequence[Block]) -> int:
    """The column of a table in which titles stand, or -1."""
    columns: dict[int, list[Block]] = defaultdict(list)
    for row in rows:
        for cell in row.children:
            columns[cell.level].append(cell)
    best, most = -1, 0.2
    for column, cells in columns.items():
        leads = [_cell_lead(cell) for cell in cells]
        worth = sum(min(one.quality, 2) + 0.3 * (one.dress in (Dress.BOLD, Dress.LINK)) for one in leads)
        heads = {None: 0.0, Says.TITLE: 1.5, Says.PAPER: 0.8, Says.LINK: 0.0}
        worth = worth / len(rows) + heads.get(kind_of_label(cells[0].header), -2.0) - 0.05 * column
        if worth > most:
            best, most = column, worth
    return best


def lines_below(block: Block) -> Iterator[Block]:
    """The lines that belong to a title: what is nested under it, or what follows in its paragraph."""
    if block.kind is not Kind.TEXT:
        yield from (one for one in block.walk() if one is not block)
        return
    siblings = block.parent.children if block.parent is not None else []
    for place in range(block.place + 1, len(siblings)):
        if siblings[place].kind is not Kind.TEXT or not siblings[place].source.strip():
            return
        yield siblings[place]
