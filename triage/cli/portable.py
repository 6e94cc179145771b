"""The commands that carry what is the reader's out of a store and into another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage.cli.running import ConfigOption, explained, load


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    config: ConfigOption = None,
) -> None:
    """Write everything that is yours as plain files: labels, announcements, digests, their papers.

    JSON Lines that other programs can read. Models are not among them: 'triage learn' makes them again.
    """
    from triage.context import open_context
    from triage.feedback.sync import locate
    from triage.store.export import export_to

    with explained(), open_context(load(config)) as context:
        counts = export_to(context.store, folder, digest_folder=context.config.digest_folder, locate=locate)
        for name, count in counts.items():
            typer.echo(f"{folder / name}.jsonl: {count:,}")


def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What 'triage export' wrote.")],
    config: ConfigOption = None,
) -> None:
    """Read an exported folder into a fresh store, all or nothing.

    The digests come back as you left them; a file of that name that is there already is left alone.
    """
    from triage.context import open_context
    from triage.store.export import import_from

    with explained(), open_context(load(config), lock_for="import") as context:
        imported = import_from(context.store, folder, digest_folder=context.config.digest_folder)
        for name, count in imported.counts.items():
            typer.echo(f"{name}: {count:,}")
        typer.echo(f"files written in {context.config.digest_folder}: {imported.written:,}")
        for file in imported.kept:
            typer.echo(f"left alone, because it was there with another text: {file}")
        typer.echo("next: triage learn")
