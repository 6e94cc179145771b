"""First pass: every arXiv identifier that stands in a note, and how it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from triage.notes.headings import Holds, holds
from triage.notes.identifiers import FoundId, find_ids, of_field
from triage.notes.inline import Piece
from triage.notes.labels import Says, kind_of_label
from triage.notes.lead import READ, Dress, Lead, lead_of, title_in, words_of
from triage.notes.links import is_generic_link
from triage.notes.titles import Quality, is_byline, is_credit, looks_like_authors, quality
from triage.notes.tree import Block, Kind
from triage.papers import ArxivId

_MAY_HOLD = re.compile(r"\d{4}[.\-]\d|/\d{7}|rxiv|abs/|\d{7}", re.I)
_BIBTEX = re.compile(r"^\s*@\w+\s*\{", re.M)
_EPRINT = re.compile(r"\beprint\s*=\s*[{\"]\s*([^}\"]+?)\s*[}\"]", re.I)


class Stands(StrEnum):
    """How an identifier stands in its line."""

    TITLED = "titled"
    """Its line gives its title."""
    LONE = "lone"
    """Its line is nothing but an address: the title stands elsewhere."""
    REMARK = "remark"
    """Its line says something, but gives no title."""
    PROSE = "running text"
    """It is mentioned in a sentence."""


@dataclass(slots=True, eq=False)
class Sighting:
    """One identifier in one line."""

    block: Block
    id: ArxivId | None
    broken: str
    stands: Stands
    lead: Lead
    """The title that its own line gives it."""
    label: str = ""
    """The label of its line or the text of its link."""

    @property
    def key(self) -> str:
        """The identifier, or what stands where it should."""
        return self.id or self.broken


_MOST_TO_JUDGE = 500_000
"""Identifiers times characters of a line: one with more is data, and none of them has a title there."""


def sightings_in(root: Block) -> Iterator[Sighting]:
    """Every identifier of a note, in order; each once a line."""
    for block in root.walk():
        if block.kind is Kind.CODE:
            yield from _in_code(block)
        elif block.source and _MAY_HOLD.search(block.source):
            yield from _in_line(block)


def _in_code(block: Block) -> Iterator[Sighting]:
    """A BibTeX entry pasted under a title says which paper it is; other code only mentions papers."""
    bibtex = _BIBTEX.match(block.source)
    if bibtex and (eprint := _EPRINT.search(block.source)):
        found: Sequence[FoundId] = find_ids(of_field(eprint[1]))
    else:
        found = find_ids(block.source) if len(block.source) < 20_000 else ()
    for one in found:
        if one.id and one.dressed:
            stands = Stands.LONE if bibtex else Stands.PROSE
            yield Sighting(block, one.id, "", stands, Lead(), "BibTeX" if bibtex else "")
            if bibtex:
                return


def _in_line(block: Block) -> Iterator[Sighting]:
    pieces = list(_split(block.pieces))
    places = [(place, one) for place, piece in enumerate(pieces) if (one := _id_of(piece)) is not None]
    if not places:
        return
    if len(places) * sum(len(piece.text) for piece in pieces) > _MOST_TO_JUDGE:
        yield from (Sighting(block, one.id, "", Stands.PROSE, Lead(), "") for _, one in places if one.id)
        return
    label = block.label
    seen: set[str] = set()
    for number, (place, found) in enumerate(places):
        key = found.id or found.broken
        if key in seen:
            continue
        if not found.dressed and not _is_plain_id(block, pieces, label is not None):
            continue
        seen.add(key)
        low = max((other + 1 for other, one in places[:number] if (one.id or one.broken) != key), default=0)
        high = min(
            (other for other, one in places[number:] if (one.id or one.broken) != key), default=len(pieces)
        )
        same = [other for other, one in places if low <= other < high and (one.id or one.broken) == key]
        lead = _lead_beside(pieces, low, same, high)
        stands = _stands(block, pieces, (low, high), same, lead, label.says if label else None)
        if stands is Stands.LONE and label is None and any(one.url.startswith("cite:") for one in pieces):
            # Its citation names it: no title of another line is its own.
            stands = Stands.TITLED
        yield Sighting(
            block, found.id, found.broken, stands, lead, label.label if label else pieces[place].text
        )


def _split(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of a line with each identifier in its text a piece of its own."""
    for piece in pieces:
        if piece.image or piece.url or not _MAY_HOLD.search(piece.text):
            yield piece
            continue
        last = 0
        for found in find_ids(piece.text):
            if found.start > last:
                yield replace(piece, text=piece.text[last : found.start])
            written = piece.text[found.start : found.end]
            yield replace(piece, text=written, url=f"id:{written}")
            last = found.end
        if last < len(piece.text):
            yield replace(piece, text=piece.text[last:])


