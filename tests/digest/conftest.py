"""Settings of this folder's property tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is not a failure: no test of this project looks at the wall clock.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
