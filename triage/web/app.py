"""The application: its routes, and what stands before all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from triage.web import api, browse, pages, security
from triage.web.desk import Desk
from triage.web.visit import Visit, action, page

MONTH = 30 * 24 * 3600
"""Seconds that a session lasts without a visit."""

_STATIC = Path(str(files("triage.web") / "static"))


def make_app(desk: Desk, host: str) -> Starlette:
    """Return the application for an address that it is served at."""
    config = desk.context.config
    https = config.web.url.startswith("https:")
    app = Starlette(
        routes=[
            page("/", pages.home),
            page("/day/{day}", pages.day),
            page("/triage", pages.triage),
            page("/paper/{id:path}", pages.paper),
            action("/mark/{id:path}", pages.mark),
            action("/undo", pages.undo),
            page("/similar/{id:path}", browse.similar),
            page("/search", browse.search),
            page("/library", browse.library),
            page("/calendar", browse.month_calendar),
            page("/model", browse.model),
            action("/model/rollback", browse.rollback),
            page("/status", browse.status),
            page("/login", _login_page, open_to_all=True),
            action("/login", _login, open_to_all=True),
            action("/logout", _logout),
            *api.routes(),
            Route("/healthz", _healthz),
            Route("/sw.js", _service_worker),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        middleware=[
            Middleware(BaseHTTPMiddleware, dispatch=_with_headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=security.allowed_hosts(config.web, host)),
            Middleware(
                SessionMiddleware,
                secret_key=security.session_key(config.store_folder),
                session_cookie="triage",
                max_age=MONTH,
                same_site="lax",  # strict would ask for the password again after each link in a mail
                https_only=https,
            ),
        ],
        lifespan=_lifespan,
    )
    app.state.desk = desk
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    days = desk.days()
    if days and (edition := desk.edition(days[-1])):
        desk.prepare(edition)
    yield


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in security.HEADERS.items():
        response.headers.setdefault(name, value)
    if request.url.path.startswith("/static/"):
        # Their addresses change with their content.
        response.headers["Cache-Control"] = "max-age=31536000, immutable"
    return response


def _login_page(visit: Visit) -> Response:
    return visit.page("login.html.j2", problem="", next=visit.query.get("next", "/"))


def _login(visit: Visit) -> Response:
    door = visit.desk.door
    if wait := door.seconds_to_wait():
        problem = "Too many wrong passwords. Wait a minute."
        answer = visit.page("login.html.j2", 429, problem=problem, next=visit.given("next"))
        answer.headers["Retry-After"] = str(int(wait) + 1)
        return answer
    if not door.try_password(visit.given("password"), visit.session):
        return visit.page("login.html.j2", 403, problem="That is not the password.", next=visit.given("next"))
    return visit.back()


def _logout(visit: Visit) -> Response:
    visit.session.clear()
    return RedirectResponse("/login", 303)


async def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _service_worker(_request: Request) -> Response:
    # At the root, since it may only see what is below its own address.
    return FileResponse(_STATIC / "sw.js", media_type="text/javascript")
