"""Finding and reading ``config.yaml``; errors name file, line, key, what is allowed, the nearest key."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from triage.config import ENV_PREFIX, Config
from triage.errors import ConfigError

FILE_NAME = "config.yaml"
TEMPLATE = Path(__file__).with_name("config_template.yaml")
"""The commented file that ``triage init`` writes."""


def find_config(named: Path | None) -> Path:
    """Return the configuration file: the one named, ``config.yaml`` here, or the user's own.

    Raises
    ------
    ConfigError
        If there is none.
    """
    from platformdirs import user_config_path

    usual = [Path(FILE_NAME), user_config_path("triage") / FILE_NAME]
    candidates = usual if named is None else [named]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    places = " or ".join(str(candidate) for candidate in candidates)
    raise ConfigError(
        f"there is no configuration at {places}.",
        remedy="Write one with: triage init (then say in it where your notes are).",
    )


def load_config(named: Path | None = None) -> Config:
    """Read, check and return the configuration.

    Raises
    ------
    ConfigError
        If the file is missing, is not YAML, or has a wrong key or value; all that is wrong is named.
    """
    path = find_config(named)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}.") from error
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> Config:
    """Check the text of a configuration file; ``path`` is for messages and for relative paths."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"{where}: this is not YAML: {problem}.") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected keys such as 'categories:', found {type(values).__name__}.")
    # A section whose keys are all commented out reads as null; that means its defaults.
    given = {
        key: value for key, value in values.items() if not (value is None and key in Config.model_fields)
    }
    if unnamed := [key for key in given if not isinstance(key, str)]:
        raise ConfigError(f"{path}: the key {unnamed[0]!r} is not a word.")
    try:
        config = Config(**given)
    except ValidationError as error:
        lines = _lines(node)
        raise ConfigError("\n".join(_explain(problem, path, lines) for problem in error.errors())) from error
    except SettingsError as error:
        raise ConfigError(f"an environment variable can't be understood: {error}.") from error
    return config.placed_in(path.resolve().parent)


def _explain(problem: Mapping[str, Any], path: Path, lines: Mapping[tuple[str, ...], int]) -> str:
    location = tuple(str(part) for part in problem["loc"])
    where = _where(location, path, lines)
    if problem["type"] == "extra_forbidden":
        valid = _keys_at(location[:-1])
        nearest = difflib.get_close_matches(location[-1], valid, n=1, cutoff=0.5)
        hint = f" Did you mean {_dotted((*location[:-1], nearest[0]))}?" if nearest else ""
        return f"{where}: there is no key {_dotted(location)}.{hint} Allowed here: {', '.join(valid)}."
    if problem["type"] == "missing":
        return f"{path}: the key {_dotted(location)} is needed, for instance {_dotted(location)}: [cs.CL]."
    message = re.sub(r"^Value error, ", "", problem["msg"])
    if not location:
        return f"{where}: {message}."
    return f"{where}: {_dotted(location)}: {message} (found {_shortened(problem['input'])})."


def _where(location: tuple[str, ...], path: Path, lines: Mapping[tuple[str, ...], int]) -> str:
    for length in range(len(location), 0, -1):
        variable = ENV_PREFIX + "__".join(location[:length]).upper()
        if variable in os.environ:
            return f"environment variable {variable}"
        if line := lines.get(location[:length]):
            return f"{path}:{line}"
    return str(path)


def _lines(node: yaml.Node | None) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}

    def walk(inner: yaml.Node | None, path: tuple[str, ...]) -> None:
        if isinstance(inner, yaml.MappingNode):
            for key, value in inner.value:
                here = (*path, str(key.value))
                found[here] = key.start_mark.line + 1
                walk(value, here)
        elif isinstance(inner, yaml.SequenceNode):
            for number, value in enumerate(inner.value):
                here = (*path, str(number))
                found[here] = value.start_mark.line + 1
                walk(value, here)

    walk(node, ())
    return found


def _keys_at(location: tuple[str, ...]) -> list[str]:
    model: Any = Config
    for part in location:
        field = model.model_fields.get(part) if _is_model(model) else None
        if field is None:
            return []
        options = [field.annotation, *get_args(field.annotation)]
        model = next((option for option in options if _is_model(option)), None)
    return sorted(model.model_fields) if _is_model(model) else []


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _dotted(location: tuple[str, ...]) -> str:
    return ".".join(location)


def _shortened(value: Any, limit: int = 60) -> str:
    shown = repr(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
