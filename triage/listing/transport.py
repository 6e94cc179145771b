"""One HTTP exchange: send a request, read the whole answer within limits."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import requests
import urllib3.exceptions

from triage.listing.allowance import Allowance, AllowanceAdapter, TooLargeError

_CHUNK_BYTES = 1 << 16
# 32 + 15: zlib finds out itself whether it is a gzip or a zlib stream.
_GZIP_OR_ZLIB = 47
_HEADERS_BYTES = 1_000_000
"""More headers than any answer of arXiv has."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an exchange may be."""

    connect_timeout: float
    """Seconds."""
    read_timeout: float
    """Seconds between two pieces of an answer, its headers included."""
    max_body_bytes: int
    """Both for what is sent and for what it expands to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    """Decompressed."""
    received_bytes: int
    """The body as it was sent."""


class ExchangeError(Exception):
    """There was no complete answer; asking again may help."""


def exchange(url: str, headers: Mapping[str, str], limits: Limits, *, seconds: float) -> Answer:
    """Make one GET request, following no redirect.

    A connection serves one request: an idle one, kept by one process while another asks, would be a
    second connection to arXiv.

    Parameters
    ----------
    seconds : float
        How long the whole answer may take to arrive, on the monotonic clock.  Before that come the
        resolver's own time-outs for the name, and the connect time-out for each of its addresses.

    Raises
    ------
    ExchangeError
        If the connection failed, timed out, or broke in the middle.
    TooLargeError
        If the body, or what it expands to, is larger than allowed.
    """
    # Chunks of a few bytes double what is sent; more of a frame than that is no honest answer.
    allowance = Allowance(seconds, limits.read_timeout, 2 * limits.max_body_bytes + _HEADERS_BYTES)
    connect_timeout, read_timeout = (
        max(0.001, min(limit, seconds)) for limit in (limits.connect_timeout, limits.read_timeout)
    )
    try:
        with (
            _Session(allowance) as session,
            session.get(
                url,
                headers={**headers, "Connection": "close"},
                timeout=(connect_timeout, read_timeout),
                stream=True,
                allow_redirects=False,
            ) as response,
        ):
            raw = _Counted(response, limits.max_body_bytes)
            encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
            if encoding in ("", "identity"):
                body = bytes(raw.joined())
            elif encoding in ("gzip", "x-gzip", "deflate"):
                body = _expanded(raw, limits.max_body_bytes)
            else:
                raise ExchangeError(f"an encoding that was not asked for ({encoding[:40]!r})")
            return Answer(response.status_code, response.headers, body, raw.received)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if allowance.is_over:
            raise ExchangeError("the answer did not end in time") from error
        if isinstance(error, requests.Timeout | urllib3.exceptions.ReadTimeoutError):
            raise ExchangeError("no answer in time") from error
        raise ExchangeError(_short(error)) from error
    except ValueError as error:  # a header that can't be sent or understood
        raise ExchangeError(f"headers that can't be understood ({error})") from error


class _Session(requests.Session):
    """A session for one exchange within an allowance."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, AllowanceAdapter(allowance))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: where a redirect leads is for others to say.

        requests looks there even when it is not to follow, and reads the answer's body before,
        however large it is and expands to.
        """
        return None


class _Counted:
    """The pieces of a body as they arrive, counted."""

    def __init__(self, response: requests.Response, max_bytes: int) -> None:
        self._raw = response.raw
        self._max_bytes = max_bytes
        self.received = 0

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._raw.read1(_CHUNK_BYTES, decode_content=False):
            self.received += len(piece)
            if self.received > self._max_bytes:
                raise TooLargeError(f"more than {self._max_bytes:,} bytes")
            yield piece

    def joined(self) -> bytearray:
        """Return the whole body; chunks may be of two bytes, so that no list of them is made."""
        body = bytearray()
        for piece in self:
            body += piece
        return body


def _expanded(pieces: _Counted, max_bytes: int) -> bytes:
    """Decompress a body, which may be of several gzip members."""
    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
    body = bytearray()
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if decompressor.eof:
                    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
                # One byte more than allowed is enough to know, however far the rest would expand.
                body += decompressor.decompress(rest, max_bytes + 1 - len(body))
                if len(body) > max_bytes:
                    raise TooLargeError(f"expands to more than {max_bytes:,} bytes")
                rest = decompressor.unused_data
    except zlib.error as error:
        raise ExchangeError(f"a damaged compressed body ({error})") from error
    if pieces.received and not decompressor.eof:
        raise ExchangeError("a compressed body that ends too early")
    return bytes(body)


def _short(error: Exception) -> str:
    """The innermost reason, without urllib3's layers around it."""
    reason: BaseException = error
    while (inner := reason.__cause__ or reason.__context__) is not None:
        reason = inner
    return f"{type(reason).__name__}: {reason}"[:200]
