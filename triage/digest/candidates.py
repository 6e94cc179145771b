"""The candidates of a listing, scored, with reasons, and those worth a question to the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage.community.known import picked_before
from triage.context import Context
from triage.digest.choose import Choice
from triage.digest.nearest import located
from triage.errors import ModelError, TriageError
from triage.listing.merge import announce_type_for
from triage.listing.sources import FileSource
from triage.papers import Announcement, AnnounceType, ArxivId, Paper, Pick, ScoredPaper
from triage.text.unicode import fold, letters

if TYPE_CHECKING:
    from triage.ranker.model import TrainedModel


_NAMED_FROM = 0.5
"""A paper further below the threshold is hardly the reader's, and has none of their categories."""


def score_candidates(
    context: Context,
    covers: Sequence[Announcement],
    model: TrainedModel,
    *,
    noted: Mapping[ArxivId, str],
    written_at: datetime | None = None,
) -> list[ScoredPaper]:
    """Return the candidates of a group of announcements, scored, best first.

    Candidates are the new submissions (and cross-lists, if the reader wants them) that no earlier
    listing or digest had, and those that were found missing from a listing after its digest: a paper
    is shown once, whatever categories and days bring it.

    ``noted`` says where the notes have papers now.  A digest made again (written first at
    ``written_at``) is not to lose what the reader has noted or labelled since because of it.
    """
    days = [announcement.day for announcement in covers]
    with context.store.reading() as tx:
        listed = tx.announcements.listed_on(days, _candidate_types(context))
        earlier = tx.announcements.shown_elsewhere(days[0], days[-1])
        known = tx.labels.places(until=written_at)
        late = tx.announcements.found_late(days[-1], _candidate_types(context)) - known.keys()
        papers = tx.papers.get(sorted(set(listed) - earlier | late))
    settings = context.config.digest
    least = _NAMED_FROM * min((settings.threshold, *settings.category_thresholds.values()))
    return [
        replace(
            one,
            categories=one.categories if one.probability >= least else (),
            known=noted.get(one.paper.id, known[one.paper.id]) if one.paper.id in known else "",
        )
        for one in _scored(context, list(papers.values()), days[0], model, explain=False)
    ]


def explained(
    context: Context, picks: Sequence[Pick], first_day: date, model: TrainedModel
) -> tuple[Pick, ...]:
    """Return picks with the explanations of their scores: finding these takes longer than scoring a listing."""
    scored = _scored(context, [pick.scored.paper for pick in picks], first_day, model) if picks else ()
    explanations = {
        one.paper.id: replace(one.explanation, nearest_notes=located(context, one.explanation.nearest_notes))
        for one in scored
    }
    return tuple(
        replace(pick, scored=replace(pick.scored, explanation=explanations[pick.scored.paper.id]))
        for pick in picks
    )


def questions(context: Context, choice: Choice, model: TrainedModel) -> tuple[Pick, ...]:
    """Return those of the rest that the digest asks about, because an answer teaches most."""
    from triage.ranker.active_learning import choose_questions

    asked = choose_questions(
        model,
        [one.scored for one in (*choice.picks, *choice.rest) if not one.scored.paper.is_withdrawn],
        shown=len(choice.picks),
        most=context.config.digest.ask,
        cache=context.feature_cache(),
    )
    ids = {one.paper.id for one in asked}
    return tuple(pick for pick in choice.rest if pick.scored.paper.id in ids)


def rank_listing(context: Context, *, listing: Path | None, day: date | None) -> list[ScoredPaper]:
    """Score one listing day with the model in use; writes nothing but features.

    Raises
    ------
    ModelError
        If there is no model.
    TriageError
        If nothing is known about the day.
    """
    if context.registry.current() is None:
        raise ModelError("there is no model yet.", remedy="Make one from your notes: triage learn")
    papers = _stored_listing(context, day) if listing is None else _file_listing(context, listing, day)
    types = _candidate_types(context)
    candidates = [paper for paper in papers if announce_type_for(paper, context.config.categories) in types]
    with context.store.reading() as tx:
        known = tx.labels.places()
    scored = _scored(context, candidates, day or context.clock.now().date(), context.registry.load(None))
    return [replace(one, known=known.get(one.paper.id, "")) for one in scored]


def _scored(
    context: Context, papers: list[Paper], first_day: date, model: TrainedModel, *, explain: bool = True
) -> list[ScoredPaper]:
    with context.store.reading() as tx:
        picked = picked_before(context.config, tx, papers, first_day)
    context.progress(f"ranking {len(papers)} papers", 0, 0)
    scored = model.score(papers, cache=context.feature_cache(), picked_by_others=picked, explain=explain)
    return _followed_first(scored, context.config.seeds.authors)


_LEAST_OF_FOLLOWED = 0.5
"""The least probability of a paper by an author whom the reader follows by name."""


def _followed_first(scored: list[ScoredPaper], followed: Sequence[str]) -> list[ScoredPaper]:
    """Put papers by followed authors first; "A. Lovelace" is whoever has that name and initial."""
    wanted = [_name(name) for name in followed if name.strip()]
    scores = [one.score for one in scored]
    top = max(scores, default=0.0) - min(scores, default=0.0) + 1
    found = []
    for one in scored:
        names = tuple(
            author for author in one.paper.authors if any(_agree(_name(author), name) for name in wanted)
        )
        raised = replace(
            one,
            score=one.score + top,
            probability=max(one.probability, _LEAST_OF_FOLLOWED),
            explanation=replace(one.explanation, followed=names),
        )
        found.append(raised if names else one)
    return sorted(found, key=lambda one: not one.explanation.followed)


def _name(name: str) -> tuple[list[str], str]:
    *given, family = fold(letters(name)).replace(".", " ").replace("-", " ").split() or [""]
    return given, family


def _agree(one: tuple[list[str], str], other: tuple[list[str], str]) -> bool:
    (given, family), (known, wanted) = one, other
    pairs = zip(given, known, strict=False)
    same = (a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a, b in pairs)
    return family == wanted and bool(given) == bool(known) and all(same)


def _candidate_types(context: Context) -> list[AnnounceType]:
    return [AnnounceType.NEW, AnnounceType.CROSS] if context.config.cross_lists else [AnnounceType.NEW]


def _file_listing(context: Context, listing: Path, day: date | None) -> list[Paper]:
    source = FileSource(context.config, listing, context.progress)
    days = source.days(None, day)
    if not days or (day is not None and days[-1] != day):
        raise TriageError(f"{listing} has no announcement of {day}.")
    (found,) = source.fetch(days[-1:], context.clock.now())
    return [item.paper for item in found.items]


def _stored_listing(context: Context, day: date | None) -> list[Paper]:
    with context.store.reading() as tx:
        last = day or tx.papers.last_announced()
        papers = tx.papers.announced_on(last) if last else []
    if not papers:
        raise TriageError(
            f"the store has no paper announced {f'on {last}' if last else 'on any day'}.",
            remedy="Fetch it with 'triage run', or name a file with --listing.",
        )
    return papers
