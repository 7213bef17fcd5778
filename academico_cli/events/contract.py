"""The message contract for machines: JSON Schema of each event, AsyncAPI of the queue."""

from typing import Any

from academico_cli.errors import WrongUsage
from academico_cli.events.reader import ADAPTER, ENTIDADES

VERSION = "1.0.0"
"""Version of the contract; a change that breaks a publisher raises its first number."""

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

EXAMPLES: dict[str, Schema] = {
    "maestro": {"entity": "maestro", "id_maestro": 4, "nombre": "Inés Robles"},
    "materia": {"entity": "materia", "id_materia": 3, "nombre": "Física I", "creditos": 6},
    "grupo": {
        "entity": "grupo", "id_grupo": 17, "id_materia": 3, "id_maestro": 4, "periodo": "2024A",
        "fecha_inicio": "2024-02-05",
    },
    "alumno": {
        "entity": "alumno", "id_alumno": 1, "nombre": "Alumno 1", "edad": 20, "genero": "M",
    },
    "inscripcion": {
        "entity": "inscripcion", "id_alumno": 1, "id_grupo": 17, "fecha_inscripcion": "2024-02-01",
    },
    "calificacion": {
        "entity": "calificacion", "id_alumno": 1, "id_grupo": 17, "calificacion": 8.75,
        "fecha_registro": "2024-06-30",
    },
    "evaluacion": {
        "entity": "evaluacion", "id_alumno": 1, "id_grupo": 17, "evaluacion": "Parcial 1",
        "calificacion": 9.5, "peso": 0.3, "fecha": "2024-03-08",
    },
}  # fmt: skip
"""A valid body of each entity."""


def json_schema(entidad: str | None = None) -> Schema:
    """Return the JSON Schema of one entity's event, or of any event.

    Raises:
        WrongUsage: there is no such entity.
    """
    if entidad is None:
        return {"$schema": _DIALECT, "title": "Evento", **ADAPTER.json_schema()}
    model = ENTIDADES.get(entidad.strip().lower())
    if model is None:
        known = ", ".join(ENTIDADES)
        raise WrongUsage(detail=f"there is no entity {entidad}; it is one of {known}, or asyncapi")
    return {"$schema": _DIALECT, **model.model_json_schema()}


def asyncapi(queue: str) -> Schema:
    """Return the AsyncAPI 3 document of the queue, in JSON.

    Args:
        queue: name of the queue that events are published to.
    """
    names = [*ENTIDADES, "eventos"]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "academico",
            "version": VERSION,
            "description": "Events of a school, consumed into audited KPIs.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"rabbitmq": {"host": "localhost:5672", "protocol": "amqp"}},
        "channels": {"etl": _channel(queue, names)},
        "operations": {
            "consume": {
                "action": "receive",
                "channel": {"$ref": "#/channels/etl"},
                "summary": "Take events; acknowledge those whose batch is committed.",
                "messages": [{"$ref": f"#/channels/etl/messages/{name}"} for name in names],
                "bindings": {"amqp": {"ack": True, "bindingVersion": "0.3.0"}},
            }
        },
        "components": {
            "messages": {**{name: _message(name) for name in ENTIDADES}, "eventos": _MANY},
            "schemas": {name: model.model_json_schema() for name, model in ENTIDADES.items()},
        },
    }


def _channel(queue: str, names: list[str]) -> Schema:
    return {
        "address": queue,
        "description": "Publish to the default exchange with the queue's name as routing key, "
        "with delivery_mode 2. A queue that exists is used as it is.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": queue, "durable": True, "exclusive": False, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _message(entidad: str) -> Schema:
    return {
        "name": entidad,
        "summary": (ENTIDADES[entidad].__doc__ or "").strip(),
        "contentType": "application/json",
        "description": "message_id, when set, is the message's identity: one that was seen "
        "before changes nothing. timestamp stands in for a missing ocurrido_en.",
        "payload": {"$ref": f"#/components/schemas/{entidad}"},
        "examples": [{"name": entidad, "payload": EXAMPLES[entidad]}],
    }


_MANY: Schema = {
    "name": "eventos",
    "summary": "Many events, one a line; each has its own fate.",
    "contentType": "application/x-ndjson",
    "payload": {"type": "string"},
}
