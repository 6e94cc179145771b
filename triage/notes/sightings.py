"""First pass: every arXiv identifier that stands in a note, and how it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from triage.notes.addresses import is_generic_link
from triage.notes.identifiers import FoundId, find_ids, of_field
from triage.notes.inline import Piece
from triage.notes.lead import READ, Dress, Lead, extended, lead_of, text_of, title_in, words_of
from triage.notes.titles import Quality, is_credit, is_far_script, quality
from triage.notes.tree import Block, Kind
from triage.notes.vocabulary import Holds, Says, holds, kind_of_label
from triage.papers import ArxivId

_MAY_HOLD = re.compile(r"\d{4}[.\-]\d|/\d{7}|rxiv|abs/|\d{7}", re.I)
_BIBTEX = re.compile(r"\s*@\w+\s*\{")
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
    eprint = _EPRINT.search(block.source) if bibtex else None
    found = find_ids(of_field(eprint[1]) if eprint else block.source[:20_000])
    named = [one for one in found if one.id and one.dressed]
    for one in named[: 1 if bibtex else None]:
        yield Sighting(
            block, one.id, "", Stands.LONE if bibtex else Stands.PROSE, Lead(), "BibTeX" if bibtex else ""
        )


def _in_line(block: Block) -> Iterator[Sighting]:
    pieces = list(_split(block.pieces))
    places: dict[str, list[int]] = {}
    found: dict[str, FoundId] = {}
    for place, piece in enumerate(pieces):
        if (one := _id_of(piece)) is not None:
            key = one.id or one.broken
            places.setdefault(key, []).append(place)
            found[key] = one if one.dressed else found.get(key, one)
    if len(places) * sum(len(piece.text) for piece in pieces) > _MOST_TO_JUDGE:
        yield from (Sighting(block, one.id, "", Stands.PROSE, Lead()) for one in found.values() if one.id)
        return
    for key, all_same in places.items():
        one = found[key]
        if not one.dressed and not _is_plain_id(block, pieces):
            continue
        others = [place for other, some in places.items() if other != key for place in some]
        low = max((place + 1 for place in others if place < all_same[0]), default=0)
        high = min((place for place in others if place > all_same[0]), default=len(pieces))
        same = [place for place in all_same if place < high]
        before, after = pieces[low : same[0]], pieces[same[-1] + 1 : high]
        lead = _lead_beside(before, [pieces[place] for place in same], after)
        stands = _stands(block, before, pieces[same[0]], after, lead)
        if stands is Stands.LONE and not block.label and any(one.url.startswith("cite:") for one in pieces):
            # Its citation names it: no title of another line is its own.
            stands = Stands.TITLED
        label = block.label.label if block.label else pieces[same[0]].text
        yield Sighting(block, one.id, one.broken, stands, lead, label)


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
    found = () if piece.wiki else find_ids(piece.url.removeprefix("id:"))
    return next(iter(found or [one for one in find_ids(piece.text) if one.dressed]), None)


def _is_plain_id(block: Block, pieces: Sequence[Piece]) -> bool:
    """Whether a bare number such as ``2305.14314`` can only be an identifier where it stands."""
    header = block.parent.header if block.parent else ""
    if block.label or "rxiv" in header.lower() or kind_of_label(header) in (Says.LINK, Says.PAPER):
        return True
    if any(not piece.url.startswith("id:") and find_ids(piece.url) for piece in pieces):
        return True
    worth = lead_of([one for one in pieces if not one.url]).quality
    said = words_of(text_of([one for one in pieces if not one.url.startswith("id:")]))
    ends = pieces[-1].url.startswith("id:") or not words_of(pieces[-1].text)
    return not said or worth is Quality.STRONG or (ends and worth >= Quality.WEAK)


def _lead_beside(before: Sequence[Piece], same: Sequence[Piece], after: Sequence[Piece]) -> Lead:  # noqa: PLR0911 - a list of places, the first that fits counts
    """The title that the line gives an identifier: its link's text, what leads up to it, what follows."""
    leading, words = lead_of(before), text_of(before)
    for own in same:
        if own.hint and quality(own.hint) >= Quality.WEAK and not is_generic_link(own.hint):
            return Lead(title_in(own.hint), Dress.LINK, quality(own.hint), words)
        title = title_in(own.text)
        is_file = re.fullmatch(r"[\w.+-]+\.(?:pdf|html?|ps)", own.text.strip(" []`"))
        if own.url.startswith("id:") or is_file or is_generic_link(own.text) or is_generic_link(title):
            continue
        if is_credit(title):
            continue
        found = Lead(title, Dress.LINK, quality(title), words, text_of(after))
        # "**Title of the Paper** [Short name](address)": the words that lead up to a nickname may say more.
        if found.quality <= Quality.NAME:
            bold = leading.dress is Dress.BOLD and leading.quality > Quality.NAME
            if bold or leading.quality is Quality.STRONG:
                return leading
            return extended(found, after)
        return found
    if leading.title and (leading.quality or leading.dress is not Dress.PLAIN):
        return leading
    if not words_of(words) or is_credit(words, alone=True):
        following = lead_of(after)
        named = following.quality and re.fullmatch(r"\s*[(（][^()（）]{2,60}[)）]\s*", text_of(after))
        marked = following.title and following.dress in (Dress.LINK, Dress.BOLD)
        if following.quality >= Quality.WEAK or named or marked:
            return following
    return leading


