"""The demonstration: the whole main job on the embedded sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.errors import TriageError
from triage.sample.demo import run_demo
from triage.store.files import Outcome


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "out"
    run_demo(out)
    return out


def test_the_digest_is_named_for_the_listing_day(shown: Path) -> None:
    assert (shown / "digests" / "2025-05-13-insights.md").is_file()


def test_the_picks_are_papers_like_the_noted_ones(shown: Path) -> None:
    headings = [
        line
        for line in (shown / "digests" / "2025-05-13-insights.md").read_text("utf-8").splitlines()
        if line.startswith("## [")
    ]
    # The reader of the sample notes writes on retrieval, agents, alignment and long context.
    assert len(headings) == 3
    assert any("RAG" in heading for heading in headings)


@pytest.mark.parametrize("name", ["2025-05-13-insights.md", "index.md"])
def test_the_digest_in_the_repository_is_the_demonstrations(shown: Path, name: str) -> None:
    """To renew them: triage demo --out demo; cp demo/digests/*.md digests/"""
    kept = Path(__file__).parents[2] / "digests" / name
    assert kept.read_text("utf-8") == (shown / "digests" / name).read_text("utf-8")


def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    def files() -> dict[str, bytes]:
        found = (path for path in (tmp_path / "out").rglob("*") if ".triage" not in path.parts)
        return {str(path): path.read_bytes() for path in found if path.is_file()}

    run_demo(tmp_path / "out")
    first = files()
    run_demo(tmp_path / "out")
    assert files() == first


def test_an_edited_digest_is_kept(tmp_path: Path) -> None:
    _, day = run_demo(tmp_path / "out")
    digest = day.digests[0].file
    digest.write_text(digest.read_text("utf-8") + "\nMy own words.\n", encoding="utf-8")
    _, day = run_demo(tmp_path / "out")
    assert day.digests[0].outcome is Outcome.KEPT
    assert digest.read_text("utf-8").endswith("\nMy own words.\n")


def test_a_folder_used_for_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.md").write_text("years of work", encoding="utf-8")
    with pytest.raises(TriageError, match="was not made by the demonstration"):
        run_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.md"]


def test_the_readers_own_settings_in_the_environment_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container sets them for the reader's own store and digests: the demonstration is not to write there."""
    monkeypatch.setenv("TRIAGE_STORE__FOLDER", str(tmp_path / "mine"))
    monkeypatch.setenv("TRIAGE_DIGEST__FOLDER", str(tmp_path / "my-digests"))
    _, day = run_demo(tmp_path / "out")
    assert day.digests[0].file.is_relative_to(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
