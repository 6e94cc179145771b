"""Are formulas shown as formulas?  Titles and abstracts of 5,000 real records through what shows them.

In Markdown (markdown-it with its dollarmath plugin, without spaces or digits around dollars, as GitHub
and Pandoc want it): the share of formulas that come out as formulas, and emphasis by accident.  On pages,
in mails and in ``triage rank --json``: raw dollars and commands.  With ``--node FOLDER`` (where ``npm install katex
markdown-it markdown-it-katex markdown-it-texmath`` was run), also through markdown-it with KaTeX itself.
Also the TeX commands and empty words among a model's reasons, if a file of ``triage rank --json`` is given.

    python bench/formulas.py [--node FOLDER] [RANKED.jsonl ...]

Needs ../shared.
"""

from __future__ import annotations

import json
import lzma
import re
import subprocess
import sys
import time
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from triage.deliver.markdown import to_html, to_plain_text
from triage.digest.escape import inline, paragraph

SHARED = Path(__file__).resolve().parents[2] / "shared"
ARCHIVES = ("cond-mat", "hep-", "quant-ph", "math", "q-bio", "astro-ph", "gr-qc", "nucl-", "physics")
RECORDS = 5_000
FORMULA = re.compile(r"(?<!\\)(\$\$?)((?:[^$\\]|\\.)+?)\1")
COMMAND = re.compile(r"\\[A-Za-z]+|[\^_]\{")
COMMANDS = """
    mathcal mathbb mathrm mathbf mathfrak mathscr boldsymbol sim infty alpha beta gamma delta frac sqrt text rm
    leq geq approx times cdot partial nabla langle rangle left right hat bar tilde vec ell hbar dagger otimes
"""
EMPTY = """
    find near like real second offers implications show shows using used based novel first new study work paper
    results method approach propose proposed present
"""


def records() -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name in ("listings-2025-2026", "listings-2023-2024"):
        with lzma.open(SHARED / "data" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                categories = record.get("categories") or ()
                if not categories or not str(categories[0]).startswith(ARCHIVES):
                    continue
                if "$" in record["title"] + record["abstract"]:
                    found.append(record)
    return found[:: max(1, len(found) // RECORDS)][:RECORDS]


def whole(text: str) -> str:
    """Leave the formula out in which an abstract of a dataset is cut off."""
    if len(text) >= 1_000 and text.replace(r"\$", "").count("$") % 2:
        text = re.sub(r"(?<!\\)\$[^$]*\Z", "", text.replace(r"\$", "USD "))
    return " ".join(text.split())


def formulas_in(text: str) -> list[str]:
    """The formulas of a record, as arXiv's own pages find them; two side by side are one.

    A percent sign and a character by its number are text.
    """
    text = re.sub(r"\$?\\unicode\{x\w+\}\$?|\$\\?%\$", "", text)
    text = re.sub(r"(?<=[^\s$])\$\$(?=[^\s$])", " ", text)
    return [one[2] for one in FORMULA.finditer(text) if one[2].strip()]


def through_katex(written: list[tuple[str, int]], folder: str) -> None:
    """Count what KaTeX sets of (Markdown, formulas), with two plugins of markdown-it."""
    script = Path(__file__).with_name("katex.mjs")
    lines = "".join(json.dumps({"markdown": markdown}) + "\n" for markdown, _ in written)
    answer = subprocess.run(
        ["node", script], cwd=folder, input=lines, capture_output=True, text=True, check=True
    )
    counts = [json.loads(line) for line in answer.stdout.splitlines()]
    total = sum(count for _, count in written)
    for place, name in enumerate(("markdown-it-katex", "markdown-it-texmath")):
        shown = sum(min(one[place][0], count) for one, (_, count) in zip(counts, written, strict=True))
        emphasis = sum(one[place][1] for one in counts)
        print(f"{name}: set by KaTeX {shown} ({shown / total:.4f}); emphasis by accident: {emphasis}")


def main() -> None:
    if not SHARED.is_dir():
        sys.exit("needs ../shared: skipped")
    parser = MarkdownIt("gfm-like", {"linkify": False})
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=True, double_inline=True)
    total = shown = emphasis = unclosed = raw = commands = 0
    lost: list[str] = []
    bare: list[str] = []
    chosen = records()
    written: list[tuple[str, int]] = []
    started = time.monotonic()
    for record in chosen:
        for text, write in ((whole(record["title"]), inline), (whole(record["abstract"]), paragraph)):
            markdown = write(text)
            tokens = parser.parseInline(markdown)[0].children or []
            expected = formulas_in(text)
            math = [token.content for token in tokens if token.type.startswith("math_inline")]
            total += len(expected)
            written.append((markdown, len(expected)))
            shown += min(len(math), len(expected))
            # A dollar followed by a digit closes nothing on GitHub.
            unclosed += len(re.findall(r"(?<=[^\s$])\$(?=\d)", markdown)) if len(math) != len(expected) else 0
            if len(math) < len(expected):
                lost.append(f"{record['id']}: {' | '.join(expected)[:200]}")
            emphasis += sum(token.type in ("em_open", "strong_open", "s_open") for token in tokens)
            for other in (re.sub(r"<[^>]*>", "", to_html(markdown)), to_plain_text(markdown)):
                raw += other.count("$") > text.count(r"\$") and bool(expected)
                if found := COMMAND.search(other):
                    commands += 1
                    bare.append(other[max(0, found.start() - 30) : found.end() + 30].replace("\n", " "))
    took = time.monotonic() - started
    print(f"{len(chosen)} records with formulas, {total} formulas, {took:.0f} s")
    print(f"shown as formulas in Markdown: {shown} ({shown / total:.4f}); emphasis by accident: {emphasis}")
    print(
        f"pages and mails (two each of {2 * len(chosen)} texts): with a raw dollar {raw}, with a raw command {commands}"
    )
    for line in lost[:: max(1, len(lost) // 10)][:10]:
        print("  not shown:", line)
    for line in bare[:: max(1, len(bare) // 10)][:10]:
        print("  raw:", line)
    files = sys.argv[1:]
    if files[:1] == ["--node"]:
        through_katex(written, files[1])
        files = files[2:]
    for file in files:
        judge_reasons(Path(file))


def judge_reasons(file: Path) -> None:
    """Count what is no word among the reasons of ``triage rank --json``, or raw in its summaries."""
    reasons, bad, raw = 0, [], 0
    for line in file.read_text(encoding="utf-8").splitlines():
        paper = json.loads(line)
        raw += bool(re.search(r"\$|\\[A-Za-z]|[\^_]\{", paper.get("summary", "")))
        for reason in paper.get("why", {}).get("words", ()):
            reasons += 1
            if {*COMMANDS.split(), *EMPTY.split()} & set(re.findall(r"\w+", reason["word"].lower())):
                bad.append(reason["word"])
    print(
        f"{file.name}: {reasons} reasons, of them TeX or empty {len(bad)} ({', '.join(sorted(set(bad))[:12])}); raw summaries {raw}"
    )


if __name__ == "__main__":
    main()
