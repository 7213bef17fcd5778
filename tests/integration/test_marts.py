"""The marts equal a recomputation from scratch, whatever happened and in whatever order."""

import threading
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academico_cli import marts, migrations
from academico_cli.errors import WrongUsage
from academico_cli.postgres import Database

from ..support.escuela import Escuela

HECHOS = ("calificaciones", "inscripciones")
PERIODOS = ("2023A", "2023B", "2024A")
alumno, grupo, materia, maestro = (st.integers(1, n) for n in (5, 4, 3, 2))
periodo = st.sampled_from(PERIODOS)
# The thresholds are drawn from the same few numbers as grades, so that many fall just on one.
umbral = st.sampled_from([Decimal(n) for n in ("5", "5.99", "6", "6.005", "7.5")])
nota = st.decimals(0, 10, places=2) | umbral.map(lambda n: round(n, 2))

UMBRALES = ("calificacion_aprobatoria", "riesgo_promedio")
PARAMETRO = st.one_of(
    st.tuples(st.just("parametro"), st.sampled_from(UMBRALES), umbral),
    st.tuples(st.just("parametro"), st.just("ranking_evaluaciones_minimas"), st.integers(1, 4)),
)  # fmt: skip
OPERATION = st.one_of(
    PARAMETRO,
    st.tuples(st.just("nota"), alumno, grupo, nota),
    st.tuples(st.just("nota"), alumno, grupo, nota),
    st.tuples(st.just("inscripcion"), alumno, grupo, st.sampled_from(["inscrito", "baja"])),
    st.tuples(st.just("borrar"), st.sampled_from(HECHOS), alumno, grupo),
    st.tuples(st.just("grupo"), grupo, materia, st.none() | maestro, periodo),
    st.tuples(st.just("borrar_grupo"), grupo),
    st.tuples(
        st.just("persona"), st.sampled_from(["alumnos", "materias", "maestros"]),
        st.integers(1, 2), st.sampled_from(["Ñandú", "Zoé", "ana"]),
    ),
)  # fmt: skip

# What happens between two refreshes; at times a parameter alone, which touches no periodo.
STEP = st.lists(OPERATION, min_size=1, max_size=6) | st.lists(PARAMETRO, min_size=1, max_size=1)


@pytest.fixture
def escuela(database_url: str) -> Iterator[Escuela]:
    school = Escuela(database_url)
    fill(school)
    yield school
    school.connection.close()


@pytest.fixture
def database(database_url: str) -> Database:
    return Database(database_url, lock_timeout=5)


def fill(school: Escuela) -> None:
    for tabla, n in (("alumnos", 5), ("materias", 3), ("maestros", 2)):
        for id_ in range(1, n + 1):
            school.persona(tabla, id_, f"{tabla} {id_}")
    for id_ in range(1, 5):
        school.grupo(id_, 1 + id_ % 2, id_ % 3 or None, PERIODOS[id_ % 2])
    school.parametro("ranking_evaluaciones_minimas", 2)


def perform(school: Escuela, name: str, *args: object) -> None:
    if name == "grupo":
        before = school.periodo_of(args[0])
        school.grupo(*args)
        school.touch(before, args[3])
    elif name == "borrar":
        school.run(
            f"DELETE FROM academico.{args[0]} WHERE id_alumno = %s AND id_grupo = %s", *args[1:]
        )
        school.touch(school.periodo_of(args[2]))
    elif name == "borrar_grupo":
        before = school.periodo_of(args[0])
        for tabla in HECHOS:
            school.run(f"DELETE FROM academico.{tabla} WHERE id_grupo = %s", args[0])
        school.run("DELETE FROM academico.grupos WHERE id = %s", args[0])
        school.touch(before)
    else:
        getattr(school, name)(*args)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(STEP, min_size=2, max_size=8))
def test_any_history_gives_what_a_recomputation_gives(
    escuela: Escuela, database: Database, history: list[list[tuple[object, ...]]]
) -> None:
    escuela.clear()
    fill(escuela)
    escuela.touch(*PERIODOS)
    for operations in history:
        for operation in operations:
            perform(escuela, *operation)
        marts.refresh(database)
        escuela.expect_marts_equal_scratch()
    marts.refresh(database, full=True)
    escuela.expect_marts_equal_scratch()


