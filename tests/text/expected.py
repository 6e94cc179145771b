"""What a text must look like where Markdown has been read, but no formulas set."""

from __future__ import annotations

import re

from triage.digest.escape import clean
from triage.text.formulas import for_markdown, show, split
from triage.text.unicode import letters


def bare(text: str) -> str:
    """Leave dollars and spaces out: digits behind a formula are drawn into it."""
    return re.sub(r"[\s$]", "", text)


def in_markdown(text: str) -> str:
    """What Markdown shows of a text; LaTeX as letters, formulas as source."""
    parts = split(clean(letters(clean(text))))
    return bare(
        "".join(
            (for_markdown(part) or show(part)) if formula else part.replace(r"\$", "$")
            for part, formula in parts
        )
    )
