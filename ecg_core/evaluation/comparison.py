"""Two lists of beats of one recording compared beat by beat, as the WFDB program bxb does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES, Mapping, to_aami
from ecg_core.evaluation.counts import ROWS, BeatMatrix
from ecg_core.evaluation.errors import ErrorSums, interval_errors
from ecg_core.evaluation.matching import (
    WINDOW_S,
    Spans,
    first_counted,
    inside,
    match_beats,
    samples_of,
    window_samples,
)

_O: Final = ROWS.index("O")
_X: Final = ROWS.index("X")


@dataclass(frozen=True)
class Comparison:
    """What bxb reports of one recording.

    Attributes
    ----------
    matrix : BeatMatrix
    rr_error : ErrorSums
        Errors of the RR intervals, in seconds.
    """

    matrix: BeatMatrix
    rr_error: ErrorSums


def compare_beats(
    reference_sample: npt.ArrayLike,
    reference_symbol: npt.ArrayLike,
    test_sample: npt.ArrayLike,
    test_label: npt.ArrayLike | None,
    fs_hz: float,
    *,
    start_s: float = 0.0,
    mapping: Mapping = "de_chazal",
    exclude_spans: Spans = (),
    window_s: float = WINDOW_S,
    reference_unreadable: Spans = (),
    test_unreadable: Spans = (),
) -> Comparison:
    """Compare the beats found in one recording with its reference beats.

    Parameters
    ----------
    reference_sample : array_like of int, shape (reference beats,)
        In order of time.
    reference_symbol : array_like of str, shape (reference beats,)
        WFDB beat symbols.
    test_sample : array_like of int, shape (test beats,)
        In order of time, at the same rate.
    test_label : array_like of str, shape (test beats,), or None
        Classes ``N S V F Q``; None if only the positions are to be scored.
    fs_hz : float
        Sampling rate in Hz.
    start_s : float
        Learning period that is not counted: 300 in EC57, 0 to count everything.
    mapping : {"de_chazal", "bxb"}
        What the reference's ``e`` and ``j`` count as, see :mod:`ecg_core.beats`.
    exclude_spans : sequence of (int, int)
        Ventricular flutter or fibrillation marked by the reference. Reference beats inside are ignored and
        test beats inside that answer no beat outside are not counted, as in bxb.
    window_s : float
        Match window.
    reference_unreadable, test_unreadable : sequence of (int, int)
        Where the reference, or the analysis, declares the signal unreadable. Extra beats in the former are
        counted in row X, missed beats in the latter in column x; Se and +P include both.

    Returns
    -------
    Comparison
    """
    reference = np.asarray(reference_sample, dtype=np.int64)
    classes = to_aami(reference_symbol, mapping)
    test = np.asarray(test_sample, dtype=np.int64)
    found = _class_indices(test_label, len(test))
    if len(classes) != len(reference):
        raise ValueError("Each reference beat needs one symbol.")

    keep = ~inside(reference, exclude_spans)
    whole_reference, whole_test = reference[keep], test
    truth = _class_indices(classes[keep], len(whole_reference))
    window = window_samples(fs_hz, window_s)
    first_reference, first_test = first_counted(whole_reference, test, samples_of(start_s, fs_hz), window)
    reference, truth = whole_reference[first_reference:], truth[first_reference:]
    test, found = test[first_test:], found[first_test:]

    match = match_beats(reference, test, window)
    extra = match.extra[~inside(test[match.extra], exclude_spans)]
    counts = BeatMatrix().counts
    np.add.at(counts, (truth[match.reference], found[match.test]), 1)
    shut_down = inside(reference[match.missed], test_unreadable)
    np.add.at(counts, (truth[match.missed], np.where(shut_down, _X, _O)), 1)
    unreadable = inside(test[extra], reference_unreadable)
    np.add.at(counts, (np.where(unreadable, _X, _O), found[extra]), 1)
    rr_error = interval_errors(
        whole_reference,
        whole_test,
        match,
        fs_hz,
        first_reference=first_reference,
        first_test=first_test,
        reference_gaps=(*exclude_spans, *reference_unreadable),
        test_gaps=test_unreadable,
    )
    return Comparison(BeatMatrix(counts, labelled=test_label is not None), rr_error)


def _class_indices(labels: npt.ArrayLike | None, n_beats: int) -> npt.NDArray[np.int64]:
    """Return each label's position in `CLASSES`; beats without labels are entered as N, as a detector's are."""
    if labels is None:
        return np.zeros(n_beats, dtype=np.int64)
    letters = np.asarray(labels, dtype=str)
    if len(letters) != n_beats:
        raise ValueError("Each beat needs one label.")
    order = np.argsort(CLASSES)
    position = np.searchsorted(np.array(CLASSES)[order], letters).clip(max=len(CLASSES) - 1)
    indices = order[position]
    unknown = letters[np.array(CLASSES)[indices] != letters] if n_beats else letters
    if len(unknown):
        raise ValueError(f"{str(unknown[0])!r} is none of the classes {' '.join(CLASSES)}.")
    return indices.astype(np.int64)
