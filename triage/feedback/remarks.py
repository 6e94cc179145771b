"""The reader's own words in a digest: those that the machine did not write."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from triage.digest.language import all_languages
from triage.digest.sentences import sentences
from triage.feedback.anchors import plain
from triage.feedback.outline import Outline, Paragraph
from triage.papers import title_key

_TOKEN = re.compile(r"(\d+(?:\.\d+)?)(?=\\?%)|[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_IMAGE = re.compile(
    r"!\[[^\]]{0,2000}\]\([^)]{0,2000}\)|!\[\[[^\[\]]*\]\]|</?(?:img|details|summary)\b[^<>]*>", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?<=\])\([^)\s]*\)|https?://\S+|<[a-zA-Z/][^<>]*>")
# What a digest made again says otherwise, word for word: probabilities, and the words of reasons.
_REASONS = re.compile(r"\d+(?:\.\d+)?(?=\\?%)|(?:\*\*[^*\n]{1,200}\*\*(?:, |、)?)+")
_LEADING = " \t-–—:：,，;；.。·•|()（）"

# So many words in a row that the machine wrote too are the machine's; fewer are chance.
_RUN = 4
# So many letters at a line's beginning or end are what is left of a line cut in two.
_PIECE = 8


def machine_keys(machine: Outline) -> frozenset[str]:
    """Fold the machine's lines, paragraphs and sentences, and its notes in all languages."""
    lines = [plain(line.text) for line in machine.lines]
    paragraphs = [plain(one.text) for entry in machine.entries.values() for one in entry.prose]
    notes = [
        language[note]
        for language in all_languages()
        for note in ("rest_note", "marks_note", "questions_note")
    ]
    parts = [sentence for line in lines for sentence in sentences(line)]
    return frozenset(filter(None, map(title_key, (*lines, *paragraphs, *parts, *notes))))


def own_words(
    prose: Iterable[Paragraph], machine_prose: Iterable[Paragraph], keys: frozenset[str]
) -> tuple[int, str] | None:
    """Find the reader's words among the prose about a paper.

    Returns the line where they begin and the words, one line a paragraph; None if the machine wrote
    everything, however it has been wrapped, quoted or shortened since.  ``keys`` are what it wrote
    anywhere in the digest, from :func:`machine_keys`.
    """
    before = [text for text, _ in map(_without_images, machine_prose)]
    unchanged = {_REASONS.sub("", text) for text in before}
    written = [word for text in before for word, _, _ in _tokens(text)]
    found = [
        (one.lines[0][0], words)
        for text, one in map(_without_images, prose)
        if _REASONS.sub("", text) not in unchanged
        for words in _new_in(text, keys, written)
    ]
    return (found[0][0], "\n".join(words for _, words in found)) if found else None


def _without_images(paragraph: Paragraph) -> tuple[str, Paragraph]:
    kept = Paragraph(
        [(number, _IMAGE.sub("", html.unescape(text)).strip()) for number, text in paragraph.lines]
    )
    return kept.text, kept


def _new_in(text: str, keys: frozenset[str], written: Sequence[str]) -> list[str]:
    key = title_key(plain(text))
    if key in keys:
        return []
    if not key:
        # A thumb up is a note, a stray dash is none.
        return [text] if any(unicodedata.category(character) == "So" for character in text) else []
    if len(key) >= _PIECE and any(whole.startswith(key) or whole.endswith(key) for whole in keys):
        return []
    tokens = _tokens(text)
    if len(tokens) >= _RUN and {word for word, _, _ in tokens} <= set(written):
        # The reasons of a digest made again stand in another order.
        return []
    matcher = SequenceMatcher(a=[word for word, _, _ in tokens], b=written, autojunk=False)
    runs = [(run.a, run.a + run.size) for run in matcher.get_matching_blocks() if run.size >= _RUN]
    if not runs:
        return [text]
    starts = [0, *(end for _, end in runs)]
    ends = [*(start for start, _ in runs), len(tokens)]
    found = dict.fromkeys(
        _gap(text, tokens, start, end) for start, end in zip(starts, ends, strict=True) if start < end
    )
    return [words for words in found if words and title_key(plain(words)) not in keys]


def _gap(text: str, tokens: Sequence[tuple[str, int, int]], start: int, end: int) -> str:
    """Return the words of a gap; a word or two changed within a sentence give the sentence."""
    if start > 0 and end < len(tokens) and end - start < _RUN:
        position = 0
        for sentence in sentences(text):
            at = text.index(sentence, position)
            position = at + len(sentence)
            if position >= tokens[end - 1][2]:
                return sentence
    first = tokens[start - 1][2] if start else 0
    last = tokens[end][1] if end < len(tokens) else len(text)
    return text[first:last].strip().lstrip(_LEADING).rstrip("*_~[( ")


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Split text into words, with their positions; Chinese into characters; addresses are left out.

    Percentages are one word: a digest made again has others, and they are nobody's words.
    """
    masked = _ADDRESS.sub(lambda address: " " * len(address.group()), text)
    return [
        ("%" if match[1] else title_key(match.group()), match.start(), match.end())
        for match in _TOKEN.finditer(masked)
    ]
