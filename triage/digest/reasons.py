"""Why a paper was picked, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from triage.config.schema import DigestConfig
from triage.digest.escape import clean, link, paragraph, shortened, verbatim
from triage.digest.language import Language
from triage.digest.likelihood import likelihood
from triage.digest.nearest import note_address, wikilink
from triage.papers import LONGEST_TITLE, Explanation, NearestNote, Paper, ScoredPaper
from triage.text.unicode import plain

_PHRASES_FOR, _PHRASES_AGAINST = 3, 1
_NEAREST = 3
_LONGEST_PHRASE = 100
_OTHERS = 0.3
"""Community picks are mentioned when they moved the score up by so many standard deviations."""


def reasons(scored: ScoredPaper, texts: Language, settings: DigestConfig, *, calibrated: bool) -> list[str]:
    """Return why a paper was picked: a line of what speaks for and against it, and one of the nearest notes.

    Its likelihood is named only if it was measured (``calibrated``).
    """
    why = scored.explanation
    head = texts["comma"].join(map(clean, scored.categories))
    if calibrated:
        word = texts[likelihood(scored.probability)]
        if settings.percentages:
            word = f"{word}{texts['comma']}{percent(scored.probability)}"
        head = texts.text("why_category", likelihood=word, categories=head) if head else word
    parts = texts["semicolon"].join(_parts(why, texts))
    # It begins the line, where "- a" would be a list.
    said = texts["colon"].join(filter(None, [paragraph(head or texts["why_bare"]), parts]))
    lines = [said + texts["stop"]] if head or parts else []
    if near := [_note(note, texts, settings) for note in why.nearest_notes[:_NEAREST]]:
        lines.append(texts.text("why_nearest", notes=texts.list_of(near)))
    return lines


def _parts(why: Explanation, texts: Language) -> list[str]:
    parts = []
    if phrases := _distinct([one.term for one in why.contributions if one.value > 0])[:_PHRASES_FOR]:
        parts.append(_emphasised(phrases, texts))
    if why.followed:
        names = texts.list_of([verbatim(one) for one in why.followed])
        parts.append(texts.text("why_followed", authors=names))
    if against := [one.term for one in why.contributions if one.value < 0][:_PHRASES_AGAINST]:
        parts.append(texts.text("why_against", words=_emphasised(against, texts)))
    if why.picked_by_others:
        parts.append(texts["why_others"])
    elif why.community >= _OTHERS:
        parts.append(texts["why_others_like"])
    return parts


def _distinct(phrases: Sequence[str]) -> list[str]:
    """Leave out phrases that are part of one before them, or its plural."""
    kept: list[str] = []
    for phrase in phrases:
        stem = phrase.casefold().rstrip("s")
        if clean(phrase) and not any(stem in one.casefold() or one.casefold() in stem for one in kept):
            kept.append(phrase)
    return kept


def _emphasised(phrases: Sequence[str], texts: Language) -> str:
    return texts["comma"].join(f"**{verbatim(shortened(one, _LONGEST_PHRASE))}**" for one in phrases)


def _note(note: NearestNote, texts: Language, settings: DigestConfig) -> str:
    shown, address = title(note), note_address(note)
    if settings.preset == "obsidian" and note.file:
        shown = wikilink(note, clean(plain(shown)))
    else:
        shown = link(shown, address) if address else verbatim(shown)
    quoted = texts.text("paper_title", title=shown)
    if note.noted_on is None:
        return quoted
    return texts.text("why_note", title=quoted, day=texts.day(note.noted_on, "long_day"))


def title(paper: Paper | NearestNote) -> str:
    """Return a title as it is shown; an id where there is none."""
    shown = clean(plain(clean(paper.title)))
    return shortened(paper.title, LONGEST_TITLE) if shown else f"arXiv:{paper.id}"


def percent(probability: float) -> str:
    """Return a probability as people read it; below one in a hundred with a decimal."""
    return f"{probability:.1%}" if probability < 0.01 else f"{probability:.0%}"
