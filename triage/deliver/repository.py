"""A work tree of git, used through the git command."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triage.deliver.failure import DeliveryError, redact

GRACE_SECONDS = 10.0
"""For git to put its locks away when it is ended."""

_UNFINISHED = "MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG sequencer"
"""What git keeps in its folder while something of the reader's is not finished."""

_KEPT_VARIABLE = re.compile(
    r"GIT_(SSH_COMMAND|SSH|ASKPASS|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|(AUTHOR|COMMITTER)_(NAME|EMAIL))"
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder of a work tree; paths are relative to the tree's top, with ``/`` between folders."""

    top: Path
    folder: Path
    seconds: float

    def path_of(self, file: Path) -> str:
        """Return a file's path in the repository, or an empty string if it is outside of the folder."""
        resolved = file.resolve()
        return resolved.relative_to(self.top).as_posix() if resolved.is_relative_to(self.folder) else ""

    def unfinished(self) -> str:
        """Return the sign that the reader is in the middle of something there, or nothing."""
        names = _UNFINISHED.split()
        places = self.run("rev-parse", *(part for name in names for part in ("--git-path", name)))
        found = [Path(place).name for place in places.splitlines() if (self.top / place).exists()]
        return found[0] if found else "a conflict" if self.run("ls-files", "--unmerged") else ""

    def tracked(self) -> set[str]:
        """Return what git keeps track of in the folder."""
        return set(self._list("ls-files"))

    def in_head(self) -> set[str]:
        """Return what the last commit holds in the folder."""
        if not self.succeeds("rev-parse", "--verify", "--quiet", "HEAD"):
            return set()
        return set(self._list("ls-tree", "-r", "--name-only", "HEAD"))

    def changed(self) -> dict[str, bool]:
        """Return what differs from the last commit or is not in it, without ignored files.

        For each, whether it is staged in part: its staged content is neither the last commit's nor the
        file's, or the reader has taken it out of git with ``git rm --cached``.
        """
        partly: dict[str, bool] = {}
        for entry in self._list("status", "--porcelain=v1", "--no-renames", "--untracked-files=all"):
            staged, unstaged, path = entry[0], entry[1], entry[3:]
            is_partly = staged == "D" or (staged not in " ?" and unstaged != " ")
            partly[path] = partly.get(path, False) or is_partly
        return partly

    def commit(self, paths: Sequence[str], message: str) -> None:
        """Commit these files as they are; on failure, what is staged is as before.

        A hook may change and stage them on the way.  Git then leaves the index as it was before the
        hook, as if the reader wanted to undo what it did; so they are staged as they were committed.
        """
        new = sorted(set(paths) - self.tracked())
        if new:
            self._run_over(new, "add")
        try:
            self._run_over(paths, "commit", "--quiet", f"--message={message}", "--only")
        except DeliveryError:
            if new:
                self._run_over(new, "rm", "--cached", "--quiet")
            raise
        if left := set(self._list("diff", "--cached", "--name-only", "--no-renames")) & set(paths):
            self._run_over(sorted(left), "reset", "--quiet")

    def has_unpushed(self) -> bool:
        """Whether a push would do something; also if it is not known where to."""
        counted = _git(self.top, ("rev-list", "--count", "@{push}..HEAD"), seconds=self.seconds)
        return counted.returncode != 0 or counted.stdout.strip() != "0"

    def succeeds(self, *arguments: str) -> bool:
        """Whether a question to git is answered with yes."""
        return _git(self.top, arguments, seconds=self.seconds).returncode == 0

    def run(self, *arguments: str, stdin: str = "", seconds: float = 0.0) -> str:
        """Run git and return its output; raises DeliveryError if it fails, with git's own message."""
        done = _git(self.top, arguments, stdin=stdin, seconds=seconds or self.seconds)
        if done.returncode:
            raise _failure(arguments[0], done, self.top)
        return done.stdout

    def _list(self, *arguments: str) -> list[str]:
        output = self.run(*arguments, "-z", "--", str(self.folder))
        return [entry for entry in output.split("\0") if entry]

    def _run_over(self, paths: Sequence[str], *arguments: str) -> None:
        self.run(*arguments, "--pathspec-from-file=-", "--pathspec-file-nul", stdin="\0".join(paths))


def open_repository(folder: Path, seconds: float) -> Repository:
    """Return the repository that a folder is in; each command may take so many seconds.

    Raises DeliveryError if there is none.
    """
    if not folder.is_dir():
        raise DeliveryError(f"the folder {folder} is not there.", remedy="Check deliver.git.folder.")
    done = _git(folder, ("rev-parse", "--show-toplevel"), seconds=seconds)
    if "not a git repository" in done.stderr.lower():
        raise DeliveryError(
            f"{folder} is not in a git repository.",
            remedy=f"Make one there: git -C {folder} init; or correct deliver.git.folder.",
        )
    if done.returncode:
        raise _failure("rev-parse", done, folder)
    return Repository(Path(done.stdout.rstrip("\n")).resolve(), folder.resolve(), seconds)


def _failure(command: str, done: subprocess.CompletedProcess[str], where: Path) -> DeliveryError:
    """Return git's own message, which mostly holds the remedy."""
    lines = [line.removeprefix("hint:") for line in (done.stderr or done.stdout).splitlines()]
    reason = redact(" ".join(lines[-10:])) or "no reason was given"
    remedy = ""
    if "failed to write commit object" in reason:
        remedy = "Let git sign without asking, or not at all there: git config commit.gpgsign false."
    elif command == "push":
        remedy = "Git must be able to push without asking: a credential helper or an SSH key."
    return DeliveryError(f"git {command} failed in {where}: {reason}", remedy=remedy)


def _git(
    folder: Path, arguments: Sequence[str], *, stdin: str = "", seconds: float
) -> subprocess.CompletedProcess[str]:
    # When triage runs in a hook, git's own variables would lead it to another repository.
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GIT_") or _KEPT_VARIABLE.fullmatch(key)
    }
    environment |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}
    environment.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    # Files and no pipes: what git leaves running (a shared SSH connection) would keep pipes open.
    with contextlib.ExitStack() as stack:
        given, output, errors = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(os.fsencode(stdin))
        given.seek(0)
        try:
            process = subprocess.Popen(
                ["git", "-C", str(folder), *arguments],
                stdin=given,
                stdout=output,
                stderr=errors,
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
        except subprocess.TimeoutExpired as error:
            raise DeliveryError(
                f"git {arguments[0]} took longer than {seconds:.0f} seconds in {folder}.",
                remedy="If it asks for a passphrase, let an agent or a credential helper answer.",
            ) from error
        finally:
            if process.poll() is None:
                _end(process)
        for file in (output, errors):
            file.seek(0)
        return subprocess.CompletedProcess(
            process.args, process.returncode, os.fsdecode(output.read()), os.fsdecode(errors.read())
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            return
