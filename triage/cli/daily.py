"""``triage run``, ``rank`` and ``daemon``: the day, only its ranking, and the day by itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli.labels import print_labels, print_problems
from triage.cli.options import ConfigOption, JsonOption, ListingOption, day_option, flag, load, option
from triage.cli.output import fields, print_json_lines, print_notices, print_table
from triage.cli.progress import opened
from triage.errors import BusyError
from triage.papers import LONGEST_TITLE, WHOLE, Announcement, AnnouncementState, ScoredPaper
from triage.text.unicode import plain

if TYPE_CHECKING:
    from triage.run import DayReport, DigestReport


def run(
    config: ConfigOption = None,
    day: Annotated[date | None, day_option("--date", "The last listing day. Default: the newest.")] = None,
    listing: ListingOption = None,
    since: Annotated[date | None, day_option("--since", "The first listing day, even if done.")] = None,
    dry_run: Annotated[bool, flag("--dry-run", "Works on a copy, prints the digests.")] = False,
    json: JsonOption = False,
) -> None:
    """Fetches what arXiv announced, ranks it, and writes the digest.

    Covers every announcement since the last one that was done. You can run it at any time, as often as you
    like: nothing is done twice, and a digest that you have edited is never overwritten.

    Examples:

    - `triage run`
    - `triage run --since 2024-01-15 --date 2024-01-17 --dry-run`
    """
    from triage.cli.nothing_due import why_nothing
    from triage.context import dry_run_copy
    from triage.run import prepare
    from triage.run import run as run_day

    if day and since and since > day:
        raise typer.BadParameter(f"--since {since} is after --date {day}: there is no day between them")
    settings = load(config)
    with (
        dry_run_copy(settings) if dry_run else nullcontext(settings) as used,
        opened(used, lock_for="run") as context,
    ):
        report = run_day(context, listing=listing, until=day, since=since)
        texts = [digest.file.read_text(encoding="utf-8") for digest in report.digests] if dry_run else []
        with context.store.reading() as tx:
            known = [] if report.digests else tx.announcements.all()
    # Named where a real run would write them, not where the copy was.
    places = [replace(one, file=settings.digest_folder / one.file.name) for one in report.digests]
    report = replace(report, digests=tuple(places)) if dry_run else report
    name = listing.name if listing else ""
    nothing = why_nothing(known, settings, datetime.now(UTC), since=since, until=day, listing=name)
    failed = print_day(report, as_json=json, dry_run=dry_run, nothing="" if report.digests else nothing)
    for text in texts if not json else ():
        print(f"\n{text}", end="")
    if failed:
        raise typer.Exit(1)
    if listing is None and not dry_run:
        # The results are shown already; a process that is at work meanwhile fetches this for itself.
        with suppress(BusyError), opened(settings, lock_for="run") as context:
            prepare(context, report)
            print_notices(context.notices)


def rank(
    config: ConfigOption = None,
    listing: ListingOption = None,
    day: Annotated[date | None, day_option("--date", "The listing day. Default: the newest.")] = None,
    top: Annotated[int | None, option("--top", "N", "Prints the best N.", min=1)] = None,
    json: JsonOption = False,
) -> None:
    """Ranks the papers of one listing day, with reasons. Writes nothing.

    Without --listing, ranks the papers in the store that were announced on that day.

    Examples:

    - `triage rank --top 10`
    - `triage rank --listing day.jsonl --date 2024-01-17 --json`
    """
    from triage.digest.candidates import rank_listing

    with opened(load(config)) as context:
        scored = rank_listing(context, listing=listing, day=day)
    print_ranking(scored[:top], as_json=json)


def daemon(config: ConfigOption = None) -> None:
    """Runs by arXiv's announcement calendar until it is stopped (SIGTERM or Ctrl-C).

    Writes a digest soon after each announcement (a few minutes after midnight US Eastern), tries again what
    failed, and learns from your notes and digests a minute after you changed them. The machine may sleep:
    what was missed is done once it wakes up.

    You can use 'triage run', 'learn' and 'label' meanwhile. One process works at a time; the other says
    which one does. 'triage status' shows when the daemon runs next and what needs you. The daemon reads
    config.yaml again when it changes, or on SIGHUP. If the new one is wrong, it says so and keeps the old
    one.

    Logs one line an event to standard error. 'daemon.log_format: json' and 'daemon.health_port' (a health
    page and Prometheus metrics, on this machine only) are settings in config.yaml. The exit status is 0
    when it is stopped, and 1 when it can't start: the configuration is wrong, or another daemon uses the
    same store.

    Ready files for systemd, cron, launchd, Docker and GitHub Actions are in contrib/; see
    docs/unattended.md.

    Examples:

    - `triage daemon`
    - `triage daemon --config ~/papers/config.yaml`
    """
    from triage.config.load import find_config
    from triage.daemon.serve import serve

    serve(find_config(config))


def print_day(report: DayReport, *, as_json: bool, dry_run: bool = False, nothing: str = "") -> bool:
    """Show what a run did, or would do; returns whether an announcement failed.

    ``nothing`` says why there is no digest, if there is none.
    """
    failed = [one for one in report.fetched if one.state is AnnouncementState.FAILED]
    last = _finished(report) + ([nothing] if nothing and not failed and not report.finished else [])
    print_notices(report.notices)
    if as_json:
        print_problems(report.synced)
        doubtful = (one for one in report.fetched if one.state is not AnnouncementState.EMPTY)
        print_notices([*(f"{one.day}: {one.reason}" for one in doubtful if one.reason), *last])
        print_json_lines(_digest_record(digest, report.model) for digest in report.digests)
        return bool(failed)
    for one in report.fetched:
        print(f"{one.day}  {one.state.value}: {_announced(one)}")
    if report.synced.entries:
        print("new labels from your digests:")
        print_labels(report.synced.entries, as_json=False)
    print_problems(report.synced)
    if report.trained:
        print(f"trained a model, because {report.trained}")
    for digest in report.digests:
        print(f"{digest.file}: {'would be ' if dry_run else ''}{digest.outcome.value}")
        print(
            f"  picked {len(digest.choice.picks)} of {digest.total} new submissions "
            f"(at most {digest.choice.cap}; {digest.choice.passed} reached the threshold)"
        )
        for known in digest.choice.known:
            print(f"  known already: {_title(known)} ({known.known})")
        for pick in digest.choice.picks:
            print(f"  {pick.rank}. {_title(pick.scored)}")
            print(f"     {_categories(pick.scored)}")
    for line in last:
        print(line)
    return bool(failed)


def _finished(report: DayReport) -> list[str]:
    """Return what was written from before, and where digests were delivered, a line each."""
    lines = [f"{file}: {outcome.value}, from an earlier run" for file, outcome in report.finished.items()]
    for target in dict.fromkeys(one.target for one in report.delivered):
        days = [one.digest for one in report.delivered if one.target == target]
        what = f"{days[0]}" if len(days) == 1 else f"{len(days)} digests, {min(days)} to {max(days)}"
        lines.append(f"delivered to {target}: {what}")
    return lines


def _announced(one: Announcement) -> str:
    """Return what an announcement brought, or why it brought nothing."""
    if one.state not in WHOLE:
        return one.reason or "the reason is not known"
    note = f" ({one.reason})" if one.reason else ""
    return f"{one.new} new, {one.cross} cross-listed, {one.replaced} replaced{note}"


def _digest_record(digest: DigestReport, model: str) -> dict[str, Any]:
    known = (fields(one.paper, "id", "title") | {"place": one.known} for one in digest.choice.known)
    return {
        **fields(digest, "day", "file", "outcome"),
        "announcements": [one.day for one in digest.covers],
        "total": digest.total,
        **fields(digest.choice, "cap", "passed"),
        "picks": [_paper_record(pick.scored, pick.rank) for pick in digest.choice.picks],
        "known": list(known),
        "asked": [_paper_record(pick.scored, pick.rank) for pick in digest.questions],
        "model": model,
    }


def print_ranking(scored: Sequence[ScoredPaper], *, as_json: bool) -> None:
    """Show papers in order, the best first."""
    if as_json:
        print_json_lines(_paper_record(one, rank) for rank, one in enumerate(scored, start=1))
        return
    wide = sys.stdout.isatty()
    rows = []
    for rank, one in enumerate(scored, start=1):
        probability = f"{one.probability:.0%}" if wide else f"{one.probability:.3f}"
        row = [str(rank), probability, one.paper.id, _categories(one), _title(one)]
        terms = ", ".join(term.term for term in one.explanation.contributions if term.value > 0)
        rows.append([*row, terms] if wide else row)
    print_table(["", "Prob.", "arXiv", "Categories", "Title", "Because of"], rows)


def _paper_record(one: ScoredPaper, rank: int) -> dict[str, Any]:
    from triage.digest.summary import summary

    why = one.explanation
    return {
        "rank": rank,
        **fields(one.paper, "id", "title"),
        **fields(one, "score", "probability", "categories"),
        "summary": plain(summary(one.paper.abstract)),
        "comment": one.paper.comment,
        "journal_ref": one.paper.journal_ref,
        "known": bool(one.known),
        "why": {
            "words": [{"word": term.term, "weight": term.value} for term in why.contributions],
            "nearest": [fields(near, "id", "title", "similarity") for near in why.nearest_notes],
            **fields(why, "followed", "community", "picked_by_others"),
        },
    }


def _categories(one: ScoredPaper) -> str:
    return ", ".join(one.categories) or "uncategorised"


def _title(one: ScoredPaper) -> str:
    from triage.digest.escape import shortened

    return plain(shortened(one.paper.title, LONGEST_TITLE))
