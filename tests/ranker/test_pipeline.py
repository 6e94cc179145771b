"""The ranker is a scikit-learn estimator, and docs/ranker.md is true."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import triage.ranker
from tests.ranker.papers import archive, paper
from triage.ranker.matrix import PaperVectorizer
from triage.ranker.pipeline import make_ranker
from triage.ranker.relevance import AuthorLogOdds, MetadataDiscriminant, TopicDiscriminant, WordClassifier

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ranker.md").read_text("utf-8")
ROOM = Path(triage.ranker.__file__).parent
LAW = [paper(500 + n, "law") for n in range(12)]
PAPERS, LABELS = [*LAW, *archive(300)], [1] * 12 + [-1] * 300


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "triage" / "sample" / "archive.jsonl", tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    for block in blocks:
        exec(block, names)
    lines = [line for line in blocks[0].splitlines() if line]
    assert len([line for line in lines if not line.startswith("from")]) <= 5
    found = np.array(names["labels"]) == 1
    assert names["probabilities"][found].mean() > names["probabilities"][~found].mean()
    assert names["areas"].mean() > 0.6


def test_the_page_names_parameters_with_their_defaults_and_all_modules() -> None:
    params = make_ranker().get_params()
    for name, default in re.findall(r"^\| `(\w+__\w+)` \|.*\| (\S+) \|$", PAGE, flags=re.M):
        assert str(params[name]) == default
    modules = {file.stem for file in ROOM.glob("*.py")} - {"__init__"}
    assert modules == {
        name
        for cell in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ", PAGE.split("| module |")[1], flags=re.M)
        for name in re.findall(r"\w+", cell)
    }


def test_a_clone_learns_the_same() -> None:
    ranker = make_ranker(C=0.02, n_components=10)
    again = clone(ranker)
    assert again.get_params()["ranker__relevance__words__C"] == 0.02
    first, second = (one.fit(PAPERS, LABELS).decision_function(PAPERS) for one in (ranker, again))
    assert (first == second).all()


def test_a_weight_of_zero_is_as_if_the_paper_was_not_there() -> None:
    with_it, without = make_ranker(n_components=10), make_ranker(n_components=10)
    weights = np.ones(len(PAPERS))
    weights[0] = 0
    for ranker in (with_it, without):
        ranker.set_params(features__max_papers=100)  # the dated ones, so that both have the same features
    with_it.fit(PAPERS, LABELS, ranker__sample_weight=weights)
    without.fit(PAPERS[1:], LABELS[1:])
    today = archive(20, from_number=50_000)
    assert np.allclose(with_it.decision_function(today), without.decision_function(today), atol=1e-5)


def test_probabilities_are_those_of_two_classes() -> None:
    ranker = make_ranker(n_components=10).fit(PAPERS, LABELS)
    probabilities = ranker.predict_proba(PAPERS)
    assert probabilities.shape == (len(PAPERS), 2)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert set(ranker.predict(PAPERS)) <= set(ranker[-1].classes_)


@pytest.mark.parametrize(
    "estimator", [WordClassifier(), TopicDiscriminant(), MetadataDiscriminant(), AuthorLogOdds()]
)
def test_each_part_is_an_estimator_of_its_own(estimator: Any) -> None:
    counts, space, _ = make_ranker(n_components=10).named_steps.values()
    X = space.fit_transform(counts.transform(PAPERS))
    y = np.array(LABELS)
    fitted = clone(estimator).fit(X, y, np.where(y == 1, 1 / 12, 1 / 300))
    assert fitted.decision_function(X).shape == (len(PAPERS),)
    assert set(estimator.get_params()) == set(inspect.signature(type(estimator)).parameters)


def test_the_vectorizer_keeps_its_cache_when_cloned() -> None:
    cache = object()
    assert clone(PaperVectorizer(cache)).cache is cache  # type: ignore[arg-type]
