r"""Hostile text made harmless in Markdown and YAML.

A title or abstract is anybody's text.  It must come out of GitHub, Obsidian, Hexo, Jekyll (whose
Liquid reads ``{{`` and ``{%`` before Markdown does), Hugo and MkDocs as the text it is: no link, tag,
table or heading of its own.  A backslash stands only before what every Markdown escapes so; the rest
are entities.  Hexo runs Nunjucks over the HTML, where no escape is left: see :data:`NUNJUCKS`.
Formulas reach the renderer as formulas (:mod:`triage.text`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import yaml

from triage.text.formulas import PERCENT, for_markdown, show, split, with_digits
from triage.text.unicode import letters, plain

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_HARMLESS = frozenset(" ,.;?'()-/")
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
    r"""Return a text as Markdown that shows exactly it, for use inside of a line; LaTeX as what it means.

    >>> inline(r"A* beats [BERT] at $O(n_2)$ for 95\%")
    'A\\* beats \\[BERT\\] at $O(n_ 2)$ for 95%'
    """
    written: list[str] = []
    for part, is_formula in with_digits(split(clean(letters(clean(text))))):
        if not is_formula:
            written.append(escaped(part.replace(r"\$", "$")))
        elif (formula := for_markdown(part)) is not None:
            written.append(f"${formula}$")
        elif len(around := [for_markdown(one) for one in PERCENT.split(part)]) > 1 and None not in around:
            # The sign would begin a comment.
            written.append("%".join(f"${one}$" if one else "" for one in around))
        else:
            written.append(escaped(show(part) or part))
    return "".join(written)


def verbatim(text: str) -> str:
    r"""Return a text as Markdown without formulas: for emphasis, and for descriptions of pictures.

    >>> verbatim("a $x_1$*")
    'a x₁\\*'
    """
    return escaped(clean(plain(clean(text))))


def paragraph(text: str) -> str:
    """Return plain text as one Markdown paragraph: `inline`, and no heading, list or quote at its start."""
    line = inline(text)
    if match := _BLOCK_START.match(line):
        # "1." is a list; its number can't be escaped, its dot can.
        at = match.end() if match.group().isdigit() else match.start()
        return f"{line[:at]}{_literal(line[at])}{line[at + 1 :]}"
    return line


def link(text: str, url: str) -> str:
    """Return a Markdown link that shows exactly ``clean(text)``.

    The address is our own (made from an arXiv id or a file name), so it needs no escape but for the
    characters that end it.
    """
    return f"[{inline(text)}]({_target(url)})"


def linked_picture(text: str, image: str, url: str) -> str:
    r"""Return a Markdown picture that is a link; ``clean(text)`` is its description.

    >>> linked_picture("A [B] at $n$", "https://x.org/1.png", "https://x.org/")
    '[![A \\[B\\] at n](https://x.org/1.png)](https://x.org/)'
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


def escaped(text: str) -> str:
    """Return clean text as Markdown that shows exactly its characters."""
    return "".join(_escape_at(text, at) for at in range(len(text)))


def as_entities(text: str) -> str:
    """Return clean text as HTML in which no program finds Markdown, templates or tags.

    >>> as_entities("a*b* <c> {{d}}")
    'a&#42;b&#42; &#60;c&#62; &#123;&#123;d&#125;&#125;'
    """
    return "".join(f"&#{ord(one)};" if one in _PUNCTUATION - _HARMLESS else one for one in text)


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
