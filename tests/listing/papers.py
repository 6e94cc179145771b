"""Made-up papers with true-looking ids, titles with the oddities of real ones, and dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from triage.listing.calendar import submission_window
from triage.papers import ArxivId, Paper

# What real titles have: LaTeX, comparison signs, ampersands, accents, markup, quotes.
TITLES = (
    r"Bounds on $\alpha$-decay for $a<b$ and $b>c$",
    "Cats & dogs: a study of <b>bold</b> claims",
    r"On the Schr\"odinger bridge, again",
    "What \"quotes\" and 'quotes' do to parsers",
    "读论文的机器 reads papers",
    "A plain title",
    "Entities such as &amp; and &lt; stay what they are",
    r"Estimating $O(n \log n)$ with 50\% less",
)
CATEGORIES = (
    ("cs.CL",),
    ("cs.CL", "cs.AI"),
    ("cs.AI", "cs.CL"),
    ("cs.AI",),
    ("stat.ML", "cs.CL"),
    ("hep-th",),
)
AUTHORS = (("Ada Lovelace",), ("Kurt Gödel", "Émilie du Châtelet"), ("Chien-Shiung Wu", "J. R. R. Tolkien"))


def papers_of(day: date, count: int) -> list[Paper]:
    """Return the papers of one listing day, submitted evenly over its window.

    Their ids begin with year and month of the day and go on with the day, so that they never collide.
    """
    start, end = submission_window(day)
    tx = (end - start) / (count + 1)
    papers = []
    for number in range(count):
        submitted = (start + tx * number).replace(microsecond=0) + timedelta(seconds=1)
        papers.append(
            Paper(
                id=ArxivId(f"{day:%y%m}.{day:%d}{number:03d}"),
                title=f"{TITLES[number % len(TITLES)]} ({day} number {number})",
                abstract=f"We look at matter {number} with $x<y$ & care. It holds when $p > 0.{number}$.",
                authors=AUTHORS[number % len(AUTHORS)],
                categories=CATEGORIES[number % len(CATEGORIES)],
                submitted=submitted,
                updated=submitted,
                announced=day,
                doi=f"10.1000/{number}" if number % 5 == 0 else "",
                journal_ref=f"J. Odd Results {number} (2025)" if number % 7 == 0 else "",
            )
        )
    return papers


def held(paper: Paper, until: date) -> Paper:
    """Return a paper that moderators held until a later listing."""
    return replace(paper, announced=until)
