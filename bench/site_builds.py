#!/usr/bin/env python3
"""Do titles come through other people's programs?  Real sites built of digests of hostile titles.

A digest with 2,000 titles is published by Hexo (with both of its usual Markdown renderers), Jekyll, Hugo,
MkDocs and GitHub's own Markdown (cmark-gfm); wrong is a build that fails, and a title that the page does
not show as it is: without TeX as the author wrote it, else as the digest's Markdown says.  Installs into
the folder given what npm and PyPI have; `jekyll` and `hugo` must be on the path, or are skipped.  Exits 1 if anything is wrong.

    python bench/site_builds.py FOLDER
"""

from __future__ import annotations

import html
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.digest.digest_samples import content, pick  # noqa: E402
from triage.digest.escape import clean, inline  # noqa: E402
from triage.digest.render import render  # noqa: E402

PACKAGES = ["hexo@7", "hexo-renderer-marked@7", "hexo-renderer-markdown-it@7"]
TITLES = [
    "Relative bundles $T_{{\\mathbb C}_g/{\\mathbb M}_g}$ and C{#}sets",
    "Templates {{ 7*7 }} in prompts",
    "{{ site.title }} and {{ config.url }} and {{< figure >}} and {{% note %}}",
    "A lone {% in a title",
    "A lone {{ in a title",
    "A lone {# in a title",
    "Closers only: #} and %} and }}",
    "{% raw %} never ended",
    "{% include 'secret' %}{% asset_img x.png %}{% endraw %}",
    "{%- if true -%} yes {%- endif -%}",
    "{{{ three }}} {{{{ four }}}} {{% %}} {{# #}}",
    "Code `{{ 7*7 }}` and ```{% x %}```",
    "Formulas $x_{{i}}$, $\\{{a}\\}$ and $$y_{#1}$$",
    "<!--swig\ufffc0--> and <!--code\ufffc0--> and <!-- more -->",
    "C* is *not* __C__ and a_b_c, ~~gone~~ ==marked== %%hidden%% ^top",
    "<script>alert(1)</script> & <b>bold</b> &amp; &lt; &#123;&#123; 7*7 }}",
    "[Link](javascript:alert(1)) ![picture](x.png) [[wiki]] [^1] [ref]: x",
    "# Heading | cell | 1. list - item > quote",
    "{: .class #id} {:toc} {:/nomarkdown} [TOC] ::: note",
    ":smile: @everyone #tag https://example.org www.example.org a@example.org",
    "\\{\\{ 7*7 \\}\\} \\\\ \\",
    "A (c) (TM) (r) +- b >> c << d ... -- e {: .x} {::comment}",
    '--8<-- "file" !!! note ??? abc *[HTML]: x',
]
ALPHABET = ["{{", "}}", "{%", "%}", "{#", "#}", *"{}%# ab1_*`$\\[]<>|~&;=^!()-+.:'\""]
FILE = "2024-01-17-insights"
TEX = frozenset("\\$^_~`")
TYPOGRAPHY = {"[‘’]": "'", "[“”]": '"', r"…|\.{2,}": "...", "[-–—]{2,}|[–—]": "--"}
"""Quotes, dots and dashes that a site's own typography makes finer."""


def titles() -> list[str]:
    """Return those above and, of the characters that mean something somewhere, random ones."""
    rng = random.Random(7)
    made = ("x " + "".join(rng.choices(ALPHABET, k=rng.randint(3, 14))) + " y" for _ in range(1978))
    return [*TITLES, *made]


def meant(title: str) -> str:
    """Return what is to be seen of a title: TeX is drawn into letters, or left as a formula for the page."""
    if not TEX.intersection(title):
        return clean(title)
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", inline(title)))


def plain(text: str) -> str:
    """Return a shown text on one line, its quotes, dots and dashes as they are typed."""
    for fine, typed in TYPOGRAPHY.items():
        text = re.sub(fine, typed, text)
    return " ".join(text.split())


class _Links(HTMLParser):
    """Collects the texts of links to papers: a title stands in one, above and in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and "arxiv.org/pdf/" in (dict(attrs).get("href") or ""):
            self.texts.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program; return what it said if it failed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    failed = done.returncode or "FATAL" in done.stdout + done.stderr
    return (done.stdout + done.stderr)[-600:] if failed else ""


def write(folder: Path, **files: str) -> None:
    """Write files anew; two underscores part folders, one more the suffix."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def hexo(renderer: str) -> Callable[[Path, str], str]:
    """Return the build of a Hexo site with one Markdown renderer."""

    def build(folder: Path, digest: str) -> str:
        site = folder / renderer
        other = next(one for one in ("marked", "markdown-it") if one not in renderer)
        packages = ", ".join(
            f'"{name}": "{version}"'
            for name, version in (one.rsplit("@", 1) for one in PACKAGES)
            if not name.endswith(other)
        )
        write(
            site,
            package_DOT_json=f'{{"private": true, "hexo": {{"version": "7"}}, "dependencies": {{{packages}}}}}',
            _config_DOT_yml="title: T\ntheme: plain\npermalink: :title/\nsyntax_highlighter:\n",
            themes__plain__layout__post_DOT_njk="{{ page.content | safe }}",
        )
        write(site / "source" / "_posts", **{f"{FILE}_DOT_md": digest})
        if not (site / "node_modules").exists() and (
            problem := run("npm", "install", "--no-audit", "--no-fund", cwd=site)
        ):
            return problem
        return run(site / "node_modules/.bin/hexo", "generate", "--force", cwd=site)

    return build


