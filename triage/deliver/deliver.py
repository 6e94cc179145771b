"""Each digest to each place that the reader has set up: once, recorded, never at the run's cost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from triage.config.schema import Config
from triage.context import Context
from triage.deliver.decide import (
    BEGUN,
    GIVEN_UP,
    MAY_HAVE_ARRIVED,
    SENDING,
    Due,
    Verdict,
    first_days,
    in_order,
    is_for,
    verdict,
)
from triage.deliver.edition import Edition, read_edition
from triage.deliver.failure import DeliveryError, UnsureError
from triage.deliver.targets import Brought, Copy, Post
from triage.errors import TriageError
from triage.store.digests import Delivery, StoredDigest
from triage.store.store import Transaction

_SINCE = "deliver since"
_TRIED = "deliver tried"
_FEED = "deliver feed"


def deliver_due(context: Context) -> tuple[str, ...]:
    """Deliver what is due, everywhere.

    Copies (pages, files, commits) are brought up to date with all digests, edits included.  Posts
    (e-mail, messages) get each digest once at the most, of those written since the post was set up;
    one that fails is tried again by later runs (see :mod:`triage.deliver.decide`), and one of which it
    is not known whether it arrived is told and not sent again.

    Parameters
    ----------
    context : Context
        Open, and locked for this process.

    Returns
    -------
    tuple of str
        What the reader should know, a line each; no failure of a delivery is an exception.
    """
    problems: list[str] = []
    posts, single_posts, copies = posts_of(context), single_posts_of(context), copies_of(context)
    with context.store.transaction() as tx:
        today = context.clock.now().astimezone(context.config.zone).date()
        since = first_days(_days(tx.facts.get(_SINCE)), [post.name for post in posts], today)
        if _days(tx.facts.get(_SINCE)) != since:
            tx.facts.put(_SINCE, {name: day.isoformat() for name, day in since.items()})
        digests = tx.digests.all() if posts or copies else []
    if copies:
        editions = _read_all(context, digests, problems)
        for copy in copies if editions else ():
            problems += _bring(context, copy, editions)
    for post in (*posts, *single_posts):
        problems += _send_due(context, post, digests, since.get(post.name))
    return tuple(problems)


def target_names(config: Config) -> tuple[str, ...]:
    """Return the names of all targets that are set up, as the store knows them."""
    from triage.deliver.mail import single_names

    settings = config.deliver
    return (
        *(("mail", *single_names(settings.mail)) if settings.mail.to else ()),
        *(f"apprise:{label}" for label in settings.apprise),
        *(f"papers:{kind}" for kind in settings.papers.formats),
        *(("site",) if settings.site.folder else ()),
        *(("git",) if settings.git.folder else ()),
    )


def posts_of(context: Context) -> list[Post]:
    """Return the posts that are set up."""
    settings = context.config.deliver
    posts: list[Post] = []
    if settings.mail.to:
        from triage.deliver.mail import MailPost

        posts.append(MailPost(context.config, context.clock))
    if settings.apprise:
        from triage.deliver.messages import MessagePost

        posts += [MessagePost(context.config, label, address) for label, address in settings.apprise.items()]
    return posts


def single_posts_of(context: Context) -> list[Post]:
    """Return the posts for what another post could not leave with one of its receivers."""
    receivers = dict.fromkeys(context.config.deliver.mail.to)
    if len(receivers) < 2:
        return []
    from triage.deliver.mail import MailPost

    return [MailPost(context.config, context.clock, receiver) for receiver in receivers]


def copies_of(context: Context) -> list[Copy]:
    """Return the copies that are set up; the commit comes last, as it takes the others' files along."""
    from triage.deliver.papers import PapersCopy

    settings = context.config.deliver
    papers = tuple(PapersCopy(context.config, kind) for kind in dict.fromkeys(settings.papers.formats))
    copies: list[Copy] = [*papers]
    if settings.site.folder:
        from triage.deliver.site import SiteCopy

        copies.append(SiteCopy(context.config, _feed_id(context)))
    if settings.git.folder:
        from triage.deliver.git import GitCopy

        copies.append(GitCopy(context.config, papers))
    return copies


def _feed_id(context: Context) -> uuid.UUID:
    with context.store.transaction() as tx:
        known = tx.facts.get(_FEED)
        if known is None:
            known = str(uuid.uuid4())
            tx.facts.put(_FEED, known)
    return uuid.UUID(known)


def _read_all(context: Context, digests: Sequence[StoredDigest], problems: list[str]) -> list[Edition]:
    editions = []
    with context.store.reading() as tx:
        for digest in digests:
            try:
                edition = read_edition(tx, digest, context.config.digest_folder) if digest.in_place else None
            except TriageError as error:
                problems.append(str(error))
                continue
            if edition:
                editions.append(edition)
    return editions


