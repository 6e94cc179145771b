"""MkDocs hook: adds the README and the reference, which is made from the program's help and config.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from reference import Command, commands, program

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
    sections = "\n\n".join(_section(one) for one in commands(program()))
    return f"# Commands\n\nThis is what `triage COMMAND --help` says.\n\n{sections}\n"


def _section(one: Command) -> str:
    rows = [f"| `{names}` | {_cell(text)} |" for names, text in one.options]
    table = "\n".join(["| option | what it does |", "|---|---|", *rows])
    return f"## {one.path}\n\n```\n{one.usage}\n```\n\n{one.help}\n\n{table}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
