"""For the whole suite: a machine that is busy fails no property."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no failure.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
