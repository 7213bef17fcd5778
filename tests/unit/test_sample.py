"""The sample school: same bytes from the same seed, and worth looking at."""

import hashlib
import json
import statistics
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest

from academico_cli.broker import NDJSON
from academico_cli.errors import WrongUsage
from academico_cli.events.reader import ENTIDADES, Rejected, read
from academico_cli.sample import SampleOptions, expected_events, sample_events, sample_messages
from academico_cli.sample.broken import BROKEN, broken_bodies
from academico_cli.sample.school import CUPO

DEFAULT = SampleOptions()
SMALL = SampleOptions(alumnos=40, periodos=3, seed=7)


@pytest.fixture(scope="module")
def events():
    return list(sample_events(DEFAULT))


@pytest.fixture(scope="module")
def by_entity(events):
    found = defaultdict(list)
    for event in events:
        found[event["entity"]].append(event)
    return found


def key(event):
    return event["id_alumno"], event["id_grupo"]


def test_a_seed_gives_the_same_bytes_on_every_python():
    digest = hashlib.sha256()
    for message in sample_messages(SMALL, invalid=0.2, duplicates=0.2, shuffle=True):
        digest.update(repr(message).encode())
    assert digest.hexdigest() == "bd97e1b466cddd213b35484c9fd752b263b980c31c85f51762e05838b29402ef"


def test_another_seed_gives_other_data_and_other_ids():
    one, other = (list(sample_messages(SampleOptions(40, 3, seed))) for seed in (7, 8))
    assert {m.body for m in one} != {m.body for m in other}
    assert not {m.message_id for m in one} & {m.message_id for m in other}


def test_the_first_event_does_not_wait_for_the_last():
    first = next(sample_events(SampleOptions(alumnos=2_000_000, periodos=50)))
    assert first["entity"] == "maestro"


def test_every_event_keeps_the_contract(events):
    for event in events:
        assert not isinstance(read(json.dumps(event).encode()), Rejected), event


def test_events_come_in_the_order_in_which_they_happened(events):
    assert all(a["ocurrido_en"] <= b["ocurrido_en"] for a, b in pairwise(events))


def test_a_parent_comes_before_its_children(events):
    seen = {entity: set() for entity in ENTIDADES}
    for event in events:
        for parent in ("maestro", "materia", "grupo", "alumno"):
            if event["entity"] != parent and f"id_{parent}" in event:
                assert event[f"id_{parent}"] in seen[parent], event
        own = f"id_{event['entity']}"
        if own in event:
            seen[event["entity"]].add(event[own])


def test_no_two_events_of_one_thing_happen_at_the_same_time(events):
    moments = Counter(
        (*(v for k, v in e.items() if k.startswith(("id_", "ent", "eval"))), e["ocurrido_en"])
        for e in events
        if e["entity"] != "grupo"
    )
    assert max(moments.values()) == 1


def test_ids_are_small_and_count_from_one(by_entity):
    for entity in ("maestro", "materia", "grupo", "alumno"):
        ids = [event[f"id_{entity}"] for event in by_entity[entity]]
        assert ids == list(range(1, len(ids) + 1))
    assert len(by_entity["alumno"]) == 1000
    assert len(by_entity["grupo"]) >= 17


def test_periodos_rise_to_2024b(by_entity):
    periodos = list(dict.fromkeys(g["periodo"] for g in by_entity["grupo"]))
    assert periodos == ["2023A", "2023B", "2024A", "2024B"]


def test_people_are_plausible(by_entity):
    edades = [a["edad"] for a in by_entity["alumno"]]
    assert 0 < edades.count(None) < 50
    assert {e for e in edades if e is not None} <= set(range(17, 41))
    assert {a["genero"] for a in by_entity["alumno"]} == {"M", "F", "X"}


def test_a_group_has_no_more_students_than_seats(by_entity):
    sizes = Counter(e["id_grupo"] for e in by_entity["inscripcion"] if e["estado"] == "inscrito")
    assert max(sizes.values()) <= CUPO
    assert len(sizes) == len(by_entity["grupo"])


def test_the_final_grade_is_the_weighted_mean_of_the_partial_ones(by_entity):
    partials = defaultdict(list)
    for event in by_entity["evaluacion"]:
        partials[key(event)].append(event)
    complete = 0
    for event in by_entity["calificacion"]:
        given = partials[key(event)]
        pesos = [Decimal(str(e["peso"])) for e in given]
        notas = [Decimal(str(e["calificacion"])) for e in given]
        mean = sum(p * n for p, n in zip(pesos, notas, strict=True)) / sum(pesos)
        assert abs(mean - Decimal(str(event["calificacion"]))) <= Decimal("0.005")
        assert sum(pesos) <= 1
        complete += sum(pesos) == 1
    assert 0.85 < complete / len(by_entity["calificacion"]) < 1


def test_who_withdraws_gets_no_grade_and_all_others_do(by_entity):
    estado = {key(e): e["estado"] for e in by_entity["inscripcion"]}
    graded = {key(e) for e in by_entity["calificacion"]}
    bajas = {k for k, e in estado.items() if e == "baja"}
    assert graded == estado.keys() - bajas
    assert 0.03 < len(bajas) / len(estado) < 0.15


