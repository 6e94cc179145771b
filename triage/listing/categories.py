"""arXiv's categories, to tell a typing error from a quiet category.

Source: arXiv's category taxonomy, https://arxiv.org/category_taxonomy, as of 2026.
"""

from __future__ import annotations

from collections.abc import Iterable

from triage.papers import with_aliases

_SUBJECTS = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS "
    "PF PL RO SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "nlin": "AO CD CG PS SI",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn "
    "gen-ph geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "stat": "AP CO ME ML OT TH",
}
_WHOLE_ARCHIVES = "gr-qc hep-ex hep-lat hep-ph hep-th math-ph nucl-ex nucl-th quant-ph"

CATEGORIES = frozenset(
    [f"{archive}.{subject}" for archive, subjects in _SUBJECTS.items() for subject in subjects.split()]
    + _WHOLE_ARCHIVES.split()
)


def category_warnings(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that is no known category of arXiv's; it may be a new one.

    >>> category_warnings(["cs.CL", "cs.LC"])
    ['cs.LC is not a category of arXiv that triage knows; did you mean cs.CL?']
    >>> category_warnings(["econ"])
    ['econ is an archive: name one of its categories instead, econ.EM, econ.GN or econ.TH']
    """
    warnings = []
    names = list(names)
    for number, name in enumerate(names):
        if both := set(names[:number]).intersection(with_aliases([name])) - {name}:
            warnings.append(f"{both.pop()} and {name} are one category of arXiv: one of the names is enough")
        elif name in _SUBJECTS:
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
