"""Gates: marts that are not refreshed from bad data, lotes that are set aside whole."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ..support.escuela import Escuela

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
