"""Clinical criteria for the class of a beat: width, P wave, timing, pause, shape, pacing; met, not met, not measurable.

They are those of the textbooks for telling ventricular from supraventricular beats (Surawicz B, Knilans TK: Chou's
Electrocardiography in Clinical Practice, chapters on ectopic complexes). They explain a class and do not decide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.analysis import Analysis
from ecg_core.arrays import Float64Array
from ecg_core.delineation.beat_intervals import beat_intervals
from ecg_core.delineation.measured import QTC_FORMULAS
from ecg_core.delineation.waves import Waves
from ecg_core.interpretation.criteria import Criterion
from ecg_core.measurements import usual_beats, waves_of_beats

WIDE_MS: Final = 120.0
WIDER_MS: Final = 20.0
"""A QRS complex wider than usual by more than this has another course of depolarisation."""

EARLY: Final = 0.1
"""Share of the usual interval by which a beat must come early to be premature."""

PR_SPREAD_MS: Final = 40.0
FULL_PAUSE: Final = 0.1
"""The intervals before and after a full compensatory pause sum to twice the usual one, within this share."""

_NEIGHBOURS: Final = 8
_FEWEST: Final = 3
NOT_DELINEATED: Final = "waves not measured yet"


@dataclass(frozen=True)
class BeatReasons:
    """What speaks for and against the class of a beat.

    Attributes
    ----------
    label : str or None
        Class that the criteria are for.
    criteria : tuple of Criterion
    intervals_ms : dict of str to float or None
        ``p_ms, pr_ms, qrs_ms, qt_ms`` and QTc of the beat by each formula.
    """

    label: str | None
    criteria: tuple[Criterion, ...]
    intervals_ms: dict[str, float | None]

    @property
    def summary(self) -> str:
        """The criteria that are met, in one line."""
        return ", ".join(one.measured for one in self.criteria if one.met)


def beat_reasons(analysis: Analysis, fs_hz: float, row: int) -> BeatReasons:
    """Return the criteria of one beat.

    Parameters
    ----------
    analysis : Analysis
        With classes and, for what rests on waves, delineated.
    fs_hz : float
        Sampling rate in Hz.
    row : int
        Position of the beat in the beat table.

    Returns
    -------
    BeatReasons
    """
    beats = analysis.beats
    label = beats["label"].iloc[row]
    label = label if isinstance(label, str) else None
    waves = waves_of_beats(analysis)
    usual, _ = usual_beats(analysis)
    own, typical = _intervals(waves, fs_hz, row, usual)
    sample = beats["sample"].to_numpy(dtype=np.int64)
    normal = (beats["label"] == "N").to_numpy(dtype=bool)
    timed = normal if normal.any() else usual
    criteria = [
        _width(label, own["qrs_ms"], typical["qrs_ms"], waves is None),
        _p_wave(label, waves, row, own["pr_ms"], typical["pr_ms"]),
        timing(label, sample, timed, row, fs_hz),
        _pause(label, sample, timed, row, fs_hz),
        _shape(label, analysis, usual, row),
        _pacing(label, analysis, row),
    ]
    kept = tuple(one for one in criteria if one is not None)
    return BeatReasons(label, kept, own)


def _intervals(
    waves: Waves | None, fs_hz: float, row: int, usual: np.ndarray
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Return the intervals of the beat and their medians over the usual beats."""
    names = ("p_ms", "pr_ms", "qrs_ms", "qt_ms", *(f"qtc_{formula}_ms" for formula in QTC_FORMULAS))
    if waves is None:
        return dict.fromkeys(names), dict.fromkeys(names)
    table = beat_intervals(waves, fs_hz)

    def value(values: Float64Array) -> float | None:
        known = values[np.isfinite(values)]
        return float(np.median(known)) if len(known) else None

    columns = {name: table[name].to_numpy(dtype=np.float64) for name in names}
    return (
        {name: value(values[row : row + 1]) for name, values in columns.items()},
        {name: value(values[usual]) for name, values in columns.items()},
    )


def _width(label: str | None, qrs_ms: float | None, usual_ms: float | None, missing: bool) -> Criterion:
    wide_expected = label in ("V", "Q")
    limit = f">= {WIDE_MS:.0f} ms, or {WIDER_MS:.0f} ms above usual" if wide_expected else "as usual"
    if qrs_ms is None:
        return Criterion("QRS width", limit, NOT_DELINEATED if missing else "QRS not measurable", None)
    beside = f" (usual {usual_ms:.0f} ms)" if usual_ms is not None else ""
    wide = qrs_ms >= WIDE_MS or (usual_ms is not None and qrs_ms > usual_ms + WIDER_MS)
    met: bool | None = wide if wide_expected else not wide
    if label == "F":
        met = usual_ms is None or qrs_ms > usual_ms
    return Criterion("QRS width", limit, f"QRS {qrs_ms:.0f} ms{beside}", met)


