"""``academico ml`` as a user runs it, on the sample school, whose truth is known."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from academico_cli import bulk
from academico_cli.cli import ml_views
from academico_cli.cli.output import Format
from academico_cli.ml.card import TARGETS
from academico_cli.ml.features import TARGETS as COMPUTED
from academico_cli.ml.train import Options, train
from academico_cli.postgres import Database
from academico_cli.privacy.erase import erase
from academico_cli.privacy.export import export
from academico_cli.sample import SampleOptions, sample_events
from academico_cli.sources.ndjson import NdjsonSource

from ..conftest import at_database, cli_environment, create_database
from ..support.riesgo import dataset

Ml = Callable[..., "subprocess.CompletedProcess[str]"]

KEYS = [
    "model_id", "cutoff", "n_train", "n_test", "base_rate", "auc", "pr_auc", "brier", "baselines",
    "chosen",
]  # fmt: skip
"""What cli.md promises."""


@pytest.fixture(scope="module")
def school(postgres: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a database with the sample school in it, 400 alumnos in four periodos."""
    url = postgres.start()
    create_database(url, "escuela_ml", template_database)
    there = at_database(url, "escuela_ml")
    events = tmp_path_factory.mktemp("escuela") / "eventos.ndjson"
    with events.open("w") as file:
        for event in sample_events(SampleOptions(alumnos=400, seed=7)):
            file.write(json.dumps(event) + "\n")
    bulk.load(Database(there), NdjsonSource([events]), 5000)
    return there


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ml(school: str, home: Path) -> Ml:
    """Return a function that runs ``academico ml`` on the school."""

    def run(*args: str, check: bool = True, to: str = "ml") -> "subprocess.CompletedProcess[str]":
        program = Path(sys.executable).parent / "academico"
        done = subprocess.run(
            [program, to, *args],
            env=cli_environment(home) | {"DATABASE_URL": school},
            cwd=home, text=True, capture_output=True, check=False, timeout=300,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"academico {to} {' '.join(args)}: {done.stderr}"
        return done

    return run


@pytest.fixture(scope="module")
def trained(ml: Ml) -> dict[str, Any]:
    done = ml("train", "--cutoff-day", "60", "--format", "json")
    assert "model 1 is in use now" in done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_sample_can_be_learnt_and_the_model_beats_every_rule(trained: dict[str, Any]) -> None:
    assert set(KEYS) <= set(trained)
    assert (trained["model_id"], trained["cutoff"], trained["cutoff_day"]) == (1, "2024-10-04", 60)
    assert trained["test_periodos"] == ["2024B"]
    assert trained["auc"] > 0.8
    assert trained["better"]
    assert trained["gain_low"] > 0
    for name in ("prevalencia", "promedio_anterior", "regla_riesgo"):
        assert trained["baselines"][name]["pr_auc"] < trained["pr_auc"]
        assert trained["baselines"][name]["brier"] > trained["brier"]


def test_the_registry_knows_from_what_it_was_made(
    trained: dict[str, Any], school: str, home: Path, ml: Ml
) -> None:
    (row,) = json.loads(ml("models", "--format", "json").stdout)
    assert (row["model_id"], row["estado"], row["supera_bases"]) == (1, "en_uso", True)
    assert row["auc"] == trained["auc"]
    assert len(row["huella_archivo"]) == len(row["huella_datos"]) == 64
    assert "scikit-learn" in row["version_codigo"]
    file = home / "home" / "modelos" / row["archivo"]
    assert file.stat().st_mode & 0o777 == 0o600
    with psycopg.connect(school) as connection:
        stored = connection.execute("SELECT metricas, ficha FROM ml.modelos").fetchone()
    assert stored is not None
    assert set(stored[0]["curves"]) == {"roc", "pr", "calibration", "gain"}
    assert "Para qué no debe usarse" in stored[1]
    assert "| ROC-AUC" in stored[1]


def test_every_target_has_words() -> None:
    assert set(TARGETS) == set(COMPUTED)


def test_evaluation_repeats_what_training_found(
    trained: dict[str, Any], ml: Ml, home: Path
) -> None:
    done = ml("evaluate", "--format", "json", "--plots", "curvas", "--card", "ficha.md")
    found = json.loads(done.stdout)
    for name in ("auc", "pr_auc", "brier", "ece"):
        assert found["test"][name] == pytest.approx(trained[name])
    assert found["improvement"]["low"] == pytest.approx(trained["gain_low"])
    assert sum(found["confusion"].values()) == trained["n_test"]
    assert any(row["label"] == "Álgebra Lineal" for row in found["by_materia"])
    assert {path.name for path in (home / "curvas").iterdir()} == {
        "roc.svg", "pr.svg", "calibration.svg", "gain.svg",
    }  # fmt: skip
    assert (home / "ficha.md").read_text().startswith("# Ficha del modelo de riesgo")
    done = ml("evaluate", "--periodos", "2023B", check=False)
    assert (done.returncode, "is not earlier than 2023B" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("fmt", "expected"),
    [("table", "Álgebra Lineal"), ("csv", "\nby_periodo,2024B,n,60\n"), ("md", "| 2024B | 60 |")],
)
def test_an_evaluation_is_printed(
    fmt: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = dataset(60)
    model = train(
        data, Options(train_periodos=["2023A", "2023B"]), materias={"1": "Álgebra Lineal"}
    )
    entry: Any = SimpleNamespace(
        id=1, estado="en_uso", algoritmo="x", objetivo="baja", dia_corte=None
    )
    found = model.metrics | {"periodos": ["2024A"]}
    ml_views.evaluation(entry, found, Format(fmt))
    assert expected.replace("2024B", "2024A") in capsys.readouterr().out.replace("\r", "")


def test_predictions_are_kept_and_shown_with_reasons(
    trained: dict[str, Any], ml: Ml, school: str
) -> None:
    rows = json.loads(ml("predict", "--top", "10", "--format", "json").stdout)
    said = [row["probabilidad"] for row in rows if row["probabilidad"] is not None]
    assert said == sorted(said, reverse=True)
    assert all(row["razones"] for row in rows if row["seleccionado"])
    assert sum(row["seleccionado"] for row in rows) == round(len(said) * 0.1)
    assert {row["banda"] for row in rows} >= {"alto", "medio", "bajo"}
    assert all("lo usual" in reason for reason in rows[0]["razones"])
    shown = json.loads(ml("riesgo", "--model", "--format", "json", to="kpi").stdout)
    assert [r["id_alumno"] for r in shown[:20]] == [r["id_alumno"] for r in rows[:20]]
    assert (shown[0]["modelo"], shown[0]["corte"]) == (1, "2024-10-04")
    # Again, and it replaces what was said.
    ml("predict", "--min-info", "1")
    with psycopg.connect(school) as connection:
        bands = dict(
            connection.execute("SELECT banda, count(*) FROM ml.predicciones GROUP BY banda")  # type: ignore[arg-type]
        )
    assert sum(bands.values()) == len(rows)
    assert bands["sin_informacion"] > len(rows) - len(said)
    ml("predict")


def test_explain_says_each_push_in_words(trained: dict[str, Any], ml: Ml) -> None:
    rows = json.loads(ml("riesgo", "--model", "--format", "json", to="kpi").stdout)
    done = ml("explain", str(rows[0]["id_alumno"]), "--format", "json")
    factors = json.loads(done.stdout)
    assert len(factors) > 10
    assert factors[0]["empuje"] > 0
    assert "sube el riesgo" in factors[0]["en_palabras"]
    pushes = [abs(row["empuje"]) for row in factors]
    assert pushes == sorted(pushes, reverse=True)
    assert ml("explain", "999999", check=False).returncode == 4


def test_drift_is_stored_and_ends_with_1(trained: dict[str, Any], ml: Ml, school: str) -> None:
    done = ml("drift", "--periodo", "2023A", "--format", "json", check=False)
    rows = json.loads(done.stdout)
    # Nobody has a past in the first periodo: that is another population.
    strong = {row["caracteristica"] for row in rows if row["categoria"] == "fuerte"}
    assert done.returncode == 1
    assert "promedio_historico" in strong
    done = ml("drift", "--format", "json", check=False)
    assert "predicted" in done.stderr
    with psycopg.connect(school) as connection:
        stored = connection.execute(
            "SELECT count(*), count(DISTINCT periodo), min(psi) FROM ml.deriva"
        ).fetchone()
        followed = connection.execute(
            "SELECT modelo, periodo, calibrado FROM ml.seguimiento"
        ).fetchall()
    assert stored is not None
    assert stored[0] == 2 * len(rows)
    assert stored[1:] >= (2, 0)
    assert followed == [(1, "2024B", True)]


def test_promote_and_rollback(trained: dict[str, Any], ml: Ml) -> None:
    second = json.loads(
        ml("train", "--target", "promedio_bajo", "--cutoff-day", "60", "--format", "json").stdout
    )
    assert not second["in_use"]
    assert "no model was in use before" in ml("rollback", check=False).stderr
    assert "in place of model 1" in ml("promote", "2").stderr
    assert ml("promote", "2", check=False).returncode == 2
    assert json.loads(ml("riesgo", "--model", "--format", "json", to="kpi").stdout) == []
    assert "model 1 is in use again" in ml("rollback").stderr
    states = {
        r["model_id"]: r["estado"] for r in json.loads(ml("models", "--format", "json").stdout)
    }
    assert states == {1: "en_uso", 2: "retirado"}
    assert ml("promote", "9", check=False).returncode == 2


def test_a_file_with_one_byte_changed_is_refused(
    trained: dict[str, Any], ml: Ml, home: Path
) -> None:
    (row,) = (r for r in json.loads(ml("models", "--format", "json").stdout) if r["model_id"] == 1)
    file = home / "home" / "modelos" / row["archivo"]
    kept = file.with_suffix(".kept")
    shutil.copy(file, kept)
    body = bytearray(file.read_bytes())
    body[len(body) // 3] ^= 1
    file.write_bytes(body)
    try:
        for command in (["predict"], ["evaluate", "1"], ["explain", "1"], ["drift"]):
            done = ml(*command, check=False)
            assert (done.returncode, done.stdout) == (4, ""), command
            assert "was changed since it was trained" in done.stderr
    finally:
        kept.replace(file)
    ml("predict")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["train", "--target", "suerte"], 2, "there is no target 'suerte'; there are reprueba"),
        (["train", "--test-periodos", "2030A"], 2, "'2030A' is not known; those that are over"),
        (["train", "--test-periodos", "2023A"], 4, "no periodo before 2023A"),
        (["train", "--exclude", "x"], 2, "go with --csv"),
        (["predict", "--model", "77"], 2, "There is no model 77. Known:"),
        (["predict", "--periodo", "2030A"], 2, "2030A"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    trained: dict[str, Any], ml: Ml, args: list[str], code: int, message: str
) -> None:
    done = ml(*args, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
    assert message in done.stderr


def test_an_erased_alumno_has_no_prediction(trained: dict[str, Any], ml: Ml, school: str) -> None:
    ml("predict")
    rows = json.loads(ml("riesgo", "--model", "--format", "json", to="kpi").stdout)
    database, alumno = Database(school), rows[0]["id_alumno"]
    told = export(database, "alumno", alumno)["datos"]
    assert told["ml.predicciones"][0]["razones"] == rows[0]["razones"]
    assert told["marts.riesgo_predicho"][0]["banda"] == rows[0]["banda"]
    assert erase(database, alumno).rows["ml.predicciones"] == 1
    left = json.loads(ml("riesgo", "--model", "--format", "json", to="kpi").stdout)
    assert {row["id_alumno"] for row in left} == {r["id_alumno"] for r in rows} - {alumno}


def test_without_data_or_model_it_says_what_to_do(database_url: str, cli: Any) -> None:
    env = {"DATABASE_URL": database_url}
    for args, code, message in (
        (["train"], 4, "no alumno is enrolled in anything yet"),
        (["predict"], 2, "No model is in use. `academico ml train` makes one"),
        (["rollback"], 2, "No model is in use"),
    ):
        done = cli("ml", *args, env=env)
        assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
        assert message in done.stderr
    assert json.loads(cli("ml", "models", "--format", "json", env=env, check=True).stdout) == []
