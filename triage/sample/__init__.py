"""The embedded sample (a real announcement, an archive, made-up notes) and ``triage demo`` on it.

May import run and every room below it; only the command line imports it.
"""

# Ids, titles, authors, categories and dates are facts, from arXiv's metadata (CC0).  Every abstract is
# rewritten in our own words, so it describes the paper but is not the text that arXiv shows; the notes
# and their reader are invented.

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def sample_files() -> Traversable:
    """Return the folder of the sample, wherever the package is installed.

    Use :func:`importlib.resources.as_file` on it where a real path is needed.

    >>> sample_files().joinpath("announcement.jsonl").is_file()
    True
    """
    return files(__name__)
