"""``academico dq`` as a user runs it: formats, exit codes, own rules, lint, history."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from xml.etree import ElementTree

import pytest

from academico_cli.dq import catalog

from ..support.escuela import Escuela

Run = Callable[..., "CompletedProcess[str]"]

SIN_INSCRIPCION = "calificacion_sin_inscripcion"
HEADER = """\
-- id: {id}
-- entidad: {entity}
-- tabla: academico.alumnos
-- severidad: {severity}
-- titulo: Prueba
-- significa: Prueba.
-- importa: Nunca.
-- remedio: Nada.
-- columnas: {columns}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "reglas"
    folder.mkdir()
    return folder


@pytest.fixture
def dq(cli: Run, database_url: str, own: Path) -> Run:
    def command(*args: str, url: str = database_url) -> "CompletedProcess[str]":
        return cli("dq", *args, env={"DATABASE_URL": url, "ACADEMICO_DQ_RULES": str(own)})

    return command


@pytest.fixture
def escuela(database_url: str) -> Iterator[Escuela]:
    """A school in which nothing fails."""
    school = Escuela(database_url)
    for id_ in range(1, 11):
        school.persona("alumnos", id_, f"Nombre Secreto {id_}")
    school.run("UPDATE academico.alumnos SET edad = 20")
    school.persona("materias", 1, "Álgebra")
    school.persona("maestros", 1, "Maestra Secreta")
    school.grupo(1, 1, 1, "2024A")
    for id_ in range(1, 11):
        school.inscripcion(id_, 1)
        school.nota(id_, 1, 8)
    yield school
    school.connection.close()


def write(
    folder: Path, name: str, query: str, *, severity: str = "error", entity: str = "alumno",
    columns: str = "id_alumno", more: str = "",
) -> Path:  # fmt: skip
    path = folder / f"{name}.sql"
    head = HEADER.format(id=name, severity=severity, entity=entity, columns=columns)
    path.write_text(head + more + query, encoding="utf-8")
    return path


def read(done: "CompletedProcess[str]", code: int = 0) -> Any:
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def check(dq: Run, *args: str, code: int = 0) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read(dq("check", *args, "--format", "json"), code)
    return rows


def test_a_failure_is_told_and_ends_with_1(escuela: Escuela, dq: Run) -> None:
    rules = ("--rule", SIN_INSCRIPCION, "--rule", "grupo_sin_maestro")
    rows = check(dq, *rules)
    assert list(rows[0])[:6] == [
        "check_name", "severity", "passed", "failed_rows", "total_rows", "sample_keys",
    ]  # fmt: skip
    assert [(r["passed"], r["status"], r["failed_rows"]) for r in rows] == [(True, "passed", 0)] * 2
    escuela.run("DELETE FROM academico.inscripciones WHERE id_alumno < 3")
    first, second = check(dq, *rules, code=1)
    assert (first["check_name"], first["failed_rows"], first["total_rows"]) == (
        SIN_INSCRIPCION,
        2,
        10,
    )
    assert first["sample_keys"] == [
        {"id_alumno": n, "id_grupo": 1, "periodo": "2024A"} for n in (1, 2)
    ]
    assert (first["new_rows"], second["passed"]) == (2, True)
    assert check(dq, *rules, code=1)[0]["new_rows"] == 0
    done = dq("check", *rules)
    assert done.returncode == 1
    assert "1/1/2024A, 2/1/2024A" in done.stdout
    assert "Remedio:" in done.stderr
    assert "2 rules: 1 passed, 1 failed\n" in done.stderr
    assert "Secret" not in done.stdout + done.stderr


def test_a_warning_counts_when_asked(escuela: Escuela, dq: Run) -> None:
    escuela.run("UPDATE academico.grupos SET id_maestro = NULL")
    only = ("--rule", "grupo_sin_maestro")
    assert check(dq, *only)[0]["passed"] is False
    assert check(dq, *only, "--fail-on", "warn", code=1)[0]["status"] == "failed"


