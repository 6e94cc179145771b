"""``triage backtest``: would it have found them?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli.running import ConfigOption, explained, load, shown_progress

if TYPE_CHECKING:
    from triage.evaluate.backtest import ScoredDay
    from triage.evaluate.measures import Measured

_File = {"metavar": "FILE", "exists": True, "dir_okay": False, "readable": True}


def backtest(
    listing: Annotated[
        Path | None, typer.Option(help="Papers with their announcement days.", **_File)
    ] = None,
    picks: Annotated[
        Path | None, typer.Option(help="TSV: date, arxiv_id; known from the day after.", **_File)
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="CATEGORY", help="Primary category of the candidates; repeatable."),
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="First day to score."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="Last day to score."),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the scores (JSON Lines).", dir_okay=False),
    ] = None,
    community: Annotated[
        Path | None, typer.Option(help="Other people's picks, in the same format.", **_File)
    ] = None,
    mine: Annotated[
        bool,
        typer.Option(
            "--mine",
            metavar="",
            help="Your own past: papers and labels of your store, days of your notes. All of --listing to "
            "--scores may be left out then.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            metavar="DIR",
            help="With --mine: a folder for a report with pictures and the worst misses.",
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print JSON Lines.")] = False,
) -> None:
    """Score past days with what was known before each, and measure against what was picked.

    With --listing, --picks, --category, --from, --to and --scores it needs no configuration and no
    store; with --mine it looks back on your own.
    """
    from triage.evaluate.history import look_back

    given = {"--listing": listing, "--picks": picks, "--category": category, "--from": first, "--to": last}
    given["--scores"] = scores
    if mine:
        _refuse(
            "--mine takes it from your store",
            {"--listing": listing, "--picks": picks, "--community": community},
        )
        with explained():
            with shown_progress() as progress:
                past = look_back(
                    load(config),
                    categories=tuple(category or ()),
                    first=first.date() if first else None,
                    last=last.date() if last else None,
                    scores=scores,
                    out=out,
                    progress=progress,
                )
            _print(past.measured, as_json=as_json)
            if past.report is not None:
                typer.echo(f"the report is {past.report}", err=True)
        return
    _refuse("only --mine makes a report", {"--out": out})
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise typer.BadParameter(f"{', '.join(missing)} is needed (or --mine, for your own past)")
    assert listing and picks and category and first and last and scores  # noqa: PT018 -- told above
    _backtest_files(listing, picks, category, first.date(), last.date(), scores, community, as_json=as_json)


def _refuse(why: str, options: Mapping[str, object]) -> None:
    for name, value in options.items():
        if value is not None:
            raise typer.BadParameter(f"{why}: leave out {name}")


def _backtest_files(
    listing: Path,
    picks: Path,
    categories: list[str],
    first: date,
    last: date,
    scores: Path,
    community: Path | None,
    *,
    as_json: bool,
) -> None:
    from triage.evaluate.backtest import backtest as walk
    from triage.evaluate.history import score_records
    from triage.evaluate.measures import measure
    from triage.evaluate.picks import read_picks
    from triage.listing.files import read_listing

    with explained():

        def say(text: str) -> None:
            typer.echo(text, err=True)

        picked = read_picks(picks)
        others = read_picks(community) if community else None
        say(f"reading {listing}")
        papers = [
            paper
            for paper in read_listing(listing)
            if paper.announced is not None and paper.announced <= last
        ]
        days: list[ScoredDay] = []
        with scores.open("w", encoding="utf-8") as stream:
            for day in walk(
                papers,
                picked,
                categories=categories,
                first=first,
                last=last,
                community=others,
                progress=lambda month: say(f"scoring {month}"),
            ):
                days.append(day)
                stream.writelines(json.dumps(record) + "\n" for record in score_records(day))
        _print(measure(days), as_json=as_json)


def _print(measured: Measured, *, as_json: bool) -> None:
    from triage.cli.output import print_json_lines

    if as_json:
        print_json_lines(_records(measured))
    else:
        sys.stdout.write(_table(measured))


def _records(measured: Measured) -> Iterator[Mapping[str, Any]]:
    for scope in measured.scopes:
        record: dict[str, Any] = {"scope": scope.kind, "name": scope.name, "days": scope.days}
        record |= {"candidates": scope.candidates, "picks": scope.picks}
        for name, interval in scope.measures.items():
            record[name] = interval.value
            record[f"{name}_low"], record[f"{name}_high"] = interval.low, interval.high
        yield record
    yield {
        "scope": "probability",
        "candidates": measured.candidates,
        "brier": measured.brier,
        "brier_of_rate": measured.brier_of_rate,
        "calibration_error": measured.calibration_error,
        "bins": [
            {"papers": row.papers, "mean_probability": row.mean_probability, "share_picked": row.share_picked}
            for row in measured.calibration
        ],
    }


_COLUMNS = (
    ("AUC", "auc"),
    ("nDCG", "ndcg"),
    ("AP", "average_precision"),
    ("R@3", "recall_3"),
    ("R@10", "recall_10"),
    ("R@10%", "recall_tenth"),
    ("P@3", "precision_3"),
    ("P@10", "precision_10"),
    ("P@10%", "precision_tenth"),
)


def _table(measured: Measured) -> str:
    lines = [f"{'':12}{'days':>5}{'picks':>6}" + "".join(f"{title:>8}" for title, _ in _COLUMNS)]
    for scope in measured.scopes:
        values = "".join(f"{scope.measures[name].value:8.3f}" for _, name in _COLUMNS)
        lines.append(f"{scope.name:12}{scope.days:5}{scope.picks:6}{values}")
        if scope.kind == "all":
            for bound in ("low", "high"):
                edges = "".join(f"{getattr(scope.measures[name], bound):8.3f}" for _, name in _COLUMNS)
                lines.append(f"{'  95 % ' + bound:23}{edges}")
    lines += [
        "",
        f"Brier score {measured.brier:.4f} (always saying the share of picks: {measured.brier_of_rate:.4f}), "
        f"calibration error {measured.calibration_error:.4f}",
        "promised -> picked: "
        + ", ".join(f"{row.mean_probability:.3f} -> {row.share_picked:.3f}" for row in measured.calibration),
    ]
    return "\n".join(lines) + "\n"
