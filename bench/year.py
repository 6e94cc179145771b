#!/usr/bin/env python3
"""Can it be forgotten for a year?  365 days of real listings through a fake arXiv that misbehaves.

The whole of `triage run` (store, notes, model, digests, mail, picks as JSON) works through the real
cs.CL listings of ../shared, against tests/fake_arxiv on loopback: on a third of the days arXiv has one
or two faults, of every kind there is; the mail server refuses now and then; one run in ten is stopped
at some moment and started again; some days have two runs; and for two weeks in June there is none.
Time is simulated, so that waiting costs nothing; HTTP, SMTP, SQLite and files are real.

Prints what was measured and every violation of what `triage` promises; exits 1 if there is one.
"""

from __future__ import annotations

import logging
import random
import re
import resource
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.year_faults import mend_mail, spoil, spoil_mail  # noqa: E402
from tests.deliver.smtp_server import Behaviour, MailServer  # noqa: E402
from tests.fake_arxiv import FakeArxiv, FakeClock, Kind, Where  # noqa: E402
from tests.fake_arxiv.world import inside_window, next_listing_day  # noqa: E402
from tests.reader import learn_notes, run_day  # noqa: E402
from triage.config.load import load_config  # noqa: E402
from triage.config.schema import Config  # noqa: E402
from triage.deliver.decide import GIVEN_UP, MAY_HAVE_ARRIVED  # noqa: E402
from triage.errors import TriageError  # noqa: E402
from triage.listing.calendar import EASTERN, announced_day, announcement_time, feed_time, is_listing_day  # noqa: E402
from triage.listing.files import read_listing  # noqa: E402
from triage.papers import Announcement, AnnouncementState, AnnounceType, ArxivId, Paper  # noqa: E402
from triage.store.store import Store, Transaction  # noqa: E402

LISTING = ROOT.parent / "shared" / "data" / "listings-2023-2024.jsonl.xz"
CATEGORY, OTHER = "cs.CL", "cs.CV"
CATEGORIES = (CATEGORY, "stat.TH")
"""The second one's papers are called math.ST: one category has two names."""
FIRST, DAYS = date(2024, 1, 2), 365
BEFORE = date(2023, 10, 1)
"""The fake arXiv knows papers from here on, for the background that a first run fetches."""
AWAY = range(154, 168)
"""The days of the year without any run: 2024-06-04 to 06-17."""
QUIET_DAYS = 5
"""The last days have no faults, so that all that failed can be made good."""
FAULTY, STOPPED, TWICE, MAIL_FAULTY, MARKED = 1 / 3, 0.1, 0.15, 0.1, 0.05
"""Shares of the days with faults of arXiv, stopped runs, two runs, faults of mail, a box ticked."""
ANYWAY = date(2024, 10, 9)
"""A listing that arXiv makes though its calendar says that there is none."""
HELD = 50
"""One paper in so many is held by moderators."""
DONE = (AnnouncementState.COMPLETE, AnnouncementState.RECOVERED, AnnouncementState.EMPTY)
NEW = (AnnounceType.NEW, AnnounceType.CROSS)
FOUND = re.compile(r"(\d+) missing papers found")


class Stopped(BaseException):
    """The process is told to end, at whatever line it is."""


