#!/usr/bin/env python3
"""Make docs/digest.png: the demonstration's digest as GitHub would show it.

Needs Chromium (Debian: apt install chromium) and the development environment.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from triage.text.formulas import show

STYLE = """
body { font: 16px/1.5 -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", Helvetica, Arial, sans-serif;
       color: #1f2328; max-width: 860px; margin: 32px auto; padding: 0 32px; }
h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: .3em; margin: 24px 0 16px; font-size: 1.4em; line-height: 1.25; }
a { color: #0969da; text-decoration: none; } blockquote { color: #59636e; border-left: .25em solid #d1d9e0;
padding: 0 1em; margin: 0 0 16px; } ul { padding-left: 2em; } .task-list-item { list-style: none; }
.task-list-item input { margin: 0 .35em .25em -1.4em; vertical-align: middle; }
table { border-collapse: collapse; } td, th { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) td { background: #f6f8fa; } summary { cursor: pointer; }
"""


def page(markdown: str) -> str:
    """Return a digest as an HTML page, its front matter as GitHub's table."""
    front, body = re.fullmatch(r"---\n(.*?)\n---\n(.*)", markdown, flags=re.S).groups()  # type: ignore[union-attr]
    rows = [line.split(": ", 1) for line in re.sub(r":\n  - ", ": ", front).splitlines()]
    head = "".join(f"<th>{row[0]}</th>" for row in rows)
    cells = "".join(f"<td>{row[-1]}</td>" for row in rows)
    renderer = (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(tasklists_plugin)
    )
    renderer.use(dollarmath_plugin, renderer=lambda formula, _options: f"<i>{show(formula, 'html')}</i>")
    table = f'<table style="font-size:12px"><tr>{head}</tr><tr>{cells}</tr></table>'
    html = renderer.render(body).replace("<details>", "<details open>")
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{table}{html}"


def main() -> None:
    digest, picture = Path(sys.argv[1]), Path(sys.argv[2])
    height = sys.argv[3] if len(sys.argv) > 3 else "1500"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "digest.html"
        file.write_text(page(digest.read_text(encoding="utf-8")), encoding="utf-8")
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
                f"--window-size=960,{height}",
                f"--screenshot={picture.resolve()}",
                file.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    main()
