"""What the reader said, as examples to learn from.  Pure decisions over plain values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from triage.config.schema import SeedsConfig
from triage.papers import ArxivId, Example, Label, LabelSource, Paper, title_key
from triage.store.labels import CurrentLabel, LoggedLabel
from triage.store.schema import split_categories
from triage.training.lookup import Finding

HINT_WEIGHT = 0.4
"""How much a keyword or an author counts, compared to a noted paper."""

LEFT_ALONE_WEIGHT = 0.2
"""How much a pick that was shown and left alone counts against its like, compared to a plain no."""

_ABOUT_THE_RECORD = re.compile(
    r"\b(?:arxiv|preprints?|pdf|github|https?|links?|url|available)\b", re.IGNORECASE
)
"""Words of a note that say where a paper is, not what it is about."""


def note_labels(
    findings: Sequence[Finding],
    categories: Mapping[int, tuple[str, ...]],
    log: Sequence[LoggedLabel],
    now: datetime,
) -> list[Label]:
    """Return the labels that the notes say now and did not say before.

    A note says once that its paper is relevant: what the reader said later, in a digest or by
    command, is not overruled by reading the note again, also when it was moved to another category.

    Parameters
    ----------
    findings : sequence of Finding
    categories : mapping of int to tuple of str
        The reader's categories of each finding, by its position.
    log : sequence of LoggedLabel
        All that was said before.
    now : datetime
        UTC.
    """
    before: dict[ArxivId, tuple[str, ...] | None] = {}
    for entry in log:
        if entry.label.source is LabelSource.NOTES:
            before[entry.label.paper] = entry.label.categories
    said: dict[ArxivId, Label] = {}
    grouped: dict[ArxivId, list[str]] = {}
    for position, finding in enumerate(findings):
        if finding.paper is None:
            continue
        names = grouped.setdefault(finding.paper.id, [])
        names.extend(name for name in split_categories(categories.get(position, ())) if name not in names)
        first = said.get(finding.paper.id)
        where = f"{finding.entry.file}:{finding.entry.line}"
        said[finding.paper.id] = Label(
            paper=finding.paper.id,
            said_at=now,
            source=LabelSource.NOTES,
            relevant=True,
            categories=tuple(names) or None,
            where=f"{first.where}, {where}" if first else where,
        )
    return [
        replace(label, relevant=None) if paper in before else label
        for paper, label in said.items()
        if paper not in before or before[paper] != label.categories
    ]


def examples_from(
    current_labels: Mapping[ArxivId, CurrentLabel],
    papers: Mapping[ArxivId, Paper],
    noted_on: Mapping[ArxivId, date],
    unknown: Sequence[Example],
    left_alone: Collection[ArxivId],
) -> list[Example]:
    """Return the examples that a model learns from, in a fixed order.

    Parameters
    ----------
    opinions : mapping of ArxivId to Opinion
        What the reader holds of each paper: the last word.
    papers : mapping of ArxivId to Paper
        The papers known; an opinion on another is left out.
    noted_on : mapping of ArxivId to date
        When a note says the paper was noted.
    unknown : sequence of Example
        Noted papers that stay unknown (see :func:`unknown_example`).
    left_alone : collection of ArxivId
        Picks that were shown and that the reader passed over.
    """
    examples = []
    for arxiv_id, current in sorted(current_labels.items()):
        paper = papers.get(arxiv_id)
        if paper is None or current.relevant is None:
            continue
        said = current.relevance_label
        when = noted_on.get(arxiv_id)
        if said is not None and said.source is not LabelSource.NOTES:
            when = said.said_at.date()
        examples.append(
            Example(
                paper=paper,
                relevant=current.relevant,
                categories=(current.categories or ()) if current.relevant else (),
                labelled_on=when,
            )
        )
    examples += merged_unknown(unknown)
    for arxiv_id in sorted(left_alone):
        held = current_labels.get(arxiv_id)
        if arxiv_id in papers and (held is None or held.relevant is None) and not (held and held.read):
            examples.append(Example(paper=papers[arxiv_id], relevant=False, weight=LEFT_ALONE_WEIGHT))
    return examples


def others_examples(
    picks: Sequence[tuple[date, ArxivId]], papers: Mapping[ArxivId, Paper], before: date | None
) -> list[Example]:
    """Return what other people picked, as examples of their taste, in the order given.

    Parameters
    ----------
    picks : sequence of (date, ArxivId)
    papers : mapping of ArxivId to Paper
        The papers known; a pick of another is left out.
    before : date, optional
        The listing day to be ranked: its candidates, and later papers, teach nothing yet.
    """
    return [
        Example(paper=paper, labelled_on=day)
        for day, arxiv_id in picks
        if (paper := papers.get(arxiv_id)) is not None
        and (before is None or paper.announced is None or paper.announced < before)
    ]


def seed_examples(
    seeds: SeedsConfig, papers: Mapping[ArxivId, Paper], current_labels: Mapping[ArxivId, CurrentLabel]
) -> list[Example]:
    """Return what the reader named to begin with, as examples.

    A paper named by id is relevant as if it was noted, unless the reader has said what they hold of
    it.  A keyword or an author is a weak example: a paper of which only that is known.
    """
    named = [
        Example(paper=papers[arxiv_id])
        for arxiv_id in dict.fromkeys(ArxivId(one) for one in seeds.ids)
        if arxiv_id in papers
        and (arxiv_id not in current_labels or current_labels[arxiv_id].relevant is None)
    ]
    hints = [Paper(id=ArxivId(""), title=keyword) for keyword in dict.fromkeys(seeds.keywords)]
    hints += [Paper(id=ArxivId(""), title="", authors=(name,)) for name in dict.fromkeys(seeds.authors)]
    return named + [Example(paper=hint, weight=HINT_WEIGHT) for hint in hints]


def merged_unknown(unknown: Sequence[Example]) -> list[Example]:
    """Return one example a paper, though it is noted in several places, in order of title."""
    merged: dict[str, Example] = {}
    for example in sorted(unknown, key=lambda one: (title_key(one.paper.title), one.paper.abstract)):
        key = title_key(example.paper.title)
        first = merged.get(key)
        if first is None or not key:
            merged[key or f"untitled {len(merged)}"] = example
            continue
        texts = dict.fromkeys(filter(None, (first.paper.abstract, example.paper.abstract)))
        merged[key] = replace(
            first,
            paper=replace(first.paper, abstract=" ".join(texts)),
            categories=tuple(dict.fromkeys((*first.categories, *example.categories))),
            labelled_on=first.labelled_on or example.labelled_on,
        )
    return list(merged.values())


def unknown_example(finding: Finding, english: str, categories: tuple[str, ...]) -> Example | None:
    """Return what can be learned from a noted paper that stays unknown: its title and English text.

    None when there is nothing in Latin letters to learn from.
    """
    title = finding.entry.title
    english = " ".join(_ABOUT_THE_RECORD.sub(" ", english).split())
    letters = sum(character.isascii() and character.isalpha() for character in title + english)
    if letters < 12:
        return None
    return Example(
        paper=Paper(id=ArxivId(""), title=title, abstract=english),
        categories=categories,
        labelled_on=finding.entry.noted_on,
    )
