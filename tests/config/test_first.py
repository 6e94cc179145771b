"""The first configuration holds what was chosen, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.config.first import first_config, likely_categories
from triage.config.load import parse_config


def test_the_text_reads_back_as_what_was_chosen(tmp_path: Path) -> None:
    outside = tmp_path.parent / "vault: of # notes"
    text = first_config(
        tmp_path,
        notes=[tmp_path / "notes", outside],
        categories=["cs.CL", "cs.IR"],
        time_zone="Asia/Shanghai",
        digest={"language": "zh", "preset": "hugo"},
    )
    config = parse_config(text, tmp_path / "config.yaml", environment=False)
    assert config.note_paths == [tmp_path / "notes", outside]
    assert "paths: [notes," in text
    assert (config.categories, config.zone.key) == (("cs.CL", "cs.IR"), "Asia/Shanghai")
    assert (config.digest.language, config.digest.preset) == ("zh", "hugo")
    assert len(text.splitlines()) < 10


@pytest.mark.parametrize(
    ("papers", "likely"),
    [
        ([], ()),
        ([["cs.CL", "cs.AI"], ["cs.CL"], ["cs.IR"]], ("cs.CL", "cs.IR")),
        ([["cs.CL"]] * 30 + [["stat.ML"]], ("cs.CL",)),
        ([["hep-th"], ["gr-qc"], ["math.AG"], ["math.DG"]], ("gr-qc", "hep-th", "math.AG")),
        ([[], ["quant-ph"]], ("quant-ph",)),
    ],
)
def test_the_primary_categories_of_noted_papers_are_proposed(
    papers: list[list[str]], likely: tuple[str, ...]
) -> None:
    assert likely_categories(papers) == likely
