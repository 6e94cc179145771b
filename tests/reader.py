"""A made-up reader with notes and listings, for tests of the whole day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from triage.clock import Clock
from triage.config.load import load_config
from triage.config.schema import Config
from triage.context import dry_run_copy, open_context
from triage.digest.candidates import rank_listing
from triage.feedback.labelling import add_labels
from triage.feedback.retrain import Retrained, retrain
from triage.feedback.sync import SyncReport, sync
from triage.listing.backfill import import_listing
from triage.listing.calendar import is_listing_day, submission_window
from triage.papers import ScoredPaper
from triage.progress import Progress, silent
from triage.run import DayReport, prepare, run
from triage.store.labels import LoggedLabel
from triage.training.learn import LearnReport, learn
from triage.training.models import KnownModel, all_models

NOW = datetime(2024, 1, 17, 6, 3, 13, tzinfo=UTC)

TOPICS = {
    "retrieval": "retrieval augmented generation with a dense index of passages, a reranker and grounded answers",
    "agents": "language agents that plan, call tools and keep memory of what they did in a simulated world",
    "translation": "neural machine translation between low-resource languages with parallel and monolingual corpora",
    "speech": "speech recognition with acoustic encoders, streaming decoders and noisy microphones in cars",
    "parsing": "dependency parsing with treebanks, annotation schemes and transition systems across languages",
}


def submitted(day: date) -> datetime:
    """Return a time of submission that fits a listing day, also one that arXiv's calendar leaves out."""
    if is_listing_day(day):
        return submission_window(day)[0] + timedelta(hours=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)


def record(
    number: int, topic: str, day: date, *, categories: Iterable[str] = ("cs.CL",), title: str = ""
) -> dict[str, object]:
    """Return a made-up paper in the listing format; equal arguments give equal papers."""
    return {
        "id": f"{day:%y%m}.{number:05d}",
        "title": title or f"Study {number} of {topic}: what {topic} systems miss",
        "abstract": f"We study {TOPICS[topic]}. In {number} experiments we compare {topic} systems. "
        f"We find that {topic} improves when the data are cleaned first.",
        "authors": ["A. Reader", "B. Writer"],
        "categories": list(categories),
        "submitted": submitted(day).isoformat(),
        "announced": day.isoformat(),
    }


def listing(day: date, start: int, *, per_topic: int = 4) -> list[dict[str, object]]:
    """Return one announcement with so many papers of each topic."""
    return [
        record(start + number * len(TOPICS) + place, topic, day)
        for number in range(per_topic)
        for place, topic in enumerate(TOPICS)
    ]


class FixedClock:
    """A clock that stands still until it is told to go on; sleeping moves it."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def import_file(config: Config, file: Path) -> tuple[int, int]:
    """Do ``triage archive import``."""
    with open_context(config, lock_for="archive import") as context:
        return import_listing(config, context.store, file)


def learn_notes(config: Config, *, offline: bool, clock: Clock | None = None) -> LearnReport:
    """Do ``triage learn``."""
    with open_context(config, clock=clock, lock_for="learn") as context:
        return learn(context, offline=offline)


def run_day(
    config: Config,
    *,
    listing: Path | None = None,
    until: date | None = None,
    since: date | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
) -> DayReport:
    """Do ``triage run``."""
    with open_context(config, clock=clock, progress=progress, lock_for="run") as context:
        report = run(context, listing=listing, until=until, since=since)
        if listing is None:
            prepare(context, report)
        return report


def dry_run_day(config: Config, *, listing: Path | None = None, clock: Clock) -> list[str]:
    """Do ``triage run --dry-run``; returns the digests' texts."""
    with dry_run_copy(config) as copy, open_context(copy, clock=clock, lock_for="run") as context:
        return [digest.file.read_text("utf-8") for digest in run(context, listing=listing).digests]


def rank_day(config: Config, *, listing: Path | None, day: date | None) -> list[ScoredPaper]:
    """Do ``triage rank``."""
    with open_context(config) as context:
        return rank_listing(context, listing=listing, day=day)


def label(
    config: Config,
    given: Sequence[str],
    *,
    relevant: bool | None = None,
    categories: Sequence[str] = (),
    read: bool | None = None,
) -> list[LoggedLabel]:
    """Do ``triage label``."""
    with open_context(config) as context:
        return add_labels(context, given, relevant=relevant, categories=categories, read=read)[0]


def retrain_model(config: Config) -> Retrained:
    """Do ``triage retrain``."""
    with open_context(config, lock_for="retrain") as context:
        return retrain(context)


def sync_digests(config: Config) -> SyncReport:
    """Do ``triage sync``."""
    with open_context(config, lock_for="sync") as context:
        return sync(config, context.store, context.clock.now())


def models(config: Config) -> list[KnownModel]:
    """Do ``triage model list``."""
    with open_context(config) as context:
        return all_models(context)


@dataclass
class Reader:
    """A folder with a configuration, notes on retrieval and agents, and an archive to compare with."""

    folder: Path
    settings: str = "digest: {threshold: 0.0}"
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    def __post_init__(self) -> None:
        archive = [
            paper
            for day in (date(2023, 12, 4), date(2023, 12, 5), date(2023, 12, 6))
            for paper in listing(day, 100 * day.day, per_topic=8)
        ]
        noted = [paper for paper in archive if "retrieval" in str(paper["title"])][:8]
        noted += [paper for paper in archive if "agents" in str(paper["title"])][:6]
        self.write("archive.jsonl", archive)
        notes = "# Paper notes\n"
        for topic in ("retrieval", "agents"):
            notes += f"\n## {topic.capitalize()}\n\n"
            for paper in noted:
                if topic in str(paper["title"]):
                    notes += f"- [{paper['title']}](https://arxiv.org/abs/{paper['id']}): worth it.\n"
        (self.folder / "notes").mkdir()
        (self.folder / "notes" / "papers.md").write_text(notes, encoding="utf-8")
        (self.folder / "config.yaml").write_text(f"categories: [cs.CL]\n{self.settings}\n", encoding="utf-8")

    def write(self, name: str, records: Iterable[dict[str, object]]) -> Path:
        path = self.folder / name
        path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        return path

    @property
    def config(self) -> Config:
        return load_config(self.folder / "config.yaml")

    def import_archive(self) -> None:
        import_file(self.config, self.folder / "archive.jsonl")

    def learn(self) -> None:
        self.import_archive()
        learn_notes(self.config, offline=True, clock=self.clock)

    def run(self, listing: Path, *, until: date | None = None, since: date | None = None) -> DayReport:
        return run_day(self.config, listing=listing, until=until, since=since, clock=self.clock)
