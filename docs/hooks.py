"""MkDocs hook: adds the README and the reference, which is made from the program's help and config.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
FROM_THE_ROOT = {"README.md": "index.md", "README.zh.md": "README.zh.md"} | {
    name: name for name in ("CONTRIBUTING.md", "CHANGELOG.md")
}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that have no file under docs/."""
    pages = {
        page: in_site((ROOT / source).read_text(encoding="utf-8")) for source, page in FROM_THE_ROOT.items()
    }
    pages |= {"commands.md": commands_page(), "settings.md": settings_page()}
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn links to files above docs/ into links to their pages."""
    return re.sub(r"\]\((?:\.\./)+(CONTRIBUTING|CHANGELOG|README)", r"](\1", markdown)


def in_site(text: str) -> str:
    """Links of a page at the root, as seen from docs/; files that are no pages lose their link."""
    text = (
        text.replace("](docs/", "](")
        .replace("](config.yaml)", "](settings.md)")
        .replace("](README.md)", "](index.md)")
    )
    return re.sub(r"\[([^\]]+)\]\((?:contrib|bench|tests|triage|LICENSE|Makefile)[^)]*\)", r"\1", text)


def settings_page() -> str:
    """Return config.yaml, whose comments say what each key means."""
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    return (
        "# Settings\n\nEvery key of `config.yaml`, with its default. A key that you leave out has the default. "
        "`triage init --full` writes this file.\n\n"
        f"```yaml\n{text}```\n"
    )


def commands_page() -> str:
    """Return the help of every command."""
    from triage.cli.app import app

    pages = "\n".join(_commands(typer.main.get_command(app), "triage"))
    return f"# Commands\n\nThis is what `triage COMMAND --help` says.\n\n{pages}"


def _commands(command: Any, path: str) -> Iterator[str]:
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{path} {name}")
    if not getattr(command, "commands", {}):
        context = command.make_context(path, [], resilient_parsing=True)
        records = (option.get_help_record(context) for option in command.params)
        rows = [f"| `{names}` | {_cell(text)} |" for names, text in filter(None, records)]
        usage = " ".join(command.get_usage(context).split()).removeprefix("Usage: ")
        yield f"## {path}\n\n```\n{usage}\n```\n\n{command.help}\n"
        yield "\n".join(["| option | what it does |", "|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
