"""Finding and reading ``config.yaml``; errors name file, line, key, what is allowed, the nearest key."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from triage.config.schema import ENV_PREFIX, Config, FileConfig, section_of
from triage.errors import ConfigError

FILE_NAME = "config.yaml"
Lines = Mapping[tuple[str, ...], int]
"""Key path -> 1-based line in the file."""

PLAIN_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "date_from_datetime_inexact": "must be a date such as 2027-01-01",
    "date_from_datetime_parsing": "must be a date such as 2027-01-01",
    "date_parsing": "must be a date such as 2027-01-01",
    "date_type": "must be a date such as 2027-01-01",
    "dict_type": "must be keys with values, such as {{RAG: 0.05}}",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list, such as [one, two]",
    "literal_error": "must be {expected}",
    "model_attributes_type": "must be a section, with indented keys under it",
    "model_type": "must be a section, with indented keys under it",
    "string_pattern_mismatch": "must be digits",
    "string_type": "must be text (put it in quotes)",
    "too_short": "needs at least {min_length} entry",
    "tuple_type": "must be a list, such as [one, two]",
    "value_error": "{error}",
}
"""What pydantic's errors mean to a reader, by its name of the error."""

TEMPLATE = Path(__file__).with_name("template.yaml")
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


class _Loader(yaml.SafeLoader):
    """YAML without its own idea of dates: they stay text, checked where a date is asked for."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the base class's own name)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def parse_config(text: str, path: Path, *, environment: bool = True) -> Config:
    """Check the text of a configuration file; ``path`` is for messages and for relative paths.

    Without ``environment``, variables are left out.

    Raises
    ------
    ConfigError
        If it is not YAML, or has a wrong key or value; all that is wrong is named.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"{where}: this is not YAML: {problem}.") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected keys such as 'categories:', found {type(values).__name__}.")
    lines = _lines(node, path)
    if unnamed := [key for key in values if not isinstance(key, str)]:
        raise ConfigError(f"{path}: the key {unnamed[0]!r} is not a word.")
    if environment:
        _check_variables()
    kind = Config if environment else FileConfig
    try:
        config = kind(**_without_empty(values, Config))
    except ValidationError as error:
        problems = _by_place(error.errors(), lines)
        in_order = sorted(problems.items(), key=lambda problem: lines.get(problem[0], 0))
        said = [_explain(place, found, path, lines) for place, found in in_order]
        raise ConfigError("\n".join(said)) from error
    except SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        prefix = ENV_PREFIX + (field.group(1).upper() if field else "")
        names = sorted(name for upper, name in _variables().items() if upper.startswith(prefix))
        raise ConfigError(
            f"environment variable {' or '.join(names)}: lists and sections are written as JSON there, "
            'such as ["one", "two"] or {"budget": 5}.'
        ) from error
    return config.placed_in(path.resolve().parent)


