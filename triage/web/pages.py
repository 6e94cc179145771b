"""Today and Triage: the day's papers, one page or one card at a time, and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from triage.deliver.digests import without_front_matter
from triage.digest.edition import Edition
from triage.papers import ArxivId, InvalidArxivId, Pick, parse_arxiv_id
from triage.store.schema import split_categories
from triage.training.relabel import Moved
from triage.web.desk import Card, Desk

if TYPE_CHECKING:
    from triage.web.visit import Visit

ANSWERS = ("relevant", "not", "read", "unread")
MOST_MOVED = 3
FAR = 2
"""A move of one rank is not worth a line."""


def home(visit: Visit) -> Response:
    """Lead to the newest day."""
    days = visit.desk.days()
    if not days:
        return visit.page(
            "message.html.j2", title="No digest yet", text="The first one comes with: triage run"
        )
    return RedirectResponse(f"/day/{days[-1]}", 303)


def day(visit: Visit) -> Response:
    """Show a day: picks, near misses, questions, the rest."""
    edition = _edition(visit)
    if edition is None:
        return missing(visit)
    desk, content = visit.desk, edition.content
    days = desk.days()
    at = days.index(content.day)
    moved = desk.moved(edition)
    rest = desk.cards(edition, content.rest)
    if moved:
        places = {one.paper.id: one for one in moved}
        rest = [replace(card, moved=places.get(card.paper.id)) for card in rest]
        rest.sort(key=lambda card: card.moved.after if card.moved else 0)
    else:
        desk.prepare(edition)
    return visit.page(
        "day.html.j2",
        edition=edition,
        intro=_intro(edition),
        picks=desk.cards(edition, content.picks),
        near=desk.cards(edition, content.near_misses),
        asked=desk.cards(edition, content.questions),
        rest=rest,
        climbed=climbed(moved),
        categories=desk.categories(),
        earlier=days[at - 1] if at else None,
        later=days[at + 1] if at + 1 < len(days) else None,
    )


def triage(visit: Visit) -> Response:
    """Show one card, the first one without an answer, or one that was asked for."""
    desk, over = visit.desk, visit.query.get("over", "day")
    queue = _queue(desk, over, visit.query.get("day", ""))
    if not queue:
        return missing(visit)
    labels = desk.labels()
    ids = [pick.scored.paper.id for _, pick in queue]
    at = _position(ids, visit.query.get("at", ""))
    open_ids = [place for place, one in enumerate(ids) if one not in labels or labels[one].relevant is None]
    if at is None:
        after = _position(ids, visit.query.get("after", ""))
        later = [place for place in open_ids if after is None or place > after]
        at = next(iter(later or open_ids), None)
    if at is None or visit.query.get("end"):
        return _end(visit, queue, over)
    edition, pick = queue[at]
    return visit.page(
        "card_fragment.html.j2" if visit.by_htmx else "triage.html.j2",
        card=desk.explained(edition, pick),
        over=over,
        day=visit.query.get("day", ""),
        at=at,
        total=len(ids),
        left=len(open_ids),
        before=ids[at - 1] if at else None,
        after=ids[at + 1] if at + 1 < len(ids) else None,
        categories=desk.categories(),
    )


def _end(visit: Visit, queue: Sequence[tuple[Edition, Pick]], over: str) -> Response:
    """Show what was learned."""
    desk, edition = visit.desk, queue[-1][0]
    labels = desk.labels()
    ids = [pick.scored.paper.id for _, pick in queue]
    answered = [labels[one] for one in ids if one in labels]
    moved = desk.moved(edition)
    return visit.page(
        "triage_end_fragment.html.j2" if visit.by_htmx else "triage_end.html.j2",
        over=over,
        edition=edition,
        relevant=sum(one.relevant is True for one in answered),
        irrelevant=sum(one.relevant is False for one in answered),
        climbed=climbed(moved),
        total=len(ids),
    )


def _queue(desk: Desk, over: str, day: str) -> list[tuple[Edition, Pick]]:
    """Return the cards to go through: a day's or a week's in rank order, or the least sure first."""
    days = desk.days()
    wanted = [one for one in days if one == _parsed(day)]
    chosen = wanted or (desk.week() if over == "week" else days[-1:])
    editions = [one for one in map(desk.edition, reversed(chosen)) if one]
    queue = [(edition, pick) for edition in editions for pick in edition.ranked]
    if over == "unsure":
        # As in a digest's questions: near the border of what is picked.
        border = {id(one): min((p.scored.score for p in one.content.picks), default=0.0) for one in editions}
        queue.sort(key=lambda one: abs(one[1].scored.score - border[id(one[0])]))
    return queue


def paper(visit: Visit) -> Response:
    """Show one paper; a link may prepare the answer, and only the reader's own key or tap gives it."""
    card = _card(visit)
    if card is None:
        return missing(visit)
    answer = visit.query.get("answer", "")
    return visit.page(
        "paper.html.j2",
        card=card,
        prepared=answer if answer in ANSWERS else "",
        categories=visit.desk.categories(),
    )