@dataclass
class ReaderClock:
    """The reader's side of the simulated clock: a run may be stopped at any look at it."""

    clock: FakeClock
    left: int | None = None
    """So many more looks until the stop; None for never."""

    def now(self) -> datetime:
        self.transaction()
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        self.transaction()
        self.clock.sleep(seconds)

    def progress(self, what: str, done: int, total: int) -> None:
        self.transaction()

    def transaction(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Stopped


@dataclass
class Year:
    """What was simulated, and what went wrong."""

    runs: int = 0
    stopped: int = 0
    faulty_days: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    failed_then: int = 0
    marked: dict[str, str] = field(default_factory=dict)
    """Digest files with a box ticked by the reader, as they left them."""
    notices: list[str] = field(default_factory=list)
    """What the runs told the reader."""
    models: int = 0
    violations: list[str] = field(default_factory=list)

    def wrong(self, what: str) -> None:
        self.violations.append(what)


def real_papers() -> list[Paper]:
    """The category's papers, cross-lists included, from before the year to its end, and some of another one.

    Some are held; some are made papers or cross-lists of a second category.
    """
    end = FIRST + timedelta(days=DAYS)
    papers = [
        of_two_categories(paper)
        for paper in read_listing(LISTING)
        if paper.announced
        and BEFORE <= paper.announced < end
        and (CATEGORY in paper.categories or (OTHER in paper.categories and paper.id.endswith("7")))
    ]
    return [held(paper) if zlib.crc32(paper.id.encode()) % HELD == 0 else paper for paper in papers]


def of_two_categories(paper: Paper) -> Paper:
    """Let one paper in five be of the second category under its other name, and one cross-listed there."""
    share = zlib.crc32(b"second" + paper.id.encode()) % 5
    if CATEGORY not in paper.categories or share > 1:
        return paper
    others = tuple(name for name in paper.categories if name != CATEGORY)
    second = ("math.ST", "stat.TH")
    return replace(paper, categories=(*second, *others) if share else (*paper.categories, *second))


def held(paper: Paper) -> Paper:
    """Let moderators hold a paper for one to four listing days: only its announcement is later."""
    assert paper.announced is not None
    submitted = paper.submitted or inside_window(
        next_listing_day(paper.announced), zlib.crc32(paper.id.encode())
    )
    day = paper.announced
    for _ in range(1 + zlib.crc32(b"held" + paper.id.encode()) % 4):
        day = next_listing_day(day + timedelta(days=1))
    return replace(paper, submitted=submitted, announced=day)


def set_up(folder: Path, papers: list[Paper], arxiv: FakeArxiv, mail_port: int) -> Path:
    """A reader's folder: notes on what was announced before the year about retrieval, and all settings."""
    noted = [
        paper
        for paper in papers
        if paper.announced and paper.announced < FIRST and "retriev" in paper.title.lower()
    ]
    notes = "".join(f"## {one.title}\n\nhttps://arxiv.org/abs/{one.id}\n\nuseful\n\n" for one in noted[:60])
    (folder / "notes").mkdir()
    (folder / "notes" / "papers.md").write_text(f"# Retrieval\n\n{notes}", encoding="utf-8")
    config = folder / "config.yaml"
    config.write_text(
        f"""\
categories: [{", ".join(CATEGORIES)}]
cross_lists: true
digest: {{threshold: 0.0}}
arxiv:
  contact: reader@example.org
  feed_url: {arxiv.feed_url}
  api_url: {arxiv.api_url}
  oai_url: {arxiv.oai_url}
deliver:
  mail: {{to: [reader@example.org], host: 127.0.0.1, port: {mail_port}, security: none}}
  papers: {{formats: [json]}}
""",
        encoding="utf-8",
    )
    return config


def moments(day: date, rng: random.Random) -> Iterator[datetime]:
    """When runs begin on a day, Eastern: mostly in the morning, at times in the evening or twice."""
    hours = [rng.uniform(5.0, 11.0) if rng.random() < 0.8 else rng.uniform(0.2, 23.8)]
    if rng.random() < TWICE:
        hours.append(rng.uniform(12.0, 23.5))
    for hour in sorted(hours):
        yield datetime.combine(day, clock_time(0), EASTERN).astimezone(UTC) + timedelta(hours=hour)


def is_anything_due(tx: Transaction, now: datetime) -> bool:
    """Whether a run has something to fetch, by the calendar and the recorded states alone."""
    states = {one.day: one.state for one in tx.announcements.all()}
    if not states:
        return True
    day, last = min(states), now.astimezone(EASTERN).date()
    while day <= last:
        # A day without a listing is recorded as such without a question to arXiv.
        if is_listing_day(day) and states.get(day) not in DONE and feed_time(day) <= now:
            return True
        day += timedelta(days=1)
    return False


def live(folder: Path, arxiv: FakeArxiv, clock: FakeClock, mail: Behaviour, mail_port: int) -> Year:
    """Live through the year."""
    rng, year = random.Random(2024), Year()
    config = load_config(set_up(folder, list(arxiv.world.papers.values()), arxiv, mail_port))
    mine = ReaderClock(clock)
    # A pack that is dealt out, so that every kind has its turns.
    pack: list[Kind] = []
    learn_notes(config, offline=False, clock=mine)
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        arxiv.faults.clear()
        mend_mail(mail)
        if number in AWAY:
            continue
        if number < DAYS - QUIET_DAYS:
            if rng.random() < FAULTY:
                year.faulty_days += 1
                for _ in range(rng.choice([1, 1, 2])):
                    pack = pack or rng.sample(list(Kind), len(Kind))
                    kind = pack.pop()
                    year.faults[kind] += 1
                    spoil(arxiv, day, kind, rng)
            if rng.random() < MAIL_FAULTY:
                spoil_mail(mail, rng)
        for moment in moments(day, rng):
            clock.set(max(clock.now(), moment))
            mine.left = rng.randrange(80) if rng.random() < STOPPED else None
            run_once(config, mine, arxiv, year)
        if rng.random() < MARKED:
            tick(config.digest_folder, year)
    year.models = len(list((config.store_folder / "models").glob("*/manifest.json")))
    with Store(config.store_url) as store:
        judge(store, config.digest_folder, arxiv, mail, year)
    return year


def run_once(config: Config, mine: ReaderClock, arxiv: FakeArxiv, year: Year) -> None:
    """One `triage run`; if it is stopped, once more."""
    moment = mine.clock.now()
    with Store(config.store_url) as store, store.reading() as tx:
        due = is_anything_due(tx, moment)
    asked_before = len(arxiv.requests)
    while True:
        year.runs += 1
        try:
            report = run_day(config, clock=mine, progress=mine.progress)
        except Stopped:
            year.stopped += 1
            continue
        except TriageError as error:
            year.wrong(f"the run of {moment:%Y-%m-%d %H:%M} ended with: {error}")
            return
        break
    mine.left = None
    year.notices += report.notices
    year.failed_then += sum(one.state is AnnouncementState.FAILED for one in report.fetched)
    asked = len(arxiv.requests) - asked_before
    if asked and not due:
        year.wrong(f"{asked} requests at {moment:%Y-%m-%d %H:%M}, when nothing was due")


def tick(folder: Path, year: Year) -> None:
    """Let the reader tick the first box of the newest digest, which is then theirs."""
    file = max(folder.glob("*-insights.md"))
    text = file.read_text(encoding="utf-8").replace("- [ ]", "- [x]", 1)
    file.write_text(text, encoding="utf-8")
    year.marked[file.name] = text


def judge(store: Store, folder: Path, arxiv: FakeArxiv, mail: Behaviour, year: Year) -> None:
    """Compare what is kept with what is true."""
    year.violations += [f"the store: {error}" for error in store.integrity_errors()]
    with store.reading() as tx:
        judge_papers(tx, arxiv, year)
        judge_digests(tx, folder, year)
        judge_mail(tx, mail, year)
    gaps = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(arxiv.requests)]
    if min(gaps) < 3.0:
        year.wrong(f"two requests within {min(gaps):.2f} s")


