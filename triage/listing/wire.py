"""One HTTP exchange: send a request, read the whole answer within limits."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import requests
import urllib3.exceptions

_CHUNK_BYTES = 1 << 16
# 32 + 15: zlib finds out itself whether it is a gzip or a zlib stream.
_GZIP_OR_ZLIB = 47


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an exchange may be."""

    connect_timeout: float
    """Seconds."""
    read_timeout: float
    """Seconds between two pieces of an answer."""
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


class TooLargeError(Exception):
    """The answer is larger than allowed; asking again won't help."""


def exchange(url: str, headers: Mapping[str, str], limits: Limits, *, seconds: float) -> Answer:
    """Make one GET request, following no redirect.

    A connection serves one request: an idle one, kept by one process while another asks, would be a
    second connection to arXiv.

    Parameters
    ----------
    seconds : float
        How long all of it may take, on the monotonic clock: a server that sends a byte now and
        then never meets the read timeout.

    Raises
    ------
    ExchangeError
        If the connection failed, timed out, or broke in the middle.
    TooLargeError
        If the body, or what it expands to, is larger than allowed.
    """
    ends = time.monotonic() + seconds
    read_timeout = max(0.001, min(limits.read_timeout, seconds))
    try:
        with (
            requests.Session() as session,
            session.get(
                url,
                headers={**headers, "Connection": "close"},
                timeout=(min(limits.connect_timeout, read_timeout), read_timeout),
                stream=True,
                allow_redirects=False,
            ) as response,
        ):
            raw = _Counted(response, limits.max_body_bytes, ends)
            encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
            if encoding in ("", "identity"):
                body = b"".join(raw)
            elif encoding in ("gzip", "x-gzip", "deflate"):
                body = _expanded(raw, limits.max_body_bytes)
            else:
                raise ExchangeError(f"an encoding that was not asked for ({encoding[:40]!r})")
            return Answer(response.status_code, response.headers, body, raw.received)
    except requests.Timeout as error:
        raise ExchangeError("no answer in time") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise ExchangeError(_short(error)) from error
    except ValueError as error:  # requests looks at where a redirect leads, even if it doesn't follow
        raise ExchangeError(f"headers that can't be understood ({error})") from error


class _Counted:
    """The pieces of a body as they arrive, counted against size and time."""

    def __init__(self, response: requests.Response, max_bytes: int, ends: float) -> None:
        self._raw = response.raw
        self._max_bytes = max_bytes
        self._ends = ends
        self.received = 0

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._raw.read1(_CHUNK_BYTES, decode_content=False):
            self.received += len(piece)
            if self.received > self._max_bytes:
                raise TooLargeError(f"more than {self._max_bytes:,} bytes")
            if time.monotonic() > self._ends:
                raise ExchangeError("the answer did not end in time")
            yield piece


def _expanded(pieces: _Counted, max_bytes: int) -> bytes:
    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
    body = bytearray()
    try:
        for piece in pieces:
            # One byte more than allowed is enough to know, however far the rest would expand.
            body += decompressor.decompress(piece, max_bytes + 1 - len(body))
            if len(body) > max_bytes:
                raise TooLargeError(f"expands to more than {max_bytes:,} bytes")
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