def _id_of(piece: Piece) -> FoundId | None:
    """The identifier that a piece names by its address, or by its text where the address says nothing."""
    if piece.image or not piece.url or piece.url.startswith("#"):
        return None
    if piece.url.startswith("id:"):
        found: Sequence[FoundId] = find_ids(piece.url[3:])
    elif piece.wiki:
        found = [one for one in find_ids(piece.text) if one.dressed]
    else:
        found = find_ids(piece.url) or [one for one in find_ids(piece.text) if one.dressed]
    return found[0] if found else None


def _is_plain_id(block: Block, pieces: Sequence[Piece], has_label: bool) -> bool:
    """Whether a bare number such as ``2305.14314`` can only be an identifier where it stands."""
    if any(piece.url and not piece.url.startswith("id:") and find_ids(piece.url) for piece in pieces):
        return True
    header = block.parent.header if block.parent and block.parent.kind is Kind.CELL else ""
    if has_label or "rxiv" in header.lower() or kind_of_label(header) in (Says.LINK, Says.PAPER):
        return True
    text = "".join(piece.text for piece in pieces if not piece.url.startswith("id:") and not piece.image)
    worth = lead_of([one for one in pieces if not one.url]).quality
    ends = pieces[-1].url.startswith("id:") or not words_of(pieces[-1].text)
    return not words_of(text) or worth is Quality.STRONG or (ends and worth >= Quality.WEAK)


def _lead_beside(pieces: Sequence[Piece], low: int, same: Sequence[int], high: int) -> Lead:  # noqa: PLR0911 - a list of places, the first that fits counts
    """The title that the line gives an identifier: its link's text, what leads up to it, what follows."""
    before = "".join(one.text for one in pieces[low : same[0]] if not one.image)
    for place in same:
        own = pieces[place]
        if own.hint and quality(own.hint) >= Quality.WEAK and not is_generic_link(own.hint):
            return Lead(title_in(own.hint), Dress.LINK, quality(own.hint), before)
        title = title_in(own.text)
        if own.url.startswith("id:") or not title or is_generic_link(own.text) or is_generic_link(title):
            continue
        if is_credit(title):
            continue
        if re.fullmatch(r"[\w.+-]+\.(?:pdf|html?|ps)", own.text.strip(" []`")):
            continue
        after = "".join(one.text for one in pieces[place + 1 : high] if not one.image)
        found = Lead(title, Dress.LINK, quality(title), before, after)
        # "**Title of the Paper** [Short name](address)": the words that lead up to a nickname may say more.
        if found.quality <= Quality.NAME and words_of(before):
            leading = lead_of(pieces[low:place])
            if leading.quality is Quality.STRONG or (
                leading.dress is Dress.BOLD and leading.quality > found.quality
            ):
                return leading
        if found.quality <= Quality.NAME and (more := _goes_on(title, after)):
            return Lead(more, Dress.LINK, Quality.STRONG, before)
        return found
    leading = lead_of(pieces[low : same[0]])
    if leading.title and (leading.quality or leading.dress is not Dress.PLAIN):
        return leading
    if not words_of(before) or is_byline(before.strip(" -–—:,.()[]")):
        following = lead_of(pieces[same[-1] + 1 : high])
        behind = "".join(one.text for one in pieces[same[-1] + 1 : high] if not one.image)
        named = re.fullmatch(r"\s*[(（][^()（）]{2,60}[)）]\s*", behind) and following.quality
        if (
            following.quality >= Quality.WEAK
            or named
            or (following.title and following.dress in (Dress.LINK, Dress.BOLD))
        ):
            return following
    return leading


def _goes_on(nickname: str, after: str) -> str:
    match = re.match(r"^\s*[:：]\s*([^:：|]{12,200})$", after.rstrip(" [(（|,.-"))
    rest = title_in(match[1]) if match else ""
    return f"{nickname}: {rest}" if quality(rest) is Quality.STRONG else ""


