"""The first ``config.yaml``: only what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml


def first_config(
    folder: Path,
    *,
    notes: Sequence[Path],
    categories: Sequence[str],
    time_zone: str,
    digest: Mapping[str, str],
) -> str:
    """Return the text of a ``config.yaml`` in a folder; notes below the folder are relative to it."""
    values = {
        "categories": list(categories),
        "time_zone": time_zone,
        "notes": {"paths": [_shown(path, folder) for path in notes]},
        "digest": dict(digest),
    }
    head = "# Your settings for triage. All others, with what they mean: triage init --full, in an empty folder.\n"
    return head + yaml.safe_dump(
        values, sort_keys=False, allow_unicode=True, default_flow_style=None, width=2**31
    )


def _shown(path: Path, folder: Path) -> str:
    whole = path.expanduser().absolute()
    return (
        whole.relative_to(folder.absolute()).as_posix()
        if whole.is_relative_to(folder.absolute())
        else str(whole)
    )


def likely_categories(of_papers: Sequence[Sequence[str]], most: int = 3) -> tuple[str, ...]:
    """Return the primary categories (each paper's first) of a tenth of some papers or more, the largest first."""
    primary = [categories[0] for categories in of_papers if categories]
    counts = Counter(sorted(primary)).most_common(most)
    return tuple(name for name, count in counts if count * 10 >= len(primary))
