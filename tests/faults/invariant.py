"""What must hold after every fault, computed from what was published and nothing else."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import psycopg

from academico_cli import marts

from ..support.model import Model
from ..support.pipeline import assert_equal
from .stage import Stage
from .workload import Workload, identity

Query = Callable[[str], list[tuple[Any, ...]]]

MARTS = {
    "kpi_grupo": "1", "kpi_materia": "1", "materia_periodo_stats": "1, 2",
    "ranking_maestros": "1", "alumnos_en_riesgo": "1, 2",
}  # fmt: skip
STAGING = (
    "maestros_upsert", "materias_upsert", "grupos_upsert", "alumnos_upsert",
    "inscripciones_event", "calificaciones_event", "evaluaciones_event",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """The line of one fault."""

    published: int
    applied: int
    duplicates: int
    rejected: int
    pending: int
    lost: int
    double: int


def count(stage: Stage, load: Workload) -> Counts:
    """Count what the database holds against what was published."""
    fates = dict(
        stage.query("SELECT destino, sum(eventos)::bigint FROM core.destinos GROUP BY destino")
    )
    kept = Counter(
        (mid, None if mid else bytes(body))
        for mid, body in stage.query("SELECT message_id, cuerpo FROM raw.mensajes")
    )
    lost = sum(m.body.count(b"\n") + 1 for key, m in load.unique.items() if key not in kept)
    twice = sum(number - 1 for number in kept.values())
    own = sum(fates.get(d, 0) for d in ("aplicado", "obsoleto", "rechazado", "pendiente"))
    return Counts(
        published=sum(m.body.count(b"\n") + 1 for m in load.messages),
        applied=fates.get("aplicado", 0) + fates.get("obsoleto", 0),
        duplicates=fates.get("duplicado", 0),
        rejected=fates.get("rechazado", 0),
        pending=fates.get("pendiente", 0),
        lost=max(lost, len(load.events) - own),
        double=max(twice, own - len(load.events)),
    )


def check(stage: Stage, load: Workload) -> Counts:
    """Assert the invariant; return the counts."""
    counts = count(stage, load)
    assert (counts.lost, counts.double) == (0, 0), counts
    rejected = sorted(bytes(row[0]) for row in stage.query("SELECT cuerpo FROM stg.rechazos"))
    assert rejected == load.invalid
    model = load.model()
    with psycopg.connect(stage.database_url) as connection:
        assert_equal(connection, model)
    assert stage.broker.depth() == 0
    assert counts.pending == model.fates["pendiente"]
    assert counts.applied == model.fates["aplicado"] + model.fates["obsoleto"]
    assert counts.duplicates >= load.duplicates
    check_raw(stage, load)
    check_ledger(stage, counts)
    check_places(stage)
    check_marts(stage, model)
    return counts


def check_raw(stage: Stage, load: Workload) -> None:
    """Every message is kept byte for byte."""
    kept = stage.query("SELECT message_id, cuerpo FROM raw.mensajes")
    bodies = {(mid, None if mid else bytes(body)): bytes(body) for mid, body in kept}
    assert bodies == {identity(m): m.body for m in load.unique.values()}


def check_ledger(stage: Stage, counts: Counts) -> None:
    """The double entry adds up, lote by lote, and agrees with the tables it speaks of."""
    wrong = stage.query(
        "SELECT l.lote, l.eventos, sum(d.eventos) FROM core.lotes l"
        " LEFT JOIN core.destinos d USING (lote) GROUP BY l.lote, l.eventos"
        " HAVING l.eventos <> coalesce(sum(d.eventos), 0)"
    )
    assert wrong == []
    negative = stage.query(
        "SELECT lote, entidad, destino, sum(eventos) FROM core.destinos"
        " GROUP BY 1, 2, 3 HAVING sum(eventos) < 0"
    )
    assert negative == []
    ((received, processed, parked, refused, orphans),) = stage.query(
        "SELECT (SELECT sum(eventos) FROM core.lotes),"
        " (SELECT sum(processed_count) FROM core.etl_run_log),"
        " (SELECT count(*) FROM stg.pendientes), (SELECT count(*) FROM stg.rechazos),"
        " (SELECT count(*) FROM core.destinos d"
        "   WHERE NOT EXISTS (SELECT FROM core.lotes l WHERE l.lote = d.lote))"
    )
    total = counts.applied + counts.duplicates + counts.rejected + counts.pending
    assert (received, processed, orphans) == (total, total, 0)
    assert (parked, refused) == (counts.pending, counts.rejected)


def check_places(stage: Stage) -> None:
    """Nothing stays in staging; each row lies in its grupo's periodo."""
    for table in STAGING:
        assert stage.query(f"SELECT count(*) FROM stg.{table}") == [(0,)], table
    for table in ("inscripciones", "calificaciones"):
        astray = stage.query(
            f"SELECT count(*) FROM academico.{table} x JOIN academico.grupos g"
            " ON g.id = x.id_grupo WHERE x.periodo <> g.periodo"
        )
        assert astray == [(0,)], table


def check_marts(stage: Stage, model: Model) -> None:
    """The marts are what Python computes from the model, and what a full refresh makes of them."""
    marts.refresh(stage.database)
    before = snapshot(stage)
    marts.refresh(stage.database, full=True)
    assert snapshot(stage) == before
    grades = model.rows("calificacion")
    groups = model.rows("grupo")
    for kind, of in (("kpi_grupo", "id_grupo"), ("kpi_materia", "id_materia")):
        sums: dict[int, list[Decimal]] = {}
        for (_, grupo), (grade, _) in grades.items():
            key = grupo if of == "id_grupo" else groups[(grupo,)][0]
            sums.setdefault(key, []).append(Decimal(str(grade)))
        expected = {key: _mean(values) for key, values in sums.items()}
        shown = stage.query(f"SELECT {of}, promedio FROM marts.{kind} WHERE promedio IS NOT NULL")
        assert dict(shown) == expected, kind


def snapshot(stage: Stage) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: stage.query(f"SELECT * FROM marts.{name} ORDER BY {order}")
        for name, order in MARTS.items()
    }


def _mean(values: list[Decimal]) -> Decimal:
    return (sum(values) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP)
