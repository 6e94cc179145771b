"""The first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "announcements",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("cross", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_announcements")),
    )
    op.create_table(
        "community_picks",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("paper", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", "paper", name=op.f("pk_community_picks")),
    )
    op.create_table(
        "digests",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("machine_text", sa.Text(), nullable=False),
        sa.Column("synced_text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("interesting", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("in_place", sa.Boolean(), nullable=False),
        sa.Column("replaced_text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_digests")),
    )
    op.create_table(
        "facts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_facts")),
    )
    op.create_table(
        "features",
        sa.Column("paper", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("paper", "version", name=op.f("pk_features")),
    )
    op.create_table(
        "labels",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("paper", sa.String(length=32), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("read", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["undoes"], ["labels.number"], name=op.f("fk_labels_undoes")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_labels")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_paper"), ["paper"], unique=False)

    op.create_table(
        "lookups",
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("paper", sa.String(length=32), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("question", name=op.f("pk_lookups")),
    )
    op.create_table(
        "note_readings",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_note_readings")),
    )
    op.create_table(
        "papers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("primary_category", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.DateTime(), nullable=True),
        sa.Column("updated", sa.DateTime(), nullable=True),
        sa.Column("announced", sa.Date(), nullable=True),
        sa.Column("doi", sa.Text(), nullable=False),
        sa.Column("journal_ref", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
    )
    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_papers_announced"), ["announced"], unique=False)
        batch_op.create_index(batch_op.f("ix_papers_primary_category"), ["primary_category"], unique=False)
        batch_op.create_index(batch_op.f("ix_papers_title_key"), ["title_key"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("digest", sa.Date(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["digests.day"], name=op.f("fk_deliveries_digest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", "target", name=op.f("pk_deliveries")),
    )
    op.create_table(
        "digest_days",
        sa.Column("announcement", sa.Date(), nullable=False),
        sa.Column("digest", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"], ["announcements.day"], name=op.f("fk_digest_days_announcement")
        ),
        sa.ForeignKeyConstraint(
            ["digest"], ["digests.day"], name=op.f("fk_digest_days_digest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("announcement", name=op.f("pk_digest_days")),
    )
    with op.batch_alter_table("digest_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_digest_days_digest"), ["digest"], unique=False)

    op.create_table(
        "listed",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("paper", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["day"], ["announcements.day"], name=op.f("fk_listed_day"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name=op.f("fk_listed_paper")),
        sa.PrimaryKeyConstraint("day", "paper", name=op.f("pk_listed")),
    )
    with op.batch_alter_table("listed", schema=None) as batch_op:
        batch_op.create_index("ix_listed_paper", ["paper"], unique=False)

    op.create_table(
        "shown",
        sa.Column("digest", sa.Date(), nullable=False),
        sa.Column("paper", sa.String(length=32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["digests.day"], name=op.f("fk_shown_digest"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name=op.f("fk_shown_paper")),
        sa.PrimaryKeyConstraint("digest", "paper", name=op.f("pk_shown")),
    )
    with op.batch_alter_table("shown", schema=None) as batch_op:
        batch_op.create_index("ix_shown_paper", ["paper"], unique=False)


def downgrade() -> None:
    """Drop all tables."""
    with op.batch_alter_table("shown", schema=None) as batch_op:
        batch_op.drop_index("ix_shown_paper")

    op.drop_table("shown")
    with op.batch_alter_table("listed", schema=None) as batch_op:
        batch_op.drop_index("ix_listed_paper")

    op.drop_table("listed")
    with op.batch_alter_table("digest_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_digest_days_digest"))

    op.drop_table("digest_days")
    op.drop_table("deliveries")
    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_papers_title_key"))
        batch_op.drop_index(batch_op.f("ix_papers_primary_category"))
        batch_op.drop_index(batch_op.f("ix_papers_announced"))

    op.drop_table("papers")
    op.drop_table("note_readings")
    op.drop_table("lookups")
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_labels_paper"))

    op.drop_table("labels")
    op.drop_table("features")
    op.drop_table("facts")
    op.drop_table("digests")
    op.drop_table("community_picks")
    op.drop_table("announcements")
