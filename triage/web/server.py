"""Uvicorn, as the pages use it."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette


class Server(uvicorn.Server):
    """A server that says when it is ready, and where."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started and sockets:
            name, port = sockets[0].getsockname()[:2]
            self._ready(f"http://{f'[{name}]' if ':' in name else name}:{port}/")


def settings_of(app: Starlette) -> uvicorn.Config:
    """Return the server's settings."""
    return uvicorn.Config(
        app,
        log_level="warning",
        # Who asks is who is connected; what a proxy says is believed of the proxies in the configuration.
        proxy_headers=False,
        server_header=False,
    )
