"""Triage by itself: runs when arXiv has announced, learns when the reader has written, until stopped.

:mod:`plan` decides when, :mod:`changes` what a changed file means, :mod:`work` does it through the
rooms, :mod:`loop` puts them together and keeps the :mod:`journal` that others may read, :mod:`serve` opens
and closes everything around the loop.
"""
