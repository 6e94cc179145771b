"""Each digest to each place that the reader has set up: once, recorded, never at the run's cost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from triage.config import Config
from triage.deliver.decide import (
    GIVEN_UP,
    SENDING,
    Due,
    Verdict,
    first_days,
    in_order,
    is_for,
    verdict,
)
from triage.deliver.edition import Edition, read_edition
from triage.deliver.targets import Brought, Copy, Post
from triage.errors import TriageError
from triage.rooms import Rooms
from triage.store.digests import Delivery, StoredDigest
from triage.store.store import Step

_SINCE = "deliver since"
_TRIED = "deliver tried"
_FEED = "deliver feed"


def deliver_due(rooms: Rooms) -> tuple[str, ...]:
    """Deliver what is due, everywhere.

    Copies (pages, files, commits) are brought up to date with all digests, edits included.  Posts
    (e-mail, messages) get each digest once, of those written since the post was set up; one that
    fails is tried again by later runs (see :mod:`triage.deliver.decide`).

    Parameters
    ----------
    rooms : Rooms
        Open, and locked for this process.

    Returns
    -------
    tuple of str
        What the reader should know, a line each; no failure of a delivery is an exception.
    """
    problems: list[str] = []
    posts, copies = posts_of(rooms), copies_of(rooms)
    with rooms.store.step() as step:
        today = rooms.clock.now().astimezone(rooms.config.zone).date()
        since = first_days(_days(step.facts.get(_SINCE)), [post.name for post in posts], today)
        if _days(step.facts.get(_SINCE)) != since:
            step.facts.put(_SINCE, {name: day.isoformat() for name, day in since.items()})
        digests = step.digests.all() if posts or copies else []
    if copies:
        editions = _read_all(rooms, digests, problems)
        for copy in copies if editions else ():
            problems += _bring(rooms, copy, editions)
    for post in posts:
        problems += _send_due(rooms, post, digests, since[post.name])
    return tuple(problems)


def target_names(config: Config) -> tuple[str, ...]:
    """Return the names of all targets that are set up, as the store knows them."""
    settings = config.deliver
    return (
        *(("mail",) if settings.mail.to else ()),
        *(f"apprise:{label}" for label in settings.apprise),
        *(f"papers:{kind}" for kind in settings.papers.formats),
        *(("site",) if settings.site.folder else ()),
        *(("git",) if settings.git.folder else ()),
    )


def posts_of(rooms: Rooms) -> list[Post]:
    """Return the posts that are set up."""
    settings = rooms.config.deliver
    posts: list[Post] = []
    if settings.mail.to:
        from triage.deliver.mail import MailPost

        posts.append(MailPost(rooms.config, rooms.clock))
    if settings.apprise:
        from triage.deliver.messages import MessagePost

        posts += [MessagePost(rooms.config, label, address) for label, address in settings.apprise.items()]
    return posts


def copies_of(rooms: Rooms) -> list[Copy]:
    """Return the copies that are set up; the commit comes last, as it takes the others' files along."""
    from triage.deliver.papers import PapersCopy

    settings = rooms.config.deliver
    papers = tuple(PapersCopy(rooms.config, kind) for kind in dict.fromkeys(settings.papers.formats))
    copies: list[Copy] = [*papers]
    if settings.site.folder:
        from triage.deliver.site import SiteCopy

        copies.append(SiteCopy(rooms.config, _feed_id(rooms)))
    if settings.git.folder:
        from triage.deliver.git import GitCopy

        copies.append(GitCopy(rooms.config, papers))
    return copies


def _feed_id(rooms: Rooms) -> uuid.UUID:
    with rooms.store.step() as step:
        known = step.facts.get(_FEED)
        if known is None:
            known = str(uuid.uuid4())
            step.facts.put(_FEED, known)
    return uuid.UUID(known)


def _read_all(rooms: Rooms, digests: Sequence[StoredDigest], problems: list[str]) -> list[Edition]:
    editions = []
    with rooms.store.reading() as step:
        for digest in digests:
            try:
                edition = read_edition(step, digest, rooms.config.digest_folder) if digest.in_place else None
            except TriageError as error:
                problems.append(str(error))
                continue
            if edition:
                editions.append(edition)
    return editions