def test_each_grade_counts_once_beside_enrolments(escuela: Escuela, database: Database) -> None:
    for id_ in (1, 2, 3):
        escuela.inscripcion(id_, 1, "baja" if id_ == 3 else "inscrito")
        escuela.nota(id_, 1, Decimal(id_) * 3)
    escuela.nota(4, 1, Decimal("9.50"))  # a grade without enrolment is still a grade
    marts.refresh(database)
    (row,) = escuela.run(
        "SELECT alumnos_inscritos, bajas, calificaciones, promedio, tasa_aprob, tasa_baja"
        " FROM marts.kpi_grupo WHERE id_grupo = 1"
    )
    assert row == (2, 1, 4, Decimal("6.88"), Decimal("0.7500"), Decimal("0.3333"))
    (empty,) = escuela.run(
        "SELECT alumnos_inscritos, promedio, tasa_aprob FROM marts.kpi_grupo WHERE id_grupo = 2"
    )
    assert empty == (0, None, None)


def test_risk_compares_before_it_rounds(escuela: Escuela, database: Database) -> None:
    escuela.grupo(3, 1, 1, escuela.periodo_of(1) or "")
    for grupo_, valor in ((1, "5.99"), (3, "6.00")):
        escuela.nota(1, grupo_, Decimal(valor))
        escuela.nota(2, grupo_, Decimal("6.00"))
    marts.refresh(database)
    rows = escuela.run("SELECT id_alumno, promedio FROM marts.alumnos_en_riesgo")
    assert rows == [(1, Decimal("6.00"))]


@pytest.mark.parametrize(
    ("nombre", "mart"),
    [
        ("calificacion_aprobatoria", "kpi_materia"),
        ("calificacion_aprobatoria", "materia_periodo_stats"),
        ("riesgo_promedio", "alumnos_en_riesgo"),
        ("ranking_evaluaciones_minimas", "ranking_maestros"),
    ],
)
def test_a_changed_parameter_changes_the_marts(
    escuela: Escuela, database: Database, nombre: str, mart: str
) -> None:
    for id_ in (1, 2, 3):
        escuela.nota(id_, 1, Decimal(7))
    marts.refresh(database)
    before = escuela.mart(mart)
    escuela.parametro(nombre, 8)
    assert escuela.mart(mart) == before
    marts.refresh(database)
    assert escuela.mart(mart) != before
    escuela.expect_marts_equal_scratch()


def test_only_the_periodos_that_changed_are_recomputed(
    escuela: Escuela, database: Database
) -> None:
    escuela.nota(1, 1, Decimal(7))
    escuela.nota(1, 2, Decimal(7))
    marts.refresh(database)
    one, other = escuela.periodo_of(1), escuela.periodo_of(2)
    assert one != other
    escuela.run("UPDATE marts.base_grupos SET suma = 0")
    escuela.touch(one)
    assert {row["periodos"] for row in marts.refresh(database)} == {1}
    sumas = dict(escuela.run("SELECT id_grupo, suma FROM marts.base_grupos WHERE id_grupo < 3"))
    assert sumas == {1: Decimal("7.00"), 2: Decimal(0)}
    assert {row["periodos"] for row in marts.refresh(database)} == {0}
    marts.refresh(database, full=True)
    escuela.expect_marts_equal_scratch()


def test_a_lote_that_commits_late_is_not_missed(
    escuela: Escuela, database: Database, database_url: str
) -> None:
    late = Escuela(database_url)
    late.lote = 100
    with late.connection.transaction():
        late.nota(1, 1, Decimal(2))
        escuela.lote = 200
        escuela.nota(2, 1, Decimal(4))
        marts.refresh(database)
        promedio = "SELECT promedio FROM marts.kpi_grupo WHERE id_grupo = 1"
        assert escuela.run(promedio) == [(Decimal("4.00"),)]
    late.connection.close()
    marts.refresh(database)
    assert escuela.run(promedio) == [(Decimal("3.00"),)]
    escuela.expect_marts_equal_scratch()


