"""How ``triage status`` shows how things stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from triage.cli.output import print_json_lines
from triage.cli.reports import console

if TYPE_CHECKING:
    from triage.listing.request_counts import RequestCounts
    from triage.status import Status


def print_status(status: Status, zone: ZoneInfo, *, as_json: bool) -> bool:
    """Show how things stand; returns whether something needs the reader."""
    if as_json:
        print_json_lines([_status_record(status)])
        return bool(status.needs)
    out = console()
    size = f", {status.store_bytes / 1e6:.1f} MB" if status.store_bytes is not None else ""
    rows = [
        ("last good day", _good_line(status)),
        ("last digest", status.last_digest or "none yet"),
        ("due", _days_line(status.due)),
        ("without a digest", _days_line(status.waiting)),
        ("failed", _days_line([one.day for one in status.failed])),
        ("next announcement", f"{_local(status.next_announcement, zone)}, in the feeds four hours later"),
        ("next run", _next_run_line(status, zone)),
        ("asked of arXiv", _asked_line(status.asked)),
        ("model", _model_line(status, zone)),
        ("labels", _labels_line(status)),
        ("store", f"{status.store}{size}, {status.papers:,} papers"),
        ("disk", f"{status.disk_free_bytes / 1e9:.1f} GB free"),
    ]
    for name, value in rows:
        out.print(f"{name + ':':<24}{value}", markup=False)
    for one in status.suspicious:
        out.print(f"{one.day}: {one.state.value}, but {one.reason}", markup=False)
    for sentence in status.worth_knowing:
        out.print(f"note: {sentence}", markup=False)
    for sentence in status.needs:
        out.print(f"needs you: {sentence}", markup=False, style="bold red")
    return bool(status.needs)


def _labels_line(status: Status) -> str:
    held = ", ".join(f"{count} {name}" for name, count in status.labels.items())
    missing = status.labels_not_stored
    return f"{held} ({missing} of these papers not in the store)" if missing else held


def _days_line(days: Sequence[date]) -> str:
    if not days:
        return "nothing"
    first = ", ".join(day.isoformat() for day in days[:5])
    return f"{len(days)} ({first}{' ...' if len(days) > 5 else ''})"


def _good_line(status: Status) -> str:
    good = status.last_good
    if good is None:
        return "none yet"
    return f"{good.day} ({good.state.value}, {good.new} new)"


def _next_run_line(status: Status, zone: ZoneInfo) -> str:
    daemon = status.daemon
    if daemon is None:
        return "by cron or by hand; no daemon is here"
    who = f"daemon, process {daemon.pid} on {daemon.host}, since {_local(daemon.started, zone)}"
    if not daemon.alive:
        return f"none planned; there was a {who}, that is gone"
    if daemon.doing and daemon.doing_since:
        return f"now: {daemon.doing}, since {_local(daemon.doing_since, zone)} ({who})"
    if daemon.next_run is None:
        return f"not planned yet ({who})"
    return f"{_local(daemon.next_run, zone)}, {daemon.next_why} ({who})"


def _model_line(status: Status, zone: ZoneInfo) -> str:
    if not status.model:
        return "none yet"
    told = [status.model]
    if status.manifest is None:
        told.append("can't be read")
    else:
        told.append(f"from {_counted(status.manifest.relevant, 'relevant paper')}")
    if status.model_made is not None:
        days = (status.at - status.model_made).days
        age = f" ({_counted(days, 'day')} ago)" if days > 0 else ""
        told.append(f"made {_local(status.model_made, zone)}{age}")
    if status.labels_since is not None:
        told.append(f"{_counted(status.labels_since, 'label')} said since")
    return ", ".join(told)


def _asked_line(asked: RequestCounts) -> str:
    today = asked.today
    told = [f"{_counted(today.requests, 'request')} today"]
    if today.retries:
        told.append(f"{today.retries} of them again")
    if today.failures:
        told.append(f"{_counted(today.failures, 'question')} without a usable answer")
    return f"{', '.join(told)}; {_counted(asked.total.requests, 'request')} in all"


def _local(time: datetime, zone: ZoneInfo) -> str:
    here = time.astimezone(zone)
    # Abbreviations mean different zones to different readers.
    minutes = int((here.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    offset = f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}" if minutes else ""
    return f"{here:%Y-%m-%d %H:%M} UTC{offset}"


def _status_record(status: Status) -> dict[str, Any]:
    daemon = status.daemon
    return {
        "last_good": status.last_good.day if status.last_good else None,
        "last_done": status.last_done,
        "last_digest": status.last_digest,
        "due": [day.isoformat() for day in status.due],
        "failed": [{"day": one.day.isoformat(), "reason": one.reason} for one in status.failed],
        "suspicious": [{"day": one.day.isoformat(), "reason": one.reason} for one in status.suspicious],
        "waiting": [day.isoformat() for day in status.waiting],
        "next_announcement": status.next_announcement.isoformat(),
        "next_run": daemon.next_run.isoformat() if daemon and daemon.alive and daemon.next_run else None,
        "daemon": daemon.model_dump(mode="json") if daemon else None,
        "asked": {"today": asdict(status.asked.today), "total": asdict(status.asked.total)},
        "model": status.model,
        "model_made": status.model_made.isoformat() if status.model_made else None,
        "labels_since_model": status.labels_since,
        "relevant": status.manifest.relevant if status.manifest else None,
        "papers": status.papers,
        "labels": status.labels,
        "store": status.store,
        "store_bytes": status.store_bytes,
        "disk_free_bytes": status.disk_free_bytes,
        "undelivered": list(status.undelivered),
        "labels_not_stored": status.labels_not_stored,
        "missing_notes": list(status.missing_notes),
        "misread": list(status.misread),
        "worth_knowing": list(status.worth_knowing),
        "needs": list(status.needs),
    }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
