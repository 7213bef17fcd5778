"""What dashboards may read.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    apply("tableros_v01.sql")


def downgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    apply("tableros_v00.sql")