def test_a_refresh_that_waited_sees_what_was_committed_meanwhile(
    escuela: Escuela, database: Database, database_url: str
) -> None:
    marts.refresh(database)
    with psycopg.connect(database_url, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(hashtext('academico.marts'))")
        failures: list[BaseException] = []

        def refresh() -> None:
            try:
                marts.refresh(database)
            except BaseException as exc:  # noqa: BLE001  told to the test below
                failures.append(exc)

        threads = [threading.Thread(target=refresh) for _ in range(2)]
        for thread in threads:
            thread.start()
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        while holder.execute(waiting).fetchone() != (2,):
            assert all(thread.is_alive() for thread in threads), failures
        escuela.nota(1, 1, Decimal(9))
    for thread in threads:
        thread.join(30)
    assert failures == []
    escuela.expect_marts_equal_scratch()


def test_readers_see_whole_marts_while_a_refresh_runs(
    escuela: Escuela, database: Database, database_url: str
) -> None:
    escuela.nota(1, 1, Decimal(2))
    marts.refresh(database)
    names = ("kpi_materia", "kpi_grupo", "alumnos_en_riesgo", "materia_periodo_stats")
    before = {name: escuela.mart(name) for name in names}
    escuela.nota(1, 1, Decimal(3))
    escuela.run("SET lock_timeout = '2s'")
    with psycopg.connect(database_url) as other:
        other.execute("SELECT marts.refrescar()")
        assert {name: escuela.mart(name) for name in names} == before
    after = {name: escuela.mart(name) for name in names}
    assert all(after[name] != before[name] for name in names)


def test_names_are_right_after_a_refresh(escuela: Escuela, database: Database) -> None:
    escuela.nota(1, 1, Decimal(2))
    marts.refresh(database)
    for tabla in ("materias", "maestros", "alumnos"):
        escuela.persona(tabla, 1, "otro nombre")
    marts.refresh(database)
    escuela.expect_marts_equal_scratch()


def test_down_and_up_again_on_a_filled_database(each_empty_database_url: str) -> None:
    database = Database(each_empty_database_url)
    migrations.upgrade(database)
    school = Escuela(each_empty_database_url)
    fill(school)
    school.nota(1, 1, Decimal("5.25"))
    school.inscripcion(1, 1)
    marts.refresh(database)
    school.expect_marts_equal_scratch()
    migrations.downgrade(database, "0001")
    assert school.run("SELECT FROM pg_class WHERE relnamespace = 'marts'::regnamespace") == []
    migrations.upgrade(database)
    marts.refresh(database)
    school.expect_marts_equal_scratch()
    school.connection.close()


def test_names_choose_what_is_told(database: Database) -> None:
    assert [row["mart"] for row in marts.refresh(database, ["kpi_grupo"])] == ["kpi_grupo"]
    with pytest.raises(WrongUsage, match=r"no mart 'nota'.*alumnos_en_riesgo, kpi_grupo"):
        marts.refresh(database, ["nota"])


def test_status_before_and_after(database: Database) -> None:
    before = marts.status(database)
    assert [row["mart"] for row in before] == list(marts.MARTS)
    assert {row["refrescado_en"] for row in before} == {None}
    marts.refresh(database)
    after = marts.status(database)
    assert all(row["refrescado_en"] and row["antiguedad_segundos"] >= 0 for row in after)


def test_top_materias(escuela: Escuela, database: Database) -> None:
    here = escuela.periodo_of(1) or ""
    for id_, valor in ((1, 7), (2, 9), (3, 7)):
        escuela.grupo(id_, id_, None, here)
        escuela.nota(1, id_, Decimal(valor))
    escuela.grupo(4, 1, None, "2024A")
    marts.refresh(database)
    top = "SELECT id_materia FROM marts.top_materias(%s, %s)"
    assert escuela.run(top, here, 2) == [(2,), (1,)]
    assert escuela.run(top, here, 10) == [(2,), (1,), (3,)]
    assert escuela.run(top, "2024A", 10) == []
