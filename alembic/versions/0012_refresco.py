"""A refresh of the marts that costs less.

Revision ID: 0012
Revises: 0008
"""

from alembic import op

revision = "0012"
down_revision = "0008"
branch_labels = None
depends_on = None

FUNCTIONS = (
    "por_periodo(text, text, text[])",
    "refrescar_grupos(text[], numeric)",
    "refrescar_materias(text[])",
    "refrescar_maestros(text[])",
    "refrescar_riesgo(text[], numeric)",
    "tomar_periodos(boolean)",
    "refrescar(boolean)",
)


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    apply("academico.calificaciones_pkey_v02.sql")
    apply("marts.refrescar_v02.sql")


def downgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION marts.{function}")
    apply("marts.refrescar_v01.sql")
    apply("academico.calificaciones_pkey_v01.sql")
    apply("comentarios_v01.sql")
