"""Trend of the ST level over the recording.

Single beats (:mod:`ecg_core.delineation.st_levels`) are too noisy to be judged, so that medians of `BIN_S` seconds make
the trend.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import BoolArray, Float32Array, Float64Array, UInt8Array
from ecg_core.delineation.lead_scales import relative_leads
from ecg_core.delineation.st_levels import SHAPE_POINTS, WIDE_QRS_MS, StLevels, same_places, st_levels
from ecg_core.delineation.st_reference import position_changes, slow_reference
from ecg_core.delineation.waves import Waves
from ecg_core.recording import Recording

BIN_S: Final = 10
"""Seconds whose beats are averaged; the Long-Term ST Database averages over 16 s, usual monitors over 10 to 16 s."""

FEWEST_BEATS: Final = 3
"""Beats that make an average."""

LARGEST_ERROR_MV: Final = 0.05
"""Standard error of an average from which on it tells nothing about a deviation of 0.1 mV."""

_TO_SD: Final = 1.4826
_ERROR_OF_MEDIAN: Final = 1.2533


@dataclass(frozen=True)
class StTrend:
    """ST level over the recording, in bins of `BIN_S` seconds.

    Attributes
    ----------
    lead_names : tuple of str
    j_mv, level_mv, slope_mv_s : ndarray of float64, shape (bins, leads)
        Medians of the bin's beats; NaN where fewer than `FEWEST_BEATS` can be measured or they differ too much.
    reference_mv : ndarray of float64, shape (bins, leads)
        Level from which deviations count, see :mod:`ecg_core.delineation.st_reference`.
    n_beats : ndarray of int64, shape (bins, leads)
        Beats measured.
    position_changes : tuple of int
        Bins with which another body position begins.
    not_assessed : dict of str to str
        Leads without any level, with the reason.
    levels : StLevels
        Of the beats.
    medians, counts : ndarray of float64 and int64, shape (bins, leads * (3 + SHAPE_POINTS))
        Medians of level, J level, slope and QRS shape in each bin, and how many beats they rest on.
    """

    lead_names: tuple[str, ...]
    j_mv: Float64Array
    level_mv: Float64Array
    slope_mv_s: Float64Array
    reference_mv: Float64Array
    n_beats: npt.NDArray[np.int64]
    position_changes: tuple[int, ...]
    not_assessed: dict[str, str]
    levels: StLevels
    medians: Float64Array
    counts: npt.NDArray[np.int64]

    @property
    def deviation_mv(self) -> Float64Array:
        """Level less the reference; shape (bins, leads)."""
        return self.level_mv - self.reference_mv

    @property
    def readable_share(self) -> Float64Array:
        """Share of the bins that have a level; shape (leads,)."""
        if not len(self.level_mv):
            return np.zeros(len(self.lead_names))
        return np.asarray(np.isfinite(self.level_mv).mean(axis=0))

    def table(self, period_s: float) -> pd.DataFrame:
        """Return the trend by minute, hour or any other period.

        Parameters
        ----------
        period_s : float
            A multiple of `BIN_S`.

        Returns
        -------
        pandas.DataFrame
            A row for each period and lead: ``start_s, lead, level_mv`` (median), ``lowest_mv, highest_mv,
            reference_mv, slope_mv_s, deviation_mv`` (the largest, with its sign), ``deviation_s`` (its time), and
            ``n_beats``. NaN where nothing was measured.
        """
        rows = []
        per_period = max(round(period_s / BIN_S), 1)
        deviation = self.deviation_mv
        for begin in range(0, len(self.level_mv), per_period):
            part = slice(begin, begin + per_period)
            for lead, name in enumerate(self.lead_names):
                level = self.level_mv[part, lead]
                known = np.flatnonzero(np.isfinite(level))
                row: dict[str, object] = {"start_s": begin * BIN_S, "lead": name}
                if len(known):
                    far = begin + known[np.argmax(np.abs(deviation[part, lead][known]))]
                    row |= {
                        "level_mv": np.median(level[known]),
                        "lowest_mv": level[known].min(),
                        "highest_mv": level[known].max(),
                        "reference_mv": np.median(self.reference_mv[part, lead][known]),
                        "slope_mv_s": np.median(self.slope_mv_s[part, lead][known]),
                        "deviation_mv": deviation[far, lead],
                        "deviation_s": far * BIN_S,
                    }
                row["n_beats"] = int(self.n_beats[part, lead].sum())
                rows.append(row)
        return pd.DataFrame(rows, columns=pd.Index(_TABLE_COLUMNS))


_TABLE_COLUMNS: Final = (
    "start_s",
    "lead",
    "level_mv",
    "lowest_mv",
    "highest_mv",
    "reference_mv",
    "slope_mv_s",
    "deviation_mv",
    "deviation_s",
    "n_beats",
)


def st_trend(
    recording: Recording,
    waves: Waves,
    label: npt.NDArray[np.str_] | None,
    quality: UInt8Array | None = None,
    paced: BoolArray | None = None,
    progress: Callable[[float], None] | None = None,
    known: StTrend | None = None,
) -> StTrend:
    """Return the ST trend of a recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    waves : Waves
        Boundaries of its beats.
    label : ndarray of str, shape (beats,), or None
        Class of each beat; N alone are measured. None where beats have no classes: all are, and the median leaves out
        what is rare.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    paced : ndarray of bool, shape (beats,), optional
        Beats paced in the ventricle.
    progress : callable, optional
        Called with the fraction done.
    known : StTrend, optional
        Earlier trend of the same recording: only what has changed is measured again.

    Returns
    -------
    StTrend
    """
    normal = np.ones(len(waves), dtype=bool) if label is None else label == "N"
    not_paced = np.ones(len(waves), dtype=bool) if paced is None else ~paced
    levels = st_levels(recording, waves, normal & not_paced, quality, progress, None if known is None else known.levels)
    n_bins = int(np.ceil(recording.duration_s / BIN_S))
    time_bin = (waves.beat / recording.fs_hz // BIN_S).astype(np.int64)
    shapes = levels.qrs_mv.reshape(len(waves), SHAPE_POINTS * len(waves.lead_names))
    columns = np.hstack([levels.level_mv, levels.j_mv, levels.slope_mv_s, shapes], dtype=np.float32)
    same = None
    if known is not None and len(known.medians) == n_bins:
        same = ~_changed_bins(levels, known.levels, recording.fs_hz, n_bins)
    medians, counts = _binned(columns, time_bin, n_bins, same, known)
    n_leads = len(waves.lead_names)
    level, j_mv, slope = (medians[:, part * n_leads : (part + 1) * n_leads].copy() for part in range(3))
    shape = medians[:, 3 * n_leads :].reshape(n_bins, n_leads, SHAPE_POINTS)
    uncertain = np.isnan(level)
    j_mv[uncertain], slope[uncertain] = np.nan, np.nan
    changes = position_changes(shape, level)
    return StTrend(
        waves.lead_names,
        j_mv,
        level,
        slope,
        slow_reference(level, changes),
        counts[:, :n_leads],
        changes,
        _reasons(recording, waves, normal, not_paced, level),
        levels,
        medians,
        counts,
    )


def _changed_bins(new: StLevels, old: StLevels, fs_hz: float, n_bins: int) -> BoolArray:
    """Return in which bins beats were added, left out or measured elsewhere; shape (bins,)."""
    changed = np.zeros(n_bins, dtype=bool)
    both, at_new, at_old = np.intersect1d(new.beat, old.beat, assume_unique=True, return_indices=True)
    differs = ~same_places(new.measured_at[at_new], old.measured_at[at_old]).all(axis=1)
    single = np.setxor1d(new.beat, old.beat, assume_unique=True)
    samples = np.concatenate([both[differs], single])
    changed[np.minimum((samples / fs_hz // BIN_S).astype(np.int64), n_bins - 1)] = True
    return changed


def _reasons(
    recording: Recording, waves: Waves, normal: BoolArray, not_paced: BoolArray, level_mv: Float64Array
) -> dict[str, str]:
    """Return why leads without any level have none."""
    width_ms = waves.interval_ms("qrs_on", "qrs_off", recording.fs_hz)
    wide = width_ms >= WIDE_QRS_MS
    if not len(waves):
        common = "no beats"
    elif not normal.any():
        common = "no normal beats"
    elif not (normal & not_paced).any():
        common = "ventricular pacing: the ST segment follows from the paced QRS"
    elif wide[normal & not_paced].mean() > 0.5:
        common = f"QRS {np.nanmedian(width_ms):.0f} ms: the ST segment follows from the conduction delay"
    else:
        common = "no readable beats"
    absent: BoolArray = np.asarray(~np.isfinite(level_mv).any(axis=0))
    relative = relative_leads(recording)
    return {name: relative.get(name, common) for name, missing in zip(waves.lead_names, absent, strict=True) if missing}


def _binned(
    values: Float32Array,
    time_bin: npt.NDArray[np.int64],
    n_bins: int,
    same: BoolArray | None = None,
    known: StTrend | None = None,
) -> tuple[Float64Array, npt.NDArray[np.int64]]:
    """Return medians of the bins, NaN where they are uncertain, and how many beats each rests on.

    Bins that are the same as in a known trend are taken from it.
    """
    if same is not None and known is not None:
        some = ~same[np.minimum(time_bin, n_bins - 1)]
        median, count = _binned(values[some], time_bin[some], n_bins)
        median[same], count[same] = known.medians[same], known.counts[same]
        return median, count
    frame = pd.DataFrame(values).astype(np.float64)
    by_bin = frame.groupby(time_bin)
    every = pd.RangeIndex(n_bins)
    median = by_bin.median().reindex(every).to_numpy().copy()
    count = by_bin.count().reindex(every, fill_value=0).to_numpy().copy()
    spread = (frame - median[np.minimum(time_bin, n_bins - 1)]).abs().groupby(time_bin).median()
    with np.errstate(invalid="ignore", divide="ignore"):
        error = _ERROR_OF_MEDIAN * _TO_SD * spread.reindex(every).to_numpy() / np.sqrt(count)
        told = (count >= FEWEST_BEATS) & (error <= LARGEST_ERROR_MV)
    return np.where(told, median, np.nan), count
