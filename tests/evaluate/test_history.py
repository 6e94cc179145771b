"""`triage backtest --mine`: the reader's own past, from their store, labels and notes."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.reader import Reader, import_file, listing
from triage.cli.app import app
from triage.errors import TriageError
from triage.evaluate.history import Walk, walk_history
from triage.evaluate.own_past import first_day, label_days
from triage.evaluate.report import RankedPick, rank_picks, reason_for_miss, worst_misses
from triage.papers import ArxivId, Contribution, Explanation, Label, LabelSource, NearestNote, Paper
from triage.store.labels import CurrentLabel
from triage.store.store import Store

DAYS = [day for n in range(28) if (day := date(2024, 1, 1) + timedelta(days=n)).weekday() < 5]
FROM = DAYS[8]
HOSTILE = "A [trap](https://example.org) for parsers <script>"


def papers_of(day: date) -> list[dict[str, object]]:
    return listing(day, 100 * day.day)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader who marks a paper on retrieval each day, and one day one on parsing."""
    reader = Reader(tmp_path_factory.mktemp("reader"))
    records = [one for day in DAYS for one in papers_of(day)]
    odd = next(one for one in records if "parsing" in str(one["title"]) and one["announced"] == str(DAYS[-1]))
    odd["title"] = HOSTILE
    import_file(reader.config, reader.write("days.jsonl", records))
    said = [papers_of(day)[0]["id"] for day in DAYS]
    labels = [
        Label(ArxivId(str(one)), datetime.combine(day, time(12), UTC), LabelSource.DIGEST, relevant=True)
        for one, day in [*zip(said, DAYS, strict=True), (odd["id"], DAYS[-1])]
    ]
    with Store(reader.config.store_url) as store, store.transaction() as tx:
        tx.labels.add(labels)
    return reader


def test_what_was_marked_is_found_again(reader: Reader, tmp_path: Path) -> None:
    overall = walk_history(reader.config, Walk(first=FROM, scores=tmp_path / "scores.jsonl")).scopes[0]
    assert (overall.days, overall.picks) == (len(DAYS) - 8, len(DAYS) - 7)
    assert overall.measures["auc"].value > 0.8
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 20 * (len(DAYS) - 8)


def test_looking_back_changes_neither_labels_nor_digests(reader: Reader) -> None:
    def state() -> object:
        with Store(reader.config.store_url) as store, store.reading() as tx:
            return tx.labels.log(), tx.digests.all(), tx.announcements.all(), tx.papers.count()

    before = state()
    walk_history(reader.config, Walk(first=DAYS[-2]))
    assert state() == before


