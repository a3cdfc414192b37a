"""A session says whom its learners can turn to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("session", sa.Column("support", sa.String, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.drop_column("support")
