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

from triage.cli.options import ConfigOption, JsonOption, day_option, file_option, flag, load, option
from triage.cli.output import counted, fields, print_json_lines
from triage.cli.progress import shown_progress

if TYPE_CHECKING:
    from triage.evaluate.measures import Measured


ListingFile = Annotated[Path | None, file_option("--listing", "Papers with the days of their announcements.")]
PicksFile = Annotated[Path | None, file_option("--picks", "What was picked, as TSV: date, arxiv_id.")]
CommunityFile = Annotated[Path | None, file_option("--community", "Other people's picks, as in --picks.")]
Category = Annotated[list[str] | None, option("--category", "NAME", "Of the candidates; can be repeated.")]
First = Annotated[date | None, day_option("--from", "The first day to score.")]
Last = Annotated[date | None, day_option("--to", "The last day to score.")]
Scores = Annotated[Path | None, option("--scores", "FILE", "Writes the scores to this file.", dir_okay=False)]
Mine = Annotated[bool, flag("--mine", "Looks at your own past; no other option is needed.")]
Report = Annotated[Path | None, option("--out", "DIR", "A folder for a report.", file_okay=False)]


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

    With --mine it looks at your own past, by the papers, labels and notes of your store; the report has
    pictures and the worst misses. Without it, --listing, --picks, --category, --from, --to and --scores are
    needed, and it uses neither configuration nor store. A pick is known from the day after.

    Examples:

    - `triage backtest --mine --out report`
    - `triage backtest --listing days.jsonl --picks picks.tsv --category cs.CL --from 2024-01-01 --to
      2024-03-31 --scores scores.jsonl`
    """
    from triage.evaluate.history import Walk, walk_files, walk_history

    walk = Walk(category or (), first, last, scores, out)
    if mine:
        for name, value in {"--listing": listing, "--picks": picks, "--community": community}.items():
            if value is not None:
                raise typer.BadParameter(f"--mine takes it from your store: leave out {name}")
        with shown_progress() as progress:
            measured = walk_history(load(config), walk, progress=progress)
        if not as_json:
            print(
                f"Of the {counted(measured.picks, 'paper')} you noted, the first ten of each day would have shown "
                f"{measured.in_first_ten}.\n"
            )
    else:
        given = {"--listing": listing, "--picks": picks, "--category": category, "--from": first}
        missing = [name for name, value in (given | {"--to": last, "--scores": scores}).items() if not value]
        if missing:
            raise typer.BadParameter(f"{', '.join(missing)} is needed (or --mine, for your own past)")
        assert listing and picks  # noqa: PT018 -- checked above
        say = partial(typer.echo, err=True)
        measured = walk_files(
            listing, picks, community, walk, warn=say, progress=lambda what, _done, _total: say(what)
        )
    if as_json:
        print_json_lines(_records(measured))
    else:
        sys.stdout.write(_table(measured))
    if out is not None:
        typer.echo(f"The report: {out / 'report.md'}", err=True)


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
    from triage.evaluate.measures import reliability

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
        "",
        *reliability(measured.calibration),
    ]
    return "\n".join(lines) + "\n"
