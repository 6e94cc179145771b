"""A reader's folder with a store and digests, made with the program's own rooms."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from triage.config.schema import Config
from triage.context import Context
from triage.deliver.digests import Digest, read_digest
from triage.digest.content import DigestContent, digest_file_name
from triage.digest.render import render
from triage.papers import (
    Announcement,
    AnnouncementState,
    AnnounceType,
    ArxivId,
    ListedPaper,
    Paper,
    Pick,
    ScoredPaper,
)
from triage.progress import silent
from triage.ranker.registry import ModelRegistry
from triage.store.digests import Delivery, ShownPaper, StoredDigest
from triage.store.store import Store

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday morning."""


class SetClock:
    """A clock that stands until a test moves it."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


class World:
    """Everything a delivery needs, in one folder."""

    def __init__(self, folder: Path, deliver: dict[str, Any] | None = None, **config: Any) -> None:
        self.folder = folder
        self.clock = SetClock()
        (folder / "triage.db").write_bytes(_empty_store())
        self.store = Store(f"sqlite:///{folder / 'triage.db'}")
        self.settings: dict[str, Any] = {"categories": ["cs.CL"], **config}
        self.set_up(deliver or {})

    def set_up(self, deliver: dict[str, Any]) -> None:
        """Change what is delivered where."""
        self.config = Config(**self.settings, deliver=deliver).placed_in(self.folder)
        registry = ModelRegistry(self.folder / "models")
        self.context = Context(self.config, self.store, registry, self.clock, silent)

    def write(
        self, day: date | None = None, *, titles: tuple[str, ...] = ("A plain title",), rest: int = 2
    ) -> Path:
        """Record and write a digest; by default for the clock's day."""
        day = day or self.clock.now().date()
        scored = [
            ScoredPaper(paper(day, number, title), 1.0 / (number + 1), 0.5 / (number + 1), ("RAG",))
            for number, title in enumerate((*titles, *(f"Other paper {n}" for n in range(rest))))
        ]
        picks = tuple(Pick(one, rank) for rank, one in enumerate(scored, 1))
        chosen, others = picks[: len(titles)], picks[len(titles) :]
        announcement = Announcement(day, AnnouncementState.COMPLETE, new=len(picks), source="feed")
        content = DigestContent(
            day=day,
            total=len(picks),
            picks=chosen,
            rest=others,
            written_at=self.clock.now(),
        )
        text = render(content, self.config.digest.language)
        stored = StoredDigest(
            day=day,
            covers=(day,),
            file=digest_file_name(day),
            machine_text=text,
            synced_text=text,
            written_at=self.clock.now(),
            total=content.total,
            interesting=len(chosen),
            model="m",
        )
        shown = [
            ShownPaper(pick.scored.paper.id, pick.rank, pick in chosen, 1.0, 0.5, ("RAG",)) for pick in picks
        ]
        with self.store.transaction() as tx:
            tx.announcements.put(announcement, [ListedPaper(one.paper, AnnounceType.NEW) for one in scored])
            tx.digests.put(stored, shown)
        file = self.config.digest_folder / stored.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    def digest(self, file: Path) -> Digest:
        with self.store.reading() as tx:
            stored = next(one for one in tx.digests.all() if one.file == file.name)
            digest = read_digest(tx, stored, file.parent)
        assert digest is not None
        return digest

    def delivery(self, target: str, day: date | None = None) -> Delivery | None:
        with self.store.reading() as tx:
            known = tx.digests.deliveries(day or START.date())
        return next((one for one in known if one.target == target), None)


@cache
def _empty_store() -> bytes:
    """Migrate once for all tests: a copy of the file is as good as a migration."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "triage.db"
        Store(f"sqlite:///{file}").close()
        return file.read_bytes()


def paper(day: date, number: int, title: str) -> Paper:
    """Return a paper announced on a day."""
    return Paper(
        id=ArxivId(f"{day:%y%m}.{day.day * 100 + number:05}"),
        title=title,
        abstract=f"We measure thing {number} in detail. It works better than before.",
        authors=("Ada M. Lovelace", "Jan van der Berg", "The Tiny Collaboration"),
        categories=("cs.CL", "cs.AI"),
        submitted=datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=1),
        announced=day,
    )