def _without_empty(values: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Leave out keys with nothing after them: what is commented out under a key has its default."""
    given = {}
    for key, value in values.items():
        field = model.model_fields.get(key)
        if value is None and field is not None:
            continue
        inner = section_of(field)
        given[key] = _without_empty(value, inner) if isinstance(value, dict) and inner else value
    return given


def _variables() -> dict[str, str]:
    """Return the environment's names that are triage's, by their upper-case form (case is free)."""
    return {name.upper(): name for name in os.environ if name.upper().startswith(ENV_PREFIX)}


def _check_variables() -> None:
    """Refuse variables that set nothing, which pydantic would pass over in silence."""
    for upper, name in _variables().items():
        if upper.removeprefix(ENV_PREFIX).partition("__")[0].lower() not in Config.model_fields:
            known = [_variable(place) for place in _places(Config)]
            nearest = difflib.get_close_matches(upper, known, n=1, cutoff=0.6)
            hint = f" Did you mean {nearest[0]}?" if nearest else ""
            raise ConfigError(f"environment variable {name}: there is no such key.{hint}")


def _places(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (*above, name)
        if inner := section_of(field):
            yield from _places(inner, (*above, name))


def _variable(place: tuple[str, ...]) -> str:
    return ENV_PREFIX + "__".join(place).upper()


def _by_place(problems: Iterable[Any], lines: Lines) -> dict[tuple[str, ...], list[Mapping[str, Any]]]:
    """Group errors by the key they are about: of a key with several types each type complains."""
    grouped: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for problem in problems:
        whole = tuple(str(part) for part in problem["loc"])
        prefixes = [whole[:length] for length in range(len(whole), 0, -1)]
        variable = _variable_of(whole)
        place = next((one for one in prefixes if one in lines or _variable(one) == variable), whole)
        grouped.setdefault(place, []).append(problem)
    # A list whose only entry is wrong also counts as too short, which says nothing new.
    return {
        place: found
        for place, found in grouped.items()
        if not any(other[:-1] == place for other in grouped if other)
    }


def _variable_of(place: tuple[str, ...]) -> str:
    """Return the environment variable that set a key, or an empty string."""
    present = _variables()
    for length in range(len(place), 0, -1):
        name = _variable(place[:length])
        if name not in present:
            continue
        try:
            section = json.loads(os.environ[present[name]])
        except ValueError:
            section = None
        if length == len(place) or not isinstance(section, dict) or place[length] in section:
            return name
    return ""


def _explain(place: tuple[str, ...], problems: list[Mapping[str, Any]], path: Path, lines: Lines) -> str:
    kind, context = problems[0]["type"], problems[0].get("ctx", {})
    variable = _variable_of(place)
    line = lines.get(place)
    where = f"environment variable {variable}" if variable else f"{path}:{line}" if line else str(path)
    if kind == "extra_forbidden":
        valid = _keys_at(place[:-1])
        nearest = difflib.get_close_matches(place[-1], valid, n=1, cutoff=0.5)
        hint = f" Did you mean {_dotted((*place[:-1], nearest[0]))}?" if nearest else ""
        return f"{where}: there is no key {_dotted(place)}.{hint} Allowed here: {', '.join(valid)}."
    if kind == "missing":
        return f"{path}: the key {_dotted(place)} is needed, for instance {_dotted(place)}: [cs.CL]."
    if not place:
        return f"{where}: {context.get('error', problems[0]['msg'])}."
    words = [
        PLAIN_WORDS[problem["type"]].format_map(problem.get("ctx", {}))
        if problem["type"] in PLAIN_WORDS
        else problem["msg"]
        for problem in problems
    ]
    said = f"{where}: {_dotted(place)}: {', or '.join(dict.fromkeys(words))}"
    # What stands under deliver may be a password in the wrong place.
    return f"{said}." if place[:1] == ("deliver",) else f"{said} (found {_shortened(problems[0]['input'])})."


def _lines(node: yaml.Node | None, file: Path) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}

    def walk(inner: yaml.Node | None, place: tuple[str, ...]) -> None:
        if isinstance(inner, yaml.MappingNode):
            for key, value in inner.value:
                here = (*place, str(key.value))
                line = key.start_mark.line + 1
                if here in found:
                    raise ConfigError(
                        f"{file}:{line}: {_dotted(here)} stands there twice, first in line {found[here]}.",
                        remedy="Put both together, or delete one.",
                    )
                found[here] = line
                walk(value, here)
        elif isinstance(inner, yaml.SequenceNode):
            for number, value in enumerate(inner.value):
                here = (*place, str(number))
                found[here] = value.start_mark.line + 1
                walk(value, here)

    walk(node, ())
    return found


def _keys_at(location: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] | None = Config
    for part in location:
        model = section_of(model.model_fields.get(part)) if model else None
    return sorted(model.model_fields) if model else []


def _dotted(location: tuple[str, ...]) -> str:
    return ".".join(location)


def _shortened(value: Any, limit: int = 60) -> str:
    shown = repr(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
