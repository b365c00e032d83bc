"""Annotated beats of public databases as examples for the trees that tell S from N by intervals."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray, Float32Array, Float64Array
from ecg_core.beats import is_beat, to_aami
from ecg_core.classification.prematurity import interval_features
from ecg_core.errors import SourceError
from ecg_core.mitbih import DS1
from ecg_core.training.interval_data import database_of

MAX_PREMATURE: Final = 4000
MAX_NORMAL: Final = 6000
MAX_BESIDE: Final = 3000
"""Beats taken of one recording: S, any N, and N beside S, which are the hardest."""

MAX_ROWS: Final = 100_000
"""Beats taken of one database."""

PREMATURE_SHARE: Final = 0.12
"""Weight of S among the beats of each database; that of a recording grows with the square root of its beats."""

_MIN_BEATS: Final = 60
_MIN_RR_S: Final = 0.05
_BESIDE: Final = (-1, 1, 2)


@dataclass(frozen=True)
class PrematurityExamples:
    """Beats N and S with their features.

    Attributes
    ----------
    features : ndarray of float32, shape (beats, features)
    premature : ndarray of bool, shape (beats,)
        S.
    weight : ndarray of float64, shape (beats,)
        Each database weighs by its share.
    counts : dict of str to (int, int, int)
        Recordings, N and S of each database.
    """

    features: Float32Array
    premature: BoolArray
    weight: Float64Array
    counts: dict[str, tuple[int, int, int]]


def prematurity_examples(
    folders: Sequence[Path], shares: dict[str, float], seed: int, progress: Callable[[float], None] | None = None
) -> PrematurityExamples:
    """Read beats of databases and return a sample of them with features.

    Parameters
    ----------
    folders : sequence of Path
        Named as on PhysioNet, with or without ``_ann``. Of ``mitdb`` de Chazal's DS1 alone is read.
    shares : dict of str to float
        Weight of a database; 1 by default.
    seed : int
        Seed of the sample.
    progress : callable, optional
        Called with the fraction done.

    Raises
    ------
    SourceError
        If there is no S or no N.
    """
    rng = np.random.default_rng(seed)
    features, premature, weights = [], [], []
    counts: dict[str, tuple[int, int, int]] = {}
    for number, folder in enumerate(folders):
        database = database_of(folder)
        of_database = [_sampled(time_s, label, rng) for time_s, label in _sequences(folder)]
        if not of_database:
            raise SourceError(f"{folder} holds no annotated beats.")
        rows = np.concatenate([rows for rows, _ in of_database])
        labels = np.concatenate([labels for _, labels in of_database])
        weight = _weights([labels for _, labels in of_database])
        kept = np.sort(rng.permutation(len(labels))[:MAX_ROWS])
        features.append(rows[kept])
        premature.append(labels[kept])
        weights.append(weight[kept] / weight[kept].sum() * shares.get(database, 1.0))
        n_premature = int(labels[kept].sum())
        counts[database] = (len(of_database), len(kept) - n_premature, n_premature)
        if progress:
            progress((number + 1) / len(folders))
    found, labels, weight = np.concatenate(features), np.concatenate(premature), np.concatenate(weights)
    if labels.all() or not labels.any():
        raise SourceError("There must be beats N and S to learn from.")
    return PrematurityExamples(found, labels, weight / weight.mean(), counts)


def _sampled(
    time_s: Float64Array, label: npt.NDArray[np.str_], rng: np.random.Generator
) -> tuple[Float32Array, BoolArray]:
    rows = interval_features(time_s, np.isin(label, ("V", "F")))
    premature, normal = np.flatnonzero(label == "S"), np.flatnonzero(label == "N")
    beside = np.unique(np.concatenate([premature + k for k in _BESIDE]))
    beside = np.intersect1d(beside, normal)
    taken = [rng.permutation(normal)[:MAX_NORMAL], rng.permutation(beside)[:MAX_BESIDE]]
    chosen = np.concatenate([rng.permutation(premature)[:MAX_PREMATURE], np.unique(np.concatenate(taken))])
    return rows[chosen], label[chosen] == "S"


def _weights(labels: Sequence[BoolArray]) -> Float64Array:
    """Return weights by which recordings count with the square root of their beats, and S have their share."""
    weight = []
    for of_recording in labels:
        n_premature = int(of_recording.sum())
        n_normal = len(of_recording) - n_premature
        weight.append(np.where(of_recording, max(n_premature, 1) ** -0.5, max(n_normal, 1) ** -0.5))
    result, premature = np.concatenate(weight), np.concatenate(labels)
    for of_class, share in ((premature, PREMATURE_SHARE), (~premature, 1 - PREMATURE_SHARE)):
        if of_class.any():
            result[of_class] *= share / result[of_class].sum()
    return result


def _sequences(folder: Path) -> Iterator[tuple[Float64Array, npt.NDArray[np.str_]]]:
    """Yield time and class of the beats of each recording."""
    database = database_of(folder)
    if database == "vitaldb_arrdb":
        read = [_vitaldb(path) for path in sorted(folder.glob("Annotation_file_*.csv"))]
    else:
        paths = sorted(folder.glob("*.atr"))
        read = [_wfdb(path) for path in paths if database != "mitdb" or path.stem in DS1]
    for time_s, label in read:
        kept = np.diff(time_s, prepend=-np.inf) > _MIN_RR_S
        if kept.sum() >= _MIN_BEATS:
            yield time_s[kept], label[kept]


def _wfdb(path: Path) -> tuple[Float64Array, npt.NDArray[np.str_]]:
    import wfdb

    name = str(path.with_suffix(""))
    annotated = wfdb.rdann(name, "atr")
    symbol = np.asarray(annotated.symbol)
    beats = is_beat(symbol)
    fs_hz = float(annotated.fs or wfdb.rdheader(name).fs)
    return np.asarray(annotated.sample)[beats] / fs_hz, to_aami(symbol[beats])


def _vitaldb(path: Path) -> tuple[Float64Array, npt.NDArray[np.str_]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = sorted(
            (float(row["time_second"]), "Q" if row["bad_signal_quality"] == "True" else row["beat_type"])
            for row in csv.DictReader(stream)
            if row["beat_type"] in ("N", "S", "V", "U")
        )
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype="<U1")
