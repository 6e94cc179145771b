"""Whatever the archive and the notes are, there is a model, and no certainty from nothing."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from triage.cli.app import app
from triage.evaluate.backtest import backtest
from triage.papers import ArxivId, Example, Paper
from triage.ranker.training import train

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
WORDS = [
    "emu",
    "sheep",
    "control",
    "robust",
    "stable",
    "language",
    "model",
    "graph",
    "learning",
    "the",
    "of",
    "and",
    "7",
    "42",
    "2026",
    "🎉",
    "∑",
]
UNCOUNTABLE = ["the", "of", "and", "7", "42", "🎉"]
MONDAY = date(2026, 1, 5)
NOBODY_KNOWS = 10
"""With fewer unlabelled papers no probability may be high."""

texts = st.sampled_from(["none", "uncountable", "same", "words"])
days = st.sampled_from(["none", "one", "edge", "many"])
seeds = st.integers(0, 10_000)


def text(draw: random.Random, kind: str) -> str:
    if kind == "same":
        return "We study stable emu control with a regulator."
    words = {"none": [], "uncountable": UNCOUNTABLE, "words": WORDS}[kind]
    return " ".join(draw.choice(words) for _ in range(draw.randint(1, 20))) if words else ""


def paper(draw: random.Random, number: int, title: str, abstract: str, days: str) -> Paper:
    day = {
        "none": None,
        "one": MONDAY,
        "edge": draw.choice([date(1, 1, 1), date(9999, 12, 31), MONDAY]),
        "many": MONDAY + timedelta(days=draw.randint(0, 60)),
    }[days]
    moment = datetime(day.year, day.month, day.day, draw.randint(0, 23), tzinfo=UTC) if day else None
    title = text(draw, draw.choice([title, "words"])) or "t"
    authors = tuple(f"N {draw.randint(0, 9)}" for _ in range(draw.randint(0, 2)))
    return Paper(
        ArxivId(f"2601.{number:05d}"),
        title,
        text(draw, abstract),
        authors,
        ("cs.CL",),
        1,
        moment,
        moment,
        day,
    )


@settings(max_examples=40, deadline=None)
@given(
    seeds,
    texts,
    texts,
    days,
    st.sampled_from([0, 1, 2, 9, 30, 120]),
    st.sampled_from([1, 2, 6, 60]),
    st.integers(0, 3),
)
def test_any_archive_gives_a_model_and_no_certainty_from_nothing(
    seed: int, title: str, abstract: str, days: str, unlabelled: int, relevant: int, negatives: int
) -> None:
    draw = random.Random(seed)
    made = [paper(draw, n, title, abstract, days) for n in range(1, unlabelled + relevant + negatives + 21)]
    candidates, background, rest = made[:20], made[20 : 20 + unlabelled], made[20 + unlabelled :]
    examples = [Example(one, n < relevant, labelled_on=MONDAY) for n, one in enumerate(rest)]
    model = train(examples, background, categories=["cs.CL"])
    scored = model.score(candidates)
    probabilities = np.array([one.probability for one in scored])
    assert np.isfinite([one.score for one in scored]).all()
    assert max(abs(one.score) for one in scored) < 100
    assert (probabilities > 0).all()
    if unlabelled + negatives < NOBODY_KNOWS:
        assert (probabilities < 0.5).all()
        assert any("so probabilities are rough" in one for one in model.manifest.warnings)
    again = model.from_bytes(model.to_bytes(), model.manifest).score(candidates)
    assert [one.probability for one in again] == probabilities.tolist()


@settings(max_examples=10, deadline=None)
@given(seeds, texts, texts, st.sampled_from(["one", "many"]), st.integers(1, 60), st.integers(0, 12))
def test_past_days_are_scored_from_the_first_one_on(
    seed: int, title: str, abstract: str, days: str, papers: int, picks: int
) -> None:
    draw = random.Random(seed)
    made = [paper(draw, n, title, abstract, days) for n in range(1, papers + 1)]
    picked = {one.id: one.announced for one in made[:picks] if one.announced}
    first = min(one.announced for one in made if one.announced)
    scored = list(backtest(made, picked, categories=["cs.CL"], first=first, last=first + timedelta(days=90)))
    assert sum(len(day.papers) for day in scored) == papers
    assert all(np.isfinite(day.scores).all() and (day.probabilities < 1).all() for day in scored)


def test_two_days_after_the_first_words_count() -> None:
    """The first day knows no word; the month must not go on like that."""
    draw = random.Random(0)
    made = [paper(draw, n, "words", "words", "many") for n in range(1, 400)]
    picked = {one.id: one.announced for one in made if "sheep" in one.title and one.announced}
    scored = list(
        backtest(made, picked, categories=["cs.CL"], first=MONDAY, last=MONDAY + timedelta(days=25))
    )
    assert len(set(np.round(scored[-1].scores, 4))) > 1


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds, texts, texts, st.integers(0, 40), st.integers(1, 8))
def test_the_commands_work_on_any_archive(
    seed: int, title: str, abstract: str, papers: int, noted: int
) -> None:
    draw = random.Random(seed)
    made = [paper(draw, n, title, abstract, "many") for n in range(1, papers + noted + 1)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = [
            {"id": one.id, "title": one.title, "abstract": one.abstract, "categories": ["cs.CL"]}
            | {"announced": str(one.announced)}
            for one in made
        ]
        (folder / "archive.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
        notes = "".join(f"- [{one.title}]({one.abs_url})\n" for one in made[:noted])
        (folder / "notes").mkdir()
        (folder / "notes" / "notes.md").write_text(f"# Control\n{notes}")
        (folder / "config.yaml").write_text("categories: [cs.CL]\nseeds: {keywords: [the]}\n")
        for command in (
            ["archive", "import", str(folder / "archive.jsonl")],
            ["learn", "--offline"],
            ["retrain"],
            ["rank", "--listing", str(folder / "archive.jsonl")],
            ["backtest", "--mine", "--from", str(min(one.announced for one in made if one.announced))],
        ):
            result = CliRunner().invoke(app, [*command, "--config", str(folder / "config.yaml")])
            # Too little to measure is a sentence and exit status 1, never a traceback.
            assert result.exception is None or isinstance(result.exception, SystemExit), (
                command,
                result.output,
            )
            assert "Traceback" not in result.output


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_when_arxiv_was_not_is_refused_by_its_line(tmp_path: Path, time: str) -> None:
    file = tmp_path / "archive.jsonl"
    file.write_text(json.dumps({"id": "2601.00001", "title": "Emus", "submitted": time}))
    (tmp_path / "config.yaml").write_text("categories: [cs.CL]\n")
    result = CliRunner().invoke(
        app, ["archive", "import", str(file), "--config", str(tmp_path / "config.yaml")]
    )
    assert result.exit_code == 1
    assert "line 1" in result.output
