"""The edition of a digest that was written, once more: what the pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from triage.context import Context
from triage.digest.candidates import explained, questions
from triage.digest.choose import Choice, near_misses
from triage.digest.compose import is_calibrated, known_categories
from triage.digest.content import DigestContent
from triage.digest.figures import figures
from triage.digest.llm import written_summaries
from triage.errors import ModelError
from triage.papers import Pick, ScoredPaper
from triage.store.digests import StoredDigest

if TYPE_CHECKING:
    from triage.ranker.model import TrainedModel


@dataclass(frozen=True, slots=True)
class Edition:
    """A digest's content, and what ranked it."""

    digest: StoredDigest
    content: DigestContent
    model: TrainedModel | None
    """None when it is gone; nothing is explained then."""

    @property
    def ranked(self) -> tuple[Pick, ...]:
        """Every candidate, best first."""
        content = self.content
        all_of_them = (*content.picks, *content.near_misses, *content.questions, *content.rest)
        return tuple(sorted(all_of_them, key=lambda pick: pick.rank))


def read_edition(context: Context, day: date) -> Edition | None:
    """Return the edition named for a listing day, None if there is none.

    Remarks on the day are left out: they are in the digest's text.  Without the model that ranked it, the
    model in use explains.
    """
    config = context.config
    with context.store.reading() as tx:
        digest = tx.digests.get(day)
        shown = tx.digests.shown_in(day)
        papers = tx.papers.get(one.paper for one in shown)
        labels = list(tx.labels.current_labels().values())
    if digest is None:
        return None
    picks: list[Pick] = []
    rest: list[Pick] = []
    for one in shown:
        if one.paper in papers:
            scored = ScoredPaper(papers[one.paper], one.score, one.probability, one.categories)
            (picks if one.picked else rest).append(Pick(scored, one.rank))
    model = _model(context, digest)
    choice = Choice(tuple(picks), tuple(rest), cap=len(picks), passed=len(picks))
    asked = questions(context, choice, model) if model else ()
    near = near_misses(choice, asked) if model and model.is_informed else ()
    apart = {pick.rank for pick in (*asked, *near)}
    first = digest.covers[0]
    best = choice.picks
    if model:
        best, near, asked = (explained(context, one, first, model) for one in (best, near, asked))
    content = DigestContent(
        day=day,
        total=digest.total,
        picks=best,
        near_misses=near,
        questions=asked,
        written_at=digest.written_at.astimezone(config.zone),
        rest=tuple(pick for pick in choice.rest if pick.rank not in apart),
        calibrated=model is not None and is_calibrated(model),
        settings=config.digest,
        figures=figures(context, [pick.scored.paper for pick in picks], None),
        known_categories=known_categories(labels),
        summaries=written_summaries(context, (*best, *near), online=None),
    )
    return Edition(digest, content, model)


def _model(context: Context, digest: StoredDigest) -> TrainedModel | None:
    for version in (digest.model, None):
        try:
            return context.registry.load(version)
        except ModelError:
            continue
    return None
