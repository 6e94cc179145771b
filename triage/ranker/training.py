"""From the reader's examples and unlabelled papers to a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from sklearn.pipeline import Pipeline

from triage.errors import ModelError
from triage.papers import Example, Paper
from triage.ranker.calibration import learned_prior
from triage.ranker.categories import ENOUGH_NOTES, CategoryClassifier
from triage.ranker.features import FeatureCache, count_papers
from triage.ranker.manifest import TOO_FEW_NOTES, CategoryReport, Manifest
from triage.ranker.matrix import FEATURE_SET, FeatureMatrix, paper_days
from triage.ranker.model import TrainedModel
from triage.ranker.numbers import one_thread
from triage.ranker.pipeline import make_ranker
from triage.ranker.relevance import NOT_RELEVANT, RELEVANT, UNLABELLED
from triage.ranker.space import LIBRARIES, RECENT
from triage.ranker.space_cache import SpaceCache
from triage.ranker.training_set import TrainingSet
from triage.ranker.validation import PastDays

FEW_NOTES = 10
"""Below this, the order is a first guess."""
FEW_BACKGROUND = 500
"""Below this, common words can't be told from telling ones."""

_LONGEST_TITLE = 1_000

_NO_EXAMPLE = (
    "Name a folder with your notes under 'notes' in config.yaml, or mark a paper with "
    "'triage label ID --relevant'."
)


