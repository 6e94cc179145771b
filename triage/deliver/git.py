"""A git commit of what triage wrote, and of nothing else.

The reader's staged changes, branches and other files are theirs: only named paths are committed, a
path that they have staged in part is left alone, nothing is merged, rebased or forced, and in the
middle of the reader's own merge or rebase nothing is done at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from triage.config.values import Part
from triage.context import Context
from triage.deliver.delivery import Mirror, Synced
from triage.deliver.digests import Digest
from triage.deliver.failure import DeliveryError
from triage.deliver.repository import Repository, open_repository
from triage.digest.index import INDEX_FILE_NAME

PUSH_SECONDS = 120


class GitConfig(Part):
    """A commit of what triage wrote."""

    folder: str = ""
    """In the repository; what triage wrote elsewhere is not committed.  Empty: no commit."""
    push: bool = False


class Git(Mirror[GitConfig]):
    """The reader's repository."""

    name = "git"
    config_model = GitConfig
    after_others = True

    commit_seconds = 60.0
    """Hooks of the reader run in it."""

    @classmethod
    def parts(cls, settings: GitConfig) -> Sequence[str]:
        return ("",) if settings.folder else ()

    def sync(self, digests: Sequence[Digest], context: Context, files: Sequence[Path]) -> Synced:
        folder = context.config.path(self.settings.folder)
        repository = self._open(folder)
        paths = {digest.day: repository.path_of(digest.file) for digest in digests}
        tracked = repository.tracked()
        wanted = {paths[one.day] for one in digests if commits(one, tracked, paths[one.day])}
        wanted |= {
            repository.path_of(one) for one in (context.config.digest_folder / INDEX_FILE_NAME, *files)
        }
        changed = {
            path: partly
            for path, partly in repository.changed().items()
            if path in wanted and (repository.top / path).is_file()
        }
        if to_commit := sorted(path for path, partly in changed.items() if not partly):
            titles = [digest.title for digest in digests if paths[digest.day] in to_commit]
            repository.commit(to_commit, _message(titles))
        if self.settings.push and repository.has_unpushed():
            repository.run("push", seconds=PUSH_SECONDS)
        held = repository.in_head()
        failed: dict[date, str] = {}
        for day, path in paths.items():
            if not path:
                failed[day] = f"the digest is outside of {folder}, so it can't be committed there"
            elif path not in held:
                failed[day] = (
                    "git did not commit it: it is ignored (.gitignore), in a submodule, or staged in part"
                )
        problems = [
            f"{path} is staged in part, so it was not committed"
            for path, partly in sorted(changed.items())
            if partly
        ]
        return Synced(frozenset(paths.keys() - failed.keys()), failed, tuple(problems))

    def _open(self, folder: Path) -> Repository:
        """Open the repository, unless a commit would get in the reader's way."""
        repository = open_repository(folder, self.commit_seconds)
        if sign := repository.unfinished():
            raise DeliveryError(
                f"{repository.top} is in the middle of a merge, a rebase or the like ({sign}); nothing was "
                "committed.",
                remedy="Finish it; the next run commits.",
            )
        if not repository.succeeds("symbolic-ref", "--quiet", "HEAD"):
            raise DeliveryError(
                f"{repository.top} is on no branch, and would lose the digest from its files with the next "
                "switch to one; nothing was committed.",
                remedy="Go to a branch there: git switch BRANCH; the next run commits.",
            )
        return repository


def commits(digest: Digest, tracked: set[str], path: str) -> bool:
    """Decide whether a digest is committed: a new one is, and one that triage has written anew.

    What the reader edits after it was committed is theirs to commit.
    """
    return path not in tracked or digest.as_written


def _message(titles: Sequence[str]) -> str:
    if len(titles) < 2:
        return f"triage: {titles[0]}" if titles else "triage: index and pages"
    return f"triage: {len(titles)} digests, {titles[0]} to {titles[-1]}"
