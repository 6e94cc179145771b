"""A reading that was kept is the reading that was made."""

from __future__ import annotations

import json

import pytest

from tests.notes.helpers import FIXTURES, fixtures
from triage.notes.extract import read_bytes
from triage.notes.kept import as_plain, from_plain


@pytest.mark.parametrize("name", fixtures())
def test_a_reading_survives_being_kept_as_json(name: str) -> None:
    reading = read_bytes((FIXTURES / name).read_bytes(), name)
    assert from_plain(json.loads(json.dumps(as_plain(reading)))) == reading
