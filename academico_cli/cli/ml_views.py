"""How what ``academico ml`` found is printed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from academico_cli.cli import output
from academico_cli.cli.output import Format

if TYPE_CHECKING:
    from academico_cli.app import App
    from academico_cli.ml.explain import Explanation
    from academico_cli.ml.lifecycle import Registered
    from academico_cli.ml.predict import Predictions
    from academico_cli.ml.registry import Entry
    from academico_cli.postgres import Connection, Row

MODELS = ("model_id", "estado", "algoritmo", "objetivo", "dia_corte", "auc", "pr_auc", "brier",
          "supera_bases", "creado_en")  # fmt: skip
_GROUP = ("group", "label", "n", "positives", "base_rate", "auc", "pr_auc", "brier", "precision",
          "recall", "fnr", "fnr_low", "fnr_high")  # fmt: skip
_FACTORS = {
    "factor": "Factor", "valor": "Valor", "usual": "Lo usual", "empuje": "Empuje",
    "en_palabras": "En palabras",
}  # fmt: skip
_PEOPLE = {
    "id_alumno": "Alumno", "probabilidad": "Probabilidad", "banda": "Banda",
    "seleccionado": "Llamar", "razones": "Razones",
}  # fmt: skip


def names(given: str | None) -> list[str]:
    """Return the names in ``P[,P]``."""
    return [name.strip() for name in (given or "").split(",") if name.strip()]


def require_target(target: str, csv_only: object) -> None:
    """Return when the target can be computed from the database.

    Raises:
        WrongUsage: it cannot, or options of --csv came without it.
    """
    from academico_cli.errors import WrongUsage
    from academico_cli.ml.card import TARGETS

    if csv_only:
        raise WrongUsage(detail="--columns and --exclude go with --csv")
    if target not in TARGETS:
        raise WrongUsage(
            detail=f"there is no target {target!r}; there are {', '.join(TARGETS)} "
            "(COLUMN=VALUE goes with --csv)"
        )


@contextmanager
def session(app: "App") -> "Iterator[Connection]":
    """Yield a connection to a database that is at our version; nothing is committed by itself."""
    from academico_cli import migrations

    migrations.require(app.database)
    with app.database.connect(name="academico ml") as connection:
        yield connection
        connection.rollback()


def registered_row(done: "Registered", cutoff_day: int | None, target: str) -> "Row":
    """Return what ``ml train`` prints."""
    trained, parts = done.trained, done.trained.split
    return {
        "model_id": done.number,
        "cutoff": done.cutoffs.get(parts.test_periodos[-1]),
        "cutoff_day": cutoff_day,
        "target": target,
        "train_periodos": [*parts.train_periodos, *parts.validation_periodos],
        "test_periodos": parts.test_periodos,
        "n_train": int(parts.learnt.sum()),
        **_figures(trained.metrics, trained.algoritmo),
        "in_use": done.in_use,
    }


def crossval_row(found: Mapping[str, Any], target: str) -> "Row":
    """Return what ``ml train --csv`` prints; the model is not kept and has no number."""
    rows = found["test"]["n"]
    return {
        "model_id": None,
        "cutoff": None,
        "target": target,
        "n_train": rows - rows // len(found["folds"]),
        **_figures(found, found["chosen"]),
        "folds": [{key: f[key] for key in ("fold", "chosen", "n", "auc")} for f in found["folds"]],
    }


def _figures(metrics: Mapping[str, Any], chosen: str) -> "Row":
    test, gain = metrics["test"], metrics["improvement"]
    return {
        "n_test": test["n"],
        "base_rate": test["base_rate"],
        **{name: test[name] for name in ("auc", "pr_auc", "brier", "ece")},
        "baselines": metrics["baselines"],
        "chosen": chosen,
        "best_baseline": gain["baseline"],
        **{f"gain_{name}": gain[name] for name in ("difference", "low", "high")},
        "better": gain["better"],
    }


def trained(row: "Row", fmt: Format) -> None:
    """Print what a training came to."""
    if fmt in (Format.json, Format.csv):
        output.render_record(row, fmt)
        return
    shown = {
        k: _short(v) for k, v in row.items() if k not in ("baselines", "folds") and v is not None
    }
    for key in ("train_periodos", "test_periodos"):
        if key in shown:
            shown[key] = ", ".join(map(str, cast("list[str]", row[key])))
    output.render_record(shown, fmt)
    baselines: Any = row["baselines"]
    compared = [{"": "modelo", **{k: row[k] for k in ("auc", "pr_auc", "brier")}}]
    compared += [{"": name, **figures} for name, figures in baselines.items()]
    output.render([_rounded(each) for each in compared], fmt)


def models(rows: "Sequence[Row]", fmt: Format) -> None:
    """Print the registry; a table has the main columns."""
    if fmt == Format.table:
        output.render(map(_rounded, rows), fmt, columns=MODELS)
    else:
        output.render(rows, fmt)


def verdict(gain: Mapping[str, Any]) -> None:
    """Say whether it was worth it."""
    said = (
        f"PR-AUC {gain['difference']:+.3f} over the best rule of thumb, {gain['baseline']} "
        f"(95 % interval {gain['low']:+.3f} to {gain['high']:+.3f})"
    )
    output.say(f"{'better' if gain['better'] else 'NOT better'}: {said}")


def evaluation(entry: "Entry", found: Mapping[str, Any], fmt: Format) -> None:
    """Print the figures of a model: json as one object, csv as (section, group, figure, value)."""
    head = {
        "model_id": entry.id, "estado": entry.estado, "algoritmo": entry.algoritmo,
        "objetivo": entry.objetivo, "dia_corte": entry.dia_corte, "periodos": found["periodos"],
    }  # fmt: skip
    if fmt == Format.json:
        output.render_record(head | {k: v for k, v in found.items() if k != "periodos"}, fmt)
        return
    if fmt == Format.csv:
        output.render(_long(found), fmt, columns=("section", "group", "figure", "value"))
        return
    record = {**head, **found["test"], "threshold": found["threshold"], **found["confusion"]}
    record["periodos"] = ", ".join(cast("list[str]", found["periodos"]))
    output.render_record({k: _short(v) for k, v in record.items()}, fmt)
    rules = [{"rule": name, **figures} for name, figures in found["baselines"].items()]
    sections = (
        ("Rules of thumb", rules, None),
        ("What a capacity finds", found["at_capacity"], None),
        ("By periodo", found["by_periodo"], _GROUP[2:]),
        ("By materia, the ten largest", found["by_materia"][:10], _GROUP[2:]),
        ("By genero", found["by_genero"], _GROUP[2:]),
        ("Importance: PR-AUC lost when shuffled", found["importance"][:10], None),
    )
    for title, rows, figures in sections:
        output.say(f"\n{title}")
        columns = None if figures is None else ("label", *figures)
        output.render([_rounded(row) for row in rows], fmt, columns=columns)
    verdict(found["improvement"])


def _long(found: Mapping[str, Any]) -> "Iterator[Row]":
    for section in ("test", "confusion", "improvement"):
        for name, value in found[section].items():
            yield {"section": section, "group": "", "figure": name, "value": value}
    for name, figures in found["baselines"].items():
        for figure, value in figures.items():
            yield {"section": "baselines", "group": name, "figure": figure, "value": value}
    keys = {"at_capacity": "percent", "importance": "feature"}
    for section in ("at_capacity", "by_periodo", "by_materia", "by_genero", "importance"):
        key = keys.get(section, "group")
        for row in found[section]:
            for figure, value in row.items():
                if figure not in (key, "label"):
                    yield {"section": section, "group": row[key], "figure": figure, "value": value}


def predictions(found: "Predictions", limit: int | None, fmt: Format) -> None:
    """Print whom to call, most at risk first."""
    where = {"modelo": found.modelo, "periodo": found.periodo, "corte": found.corte}
    rows = [where | row for row in found.rows[:limit]]
    if fmt in (Format.json, Format.csv):
        output.render(rows, fmt)
    else:
        shown = [
            _rounded(row) | {"razones": "; ".join(cast("list[str]", row["razones"]))}
            for row in rows
        ]
        output.render(shown, fmt, columns=list(_PEOPLE), headers=_PEOPLE)
    counts: dict[str, int] = {}
    for row in found.rows:
        counts[row["banda"]] = counts.get(row["banda"], 0) + 1
    told = ", ".join(f"{n} {band}" for band, n in counts.items())
    output.say(f"periodo {found.periodo}, cut-off {found.corte}, model {found.modelo}: {told}")
    if limit is not None and len(found.rows) > limit:
        output.say(f"(the first {limit} of {len(found.rows)}; --limit N shows more)")


def explanation(found: "Explanation", fmt: Format) -> None:
    """Print each factor's push."""
    output.say(
        f"alumno {found.id_alumno}, periodo {found.periodo}, cut-off {found.corte}, model "
        f"{found.modelo}: {found.probabilidad:.1%} at risk; the usual alumno {found.usual:.1%}"
    )
    if fmt in (Format.json, Format.csv):
        output.render(found.factores, fmt)
    else:
        output.render(map(_rounded, found.factores), fmt, columns=list(_FACTORS), headers=_FACTORS)


