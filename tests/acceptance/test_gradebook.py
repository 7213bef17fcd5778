"""A real gradebook, with all that is wrong with it: each fault is found, counted and kept.

Only where the gradebook lies beside the project, at ../shared/data/dataedu_gradebook.
"""

import csv
import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import psycopg
import pytest

from academico_cli.local.postgres import EmbeddedPostgres

from ..conftest import at_database, cli_environment, create_database

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "dataedu_gradebook"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the gradebook is not beside the project (../shared/data)"
)

Cli = Callable[..., "subprocess.CompletedProcess[str]"]
Row = dict[str, str]

FAULTS = {
    "fila_repetida_en_origen": 11,
    "evaluacion_repetida_en_origen": 538,
    "evaluacion_sobre_el_maximo": 164,
    "evaluacion_sin_puntos_posibles": 48,
    "inscripcion_sin_calificacion": 30,
}
UNKNOWN = {
    "alumno_sin_edad": 580,
    "calificacion_sin_fecha": 573,
    "grupo_sin_fecha_inicio": 26,
    "grupo_sin_maestro": 26,
    "inscripcion_sin_fecha": 603,
    "materia_sin_creditos": 5,
}
"""What the data set does not know of anybody."""


def rows() -> list[Row]:
    with gzip.open(FOLDER / "course_data.csv.gz", "rt", encoding="utf-8", newline="") as file:
        # R writes NA, or nothing, for what is missing.
        return [{k: "" if v == "NA" else v for k, v in row.items()} for row in csv.DictReader(file)]


def key(row: Row) -> tuple[str, str]:
    return row["CourseSectionOrigID"], row["Bb_UserPK"]


def counted(gradebook: list[Row]) -> dict[str, int]:
    """Return the number of each fault, counted without SQL."""
    whole = Counter(tuple(row.values()) for row in gradebook)
    titles = Counter((*key(row), row["Gradebook_Item"]) for row in gradebook)
    points = [(r["Points_Earned"], r["Points_Possible"]) for r in gradebook]
    return {
        "fila_repetida_en_origen": sum(n - 1 for n in whole.values()),
        "evaluacion_repetida_en_origen": sum(n - 1 for n in titles.values()),
        "evaluacion_sobre_el_maximo": sum(
            bool(e and p) and Decimal(e) > Decimal(p) for e, p in points
        ),
        "evaluacion_sin_puntos_posibles": sum(bool(p) and Decimal(p) == 0 for _, p in points),
        "inscripcion_sin_calificacion": len({key(r) for r in gradebook if not r["FinalGradeCEMS"]}),
    }


@pytest.fixture(scope="module")
def env(
    postgres: EmbeddedPostgres, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Return an environment whose database holds the gradebook."""
    create_database(postgres.start(), "gradebook", template_database)
    own = {"DATABASE_URL": at_database(postgres.start(), "gradebook"), "RABBIT_URL": ""}
    academico = Path(sys.executable).parent / "academico"
    subprocess.run(
        [academico, "load", str(FOLDER), "--mapping", "gradebook"],
        env=cli_environment(tmp_path_factory.mktemp("load")) | own,
        check=True,
        timeout=120,
    )
    return own


def test_every_fault_is_found_and_counted(cli: Cli, env: dict[str, str]) -> None:
    assert counted(rows()) == FAULTS
    done = cli("dq", "check", "--format", "json", env=env)
    assert done.returncode == 1
    failed = {r["check_name"]: r["failed_rows"] for r in json.loads(done.stdout) if not r["passed"]}
    # Some rows break two rules: a repeated title with 0 or too many points.
    rejected = failed.pop("rechazos_de_mas")
    assert failed == FAULTS | UNKNOWN
    cli("reconcile", env=env, check=True)
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM stg.rechazos").fetchone() == (rejected,)


def test_what_is_sound_is_stored_as_it_is(env: dict[str, str]) -> None:
    gradebook = rows()
    grades = {key(r): r["FinalGradeCEMS"] for r in gradebook if r["FinalGradeCEMS"]}
    cents, tenth = Decimal("0.01"), Decimal(10)
    expected = sorted((Decimal(g) / tenth).quantize(cents, ROUND_HALF_UP) for g in grades.values())
    first: dict[tuple[str, ...], tuple[str, str]] = {}
    for row in gradebook:
        title = (*key(row), row["Gradebook_Item"])
        first.setdefault(title, (row["Points_Earned"], row["Points_Possible"]))
    works = sorted(
        round(Decimal(earned) * 10 / Decimal(possible), 4)
        for earned, possible in first.values()
        if earned and Decimal(possible or 0) > 0 and Decimal(earned) <= Decimal(possible)
    )
    with psycopg.connect(env["DATABASE_URL"]) as connection:

        def column(query: str) -> list[object]:
            return [row[0] for row in connection.execute(query)]

        assert column("SELECT calificacion FROM academico.calificaciones ORDER BY 1") == expected
        found = column("SELECT calificacion FROM academico.evaluaciones ORDER BY 1")
        assert len(found) == len(works)
        assert all(abs(a - b) <= Decimal("0.0001") for a, b in zip(found, works, strict=True))
        assert column("SELECT count(*) FROM academico.inscripciones") == [603]
        assert column("SELECT count(*) FROM academico.alumnos") == [580]
        assert column("SELECT id FROM academico.periodos ORDER BY 1") == [
            "2016S1", "2016S2", "2016T1",
        ]  # fmt: skip


def test_nothing_of_a_refused_row_is_lost(env: dict[str, str]) -> None:
    gradebook = rows()
    titles = Counter((*key(row), row["Gradebook_Item"]) for row in gradebook)
    again = sorted(title for (_, _, title), n in titles.items() for _ in range(n - 1))
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        bodies = [
            json.loads(row[0]) for row in connection.execute("SELECT cuerpo FROM stg.rechazos")
        ]
    assert sorted(b["titulo"] for b in bodies if "repeticion" in b) == again
    over = [b for b in bodies if b.get("calificacion", 0) > 10]
    assert all(b["puntos_obtenidos"] > b["puntos_posibles"] for b in over)
    assert len(over) == FAULTS["evaluacion_sobre_el_maximo"]
