"""``triage web``: your own pages in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from triage.cli.options import ConfigOption, flag, load, option


def web(
    host: Annotated[str, option("--host", "ADDRESS", "Default: web.host, this machine only.")] = "",
    port: Annotated[int | None, option("--port", "N", "Default: web.port.", min=0, max=65_535)] = None,
    password: Annotated[
        bool, flag("--password", "Asks for a password and prints what web.password holds.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Shows your digests in the browser, to triage, search and label by one key or tap.

    Every mark that you make there stands in the digest's file as well, and the other way round. 'triage run' and
    the daemon work on meanwhile. Needs: pip install ".[web]"

    Examples:

    - `triage web`
    - `triage web --host 192.168.1.5 --port 8000`: with a password; see docs/web.md
    """
    from triage.web.serve import serve

    if password:
        from triage.web.security import hash_password

        typer.echo(hash_password(typer.prompt("Password", hide_input=True, confirmation_prompt=True)))
        return
    serve(load(config), host=host, port=port, ready=lambda url: print(f"Your pages: {url}", flush=True))
