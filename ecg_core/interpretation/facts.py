"""Facts about the rhythm that the rules need, from waves, beats, episodes and pacing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import Float64Array
from ecg_core.delineation.av_conduction import FEWEST_P, LASTING_S, p_cycle_s, pr_spread_ms
from ecg_core.delineation.measured import Measured
from ecg_core.delineation.waves import Waves
from ecg_core.interpretation.ecg import RhythmFacts

MOST: Final = 0.5
"""Share of the recording that a rhythm covers that is the rhythm of the recording."""


def rhythm_facts(
    waves: Waves | None,
    fs_hz: float,
    n_samples: int,
    beat: npt.NDArray[np.int64],
    label: npt.NDArray[np.str_] | None,
    episodes: pd.DataFrame,
    unassessed: Mapping[str, str],
    pacing: npt.NDArray[np.str_] | None,
) -> RhythmFacts:
    """Collect what the rules need to know of the rhythm.

    Parameters
    ----------
    waves : Waves or None
        Boundaries of the beats; None where they were not delineated.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    beat : ndarray of int64, shape (beats,)
        Samples of the beats.
    label : ndarray of str, shape (beats,), or None
        Class of each beat; None where beats have no classes.
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes_of` returns them; those of a device's statement are left out.
    unassessed : mapping of str to str
        Kinds of episodes that were not looked for, with the reason.
    pacing : ndarray of str, shape (beats,), or None
        Paced chambers of each beat: ``V``, ``A``, ``D``, or empty; None where spikes were not looked for.

    Returns
    -------
    RhythmFacts
    """
    own = episodes[episodes["source"] != "device"]
    length: Counter[str] = Counter()
    present: dict[str, str] = {}
    columns = (own[name].tolist() for name in ("kind", "start_sample", "stop_sample", "reason"))
    for kind, start, stop, reason in zip(*columns, strict=True):
        length[kind] += stop - start
        present.setdefault(kind, reason)
    rr_s = np.diff(beat) / fs_hz
    ventricular = np.zeros(len(beat), dtype=bool)
    if label is not None and (label == "V").mean() <= MOST:  # else they are the rhythm: VT, or the escape in block
        ventricular |= label == "V"
    share_v = Measured(None, reason="beats not classified") if label is None else _share(label == "V")
    if pacing is not None:
        ventricular |= np.isin(pacing, ("V", "D"))
    normal_rr = rr_s[~ventricular[1:] & ~ventricular[:-1]] if len(beat) > 1 else rr_s
    p_share, spread, cycle = _p_waves(waves, fs_hz, ~ventricular)
    not_sought = Measured(None, reason=unassessed.get("PACED", "pacing spikes not looked for"))
    return RhythmFacts(
        {kind: present[kind] for kind in present if length[kind] >= MOST * n_samples},
        present,
        dict(unassessed),
        p_share,
        spread,
        _relative_spread(normal_rr),
        cycle,
        not_sought if pacing is None else _share(np.isin(pacing, ("V", "D"))),
        not_sought if pacing is None else _share(np.isin(pacing, ("A", "D"))),
        share_v,
        _blocked_p_share(waves),
    )


def peak_times(waves: Waves | None, fs_hz: float, chosen: npt.NDArray[np.bool_]) -> dict[str, Measured]:
    """Return the time from the QRS onset in all leads to the largest deflection of each lead.

    Parameters
    ----------
    waves : Waves or None
        Boundaries of the beats.
    fs_hz : float
        Sampling rate in Hz.
    chosen : ndarray of bool, shape (beats,)
        Beats that are alike.

    Returns
    -------
    dict of str to Measured
        Medians in ms by lead; leads without any are left out.
    """
    found: dict[str, Measured] = {}
    if waves is None or not chosen.any():
        return found
    onset = waves.sample_of("qrs_on")
    for lead, name in enumerate(waves.lead_names):
        times = ((waves.sample_of("qrs_peak", lead) - onset) * 1000 / fs_hz)[chosen & waves.assessed[:, lead]]
        times = times[np.isfinite(times)]
        if len(times):
            found[name] = Measured(float(np.median(times)), n=len(times))
    return found


def _share(chosen: npt.NDArray[np.bool_]) -> Measured:
    if not len(chosen):
        return Measured(None, reason="no beats")
    return Measured(float(chosen.mean()), n=len(chosen))


def _relative_spread(rr_s: Float64Array) -> Measured:
    if len(rr_s) < 3:
        return Measured(None, reason="too few beats")
    return Measured(float(rr_s.std(ddof=1) / rr_s.mean()), n=len(rr_s))


def _blocked_p_share(waves: Waves | None) -> Measured:
    """Return the share of the P waves that no QRS complex follows."""
    if waves is None:
        return Measured(None, reason="P waves not delineated")
    n_blocked = len(waves.unconducted_p)
    n_waves = n_blocked + int(np.isfinite(waves.sample_of("p_on")).sum())
    return Measured(n_blocked / n_waves, n=n_waves) if n_waves else Measured(None, reason="no P waves")


def _p_waves(
    waves: Waves | None, fs_hz: float, supraventricular: npt.NDArray[np.bool_]
) -> tuple[Measured, Measured, Measured]:
    """Return share of beats with a P wave, spread of PR, and the P waves' own cycle."""
    if waves is None:
        unknown = Measured(None, reason="P waves not delineated")
        return unknown, unknown, unknown
    asked = waves.assessed.any(axis=1) & supraventricular
    if not asked.any():
        unknown = Measured(None, reason="no beat in which P waves can be looked for")
        return unknown, unknown, unknown
    onset = waves.sample_of("p_on")[asked]
    there = np.isfinite(onset)
    share = Measured(float(there.mean()), n=int(asked.sum()))
    pr_ms = waves.interval_ms("p_on", "qrs_on", fs_hz)[asked]
    pr_ms = pr_ms[np.isfinite(pr_ms)]
    if len(pr_ms) < FEWEST_P:
        unknown = Measured(None, reason=f"{len(pr_ms)} P waves")
        return share, unknown, unknown
    spread = Measured(pr_spread_ms(pr_ms), n=len(pr_ms))
    onset_s = onset[there] / fs_hz
    if onset_s[-1] - onset_s[0] > LASTING_S:
        return share, spread, Measured(None, reason="longer than 30 s: see the episodes of complete AV block")
    rr_s = float(np.median(np.diff(waves.beat))) / fs_hz
    return share, spread, Measured(1000 * p_cycle_s(onset_s, rr_s), n=len(onset_s))
