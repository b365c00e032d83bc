"""Response to pacing spikes: paced beats, loss of capture, undersensing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.pacing.chambers import ATRIAL, TO_PEAK_S, VENTRICLES_APART_S, VENTRICULAR, delay_to_next
from ecg_core.pacing.search import PacingSpikes
from ecg_core.rhythm.intervals import readable_seconds

CAPTURED_S: Final = 0.2
"""The peak of a captured QRS lies within this time after a ventricular spike, or `LATER_S` after the usual one."""

LATER_S: Final = 0.04

ANSWERED: Final = 0.5
"""Deflection behind a spike, in units of the usual one, from which it is taken for answered."""

REFRACTORY_S: Final = 0.35
"""Within this time after a QRS a spike finds the ventricle refractory: that it captures nothing means nothing."""

IN_QRS_S: Final = (-0.08, 0.02)
"""Where the peak of an intrinsic QRS lies, seen from a spike that fell into it."""

NOT_ASSESSABLE: Final = "Pacing cannot be assessed below 250 Hz: spikes are too narrow for the sampling rate."


@dataclass(frozen=True)
class PacingResponse:
    """What followed each spike, and which beats are paced.

    Attributes
    ----------
    mode : ndarray of str, shape (beats,)
        ``V`` paced ventricle, ``D`` both chambers, ``A`` paced atrium and conducted; empty for other beats.
    captured : ndarray of bool, shape (spikes,)
        Whether a QRS answers; of an atrial spike, whether one follows it.
    failed : ndarray of bool, shape (spikes,)
        Ventricular spikes in readable signal, outside the refractory period, that no QRS answers.
    unsensed : ndarray of bool, shape (spikes,)
        Spikes in an intrinsic QRS or in the refractory period behind it.
    """

    mode: npt.NDArray[np.str_]
    captured: npt.NDArray[np.bool_]
    failed: npt.NDArray[np.bool_]
    unsensed: npt.NDArray[np.bool_]

    @property
    def ventricular(self) -> npt.NDArray[np.bool_]:
        """Which beats are paced in the ventricle: class Q, WFDB symbol ``/``; shape (beats,)."""
        return np.asarray((self.mode == "V") | (self.mode == "D"))


def response(
    spikes: PacingSpikes,
    beats: npt.NDArray[np.int64],
    fs_hz: float,
    n_samples: int,
    quality: npt.NDArray[np.uint8] | None = None,
) -> PacingResponse:
    """Hold spikes against beats.

    Parameters
    ----------
    spikes : PacingSpikes
        Pacing spikes of the recording.
    beats : ndarray of int64, shape (beats,)
        Increasing.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording: of a spike at its very end the answer is not seen.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    """
    sample = spikes.sample
    mode = np.full(len(beats), "", dtype="<U1")
    if not len(sample):
        nothing = np.zeros(0, dtype=bool)
        return PacingResponse(mode, nothing, nothing, nothing)
    delay = delay_to_next(sample, beats)
    next_beat = np.searchsorted(beats, sample, "right")
    before = _since_last(sample, beats)
    ventricular, atrial = spikes.chamber == VENTRICULAR, spikes.chamber == ATRIAL

    limit = _longest_delay(delay[ventricular], fs_hz)
    captured = ventricular & (delay <= limit)
    mode[next_beat[captured]] = "V"
    of_atrial = delay <= TO_PEAK_S * fs_hz
    captured |= atrial & of_atrial
    answered = next_beat[atrial & of_atrial]
    mode[answered] = np.where(mode[answered] == "V", "D", "A")

    paced_before = np.zeros(len(sample), dtype=bool)
    known = next_beat > 0
    paced_before[known] = mode[next_beat[known] - 1] != ""
    in_qrs = (before <= -IN_QRS_S[0] * fs_hz) & ~paced_before
    soon = (before < REFRACTORY_S * fs_hz) & ~paced_before
    # The ventricular spike of a pair keeps its distance to the atrial one, whatever the heart does meanwhile.
    unsensed = in_qrs | soon
    ended = sample + TO_PEAK_S * fs_hz >= n_samples
    failed = ventricular & ~captured & ~(before < REFRACTORY_S * fs_hz) & ~ended
    # A QRS that detection has overlooked is no loss of capture.
    failed &= ~(spikes.deflection > ANSWERED)
    # Of two ventricles one answer is enough.
    close = np.diff(sample) < VENTRICLES_APART_S * fs_hz
    failed[1:] &= ~(close & (captured[:-1] | failed[:-1]))
    failed[:-1] &= ~(close & captured[1:])
    if quality is not None and len(quality):
        readable = readable_seconds(quality)
        last = len(readable) - 1
        first_s, last_s = (
            np.minimum(((sample + reach * fs_hz) / fs_hz).astype(np.int64), last) for reach in (0.0, TO_PEAK_S)
        )
        failed &= readable[first_s] & readable[last_s]
    return PacingResponse(mode, captured, failed, unsensed & ~captured)


def _longest_delay(delay: npt.NDArray[np.float64], fs_hz: float) -> float:
    """Return how late the peak of a captured QRS may be, from how late it usually is."""
    likely = delay[delay <= CAPTURED_S * fs_hz]
    if not len(likely):
        return CAPTURED_S * fs_hz
    # Beats stand on one of several deflections of a wide QRS, so that the delay may have two usual values.
    return float(min(np.quantile(likely, 0.9) + LATER_S * fs_hz, CAPTURED_S * fs_hz))


def _since_last(sample: npt.NDArray[np.int64], beats: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the samples from the beat at or before each spike, infinite where there is none."""
    if not len(beats):
        return np.full(len(sample), np.inf)
    place = np.searchsorted(beats, sample, "right") - 1
    return np.where(place >= 0, sample - beats[np.maximum(place, 0)], np.inf)


def mode_name(mode: npt.NDArray[np.str_]) -> str | None:
    """Return the pacing of some beats in words, the commonest first; None where none is paced."""
    words = {"V": "ventricular", "D": "dual-chamber", "A": "atrial"}
    counts = {letter: int((mode == letter).sum()) for letter in words}
    total = sum(counts.values())
    # What makes up less than a twentieth is an exception, not a mode.
    told = sorted(
        (letter for letter in words if counts[letter] and counts[letter] * 20 >= total),
        key=lambda letter: -counts[letter],
    )
    if not told:
        return None
    return " and ".join(words[letter] for letter in told) + " pacing"


def described(spikes: PacingSpikes | None, found: PacingResponse | None) -> dict[str, Any] | None:
    """Return the description of pacing that results carry.

    Parameters
    ----------
    spikes : PacingSpikes or None
        Pacing spikes; None if they were not searched for.
    found : PacingResponse or None
        Responses to them; None if they were not assessed.

    Returns
    -------
    dict or None
        JSON values; None if spikes were not searched for.
    """
    if spikes is None:
        return None
    if not spikes.assessable:
        return {"assessable": False, "note": NOT_ASSESSABLE, "n_spikes": None}
    told: dict[str, Any] = {"assessable": True, "n_spikes": len(spikes)}
    if len(spikes) and found is not None:
        told |= {
            "mode": mode_name(found.mode),
            "n_atrial_spikes": int((spikes.chamber == ATRIAL).sum()),
            "n_ventricular_spikes": int((spikes.chamber == VENTRICULAR).sum()),
            "n_ventricular_paced_beats": int(found.ventricular.sum()),
            "n_atrial_paced_beats": int((found.mode == "A").sum()),
            "n_without_capture": int(found.failed.sum()),
            "n_not_inhibited": int(found.unsensed.sum()),
        }
    return told
