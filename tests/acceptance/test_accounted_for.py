"""As a registrar would see it: everything is accounted for, mended, and can be made again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_nothing_is_lost_and_what_was_refused_can_be_mended(
    cli: Callable[..., Any], database_url: str, tmp_path: Path
) -> None:
    env = {"DATABASE_URL": database_url, "RABBIT_URL": ""}

    def ask(*args: str, code: int = 0) -> Any:
        done = cli(*args, "--format", "json", env=env)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    cli("publish", "--alumnos", "60", "--invalid", "0.05", "--duplicates", "0.05", "--shuffle",
        env=env, check=True)  # fmt: skip
    fates = ask("consume", "--until-empty")
    assert min(v for k, v in fates.items() if k != "pendientes") > 0
    groups = ask("dlq", "list", "--group")
    assert sum(g["eventos"] for g in groups) == fates["rechazados"] + fates["pendientes"]
    ask("reconcile")

    high = next(g for g in groups if g["campo"] == "calificacion" and "to 10" in g["esperado"])
    shown = ask("dlq", "show", str(high["ejemplo"]))
    assert shown["errores"][0]["campo"] == "calificacion"
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(json.loads(shown["cuerpo"]) | {"calificacion": 9.5}))
    (outcome,) = ask("dlq", "retry", str(shown["id"]), "--body", str(mended))
    assert outcome["estado"] == "reintentado"
    (again,) = ask("dlq", "retry", str(shown["id"]))
    assert again["retried"] is False
    ask("dlq", "discard", str(groups[-1]["ejemplo"]))

    ask("reconcile")
    assert all(row["equal"] for row in ask("replay"))
    ask("reconcile")
    left = ask("dlq", "list")
    assert len(left) == fates["rechazados"] - 2

    cli("psql", "--", "-c", "DELETE FROM academico.evaluaciones", env=env, check=True)
    differing = {r["entidad"] for r in ask("reconcile", code=1) if r["lote"] is not None}
    assert differing == {"evaluacion"}
    ask("replay", "--since", "1d")
    ask("reconcile")
