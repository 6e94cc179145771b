"""A work tree of git, spoken to through the git command."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triage.deliver.failure import DeliveryError, redact

GRACE_SECONDS = 10.0
"""For git to put its locks away when it is told to end."""

_MIDDLE_OF = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
    "sequencer": "a cherry-pick or revert",
}

_REMEDIES = (
    # What git says, and what helps.
    ("please tell me who you are", "Say who commits: git config --global user.name NAME, and user.email."),
    ("unable to auto-detect email", "Say who commits: git config --global user.name NAME, and user.email."),
    ("empty ident name", "Say who commits: git config --global user.name NAME, and user.email."),
    ("dubious ownership", "The repository is another user's; run triage as that user."),
    (
        "gpg failed to sign",
        "Let git sign without asking, or not at all there: git config commit.gpgsign false.",
    ),
    (
        "failed to write commit object",
        "Let git sign without asking, or not: git config commit.gpgsign false.",
    ),
    ("sparse-checkout", "Let git know of the folder: git sparse-checkout add FOLDER."),
    (
        "must be run in a work tree",
        "It has no files of its own (a bare repository); correct deliver.git.folder.",
    ),
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
class Repository:
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

    def is_on_branch(self) -> bool:
        """Tell whether a commit would be on a branch, and not be left behind by the next switch."""
        return self._finished("symbolic-ref", "--quiet", "HEAD").returncode == 0

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
        """Commit these files as they are; on failure, what is staged is as before.

        A hook may change and stage them on the way.  Git then leaves the index as it was before the
        hook, as if the reader wanted to undo what it did; so they are staged as they were committed.
        """
        new = sorted(set(paths) - self.tracked(paths))
        if new:
            self._over(paths=new, arguments=("add",))
        try:
            self._over(paths=paths, arguments=("commit", "--quiet", f"--message={message}", "--only"))
        except DeliveryError:
            if new:
                self._over(paths=new, arguments=("rm", "--cached", "--quiet"))
            raise
        if left := self._listed("diff", "--cached", "--name-only", "--no-renames", "-z", paths=paths):
            self._over(paths=left, arguments=("reset", "--quiet"))

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


def top_of(folder: Path, seconds: float) -> Path:
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
    # Files and no pipes: what git leaves running (a shared SSH connection) would keep pipes open.
    with (
        tempfile.TemporaryFile() as asked,
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as complained,
    ):
        asked.write(stdin.encode("utf-8", "surrogateescape"))
        asked.seek(0)
        try:
            process = subprocess.Popen(
                ["git", "-C", str(folder), *arguments],
                stdin=asked,
                stdout=said,
                stderr=complained,
                env=environment,
                # A group of its own, to be ended with its hooks and helpers.
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise DeliveryError(
                "git is not installed.", remedy="Install it, or empty deliver.git.folder."
            ) from error
        try:
            process.wait(seconds)
        except BaseException as error:
            _end(process)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise DeliveryError(
                f"git {arguments[0]} took longer than {seconds:.0f} seconds in {folder}.",
                remedy="If it asks for a passphrase, let an agent or a credential helper answer.",
            ) from error
        texts = []
        for file in (said, complained):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "surrogateescape"))
        return subprocess.CompletedProcess(process.args, process.returncode, *texts)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and all that it started; asked first, as it then puts its locks away."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            return


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


def _explained(command: str, said: str, where: Path) -> DeliveryError:
    lowered = said.lower()
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in lowered), "")
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
    reason = redact(" ".join(lines[-6:])) or "it did not say why"
    return DeliveryError(f"git {command} failed in {where}: {reason}", remedy=remedy)
