"""Alembic's migrations of the store; see ``CONTRIBUTING.md`` for how to add one."""

HEAD = "0002"
"""The newest revision, known without importing Alembic so that an up-to-date store opens fast."""
