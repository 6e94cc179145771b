"""Where the sentences of an abstract begin and end, and how one is made to stand alone."""

from __future__ import annotations

import re

# Datasets often cut abstracts at 1,000 characters, some feeds a little before.
_CUT_FROM = 900

_ABBREVIATION_WORDS = """
    e.g i.e al etc cf vs viz resp approx fig figs eq eqs sec secs tab no nos vol pp ch thm lem prop def ref refs
    dr mr mrs ms prof st dept univ inc ltd corp jr sr ca i.i.d w.r.t a.k.a u.s u.k e.u ph.d m.sc b.sc
    jan feb mar apr jun jul aug sep sept oct nov dec
"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())
# A sentence may well end with one of these; the word that follows decides.
_ENDING_ABBREVIATIONS = frozenset(("al", "etc", "u.s", "u.k", "e.u", "no", "sec", "jr", "inc"))
_STARTER_WORDS = """
    We The This These In Our To It However For As A An By On Here Yet But Moreover Furthermore Finally Such
    While Although Despite Recent Existing Using With From Based Experiments Results Specifically Additionally
"""
_STARTERS = frozenset(_STARTER_WORDS.split())
_END = re.compile(r"""[.!?。！？]+["'”’)\]]*(?=\s|$)|[。！？][”’」』）]*""")
_CLOSED = re.compile(r"""[.!?。！？]["'”’)\]」』）]*$""")
_MATH_SPAN = re.compile(r"\$[^$]*\$")
_STOP_INSIDE = re.compile(r"[^.\\]\.\s*\$+\Z")
_OPENING = re.compile(r"""["'“‘(\[]*""")
_CONNECTIVE = re.compile(
    r"\A(?:however|moreover|furthermore|additionally|in addition|also|then|thus|hence|therefore|but|yet|and|instead|"
    r"specifically|more specifically|in particular|for example|for instance|consequently|as a result|finally|here|"
    r"to this end|in this context|accordingly|indeed|nevertheless|nonetheless|meanwhile|importantly|notably|"
    r"first|firstly|second|secondly|third|lastly|overall)\b,?\s+",
    re.IGNORECASE,
)
_ADVERB = re.compile(
    r"\A(we|this \w+),? (?:then|also|further|furthermore|additionally|finally|thus|therefore|hence|next),? ",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"\Ato (?:address|tackle|overcome|solve|mitigate|bridge|fill|resolve|alleviate|remedy|deal with|meet|achieve|do so)\b"
    r"[^,]{0,140},\s+(?=(?:we|this|our|the|an?)\b)",
    re.IGNORECASE,
)
_LEANS_BACK = re.compile(
    r"(?:to (?:address|tackle|overcome|solve|mitigate|bridge|fill|do so|this end)|these|this|those|such|it|they|its|their|"
    r"our (?:experiments|results|findings)|the (?:former|latter)|both|other)\b"
    r"(?! (?:\w+ ){0,2}(?:paper|work|study|article|survey|report|letter|thesis|review)\b)",
    re.IGNORECASE,
)


def sentences(text: str) -> tuple[str, ...]:
    """Split text into sentences, each with its closing punctuation.

    Full stops of abbreviations (e.g., et al., Fig. 2), initials, decimals, addresses and formulas do not
    end one.
    """
    # No sentence ends within a formula; the length stays, so that positions do.
    masked = _MATH_SPAN.sub(_masked, text)
    found: list[str] = []
    start = 0
    for end in _END.finditer(masked):
        if not _ends_sentence(masked, start, end):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    if rest := text[start:].strip():
        found.append(rest)
    return tuple(found)


def _masked(formula: re.Match[str]) -> str:
    """A formula as capitals, which may begin a sentence; one that holds the sentence's stop ends it."""
    stop = _STOP_INSIDE.search(formula.group())
    return "X" * (len(formula.group()) - bool(stop)) + "." * bool(stop)


def _ends_sentence(text: str, start: int, end: re.Match[str]) -> bool:
    following = text[end.end() :].lstrip()
    if not following or not end.group().startswith("."):
        # "What if? asks the title": a small letter continues the sentence.
        return not (following[:1].islower() and text[end.end() : end.end() + 1].isspace())
    if end.group().startswith("..."):
        return not following[0].islower()
    word = text[start : end.start()].rpartition(" ")[2].lstrip("(\"'“‘[").casefold()
    # An initial (J. Smith, but not "vitamin C. We"), or an abbreviation before anything but a clear start.
    if (
        len(word) == 1
        and word.isalpha()
        and text[end.start() - 1].isupper()
        and not _starts_clearly(following)
    ):
        return False
    if word in _ABBREVIATIONS:
        return word in _ENDING_ABBREVIATIONS and _starts_clearly(following)
    opened = _OPENING.sub("", following, count=1)
    return not opened[:1].islower() or _starts_with_name(opened)


def _starts_clearly(following: str) -> bool:
    word = _OPENING.sub("", following, count=1).partition(" ")[0].rstrip(",.:;")
    return word in _STARTERS


def _starts_with_name(following: str) -> bool:
    """Return whether a sentence may begin with this small letter: names such as iPad, eBPF, x86, mBERT."""
    word = following.partition(" ")[0]
    return any(character.isupper() or character.isdigit() for character in word[1:])


def without_broken_end(text: str) -> tuple[str, ...]:
    found = sentences(text)
    last = found[-1] if found else ""
    cut = last.endswith(("...", "…")) or (len(text) >= _CUT_FROM and not _CLOSED.search(last))
    return found[:-1] if cut else found


def stands_alone(sentence: str) -> bool:
    """Return whether a sentence can be understood without the one before it."""
    return not _LEANS_BACK.match(sentence)


def starting_alone(sentence: str) -> str:
    """Return a sentence without the connectives at and near its head.

    >>> starting_alone("To address this gap, we therefore propose a reader.")
    'We propose a reader.'
    """
    rest, before = _PURPOSE.sub("", sentence), ""
    while rest != before:
        before, rest = rest, _ADVERB.sub(r"\1 ", _CONNECTIVE.sub("", rest))
    return sentence if rest == sentence else rest[:1].upper() + rest[1:]
