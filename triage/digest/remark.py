"""The remark on the day, when something about it is unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from triage.digest.language import Language, language_of
from triage.papers import WHOLE, Announcement, AnnouncementState, LabelSource

# A listing this many times its usual size, or this share of it, is mentioned.
_LARGE = 1.5
_SMALL = 0.5
# Below this many noted papers an order is a first guess (the learning curve is steepest there).
_FEW_NOTES = 10
_NOUNS = {
    "marks": (LabelSource.DIGEST, LabelSource.WEB),
    "labels": (LabelSource.COMMAND,),
    "notes": (LabelSource.NOTES,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a day when its digest is written."""

    announcements: tuple[Announcement, ...]
    """Every announcement since the last digest, whatever its state, oldest first."""
    total: int
    """New submissions in the listings covered."""
    cap: int
    """The picks allowed, added up over working days."""
    candidates: int
    """New submissions and, if the reader wants them, cross-lists."""
    passed: int
    """How many candidates passed their threshold."""
    typical: float | None = None
    """The usual number of new submissions of one announcement; None when too few are known."""
    first: bool = False
    """Whether this is the reader's first digest."""
    noted: int | None = None
    """How many of the reader's papers the model has learned from; None when that is not known."""
    ordered: bool = True
    """Whether there was anything to order by: notes, seeds or community picks."""
    learned: Mapping[LabelSource, int] = field(default_factory=dict)
    """How many labels since the last digest the model has learned from, by their source."""

    @property
    def covered(self) -> list[Announcement]:
        """The announcements whose listings are in the digest."""
        return [one for one in self.announcements if one.state in WHOLE]


def remark(day: Circumstances, language: str) -> tuple[str, ...]:
    """Say what is unusual about a day.

    Returns
    -------
    tuple of str
        Paragraphs of plain text (reasons may hold anything, so they are escaped when written); empty
        on an ordinary day.

    Raises
    ------
    DigestError
        If the language is unknown.
    """
    texts = language_of(language)
    paragraphs = (part(day, texts) for part in (_coverage, _trouble, _strength, _model))
    return tuple(texts.paragraph(sentences) for sentences in paragraphs if sentences)


def _coverage(day: Circumstances, texts: Language) -> list[str]:
    """Which days are in it, and which had no announcement."""
    # Weekends never have one and surprise nobody.
    empty = [
        one for one in day.announcements if one.state is AnnouncementState.EMPTY and one.day.weekday() < 5
    ]
    sentences = _by_reason("holiday", empty, texts)
    covered = [one.day for one in day.covered]
    if empty and len(covered) == 1:
        sentences.append(texts.text("holiday_cap", cap=texts.count("bare_papers", day.cap)))
    if len(covered) > 1:
        sentences.append(
            texts.text(
                "several_first" if day.first else "several",
                days=texts.days(covered if day.first else covered[:-1]),
                announcements=texts.count("announcements", len(covered)),
                cap=texts.count("bare_papers", day.cap),
            )
        )
    if not covered:
        sentences.append(texts["nothing_announced"])
    elif not day.total:
        sentences.append(texts["nothing_new"])
    return sentences


def _trouble(day: Circumstances, texts: Language) -> list[str]:
    """What was late, odd or lost."""
    recovered = [one for one in day.announcements if one.state is AnnouncementState.RECOVERED]
    odd = [one for one in day.announcements if one.state is AnnouncementState.COMPLETE and one.reason.strip()]
    failed = [one for one in day.announcements if one.state is AnnouncementState.FAILED]
    if day.first:
        # Nobody was there to miss them on their day.
        odd += [one for one in recovered if one.reason.strip()]
        recovered = []
    # That earlier days had no digest is mentioned already.
    late = [one for one in recovered if one.reason.strip() or one not in day.covered[:-1]]
    return [
        *_by_reason("recovered", late, texts),
        *_by_reason("suspicious", odd, texts),
        *_by_reason("failed", failed, texts),
    ]


def _strength(day: Circumstances, texts: Language) -> list[str]:
    """How large the listing is, and how much of it is worth reading."""
    sentences: list[str] = []
    if not day.covered or not day.total:
        return sentences
    if day.typical:
        total = texts.count("papers", day.total)
        usual = day.typical * len(day.covered)
        times = day.total / usual
        if times >= _LARGE:
            sentences.append(texts.text("large", total=total, times=f"{times:.1f}"))
        elif times <= _SMALL:
            sentences.append(texts.text("small", total=total, typical=round(usual)))
    if not day.ordered:
        return sentences  # The day is not weak: nobody knows what would be strong.
    candidates = texts.count("papers", day.candidates)
    # With no budget there is nothing to fall short of, and a day of which every paper passed is not weak.
    if day.cap and day.candidates and not day.passed:
        sentences.append(texts.text("nothing_passed", total=candidates))
    elif day.passed < min(day.cap, day.candidates):
        passed = texts.count("bare_papers", day.passed)
        places = texts.count("places", day.cap - day.passed)
        sentences.append(texts.text("few_passed", passed=passed, total=candidates, places=places))
    return sentences


def _model(day: Circumstances, texts: Language) -> list[str]:
    """How far the order can be trusted."""
    if not day.ordered:
        return [texts["nothing_known"]]
    sentences = [texts["first"]] if day.first else []
    if learned := [
        texts.count(noun, number)
        for noun, sources in _NOUNS.items()
        if (number := sum(day.learned.get(source, 0) for source in sources))
    ]:
        sentences.append(texts.text("learned", what=texts.list_of(learned)))
    if day.noted == 0:
        sentences.append(texts["no_notes"])
    elif day.noted is not None and day.noted < _FEW_NOTES:
        sentences.append(texts.text("few_notes", papers=texts.count("papers", day.noted)))
    return sentences


def _by_reason(name: str, announcements: Sequence[Announcement], texts: Language) -> list[str]:
    """Return a sentence for each reason, in the order of its first day."""
    groups: dict[str, list[date]] = {}
    for one in announcements:
        groups.setdefault(one.reason.strip().rstrip(".。"), []).append(one.day)
    return [
        texts.text(f"{name}_reason" if reason else name, days=texts.days(days), reason=reason)
        for reason, days in groups.items()
    ]
