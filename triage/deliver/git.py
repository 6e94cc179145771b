"""A git commit of what triage wrote, and of nothing else.

The reader's staged changes, branches and other files are theirs: only named paths are committed, a
path that they have staged in part is left alone, nothing is merged, rebased or forced, and in the
middle of the reader's own merge or rebase nothing is done at all.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from triage.config import Config
from triage.deliver.edition import Edition
from triage.deliver.failure import DeliveryError, redact
from triage.deliver.pages import page_name
from triage.deliver.papers import PapersCopy
from triage.deliver.targets import Brought
from triage.digest.index import INDEX_FILE_NAME

COMMIT_SECONDS = 60
"""Hooks of the reader run in it."""

PUSH_SECONDS = 120

_MIDDLE_OF = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}

_REMEDIES = (
    # What git says, and what helps.
    ("please tell me who you are", "Say who commits: git config --global user.name NAME, and user.email."),
    ("unable to auto-detect email", "Say who commits: git config --global user.name NAME, and user.email."),
    ("empty ident name", "Say who commits: git config --global user.name NAME, and user.email."),
    ("dubious ownership", "The repository is another user's; run triage as that user."),
    ("index.lock", "Another git is at work there, or was killed; the next run tries again."),
    ("fetch first", "The other side has commits that you have not: git pull there, then run again."),
    ("non-fast-forward", "The other side has commits that you have not: git pull there, then run again."),
    ("no upstream branch", "Say where to push, once: git push --set-upstream origin BRANCH."),
    ("no configured push destination", "Name the other side, once: git remote add origin ADDRESS."),
    ("not currently on a branch", "Go to a branch there: git switch BRANCH."),
    ("could not read username", "Let git push without asking: a credential helper or an SSH key."),
    ("permission denied", "Let git push without asking: a credential helper or an SSH key."),
)


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
        repository = _Repository(_top(folder, self.commit_seconds), self.commit_seconds)
        if doing := repository.in_the_middle_of():
            raise DeliveryError(
                f"{repository.top} is in the middle of {doing}; nothing was committed.",
                remedy="Finish it; the next run commits.",
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
            day: "git ignores it (.gitignore), or it is staged in part"
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


@dataclass(frozen=True, slots=True)
class _Repository:
    """A work tree; paths are relative to its top, with ``/`` between folders."""

    top: Path
    seconds: float

    def in_the_middle_of(self) -> str:
        """Return what the reader is doing there, or nothing."""
        for name, doing in _MIDDLE_OF.items():
            path = Path(self.run("rev-parse", "--git-path", name).strip())
            if (self.top / path).exists():
                return doing
        return "a merge" if self.run("ls-files", "--unmerged") else ""

    def tracked(self, paths: Sequence[str]) -> set[str]:
        """Return those that git keeps track of."""
        return set(self._listed("ls-files", "-z", paths=paths))

    def in_head(self, paths: Sequence[str]) -> set[str]:
        """Return those that the last commit holds."""
        if not self.has_commits():
            return set()
        return set(self._listed("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD", paths=paths))

    def changed(self, paths: Sequence[str]) -> list[str]:
        """Return those that differ from the last commit or are not in it, without ignored ones."""
        listed = self._status(paths)
        return sorted({entry[3:] for entry in listed})

    def partly_staged(self, paths: Sequence[str]) -> set[str]:
        """Return those whose staged content is neither the last commit's nor the file's.

        A file that the reader has taken out of git with ``git rm --cached`` is among them.
        """
        listed = self._status(paths)
        return {
            entry[3:] for entry in listed if entry[0] == "D" or (entry[0] not in " ?" and entry[1] != " ")
        }

    def commit(self, paths: Sequence[str], message: str) -> None:
        """Commit these files as they are; on failure, what is staged is as before."""
        new = sorted(set(paths) - self.tracked(paths))
        if new:
            self._over(paths=new, arguments=("add",))
        try:
            self._over(paths=paths, arguments=("commit", "--quiet", f"--message={message}", "--only"))
        except DeliveryError:
            if new:
                self._over(paths=new, arguments=("rm", "--cached", "--quiet"))
            raise

    def has_commits(self) -> bool:
        """Tell whether there is a commit at all."""
        return self._finished("rev-parse", "--verify", "--quiet", "HEAD").returncode == 0

    def has_unpushed(self) -> bool:
        """Tell whether a push would do something; also if it is not known where to."""
        counted = self._finished("rev-list", "--count", "@{push}..HEAD")
        return counted.returncode != 0 or counted.stdout.strip() != "0"

    def run(self, *arguments: str, stdin: str = "", seconds: float = 0.0) -> str:
        """Run git and return what it prints.

        Raises
        ------
        DeliveryError
            If it fails; says what git says.
        """
        done = self._finished(*arguments, stdin=stdin, seconds=seconds)
        if done.returncode:
            raise _explained(arguments[0], done.stderr or done.stdout, self.top)
        return done.stdout

    def _status(self, paths: Sequence[str]) -> list[str]:
        return self._listed(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", paths=paths
        )

    def _listed(self, *arguments: str, paths: Sequence[str]) -> list[str]:
        # In portions, as a system takes only so much on one command line.
        found: list[str] = []
        for start in range(0, len(paths), 200):
            said = self.run(*arguments, "--", *paths[start : start + 200])
            found += [entry for entry in said.split("\0") if entry]
        return found

    def _over(self, *, arguments: Sequence[str], paths: Sequence[str]) -> None:
        names = "\0".join(paths)
        self.run(*arguments, "--pathspec-from-file=-", "--pathspec-file-nul", stdin=names)

    def _finished(
        self, *arguments: str, stdin: str = "", seconds: float = 0.0
    ) -> subprocess.CompletedProcess[str]:
        return _git(self.top, arguments, stdin=stdin, seconds=seconds or self.seconds)


def _top(folder: Path, seconds: float) -> Path:
    if not folder.is_dir():
        raise DeliveryError(f"the folder {folder} is not there.", remedy="Check deliver.git.folder.")
    done = _git(folder, ("rev-parse", "--show-toplevel"), seconds=seconds)
    if done.returncode:
        if "not a git repository" in done.stderr.lower():
            raise DeliveryError(
                f"{folder} is not in a git repository.",
                remedy=f"Make one there: git -C {folder} init; or correct deliver.git.folder.",
            )
        raise _explained("rev-parse", done.stderr, folder)
    return Path(done.stdout.rstrip("\n")).resolve()


def _git(
    folder: Path, arguments: Sequence[str], *, stdin: str = "", seconds: float
) -> subprocess.CompletedProcess[str]:
    # When triage runs in a hook, git's own variables would lead it to another repository.
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GIT_") or key in _KEPT_VARIABLES
    }
    environment |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}
    environment.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            env=environment,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise DeliveryError(
            "git is not installed.", remedy="Install it, or empty deliver.git.folder."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise DeliveryError(
            f"git {arguments[0]} took longer than {seconds:.0f} seconds in {folder}.",
            remedy="If it asks for a passphrase, let an agent or a credential helper answer.",
        ) from error


_KEPT_VARIABLES = frozenset(
    {
        "GIT_SSH_COMMAND",
        "GIT_SSH",
        "GIT_ASKPASS",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
    }
    | {f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
)


def _digests_to_commit(
    repository: _Repository, editions: Sequence[Edition], paths: dict[date, str | None]
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


def _explained(command: str, said: str, where: Path) -> DeliveryError:
    lowered = said.lower()
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in lowered), "")
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
    reason = redact(" ".join(lines[-6:])) or "it did not say why"
    return DeliveryError(f"git {command} failed in {where}: {reason}", remedy=remedy)
