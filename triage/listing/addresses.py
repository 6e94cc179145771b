"""Web addresses: with parameters, without passwords, and where a redirect may lead."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlencode, urljoin

from urllib3.util import parse_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_CREDENTIALS = re.compile(r"^([^/?#]*//)[^/?#]*@")


def with_params(url: str, params: Mapping[str, str | int] | None) -> str:
    """Add parameters to the query of an address."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def is_web_address(url: str) -> bool:
    """Whether it is an http or https address with a host."""
    try:
        parts = parse_url(url)
    except ValueError:
        return False
    return parts.scheme in _DEFAULT_PORTS and bool(parts.host)


def redirect_target(url: str, location: str) -> str:
    r"""Return where a Location header leads, or an empty string when it is no address.

    It is written out as the library that connects understands it: ``http://a\@b/`` is host ``b`` to
    the standard library, and host ``a`` to urllib3.
    """
    try:
        return parse_url(urljoin(url, location)).url
    except ValueError:
        return ""


def without_credentials(url: str) -> str:
    """Return an address without the user name and password it may hold, for logs and messages."""
    return _CREDENTIALS.sub(r"\1", url)


def redirect_allowed(url: str, target: str, allowed: Collection[str]) -> bool:
    """Whether a redirect from `url` to `target` (see :func:`redirect_target`) may be followed.

    To the same host and port it may, also from http to https; to others (private addresses among
    them, by number or by name) only if an address in `allowed` has them; never from https to http.
    """
    old, new = parse_url(url), parse_url(target)
    if new.scheme not in _DEFAULT_PORTS or (old.scheme == "https" and new.scheme == "http"):
        return False
    return _host_and_port(target) in {_host_and_port(url), *map(_host_and_port, allowed)}


def _host_and_port(url: str) -> tuple[str | None, int | str | None]:
    """Host and port, where the default ports of http and https count as one."""
    parts = parse_url(url)
    is_default = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme or ""))
    return parts.host, "default" if is_default else parts.port
