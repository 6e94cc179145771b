"""Hostile text in Markdown and YAML, checked by parsing it back."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.text.expected import bare, in_markdown
from triage.digest.escape import clean, front_matter, inline, link, paragraph
from triage.text.unicode import letters

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})

# Mostly what Markdown, Obsidian, Nunjucks or YAML would act on, so that it meets often.
HOSTILE = st.text(st.sampled_from(list("ab1 _*`$\\{}[]<>|~&;#%=^!()-+.:'\"x\n\t,é中\u202e\x00")), max_size=40)
ANY_TEXT = HOSTILE | st.text(max_size=60)


def shown(text: str) -> str:
    """What a reader sees of text that may hold nothing but text."""
    tokens = MARKDOWN.parseInline(text)[0].children or []
    assert {token.type for token in tokens} <= {"text", "text_special"}, tokens
    return "".join(token.content for token in tokens)


@given(ANY_TEXT)
def test_any_title_is_one_link_with_exactly_that_text(title: str) -> None:
    heading, content, _ = MARKDOWN.parse(f"## x{link(title, 'https://arxiv.org/pdf/2401.00001.pdf')}")
    assert heading.tag == "h2"
    children = content.children or []
    links = [token for token in children if token.type == "link_open"]
    assert [token.attrGet("href") for token in links] == ["https://arxiv.org/pdf/2401.00001.pdf"]
    assert {token.type for token in children} <= {"text", "text_special", "link_open", "link_close"}
    assert bare("".join(token.content for token in children)) == f"x{in_markdown(title)}"


@given(ANY_TEXT)
def test_any_text_is_one_paragraph_with_exactly_that_text(text: str) -> None:
    tokens = MARKDOWN.parse(paragraph(text))
    if not clean(letters(clean(text))):
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert bare(shown(paragraph(text))) == in_markdown(text)


@given(ANY_TEXT)
def test_template_engines_find_nothing_to_run(text: str) -> None:
    for opening in ("{{", "{%", "{#", "<", "%%", "[["):
        assert opening not in inline(text)


@given(ANY_TEXT)
def test_each_backslash_is_one_that_every_markdown_knows(text: str) -> None:
    # Python-Markdown, kramdown, marked and CommonMark have these in common.
    escaped = re.findall(r"\\([!-/:-@\[-`{-~])", paragraph(text))
    assert set(escaped) <= set(r"\*[]|`_{}#+->.()")


@given(ANY_TEXT)
def test_clean_text_is_one_line_and_can_be_saved(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.splitlines() in ([], [cleaned])
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "An $O(n^2)$ bound",
        r"$\mathcal{L}^2$ norms",
        "$x$ and $y$ and $z$",
        r"Learning with $\alpha$-divergences",
        "(at $k=3$)",
    ],
)
def test_math_that_markdown_leaves_alone_is_kept(text: str) -> None:
    assert inline(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("From $5 to $10", r"From &#36;5 to &#36;10"),
        ("Cheaper: $5/query, not $9", "Cheaper: &#36;5/query, not &#36;9"),
        ("$HOME and $PATH", "&#36;HOME and &#36;PATH"),
    ],
)
def test_money_is_no_formula(text: str, escaped: str) -> None:
    assert inline(text) == escaped
    assert shown(escaped) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("CeRh$_{2}$As$_{2}$", "CeRh$_ {2}$As$_ {2}$"),
        ("$a*b*c$", r"$a\ast b\ast c$"),
        (r"$\{a|b\}$", r"$\lbrace a\vert b\rbrace$"),
        ("$a<b$ or $[0,1]$", r"$a\lt b$ or $\lbrack 0,1\rbrack$"),
        ("$$x$$", "$x$"),
        (r"$x_{i}\,\mathrm{GeV}$", r"$x_ {i}\thinspace \mathrm{GeV}$"),
        (r"$\sim$50, $\sim 5\%$ off", r"$\sim 50$, $\sim 5$% off"),
        (r"$a$$b$ and $ x $ and \(y\)", "$a b$ and $x$ and $y$"),
        (r"$\sqrt[3]{x}$", r"$\sqrt[3]{x}$"),
        (r"\'Etale by Schr\"{o}dinger, 95\% of \$5", "Étale by Schrödinger, 95% of &#36;5"),
        (r"$\begin{pmatrix} a&b\\c&d \end{pmatrix}$", r"$\begin{pmatrix} a& b\cr c& d \end{pmatrix}$"),
    ],
)
def test_formulas_are_written_so_that_markdown_leaves_them_alone(text: str, written: str) -> None:
    assert inline(text) == written


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("snake_case and _this_", r"snake_case and \_this\_"),
        ("{{ config }} {% raw %}", r"{\{ config }} {&#37; raw %}"),
        ("<b>bold</b>", "&lt;b>bold&lt;/b>"),
        ("a | b [c](d)", r"a \| b \[c\]\(d)"),
        ("R&D &amp; more", "R&D &amp;amp; more"),
        ("A #tag and C#", r"A \#tag and C#"),
        ("==mark== %%hidden%%", r"=&#61;mark=&#61; %&#37;hidden%&#37;"),
        ("A (c) (TM) of (x) +- 1 >> 2 {: .a}", r"A \(c) \(TM) of (x) +\- 1 >\> 2 \{: .a}"),
        (r"\foo \\ \*", r"\foo \\\ \\\*"),
    ],
)
def test_markup_is_shown_as_it_is(text: str, escaped: str) -> None:
    assert inline(text) == escaped
    assert shown(escaped) == text


@pytest.mark.parametrize(
    "text", ["# one", "- one", "+ one", "> one", "12. one", "3) one", "=== one", "--- one"]
)
def test_a_paragraph_begins_no_block(text: str) -> None:
    assert MARKDOWN.parse(paragraph(text))[0].type == "paragraph_open"


def test_control_and_direction_characters_vanish() -> None:
    assert clean("a\u202eb\u200b\x07 c\r\n\td\u2028e\ud800") == "ab c d e\N{REPLACEMENT CHARACTER}"


def test_joiners_stay() -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"
    assert clean(family) == family


@given(ANY_TEXT | st.integers() | st.booleans() | st.none() | st.lists(ANY_TEXT))
def test_yaml_values_come_back(value: object) -> None:
    expected = clean(value) if isinstance(value, str) else value
    if isinstance(value, list):
        expected = [clean(item) for item in value]
    assert yaml.safe_load(front_matter({"key": value, "next": 1})) == {"key": expected, "next": 1}


@pytest.mark.parametrize(
    "text", ["1234e567", "00123456", "0b101010", "0o17", "1_000", "12:30", "2024-01-17", "yes", "~"]
)
def test_text_that_some_yaml_takes_for_something_else_is_quoted(text: str) -> None:
    assert front_matter({"key": text}) == f"key: '{text}'"


def test_yaml_dates_are_dates() -> None:
    written = datetime(2024, 1, 17, 14, 3, 13)  # noqa: DTZ001
    assert front_matter({"date": written}) == "date: 2024-01-17 14:03:13"
