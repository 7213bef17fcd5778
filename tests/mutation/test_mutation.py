"""Recall of the rules: every fault is found by those that claim it, where it is and only there.

``make mutation`` prints the report, a line for each rule that claims a fault: the places where the
fault was injected, those at which the rule found it, what it found elsewhere, and which rules found
it in other words.
"""

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from academico_cli.broker import NDJSON, Message
from academico_cli.dq import catalog
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.sample import SampleOptions, sample_messages

from ..conftest import at_database, create_database
from ..support.pipeline import Pipeline
from . import faults_changes, faults_pipeline, faults_records, faults_relations
from .faults import FAULTS, Fault
from .scene import LAST, Keys, scene

assert all((faults_records, faults_relations, faults_pipeline, faults_changes)), (
    "importing registers their faults"
)

RULES = catalog.load(None)
SCHOOL = SampleOptions(alumnos=350, periodos=5, seed=42)
OTHERS = [SampleOptions(*o) for o in ((60, 2, 7), (100, 8, 3), (250, 5, 11), (600, 3, 1))]

LINE = "{:<66} {:<42} {:>8} {:>5} {:>9} {:>6}  {}"
HEADER = LINE.format("fault", "rule", "injected", "found", "elsewhere", "recall", "found by too")


@dataclass(frozen=True)
class School:
    """A clean school, and what the rules say of it."""

    pipeline: Pipeline
    keys: Keys
    failing: set[str]

    def scene(self):
        return scene(self.pipeline.connection, self.pipeline.run_id)


def enrol(url: str, options: SampleOptions) -> School:
    """Load a sample into an empty database, and run the rules over it."""
    pipeline = Pipeline(url)
    messages = [
        Message(m.body, n, m.message_id, content_type=NDJSON)
        for n, m in enumerate(sample_messages(options, pack=1000))
    ]
    for first in range(0, len(messages), 10):
        pipeline.feed(messages[first : first + 10])
    pipeline.query("SELECT count(*) FROM core.lotes")
    with scene(pipeline.connection, pipeline.run_id) as clean:
        return School(pipeline, *clean.keys(RULES))


@pytest.fixture(scope="module")
def school(postgres: EmbeddedPostgres, template_database: str) -> Iterator[School]:
    """Yield the school that every fault is injected into."""
    create_database(postgres.start(), "escuela_limpia", template_database)
    school = enrol(at_database(postgres.start(), "escuela_limpia"), SCHOOL)
    school.pipeline.connection.execute("ANALYZE")
    school.pipeline.connection.commit()
    yield school
    school.pipeline.close()


@pytest.fixture(scope="module")
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that prints a line whatever pytest captures."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{text}")
            sys.stdout.flush()

    line(HEADER)
    return line


def as_keys(places: Iterable[object]) -> set[tuple[str, ...]]:
    return {
        tuple(map(str, place)) if isinstance(place, tuple) else (str(place),) for place in places
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.inject.__name__)
def test_a_fault_is_found_where_it_is(
    fault: Fault, school: School, say: Callable[[str], None]
) -> None:
    with school.scene() as s:
        places = fault.inject(s)
        assert places.keys() == fault.rules
        keys, failing = s.keys(RULES)
    besides = failing - fault.rules
    missed = []
    for rule, expected in places.items():
        wanted = as_keys(expected)
        new = keys[rule] - school.keys[rule]
        hit = len(wanted & new) if rule in failing else 0
        recall, others = f"{hit / len(wanted):.2f}", ", ".join(sorted(besides))
        say(LINE.format(fault.name, rule, len(wanted), hit, len(new - wanted), recall, others))
        if hit < len(wanted) or new != wanted:
            missed.append((rule, sorted(wanted - new)[:5], sorted(new - wanted)[:5]))
    assert not missed, "rule, places that it missed, places that it invented"
    assert besides <= fault.also, "rules that do not claim this fault found it"


