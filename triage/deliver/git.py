"""A git commit of what triage wrote, and of nothing else.

The reader's staged changes, branches and other files are theirs: only named paths are committed, a
path that they have staged in part is left alone, nothing is merged, rebased or forced, and in the
middle of the reader's own merge or rebase nothing is done at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from triage.config.schema import Config
from triage.deliver.edition import Edition
from triage.deliver.failure import DeliveryError
from triage.deliver.pages import page_name
from triage.deliver.papers import PapersCopy
from triage.deliver.repository import Repository, top_of
from triage.deliver.targets import Brought
from triage.digest.index import INDEX_FILE_NAME

COMMIT_SECONDS = 60
"""Hooks of the reader run in it."""

PUSH_SECONDS = 120


@dataclass(frozen=True, slots=True)
class GitCopy:
    """The reader's repository."""

    config: Config
    papers: tuple[PapersCopy, ...] = ()
    """Their files are committed as well."""
    commit_seconds: float = COMMIT_SECONDS
    push_seconds: float = PUSH_SECONDS

    @property
    def name(self) -> str:
        """``git``."""
        return "git"

    def bring_up_to_date(self, editions: Sequence[Edition]) -> Brought:
        """Commit what changed; see :class:`triage.deliver.targets.Copy`."""
        settings = self.config.deliver.git
        folder = self.config.path(settings.folder)
        repository = Repository(top_of(folder, self.commit_seconds), self.commit_seconds)
        if doing := repository.in_the_middle_of():
            raise DeliveryError(
                f"{repository.top} is in the middle of {doing}; nothing was committed.",
                remedy="Finish it; the next run commits.",
            )
        if not repository.is_on_branch():
            raise DeliveryError(
                f"{repository.top} is on no branch, and would lose the digest from its files with the next "
                "switch to one; nothing was committed.",
                remedy="Go to a branch there: git switch BRANCH; the next run commits.",
            )
        within = folder.resolve()
        digests = {edition.day: _relative(edition.file, within, repository.top) for edition in editions}
        outside = {
            day: f"the digest is outside of {folder}, so it can't be committed there"
            for day, path in digests.items()
            if path is None
        }
        named = [path for path in digests.values() if path]
        others = [
            path for file in self._others(editions) if (path := _relative(file, within, repository.top))
        ]
        wanted = [
            *_digests_to_commit(repository, editions, digests),
            *(path for path in others if (repository.top / path).is_file()),
        ]
        changed = repository.changed(wanted)
        partly = repository.partly_staged(changed)
        to_commit = [path for path in changed if path not in partly]
        if to_commit:
            repository.commit(to_commit, _message(editions, digests, to_commit))
        if settings.push and repository.has_unpushed():
            repository.run("push", seconds=self.push_seconds)
        held = repository.in_head(named)
        missing = {
            day: "git does not take it: it is ignored (.gitignore), in a submodule, or staged in part"
            for day, path in digests.items()
            if path and path not in held
        }
        problems = [f"{path} is staged in part, so it was not committed" for path in sorted(partly)]
        return Brought(
            frozenset(day for day, path in digests.items() if path in held),
            {**outside, **missing},
            tuple(problems),
        )

    def _others(self, editions: Sequence[Edition]) -> list[Path]:
        """Return the files beside the digests: the index, the pages, the picks for other programs."""
        files = [self.config.digest_folder / INDEX_FILE_NAME]
        files += [copy.file(edition) for copy in self.papers for edition in editions]
        if site := self.config.deliver.site.folder:
            names = ["index.html", "feed.xml", *(page_name(edition) for edition in editions)]
            files += [self.config.path(site) / name for name in names]
        return files


def _digests_to_commit(
    repository: Repository, editions: Sequence[Edition], paths: dict[date, str | None]
) -> list[str]:
    named = [path for path in paths.values() if path]
    tracked = repository.tracked(named)
    return [
        path
        for edition in editions
        if (path := paths[edition.day]) and commits(is_tracked=path in tracked, as_written=edition.as_written)
    ]


def commits(*, is_tracked: bool, as_written: bool) -> bool:
    """Decide whether a digest is committed.

    A new one is, and one that triage has written anew.  What the reader edits after it was committed
    is theirs to commit.
    """
    return not is_tracked or as_written


def _relative(file: Path, within: Path, top: Path) -> str | None:
    resolved = file.resolve()
    return resolved.relative_to(top).as_posix() if resolved.is_relative_to(within) else None


def _message(editions: Sequence[Edition], paths: dict[date, str | None], committed: Sequence[str]) -> str:
    days = [edition.title for edition in editions if paths[edition.day] in committed]
    if not days:
        return "triage: index and pages"
    return f"triage: {days[0]}" if len(days) == 1 else f"triage: {len(days)} digests, {days[0]} to {days[-1]}"