def judge_papers(tx: Transaction, arxiv: FakeArxiv, year: Year) -> None:
    """Every paper once with the right day, every day in a state that is final and true."""
    recorded = {one.day: one for one in tx.announcements.all()}
    states = {day: one.state for day, one in recorded.items()}
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    truth: dict[ArxivId, date] = {}
    stored: dict[ArxivId, list[date]] = {}
    for day in days:
        listed = [item.paper.id for item in arxiv.world.listing(day, CATEGORIES) if item.announce_type in NEW]
        # What is announced on a holiday is found with the next listing: no source has its day.
        truth |= dict.fromkeys(listed, next_listing_day(day))
        for identifier, kind in tx.announcements.kinds(day).items():
            if kind in NEW:
                stored.setdefault(identifier, []).append(day)
        if day.weekday() < 5:
            state = states.get(day)
            if state not in DONE or (state is AnnouncementState.EMPTY) == is_listing_day(day):
                year.wrong(f"{day} ended as {state}, with {len(listed)} papers announced")
        elif day in states:
            year.wrong(f"{day}, a weekend, is recorded as {states[day]}")
    # A cross-list older than the day's new papers may be any age: the paper's own day is then left open.
    papers = {one: paper.announced for one, paper in tx.papers.get(truth).items()}
    lost = [one for one in truth if one not in stored]
    added = [one for one in stored if one not in truth]
    twice = [one for one, days_of in stored.items() if len(days_of) > 1]
    misdated = [
        one
        for one, day in truth.items()
        if one in stored and (stored[one] != [day] or papers[one] not in (day, None))
    ]
    untold = {one for one in misdated if nothing_tells(arxiv, one, recorded[stored[one][0]])}
    misdated = [one for one in misdated if one not in untold]
    for what, ids in (
        ("were announced and are not stored", lost),
        ("are stored and were not announced", added),
        ("are stored with two days", twice),
        ("have another day than they were announced on", misdated),
    ):
        if ids:
            days_of_these = Counter(truth.get(one, date.min) for one in ids)
            told = ", ".join(f"{number} of {day}" for day, number in sorted(days_of_these.items()))
            year.wrong(f"{len(ids)} papers {what}: {told[:500]}")
    report("papers announced", len(truth))
    report("papers lost", len(lost))
    completed = [one.reason.count("missing papers") for one in recorded.values()]
    report("listings completed later", sum(map(bool, completed)))
    found = sum(int(number) for one in recorded.values() for number in FOUND.findall(one.reason))
    report("papers found missing, and taken in", found)
    report("of these, held by moderators", sum(is_held(arxiv, one) for one in truth))
    report("of these, their day told by no source", len(untold))
    report("own day left open (old cross-lists)", sum(day is None for day in papers.values()))
    for state, number in sorted(Counter(states.values()).items()):
        report(f"announcements that ended {state}", number)


