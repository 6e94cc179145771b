"""The daemon's numbers for Prometheus (needs prometheus-client, the extra ``metrics``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from triage.daemon.plan import End
from triage.status import Status
from triage.store.daemon_state import DaemonState


def exposition(status: Status | None, state: DaemonState, now: datetime) -> bytes:
    """Return all numbers in Prometheus's text format.

    Parameters
    ----------
    status : Status or None
        None when the store can't be looked at; then ``triage_store_readable`` is 0.
    state : DaemonState
    now : datetime
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(status, state, now))
    return bytes(generate_latest(registry))


class _Numbers(Collector):
    def __init__(self, status: Status | None, state: DaemonState, now: datetime) -> None:
        self._status = status
        self._state = state
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield every number."""
        yield from self._of_daemon()
        yield _gauge("triage_store_readable", "1 if the store could be looked at.", self._status is not None)
        if self._status is not None:
            yield from _of_store(self._status)

    def _of_daemon(self) -> Iterator[Metric]:
        state = self._state
        runs = CounterMetricFamily("triage_runs", "Runs by how they ended.", labels=["end"])
        for end in End:
            runs.add_metric([end.value], state.runs.get(end.value, 0))
        yield runs
        yield CounterMetricFamily(
            "triage_learned", "Times that changed notes or digests were read.", state.learned
        )
        yield CounterMetricFamily("triage_clock_changes", "Suspends and clocks set.", state.clock_changes)
        yield _gauge("triage_working", "1 while something is done.", bool(state.doing))
        yield _gauge("triage_start_time_seconds", "When the daemon started.", state.started.timestamp())
        yield _gauge(
            "triage_last_run_duration_seconds", "How long the last run took.", state.last_run_seconds
        )
        for name, told, time in (
            ("last", "When the last run ended.", state.last_run),
            ("next", "When the next run is planned.", state.next_run),
        ):
            if time is not None:
                yield _gauge(f"triage_{name}_run_time_seconds", told, time.timestamp())


def _of_store(status: Status) -> Iterator[Metric]:
    last_good = status.last_good.day if status.last_good else None
    yield _gauge("triage_needs_reader", "How many things need the reader.", len(status.needs))
    yield _gauge("triage_announcements_due", "Announcements made and not done.", len(status.due))
    yield _gauge("triage_announcements_failed", "Announcements that failed so far.", len(status.failed))
    yield _gauge(
        "triage_announcements_doubtful", "Done in two weeks, with a reason to doubt.", len(status.suspicious)
    )
    yield _gauge("triage_marks_misread", "Marks in digests that are not understood.", len(status.misread))
    yield _gauge("triage_deliveries_failed", "Deliveries that have not succeeded.", len(status.undelivered))
    asked = status.asked.total
    for name, told, number in (
        ("requests", "Requests made of arXiv by all processes of the store.", asked.requests),
        ("request_retries", "Of these, questions asked again.", asked.retries),
        ("request_failures", "Questions to arXiv that ended without a usable answer.", asked.failures),
        ("not_modified", "Answers that had not changed since they were asked for last.", asked.not_modified),
        ("received_bytes", "Bytes of complete answers, as they were sent.", asked.bytes_received),
        ("waited_seconds", "Seconds spent waiting for the next turn.", asked.seconds_waited),
    ):
        yield CounterMetricFamily(f"triage_arxiv_{name}", told, number)
    yield _gauge("triage_papers", "Papers in the store.", status.papers)
    labels = GaugeMetricFamily(
        "triage_labelled_papers", "Papers by what the reader holds of them.", labels=["held"]
    )
    for held, count in status.labels.items():
        labels.add_metric([held], count)
    yield labels
    yield _gauge("triage_disk_free_bytes", "Free space where the store is.", status.disk_free_bytes)
    if status.store_bytes is not None:
        yield _gauge("triage_store_bytes", "The store's size.", status.store_bytes)
    if status.manifest is not None:
        yield _gauge(
            "triage_model_relevant_papers",
            "Relevant papers the model learned from.",
            status.manifest.relevant,
        )
    if status.model_made is not None:
        yield _gauge(
            "triage_model_made_time_seconds",
            "When the model in use was made.",
            status.model_made.timestamp(),
        )
    if status.labels_since is not None:
        yield _gauge(
            "triage_labels_since_model", "Labels said since it learned from them.", status.labels_since
        )
    for name, told, day in (
        ("good", "Listing day last fetched with its papers, as midnight UTC.", last_good),
        ("announcement", "Listing day last done, as midnight UTC.", status.last_done),
        ("digest", "Listing day of the last digest, as midnight UTC.", status.last_digest),
    ):
        if day is not None:
            yield _gauge(f"triage_last_{name}_day_seconds", told, _midnight(day))


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, float(value))


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
