#!/usr/bin/env python3
"""Can a spoiled note or digest do harm?  A million mutations of every format of notes, and of digests.

Windows of the test suite's notes, of one small file a format, and of a digest are spoiled in one to
four places (lines and characters lost, moved, doubled; marks of every markup; pieces repeated thousands
of times; bytes that are no text) and read: a note by the reader of its format, a digest as the reader's
edit of it.  Wrong is an exception, a line that the file does not have, and time that grows faster than the
file.  The slowest inputs are read again four and eight times as long, and named with their seconds per
MB.  What was found is written to the folder of ``--out``; exits 1 if something is wrong.
"""

from __future__ import annotations

import argparse
import heapq
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.digest.digest_edits import CHINESE, ENGLISH, read  # noqa: E402
from tests.notes import test_more_formats as samples  # noqa: E402
from tests.notes.helpers import FIXTURES, fixtures  # noqa: E402
from triage.notes.extract import read_bytes  # noqa: E402

WINDOW = 600
"""Characters of a file that are spoiled at a time."""
LONGEST_SECONDS = 20
SLOW_FROM = 8_000
"""Bytes from which a time says something about the speed."""
SLOWEST = 2
DIGEST = ".digest"
MARKS = (
    *"[](){}<>|*_`~#=-+:;.,!?$%^&@\"'\\/ \n\t",
    *("**", "__", "```\n", "---\n", "+++\n", "](", "[[", "]]", "![", "[x](", "- [ ] ", "- [x] ", "> ", "\n\n", "| a |\n|---|\n"),
    *("# ", "## ", "* TODO ", ":PROPERTIES:\n", ":END:\n", "#+title: ", "#+begin_src\n", "#+end_src\n", "[cite:@k]", "[[id:x][y]]"),
    *("<div>", "<li>", "<table><tr><td>", "<a href=", "<a name='", "</a>", "<!--", "-->", "<![CDATA[", "&#x41;", "&amp;", "<br>", "<dl><dt>"),
    *("\\item ", "\\href{", "\\section{", "\\bibitem{", "\\begin{a}", "\\\"o", "{\\'e}", "$x$", "%", ".. _a: b\n", "`a <b>`_", "====\n", "link:"),
    *("@article{k,", "title = {", "TY  - JOUR\n", "TI  - ", "ER  - \n", "%T ", '{"title": "', '"}', "[{", "a: &a [*a]", "a: |\n", "- - - "),
    *("https://arxiv.org/abs/2401.08565", "arXiv:2305.1636", "2401.08565", "10.48550/arXiv.2305.18290", "hep-th/9901001", "《", "》", "论文名称："),
    *("Title: ", "title:: ", "References\n", "2024-01-17", "\ufeff", "\u2028", "\x00", "\x0b", "😀", "é", "中", "☑", "relevant", "not relevant"),
)  # fmt: skip


@dataclass(order=True)
class Slow:
    """An input with its time."""

    per_mb: float
    name: str = field(compare=False)
    data: bytes = field(compare=False)


class TooLong(BaseException):
    """One input takes too long (of the processor); no handler of errors is to catch it."""


def originals() -> list[tuple[str, str]]:
    """Name (its ending chooses the reader) and text of what is spoiled."""
    found = [(name, (FIXTURES / name).read_text("utf-8")) for name in fixtures()]
    (cases,) = [
        mark for mark in samples.test_a_format_gives_its_papers.pytestmark if mark.name == "parametrize"
    ]
    found += list(cases.args[1])
    pubmed = "PMID- 1\nTI  - Emu Nets\n      for Trees\nJT  - A journal\n\n%0 Journal Article\n%T Sheep Nets\n%U https://arxiv.org/abs/2101.00012\n"
    return [*found, ("pubmed.nbib", pubmed), (f"en{DIGEST}", ENGLISH), (f"zh{DIGEST}", CHINESE)]


