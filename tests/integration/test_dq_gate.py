"""Gates: marts that are not refreshed from bad data, lotes that are set aside whole."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest

from academico_cli import ingest, quality
from academico_cli import reconcile as comparison
from academico_cli.broker import Message, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.core.ledger import Fates
from academico_cli.dq.rule import Rule, parse
from academico_cli.errors import RuleBroken
from academico_cli.lote import Result
from academico_cli.postgres import Database
from academico_cli.quality import LoteGate
from academico_cli.replay import replay
from academico_cli.retry import retry

from ..support.escuela import Escuela
from ..support.pipeline import Pipeline
from .test_ingest import CATALOGUE, Clock, event, grade

Run = Callable[..., "CompletedProcess[str]"]


class TestMarts:
    @pytest.fixture
    def marts(self, cli: Run, database_url: str, tmp_path: Path) -> Run:
        folder = tmp_path / "reglas"
        folder.mkdir()
        env = {"DATABASE_URL": database_url, "ACADEMICO_DQ_RULES": str(folder)}
        return lambda *args: cli("marts", "refresh", *args, env=env)

    @pytest.fixture
    def escuela(self, database_url: str) -> Iterator[Escuela]:
        school = Escuela(database_url)
        school.persona("alumnos", 1, "Nombre Secreto")
        school.persona("materias", 1, "Álgebra")
        school.grupo(1, 1, None, "2024A")
        school.nota(1, 1, 8)
        yield school
        school.connection.close()

    def graded(self, escuela: Escuela) -> list[tuple[object, ...]]:
        return escuela.run("SELECT id_grupo, calificaciones FROM marts.kpi_grupo")

    def test_block_refreshes_nothing_while_a_rule_fails(self, escuela: Escuela, marts: Run) -> None:
        done = marts("--gate", "block")
        assert (done.returncode, done.stdout) == (1, "")
        assert "not refreshed: " in done.stderr
        assert "calificacion_sin_inscripcion (1)" in done.stderr
        assert "Remedio:" in done.stderr
        assert "Secreto" not in done.stderr
        assert self.graded(escuela) == []
        escuela.inscripcion(1, 1)
        assert marts("--gate", "block").returncode == 0
        assert self.graded(escuela) == [(1, 1)]
        assert escuela.run("SELECT DISTINCT comando, status FROM core.dq_runs ORDER BY 2") == [
            ("marts refresh", "failed"), ("marts refresh", "passed"),
        ]  # fmt: skip

    def test_a_warning_blocks_nothing(self, escuela: Escuela, marts: Run) -> None:
        escuela.inscripcion(1, 1)  # the grupo has no maestro, which is a warning
        assert marts("--gate", "block").returncode == 0

    def test_warn_tells_and_refreshes(self, escuela: Escuela, marts: Run) -> None:
        done = marts("--gate", "warn")
        assert done.returncode == 0
        assert "calificacion_sin_inscripcion" in done.stderr
        assert self.graded(escuela) == [(1, 1)]

    def test_a_rule_that_breaks_blocks(self, escuela: Escuela, marts: Run, tmp_path: Path) -> None:
        escuela.inscripcion(1, 1)
        (tmp_path / "reglas" / "mi_regla.sql").write_text(
            "-- id: mi_regla\n-- entidad: alumno\n-- tabla: academico.alumnos\n"
            "-- severidad: error\n-- titulo: T\n-- significa: S\n-- importa: I\n-- remedio: R\n"
            "-- columnas: id\nSELECT 1 / (id - 1) AS id FROM academico.alumnos",
            encoding="utf-8",
        )
        done = marts("--gate", "block")
        assert done.returncode == 1
        assert "mi_regla (broke)" in done.stderr
        assert self.graded(escuela) == []


HEADER = """\
-- id: {id}
-- entidad: {entidad}
-- tabla: {tabla}
-- severidad: error
-- titulo: T
-- significa: S
-- importa: I
-- remedio: R
-- umbral: {umbral}
-- columnas: {columnas}
-- compuerta: si
"""

CERO = """\
SELECT id_alumno, id_grupo, lote FROM academico.calificaciones WHERE calificacion = 0"""


def fates(result: Result) -> Counter[str]:
    """Return the events by destino, of all entidades."""
    counts: Counter[str] = Counter()
    for (_, destino), events in result.destinos.items():
        counts[destino] += events
    return counts


def gate_rule(
    query: str = CERO,
    *,
    id: str = "en_cero",
    entidad: str = "calificacion",
    tabla: str = "academico.calificaciones",
    columnas: str = "id_alumno, id_grupo",
    umbral: str = "0",
) -> Rule:
    head = HEADER.format(id=id, entidad=entidad, tabla=tabla, columnas=columnas, umbral=umbral)
    return parse(Path(f"{id}.sql"), head + query, shipped=False)


class TestLote:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def pipeline(self, database_url: str, clock: Clock) -> Iterator[Pipeline]:
        opened = Pipeline(database_url)
        alumnos = [
            event(clock, entity="alumno", id_alumno=n, nombre=f"Nombre Secreto {n}", genero="X")
            for n in range(1, 6)
        ]
        opened.feed([*(event(clock, **e) for e in CATALOGUE), *alumnos])
        yield opened
        opened.close()

    def feed(
        self,
        pipeline: Pipeline,
        *batch: Message,
        rule: Rule | None = None,
        mode: Any = "quarantine",
    ) -> Result:
        gate = LoteGate((rule or gate_rule(),), mode)
        result = ingest.ingest(pipeline.connection, pipeline.run_id, batch, gate)
        pipeline.connection.commit()
        return result

    def grades(self, pipeline: Pipeline) -> list[tuple[Any, ...]]:
        return pipeline.query(
            "SELECT id_alumno, calificacion::float FROM academico.calificaciones ORDER BY 1"
        )

    def nothing_is_missing(self, pipeline: Pipeline) -> None:
        report = comparison.reconcile(pipeline.database)
        assert [f for f in report.summary if f.difference] == []
        tables = replay(pipeline.database)
        assert [t.table for t in tables if not t.equal] == []

    def test_a_lote_that_keeps_the_rules_is_let_through(
        self, pipeline: Pipeline, clock: Clock
    ) -> None:
        result = self.feed(pipeline, grade(clock, 8), grade(clock, 9, id_alumno=2))
        assert fates(result) == {"aplicado": 2}
        assert self.grades(pipeline) == [(1, 8.0), (2, 9.0)]
        assert pipeline.query("SELECT count(*) FROM core.dq_results") == [(0,)]

    def test_one_that_does_not_is_set_aside_whole_and_the_books_balance(
        self, pipeline: Pipeline, clock: Clock
    ) -> None:
        bad = [grade(clock, 8), grade(clock, 0, id_alumno=2), grade(clock, 11, id_alumno=3)]
        twice = event(clock, message_id="uno", entity="alumno", id_alumno=9, nombre="X", genero="X")
        result = self.feed(pipeline, *bad, twice, twice)
        assert fates(result) == {"rechazado": 4, "duplicado": 1}
        assert (self.grades(pipeline), len(result.lotes)) == ([], 1)
        rejects = pipeline.query(
            "SELECT lote, motivo, entidad, errores FROM stg.rechazos ORDER BY n"
        )
        assert [r[:3] for r in rejects] == [
            (*result.lotes, "cuarentena", "calificacion"),
            (*result.lotes, "cuarentena", "calificacion"),
            (*result.lotes, "valor_invalido", "calificacion"),
            (*result.lotes, "cuarentena", "alumno"),
        ]
        assert "it fails en_cero" in str(rejects[0][3])
        assert "Secreto" not in str(rejects)
        recorded = pipeline.query(
            "SELECT run, passed, failed_rows, total_rows, details FROM core.dq_results"
        )
        assert recorded == [
            (None, False, 1, 2, {"lote": result.lotes[0], "gate": "quarantine", "threshold": "0"})
        ]
        assert pipeline.fates() == Fates(13, 8, 1, 4, 0, 0)
        self.nothing_is_missing(pipeline)

    def test_what_was_set_aside_is_released_by_a_retry(
        self, pipeline: Pipeline, clock: Clock
    ) -> None:
        self.feed(pipeline, grade(clock, 8), grade(clock, 0, id_alumno=2))
        self.feed(pipeline, grade(clock, 7, id_alumno=1))  # newer than the one that waits
        ids = [row[0] for row in pipeline.query("SELECT id FROM stg.rechazos ORDER BY id")]
        done = retry(pipeline.database, ids)
        assert done.destinos == {"aplicado": 1, "obsoleto": 1}
        assert self.grades(pipeline) == [(1, 7.0), (2, 0.0)]
        self.nothing_is_missing(pipeline)

    def test_children_wait_for_a_parent_that_was_set_aside(
        self, pipeline: Pipeline, clock: Clock
    ) -> None:
        rule = gate_rule(
            "SELECT id AS id_alumno, lote FROM academico.alumnos WHERE edad > 150",
            entidad="alumno", tabla="academico.alumnos", columnas="id_alumno",
        )  # fmt: skip
        old = event(clock, entity="alumno", id_alumno=9, nombre="X", genero="X", edad=200)
        self.feed(pipeline, grade(clock, 6, id_alumno=9))
        assert fates(self.feed(pipeline, old, rule=rule)) == {"rechazado": 1}
        assert pipeline.query("SELECT count(*) FROM stg.pendientes") == [(1,)]
        self.nothing_is_missing(pipeline)
        retry(pipeline.database, [pipeline.query("SELECT id FROM stg.rechazos")[0][0]])
        assert self.grades(pipeline) == [(9, 6.0)]
        self.nothing_is_missing(pipeline)

    def test_what_others_wrote_is_not_this_lotes_fault(
        self, pipeline: Pipeline, clock: Clock
    ) -> None:
        pipeline.feed([grade(clock, 0)])
        assert fates(self.feed(pipeline, grade(clock, 8, id_alumno=2))) == {"aplicado": 1}
        late = grade(clock, 9)  # older than the 0 that is stored: it writes nothing
        late = late._replace(received_us=late.received_us - 60_000_000)
        assert fates(self.feed(pipeline, late)) == {"obsoleto": 1}

    def test_a_threshold_is_of_the_lote(self, pipeline: Pipeline, clock: Clock) -> None:
        half = gate_rule(umbral="50%")
        batch = (grade(clock, 0), grade(clock, 8, id_alumno=2))
        assert fates(self.feed(pipeline, *batch, rule=half)) == {"aplicado": 2}
        assert fates(self.feed(pipeline, grade(clock, 0, id_alumno=3), rule=half)) == {
            "rechazado": 1
        }

    def test_a_catalogue_is_asked_by_its_lote(self, pipeline: Pipeline, clock: Clock) -> None:
        rule = gate_rule(
            "SELECT id AS id_grupo, lote FROM academico.grupos WHERE id_maestro IS NULL",
            entidad="grupo", tabla="academico.grupos", columnas="id_grupo",
        )  # fmt: skip
        fields = {"entity": "grupo", "id_materia": 1, "periodo": "2024A"}
        good = event(clock, id_grupo=18, id_maestro=1, **fields)
        assert fates(self.feed(pipeline, good, rule=rule)) == {"aplicado": 1}
        assert fates(self.feed(pipeline, event(clock, id_grupo=19, **fields), rule=rule)) == {
            "rechazado": 1
        }
        assert pipeline.query("SELECT failed_rows, total_rows FROM core.dq_results") == [(1, 1)]

    def test_warn_notes_it_and_lets_it_through(
        self, pipeline: Pipeline, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        result = self.feed(pipeline, grade(clock, 0), grade(clock, 8, id_alumno=2), mode="warn")
        assert fates(result) == {"aplicado": 2}
        assert f"lote {result.lotes[0]}: en_cero: 1 of 2 rows fail" in caplog.text
        recorded = pipeline.query("SELECT status, details ->> 'gate' FROM core.dq_results")
        assert recorded == [("failed", "warn")]

    def test_a_rule_that_breaks_sets_aside(self, pipeline: Pipeline, clock: Clock) -> None:
        broken = gate_rule(CERO.replace("calificacion = 0", "1 / (calificacion - 8) = 7"))
        assert fates(self.feed(pipeline, grade(clock, 9), rule=broken)) == {"aplicado": 1}
        result = self.feed(pipeline, grade(clock, 8, id_alumno=2), rule=broken)
        assert fates(result) == {"rechazado": 1}
        assert pipeline.query("SELECT status, failed_rows FROM core.dq_results") == [
            ("error", None)
        ]

    def test_an_outage_is_no_verdict(self, pipeline: Pipeline, clock: Clock) -> None:
        slow = gate_rule(CERO.replace("calificacion = 0", "pg_sleep(5) IS NULL"))
        pipeline.connection.execute("SET statement_timeout = '200ms'")
        pipeline.connection.commit()
        with pytest.raises(psycopg.errors.QueryCanceled):
            self.feed(pipeline, grade(clock, 9), rule=slow)
        pipeline.connection.rollback()
        assert pipeline.query("SELECT count(*) FROM stg.rechazos") == [(0,)]

    def test_the_gate_leaves_the_transaction_as_it_was(
        self, pipeline: Pipeline, clock: Clock
    ) -> None:
        writes = gate_rule(CERO.replace("calificacion = 0", "nextval('core.lotes_lote_seq') = 0"))
        assert fates(self.feed(pipeline, grade(clock, 9), rule=writes)) == {"rechazado": 1}
        gate = LoteGate((gate_rule(),), "quarantine")
        ingest.ingest(pipeline.connection, pipeline.run_id, [grade(clock, 9)], gate)
        settings = (
            "SELECT current_setting('enable_seqscan'), current_setting('transaction_read_only')"
        )
        assert pipeline.connection.execute(settings).fetchall() == [("on", "off")]
        pipeline.connection.commit()

    def test_only_the_part_that_fails_is_set_aside_when_a_batch_was_split(
        self, pipeline: Pipeline, clock: Clock
    ) -> None:
        pipeline.connection.execute(
            "ALTER TABLE academico.calificaciones ADD CHECK (calificacion <> 1)"
        )
        pipeline.connection.commit()
        batch = [grade(clock, n, id_alumno=a) for a, n in ((1, 9), (2, 1), (3, 0), (4, 8))]
        result = self.feed(pipeline, *batch)
        assert fates(result) == {"aplicado": 1, "rechazado": 3}
        assert self.grades(pipeline) == [(1, 9.0)]
        motivos = pipeline.query("SELECT motivo FROM stg.rechazos ORDER BY id")
        assert motivos == [("base_de_datos",), ("cuarentena",), ("cuarentena",)]
        self.nothing_is_missing(pipeline)

    def test_a_rule_that_cannot_be_asked_is_told_before_anything_is_consumed(
        self, database_url: str, tmp_path: Path
    ) -> None:
        text = HEADER.format(
            id="mi_regla",
            entidad="alumno",
            tabla="academico.alumnos",
            columnas="id_alumno",
            umbral=0,
        )
        (tmp_path / "mi_regla.sql").write_text(
            text + "SELECT id AS id_alumno FROM academico.alumnos"
        )
        with pytest.raises(RuleBroken, match=r"mi_regla does not work: .* needs lote"):
            quality.lote_gate(Database(database_url), tmp_path, "warn")


@pytest.mark.parametrize("workers", [1, 2])
def test_consume_behind_a_gate(cli: Run, database_url: str, tmp_path: Path, workers: int) -> None:
    clock, broker = Clock(), PostgresBroker(Database(database_url), "etl")
    text = HEADER.format(
        id="mi_regla", entidad="alumno", tabla="academico.alumnos", columnas="id_alumno", umbral=0
    )
    query = "SELECT id AS id_alumno, lote FROM academico.alumnos WHERE edad = 33"
    (tmp_path / "mi_regla.sql").write_text(text + query)
    env = {"DATABASE_URL": database_url, "RABBIT_URL": "", "ACADEMICO_DQ_RULES": str(tmp_path)}

    def consume(edad: int, *gate: str) -> tuple[dict[str, int], str]:
        bodies = [
            event(clock, entity="alumno", id_alumno=n, nombre=f"Secreto {n}", genero="X", edad=edad)
            for n in range(1, 11)
        ]
        broker.publish([Outgoing(m.body) for m in bodies])
        args = ("--until-empty", "--workers", str(workers), "--format", "json")
        done = cli("consume", *args, *gate, env=env, check=True)
        return json.loads(done.stdout), done.stderr

    fates, said = consume(33, "--gate", "quarantine")
    assert (fates["recibidos"], fates["rechazados"]) == (10, 10)
    assert "mi_regla" in said
    assert "Secreto" not in said
    fates, said = consume(33, "--gate", "warn")
    assert fates["aplicados"] == 10
    assert "mi_regla" in said
    fates, said = consume(20, "--gate", "quarantine")
    assert (fates["aplicados"], said) == (10, "")
