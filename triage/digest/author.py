"""The reader's own citation and publication counts, from their Semantic Scholar author page.

Source: the Academic Graph API's ``/graph/v1/author/{author_id}``
(https://api.semanticscholar.org/api-docs/graph), fields ``citationCount`` and ``paperCount``.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import RootModel

from triage.config.schema import Config
from triage.context import Context
from triage.errors import FetchError
from triage.listing.arxiv import open_client
from triage.listing.client import Client
from triage.store.store import Store

ASK_AGAIN_AFTER = timedelta(hours=20)
"""A daily run asks daily, also when it starts a little earlier than yesterday's."""


class AuthorCount(RootModel[int], frozen=True):
    """The last known number of citations (``cite``) or publications (``publish``); a record of the store."""

    KEY: ClassVar[str] = "author"


class AuthorAsked(RootModel[datetime], frozen=True):
    """When the author page answered last; a record of the store."""

    KEY: ClassVar[str] = "author asked"


def refresh_author(context: Context) -> None:
    """Fetch the counts when they are a day old; a failure is a notice."""
    client = open_client(context.config, context.clock, lock_name="author.clock", deadline_seconds=60.0)
    problem = refresh_counts(context.config, context.store, client, context.clock.now())
    if problem:
        context.warn(problem)


def refresh_counts(config: Config, store: Store, client: Client, now: datetime) -> str:
    """Ask for the counts if they are a day old; the last known ones stay when they can't be asked.

    Returns
    -------
    str
        Why they could not be asked, or an empty string.
    """
    author = config.author
    if not author.semantic_scholar_id:
        return ""
    with store.reading() as tx:
        asked = tx.records.get(AuthorAsked)
    if asked is not None and now - asked.root < ASK_AGAIN_AFTER:
        return ""
    url = f"{author.semantic_scholar_url}/graph/v1/author/{author.semantic_scholar_id}"
    try:
        response = client.get(url, {"fields": "citationCount,paperCount"}, expect="json")
        counts = parse_counts(response.body)
    except FetchError as error:
        return f"the author page could not be asked, so cite and publish are the last known: {error.message}"
    with store.transaction() as tx:
        tx.records.put(AuthorCount(counts[0]), "cite")
        tx.records.put(AuthorCount(counts[1]), "publish")
        tx.records.put(AuthorAsked(now))
    return ""


def parse_counts(body: bytes) -> tuple[int, int]:
    """Return citations and publications from the API's answer.

    Raises
    ------
    FetchError
        If the answer holds anything else.
    """
    try:
        answer = json.loads(body)
        cite, publish = answer["citationCount"], answer["paperCount"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FetchError("Semantic Scholar's answer has no counts.") from error
    if not all(type(count) is int and count >= 0 for count in (cite, publish)):
        raise FetchError(f"Semantic Scholar's counts are no numbers: {cite!r}, {publish!r}.")
    return cite, publish
