"""The audit trail, chained and sealed.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FILES: tuple[str, ...] = ()


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    """Undo it."""