def _p_wave(label: str | None, waves: Waves | None, row: int, pr_ms: float | None, usual_ms: float | None) -> Criterion:
    limit = "none that conducts" if label == "V" else "earlier or another" if label == "S" else "at the usual PR"
    if waves is None or not waves.assessed[row].any():
        reason = NOT_DELINEATED if waves is None else "leads cannot be read"
        return Criterion("P wave before", limit, reason, None)
    if usual_ms is None:
        told = "no P wave before" if pr_ms is None else f"PR {pr_ms:.0f} ms"
        return Criterion("P wave before", limit, f"{told}; usual beats have none", None)
    if pr_ms is None:
        return Criterion("P wave before", limit, "no P wave before", label in ("V", "S", "Q"))
    same = abs(pr_ms - usual_ms) <= PR_SPREAD_MS
    told = f"PR {pr_ms:.0f} ms (usual {usual_ms:.0f} ms)"
    if label == "S" and same:
        return Criterion("P wave before", limit, f"{told}; its shape is not compared", None)
    return Criterion("P wave before", limit, told, not same if label in ("V", "S") else same)


def _usual_rr_s(sample: np.ndarray, usual: np.ndarray, row: int, fs_hz: float) -> float | None:
    """Return the median interval between usual beats around a beat."""
    pairs = np.flatnonzero(usual[1:] & usual[:-1]) + 1
    pairs = pairs[(pairs != row) & (pairs != row + 1)]
    if len(pairs) < _FEWEST:
        return None
    nearest = pairs[np.argsort(np.abs(pairs - row), kind="stable")[:_NEIGHBOURS]]
    return float(np.median(sample[nearest] - sample[nearest - 1])) / fs_hz


def timing(label: str | None, sample: np.ndarray, usual: np.ndarray, row: int, fs_hz: float) -> Criterion:
    """Return the criterion that a beat comes when its class says: early for V and S, on time for others.

    Parameters
    ----------
    label : str or None
        Class of the beat.
    sample : ndarray of int64, shape (beats,)
        Samples of all beats.
    usual : ndarray of bool, shape (beats,)
        Beats whose intervals are the usual ones.
    row : int
        Position of the beat.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    Criterion
    """
    premature = label in ("V", "S")
    limit = f"at least {100 * EARLY:.0f} % early" if premature else f"within {100 * EARLY:.0f} % of its time"
    usual_s = _usual_rr_s(sample, usual, row, fs_hz)
    if row == 0 or usual_s is None:
        return Criterion("Timing", limit, "too few usual beats around it", None)
    rr_s = float(sample[row] - sample[row - 1]) / fs_hz
    early = 1 - rr_s / usual_s
    told = "on time" if abs(early) <= EARLY else f"{abs(100 * early):.0f} % {'early' if early > 0 else 'late'}"
    told += f" (RR {1000 * rr_s:.0f} ms, usual {1000 * usual_s:.0f} ms)"
    return Criterion("Timing", limit, told, early >= EARLY if premature else abs(early) <= EARLY)


def _pause(label: str | None, sample: np.ndarray, usual: np.ndarray, row: int, fs_hz: float) -> Criterion | None:
    if label not in ("V", "S"):
        return None
    limit = "full compensatory" if label == "V" else "less than compensatory"
    usual_s = _usual_rr_s(sample, usual, row, fs_hz)
    if row == 0 or row + 1 >= len(sample) or usual_s is None:
        return Criterion("Pause after", limit, "too few beats around it", None)
    if not usual[row - 1] or not usual[row + 1]:
        return Criterion("Pause after", limit, "not between two usual beats", None)
    both = float(sample[row + 1] - sample[row - 1]) / fs_hz / usual_s
    if both < 1 + 2 * FULL_PAUSE:
        told = "interpolated between two usual beats"
    elif both < 2 * (1 - FULL_PAUSE):
        told = "pause less than compensatory"
    elif both <= 2 * (1 + FULL_PAUSE):
        told = "full compensatory pause"
    else:
        told = "pause longer than compensatory"
    full = told == "full compensatory pause"
    return Criterion("Pause after", limit, told, full if label == "V" else not full)


def _shape(label: str | None, analysis: Analysis, usual: np.ndarray, row: int) -> Criterion | None:
    beats = analysis.beats
    if "template" not in beats or not usual.any() or label == "S":
        return None  # families of S differ by timing, too
    family = beats["template"].to_numpy(dtype=np.int64, na_value=-1)
    numbers, counts = np.unique(family[usual], return_counts=True)
    limit = "unlike the usual beats" if label in ("V", "F", "Q") else "like the usual beats"
    if family[row] < 0:
        return Criterion("Shape", limit, "in no family", None)
    same = bool(family[row] == numbers[counts.argmax()])
    told = "shape of the usual beats" if same else "another shape than the usual beats"
    return Criterion("Shape", limit, told, not same if label in ("V", "F", "Q") else same)


def _pacing(label: str | None, analysis: Analysis, row: int) -> Criterion | None:
    if analysis.pacing is None or not analysis.pacing.assessable:
        unknown = Criterion("Pacing spike", "before the QRS", "pacing spikes cannot be told", None)
        return unknown if label == "Q" else None
    paced = analysis.paced is not None and len(analysis.paced.mode) == len(analysis.beats)
    mode = str(analysis.paced.mode[row]) if paced and analysis.paced is not None else ""
    if not mode and label != "Q":
        return None
    words = {"V": "ventricular pacing spike before", "A": "atrial pacing spike before", "D": "two pacing spikes before"}
    return Criterion("Pacing spike", "before the QRS", words.get(mode, "no pacing spike before"), bool(mode))
