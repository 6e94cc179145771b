"""One step is kept as a whole or not at all, whoever works beside it and whenever it is killed."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO, cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable

import triage
from triage.errors import StoreError
from triage.papers import ArxivId, Label, LabelSource, Paper
from triage.store.engine import KEPT_BACKUPS, backup, open_engine
from triage.store.failures import explained
from triage.store.migrations import HEAD
from triage.store.schema import metadata
from triage.store.store import Store

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PACKAGE = Path(triage.__file__).parent


def paper(number: int = 1) -> Paper:
    return Paper(ArxivId(f"2603.{number:05d}"), f"Title {number}")


def database(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def another_process(script: str, *arguments: str, path: Path = PACKAGE.parent) -> Iterator[IO[str]]:
    """Run a script in a process of its own until it says "ready"; kill it without warning in the end."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=path,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process.stdout
        finally:
            process.send_signal(signal.SIGKILL)


HALF_A_STEP = """
    import sys, time
    from triage.papers import ArxivId, Paper
    from triage.store.store import Store
    store = Store(sys.argv[1])
    with store.transaction() as tx:
        tx.papers.put(Paper(ArxivId(f"2603.{n:05d}"), "half") for n in range(1, 3001))
        print("ready", flush=True)
        time.sleep(60)
"""


# --- one step ---------------------------------------------------------------------------------------


def test_an_exception_inside_a_step_undoes_all_of_it(store: Store) -> None:
    def interrupted() -> None:
        with store.transaction() as tx:
            tx.papers.put([paper()])
            tx.labels.add([Label(paper().id, NOW, LabelSource.COMMAND, True)])
            tx.records.restore("key", 1)
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    with store.reading() as tx:
        assert (tx.papers.count(), tx.labels.log(), tx.records.stored().get("key")) == (0, [], None)


def test_what_a_step_kept_is_there_after_opening_again(url: str) -> None:
    with Store(url) as store, store.transaction() as tx:
        tx.papers.put([paper()])
    with Store(url) as store, store.reading() as tx:
        assert tx.papers.get([paper().id]) == {paper().id: paper()}


def test_references_are_checked(store: Store) -> None:
    assert store.integrity_errors() == []
    with (
        pytest.raises(StoreError, match=r"FOREIGN KEY.*The last step was undone"),
        store.transaction() as tx,
    ):
        tx.labels._append(Label(paper().id, NOW, LabelSource.COMMAND, True), undoes=99)


def test_a_dangling_reference_is_found(url: str) -> None:
    with Store(url) as store:
        with closing(sqlite3.connect(database(url))) as plain, plain:
            plain.execute("INSERT INTO listed VALUES ('2026-03-02', '2603.00001', 'new')")
        assert any("dangling reference" in error for error in store.integrity_errors())


# --- beside others ----------------------------------------------------------------------------------


def test_a_writer_never_keeps_a_reader_waiting(url: str) -> None:
    with Store(url) as store, store.transaction() as tx:
        tx.papers.put([paper(9999)])
    with another_process(HALF_A_STEP, url), Store(url) as store, store.reading() as tx:
        assert tx.papers.count() == 1


def test_a_reader_never_keeps_a_writer_waiting_and_sees_one_state(url: str) -> None:
    with Store(url) as store, Store(url) as other, store.reading() as reader:
        assert reader.papers.count() == 0
        with other.transaction() as tx:
            tx.papers.put([paper()])
        assert reader.papers.count() == 0


