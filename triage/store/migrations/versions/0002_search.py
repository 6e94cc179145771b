"""Papers are found by their words."""

from alembic import op

from triage.store.search import INDEX

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the index of words, and read all papers into it."""
    for statement in INDEX[op.get_bind().dialect.name]:
        op.execute(statement)
