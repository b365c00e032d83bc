"""Evidence for and against a marked beat: what was found there, coupling, prematurity, shape, steepness, quality.

All of it is measured in the recording or comes from the analysis; nothing is taken from the mark but its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.arrays import BoolArray, Float32Array, Float64Array, Int64Array
from ecg_core.beats import GOOD, PROBABILITY_COLUMNS, UNREADABLE
from ecg_core.delineation.waves import Waves
from ecg_core.evaluation.matching import match_beats, window_samples
from ecg_core.recording import Recording
from ecg_core.screening.stated_labels import StatedLabels
from ecg_core.signal.quality import grades_at
from ecg_core.templates import NO_FAMILY
from ecg_core.templates.waves import FS_HZ, N_BEFORE, cut_apart, usual_heights

NEIGHBOURS: Final = 31
"""Intervals between two beats called N by the program, nearest in time, of which the median is the local RR."""

MIN_NEIGHBOURS: Final = 8
MAX_NEIGHBOUR_S: Final = 60.0
"""A neighbouring interval farther away says nothing of the rhythm here."""

_SINUS_BEATS: Final = 51
"""Beats of a family whose median is its shape."""

_MIN_FAMILY: Final = 20
"""Beats of a family that both the file and the program call N."""

_CORE_S: Final = 0.1
"""To either side of the centre of the complex: what is compared is the QRS."""

_STEEP_REACH_S: Final = 0.06
_STEEP_STEP_S: Final = 0.016


@dataclass(frozen=True, eq=False)
class LabelEvidence:
    """What speaks for and against each marked beat; one row for each beat of `StatedLabels`.

    Attributes
    ----------
    found : ndarray of int64, shape (beats,)
        Position of the beat of ours that answers the mark within 150 ms, one to one; -1 where none does.
    program : ndarray of str, shape (beats,)
        Class of that beat, empty where there is none.
    certainty : ndarray of float64, shape (beats,)
        The program's probability of that class; NaN where there is none.
    before_ms, after_ms : ndarray of float64, shape (beats,)
        Coupling to the marks before and after; NaN at the ends.
    grade : ndarray of uint8, shape (beats,)
        Quality of the best lead in the mark's second.
    lead_grade : ndarray of uint8, shape (beats, leads)
    early : ndarray of float64, shape (beats,)
        Interval before the beat of ours over the local RR of normal beats; NaN where either is not known.
    """

    found: Int64Array
    program: npt.NDArray[np.str_]
    certainty: Float64Array
    before_ms: Float64Array
    after_ms: Float64Array
    grade: npt.NDArray[np.uint8]
    lead_grade: npt.NDArray[np.uint8]
    early: Float64Array

    @property
    def answered(self) -> BoolArray:
        """Whether a beat of ours answers the mark."""
        return self.found >= 0

    @property
    def readable(self) -> BoolArray:
        """Whether at least one lead can be read in the mark's second."""
        return self.grade != UNREADABLE


def evidence_of(labels: StatedLabels, recording: Recording, analysis: Analysis) -> LabelEvidence:
    """Gather what can be said of every marked beat without reading the signal.

    Parameters
    ----------
    labels : StatedLabels
        The marks.
    recording : Recording
        The recording.
    analysis : Analysis
        Its analysis, with classes.

    Returns
    -------
    LabelEvidence
    """
    fs_hz, beats = recording.fs_hz, analysis.beats
    ours = beats["sample"].to_numpy(np.int64)
    letters = beats["label"].to_numpy(dtype=object)
    match = match_beats(labels.sample, ours, window_samples(fs_hz))
    found = np.full(len(labels.sample), -1, dtype=np.int64)
    found[match.reference] = match.test
    program = np.full(len(found), "", dtype="<U1")
    certainty = np.full(len(found), np.nan)
    if len(ours):
        known = found >= 0
        program[known] = [letter or "" for letter in letters[found[known]]]
        best = beats[list(PROBABILITY_COLUMNS)].to_numpy(np.float64).max(axis=1)
        certainty[known] = best[found[known]]
    step_ms = 1000 * np.diff(labels.sample) / fs_hz
    edge = np.full(min(len(found), 1), np.nan)
    if len(analysis.quality):
        lead_grade = grades_at(analysis.quality, labels.sample / fs_hz)
    else:
        lead_grade = np.full((len(found), len(recording.leads)), GOOD, dtype=np.uint8)
    early = np.full(len(found), np.nan)
    early[found >= 0] = prematurity(analysis, fs_hz)[found[found >= 0]]
    return LabelEvidence(
        found,
        program,
        certainty,
        np.concatenate((edge, step_ms)),
        np.concatenate((step_ms, edge)),
        lead_grade.max(axis=1, initial=UNREADABLE),
        lead_grade,
        early,
    )


