r"""Hostile text made harmless in Markdown and YAML.

A title or abstract is anybody's text.  It must come out of GitHub, Obsidian, Hexo, Jekyll (whose
Liquid reads ``{{`` and ``{%`` before Markdown does), Hugo and MkDocs as the text it is: no link, tag,
table or heading of its own.  A backslash stands only before what every Markdown escapes so; the rest
are entities.  Hexo runs Nunjucks over the HTML, where no escape is left: see :data:`NUNJUCKS`.  Math between dollars is kept as it is where Markdown would
leave it alone, so that it renders; elsewhere its source is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import yaml

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_ALWAYS = frozenset("*[]|~`$")
_BACKSLASHED = frozenset("\\*[]|`_{}#+->.()")

NUNJUCKS = re.compile(r"\{\\?[{%#]|\{&#37;|#\\?\}")
"""What Hexo's template engine may find in the HTML of a digest."""

# Characters that turn the writing direction around or hide text; the joiners (U+200C, U+200D) stay,
# as Persian, Hindi and emoji need them.
_INVISIBLE = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")

# What every dialect takes for inline math: no space inside the dollars, no digit after the second.
_MATH = re.compile(r"(?<![\\$])\$(?![\s$])([^$\n]*?[^$\s\\])\$(?![\d$])")
# Inside of math, Markdown (or a template engine) would still act on these; backslash escapes would
# lose their backslash.
_UNSAFE_MATH = re.compile(r"[*`<>\[\]|~&!]|\{[{%#]|%%|\\[^A-Za-z]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_SIGN = re.compile(r"\((?:c|r|p|tm)\)", re.IGNORECASE)
_BLOCK_START = re.compile(r"(?:[#>+=:-])|\d+(?=[.)])")

_NUMBER_LIKE = re.compile(r"[-+.]?\d[\d_.,:eExXoObB+-]*[a-fA-F]*", re.ASCII)


def clean(text: str) -> str:
    """Return text on one line, single-spaced, without control, direction and invisible characters."""
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    text = _INVISIBLE.sub("", text)
    # White space among the control characters (tabs, line ends) parts words; the others vanish.
    visible = (
        character for character in text if character.isspace() or unicodedata.category(character) != "Cc"
    )
    return " ".join("".join(visible).split())


def inline(text: str) -> str:
    r"""Return plain text as Markdown that shows exactly ``clean(text)``, for use inside of a line.

    >>> inline("A* beats [BERT] at $O(n^2)$")
    'A\\* beats \\[BERT\\] at $O(n^2)$'
    """
    text = clean(text)
    parts: list[str] = []
    position = 0
    emphasis_open = False
    for match in _MATH.finditer(text):
        safe, still_open = _math_is_safe(text, match, emphasis_open=emphasis_open)
        if not safe:
            continue
        emphasis_open = still_open
        parts += (_escaped(text, position, match.start()), match.group())
        position = match.end()
    parts.append(_escaped(text, position, len(text)))
    return "".join(parts)


def verbatim(text: str) -> str:
    r"""Return plain text as `inline` does, its formulas escaped as well.

    For text beside other text on a line: underscores in two formulas would be emphasis.

    >>> verbatim("a $x_1$")
    'a \\$x_1\\$'
    """
    text = clean(text)
    return _escaped(text, 0, len(text))


def paragraph(text: str) -> str:
    """Return plain text as one Markdown paragraph: `inline`, and no heading, list or quote at its start."""
    escaped = inline(text)
    if match := _BLOCK_START.match(escaped):
        # "1." is a list; its number can't be escaped, its dot can.
        at = match.end() if match.group().isdigit() else match.start()
        return f"{escaped[:at]}{_literal(escaped[at])}{escaped[at + 1 :]}"
    return escaped


def link(text: str, url: str) -> str:
    """Return a Markdown link that shows exactly ``clean(text)``.

    The address is our own (made from an arXiv id or a file name), so it needs no escape but for the
    characters that end it.
    """
    return f"[{inline(text)}]({_target(url)})"


def linked_picture(text: str, image: str, url: str) -> str:
    r"""Return a Markdown picture that is a link; ``clean(text)`` is its description.

    Formulas are escaped as well: a description is plain text wherever it is shown.

    >>> linked_picture("A [B] at $n$", "https://x.org/1.png", "https://x.org/")
    '[![A \\[B\\] at \\$n\\$](https://x.org/1.png)](https://x.org/)'
    """
    return f"[![{verbatim(text)}]({_target(image)})]({_target(url)})"


def shortened(text: str, most: int) -> str:
    """Return ``clean(text)`` in at most so many characters, cut after a word.

    >>> shortened("Figure 1: What the method does.", 20)
    'Figure 1: What the…'
    """
    text = clean(text)
    if len(text) <= most:
        return text
    words, _, rest = text[:most].rpartition(" ")
    # Chinese has no spaces; and a word that long is none.
    whole = words if len(rest) < most // 2 else text[: most - 1]
    return f"{whole.rstrip(' ,;:.，；：。')}…"


def _target(url: str) -> str:
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("<", "%3C")


def front_matter(values: Mapping[str, object]) -> str:
    """Return values as YAML that YAML 1.1 and 1.2 parsers read alike.

    >>> front_matter({"title": "2024-01-17-insights", "abbrlink": "1234e567", "mood": "a: b"})
    "title: 2024-01-17-insights\\nabbrlink: '1234e567'\\nmood: 'a: b'"
    """
    return yaml.dump(
        _cleaned(values),
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=2**31,
    ).rstrip("\n")


class _Dumper(yaml.SafeDumper):
    """Safe dumper that indents lists and quotes what some parser may take for a number."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_string(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # PyYAML speaks YAML 1.1, to which 1234e567 is a string; to Hexo's YAML 1.2 it is infinity.
    # Dates and titles that begin with one (2024-01-17-insights) are safe in both.
    style = "'" if _NUMBER_LIKE.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represent_string)


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value


def _math_is_safe(text: str, math: re.Match[str], *, emphasis_open: bool) -> tuple[bool, bool]:
    """Tell whether Markdown leaves a formula alone, and whether an underscore in it may open emphasis.

    ``emphasis_open`` is whether one before it may; a pair of such underscores would be emphasis.
    """
    if _UNSAFE_MATH.search(math.group(1)):
        return False, emphasis_open
    for at in range(math.start(), math.end()):
        if text[at] != "_":
            continue
        opens, closes = _flanking(text[at - 1], text[at + 1])
        if closes and emphasis_open:
            return False, emphasis_open
        emphasis_open = emphasis_open or opens
    return True, emphasis_open


def _flanking(before: str, after: str) -> tuple[bool, bool]:
    """Whether an underscore between two characters may open and close emphasis (CommonMark 0.31, 6.2)."""

    def wordless(character: str) -> bool:
        return unicodedata.category(character)[0] in "PS"

    left = not after.isspace() and (not wordless(after) or before.isspace() or wordless(before))
    right = not before.isspace() and (not wordless(before) or after.isspace() or wordless(after))
    return left and (not right or wordless(before)), right and (not left or wordless(after))


def _escaped(text: str, start: int, end: int) -> str:
    return "".join(_escape_at(text, at) for at in range(start, end))


def _escape_at(text: str, at: int) -> str:
    """Return one character of a line, escaped if it could mean something there."""
    character = text[at]
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    match character:
        case "<":
            # An entity, since kramdown knows no backslash before it.
            return "&lt;"
        case "&":
            return "&amp;" if _ENTITY.match(text, at) else "&"
        case "\\":
            # A lone backslash before a letter is itself; at the end it would escape what follows.
            special = after in _PUNCTUATION or at + 1 == len(text)
        case "_":
            special = not (before.isalnum() and after.isalnum())
        case "(":
            # (c) (tm) +- >> are signs to smart typography; in a link, marked knows no \\[ before "](".
            special = before == "]" or _SIGN.match(text, at) is not None
        case "-" | ">":
            special = before == ("+" if character == "-" else ">")
        case "{" | "%" | "#" | "=":
            # {{ {% {# of template engines, {: of kramdown, %% and == of Obsidian; # after a space is a
            # tag there.
            special = before == ("{" if character != "=" else "=") or (character == "%" and before == "%")
            special = special or (character == "#" and before.isspace())
            special = special or (character == "{" and after == ":")
        case "^":
            special = before.isspace()
        case _:
            special = character in _ALWAYS
    return _literal(character) if special else character


def _literal(character: str) -> str:
    return f"\\{character}" if character in _BACKSLASHED else f"&#{ord(character)};"
