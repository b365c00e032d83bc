"""Crops of annotated intervals to train on, with the errors that detectors and classifiers make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.rhythm.interval_features import N_FEATURES, interval_features
from ecg_core.training.interval_data import AF, IGNORED, IntervalRecord

CROP: Final = 192
MIN_INTERVALS: Final = 10

CROPS_OF: Final[Mapping[str, int]] = {
    "ltafdb": 12_000,
    "afdb": 3_500,
    "vitaldb_arrdb": 4_000,
    "nsrdb": 3_000,
    "cinc2017": 6_000,
    "mitdb": 1_500,
    "afib": 500,
    "made": 6_000,
}
"""How many crops are taken of each database; of any other, `_OTHERS`."""
_OTHERS: Final = 2_000

Piece = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_] | None, npt.NDArray[np.bool_], npt.NDArray[np.int8]]


@dataclass
class Crops:
    """Crops of intervals, padded to `CROP`.

    Attributes
    ----------
    given : ndarray of float16, shape (crops, CROP, N_FEATURES)
    inside : ndarray of float16, shape (crops, CROP, 1)
        Zero where there is no interval.
    truth : ndarray of int8, shape (crops, CROP)
    record : ndarray of int64, shape (crops,)
        The recording that each was taken from; of a joined one, that of the fibrillation.
    other : ndarray of int64, shape (crops,)
        The second recording of a joined crop, elsewhere the same.
    """

    given: npt.NDArray[np.float16]
    inside: npt.NDArray[np.float16]
    truth: npt.NDArray[np.int8]
    record: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]


def make_crops(records: Sequence[IntervalRecord], seed: int, share: float = 1.0) -> Crops:
    """Draw crops from every recording, of each database as many as `CROPS_OF` says.

    Parameters
    ----------
    records : sequence of IntervalRecord
        Recordings as sequences of intervals.
    seed : int
        Seed of the draw.
    share : float
        Factor of the number of crops.

    Returns
    -------
    Crops
    """
    generator = np.random.default_rng(seed)
    pieces: list[Piece] = []
    sources: list[tuple[int, int]] = []
    by_database: dict[str, list[int]] = {}
    for number, record in enumerate(records):
        by_database.setdefault(record.database, []).append(number)
    for database, numbers in by_database.items():
        count = max(int(share * CROPS_OF.get(database, _OTHERS)), 1)
        for draw in range(count):
            number = numbers[draw % len(numbers)]
            pieces.append(_crop(records[number], generator))
            sources.append((number, number))
    _join(pieces, sources, generator)
    given = np.zeros((len(pieces), CROP, N_FEATURES), dtype=np.float16)
    inside = np.zeros((len(pieces), CROP, 1), dtype=np.float16)
    truth = np.full((len(pieces), CROP), IGNORED, dtype=np.int8)
    for place, piece in enumerate(pieces):
        rr_s, ventricular, readable, said = _disturbed(piece, generator)
        n = min(len(rr_s), CROP)
        start = int(generator.integers(0, CROP - n + 1))
        found = interval_features(rr_s, ventricular, readable)
        given[place, start : start + n] = found[:n]
        inside[place, start : start + n] = 1
        truth[place, start : start + n] = said[:n]
    source = np.array(sources, dtype=np.int64)
    return Crops(given, inside, truth, source[:, 0], source[:, 1])


def _crop(record: IntervalRecord, generator: np.random.Generator) -> Piece:
    """Take a span, more often where the rhythm changes, of a length from ten beats to a whole crop."""
    n = len(record.rr_s)
    length = CROP if generator.random() < 0.6 else int(np.exp(generator.uniform(np.log(MIN_INTERVALS), np.log(CROP))))
    length = min(length, n)
    start = int(generator.integers(0, n - length + 1))
    if generator.random() < 0.4:
        is_af = (record.truth == AF).astype(np.int8)
        changes = np.flatnonzero(np.diff(is_af))
        if len(changes):
            start = int(generator.choice(changes)) - int(generator.integers(0, length))
            start = min(max(start, 0), n - length)
    span = slice(start, start + length)
    beats = None if record.ventricular is None else record.ventricular[start : start + length + 1].copy()
    return record.rr_s[span].copy(), beats, record.readable[span].copy(), record.truth[span].copy()


def _join(pieces: list[Piece], sources: list[tuple[int, int]], generator: np.random.Generator) -> None:
    """Put short spans of fibrillation into other rhythms: paroxysms with an exact beginning and end."""
    of_af = [place for place, piece in enumerate(pieces) if (piece[3] == AF).mean() > 0.95 and len(piece[0]) >= 40]
    others = [place for place, piece in enumerate(pieces) if not (piece[3] == AF).any() and len(piece[0]) >= 100]
    if not of_af or not others:
        return
    for place in generator.choice(others, len(others) // 4, replace=False):
        donor = int(generator.choice(of_af))
        rr_s, readable, truth = (pieces[place][0].copy(), pieces[place][2].copy(), pieces[place][3].copy())
        ventricular = pieces[place][1]
        length = min(int(np.exp(generator.uniform(np.log(12), np.log(80)))), len(pieces[donor][0]), len(rr_s) - 20)
        start = int(generator.integers(0, len(rr_s) - length))
        span = slice(start, start + length)
        rr_s[span] = pieces[donor][0][:length]
        readable[span] = pieces[donor][2][:length]
        truth[span] = pieces[donor][3][:length]
        if ventricular is not None:
            ventricular = ventricular.copy()
            ventricular[start + 1 : start + length] = False
        pieces[place] = (rr_s, ventricular, readable, truth)
        sources[place] = (sources[donor][0], sources[place][0])


def _disturbed(piece: Piece, generator: np.random.Generator) -> Piece:
    """Scale time, jitter beats, lose some and add some, forget or confuse classes, make spans unreadable."""
    rr_s, ventricular, readable, truth = piece
    known = ventricular is not None and generator.random() < 0.5
    beats = ventricular if ventricular is not None else np.zeros(len(rr_s) + 1, dtype=bool)
    if generator.random() < 0.5:
        rr_s = rr_s * np.exp(generator.uniform(np.log(0.7), np.log(1.4)))
    times = np.concatenate(([0.0], np.cumsum(rr_s)))
    if generator.random() < 0.5:
        times = np.sort(times + generator.uniform(0, 0.012) * generator.standard_normal(len(times)))
    at = np.append(truth, truth[-1])
    fine = np.append(readable, readable[-1])
    if generator.random() < 0.3:
        kept = generator.random(len(times)) >= generator.uniform(0, 0.06)
        kept[:2] = True
        times, at, fine, beats = times[kept], at[kept], fine[kept], beats[kept]
    if generator.random() < 0.25:
        added = np.flatnonzero(generator.random(len(times) - 1) < generator.uniform(0, 0.05))
        late = times[added] + generator.uniform(0.25, 0.75, len(added)) * np.diff(times)[added]
        times = np.insert(times, added + 1, late)
        at, fine = np.insert(at, added + 1, at[added]), np.insert(fine, added + 1, fine[added])
        beats = np.insert(beats, added + 1, generator.random(len(added)) < 0.3)
    if known:
        beats = beats & (generator.random(len(beats)) >= generator.choice([0.0, 0.2]))
        beats |= generator.random(len(beats)) < generator.choice([0.0, 0.0, generator.uniform(0, 0.15)])
    rr_s, fine, at = np.diff(times), fine[:-1], at[:-1].copy()
    if generator.random() < 0.1 and len(rr_s) > 30:
        start, length = int(generator.integers(0, len(rr_s))), int(generator.integers(1, 15))
        fine = fine.copy()
        fine[start : start + length] = False
        rr_s[start : start + length] *= generator.uniform(0.3, 3, len(rr_s[start : start + length]))
        at[start : start + length] = IGNORED
    return rr_s, (beats if known else None), fine, at
