#!/usr/bin/env python3
"""How long do the commands take, whole process, cold and warm?

Measured as CPU time (user and system) and peak memory of child processes, on real records of
../shared: `triage --help`; `triage learn --offline` on 200 noted papers against 15,000 background
papers, first time, with nothing changed, and with one note changed; `triage run` on a listing of
1,000 papers with the model trained.  Prints a table; exits 1 when one is over its bound.
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
LISTING = SHARED / "data" / "listings-2023-2024.jsonl.xz"
BACKGROUND, NOTED, CANDIDATES = 15_000, 200, 1_000
DAY = "2024-12-31"


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def measured(*command: str, cwd: Path) -> Cost:
    """Run a command and return what it took."""
    started = time.monotonic()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        told = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{told.decode()}")
    return Cost(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> int:
    if not LISTING.exists():
        print("skipped: ../shared is not here")
        return 0
    with lzma.open(LISTING, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in islice(lines, BACKGROUND + CANDIDATES)]
    archive, day = records[:BACKGROUND], records[BACKGROUND:]
    triage = [sys.executable, "-m", "triage"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "archive.jsonl", archive)
        write(folder / "day.jsonl", [{**record, "categories": ["cs.CL"], "announced": DAY} for record in day])
        (folder / "notes").mkdir()
        noted = archive[:: BACKGROUND // NOTED][:NOTED]
        for number in range(0, NOTED, 20):
            text = "".join(
                f"## {record['title']}\n\nhttps://arxiv.org/abs/{record['id']}\n\nnoted\n\n"
                for record in noted[number : number + 20]
            )
            (folder / "notes" / f"notes-{number}.md").write_text(text, encoding="utf-8")
        (folder / "config.yaml").write_text("categories: [cs.CL]\n", encoding="utf-8")

        rows = [("triage --help, wall clock", measured(*triage, "--help", cwd=folder), 0.3, 0.0)]
        measured(*triage, "archive", "import", "archive.jsonl", cwd=folder)
        learn = (*triage, "learn", "--offline")
        rows.append(("triage learn, first time", measured(*learn, cwd=folder), 20.0, 0.0))
        rows.append(("triage learn, nothing changed", measured(*learn, cwd=folder), 5.0, 0.0))
        changed = folder / "notes" / "notes-0.md"
        extra = archive[7]
        changed.write_text(
            changed.read_text("utf-8")
            + f"## {extra['title']}\n\nhttps://arxiv.org/abs/{extra['id']}\n\nnew\n",
            encoding="utf-8",
        )
        rows.append(("triage learn, one note changed", measured(*learn, cwd=folder), 5.0, 0.0))
        run = (*triage, "run", "--listing", "day.jsonl")
        rows.append(("triage run, 1,000 papers", measured(*run, cwd=folder), 3.0, 400.0))

    print(f"{'':34} {'wall s':>8} {'CPU s':>8} {'MB':>8}   bound")
    bad = False
    for what, cost, bound, memory in rows:
        spent = cost.seconds if "wall" in what else cost.cpu_seconds
        over = spent > bound or (memory and cost.peak_mb > memory)
        bad |= bool(over)
        limits = f"{bound:g} s" + (f", {memory:g} MB" if memory else "")
        print(
            f"{what:34} {cost.seconds:8.2f} {cost.cpu_seconds:8.2f} {cost.peak_mb:8.0f}   {limits}"
            f"{'  OVER' if over else ''}"
        )
    return int(bad)


def write(path: Path, records: list[dict[str, object]]) -> None:
    """Write a listing file."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
