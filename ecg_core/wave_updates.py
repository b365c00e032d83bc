"""Waves, ST segment and AV conduction of a recording whose beats a person corrects.

Beats that are added or moved are delineated, and so are the beats beside them and beside deleted ones: where a T wave
ends and where a P wave is looked for depends on the neighbours. Everything else stays as it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import BoolArray, Float32Array, Int64Array
from ecg_core.delineation.corrections import Correction, corrected
from ecg_core.delineation.delineator import OVERLAP_S, delineate_some
from ecg_core.delineation.waves import Waves
from ecg_core.pacing import PacingSpikes, without_spikes
from ecg_core.recording import Recording
from ecg_core.wave_findings import WaveFindings, st_and_conduction

MAX_LEAD_S: Final = 10_000
"""Seconds of leads that are delineated at once, about 2 s of computing; what is left waits for the next call."""

_ARRAYS: Final = ("offset", "confidence", "assessed", "common")


_Given = tuple[Int64Array, npt.NDArray[np.str_], list[Correction], BoolArray]


class _Key(NamedTuple):
    """A beat among its neighbours: samples of the beat before it, of itself, and of the beat after it; -1 for none."""

    before: int
    sample: int
    after: int

    def beside(self, p_waves: Int64Array) -> BoolArray:
        """Tell which P waves lie between the neighbours; shape (waves,)."""
        peak = p_waves[:, 1]
        return np.asarray((peak > self.before) & ((peak < self.after) | (self.after < 0)))


class _Row(NamedTuple):
    """Waves of one beat among given neighbours."""

    offset: npt.NDArray[np.int16]
    confidence: Float32Array
    assessed: BoolArray
    common: npt.NDArray[np.int16]
    unconducted_p: Int64Array


class WaveUpdater:
    """Keeps the waves of a recording up with corrections of its beats.

    Parameters
    ----------
    recording : Recording
        The recording.
    spikes : PacingSpikes
        Its pacing spikes; the signal is read without them.
    found : WaveFindings
        Of the beats as they were detected.
    episodes : pandas.DataFrame
        Episodes of the rhythm, of which those without AV conduction count.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.

    Attributes
    ----------
    n_pending : int
        Beats whose waves the next call goes on with; until then they have those that they were found with, or none.
    share : float
        Share of the corrected beats and their neighbours whose waves are known, 0..1.
    """

    def __init__(
        self,
        recording: Recording,
        spikes: PacingSpikes,
        found: WaveFindings,
        episodes: pd.DataFrame,
        quality: npt.NDArray[np.uint8],
    ) -> None:
        self._recording, self._clean, self._spikes = recording, without_spikes(recording, spikes), spikes
        self._found, self._last = found, found
        self._episodes, self._quality = episodes, quality
        self._rows: dict[_Key, _Row] = {}
        self._given: _Given | None = None
        self.n_pending, self.share = 0, 1.0

    def updated(
        self, beats: pd.DataFrame, corrections: Sequence[Correction], uncounted: BoolArray | None = None
    ) -> WaveFindings:
        """Return the waves of corrected beats and what follows from them.

        Parameters
        ----------
        beats : pandas.DataFrame
            The beat table.
        corrections : sequence of Correction
            Boundaries that people have set, by the samples of `beats`. What does not fit the waves of a beat is passed
            over.
        uncounted : ndarray of bool, shape (beats,), optional
            Beats in artefacts named by a person: their ST segment is not measured.

        Returns
        -------
        WaveFindings
        """
        samples, labels = beats["sample"].to_numpy(dtype=np.int64), beats["label"].fillna("").to_numpy(dtype="<U1")
        left_out = np.zeros(len(samples), dtype=bool) if uncounted is None else uncounted
        given = samples, labels, list(corrections), left_out
        if self._given is not None and not self.n_pending and _equal(given, self._given):
            return self._last
        self._given = given
        waves = _with_corrections(self._waves_at(samples), corrections)
        trend, spans = st_and_conduction(
            self._recording,
            self._clean,
            self._spikes,
            waves,
            beats,
            self._episodes,
            self._quality,
            known=self._last.st,
            uncounted=left_out,
        )
        self._last = replace(self._found, waves=waves, st=trend, spans=spans)
        return self._last

    def _waves_at(self, samples: Int64Array) -> Waves:
        self.n_pending, self.share = 0, 1.0
        found = self._found.waves
        if np.array_equal(samples, found.beat) or not len(samples):
            return found.at(samples)
        neighbours = _with_neighbours(samples)
        same = _same_neighbours(neighbours, found.beat)
        keys = {row: _Key(*neighbours[row].tolist()) for row in np.flatnonzero(~same).tolist()}
        self._delineate(samples, [row for row, key in keys.items() if key not in self._rows], keys)
        self.share = 1 - self.n_pending / max(len(keys), 1)
        waves = found.at(samples)
        arrays = {name: getattr(waves, name).copy() for name in _ARRAYS}
        p_waves = [found.unconducted_p]
        replaced = np.zeros(len(found.unconducted_p), dtype=bool)
        for row, key in keys.items():
            known = self._rows.get(key)
            if known is None:
                continue
            for name, values in arrays.items():
                values[row] = getattr(known, name)
            replaced |= key.beside(found.unconducted_p)
            p_waves.append(known.unconducted_p)
        p_waves[0] = found.unconducted_p[~replaced]
        unique = np.unique(np.concatenate(p_waves), axis=0)
        return replace(waves, **arrays, unconducted_p=unique[np.argsort(unique[:, 1], kind="stable")])

    def _delineate(self, samples: Int64Array, rows: list[int], keys: dict[int, _Key]) -> None:
        """Delineate beats, as many as may be at once, and keep their waves."""
        spans_s = 2 * OVERLAP_S * len(self._recording.leads)
        begin_s = samples[rows] / self._recording.fs_hz
        cost = np.cumsum(np.minimum(np.diff(begin_s, prepend=-np.inf) * len(self._recording.leads), spans_s))
        n_now = int(np.searchsorted(cost, MAX_LEAD_S, side="right"))
        self.n_pending = len(rows) - n_now
        chosen = np.zeros(len(samples), dtype=bool)
        chosen[rows[:n_now]] = True
        some = delineate_some(self._clean, samples, self._quality, chosen)
        for place, row in enumerate(rows[:n_now]):
            self._rows[keys[row]] = _Row(
                some.offset[place],
                some.confidence[place],
                some.assessed[place],
                some.common[place],
                some.unconducted_p[keys[row].beside(some.unconducted_p)],
            )


def _equal(one: _Given, other: _Given) -> bool:
    same_beats = np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])
    return same_beats and one[2] == other[2] and np.array_equal(one[3], other[3])


def _with_neighbours(samples: Int64Array) -> Int64Array:
    """Return the beat before each beat, the beat, and the beat after it, -1 for none; shape (beats, 3)."""
    return np.stack([np.append(-1, samples[:-1]), samples, np.append(samples[1:], -1)], axis=1).astype(np.int64)


def _same_neighbours(neighbours: Int64Array, beat: Int64Array) -> BoolArray:
    """Tell which beats were found, with the same neighbours; shape (beats,)."""
    if not len(beat):
        return np.zeros(len(neighbours), dtype=bool)
    row = np.minimum(np.searchsorted(beat, neighbours[:, 1]), len(beat) - 1)
    return np.asarray((_with_neighbours(beat)[row] == neighbours).all(axis=1))


def _with_corrections(waves: Waves, corrections: Sequence[Correction]) -> Waves:
    """Return waves with the corrections that fit them."""
    if not corrections:
        return waves
    try:
        return corrected(waves, corrections)
    except ValueError:
        for _, group in groupby(sorted(corrections, key=lambda one: one.beat), key=lambda one: one.beat):
            try:
                waves = corrected(waves, list(group))
            except ValueError:
                continue
        return waves
