"""The daemon's numbers for Prometheus (needs prometheus-client, the extra ``metrics``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from triage.daemon.schedule import End
from triage.status import Status
from triage.store.daemon_state import DaemonState

Number = float | datetime | date | None
"""Times are shown in seconds, days as their midnight UTC; None is left out."""


def exposition(status: Status | None, state: DaemonState) -> bytes:
    """Return all numbers in Prometheus's text format; without a status, those of the daemon alone."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers([*_of_daemon(state), *_of_store(status)]))
    return bytes(generate_latest(registry))


class _Numbers(Collector):
    def __init__(self, numbers: Sequence[Metric]) -> None:
        self._numbers = numbers

    def collect(self) -> Sequence[Metric]:
        """Return every number."""
        return self._numbers


def _of_daemon(state: DaemonState) -> Iterator[Metric]:
    runs = CounterMetricFamily("triage_runs", "Runs by how they ended.", labels=["end"])
    for end in End:
        runs.add_metric([end.value], state.runs.get(end.value, 0))
    yield runs
    learned = "Times that changed notes or digests were read."
    yield CounterMetricFamily("triage_learned", learned, state.learned)
    yield CounterMetricFamily("triage_clock_changes", "Suspends and clocks set.", state.clock_changes)
    yield from _gauges(
        {
            "triage_working": ("1 while something is done.", bool(state.doing)),
            "triage_start_time_seconds": ("When the daemon started.", state.started),
            "triage_last_run_duration_seconds": ("How long the last run took.", state.last_run_seconds),
            "triage_last_run_time_seconds": ("When the last run ended.", state.last_run),
            "triage_next_run_time_seconds": ("When the next run is planned.", state.next_run),
        }
    )


def _of_store(status: Status | None) -> Iterator[Metric]:
    yield from _gauges({"triage_store_readable": ("1 if the store could be read.", status is not None)})
    if status is None:
        return
    requests = status.requests.total
    for name, meaning, number in (
        ("requests", "Requests made of arXiv by all processes of the store.", requests.requests),
        ("request_retries", "Of these, requests sent again.", requests.retries),
        ("request_failures", "Requests to arXiv without a usable response.", requests.failures),
        ("not_modified", "Responses that had not changed since the last request.", requests.not_modified),
        ("received_bytes", "Bytes of complete responses, as they were sent.", requests.bytes_received),
        ("waited_seconds", "Seconds spent waiting for the rate limit.", requests.seconds_waited),
    ):
        yield CounterMetricFamily(f"triage_arxiv_{name}", meaning, number)
    labels = GaugeMetricFamily("triage_labelled_papers", "Papers by their current label.", labels=["held"])
    for held, count in asdict(status.labels).items():
        labels.add_metric([held], count)
    yield labels
    last_good = status.announcements.last_good.day if status.announcements.last_good else None
    learned_from = status.model.manifest.relevant if status.model.manifest else None
    yield from _gauges(
        {
            "triage_needs_reader": ("How many things need the reader.", len(status.needs)),
            "triage_announcements_due": ("Announcements made and not done.", len(status.announcements.due)),
            "triage_announcements_failed": (
                "Announcements that failed so far.",
                len(status.announcements.failed),
            ),
            "triage_announcements_doubtful": (
                "Done, but doubtful; of two weeks.",
                len(status.announcements.suspicious),
            ),
            "triage_marks_misread": ("Marks in digests that are not understood.", len(status.misread)),
            "triage_deliveries_failed": ("Deliveries that have not succeeded.", len(status.undelivered)),
            "triage_papers": ("Papers in the store.", status.store.papers),
            "triage_disk_free_bytes": ("Free space where the store is.", status.store.disk_free_bytes),
            "triage_store_bytes": ("The store's size.", status.store.size_bytes),
            "triage_model_relevant_papers": ("Relevant papers the model learned from.", learned_from),
            "triage_model_made_time_seconds": ("When the model in use was made.", status.model.made_at),
            "triage_labels_since_model": ("Labels added since it was trained.", status.model.new_labels),
            "triage_last_good_day_seconds": ("Listing day last fetched with its papers.", last_good),
            "triage_last_announcement_day_seconds": (
                "Listing day last done.",
                status.announcements.last_done,
            ),
            "triage_last_digest_day_seconds": ("Listing day of the last digest.", status.last_digest),
        }
    )


def _gauges(numbers: Mapping[str, tuple[str, Number]]) -> Iterator[Metric]:
    for name, (meaning, value) in numbers.items():
        if isinstance(value, datetime):
            yield GaugeMetricFamily(name, meaning, value.timestamp())
        elif isinstance(value, date):
            yield GaugeMetricFamily(name, meaning, datetime.combine(value, time(), UTC).timestamp())
        elif value is not None:
            yield GaugeMetricFamily(name, meaning, float(value))