@pytest.mark.parametrize(
    ("args", "near"),
    [(["--rule", "grupos_sin_maestros"], "grupo_sin_maestro"),
     (["--rule", "grupo_*", "--rule", "nada*"], "nada"),
     (["--entity", "calificaciones"], "calificacion"),
     (["--rule", "grupo_sin_maestro", "--entity", "alumno"], "grupo_sin_maestro"),
     (["--format", "xml"], "junit"), (["--fail-on", "info"], "warn")],
)  # fmt: skip
def test_a_selection_that_matches_nothing_is_wrong_usage(
    dq: Run, args: list[str], near: str
) -> None:
    done = dq("check", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert near in done.stderr


def test_no_server_and_no_tables_are_3(dq: Run, empty_database_url: str) -> None:
    assert dq("check", url="postgresql://app:x@127.0.0.1:9/nada").returncode == 3
    done = dq("check", url=empty_database_url)
    assert done.returncode == 3
    assert "academico migrate" in done.stderr


class TestBrokenRules:
    def test_mine_ends_with_4_whatever_else_failed(
        self, escuela: Escuela, dq: Run, own: Path
    ) -> None:
        escuela.run("DELETE FROM academico.inscripciones")
        write(own, "mi_regla", "SELECT nada AS id_alumno FROM academico.alumnos")
        rows = check(dq, "--rule", "mi_regla", "--rule", SIN_INSCRIPCION, code=4)
        assert [(r["status"], r["passed"]) for r in rows] == [("error", False), ("failed", False)]
        assert rows[0]["failed_rows"] is None
        assert '"nada" does not exist' in rows[0]["error"]
        assert "nobody knows" in dq("check", "--rule", "mi_regla").stderr

    def test_ours_ends_with_5(self, escuela: Escuela, dq: Run) -> None:
        escuela.run("ALTER TABLE academico.grupos RENAME id_maestro TO otro")
        (row,) = check(dq, "--rule", "grupo_sin_maestro", code=5)
        assert row["status"] == "error"

    def test_a_bad_header_ends_with_4_and_names_its_place(self, dq: Run, own: Path) -> None:
        write(own, "mi_regla", "SELECT 1", severity="grave")
        for args in (["check"], ["list"]):
            done = dq(*args)
            assert done.returncode == 4
            assert "mi_regla.sql, line 4, severidad: expected one of warn, error" in done.stderr

    def test_one_that_would_replace_ours_ends_with_4(self, dq: Run, own: Path) -> None:
        write(own, "grupo_sin_maestro", "SELECT 1 AS id_alumno WHERE false")
        done = dq("check", "--rule", "grupo_sin_maestro")
        assert done.returncode == 4
        assert "academico ships a rule grupo_sin_maestro" in done.stderr


class TestJunit:
    def suite(self, dq: Run, *args: str, code: int) -> ElementTree.Element:
        done = dq("check", *args, "--format", "junit")
        assert done.returncode == code, done.stderr
        return ElementTree.fromstring(done.stdout)

    def test_it_agrees_with_the_exit_code(self, escuela: Escuela, dq: Run, own: Path) -> None:
        escuela.run("UPDATE academico.grupos SET id_maestro = NULL")
        escuela.run("DELETE FROM academico.inscripciones WHERE id_alumno = 1")
        write(own, "mi_regla", "SELECT 1 AS otra")
        found = (
            "--rule",
            SIN_INSCRIPCION,
            "--rule",
            "grupo_sin_maestro",
            "--rule",
            "alumno_sin_edad",
        )
        suite = self.suite(dq, *found, code=1)
        figures = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
        assert figures == ["3", "1", "0", "0"]
        cases = {case.get("name"): case for case in suite.iter("testcase")}
        failure = cases[SIN_INSCRIPCION].find("failure")
        assert failure is not None
        assert failure.get("message") == "1 of 10 rows fail, 1 of them new (threshold 0)"
        assert '"id_alumno": 1' in (failure.text or "")
        assert [child.tag for child in cases["grupo_sin_maestro"]] == ["system-out"]
        assert list(cases["alumno_sin_edad"]) == []
        warned = self.suite(dq, *found, "--fail-on", "warn", code=1)
        assert warned.get("failures") == "2"
        broken = self.suite(dq, "--rule", "mi_regla", code=4)
        assert (broken.get("failures"), broken.get("errors")) == ("0", "1")

    def test_what_xml_cannot_hold_is_replaced(self, escuela: Escuela, dq: Run, own: Path) -> None:
        query = "SELECT E'a\\x01<&>\\x1f' || chr(65534) AS id_alumno FROM academico.alumnos LIMIT 1"
        write(own, "mi_regla", query)
        suite = self.suite(dq, "--rule", "mi_regla", code=1)
        (failure,) = suite.iter("failure")
        assert "<&>" in (failure.text or "")


class TestFormats:
    def test_csv_and_md(self, escuela: Escuela, dq: Run) -> None:
        escuela.run("DELETE FROM academico.inscripciones WHERE id_alumno = 1")
        only = ("--rule", SIN_INSCRIPCION)
        (row,) = csv.DictReader(
            io.StringIO(dq("check", *only, "--format", "csv").stdout, newline="")
        )
        assert row["failed_rows"] == "1"
        assert json.loads(row["sample_keys"])[0]["id_alumno"] == 1
        assert f"| {SIN_INSCRIPCION} |" in dq("check", *only, "--format", "md").stdout

    def test_list(self, dq: Run, own: Path) -> None:
        write(own, "mi_regla", "SELECT 1 AS id_alumno WHERE false")
        rows = {row["id"]: row for row in read(dq("list", "--format", "json"))}
        assert rows["mi_regla"]["own"] is True
        assert rows[SIN_INSCRIPCION]["own"] is False
        assert all(row["remedio"] for row in rows.values())
        assert {
            r["entidad"] for r in read(dq("list", "--entity", "grupo", "--format", "json"))
        } == {"grupo"}
        assert SIN_INSCRIPCION in dq("list").stdout


class TestNew:
    def test_the_template_is_a_rule_that_runs(self, escuela: Escuela, dq: Run, own: Path) -> None:
        done = dq("new", "mi_regla")
        assert done.stdout.strip() == str(own / "mi_regla.sql")
        assert dq("lint").returncode == 0
        assert check(dq, "--rule", "mi_regla")[0]["passed"] is True

    def test_nothing_is_overwritten(self, dq: Run, own: Path) -> None:
        path = write(own, "mi_regla", "SELECT 1")
        before = path.read_text(encoding="utf-8")
        done = dq("new", "mi_regla")
        assert done.returncode == 2
        assert "is there already" in done.stderr
        assert path.read_text(encoding="utf-8") == before

    @pytest.mark.parametrize("name", ["grupo_sin_maestro", "../x", "Mi regla", "x"])
    def test_an_id_must_be_one_and_free(self, dq: Run, own: Path, name: str) -> None:
        assert dq("new", name).returncode == 2
        assert list(own.iterdir()) == []

    def test_it_needs_a_folder(self, cli: Run, tmp_path: Path) -> None:
        done = cli("dq", "new", "mi_regla")
        assert done.returncode == 2
        assert "ACADEMICO_DQ_RULES" in done.stderr
        env = {"ACADEMICO_DQ_RULES": str(tmp_path / "new" / "folder")}
        assert cli("dq", "new", "mi_regla", env=env, check=True)


class TestLint:
    def found(self, dq: Run, *files: Path, code: int = 1) -> list[tuple[object, ...]]:
        rows = read(dq("lint", *map(str, files), "--format", "json"), code)
        return [(Path(r["file"]).stem, r["line"], r["key"], r["level"], r["message"]) for r in rows]

    def test_the_shipped_rules_pass(self, dq: Run) -> None:
        done = dq("lint")
        assert done.returncode == 0, done.stdout
        assert f"{len(catalog.files(None))} rules looked over\n" in done.stderr

    def test_each_file_is_looked_over(self, dq: Run, own: Path) -> None:
        write(own, "a_cabeza", "SELECT 1", severity="grave")
        write(own, "b_columna", "SELECT 1 AS otra")
        write(
            own,
            "c_escribe",
            "WITH x AS (DELETE FROM academico.alumnos RETURNING id) SELECT 1 FROM x",
        )
        write(own, "d_personal", "SELECT nombre AS id_alumno FROM academico.alumnos")
        write(own, "e_total", "SELECT 1 AS id_alumno", more="-- total: SELECT nada\n")
        write(own, "grupo_sin_maestro", "SELECT 1 AS id_alumno")
        write(own, "g_buena", "SELECT id AS id_alumno FROM academico.alumnos")
        found = self.found(dq)
        assert [f[0] for f in found] == [
            "a_cabeza", "b_columna", "c_escribe", "d_personal", "e_total", "grupo_sin_maestro",
        ]  # fmt: skip
        assert {f[3] for f in found} == {"error"}
        texts = " ".join(str(f[4]) for f in found)
        for said in ("warn, error", "no column id_alumno", "data-modifying", "personal data",
                     '"nada" does not exist', "academico ships"):  # fmt: skip
            assert said in texts

    def test_a_full_cross_join_is_warned_about(self, escuela: Escuela, dq: Run, own: Path) -> None:
        # An equality has an index or a hash to join by, a comparison has not.
        joins = (
            "SELECT a.id AS id_alumno FROM academico.alumnos AS a JOIN academico.alumnos AS b ON "
        )
        escuela.run("ANALYZE")
        cross = write(own, "cruzada", joins + "length(a.nombre) > b.edad + 100")
        equal = write(own, "igualdad", joins + "a.nombre = b.nombre AND a.id < b.id")
        single = write(
            own, "parametro",
            "SELECT a.id AS id_alumno FROM academico.alumnos AS a, core.parametros AS p"
            " WHERE p.nombre = 'riesgo_promedio' AND a.edad < p.valor",
        )  # fmt: skip
        (found,) = self.found(dq, cross, equal, single, code=0)
        assert found[0] == "cruzada"
        assert found[3:] == ("warn", "joins every row of alumnos with every row of alumnos")

    def test_a_gate_must_reach_the_keys_of_a_lote(
        self, escuela: Escuela, dq: Run, own: Path
    ) -> None:
        gate = "-- compuerta: si\n"
        good = write(own, "buena", "SELECT id AS id_alumno, lote FROM academico.alumnos", more=gate)
        short = write(own, "corta", "SELECT id AS id_alumno FROM academico.alumnos", more=gate)
        whole = write(
            own, "entera",
            "SELECT id AS id_alumno, max(lote) OVER () AS lote FROM academico.alumnos", more=gate,
        )  # fmt: skip
        found = self.found(dq, good, short, whole)
        assert [(f[0], f[2], f[3]) for f in found] == [
            ("corta", "compuerta", "error"), ("entera", "compuerta", "error"),
        ]  # fmt: skip
        assert "needs lote" in str(found[0][4])
        assert "the whole of alumnos" in str(found[1][4])

    def test_without_a_database_the_files_are_read(self, cli: Run, own: Path) -> None:
        bad = write(own, "mala", "SELECT 1 AS otra")
        done = cli("dq", "lint", str(bad))
        assert done.returncode == 0
        assert "were not planned: No database is configured" in done.stderr
        missing = cli("dq", "lint", "nada.sql", "--format", "json")
        assert read(missing, 1)[0]["message"] == "No such file or directory"


class TestHistory:
    def test_runs_oldest_first_with_a_sparkline(self, escuela: Escuela, dq: Run) -> None:
        only = ("--rule", SIN_INSCRIPCION)
        for n in (0, 4, 8):
            escuela.run("DELETE FROM academico.inscripciones WHERE id_alumno <= %s", n)
            dq("check", *only)
        done = dq("history", SIN_INSCRIPCION, "--format", "json")
        assert [(r["failed_rows"], r["new_rows"]) for r in read(done)] == [(0, 0), (4, 4), (8, 4)]
        assert "▁▅█" in done.stderr
        assert [
            r["failed_rows"]
            for r in read(dq("history", SIN_INSCRIPCION, "--limit", "1", "--format", "json"))
        ] == [8]

    def test_of_a_rule_never_run_and_of_none(self, dq: Run) -> None:
        assert read(dq("history", SIN_INSCRIPCION, "--format", "json")) == []
        done = dq("history", "calificacion_sin_inscripciones")
        assert done.returncode == 2
        assert SIN_INSCRIPCION in done.stderr
