"""The daemon's numbers for Prometheus (needs prometheus-client, the extra ``metrics``).

``metrics.toml`` names most of them, and says where in the status and the daemon's state they stand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import reduce
from importlib.resources import files
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from triage.daemon.schedule import End
from triage.status import Status
from triage.store.daemon_state import DaemonState

_FAMILIES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}


def exposition(status: Status | None, state: DaemonState) -> bytes:
    """Return all numbers in Prometheus's text format; without a status, those of the daemon alone."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers([*_of_daemon(state), *_of_store(status)]))
    return bytes(generate_latest(registry))


class _Numbers(Collector):
    def __init__(self, numbers: Sequence[Metric]) -> None:
        self._numbers = numbers

    def collect(self) -> Sequence[Metric]:
        return self._numbers


def _of_daemon(state: DaemonState) -> Iterator[Metric]:
    runs = CounterMetricFamily("triage_runs", "Runs by how they ended.", labels=["end"])
    for end in End:
        runs.add_metric([end.value], state.runs.get(end.value, 0))
    yield runs
    yield GaugeMetricFamily("triage_working", "1 while something is done.", float(bool(state.doing)))
    yield from _named("daemon", state)


def _of_store(status: Status | None) -> Iterator[Metric]:
    readable = float(status is not None)
    yield GaugeMetricFamily("triage_store_readable", "1 if the store could be read.", readable)
    if status is None:
        return
    labels = GaugeMetricFamily("triage_labelled_papers", "Papers by their current label.", labels=["held"])
    for held, count in asdict(status.labels).items():
        labels.add_metric([held], count)
    yield labels
    yield from _named("store", status)


def _named(about: str, record: object) -> Iterator[Metric]:
    table = tomllib.loads(files(__package__).joinpath("metrics.toml").read_text("utf-8"))
    for kind, numbers in table[about].items():
        for one in numbers:
            value: Any = reduce(
                lambda inner, name: inner and getattr(inner, name), one["value"].split("."), record
            )
            if value is not None:
                yield _FAMILIES[kind](one["name"], one["meaning"], _number(value))


def _number(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC).timestamp()
    return float(len(value) if isinstance(value, tuple) else value)
