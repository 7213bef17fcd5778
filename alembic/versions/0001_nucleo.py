"""Schemas raw, stg, core and academico, and the functions that merge.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FILES = (
    "esquemas_v01.sql",
    "core.ledger_v01.sql",
    "core.cola_v01.sql",
    "raw.mensajes_v01.sql",
    "academico.tablas_v01.sql",
    "stg.tablas_v01.sql",
    "stg.pendientes_v01.sql",
    "academico.merge_v01.sql",
)


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    for schema in ("ml", "marts", "academico", "stg", "raw", "core"):
        op.execute(f"DROP SCHEMA {schema} CASCADE")
