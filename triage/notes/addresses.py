"""What stands behind an address, and link texts that say no more than that."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from triage.notes.identifiers import find_ids
from triage.notes.words import any_of

_ONLY_URL = re.compile(r"[\s*_<(\[]*h{0,2}ttps?://[^\s*]+[\s*_>)\]]*", re.I)
_GENERIC_LINK = re.compile(
    rf"""(?ix)^[\W_]*(?:
      links?\s+(?:to|for)(?:\s+(?:the|this|a))? |
      [\w.+-]+\.(?:pdf|ps|html?) |
      (?:\[?\d{{1,4}}\]?|\d{{4}}\.\d{{4,5}}(?:v\d+)?|https?://\S+|arxiv[\s:.]*[\w./-]*(?:\s*\[[\w.-]+\])?|doi(?:[\s:].*)?|10\.\d{{4,}}/\S+)
    | (?:{any_of("link.before")}\s+)?{any_of("link.what")}(?:\s*{any_of("link.behind")})?
    )[\W_]*$"""
)
_PAPER_SITE = re.compile(rf"\w*https?://(?:[\w-]+\.)*{any_of('address.paper')}", re.I)
_REPOSITORY_FILE = re.compile(
    r"(?i)https?://(?:github|gitlab|gitee)\.com/[^/]+/[^/]+/(?:-/)?(?:blob|tree|raw)/.*\.(?:md|org|ipynb|txt)(?:[#?].*)?$"
)
_PDF = re.compile(r"\.pdf(?:[#?].*)?$", re.I)
_ON_THE_WEB = re.compile(r"\w*https?://|www\.|//")


class Address(IntEnum):
    """What stands behind an address."""

    NONE = 0
    """Nothing on the web: an anchor, a local page."""
    OTHER = 1
    """Code, a blog, a video, anything that is no paper."""
    MAYBE = 2
    """A PDF, or a page that could be a paper's."""
    PAPER = 3
    """A publisher's, archive's or conference's page of one paper."""
    ARXIV = 4
    """An arXiv identifier is in it, whole or broken."""


@lru_cache(maxsize=8192)
def address(url: str) -> Address:
    """Tell what stands behind an address, by its form alone.

    >>> address("https://openreview.net/forum?id=abc").name
    'PAPER'
    """
    if find_ids(url):
        return Address.ARXIV
    full = url if "://" in url else f"https://{url.lstrip('/')}"
    if url.startswith("cite:") or re.match(r"(?i)doi:\s*10\.\d{4}", url) or _PAPER_SITE.match(full):
        return Address.PAPER
    if _PDF.search(url):
        return Address.MAYBE
    # A page of notes that lives in a repository is a local page under another name.
    return Address.OTHER if _ON_THE_WEB.match(url) and not _REPOSITORY_FILE.match(url) else Address.NONE


def is_generic_link(text: str) -> bool:
    """Whether a link's text says only what kind of thing is behind it (``pdf``, ``arXiv:2305.1``)."""
    bare = text.strip()
    if not bare or _GENERIC_LINK.match(bare) or _ONLY_URL.fullmatch(bare):
        return True
    ids = find_ids(bare) if len(bare) < 60 else []
    # Only an identifier, with nothing but marks around it, is no title either.
    return bool(ids) and not re.search(r"\w{2}", bare[: ids[0].start] + bare[ids[-1].end :])
