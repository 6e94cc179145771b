"""How well are real people's notes read?  A table, one row a collection.

usage: notes_real.py --mirror SNAPSHOTS [--shared ../shared] [--out FOLDER] [-v] [NAME ...]

Lays out the collections of ``shared/notes-gold`` from snapshots of their repositories, reads each with
``triage.notes.extract`` in this process, and measures with ``shared/bench/extract_metrics.py``; the last
column is the identifier F1 of ``shared/bench/notes_baseline.py``.  With ``-v`` the misses and the false
alarms of each collection are listed below its row.  Nothing of the collections is kept in the project.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from triage.notes.extract import extract
from triage.notes.formats import note_formats

COLUMNS = ("entries", "F1", "precision", "recall", "id_F1", "title_right", "s_per_MB", "baseline_id_F1")
Entries = dict[str, list[tuple[str | None, str]]]


def load(path: Path) -> Any:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_file(records: list[dict[str, Any]]) -> Entries:
    found: Entries = defaultdict(list)
    for one in records:
        found[one["file"]].append((one["arxiv_id"] or None, one["title"] or ""))
    return found


def measure(
    metrics: Any, gold_file: Path, found: Entries, complaints: list[str] | None = None
) -> dict[str, float]:
    """The measures of ``extract_metrics.py``, of entries in memory."""
    gold, optional = metrics.load_gold(gold_file)
    tp = fp = fn = id_tp = id_fp = id_fn = right = 0
    for file in sorted(set(gold) | set(found)):
        pairs, stray, left = metrics.match(metrics.once(found[file]), metrics.once(gold[file]))
        _, stray, _ = metrics.match(stray, metrics.once(optional[file]))
        tp, fp, fn = tp + len(pairs), fp + len(stray), fn + len(left)
        id_tp += sum(1 for f, w in pairs if w[0] and f[0] == w[0])
        id_fn += sum(1 for f, w in pairs if w[0] and f[0] != w[0]) + sum(1 for w in left if w[0])
        id_fp += sum(1 for f in stray if f[0]) + sum(1 for f, w in pairs if f[0] and f[0] != w[0])
        right += sum(1 for f, w in pairs if not w[1] or metrics.same_title(f[1], w[1]))
        if complaints is not None:
            complaints += [f"  extra  {file}: {f[0] or '-'} {f[1][:100]}" for f in stray]
            complaints += [f"  missed {file}: {w[0] or '-'} {w[1][:100]}" for w in left]
            complaints += [
                f"  id     {file}: {f[0]} for {w[0]} {w[1][:100]}" for f, w in pairs if f[0] != w[0]
            ]
            complaints += [
                f"  title  {file}: {f[1][:100]!r} for {w[1][:100]!r}"
                for f, w in pairs
                if w[1] and not metrics.same_title(f[1], w[1])
            ]
    precision, recall, f1 = metrics.rate(tp, fp, fn)
    return {
        "entries": tp + fn,
        "F1": f1,
        "precision": precision,
        "recall": recall,
        "id_F1": metrics.rate(id_tp, id_fp, id_fn)[2],
        "title_right": right / tp if tp else 0.0,
    }


def lay_out(shared: Path, mirror: Path, out: Path, names: list[str]) -> None:
    """Write the files of the collections that are not there yet."""
    missing = [name for name in names if not (out / name).is_dir()]
    if missing:
        script = [sys.executable, str(shared / "notes-gold" / "layout.py"), *missing]
        subprocess.run(script, env={**os.environ, "MIRROR": str(mirror), "OUT": str(out)}, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="collections; all if none is named")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--mirror", type=Path, required=True, help="the snapshots")
    scratch = Path(tempfile.gettempdir()) / "notes-real"
    parser.add_argument("--out", type=Path, default=scratch, help="where the files are laid out")
    parser.add_argument("-v", action="store_true", help="list misses and false alarms")
    given = parser.parse_args()
    metrics = load(given.shared / "bench" / "extract_metrics.py")
    baseline = given.shared / "bench" / "notes_baseline.py"
    gold_files = {
        path.name.removesuffix(".tsv.xz"): path for path in given.shared.glob("notes-gold/*.tsv.xz")
    }
    names = [name for name in sorted(gold_files) if not given.names or name in given.names]
    note_formats()  # The first use loads the parsers, which is no collection's doing.
    lay_out(given.shared, given.mirror, given.out, names)
    rows = []
    print(f"{'collection':32}", *(f"{column:>11.11}" for column in COLUMNS))
    for name in names:
        folder = given.out / name
        if not folder.is_dir():
            print(f"{name:32} no snapshot")
            continue
        gold = given.out / f"{name}.gold.tsv"
        gold.write_bytes(lzma.decompress(gold_files[name].read_bytes()))
        megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        started = time.process_time()
        entries = extract([folder]).entries
        seconds = time.process_time() - started
        found = by_file([{"file": e.file, "arxiv_id": e.arxiv_id, "title": e.title} for e in entries])
        complaints: list[str] | None = [] if given.v else None
        row = measure(metrics, gold, found, complaints)
        simple = subprocess.run(
            [sys.executable, str(baseline), str(folder)], capture_output=True, text=True, check=True
        )
        lines = [json.loads(line) for line in simple.stdout.splitlines()]
        row |= {
            "s_per_MB": seconds / megabytes,
            "baseline_id_F1": measure(metrics, gold, by_file(lines))["id_F1"],
        }
        rows.append(row)
        print(f"{name:32}", *(show(row[column]) for column in COLUMNS), flush=True)
        print(*(complaints or ()), sep="\n", end="\n" if complaints else "")
    if rows:
        print(f"{'mean':32}", *(show(sum(row[column] for row in rows) / len(rows)) for column in COLUMNS))


def show(value: float) -> str:
    return f"{value:11}" if isinstance(value, int) else f"{value:11.3f}"


if __name__ == "__main__":
    main()
