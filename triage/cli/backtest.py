"""``triage backtest``: would the ranking have found your papers on past days?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli.options import ConfigOption, JsonOption, day_option, file_option, flag, load
from triage.cli.output import counted, fields, print_json_lines
from triage.cli.progress import shown_progress

if TYPE_CHECKING:
    from triage.evaluate.measures import Measured


ListingFile = Annotated[Path | None, file_option("--listing", "Papers with the days of their announcements.")]
PicksFile = Annotated[
    Path | None, file_option("--picks", "What was picked, as TSV: date, arxiv_id. Known from the day after.")
]
CommunityFile = Annotated[
    Path | None, file_option("--community", "Other people's picks, in the format of --picks.")
]
Category = Annotated[
    list[str] | None,
    typer.Option("--category", metavar="NAME", help="Primary category of candidates; can be repeated."),
]
First = Annotated[date | None, day_option("--from", "The first day to score.")]
Last = Annotated[date | None, day_option("--to", "The last day to score.")]
Scores = Annotated[
    Path | None,
    typer.Option("--scores", metavar="FILE", help="Writes the scores to this file.", dir_okay=False),
]
Mine = Annotated[
    bool, flag("--mine", "Uses the papers, labels and notes of your store. No other option is needed.")
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--out",
        file_okay=False,
        metavar="DIR",
        help="With --mine: a folder for a report with pictures and the worst misses.",
    ),
]


def backtest(
    listing: ListingFile = None,
    picks: PicksFile = None,
    category: Category = None,
    first: First = None,
    last: Last = None,
    scores: Scores = None,
    community: CommunityFile = None,
    mine: Mine = False,
    out: Report = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scores past days with what was known before each, and compares the ranking with what was picked.

    With --mine it looks at your own past. Without it, --listing, --picks, --category, --from, --to and
    --scores are needed, and it uses neither configuration nor store.

    Examples:

    - `triage backtest --mine --out report`
    - `triage backtest --listing days.jsonl --picks picks.tsv --category cs.CL --from 2024-01-01 --to
      2024-03-31 --scores scores.jsonl`
    """
    if mine:
        for name, value in {"--listing": listing, "--picks": picks, "--community": community}.items():
            if value is not None:
                raise typer.BadParameter(f"--mine takes it from your store: leave out {name}")
        from triage.evaluate.history import walk_history

        with shown_progress() as progress:
            past = walk_history(
                load(config),
                categories=tuple(category or ()),
                first=first,
                last=last,
                scores=scores,
                out=out,
                progress=progress,
            )
        if not as_json:
            print(
                f"Of the {counted(past.picks, 'paper')} you noted, the first ten of each day would have shown "
                f"{past.in_first_ten}.\n"
            )
        _print(past.measured, as_json=as_json)
        if past.report is not None:
            typer.echo(f"The report: {past.report}", err=True)
        return
    if out:
        raise typer.BadParameter("the report is for --mine only: leave out --out, or add --mine")
    given = {"--listing": listing, "--picks": picks, "--category": category, "--from": first}
    missing = [name for name, value in (given | {"--to": last, "--scores": scores}).items() if not value]
    if missing:
        raise typer.BadParameter(f"{', '.join(missing)} is needed (or --mine, for your own past)")
    assert listing and picks and category and first and last and scores  # noqa: PT018 -- checked above
    _print(_backtest_files(listing, picks, category, first, last, scores, community), as_json=as_json)


def _backtest_files(
    listing: Path,
    picks: Path,
    categories: list[str],
    first: date,
    last: date,
    scores: Path,
    community: Path | None,
) -> Measured:
    from triage.evaluate.backtest import backtest as walk
    from triage.evaluate.history import write_scores
    from triage.evaluate.measures import measure
    from triage.evaluate.picks import read_picks
    from triage.listing.files import read_listing

    warn = partial(typer.echo, err=True)
    warn(f"reading {listing}")
    days = list(
        walk(
            [one for one in read_listing(listing) if one.announced is not None and one.announced <= last],
            read_picks(picks, warn),
            categories=categories,
            first=first,
            last=last,
            community=read_picks(community, warn) if community else None,
            progress=lambda month: warn(f"scoring {month}"),
        )
    )
    write_scores(scores, days)
    return measure(days)


def _print(measured: Measured, *, as_json: bool) -> None:
    if as_json:
        print_json_lines(_records(measured))
    else:
        sys.stdout.write(_table(measured))


def _records(measured: Measured) -> Iterator[dict[str, Any]]:
    for scope in measured.scopes:
        record: dict[str, Any] = {"scope": scope.kind, **fields(scope, "name", "days", "candidates", "picks")}
        for name, interval in scope.measures.items():
            record |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
        yield record
    totals = fields(measured, "candidates", "brier", "brier_of_rate", "calibration_error")
    yield {"scope": "probability", **totals, "bins": [asdict(row) for row in measured.calibration]}


_COLUMNS = {
    "AUC": "auc",
    "nDCG": "ndcg",
    "AP": "average_precision",
    "R@3": "recall_3",
    "R@10": "recall_10",
    "R@10%": "recall_tenth",
    "P@3": "precision_3",
    "P@10": "precision_10",
    "P@10%": "precision_tenth",
}


def _table(measured: Measured) -> str:
    lines = [f"{'':12}{'days':>5}{'picks':>6}" + "".join(f"{title:>8}" for title in _COLUMNS)]
    for scope in measured.scopes:
        values = "".join(f"{scope.measures[name].value:8.3f}" for name in _COLUMNS.values())
        lines.append(f"{scope.name:12}{scope.days:5}{scope.picks:6}{values}")
        if scope.kind == "all":
            for bound in ("low", "high"):
                edges = (getattr(scope.measures[name], bound) for name in _COLUMNS.values())
                lines.append(f"{'  95 % ' + bound:23}" + "".join(f"{edge:8.3f}" for edge in edges))
    lines += [
        "",
        f"Brier score {measured.brier:.4f} (with the share of picks as every probability: "
        f"{measured.brier_of_rate:.4f}), calibration error {measured.calibration_error:.4f}",
        "predicted -> picked: "
        + ", ".join(f"{row.mean_probability:.3f} -> {row.share_picked:.3f}" for row in measured.calibration),
    ]
    return "\n".join(lines) + "\n"
