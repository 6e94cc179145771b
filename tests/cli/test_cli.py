"""The command line, as a process: exit status, standard output, standard error."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from tests.reader import Reader, listing, sync_digests
from triage.cli.errors import explained
from triage.cli.status import status
from triage.errors import TriageError

WEDNESDAY = date(2024, 1, 17)


def triage(
    *arguments: str | Path, cwd: Path, given: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}
    return subprocess.run(
        [sys.executable, "-m", "triage", *map(str, arguments)],
        cwd=cwd,
        env={**clean, "COLUMNS": "100", "TERM": "dumb", **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    reader = Reader(tmp_path_factory.mktemp("reader"))
    reader.learn()
    reader.write("day.jsonl", listing(WEDNESDAY, 1))
    return reader


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from triage.cli import app; "
        "print([name for name in ('sklearn', 'scipy', 'numpy', 'sqlalchemy', 'pydantic', 'arxiv', 'jinja2', "
        "'markdown_it', 'rapidfuzz', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wrong_usage_exits_2(tmp_path: Path) -> None:
    assert triage("run", "--no-such-option", cwd=tmp_path).returncode == 2
    assert triage("run", "--date", "17 January", cwd=tmp_path).returncode == 2


def test_a_missing_configuration_exits_1_and_names_the_remedy(tmp_path: Path) -> None:
    done = triage("run", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "triage init" in done.stderr
    assert not done.stdout
    assert "Traceback" not in done.stderr


def test_init_writes_a_configuration_once(tmp_path: Path) -> None:
    assert triage("init", cwd=tmp_path).returncode == 0
    (tmp_path / "config.yaml").write_text("categories: [cs.AI]  # mine\n", encoding="utf-8")
    assert triage("init", cwd=tmp_path).returncode == 0
    assert (tmp_path / "config.yaml").read_text("utf-8") == "categories: [cs.AI]  # mine\n"


def test_rank_prints_json_lines_with_reasons(learned: Reader) -> None:
    done = triage("rank", "--listing", "day.jsonl", "--top", "5", "--json", cwd=learned.folder)
    assert done.returncode == 0, done.stderr
    ranked = lines(done)
    assert [row["rank"] for row in ranked] == [1, 2, 3, 4, 5]
    assert set(ranked[0]) >= {
        "id",
        "title",
        "score",
        "probability",
        "categories",
        "why",
        "summary",
        "comment",
    }
    assert ranked[0]["why"]["words"]  # type: ignore[index]


def test_run_prints_json_lines_and_nothing_else_on_standard_output(learned: Reader) -> None:
    done = triage("run", "--listing", "day.jsonl", "--dry-run", "--json", cwd=learned.folder)
    assert done.returncode == 0, done.stderr
    (digest,) = lines(done)
    assert digest["day"] == "2024-01-17"
    assert digest["total"] == 20


def test_archive_import_reports_what_was_new(learned: Reader) -> None:
    done = triage("archive", "import", "archive.jsonl", "--json", cwd=learned.folder)
    assert lines(done) == [{"file": "archive.jsonl", "papers": 120, "new_or_changed": 0}]


def test_a_broken_listing_names_file_and_line(learned: Reader) -> None:
    (learned.folder / "broken.jsonl").write_text('{"id": "2401.00001", "title": "T"}\n{oops\n', "utf-8")
    done = triage("rank", "--listing", "broken.jsonl", cwd=learned.folder)
    assert done.returncode == 1
    assert "broken.jsonl" in done.stderr
    assert "2" in done.stderr


def test_label_takes_ids_and_links_from_standard_input(learned: Reader) -> None:
    done = triage(
        "label",
        "-",
        "--irrelevant",
        "--json",
        cwd=learned.folder,
        given="2312.00400\nhttps://arxiv.org/abs/2312.00401v2\n",
    )
    assert done.returncode == 0, done.stderr
    assert [row["arxiv_id"] for row in lines(done)] == ["2312.00400", "2312.00401"]


def test_a_wrong_id_labels_nothing(learned: Reader) -> None:
    before = triage("labels", "--json", cwd=learned.folder).stdout
    done = triage("label", "2312.00402", "not-a-paper", "--relevant", cwd=learned.folder)
    assert done.returncode == 1
    assert "not-a-paper" in done.stderr
    assert triage("labels", "--json", cwd=learned.folder).stdout == before


def test_a_label_of_a_paper_that_is_not_in_the_store_is_kept_with_a_notice(learned: Reader) -> None:
    done = triage("label", "2606.99999", "2312.00412", "--relevant", "--json", cwd=learned.folder)
    assert done.returncode == 0
    assert [row["arxiv_id"] for row in lines(done)] == ["2606.99999", "2312.00412"]
    assert "not in the store yet: 2606.99999;" in done.stderr
    assert "2312.00412" not in done.stderr


@pytest.mark.parametrize("both", [("--relevant", "--irrelevant"), ("--read", "--unread")])
def test_a_label_that_contradicts_itself_is_a_wrong_usage(both: tuple[str, str], learned: Reader) -> None:
    done = triage("label", "2312.00403", *both, cwd=learned.folder)
    assert done.returncode == 2
    assert "contradict" in done.stderr
    assert triage("labels", "2312.00403", "--json", cwd=learned.folder).stdout == ""


def test_an_undone_label_stays_in_the_log(learned: Reader) -> None:
    triage("label", "2312.00410", "--relevant", cwd=learned.folder)
    last = lines(triage("labels", "2312.00410", "--json", cwd=learned.folder))[-1]
    assert triage("labels", "--undo", str(last["number"]), cwd=learned.folder).returncode == 0
    log = lines(triage("labels", "2312.00410", "--json", cwd=learned.folder))
    assert [entry["undoes"] for entry in log] == [None, last["number"]]


def test_status_exits_1_when_something_needs_the_reader(tmp_path: Path) -> None:
    Reader(tmp_path)
    done = triage("status", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert "there is no model yet: triage learn" in lines(done)[0]["needs"]  # type: ignore[operator]


def test_status_exits_3_when_there_is_only_something_to_look_at_and_0_when_all_is_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learned = Reader(tmp_path)
    learned.learn()
    learned.run(learned.write("day.jsonl", listing(date(2024, 1, 17), 1)))
    (file,) = learned.config.digest_folder.glob("*-insights.md")
    now = learned.clock.now()
    monkeypatch.setattr("triage.cli.status.datetime", SimpleNamespace(now=lambda _: now))
    for expected in (0, 3):
        with pytest.raises(typer.Exit) as end:
            status(learned.folder / "config.yaml")
        assert end.value.exit_code == expected
        contradiction = file.read_text("utf-8").replace(
            "- [ ] relevant\n- [ ] not", "- [x] relevant\n- [x] not", 1
        )
        file.write_text(contradiction, encoding="utf-8")
        sync_digests(learned.config)


@pytest.mark.parametrize("command", ["labels", "labels --json", "rank --listing day.jsonl --json"])
def test_a_reader_of_the_output_may_leave_early(command: str, learned: Reader) -> None:
    done = in_shell(f"set -o pipefail; {sys.executable} -m triage {command} | true", learned.folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_under_the_output_is_explained(learned: Reader) -> None:
    done = in_shell(f"{sys.executable} -m triage labels --json > /dev/full", learned.folder)
    assert done.returncode == 1
    assert done.stderr.startswith("triage: the output can't be written: No space left")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(113, "No route to host"), "triage: No route to host."),
        (OSError("the reader's own plug-in"), "triage: the reader's own plug-in."),
        (PermissionError(13, "Permission denied", "/notes/a.md"), "triage: /notes/a.md: Permission denied."),
        (TimeoutError(), "triage: TimeoutError."),
    ],
)
def test_an_error_of_the_system_keeps_its_own_words(
    error: OSError, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit), explained():
        raise error
    assert capsys.readouterr().err.startswith(f"{words}\n")


def test_debug_shows_a_traceback(tmp_path: Path) -> None:
    done = triage("--debug", "status", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("triage: ")
    assert "Traceback" in done.stderr
    assert "ConfigError" in done.stderr


def test_an_error_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), explained():
        raise TriageError("a server said \x1b[31mred\x1b]0;x\x07 and \u202e", remedy="a\nb")
    assert capsys.readouterr().err == "triage: a server said  [31mred ]0;x  and  \n  a\nb\n"


def test_closed_standard_streams_stop_nothing(learned: Reader) -> None:
    done = in_shell(f"{sys.executable} -m triage run --listing day.jsonl --dry-run >&- 2>&-", learned.folder)
    assert done.returncode == 0


def test_output_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    note = "- [论文 on retrieval](https://arxiv.org/abs/2312.00410)"
    reader = Reader(tmp_path)
    (tmp_path / "notes" / "papers.md").write_text(f"## 多模态\n\n{note}\n", encoding="utf-8")
    reader.learn()
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert "多模态" in triage("labels", cwd=tmp_path, **plain).stdout


def test_output_redirected_on_a_terminal_goes_to_the_file_whole(learned: Reader) -> None:
    """With progress bars on standard error, nothing of standard output may pass through them."""
    command = [sys.executable, "-m", "triage", "rank", "--listing", "day.jsonl", "--json"]
    terminal, end = pty.openpty()
    with (learned.folder / "ranked.jsonl").open("wb") as out:
        done = subprocess.run(command, cwd=learned.folder, stdout=out, stderr=end, timeout=120, check=True)
    os.close(end)
    shown = os.read(terminal, 65536)
    os.close(terminal)
    ranked = (learned.folder / "ranked.jsonl").read_text("utf-8").splitlines()
    assert done.returncode == 0
    assert len([json.loads(line) for line in ranked]) == 20
    assert b"ranking 20 papers" in shown
    assert b"2401." not in shown


RETRIED = """
import random, sys
from datetime import UTC, datetime
from pathlib import Path
from tests.fake_arxiv import FakeArxiv, FakeClock
from triage.cli.errors import explained
from triage.cli.progress import shown_progress
from triage.listing.client import Client