def jekyll(folder: Path, digest: str) -> str:
    """Build a Jekyll site."""
    write(folder / "jekyll", _config_DOT_yml="title: T\n")
    write(folder / "jekyll" / "_posts", **{f"{FILE}_DOT_md": digest})
    return run("jekyll", "build", "--quiet", cwd=folder / "jekyll")


def hugo(folder: Path, digest: str) -> str:
    """Build a Hugo site."""
    write(
        folder / "hugo",
        config_DOT_toml='baseURL = "https://example.org"\ntitle = "T"\n',
        layouts___default__single_DOT_html="{{ .Content }}",
    )
    write(folder / "hugo" / "content" / "posts", **{f"{FILE}_DOT_md": digest})
    return run("hugo", "--quiet", cwd=folder / "hugo")


def mkdocs(folder: Path, digest: str) -> str:
    """Build a MkDocs site."""
    write(folder / "mkdocs", mkdocs_DOT_yml="site_name: T\nplugins: []\nmarkdown_extensions: [md_in_html]\n")
    write(folder / "mkdocs" / "docs", index_DOT_md="# T\n", **{f"{FILE}_DOT_md": digest})
    return run(folder / "venv/bin/mkdocs", "build", "--quiet", cwd=folder / "mkdocs")


def github(folder: Path, digest: str) -> str:
    """Convert as GitHub does."""
    write(folder / "github", digest_DOT_md=digest)
    code = (
        "import cmarkgfm, pathlib, sys; p = pathlib.Path('digest.md');"
        "text = p.read_text('utf-8').split('---', 2)[2];"
        f"o = pathlib.Path('out/{FILE}.html'); o.parent.mkdir(exist_ok=True);"
        "o.write_text(cmarkgfm.github_flavored_markdown_to_html(text), 'utf-8')"
    )
    return run(folder / "venv/bin/python", "-c", code, cwd=folder / "github")


BUILDS: dict[str, tuple[Callable[[Path, str], str], str]] = {
    "Hexo, marked": (hexo("hexo-marked"), f"hexo-marked/public/{FILE}/index.html"),
    "Hexo, markdown-it": (hexo("hexo-markdown-it"), f"hexo-markdown-it/public/{FILE}/index.html"),
    "Jekyll, kramdown": (jekyll, "jekyll/_site/**/*insights.html"),
    "Hugo, goldmark": (hugo, f"hugo/public/posts/{FILE}/index.html"),
    "MkDocs": (mkdocs, f"mkdocs/site/{FILE}/index.html"),
    "GitHub, cmark-gfm": (github, f"github/out/{FILE}.html"),
}


def main(folder: Path) -> int:
    """Build all sites; print what is wrong, and a line each."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "venv").exists():
        run(sys.executable, "-m", "venv", "venv", cwd=folder)
        if problem := run(folder / "venv/bin/pip", "install", "-q", "mkdocs", "cmarkgfm", cwd=folder):
            print(problem)
    every = [pick(number, title, abstract=f"We study {title}.") for number, title in enumerate(titles(), 1)]
    half = len(every) // 2
    digest = render(
        content(
            day=date(2024, 1, 17),
            picks=tuple(every[:half]),
            near_misses=(),
            rest=tuple(every[half:]),
            written_at=datetime(2024, 1, 17, 14, tzinfo=ZoneInfo("UTC")),
        ),
        "en",
    )
    expected = [plain(meant(one.scored.paper.title)) for one in every]
    status = 0
    for name, (build, page) in BUILDS.items():
        tool = name.partition(",")[0].lower()
        if tool in ("jekyll", "hugo") and not shutil.which(tool):
            print(f"{name}: not here")
            continue
        began = time.monotonic()
        for old in folder.glob(page):
            old.unlink()
        problem = build(folder, digest)
        shown = _Links()
        for file in folder.glob(page):
            shown.feed(file.read_text(encoding="utf-8"))
        seen = [plain(text) for text in shown.texts]
        wrong = [(title, text) for title, text in zip(expected, seen, strict=False) if title != text]
        print(
            f"{name}: {'failed: ' + problem if problem else 'built'} in {time.monotonic() - began:.1f} s; "
            f"{len(seen)} of {len(expected)} titles, {len(wrong)} not as they are"
        )
        for title, text in wrong[:12]:
            print(f"  {title}\n  {text}")
        status |= bool(problem or wrong or len(seen) != len(expected))
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
