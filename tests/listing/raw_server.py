"""A server that sends exactly what a test says, for answers that no HTTP library would make."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import repeat


class RawServer:
    """Sends the same pieces to everybody who connects, until they are through or hang up.

    Parameters
    ----------
    pieces : iterable of bytes
        What it answers; it may be without end.
    pause : float
        Seconds of real time before each piece.
    tls : ssl.SSLContext, optional
    after_head : bool
        Whether it waits for a request before it answers.
    host : str
        On which of the machine's own addresses it listens.

    Attributes
    ----------
    heads : list of bytes
        What was asked, one for each connection.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        pause: float = 0.0,
        tls: ssl.SSLContext | None = None,
        after_head: bool = True,
        host: str = "127.0.0.1",
    ) -> None:
        self._pieces, self._pause, self._tls, self._after_head = pieces, pause, tls, after_head
        self.heads: list[bytes] = []
        self._socket = socket.create_server((host, 0))
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/rss"

    def __enter__(self) -> RawServer:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._threads[0].join()
        for connection in self._connections:
            connection.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._threads.append(threading.Thread(target=self._answer, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._connections.append(connection)
            if self._after_head:
                self.heads.append(connection.recv(100_000))
            for piece in self._pieces:
                if self._pause:
                    time.sleep(self._pause)
                connection.sendall(piece)
            connection.close()
        except OSError:
            pass  # the client has hung up


def for_ever(start: bytes, again: bytes) -> Iterator[bytes]:
    """Yield a start, and then the same again without end."""
    yield start
    yield from repeat(again)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> list[bytes]:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return ["\r\n".join(lines).encode("latin-1") + body]