def _bring(rooms: Rooms, copy: Copy, editions: Sequence[Edition]) -> list[str]:
    """Bring a copy up to date and record what it newly holds, or lacks."""
    problems: list[str] = []
    try:
        brought = copy.bring_up_to_date(editions)
        problems += brought.problems
        problems += _told(copy.name, brought.failed)
    except (TriageError, OSError) as error:
        reason = error.message if isinstance(error, TriageError) else str(error)
        brought = Brought(failed={edition.day: reason for edition in editions})
        problems.append(f"{copy.name}: {error}")
    now = rooms.clock.now()
    with rooms.store.step() as step:
        known = {one.digest: one for one in step.digests.deliveries() if one.target == copy.name}
        for day in sorted({*brought.days, *brought.failed}):
            before = known.get(day)
            if before and before.sent_at:
                continue
            sent = day in brought.days
            tries = before.tries + 1 if before else 1
            step.digests.put_delivery(
                Delivery(day, copy.name, now if sent else None, tries, brought.failed.get(day, ""))
            )
    return problems


def _told(name: str, failed: Mapping[date, str]) -> list[str]:
    """Say what failed, one line a reason: the same one may hold for a thousand digests."""
    days: dict[str, list[date]] = {}
    for day, reason in sorted(failed.items()):
        days.setdefault(reason, []).append(day)
    return [
        f"{found[0]} to {name}: {reason}"
        if len(found) == 1
        else f"{len(found)} digests, {found[0]} to {found[-1]}, to {name}: {reason}"
        for reason, found in days.items()
    ]


def _send_due(rooms: Rooms, post: Post, digests: Sequence[StoredDigest], first_day: date) -> list[str]:
    """Send a post what is due; after a failure the rest is left to the next run."""
    problems: list[str] = []
    with rooms.store.reading() as step:
        known = {one.digest: one for one in step.digests.deliveries() if one.target == post.name}
    due = [
        Due(digest, known.get(digest.day))
        for digest in digests
        if is_for(digest, first_day, rooms.config.zone) or digest.day in known
    ]
    for one in in_order(due):
        if not one.digest.in_place:
            continue
        with rooms.store.reading() as step:
            decided = verdict(
                one.before,
                tried_at=_tried(step).get(_key(one.digest.day, post.name)),
                written_at=one.digest.written_at,
                now=rooms.clock.now(),
                tells_doubles=post.tells_doubles,
            )
        if decided in (Verdict.GIVE_UP, Verdict.LOST):
            problems.append(_ended(rooms, post, one, decided))
        elif decided is Verdict.SEND:
            problem, sent = _send(rooms, post, one)
            if problem:
                problems.append(f"{one.digest.day} to {post.name}: {problem}")
            if not sent:
                break
    return problems


def _send(rooms: Rooms, post: Post, due: Due) -> tuple[str, bool]:
    """Send one digest; returns what the reader should know, and whether to go on with this target."""
    day, tries = due.digest.day, (due.before.tries if due.before else 0) + 1
    try:
        with rooms.store.reading() as step:
            edition = read_edition(step, due.digest, rooms.config.digest_folder)
    except TriageError as error:
        return str(error), True
    if edition is None:
        return "", True
    # Recorded before, so that a run that is killed while sending is told from one that never began.
    _record(rooms, Delivery(day, post.name, None, tries, SENDING), tried_at=rooms.clock.now())
    try:
        remark = post.send(edition)
    except TriageError as error:
        _record(rooms, Delivery(day, post.name, None, tries, error.message), tried_at=rooms.clock.now())
        return str(error), False
    _record(rooms, Delivery(day, post.name, rooms.clock.now(), tries, remark), tried_at=None)
    return remark, True


def _ended(rooms: Rooms, post: Post, due: Due, decided: Verdict) -> str:
    """Record that a delivery is not tried again, and say so."""
    assert due.before is not None
    if decided is Verdict.LOST:
        reason = "the run ended while it was sent; it may have arrived, and is not sent twice"
    else:
        reason = f"after {due.before.tries} tries: {due.before.reason}"
    _record(
        rooms,
        Delivery(due.digest.day, post.name, None, due.before.tries, f"{GIVEN_UP}{reason}"),
        tried_at=None,
    )
    return f"{due.digest.day} to {post.name}: {GIVEN_UP}{reason}"


def _record(rooms: Rooms, delivery: Delivery, *, tried_at: datetime | None) -> None:
    key = _key(delivery.digest, delivery.target)
    with rooms.store.step() as step:
        step.digests.put_delivery(delivery)
        tried = {name: moment for name, moment in _tried(step).items() if name != key}
        if tried_at is not None:
            tried[key] = tried_at
        step.facts.put(_TRIED, {name: moment.isoformat() for name, moment in tried.items()})


def _tried(step: Step) -> dict[str, datetime]:
    known: Mapping[str, str] = step.facts.get(_TRIED) or {}
    return {name: datetime.fromisoformat(moment).astimezone(UTC) for name, moment in known.items()}


def _days(known: Mapping[str, str] | None) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in (known or {}).items()}


def _key(day: date, target: str) -> str:
    return f"{day.isoformat()} {target}"