def prematurity(analysis: Analysis, fs_hz: float) -> Float64Array:
    """Return the interval before each beat of an analysis over the local RR of normal beats.

    Parameters
    ----------
    analysis : Analysis
        With classes.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of float64, shape (beats,)
        1 for a beat in time; NaN where fewer than `MIN_NEIGHBOURS` normal intervals lie near.
    """
    beats = analysis.beats
    time_s = beats["sample"].to_numpy(np.float64) / fs_hz
    rr_s = beats["rr_s"].to_numpy(np.float64)
    normal = (beats["label"] == "N").to_numpy(dtype=bool)
    pairs = np.flatnonzero(normal & np.concatenate(([False], normal[:-1]))) if len(normal) else np.empty(0, np.int64)
    result = np.full(len(time_s), np.nan)
    if len(pairs) < MIN_NEIGHBOURS:
        return result
    centre = np.searchsorted(pairs, np.arange(len(time_s)))
    half = NEIGHBOURS // 2
    window = centre[:, None] + np.arange(-half, half + 1)[None, :]
    inside = (window >= 0) & (window < len(pairs))
    chosen = pairs[np.clip(window, 0, len(pairs) - 1)]
    near = inside & (np.abs(time_s[chosen] - time_s[:, None]) <= MAX_NEIGHBOUR_S)
    near &= chosen != np.arange(len(time_s))[:, None]
    enough = near.sum(axis=1) >= MIN_NEIGHBOURS
    values = np.where(near, rr_s[chosen], np.nan)
    result[enough] = rr_s[enough] / np.nanmedian(values[enough], axis=1)
    return result


class SinusShapes:
    """Shapes of the recording's sinus beats, against which single beats are held.

    They are medians of beats that both the marks and the program call N, one shape for each family with enough of them.

    Parameters
    ----------
    labels : StatedLabels
        The marks.
    evidence : LabelEvidence
        What was found at them.
    recording : Recording
        The recording.
    analysis : Analysis
        Its analysis.
    """

    def __init__(self, labels: StatedLabels, evidence: LabelEvidence, recording: Recording, analysis: Analysis) -> None:
        self.recording = recording
        self._ours = analysis.beats["sample"].to_numpy(np.int64)
        self._family = analysis.beats["template"].to_numpy(dtype=np.int64, na_value=NO_FAMILY)
        agreed = (labels.label == "N") & (evidence.program == "N") & (evidence.grade == GOOD)
        self.agreed = evidence.found[agreed]
        self._height_mv = usual_heights(recording, self._ours)
        self._shapes: list[Float32Array] = []
        numbers, counts = np.unique(self._family[self.agreed], return_counts=True)
        for number in numbers[counts >= _MIN_FAMILY].tolist():
            members = self.agreed[self._family[self.agreed] == number]
            members = members[np.unique(np.linspace(0, len(members) - 1, _SINUS_BEATS).astype(np.int64))]
            self._shapes.append(np.median(self._cores(members), axis=0))

    def __len__(self) -> int:
        return len(self._shapes)

    def _cores(self, beats: Int64Array) -> Float32Array:
        """Return the QRS of some beats of the analysis, shape (beats, leads, samples)."""
        reach = round(_CORE_S * FS_HZ)
        cut = cut_apart(self.recording, self._ours[beats], self._height_mv)
        return cut.wave[:, :, N_BEFORE - reach : N_BEFORE + reach + 1].astype(np.float32)

    def likeness(self, beats: Int64Array) -> Float64Array:
        """Return how much some beats are like sinus beats, in each lead.

        Parameters
        ----------
        beats : ndarray of int64, shape (beats,)
            Positions in the analysis's beat table.

        Returns
        -------
        ndarray of float64, shape (beats, leads)
            Correlation with the sinus shape that is most alike in all leads, times the ratio of the smaller to the
            larger QRS height; NaN where there is no shape.
        """
        n_leads = len(self.recording.leads)
        if not self._shapes or not len(beats):
            return np.full((len(beats), n_leads), np.nan)
        cores = self._cores(beats)
        every = np.stack([_likeness(cores, shape) for shape in self._shapes])
        best = np.nanargmax(np.nan_to_num(every, nan=-1.0).mean(axis=2), axis=0)
        return every[best, np.arange(len(beats))]


