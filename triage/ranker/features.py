"""Hashed token counts of a paper, read once in its life.

A paper's title, abstract and authors become counts of single words and of pairs of neighbouring
words, each hashed to one of :data:`COLUMNS` columns.  No vocabulary is kept: new words need no refit, and a
paper's counts hold while its text doesn't change (:class:`FeatureCache`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from triage.papers import ArxivId, Paper
from triage.text.unicode import fold, plain

FEATURES_VERSION = "words-3"
"""Named anew whenever the same text would give other bytes, so that kept rows are read again."""

COLUMNS = 1 << 22
"""With 2^20 columns a kept column holds on average more than one stray pair of words of a
16,000-paper archive; four times as many cost nothing, since only those in use are ever stored."""

_WORD = re.compile(r"[^\W\d_][^\W_]+")
_BEFORE, _AFTER = re.compile(r"(?<![\w-])(?:\w{1,20}-){1,2}\Z"), re.compile(r"(?:-\w+){1,2}")
_INNER_CAPITAL = re.compile(r"\w[A-Z]")
_BETWEEN = re.compile(r"[.!?;:,()]")
_LONGEST_TERM = 60


def word_list(name: str) -> frozenset[str]:
    """Return the words of a file of this folder."""
    return frozenset((files("triage.ranker") / name).read_text("utf-8").split())


_STOP_WORDS = word_list("stop_words.txt")

_PAIR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HEADER = 8
_MOST_AUTHORS = 50
_MEMORY_LIMIT = 1_000_000

_word_hashes: dict[str, int] = {}


class FeatureCache(Protocol):
    """Where the rows of :func:`count_papers` are kept between runs.

    A row is opaque and carries a digest of the text it was made from, so a stale one is noticed.
    The keeper keys rows by paper and by :data:`FEATURES_VERSION`.
    """

    def get(self, ids: Sequence[ArxivId]) -> dict[ArxivId, bytes]:
        """Return the rows kept for these papers; papers without one are left out."""
        ...

    def put(self, rows: Mapping[ArxivId, bytes]) -> None:
        """Keep these rows, replacing older ones."""
        ...


def words(text: str) -> list[str]:
    r"""Return the words of a text that can mean something: folded, of two letters or more, without LaTeX.

    >>> words(r"Fine-tuning of the LLaMA-2 moir\'e models in $\mathcal{L}_2$")
    ['fine', 'tuning', 'llama', 'moire', 'models', 'l2']
    """
    return [word for word in _WORD.findall(fold(plain(text))) if word not in _STOP_WORDS]


def as_written(term: Sequence[str], text: str) -> str:
    """Return a term of a text as it stands there: accents, hyphenated neighbours and small words included.

    Two words that only the end of a clause brings together are no phrase: an empty string.

    >>> as_written(["equation", "state"], "On the equation of state"), as_written(["posedness"], "Well-posedness")
    ('equation of state', 'well-posedness')
    """
    shown = unicodedata.normalize("NFKC", plain(text))
    found = [(fold(one.group()), *one.span()) for one in _WORD.finditer(shown)]
    kept = [one for one in found if one[0] not in _STOP_WORDS]
    for at in range(len(kept) - len(term) + 1):
        if [word for word, _, _ in kept[at : at + len(term)]] != list(term):
            continue
        start, end = kept[at][1], kept[at + len(term) - 1][2]
        before, after = _BEFORE.search(shown, 0, start), _AFTER.match(shown, end)
        written = shown[before.start() if before else start : after.end() if after else end]
        if len(written) <= _LONGEST_TERM and not _BETWEEN.search(written):
            return written if _INNER_CAPITAL.search(written) else written.lower()
    return term[0] if len(term) == 1 else ""


def hash_words(found: Sequence[str]) -> NDArray[np.uint64]:
    """Hash words one by one, the same on every machine and in every process."""
    if len(_word_hashes) > _MEMORY_LIMIT:  # hostile or endless text must not fill the memory
        _word_hashes.clear()
    for word in found:
        if word not in _word_hashes:
            digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            _word_hashes[word] = int.from_bytes(digest, "little")
    return np.fromiter((_word_hashes[word] for word in found), dtype=np.uint64, count=len(found))


def word_columns(hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return the columns of single words."""
    return (hashes & np.uint64(COLUMNS - 1)).astype(np.uint32)


def pair_columns(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return the columns of pairs of neighbouring words, given the hashes of both."""
    mixed = (left * _PAIR) ^ right
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX
    return ((mixed >> np.uint64(40)) & np.uint64(COLUMNS - 1)).astype(np.uint32)


def texts_of(paper: Paper) -> tuple[str, str, str]:
    """Return what is read of a paper: title, abstract and authors; pairs don't cross from one to another."""
    return paper.title[:2_000], paper.abstract[:20_000], " ".join(paper.authors[:_MOST_AUTHORS])[:4_000]


def _count(parts: Iterable[Sequence[str]]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return the columns of words and pairs, and their counts; pairs don't cross from part to part."""
    hashed = [hash_words(part) for part in parts]
    terms = [block for one in hashed for block in (word_columns(one), pair_columns(one[:-1], one[1:]))]
    columns, counts = np.unique(np.concatenate(terms), return_counts=True)
    return columns, np.minimum(counts, 255).astype(np.uint8)


def _rows(papers: Sequence[Paper], cache: FeatureCache | None) -> Iterator[bytes]:
    """Yield a row a paper: the digest of its text, its columns, their counts; from the cache if the text is the same."""
    kept = cache.get([paper.id for paper in papers]) if cache is not None else {}
    fresh: dict[ArxivId, bytes] = {}
    for paper in papers:
        texts = texts_of(paper)
        digest = hashlib.blake2b(
            "\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=_HEADER
        ).digest()
        row = kept.get(paper.id, b"")
        if row[:_HEADER] != digest or (len(row) - _HEADER) % 5:
            columns, counts = _count(map(words, texts))
            row = digest + columns.astype("<u4").tobytes() + counts.tobytes()
            if paper.id:
                fresh[paper.id] = row
        yield row
    if cache is not None and fresh:
        cache.put(fresh)


def count_papers(papers: Sequence[Paper], cache: FeatureCache | None = None) -> sparse.csr_matrix:
    """Count the words and word pairs of papers, shape (n, COLUMNS); all words count alike.

    The cache is asked first, and given what it did not have.
    """
    blocks = []
    for row in _rows(papers, cache):
        terms = (len(row) - _HEADER) // 5
        columns = np.frombuffer(row, dtype="<u4", count=terms, offset=_HEADER)
        blocks.append((columns, np.frombuffer(row, dtype=np.uint8, count=terms, offset=_HEADER + 4 * terms)))
    return _matrix(blocks)


def count_words(papers: Sequence[Iterable[Sequence[str]]]) -> sparse.csr_matrix:
    """Count words and pairs as :func:`count_papers` does, of papers whose parts are in words already."""
    return _matrix([_count(parts) for parts in papers])


def _matrix(blocks: Sequence[tuple[NDArray[np.uint32], NDArray[np.uint8]]]) -> sparse.csr_matrix:
    ends = np.cumsum([0, *(len(columns) for columns, _ in blocks)], dtype=np.int64)
    return sparse.csr_matrix(
        (
            np.concatenate([np.zeros(0, np.uint8), *(counts for _, counts in blocks)]).astype(np.float32),
            np.concatenate([np.zeros(0, np.uint32), *(columns for columns, _ in blocks)]).astype(np.int32),
            ends,
        ),
        shape=(len(blocks), COLUMNS),
    )
