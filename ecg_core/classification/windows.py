"""Input windows of the beat network: cut in every lead, beside the recording's dominant beat.

Amplitudes are divided by the lead's own median QRS height, so gain does not matter; windows are cut at a fixed
rate, so the recording's rate does not matter; leads are rows of one array, so their number does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats import UNREADABLE
from ecg_core.recording import Recording
from ecg_core.signal.filters import bandpass
from ecg_core.signal.interpolation import read_spans
from ecg_core.signal.quality import grades_at
from ecg_core.signal.resampling import resample

BAND_HZ = (0.5, 40.0)
_BLOCK_S = 300.0
_MARGIN_S = 6.0
_QRS_HALF_S = 0.08
_SURVEY_SPANS, _SURVEY_SPAN_S = 90, 20.0
_SMALLEST_HEIGHT_MV = 1e-6


@dataclass(frozen=True)
class WindowSpec:
    """The geometry of a window.

    Attributes
    ----------
    fs_hz : float
    before_s, after_s : float
        Reach on both sides of the beat.
    """

    fs_hz: float = 128.0
    before_s: float = 0.75
    after_s: float = 0.75

    @property
    def n_before(self) -> int:
        """Samples before the beat."""
        return round(self.before_s * self.fs_hz)

    @property
    def n_samples(self) -> int:
        """Samples of a window."""
        return self.n_before + round(self.after_s * self.fs_hz)

    @property
    def offsets_s(self) -> npt.NDArray[np.float64]:
        """Time of each sample relative to the beat, shape (n_samples,)."""
        return (np.arange(self.n_samples) - self.n_before) / self.fs_hz


@dataclass(frozen=True)
class LeadReference:
    """What a recording's own beats look like; every window is seen against it.

    Attributes
    ----------
    height_mv : ndarray of float32, shape (leads,)
        Median QRS height, peak to peak.
    dominant : ndarray of float32, shape (leads, samples)
        The dominant beat in units of `height_mv`.
    """

    height_mv: npt.NDArray[np.float32]
    dominant: npt.NDArray[np.float32]


@dataclass(frozen=True)
class BeatWindows:
    """Windows of consecutive beats.

    Attributes
    ----------
    first : int
        Index of the first beat among those asked for.
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        The beat, and the dominant beat, both in units of the lead's QRS height.
    readable : ndarray of float32, shape (beats, leads)
        1 where the lead can be read at that beat, else 0.
    """

    first: int
    wave: npt.NDArray[np.float32]
    readable: npt.NDArray[np.float32]


def survey(recording: Recording, samples: npt.NDArray[np.int64], spec: WindowSpec) -> LeadReference:
    """Find each lead's QRS height and dominant beat from beats spread evenly over the recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beats of the whole recording.
    spec : WindowSpec
        Length and rate of the windows.
    """
    n_leads = len(recording.leads)
    gathered = [cut(recording, samples, start, stop, spec)[0] for start, stop in _survey_spans(recording)]
    wave = np.concatenate(gathered) if gathered else np.empty((0, n_leads, spec.n_samples), np.float32)
    middle = slice(spec.n_before - round(_QRS_HALF_S * spec.fs_hz), spec.n_before + round(_QRS_HALF_S * spec.fs_hz) + 1)
    height_mv = np.ones(n_leads, dtype=np.float32)
    dominant = np.zeros((n_leads, spec.n_samples), dtype=np.float32)
    for lead in range(n_leads):
        complete = wave[np.isfinite(wave[:, lead]).all(axis=1), lead]
        if not len(complete):
            continue
        height = float(np.median(np.ptp(complete[:, middle], axis=1)))
        height_mv[lead] = max(height, _SMALLEST_HEIGHT_MV)
        dominant[lead] = _dominant_beat(complete, middle) / height_mv[lead]
    return LeadReference(height_mv, dominant)


def iterate_windows(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    spec: WindowSpec,
    reference: LeadReference,
    quality: npt.NDArray[np.uint8] | None = None,
) -> Iterator[BeatWindows]:
    """Cut the windows of all beats, block by block, in bounded memory.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Increasing.
    spec : WindowSpec
        Length and rate of the windows.
    reference : LeadReference
        Dominant beats and QRS heights of the leads.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades; a lead unreadable at a beat is masked there, unless all are.

    Yields
    ------
    BeatWindows
        Consecutive beats; together they are all beats in order.
    """
    block = max(1, round(_BLOCK_S * recording.fs_hz))
    for start in range(0, recording.n_samples, block):
        windows = windows_between(recording, samples, start, start + block, spec, reference, quality)
        if windows is not None:
            yield windows


def beat_windows(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    index: int,
    spec: WindowSpec,
    reference: LeadReference,
    quality: npt.NDArray[np.uint8] | None = None,
) -> BeatWindows:
    """Cut the windows of one beat.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    index : int
        Index of the beat.
    spec : WindowSpec
        Length and rate of the windows.
    reference : LeadReference
        Dominant beats and QRS heights of the leads.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.

    Returns
    -------
    BeatWindows
    """
    start = int(samples[index])
    windows = windows_between(recording, samples, start, start + 1, spec, reference, quality)
    if windows is None:
        raise IndexError(f"Beat {index} lies outside {recording.name}.")
    return windows


def windows_between(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    start: int,
    stop: int,
    spec: WindowSpec,
    reference: LeadReference,
    quality: npt.NDArray[np.uint8] | None,
) -> BeatWindows | None:
    """Cut the windows of the beats with ``start <= sample < stop``; the span is held in memory as a whole.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    start : int
        First sample of the span.
    stop : int
        One past its last sample.
    spec : WindowSpec
        Length and rate of the windows.
    reference : LeadReference
        Dominant beats and QRS heights of the leads.
    quality : ndarray of uint8, shape (seconds, leads), or None
        Quality grades.

    Returns
    -------
    BeatWindows or None
        None if there are no beats.
    """
    wave, indices = cut(recording, samples, start, stop, spec)
    if not len(indices):
        return None
    scaled = wave / reference.height_mv[None, :, None]
    # Near the recording's ends a window reaches beyond it; what counts is that the complex itself is there.
    near = slice(spec.n_before - round(0.2 * spec.fs_hz), spec.n_before + round(0.2 * spec.fs_hz))
    present = (np.isfinite(scaled[:, :, near]).mean(axis=2) > 0.8).astype(np.float32)
    readable = present.copy()
    if quality is not None and len(quality):
        readable *= grades_at(quality, samples[indices] / recording.fs_hz) > UNREADABLE
    hopeless = readable.sum(axis=1) == 0
    readable[hopeless] = present[hopeless]
    # Where even that is not so, every lead that shows a beat at all counts; one that is off throughout never does.
    alive = np.ptp(reference.dominant, axis=1) > 0
    if quality is not None:
        alive &= (quality > UNREADABLE).any(axis=0)
    readable[readable.sum(axis=1) == 0] = alive if alive.any() else 1.0
    pair = np.empty((*scaled.shape, 2), dtype=np.float32)
    pair[..., 0] = np.clip(np.nan_to_num(scaled, nan=0.0), -10, 10)
    pair[..., 1] = reference.dominant[None]
    return BeatWindows(int(indices[0]), pair, readable)


def cut(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    start: int,
    stop: int,
    spec: WindowSpec,
    *,
    leads: Sequence[int] | None = None,
    band_hz: tuple[float, float] | None = BAND_HZ,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Cut windows in mV around the beats in ``[start, stop)``; outside the recording the signal is absent.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Increasing.
    start, stop : int
        The span whose beats are cut.
    spec : WindowSpec
        Length and rate of the windows.
    leads : sequence of int, optional
        All by default.
    band_hz : (float, float) or None
        The band kept; None keeps the signal as it is.

    Returns
    -------
    wave : ndarray of float32, shape (beats, leads, samples)
    indices : ndarray of int64, shape (beats,)
        Which of `samples` they are.
    """
    indices = np.arange(*np.searchsorted(samples, [start, stop]))
    n_leads = len(recording.leads) if leads is None else len(leads)
    if not len(indices):
        return np.empty((0, n_leads, spec.n_samples), np.float32), indices
    margin = round(_MARGIN_S * recording.fs_hz)
    begin = max(0, start - margin)
    end = min(recording.n_samples, stop + margin)
    signal = resample(recording.read(begin, end, leads), recording.fs_hz, spec.fs_hz)
    if band_hz is not None:
        signal = bandpass(signal, spec.fs_hz, *band_hz)
    padding = np.full((spec.n_samples, n_leads), np.nan, dtype=np.float32)
    padded = np.concatenate([padding, signal, padding])
    at = (samples[indices] - begin) / recording.fs_hz * spec.fs_hz + spec.n_samples - spec.n_before
    return read_spans(padded, at, spec.n_samples).transpose(0, 2, 1), indices


