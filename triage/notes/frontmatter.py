"""The front matter of a note: YAML between ``---``, TOML between ``+++``."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

_YAML = re.compile(r"\A\s*---[ \t]*\n(.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_TOML = re.compile(r"\A\s*\+\+\+[ \t]*\n(.*?\n)??\+\+\+[ \t]*(?:\n|\Z)", re.S)
_KEY = re.compile(r"^([\w][\w .-]*?)\s*[:=](?:\s+|$)(.*)$")
_ITEM = re.compile(r"^\s*-\s+(.*)$")


class _Loader(yaml.SafeLoader):
    """A safe loader that reads dates and numbers as they are written: ``2305.10`` is no float."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node; aliases are refused, since a few nested ones stand for gigabytes."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(text: str) -> Any:
    """Load YAML with every scalar as text (an id such as ``2305.10000`` must not become a number).

    Raises
    ------
    yaml.YAMLError
        If the text is no YAML.
    """
    # The loader derives from SafeLoader: it makes plain lists, dicts and text only.
    return yaml.load(text, Loader=_Loader)  # noqa: S506


def split(text: str) -> tuple[dict[str, Any], dict[str, int], str]:
    """Split the front matter off.

    Parameters
    ----------
    text : str
        The whole note.

    Returns
    -------
    meta : dict
        Lower-case keys; values as text, lists or dicts.  Broken YAML is read line by line.
    lines : dict
        The 1-based line of each key.
    body : str
        The text with the front matter blanked, so that line numbers stay.
    """
    match = _YAML.match(text) or _TOML.match(text)
    if not match or not match[1]:
        return {}, {}, text
    inner = match[1]
    if not inner.lstrip().startswith("{") and not any(_KEY.match(line) for line in inner.split("\n")):
        return {}, {}, text
    toml = text.lstrip().startswith("+++")
    try:
        loaded = tomllib.loads(inner) if toml else load_yaml(inner)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        loaded = None
    if not isinstance(loaded, dict):
        loaded = _by_line(inner)
    first = text.count("\n", 0, match.start(1)) + 1
    lines: dict[str, int] = {}
    for number, line in enumerate(inner.split("\n"), start=first):
        if key := _KEY.match(line.strip().removeprefix("- ")):
            lines.setdefault(key[1].strip().lower(), number)
    meta = {str(key).strip().lower(): value for key, value in loaded.items()}
    return meta, lines, "\n" * text.count("\n", 0, match.end()) + text[match.end() :]


def _by_line(inner: str) -> dict[str, Any]:
    """``key: value`` lines and ``- item`` lines, however broken the rest is."""
    loaded: dict[str, Any] = {}
    current = ""
    for line in inner.split("\n"):
        if key := _KEY.match(line):
            current = key[1].strip()
            loaded[current] = key[2].strip().strip("'\"")
        elif current and (item := _ITEM.match(line)):
            before = loaded[current]
            values = before if isinstance(before, list) else [before] if before else []
            loaded[current] = [*values, item[1].strip().strip("'\"")]
    return loaded


def as_text(value: Any) -> str:
    """A value as one text: lists joined by commas, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(as_text(one) for one in value.values())
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, (as_text(one) for one in value)))
    return " ".join(str(value).split())


def as_list(value: Any) -> tuple[str, ...]:
    """A value as texts: a list's items, or the parts of a comma-separated text."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(filter(None, (as_text(one) for one in value)))
    return tuple(part.strip() for part in re.split(r"[,;，；]", as_text(value)) if part.strip())
