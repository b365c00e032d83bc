"""Beats cut from a recording, block by block, and laid over each other by their own shape.

A beat's fiducial point is the centre of its complex: the mean time of the signal's slopes, each weighed by its
power. Neither gain nor polarity moves it, and a peak that was marked some milliseconds off leads to the same centre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import uniform_filter1d

from ecg_core.arrays import Float32Array
from ecg_core.recording import Recording
from ecg_core.signal.filters import remove_baseline
from ecg_core.signal.interpolation import read_spans
from ecg_core.signal.quality import readable_samples
from ecg_core.signal.resampling import resample

FS_HZ: Final = 125.0
BEFORE_S, AFTER_S = 0.32, 0.52
N_BEFORE: Final = round(BEFORE_S * FS_HZ)
N_SAMPLES: Final = N_BEFORE + round(AFTER_S * FS_HZ)
OFFSETS_S: Final = (np.arange(N_SAMPLES) - N_BEFORE) / FS_HZ

_BLOCK_S, _MARGIN_S = 300.0, 3.0
_QRS: Final = slice(N_BEFORE - round(0.08 * FS_HZ), N_BEFORE + round(0.08 * FS_HZ) + 1)
_CORE: Final = slice(N_BEFORE - round(0.1 * FS_HZ), N_BEFORE + round(0.1 * FS_HZ) + 1)
_SEARCH_S, _STEPS = 0.10, 4
_SURVEY_SPANS, _SURVEY_SPAN_S = 24, 60.0
_APART_REACH_S, _APART_CHUNK = 2.0, 64
_SMALLEST_HEIGHT_MV: Final = 1e-6
_LARGEST: Final = 20.0


@dataclass(frozen=True)
class Waves:
    """Every beat of a recording, as it was cut.

    Attributes
    ----------
    wave : ndarray of float16, shape (beats, leads, N_SAMPLES)
        In units of the lead's usual QRS height; 0 where absent. Sample `N_BEFORE` is the centre of the complex.
    height_mv : ndarray of float32, shape (leads,)
        Median QRS height, peak to peak.
    centre_s : ndarray of float32, shape (beats,)
        The centre of the complex, relative to the given sample.
    present : ndarray of bool, shape (beats, leads)
        Whether the lead holds a signal there that is not flat.
    """

    wave: npt.NDArray[np.float16]
    height_mv: Float32Array
    centre_s: Float32Array
    present: npt.NDArray[np.bool_]


def cut_beats(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    progress: Callable[[float], None] | None = None,
) -> Waves:
    """Cut all beats of a recording in bounded memory.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Increasing.
    progress : callable, optional
        Called with the share done.
    """
    n_leads = len(recording.leads)
    height_mv = usual_heights(recording, samples)
    wave = np.zeros((len(samples), n_leads, N_SAMPLES), dtype=np.float16)
    centre_s = np.zeros(len(samples), dtype=np.float32)
    present = np.zeros((len(samples), n_leads), dtype=bool)
    block = max(1, round(_BLOCK_S * recording.fs_hz))
    for start in range(0, recording.n_samples, block):
        rows = slice(*np.searchsorted(samples, [start, start + block]).tolist())
        if rows.stop > rows.start:
            signal, at = _signal_around(recording, samples[rows], start, start + block)
            signal /= height_mv
            wave[rows], centre_s[rows], present[rows] = _cut(signal, at)
        if progress:
            progress(min(1.0, (start + block) / recording.n_samples))
    return Waves(wave, height_mv, centre_s, present)


def cut_apart(recording: Recording, samples: npt.NDArray[np.int64], height_mv: Float32Array) -> Waves:
    """Cut few beats that may lie anywhere in a recording, reading two seconds to either side of each.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Within the recording.
    height_mv : ndarray of float32, shape (leads,)
        As :func:`usual_heights` gives it.
    """
    wave = np.zeros((len(samples), len(recording.leads), N_SAMPLES), dtype=np.float16)
    centre_s = np.zeros(len(samples), dtype=np.float32)
    present = np.zeros(wave.shape[:2], dtype=bool)
    for start in range(0, len(samples), _APART_CHUNK):
        rows = slice(start, start + _APART_CHUNK)
        signal, at = _signals_apart(recording, samples[rows])
        wave[rows], centre_s[rows], present[rows] = _cut(signal / height_mv, at)
    return Waves(wave, height_mv, centre_s, present)


def _cut(
    signal: Float32Array, at: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float16], Float32Array, npt.NDArray[np.bool_]]:
    """Cut the beats at `at` from a signal in units of the QRS height; waves, centres in seconds, presence."""
    centre = _centres(np.nan_to_num(signal), at)
    cut = _read_off(signal, at + centre)
    present = np.asarray(np.isfinite(cut[:, _CORE]).all(axis=1))
    wave = np.clip(np.nan_to_num(cut), -_LARGEST, _LARGEST).transpose(0, 2, 1)
    return wave.astype(np.float16), (centre / FS_HZ).astype(np.float32), present


def _signals_apart(
    recording: Recording, samples: npt.NDArray[np.int64]
) -> tuple[Float32Array, npt.NDArray[np.float64]]:
    """Return the signal around each of some beats one behind the other, prepared as by `_signal_around`."""
    n_leads = len(recording.leads)
    reach = round(_APART_REACH_S * recording.fs_hz)
    raw = np.full((2 * reach + 1, len(samples), n_leads), np.nan, dtype=np.float32)
    for which, sample in enumerate(samples.tolist()):
        begin = max(0, sample - reach)
        span = recording.read(begin, sample + reach + 1)
        offset = begin - (sample - reach)
        raw[offset : offset + len(span), which] = span
    signal = _prepared(raw.reshape(len(raw), -1), recording.fs_hz).reshape(-1, len(samples), n_leads)
    at = reach / recording.fs_hz * FS_HZ + len(signal) * np.arange(len(samples), dtype=np.float64)
    return signal.transpose(1, 0, 2).reshape(-1, n_leads), at


def usual_heights(recording: Recording, samples: npt.NDArray[np.int64]) -> Float32Array:
    """Return each lead's median QRS height, from beats evenly spread over the recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.

    Returns
    -------
    ndarray of float32, shape (leads,)
        Heights in mV.
    """
    n_leads = len(recording.leads)
    length = round(_SURVEY_SPAN_S * recording.fs_hz)
    last = max(0, recording.n_samples - length)
    starts = np.unique(np.linspace(0, last, min(_SURVEY_SPANS, 1 + recording.n_samples // length)).astype(np.int64))
    heights = [np.empty((0, n_leads), dtype=np.float32)]
    for start in starts.tolist():
        inside = samples[slice(*np.searchsorted(samples, [start, start + length]).tolist())]
        if len(inside):
            signal, at = _signal_around(recording, inside, start, start + length)
            heights.append(np.ptp(_read_off(signal, at)[:, _QRS], axis=1))
    found = np.concatenate(heights)
    usual = np.ones(n_leads, dtype=np.float32)
    for lead in range(n_leads):
        values = found[np.isfinite(found[:, lead]) & (found[:, lead] > 0), lead]
        if len(values):
            usual[lead] = max(float(np.median(values)), _SMALLEST_HEIGHT_MV)
    return usual


def _signal_around(
    recording: Recording, samples: npt.NDArray[np.int64], start: int, stop: int
) -> tuple[Float32Array, npt.NDArray[np.float64]]:
    """Return a span's signal at `FS_HZ` with a margin, without its baseline, and where in it the samples lie."""
    margin = round(_MARGIN_S * recording.fs_hz)
    begin, end = max(0, start - margin), min(recording.n_samples, stop + margin)
    signal = _prepared(recording.read(begin, end), recording.fs_hz)
    return signal, (samples - begin) / recording.fs_hz * FS_HZ


