"""The metadata of papers, apart from the subject, and a reader who goes by them."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from triage.papers import ArxivId, Example, Paper
from triage.ranker.metadata import METADATA, metadata_features
from triage.ranker.model import TrainedModel
from triage.ranker.training import train

METADATA_WEIGHT = 0.8
PAPER = Paper(
    id=ArxivId("2401.00001"),
    title="GridBERT: does it help?",
    abstract="We gain 12% on 3 sets. Code: https://example.org. We hope so.",
    authors=("A", "B"),
    categories=("cs.CL", "cs.LG"),
    submitted=datetime(2024, 1, 1, 6, 0, tzinfo=UTC),
)


def feature(paper: Paper, name: str) -> float:
    return float(metadata_features([paper])[0, [*METADATA].index(name)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title length", np.log1p(23)),
        ("title words", np.log1p(4)),
        ("abstract digits", np.log1p(3)),
        ("title has a colon", 1),
        ("title has a question mark", 1),
        ("categories", 2),
        ("abstract has a link", 1),
        ("abstract percentages", np.log1p(1)),
        ("title has an acronym", 1),
        ("authors", np.log1p(2)),
        ("minutes since the last deadline", np.log1p(59 * 60)),  # since Friday 14:00 Eastern
        ("minutes until the next deadline", np.log1p(13 * 60)),  # until Monday 14:00 Eastern
        ("abstract first person", np.log1p(2)),
        ("title words before the colon", 1),
        ("abstract parentheses", 0),
    ],
)
def test_metadata_are_read_off_the_record(name: str, value: float) -> None:
    assert feature(PAPER, name) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("submitted", "since", "until"),
    [
        (datetime(2024, 1, 9, 18, 59, tzinfo=UTC), 24 * 60 - 1, 1),
        (datetime(2024, 7, 9, 17, 59, tzinfo=UTC), 24 * 60 - 1, 1),  # Eastern summer time
        (datetime(2024, 7, 9, 18, 0, tzinfo=UTC), 0, 24 * 60),
        (datetime(2024, 7, 12, 17, 50, tzinfo=UTC), 24 * 60 - 10, 10),  # a Friday
        (datetime(2024, 7, 13, 17, 50, tzinfo=UTC), 24 * 60 - 10, 48 * 60 + 10),  # Saturdays have none
        (datetime(2024, 7, 15, 2, 0, tzinfo=UTC), 56 * 60, 16 * 60),  # still Sunday in New York
    ],
)
def test_the_time_counts_from_one_deadline_to_the_next(
    submitted: datetime, since: float, until: float
) -> None:
    paper = replace(PAPER, submitted=submitted)
    assert feature(paper, "minutes since the last deadline") == pytest.approx(np.log1p(since))
    assert feature(paper, "minutes until the next deadline") == pytest.approx(np.log1p(until))


def test_what_a_record_does_not_say_is_unknown() -> None:
    unknown = {
        "authors": replace(PAPER, authors=()),
        "minutes since the last deadline": replace(PAPER, submitted=None),
        "minutes until the next deadline": replace(PAPER, submitted=None),
    }
    assert all(np.isnan(feature(paper, name)) for name, paper in unknown.items())
    assert np.isfinite(metadata_features([PAPER])).all()


def test_a_paper_known_by_its_title_alone_has_no_metadata() -> None:
    assert np.isnan(metadata_features([replace(PAPER, abstract="")])).all()


def test_what_comes_after_a_thousand_characters_does_not_count() -> None:
    """Some archives cut abstracts there: the same paper must have the same metadata in each."""
    long = replace(PAPER, abstract="word " * 200 + "We gain 99%.")
    cut = replace(PAPER, abstract=("word " * 200 + "We gain 99%.")[:1000])
    assert (metadata_features([long]) == metadata_features([cut])).all()


def scored(model: TrainedModel, paper: Paper) -> float:
    return model.score([paper])[0].score


def test_a_reader_who_picks_short_titles_is_understood() -> None:
    rng = random.Random(3)
    subjects = ["parsing trees", "speech sounds", "legal texts", "medical notes", "old poems"]
    first = date(2024, 1, 1)

    def paper(number: int, words: int, day: date) -> Paper:
        subject = rng.choice(subjects)
        return Paper(
            id=ArxivId(f"2401.{number:05d}"),
            title=" ".join([subject, *("and further matters considered" for _ in range(words))]),
            abstract=f"This work is about {subject} and about what {rng.choice(subjects)} have to do with it.",
            categories=("cs.CL",),
            announced=day,
        )

    days = [first + timedelta(days=number) for number in range(60)]
    background = [paper(20 * n + k, 1 + k % 4, day) for n, day in enumerate(days) for k in range(20)]
    noted = [Example(paper(5000 + n, 0, day)) for n, day in enumerate(days)]
    model = train(noted, background)
    short = Paper(ArxivId("2403.00001"), "parsing trees", background[0].abstract, categories=("cs.CL",))
    long = replace(
        short, id=ArxivId("2403.00000"), title="parsing trees" + " and further matters considered" * 3
    )
    gain = [scored(model, short) - scored(model, long)]
    model.ranker.coef_.metadata = np.zeros_like(model.ranker.coef_.metadata)
    gain += [scored(model, short) - scored(model, long)]
    assert gain[0] > gain[1] + 0.1 * METADATA_WEIGHT


def test_a_reader_of_what_was_handed_in_at_the_last_minute_is_understood() -> None:
    """Half of the records don't say when they were handed in, and more of those left alone than of the
    noted ones: an unknown time must speak neither for nor against a paper."""
    rng = random.Random(4)

    def paper(number: int, day: int, minutes: int) -> Paper:
        until = datetime(2024, 1, 2, 19, 0, tzinfo=UTC) + timedelta(days=day)
        return Paper(
            id=ArxivId(f"2401.{number:05d}"),
            title="one of many",
            abstract=" ".join(rng.choices(["parsing", "speech", "poems", "notes", "trees", "law"], k=30)),
            submitted=None
            if rng.random() < (0.2 if minutes < 10 else 0.5)
            else until - timedelta(minutes=minutes),
            announced=date(2024, 1, 3) + timedelta(days=day),
        )

    background = [paper(20 * n + k, n, 60 + 60 * k) for n in range(40) for k in range(20)]
    model = train([Example(paper(5000 + n, n, 5)) for n in range(40)], background)
    late, early, unknown = (
        replace(background[0], id=ArxivId(f"2403.0000{n}"), submitted=submitted)
        for n, submitted in enumerate(
            [datetime(2024, 3, 5, 18, 56, tzinfo=UTC), datetime(2024, 3, 5, 6, 0, tzinfo=UTC), None]
        )
    )
    scores = {one.paper.id: one.score for one in model.score([late, early, unknown], explain=False)}
    assert scores[late.id] > scores[unknown.id] + 0.5 * METADATA_WEIGHT
    assert scores[early.id] == pytest.approx(scores[unknown.id], abs=0.5 * METADATA_WEIGHT)


def test_reasons_count_what_leaving_a_word_out_does_to_the_metadata() -> None:
    model = _short_title_model()
    assert model.ranker.coef_.metadata.any()
    # Plain words only, so that two that are read side by side stand side by side in the text.
    paper = replace(
        PAPER, title="grid code term1 term2", abstract="gain sets term3 term4 help hope term5 " * 3
    )
    (one,) = model.score([paper])
    assert one.explanation.contributions
    for word in one.explanation.contributions:
        text = [_cut(part, word.term) for part in (paper.title, paper.abstract)]
        (without,) = model.score([replace(paper, title=text[0], abstract=text[1])], explain=False)
        assert one.score - without.score == pytest.approx(word.value, abs=1e-3), word


def _short_title_model() -> TrainedModel:
    rng = random.Random(5)
    vocabulary = [f"term{n}" for n in range(40)] + ["grid", "code", "gain", "sets", "help", "hope"]

    def paper(number: int, day: int, words: int) -> Paper:
        return Paper(
            id=ArxivId(f"2401.{number:05d}"),
            title=" ".join(rng.choices(vocabulary, k=words)),
            abstract=" ".join(rng.choices(vocabulary, k=40)),
            announced=date(2024, 1, 1) + timedelta(days=day),
        )

    background = [paper(20 * n + k, n, 6 + k % 6) for n in range(40) for k in range(20)]
    return train([Example(paper(5000 + n, n, 3)) for n in range(40)], background)


def _cut(text: str, term: str) -> str:
    pattern = r"(?<!\w)" + r"\W+".join(map(re.escape, term.split())) + r"(?!\w)"
    return " ".join(re.sub(pattern, " ", text, flags=re.IGNORECASE).split())
