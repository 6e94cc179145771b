"""How fast are notes read?  10,000 files, and one README of 50 MB.

Writes the notes into a temporary folder from a seeded generator, reads them with
``triage.notes.extract`` in this process, and prints seconds, megabytes a second and the peak of
memory.  ``--small`` does a hundredth of it.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from pathlib import Path

from triage.notes.extract import extract
from triage.notes.formats import Reading

WORDS = (
    "retrieval",
    "augmented",
    "language",
    "models",
    "learn",
    "sparse",
    "graph",
    "attention",
    "with",
    "noisy",
    "labels",
)
REMARK = "The method is simple and the gain is small; 值得一看, but the ablation on page 7 says most of it."


class Kept(dict[str, Reading]):
    """Readings in memory."""

    def put(self, digest: str, reading: Reading) -> None:
        self[digest] = reading


def title(chance: random.Random) -> str:
    return " ".join(chance.sample(WORDS, 7)).title()


def item(chance: random.Random, number: int) -> str:
    arxiv_id = f"{chance.randint(15, 25)}{chance.randint(1, 12):02}.{number % 100_000:05}"
    return f"- [{title(chance)}](https://arxiv.org/abs/{arxiv_id}) [[code](https://github.com/x/y{number})]\n  - {REMARK}\n"


def note(chance: random.Random, number: int) -> str:
    name = title(chance)
    body = "\n\n".join(
        f"## {part}\n\n{REMARK} {REMARK}\n\n- {REMARK}" for part in ("Method", "Results", "Questions")
    )
    return f"---\ntitle: {name}\ntags: [agents, reading]\n---\n\nhttps://arxiv.org/abs/2401.{number % 100_000:05}\n\n{body}\n"


def measure(what: str, path: Path, megabytes: float, cache: Kept | None = None) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    extraction = extract([path], cache=cache)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what}: {len(extraction.files)} files, {megabytes:.1f} MB, {len(extraction.entries)} papers: "
        f"{wall:.1f} s wall, {cpu:.1f} s CPU, {megabytes / cpu:.2f} MB/s, peak {peak:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a hundredth of the size")
    scale = 100 if parser.parse_args().small else 1
    chance = random.Random(3)
    with tempfile.TemporaryDirectory() as folder:
        vault = Path(folder) / "vault"
        size = 0
        for number in range(10_000 // scale):
            path = vault / f"{number % 50:02}" / f"note-{number}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            size += path.write_text(note(chance, number), encoding="utf-8")
        kept = Kept()
        measure("vault, first time", vault, size / 1e6, kept)
        measure("vault, nothing changed", vault, size / 1e6, kept)
        readme = Path(folder) / "README.md"
        with readme.open("w", encoding="utf-8") as file:
            size = number = 0
            while size < 50_000_000 // scale:
                section = (
                    f"## Topic {number}\n\n"
                    + "".join(item(chance, number * 40 + place) for place in range(40))
                    + "\n"
                )
                size += len(section.encode())
                file.write(section)
                number += 1
        measure("one README", readme, size / 1e6)


if __name__ == "__main__":
    main()
