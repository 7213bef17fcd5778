"""Rules of data quality: their definitions, runs and results.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILES: tuple[str, ...] = ()


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    """Undo it."""
