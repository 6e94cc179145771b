"""First pass: every arXiv identifier that stands in a note, and how it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from triage.notes.addresses import is_generic_link
from triage.notes.identifiers import FoundId, find_ids, of_field
from triage.notes.inline import Piece
from triage.notes.lead import READ, Dress, Lead, extended, lead_of, shown, title_in, words_of
from triage.notes.titles import Quality, is_credit, is_far_script, quality
from triage.notes.tree import Block, Kind
from triage.notes.vocabulary import Holds, Says, holds, kind_of_label, text_of
from triage.papers import ArxivId

_MAY_HOLD = re.compile(r"\d{4}[.\-]\d|/\d{7}|rxiv|abs/|\d{7}", re.I)
_BIBTEX = re.compile(r"\s*@\w+\s*\{(?:.{0,20000}?\beprint\s*=\s*[{\"]\s*([^}\"]+?)\s*[}\"])?", re.I | re.S)
_MOST_TO_JUDGE = 500_000
"""Identifiers times characters of a line: one with more is data, and none of them has a title there."""


class Stands(StrEnum):
    """How an identifier stands in its line."""

    TITLED = "titled"
    """Its line gives its title."""
    LONE = "lone"
    """Its line is little but an address: the title stands elsewhere."""
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


def sightings_in(root: Block) -> Iterator[Sighting]:
    """Every identifier of a note, in order; each once a line."""
    for block in root.walk():
        if block.kind is Kind.CODE:
            yield from _in_code(block)
        elif _MAY_HOLD.search(block.source):
            yield from _in_line(block)


def _in_code(block: Block) -> Iterator[Sighting]:
    """A BibTeX entry pasted under a title says which paper it is; other code only mentions papers."""
    bibtex = _BIBTEX.match(block.source)
    text = of_field(bibtex[1]) if bibtex and bibtex[1] else block.source[:20_000]
    for one in find_ids(text):
        if one.id and one.dressed:
            yield Sighting(
                block, one.id, "", Stands.LONE if bibtex else Stands.PROSE, Lead(), "BibTeX" * bool(bibtex)
            )
            if bibtex:
                return


def _in_line(block: Block) -> Iterator[Sighting]:
    pieces = list(_split(block.pieces))
    ids = {place: one for place, piece in enumerate(pieces) if (one := _id_of(piece)) is not None}
    runs = [(key, list(some)) for key, some in groupby(ids, lambda place: ids[place].id or ids[place].broken)]
    if len(runs) * len(text_of(pieces)) > _MOST_TO_JUDGE:
        yield from (Sighting(block, one.id, "", Stands.PROSE, Lead()) for one in ids.values())
        return
    seen: set[str] = set()
    for number, (key, same) in enumerate(runs):
        low = runs[number - 1][1][-1] + 1 if number else 0
        high = runs[number + 1][1][0] if number + 1 < len(runs) else len(pieces)
        before, after = pieces[low : same[0]], pieces[same[-1] + 1 : high]
        own = [pieces[place] for place in same]
        lead = _lead_beside(before, own, after)
        dressed = any(ids[place].dressed for place in same)
        if key in seen or not (dressed or _is_plain_id(block, lead, text_of([*before, *after]))):
            continue
        seen.add(key)
        label = block.label.label if block.label else own[0].text
        one = ids[same[0]]
        yield Sighting(block, one.id, one.broken, _stands(block, before, after, lead), lead, label)


def _split(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of a line with each identifier in its text a piece of its own."""
    for piece in pieces:
        last = 0
        if not (piece.image or piece.url) and _MAY_HOLD.search(piece.text):
            for found in find_ids(piece.text):
                written = piece.text[found.start : found.end]
                yield replace(piece, text=piece.text[last : found.start])
                yield replace(piece, text=written, url=f"id:{written}")
                last = found.end
        yield replace(piece, text=piece.text[last:]) if last else piece


def _id_of(piece: Piece) -> FoundId | None:
    """The identifier that a piece names by its address, or by its text where the address says nothing."""
    if piece.image or not piece.url or piece.url.startswith("#"):
        return None
    found = () if piece.wiki else find_ids(piece.url.removeprefix("id:"))
    return next(iter(found or [one for one in find_ids(piece.text) if one.dressed]), None)


def _is_plain_id(block: Block, lead: Lead, rest: str) -> bool:
    """Whether a bare number such as ``2305.14314`` can only be an identifier where it stands."""
    header = block.parent.header if block.parent else ""
    named = block.label or "rxiv" in header.lower() or kind_of_label(header) in (Says.LINK, Says.PAPER)
    return bool(named or lead.quality >= Quality.WEAK or not words_of(rest))