def test_every_rule_claims_a_fault() -> None:
    claimed = {rule for fault in FAULTS for rule in fault.rules}
    assert {rule.id for rule in RULES} == claimed
    assert len(claimed) >= 30


def test_nothing_is_wrong_with_a_clean_school(school: School) -> None:
    assert not school.failing


@pytest.mark.parametrize("options", OTHERS, ids=lambda o: f"{o.alumnos}x{o.periodos}-{o.seed}")
def test_nothing_is_wrong_with_other_clean_schools(
    options: SampleOptions, database_url: str
) -> None:
    other = enrol(database_url, options)
    other.pipeline.close()
    assert not other.failing


def test_silence_in_the_holidays_is_no_fault(school: School) -> None:
    """On no day of the year is there an alarm while the publishers keep to the calendar."""
    rule = next(r for r in RULES if r.id == "flujo_en_silencio")
    with school.scene() as s:
        inicio = s.one(f"SELECT fecha_inicio FROM academico.grupos WHERE {LAST} LIMIT 1")
        for day in range(0, 366, 3):
            s.at(inicio + timedelta(day))
            assert s.run(rule.query) == [], day


def test_namesakes_are_no_fault(school: School) -> None:
    """Where few names are to be had many share one, and some of these an age."""
    rule = next(r for r in RULES if r.id == "alumno_con_dos_ids")
    dice = random.Random(1)
    with school.scene() as s:
        new = {"entity": "alumno", "genero": "F"}
        people = [
            new
            | {
                "id_alumno": i,
                "nombre": f"Ana {dice.randrange(60)}",
                "edad": dice.randrange(18, 23),
            }
            for i in range(700_000, 700_600)
        ]
        s.send(*people)
        assert s.run(rule.query) == []
        s.send(*(p | {"id_alumno": 100_000 + p["id_alumno"]} for p in people[:300]))
        assert len(s.run(rule.query)) >= 300


def test_flagged_days_are_no_part_of_what_is_usual(school: School) -> None:
    """Weeks of an incident that were flagged as they came do not make it usual."""
    rule = next(r for r in RULES if r.id == "volumen_diario_anomalo")
    with school.scene() as s:
        faults_pipeline.usual_days(s)
        assert s.run(rule.query) == []
        for back in range(40, 20, -1):
            faults_pipeline.flag(s, faults_pipeline.a_day(s, back, 20_000))
        faults_pipeline.a_day(s, 1, 20_000)
        assert len(s.run(rule.query)) == 1
        s.run("DELETE FROM core.dq_results")
        assert s.run(rule.query) == [], "unless they were flagged, half of the days are usual"


def test_a_flagged_periodo_is_no_part_of_what_is_usual(school: School) -> None:
    rule = next(r for r in RULES if r.id == "volumen_de_periodo_anomalo")
    half_a_term = next(f for f in FAULTS if rule.id in f.rules)
    with school.scene() as s:
        half_a_term.inject(s)
        assert len(s.run(rule.query)) == 1
        s.run("""
            INSERT INTO core.dq_results (check_name, schema_name, table_name, passed, sample)
            SELECT 'volumen_de_periodo_anomalo', 'academico', 'periodos', false,
                jsonb_build_array(jsonb_build_object('periodo', min(id)))
            FROM academico.periodos""")
        assert s.run(rule.query) == [], "of four usual periodos three are too few to judge by"


def test_what_retention_dropped_is_not_missing(school: School) -> None:
    rule = next(r for r in RULES if r.id == "raw_descuadrado")
    with school.scene() as s:
        s.run("DELETE FROM raw.mensajes")
        assert s.run(rule.query)
        s.run("""
            INSERT INTO core.retenciones (mes, mensajes, bytes, conflictos, rechazos, huella, meses)
            SELECT date_trunc('month', now() AT TIME ZONE 'UTC'), 0, 0, 0, 0, '', 1""")
        assert s.run(rule.query) == []
