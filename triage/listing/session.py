"""The polite client in the place of the ``requests`` session that a package brings along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.listing.client import Client
from triage.listing.response_check import Expect, Validator


class PoliteSession:
    """What the arxiv and OAI-PMH packages need of a ``requests.Session``, through a polite client.

    Parameters
    ----------
    client : Client
    check : callable, optional
        Looks at each body, as in :meth:`Client.get`.
    """

    def __init__(self, client: Client, check: Validator | None = None) -> None:
        self._client = client
        self._check = check

    def get(self, url: str, params: Mapping[str, str] | None = None, **_: Any) -> PoliteAnswer:
        """Get a page; headers and time limits that a package asks for give way to the client's."""
        response = self._client.get(url, params, expect=Expect.XML, validate=self._check)
        return PoliteAnswer(response.status, response.body, response.url)


@dataclass(frozen=True, slots=True)
class PoliteAnswer:
    """What the packages read of a ``requests.Response``; only good answers become one."""

    status_code: int
    content: bytes
    url: str

    def raise_for_status(self) -> None:
        """Do nothing: the polite client has raised already."""
