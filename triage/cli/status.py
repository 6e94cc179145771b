"""``triage status``: what is done, due and failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from triage.cli.options import ConfigOption, JsonOption, flag, load
from triage.cli.output import counted, fields, print_json_lines

if TYPE_CHECKING:
    from triage.listing.responses import RequestCounts
    from triage.status import Status

NEEDS_YOU, LOOK_AT_IT = 1, 3
"""Exit statuses: cron is not to complain about a typo."""


def status(
    config: ConfigOption = None,
    acknowledge: Annotated[bool, flag("--acknowledge", "Shows the notes of now no more.")] = False,
    json: JsonOption = False,
) -> None:
    """Shows what is done, due and failed.

    The exit status is 0 when all is well, 1 when something needs you, and 3 when there is only something
    to look at, a line "note:" each. With --acknowledge these are not shown again, and count no more, until
    they change.

    Examples:

    - `triage status`
    - `triage status --acknowledge`
    - `triage status --json`
    """
    from triage.status import acknowledge as acknowledge_notices
    from triage.status import look

    settings = load(config)
    found = look(settings, datetime.now(UTC))
    print_status(found, settings.zone, as_json=json)
    if acknowledge:
        acknowledge_notices(settings, found)
        found = look(settings, datetime.now(UTC))
    raise typer.Exit(NEEDS_YOU if found.needs else LOOK_AT_IT if found.worth_knowing else 0)


def print_status(status: Status, zone: ZoneInfo, *, as_json: bool) -> None:
    """Show how things stand."""
    if as_json:
        print_json_lines([_record(status)])
        return
    size = f", {status.store.size_bytes / 1e6:.1f} MB" if status.store.size_bytes is not None else ""
    for name, value in (
        ("last complete day", _last_complete(status)),
        ("last digest", status.last_digest or "none yet"),
        ("due", _days(status.announcements.due)),
        ("without a digest", _days(status.announcements.waiting)),
        ("failed", _days([one.day for one in status.announcements.failed])),
        ("next announcement", f"{_local(status.announcements.next, zone)}, in the feeds four hours later"),
        ("next run", _next_run(status, zone)),
        ("requests to arXiv", _requests(status.requests)),
        ("language model", _llm(status)),
        ("model", _model(status, zone)),
        ("labels", _labels(status)),
        ("store", f"{status.store.place}{size}, {status.store.papers:,} papers"),
        ("disk", f"{status.store.disk_free_bytes / 1e9:.1f} GB free"),
    ):
        print(f"{name + ':':<24}{value}")
    for one in status.announcements.suspicious:
        print(f"{one.day}: {one.state.value}, but {one.reason}")
    for sentence in status.worth_knowing:
        print(f"note: {sentence}")
    if status.worth_knowing:
        print("(not again: triage status --acknowledge)")
    for sentence in status.needs:
        typer.secho(f"needs you: {sentence}", bold=True, fg="red")


def _labels(status: Status) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in asdict(status.labels).items())
    missing = status.labels_not_stored
    return f"{counts} ({missing} of these papers not in the store)" if missing else counts


def _days(days: Sequence[date]) -> str:
    if not days:
        return "none"
    return f"{len(days)} ({', '.join(map(str, days[:5]))}{' ...' if len(days) > 5 else ''})"


def _last_complete(status: Status) -> str:
    last = status.announcements.last_good
    return f"{last.day} ({last.state.value}, {last.new} new)" if last else "none yet"


def _next_run(status: Status, zone: ZoneInfo) -> str:
    daemon = status.daemon
    if daemon is None:
        return "by cron or by hand; no daemon is running"
    who = f"daemon, process {daemon.pid} on {daemon.host}, since {_local(daemon.started, zone)}"
    if not daemon.alive:
        return f"none planned; the {who}, is gone"
    if daemon.doing and daemon.doing_since:
        return f"now: {daemon.doing}, since {_local(daemon.doing_since, zone)} ({who})"
    if daemon.next_run is None:
        return f"not planned yet ({who})"
    return f"{_local(daemon.next_run, zone)}, {daemon.next_why} ({who})"


def _model(status: Status, zone: ZoneInfo) -> str:
    model = status.model
    if not model.version:
        return "none yet"
    made_from = model.manifest and f"from {counted(model.manifest.relevant, 'relevant paper')}"
    parts = [model.version, made_from or "can't be read"]
    if model.made_at is not None:
        days = (status.at - model.made_at).days
        age = f" ({counted(days, 'day')} ago)" if days > 0 else ""
        parts.append(f"made {_local(model.made_at, zone)}{age}")
    if model.new_labels is not None:
        parts.append(f"{counted(model.new_labels, 'new label')} since then")
    return ", ".join(parts)


def _requests(counts: RequestCounts) -> str:
    today = counts.today
    parts = [f"{today.requests:,} today"]
    if today.retries:
        parts.append(f"{today.retries} of them repeated")
    if today.failures:
        parts.append(f"{counted(today.failures, 'question')} without a usable answer")
    return f"{', '.join(parts)}; {counts.total.requests:,} in all"


def _llm(status: Status) -> str:
    settings, use = status.llm_settings, status.llm
    if not settings.model:
        return "none (optional; section llm of config.yaml)"
    failed = f"; the last failure: {use.problem}" if use.problem else ""
    used = f"{use.calls} of {settings.calls} calls and {use.tokens:,} of {settings.tokens:,} tokens today"
    return f"{settings.model}, {used}{failed}"


def _local(time: datetime, zone: ZoneInfo) -> str:
    # Abbreviations of zones mean different things to different readers.
    here = time.astimezone(zone)
    return f"{here:%Y-%m-%d %H:%M} {timezone(here.utcoffset() or timedelta())}"


def _record(status: Status) -> dict[str, Any]:
    daemon, days, model, store = status.daemon, status.announcements, status.model, status.store
    return {
        "last_good": days.last_good and days.last_good.day,
        "last_done": days.last_done,
        "last_digest": status.last_digest,
        "due": days.due,
        "failed": [fields(one, "day", "reason") for one in days.failed],
        "suspicious": [fields(one, "day", "reason") for one in days.suspicious],
        "waiting": days.waiting,
        "next_announcement": days.next,
        "next_run": daemon.next_run if daemon and daemon.alive else None,
        "daemon": daemon.model_dump(mode="json") if daemon else None,
        "asked": {"today": asdict(status.requests.today), "total": asdict(status.requests.total)},
        "llm": {**fields(status.llm_settings, "model", "calls", "tokens"), "today": asdict(status.llm)},
        "model": model.version,
        "model_made": model.made_at,
        "labels_since_model": model.new_labels,
        "relevant": model.manifest.relevant if model.manifest else None,
        "papers": store.papers,
        "labels": asdict(status.labels),
        "store": store.place,
        "store_bytes": store.size_bytes,
        "disk_free_bytes": store.disk_free_bytes,
        **fields(status, "undelivered", "labels_not_stored", "missing_notes", "misread"),
        **fields(status, "worth_knowing", "needs"),
    }