def _bring(context: Context, copy: Copy, editions: Sequence[Edition]) -> list[str]:
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
    now = context.clock.now()
    with context.store.transaction() as tx:
        known = {one.digest: one for one in tx.digests.deliveries() if one.target == copy.name}
        for day in sorted({*brought.days, *brought.failed}):
            before = known.get(day)
            if before and before.sent_at:
                continue
            sent = day in brought.days
            tries = before.tries + 1 if before else 1
            tx.digests.put_delivery(
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


def _send_due(
    context: Context, post: Post, digests: Sequence[StoredDigest], first_day: date | None
) -> list[str]:
    """Send a post what is due; after a failure the rest is left to the next run.

    Without a first day, only what was left over for it.
    """
    problems: list[str] = []
    with context.store.reading() as tx:
        known = {one.digest: one for one in tx.digests.deliveries() if one.target == post.name}
    due = [
        Due(digest, known.get(digest.day))
        for digest in digests
        if digest.day in known or (first_day and is_for(digest, first_day, context.config.zone))
    ]
    for one in in_order(due):
        if not one.digest.in_place:
            continue
        with context.store.reading() as tx:
            decided = verdict(
                one.before,
                tried_at=_tried(tx).get(_key(one.digest.day, post.name)),
                written_at=one.digest.written_at,
                now=context.clock.now(),
            )
        if decided in (Verdict.GIVE_UP, Verdict.LOST):
            assert one.before is not None
            why = (
                "the run ended while it was handed over"
                if decided is Verdict.LOST
                else f"after {one.before.tries} tries: {one.before.reason}"
            )
            problems.append(_ended(context, one.before, one.digest, why, unsure=decided is Verdict.LOST))
        elif decided is Verdict.SEND:
            said, sent = _send(context, post, one)
            problems += said
            if not sent:
                break
    return problems


def _send(context: Context, post: Post, due: Due) -> tuple[list[str], bool]:
    """Send one digest; returns what the reader should know, and whether to go on with this target."""
    day, tries = due.digest.day, (due.before.tries if due.before else 0) + 1
    try:
        with context.store.reading() as tx:
            edition = read_edition(tx, due.digest, context.config.digest_folder)
    except TriageError as error:
        return [f"{day} to {post.name}: {error}"], True
    if edition is None:
        return [], True
    begun = Delivery(day, post.name, None, tries, BEGUN)
    # Recorded, so that a digest that kills each run is given up, too.
    _record(context, begun)
    try:
        with post.ready(edition) as hand_over:
            # Only from here on may it arrive, and a run that is killed does not know whether it did.
            _record(context, replace(begun, reason=SENDING))
            handed = hand_over()
            now = context.clock.now()
            sent = replace(begun, sent_at=now, reason=handed.remark)
            later = [Delivery(day, name, None, 1, reason) for name, reason in handed.later.items()]
            _record(context, sent, *later, failed_at=now)
    except UnsureError as error:
        return [_ended(context, begun, due.digest, error.message, unsure=True)], False
    except DeliveryError as error:
        _record(context, replace(begun, reason=error.message), failed_at=context.clock.now())
        return [f"{day} to {post.name}: {error}"], False
    said = [f"{day} to {post.name}: {handed.remark}"] if handed.remark else []
    return [*said, *(f"{day} to {one.target}: {one.reason}; tried again" for one in later)], True


def _ended(context: Context, before: Delivery, digest: StoredDigest, why: str, *, unsure: bool) -> str:
    """Record that a delivery is not tried again, and say so."""
    reason = f"{GIVEN_UP}{why}"
    if unsure:
        reason += f"; {MAY_HAVE_ARRIVED}"
    _record(context, replace(before, reason=reason))
    return f"{digest.day} to {before.target}: {reason}; it is in {context.config.digest_folder / digest.file}"


def _record(context: Context, *deliveries: Delivery, failed_at: datetime | None = None) -> None:
    """Record deliveries in one step, and since when those that are not sent wait for another try."""
    with context.store.transaction() as tx:
        tried = _tried(tx)
        for delivery in deliveries:
            tx.digests.put_delivery(delivery)
            key = _key(delivery.digest, delivery.target)
            tried.pop(key, None)
            if failed_at and delivery.sent_at is None:
                tried[key] = failed_at
        tx.facts.put(_TRIED, {name: moment.isoformat() for name, moment in tried.items()})


def _tried(tx: Transaction) -> dict[str, datetime]:
    known: Mapping[str, str] = tx.facts.get(_TRIED) or {}
    return {name: datetime.fromisoformat(moment).astimezone(UTC) for name, moment in known.items()}


def _days(known: Mapping[str, str] | None) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in (known or {}).items()}


def _key(day: date, target: str) -> str:
    return f"{day.isoformat()} {target}"
