"""From the reader's examples and unlabelled papers to a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.errors import ModelError
from triage.papers import Example, Paper
from triage.ranker.authors import names_of
from triage.ranker.calibration import NEVER, USUAL_RATE, lift_of_others
from triage.ranker.categories import ENOUGH_NOTES, fit_categories
from triage.ranker.features import FeatureCache, count_papers
from triage.ranker.form import READ_AS, form_of
from triage.ranker.manifest import CategoryReport, Manifest
from triage.ranker.model import TrainedModel
from triage.ranker.relevance import Evidence, Relevance, fit_relevance, gather
from triage.ranker.space import RECENT, Placed, Space, learn_space, stack
from triage.ranker.space_cache import KeptSpace
from triage.ranker.tuning import FEWEST_COMMUNITY, cross_validate, gain_on_past_days, hold_out, tune

FEW_NOTES = 10
"""Below this, the order is a first guess."""
TITLE_ONLY = 0.5
"""Weight of a noted paper whose abstract is unknown: a title's few words are long steps."""
FEW_BACKGROUND = 500
"""Below this, common words can't be told from telling ones."""


def train(
    examples: Sequence[Example],
    background: Sequence[Paper],
    *,
    cache: FeatureCache | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    community: Sequence[Example] = (),
    categories: Collection[str] = (),
    earlier: Sequence[Example] | None = None,
    spaces: KeptSpace | None = None,
    seeds: Sequence[Example] = (),
) -> TrainedModel:
    """Learn what the reader wants.

    Parameters
    ----------
    examples : sequence of Example
        At least one relevant.  Irrelevant ones count much more than unlabelled papers; a weight below
        1 says that the evidence is weak.
    background : sequence of Paper
        Unlabelled older papers, never the candidates to be ranked; examples among them are left out.
    cache : FeatureCache, optional
        Spares reading papers that were read before.
    seed : int
        For the folds and the solver.
    progress : callable, optional
        Told what is being done.
    spaces : KeptSpace, optional
        Spares finding the topics of an archive that was seen before.
    earlier : sequence of Example, optional
        What the model in use learned from: the manifest then says what is gained on past days.
    community : sequence of Example, optional
        What other people picked, and when; learned as a taste of its own, whose share is learned as well.
    seeds : sequence of Example, optional
        What the reader named to begin with: learned from, but not counted as noted.
    categories : collection of str, optional
        A day's candidates are the papers whose primary category is one of these; empty for all.

    Raises
    ------
    ModelError
        Without a relevant example.
    """
    say = progress or (lambda _: None)
    relevant = [example for example in examples if example.relevant and example.weight > 0]
    refused = [example for example in examples if not example.relevant and example.weight > 0]
    own = len(relevant)
    relevant += seeds
    if not relevant:
        raise ModelError(
            "there is no relevant paper to learn from",
            remedy="Name a folder with your notes under 'notes' in config.yaml, or mark a paper with "
            "'triage label ID --relevant'.",
        )
    labelled = {example.paper.id for example in (*examples, *seeds) if example.paper.id}
    unlabelled = [paper for paper in background if paper.id not in labelled]
    say(f"reading {len(unlabelled) + len(examples)} papers")
    labelled_papers = [example.paper for example in (*relevant, *refused)]
    counts, unlabelled_counts = count_papers(labelled_papers, cache), count_papers(unlabelled, cache)
    say("finding the words and topics that tell papers apart")
    archive = _latest(background)
    corpus = count_papers(archive, cache)
    if len(archive) < FEW_BACKGROUND:
        corpus = sparse.vstack([corpus, counts], format="csr")
    space = spaces.learn(corpus, seed=seed) if spaces else learn_space(corpus, seed=seed)
    days = paper_days(unlabelled)
    placed = space.place(
        counts, paper_days(labelled_papers), form_of(labelled_papers), names_of(labelled_papers)
    )
    noted = placed.rows(slice(0, len(relevant)))
    evidence = gather(
        noted,
        np.array([example.weight * (1.0 if example.paper.abstract else TITLE_ONLY) for example in relevant]),
        space.place(unlabelled_counts, days, form_of(unlabelled), names_of(unlabelled)),
        placed.rows(slice(len(relevant), None)),
        np.array([example.weight for example in refused]),
    )

    say(f"learning from {len(relevant)} relevant papers")
    relevance = fit_relevance(evidence, seed=seed)
    trial = cross_validate(evidence, seed=seed)
    said = [example.labelled_on for example in relevant]
    known_on = np.array([day.toordinal() if day else 0 for day in said], dtype=np.int64)
    held_out = hold_out(evidence, known_on, seed=seed)
    gain = None
    if earlier is not None:
        before = _as_known_before(evidence, relevant, refused, [*earlier, *seeds])
        gain = gain_on_past_days(evidence, before, known_on, seed=seed)
    # As in the backtest, what the reader noted is a paper that others left alone like any other.
    dated = np.array([one.paper.announced is not None for one in relevant], dtype=bool)
    others_taste = community_taste(
        space,
        community,
        [*unlabelled, *(one.paper for one, known in zip(relevant, dated, strict=True) if known)],
        stack([evidence.others.rows(slice(0, len(unlabelled))), noted.rows(dated)]),
        cache=cache,
        seed=seed,
    )
    tuning = tune(evidence, trial, rate=USUAL_RATE, community=others_taste)
    others = None
    if others_taste is not None:
        others = others_taste.part(tuning.community_share, relevance.usual_form)
        relevance = relevance.plus(others, 1.0)
    lift = _lift([example.paper for example in relevant], unlabelled, community, categories)
    say("learning categories")
    # A keyword is no paper to be near to.
    is_paper = np.array([n < own or bool(one.paper.id) for n, one in enumerate(relevant)], dtype=bool)
    shown = [one for one, kept in zip(relevant, is_paper, strict=True) if kept]
    noted = noted.rows(is_paper)
    named, reports = fit_categories(noted, [example.categories for example in shown])
    manifest = Manifest(
        data_hash=data_hash((*examples, *seeds, *community), background),
        relevant=own,
        irrelevant=len(refused),
        background=len(unlabelled),
        community=len(community),
        seed=seed,
        features_version=READ_AS,
        libraries=library_versions(),
        # How well keywords are told from papers says nothing of how well papers are ranked.
        auc=trial.auc if trial and is_paper.all() else None,
        average_precision=trial.average_precision if trial and is_paper.all() else None,
        held_out=held_out,
        gain=gain,
        categories=reports,
        seeds=len(seeds),
        warnings=tuple(_warnings(own, len(seeds), len(unlabelled), reports)),
    )
    return TrainedModel(
        space=space,
        relevance=relevance,
        calibrator=tuning.calibrator,
        categories=named,
        noted=noted,
        noted_names=tuple((str(example.paper.id), example.paper.title) for example in shown),
        manifest=manifest,
        others=others,
        step=tuning.step(lift),
    )


