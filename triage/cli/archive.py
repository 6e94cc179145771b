"""``triage archive``: older papers in the store."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from triage.cli.options import ConfigOption, JsonOption, argument, day_option, load
from triage.cli.output import print_json_lines, print_notices
from triage.cli.progress import opened


def import_(
    files: Annotated[
        list[Path], argument("FILE", "Listings (JSON Lines; also .gz or .xz), or arXiv's metadata snapshot.")
    ],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Stores older papers from files.

    The model compares your papers with them, and noted papers are looked up among them first.

    Examples:

    - `triage archive import listings-2024.jsonl.xz`
    - `triage archive import arxiv-metadata-oai-snapshot.json`
    """
    from triage.listing.backfill import import_listing

    settings = load(config)
    for file in files:
        with opened(settings, lock_for="archive import") as context:
            read, changed = import_listing(settings, context.store, file, context.progress)
        if json:
            print_json_lines([{"file": str(file), "papers": read, "new_or_changed": changed}])
        else:
            print(f"{file}: {read:,} papers, {changed:,} new or changed")


def fetch(
    since: Annotated[date, day_option("--since", "The first listing day to fetch.", show_default=False)],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Fetches older papers of your categories from arXiv, by OAI-PMH, and stores them.

    A year of one category has about ten thousand papers and takes a few minutes. You can stop it at any
    time: the same command continues where it stopped, for a day.

    Examples:

    - `triage archive fetch --since 2024-01-01`
    - `triage archive fetch --since 2024-01-01 --json`
    """
    from triage.listing.backfill import backfill

    with opened(load(config), lock_for="archive fetch") as context, context.arxiv() as arxiv:
        fetched = list(
            backfill(
                context.config,
                context.store,
                arxiv.oai,
                since,
                now=context.clock.now(),
                warn=context.warn,
            )
        )
    print_notices(context.notices)
    for one in fetched:
        if json:
            record = {"category": one.category, "papers": one.papers}
            print_json_lines([record | {"new_or_changed": one.changed, "resumed": one.resumed}])
        else:
            resumed = "; continued where it had stopped" if one.resumed else ""
            print(f"{one.category}: {one.papers:,} papers, {one.changed:,} new or changed{resumed}")
