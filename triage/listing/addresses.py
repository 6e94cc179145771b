"""Web addresses: putting them together, showing them, and where a redirect may lead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def with_params(url: str, params: Mapping[str, str | int] | None) -> str:
    """Add parameters to the query of an address."""
    if not params:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"


def joined(url: str, target: str) -> str:
    """Return where a Location header leads, or an empty string when it is no address."""
    try:
        new = urljoin(url, target)
        urlsplit(new).port  # noqa: B018  -- raises for a port that is none
    except ValueError:
        return ""
    return new


def without_login(url: str) -> str:
    """Return an address without the user name and password it may hold, for logs and messages."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def may_lead_to(url: str, target: str, allowed_hosts: Collection[str]) -> bool:
    """Whether a redirect from one address to another may be followed.

    To the same host it may, also from http to https; to another (a private address among them) only
    if that is allowed by name; never from https to http.
    """
    old, new = urlsplit(url), urlsplit(target)
    if new.scheme not in _DEFAULT_PORTS or (old.scheme == "https" and new.scheme == "http"):
        return False
    return _place(url) == _place(target) or (new.hostname or "") in allowed_hosts


def _place(url: str) -> tuple[str | None, int | str | None]:
    """Host and port, where http's and https' own ports count as one."""
    parts = urlsplit(url)
    own = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))
    return parts.hostname, "own" if own else parts.port
