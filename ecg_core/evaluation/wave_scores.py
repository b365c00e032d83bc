"""Scores of delineation: presence of waves and errors of their boundaries, per lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.delineation.common_waves import common_boundaries
from ecg_core.delineation.waves import WAVES, Waves
from ecg_core.evaluation.wave_references import LeadReference, WaveReference

PRESENCE_MS: Final = 150.0
"""A wave is found where its peak lies within this of the reference's."""

TOLERANCE_MS: Final = {"P": (50.0, 50.0), "QRS": (40.0, 40.0), "T": (50.0, 100.0)}
"""Of onset and end, for the F1 of boundaries."""

IEC_LIMITS_MS: Final = {"P": (10.0, 15.0), "PQ": (10.0, 10.0), "QRS": (10.0, 10.0), "QT": (25.0, 30.0)}
"""Mean difference and standard deviation of global intervals that IEC 60601-2-25 allows."""


@dataclass
class WaveScores:
    """Counts and errors, gathered over recordings.

    Attributes
    ----------
    counts : dict of str to ndarray of int64, shape (3,)
        True positives, false positives, false negatives of each wave.
    errors_ms : dict of str to list of ndarray of float64
        Found minus reference, of ``P on``, ``P peak``, ``P end`` and so on.
    hits : dict of str to ndarray of int64, shape (3,)
        As `counts`, of each onset and end within `TOLERANCE_MS`.
    n_records : int
    intervals_ms : dict of str to list of float
        Differences of the global intervals, one a recording.
    """

    counts: dict[str, npt.NDArray[np.int64]] = field(
        default_factory=lambda: {wave: np.zeros(3, dtype=np.int64) for wave in WAVES}
    )
    errors_ms: dict[str, list[Float64Array]] = field(
        default_factory=lambda: {f"{wave} {part}": [] for wave in WAVES for part in ("on", "peak", "end")}
    )
    hits: dict[str, npt.NDArray[np.int64]] = field(
        default_factory=lambda: {
            f"{wave} {part}": np.zeros(3, dtype=np.int64) for wave in WAVES for part in ("on", "end")
        }
    )
    n_records: int = 0
    intervals_ms: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in IEC_LIMITS_MS})

    def add(self, waves: Waves, reference: WaveReference, fs_hz: float) -> None:
        """Compare the waves of a recording with its reference.

        Parameters
        ----------
        waves : Waves
            What was found.
        reference : WaveReference
            What was marked, in the same leads.
        fs_hz : float
            Sampling rate in Hz.
        """
        self.n_records += 1
        for place, lead in enumerate(reference.leads):
            for wave in WAVES:
                found = found_in_lead(waves, place, wave)
                self._add_wave(wave, found, lead, fs_hz)
        ours, theirs = (_intervals_ms(one, fs_hz) for one in (waves.common_samples(), _common_of(reference, fs_hz)))
        for name in IEC_LIMITS_MS:
            if np.isfinite(ours[name]) and np.isfinite(theirs[name]):
                self.intervals_ms[name].append(ours[name] - theirs[name])

    def _add_wave(self, wave: str, found: Float64Array, lead: LeadReference, fs_hz: float) -> None:
        reference = lead.of_wave[wave].astype(np.float64)
        pairs = _matched(found[:, 1], reference[:, 1], PRESENCE_MS * fs_hz / 1000)
        unmatched = np.setdiff1d(np.arange(len(found)), pairs[:, 0])
        middle = found[unmatched].mean(axis=1)
        n_false = int(((middle >= lead.start) & (middle < lead.stop)).sum())
        counts = np.array([len(pairs), n_false, len(reference) - len(pairs)])
        self.counts[wave] += counts
        errors = (found[pairs[:, 0]] - reference[pairs[:, 1]]) * 1000 / fs_hz
        for column, part in enumerate(("on", "peak", "end")):
            self.errors_ms[f"{wave} {part}"].append(errors[:, column])
        for part, column, tolerance in zip(("on", "end"), (0, 2), TOLERANCE_MS[wave], strict=True):
            n_hits = int((np.abs(errors[:, column]) <= tolerance).sum())
            beyond = len(pairs) - n_hits
            self.hits[f"{wave} {part}"] += np.array([n_hits, n_false + beyond, counts[2] + beyond])

    def as_dict(self) -> dict[str, Any]:
        """Return all figures: percent and milliseconds."""
        return {
            "presence": {wave: _rates(counts) for wave, counts in self.counts.items()},
            "boundaries": {
                name: _errors(np.concatenate(errors) if errors else np.empty(0))
                | ({"f1_tolerance": _rates(self.hits[name])["f1"]} if name in self.hits else {})
                for name, errors in self.errors_ms.items()
            },
            "intervals": {name: _errors(np.array(found)) for name, found in self.intervals_ms.items()},
        }