def _latest(papers: Sequence[Paper]) -> list[Paper]:
    """Return the papers that words and topics are learned from, labelled or not, in order of id.

    A label moves no paper in or out, so that a space once learned holds until the archive grows.
    """
    days = paper_days(papers)
    return sorted((papers[place] for place in np.argsort(days, kind="stable")[-RECENT:]), key=lambda p: p.id)


def _as_known_before(
    evidence: Evidence, relevant: Sequence[Example], refused: Sequence[Example], earlier: Sequence[Example]
) -> Evidence:
    """Weigh evidence as it was known earlier; a paper since refused was an unlabelled one."""
    held = {example.paper.id: example.relevant for example in earlier if example.paper.id}
    titles = {example.paper.title for example in earlier if not example.paper.id}
    noted = [held.get(one.paper.id) is True or one.paper.title in titles for one in relevant]
    others = evidence.other_weights.copy()
    for place, one in enumerate(refused, start=len(others) - len(refused)):
        if held.get(one.paper.id) is not False:
            others[place] = 1.0
    return replace(evidence, weights=evidence.weights * np.array(noted), other_weights=others)


def community_taste(
    space: Space,
    community: Sequence[Example],
    papers: Sequence[Paper],
    placed: Placed,
    *,
    cache: FeatureCache | None,
    seed: int,
) -> Relevance | None:
    """Learn what other people pick out of a listing's papers; None when too few picks are known.

    Parameters
    ----------
    community : sequence of Example
        What they picked.
    papers : sequence of Paper
        What they had to choose from.
    placed : Placed
        The same papers in the space.
    """
    picked = [example.paper for example in community if example.relevant]
    if len(picked) < FEWEST_COMMUNITY:
        return None
    ids = {paper.id for paper in picked}
    left = np.array([paper.id not in ids for paper in papers], dtype=bool)
    return fit_relevance(
        Evidence(
            space.place(count_papers(picked, cache), paper_days(picked), form_of(picked), names_of(picked)),
            np.ones(len(picked)),
            placed.rows(np.flatnonzero(left)),
            np.ones(int(left.sum())),
        ),
        seed=seed,
    )


def _lift(
    noted: Sequence[Paper],
    unlabelled: Sequence[Paper],
    community: Sequence[Example],
    categories: Collection[str],
) -> float:
    """Return what it says of a candidate that others had picked it before it was announced here."""
    picked = {one.paper.id: one.labelled_on for one in community if one.relevant and one.paper.id}

    def days(papers: Sequence[Paper]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        dated = [
            (paper.announced.toordinal(), on.toordinal() if (on := picked.get(paper.id)) else NEVER)
            for paper in papers
            if paper.announced and (not categories or paper.primary_category in categories)
        ]
        announced, by_others = np.array(dated, dtype=np.int64).reshape(-1, 2).T
        return announced, by_others

    return lift_of_others(*days(noted), *days(unlabelled))


def paper_days(papers: Sequence[Paper]) -> NDArray[np.int64]:
    """Return the ordinal of the day that each paper was announced, else submitted, else 0."""
    days = [paper.announced or paper.submitted for paper in papers]
    return np.array([day.toordinal() if day else 0 for day in days], dtype=np.int64)


def library_versions() -> tuple[tuple[str, str], ...]:
    """Return the libraries that a model depends on, with their versions."""
    return tuple((name, version(name)) for name in ("numpy", "scikit-learn", "scipy"))


def _warnings(relevant: int, seeds: int, background: int, reports: Sequence[CategoryReport]) -> list[str]:
    found = []
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
            f"only {background} unlabelled papers to compare with: import a few weeks of listings "
            "('triage archive import FILE')"
        )
    small = [report.name for report in reports if not report.learned]
    if small:
        found.append(
            f"too few notes to learn these categories (at least {ENOUGH_NOTES} are needed): {', '.join(small)}"
        )
    return found


def data_hash(examples: Sequence[Example], background: Sequence[Paper]) -> str:
    """Return the SHA-256 of everything that a model learns from, in the order given."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(
            repr(
                (
                    example.paper.id,
                    example.paper.title,
                    example.paper.abstract,
                    example.paper.authors,
                    example.paper.categories,
                    example.paper.submitted,
                    example.relevant,
                    example.weight,
                    example.categories,
                    example.labelled_on,
                )
            ).encode("utf-8", "surrogatepass")
        )
    for paper in background:
        digest.update(
            repr(
                (paper.id, paper.title, paper.abstract, paper.authors, paper.categories, paper.submitted)
            ).encode("utf-8", "surrogatepass")
        )
    return digest.hexdigest()
