"""arXiv's categories (``categories.txt``), to tell a typing error from a quiet category."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

_TAXONOMY = files(__package__).joinpath("categories.txt").read_text("utf-8").splitlines()[1:]
_SUBJECTS = {archive: subjects for archive, *subjects in map(str.split, _TAXONOMY)}
CATEGORIES = frozenset(
    name
    for archive, subjects in _SUBJECTS.items()
    for name in ([f"{archive}.{subject}" for subject in subjects] or [archive])
)


def category_warnings(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that is no known category of arXiv's; it may be a new one.

    >>> category_warnings(["cs.CL", "cs.LC"])
    ['cs.LC is not a category of arXiv that triage knows; did you mean cs.CL?']
    >>> category_warnings(["econ"])
    ['econ is an archive: name one of its categories instead, econ.EM, econ.GN or econ.TH']
    """
    warnings = []
    for name in names:
        if _SUBJECTS.get(name):
            inside = sorted(category for category in CATEGORIES if category.startswith(f"{name}."))
            listed = f"{', '.join(inside[:-1])} or {inside[-1]}" if len(inside) < 7 else f"{inside[0]}, ..."
            warnings.append(f"{name} is an archive: name one of its categories instead, {listed}")
        elif name not in CATEGORIES:
            near = _nearest(name)
            hint = f"; did you mean {near}?" if near else ""
            warnings.append(f"{name} is not a category of arXiv that triage knows{hint}")
    return warnings


def _nearest(name: str) -> str:
    """The category with the fewest typing errors, the same letters in another order before others."""
    from rapidfuzz.distance import OSA

    def distance(category: str) -> tuple[int, bool, str]:
        one, other = name.casefold(), category.casefold()
        return OSA.distance(one, other), sorted(one) != sorted(other), category

    found = min(map(distance, CATEGORIES))
    return found[2] if found[0] <= 2 else ""
