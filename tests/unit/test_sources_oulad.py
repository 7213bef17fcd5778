"""The shipped mapping on the real data set, against figures computed without SQL."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from academico_cli.events.reader import Rejected, read
from academico_cli.sources import open_source

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "oulad"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the OULAD extract is not beside the project (../shared/data/oulad)"
)


@pytest.fixture(scope="module")
def events():
    found = defaultdict(list)
    for message in open_source([FOLDER], "oulad").lines():
        assert not isinstance(read(message.body), Rejected), message.body
        event = json.loads(message.body, parse_float=Decimal)
        found[event.pop("entity")].append(event)
    return found


def rows(name):
    path = FOLDER / name
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return list(csv.DictReader(file))


def group_of(row):
    return row["code_module"], row["code_presentation"]


def id_grupo(group):
    module, presentation = group
    return (ord(module[0]) - 64) * 100_000 + int(presentation[:4]) * 10 + "BJ".index(presentation[4]) + 1  # fmt: skip  # noqa: E501


def start(group):
    return date(int(group[1][:4]), 2 if group[1].endswith("B") else 10, 1)


def test_there_are_as_many_of_each_as_the_data_set_has(events):
    assert {entity: len(found) for entity, found in events.items()} == {
        "materia": 7,
        "grupo": 15,
        "alumno": 19_720,
        "inscripcion": 21_333,
        "calificacion": 15_003,
        "evaluacion": 121_607,
    }
    assert len({g["periodo"] for g in events["grupo"]}) == 3
    assert Counter(i["estado"] for i in events["inscripcion"])["baja"] == 6_330


def test_no_two_events_are_about_the_same_thing(events):
    for entity, found in events.items():
        names = [n for n in ("id_alumno", "id_grupo", "id_materia", "evaluacion") if n in found[0]]
        if entity in ("grupo", "materia"):
            names = [f"id_{entity}"]
        assert len({tuple(e[n] for n in names) for e in found}) == len(found), entity


def test_final_grades_follow_the_rule_to_the_cent(events):
    assessments = defaultdict(list)
    for row in rows("assessments.csv"):
        if row["assessment_type"] != "Exam":
            assessments[group_of(row)].append((row["id_assessment"], Fraction(row["weight"])))
    score = {
        (r["id_assessment"], r["id_student"]): Fraction(r["score"] or 0)
        for r in rows("studentAssessment.csv.gz")
    }
    expected = {}
    for row in rows("studentInfo.csv.gz"):
        if row["final_result"] == "Withdrawn":
            continue
        own = assessments[group_of(row)]
        scores = [score.get((name, row["id_student"]), Fraction(0)) for name, _ in own]
        if any(weight for _, weight in own):
            grade = sum(s * w for s, (_, w) in zip(scores, own, strict=True)) / 1000
        else:
            grade = sum(scores) / len(own) / 10
        cents = int(grade * 100 + Fraction(1, 2))
        expected[int(row["id_student"]), id_grupo(group_of(row))] = Decimal(cents) / 100
    found = {(e["id_alumno"], e["id_grupo"]): e["calificacion"] for e in events["calificacion"]}
    assert found == expected


def test_partial_grades_are_the_scores(events):
    assessment = {row["id_assessment"]: row for row in rows("assessments.csv")}
    expected = set()
    for row in rows("studentAssessment.csv.gz"):
        own = assessment[row["id_assessment"]]
        if row["score"]:
            group = group_of(own)
            expected.add((
                int(row["id_student"]), id_grupo(group),
                f"{own['assessment_type']} {own['id_assessment']}",
                Decimal(row["score"]) / 10, Decimal(own["weight"]) / 100,
                str(start(group) + timedelta(int(row["date_submitted"]))),
            ))  # fmt: skip
    names = ("id_alumno", "id_grupo", "evaluacion", "calificacion", "peso", "fecha")
    assert {tuple(e[n] for n in names) for e in events["evaluacion"]} == expected


def test_enrolments_have_their_dates_and_states(events):
    day = {
        (*group_of(r), r["id_student"]): r["date_registration"]
        for r in rows("studentRegistration.csv.gz")
    }
    expected = set()
    for row in rows("studentInfo.csv.gz"):
        group = group_of(row)
        offset = day[*group, row["id_student"]]
        fecha = str(start(group) + timedelta(int(offset))) if offset else None
        estado = "baja" if row["final_result"] == "Withdrawn" else "inscrito"
        expected.add((int(row["id_student"]), id_grupo(group), fecha, estado))
    found = {
        (e["id_alumno"], e["id_grupo"], e.get("fecha_inscripcion"), e["estado"])
        for e in events["inscripcion"]
    }
    assert found == expected


def test_alumnos_have_an_invented_name_and_no_invented_age(events):
    first = events["alumno"][0]
    assert first["nombre"] == f"Alumno {first['id_alumno']}"
    assert not any("edad" in alumno for alumno in events["alumno"])


def test_reading_again_gives_the_same_ids():
    one, two = (
        [m.message_id for m in open_source([FOLDER], "oulad").batches(1000)] for _ in range(2)
    )
    assert one == two
