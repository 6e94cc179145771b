"""The links of a line: addresses, identifiers, and texts that only say what is behind a link."""

from __future__ import annotations

import re

from triage.notes.identifiers import find_ids
from triage.notes.words import any_of

_ONLY_URL = re.compile(r"[\s*_<(\[]*h{0,2}ttps?://[^\s*]+[\s*_>)\]]*", re.I)
_GENERIC_LINK = re.compile(
    rf"""(?ix)^[\W_]*(?:
      links?\s+(?:to|for)(?:\s+(?:the|this|a))? |
      (?:\[?\d{{1,4}}\]?|\d{{4}}\.\d{{4,5}}(?:v\d+)?|https?://\S+|arxiv[\s:.]*[\w./-]*(?:\s*\[[\w.-]+\])?|doi(?:[\s:].*)?|10\.\d{{4,}}/\S+)
    | (?:{any_of("link.before")}\s+)?{any_of("link.what")}(?:\s*{any_of("link.behind")})?
    )[\W_]*$"""
)


def is_generic_link(text: str) -> bool:
    """Whether a link's text says only what kind of thing is behind it (``pdf``, ``arXiv:2305.1``)."""
    bare = text.strip()
    if not bare or _GENERIC_LINK.match(bare) or _ONLY_URL.fullmatch(bare):
        return True
    ids = find_ids(bare) if len(bare) < 60 else []
    # Only an identifier, with nothing but marks around it, is no title either.
    return bool(ids) and not re.search(r"\w{2}", bare[: ids[0].start] + bare[ids[-1].end :])
