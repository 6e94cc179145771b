"""The rows of a table as papers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from triage.notes.blocks import Block, Kind, Line
from triage.notes.labels import Says, kind_of_label
from triage.notes.leads import Lead, lead
from triage.notes.links import ids_of_line, urls_of_line
from triage.notes.sections import Found, Section, links_of
from triage.notes.titles import Quality, clean, quality
from triage.notes.venues import Address, address
from triage.papers import title_key

_NOTHING = re.compile(
    r"[-–—/\s]*|\W*(?:19|20)\d{2}\W*|n/?a|none|tb[da]|no (?:meeting|reading group|class|talk)|(?:spring |fall |winter )?break|holidays?|vacation|cancell?ed|\.\.\.|…",
    re.I,
)
_LOOKED_AT = 40
"""Rows by which the columns are judged."""


def rows_as_papers(table: Block, path: tuple[str, ...]) -> list[Found]:
    """The papers of a table; none if no column has titles and no cell an identifier."""
    rows = [row for row in table.children if row.kind is Kind.ROW]
    if len(rows) < 2:
        return []
    header = [cell.text.strip() for cell in rows[0].lines]
    column = _paper_column(header, rows[1:])
    if column is None:
        return []
    found = [one for row in rows[1:] if (one := _row(row, header, column, path)) is not None]
    if sum(map(_is_substantial, found)) >= 0.6 * len(found):
        # "entfällt", "휴식", "guest talk" among papers with titles or addresses.
        found = [one for one in found if _is_substantial(one) or len(one.title.split()) > 2]
    return found


def _is_substantial(one: Found) -> bool:
    """Whether a row has an address, or more than a word or two for a title."""
    linked = one.id or one.broken or any(address(url) >= Address.MAYBE for url in one.links)
    return bool(linked) or one.quality >= Quality.WEAK


def row_of_paper(section: Section, title: str) -> Lead | None:
    """The lead of the row under a heading that repeats the heading's paper, with the row's identifiers."""
    key = title_key(title)
    if len(key) < 8:
        return None
    rows = (row for block in section.blocks if block.kind is Kind.TABLE for row in block.children[1:])
    for row in rows:
        for cell in row.lines:
            here = lead(cell)
            if here.quality >= Quality.WEAK and title_key(here.title.lstrip("#"))[:40] == key[:40]:
                return here.with_ids(found for one in row.lines for found in ids_of_line(one))
    return None


def _row(row: Block, header: Sequence[str], column: int, path: tuple[str, ...]) -> Found | None:
    cells = row.lines
    if column >= len(cells):
        return None
    own = lead(cells[column])
    title = own.title or ("" if own.reference_only else clean(cells[column].text))
    title = title.lstrip("#").strip()
    ids = list(own.ids)
    if not own.id:
        for place, cell in enumerate(cells):
            if place != column and not _about_others(header[place] if place < len(header) else ""):
                ids += ids_of_line(cell)
    arxiv_id = next((one.id for one in ids if one.id), None)
    broken = "" if arxiv_id else next((one.broken for one in ids if one.broken), "")
    if not arxiv_id and not broken and _NOTHING.fullmatch(title):
        return None
    text = " | ".join(cell.text.strip() for cell in cells)
    return Found(
        title,
        arxiv_id,
        broken,
        row.line,
        path,
        "table row",
        True,
        text,
        links_of([row]),
        quality=quality(title),
    )


def _about_others(head: str) -> bool:
    return kind_of_label(head) in (Says.ELSEWHERE, Says.CODE)


def _paper_column(header: Sequence[str], rows: Sequence[Block]) -> int | None:
    """The column with the titles: by its head, else by what stands in it."""
    looked_at = rows[:_LOOKED_AT]
    kinds = [kind_of_label(head) for head in header]
    titled = [place for place, kind in enumerate(kinds) if kind is Says.TITLE]
    papers = [place for place, kind in enumerate(kinds) if kind is Says.PAPER]
    columns = [
        [row.lines[place] for row in looked_at if place < len(row.lines)] for place in range(len(header))
    ]
    worth = [_share_of_titles(cells) for cells in columns]
    linked = [_share_of_papers(cells) for cells in columns]
    for place in titled + papers:
        if worth[place] >= 0.3 or (place in papers and linked[place] >= 0.3 and worth[place] > 0):
            return place
    evidence = max(linked, default=0.0)
    likely = [place for place in range(len(header)) if worth[place] >= 0.5]
    if likely and (evidence >= 0.3 or titled or papers):
        return max(likely, key=lambda place: (worth[place] + linked[place], -place))
    if titled and evidence >= 0.3:
        return titled[0]
    # No column of titles, but identifiers: the first column names the paper, shortly.
    return 0 if evidence >= 0.5 else None


def _share_of_titles(cells: Sequence[Line]) -> float:
    filled = [cell for cell in cells if cell.text.strip()]
    return sum(lead(cell).quality >= Quality.WEAK for cell in filled) / max(1, len(filled))


def _share_of_papers(cells: Sequence[Line]) -> float:
    papers = sum(
        bool(ids_of_line(cell)) or any(address(url) >= Address.PAPER for url in urls_of_line(cell))
        for cell in cells
    )
    return papers / max(1, len(cells))
