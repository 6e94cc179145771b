"""The latest answer of each address that is asked conditionally."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from triage.store.engine import transaction
from triage.store.schema import answers
from triage.store.upsert import replace_row


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered last under an address."""

    etag: str
    last_modified: str
    body: bytes


class StoredAnswers:
    """What servers answered last, kept between runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recall(self, url: str) -> Answer | None:
        """Return what was remembered under an address, if anything."""
        with transaction(self._engine, reading=True) as connection:
            row = connection.execute(select(answers).where(answers.c.url == url)).first()
        return Answer(row.etag, row.last_modified, row.body) if row else None

    def remember(self, url: str, answer: Answer) -> None:
        """Keep an answer, replacing the one before."""
        with transaction(self._engine) as connection:
            replace_row(
                connection,
                answers,
                {
                    "url": url,
                    "etag": answer.etag,
                    "last_modified": answer.last_modified,
                    "body": answer.body,
                },
            )