@one_thread
def train(
    examples: Sequence[Example],
    background: Sequence[Paper],
    *,
    seeds: Sequence[Example] = (),
    community: Sequence[Example] = (),
    categories: Collection[str] = (),
    earlier: Sequence[Example] | None = None,
    cache: FeatureCache | None = None,
    space_cache: SpaceCache | None = None,
    random_state: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> TrainedModel:
    """Learn what the reader wants; raises :class:`ModelError` without a relevant example.

    Parameters
    ----------
    examples
        At least one relevant, if there are no seeds; a weight below 1 marks a weak label.
    background
        Unlabelled older papers, never the candidates to be ranked; examples among them are left out.
    seeds
        What the reader named to begin with: learned from, but not counted as noted.
    community
        What other people picked, and when; learned as a taste of its own, whose share is learned as well.
    categories
        A day's candidates are the papers whose primary category is one of these; empty for all.
    earlier
        What the model in use learned from, to measure what is gained on past days.
    """
    data = TrainingSet.build(examples, background, seeds=seeds, community=community, categories=categories)
    if not data.positives:
        raise ModelError("there is no relevant paper to learn from", remedy=_NO_EXAMPLE)
    pipeline = make_ranker(random_state=random_state, cache=cache, space_cache=space_cache)
    X, model = _fit(pipeline, data, (*examples, *seeds), community, background, progress=progress)
    kept, ranker = data.sample_weight > 0, model.ranker
    past = PastDays(ranker.relevance, X[kept], data.y[kept], data.sample_weight[kept], data.known_on[kept])
    progress("learning categories")
    own = len(data.positives) - len(seeds)
    # A keyword is no paper to be near to.
    rows = [row for row, one in enumerate(data.positives) if row < own or one.paper.id]
    noted, noted_papers = X[np.array(rows, dtype=np.intp)], [data.positives[row] for row in rows]
    named = CategoryClassifier().fit(noted, [one.categories for one in noted_papers])
    # How well keywords are found among papers says nothing of how well papers are ranked.
    validation = ranker.cross_validation_ if len(rows) == len(data.positives) else None
    manifest = replace(
        model.manifest,
        relevant=own,
        seeds=len(seeds),
        auc=validation.auc if validation else None,
        average_precision=validation.average_precision if validation else None,
        held_out=past.held_out(),
        gain=None if earlier is None else past.gain_over(*data.as_known_by([*earlier, *seeds])),
        categories=named.reports_,
        warnings=_warnings(data, own, len(model.space.columns_), named.reports_),
    )
    # All titles take the room of the longest.
    papers = (replace(one.paper, title=one.paper.title[:_LONGEST_TITLE].rstrip("\0")) for one in noted_papers)
    return replace(model, categories=named, noted=noted, noted_papers=tuple(papers), manifest=manifest)


@one_thread
def train_prior(
    background: Sequence[Paper],
    *,
    community: Sequence[Example] = (),
    cache: FeatureCache | None = None,
    space_cache: SpaceCache | None = None,
) -> TrainedModel:
    """Return the prior model: of a reader of whom nothing is known.

    Every paper gets the same score, so that candidates stay in the order of the listing, and the
    probability that a paper has when nothing is known of it; with enough picks of other people, their
    taste orders them.
    """
    data = TrainingSet.build((), background, community=community)
    _, model = _fit(make_ranker(cache=cache, space_cache=space_cache), data, (), community, background)
    order = "by what other people pick" if model.ranker.community_coef_ else "that of the listing"
    warning = (
        f"there are no notes, marks or seeds to learn from, so the order is {order}: mark papers "
        "in the digest, or name notes or seeds in config.yaml"
    )
    return replace(model, manifest=replace(model.manifest, warnings=(warning,)))


def _fit(
    pipeline: Pipeline,
    data: TrainingSet,
    examples: Sequence[Example],
    community: Sequence[Example],
    background: Sequence[Paper],
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[FeatureMatrix, TrainedModel]:
    """Fit a pipeline step by step: words and topics to the archive, the rest to the labels."""
    counts, space, ranker = pipeline.named_steps.values()
    progress(f"reading {len(data.papers)} papers")
    raw = counts.transform(data.papers)
    progress("finding the words and topics that tell papers apart")
    space.fit(FeatureMatrix.of_words(count_papers(_archive(data, background), counts.cache)))
    X = space.transform(raw)
    progress(f"learning from {len(data.positives)} relevant papers")
    kept = data.sample_weight > 0
    ranker.set_params(
        prior=learned_prior(X.days, data.community.candidate & kept, (data.y == RELEVANT) & kept)
    )
    ranker.fit(X, data.y, data.sample_weight, community=data.community)
    manifest = Manifest(
        data_hash=data_hash((*examples, *community), background),
        relevant=0,
        irrelevant=data.count(NOT_RELEVANT),
        background=data.count(UNLABELLED),
        community=len(community),
        seed=ranker.random_state,
        features_version=FEATURE_SET,
        libraries=LIBRARIES,
    )
    return X, TrainedModel(space, ranker, CategoryClassifier().fit(X[:0], []), X[:0], (), manifest)


def _archive(data: TrainingSet, background: Sequence[Paper]) -> list[Paper]:
    """Return the papers that teach words and topics, labelled or not, in order of id.

    Those before the latest month if there are enough, so that a space holds for a month, as in a backtest.
    """
    days = paper_days(background)
    order = np.argsort(days, kind="stable")
    newest = int(days.max(initial=0))
    if newest:
        month = date.fromordinal(newest).replace(day=1).toordinal()
        before = int((days < month).sum())
        if before >= max(FEW_BACKGROUND, len(days) / 2):
            order = order[:before]
    archive = sorted((background[row] for row in order[-RECENT:]), key=lambda paper: paper.id)
    if len(archive) < FEW_BACKGROUND:
        archive += [paper for paper, label in zip(data.papers, data.y, strict=True) if label != UNLABELLED]
    return archive


def _warnings(
    data: TrainingSet, relevant: int, words: int, reports: Sequence[CategoryReport]
) -> tuple[str, ...]:
    seeds, background = len(data.positives) - relevant, data.count(UNLABELLED)
    found = []
    if not words:
        found.append("no word of the papers can be counted, so the order says little about their subjects")
    if relevant < FEW_NOTES and seeds:
        found.append(
            f"{relevant} relevant papers and {seeds} seeds: the order is a guess until there are "
            f"{FEW_NOTES} notes or marks"
        )
    elif relevant < FEW_NOTES:
        found.append(
            f"only {relevant} relevant papers: the order is a first guess until there are {FEW_NOTES}"
        )
    if background < FEW_BACKGROUND:
        found.append(
            f"only {background} unlabelled papers to compare with, so probabilities are rough: import a few "
            "weeks of listings ('triage archive import FILE')"
        )
    titles = sum(not one.paper.abstract for one in data.positives[:relevant])
    if 2 * titles > relevant:
        found.append(
            f"{titles} of {relevant} noted papers are known by their titles only: they are learned from, but how "
            "well such papers are found can't be measured"
        )
    small = [report.name for report in reports if not report.learned]
    if small:
        more = f" and {len(small) - _NAMED} more" if len(small) > _NAMED else ""
        listed = f"{', '.join(small[:_NAMED])}{more}"
        found.append(f"{TOO_FEW_NOTES} these categories (at least {ENOUGH_NOTES} are needed): {listed}")
    return tuple(found)


_NAMED = 8
"""Categories that a warning names."""


def data_hash(examples: Sequence[Example], background: Sequence[Paper]) -> str:
    """Return the SHA-256 of everything that a model learns from, in the order given."""
    digest = hashlib.sha256()

    def text(paper: Paper) -> tuple[object, ...]:
        return (paper.id, paper.title, paper.abstract, paper.authors, paper.categories, paper.submitted)

    for one in examples:
        label = (one.relevant, one.weight, one.categories, one.labelled_on)
        digest.update(repr((*text(one.paper), *label)).encode("utf-8", "surrogatepass"))
    for paper in background:
        digest.update(repr(text(paper)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
