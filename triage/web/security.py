"""Who may ask, and what a browser may do with an answer."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections import deque
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from triage.config.schema import WebConfig
from triage.errors import ConfigError

if TYPE_CHECKING:
    from starlette.requests import Request

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https://arxiv.org; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with it browsers send forms from nowhere ("Origin: null").
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

FAILURES, WINDOW = 5, 60.0
"""So many wrong passwords in so many seconds, from anywhere, and none is tried until they are past."""
LONGEST_PASSWORD = 1_000


def check_exposure(web: WebConfig, host: str) -> None:
    """Raise ConfigError where the pages would be open to others: only this machine needs no password."""
    if not (is_loopback(host) or web.password.get_secret_value() or web.user_header):
        raise ConfigError(
            f"web.host: {host} can be reached from other machines, and neither a password nor a proxy's "
            "header protects your pages.",
            remedy="Set web.password (see: triage web --password), or web.user_header behind a proxy.",
        )


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def allowed_hosts(web: WebConfig, host: str) -> list[str]:
    """Return the names under which the pages answer: another one is an attack by DNS, or a mistake."""
    named = urlsplit(web.url).hostname or ""
    local = ["127.0.0.1", "localhost"] if is_loopback(host) or host in ("0.0.0.0", "::") else []  # noqa: S104
    return [one for one in dict.fromkeys((host, named, *local)) if one]


def session_key(folder: Path) -> str:
    """Return the key that signs session cookies, made once in the store's folder."""
    file = folder / "web.key"
    try:
        with file.open("x", encoding="ascii") as stream:
            file.chmod(0o600)
            stream.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return file.read_text(encoding="ascii")


def hash_password(password: str) -> str:
    """Return what ``web.password`` holds."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def is_from_elsewhere(request: Request) -> bool:
    """Return whether another site made the browser ask this."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.headers.get("host")
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def csrf_token(session: dict[str, str]) -> str:
    """Return the session's own word, which every form of the pages sends along."""
    return session.setdefault("csrf", secrets.token_urlsafe(24))


def has_csrf_token(session: dict[str, str], given: str) -> bool:
    """Return whether a form came from the pages."""
    known = session.get("csrf", "")
    return bool(known) and hmac.compare_digest(known.encode(), given.encode())


class Door:
    """Lets the reader in: everybody on this machine, or who knows the password, or whom a proxy names."""

    def __init__(self, web: WebConfig) -> None:
        self._hash = web.password.get_secret_value()
        self._header, self._proxies = web.user_header, web.proxies
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self.is_open = not (self._hash or self._header)
        self.has_password = bool(self._hash)

    def is_in(self, request: Request) -> bool:
        """Return whether this is the reader."""
        if self.is_open or (self._hash and request.session.get("reader") == self._mark()):
            return True
        peer = request.client.host if request.client else ""
        return bool(self._header and peer in self._proxies and request.headers.get(self._header))

    def seconds_to_wait(self) -> float:
        """Return how long no password is tried, after too many wrong ones."""
        full = len(self._failures) == FAILURES
        return max(0.0, self._failures[0] + WINDOW - monotonic()) if full else 0.0

    def try_password(self, password: str, session: dict[str, str]) -> bool:
        """Let the session in if the password is right; a wrong one is counted."""
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            PasswordHasher().verify(self._hash, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            self._failures.append(monotonic())
            return False
        self._failures.clear()
        session.clear()
        session["reader"] = self._mark()
        return True

    def _mark(self) -> str:
        """What a session of this password holds: with another password it is worth nothing."""
        return hmac.new(self._hash.encode(), b"reader", "sha256").hexdigest()
