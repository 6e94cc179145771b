"""The folder of triage's own files, which stays out of the reader's repository."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from triage.config.load import FILE_NAME, load_config
from triage.errors import ConfigError
from triage.store.store import Store


def make_store_folder(folder: Path) -> None:
    """Make the store's folder, with a ``.gitignore`` that keeps all of it out of Git.

    A folder that holds anything is left as it is: it may be one of the reader's own.  A
    folder that can't be made is an error for those who need it.
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def init_folder(folder: Path, text: str) -> list[str]:
    """Write ``config.yaml`` and create the store; returns what was done, a line each.

    Raises ConfigError if the folder can't be written.
    """
    file = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # "x" never overwrites, whoever else writes at the same moment.
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
        done = [f"wrote {file}"]
    except FileExistsError:
        done = [f"kept {file}, which exists already"]
    except OSError as error:
        raise ConfigError(
            f"{file} can't be written: {error.strerror}.", remedy="Name another folder: triage init DIR"
        ) from error
    config = load_config(file)
    make_store_folder(config.store_folder)
    with Store.of(config):
        done.append(f"the store is in {config.store_folder}")
    return done