def _survey_spans(recording: Recording) -> list[tuple[int, int]]:
    length = round(_SURVEY_SPAN_S * recording.fs_hz)
    if recording.n_samples <= _SURVEY_SPANS * length:
        block = round(_BLOCK_S * recording.fs_hz)
        return [(start, start + block) for start in range(0, recording.n_samples, block)]
    starts = np.linspace(0, recording.n_samples - length, _SURVEY_SPANS).astype(int)
    return [(int(start), int(start) + length) for start in starts]


def _dominant_beat(wave: npt.NDArray[np.float32], qrs: slice) -> npt.NDArray[np.float32]:
    """Average the half of the beats that resemble the median beat most, twice.

    Parameters
    ----------
    wave : ndarray of float32, shape (beats, samples)
        Windows of one lead.
    qrs : slice
        Where the QRS complex lies.

    Returns
    -------
    ndarray of float32, shape (samples,)
    """
    near = slice(max(0, qrs.start - (qrs.stop - qrs.start)), qrs.stop + (qrs.stop - qrs.start))
    dominant = np.median(wave, axis=0)
    for _ in range(2):
        distance = np.abs(wave[:, near] - dominant[near]).mean(axis=1)
        dominant = np.median(wave[distance <= np.median(distance)], axis=0)
    return dominant.astype(np.float32)
