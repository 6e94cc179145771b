"""Invented papers on a few subjects, drawn from a seed, so that a test can say what is alike."""

from __future__ import annotations

import random
from datetime import date, timedelta

from triage.papers import ArxivId, Paper

SUBJECTS = {
    "speech": [
        "speech",
        "recognition",
        "acoustic",
        "phoneme",
        "speaker",
        "audio",
        "transcription",
        "microphone",
        "voice",
        "waveform",
    ],
    "law": [
        "legal",
        "statute",
        "court",
        "contract",
        "clause",
        "judge",
        "verdict",
        "litigation",
        "lawyer",
        "jurisdiction",
    ],
    "reward": [
        "reward",
        "preference",
        "alignment",
        "feedback",
        "policy",
        "reinforcement",
        "rollout",
        "critic",
        "trajectory",
        "bonus",
    ],
    "parsing": [
        "parser",
        "treebank",
        "dependency",
        "syntax",
        "grammar",
        "constituent",
        "morphology",
        "annotation",
        "corpus",
        "tagger",
    ],
    "retrieval": [
        "retrieval",
        "passage",
        "index",
        "ranking",
        "query",
        "document",
        "search",
        "relevance",
        "encoder",
        "dense",
    ],
}
PLAIN = [
    "study",
    "method",
    "model",
    "result",
    "experiment",
    "benchmark",
    "propose",
    "improve",
    "evaluate",
    "dataset",
    "large",
    "simple",
    "analysis",
    "framework",
    "baseline",
    "training",
    "accuracy",
    "compare",
    "novel",
    "approach",
    "task",
    "setting",
    "language",
    "system",
]
FIRST = date(2024, 1, 1)


def paper(number: int, subject: str, *, day: date | None = None, category: str = "cs.CL") -> Paper:
    """Make the numbered paper on a subject, always the same."""
    draw = random.Random(f"{number} {subject}")
    telling, plain = SUBJECTS[subject], PLAIN
    words = [draw.choice(telling if draw.random() < 0.35 else plain) for _ in range(60)]
    title = [draw.choice(telling), draw.choice(plain), draw.choice(telling), str(number)]
    return Paper(
        id=ArxivId(f"24{1 + number // 90_000:02d}.{number % 90_000 + 1:05d}"),
        title=" ".join(title),
        abstract=" ".join(words) + ".",
        categories=(category,),
        announced=day,
    )


def archive(papers: int, *, from_number: int = 10_000, a_day: int = 20) -> list[Paper]:
    """Make papers on every subject in turn, so many a day."""
    names = sorted(SUBJECTS)
    return [
        paper(from_number + n, names[n % len(names)], day=FIRST + timedelta(days=n // a_day))
        for n in range(papers)
    ]