def _prepared(raw: Float32Array, fs_hz: float) -> Float32Array:
    """Return a signal at `FS_HZ` without its baseline; where a lead is flat for long it is off and counts as absent."""
    raw[~readable_samples(raw, fs_hz)] = np.nan
    return remove_baseline(resample(raw, fs_hz, FS_HZ), FS_HZ)


def _centres(signal: Float32Array, at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the centre of each complex relative to `at`, in samples.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        In units of the QRS height, so that leads count alike.
    at : ndarray, shape (beats,)
        Beat positions in samples.
    """
    # Lead by lead: sums along an axis as short as that of the leads are slow.
    slopes = [np.gradient(np.ascontiguousarray(lead)) for lead in signal.T]
    power = uniform_filter1d(np.sum([slope * slope for slope in slopes], axis=0), 3, mode="nearest")
    reach = round(_SEARCH_S * FS_HZ)
    lags = np.arange(-reach, reach + 1)
    around = sliding_window_view(np.pad(power, 3 * reach, mode="constant"), len(lags))
    shift = np.zeros(len(at))
    for _ in range(_STEPS):
        centre = at + shift
        nearest = np.rint(centre).astype(np.int64)
        offset = lags[None, :] + (nearest - centre)[:, None]
        weight = np.maximum(1 - (offset / reach) ** 2, 0.0) ** 2
        weight *= around[nearest + 2 * reach]
        total = weight.sum(axis=1)
        moved = np.divide((weight * offset).sum(axis=1), total, out=np.zeros(len(at)), where=total > 0)
        shift = np.clip(shift + moved, -reach, reach)
    return shift


def _read_off(signal: Float32Array, centre: npt.NDArray[np.float64]) -> Float32Array:
    """Read windows around points between samples; absent outside.

    Returns
    -------
    ndarray of float32, shape (beats, N_SAMPLES, leads)
    """
    padding = np.full((N_SAMPLES + 2, signal.shape[1]), np.nan, dtype=np.float32)
    padded = np.concatenate([padding, signal, padding])
    begin = centre + len(padding) - N_BEFORE
    return read_spans(padded, begin, N_SAMPLES)
