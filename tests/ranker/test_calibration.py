"""From scores to probabilities: what the base rate is counted from."""

from __future__ import annotations

import numpy as np

from triage.ranker.calibration import learned_prior


def test_days_of_which_only_the_noted_papers_are_known_say_nothing_of_the_rate() -> None:
    """Two of a hundred papers a day were noted on five days; of a hundred days more only the noted one is known."""
    known = np.repeat(np.arange(201, 206), 100)
    days = np.concatenate([known, np.arange(101, 201)])
    relevant = np.concatenate([np.arange(500) % 50 == 0, np.ones(100, dtype=bool)])
    prior = learned_prior(days, np.ones(600, dtype=bool), relevant)
    assert 0.015 < prior < 0.03
