"""``academico marts`` and ``academico kpi`` as a user runs them."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from subprocess import CompletedProcess

import psycopg
import pytest

from academico_cli import sqlfiles
from academico_cli.broker import NDJSON, Message

from ..support.escuela import Escuela
from ..support.pipeline import Pipeline

Run = Callable[..., "CompletedProcess[str]"]

PUBLIC = {
    "materia": ["id_materia", "nombre", "promedio", "tasa_aprob"],
    "grupo": ["id_grupo", "periodo", "materia", "profesor", "alumnos_inscritos", "promedio"],
    "maestros": ["id_maestro", "maestro", "promedio", "evaluaciones"],
    "riesgo": ["periodo", "id_alumno", "nombre", "promedio"],
    "periodo": ["periodo", "id_materia", "materia", "promedio", "tasa_aprob"],
    "top": ["periodo", "id_materia", "materia", "promedio", "tasa_aprob"],
}
"""What data-model.md promises, in its order; more may follow."""


@pytest.fixture
def run(cli: Run, database_url: str) -> Run:
    def command(*args: str) -> "CompletedProcess[str]":
        return cli(*args, env={"DATABASE_URL": database_url})

    return command


@pytest.fixture
def escuela(database_url: str) -> Iterator[Escuela]:
    school = Escuela(database_url)
    school.parametro("ranking_evaluaciones_minimas", 2)
    for id_ in (1, 2, 3):
        school.persona("alumnos", id_, f"Alumno {id_}")
        school.persona("materias", id_, f"Álgebra {id_}")
    school.persona("maestros", 1, "Ñandú | Ruiz")
    for id_, periodo in ((1, "2023B"), (2, "2024A"), (3, "2024A")):
        school.grupo(id_, id_, 1, periodo)
    for alumno, grupo, nota in ((1, 1, "5.50"), (1, 2, "10"), (2, 2, "5"), (3, 3, "8.25")):
        school.nota(alumno, grupo, Decimal(nota))
        school.inscripcion(alumno, grupo)
    yield school
    school.connection.close()


def read(done: "CompletedProcess[str]") -> list[dict[str, object]]:
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, object]] = json.loads(done.stdout, parse_float=Decimal)
    return rows


@pytest.mark.parametrize("kpi", PUBLIC)
def test_json_keys_are_the_columns_of_the_mart(escuela: Escuela, run: Run, kpi: str) -> None:
    assert run("marts", "refresh").returncode == 0
    for periodo in ((), ("--periodo", "2024A")):
        rows = read(run("kpi", kpi, *periodo, "--format", "json"))
        assert rows
        if kpi == "top" or not periodo:
            assert list(rows[0])[: len(PUBLIC[kpi])] == PUBLIC[kpi]
        else:
            assert set(PUBLIC[kpi]) <= set(rows[0])
            assert {row["periodo"] for row in rows} == {"2024A"}


def test_figures_order_and_limit(escuela: Escuela, run: Run) -> None:
    run("marts", "refresh")
    assert [r["id_alumno"] for r in read(run("kpi", "riesgo", "--format", "json"))] == [2, 1]
    (first,) = read(run("kpi", "top", "--limit", "1", "--format", "json"))
    assert (first["periodo"], first["id_materia"], first["promedio"]) == (
        "2024A", 3, Decimal("8.25"),
    )  # fmt: skip
    (row,) = read(run("kpi", "maestros", "--format", "json"))
    assert (row["promedio"], row["evaluaciones"]) == (Decimal("7.19"), 4)
    done = run("kpi", "grupo", "--limit", "2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    assert [(row["id_grupo"], row["promedio"]) for row in rows] == [("1", "5.50"), ("2", "7.50")]
    assert rows[0]["profesor"] == "Ñandú | Ruiz"


def test_tables_are_for_school_staff_and_md_is_escaped(escuela: Escuela, run: Run) -> None:
    run("marts", "refresh")
    shown = run("kpi", "grupo").stdout
    assert "Tasa de aprobación" in shown
    assert "Ñandú | Ruiz" in shown
    assert "Ñandú \\| Ruiz" in run("kpi", "grupo", "--format", "md").stdout


def test_marts_that_were_never_refreshed_are_refreshed_by_the_first_kpi(
    escuela: Escuela, database_url: str, cli: Run
) -> None:
    del escuela
    readonly = f"{database_url}?options=-c%20default_transaction_read_only%3Don"
    never = cli("kpi", "grupo", "--format", "json", env={"DATABASE_URL": readonly})
    assert (json.loads(never.stdout), never.returncode) == ([], 0)
    assert "never refreshed: run `academico marts refresh`" in never.stderr
    first = cli("kpi", "grupo", "--format", "json", env={"DATABASE_URL": database_url})
    assert [row["id_grupo"] for row in json.loads(first.stdout)] == [1, 2, 3]
    assert first.stderr == ""


def test_what_changed_is_computed_before_it_is_shown(escuela: Escuela, run: Run) -> None:
    def promedio(*args: str) -> float:
        done = run("kpi", "grupo", "--limit", "1", "--format", "json", *args)
        assert bool(done.stderr) == ("--as-is" in args)
        return float(json.loads(done.stdout)[0]["promedio"])

    before = promedio()
    for alumno in (1, 2, 3):
        escuela.nota(alumno, 1, Decimal("0.01"))
    as_is = run("kpi", "grupo", "--limit", "1", "--format", "json", "--as-is")
    assert "something changed since" in as_is.stderr
    assert promedio("--as-is") == before
    assert promedio() < before
    escuela.parametro("riesgo_promedio", 9)
    assert "something changed since" in run("kpi", "grupo", "--as-is").stderr
    assert run("kpi", "grupo").stderr == ""


def test_a_reader_does_not_wait_long_for_anothers_refresh(
    escuela: Escuela, run: Run, database_url: str
) -> None:
    assert run("kpi", "grupo").stderr == ""
    escuela.nota(1, 1, Decimal(9))
    with psycopg.connect(database_url) as other:
        other.execute(sqlfiles.load("academico_cli.marts", "marts.sql")["wait"])
        done = run("kpi", "grupo")
    assert done.returncode == 0
    assert "something changed since" in done.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("kpi", "materia", "--periodo", "1999Z"), "known periodos: 2023B, 2024A"),
        (("kpi", "top", "--limit", "0"), "--limit"),
        (("marts", "refresh", "nota"), "the marts are: alumnos_en_riesgo, kpi_grupo"),
        (("kpi", "explain", "nota", "1"), "choose from: kpi_materia"),
        (("kpi", "explain", "materia", "x"), "expected ID_MATERIA, like 17"),
        (("kpi", "explain", "riesgo", "7"), "expected PERIODO/ID_ALUMNO, like 2024A/17"),
        (("kpi", "explain", "grupo", "99"), "marts.kpi_grupo has no row '99'"),
    ],
)
def test_wrong_usage_says_what_would_be_right(
    escuela: Escuela, run: Run, args: tuple[str, ...], says: str
) -> None:
    done = run(*args)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    "args",
    [("kpi", "materia"), ("marts", "refresh"), ("marts", "list"), ("kpi", "explain", "grupo", "1")],
)
def test_without_migrations_one_line_says_what_to_do(
    cli: Run, empty_database_url: str, args: tuple[str, ...]
) -> None:
    done = cli(*args, env={"DATABASE_URL": empty_database_url})
    assert done.returncode == 3
    assert "Run `academico migrate`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_marts_list_and_refresh(escuela: Escuela, run: Run) -> None:
    rows = read(run("marts", "refresh", "kpi_grupo", "--format", "json"))
    assert [(row["mart"], row["filas"], row["periodos"]) for row in rows] == [("kpi_grupo", 3, 2)]
    listed = {row["mart"]: row for row in read(run("marts", "list", "--format", "json"))}
    assert listed["alumnos_en_riesgo"]["filas"] == 2
    assert Decimal(str(listed["kpi_materia"]["segundos"])) >= 0


def test_a_number_leads_back_to_its_messages(database_url: str, run: Run) -> None:
    def body(**fields: object) -> bytes:
        return json.dumps(fields, ensure_ascii=False).encode()

    parents = [
        body(entity="materia", id_materia=1, nombre="Física"),
        body(entity="grupo", id_grupo=7, id_materia=1, periodo="2024A"),
        body(entity="alumno", id_alumno=1, nombre="Zoé", genero="F"),
        body(entity="alumno", id_alumno=2, nombre="Ana", genero="F"),
    ]
    notas = [
        body(entity="calificacion", id_alumno=1, id_grupo=7, calificacion=8.75),
        b"",
        body(entity="calificacion", id_alumno=2, id_grupo=7, calificacion=5),
    ]
    pipeline = Pipeline(database_url)
    pipeline.feed([Message(one, 1_700_000_000_000_000 + n) for n, one in enumerate(parents)])
    pipeline.feed([Message(b"\n".join(notas), 1_700_000_001_000_000, content_type=NDJSON)])
    pipeline.close()
    run("marts", "refresh")

    done = run("kpi", "explain", "kpi_materia", "1", "--format", "json")
    rows = read(done)
    told = [row["cuerpo"] for row in rows]
    assert told == [notas[0].decode(), notas[2].decode(), parents[1].decode(), parents[0].decode()]
    assert [row["linea"] for row in rows] == [1, 3, 0, 0]
    assert "promedio 6.88" in done.stderr
    assert "Zoé" not in done.stdout

    rows = read(run("kpi", "explain", "riesgo", "2024A/2", "--personal", "--format", "json"))
    assert [row["tabla"] for row in rows] == ["calificaciones", "grupos", "materias", "alumnos"]
    assert rows[-1]["cuerpo"] == parents[3].decode()
