"""One request and its answer: who asks, what with, and the pages' templates."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from triage.errors import TriageError
from triage.web import security
from triage.web.view import environment

if TYPE_CHECKING:
    from triage.web.desk import Desk

LONGEST_FORM = 100_000
"""Bytes."""
MOST_UNDOES = 50


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, read; what handlers get instead of one."""

    desk: Desk
    path: dict[str, str]
    query: dict[str, str]
    form: dict[str, list[str]]
    session: dict[str, str]
    by_htmx: bool
    url: str
    """Path and query."""

    def given(self, name: str) -> str:
        """Return the first value of a field of the form."""
        return self.form.get(name, [""])[0]

    @property
    def last_mark(self) -> str:
        """The number of the last mark of this session that can be undone; empty when there is none."""
        return self.session.get("marks", "").rpartition(" ")[2]

    def remember(self, number: int) -> None:
        """Keep a mark to be undone, with those before it."""
        marks = [*self.session.get("marks", "").split(), str(number)]
        self.session["marks"] = " ".join(marks[-MOST_UNDOES:])

    def forget(self, number: str) -> None:
        """Leave out a mark that was undone."""
        self.session["marks"] = " ".join(
            one for one in self.session.get("marks", "").split() if one != number
        )

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Fill in a page."""
        text = (
            environment()
            .get_template(template)
            .render(
                csrf=security.csrf_token(self.session),
                here=self.url,
                desk=self.desk,
                has_password=self.desk.door.has_password,
                undo=self.last_mark,
                notice=self.session.pop("notice", ""),
                **values,
            )
        )
        return HTMLResponse(text, status)

    def back(self, otherwise: str = "/") -> Response:
        """Return to where the form was, or where it says to go: never to another site."""
        wanted = self.given("next")
        parts = urlsplit(wanted)
        inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
        return RedirectResponse(wanted if inside else otherwise, 303)


Handler = Callable[[Visit], Response]


def page(path: str, handler: Handler, *, open_to_all: bool = False) -> Route:
    """Return the route of a page: a GET, which changes nothing of the reader's."""
    return _route(path, handler, "GET", open_to_all)


def action(path: str, handler: Handler, *, open_to_all: bool = False) -> Route:
    """Return the route of a form: a POST, with the session's own token."""
    return _route(path, handler, "POST", open_to_all)


def _route(path: str, handler: Handler, method: str, open_to_all: bool) -> Route:
    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        if not (open_to_all or desk.door.is_in(request)):
            # Behind a proxy without a password there is nothing to log in with.
            if not desk.door.has_password:
                return HTMLResponse("Not allowed.", 403)
            return RedirectResponse(f"/login?next={quote(_place(request), safe='')}", 303)
        form: dict[str, list[str]] = {}
        if method == "POST":
            body = await _body(request)
            if body is None:
                return HTMLResponse("Too long.", 413)
            form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
            token = form.get("csrf", [""])[0]
            if security.is_from_elsewhere(request) or not security.has_csrf_token(request.session, token):
                return _refused()
        visit = Visit(
            desk,
            request.path_params,
            dict(request.query_params),
            form,
            request.session,
            request.headers.get("hx-request") == "true",
            _place(request),
        )
        return await run_in_threadpool(_answered, handler, visit)

    return Route(path, endpoint, methods=[method])


def _answered(handler: Handler, visit: Visit) -> Response:
    try:
        return handler(visit)
    except TriageError as error:
        return visit.page("message.html.j2", 409, title="That did not work", text=str(error))


def _refused() -> Response:
    text = "This form is too old, or comes from another site. Go back, load the page again, and repeat it."
    return HTMLResponse(text, 403)


def _place(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


async def _body(request: Request) -> bytes | None:
    """Return what was sent; None if it is too long."""
    parts: list[bytes] = []
    async for part in request.stream():
        parts.append(part)
        if sum(map(len, parts)) > LONGEST_FORM:
            return None
    return b"".join(parts)


def program(path: str, method: str, handler: Callable[[Desk, dict[str, str], Any], Any]) -> Route:
    """Return a route for programs: JSON in and out, with the token that the reader has set."""

    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        token = desk.context.config.web.token.get_secret_value()
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not token or not hmac.compare_digest(token.encode(), given.encode("utf-8", "replace")):
            problem = "Send web.token as 'Authorization: Bearer TOKEN'." if token else "web.token is not set."
            return JSONResponse({"error": problem}, 401, {"WWW-Authenticate": "Bearer"})
        body = await _body(request)
        if body is None:
            return JSONResponse({"error": "too long"}, 413)
        values = {**request.query_params, **request.path_params}
        return await run_in_threadpool(_answered_json, handler, desk, values, body)

    return Route(path, endpoint, methods=[method])


def _answered_json(
    handler: Callable[[Desk, dict[str, str], Any], Any], desk: Desk, values: dict[str, str], body: bytes
) -> Response:
    try:
        found = handler(desk, values, body)
    except (TriageError, ValueError) as error:
        return JSONResponse({"error": str(error)}, 400)
    return JSONResponse({"error": "there is no such thing"}, 404) if found is None else JSONResponse(found)
