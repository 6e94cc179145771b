"""What in a digest's prose is the reader's: the words that the machine did not write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from triage.digest.language import all_languages
from triage.digest.summary import sentences
from triage.feedback.anchors import plain
from triage.feedback.lines import digest_lines
from triage.feedback.outline import Outline, PlacedText
from triage.papers import title_key

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|!\[\[[^\]]*\]\]|<img\b[^>]*>", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<=\])\([^)\s]*\)|https?://\S+|<[a-zA-Z/][^>]*>")
_LEADING = " \t-–—:：,，;；.。·•|()（）"

# So many words in a row that the machine wrote too are the machine's; fewer are chance.
_RUN = 4
# So many letters at a line's beginning or end are what is left of a line cut in two.
_PIECE = 8


@dataclass(frozen=True, slots=True)
class Note:
    """Words of the reader under a paper."""

    text: str
    """Paragraphs parted by line ends, as written but for the marks of lists and quotations."""
    line: int
    """Where they begin."""


def machine_keys(machine_text: str, machine: Outline) -> frozenset[str]:
    """Fold the machine's lines and paragraphs, and what it says in other languages, for `new_words`."""
    lines = [plain(line.text) for line in digest_lines(machine_text)]
    paragraphs = [plain(block.text) for entry in machine.entries.values() for block in _blocks(entry.texts)]
    fixed = [
        sentence
        for language in all_languages()
        for sentence in (language["rest_note"], language["marks_note"], language["asked_note"])
    ]
    parts = [sentence for line in lines for sentence in sentences(line)]
    return frozenset(filter(None, map(title_key, (*lines, *paragraphs, *parts, *fixed))))


def new_words(
    texts: Sequence[PlacedText], keys: frozenset[str], machine_texts: Iterable[PlacedText]
) -> Note | None:
    """Find the reader's words among the prose of a paper.

    Parameters
    ----------
    texts : sequence of PlacedText
        The paper's prose as it stands now.
    keys : frozenset of str
        What the machine wrote anywhere in the digest, from `machine_keys`.
    machine_texts : iterable of PlacedText
        The paper's prose as the machine wrote it.

    Returns
    -------
    Note or None
        None if the machine wrote it all, however it has been wrapped, quoted or cut down since.
    """
    before = _blocks(list(machine_texts))
    untouched = {block.text for block in before}
    written = [word for block in before for word, _, _ in _tokens(block.text)]
    found = [
        (block.line_at(at), words)
        for block in _blocks(texts)
        if block.text not in untouched
        for at, words in _new_in(block.text, keys, written)
    ]
    if not found:
        return None
    return Note("\n".join(words for _, words in found), found[0][0])


@dataclass(slots=True)
class _Block:
    """A paragraph, item or quotation on one line."""

    text: str
    lines: list[tuple[int, int]]
    """Where each of its lines begins in it, and that line's number."""

    def line_at(self, position: int) -> int:
        return max(line for start, line in self.lines if start <= position)


def _blocks(texts: Sequence[PlacedText]) -> list[_Block]:
    blocks: list[_Block] = []
    for text in texts:
        content = _IMAGE.sub("", text.text).strip()
        if text.starts or not blocks:
            blocks.append(_Block(content, [(0, text.line)]))
        else:
            block = blocks[-1]
            block.lines.append((len(block.text) + 1, text.line))
            block.text = f"{block.text} {content}"
    return blocks


def _new_in(block: str, keys: frozenset[str], written: Sequence[str]) -> list[tuple[int, str]]:
    """Return the new words of a paragraph, each with its position."""
    key = title_key(plain(block))
    if key in keys:
        return []
    if not key:
        # A thumb up is a note, a stray dash is none.
        return [(0, block)] if any(unicodedata.category(character) == "So" for character in block) else []
    if len(key) >= _PIECE and any(whole.startswith(key) or whole.endswith(key) for whole in keys):
        return []
    tokens = _tokens(block)
    matcher = SequenceMatcher(a=[word for word, _, _ in tokens], b=written, autojunk=False)
    runs = [(run.a, run.a + run.size) for run in matcher.get_matching_blocks() if run.size >= _RUN]
    if not runs:
        return [(0, block)]
    starts = [0, *(end for _, end in runs)]
    ends = [*(start for start, _ in runs), len(tokens)]
    found = dict.fromkeys(
        _gap(block, tokens, start, end) for start, end in zip(starts, ends, strict=True) if start < end
    )
    return [(at, words) for at, words in found if words and title_key(plain(words)) not in keys]


def _gap(block: str, tokens: Sequence[tuple[str, int, int]], start: int, end: int) -> tuple[int, str]:
    """Return the words of a gap; a word or two changed inside of a sentence give the sentence."""
    if start > 0 and end < len(tokens) and end - start < _RUN:
        position = 0
        for sentence in sentences(block):
            at = block.index(sentence, position)
            position = at + len(sentence)
            if position >= tokens[end - 1][2]:
                return at, sentence
    first = tokens[start - 1][2] if start else 0
    last = tokens[end][1] if end < len(tokens) else len(block)
    words = block[first:last].strip().lstrip(_LEADING).rstrip("*_~[( ")
    return tokens[start][1], words


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Split text into words, with their positions; Chinese into characters; addresses are left out."""
    masked = _ADDRESS.sub(lambda address: " " * len(address.group()), text)
    return [(title_key(match.group()), match.start(), match.end()) for match in _TOKEN.finditer(masked)]
