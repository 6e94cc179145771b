"""A fake arXiv on loopback, for tests and for users who want to try things; see README.md."""

from tests.fake_arxiv.clock import FakeClock, StartedClock
from tests.fake_arxiv.faults import Kind, Where
from tests.fake_arxiv.server import FakeArxiv, ReceivedRequest
from tests.fake_arxiv.world import World

__all__ = ["FakeArxiv", "FakeClock", "Kind", "ReceivedRequest", "StartedClock", "Where", "World"]
