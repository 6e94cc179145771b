"""arXiv's three sources, put together for :mod:`triage.listing.fetch`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import partial

from triage.listing.api import ApiSource
from triage.listing.client import Client
from triage.listing.feed import fetch_feed
from triage.listing.fetch import Sources
from triage.listing.oai import OaiSource
from triage.listing.shelf import PageShelf
from triage.progress import Progress, silent


def arxiv_sources(
    client: Client,
    *,
    feed_url: str,
    api_url: str,
    oai_url: str,
    extra_holidays: Collection[date] = (),
    shelf: PageShelf | None = None,
    progress: Progress = silent,
) -> Sources:
    """Return feeds, API and OAI-PMH behind one polite client.

    Parameters
    ----------
    client : Client
    feed_url, api_url, oai_url : str
        The base addresses, from the configuration.
    extra_holidays : collection of date
        Further evenings without an announcement.
    shelf, progress
        See :class:`triage.listing.oai.OaiSource`.
    """
    oai = OaiSource(client, oai_url, extra_holidays=extra_holidays, shelf=shelf, progress=progress)
    return Sources(
        feed=partial(fetch_feed, client, feed_url),
        api=ApiSource(client, api_url, extra_holidays=extra_holidays).by_window,
        oai=oai.by_window,
        listing_days=oai.listing_days,
    )
