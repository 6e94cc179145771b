"""``triage web``: the pages, served until they are stopped."""

from __future__ import annotations

import socket
from collections.abc import Callable

from triage.config.schema import Config
from triage.context import open_context
from triage.errors import ConfigError, TriageError
from triage.web.security import check_exposure


def serve(
    config: Config, *, host: str = "", port: int | None = None, ready: Callable[[str], None] = print
) -> None:
    """Serve the pages; ``ready`` is told their address once they answer.

    Raises ConfigError if others could reach them without a password, or the libraries are not installed.
    """
    try:
        from triage.web.app import make_app
        from triage.web.desk import Desk
        from triage.web.server import Server, settings_of
    except ImportError as error:
        raise TriageError(
            f"the pages need {error.name}, which is not installed.",
            remedy="pip install '.[web]'",
        ) from error
    host, port = host or config.web.host, config.web.port if port is None else port
    check_exposure(config.web, host)
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise ConfigError(
            f"web.port: {host}:{port} can't be used: {error.strerror}.", remedy="Choose another with --port."
        ) from error
    with listening, open_context(config) as context:
        Server(settings_of(make_app(Desk(context), host)), ready).run(sockets=[listening])
