"""Erasure with tombstones, retention.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FILES: tuple[str, ...] = ()


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    """Undo it."""
