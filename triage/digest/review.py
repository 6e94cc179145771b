"""A review of some weeks: what was picked, read and missed, and the reader's categories over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import RootModel

from triage.community.refresh import sources
from triage.context import Context
from triage.digest.escape import front_matter, verbatim
from triage.digest.files import write_index
from triage.digest.language import Language, language_of
from triage.digest.render import category_line, paper_line
from triage.errors import TriageError
from triage.papers import ArxivId, Paper
from triage.store.digests import StoredDigest
from triage.store.files import Outcome, write_unless_edited
from triage.store.labels import CurrentLabel
from triage.store.store import Transaction
from triage.text.templates import templates_of

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999")
"""Those of Okabe and Ito, which colour-blind readers can tell apart; the last is for all other categories."""
_DAILY, _WEEKLY = 16, 200
"""Days of a review up to which a bar is a day, a week; above, a month."""


class ReviewText(RootModel[str], frozen=True):
    """The text of a review as it was written last; a record of the store, by file name."""

    KEY: ClassVar[str] = "review"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A paper of a review, as its digest showed it and as the reader sees it now."""

    paper: Paper
    day: date
    rank: int
    categories: tuple[str, ...]
    label: CurrentLabel
    community: bool
    """Whether other people picked it."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a review says; days are those of listings."""

    digests: tuple[StoredDigest, ...]
    picked: tuple[Reviewed, ...]
    missed: tuple[Reviewed, ...]
    """Shown but not picked: those that the reader found relevant, then those that others picked."""
    read: tuple[Reviewed, ...]
    """Picked or not."""
    bars: Mapping[date, Counter[str]]
    """The first day of each bar of the picture, and the papers in it by category: picks and the reader's own."""

    @property
    def total(self) -> int:
        """Papers in the listings."""
        return sum(one.total for one in self.digests)

    @property
    def names(self) -> list[str]:
        """The categories of the picture, the most frequent first; the last may stand for all others (empty)."""
        counts = sum(self.bars.values(), Counter[str]())
        names = sorted(counts, key=lambda name: (-counts[name], name))
        most = len(COLOURS) - 1
        return names if len(names) <= most else [*names[:most], ""]

    def height(self, day: date, name: str) -> int:
        """Return how many papers of a bar are in a category; in others, if it is empty."""
        bar, shown = self.bars[day], self.names
        return bar[name] if name else sum(count for one, count in bar.items() if one not in shown)


def gather(context: Context, since: date, until: date) -> Review:
    """Gather what a review of the listing days from one to another says.

    Raises TriageError if there is no digest of these days.
    """
    with context.store.reading() as tx:
        digests = tuple(one for one in tx.digests.all() if since <= one.day <= until)
        if not digests:
            raise TriageError(f"there is no digest from {since} to {until}.")
        picked, others = _shown(context, tx, digests)
    by_reader = [one for one in others if one.label.relevant]
    by_others = [one for one in others if one.community and one.label.relevant is None]
    first = _bar((until - since).days)
    bars: dict[date, Counter[str]] = {first(one.day): Counter() for one in digests}
    for one in (*picked, *by_reader):
        bars[first(one.day)].update(one.categories)
    read = tuple(one for one in (*picked, *others) if one.label.read)
    return Review(digests, tuple(picked), (*by_reader, *by_others), read, bars)


def _shown(
    context: Context, tx: Transaction, digests: tuple[StoredDigest, ...]
) -> tuple[list[Reviewed], list[Reviewed]]:
    """Return the picks of digests, and all other papers that they showed."""
    labels = tx.labels.current_labels()
    names = sources(context.config)
    theirs: set[ArxivId] = {paper for _, paper in tx.community.before(date.max, names)} if names else set()
    picked: list[Reviewed] = []
    others: list[Reviewed] = []
    for digest in digests:
        shown = tx.digests.shown_in(digest.day)
        papers = tx.papers.get(one.paper for one in shown)
        for one in shown:
            if paper := papers.get(one.paper):
                label = labels.get(one.paper, CurrentLabel(one.paper))
                own = one.categories if label.categories is None else label.categories
                found = Reviewed(paper, digest.day, one.rank, own, label, one.paper in theirs)
                (picked if one.picked else others).append(found)
    return picked, others


def _bar(days: int) -> Callable[[date], date]:
    """Return what gives the first day of a day's bar."""
    if days <= _DAILY:
        return lambda day: day
    if days <= _WEEKLY:
        return lambda day: day - timedelta(days=day.weekday())
    return lambda day: day.replace(day=1)


def write_review(context: Context, since: date, until: date) -> tuple[Path, Outcome]:
    """Write a review and its picture into the digests' folder, unless the reader has edited it; link it.

    Raises TriageError if there is no digest of these days, or a file can't be written.
    """
    review, texts = gather(context, since, until), language_of(context.config.digest.language)
    title = f"{since}-to-{until}-review"
    file = context.config.digest_folder / f"{title}.md"
    # Made first, so that no text is without its picture.
    for path, text in (
        (file.with_suffix(".svg"), picture(review, texts)),
        (file, _text(context, review, title, texts)),
    ):
        with context.store.reading() as tx:
            before = tx.records.get(ReviewText, path.name)
        outcome = write_unless_edited(path, text, before.root if before else None)
        if outcome is not Outcome.KEPT:
            with context.store.transaction() as tx:
                tx.records.put(ReviewText(text), path.name)
    write_index(context)
    return file, outcome


def _text(context: Context, review: Review, title: str, texts: Language) -> str:
    settings = context.config.digest
    values = {"title": title, "date": review.digests[-1].day, "tags": settings.tags, **settings.extra}
    template = templates_of("triage.digest").get_template("review.md.j2")
    body = template.render(
        review=review,
        texts=texts,
        title=title,
        line=lambda one: paper_line(one.paper, one.categories, texts),
        category=lambda name: category_line((name,), texts) if name else texts["review_others"],
        verbatim=verbatim,
    )
    return f"---\n{front_matter(values)}\n---\n{body}"


def picture(review: Review, texts: Language) -> str:
    """Return the categories over time as an SVG: a bar of stacked categories for each day, week or month."""
    template = templates_of("triage.digest", html=True).get_template("review.svg.j2")
    highest = max(sum(bar.values()) for bar in review.bars.values())
    return template.render(review=review, texts=texts, colours=COLOURS, highest=max(1, highest))
