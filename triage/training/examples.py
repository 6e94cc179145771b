"""Labels and examples from notes and the label log.  Pure decisions over plain values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from triage.config.schema import SeedsConfig
from triage.papers import (
    ArxivId,
    Example,
    Label,
    LabelSource,
    Paper,
    title_key,
)
from triage.store.labels import CurrentLabel, LoggedLabel
from triage.store.schema import split_categories
from triage.training.lookup import EntryMatch

HINT_WEIGHT = 0.4
"""How much a keyword or an author counts, compared to a noted paper."""

LEFT_ALONE_WEIGHT = 0.2
"""How much a pick that was shown and left alone counts as a negative, compared to an irrelevant label."""

_ABOUT_THE_RECORD = re.compile(
    r"\b(?:arxiv|preprints?|pdf|github|https?|links?|url|available)\b", re.IGNORECASE
)
"""Words of a note that say where a paper is, not what it is about."""


def note_labels(
    matches: Sequence[EntryMatch],
    categories: Mapping[int, tuple[str, ...]],
    log: Sequence[LoggedLabel],
    now: datetime,
) -> list[Label]:
    """Return the labels that the notes give now and did not give before.

    A note labels its paper relevant once: a later label, from a digest or a command, is not
    overruled by reading the note again, also when it was moved to another category.
    ``categories`` has the reader's categories of each match by its position.
    """
    before = {
        entry.label.paper: entry.label.categories for entry in log if entry.label.source is LabelSource.NOTES
    }
    labels: dict[ArxivId, Label] = {}
    for position, match in enumerate(matches):
        if match.paper is None:
            continue
        first = labels.get(match.paper.id)
        names = ((first and first.categories) or ()) + categories.get(position, ())
        where = f"{match.entry.file}:{match.entry.line}"
        labels[match.paper.id] = Label(
            paper=match.paper.id,
            said_at=now,
            source=LabelSource.NOTES,
            relevant=True,
            categories=split_categories(names) or None,
            where=f"{first.where}, {where}" if first else where,
        )
    return [
        replace(label, relevant=None) if paper in before else label
        for paper, label in labels.items()
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

    Labels of papers that are not known are left out.  ``unknown`` are noted papers that stay unknown
    (:func:`unknown_example`), ``left_alone`` picks that were shown and got no label.
    """
    examples = []
    for arxiv_id, current in sorted(current_labels.items()):
        paper = papers.get(arxiv_id)
        if paper is None or current.relevant is None:
            continue
        label = current.relevance_label
        labelled_on = noted_on.get(arxiv_id)
        if label is not None and label.source is not LabelSource.NOTES:
            labelled_on = label.said_at.date()
        examples.append(
            Example(
                paper=paper,
                relevant=current.relevant,
                categories=(current.categories or ()) if current.relevant else (),
                labelled_on=labelled_on,
            )
        )
    examples += merged_unknown(unknown)
    for arxiv_id in sorted(left_alone):
        label_now = current_labels.get(arxiv_id)
        unlabelled = label_now is None or (label_now.relevant is None and not label_now.read)
        if arxiv_id in papers and unlabelled:
            examples.append(Example(paper=papers[arxiv_id], relevant=False, weight=LEFT_ALONE_WEIGHT))
    return examples


def seed_examples(
    seeds: SeedsConfig, papers: Mapping[ArxivId, Paper], current_labels: Mapping[ArxivId, CurrentLabel]
) -> list[Example]:
    """Return the seeds as examples.

    A paper named by id is relevant as if it was noted, unless the reader has labelled it.  A keyword
    or an author is a weak example: a paper of which only that is known.
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


def unknown_example(match: EntryMatch, english: str, categories: tuple[str, ...]) -> Example | None:
    """Return what can be learned from a noted paper that stays unknown: its title and English text.

    None when there is nothing in Latin letters to learn from.
    """
    title = match.entry.title
    english = " ".join(_ABOUT_THE_RECORD.sub(" ", english).split())
    letters = sum(character.isascii() and character.isalpha() for character in title + english)
    if letters < 12:
        return None
    return Example(
        paper=Paper(id=ArxivId(""), title=title, abstract=english),
        categories=categories,
        labelled_on=match.entry.noted_on,
    )
