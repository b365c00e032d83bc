"""How far the signal moves behind each spike: a second witness, beside detection, of whether a QRS answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import UNREADABLE, USABLE
from ecg_core.detection import Detection
from ecg_core.pacing.chambers import VENTRICULAR, delay_to_next
from ecg_core.pacing.search import PIECE_S, PacingSpikes
from ecg_core.recording import Recording

WITHIN_S: Final = (0.03, 0.22)
MIN_ANSWERED: Final = 5

NOTHING: Final = 0.15
"""Deflection below which what detection found behind a spike is no QRS."""

FLAT_MV: Final = 0.2
"""Peak-to-peak range within a second below which nothing beats; fibrillation of the ventricles moves more."""

_CAPTURED_S: Final = 0.2
_BEHIND_S: Final = 2.0
_USUAL: Final = 0.9
_COMPARED: Final = 20
_SIGNAL_S: Final = 4.0


def with_deflections(blanked: Recording, spikes: PacingSpikes, beats: npt.NDArray[np.int64]) -> PacingSpikes:
    """Measure the signal behind each ventricular spike.

    Parameters
    ----------
    blanked : Recording
        The recording without its spikes.
    spikes : PacingSpikes
        With chambers.
    beats : ndarray of int64, shape (beats,)
        Beat positions in samples.
    """
    fs_hz = blanked.fs_hz
    answered = (spikes.chamber == VENTRICULAR) & (delay_to_next(spikes.sample, beats) <= _CAPTURED_S * fs_hz)
    if answered.sum() < MIN_ANSWERED:
        return spikes
    first, last = (round(limit * fs_hz) for limit in WITHIN_S)
    total = np.full(len(spikes), np.nan, dtype=np.float32)
    for start, signal, inside in _pieces(blanked, spikes.sample, last + 1):
        place = spikes.sample[inside] - start
        seen = place + last < len(signal)
        window = signal[place[seen, None] + np.arange(first, last + 1)]
        total[inside[seen]] = np.ptp(np.nan_to_num(window), axis=1).sum(axis=1)
    # Not the median: in a long asystole most of what detection finds may be noise.
    usual = np.nanquantile(total[answered], _USUAL)
    return replace(spikes, deflection=total / usual) if usual > 0 else spikes


def without_echoes(blanked: Recording, detection: Detection, spikes: PacingSpikes) -> Detection:
    """Return a detection without beats that were assumed behind unanswered spikes where the signal shows no deflection.

    Parameters
    ----------
    blanked : Recording
        Recording without its pacing spikes.
    detection : Detection
        Beats and quality found in it.
    spikes : PacingSpikes
        Pacing spikes of the recording.

    Returns
    -------
    Detection
    """
    fs_hz, beats, sample = blanked.fs_hz, detection.sample, spikes.sample
    nothing = (spikes.chamber == VENTRICULAR) & (spikes.deflection < NOTHING)
    if not nothing.any() or not len(beats):
        return detection
    last = np.maximum(np.searchsorted(sample, beats, "right") - 1, 0)
    doubtful = nothing[last] & (beats >= sample[last]) & (beats - sample[last] <= _BEHIND_S * fs_hz)
    clear = np.flatnonzero(delay_to_next(sample, beats) <= _CAPTURED_S * fs_hz)
    clear = clear[spikes.deflection[clear] > 2 * NOTHING][:_COMPARED]
    if not doubtful.any() or not len(clear):
        return detection
    usual = np.median([_moved(blanked, int(beats[np.searchsorted(beats, sample[spike], "right")])) for spike in clear])
    echo = [beat for beat in np.flatnonzero(doubtful).tolist() if _moved(blanked, int(beats[beat])) < NOTHING * usual]
    return replace(detection, sample=np.delete(beats, echo))


def _moved(blanked: Recording, sample: int) -> float:
    around = round(0.1 * blanked.fs_hz)
    return float(np.ptp(np.nan_to_num(blanked.read(sample - around, sample + around + 1)), axis=0).sum())


def readable_behind_spikes(blanked: Recording, detection: Detection, spikes: PacingSpikes) -> Detection:
    """Return the detection with quality in which a flat line behind visible spikes counts as readable.

    Spikes tell that the electrodes hold, so that a lead without any wave shows that there is none.

    Parameters
    ----------
    blanked : Recording
        Recording without its pacing spikes.
    detection : Detection
        Beats and quality found in it.
    spikes : PacingSpikes
        Pacing spikes of the recording.

    Returns
    -------
    Detection
    """
    quality, fs_hz = detection.quality, blanked.fs_hz
    calibrated = np.array([lead.calibrated for lead in blanked.leads])
    if not len(spikes) or not calibrated.any() or not (quality.max(axis=1, initial=0) == UNREADABLE).any():
        return detection
    raised = quality.copy()
    reach = round(_SIGNAL_S / 2)
    seen = np.zeros(quality.shape, dtype=bool)
    second_of_spike = np.minimum((spikes.sample / fs_hz).astype(np.int64), len(quality) - 1)
    for offset in range(-reach, reach + 1):
        seen[np.clip(second_of_spike + offset, 0, len(quality) - 1)] |= spikes.leads
    length = round(fs_hz)
    for second in np.flatnonzero((seen & (quality == UNREADABLE)).any(axis=1)).tolist():
        signal = blanked.read(round(second * fs_hz), round(second * fs_hz) + length)
        if not len(signal):
            continue
        flat = np.isfinite(signal).all(axis=0) & (np.ptp(np.nan_to_num(signal), axis=0) < FLAT_MV) & calibrated
        raised[second, flat & seen[second] & (quality[second] == UNREADABLE)] = USABLE
    return replace(detection, quality=raised)


def _pieces(
    recording: Recording, sample: npt.NDArray[np.int64], beyond: int
) -> Iterator[tuple[int, npt.NDArray[np.float32], npt.NDArray[np.int64]]]:
    """Yield start, signal and the positions of the spikes in it, piece by piece."""
    length = round(PIECE_S * recording.fs_hz)
    for start in range(0, recording.n_samples, length):
        inside = np.flatnonzero((sample >= start) & (sample < start + length))
        if len(inside):
            yield start, recording.read(start, start + length + beyond), inside