def drifted(entry: "Entry", rows: "Sequence[Row]", outcome: "Row | None", fmt: Format) -> bool:
    """Print what changed; return whether something is off."""
    columns = ("caracteristica", "psi", "ks", "categoria", "alumnos")
    output.render(map(_rounded, rows) if fmt == Format.table else rows, fmt, columns=(
        columns if fmt == Format.table else None))  # fmt: skip
    strong = [row["caracteristica"] for row in rows if row["categoria"] == "fuerte"]
    output.say(
        f"model {entry.id}, periodo {rows[0]['periodo']}: {len(strong)} of {len(rows)} changed "
        "strongly" + (f": {', '.join(map(str, strong))}" if strong else "")
    )
    if outcome is None:
        output.say("what became of what was predicted is not known yet, or nothing was predicted")
        return bool(strong)
    output.say(
        f"predicted {outcome['esperado']:.1%} at risk, {outcome['observado']:.1%} were "
        f"({outcome['alumnos']} alumnos; Brier {outcome['brier']:.3f}, ECE {outcome['ece']:.3f}): "
        + ("calibrated" if outcome["calibrado"] else "NOT calibrated any more; train again")
    )
    return bool(strong) or not outcome["calibrado"]


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        UnwritableFile: it cannot be written.
    """
    from academico_cli.errors import UnwritableFile

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        detail = (exc.strerror or type(exc).__name__).lower()
        raise UnwritableFile(path=path, detail=detail) from exc


def _short(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def _rounded(row: "Mapping[str, Any]") -> "Row":
    return {key: _short(value) for key, value in row.items()}
