"""Which beats measurements rest on: those with known waves, the usual ones, those in a rhythm without P waves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.arrays import BoolArray
from ecg_core.delineation.measured import BeatMeasurements, Measured
from ecg_core.delineation.waves import Waves
from ecg_core.rhythm import KIND_NAMES

FEWEST: Final = 3
"""Normal beats, or beats of the largest family, that are enough for the others to be left out."""

WITHOUT_P_WAVES: Final = ("AFIB", "AFL")


def waves_of_beats(analysis: Analysis) -> Waves | None:
    """Return the waves of the beats of an analysis.

    Parameters
    ----------
    analysis : Analysis
        With corrections, where a person has made some.

    Returns
    -------
    Waves or None
        None until the recording was delineated.
    """
    if analysis.waves is None:
        return None
    samples = analysis.beats["sample"].to_numpy(dtype=np.int64)
    return analysis.waves.waves.at(samples)


def usual_beats(analysis: Analysis) -> tuple[BoolArray, str]:
    """Return which beats are usual, and what they are called.

    Parameters
    ----------
    analysis : Analysis
        Of the recording.

    Returns
    -------
    chosen : ndarray of bool, shape (beats,)
        Normal beats that are not paced; where there are none, the largest family; without families, every beat.
    basis : str
    """
    return usual_of(labels_of(analysis), families_of(analysis), paced_beats(analysis))


def usual_of(
    label: npt.NDArray[np.str_], family: npt.NDArray[np.int64] | None, paced: BoolArray
) -> tuple[BoolArray, str]:
    """Return which of some beats are usual, and what they are called, see :func:`usual_beats`.

    Parameters
    ----------
    label : ndarray of str, shape (beats,)
        Classes; empty where a beat has none.
    family : ndarray of int64, shape (beats,), or None
        Numbers of the families, -1 for none; None where beats were not grouped.
    paced : ndarray of bool, shape (beats,)
        Which beats are paced.

    Returns
    -------
    chosen : ndarray of bool, shape (beats,)
    basis : str
    """
    normal = (label == "N") & ~paced
    if family is not None:
        pool = normal if normal.sum() >= FEWEST else family >= 0
        if pool.any():
            numbers, counts = np.unique(family[pool], return_counts=True)
            largest = pool & (family == numbers[counts.argmax()])
            alike = bool(largest.sum() >= max(FEWEST, 0.3 * pool.sum()))
            if alike:
                pool = largest
            return pool, basis_of(pool, normal, paced, "of the largest family" if alike else "of all shapes")
    pool = normal if normal.any() else np.ones(len(label), dtype=bool)
    named = bool((label != "").any())
    return pool, basis_of(pool, normal, paced, "of all shapes" if named else "of all shapes, not classified")


def labels_of(analysis: Analysis) -> npt.NDArray[np.str_]:
    """Return the class of each beat, empty where it has none or lies in an artefact named by a person; shape (beats,).

    Parameters
    ----------
    analysis : Analysis
        Of the recording.

    Returns
    -------
    ndarray of str, shape (beats,)
    """
    label = np.asarray(analysis.beats["label"].fillna("").to_numpy(dtype=str))
    return label if analysis.uncounted is None else np.where(analysis.uncounted, "", label)


def families_of(analysis: Analysis) -> npt.NDArray[np.int64] | None:
    """Return the number of each beat's family, -1 for none and in an artefact named by a person.

    Parameters
    ----------
    analysis : Analysis
        Of the recording.

    Returns
    -------
    ndarray of int64, shape (beats,), or None
        None where beats were not grouped.
    """
    beats = analysis.beats
    if "template" not in beats or not beats["template"].notna().any():
        return None
    family = np.asarray(beats["template"].to_numpy(dtype=np.int64, na_value=-1))
    return family if analysis.uncounted is None else np.where(analysis.uncounted, -1, family)


def basis_of(pool: BoolArray, normal: BoolArray, paced: BoolArray, otherwise: str) -> str:
    """Return what some beats are called, with their number.

    Parameters
    ----------
    pool : ndarray of bool, shape (beats,)
        The beats.
    normal, paced : ndarray of bool, shape (beats,)
        Which of all beats are normal, and which are paced.
    otherwise : str
        What is said of beats that are neither all normal nor all paced.

    Returns
    -------
    str
        ``9 normal beats``.
    """
    n_beats = int(pool.sum())
    if not n_beats:
        return "no beats"
    plural = "beats" if n_beats > 1 else "beat"
    if normal[pool].all():
        return f"{n_beats} normal {plural}"
    if paced[pool].all():
        return f"{n_beats} paced {plural}"
    return f"{n_beats} {plural} {otherwise}"


def paced_beats(analysis: Analysis) -> BoolArray:
    """Return which beats follow a ventricular pacing spike; shape (beats,).

    Parameters
    ----------
    analysis : Analysis
        Of the recording.

    Returns
    -------
    ndarray of bool, shape (beats,)
        None is paced where spikes were not looked for.
    """
    if analysis.paced is not None and len(analysis.paced.ventricular) == len(analysis.beats):
        return np.asarray(analysis.paced.ventricular)
    return np.zeros(len(analysis.beats), dtype=bool)


def beats_without_p_waves(analysis: Analysis) -> npt.NDArray[np.str_]:
    """Return the rhythm without P waves, fibrillation or flutter, that each beat lies in.

    Parameters
    ----------
    analysis : Analysis
        Of the recording.

    Returns
    -------
    ndarray of str, shape (beats,)
        Kind of episode; empty outside.
    """
    samples = analysis.beats["sample"].to_numpy(dtype=np.int64)
    kinds = np.full(len(samples), "", dtype="<U4")
    own = analysis.episodes[analysis.episodes["kind"].isin(WITHOUT_P_WAVES)]
    for kind, start, stop in zip(
        *(own[name].tolist() for name in ("kind", "start_sample", "stop_sample")), strict=True
    ):
        low, high = np.searchsorted(samples, [start, stop])
        kinds[low:high] = kind
    return kinds


def without_p_waves(measurements: BeatMeasurements, kind: str) -> BeatMeasurements:
    """Return measurements without those of P waves: what looks like one in fibrillation or flutter is none.

    Parameters
    ----------
    measurements : BeatMeasurements
        Of any beats.
    kind : str
        Kind of episode, for the reason.

    Returns
    -------
    BeatMeasurements
    """
    none = Measured(None, reason=f"no P wave: {KIND_NAMES[kind]}")

    def kept(values: Mapping[str, Measured]) -> dict[str, Measured]:
        return {name: none if name.startswith(("p_", "pr_")) else one for name, one in values.items()}

    return BeatMeasurements(
        kept(measurements.overall), {lead: kept(values) for lead, values in measurements.leads.items()}
    )
