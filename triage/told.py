"""What the reader was told before, so that a run says only what is new."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from triage.store.store import Step


def news(step: Step, topic: str, said: Iterable[str]) -> list[str]:
    """Return what was not said of a topic when it was last spoken of, and remember what is said now.

    What was mended in between and comes back is news again.

    Parameters
    ----------
    step : Step
        Keeps a digest of each sentence among the facts.
    topic : str
    said : iterable of str
        All that there is to say now.
    """
    key = f"told {topic}"
    before = set(step.facts.get(key) or ())
    now = {sha256(one.encode("utf-8", "surrogatepass")).hexdigest()[:16]: one for one in said}
    if before != set(now):
        step.facts.put(key, sorted(now))
    return [one for mark, one in now.items() if mark not in before]
