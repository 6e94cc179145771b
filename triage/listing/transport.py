"""One HTTP exchange: send a request, read the whole answer within limits of time and size.

The timeouts of requests apply to single reads: a server that sends a byte of its headers every
second, or "100 Continue" forever, never meets them.  Here each read of the socket gets what is left
of the total time.
"""

from __future__ import annotations

import http.client
import io
import os
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from triage.listing.responses import Response

if TYPE_CHECKING:
    import socket

    from urllib3.connectionpool import ConnectionPool

_CHUNK_BYTES = 1 << 16
# 32 + 15: zlib finds out itself whether it is a gzip or a zlib stream.
_GZIP_OR_ZLIB = 47


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an exchange may be."""

    connect_timeout: float
    """Seconds."""
    read_timeout: float
    """Seconds between two pieces of an answer, its headers included."""
    max_body_bytes: int
    """Both for what is sent and for what it expands to."""


class ExchangeError(Exception):
    """There was no complete answer."""

    retry = True
    """Whether another try may help."""
    remedy = ""


class SetupError(ExchangeError):
    """The proxy, the certificates or the address of this machine's settings can't be used."""

    retry = False
    remedy = "Mend that, and run again. Nothing is lost."


class TooLargeError(ExchangeError):
    """The answer is larger than allowed."""

    retry = False

    def __init__(self, size: str) -> None:
        super().__init__(f"the answer is too large: {size}")


def exchange(url: str, headers: Mapping[str, str], limits: Limits, *, seconds: float) -> Response:
    """Make one GET request, following no redirect.

    A connection serves one request: an idle one, kept by one process while another sends a request,
    would be a second connection to arXiv.

    The whole answer may take so many seconds on the monotonic clock.  Before that come the resolver's
    own timeouts for the name, and the connect timeout for each of its addresses.

    Raises ExchangeError if the connection failed, timed out, or broke in the middle, or the answer is too
    large.
    """
    budget = _Budget(limits.read_timeout, seconds)
    connect_timeout, read_timeout = (
        max(0.001, min(limit, seconds)) for limit in (limits.connect_timeout, limits.read_timeout)
    )
    try:
        with (
            _Session(budget) as session,
            session.get(
                url,
                headers={**headers, "Connection": "close"},
                timeout=(connect_timeout, read_timeout),
                stream=True,
                allow_redirects=False,
            ) as response,
        ):
            body = _body(response, limits.max_body_bytes)
            return Response(url, response.status_code, response.headers, body, response.raw.tell())
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if budget.is_over:
            raise ExchangeError("the answer did not end in time") from error
        if isinstance(error, requests.Timeout | urllib3.exceptions.ReadTimeoutError):
            raise ExchangeError("no answer in time") from error
        if problem := _setup_problem(error):
            raise SetupError(problem) from error
        raise ExchangeError(_words(_innermost(error))) from error
    except ValueError as error:  # a header that can't be sent or understood
        raise ExchangeError(f"headers that can't be understood ({error})") from error


def _body(response: requests.Response, max_bytes: int) -> bytes:
    pieces = _pieces(response.raw, max_bytes)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _expanded(pieces, max_bytes)
    if encoding not in ("", "identity"):
        raise ExchangeError(f"an encoding that was not asked for ({encoding[:40]!r})")
    body = bytearray()  # no list of pieces: chunks may be of two bytes
    for piece in pieces:
        body += piece
    return bytes(body)


def _pieces(raw: Any, max_bytes: int) -> Iterator[bytes]:
    received = 0
    while piece := raw.read1(_CHUNK_BYTES, decode_content=False):
        received += len(piece)
        if received > max_bytes:
            raise TooLargeError(f"more than {max_bytes:,} bytes")
        yield piece


def _expanded(pieces: Iterator[bytes], max_bytes: int) -> bytes:
    """Decompress a body, which may be of several gzip members."""
    decompressor = None
    body = bytearray()
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if decompressor is None or decompressor.eof:
                    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
                # One byte more than allowed is enough to know, however far the rest would expand.
                body += decompressor.decompress(rest, max_bytes + 1 - len(body))
                if len(body) > max_bytes:
                    raise TooLargeError(f"expands to more than {max_bytes:,} bytes")
                rest = decompressor.unused_data
    except zlib.error as error:
        raise ExchangeError(f"a damaged compressed body ({error})") from error
    if decompressor is not None and not decompressor.eof:
        raise ExchangeError("a compressed body that ends too early")
    return bytes(body)


def _setup_problem(error: Exception) -> str:
    """Return what is wrong with this machine's settings, if it is that: no other try can help."""
    reason = _innermost(error)
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        name = next((one for one in os.environ if os.environ[one].lower().startswith("socks")), "environment")
        return f"the proxy of {name} is a SOCKS proxy, which needs: pip install 'requests[socks]'"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return f"the address, or the proxy of the environment, can't be used ({_words(reason)})"
    # requests has no error of its own for certificates that are not there; a socket's has a number.
    if type(error) is OSError and error.errno is None:
        return f"{error} (see REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE)"
    if isinstance(reason, ssl.SSLError) and reason.library == "X509":
        place = (
            os.environ.get("REQUESTS_CA_BUNDLE")
            or os.environ.get("CURL_CA_BUNDLE")
            or requests.utils.DEFAULT_CA_BUNDLE_PATH
        )
        return f"{place} holds no certificates that can be read (see REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE)"
    return ""


def _innermost(error: Exception) -> BaseException:
    """The innermost reason, without urllib3's layers around it."""
    reason: BaseException = error
    while (inner := reason.__cause__ or reason.__context__) is not None:
        reason = inner
    return reason


def _words(reason: BaseException) -> str:
    return f"{type(reason).__name__}: {reason}"[:200]


class _Budget:
    """The time for one exchange."""

    def __init__(self, read_timeout: float, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._read_timeout = read_timeout

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def next_timeout(self) -> float:
        """Return how many seconds the next read may take."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        return min(self._read_timeout, left)


class _Session(requests.Session):
    """A session for one exchange within its budget."""

    def __init__(self, budget: _Budget) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(budget))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: the caller follows redirects.

        requests looks for a target even when it is not to follow, and reads the answer's body
        before, however large it is and expands to.
        """
        return None


class _Adapter(HTTPAdapter):
    """Reads answers, a proxy's to CONNECT among them, within a budget."""

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> ConnectionPool:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = partial(_connection, pool.ConnectionCls, self._budget)
        return cast("ConnectionPool", pool)


def _connection(connection_class: Callable[..., Any], budget: _Budget, **options: Any) -> Any:
    connection = connection_class(**options)
    connection.response_class = partial(_response, budget)
    return connection


def _response(budget: _Budget, sock: socket.socket, *args: Any, **options: Any) -> Any:
    response: Any = http.client.HTTPResponse(sock, *args, **options)
    response.fp = io.BufferedReader(_SocketReader(budget, sock, response.fp.detach()))
    return response


class _SocketReader(io.RawIOBase):
    def __init__(self, budget: _Budget, sock: socket.socket, raw: Any) -> None:
        self._budget = budget
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._budget.next_timeout())
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()
