"""The commands to begin with, and to move what is yours to another store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from triage.cli.daily import print_day
from triage.cli.learning import print_learned
from triage.cli.options import ConfigOption, argument, flag, load, option
from triage.cli.progress import opened, shown_progress


def demo(
    out: Annotated[Path, option("--out", "DIR", "The folder for the sample and its digest.")] = Path("demo"),
    web: Annotated[bool, flag("--web", "Opens the sample day in pages of your own.")] = False,
) -> None:
    """Tries everything offline: learns from sample notes, ranks a sample day, writes the digest.

    Examples:

    - `triage demo`
    - `triage demo --out /tmp/triage-demo`
    - `triage demo --web`: then follow the address
    """
    from triage.sample.demo import run_demo

    with shown_progress() as progress:
        learned, day = run_demo(out, progress=progress)
    print_learned(learned, as_json=False, offline=False)
    print_day(day, as_json=False)
    print(f"\nThe digest: {day.digests[0].file}")
    print("Next, with your own notes: triage init, then triage learn, then triage run")
    if web:
        from triage.config.load import load_config
        from triage.web.serve import serve

        serve(load_config(out / "config.yaml"), ready=lambda url: print(f"The sample day: {url}", flush=True))


def export(
    folder: Annotated[Path, argument("DIR", "A new folder.")],
    config: ConfigOption = None,
) -> None:
    """Writes everything that is yours to a folder of plain files.

    Labels, announcements, digests, their papers and deliveries, as JSON Lines that other programs can read.
    Models are left out: 'triage learn' makes them again.

    Examples:

    - `triage export backup-2024-01-17`
    - `triage export backup --config ~/papers/config.yaml`
    """
    from triage.feedback.sync import locate
    from triage.store.export import export_to

    with opened(load(config)) as context:
        digests = context.config.digest_folder
        counts = export_to(context.store, folder, digest_folder=digests, locate=locate)
    for name, count in counts.items():
        print(f"{folder / name}.jsonl: {count:,}")


def import_(
    folder: Annotated[Path, argument("DIR", "What 'triage export' wrote.")],
    config: ConfigOption = None,
) -> None:
    """Reads an exported folder into an empty store, all of it or nothing.

    The digests come back as you left them. A digest file that exists already is left alone.

    Examples:

    - `triage import backup-2024-01-17`
    - `triage import backup --config ~/papers/config.yaml`
    """
    from triage.store.export import import_from

    with opened(load(config), lock_for="import") as context:
        digests = context.config.digest_folder
        imported = import_from(context.store, folder, digest_folder=digests)
    for name, count in imported.counts.items():
        print(f"{name}: {count:,}")
    print(f"digest files written to {digests}: {imported.written:,}")
    for file in imported.kept:
        print(f"left alone, because it exists with another text: {file}")
    print("Next: triage learn")