def spoiled(text: str, others: list[str], chance: random.Random) -> bytes:
    """A window of a text after one to four accidents."""
    start = chance.randrange(max(1, len(text) - WINDOW // 2)) if chance.random() < 0.6 else 0
    text = text[start : start + WINDOW]
    for _ in range(chance.randint(1, 4)):
        text = accident(text, others, chance)
    data = text.encode("utf-8", errors="surrogatepass")
    if chance.random() < 0.05:
        place = chance.randrange(len(data) + 1)
        data = data[:place] + chance.randbytes(chance.randint(1, 40)) + data[place:]
    return data


def accident(text: str, others: list[str], chance: random.Random) -> str:
    """A text after something has happened to it at one place."""
    place = chance.randrange(len(text) + 1)
    end = min(len(text), place + chance.choice((1, 3, 20, 100)))
    match chance.randrange(20):
        case 0 | 1 | 2:
            return text[:place] + text[end:]
        case 3 | 4 | 5 | 6 | 7:
            return text[:place] + chance.choice(MARKS) + text[place:]
        case 8 | 9:
            return text[:place] + text[place:end] * 2 + text[place:]
        case 10 | 11:
            lines = text.split("\n")
            chance.shuffle(lines)
            return "\n".join(lines)
        case 12 | 13:
            lines = text.split("\n")
            number = chance.randrange(len(lines))
            lines[number] = (
                chance.choice((" ", "\t", "> ", "  - ", "")) * chance.randint(1, 9) + lines[number].strip()
            )
            return "\n".join(lines)
        case 14:
            return "".join(chance.sample(text, len(text))) if len(text) < 300 else text[:place]
        case 15 | 16:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            return text[:place] + other[start : start + 200] + text[place:]
        case 17 | 18:
            return text[:place] + "".join(chance.choices(MARKS, k=chance.randint(2, 12))) + text[place:]
        case _:
            if chance.random() < 0.9:
                return text[:place] + text[end:]
            piece = (
                text[place:end]
                if chance.random() < 0.4
                else "".join(chance.choices(MARKS, k=chance.randint(1, 3)))
            )
            return text[:place] + piece * (20_000 // max(8, len(piece))) + text[place:]


def check(name: str, data: bytes) -> None:
    """Read an input; its lines must be in it."""
    text = data.decode("utf-8", errors="replace")
    if name.endswith(DIGEST):
        read(text, ENGLISH if name.startswith("en") else CHINESE)
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    reading = read_bytes(data, name)
    for entry in reading.entries:
        assert 1 <= entry.line <= lines, f"line {entry.line} of {lines}"
        assert entry.title or entry.arxiv_id or entry.broken_id, "an entry of nothing"


def timed(name: str, data: bytes) -> float:
    """Seconds of the processor to read an input."""
    started = time.process_time()
    check(name, data)
    return time.process_time() - started


def stop(*_: object) -> None:
    raise TooLong(f"more than {LONGEST_SECONDS} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stops after so long")
    parser.add_argument("--seed", type=int, default=20_240_117)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "triage-fuzz")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGPROF, stop)
    chance = random.Random(given.seed)
    sources = originals()
    texts = [text for _, text in sources]
    # Every format as often, however many samples it has.
    by_ending: dict[str, list[tuple[str, str]]] = {}
    for name, text in sources:
        by_ending.setdefault(Path(name).suffix, []).append((name, text))
    endings = sorted(by_ending)
    failures: Counter[str] = Counter()
    slowest: dict[str, list[Slow]] = {ending: [] for ending in endings}
    deadline = time.monotonic() + 60 * given.minutes
    number = 0
    while number < given.count and time.monotonic() < deadline:
        number += 1
        ending = endings[number % len(endings)]
        name, text = chance.choice(by_ending[ending])
        data = spoiled(text, texts, chance)
        signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
        try:
            seconds = timed(name, data)
        except (Exception, TooLong) as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{name}: {type(error).__name__} at {Path(at.filename).name}:{at.lineno}"
            if not failures[what]:
                (given.out / f"failure-{len(failures)}-{Path(name).name}").write_bytes(data)
                print(f"{what}: {error}"[:300], flush=True)
            failures[what] += 1
            continue
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        heapq.heappush(slowest[ending], Slow(seconds / max(len(data), SLOW_FROM) * 1e6, name, data))
        if len(slowest[ending]) > SLOWEST:
            heapq.heappop(slowest[ending])
        if number % 20_000 == 0:
            print(f"{number:,} read, {sum(failures.values()):,} wrong", file=sys.stderr, flush=True)
    print(
        f"{number:,} mutations of {len(sources)} files in {len(endings)} formats, {sum(failures.values())} wrong"
    )
    steep = report_slowest(slowest, given.out)
    sys.exit(1 if failures or steep else 0)


def report_slowest(slowest: dict[str, list[Slow]], out: Path) -> int:
    """Print the slowest input of each format; the number of those whose time grows faster than they."""
    steep = 0
    print(f"{'format':10} {'bytes':>8} {'s/MB':>8} {'s/MB, 4 times':>14} {'8 times':>9}")
    for ending, found in slowest.items():
        rows = [measured(one) for one in found]
        worst = max(rows, key=lambda row: (row[2] > 1.7 * row[1] and row[2] > 5, row[2]))
        one, four, eight = worst
        (out / f"slowest-{Path(one.name).name}").write_bytes(one.data)
        wrong = eight > 1.7 * four and eight > 5
        steep += wrong
        print(
            f"{ending or 'none':10} {len(one.data):8} {one.per_mb:8.1f} {four:14.1f} {eight:9.1f}{'  STEEP' if wrong else ''}",
            flush=True,
        )
    return steep


def measured(one: Slow) -> tuple[Slow, float, float]:
    """An input with its seconds per MB at four and eight times its length."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    size = len(one.data) / 1e6
    return one, timed(one.name, one.data * 4) / (4 * size), timed(one.name, one.data * 8) / (8 * size)


if __name__ == "__main__":
    main()
