"""What a text must look like where Markdown has been read, but no formulas set."""

from __future__ import annotations

import re

from triage.digest.escape import clean
from triage.text.formulas import PERCENT, for_markdown, show, split, with_digits
from triage.text.unicode import letters


def bare(text: str) -> str:
    """Leave dollars and spaces out: digits behind a formula are drawn into it."""
    return re.sub(r"[\s$]", "", text)


def in_markdown(text: str) -> str:
    """What Markdown shows of a text; LaTeX as letters, formulas as source."""
    parts = with_digits(split(clean(letters(clean(text)))))
    return bare("".join(_source(part) if formula else part.replace(r"\$", "$") for part, formula in parts))


def _source(formula: str) -> str:
    around = [for_markdown(one) for one in PERCENT.split(formula)]
    return show(formula) or formula if None in around else "%".join(one or "" for one in around)
