"""What the pages work with: the store, the editions of days, and the open day ranked anew by each label."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from triage.context import Context
from triage.digest.candidates import explained
from triage.digest.edition import Edition, read_edition
from triage.digest.escape import paragraph
from triage.digest.language import Language, language_of
from triage.digest.render import MarkdownParts
from triage.digest.summary import summary
from triage.errors import TriageError
from triage.feedback.marking import add_mark, show_in_digests, undo_mark
from triage.feedback.sync import sync
from triage.listing.figures import Figure
from triage.papers import ArxivId, Paper, Pick, ScoredPaper
from triage.store.labels import CurrentLabel, LoggedLabel
from triage.training.models import trained_on
from triage.training.relabel import Moved, Relabelling
from triage.web.security import Door

if TYPE_CHECKING:
    from collections.abc import Mapping

WEEK = 7
_KEPT = 8
"""Editions in memory."""


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as the pages show it."""

    paper: Paper
    label: CurrentLabel
    pick: Pick | None = None
    """None of a paper that no digest shows."""
    day: date | None = None
    summary: tuple[str, ...] = ()
    """Paragraphs of Markdown."""
    reasons: tuple[str, ...] = ()
    """The same; only where they were asked for."""
    figure: Figure | None = None
    moved: Moved | None = None
    note: str = ""
    """Where the reader has noted it: file, line and day."""

    @property
    def categories(self) -> tuple[str, ...]:
        """What the reader said, or else what the model thinks."""
        if self.label.categories is not None:
            return self.label.categories
        return self.pick.scored.categories if self.pick else ()

    @property
    def is_done(self) -> bool:
        """Whether the reader has answered."""
        return self.label.relevant is not None


