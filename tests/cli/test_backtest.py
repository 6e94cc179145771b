"""``triage backtest`` as benchmarks drive it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.evaluate.test_backtest import FIRST, LAST, OTHERS, PAPERS, PICKS
from triage.cli.app import app


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    listing, picks = tmp_path / "listing.jsonl", tmp_path / "picks.tsv"
    listing.write_text(
        "".join(
            json.dumps(
                {
                    "id": paper.id,
                    "title": paper.title,
                    "abstract": paper.abstract,
                    "categories": list(paper.categories),
                    "announced": str(paper.announced),
                }
            )
            + "\n"
            for paper in PAPERS
        )
    )
    picks.write_text("date\tarxiv_id\n" + "".join(f"{day}\t{one}\n" for one, day in PICKS.items()))
    window = ["--from", str(FIRST), "--to", str(LAST), "--scores", str(tmp_path / "scores.jsonl")]
    return ["backtest", "--listing", str(listing), "--picks", str(picks), "--category", "cs.CL", *window]


def test_scores_hold_every_candidate_once(command: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    wanted = {(str(p.announced), p.id) for p in PAPERS if p.announced and FIRST <= p.announced <= LAST}
    assert {(row["date"], row["id"]) for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert list(rows[0]) == ["date", "id", "score", "probability"]


def test_json_is_all_there_is_on_standard_output(command: list[str], tmp_path: Path) -> None:
    others = tmp_path / "others.tsv"
    others.write_text("date\tarxiv_id\n" + "".join(f"{day}\t{one}\n" for one, day in OTHERS.items()))
    result = CliRunner().invoke(app, [*command, "--community", str(others), "--json"])
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["scope"] for record in records] == ["all", "month", "month", "probability"]
    assert records[0]["auc_low"] <= records[0]["auc"] <= records[0]["auc_high"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024-01-01\t2401.00001\n", "line 1"),
        ("date\tarxiv_id\n2024-01-01\t2401.1\n", "line 2"),
        ("date\tarxiv_id\n\n2024-13-01\t2401.00001\n", "line 3"),
        ("date\tarxiv_id\n2024-01-01 2401.00001\n", "line 2"),
    ],
)
def test_a_bad_picks_file_is_refused_with_its_line(
    command: list[str], tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "picks.tsv").write_text(text)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert said in result.stderr