clock = FakeClock(datetime(2024, 2, 7, 13, tzinfo=UTC))
with FakeArxiv([], clock=clock) as arxiv, explained(), shown_progress():
    arxiv.faults.add("status", "feed", times=1, value=503)
    client = Client(user_agent="t", lock_path=Path(sys.argv[1]) / "clock", clock=clock, rng=random.Random(1))
    print(client.get(f"{arxiv.feed_url}/cs.CL").status)
"""


def test_a_retry_is_silent_in_a_pipe_and_explained_on_a_terminal(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RETRIED, str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("200\n", "")
    terminal, end = pty.openpty()
    subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, stderr=end, timeout=60, check=True)
    os.close(end)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert "127.0.0.1: HTTP 503; next try in" in shown
    assert "retry" not in shown


def test_a_first_day_after_the_last_is_wrong_usage(learned: Reader) -> None:
    done = triage("run", "--since", "2024-01-18", "--date", "2024-01-17", cwd=learned.folder)
    assert done.returncode == 2
    assert "is after --date" in done.stderr


def test_a_dry_run_names_the_file_that_a_run_would_write(learned: Reader) -> None:
    done = triage("run", "--listing", "day.jsonl", "--dry-run", cwd=learned.folder)
    file = learned.folder / "digests" / "2024-01-17-insights.md"
    assert f"{file}: would be written" in done.stdout
    assert not file.exists()


def test_notices_are_printed_with_json_too(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.learn()
    (tmp_path / "notes" / "more.md").write_text("- [A](https://arxiv.org/abs/2305.1636)\n", encoding="utf-8")
    reader.write("day.jsonl", listing(WEDNESDAY, 1))
    done = triage("run", "--listing", "day.jsonl", "--json", cwd=tmp_path)
    assert len(lines(done)) == 1
    assert "more.md:1: '2305.1636'" in done.stderr


def test_a_category_too_small_to_learn_is_reported_when_learning_and_not_every_day(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    notes = tmp_path / "notes" / "papers.md"
    link = "- [Study {0} of translation: what translation systems miss](https://arxiv.org/abs/2312.00{0})\n"
    with notes.open("a", encoding="utf-8") as more:
        more.write("\n## Poetry\n\n" + link.format(402))
    reader.import_archive()
    done = triage("learn", "--offline", cwd=tmp_path)
    assert done.stderr.count("Poetry") == 1
    assert "Poetry" not in done.stdout
    with notes.open("a", encoding="utf-8") as more:
        more.write(link.format(407))
    reader.write("day.jsonl", listing(WEDNESDAY, 1))
    done = triage("run", "--listing", "day.jsonl", cwd=tmp_path)
    assert "trained a model" in done.stdout
    assert "Poetry" not in done.stderr