def _likeness(cores: Float32Array, shape: Float32Array) -> Float64Array:
    centred = cores - cores.mean(axis=2, keepdims=True)
    model = shape - shape.mean(axis=1, keepdims=True)
    power = np.sqrt((centred**2).sum(axis=2) * (model**2).sum(axis=1))
    heights = np.stack([np.ptp(cores, axis=2), np.broadcast_to(np.ptp(shape, axis=1), cores.shape[:2])])
    smaller, larger = heights.min(axis=0), heights.max(axis=0)
    product = (centred * model).sum(axis=2)
    correlation = np.divide(product, power, out=np.zeros_like(product), where=power > 0)
    ratio = np.divide(smaller, larger, out=np.zeros_like(smaller), where=larger > 0)
    return (correlation * np.sqrt(ratio)).astype(np.float64)


class Steepness:
    """Steepness of the signal around a moment, in that of the recording's QRS complexes.

    Parameters
    ----------
    recording : Recording
        The recording.
    beats : ndarray of int64
        Samples of beats that are surely there.
    """

    def __init__(self, recording: Recording, beats: Int64Array) -> None:
        self.recording = recording
        chosen = beats[np.unique(np.linspace(0, len(beats) - 1, 101).astype(np.int64))] if len(beats) else beats
        steep = np.array([self._at(sample) for sample in chosen.tolist()]).reshape(-1, len(recording.leads))
        self._usual = np.nanmedian(steep, axis=0) if len(steep) else np.full(len(recording.leads), np.nan)

    def _at(self, sample: int) -> Float64Array:
        fs_hz = self.recording.fs_hz
        reach, step = round(_STEEP_REACH_S * fs_hz), max(1, round(_STEEP_STEP_S * fs_hz))
        span = self.recording.read(sample - reach, sample + reach + 1).astype(np.float64)
        if len(span) <= step or not np.isfinite(span).any():
            return np.full(len(self.recording.leads), np.nan)
        return np.nan_to_num(np.abs(span[step:] - span[:-step])).max(axis=0)

    def at(self, sample: int) -> float:
        """Return how steep the steepest lead is around a sample; 1 is a usual QRS complex, NaN where not known."""
        ratio = np.divide(self._at(sample), self._usual, out=np.full(len(self._usual), np.nan), where=self._usual > 0)
        return float(np.nanmax(ratio)) if np.isfinite(ratio).any() else float("nan")


def in_t_wave(waves: Waves | None, beat: int, sample: int, slack: int) -> bool | None:
    """Tell whether a sample lies in the T wave of a beat.

    Parameters
    ----------
    waves : Waves or None
        Of the analysis's beats.
    beat : int
        Position of the beat.
    sample : int
        The sample.
    slack : int
        Samples before the onset and after the end that count as inside.

    Returns
    -------
    bool or None
        None where the T wave was not delineated.
    """
    if waves is None or not 0 <= beat < len(waves):
        return None
    onset, end = (waves.sample_of(name)[beat] for name in ("t_on", "t_off"))
    if np.isnan(onset) or np.isnan(end):
        return None
    return bool(onset - slack <= sample <= end + slack)
