"""A publisher that knows nothing of us: Debian's amqp-tools, no message id, no timestamp."""

import json
import shutil
import subprocess
from collections.abc import Callable

from ..conftest import require

BODIES = (
    '{"entity":"alumno","id_alumno":1,"nombre":"Alumno 1","edad":20,"genero":"M"}',
    '{"entity":"inscripcion","id_alumno":1,"id_grupo":17,"fecha_inscripcion":"2024-02-01"}',
    '{"entity":"calificacion","id_alumno":1,"id_grupo":17,"calificacion":8.75,'
    '"fecha_registro":"2024-06-30"}',
    '{"entity":"calificacion","id_alumno":1,"id_grupo":17,"calificacion":11}',
    '{"entity":"grupo","id_grupo":17,"id_materia":3,"periodo":"2024A"}',
    '{"entity":"materia","id_materia":3,"nombre":"Química"}',
)


def test_is_consumed_and_seen_in_the_kpis(
    rabbit_url: str, database_url: str, cli: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    require(shutil.which("amqp-publish") is not None, "amqp-publish (Debian's amqp-tools)")
    env = {"DATABASE_URL": database_url, "RABBIT_URL": rabbit_url}
    server = ["--url", rabbit_url]
    subprocess.run(["amqp-declare-queue", *server, "-d", "-q", "etl"], check=True, timeout=30)
    for body in BODIES:
        subprocess.run(
            ["amqp-publish", *server, "-r", "etl", "-p", "-b", body], check=True, timeout=30
        )

    done = cli("consume", "--until-empty", "--format", "json", env=env, check=True)

    fates = json.loads(done.stdout)
    assert fates.pop("segundos") > 0
    assert fates == {
        "recibidos": 6,
        "aplicados": 5,
        "duplicados": 0,
        "rechazados": 1,
        "pendientes": 0,
        "obsoletos": 0,
    }
    cli("marts", "refresh", env=env, check=True)
    kpis = cli("kpi", "materia", "--format", "json", env=env, check=True)
    assert [(row["nombre"], row["promedio"]) for row in json.loads(kpis.stdout)] == [
        ("Química", 8.75)
    ]
