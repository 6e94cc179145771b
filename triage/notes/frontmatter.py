"""The front matter of a note: YAML between ``---``, TOML between ``+++``."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

_FENCED = re.compile(r"\A\s*(---|\+\+\+)[ \t]*\n(.*?\n)??(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_KEY = re.compile(r"^([\w][\w .-]*?)\s*[:=](?:\s+|$)(.*)$")


class _Loader(yaml.SafeLoader):
    """A safe loader that reads dates and numbers as they are written: ``2305.10`` is no float."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node; aliases are refused, since a few nested ones stand for gigabytes."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0].endswith((":null", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(text: str) -> Any:
    """Load YAML with every scalar as text: an id such as ``2305.10000`` must not become a number.

    Raises yaml.YAMLError if the text is no YAML.
    """
    # The loader derives from SafeLoader: it makes plain lists, dicts and text only.
    return yaml.load(text, Loader=_Loader)  # noqa: S506


def split(text: str) -> tuple[dict[str, Any], dict[str, int], str]:
    """Split the front matter off a note: its values by lower-case keys, their lines, and the body.

    Broken YAML is read line by line.  In the body the front matter is blanked, so that line numbers stay.
    """
    match = _FENCED.match(text)
    inner = (match[2] if match else "") or ""
    if not match or not any(map(_KEY.match, inner.split("\n"))):
        return {}, {}, text
    try:
        loaded = tomllib.loads(inner) if match[1] == "+++" else load_yaml(inner)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        loaded = None
    if not isinstance(loaded, dict):
        # However broken the rest is, lines of a key and a value are read.
        loaded = {key[1]: key[2].strip().strip("'\"") for key in map(_KEY.match, inner.split("\n")) if key}
    lines: dict[str, int] = {}
    for number, line in enumerate(inner.split("\n"), start=text.count("\n", 0, match.start(2)) + 1):
        if key := _KEY.match(line.strip()):
            lines.setdefault(key[1].strip().lower(), number)
    meta = {str(key).strip().lower(): value for key, value in loaded.items()}
    return meta, lines, "\n" * text.count("\n", 0, match.end()) + text[match.end() :]


def as_text(value: Any) -> str:
    """A value as one text: lists joined by commas, nothing for nothing."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(as_text, value)))
    return "" if value is None else " ".join(str(value).split())


def as_list(value: Any) -> tuple[str, ...]:
    """A value as texts: a list's items, or the parts of a comma-separated text."""
    parts = value if isinstance(value, (list, tuple)) else re.split(r"[,;，；]", as_text(value))
    return tuple(filter(None, map(as_text, parts)))