def found_in_lead(waves: Waves, lead: int, wave: str) -> Float64Array:
    """Return onset, peak and end of each wave found in a lead, shape (waves, 3).

    Parameters
    ----------
    waves : Waves
        Waves of a recording.
    lead : int
        Index of the lead.
    wave : str
        Of `ecg_core.delineation.WAVES`.

    Returns
    -------
    ndarray of float64
    """
    names = {"P": "p", "QRS": "qrs", "T": "t"}[wave]
    columns = [waves.sample_of(f"{names}_{part}", lead) for part in ("on", "peak", "off")]
    found = np.stack(columns, axis=1)
    return found[np.isfinite(found).all(axis=1)]


def _matched(found: Float64Array, reference: Float64Array, limit: float) -> npt.NDArray[np.int64]:
    """Return pairs of indices, one to one, nearest first; shape (pairs, 2)."""
    if not len(found) or not len(reference):
        return np.empty((0, 2), dtype=np.int64)
    apart = np.abs(found[:, None] - reference[None, :])
    order = np.stack(np.unravel_index(np.argsort(apart, axis=None, kind="stable"), apart.shape), axis=1)
    pairs, of_found, of_reference = [], set(), set()
    for one, other in order.tolist():
        if apart[one, other] > limit:
            break
        if one not in of_found and other not in of_reference:
            pairs.append((one, other))
            of_found.add(one)
            of_reference.add(other)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _common_of(reference: WaveReference, fs_hz: float) -> Float64Array:
    """Return the reference's boundaries of each beat in all leads together, by the rule that ours follow."""
    qrs = [lead.of_wave["QRS"] for lead in reference.leads]
    beats = max(qrs, key=len)[:, 1].astype(np.float64)
    boundary = np.full((len(beats), len(reference.leads), 9), np.nan)
    for place, lead in enumerate(reference.leads):
        own = lead.of_wave["QRS"].astype(np.float64)
        pairs = _matched(own[:, 1], beats, 0.1 * fs_hz)
        boundary[pairs[:, 1], place, 3:6] = own[pairs[:, 0]]
        for number, wave in ((0, "P"), (2, "T")):
            for row in lead.of_wave[wave].astype(np.float64):
                beat = np.searchsorted(beats, row[1]) - (wave == "T")
                if 0 <= beat < len(beats) and abs(row[1] - beats[beat]) < 0.7 * fs_hz:
                    boundary[beat, place, 3 * number : 3 * number + 3] = row
    shape = boundary.shape[:2]
    return common_boundaries(
        boundary,
        np.ones((*shape, 3), dtype=np.float32),
        np.ones(shape, dtype=bool),
        np.ones((*shape, 3), dtype=np.float32),
        fs_hz,
    )


def _intervals_ms(common: Float64Array, fs_hz: float) -> dict[str, float]:
    """Return the median over the beats of the global intervals; NaN where no beat has one."""
    spans = {"P": (0, 2), "PQ": (0, 3), "QRS": (3, 5), "QT": (3, 8)}
    result = {}
    for name, (start, stop) in spans.items():
        values = (common[:, stop] - common[:, start]) * 1000 / fs_hz
        values = values[np.isfinite(values)]
        result[name] = float(np.median(values)) if len(values) else float("nan")
    return result


def _rates(counts: npt.NDArray[np.int64]) -> dict[str, float | int | None]:
    tp, fp, fn = counts.tolist()

    def percent(part: int, whole: int) -> float | None:
        return 100 * part / whole if whole else None

    return {
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "sensitivity": percent(tp, tp + fn),
        "precision": percent(tp, tp + fp),
        "f1": percent(2 * tp, 2 * tp + fp + fn),
    }


def _errors(errors: Float64Array) -> dict[str, float | int | None]:
    if not len(errors):
        return {"n": 0, "mean_ms": None, "sd_ms": None, "median_ms": None}
    return {
        "n": len(errors),
        "mean_ms": float(errors.mean()),
        "sd_ms": float(errors.std()),
        "median_ms": float(np.median(errors)),
    }