def _stands(  # noqa: PLR0911 - a list of cases, the first that fits counts
    block: Block, before: Sequence[Piece], own: Piece, after: Sequence[Piece], lead: Lead
) -> Stands:
    leading = text_of([one for one in before if not is_generic_link(one.text)])
    behind = said(text_of([one for one in after if not is_generic_link(one.text)]))
    listed = block.kind in (Kind.ITEM, Kind.HEADING) or bool(block.parent and block.parent.kind is Kind.CELL)
    if block.label and block.label.says in (Says.LINK, Says.TITLE, Says.PAPER):
        return Stands.TITLED if lead.quality else Stands.LONE
    if lead.title and lead.dress is Dress.LINK:
        return Stands.PROSE if in_sentence(lead, listed=listed) else Stands.TITLED
    marked = lead.dress in (Dress.BOLD, Dress.QUOTED, Dress.LABEL)
    # So many words before a marked title are the people of a reference.
    if lead.quality >= Quality.WEAK or (marked and (lead.quality or len(words_of(lead.before)) >= 3)):
        return Stands.TITLED
    words = said(leading) + behind
    if lead.title and not behind and block.kind is Kind.HEADING:
        # What stands in a heading beside an address is its title, however it reads.
        return Stands.TITLED
    if lead.quality and (words <= len(words_of(lead.title)) or (listed and len(words_of(leading)) <= 4)):
        return Stands.TITLED
    if words >= 3 and re.fullmatch(r"[\W\d]+", own.text):
        # "[1]" in a sentence is a reference.
        return Stands.PROSE
    if words <= 3:
        return Stands.LONE
    if listed:
        return Stands.REMARK if words <= 8 or not behind or not said(leading) else Stands.PROSE
    introduced = words <= 8 or leading.rstrip().endswith((":", "："))
    return Stands.REMARK if not behind and introduced else Stands.PROSE


def in_sentence(lead: Lead, *, listed: bool) -> bool:
    """Whether a link stands in a sentence rather than at its head."""
    before = lead.before.rstrip()
    leading, runs_on = said(before), _runs_on(lead.after)
    if re.search(r"\bthe$", before):
        return True
    if before.endswith((":", "：", "-", "–")) and leading <= 5 and "(" not in before:
        return False
    if words_of(before) and READ.fullmatch(before):
        return False
    if listed:
        return leading >= 4 or (leading >= 2 and (runs_on or lead.title[:1].islower()))
    name = lead.quality <= Quality.NAME and (lead.title[:1].islower() or len(words_of(lead.after)) > 1)
    return leading >= 3 or (runs_on and not leading) or (leading > 0 and name)


def said(text: str) -> int:
    """How many words a text says besides names of people, venues and labels."""
    bare = text.strip(' \t-–—:：,，.()[]（）|·•>*"“”')
    if not bare or is_credit(bare, alone=True) or is_generic_link(bare):
        return 0
    words = [word for word in words_of(bare) if not is_generic_link(word)]
    return max(len(words), len(bare) // 3 if is_far_script(bare) else 0)


def _runs_on(after: str) -> bool:
    """Whether a sentence goes on behind a link that begins a line."""
    if re.match(r"^\s*(?:$|[:：\-–—.,，。(（\[|·;/&+]|by\b|et al)", after):
        return False
    return len(words_of(after)) >= 4


def elsewhere(block: Block) -> str:
    """The heading or label that says that what stands under it are other papers; empty if there is none."""
    for outer in (block, *block.ancestors()):
        if outer.kind is Kind.HEADING:
            if outer is not block and (held := holds(outer.text)) is not Holds.UNKNOWN:
                # The nearest heading that says what it holds decides.
                return outer.text.strip() if held is Holds.ELSEWHERE else ""
        elif label := _other(outer) or _label_above(outer):
            return label
        elif outer is not block and len(outer.source) < 60 and holds(outer.text) is Holds.ELSEWHERE:
            return outer.text.strip()
    return ""


def _other(block: Block | None) -> str:
    label = block.label if block is not None else None
    return label.label if label and label.says is Says.ELSEWHERE else ""


def _label_above(block: Block) -> str:
    """``Related papers:`` on a line of its own right above a list."""
    siblings = block.parent.children if block.parent is not None and block.kind is Kind.ITEM else []
    place = siblings.index(block) if len(siblings) < 200 and siblings else 0
    while place > 0 and siblings[place - 1].kind is Kind.ITEM:
        place -= 1
    above = siblings[place - 1] if place else None
    return (
        _other(above)
        if above is not None and above.kind is Kind.TEXT and len(words_of(above.text)) <= 5
        else ""
    )
