"""Past days are scored with the knowledge of each day, and measured as the field measures."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.ranker.papers import archive
from triage.cli.app import app
from triage.errors import ModelError
from triage.evaluate.backtest import ScoredDay, backtest
from triage.evaluate.measures import measure, reliability
from triage.evaluate.picks import read_picks
from triage.papers import ArxivId, Paper
from triage.ranker.metrics import CalibrationBin


def signed(paper: Paper) -> Paper:
    """Give a paper authors and a time of submission, so that these are scored as well."""
    draw = random.Random(str(paper.id))
    assert paper.announced is not None
    handed_in = datetime.combine(paper.announced, time(draw.randrange(24), draw.randrange(60)), UTC)
    return replace(
        paper,
        authors=tuple(f"Author {draw.randrange(150)}" for _ in range(3)),
        submitted=handed_in - timedelta(days=1),
    )


PAPERS = [signed(paper) for paper in archive(1_200)]
"""Sixty days from 2024-01-01, twenty papers a day, every fifth on the same subject."""
LAW = [paper for n, paper in enumerate(PAPERS) if n % 5 == 0]
PICKS = {one.id: one.announced for one in random.Random(1).sample(LAW, 60) if one.announced}
OTHERS = {one.id: one.announced for one in random.Random(2).sample(PAPERS[2::5], 60) if one.announced}
FIRST, LAST = date(2024, 1, 20), date(2024, 2, 10)


def walked(
    papers: list[Paper],
    picks: dict[ArxivId, date],
    last: date = LAST,
    community: dict[ArxivId, date] | None = None,
) -> list[ScoredDay]:
    return list(backtest(papers, picks, categories=["cs.CL"], first=FIRST, last=last, community=community))


def test_every_candidate_of_every_day_is_scored() -> None:
    days = walked(PAPERS, PICKS)
    assert [day.day for day in days] == [FIRST + timedelta(days=n) for n in range(22)]
    assert all(len(day.papers) == len(day.scores) == len(day.probabilities) == 20 for day in days)


def test_what_was_picked_is_found_again() -> None:
    measures = measure(walked(PAPERS, PICKS)).scopes[0].measures
    assert measures["auc"].value > 0.85
    assert measures["auc"].low <= measures["auc"].value <= measures["auc"].high


@pytest.mark.parametrize("community", [None, OTHERS])
def test_later_papers_and_picks_change_nothing(community: dict[ArxivId, date] | None) -> None:
    cut = date(2024, 2, 3)
    whole = [day for day in walked(PAPERS, PICKS, community=community) if day.day <= cut]
    short = walked(
        [paper for paper in PAPERS if paper.announced and paper.announced <= cut],
        {one: day for one, day in PICKS.items() if day < cut},
        community={one: day for one, day in community.items() if day < cut} if community else None,
        last=cut,
    )
    assert len(whole) == len(short) > 10
    for one, other in zip(whole, short, strict=True):
        assert [paper.id for paper in one.papers] == [paper.id for paper in other.papers]
        assert np.abs(one.scores - other.scores).max() < 1e-6
        assert np.abs(one.probabilities - other.probabilities).max() < 1e-6


def test_a_pick_is_known_from_the_day_after() -> None:
    subject = [paper for paper in LAW if paper.announced and paper.announced >= FIRST]
    only = {subject[0].id: FIRST}
    days = walked(PAPERS, only)
    assert np.ptp(days[0].scores) == 0, "nothing is known on the day itself"
    assert np.ptp(days[1].scores) > 0


def test_without_picks_other_peoples_taste_ranks() -> None:
    days = walked(PAPERS, {LAW[-1].id: date(2024, 3, 1)}, community=OTHERS)
    assert all(np.ptp(day.scores) > 0 for day in days)


def test_only_primary_categories_are_candidates() -> None:
    other = [
        Paper(
            id=p.id, title=p.title, abstract=p.abstract, categories=("cs.CV", "cs.CL"), announced=p.announced
        )
        for p in PAPERS[:400]
    ]
    with pytest.raises(ModelError, match=r"no paper of cs\.CL"):
        walked(other, PICKS)


def test_a_window_without_a_pick_cannot_be_measured() -> None:
    with pytest.raises(ModelError, match="nothing to measure"):
        measure(walked(PAPERS, {}))


def test_months_and_probabilities_are_reported() -> None:
    measured = measure(walked(PAPERS, PICKS))
    assert [(scope.kind, scope.name) for scope in measured.scopes] == [
        ("all", "all"),
        ("month", "2024-01"),
        ("month", "2024-02"),
    ]
    assert measured.brier < measured.brier_of_rate
    assert sum(row.papers for row in measured.calibration) == measured.candidates == 440


def test_a_category_with_two_names_is_measured_once() -> None:
    def renamed(day: ScoredDay) -> ScoredDay:
        names = [("cs.SY", "eess.SY", "cs.CL")[n % 3] for n in range(len(day.papers))]
        return replace(
            day, papers=tuple(replace(p, categories=(n,)) for p, n in zip(day.papers, names, strict=True))
        )

    measured = measure(
        [merged(day) for day in zip(*[iter(map(renamed, walked(PAPERS, PICKS)))] * 4, strict=False)]
    )
    assert {scope.name for scope in measured.scopes if scope.kind == "category"} == {"cs.CL", "eess.SY"}


def merged(days: tuple[ScoredDay, ...]) -> ScoredDay:
    """Make one long day of several, so that its categories are large enough to be measured."""
    papers = tuple(paper for day in days for paper in day.papers)
    arrays = ([getattr(day, name) for day in days] for name in ("scores", "probabilities", "picked"))
    return ScoredDay(days[0].day, papers, *map(np.concatenate, arrays))


def test_negatives_weigh_against_its_like_from_the_next_day_on() -> None:
    speech = [paper for paper in PAPERS if "speech" in f"{paper.title} {paper.abstract}"]
    said_on = FIRST + timedelta(days=3)
    negatives = {paper.id: said_on for paper in speech if paper.announced and paper.announced <= said_on}
    plain = walked(PAPERS, PICKS)
    taught = list(backtest(PAPERS, PICKS, categories=["cs.CL"], first=FIRST, last=LAST, negatives=negatives))
    alike = {paper.id for paper in speech}
    before = [day.day for day, other in zip(plain, taught, strict=True) if (day.scores == other.scores).all()]
    assert before == [FIRST + timedelta(days=n) for n in range(4)]

    def mean_rank(days: list[ScoredDay]) -> float:
        return float(
            np.mean(
                [
                    rank
                    for day in days[4:]
                    for rank, place in enumerate(np.argsort(-day.scores))
                    if day.papers[place].id in alike and not day.picked[place]
                ]
            )
        )

    assert mean_rank(taught) > mean_rank(plain)


def test_the_reasons_for_a_past_score_are_those_of_its_day() -> None:
    day = walked(PAPERS, PICKS, last=date(2024, 2, 5))[-1]
    best = day.papers[int(np.argmax(day.scores))]
    (*_, again) = backtest(
        PAPERS,
        PICKS,
        categories=["cs.CL"],
        first=FIRST,
        last=date(2024, 2, 5),
        explain=lambda scored: [best.id] if scored.day == day.day else [],
    )
    why = again.explanations[best.id]
    assert any(word.value > 0 for word in why.contributions)
    assert all(word.term.split()[0] in f"{best.title} {best.abstract}" for word in why.contributions)
    assert why.nearest_notes
    assert all(PICKS[near.id] < day.day for near in why.nearest_notes)


def test_a_bad_line_of_a_picks_file_is_reported_and_skipped(tmp_path: Path) -> None:
    rows = ["2023-11-20\t2311.09210", "2023-11-21\tnonsense", "soon\t2311.09211", "2023-11-22", ""]
    rows += ["2023-11-23\t2311.0922\tRAG", "2014-12-01\t1411.12", "2007-04-03\t704.01"]
    file = tmp_path / "picks.tsv"
    file.write_text("\n".join(["date\tarxiv_id", *rows]), encoding="utf-8")
    notices: list[str] = []
    assert read_picks(file, notices.append) == {
        "2311.09210": date(2023, 11, 20),
        "2311.09220": date(2023, 11, 23),
        "1411.1200": date(2014, 12, 1),
        "0704.0100": date(2007, 4, 3),
    }
    skipped = [one for one in notices if "is skipped" in one]
    assert [one.split(", ")[1].split(":")[0] for one in skipped] == ["line 3", "line 4", "line 5"]
    assert f"{file}, line 7: 2311.0922 was saved as a number; read as 2311.09220" in notices


def test_reliability_is_drawn_in_text() -> None:
    bins = [CalibrationBin(100, 0.01, 0.0), CalibrationBin(100, 0.05, 0.10)]
    _, low, high = reliability(bins)
    assert low.split() == ["0.010", "0.000", "|"]
    assert high.split() == ["0.050", "0.100", "#" * 25 + "|" + "#" * 24]


def test_files_give_a_report_with_the_picture_as_well(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures are the extra 'plots'")
    listing, picks = tmp_path / "days.jsonl", tmp_path / "picks.tsv"
    records = [
        {"id": one.id, "title": one.title, "abstract": one.abstract, "categories": ["cs.CL"]}
        | {"announced": str(one.announced)}
        for one in PAPERS
    ]
    listing.write_text("".join(json.dumps(one) + "\n" for one in records))
    picks.write_text("date\tarxiv_id\n" + "".join(f"{day}\t{one}\n" for one, day in PICKS.items()))
    command = ["backtest", "--listing", str(listing), "--picks", str(picks), "--category", "cs.CL"]
    command += ["--from", str(FIRST), "--to", str(LAST), "--scores", str(tmp_path / "scores.jsonl")]
    result = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "report")])
    assert result.exit_code == 0, result.output
    assert "promised  picked" in result.stdout
    assert (tmp_path / "report" / "calibration.png").exists()
    assert "](calibration.png)" in (tmp_path / "report" / "report.md").read_text("utf-8")