def test_a_writer_keeps_another_writer_out_from_the_first_moment(url: str) -> None:
    with Store(url):
        pass
    with (
        another_process(HALF_A_STEP, url),
        closing(sqlite3.connect(database(url), timeout=0)) as plain,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        plain.execute("BEGIN IMMEDIATE")


def test_a_second_writer_waits_for_the_first(url: str) -> None:
    script = """
        import sys
        from triage.store.store import Store
        with Store(sys.argv[1]) as store:
            for _ in range(40):
                with store.transaction() as tx:
                    tx.records.restore("count", tx.records.stored().get("count", 0) + 1)
                    print("ready", flush=True)
        print("done", flush=True)
    """
    with Store(url) as store:
        with another_process(script, url) as said:
            for _ in range(40):
                with store.transaction() as tx:
                    tx.records.restore("count", tx.records.stored().get("count", 0) + 1)
            assert list(said)[-1] == "done\n"
        with store.reading() as tx:
            assert tx.records.stored() == {"count": 80}


def test_two_processes_may_make_the_store_at_the_same_time(url: str) -> None:
    script = "import sys; from triage.store.store import Store; Store(sys.argv[1]).close(); print('made')"
    makers = [
        subprocess.Popen([sys.executable, "-c", script, url], stdout=subprocess.PIPE, cwd=PACKAGE.parent)
        for _ in range(2)
    ]
    assert [maker.communicate(timeout=60)[0] for maker in makers] == [b"made\n"] * 2


@pytest.mark.parametrize("turn", range(3))
def test_a_process_killed_within_a_step_leaves_the_store_as_it_was(url: str, turn: int) -> None:
    with Store(url) as store, store.transaction() as tx:
        tx.papers.put([paper(9000 + turn)])
    with another_process(HALF_A_STEP, url):
        pass
    with Store(url) as store:
        assert store.integrity_errors() == []
        with store.transaction() as tx:
            assert tx.papers.count() == 1
            tx.papers.put([paper(1)])


# --- opening ----------------------------------------------------------------------------------------


def test_a_new_store_is_what_the_schema_declares(url: str) -> None:
    with Store(url):
        pass
    with create_engine(url).connect() as connection:
        # The index of words is SQLite's own: a virtual table with tables of its own.
        options = {
            "include_name": lambda name, kind, _: kind != "table" or not name.startswith("paper_words")
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
        connection.engine.dispose()


def test_the_newest_revision_is_the_one_named(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(PACKAGE / "store" / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert len(list(scripts.walk_revisions())) == len(
        list((PACKAGE / "store/migrations/versions").glob("0*.py"))
    )


def test_a_store_of_a_newer_triage_is_refused_and_left_alone(url: str) -> None:
    with Store(url):
        pass
    with closing(sqlite3.connect(database(url))) as plain, plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
    before = database(url).read_bytes()
    with pytest.raises(StoreError, match="made by a newer triage \\(revision 9999\\)") as caught:
        Store(url)
    assert "Upgrade triage" in caught.value.remedy
    assert database(url).read_bytes() == before
    assert not (database(url).parent / "backups").exists()


NEXT_MIGRATION = '''
"""Tomorrow's change: a table that others refer to is made anew."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9000", "{head}", None, None

def upgrade() -> None:
    with op.batch_alter_table("announcements", recreate="always") as table:
        table.add_column(sa.Column("mood", sa.Text(), nullable=True))
    {then}
'''

FILLED = """
    INSERT INTO announcements VALUES ('2026-03-02', 'complete', 1, 0, 0, 'feed', '', NULL);
    INSERT INTO papers VALUES ('2603.00001', 'T', 't', '', '[]', '[]', '', 1, NULL, NULL, NULL, '', '', '');
    INSERT INTO listed VALUES ('2026-03-02', '2603.00001', 'new');
"""


def tomorrows_triage(folder: Path, *, then: str = "") -> Path:
    """Copy the package, with one more migration."""
    copy = folder / "tomorrow" / "triage"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "sample"))
    migrations = copy / "store" / "migrations"
    head = migrations / "__init__.py"
    head.write_text(re.sub(r'HEAD = ".*"', 'HEAD = "9000"', head.read_text()))
    (migrations / "versions" / "9000_mood.py").write_text(NEXT_MIGRATION.format(head=HEAD, then=then))
    return copy.parent


def opened_by(package: Path, url: str) -> subprocess.CompletedProcess[str]:
    script = "import sys; from triage.store.store import Store; s = Store(sys.argv[1]); print(s.integrity_errors())"
    return subprocess.run(
        [sys.executable, "-c", script, url], cwd=package, capture_output=True, text=True, check=False
    )


def test_an_older_store_is_migrated_with_all_that_it_holds_after_a_backup(url: str, tmp_path: Path) -> None:
    with Store(url):
        pass
    with closing(sqlite3.connect(database(url))) as plain, plain:
        plain.executescript(FILLED)
    done = opened_by(tomorrows_triage(tmp_path), url)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    with closing(sqlite3.connect(database(url))) as plain:
        assert plain.execute("SELECT mood FROM announcements").fetchall() == [(None,)]
        assert plain.execute("SELECT paper FROM listed").fetchall() == [("2603.00001",)]
    (copy,) = (database(url).parent / "backups").iterdir()
    assert copy.name.startswith("before-9000-")
    with closing(sqlite3.connect(copy)) as plain:
        assert plain.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert plain.execute("SELECT paper FROM listed").fetchall() == [("2603.00001",)]


def test_a_migration_that_fails_half_way_changes_nothing(url: str, tmp_path: Path) -> None:
    with Store(url):
        pass
    with closing(sqlite3.connect(database(url))) as plain, plain:
        plain.executescript(FILLED)
    failing = opened_by(tomorrows_triage(tmp_path, then="raise RuntimeError('power cut')"), url)
    assert "power cut" in failing.stderr
    with Store(url) as store, store.reading() as tx:
        assert tx.papers.count() == 1
    with closing(sqlite3.connect(database(url))) as plain:
        assert len(plain.execute("SELECT * FROM announcements").fetchone()) == 8


def test_only_the_newest_backups_are_kept(url: str) -> None:
    engine = open_engine(url)
    for number in range(KEPT_BACKUPS + 2):
        assert backup(engine, f"copy-{number}") is not None
    engine.dispose()
    kept = sorted(path.name for path in (database(url).parent / "backups").iterdir())
    assert len(kept) == KEPT_BACKUPS
    assert f"copy-{KEPT_BACKUPS + 1}.db" in kept


def test_a_store_in_memory_has_neither_size_nor_backup() -> None:
    engine = open_engine("sqlite://")
    assert backup(engine, "copy") is None
    engine.dispose()
    with Store("sqlite://") as store:
        assert store.size_bytes is None
        assert store.integrity_errors() == []


def test_a_store_in_a_file_has_a_size(store: Store, url: str) -> None:
    assert store.size_bytes == database(url).stat().st_size > 0


@pytest.mark.parametrize(
    "content", [b"This is a shopping list, not a database.\n" * 20, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_named(url: str, content: bytes) -> None:
    database(url).parent.mkdir()
    database(url).write_bytes(content)
    with pytest.raises(StoreError, match=r"triage\.db is damaged") as caught:
        Store(url)
    assert "backups" in caught.value.remedy
    assert "triage import" in caught.value.remedy
    assert database(url).read_bytes() == content


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="the store's folder can't be made"):
        Store(f"sqlite:///{tmp_path}/file/triage.db")


def test_a_database_that_can_not_be_written_is_explained(url: str) -> None:
    with Store(url):
        pass
    with (
        Store(f"sqlite:///file:{database(url)}?mode=ro&uri=true") as store,
        pytest.raises(StoreError, match="readonly database") as caught,
        store.transaction() as tx,
    ):
        tx.records.restore("key", 1)
    assert "permissions" in caught.value.remedy


def test_a_damaged_store_names_its_newest_backup_and_shows_nothing_that_it_holds(url: str) -> None:
    secret = "what the reader wrote"
    with Store(url) as store:
        with store.transaction() as tx:
            tx.records.restore("key", 1)
            tx.papers.put([replace(paper(), abstract=secret)])
        copy = backup(store._engine, "before-it-broke")
    broken = (
        "UPDATE papers SET abstract = CAST(x'ff77686174' AS TEXT) || abstract",
        f"UPDATE papers SET abstract = '', announced = '{secret}'",
        f"UPDATE papers SET announced = NULL, authors = '{secret}'",
        "ALTER TABLE papers RENAME COLUMN announced TO annou",
    )
    for statement in broken:
        with closing(sqlite3.connect(database(url))) as plain, plain:
            plain.execute(statement)
        with (
            Store(url) as store,
            pytest.raises(StoreError, match="is damaged") as caught,
            store.reading() as tx,
        ):
            tx.papers.get([paper().id])
        assert str(copy) in caught.value.remedy
        assert secret not in str(caught.value)


def test_another_program_s_lock_is_called_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.store.engine.BUSY_TIMEOUT_MS", 50)
    with Store(url) as store, closing(sqlite3.connect(database(url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another program"), store.transaction():
            pass


def test_an_exception_of_the_caller_is_no_damage(store: Store) -> None:
    with pytest.raises(ValueError, match="mine"), store.reading():
        raise ValueError("mine")


def test_a_server_that_is_down_and_a_database_that_is_missing_have_their_own_remedies() -> None:
    # The driver need not be installed here.
    engine = cast(
        "Engine",
        SimpleNamespace(
            url=make_url("postgresql://me:secret@host/db"), dialect=SimpleNamespace(name="postgresql")
        ),
    )
    for words, expected, remedy in (
        (
            "connection failed: Connection refused\n\tIs the server running?",
            "can't be reached",
            "Start the database",
        ),
        (
            'connection failed: FATAL:  database "db" does not exist',
            "is refused by",
            "Create what is missing",
        ),
    ):
        error = explained(OperationalError("SELECT 'secret'", {}, Exception(words)), engine)
        assert expected in error.message
        assert remedy in error.remedy
        assert "secret" not in str(error)


@pytest.mark.parametrize(
    "wrong",
    ["nonsense", "mysql://me:secret@host/db", "postgresql://me:secret@host:port/db", "oracle+none://x", ""],
)
def test_a_wrong_address_is_named_without_its_password(wrong: str) -> None:
    with pytest.raises(StoreError, match=r"store\.url: .*is not a database address") as caught:
        Store(wrong)
    assert "secret" not in str(caught.value)


# --- other databases --------------------------------------------------------------------------------


def test_every_table_can_be_made_in_postgresql() -> None:
    dialect = postgresql.dialect()
    for table in metadata.sorted_tables:
        assert table.name in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert table.name in str(CreateIndex(index).compile(dialect=dialect))
    assert "SERIAL" in str(CreateTable(metadata.tables["labels"]).compile(dialect=dialect))