class Desk:
    """Everything that outlives a request.  The lock of the store is never held here."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.door = Door(context.config.web)
        self._editions: dict[tuple[object, ...], Edition] = {}
        self._reasons: dict[tuple[object, ...], tuple[str, ...]] = {}
        self._relabelling: tuple[tuple[object, ...], Relabelling] | None = None
        self._ranked: tuple[tuple[object, ...], list[Moved]] | None = None
        self._preparing = threading.Lock()

    @cached_property
    def texts(self) -> Language:
        """The texts of the digests' language."""
        return language_of(self.context.config.digest.language)

    def days(self) -> list[date]:
        """Return the days that have a digest, oldest first."""
        with self.context.store.reading() as tx:
            return tx.digests.days()

    def edition(self, day: date) -> Edition | None:
        """Return a day's edition, after the marks in its file have been read."""
        sync(self.context.config, self.context.store, self.context.clock.now(), days=[day])
        with self.context.store.reading() as tx:
            digest = tx.digests.get(day)
        if digest is None:
            return None
        key = (day, digest.written_at, digest.model, digest.machine_text)
        if key not in self._editions:
            found = read_edition(self.context, day)
            if found is None:
                return None
            while len(self._editions) >= _KEPT:
                self._editions.pop(next(iter(self._editions)))
            self._editions[key] = found
        return self._editions[key]

    def labels(self) -> Mapping[ArxivId, CurrentLabel]:
        """Return what holds for each labelled paper."""
        with self.context.store.reading() as tx:
            return tx.labels.current_labels()

    def categories(self) -> list[str]:
        """Return the reader's categories, for completion."""
        named = {name for label in self.labels().values() for name in label.categories or ()}
        return sorted(named, key=str.casefold)

    def cards(self, edition: Edition, picks: Iterable[Pick]) -> list[Card]:
        """Return the cards of papers of an edition, with the reasons that the edition has."""
        labels, content = self.labels(), edition.content
        parts = MarkdownParts(content, self.texts)
        return [
            Card(
                pick.scored.paper,
                labels.get(pick.scored.paper.id, CurrentLabel(pick.scored.paper.id)),
                pick,
                content.day,
                tuple(parts.summary(pick.scored.paper)),
                self._said(edition, pick.scored),
                content.figures.get(pick.scored.paper.id),
            )
            for pick in picks
        ]

    def card(self, paper: ArxivId) -> Card | None:
        """Return the card of any paper of the store, with its reasons; None if it is not known."""
        with self.context.store.reading() as tx:
            found = tx.papers.get([paper]).get(paper)
            days = [digest.day for digest in tx.digests.showing(paper)]
        if found is None:
            return None
        label = self.labels().get(paper, CurrentLabel(paper))
        edition = self.edition(days[-1]) if days else None
        pick = (
            next((one for one in edition.ranked if one.scored.paper.id == paper), None) if edition else None
        )
        if edition is None or pick is None:
            return Card(found, label, summary=(paragraph(summary(found.abstract)),))
        return self.explained(edition, pick)

    def explained(self, edition: Edition, pick: Pick) -> Card:
        """Return a card with its reasons, whether the digest has them or not."""
        key = (edition.digest.day, edition.digest.model, pick.scored.paper.id)
        if edition.model and key not in self._reasons and not pick.scored.explanation.contributions:
            first = edition.digest.covers[0]
            (known,) = explained(self.context, [pick], first, edition.model)
            self._reasons[key] = self._said(edition, known.scored)
        (card,) = self.cards(edition, [pick])
        said = self._reasons.get(key, card.reasons)
        return replace(card, reasons=said)

    def _said(self, edition: Edition, scored: ScoredPaper) -> tuple[str, ...]:
        if not (scored.explanation.contributions or scored.explanation.nearest_notes):
            return ()
        return tuple(MarkdownParts(edition.content, self.texts).explanation(scored))

    def mark(
        self,
        paper: ArxivId,
        *,
        relevant: bool | None = None,
        categories: Sequence[str] | None = None,
        read: bool | None = None,
    ) -> tuple[LoggedLabel | None, str]:
        """Label a paper, in the log and in the digest's file; returns the entry, and a notice for the reader."""
        added = add_mark(self.context, paper, relevant=relevant, categories=categories, read=read)
        return added, self._shown(paper)

    def undo(self, number: int) -> tuple[ArxivId | None, str]:
        """Undo an entry of the log, also in the digest's file."""
        entry = undo_mark(self.context, number)
        return (entry.label.paper, self._shown(entry.label.paper)) if entry else (None, "")

    def _shown(self, paper: ArxivId) -> str:
        try:
            if show_in_digests(self.context, paper):
                return ""
            return (
                "The label is kept. Its mark could not be made in the digest's file, which reads otherwise."
            )
        except TriageError as error:
            return f"The label is kept, but not in the digest's file: {error.message}"

    def moved(self, edition: Edition) -> list[Moved]:
        """Return the candidates of an edition as all labels rank them now; empty while that is not known.

        It is known once the papers that the model learned from have been read, in the background.
        """
        labels = self.labels()
        version = self.context.registry.current()
        with self.context.store.reading() as tx:
            origin = trained_on(tx, self.context.registry, version) if version else None
            newest = tx.labels.last_number()
        if version is None or origin is None or newest == origin.labels:
            return []
        ready = self._relabelling
        if ready is None or ready[0] != self._key(edition, version):
            self.prepare(edition)
            return []
        if self._ranked is None or self._ranked[0] != (ready[0], newest):
            self._ranked = (ready[0], newest), ready[1].ranked(labels)
        return self._ranked[1]

    def prepare(self, edition: Edition, *, wait: bool = False) -> None:
        """Read what a label needs to rank an edition anew, in a thread of its own."""
        version = self.context.registry.current()
        if version is None:
            return
        work = threading.Thread(target=self._prepare, args=(edition, version), daemon=True)
        work.start()
        if wait:
            work.join()

    def _prepare(self, edition: Edition, version: str) -> None:
        with self._preparing:
            key = self._key(edition, version)
            if self._relabelling is None or self._relabelling[0] != key:
                papers = [pick.scored.paper for pick in edition.ranked]
                # A model that is just being pruned, or of an earlier triage, ranks nothing anew.
                with suppress(TriageError):
                    self._relabelling = key, Relabelling(self.context, version, papers)

    @staticmethod
    def _key(edition: Edition, version: str) -> tuple[object, ...]:
        return edition.digest.day, edition.digest.written_at, version

    def week(self) -> list[date]:
        """Return the days with a digest of the last seven days of them."""
        days = self.days()
        return [day for day in days if day > days[-1] - timedelta(days=WEEK)] if days else []
