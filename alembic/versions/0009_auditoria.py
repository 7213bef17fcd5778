"""The audit trail costs a first insertion nothing that can be measured, and is sealed by events.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FILES = ("academico.merge_v03.sql", "core.sellar_v02.sql")
# The former merges are made anew, which takes their comments away.
BEFORE = ("academico.merge_v02.sql", "core.sellar_v01_sola.sql", "comentarios_v01.sql")


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in BEFORE:
        apply(name)
