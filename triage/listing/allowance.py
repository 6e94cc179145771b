"""What one exchange may take, in time and in bytes, kept on every read of its connection.

The time-outs of requests are for single reads: a server that sends a byte of its headers every
second, or "100 Continue" for ever, never meets them.  Here each read gets what is left of the time,
and what comes over the wire is counted, whatever it is: a proxy's words, headers, chunks, body.
"""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from requests import PreparedRequest
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    import socket

    from urllib3.connectionpool import ConnectionPool


class TooLargeError(Exception):
    """The answer is larger than allowed; asking again won't help."""


class Allowance:
    """Time and bytes for one exchange.

    Parameters
    ----------
    seconds : float
        For all of it, on the monotonic clock, from now.
    read_timeout : float
        Seconds for a single read.
    max_bytes : int
        Of all that is received.
    """

    def __init__(self, seconds: float, read_timeout: float, max_bytes: int) -> None:
        self._ends = time.monotonic() + seconds
        self._read_timeout = read_timeout
        self._bytes_left = max_bytes
        self._max_bytes = max_bytes

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return time.monotonic() >= self._ends

    def next_timeout(self) -> float:
        """Return how many seconds the next read may take.

        Raises
        ------
        TimeoutError
            If no time is left.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        return min(self._read_timeout, left)

    def count(self, received: int) -> None:
        """Take received bytes off.

        Raises
        ------
        TooLargeError
            If there were too many.
        """
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise TooLargeError(f"more than {self._max_bytes:,} bytes with its headers")


class AllowanceAdapter(HTTPAdapter):
    """An adapter for requests whose connections keep to an allowance.

    Parameters
    ----------
    allowance : Allowance
    """

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> ConnectionPool:
        """Return the pool for a request, directly or through a proxy."""
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.ConnectionCls = partial(_connection, pool.ConnectionCls, self._allowance)
        return cast("ConnectionPool", pool)


def _connection(kind: Callable[..., Any], allowance: Allowance, **options: Any) -> Any:
    """Make a connection of urllib3's whose answers, a proxy's to CONNECT among them, are read our way."""
    connection = kind(**options)
    connection.response_class = partial(_Response, allowance)
    return connection


class _Response(http.client.HTTPResponse):
    def __init__(self, allowance: Allowance, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Reading(allowance, sock, self.fp.detach()))


class _Reading(io.RawIOBase):
    """The bytes of a socket as they arrive."""

    def __init__(self, allowance: Allowance, sock: socket.socket, raw: Any) -> None:
        self._allowance = allowance
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._allowance.next_timeout())
        received: int | None = self._raw.readinto(buffer)
        self._allowance.count(received or 0)
        return received

    def close(self) -> None:
        self._raw.close()
        super().close()
