"""Finding papers by words: SQLite's FTS5 and PostgreSQL's own full text, behind one function."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
    text,
)

from triage.papers import ArxivId, Paper, with_aliases
from triage.store.rows import Rows, columns_for
from triage.store.schema import papers, shown

# SQL of this file alone; what is asked for is always a parameter.
_AUTHORS = (
    "CASE WHEN json_valid({0}authors) THEN (SELECT group_concat(value, '; ') FROM json_each({0}authors)) END"
)
_VALUES = f"{{0}}rowid, {{0}}title, {{0}}abstract, {_AUTHORS}"
_COLUMNS = "rowid, title, abstract, authors"
_REMOVE = f"INTO paper_words (paper_words, {_COLUMNS}) VALUES ('delete', {_VALUES.format('old.')});"
_ADD = f"INTO paper_words ({_COLUMNS}) VALUES ({_VALUES.format('new.')});"
_DOCUMENT = "to_tsvector('english', title || ' ' || abstract)"
INDEX = {
    "sqlite": (
        "CREATE VIRTUAL TABLE paper_words USING fts5(title, abstract, authors, content='', "
        "tokenize='porter unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER paper_words_added AFTER INSERT ON papers BEGIN INSERT {_ADD} END",
        f"CREATE TRIGGER paper_words_removed AFTER DELETE ON papers BEGIN INSERT {_REMOVE} END",
        "CREATE TRIGGER paper_words_changed AFTER UPDATE OF title, abstract, authors ON papers "
        f"BEGIN INSERT {_REMOVE} INSERT {_ADD} END",
        f"INSERT INTO paper_words ({_COLUMNS}) SELECT {_VALUES.format('')} FROM papers",  # noqa: S608 -- constants
    ),
    "postgresql": (f"CREATE INDEX ix_papers_words ON papers USING gin ({_DOCUMENT})",),
}
"""What makes the index, by database.  SQLite's follows the papers by triggers: a migration that makes their
table anew makes these anew as well."""

_MOST_RANKED = 5_000
"""Of more papers with a word, the newest are ranked: nobody looks through thousands."""
_PARTS = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PaperQuery:
    """What a paper must have; what is empty does not matter."""

    words: str = ""
    """All of them, in any form; the last one may be a beginning; "quoted" ones side by side."""
    author: str = ""
    category: str = ""
    """arXiv's, primary."""
    since: date | None = None
    """The first listing day."""
    until: date | None = None
    least: float | None = None
    """The least probability in a digest."""
    among: Collection[ArxivId] | None = None
    any_word: bool = False
    """Whether one of the words is enough."""


class Search(Rows):
    """Finding papers, within one transaction."""

    def papers(self, query: PaperQuery, *, limit: int = 50, offset: int = 0) -> list[Paper]:
        """Return what fits: by words the best match first, else the newest first."""
        statement = select(*columns_for(papers, Paper)).where(*_conditions(query))
        is_sqlite = self._connection.dialect.name == "sqlite"
        if query.words.strip() or (query.author.strip() and is_sqlite):
            words = _by_sqlite if is_sqlite else _by_postgresql
            found = words(statement, query)
            if found is None:
                return []
            statement = found
        elif query.author.strip():
            statement = statement.where(_by_author(query.author))
        newest = papers.c.announced.desc().nulls_last(), papers.c.id.desc()
        rows = self._connection.execute(statement.order_by(*newest).limit(limit).offset(offset))
        return [Paper(*row) for row in rows]


def _conditions(query: PaperQuery) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.category:
        conditions.append(papers.c.primary_category.in_(with_aliases([query.category])))
    if query.since:
        conditions.append(papers.c.announced >= query.since)
    if query.until:
        conditions.append(papers.c.announced <= query.until)
    if query.least is not None:
        likely = select(shown.c.paper).where(shown.c.probability >= query.least)
        conditions.append(papers.c.id.in_(likely))
    if query.among is not None:
        conditions.append(papers.c.id.in_(sorted(query.among)))
    return conditions


def _by_sqlite(statement: Select[Any], query: PaperQuery) -> Select[Any] | None:
    parts = [f"({one})" for one in (_match(query.words, query.any_word), _author_match(query.author)) if one]
    if not parts:
        return None
    narrow = bool(_conditions(query))
    hits = (
        text(
            "SELECT rowid AS number, bm25(paper_words, 5.0, 1.0, 3.0) AS rank FROM paper_words "
            "WHERE paper_words MATCH :match ORDER BY rowid DESC LIMIT :most"
        )
        .bindparams(match=" AND ".join(parts), most=-1 if narrow else _MOST_RANKED)
        .columns(number=Integer, rank=Float)
        .subquery("hits")
    )
    return statement.join(hits, literal_column("papers.rowid") == hits.c.number).order_by(hits.c.rank)


def _match(words: str, any_word: bool) -> str:
    """Return words as FTS5 reads them: each in quotes, so that nothing in them is an operator."""
    found = [quoted or word for quoted, word in _PARTS.findall(words)]
    phrases = [" ".join(_WORD.findall(one)) for one in found]
    parts = [f'"{one}"' for one in phrases if one]
    if parts and not words.rstrip().endswith('"') and not any_word:
        parts[-1] += "*"
    return (" OR " if any_word else " AND ").join(parts)


def _author_match(author: str) -> str:
    names = " AND ".join(f'"{one}"*' for one in _WORD.findall(author))
    return f"authors : ({names})" if names else ""


def _by_postgresql(statement: Select[Any], query: PaperQuery) -> Select[Any] | None:
    if not _WORD.search(query.words):
        return None
    words = " or ".join(query.words.split()) if query.any_word else query.words
    document: ColumnElement[Any] = literal_column(_DOCUMENT)
    asked = func.websearch_to_tsquery(literal_column("'english'"), words)
    found = statement.where(document.op("@@")(asked)).order_by(func.ts_rank(document, asked).desc())
    return found.where(_by_author(query.author)) if query.author.strip() else found


def _by_author(author: str) -> ColumnElement[bool]:
    # Names are kept as JSON, in which letters with accents are written as numbers.
    written = json.dumps(author.strip())[1:-1].replace("\\", "\\\\")
    return cast(papers.c.authors, Text).ilike(f"%{written}%")
