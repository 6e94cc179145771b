"""Finds and reads ``config.yaml``, with the environment over it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from triage.config.problems import ENV_PREFIX, Origins, explained
from triage.config.schema import Config
from triage.errors import ConfigError

FILE_NAME = "config.yaml"
LARGEST, DEEPEST = 1_000_000, 20
"""Bytes of a configuration that is read, and parts in each other."""
TEMPLATE = Path(__file__).with_name("template.yaml")
"""The commented file that ``triage init`` writes."""


def find_config(named: Path | None) -> Path:
    """Return the configuration file: the one named, ``config.yaml`` here, or the user's own.

    Raises ConfigError if there is none.
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
        remedy="Write one with: triage init. Then name your notes in it.",
    )


def load_config(named: Path | None = None) -> Config:
    """Read, check and return the configuration.

    Raises ConfigError if the file is missing, is not YAML, or has wrong keys or values; all of them are
    named.
    """
    path = find_config(named)
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError(f"{path} is larger than {LARGEST // 1_000_000} MB: it is no configuration.")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} can't be read: {error}.", remedy="Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error}.", remedy="Check its permissions.") from error
    return parse_config(text, path)


def parse_config(text: str, path: Path, *, environment: bool = True) -> Config:
    """Check the text of a configuration file; relative paths in it start in the folder of ``path``.

    With ``environment``, environment variables win over the file.

    Raises ConfigError if it is not YAML, or has wrong keys or values; all of them are named.
    """
    values, lines = _read_yaml(text, path)
    given = _environment() if environment else {}
    try:
        return Config(**_merged(values, given)).placed_in(path.resolve().parent)
    except ValidationError as error:
        raise ConfigError(explained(error, Origins(path, lines, given))) from error


class _Loader(yaml.SafeLoader):
    """YAML without its own idea of dates: they stay text, and are checked where a date is expected.

    Nor has it aliases, of which ten lines can stand for millions, or parts without end in each other.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a value, unless it is an alias or too deep."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or self.depth > DEEPEST:
            what = "an alias can't be used here" if self.depth <= DEEPEST else "too many parts in each other"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    yaml_implicit_resolvers = {  # noqa: RUF012 (the base class's own name)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _read_yaml(text: str, path: Path) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    """Return the keys and values, and the line of each key and list entry, from 1."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigError(
            f"{where}: this is not YAML: {getattr(error, 'problem', None) or error}.",
            remedy="Compare it with a new one: triage init DIR",
        ) from error
    if values is None:
        return {}, {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected keys such as 'categories:', found {type(values).__name__}.")
    if wrong := [key for key in values if not isinstance(key, str)]:
        raise ConfigError(f"{path}: the key {wrong[0]!r} is not a word.")
    lines: dict[tuple[str, ...], int] = {}
    _add_lines(node, (), lines, path)
    return values, lines


def _add_lines(
    node: yaml.Node | None, above: tuple[str, ...], lines: dict[tuple[str, ...], int], file: Path
) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*above, str(key.value))
            line = key.start_mark.line + 1
            if here in lines:
                raise ConfigError(
                    f"{file}:{line}: the key {'.'.join(here)} is there twice, first in line {lines[here]}.",
                    remedy="Merge the two, or delete one.",
                )
            lines[here] = line
            _add_lines(value, here, lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*above, str(number)] = value.start_mark.line + 1
            _add_lines(value, (*above, str(number)), lines, file)


def _environment() -> dict[str, Any]:
    """Return what the environment sets, by section and key; lists and sections are in YAML or JSON."""
    values: dict[str, Any] = {}
    for name, text in sorted(os.environ.items()):
        if not text or not name.upper().startswith(ENV_PREFIX):
            continue
        value: Any = text
        if text.startswith(("[", "{")):
            with suppress(yaml.YAMLError):
                value = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
        for part in reversed(name[len(ENV_PREFIX) :].lower().split("__")):
            value = {part: value}
        values = _merged(values, value)
    return values


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
