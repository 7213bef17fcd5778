"""The marts, and the function that refreshes them.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILES = (
    "academico.inscripciones_id_grupo_v02.sql",
    "marts.base_v01.sql",
    "marts.kpi_materia_v01.sql",
    "marts.kpi_grupo_v01.sql",
    "marts.materia_periodo_stats_v01.sql",
    "marts.ranking_maestros_v01.sql",
    "marts.alumnos_en_riesgo_v01.sql",
    "marts.top_materias_v01.sql",
    "marts.refrescar_v01.sql",
)


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    apply("academico.inscripciones_id_grupo_v01.sql")
    op.execute("DROP SCHEMA marts CASCADE")
    op.execute("CREATE SCHEMA marts")
    op.execute("COMMENT ON SCHEMA marts IS 'KPIs, computed from academico.'")
