"""Fetching other people's picks.  A source that fails never stops a run: a notice, and the next run tries again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import ClassVar
from urllib.parse import urljoin, urlsplit

from triage.clock import Clock
from triage.community.parse import DatedPick, read_daily_papers, read_published
from triage.config.schema import Config
from triage.errors import ListingError, TriageError
from triage.listing.client import Client, RequestError
from triage.listing.sources import PaperLookup
from triage.papers import ArxivId
from triage.progress import Progress
from triage.store.store import Store

DAILY_PAPERS = "daily-papers"
"""The source's name in the store."""

FETCH_AGAIN_AFTER = timedelta(hours=20)
LOOK_UP_AGAIN_AFTER = timedelta(days=30)
"""What arXiv did not know is looked up again after this."""
FIRST_DAYS = 30
"""So many days back the first time, and after a longer absence: tastes of last year say little."""
MOST_A_RUN = 10
"""Days of Daily Papers fetched in one run, a request each; the next run goes on."""
MOST_DIGESTS = 10
"""Digests of an index read in one run, the oldest unread ones first."""
MOST_PAPERS = 300
"""Picked papers that the store lacks, looked up in one run: three requests."""
MOST_KEPT = 5_000
"""Picks taken from one answer: a longer list says nothing about a taste."""
_LARGEST_FILE = 24_000_000

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How far a source of picks was read; a record of the store, by source."""

    KEY: ClassVar[str] = "signal"

    until: date | None = None
    """The last day read."""
    asked: datetime | None = None


def sources(config: Config) -> list[str]:
    """Return the names of the sources of picks that are turned on."""
    return [*([DAILY_PAPERS] if config.signals.community else []), *config.signals.picks]


def refresh_community(
    config: Config,
    store: Store,
    clock: Clock,
    lookup: PaperLookup | None,
    *,
    progress: Progress,
    warn: Warn,
) -> None:
    """Fetch what other people picked since, and the picked papers that the store does not have.

    Without a look-up, offline, only files are read.
    """
    if not sources(config):
        return
    if lookup is None:
        refresh_picks(config, store, None, clock.now(), warn)
        return
    from triage.listing.arxiv import open_client

    progress("fetching what other people picked", 0, 0)
    client = open_client(config, clock, lock_name="signals.clock", deadline_seconds=60.0)
    refresh_picks(config, store, client, clock.now(), warn)
    fetch_picked(config, store, lookup, clock.now(), warn)


def refresh_picks(config: Config, store: Store, client: Client | None, now: datetime, warn: Warn) -> None:
    """Keep the new picks of every source that is turned on, with their days; without a client only of files."""
    if config.signals.community and client is not None:
        _refresh_daily_papers(config.signals.community_url, store, client, now.date(), warn)
    for place in config.signals.picks:
        with store.reading() as tx:
            known = tx.records.get(SourceState, place) or SourceState()
        address = urlsplit(place).scheme in ("http", "https")
        if address and (client is None or (known.asked and now - known.asked < FETCH_AGAIN_AFTER)):
            continue
        try:
            read = partial(_read_place, config, client if address else None, place)
            _refresh_place(place, known, read, store, now)
        except (TriageError, OSError) as error:
            reason = error.message if isinstance(error, TriageError) else f"{error.strerror or error}"
            warn(f"the picks of {place} could not be read, so only the earlier ones count: {reason}")


def fetch_picked(config: Config, store: Store, lookup: PaperLookup, now: datetime, warn: Warn) -> None:
    """Fetch picked papers that the store does not have from arXiv, the newest picks first."""
    with store.reading() as tx:
        picked = [paper for _, paper in reversed(tx.community.before(date.max, sources(config)))]
        known = tx.papers.get(picked)
        lookups = tx.notes.lookups() if picked else {}
    missing = [
        paper
        for paper in picked
        if paper not in known and (paper not in lookups or now - lookups[paper][1] >= LOOK_UP_AGAIN_AFTER)
    ][:MOST_PAPERS]
    if not missing:
        return
    try:
        found = lookup.by_ids(missing)
    except TriageError as error:
        warn(f"papers that other people picked could not be looked up: {error.message}")
        return
    with store.transaction() as tx:
        tx.papers.put(found.values())
        tx.notes.put_lookups({one: one if one in found else None for one in missing}, now)


def days_due(until: date | None, today: date) -> list[date]:
    """Return the days of a daily list to fetch now, oldest first, after the last day fetched.

    Only days that are over (UTC): a list still grows on its own day.
    """
    first = today - timedelta(days=FIRST_DAYS)
    if until is not None:
        first = max(first, until + timedelta(days=1))
    return [first + timedelta(days=number) for number in range((today - first).days)][:MOST_A_RUN]


def _refresh_daily_papers(url: str, store: Store, client: Client, today: date, warn: Warn) -> None:
    with store.reading() as tx:
        known = tx.records.get(SourceState, DAILY_PAPERS) or SourceState()
    failures: list[str] = []
    for day in days_due(known.until, today):
        papers: Sequence[ArxivId] = ()
        try:
            answer = client.get(url, {"date": day.isoformat()}, expect="json")
            papers = read_daily_papers(answer.body)[:MOST_KEPT]
        except RequestError as error:
            if error.status is None or not _is_final(error.status):
                failures.append(error.message)
                break  # Nothing is lost: the next run begins with this day.
            failures.append(error.message)  # It would be refused tomorrow as well: on to the next day.
        except ListingError as error:
            failures.append(f"{url}, {day}: {error.message}")
            break
        with store.transaction() as tx:
            tx.community.put(DAILY_PAPERS, [(day, paper) for paper in papers])
            tx.records.put(SourceState(until=day), DAILY_PAPERS)
    if failures:
        more = f" (and {len(failures) - 1} more days)" if failures[1:] else ""
        warn(f"Daily Papers could not be fetched, so only the earlier picks count: {failures[0]}{more}")


def _is_final(status: int) -> bool:
    return 400 <= status < 500 and status not in (401, 403, 406, 407, 408, 425, 429)


def _read_place(config: Config, client: Client | None, place: str, link: str = "") -> bytes:
    """Return the bytes of a file (without a client) or an address, or of what it links.

    Raises
    ------
    ListingError
        If a link leads out of its folder or site, or there is too much to read.
    OSError
        If a file can't be read.
    """
    if client is not None:
        url = urljoin(place, link)
        if urlsplit(url)[:2] != urlsplit(place)[:2]:
            raise ListingError(f"it links to a digest elsewhere: {url[:200]}")
        return client.get(url, expect="any", conditional=True).body
    folder = config.path(place).parent
    path = folder / link if link else config.path(place)
    if link and not path.resolve().is_relative_to(folder.resolve()):
        raise ListingError(f"it links to a digest elsewhere: {link[:200]}")
    if path.exists() and not (path.is_file() and path.stat().st_size <= _LARGEST_FILE):
        raise ListingError(f"{path} is too large, or no regular file")
    return path.read_bytes()


def _refresh_place(
    place: str, known: SourceState, read: Callable[..., bytes], store: Store, now: datetime
) -> None:
    """Keep the picks of a place, and of the digests that it links and that were not read yet."""
    today = now.date()
    first = read_published(read(), today=today, name=place)
    with store.transaction() as tx:
        tx.community.put(place, first.picks[-MOST_KEPT:])
    until = known.until
    # The last one is read again: its owner may have moved a paper into the picks since.
    unread = [(day, link) for day, link in first.digests if until is None or day >= until]
    for day, link in unread[-MOST_DIGESTS:] if until is None else unread[:MOST_DIGESTS]:
        picks: Sequence[DatedPick] = ()
        try:
            picks = read_published(read(link), today=today, name=link).picks
        except RequestError as error:
            if error.status is None or not _is_final(error.status):
                raise
        except (ListingError, OSError):
            pass  # A day without a pick, or a link to something else.
        until = day
        with store.transaction() as tx:
            tx.community.put(place, [(day, paper) for _, paper in picks])
            tx.records.put(replace(known, until=until), place)
    with store.transaction() as tx:
        tx.records.put(SourceState(until, asked=now), place)