def test_the_report_shows_pictures_and_explains_the_worst_miss(reader: Reader, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures are the extra 'plots'")
    walk_history(reader.config, Walk(first=FROM, out=tmp_path / "report"))
    text = (tmp_path / "report" / "report.md").read_text("utf-8")
    for name in ("precision-recall.png", "calibration.png", "ranks.png", "missed.png"):
        assert f"]({name})" in text
        assert (tmp_path / "report" / name).read_bytes().startswith(b"\x89PNG")
    misses = text.split("## The worst misses, and why")[1]
    assert misses.index("trap") < 200
    assert "- Words that " in misses
    assert "Nearest of what you had picked" in misses
    assert r"[A \[trap\]\(https://example.org) for parsers &lt;script>](https://arxiv.org/abs/" in misses
    assert "<script>" not in text


def test_no_report_is_written_among_the_notes(reader: Reader) -> None:
    with pytest.raises(TriageError, match="among your notes"):
        walk_history(reader.config, Walk(first=FROM, out=reader.folder / "notes" / "report"))


def test_without_matplotlib_the_remedy_is_told_before_the_work(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(TriageError, match="matplotlib") as error:
        walk_history(reader.config, Walk(first=FROM, out=tmp_path / "report"))
    assert "pip install matplotlib" in error.value.remedy
    assert not (tmp_path / "report").exists()


def test_a_past_too_short_is_told(reader: Reader) -> None:
    with pytest.raises(TriageError, match="too little past to walk"):
        walk_history(reader.config, Walk(last=DAYS[3]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--mine", "--listing", __file__], "leave out --listing"),
        (["--mine", "--picks", __file__], "leave out --picks"),
        ([], "--mine"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(options: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["backtest", *options], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_command_prints_json_alone_on_standard_output(reader: Reader) -> None:
    command = ["backtest", "--mine", "--from", str(FROM), "--json", "--config"]
    result = CliRunner().invoke(app, [*command, str(reader.folder / "config.yaml")])
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["scope"] for line in result.stdout.splitlines()] == [
        "all",
        "month",
        "probability",
    ]


def test_the_command_begins_with_a_sentence(reader: Reader) -> None:
    command = ["backtest", "--mine", "--from", str(FROM), "--config", str(reader.folder / "config.yaml")]
    first, empty, table, *_ = CliRunner().invoke(app, command).stdout.splitlines()
    assert first.startswith(
        f"Of the {len(DAYS) - 7} papers you noted, the first ten of each day would have shown "
    )
    assert (empty, table.split()[:2]) == ("", ["days", "picks"])


def current(source: LabelSource, said_at: datetime, *, relevant: bool = True) -> CurrentLabel:
    label = Label(ArxivId("2401.00001"), said_at, source, relevant=relevant)
    return CurrentLabel(label.paper, relevant, label)


EVENING = datetime(2024, 1, 10, 20, 0, tzinfo=UTC)
LISTED = {ArxivId("2401.00001"): date(2024, 1, 3)}


@pytest.mark.parametrize("source", [LabelSource.DIGEST, LabelSource.COMMAND])
def test_a_mark_counts_from_the_readers_day(source: LabelSource) -> None:
    held = {ArxivId("2401.00001"): current(source, EVENING)}
    picks, negatives = label_days(held, LISTED, {}, ZoneInfo("Asia/Shanghai"))
    assert (picks, negatives) == ({"2401.00001": date(2024, 1, 11)}, {})


@pytest.mark.parametrize(("noted", "day"), [({}, 3), ({ArxivId("2401.00001"): date(2024, 1, 6)}, 6)])
def test_a_note_counts_from_the_day_it_bears_or_else_the_listing_day(
    noted: dict[ArxivId, date], day: int
) -> None:
    held = {ArxivId("2401.00001"): current(LabelSource.NOTES, EVENING)}
    picks, _ = label_days(held, LISTED, noted, ZoneInfo("UTC"))
    assert picks == {"2401.00001": date(2024, 1, day)}


def test_what_is_not_relevant_is_no_pick() -> None:
    held = {ArxivId("2401.00001"): current(LabelSource.DIGEST, EVENING, relevant=False)}
    picks, negatives = label_days(held, LISTED, {}, ZoneInfo("UTC"))
    assert (picks, negatives) == ({}, {"2401.00001": date(2024, 1, 10)})


def test_a_paper_without_a_listing_day_is_left_out() -> None:
    held = {ArxivId("2401.00001"): current(LabelSource.DIGEST, EVENING)}
    assert label_days(held, {}, {}, ZoneInfo("UTC")) == ({}, {})


def test_the_first_day_comes_after_enough_picks_and_papers() -> None:
    def paper(number: int, day: date) -> Paper:
        return Paper(ArxivId(f"2401.{number:05d}"), "t", categories=("cs.CL",), announced=day)

    papers = [paper(n, DAYS[n // 100]) for n in range(1, 1_000)]
    picks = {papers[100 * n].id: DAYS[n] for n in range(8)}
    assert first_day(papers, picks, ["cs.CL"]) == DAYS[6]
    with pytest.raises(TriageError):
        first_day(papers, picks, ["math.GT"])


def test_the_worst_misses_stood_furthest_down_their_day() -> None:
    from triage.evaluate.backtest import ScoredDay

    papers = tuple(Paper(ArxivId(f"2401.{n:05d}"), "t") for n in range(1, 11))
    scores = np.arange(10.0)[::-1]
    picked = np.isin(np.arange(10), [0, 4, 9])
    day = ScoredDay(DAYS[0], papers, scores, scores / 10, picked)
    ranked = rank_picks([day])
    assert [(pick.rank, pick.of) for pick in ranked] == [(1, 10), (5, 10), (10, 10)]
    assert [pick.rank for pick in worst_misses(ranked, budget=3)] == [10, 5]
    assert worst_misses(ranked, budget=3, most=1) == [RankedPick(DAYS[0], papers[9], 10, 10, 0.0)]


def test_a_miss_is_put_into_a_sentence() -> None:
    near = (NearestNote(ArxivId("2401.00001"), "t", 0.4),)
    assert "Nothing was known" in reason_for_miss(Explanation())
    assert "few words" in reason_for_miss(Explanation((Contribution("a", 1.0),)))
    assert "against" in reason_for_miss(Explanation((Contribution("a", -1.0),), near))
    assert "others of that day" in reason_for_miss(Explanation((Contribution("a", 1.0),), near))
