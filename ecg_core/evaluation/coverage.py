"""Risk-coverage figures: accuracy when doubtful beats are left to a person.

Beats are kept in the order of their label's probability, the surest first (selective classification: El-Yaniv
and Wiener, J. Mach. Learn. Res. 11, 2010). Figures at a coverage are those of the beats kept alone, with EC57's
formulas; the beats left to a person count neither for nor against.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.evaluation.counts import BeatMatrix

COVERAGES: Final = (0.80, 0.90, 0.95, 1.00)
CURVE: Final = tuple(round(0.50 + 0.025 * step, 3) for step in range(21))
COVERED_CLASSES: Final = ("N", "S", "V")


def coverage_dict(
    probabilities: npt.NDArray[np.floating], truth: npt.ArrayLike, *, fusion_against_s: bool = True
) -> dict[str, Any]:
    """Return Se and +P at 80, 90, 95 and 100 % coverage, and the risk-coverage curve.

    Parameters
    ----------
    probabilities : ndarray, shape (beats, 5)
        In the order of `ecg_core.beats.CLASSES`.
    truth : array_like of str, shape (beats,)
        Reference classes.
    fusion_against_s : bool
        See :func:`~ecg_core.evaluation.counts.class_ratios`.

    Returns
    -------
    dict
        ``at``: for each coverage ``coverage``, ``n``, ``threshold`` (least probability kept), ``accuracy`` and,
        by class, ``beats`` kept, ``left_out`` and ``se``, ``ppv``. ``curve``: ``coverage`` and ``risk`` (share
        of wrong labels) from half of the beats to all.
    """
    given = np.asarray(probabilities)
    if not len(given):
        raise ValueError("Coverage needs at least one beat.")
    found, sureness = given.argmax(axis=1), given.max(axis=1)
    order = np.argsort(CLASSES)
    true = order[np.searchsorted(np.array(CLASSES)[order], np.asarray(truth, dtype=str))]
    surest_first = np.argsort(-sureness, kind="stable")
    wrong = np.cumsum((found != true)[surest_first])
    all_of = np.bincount(true, minlength=len(CLASSES))

    def at(coverage: float) -> dict[str, Any]:
        kept = surest_first[: _n_kept(coverage, len(true))]
        matrix = BeatMatrix()
        np.add.at(matrix.counts, (true[kept], found[kept]), 1)
        row: dict[str, Any] = {
            "coverage": coverage,
            "n": len(kept),
            "threshold": float(sureness[kept[-1]]),
            "accuracy": matrix.accuracy.value,
        }
        for letter in COVERED_CLASSES:
            score = matrix.score(letter, fusion_against_s=fusion_against_s)
            beats = matrix.n_reference_of(letter)
            row[letter] = {
                "beats": beats,
                "left_out": int(all_of[CLASSES.index(letter)]) - beats,
                "se": score.sensitivity.value,
                "ppv": score.predictivity.value,
            }
        return row

    return {
        "at": [at(coverage) for coverage in COVERAGES],
        "curve": {
            "coverage": list(CURVE),
            "risk": [float(wrong[n - 1] / n) for n in (_n_kept(coverage, len(true)) for coverage in CURVE)],
        },
    }


def _n_kept(coverage: float, n_beats: int) -> int:
    return max(1, round(coverage * n_beats))