def test_who_fails_repeats_and_who_passes_does_not(by_entity):
    grupos = {g["id_grupo"]: g for g in by_entity["grupo"]}
    passed = {key(e) for e in by_entity["calificacion"] if e["calificacion"] >= 6}
    taken = defaultdict(dict)
    for event in by_entity["inscripcion"]:
        grupo = grupos[event["id_grupo"]]
        taken[event["id_alumno"], grupo["id_materia"]][grupo["periodo"]] = key(event)
    repeats = [t for t in taken.values() if len(t) > 1]
    assert len(repeats) > 200
    for history in taken.values():
        in_order = [history[periodo] for periodo in sorted(history)]
        assert not set(in_order[:-1]) & passed


def test_materias_and_maestros_differ(by_entity):
    grupos = {g["id_grupo"]: g for g in by_entity["grupo"]}
    for owner, spread in (("id_materia", 0.4), ("id_maestro", 0.25)):
        grades = defaultdict(list)
        for event in by_entity["calificacion"]:
            grades[grupos[event["id_grupo"]].get(owner)].append(event["calificacion"])
        means = [statistics.mean(g) for g in grades.values() if len(g) >= 30]
        assert len(means) > 20
        assert statistics.stdev(means) > spread


def test_the_first_partial_says_something_about_the_end(by_entity):
    first = {}
    for event in by_entity["evaluacion"]:
        first.setdefault(key(event), event["calificacion"])
    final = {key(e): e["calificacion"] for e in by_entity["calificacion"]}
    both = final.keys() & first.keys()
    r = statistics.correlation([first[k] for k in both], [final[k] for k in both])
    assert 0.5 < r < 0.9
    left = [first[key(e)] for e in by_entity["inscripcion"]
            if e["estado"] == "baja" and key(e) in first]  # fmt: skip
    assert statistics.mean(left) < statistics.mean(first.values()) - 0.5


def test_every_kind_of_broken_event_is_refused():
    bodies = broken_bodies()
    for _ in BROKEN:
        body = next(bodies)
        assert isinstance(read(body), Rejected), body


def test_broken_messages_are_added_and_none_is_lost():
    sound = list(sample_messages(SMALL))
    mixed = list(sample_messages(SMALL, invalid=0.5))
    added = [m for m in mixed if isinstance(read(m.body), Rejected)]
    assert [m for m in mixed if m not in set(added)] == sound
    assert len(added) == pytest.approx(len(sound) / 2, rel=0.1)
    assert len({m.message_id for m in mixed}) == len(mixed)


def test_a_duplicate_has_the_same_id_and_body():
    sound = list(sample_messages(SMALL))
    twice = Counter(sample_messages(SMALL, duplicates=0.3))
    assert set(twice) == set(sound)
    assert sum(n == 2 for n in twice.values()) == pytest.approx(0.3 * len(sound), rel=0.15)
    assert max(twice.values()) == 2


def test_duplicates_of_everything():
    assert set(Counter(sample_messages(SMALL, duplicates=1)).values()) == {2}


def test_shuffling_moves_messages_and_loses_none():
    sound = list(sample_messages(SMALL))
    shuffled = list(sample_messages(SMALL, shuffle=True))
    assert sorted(shuffled) == sorted(sound)
    moved = [abs(shuffled.index(m) - i) for i, m in enumerate(sound[:200])]
    assert statistics.mean(moved) > len(sound) / 5


def test_packed_events_are_the_same_events():
    sound = [m.body for m in sample_messages(SMALL)]
    packed = list(sample_messages(SMALL, pack=100))
    assert [line for m in packed for line in m.body.split(b"\n")] == sound
    assert {m.content_type for m in packed} == {NDJSON}
    assert len({m.message_id for m in packed}) == len(packed) == -(-len(sound) // 100)


def test_a_broken_event_in_a_pack_is_one_line():
    sound = sum(1 for _ in sample_messages(SMALL))
    lines = [
        line
        for message in sample_messages(SMALL, invalid=1, pack=50)
        for line in message.body.split(b"\n")
    ]
    assert len(lines) == 2 * sound
    assert sum(isinstance(read(line), Rejected) for line in lines) == sound


@pytest.mark.parametrize("alumnos", [1, 2, 300])
def test_the_number_of_events_is_known(alumnos):
    options = SampleOptions(alumnos=alumnos, periodos=3)
    assert expected_events(options) == sum(1 for _ in sample_events(options))


def test_the_number_of_events_of_a_larger_school_is_known_about(events):
    assert expected_events(DEFAULT) == pytest.approx(len(events), rel=0.1)


@pytest.mark.parametrize("sizes", [{"alumnos": 0}, {"alumnos": -1}, {"periodos": 0},
                                   {"periodos": 51}, {"alumnos": 10**8}])  # fmt: skip
def test_a_school_without_students_or_terms_is_refused(sizes):
    with pytest.raises(WrongUsage, match="must be between 1 and"):
        SampleOptions(**sizes)


@pytest.mark.parametrize("trouble", [{"invalid": 1.1}, {"invalid": -0.1}, {"duplicates": 2},
                                     {"duplicates": float("nan")}, {"pack": -1}])  # fmt: skip
def test_a_ratio_beyond_one_is_refused(trouble):
    with pytest.raises(WrongUsage):
        sample_messages(SMALL, **trouble)
