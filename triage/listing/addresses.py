"""Web addresses: putting them together, showing them, and where a redirect may lead."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlencode, urljoin

from urllib3.util import parse_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOGIN = re.compile(r"^([^/?#]*//)[^/?#]*@")


def with_params(url: str, params: Mapping[str, str | int] | None) -> str:
    """Add parameters to the query of an address."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def can_be_asked(url: str) -> bool:
    """Whether it is an http or https address with a host."""
    try:
        parts = parse_url(url)
    except ValueError:
        return False
    return parts.scheme in _DEFAULT_PORTS and bool(parts.host)


def joined(url: str, target: str) -> str:
    r"""Return where a Location header leads, or an empty string when it is no address.

    It is written out as the library that connects understands it: ``http://a\@b/`` is host ``b`` to
    the standard library, and host ``a`` to urllib3.
    """
    try:
        return parse_url(urljoin(url, target)).url
    except ValueError:
        return ""


def without_login(url: str) -> str:
    """Return an address without the user name and password it may hold, for logs and messages."""
    return _LOGIN.sub(r"\1", url)


def may_lead_to(url: str, target: str, allowed: Collection[str]) -> bool:
    """Whether a redirect from one address to another may be followed.

    To the same host and port it may, also from http to https; to others (private addresses among
    them, by number or by name) only if they are named; never from https to http.

    Parameters
    ----------
    url, target : str
        `target` as :func:`joined` returns it.
    allowed : collection of str
        Addresses whose hosts and ports redirects may lead to.
    """
    old, new = parse_url(url), parse_url(target)
    if new.scheme not in _DEFAULT_PORTS or (old.scheme == "https" and new.scheme == "http"):
        return False
    return _place(target) in {_place(url), *map(_place, allowed)}


def _place(url: str) -> tuple[str | None, int | str | None]:
    """Host and port, where http's and https' own ports count as one."""
    parts = parse_url(url)
    own = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme or ""))
    return parts.host, "own" if own else parts.port