def is_held(arxiv: FakeArxiv, identifier: ArxivId) -> bool:
    first = arxiv.world.versions[identifier][0]
    return announced_day(first.submitted) != first.day


def nothing_tells(arxiv: FakeArxiv, identifier: ArxivId, fetched: Announcement) -> bool:
    """Whether a paper was held, and no source told its first day when it was fetched.

    Either it had been replaced by then, or OAI-PMH refused to answer: the API knows no listing days.
    """
    if not is_held(arxiv, identifier) or fetched.checked_at is None:
        return False
    later = arxiv.world.versions[identifier][1:]
    replaced = bool(later) and announcement_time(later[0].day) <= fetched.checked_at
    while_it_ran = fetched.checked_at, fetched.checked_at + timedelta(hours=1)
    refused = any(
        one.faults and one.where == Where.OAI and while_it_ran[0] <= one.at <= while_it_ran[1]
        for one in arxiv.requests
    )
    return replaced or (fetched.source == "api" and refused)


def judge_digests(tx: Transaction, folder: Path, year: Year) -> None:
    """Every announcement in one digest, every paper in one at the most, every file as it was left."""
    digests = tx.digests.all()
    covered = Counter(day for digest in digests for day in digest.covers)
    whole = {
        one.day
        for one in tx.announcements.all()
        if one.state in (AnnouncementState.COMPLETE, AnnouncementState.RECOVERED)
    }
    if set(covered) != whole or max(covered.values()) > 1:
        year.wrong(f"digests cover {len(covered)} announcements of {len(whole)}, some twice or wrongly")
    shown = Counter(paper.paper for digest in digests for paper in tx.digests.shown_in(digest.day))
    if doubled := [paper for paper, times in shown.items() if times > 1]:
        year.wrong(f"{len(doubled)} papers are in two digests, {doubled[0]} among them")
    names = {path.name for path in folder.glob("*-insights.md")}
    if names != {digest.file for digest in digests}:
        year.wrong(f"{len(names)} digest files for {len(digests)} digests")
    for digest in digests:
        text = (folder / digest.file).read_text(encoding="utf-8")
        if text != year.marked.get(digest.file, digest.machine_text):
            year.wrong(f"{digest.file} is not as it was written or left")
    report("digests", len(digests))
    report("papers shown", len(shown))


