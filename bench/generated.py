#!/usr/bin/env python3
"""Does any archive break the ranker, or make it promise what it can't know?  Generated cases, through fit and commands.

Each case is an archive and notes drawn from a seed: texts without a countable word, all the same, empty or
of a few words; days that are unknown, one, or before and after all time; 0 to 120 unlabelled papers, 1 to 60
notes, 0 to 3 negatives, other people's picks.  Most go through `train`, `score` and the disk; one in
`--every` through the commands (archive import, learn, retrain, rank, backtest --mine).  A crash, a number
that is not finite, or a probability above a half with fewer than ten unlabelled papers is a fault.

Prints the faults with their seeds and a summary; exits 1 if there is a fault.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from tests.ranker.test_any_archive import MONDAY, NOBODY_KNOWS, paper
from triage.cli.app import app
from triage.papers import Example
from triage.ranker.training import train

KINDS = ["none", "uncountable", "same", "words"]


def through_fit(draw: random.Random) -> str:
    """Return what is wrong with a model of a drawn archive, or nothing."""
    unlabelled = draw.choice([0, 1, 2, 5, 9, 10, 30, 120])
    relevant, negatives = draw.choice([1, 2, 6, 60]), draw.randint(0, 3)
    kinds = draw.choice(KINDS), draw.choice(KINDS), draw.choice(["none", "one", "edge", "many"])
    made = [paper(draw, n, *kinds) for n in range(1, unlabelled + relevant + negatives + 21)]
    candidates, background, rest = made[:20], made[20 : 20 + unlabelled], made[20 + unlabelled :]
    examples = [Example(one, n < relevant, labelled_on=MONDAY) for n, one in enumerate(rest)]
    others = [Example(one, labelled_on=MONDAY) for one in background[: draw.choice([0, 0, 15])]]
    model = train(
        examples, background, community=others, categories=draw.choice([[], ["cs.CL"], ["math.CO"]])
    )
    scored = model.score(candidates)
    probabilities = np.array([one.probability for one in scored])
    if not np.isfinite([one.score for one in scored]).all() or max(abs(one.score) for one in scored) > 100:
        return "a score that is no number, or beyond a hundred"
    if unlabelled + negatives < NOBODY_KNOWS and (probabilities > 0.5).any():
        return f"promises {probabilities.max():.2f} against {unlabelled} unlabelled papers"
    again = model.from_bytes(model.to_bytes(), model.manifest).score(candidates)
    return (
        "" if [one.probability for one in again] == probabilities.tolist() else "scores otherwise when loaded"
    )


def through_commands(draw: random.Random) -> str:
    """Return what is wrong with the commands on a drawn archive, or nothing."""
    papers, noted = draw.randint(0, 40), draw.randint(1, 8)
    made = [
        paper(draw, n, draw.choice(KINDS), draw.choice(KINDS), "many") for n in range(1, papers + noted + 1)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = [
            {"id": one.id, "title": one.title, "abstract": one.abstract, "categories": ["cs.CL"]}
            | {"announced": str(one.announced)}
            for one in made
        ]
        archive, first = folder / "archive.jsonl", min(str(one.announced) for one in made)
        archive.write_text("".join(json.dumps(one) + "\n" for one in records))
        (folder / "notes").mkdir()
        notes = "".join(f"- [{one.title}]({one.abs_url})\n" for one in made[:noted])
        (folder / "notes" / "notes.md").write_text(f"# Control\n{notes}")
        (folder / "config.yaml").write_text("categories: [cs.CL]\nseeds: {keywords: [the]}\n")
        for command in (
            ["archive", "import", str(archive)],
            ["learn", "--offline"],
            ["retrain"],
            ["rank", "--listing", str(archive), "--json"],
            ["backtest", "--mine", "--from", first],
        ):
            result = CliRunner().invoke(app, [*command, "--config", str(folder / "config.yaml")])
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                return f"{command[0]}: {result.exception!r}"
            if command[0] == "rank" and papers < NOBODY_KNOWS:
                ranked = [json.loads(line) for line in result.stdout.splitlines()]
                if any(one["probability"] > 0.5 for one in ranked):
                    return "rank promises more than a half"
    return ""


def main() -> None:
    """Try the cases."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=50, help="one case in so many goes through the commands")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("error", RuntimeWarning)
    began, faults, commands = time.process_time(), 0, 0
    for case in range(given.cases):
        by_command = case % given.every == 0
        commands += by_command
        draw = random.Random(f"{given.seed} {case}")
        try:
            wrong = through_commands(draw) if by_command else through_fit(draw)
        except Exception as error:
            wrong = repr(error)
        if wrong:
            faults += 1
            print(f"case {case}: {wrong}", flush=True)
        if case % 1_000 == 999:
            print(f"{case + 1} cases, {faults} faults, {time.process_time() - began:.0f} s", flush=True)
    print(
        f"{given.cases} cases of seed {given.seed}, {commands} of them through five commands: {faults} faults"
    )
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