def _stands(  # noqa: PLR0911, PLR0917 - a list of cases, the first that fits counts
    block: Block,
    pieces: Sequence[Piece],
    bounds: tuple[int, int],
    same: Sequence[int],
    lead: Lead,
    says: Says | None,
) -> Stands:
    low, high = bounds
    before = "".join(
        one.text for one in pieces[low : same[0]] if not one.image and not is_generic_link(one.text)
    )
    after = "".join(
        one.text for one in pieces[same[-1] + 1 : high] if not one.image and not is_generic_link(one.text)
    )
    listed = block.kind in (Kind.ITEM, Kind.HEADING) or (
        block.parent is not None and block.parent.kind is Kind.CELL
    )
    if says in (Says.LINK, Says.TITLE, Says.PAPER):
        return Stands.TITLED if lead.title and lead.quality else Stands.LONE
    if lead.title and lead.dress is Dress.LINK:
        return Stands.PROSE if in_sentence(lead, listed=listed) else Stands.TITLED
    if lead.title and lead.quality >= Quality.WEAK:
        return Stands.TITLED
    if (
        lead.title
        and lead.dress in (Dress.BOLD, Dress.QUOTED)
        and 2 <= len(words_of(lead.title)) <= 20
        and len(words_of(lead.before)) >= 3
    ):
        # So many words before a marked title are the people of a reference.
        return Stands.TITLED
    if (
        lead.title
        and lead.quality
        and (lead.dress in (Dress.BOLD, Dress.QUOTED, Dress.LABEL) or (listed and len(words_of(before)) <= 4))
    ):
        return Stands.TITLED
    said = _said(before) + _said(after)
    if block.kind is Kind.HEADING and lead.title and not _said(after):
        # What stands in a heading beside an address is its title, however it reads.
        return Stands.TITLED
    if lead.title and lead.quality and said <= len(words_of(lead.title)):
        return Stands.TITLED
    if said >= 3 and re.fullmatch(r"[\W\d]+", pieces[same[0]].text):
        # "[1]" in a sentence is a reference.
        return Stands.PROSE
    if said <= 3:
        return Stands.LONE
    if not listed and not _said(after) and (said <= 8 or before.rstrip().endswith((":", "："))):
        return Stands.REMARK
    if listed and block.kind is not Kind.HEADING and (not _said(after) or not _said(before)):
        return Stands.REMARK
    return Stands.PROSE if said > 8 or not listed else Stands.REMARK


def in_sentence(lead: Lead, *, listed: bool) -> bool:
    """Whether a link stands in a sentence rather than at its head."""
    before = lead.before.rstrip()
    leading, behind = _said(before), len(words_of(lead.after))
    if before.endswith((":", "：", "-", "–")) and leading <= 5 and "(" not in before:
        return bool(re.search(r"\bthe$", before))
    if words_of(before) and READ.fullmatch(before):
        return False
    nickname = lead.quality <= Quality.NAME and lead.title[:1].islower()
    if re.search(r"\bthe$", before) and re.search(r"(?i)\b(?:papers?|works?|article)$", lead.title):
        return True
    if listed:
        return (
            leading >= 4
            or (leading >= 2 and behind >= 3 and _runs_on(lead.after))
            or (nickname and leading >= 2)
        )
    return (
        leading >= 3
        or (nickname and bool(leading or behind))
        or (not leading and _runs_on(lead.after))
        or (leading > 0 and lead.quality <= Quality.NAME and behind >= 2)
    )


def _said(text: str) -> int:
    """How many words a text says besides names of people, venues and labels."""
    bare = text.strip(' \t-–—:：,，.()[]（）|·•>*"“”')
    if not bare or is_byline(bare) or looks_like_authors(bare) or is_generic_link(bare):
        return 0
    words = [word for word in words_of(bare) if not is_generic_link(word)]
    return (
        len(words)
        if not re.search(r"[\u3040-\u30ff\u3400-\u9fff]", bare)
        else max(len(words), len(bare) // 3)
    )


def _runs_on(after: str) -> bool:
    """Whether a sentence goes on behind a link that begins a line."""
    if re.match(r"^\s*(?:$|[:：\-–—.,，。(（\[|·;/&+]|by\b|et al)", after):
        return False
    return len(words_of(after)) >= 4


def elsewhere(block: Block) -> str:
    """The heading or label that says that what stands under it are other papers; empty if there is none."""
    if (label := _other(block) if block.kind in (Kind.ITEM, Kind.TEXT) else "") or (
        label := _label_above(block)
    ):
        return label
    for outer in block.ancestors():
        if outer.kind is Kind.HEADING and (held := holds(outer.text)) is not Holds.UNKNOWN:
            # The nearest heading that says what it holds decides.
            return outer.text.strip() if held is Holds.ELSEWHERE else ""
        if outer.kind is Kind.ITEM and (label := _other(outer)):
            return label
        if outer.kind is Kind.ITEM and len(outer.source) < 60 and holds(outer.text) is Holds.ELSEWHERE:
            return outer.text.strip()
        if label := _label_above(outer):
            return label
    return ""


def _other(block: Block) -> str:
    label = block.label
    return label.label if label and label.says is Says.ELSEWHERE else ""


def _label_above(block: Block) -> str:
    """``Related papers:`` on a line of its own right above a list."""
    parent = block.parent
    if parent is None or block.kind is not Kind.ITEM:
        return ""
    place = parent.children.index(block) if len(parent.children) < 200 else 0
    while place > 0 and parent.children[place - 1].kind is Kind.ITEM:
        place -= 1
    above = parent.children[place - 1] if place else None
    return (
        _other(above)
        if above is not None and above.kind is Kind.TEXT and len(words_of(above.text)) <= 5
        else ""
    )
