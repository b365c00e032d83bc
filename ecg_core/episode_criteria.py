"""Clinical criteria for an episode of ectopic beats or of atrial fibrillation: rate, width, P waves, onset, regularity.

Those for a broad-complex tachycardia are the textbooks' (Brugada P et al., Circulation 1991;83:1649-59, without its
criteria of morphology; Surawicz B, Knilans TK: Chou's Electrocardiography in Clinical Practice). They explain an
episode and do not decide it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.analysis import Analysis
from ecg_core.arrays import AnyArray, BoolArray, Float64Array, Int64Array
from ecg_core.beat_criteria import NOT_DELINEATED, PR_SPREAD_MS, WIDE_MS, WIDER_MS, timing
from ecg_core.delineation.beat_intervals import beat_intervals
from ecg_core.delineation.measured import Measured
from ecg_core.interpretation.criteria import Criterion, above, at_most
from ecg_core.measurements import usual_beats, waves_of_beats
from ecg_core.rhythm.episode_types import DEFAULT_LIMITS

VENTRICULAR: Final = ("VT", "POSSIBLE_VT", "IVR", "COUPLET")
SUPRAVENTRICULAR: Final = ("SVTA", "SVR", "PAIR_S")
WITH_CRITERIA: Final = (*VENTRICULAR, *SUPRAVENTRICULAR, "AFIB")

REGULAR: Final = 0.1
"""Median difference between successive intervals, as a share of the median interval, up to which they are regular."""

_SLOW: Final = ("IVR", "SVR")
_FEWEST_INTERVALS: Final = 2
_FEWEST_P: Final = 3
_MOST_FIXED: Final = 0.5
"""Share of the beats with a P wave at one PR interval from which on the P waves conduct."""


def episode_reasons(
    analysis: Analysis, fs_hz: float, kind: str, start_sample: int, stop_sample: int
) -> tuple[Criterion, ...]:
    """Return what speaks for and against an episode.

    Parameters
    ----------
    analysis : Analysis
        With classes and, for what rests on waves, delineated.
    fs_hz : float
        Sampling rate in Hz.
    kind : str
        Kind of the episode.
    start_sample, stop_sample : int
        ``start_sample <= sample < stop_sample``.

    Returns
    -------
    tuple of Criterion
        Empty for a kind not in `WITH_CRITERIA`, and where no beat lies inside.
    """
    sample = analysis.beats["sample"].to_numpy(dtype=np.int64)
    first, stop = np.searchsorted(sample, [start_sample, stop_sample]).tolist()
    if kind not in WITH_CRITERIA or first == stop:
        return ()
    inside = np.arange(first, stop)
    rr_ms = np.diff(sample[inside]) / fs_hz * 1000
    waves = waves_of_beats(analysis)
    beside = np.ones(len(sample), dtype=bool)
    beside[inside] = False
    usual = np.logical_and(usual_beats(analysis)[0], beside)
    if waves is None:
        qrs_ms = pr_ms = np.full(len(sample), np.nan)
        assessed = np.zeros(len(sample), dtype=bool)
    else:
        table = beat_intervals(waves, fs_hz)
        qrs_ms, pr_ms = (table[name].to_numpy(dtype=np.float64) for name in ("qrs_ms", "pr_ms"))
        assessed = np.logical_or.reduce(waves.assessed, axis=1)
    missing = NOT_DELINEATED if waves is None else ""
    pr_inside = pr_ms[inside][assessed[inside]]
    if kind == "AFIB":
        return _regularity(rr_ms, regular=False), _fixed_pr(pr_inside, missing)
    ventricular = kind in VENTRICULAR
    found = [_rate(kind, rr_ms), _width(ventricular, qrs_ms[inside], qrs_ms[usual], missing)]
    found.append(timing("V" if ventricular else "S", sample, _normal(analysis, usual), first, fs_hz))
    if ventricular:
        found += [_dissociation(pr_inside, missing), _fusion(analysis, first, stop), _shape(analysis, usual, inside)]
    if len(rr_ms) > _FEWEST_INTERVALS:
        found.append(_regularity(rr_ms, regular=True))
    return tuple(found)


def _normal(analysis: Analysis, usual: BoolArray) -> BoolArray:
    normal = (analysis.beats["label"] == "N").to_numpy(dtype=bool)
    return normal if normal.any() else usual


def _rate(kind: str, rr_ms: Float64Array) -> Criterion:
    rate = Measured(60_000 / float(rr_ms.mean())) if len(rr_ms) else Measured(None, reason="a single beat")
    compared = at_most if kind in _SLOW else above
    return compared("Rate", rate, DEFAULT_LIMITS.run_fast_bpm, "bpm")


def _width(ventricular: bool, inside_ms: Float64Array, usual_ms: Float64Array, missing: str) -> Criterion:
    limit = f">= {WIDE_MS:.0f} ms, or {WIDER_MS:.0f} ms above usual" if ventricular else "as usual"
    own, usual = _median(inside_ms), _median(usual_ms)
    if own is None:
        return Criterion("QRS width", limit, missing or "QRS not measurable", None)
    beside = "" if usual is None else f" (usual {usual:.0f} ms)"
    wide = own >= WIDE_MS if usual is None else own >= WIDE_MS or own > usual + WIDER_MS
    if not ventricular and usual is not None:
        wide = own > usual + WIDER_MS
    return Criterion("QRS width", limit, f"QRS {own:.0f} ms{beside}", wide if ventricular else not wide)


def _median(values: Float64Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def _regularity(rr_ms: Float64Array, *, regular: bool) -> Criterion:
    limit = f"intervals differ by {'at most' if regular else 'more than'} {100 * REGULAR:.0f} %"
    if len(rr_ms) < _FEWEST_INTERVALS:
        return Criterion("Regularity", limit, "too few intervals", None)
    share = float(np.median(np.abs(np.diff(rr_ms))) / np.median(rr_ms))
    told = f"successive intervals differ by {100 * share:.0f} % (median)"
    return Criterion("Regularity", limit, told, share <= REGULAR if regular else share > REGULAR)


def _fixed(pr_ms: Float64Array) -> tuple[int, int]:
    """Return how many beats have a P wave before them, and how many of these at one PR interval."""
    known = pr_ms[np.isfinite(pr_ms)]
    if not len(known):
        return 0, 0
    return len(known), int((np.abs(known - np.median(known)) <= PR_SPREAD_MS).sum())


def _fixed_pr(pr_ms: Float64Array, missing: str) -> Criterion:
    name, limit = "P wave before", "none at a fixed PR interval"
    if not len(pr_ms):
        return Criterion(name, limit, missing or "leads cannot be read", None)
    with_p, fixed = _fixed(pr_ms)
    told = f"P wave at one PR interval before {fixed} of {len(pr_ms)} beats" if with_p else "no P wave before any beat"
    return Criterion(name, limit, told, fixed < _MOST_FIXED * len(pr_ms))


def _dissociation(pr_ms: Float64Array, missing: str) -> Criterion:
    """Return the criterion of AV dissociation.

    P waves inside a QRS complex or a T wave are not looked for, so that none before the beats leaves it open.
    """
    name, limit = "AV dissociation", "P waves without relation to the QRS"
    if not len(pr_ms):
        return Criterion(name, limit, missing or "leads cannot be read", None)
    with_p, fixed = _fixed(pr_ms)
    if with_p < _FEWEST_P:
        return Criterion(name, limit, f"P wave before {with_p} of {len(pr_ms)} beats; hidden ones are not found", None)
    if fixed >= _MOST_FIXED * len(pr_ms):
        return Criterion(name, limit, f"P wave at one PR interval before {fixed} of {len(pr_ms)} beats", False)
    known = pr_ms[np.isfinite(pr_ms)]
    told = f"P wave before {with_p} of {len(pr_ms)} beats, PR {known.min():.0f} to {known.max():.0f} ms"
    apart = fixed < _MOST_FIXED * with_p
    return Criterion(name, limit, told, True if apart else None)


def _fusion(analysis: Analysis, first: int, stop: int) -> Criterion:
    labels = analysis.beats["label"].iloc[max(first - 1, 0) : stop + 1]
    count = int((labels == "F").sum())
    told = "none in it or beside it" if not count else f"{count} fusion {'beat' if count == 1 else 'beats'}"
    return Criterion("Fusion beats", "in the run or beside it", told, bool(count))


def _shape(analysis: Analysis, usual: BoolArray, inside: Int64Array) -> Criterion:
    name, limit = "Shape", "unlike the usual beats"
    if "template" not in analysis.beats or not usual.any():
        return Criterion(name, limit, "no usual beats to compare with", None)
    family: AnyArray = analysis.beats["template"].to_numpy(dtype=np.int64, na_value=-1)
    numbers, counts = np.unique(family[usual], return_counts=True)
    same = int((family[inside] == numbers[counts.argmax()]).sum())
    told = f"{same} of {len(inside)} beats have the shape of the usual ones"
    return Criterion(name, limit, told, same < _MOST_FIXED * len(inside))
