"""What the risk model may know on a day: by the time of events, and as it was then."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psycopg
import pytest
from sklearn.metrics import roc_auc_score

from academico_cli import bulk
from academico_cli.errors import WrongUsage
from academico_cli.ml import audit, candidates, features
from academico_cli.ml.dataset import Dataset
from academico_cli.postgres import Database
from academico_cli.sample import SampleOptions, sample_events
from academico_cli.sources import open_source
from academico_cli.sources.ndjson import NdjsonSource

from ..conftest import Cli, at_database, create_database

Event = dict[str, Any]
OULAD = Path(__file__).parents[3] / "shared" / "data" / "oulad"


def load(url: str, folder: Path, events: list[Event]) -> None:
    path = folder / "eventos.ndjson"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    fates = bulk.load(Database(url), NdjsonSource([path]), 5000)
    assert fates.aplicados + fates.obsoletos == len(events)


def at(day: str) -> str:
    return f"{day}T12:00:00Z"


def grade(alumno: int, grupo: int, value: float, day: str, **more: object) -> Event:
    return {
        "entity": "calificacion", "id_alumno": alumno, "id_grupo": grupo, "calificacion": value,
        "fecha_registro": day, "ocurrido_en": at(day),
    } | more  # fmt: skip


def partial(alumno: int, grupo: int, name: str, value: float, day: str, **more: object) -> Event:
    return {
        "entity": "evaluacion", "id_alumno": alumno, "id_grupo": grupo, "evaluacion": name,
        "calificacion": value, "peso": 0.25, "fecha": day, "ocurrido_en": at(day),
    } | more  # fmt: skip


def enrol(alumno: int, grupo: int, day: str, **more: object) -> Event:
    return {
        "entity": "inscripcion", "id_alumno": alumno, "id_grupo": grupo, "estado": "inscrito",
        "fecha_inscripcion": day, "ocurrido_en": at(day),
    } | more  # fmt: skip


def school() -> list[Event]:
    """Return two periodos of two materias; 2024A begins on 2024-02-01, 2024B on 2024-08-01."""
    events: list[Event] = [
        {"entity": "materia", "id_materia": m, "nombre": f"M{m}", "creditos": 4 * m} for m in (1, 2)
    ]
    for number, (periodo, day) in enumerate((("2024A", "2024-02-01"), ("2024B", "2024-08-01"))):
        events += [
            {"entity": "grupo", "id_grupo": 10 * number + m, "id_materia": m, "periodo": periodo,
             "fecha_inicio": day}
            for m in (1, 2)
        ]  # fmt: skip
    events += [
        {"entity": "alumno", "id_alumno": a, "nombre": f"Alumno {a}", "genero": "F"}
        for a in range(1, 6)
    ]
    events += [enrol(a, 1, "2024-01-20") for a in (1, 2, 3)]
    events += [grade(1, 1, 4, "2024-06-20"), grade(2, 1, 9, "2024-06-20")]
    # Alumno 1 repeats materia 1; alumno 4 leaves before the cut-off, alumno 3 after it.
    events += [enrol(a, 11, "2024-07-20") for a in (1, 2, 3, 4)] + [enrol(1, 12, "2024-07-25")]
    events += [
        enrol(4, 11, "2024-07-20", estado="baja", ocurrido_en=at("2024-08-10")),
        enrol(3, 11, "2024-07-20", estado="baja", ocurrido_en=at("2024-10-10")),
        partial(1, 11, "Parcial 1", 3, "2024-08-20"),
        partial(2, 11, "Parcial 1", 9, "2024-08-18"),
        partial(2, 11, "Parcial 2", 8, "2024-09-10"),
        grade(1, 11, 5, "2024-12-10"),
        grade(1, 12, 8, "2024-12-10"),
        grade(2, 11, 9, "2024-12-10"),
    ]
    return events


@pytest.fixture
def url(database_url: str, tmp_path: Path) -> str:
    load(database_url, tmp_path, school())
    return database_url


def built(url: str, target: str = "reprueba_o_baja", cutoff: date | None = None) -> Dataset:
    with Database(url).session() as connection:
        return features.build(
            connection, cutoff_day=30, target=target, periodos=["2024B"], cutoff=cutoff
        )


def values(data: Dataset, alumno: int) -> dict[str, float]:
    row = list(data.alumnos).index(str(alumno))
    return dict(zip(data.names, (float(v) for v in data.values[row]), strict=True))


def test_what_was_known_on_the_day(url: str) -> None:
    data = built(url)
    assert data.cutoffs == {"2024B": date(2024, 8, 31)}
    assert list(data.alumnos) == ["1", "2", "3"], "who left before the cut-off is not judged"
    assert list(data.genero) == ["F", "F", "F"]
    pairs = {(str(data.alumnos[r]), m) for r, m in zip(*data.materias, strict=True)}
    assert pairs == {("1", "1"), ("1", "2"), ("2", "1"), ("3", "1")}
    first, second, third = (values(data, a) for a in (1, 2, 3))
    expected = {
        "periodos_cursados": 1, "promedio_historico": 4, "promedio_ultimo": 4,
        "materias_reprobadas": 1, "tasa_reprobacion": 1, "creditos_aprobados": 0,
        "grupos_actuales": 2, "creditos_actuales": 12, "materias_repetidas": 1,
        "dificultad_promedio": 6.5, "dificultad_reprobacion": 0.5, "promedio_sobre_grupo": -2.5,
        "dias_antes_inscripcion": 12, "evaluaciones_hechas": 1, "evaluaciones_faltantes": 0,
        "promedio_parcial": 3, "retraso_medio": 1, "dias_sin_actividad": 11,
        "bajas_del_grupo": 0.125,
    }  # fmt: skip
    assert {name: first[name] for name in expected} == pytest.approx(expected)
    assert second["creditos_aprobados"] == 4
    # Two of three have a partial by then: it is due, and the third is without.
    assert third["evaluaciones_faltantes"] == third["fraccion_faltante"] == 1
    assert third["dias_sin_actividad"] == 42
    assert np.isnan(third["promedio_historico"])


def test_rules_of_thumb_and_outcomes(url: str, tmp_path: Path) -> None:
    data = built(url)
    assert list(data.baselines["promedio_anterior"][:2]) == [6, 1]
    assert np.isnan(data.baselines["promedio_anterior"][2])
    assert list(data.baselines["regla_riesgo"][:2]) == [1, 0]
    assert list(data.target) == [1, 0, 1]
    assert list(built(url, "baja").target) == [0, 0, 1]
    assert list(built(url, "promedio_bajo").target[:2]) == [0, 0]
    reprueba = built(url, "reprueba").target
    assert list(reprueba[:2]) == [1, 0]
    assert np.isnan(reprueba[2]), "who left was never graded"
    load(url, tmp_path, [enrol(2, 12, "2024-07-25")])
    assert np.isnan(built(url).target[1]), "open until every group has an end"
    with pytest.raises(WrongUsage, match="no target suerte; expected one of reprueba"):
        built(url, "suerte")
    with (
        Database(url).session() as connection,
        pytest.raises(WrongUsage, match=r"periodo 2030A; there is 2024A, 2024B"),
    ):
        features.build(connection, cutoff_day=1, target="baja", periodos=["2030A"])


def test_without_a_day_the_end_of_the_periodo_before(url: str) -> None:
    with Database(url).session() as connection:
        data = features.build(connection, cutoff_day=None, target="baja")
    assert data.cutoffs == {"2024A": date(2024, 2, 1), "2024B": date(2024, 6, 21)}
    now = data.where(data.periodos == "2024B")
    assert list(now.alumnos) == ["1", "2", "3", "4"]
    assert values(now, 1)["promedio_ultimo"] == 4
    assert np.isnan(values(now, 1)["grupos_actuales"]), "nobody had enrolled yet"


SEPTEMBER = at("2024-09-02")
LATER = {
    "a grade is corrected": [grade(1, 1, 10, "2024-06-20", ocurrido_en=SEPTEMBER)],
    "and again": [grade(1, 1, 0, "2024-09-22")],
    "a partial is corrected": [
        partial(1, 11, "Parcial 1", 10, "2024-08-20", ocurrido_en=SEPTEMBER)
    ],
    "a partial comes late": [partial(3, 11, "Parcial 1", 9, "2024-08-20", ocurrido_en=SEPTEMBER)],
    "somebody leaves": [enrol(2, 11, "2024-07-20", estado="baja", ocurrido_en=SEPTEMBER)],
    "somebody comes back": [enrol(4, 11, "2024-07-20", ocurrido_en=SEPTEMBER)],
    "on the day itself": [
        partial(2, 11, "Parcial 9", 1, "2024-08-31", ocurrido_en="2024-08-31T00:00:00Z")
    ],
}


def test_what_happens_later_is_not_seen(url: str, tmp_path: Path) -> None:
    before = built(url)
    for name, events in LATER.items():
        for event in events:
            load(url, tmp_path, [event])
        after = built(url)
        assert list(after.alumnos) == list(before.alumnos), name
        np.testing.assert_array_equal(after.values, before.values, name)
        for rule, score in before.baselines.items():
            np.testing.assert_array_equal(after.baselines[rule], score, name)
    later = built(url, cutoff=date(2024, 9, 25))
    assert list(later.alumnos) == ["1", "3", "4"]
    assert values(later, 1)["promedio_historico"] == 0


def test_a_correction_is_known_from_its_own_day_on(url: str, tmp_path: Path) -> None:
    load(url, tmp_path, [grade(1, 1, 10, "2024-06-20", ocurrido_en=at("2024-08-20"))])
    load(url, tmp_path, [grade(1, 1, 7, "2024-06-20", ocurrido_en=at("2024-09-20"))])
    seen = [
        values(built(url, cutoff=day), 1)["promedio_historico"]
        for day in (date(2024, 8, 20), date(2024, 8, 21), date(2024, 9, 21))
    ]
    assert seen == [4, 10, 7]


def test_without_the_time_of_an_event_its_own_date_counts(url: str, tmp_path: Path) -> None:
    plain = partial(3, 11, "Parcial 1", 9, "2024-08-20")
    del plain["ocurrido_en"]
    load(url, tmp_path, [plain])
    assert values(built(url), 3)["promedio_parcial"] == 9
    # Said again with another value it is a correction, made when it arrived: long after.
    load(url, tmp_path, [plain | {"calificacion": 2}])
    assert values(built(url), 3)["promedio_parcial"] == 9


@pytest.fixture(scope="module")
def sample(postgres: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of the sample school, which nobody changes."""
    url = postgres.start()
    create_database(url, "muestra_ml", template_database)
    there = at_database(url, "muestra_ml")
    load(there, tmp_path_factory.mktemp("muestra"), list(sample_events(SampleOptions(alumnos=150))))
    return there


def rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT 'e', count(*), sum(hashtextextended(e::text, 0))"
            " FROM academico.evaluaciones AS e"
            " UNION ALL SELECT 'c', count(*), sum(hashtextextended(c::text, 0))"
            " FROM academico.calificaciones AS c"
            " UNION ALL SELECT 'i', count(*), sum(hashtextextended(i::text, 0))"
            " FROM academico.inscripciones AS i"
            " UNION ALL SELECT 'a', count(*), 0 FROM core.auditoria"
        ).fetchall()


def test_the_audit_finds_nothing_and_leaves_nothing(sample: str, cli: Cli) -> None:
    before = rows(sample)
    done = cli(
        "ml", "audit", "--cutoff-day", "60", "--periodos", "2024A", "--format", "json",
        env={"DATABASE_URL": sample}, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == []
    assert done.stderr.startswith(f"0 of {len(features.NAMES) + 3} features and rules moved")
    assert rows(sample) == before


CUTS = {
    "evaluacion": ("WHERE v.momento < %(corte)s", "promedio_parcial"),
    "calificacion": ("    WHERE momento < %(corte)s\n),\n\nevaluacion", "promedio_historico"),
    "inscripcion": ("CASE WHEN i.momento < %(corte)s THEN i.estado", "(alumnos)"),
    "what was changed": ("tabla = 'evaluaciones' AND hasta >= %(corte)s", "promedio_parcial"),
    "known by its date": ("THEN e.fecha END, e.ocurrido_en)", "evaluaciones_hechas"),
}
"""A cut -> a feature that gives it away when the cut is missing."""


@pytest.mark.parametrize("name", CUTS)
def test_a_missing_cut_is_caught(sample: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    cut, feature = CUTS[name]
    text = features._SQL["sabido"]
    broken = {
        "known by its date": "THEN e.fecha END, e.fecha)",
        "what was changed": "tabla = 'evaluaciones' AND false AND %(corte)s IS NOT NULL",
    }.get(name, cut.replace("%(corte)s", "%(corte)s::date + 90"))
    assert text.count(cut) == 1
    monkeypatch.setitem(features._SQL, "sabido", text.replace(cut, broken))
    assert feature in moved(sample, features.build)


def test_a_leaked_feature_is_named(sample: str) -> None:
    def leaking(connection: Any, **how: Any) -> Dataset:
        data = features.build(connection, **how)
        final = dict(
            connection.execute(
                "SELECT id_alumno::text, avg(calificacion)::float8 FROM academico.calificaciones"
                " WHERE periodo = %s GROUP BY 1", how["periodos"],
            ).fetchall()
        )  # fmt: skip
        column = np.array([final.get(a, np.nan) for a in data.alumnos], np.float32)
        return Dataset(
            **vars(data)
            | {
                "names": (*data.names, "promedio_final"),
                "values": np.column_stack([data.values, column]),
            }
        )

    assert moved(sample, leaking) == ["promedio_final"]


def moved(url: str, build: Callable[..., Dataset]) -> list[str]:
    with Database(url).connect() as connection:
        report = audit.audit(connection, cutoff_day=60, periodos=["2024A"], build=build)
        connection.rollback()
    assert report.changes > 100
    return [finding.caracteristica for finding in report.findings if finding.movidos]


def test_on_a_part_of_oulad_day_60_tells_who_fails(database_url: str, tmp_path: Path) -> None:
    if not OULAD.is_dir():
        pytest.skip("the OULAD extract is not beside the project (../shared/data/oulad)")
    for path in OULAD.glob("*.csv*"):
        chosen = " WHERE id_student % 6 = 0" if path.name.startswith("student") else ""
        duckdb.sql(f"SELECT * FROM '{path}'{chosen}").write_csv(
            str(tmp_path / path.name.removesuffix(".gz"))
        )
    bulk.load(Database(database_url), open_source([tmp_path], "oulad"), 5000)
    with Database(database_url).session() as connection:
        data = features.build(connection, cutoff_day=60, target="reprueba_o_baja")
    past, now = data.periodos < "2014B", data.periodos == "2014B"
    model = candidates.make("random_forest", data.values[past], seed=1, jobs=1)
    candidates.fit(model, data.values[past], data.target[past], 1)
    said = candidates.probability(model, data.values[now])
    assert roc_auc_score(data.target[now], said) > 0.82
