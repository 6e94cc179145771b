"""A commit of what triage wrote, in real repositories, beside whatever the reader is doing there."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.deliver.world import START, World
from triage.deliver.deliver import deliver_due
from triage.deliver.failure import DeliveryError
from triage.deliver.git import Git, GitConfig

GIT = {"git": {"folder": "."}}


@pytest.fixture(autouse=True)
def _own_git_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's settings must not matter, nor a repository around the test's folder."""
    settings = tmp_path_factory.mktemp("git") / "config"
    settings.write_text("[user]\n name = Ada\n email = ada@example.org\n[init]\n defaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def git_within(seconds: float) -> Git:
    made = Git(GitConfig(folder="."))
    made.commit_seconds = seconds
    return made


@pytest.fixture
def repository(world: World) -> Path:
    """The reader's folder as a repository with a first commit of their own."""
    world.set_up(GIT)
    git(world.folder, "init", "--quiet")
    (world.folder / ".gitignore").write_text("triage.db*\nmodels\n")
    (world.folder / "mine.txt").write_text("mine\n")
    git(world.folder, "add", ".gitignore", "mine.txt")
    git(world.folder, "commit", "--quiet", "-m", "mine")
    return world.folder


def committed(folder: Path) -> list[str]:
    """Return the files of the last commit."""
    return git(folder, "show", "--name-only", "--format=", "HEAD").split()


def messages(folder: Path) -> list[str]:
    return git(folder, "log", "--format=%s").splitlines()


def test_a_digest_is_committed_once(world: World, repository: Path) -> None:
    world.write()
    assert deliver_due(world.context) == ()
    assert deliver_due(world.context) == ()
    assert messages(repository) == ["triage: 2026-03-02-insights", "mine"]
    assert committed(repository) == ["digests/2026-03-02-insights.md"]
    delivery = world.delivery("git")
    assert delivery is not None
    assert delivery.sent_at == START


def test_pages_and_papers_are_committed_with_it(world: World, repository: Path) -> None:
    world.set_up({**GIT, "site": {"folder": "site"}, "papers": {"formats": ["bibtex"]}})
    world.write()
    assert deliver_due(world.context) == ()
    assert committed(repository) == [
        "digests/2026-03-02-insights.bib",
        "digests/2026-03-02-insights.md",
        "site/2026-03-02-insights.html",
        "site/feed.xml",
        "site/index.html",
    ]


def test_a_repository_without_a_commit_gets_its_first(world: World) -> None:
    world.set_up(GIT)
    git(world.folder, "init", "--quiet")
    world.write()
    assert deliver_due(world.context) == ()
    assert messages(world.folder) == ["triage: 2026-03-02-insights"]


def test_what_the_reader_has_staged_stays_staged(world: World, repository: Path) -> None:
    (repository / "mine.txt").write_text("changed\n")
    (repository / "new.txt").write_text("new\n")
    git(repository, "add", "mine.txt", "new.txt")
    (repository / "mine.txt").write_text("changed again\n")
    (repository / "untracked.txt").write_text("x\n")
    before = git(repository, "status", "--porcelain", "--", "*.txt")
    world.write()
    assert deliver_due(world.context) == ()
    assert committed(repository) == ["digests/2026-03-02-insights.md"]
    assert git(repository, "status", "--porcelain", "--", "*.txt") == before


def test_edits_after_the_commit_are_the_readers_to_commit(world: World, repository: Path) -> None:
    file = world.write()
    deliver_due(world.context)
    file.write_text(file.read_text() + "\nMy thoughts.\n")
    world.clock.move(days=1)
    world.write()
    assert deliver_due(world.context) == ()
    assert committed(repository) == ["digests/2026-03-03-insights.md"]
    assert git(repository, "status", "--porcelain").strip() == "M digests/2026-03-02-insights.md"


def test_edits_before_the_commit_are_in_it(world: World, repository: Path) -> None:
    file = world.write()
    file.write_text(file.read_text() + "\nMy thoughts.\n")
    assert deliver_due(world.context) == ()
    assert "My thoughts." in git(repository, "show", "HEAD:digests/2026-03-02-insights.md")


def test_a_digest_written_anew_is_committed_anew(world: World, repository: Path) -> None:
    world.write(titles=("First",))
    deliver_due(world.context)
    world.write(titles=("Better",))
    assert deliver_due(world.context) == ()
    assert "Better" in git(repository, "show", "HEAD:digests/2026-03-02-insights.md")


def test_a_file_staged_in_part_is_left_alone(world: World, repository: Path) -> None:
    file = world.write()
    git(repository, "add", str(file))
    text = file.read_text()
    file.write_text(text + "\nNot this line.\n")
    staged = git(repository, "diff", "--cached")
    problems = deliver_due(world.context)
    assert any("staged in part" in problem for problem in problems)
    assert messages(repository) == ["mine"]
    assert git(repository, "diff", "--cached") == staged


def test_several_digests_make_one_commit(world: World, repository: Path) -> None:
    for day in (1, 2):
        world.write(date(2026, 3, day))
    assert deliver_due(world.context) == ()
    assert messages(repository)[0] == "triage: 2 digests, 2026-03-01-insights to 2026-03-02-insights"


def test_odd_names_are_names_and_not_patterns(world: World, repository: Path) -> None:
    file = world.write()
    odd = file.with_name("2026 [03]*-ä.md")
    file.rename(odd)
    with world.store.transaction() as tx:
        tx.digests.moved(START.date(), odd.name)
    (odd.parent / "2026 3-ä.md").write_text("the reader's")
    assert deliver_due(world.context) == ()
    assert git(repository, "-c", "core.quotePath=false", "show", "--name-only", "--format=", "HEAD").strip(
        '"\n'
    ) == ("digests/2026 [03]*-ä.md")


def problem_of(world: World) -> str:
    """Deliver, and return the one problem, which must be recorded as well."""
    (problem,) = deliver_due(world.context)
    delivery = world.delivery("git")
    assert delivery is not None
    assert delivery.sent_at is None
    assert delivery.reason
    return problem


def test_no_repository_is_reported(world: World) -> None:
    world.set_up(GIT)
    world.write()
    assert "is not in a git repository" in problem_of(world)


def test_no_folder_is_reported(world: World) -> None:
    world.set_up({"git": {"folder": "gone"}})
    world.write()
    assert "is not there" in problem_of(world)


def test_a_digest_outside_of_the_folder_is_reported(world: World, repository: Path) -> None:
    (repository / "blog").mkdir()
    world.set_up({"git": {"folder": "blog"}})
    world.write()
    assert "the digest is outside of" in problem_of(world)


def test_a_missing_identity_is_reported_and_nothing_stays_staged(
    world: World, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text("[user]\n useConfigOnly = true\n")
    world.write()
    assert "user.name" in problem_of(world)
    assert git(repository, "status", "--porcelain").strip() == "?? digests/"


def test_a_hook_that_refuses_is_reported_and_nothing_stays_staged(world: World, repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'no commits on Mondays' >&2\nexit 1\n")
    hook.chmod(0o755)
    world.write()
    assert "no commits on Mondays" in problem_of(world)
    assert git(repository, "status", "--porcelain").strip() == "?? digests/"
    hook.unlink()
    assert deliver_due(world.context) == ()
    assert messages(repository)[0] == "triage: 2026-03-02-insights"


def test_what_takes_too_long_is_ended_and_leaves_no_lock(world: World, repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\ntouch begun\nsleep 60\ntouch ended\n")
    hook.chmod(0o755)
    digest = world.digest(world.write())
    with pytest.raises(DeliveryError, match="took longer than 1 seconds"):
        git_within(1.0).sync([digest], world.context, [])
    assert (repository / "begun").exists()
    assert not (repository / ".git" / "index.lock").exists()
    assert git(repository, "status", "--porcelain", "digests").strip() == "?? digests/"
    hook.unlink()
    assert deliver_due(world.context) == ()


def test_what_git_leaves_running_is_not_waited_for(world: World, repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-commit"
    hook.write_text("#!/bin/sh\nsleep 30 &\n echo $! > pid\n")
    hook.chmod(0o755)
    digest = world.digest(world.write())
    try:
        synced = git_within(10.0).sync([digest], world.context, [])
    finally:
        os.kill(int((repository / "pid").read_text()), signal.SIGTERM)
    assert synced.days == {START.date()}


def test_a_signature_that_cannot_be_made_is_reported(world: World, repository: Path) -> None:
    git(repository, "config", "commit.gpgsign", "true")
    git(repository, "config", "gpg.program", "false")
    world.write()
    assert "commit.gpgsign" in problem_of(world)
    assert git(repository, "status", "--porcelain").strip() == "?? digests/"


def test_what_a_hook_makes_of_a_digest_is_committed_and_nothing_stays_staged(
    world: World, repository: Path
) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho formatted >> digests/2026-03-02-insights.md\ngit add digests\n")
    hook.chmod(0o755)
    world.write()
    assert deliver_due(world.context) == ()
    assert "formatted" in git(repository, "show", "HEAD:digests/2026-03-02-insights.md")
    assert git(repository, "status", "--porcelain") == ""


def test_on_no_branch_nothing_is_committed(world: World, repository: Path) -> None:
    # The next switch to a branch would take the digest away.
    git(repository, "checkout", "--quiet", "--detach")
    file = world.write()
    assert "git switch" in problem_of(world)
    git(repository, "switch", "--quiet", "main")
    assert file.exists()
    assert deliver_due(world.context) == ()
    assert messages(repository)[0] == "triage: 2026-03-02-insights"


def test_a_worktree_is_a_repository_too(
    world: World, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    git(repository, "worktree", "add", "--quiet", "-b", "papers", str(repository / "papers"))
    world.set_up({"git": {"folder": "papers"}})
    world.config = world.config.model_copy(
        update={"digest": world.config.digest.model_copy(update={"folder": "papers/digests"})}
    )
    world.context = replace(world.context, config=world.config)
    world.write()
    assert deliver_due(world.context) == ()
    assert messages(repository / "papers") == ["triage: 2026-03-02-insights", "mine"]
    assert messages(repository) == ["mine"]


def test_a_folder_within_a_repository_is_enough(world: World, repository: Path) -> None:
    world.set_up({"git": {"folder": "digests"}})
    world.write()
    (repository / "digests" / "mine.md").write_text("mine\n")
    assert deliver_due(world.context) == ()
    assert committed(repository) == ["digests/2026-03-02-insights.md"]


def test_a_digest_in_a_submodule_of_the_folder_is_reported(
    world: World, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "--quiet")
    git(other, "commit", "--quiet", "--allow-empty", "-m", "first")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "digests")
    git(repository, "commit", "--quiet", "-m", "a submodule")
    world.write()
    assert "submodule" in problem_of(world)


def test_a_repository_without_files_is_reported(world: World) -> None:
    world.set_up(GIT)
    git(world.folder, "init", "--quiet", "--bare")
    world.write()
    assert "must be run in a work tree" in problem_of(world)


@pytest.mark.parametrize(
    "title", ["-m evil", "--amend", "x\n\nSigned-off-by: Eve <e@example.org>", "$(touch pwned)", "#comment"]
)
def test_a_hostile_title_is_in_no_message_and_no_command(world: World, repository: Path, title: str) -> None:
    world.set_up({**GIT, "papers": {"formats": ["json"]}})
    world.write(titles=(title,))
    assert deliver_due(world.context) == ()
    assert git(repository, "log", "-1", "--format=%B").strip() == "triage: 2026-03-02-insights"
    assert not (repository / "pwned").exists()


def test_an_ignored_digest_is_reported(world: World, repository: Path) -> None:
    (repository / ".gitignore").write_text("triage.db*\nmodels\ndigests\n")
    world.write()
    assert ".gitignore" in problem_of(world)


def test_in_the_middle_of_a_merge_nothing_is_done(world: World, repository: Path) -> None:
    git(repository, "switch", "--quiet", "-c", "other")
    (repository / "mine.txt").write_text("other\n")
    git(repository, "commit", "--quiet", "-am", "other")
    git(repository, "switch", "--quiet", "main")
    (repository / "mine.txt").write_text("main\n")
    git(repository, "commit", "--quiet", "-am", "main")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "other")
    before = git(repository, "status", "--porcelain", "--", "mine.txt")
    world.write()
    assert "in the middle of a merge" in problem_of(world)
    assert git(repository, "status", "--porcelain", "--", "mine.txt") == before
    assert messages(repository)[0] == "main"


@pytest.fixture
def other_side(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository that the reader's is pushed to."""
    bare = tmp_path_factory.mktemp("other") / "side.git"
    git(repository, "init", "--quiet", "--bare", str(bare))
    git(repository, "remote", "add", "origin", str(bare))
    git(repository, "push", "--quiet", "--set-upstream", "origin", "main")
    return bare


def test_it_is_pushed_by_option(world: World, repository: Path, other_side: Path) -> None:
    world.set_up({"git": {"folder": ".", "push": True}})
    world.write()
    assert deliver_due(world.context) == ()
    assert messages(other_side)[0] == "triage: 2026-03-02-insights"


def test_without_the_option_it_is_not_pushed(world: World, repository: Path, other_side: Path) -> None:
    world.write()
    assert deliver_due(world.context) == ()
    assert messages(other_side) == ["mine"]


def test_a_push_that_fails_is_reported_and_repeated_later(
    world: World, repository: Path, other_side: Path
) -> None:
    moved = other_side.with_name("moved.git")
    other_side.rename(moved)
    world.set_up({"git": {"folder": ".", "push": True}})
    world.write()
    assert "git push failed" in problem_of(world)
    moved.rename(other_side)
    assert deliver_due(world.context) == ()
    assert messages(other_side)[0] == "triage: 2026-03-02-insights"
    assert len(messages(repository)) == 2


def test_commits_of_others_are_never_overwritten(
    world: World, repository: Path, other_side: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "--quiet", str(other_side), ".")
    (clone / "theirs.txt").write_text("theirs\n")
    git(clone, "add", "theirs.txt")
    git(clone, "commit", "--quiet", "-m", "theirs")
    git(clone, "push", "--quiet")
    world.set_up({"git": {"folder": ".", "push": True}})
    world.write()
    assert "git pull" in problem_of(world)
    assert messages(other_side)[0] == "theirs"


def test_without_another_side_to_push_to_the_remedy_is_shown(world: World, repository: Path) -> None:
    world.set_up({"git": {"folder": ".", "push": True}})
    world.write()
    assert "git remote add" in problem_of(world)


def test_run_from_a_hook_of_another_repository_it_finds_its_own(
    world: World, repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    git(elsewhere, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    world.write()
    assert deliver_due(world.context) == ()
    monkeypatch.delenv("GIT_DIR")
    assert messages(repository)[0] == "triage: 2026-03-02-insights"
