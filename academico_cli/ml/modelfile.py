"""A model's file: written by skops, and loaded only when its hash and all types in it are known.

Nothing in the file is code: unlike a pickle it can only name types, and those must be on our list.
"""

import hashlib
import os
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from skops import io

from academico_cli.errors import HomeUnusable, ModelRefused
from academico_cli.ml import calibration, candidates

FOLDER = "modelos"
"""Folder of the models under ACADEMICO_HOME."""

ALLOWED = frozenset(
    {
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
        "numpy.dtype",
    }
)
"""Types beyond those that skops trusts by itself: what our candidates are made of, nothing else."""


@dataclass(frozen=True)
class Model:
    """A fitted model."""

    pipeline: Pipeline
    calibrator: Any

    def probability(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return the probability to be at risk of each of n rows, from (n, k) features."""
        return calibration.apply(self.calibrator, candidates.probability(self.pipeline, values))


def save(home: Path, model: Model) -> tuple[str, bytes]:
    """Write a model under the home; return the file's name and its SHA-256."""
    held = {"pipeline": model.pipeline, "calibrator": model.calibrator}
    body = io.dumps(held, compression=zipfile.ZIP_DEFLATED, compresslevel=3)
    digest = hashlib.sha256(body).digest()
    # Named by its content: models of different databases can share a home.
    name = f"{digest.hex()[:16]}.skops"
    folder = home / FOLDER
    temporary = folder / f".{name}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
            f.write(body)
            f.flush()
            os.fsync(f.fileno())
        temporary.replace(folder / name)
    except OSError as exc:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        detail = (exc.strerror or type(exc).__name__).lower()
        raise HomeUnusable(path=folder, detail=detail) from exc
    return name, digest


def load(home: Path, number: int, name: str, digest: bytes) -> Model:
    """Load a model.

    Args:
        home: ACADEMICO_HOME.
        number: the model's, for messages.
        name, digest: what ``save`` returned.

    Raises:
        ModelRefused: the file is missing, is not the one that was registered, or holds a type that
            is not on our list.
    """
    path = home / FOLDER / Path(name).name
    try:
        body = path.read_bytes()
    except OSError as exc:
        detail = f"it cannot be read ({(exc.strerror or '').lower()}); it lies where it was trained"
        raise ModelRefused(number=number, path=path, detail=detail) from exc
    # The bytes that were compared are those that are loaded.
    if hashlib.sha256(body).digest() != digest:
        detail = "it was changed since it was trained (its SHA-256 is not the registered one)"
        raise ModelRefused(number=number, path=path, detail=detail)
    strange = sorted(set(io.get_untrusted_types(data=body)) - ALLOWED)
    if strange:
        detail = f"it holds types that no model of ours has: {', '.join(strange)}"
        raise ModelRefused(number=number, path=path, detail=detail)
    held = io.loads(body, trusted=sorted(ALLOWED))
    return Model(held["pipeline"], held["calibrator"])
