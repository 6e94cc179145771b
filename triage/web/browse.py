"""The pages besides the day: search, similar papers, library, calendar, model, status."""

from __future__ import annotations

import calendar
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from triage.errors import ModelError
from triage.papers import ArxivId, InvalidArxivId, Paper, parse_arxiv_id
from triage.status import look
from triage.store.labels import CurrentLabel
from triage.store.lock import work_lock
from triage.store.search import PaperQuery
from triage.training.labels import NotePlace, NotePlaces
from triage.training.learned import what_was_learned
from triage.training.models import all_models
from triage.training.similar import similar_papers
from triage.web.desk import Card, Desk
from triage.web.pages import missing

if TYPE_CHECKING:
    from triage.web.visit import Visit

A_PAGE = 50
LABELS = ("relevant", "irrelevant", "read")
_SHADES = (0.06, 0.04, 0.02)


def search(visit: Visit) -> Response:
    """Find papers by what was typed."""
    given = {name: value.strip() for name, value in visit.query.items() if value.strip()}
    try:
        query = query_of(visit.desk, given)
        problem = ""
    except ValueError:
        query, problem = PaperQuery(), "A day is written like 2024-01-17, a probability like 0.3."
    at = int(given["at"]) if given.get("at", "").isdecimal() else 0
    found: Sequence[Paper] = ()
    if given and not problem:
        with visit.desk.context.store.reading() as tx:
            found = tx.search.papers(query, limit=A_PAGE + 1, offset=min(at, 10_000))
    return visit.page(
        "search.html.j2",
        given=given,
        problem=problem,
        cards=_cards(visit.desk, found[:A_PAGE]),
        further=f"/search?{urlencode({**given, 'at': at + A_PAGE})}" if len(found) > A_PAGE else "",
        labels=LABELS,
        categories=visit.desk.categories(),
    )


def query_of(desk: Desk, given: dict[str, str]) -> PaperQuery:
    """Read a search as the page and programs send it; raises ValueError for a day or number that is none."""
    among = _labelled(desk, given.get("label", ""), given.get("own", ""))
    return PaperQuery(
        words=given.get("q", ""),
        author=given.get("author", ""),
        category=given.get("category", ""),
        since=date.fromisoformat(given["since"]) if "since" in given else None,
        until=date.fromisoformat(given["until"]) if "until" in given else None,
        least=float(given["least"]) if "least" in given else None,
        among=among,
    )


def _labelled(desk: Desk, label: str, own: str) -> set[ArxivId] | None:
    """Return the papers with a label, in one of the reader's categories; None if that does not matter."""
    if not (label or own):
        return None
    return {
        paper
        for paper, one in desk.labels().items()
        if label in ("", *_words_of(one)) and (not own or own in (one.categories or ()))
    }


def _words_of(label: CurrentLabel) -> tuple[str, ...]:
    relevance = {True: ("relevant",), False: ("irrelevant",), None: ()}[label.relevant]
    return (*relevance, "read") if label.read else relevance


def similar(visit: Visit) -> Response:
    """Show papers like one."""
    try:
        card = visit.desk.card(parse_arxiv_id(visit.path["id"])[0])
    except InvalidArxivId:
        card = None
    if card is None:
        return missing(visit)
    context = visit.desk.context
    found = similar_papers(context, card.paper, context.registry.load(None))
    return visit.page(
        "similar.html.j2",
        card=card,
        cards=_cards(visit.desk, [paper for paper, _ in found]),
        categories=visit.desk.categories(),
    )


def _cards(desk: Desk, papers: Sequence[Paper]) -> list[Card]:
    labels = desk.labels()
    return [Card(paper, labels.get(paper.id, CurrentLabel(paper.id))) for paper in papers]


def library(visit: Visit) -> Response:
    """Show noted and labelled papers, by the reader's categories."""
    desk = visit.desk
    labels = {paper: one for paper, one in desk.labels().items() if one.relevant or one.read}
    by_category: dict[str, list[ArxivId]] = defaultdict(list)
    for paper, one in labels.items():
        for name in one.categories or ("",):
            by_category[name].append(paper)
    chosen = visit.query.get("category", "")
    wanted = by_category.get(chosen, []) if "category" in visit.query else []
    with desk.context.store.reading() as tx:
        papers = tx.papers.get(wanted)
        record = tx.records.get(NotePlaces)
    places = record.root if record else {}
    newest = sorted(papers.values(), key=lambda one: one.id, reverse=True)
    return visit.page(
        "library.html.j2",
        names=sorted(((name, len(some)) for name, some in by_category.items()), key=lambda one: -one[1]),
        chosen=chosen if "category" in visit.query else None,
        noted=[replace(card, note=_place(desk, places.get(card.paper.id))) for card in _cards(desk, newest)],
        categories=desk.categories(),
    )


def _place(desk: Desk, place: NotePlace | None) -> str:
    if place is None:
        return ""
    folder = str(desk.context.config.folder)
    file = os.path.relpath(place.file, folder) if place.file.startswith(folder) else place.file
    day = f", {place.noted_on}" if place.noted_on else ""
    return f"{file}:{place.line}{day}"


def month_calendar(visit: Visit) -> Response:
    """Show the months with digests, newest first; cells as in the blog's index."""
    with visit.desk.context.store.reading() as tx:
        counts = {day: (total, picked) for day, total, picked in tx.digests.counts()}
    months = []
    for (year, month), _ in groupby(sorted(counts, reverse=True), key=lambda day: (day.year, day.month)):
        weeks = calendar.Calendar(calendar.MONDAY).monthdatescalendar(year, month)
        cells = [[(day, counts.get(day)) if day.month == month else None for day in week] for week in weeks]
        months.append((visit.desk.texts.month(year, month), cells))
    return visit.page("calendar.html.j2", months=months, shade=_shade)


def _shade(total: int, picked: int) -> int:
    share = picked / total if total else 0.0
    return next((4 - step for step, least in enumerate(_SHADES) if share >= least), 1) if picked else 0


def model(visit: Visit) -> Response:
    """Show what was learned, how good it is, and the versions."""
    context = visit.desk.context
    models = all_models(context)
    try:
        learned = what_was_learned(context, context.registry.load(None))
    except ModelError:
        learned = None
    in_use = next((one for one in models if one.in_use), None)
    aucs = [one.manifest.auc.value for one in models if one.manifest.auc]
    return visit.page(
        "model.html.j2",
        models=models[::-1],
        in_use=in_use,
        learned=learned,
        points=_points(aucs) if len(aucs) > 1 else "",
        best=max(aucs, default=0.0),
        worst=min(aucs, default=0.0),
    )


def _points(values: Sequence[float], width: int = 300, height: int = 60) -> str:
    """Return the points of a line, for SVG."""
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = width / (len(values) - 1)
    return " ".join(
        f"{number * step:.1f},{height - (value - low) / spread * height:.1f}"
        for number, value in enumerate(values)
    )


def rollback(visit: Visit) -> Response:
    """Go back to an earlier model."""
    context = visit.desk.context
    with work_lock(context.config.store_folder, "model rollback"):
        version = context.registry.rollback(visit.given("version"))
    visit.session["notice"] = (
        f"Model {version} is in use now, until you run 'triage learn' or 'triage retrain'."
    )
    return visit.back("/model")


def status(visit: Visit) -> Response:
    """Show how things stand."""
    context = visit.desk.context
    return visit.page("status.html.j2", found=look(context.config, context.clock.now()))
