"""The remark on the day, when there is something to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from triage.digest.language import Language, language_of
from triage.papers import WHOLE, Announcement, AnnouncementState, LabelSource

# A listing this many times its usual size, or this share of it, is worth a word.
_LARGE = 1.5
_SMALL = 0.5
# Below this many noted papers an order is a first guess (the learning curve is steepest there).
_FEW_NOTES = 10
# Marks, labels and notes, as a reader calls what they have said.
_NOUNS = {
    "marks": (LabelSource.DIGEST,),
    "labels": (LabelSource.COMMAND,),
    "notes": (LabelSource.NOTES,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """What is known of the day when its digest is written."""

    announcements: tuple[Announcement, ...]
    """Every announcement since the last digest, whatever its state, oldest first."""
    total: int
    """New submissions in the listings covered."""
    cap: int
    """The picks allowed, added up over the announcements covered."""
    candidates: int
    """New submissions and, if the reader wants them, cross-lists."""
    passed: int
    """How many candidates passed their threshold."""
    typical: float | None = None
    """The usual number of new submissions of one announcement; None when too few are known."""
    first: bool = False
    """Whether this is the reader's first digest."""
    noted: int | None = None
    """How many of the reader's papers the model has learned from; None when nobody counted."""
    ordered: bool = True
    """Whether there was anything to order by: notes, seeds or other people's taste."""
    learned: Mapping[LabelSource, int] = field(default_factory=dict)
    """What the reader has said since the last digest and the model has learned from, by where they said it."""


def remark(facts: DayFacts, language: str) -> tuple[str, ...]:
    """Say what is out of the ordinary about a day.

    Parameters
    ----------
    facts : DayFacts
        What is known of it.
    language : str
        ``en`` or ``zh``.

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
    words = language_of(language)
    paragraphs = (
        _covered(facts, words),
        _trouble(facts, words),
        _strength(facts, words),
        _model(facts, words),
    )
    return tuple(words.paragraph(sentences) for sentences in paragraphs if sentences)


def _covered(facts: DayFacts, words: Language) -> list[str]:
    """Which days there are in it, and which had none."""
    said: list[str] = []
    covered = [one.day for one in facts.announcements if one.state in WHOLE]
    # Weekends bring no announcement and surprise nobody.
    empty = [
        one for one in facts.announcements if one.state is AnnouncementState.EMPTY and one.day.weekday() < 5
    ]
    for reason, days in _by_reason(empty):
        sentence = "holiday_reason" if reason else "holiday"
        said.append(words.text(sentence, days=words.days(days), reason=reason))
    if len(covered) > 1:
        said.append(
            words.text(
                "several_first" if facts.first else "several",
                days=words.days(covered if facts.first else covered[:-1]),
                announcements=words.count("announcements", len(covered)),
                cap=words.count("bare_papers", facts.cap),
            )
        )
    if covered and not facts.total:
        said.append(words["nothing_new"])
    elif not covered:
        said.append(words["nothing_announced"])
    return said


def _trouble(facts: DayFacts, words: Language) -> list[str]:
    """What was late, odd or lost."""
    said: list[str] = []
    recovered = [one for one in facts.announcements if one.state is AnnouncementState.RECOVERED]
    odd = [
        one for one in facts.announcements if one.state is AnnouncementState.COMPLETE and one.reason.strip()
    ]
    if facts.first:
        # Nobody was there to miss them on their day.
        odd += [one for one in recovered if one.reason.strip()]
        recovered = []
    else:
        # That there was no digest on these days is said already.
        whole = [one for one in facts.announcements if one.state in WHOLE]
        recovered = [one for one in recovered if one.reason.strip() or one not in whole[:-1]]
    for reason, days in _by_reason(recovered):
        sentence = "recovered_reason" if reason else "recovered"
        said.append(words.text(sentence, days=words.days(days), reason=reason))
    failed = [one for one in facts.announcements if one.state is AnnouncementState.FAILED]
    said += [
        words.text(sentence, days=words.days(days), reason=reason or words["unknown_reason"])
        for sentence, group in (("suspicious", odd), ("failed", failed))
        for reason, days in _by_reason(group)
    ]
    return said


def _strength(facts: DayFacts, words: Language) -> list[str]:
    """How large the listing is, and how much of it is worth reading."""
    said: list[str] = []
    covered = sum(one.state in WHOLE for one in facts.announcements)
    if not covered or not facts.total:
        return said
    total = words.count("papers", facts.total)
    if facts.typical:
        usual = facts.typical * covered
        times = facts.total / usual
        if times >= _LARGE:
            said.append(words.text("large", total=total, times=f"{times:.1f}", typical=round(usual)))
        elif times <= _SMALL:
            said.append(words.text("small", total=total, typical=round(usual)))
    if not facts.ordered:
        return said  # The day is not weak: nobody knows what would be strong.
    candidates = words.count("papers", facts.candidates)
    # With no budget there is nothing to fall short of, and a day that is worth reading whole is not weak.
    if facts.cap and not facts.passed:
        said.append(words.text("nothing_passed", total=candidates))
    elif facts.passed < min(facts.cap, facts.candidates):
        said.append(
            words.text(
                "few_passed",
                passed=words.count("bare_papers", facts.passed),
                total=candidates,
                places=words.count("places", facts.cap - facts.passed),
            )
        )
    return said


def _model(facts: DayFacts, words: Language) -> list[str]:
    """How far the order can be trusted."""
    if not facts.ordered:
        return [words["nothing_known"]]
    said = [words["first"]] if facts.first else []
    counts = {noun: sum(facts.learned.get(one, 0) for one in sources) for noun, sources in _NOUNS.items()}
    if learned := [words.count(noun, count) for noun, count in counts.items() if count]:
        said.append(words.text("learned", what=words.list_of(learned)))
    if facts.noted == 0:
        said.append(words["no_notes"])
    elif facts.noted is not None and facts.noted < _FEW_NOTES:
        said.append(words.text("few_notes", papers=words.count("papers", facts.noted)))
    return said


def _by_reason(announcements: Sequence[Announcement]) -> list[tuple[str, list[date]]]:
    """Group days by their reason, in the order of their first day."""
    groups: dict[str, list[date]] = {}
    for one in announcements:
        groups.setdefault(one.reason.strip().rstrip(".。"), []).append(one.day)
    return list(groups.items())
