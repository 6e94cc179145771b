"""The history of the tables begins here.

A new store gets the tables as ``triage/store/schema.py`` declares them, and the stamp of the newest
revision (see :mod:`triage.store.engine`).  Migrations are for stores of earlier versions, and there was
none before this one.
"""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Change nothing."""
