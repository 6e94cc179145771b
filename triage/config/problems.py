"""What is wrong in a configuration, in words: file and line or variable, key, what is allowed, nearest key."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from triage.config.schema import Config, section_of

ENV_PREFIX = "TRIAGE_"
Place = tuple[str, ...]
"""A key and the sections above it, outermost first."""

PLAIN_WORDS: Mapping[str, str] = tomllib.loads(
    files(__package__).joinpath("problems.toml").read_text("utf-8")
)
"""What pydantic's errors mean."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where each key was set: in which line of the file, or in the environment."""

    file: Path
    lines: Mapping[Place, int]
    environment: Mapping[str, Any]

    def place(self, location: Place) -> Place:
        """Return the key that an error is about; pydantic's locations also name types."""
        known = (location[:length] for length in range(len(location), 0, -1))
        return next((one for one in known if one in self.lines or self._set_outside(one)), location)

    def __getitem__(self, place: Place) -> str:
        """Return where a key was set, for a message."""
        if self._set_outside(place, inside=True):
            names = {name.upper() for name in os.environ}
            variables = (_variable(place[:length]) for length in range(len(place), 0, -1))
            return f"environment variable {next(one for one in variables if one in names)}"
        line = self.lines.get(place)
        return f"{self.file}:{line}" if line else str(self.file)

    def _set_outside(self, place: Place, *, inside: bool = False) -> bool:
        """Return whether the environment sets a key, or, with ``inside``, a list or text around it."""
        value: Any = self.environment
        for part in place:
            if not isinstance(value, Mapping):
                return inside
            if part not in value:
                return False
            value = value[part]
        return bool(place)


def explained(error: ValidationError, origins: Origins) -> str:
    """Return all that is wrong, a line each, in the order of the file."""
    problems: dict[Place, list[Mapping[str, Any]]] = {}
    for problem in error.errors():
        # Of a key with several types, each type complains.
        place = origins.place(tuple(map(str, problem["loc"])))
        problems.setdefault(place, []).append(problem)
    # A list whose only entry is wrong also counts as too short, which says nothing new.
    for place in [place for place in problems if any(other and other[:-1] == place for other in problems)]:
        del problems[place]
    in_order = sorted(problems.items(), key=lambda one: origins.lines.get(one[0], 0))
    return "\n".join(_sentence(place, found, origins) for place, found in in_order)


def _sentence(place: Place, problems: list[Mapping[str, Any]], origins: Origins) -> str:
    first, where, key = problems[0], origins[place], ".".join(place)
    if first["type"] == "extra_forbidden":
        allowed = _allowed(place[:-1])
        # A key without its section may be one of any.
        known = (
            [".".join((*place[:-1], name)) for name in allowed] if place[1:] else map(".".join, _keys(Config))
        )
        nearest = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        return f"{where}: there is no key {key}.{hint} Allowed here: {', '.join(allowed)}."
    if first["type"] == "missing":
        return f"{origins.file}: the key {key} is needed, for instance {key}: [cs.CL]."
    if not place:
        return f"{where}: {first.get('ctx', {}).get('error', first['msg'])}."
    words = dict.fromkeys(map(_in_words, problems))
    # A value under deliver may be a password in the wrong place.
    found = "" if place[0] == "deliver" else f" (found {_shortened(first['input'])})"
    return f"{where}: {key}: {', or '.join(words)}{found}."


def _in_words(problem: Mapping[str, Any]) -> str:
    name = problem["type"]
    words = PLAIN_WORDS.get(name) or PLAIN_WORDS.get(name.partition("_")[0])
    return words.format_map(problem.get("ctx", {})) if words else str(problem["msg"])


def _keys(model: type[BaseModel], above: Place = ()) -> Iterator[Place]:
    for name, field in model.model_fields.items():
        yield (*above, name)
        if inner := section_of(field):
            yield from _keys(inner, (*above, name))


def _allowed(section: Place) -> list[str]:
    model: type[BaseModel] | None = Config
    for part in section:
        model = section_of(model.model_fields.get(part)) if model else None
    return sorted(model.model_fields) if model else []


def _variable(place: Place) -> str:
    return ENV_PREFIX + "__".join(place).upper()


def _shortened(value: Any, limit: int = 60) -> str:
    shown = repr(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
