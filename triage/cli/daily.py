"""The commands of every day: run, rank, learn, and the offline demonstration."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage.cli.running import ConfigOption, JsonOption, explained, load, shown_progress

if TYPE_CHECKING:
    from triage.config.schema import Config
    from triage.run import DayReport


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value!r} is not a day such as 2024-01-17") from error


DayOption = Annotated[
    date | None,
    typer.Option(
        "--date",
        metavar="YYYY-MM-DD",
        parser=_day,
        help="Last listing day to cover; default: the last there is.",
    ),
]
SinceOption = Annotated[
    date | None,
    typer.Option(
        "--since",
        metavar="YYYY-MM-DD",
        parser=_day,
        help="First listing day to cover, also if done before; an edited digest is never overwritten.",
    ),
]
ListingOption = Annotated[
    Path | None,
    typer.Option(
        "--listing", metavar="FILE", help="A listing file instead of arXiv; the network is not touched."
    ),
]


def run(
    config: ConfigOption = None,
    day: DayOption = None,
    listing: ListingOption = None,
    since: SinceOption = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", metavar="", help="Do it all on a copy and print the digests; nothing is kept."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Do the day: fetch what arXiv announced, rank it, write the digest.

    Covers every announcement since the last one done, so it can be run at any time, and again: what
    is done stays done, and a digest that you have edited is never overwritten.
    """
    from triage.cli.reports import print_day, print_dry_run
    from triage.cli.work import dry_run_day, run_day

    if day and since and since > day:
        raise typer.BadParameter(f"--since {since} is after --date {day}: nothing lies between")
    with explained():
        settings = load(config)
        if dry_run:
            with shown_progress() as progress:
                trial = dry_run_day(settings, listing=listing, until=day, since=since, progress=progress)
            nothing = _why_nothing(trial.report, settings, listing, since, day)
            failed = print_dry_run(trial, as_json=json, nothing=nothing)
        else:
            with shown_progress() as progress:
                report = run_day(settings, listing=listing, until=day, since=since, progress=progress)
            nothing = _why_nothing(report, settings, listing, since, day)
            failed = print_day(report, as_json=json, nothing=nothing)
    if failed:
        raise typer.Exit(1)


def _why_nothing(
    report: DayReport, config: Config, listing: Path | None, since: date | None, until: date | None
) -> str:
    """Say why a run made no digest, or nothing if it made one."""
    from triage.cli.nothing_due import Asked, why_nothing
    from triage.context import open_context

    if report.digests:
        return ""
    with open_context(config) as context, context.store.reading() as tx:
        known = tx.announcements.all()
    asked = Asked(
        now=datetime.now(UTC),
        zone=config.zone,
        holidays=config.arxiv.holidays,
        since=since,
        until=until,
        listing=listing.name if listing else "",
    )
    return why_nothing(asked, known)


def rank(
    config: ConfigOption = None,
    listing: ListingOption = None,
    day: Annotated[
        date | None,
        typer.Option(
            "--date", metavar="YYYY-MM-DD", parser=_day, help="One listing day; default: the last there is."
        ),
    ] = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, metavar="N", help="How many to print; default: all.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Score a listing and print it in order; writes nothing.

    Without --listing, ranks the papers in the store announced on the day.
    """
    from triage.cli.reports import print_ranking
    from triage.cli.work import rank_listing

    with explained():
        with shown_progress() as progress:
            scored = rank_listing(load(config), listing=listing, day=day, progress=progress)
        print_ranking(scored[:top], as_json=json)


def learn(
    config: ConfigOption = None,
    offline: Annotated[
        bool, typer.Option("--offline", metavar="", help="Look noted papers up in the store alone.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Read your notes, look the papers up, and train the model.

    Reports what was found, what was looked up and where, what was left out and why, and how well
    the model does on papers it has not seen.
    """
    from triage.cli.reports import print_learned
    from triage.cli.work import learn_notes

    with explained():
        with shown_progress() as progress:
            report = learn_notes(load(config), offline=offline, progress=progress)
        print_learned(report, as_json=json, offline=offline)


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to put the sample and its digest.")
    ] = Path("demo"),
) -> None:
    """Try it offline: learn from sample notes, triage a sample day, write the digest."""
    from triage.cli.reports import print_demo
    from triage.sample.demo import run_demo

    with explained():
        with shown_progress() as progress:
            report = run_demo(out, progress=progress)
        print_demo(report)


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to put config.yaml; default: here.")
    ] = Path(),
) -> None:
    """Write a commented config.yaml and create the store; never overwrites.

    Then name your notes and categories in it, and go on with 'triage learn' and 'triage run'.
    """
    from triage.cli.work import init_folder

    with explained():
        for line in init_folder(folder):
            typer.echo(line)


def import_archive(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Listings (JSON Lines, plain, .gz or .xz) or arXiv's metadata snapshot."
        ),
    ],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Store older papers: what the model compares with, and where noted papers are looked up first."""
    from triage.cli.output import print_json_lines
    from triage.cli.work import import_file

    with explained():
        settings = load(config)
        for file in files:
            with shown_progress() as progress:
                read, changed = import_file(settings, file, progress=progress)
            if json:
                print_json_lines([{"file": str(file), "papers": read, "new_or_changed": changed}])
            else:
                typer.echo(f"{file}: {read:,} papers, {changed:,} new or changed")


def fetch_archive(
    since: Annotated[
        date,
        typer.Option(
            "--since",
            metavar="YYYY-MM-DD",
            parser=_day,
            help="The first listing day to fetch.",
            show_default=False,
        ),
    ],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Fetch older papers of your categories from arXiv, by OAI-PMH, and store them.

    A year of one category is some ten thousand papers, a few minutes. Stop it whenever you like: asked
    for again within a day, it goes on where it was.
    """
    from triage.cli.output import print_json_lines
    from triage.cli.work import fetch_archive as fetch

    with explained():
        settings = load(config)
        with shown_progress() as progress:
            fetched, notices = fetch(settings, since, progress=progress)
        for notice in notices:
            typer.echo(f"triage: {notice}", err=True)
        if json:
            print_json_lines(
                {
                    "category": one.category,
                    "papers": one.papers,
                    "new_or_changed": one.changed,
                    "resumed": one.resumed,
                }
                for one in fetched
            )
            return
        for one in fetched:
            where = "; went on where it was stopped" if one.resumed else ""
            typer.echo(f"{one.category}: {one.papers:,} papers, {one.changed:,} new or changed{where}")


def status(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Say what is done, due and failed; exit 1 when something needs you."""
    from triage.cli.status_report import print_status
    from triage.status import look

    with explained():
        settings = load(config)
        needs_reader = print_status(look(settings, datetime.now(UTC)), settings.zone, as_json=json)
    if needs_reader:
        raise typer.Exit(1)
