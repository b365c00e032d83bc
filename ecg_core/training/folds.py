"""Dividing patients into folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecg_core.errors import SourceError


def patient_folds(
    label: npt.NDArray[np.int64], recording: npt.NDArray[np.int64], groups: Sequence[str], n_folds: int
) -> list[npt.NDArray[np.int64]]:
    """Divide patients into folds that share the rare classes as evenly as they can.

    Parameters
    ----------
    label : ndarray of int64, shape (beats,)
        Class of each beat; class 0 is the common one.
    recording : ndarray of int64, shape (beats,)
        Index of each beat's recording.
    groups : sequence of str, length recordings
        The patient of each recording.
    n_folds : int
        Number of folds.

    Returns
    -------
    list of ndarray of int64
        Beat indices of each fold; a patient stands in exactly one.
    """
    patients = sorted(set(groups))
    of_recording = np.array([patients.index(group) for group in groups])
    of_beat = of_recording[recording]
    n_classes = max(int(label.max(initial=0)) + 1, 2)
    counts = np.zeros((len(patients), n_classes))
    np.add.at(counts, (of_beat, label), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    totals = np.zeros((n_folds, n_classes))
    assigned = np.zeros(len(patients), dtype=int)
    members = np.zeros(n_folds, dtype=int)
    for done, patient in enumerate(np.argsort(-share[:, 1:4].max(axis=1), kind="stable")):
        # The fold where this patient's beats are missed most; an empty one, once as many are empty as patients left.
        cost = ((totals + share[patient]) ** 2).sum(axis=1) - (totals**2).sum(axis=1)
        if len(patients) - done <= (members == 0).sum():
            cost[members > 0] = np.inf
        fold = int(np.argmin(cost))
        assigned[patient] = fold
        members[fold] += 1
        totals[fold] += share[patient]
    return [np.flatnonzero(assigned[of_beat] == fold) for fold in range(n_folds)]


def require_folds(n_folds: int, n_patients: int, spare: int = 1) -> None:
    """Refuse a number of folds that the patients cannot be divided into.

    Parameters
    ----------
    n_folds : int
        0 for none.
    n_patients : int
        Number of patients.
    spare : int
        How many patients must be left to train with, whichever fold is held out.

    Raises
    ------
    SourceError
    """
    if not n_folds:
        return
    if not 2 <= n_folds <= n_patients or n_patients - -(-n_patients // n_folds) < spare:
        raise SourceError(
            f"{n_patients} patients cannot be divided into {n_folds} folds; give 0 for none, or 2 or more with "
            "recordings of enough patients."
        )