def judge_mail(tx: Transaction, mail: Behaviour, year: Year) -> None:
    """Every digest sent once and recorded so, or told that it may not have arrived; its picks in their file."""
    digests = {digest.day for digest in tx.digests.all()}
    sent = Counter(date.fromisoformat(message["X-Triage-Digest"]) for message in mail.messages)
    if doubled := [day for day, times in sent.items() if times > 1]:
        year.wrong(f"{len(doubled)} digests were mailed twice, {min(doubled)} among them")
    unsure = {
        one.digest
        for one in tx.digests.deliveries()
        if one.target == "mail" and one.reason.startswith(GIVEN_UP) and MAY_HAVE_ARRIVED in one.reason
    }
    for day in unsure:
        told = [line for line in year.notices if line.startswith(f"{day} to mail: {GIVEN_UP}")]
        if len(told) != 1:
            year.wrong(f"the reader was told {len(told)} times that the mail of {day} may not have arrived")
    for target in ("mail", "papers:json"):
        known = {one.digest: one for one in tx.digests.deliveries() if one.target == target}
        for day in digests:
            one = known.get(day)
            if target == "mail" and day in unsure:
                continue
            done = one is not None and (one.sent_at or one.reason.startswith(GIVEN_UP))
            if not done or (target == "mail" and bool(one and one.sent_at) != (day in sent)):
                year.wrong(f"the digest of {day} to {target}: {one}")
    report("digests mailed", len(sent))
    report("mails cut off at their end, told to the reader", len(unsure))
    report("of these, not arrived", len(unsure - set(sent)))


def report(what: str, value: object) -> None:
    print(f"{what:44} {value!s:>10}", flush=True)


def main() -> int:
    if not LISTING.exists():
        print("skipped: ../shared is not here")
        return 0
    logging.disable()
    started = time.monotonic()
    clock = FakeClock(datetime.combine(FIRST, clock_time(7), EASTERN))
    with (
        tempfile.TemporaryDirectory() as name,
        MailServer() as mail,
        FakeArxiv(real_papers(), clock=clock, replaced_share=0.3) as arxiv,
    ):
        for paper in real_papers():
            if paper.announced == ANYWAY and CATEGORY in paper.categories:
                arxiv.world.announce_anyway(paper.id, ANYWAY)
        year = live(Path(name), arxiv, clock, mail.behaviour, mail.port)
    report("days, with 14 away", DAYS)
    report("runs", year.runs)
    report("of these, stopped at some moment", year.stopped)
    report("days with faults of arXiv", year.faulty_days)
    report("kinds of faults", f"{len(year.faults)} of {len(Kind)}")
    report("answers spoiled", sum(bool(one.faults) for one in arxiv.requests))
    report("announcements that failed at first", year.failed_then)
    report("requests", len(arxiv.requests))
    report("boxes ticked by the reader", len(year.marked))
    report("models made", year.models)
    report("minutes it took", f"{(time.monotonic() - started) / 60:.1f}")
    report("peak memory, MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    report("violations", len(year.violations))
    for line in year.violations:
        print(f"  {line}")
    return int(bool(year.violations))


if __name__ == "__main__":
    sys.exit(main())