def mark(visit: Visit) -> Response:
    """Take an answer to a paper."""
    card = _card(visit)
    if card is None:
        return missing(visit)
    answer = visit.given("answer")
    said: dict[str, object] = {}
    if answer in ("relevant", "not"):
        said["relevant"] = answer == "relevant"
    elif answer in ("read", "unread"):
        said["read"] = answer == "read"
    elif answer == "category":
        said["categories"] = split_categories(visit.given("category").replace(",", ";").split(";"))
    if not said:
        return missing(visit)
    added, notice = visit.desk.mark(card.paper.id, **said)  # type: ignore[arg-type]
    if added:
        visit.remember(added.number)
    return _after(visit, card.paper.id, notice)


def undo(visit: Visit) -> Response:
    """Take the last answer back, or the one that is named."""
    number = visit.given("number") or visit.last_mark
    who, notice = visit.desk.undo(int(number)) if number.isdecimal() else (None, "")
    visit.forget(number)
    if who is None:
        visit.session["notice"] = "There is nothing to undo."
        return visit.back()
    return _after(visit, who, notice, undone=True)


def _after(visit: Visit, paper: ArxivId, notice: str, *, undone: bool = False) -> Response:
    """Show the card as it is now, and what moved; or go where the form says."""
    if visit.by_htmx and visit.given("show") == "card" and (card := visit.desk.card(paper)):
        edition = visit.desk.edition(card.day) if card.day else None
        return visit.page(
            "marked.html.j2",
            card=card,
            climbed=climbed(visit.desk.moved(edition)) if edition else (),
            edition=edition,
            said=notice,
            categories=visit.desk.categories(),
        )
    if notice:
        visit.session["notice"] = notice
    if undone and visit.given("show") == "triage":
        return RedirectResponse(
            f"/triage?over={visit.given('over')}&day={visit.given('day')}&at={paper}", 303
        )
    return visit.back(f"/paper/{paper}")


def climbed(moved: Sequence[Moved]) -> tuple[Moved, ...]:
    """Return what a reader wants to know of a new order: which papers came up most, and why."""
    up = sorted(moved, key=lambda one: (one.after - one.before, one.after))
    return tuple(one for one in up if one.before - one.after >= FAR)[:MOST_MOVED]


def missing(visit: Visit) -> Response:
    """Say that there is no such page."""
    return visit.page("message.html.j2", 404, title="Not here", text="There is no such day or paper.")


def _edition(visit: Visit) -> Edition | None:
    wanted = _parsed(visit.path["day"])
    return visit.desk.edition(wanted) if wanted else None


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _card(visit: Visit) -> Card | None:
    try:
        return visit.desk.card(parse_arxiv_id(visit.path["id"])[0])
    except InvalidArxivId:
        return None


def _position(ids: Sequence[ArxivId], wanted: str) -> int | None:
    return next((place for place, one in enumerate(ids) if one == wanted), None)


def _intro(edition: Edition) -> str:
    """Return the remarks on the day, as they stand in the digest."""
    return without_front_matter(edition.digest.machine_text).partition("\n## ")[0]
