"""The model registry: every version that was made, which one is in use, and the way back.

A model is a directory ``0007-1a2b3c4d`` with ``manifest.json`` and ``model.npz``; ``current`` holds
the versions that were activated, one a line, the last one in use; after a rollback it ends with
``held``.  ``named`` holds the versions that the reader named, which are never removed, and ``spaces``
the feature spaces, which versions share.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from triage.errors import ModelError
from triage.ranker.manifest import Manifest, ManifestFile
from triage.ranker.model import TrainedModel, fingerprint
from triage.ranker.space_cache import SpaceCache, write_synced
from triage.store.files import sync_folder, write_file

_VERSION = re.compile(r"\d{4,}-[0-9a-f]{8}")
_HELD = "held"
_LAST = 3
_MONTHS = 6
"""Kept of the past: the last models, and the last one of each of the last months that have one."""
_REMEDY = "Go back with 'triage model rollback', or train a new one with 'triage retrain'."


class ModelRegistry:
    """Models in a folder, which is made when the first one is saved."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.spaces = SpaceCache(root / "spaces")

    def versions(self) -> list[str]:
        """Return all versions, oldest first."""
        if not self._root.is_dir():
            return []
        found = [one.name for one in self._root.iterdir() if one.is_dir() and _VERSION.fullmatch(one.name)]
        return sorted(found, key=lambda name: (int(name.split("-")[0]), name))

    def save(self, model: TrainedModel) -> str:
        """Write a model and return its version; the same model again returns the version it has.

        Either all of it is there afterwards or nothing; it is not in use before :meth:`activate`.
        """
        mark, existing = fingerprint(model), self.versions()
        for version in existing:
            if version.endswith(mark):
                with suppress(ModelError):
                    self._load(version)
                    return version
        version = f"{int(existing[-1].split('-')[0]) + 1 if existing else 1:04d}-{mark}"
        arrays = model.to_bytes(space=False)
        manifest = ManifestFile(hashlib.sha256(arrays).hexdigest(), model.manifest, model.space.key_)
        # One process works at a time, so what is there was left by one that was killed.
        for leftover in self._root.glob(".new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        scratch = self._root / f".new-{version}"
        scratch.mkdir(parents=True)
        try:
            if not self.spaces.path(model.space.key_).exists():
                self.spaces.save(model.space)
            write_synced(scratch / "model.npz", arrays)
            write_synced(scratch / "manifest.json", manifest.to_json().encode())
            sync_folder(scratch)
            scratch.rename(self._root / version)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        sync_folder(self._root)
        return version

    def current(self) -> str | None:
        """Return the version in use, None when there is none."""
        history = self._history()
        return history[-1] if history else None

    def activate(self, version: str) -> None:
        """Use this version from now on.

        Raises
        ------
        ModelError
            If there is no such version.
        """
        self._path(version)
        history = self._history()
        if self.is_held or history[-1:] != [version]:
            self._write_history([*history, version] if history[-1:] != [version] else history)

    def rollback(self, version: str = "") -> str:
        """Go back to a version, by default the one in use before; hold it until another is activated.

        Raises
        ------
        ModelError
            If there is none.
        """
        history, existing = self._history(), self.versions()
        if version:
            self._path(version)
            write_file(self._root / "named", "".join(f"{one}\n" for one in sorted({version, *self._named()})))
            history = [*history, version]
        else:
            history = history[:-1]
            while history and history[-1] not in existing:
                history.pop()
            if not history:
                raise ModelError("there is no earlier model to go back to", remedy="See 'triage model list'.")
        self._write_history(history, held=True)
        return history[-1]

    @property
    def is_held(self) -> bool:
        """Whether the version in use is to stay, whatever is new, because the reader went back to it."""
        return self._lines("current")[-1:] == [_HELD]

    def purposes(self) -> dict[str, str]:
        """Return what each version is kept for; nothing for those that nobody needs any more."""
        versions, history = self.versions(), self._history()
        found = {self._month(version): version for version in versions}
        months = {found[month]: f"the last of {month}" for month in sorted(found)[-_MONTHS:]}
        before = dict.fromkeys(
            [one for one in reversed(history) if one in versions][: _LAST + 1], "in use before"
        )
        recent = dict.fromkeys(versions[-_LAST:], "recent")
        kept = months | recent | before | dict.fromkeys(self._named(), "you named it")
        if history:
            kept[history[-1]] = "in use, held since you went back to it" if self.is_held else "in use"
        return {version: kept.get(version, "") for version in versions}

    def prune(self) -> None:
        """Remove the versions that nobody needs any more; a crash leaves each whole or gone."""
        for version, purpose in self.purposes().items():
            if not purpose:
                gone = self._root / f".new-{version}"
                shutil.rmtree(gone, ignore_errors=True)
                (self._root / version).rename(gone)
                shutil.rmtree(gone, ignore_errors=True)
        with suppress(ModelError):
            self.spaces.prune({self._manifest(version).space for version in self.versions()})

    def _month(self, version: str) -> str:
        with suppress(ModelError):
            made = self.manifest(version).trained_on
            if made and made.made_at:
                return f"{made.made_at:%Y-%m}"
        return f"{datetime.fromtimestamp((self._root / version).stat().st_mtime, UTC):%Y-%m}"

    def _named(self) -> list[str]:
        return [line for line in self._lines("named") if _VERSION.fullmatch(line)]

    def manifest(self, version: str) -> Manifest:
        """Return what a version says about itself.

        Raises
        ------
        ModelError
            If there is no such version or its manifest can't be read.
        """
        return self._manifest(version).manifest

    def verify(self, version: str) -> None:
        """Check that a version's files are what was written.

        Raises
        ------
        ModelError
            If they can't be read or are damaged.
        """
        self._verified(version)

    def load(self, version: str | None = None) -> TrainedModel:
        """Load a version; without one, the version in use or else the last good one.

        When the version in use can't be read, :attr:`TrainedModel.notice` names the one loaded instead,
        and why.

        Raises
        ------
        ModelError
            If the version named can't be read, or there is no readable model at all.
        """
        if version is not None:
            return self._load(version)
        history = self._history()
        if not history:
            raise ModelError("no model has been trained yet", remedy="Run 'triage learn'.")
        candidates = dict.fromkeys([*reversed(history), *reversed(self.versions())])
        broken: ModelError | None = None
        for candidate in candidates:
            try:
                model = self._load(candidate)
            except ModelError as error:
                broken = broken or error
                continue
            if broken is None:
                return model
            notice = f"model {history[-1]} can't be used ({broken.message}); using {candidate}"
            return dataclasses.replace(model, notice=notice)
        assert broken is not None
        raise broken

    def _load(self, version: str) -> TrainedModel:
        return TrainedModel.from_bytes(*self._verified(version))

    def _verified(self, version: str) -> tuple[bytes, Manifest, bytes | None]:
        described = self._manifest(version)
        arrays = self._read(version, "model.npz")
        if hashlib.sha256(arrays).hexdigest() != described.arrays_sha256:
            damaged = (
                f"{self._root / version / 'model.npz'} is damaged: it is not what its manifest describes"
            )
            raise ModelError(damaged, remedy=_REMEDY)
        space = self.spaces.path(described.space)
        return arrays, described.manifest, self._read("", str(space)) if described.space else None

    def _manifest(self, version: str) -> ManifestFile:
        self._path(version)
        return ManifestFile.from_json(self._read(version, "manifest.json"))

    def _read(self, version: str, name: str) -> bytes:
        path = self._root / version / name
        try:
            return path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path} can't be read: {error.strerror}", remedy=_REMEDY) from error

    def _path(self, version: str) -> Path:
        path = self._root / version
        if not _VERSION.fullmatch(version) or not path.is_dir():
            raise ModelError(f"there is no model {version!r}", remedy="See 'triage model list'.")
        return path

    def _history(self) -> list[str]:
        return [line for line in self._lines("current") if _VERSION.fullmatch(line)]

    def _write_history(self, history: list[str], *, held: bool = False) -> None:
        lines = [*history, _HELD] if held else history
        write_file(self._root / "current", "".join(f"{line}\n" for line in lines))

    def _lines(self, name: str) -> list[str]:
        try:
            return (self._root / name).read_text(encoding="utf-8", errors="replace").split()
        except FileNotFoundError:
            return []
