"""For programs: ``/api/v1``, JSON with the token of ``web.token``, described as OpenAPI."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from triage import __version__
from triage.errors import TriageError
from triage.papers import ArxivId, InvalidArxivId, Paper, Pick, parse_arxiv_id
from triage.training.models import named_model
from triage.training.similar import similar_papers
from triage.web.browse import query_of
from triage.web.visit import program

if TYPE_CHECKING:
    from starlette.requests import Request

    from triage.store.labels import CurrentLabel
    from triage.web.desk import Desk

MOST = 200


def _paper(paper: Paper) -> dict[str, Any]:
    return {
        **{
            name: getattr(paper, name)
            for name in ("id", "title", "abstract", "authors", "categories", "version")
        },
        "announced": paper.announced.isoformat() if paper.announced else None,
    }


def _label(label: CurrentLabel) -> dict[str, Any]:
    return {name: getattr(label, name) for name in ("paper", "relevant", "categories", "read", "remark")}


def _pick(pick: Pick, part: str) -> dict[str, Any]:
    scored = pick.scored
    return _paper(scored.paper) | {
        "rank": pick.rank,
        "part": part,
        "score": scored.score,
        "probability": scored.probability,
        "my_categories": scored.categories,
        "why": [asdict(one) for one in scored.explanation.contributions],
    }


def _id(text: str) -> ArxivId:
    try:
        return parse_arxiv_id(text)[0]
    except InvalidArxivId as error:
        raise TriageError(f"{error}.") from error


def paper(desk: Desk, values: dict[str, str], _body: bytes) -> Any:
    """Return a paper with its label."""
    card = desk.card(_id(values["id"]))
    return card and {"paper": _paper(card.paper), "label": _label(card.label)}


def digests(desk: Desk, _values: dict[str, str], _body: bytes) -> Any:
    """Return the days that have a digest."""
    with desk.context.store.reading() as tx:
        return {"digests": [{"day": str(day), "total": n, "picks": p} for day, n, p in tx.digests.counts()]}


def digest(desk: Desk, values: dict[str, str], _body: bytes) -> Any:
    """Return a day's candidates, best first."""
    edition = desk.edition(date.fromisoformat(values["day"]))
    if edition is None:
        return None
    content = edition.content
    parts = {"pick": content.picks, "near miss": content.near_misses, "question": content.questions}
    named = {pick.rank: part for part, picks in parts.items() for pick in picks}
    papers = [_pick(pick, named.get(pick.rank, "rest")) for pick in edition.ranked]
    return {"day": str(content.day), "total": content.total, "papers": papers}


def labels(desk: Desk, _values: dict[str, str], _body: bytes) -> Any:
    """Return what holds for each labelled paper."""
    return {"labels": [_label(one) for _, one in sorted(desk.labels().items())]}


def add_label(desk: Desk, values: dict[str, str], body: bytes) -> Any:
    """Label a paper."""
    given = json.loads(body)
    if not isinstance(given, dict) or set(given) - {"relevant", "read", "categories"} or not given:
        raise TriageError("Send an object with relevant, read or categories.")
    for name in ("relevant", "read"):
        if not isinstance(given.get(name), bool | None):
            raise TriageError(f"{name} is true or false.")
    names = given.get("categories")
    if names is not None and not (isinstance(names, list) and all(isinstance(one, str) for one in names)):
        raise TriageError("categories is a list of names.")
    wanted = _id(values["id"])
    if desk.card(wanted) is None:
        return None
    _, notice = desk.mark(wanted, relevant=given.get("relevant"), read=given.get("read"), categories=names)
    card = desk.card(wanted)
    return card and {"label": _label(card.label), "notice": notice}


def search(desk: Desk, values: dict[str, str], _body: bytes) -> Any:
    """Find papers."""
    limit = int(values.get("limit") or 50)
    if not 1 <= limit <= MOST:
        raise TriageError(f"limit is a number from 1 to {MOST}.")
    query = query_of(desk, {name: value for name, value in values.items() if value})
    with desk.context.store.reading() as tx:
        found = tx.search.papers(query, limit=limit)
    return {"papers": [_paper(one) for one in found]}


def similar(desk: Desk, values: dict[str, str], _body: bytes) -> Any:
    """Return papers like one."""
    card = desk.card(_id(values["id"]))
    if card is None:
        return None
    found = similar_papers(desk.context, card.paper, desk.context.registry.load(None))
    return {"papers": [_paper(one) | {"similarity": cosine} for one, cosine in found]}


def model(desk: Desk, _values: dict[str, str], _body: bytes) -> Any:
    """Return the model in use."""
    found = named_model(desk.context, "")
    return {"version": found.version, **json.loads(json.dumps(asdict(found.manifest), default=str))}


_OPERATIONS = (
    ("/api/v1/papers/{id}", "GET", paper),
    ("/api/v1/papers/{id}/similar", "GET", similar),
    ("/api/v1/papers/{id}/label", "POST", add_label),
    ("/api/v1/digests", "GET", digests),
    ("/api/v1/digests/{day}", "GET", digest),
    ("/api/v1/labels", "GET", labels),
    ("/api/v1/search", "GET", search),
    ("/api/v1/model", "GET", model),
)
_QUERY = {
    "q": {"type": "string"},
    "author": {"type": "string"},
    "category": {"type": "string"},
    "since": {"type": "string", "format": "date"},
    "until": {"type": "string", "format": "date"},
    "least": {"type": "number"},
    "label": {"type": "string", "enum": ["relevant", "irrelevant", "read"]},
    "own": {"type": "string"},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
}
_LABEL = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "relevant": {"type": "boolean"},
        "read": {"type": "boolean"},
        "categories": {"type": "array", "items": {"type": "string"}},
    },
}


def description() -> dict[str, Any]:
    """Return the OpenAPI description of all this."""
    paths: dict[str, Any] = {}
    answer = {"content": {"application/json": {"schema": {"type": "object"}}}}
    for path, method, handler in _OPERATIONS:
        operation: dict[str, Any] = {
            "operationId": handler.__name__,
            "summary": (handler.__doc__ or "").strip(),
            "responses": {
                code: {"description": what, **answer}
                for code, what in (
                    ("200", "Done."),
                    ("400", "It is wrong."),
                    ("401", "No token."),
                    ("404", "None."),
                )
            },
        }
        parameters: list[dict[str, Any]] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in ("id", "day")
            if f"{{{name}}}" in path
        ]
        if handler is search:
            parameters += [{"name": name, "in": "query", "schema": one} for name, one in _QUERY.items()]
        if parameters:
            operation["parameters"] = parameters
        if method == "POST":
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _LABEL}}}
        paths.setdefault(path, {})[method.lower()] = operation
    scheme = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "triage", "version": __version__},
        "paths": paths,
        "components": {"securitySchemes": scheme},
        "security": [{"token": []}],
    }


async def _description(_request: Request) -> JSONResponse:
    return JSONResponse(description())


def routes() -> list[Route]:
    """Return the routes of the API; ids of old papers have a slash."""
    found = [Route("/api/v1/openapi.json", _description)]
    # The longer paths first: an id may hold anything.
    for path, method, handler in sorted(_OPERATIONS, key=lambda one: -len(one[0])):
        found.append(program(path.replace("{id}", "{id:path}"), method, handler))
    return found
