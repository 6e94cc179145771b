"""A made-up digest that the tests of this folder share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from triage.config.schema import DigestConfig
from triage.digest.content import DigestContent
from triage.papers import ArxivId, Contribution, Explanation, NearestNote, Paper, Pick, ScoredPaper

ABSTRACT = (
    "Large models are costly to adapt, since every task asks for another round of updates. "
    "However, most of what tuning changes is small, e.g. the style of an answer. "
    "We present Shadow Tuning, which adds the difference of two small models to a large one. "
    "Experiments on nine benchmarks show that it closes 88.4% of the gap to full tuning."
)


def pick(
    number: int,
    title: str,
    *,
    probability: float = 0.5,
    categories: tuple[str, ...] = (),
    abstract: str = "",
    authors: tuple[str, ...] = (),
    explanation: Explanation | None = None,
) -> Pick:
    """A paper 2401.NNNNN at the rank of its number."""
    paper = Paper(ArxivId(f"2401.{number:05d}"), title, abstract, authors, ("cs.CL",))
    return Pick(
        ScoredPaper(paper, probability, probability, categories, explanation or Explanation()), number
    )


PICKS = (
    pick(
        1,
        "Shadow Tuning of Large Models",
        probability=0.86,
        categories=("Efficient tuning", "Alignment"),
        abstract=ABSTRACT,
        explanation=Explanation(
            (Contribution("logits", 1.2), Contribution("tuning", 0.9), Contribution("benchmarks", -0.3)),
            (
                NearestNote(
                    ArxivId("2310.00123"),
                    "Adapting a Giant by Its Dwarf",
                    0.6,
                    file="../notes/tuning.md",
                    heading="Dwarfs",
                    anchor="dwarfs",
                    noted_on=date(2023, 10, 3),
                ),
            ),
        ),
    ),
    pick(
        2,
        "A Bridge between Retrievers and Readers",
        probability=0.71,
        categories=("Retrieval",),
        abstract="Retrievers and readers are trained apart, which costs both of them. "
        "We study a small bridge that drops what the reader cannot use.",
        explanation=Explanation((Contribution("retrievers", 1.0),)),
    ),
    pick(3, "Markup in Prompts", probability=0.52, abstract="We ask what markup does to answers."),
)
QUESTIONS = (pick(20, "Jokes in Legal Corpora", probability=0.3, authors=("Grace Hopper",)),)
NEAR_MISSES = (
    pick(
        9,
        "Hunting Errors in Estonian Subtitles",
        probability=0.49,
        abstract="We hunt errors in subtitles, with a & b. They fall by half.",
        authors=("Ada Byron", "Emmy Noether", "Lise Read"),
    ),
)
_OTHERS = ("Ada Byron", "Emmy Noether", "Mary Fairfax Somerville")
REST = (
    pick(4, "Counting Tokens in Basque Poetry", probability=0.44, authors=_OTHERS, abstract=ABSTRACT),
    pick(
        5,
        "Sparse Attention for Yoruba Speech",
        probability=0.35,
        categories=("Retrieval",),
        authors=_OTHERS[:2],
        abstract="Speech of *few* speakers is [rare]. Categories: none. We attend to $\\frac{1}{2}$ of it.",
    ),
    pick(6, "Grading Welsh Essays", probability=0.2),
    pick(7, "Parsing Tamil with Few Trees", probability=0.1, categories=("Low-resource, spoken",)),
    pick(8, "Recipes for Machine Translation", probability=0.004, authors=_OTHERS),
)


def content(**changes: Any) -> DigestContent:
    """The digest of 2024-01-17, or one that differs in the fields given."""
    fields: dict[str, Any] = {
        "day": date(2024, 1, 17),
        "total": 163,
        "picks": PICKS,
        "near_misses": NEAR_MISSES,
        "rest": REST,
        "written_at": datetime(2024, 1, 17, 14, 3, 13, tzinfo=ZoneInfo("Asia/Shanghai")),
        "read": 384,
        "cite": 205,
        "publish": 9,
        "settings": DigestConfig(tags=("English",)),
        "known_categories": ("Alignment", "Efficient tuning", "Retrieval"),
    }
    return DigestContent(**{**fields, **changes})
