"""The reader's own five notes, where they are at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from triage.notes.extract import extract

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the reader's notes are not part of the project")
def test_the_readers_notes_are_read_exactly(tmp_path: Path) -> None:
    found = tmp_path / "found.jsonl"
    entries = extract([SHARED / "seeds"]).entries
    lines = ({"file": one.file, "title": one.title, "arxiv_id": one.arxiv_id or ""} for one in entries)
    found.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    measure = [str(SHARED / "bench" / "extract_metrics.py"), "--gold", str(SHARED / "seeds" / "gold.tsv")]
    run = subprocess.run(
        [sys.executable, *measure, "--found", str(found), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    measured = json.loads(run.stdout)
    assert measured["F1"] == 1.0
    assert measured["id_F1"] >= 0.985
    assert measured["title_right"] >= 0.985
