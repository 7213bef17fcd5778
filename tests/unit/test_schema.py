"""The contract for machines says what the models do."""

import json
from decimal import Decimal

import pytest

from academico_cli.errors import WrongUsage
from academico_cli.events import contract
from academico_cli.events.reader import ENTIDADES, Rejected, read


def refs(node):
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from refs(value)
    elif isinstance(node, list):
        for item in node:
            yield from refs(item)


def keys(node):
    if isinstance(node, dict):
        for name, value in node.items():
            yield name
            yield from keys(value)
    elif isinstance(node, list):
        for item in node:
            yield from keys(item)


@pytest.mark.parametrize("entidad", ENTIDADES)
def test_each_entity_has_a_schema_and_a_valid_example(entidad):
    schema = contract.json_schema(entidad)
    example = contract.EXAMPLES[entidad]
    assert schema["properties"]["entity"]["const"] == entidad
    assert set(schema["required"]) <= set(example) <= set(schema["properties"])
    assert not isinstance(read(json.dumps(example).encode()), Rejected)


def test_a_grade_has_its_bounds_in_words_that_json_schema_knows():
    nota = contract.json_schema("calificacion")["properties"]["calificacion"]
    assert (nota["type"], nota["minimum"], nota["maximum"]) == ("number", 0, 10)
    assert not {"ge", "le", "gt", "lt", "decimal_places", "max_digits"} & set(
        keys(contract.json_schema())
    )


def test_a_grade_is_exact_in_python_and_a_number_in_json():
    event = read(json.dumps(contract.EXAMPLES["calificacion"]).encode())
    assert event.model_dump()["calificacion"] == Decimal("8.75")
    assert json.loads(event.model_dump_json())["calificacion"] == 8.75


def test_any_event_is_one_of_seven():
    assert len(contract.json_schema()["oneOf"]) == 7


def test_an_unknown_entity_is_named_with_those_that_are_known():
    with pytest.raises(WrongUsage, match=r"profesor.*maestro, materia"):
        contract.json_schema("profesor")


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    document = contract.asyncapi("etl")
    found = list(refs(document))
    assert len(found) > 20
    for ref in found:
        node = document
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_the_queue_is_the_configured_one_and_durable():
    channel = contract.asyncapi("otra")["channels"]["etl"]
    queue = channel["bindings"]["amqp"]["queue"]
    assert (channel["address"], queue["name"], queue["durable"]) == ("otra", "otra", True)
