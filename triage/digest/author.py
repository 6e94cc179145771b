"""The reader's own citation and publication counts, from their Semantic Scholar author page.

Source: the Academic Graph API's ``/graph/v1/author/{author_id}``
(https://api.semanticscholar.org/api-docs/graph), fields ``citationCount`` and ``paperCount``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, Field, NonNegativeInt, RootModel, ValidationError

from triage.config.schema import Config
from triage.context import Context
from triage.errors import FetchError
from triage.listing.arxiv import open_client
from triage.listing.client import Client
from triage.store.store import Store

REFRESH_AFTER = timedelta(hours=20)
"""A daily run refreshes daily, also when it starts a little earlier than yesterday's."""


class AuthorCount(RootModel[int], frozen=True):
    """The last known number of citations (``cite``) or publications (``publish``); a record of the store."""

    KEY: ClassVar[str] = "author"


class AuthorRefreshed(RootModel[datetime], frozen=True):
    """When the author page was fetched last; a record of the store."""

    KEY: ClassVar[str] = "author asked"


class AuthorPage(BaseModel, frozen=True, strict=True):
    """The API's answer."""

    cite: NonNegativeInt = Field(alias="citationCount")
    publish: NonNegativeInt = Field(alias="paperCount")


def refresh_author(context: Context) -> None:
    """Fetch the counts when they are a day old; a failure is a notice."""
    client = open_client(context.config, context.clock, lock_name="author.clock", deadline_seconds=60.0)
    problem = refresh_counts(context.config, context.store, client, context.clock.now())
    if problem:
        context.warn(problem)


def refresh_counts(config: Config, store: Store, client: Client, now: datetime) -> str:
    """Fetch the counts when they are a day old; returns why they could not be fetched, or nothing."""
    author = config.author
    if not author.semantic_scholar_id:
        return ""
    with store.reading() as tx:
        refreshed = tx.records.get(AuthorRefreshed)
    if refreshed is not None and now - refreshed.root < REFRESH_AFTER:
        return ""
    url = f"{author.semantic_scholar_url}/graph/v1/author/{author.semantic_scholar_id}"
    try:
        response = client.get(url, {"fields": "citationCount,paperCount"}, expect="json")
        page = parse_page(response.body)
    except FetchError as error:
        return f"the author page could not be read, so cite and publish are the last known: {error.message}"
    with store.transaction() as tx:
        tx.records.put(AuthorCount(page.cite), "cite")
        tx.records.put(AuthorCount(page.publish), "publish")
        tx.records.put(AuthorRefreshed(now))
    return ""


def parse_page(body: bytes) -> AuthorPage:
    """Read the API's answer.

    Raises
    ------
    FetchError
        If it does not have both counts.
    """
    try:
        return AuthorPage.model_validate_json(body)
    except ValidationError as error:
        raise FetchError("Semantic Scholar's answer does not have the counts.") from error