def _lead_beside(before: Sequence[Piece], same: Sequence[Piece], after: Sequence[Piece]) -> Lead:
    """The title that the line gives an identifier: its link's text, what leads up to it, what follows."""
    leading, words = lead_of(before), text_of(before)
    for own in same:
        title = title_in(shown(own))
        if own.url.startswith("id:") or is_generic_link(shown(own)) or is_generic_link(title):
            continue
        if not is_credit(title):
            # The words that lead up to a nickname may say more: "Title of the Paper [Short name](address)".
            nickname = quality(title) <= Quality.NAME and leading.quality is Quality.STRONG
            found = Lead(title, Dress.LINK, quality(title), words, text_of(after))
            return leading if nickname else extended(found, after)
    if leading.title and (leading.quality or leading.dress is not Dress.PLAIN):
        return leading
    following = lead_of(after) if not words_of(words) or is_credit(words, alone=True) else leading
    return following if following.quality >= Quality.WEAK else leading


def _stands(block: Block, before: Sequence[Piece], after: Sequence[Piece], lead: Lead) -> Stands:
    listed = block.kind in (Kind.ITEM, Kind.HEADING) or bool(block.parent and block.parent.kind is Kind.CELL)
    if block.label and block.label.says in (Says.LINK, Says.TITLE, Says.PAPER):
        return Stands.TITLED if lead.quality else Stands.LONE
    if lead.title and lead.dress is Dress.LINK:
        return Stands.PROSE if in_sentence(lead, listed=listed) else Stands.TITLED
    leading, behind = (
        said(text_of([one for one in some if not is_generic_link(one.text)])) for some in (before, after)
    )
    # What stands in a heading beside an address is its title, however it reads; so many words before a
    # marked one are the people of a reference.
    sure = lead.quality >= Quality.WEAK or (block.kind is Kind.HEADING and not behind)
    marked = lead.dress is not Dress.PLAIN or (listed and leading <= 4)
    if lead.title and (sure or (marked and (lead.quality or len(words_of(lead.before)) >= 3))):
        return Stands.TITLED
    if leading + behind <= 3:
        # Its citation names it: no title of another line is its own.
        cited = not block.label and any(one.url.startswith("cite:") for one in before)
        return Stands.TITLED if cited else Stands.LONE
    short = leading + behind <= 8 or text_of(before).rstrip().endswith((":", "："))
    lone = short or not (leading and behind) if listed else short and not behind
    return Stands.LONE if lone else Stands.PROSE


def in_sentence(lead: Lead, *, listed: bool) -> bool:
    """Whether a link stands in a sentence rather than at its head."""
    before = lead.before.rstrip()
    leading, behind = said(before), len(words_of(lead.after))
    if re.search(r"\bthe$", before):
        return True
    if before.endswith((":", "：", "-", "–")) and leading <= 5 and "(" not in before:
        return False
    if words_of(before) and READ.fullmatch(before):
        return False
    runs_on = behind >= 4 and not re.match(r"\s*(?:[:：\-–—.,，。(（\[|·;/&+]|by\b|et al)", lead.after)
    named = lead.title[:1].islower()
    if listed:
        return leading >= 4 or (leading >= 2 and (runs_on or named))
    return leading >= 3 or runs_on or (leading > 0 and named)


def said(text: str) -> int:
    """How many words a text says besides names of people, venues and labels."""
    bare = text.strip(' \t-–—:：,，.()[]（）|·•>*"“”')
    if not bare or is_credit(bare, alone=True) or is_generic_link(bare):
        return 0
    words = sum(not is_generic_link(word) for word in words_of(bare))
    return max(words, len(bare) // 3 if is_far_script(bare) else 0)


def elsewhere(block: Block) -> str:
    """The heading or label that says that what stands under it are other papers; empty if there is none."""
    for outer in (block, *block.ancestors()):
        if outer.label and outer.label.says is Says.ELSEWHERE:
            return outer.label.label
        held = holds(outer.text) if outer is not block and len(outer.source) < 80 else Holds.UNKNOWN
        if held is Holds.ELSEWHERE or (held is not Holds.UNKNOWN and outer.kind is Kind.HEADING):
            # The nearest heading that says what it holds decides.
            return outer.text.strip() if held is Holds.ELSEWHERE else ""
    return ""
