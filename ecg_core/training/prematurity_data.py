"""Annotated beats of public databases as examples for the trees that tell S from N by intervals."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray, Float32Array, Float64Array
from ecg_core.beats import is_beat, to_aami
from ecg_core.classification.prematurity import MIN_BEATS, interval_features, parts, second_features
from ecg_core.errors import SourceError
from ecg_core.mitbih import DS1
from ecg_core.rhythm.boosted_trees import BoostedTrees
from ecg_core.training.interval_data import database_of

MAX_PREMATURE: Final = 4000
MAX_NORMAL: Final = 6000
MAX_BESIDE: Final = 3000
"""Beats taken of one recording: S, any N, and N beside S, which are the hardest."""

MAX_ROWS: Final = 100_000
"""Beats taken of one database."""

PREMATURE_SHARE: Final = 0.12
"""Weight of S among the beats of each database; that of a recording grows with the square root of its beats."""

MAX_PIECES: Final = 4
"""Half hours taken of one recording for the second trees."""
MAX_PIECE_PREMATURE: Final = 300
MAX_PIECE_NORMAL: Final = 250
MAX_PIECE_BESIDE: Final = 200
"""Beats taken of one half hour: S, any N, and N beside S."""

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


@dataclass(frozen=True)
class AnnotatedBeats:
    """Beats of one recording.

    Attributes
    ----------
    database : str
    time_s : ndarray, shape (beats,)
    label : ndarray of str, shape (beats,)
        Classes ``N S V F Q``.
    """

    database: str
    time_s: Float64Array
    label: npt.NDArray[np.str_]

    @property
    def ventricular(self) -> BoolArray:
        """Which beats are V or F."""
        return np.isin(self.label, ("V", "F"))


def annotated_beats(folders: Sequence[Path]) -> list[AnnotatedBeats]:
    """Read the beats of all recordings of databases.

    Parameters
    ----------
    folders : sequence of Path
        Named as on PhysioNet, with or without ``_ann``. Of ``mitdb`` de Chazal's DS1 alone is read.

    Raises
    ------
    SourceError
        If a folder holds no annotated beats.
    """
    found = []
    for folder in folders:
        of_database = [AnnotatedBeats(database_of(folder), time_s, label) for time_s, label in _sequences(folder)]
        if not of_database:
            raise SourceError(f"{folder} holds no annotated beats.")
        found += of_database
    return found


def prematurity_examples(
    recordings: Sequence[AnnotatedBeats], shares: dict[str, float], seed: int
) -> PrematurityExamples:
    """Return a sample of beats with the features of their intervals.

    Parameters
    ----------
    recordings : sequence of AnnotatedBeats
        Those of a database one after the other.
    shares : dict of str to float
        Weight of a database; 1 by default.
    seed : int
        Seed of the sample.

    Raises
    ------
    SourceError
        If there is no S or no N.
    """
    rng = np.random.default_rng(seed)
    sampled = []
    for beats in recordings:
        chosen = _chosen(beats.label, rng, MAX_PREMATURE, MAX_NORMAL, MAX_BESIDE)
        rows = interval_features(beats.time_s, beats.ventricular)
        sampled.append((beats.database, rows[chosen], beats.label[chosen] == "S"))
    return _weighed(sampled, shares, rng, MAX_ROWS)


def second_examples(
    recordings: Sequence[AnnotatedBeats], first: Sequence[BoostedTrees], shares: dict[str, float], seed: int
) -> PrematurityExamples:
    """Return a sample of beats with what the second trees see, of half hours of each recording.

    Parameters
    ----------
    recordings : sequence of AnnotatedBeats
        Those of a database one after the other.
    first : sequence of BoostedTrees
        Of each recording first trees that did not learn from it.
    shares : dict of str to float
        Weight of a database; 1 by default.
    seed : int
        Seed of the sample.

    Raises
    ------
    SourceError
        If there is no S or no N.
    """
    rng = np.random.default_rng(seed)
    sampled = []
    for beats, trees in zip(recordings, first, strict=True):
        halves = [part for part in parts(beats.time_s) if part.stop - part.start >= MIN_BEATS]
        for at in sorted(rng.permutation(len(halves))[:MAX_PIECES]):
            piece = halves[at]
            label, ventricular = beats.label[piece], beats.ventricular[piece]
            intervals = interval_features(beats.time_s[piece], ventricular)
            scores = trees.log_odds(intervals).astype(np.float64)
            rows = second_features(scores, ventricular, intervals)
            chosen = _chosen(label, rng, MAX_PIECE_PREMATURE, MAX_PIECE_NORMAL, MAX_PIECE_BESIDE)
            sampled.append((beats.database, rows[chosen], label[chosen] == "S"))
    return _weighed(sampled, shares, rng, None)


def _chosen(
    label: npt.NDArray[np.str_], rng: np.random.Generator, n_premature: int, n_normal: int, n_beside: int
) -> npt.NDArray[np.int64]:
    """Return the places of beats S, of any N, and of N beside S."""
    premature, normal = np.flatnonzero(label == "S"), np.flatnonzero(label == "N")
    beside = np.unique(np.concatenate([premature + k for k in _BESIDE]))
    beside = np.intersect1d(beside, normal)
    taken = [rng.permutation(normal)[:n_normal], rng.permutation(beside)[:n_beside]]
    return np.concatenate([rng.permutation(premature)[:n_premature], np.unique(np.concatenate(taken))])


def _weighed(
    sampled: Sequence[tuple[str, Float32Array, BoolArray]],
    shares: dict[str, float],
    rng: np.random.Generator,
    max_rows: int | None,
) -> PrematurityExamples:
    """Put the beats of recordings together, each database with its weight.

    Raises
    ------
    SourceError
        If there is no S or no N.
    """
    features, premature, weights = [], [], []
    counts: dict[str, tuple[int, int, int]] = {}
    for database in dict.fromkeys(name for name, _, _ in sampled):
        of_database = [(rows, labels) for name, rows, labels in sampled if name == database]
        rows = np.concatenate([rows for rows, _ in of_database])
        labels = np.concatenate([labels for _, labels in of_database])
        weight = _weights([labels for _, labels in of_database])
        kept = np.sort(rng.permutation(len(labels))[:max_rows])
        features.append(rows[kept])
        premature.append(labels[kept])
        weights.append(weight[kept] / weight[kept].sum() * shares.get(database, 1.0))
        n_premature = int(labels[kept].sum())
        counts[database] = (len(of_database), len(kept) - n_premature, n_premature)
    if not features or not np.concatenate(premature).any() or np.concatenate(premature).all():
        raise SourceError("There must be beats N and S to learn from.")
    weight = np.concatenate(weights)
    return PrematurityExamples(np.concatenate(features), np.concatenate(premature), weight / weight.mean(), counts)


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
