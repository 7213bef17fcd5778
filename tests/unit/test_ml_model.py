"""Risk models on data whose truth is known: learnt from the past, measured on what came later."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from skops import io

from academico_cli.errors import (
    BadInput,
    ModelRefused,
    NotLearnable,
    UnreadableFile,
    WrongUsage,
)
from academico_cli.ml import (
    calibration,
    candidates,
    crossval,
    csvfile,
    drift,
    explain,
    figures,
    modelfile,
    plots,
    split,
    train,
)
from academico_cli.ml.dataset import Dataset
from academico_cli.ml.train import Options, Trained

from ..support.riesgo import NAMES, PERIODOS, dataset


@pytest.fixture(scope="module")
def data() -> Dataset:
    return dataset()


@pytest.fixture(scope="module")
def trained(data: Dataset) -> Trained:
    return train.train(data, Options())


class TestTrain:
    def test_a_model_that_knows_more_than_the_rule_beats_it(self, trained: Trained) -> None:
        gain = trained.metrics["improvement"]
        assert trained.better
        assert gain["baseline"] == "ultimo_promedio"
        assert 0 < gain["low"] < gain["difference"] < gain["high"]
        assert set(trained.metrics["baselines"]) == {"prevalencia", "ultimo_promedio"}
        assert set(trained.metrics["candidates"]) == set(candidates.NAMES)
        assert {row["feature"] for row in trained.metrics["importance"][:2]} == {
            "promedio", "faltas",
        }  # fmt: skip
        json.dumps([trained.metrics, trained.parameters, trained.reference], allow_nan=False)

    def test_a_model_that_knows_nothing_is_not_said_to_be_better(self) -> None:
        found = train.train(dataset(strength=0), Options())
        assert not found.better
        assert found.metrics["improvement"]["low"] <= 0

    def test_the_same_seed_and_data_give_the_same_model(
        self, data: Dataset, trained: Trained
    ) -> None:
        again = train.train(data, Options(jobs=1))
        assert again.metrics == trained.metrics
        assert again.data_hash == trained.data_hash
        said = [each.model.probability(data.values) for each in (again, trained)]
        assert np.array_equal(*said)

    def test_nothing_of_the_test_is_learnt_from(self, data: Dataset, trained: Trained) -> None:
        """Were outcomes of the test seen by choice, calibration or threshold, this would show."""
        later = data.periodos == PERIODOS[-1]
        other = replace(data, target=np.where(later, 1 - data.target, data.target))
        found = train.train(other, Options())
        assert found.metrics["threshold"] == trained.metrics["threshold"]
        assert np.array_equal(
            found.model.probability(data.values), trained.model.probability(data.values)
        )
        assert found.metrics["test"]["auc"] == pytest.approx(1 - trained.metrics["test"]["auc"])

    def test_groups_too_small_to_tell_are_not_told(self, data: Dataset) -> None:
        genero = data.genero.copy()
        genero[-5:] = "X"
        found = train.train(replace(data, genero=genero), Options())
        by = {row["group"]: row for row in found.metrics["by_genero"]}
        assert by["X"]["n"] == 5
        assert {by["X"][name] for name in ("positives", "auc", "fnr", "recall")} == {None}
        assert by["F"]["fnr_low"] < by["F"]["fnr"] < by["F"]["fnr_high"]
        assert set(found.metrics["gap"]["groups"]) == {"F", "M"}

    def test_what_is_never_known_is_no_obstacle(self, data: Dataset) -> None:
        values = data.values.copy()
        values[:, 2] = np.nan
        values[:, 3] = 1
        assert train.train(replace(data, values=values), Options()).better
        with pytest.raises(NotLearnable, match="differs between alumnos"):
            train.train(replace(data, values=np.full_like(values, np.nan)), Options())


class TestSplit:
    def test_earlier_to_later(self, data: Dataset) -> None:
        found = split.split(data)
        assert (found.train_periodos, found.validation_periodos, found.test_periodos) == (
            ["2022B", "2023A"], ["2023B"], ["2024A"],
        )  # fmt: skip
        for mask, periodos in (
            (found.train, found.train_periodos),
            (found.validation, found.validation_periodos),
            (found.test, found.test_periodos),
        ):
            assert set(data.periodos[mask]) == set(periodos)

    @pytest.mark.parametrize("learnt", [(), ("2023B",)])
    def test_disjoint_alumnos(self, learnt: tuple[str, ...]) -> None:
        data = dataset(1000)
        found = split.split(data, train_periodos=learnt, disjoint=True)
        parts = [set(data.alumnos[m]) for m in (found.train, found.validation, found.test)]
        assert all(parts)
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]

    def test_a_periodo_that_is_not_over_is_no_test(self, data: Dataset) -> None:
        """Those who withdrew are known before the others are: such a periodo has only them."""
        target = data.target.copy()
        target[(data.periodos == "2024A") & (target == 0)] = np.nan
        open_ = replace(data, target=target)
        assert split.split(open_).test_periodos == ["2023B"]
        with pytest.raises(WrongUsage, match="'2024A' is not over"):
            split.split(open_, test_periodos=["2024A"])

    @pytest.mark.parametrize(
        ("make", "options", "message"),
        [
            (lambda: dataset(20), {}, "has 40 alumnos, .* at least 50 are needed"),
            (lambda: dataset(periodos=("2024A",)), {}, "no periodo before 2024A .* no history"),
            (lambda: _with_target(1.0), {}, "all 600 alumnos .* ended alike, at risk"),
            (lambda: _with_target(0.0), {}, "all 600 alumnos .* ended alike, not at risk"),
            (lambda: _with_target(np.nan), {}, "not known yet for any periodo"),
            (lambda: dataset().where(np.zeros(1200, bool)), {}, "no alumno is enrolled"),
        ],
    )
    def test_what_cannot_be_learnt_is_said(self, make: Any, options: Any, message: str) -> None:
        with pytest.raises(NotLearnable, match=message):
            split.split(make(), **options)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"test_periodos": ["2030A"]}, "'2030A' is not known; those that are over: 2022B"),
            ({"train_periodos": ["2024A"]}, "2024A is not earlier than 2024A"),
        ],
    )
    def test_periodos_that_cannot_be(self, data: Dataset, options: Any, message: str) -> None:
        with pytest.raises(WrongUsage, match=message):
            split.split(data, **options)


def _with_target(value: float) -> Dataset:
    made = dataset()
    return replace(made, target=np.full_like(made.target, value))


class TestFigures:
    def test_pr_auc_of_weights_is_that_of_repeated_rows(self) -> None:
        draw = np.random.default_rng(3)
        truth, score = draw.integers(2, size=200).astype(float), draw.integers(9, size=200) / 9
        weights = draw.integers(4, size=200)
        ours = figures.Ranking(truth, score).pr_auc(weights)
        repeated = np.repeat(np.arange(200), weights)
        assert ours == pytest.approx(
            metrics.average_precision_score(truth[repeated], score[repeated])
        )

    def test_calibration_error(self) -> None:
        draw = np.random.default_rng(3)
        said = draw.random(20_000)
        truth = (draw.random(20_000) < said).astype(float)
        assert figures.ece(truth, said) < 0.02
        assert figures.ece(truth, np.clip(said + 0.2, 0, 1)) > 0.1

    def test_what_a_capacity_finds(self) -> None:
        truth, said = np.array([1, 1, 0, 0, 0, 0, 0, 0, 1, 0.0]), np.linspace(1, 0, 10)
        found = figures.at_capacity(truth, said, 30)
        assert (found["called"], found["precision"], found["recall"]) == (3, 2 / 3, 2 / 3)
        assert found["lift"] == pytest.approx(2 / 3 / 0.3)

    def test_rows_of_one_person_are_no_independent_evidence(self) -> None:
        made = dataset(100, ("2024A",))
        ours, rule = -made.values[:, 0], made.values[:, 3]
        ours, rule = np.nan_to_num(ours), np.nan_to_num(rule)
        truth = made.target.astype(float)
        _, low, high = figures.improvement(truth, ours, rule, made.alumnos, 1)
        four = [np.tile(each, 4) for each in (truth, ours, rule, made.alumnos)]
        _, low4, high4 = figures.improvement(*four, 1)
        assert (low4, high4) == pytest.approx((low, high))


class TestCalibration:
    def test_it_is_kept_only_when_it_improves(self) -> None:
        draw = np.random.default_rng(5)
        right = draw.random(3000) * 0.8 + 0.1
        truth = (draw.random(3000) < right).astype(float)
        people = np.arange(3000)
        name, calibrator = calibration.choose(right, truth, people, 1)
        assert figures.brier(truth, calibration.apply(calibrator, right)) <= figures.brier(
            truth, right
        )
        bent = right**3
        name, calibrator = calibration.choose(bent, truth, people, 1)
        assert name != calibration.NONE
        assert figures.ece(truth, calibration.apply(calibrator, bent)) < 0.03
        assert calibration.choose(bent, np.ones(3000), people, 1) == (calibration.NONE, None)


class TestFile:
    @pytest.mark.parametrize("name", candidates.NAMES)
    def test_what_is_loaded_says_the_same(self, data: Dataset, name: str, tmp_path: Path) -> None:
        pipeline = candidates.make(name, data.values, seed=1, jobs=2, codes=[1])
        candidates.fit(pipeline, data.values, data.target, 2)
        raw = candidates.probability(pipeline, data.values)
        _, calibrator = calibration.choose(raw**2, data.target, data.alumnos, 1)
        model = modelfile.Model(pipeline, calibrator)
        loaded = modelfile.load(tmp_path, 1, *modelfile.save(tmp_path, model))
        assert np.array_equal(loaded.probability(data.values), model.probability(data.values))

    def test_one_byte_changed_is_refused(self, trained: Trained, tmp_path: Path) -> None:
        name, digest = modelfile.save(tmp_path, trained.model)
        path = tmp_path / "modelos" / name
        body = bytearray(path.read_bytes())
        body[len(body) // 2] ^= 1
        path.write_bytes(body)
        with pytest.raises(ModelRefused, match="was changed since it was trained"):
            modelfile.load(tmp_path, 1, name, digest)
        path.unlink()
        with pytest.raises(ModelRefused, match="cannot be read"):
            modelfile.load(tmp_path, 1, name, digest)

    def test_a_type_that_is_not_on_the_list_is_refused(self, tmp_path: Path) -> None:
        strange = Pipeline([("model", FunctionTransformer(io.dumps))])
        name, digest = modelfile.save(tmp_path, modelfile.Model(strange, None))
        with pytest.raises(ModelRefused, match="types that no model of ours has: skops"):
            modelfile.load(tmp_path, 1, name, digest)


class TestExplain:
    def test_pushes_add_up(self, data: Dataset, trained: Trained) -> None:
        usual = np.nanmedian(data.values, axis=0)
        rows = data.values[:20]
        pushed = explain.pushes(trained.model, rows, usual, rounds=2, seed=1)
        said = trained.model.probability(rows) - trained.model.probability(usual[None])
        assert pushed.sum(axis=1) == pytest.approx(said)
        few = explain.pushes(trained.model, rows[3:4], usual, rounds=2, seed=1)
        assert few[0] == pytest.approx(pushed[3])

    def test_only_what_raises_the_risk_is_a_reason(self) -> None:
        pushed, values = np.array([0.2, -0.5, 0.001, 0.3]), np.array([1, 2, 3, np.nan])
        found = explain.reasons(NAMES, values, np.array([2, 2, 2, 14.55]), pushed)
        assert found == ["Creditos: sin dato (lo usual: 14.6)", "Promedio: 1 (lo usual: 2)"]


class TestDrift:
    def test_chance_is_stable_and_change_is_not(self) -> None:
        draw = np.random.default_rng(9)
        past = drift.reference(draw.normal(size=(3000, 1)), ["x"], draw.random(3000))
        same, shifted = draw.normal(size=300), draw.normal(size=300) + 1
        assert drift.compare(past["x"], same)["categoria"] == "estable"
        found = drift.compare(past["x"], shifted)
        assert found["categoria"] == "fuerte"
        assert found["ks"] == pytest.approx(0.383, abs=0.08)  # 2 * Phi(1/2) - 1
        missing = np.where(draw.random(300) < 0.5, np.nan, same)
        assert drift.compare(past["x"], missing)["categoria"] == "fuerte"
        few = draw.normal(size=8)
        assert drift.compare(past["x"], few)["categoria"] == "estable"

    def test_what_was_never_known_and_is_now(self) -> None:
        past = drift.reference(np.full((500, 1), np.nan), ["x"], np.full(500, 0.5))
        assert drift.compare(past["x"], np.full(200, np.nan)) == {
            "psi": 0.0, "ks": 0.0, "categoria": "estable",
        }  # fmt: skip
        assert drift.compare(past["x"], np.zeros(200))["categoria"] == "fuerte"

    def test_outcomes(self) -> None:
        said = np.full(1000, 0.3)
        truth = (np.arange(1000) % 10 < 3).astype(float)
        assert drift.outcome(said, truth)["calibrado"]
        assert not drift.outcome(said, (np.arange(1000) % 10 < 5).astype(float))["calibrado"]


class TestCsv:
    def table(self, path: Path, rows: int = 400) -> Path:
        draw = np.random.default_rng(2)
        lines = ['\ufeffNota ;Turno;Clave;"Fin; de año"\r\n']
        for _ in range(rows):
            nota, clave = draw.normal() + 7, draw.integers(5)
            bad = draw.random() < 1 / (1 + np.exp(3 * (nota - 6.5) - 2 * (clave == 3)))
            written = f"{nota:.2f}".replace(".", ",") if draw.random() > 0.1 else ""
            turno = "mañana" if draw.random() < 0.5 else "tarde"
            lines.append(f"{written};{turno};{clave};{'Baja' if bad else 'Sigue'}\r\n")
        path.write_text("".join(lines), encoding="utf-8", newline="")
        return path

    def test_types_and_marks_are_found_out(self, tmp_path: Path) -> None:
        found = csvfile.read(self.table(tmp_path / "t.csv"), "fin; de año=Baja")
        assert found.names == ("Nota", "Turno", "Clave")
        assert found.values.shape == (400, 3)
        assert np.isnan(found.values[:, 0]).mean() == pytest.approx(0.1, abs=0.05)
        assert np.nanmean(found.values[:, 0]) == pytest.approx(7, abs=0.2)
        assert set(found.values[:, 1]) == {0, 1}
        assert found.codes == (1, 2)
        some = csvfile.read(tmp_path / "t.csv", "Fin; de año=Baja", exclude=["t*", "clave"])
        assert some.names == ("Nota",)

    def test_cross_validation(self, tmp_path: Path) -> None:
        table = csvfile.read(self.table(tmp_path / "t.csv"), "Fin; de año=Baja")
        found = crossval.evaluate(table, seed=1)
        assert found["test"]["n"] == 400
        assert found["test"]["auc"] > 0.85
        assert found["improvement"]["baseline"] == crossval.BEST_COLUMN
        assert len(found["folds"]) == 5

    @pytest.mark.parametrize(
        ("text", "target", "error", "message"),
        [
            (b"a,b\n1,2\n3\n", "b=2", BadInput, "line 3: 1 cells, but the header has 2"),
            (b"a,b\n1,2\n", "c=2", WrongUsage, "no columns are named 'c'; there are a, b"),
            (b"a,b\n1,2\n", "b=3", WrongUsage, "no row has '3' in 'b'; it has '2'"),
            (b"a,b\n1,2\n", "b", WrongUsage, "--target is COLUMN=VALUE"),
            (b"a,b\n", "b=2", NotLearnable, "has no rows"),
            (b"b\n1\n", "b=1", NotLearnable, "no column is left"),
            (b"a,b\n\xff,2\n", "b=2", UnreadableFile, "not UTF-8"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, tmp_path: Path, text: bytes, target: str, error: type[Exception], message: str
    ) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(text)
        with pytest.raises(error, match=message):
            csvfile.read(path, target)

    def test_too_few_rows(self, tmp_path: Path) -> None:
        table = csvfile.read(self.table(tmp_path / "t.csv", 30), "Fin; de año=Baja")
        with pytest.raises(NotLearnable, match="the file has 30 rows"):
            crossval.evaluate(table, seed=1)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_points_give_the_same_drawing(trained: Trained, tmp_path: Path, kind: str) -> None:
    first = plots.draw(trained.metrics, tmp_path / "a", kind)
    again = plots.draw(trained.metrics, tmp_path / "b", kind)
    assert [path.name for path in first] == [f"{name}.{kind}" for name in plots.PLOTS]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
