"""The beat matrix of EC57 and the statistics that follow from it.

Rows are the reference's classes ``N S V F Q`` and ``O`` (no beat), ``X`` (no beat because the reference marks
the signal unreadable); columns are the classes found ``n s v f q`` and ``o`` (missed), ``x`` (missed while the
analysis was shut down). The formulas are those of ANSI/AAMI EC57 and of the WFDB program bxb:

====  ===========================================  =====================================================
what  sensitivity                                  positive predictivity
====  ===========================================  =====================================================
QRS   all pairs / (pairs + o + x)                  all pairs / (pairs + O + X)
V     Vv / (Vn + Vs + Vv + Vf + Vq + Vo + Vx)      Vv / (Vv + Nv + Sv + Ov + Xv); Fv and Qv do not count
S     Ss / (Sn + Ss + Sv + Sf + Sq + So + Sx)      Ss / (Ss + Ns + Vs + Fs + Os + Xs); Qs does not count
N     Nn / (all of row N)                          Nn / (all of column n); not defined by EC57
F, Q  as N                                         as N; not defined by EC57
====  ===========================================  =====================================================

The false positive rate is bxb's: false positives / (false positives + true negatives), true negatives being
all found beats outside the class's row and column. Specificity is that of the literature, which is not bxb's
complement: reference beats of the other classes that are not called by the class, out of all of them. A
quotient whose denominator is 0 is absent, not zero.

The two reference programs disagree about fusion beats found as S. bxb holds them against S
(``SFP = Ns + Vs + Fs + Os + Xs`` in its ``print_results``); its companion sumstats cannot, since bxb's line
format has merged Fs with Qs, and computes pooled and average S +P as ``Ss / (Ns + Ss + Vs + Os)``. bxb's rule
is the default here, sumstats' the alternative (`fusion_against_s`); reports print both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Int64Array
from ecg_core.beats import CLASSES

ROWS: Final = (*CLASSES, "O", "X")
COLUMNS: Final = (*(letter.lower() for letter in CLASSES), "o", "x")
_N_CLASSES: Final = len(CLASSES)
_O, _X = _N_CLASSES, _N_CLASSES + 1

STATISTICS: Final = ("se", "ppv", "f1", "fpr", "specificity")
"""What :meth:`ClassScore.values` names: Se, +P, F1, false positive rate, specificity."""


class Ratio(NamedTuple):
    """A count of hits out of a total; its value is absent where the total is 0."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The quotient, or None if the total is 0."""
        return self.hits / self.total if self.total else None


@dataclass(frozen=True)
class ClassScore:
    """Statistics of one class, or of QRS detection.

    Attributes
    ----------
    sensitivity, predictivity, false_positive_rate, specificity : Ratio
        Se, +P, FPR and specificity. The latter two are undefined for QRS detection.
    """

    sensitivity: Ratio
    predictivity: Ratio
    false_positive_rate: Ratio
    specificity: Ratio

    @property
    def f1(self) -> float | None:
        """Harmonic mean of Se and +P; None where the reference has no such beat."""
        if not self.sensitivity.total:
            return None
        return 2 * self.sensitivity.hits / (self.sensitivity.total + self.predictivity.total)

    def values(self) -> dict[str, float | None]:
        """Return the figures named in `STATISTICS` as fractions."""
        return {
            "se": self.sensitivity.value,
            "ppv": self.predictivity.value,
            "f1": self.f1,
            "fpr": self.false_positive_rate.value,
            "specificity": self.specificity.value,
        }


def class_ratios(
    counts: Int64Array, what: str, *, fusion_against_s: bool = True
) -> dict[str, tuple[Int64Array, Int64Array]]:
    """Count hits and totals of a class's statistics in one beat matrix or in many at once.

    Parameters
    ----------
    counts : ndarray of int64, shape (..., 7, 7)
        Rows `ROWS`, columns `COLUMNS`.
    what : {"QRS", "N", "S", "V", "F", "Q"}
        Class of beats.
    fusion_against_s : bool
        Whether Fs counts as a false positive of S, as in bxb but not in sumstats.

    Returns
    -------
    dict of str to (ndarray, ndarray)
        Hits and total, shape (...), of ``se``, ``ppv``, ``fpr`` and ``specificity``.
    """
    beats = counts[..., :_N_CLASSES, :]
    if what == "QRS":
        pairs = beats[..., :_N_CLASSES].sum((-2, -1))
        found = counts[..., :_N_CLASSES].sum((-2, -1))
        none = np.zeros_like(pairs)
        return {
            "se": (pairs, beats.sum((-2, -1))),
            "ppv": (pairs, found),
            "fpr": (none, none),
            "specificity": (none, none),
        }
    index = CLASSES.index(what)
    spared = what + {"V": "FQ", "S": "Q" if fusion_against_s else "FQ"}.get(what, "")
    hits, row = counts[..., index, index], counts[..., index, :].sum(-1)
    false = counts[..., [row not in spared for row in ROWS], index].sum(-1)
    found_elsewhere = counts[..., :_N_CLASSES].sum((-2, -1)) - counts[..., :, index].sum(-1)
    negatives = found_elsewhere - (counts[..., index, :_N_CLASSES].sum(-1) - hits)
    others = beats.sum((-2, -1)) - row
    called = beats[..., index].sum(-1) - hits
    return {
        "se": (hits, row),
        "ppv": (hits, hits + false),
        "fpr": (false, false + negatives),
        "specificity": (others - called, others),
    }


def _empty() -> npt.NDArray[np.int64]:
    return np.zeros((len(ROWS), len(COLUMNS)), dtype=np.int64)


@dataclass(frozen=True)
class BeatMatrix:
    """EC57's beat matrix; matrices add up.

    Attributes
    ----------
    counts : ndarray of int64, shape (7, 7)
        Rows `ROWS` (reference), columns `COLUMNS` (found).
    labelled : bool
        False where the beats found carry no class: only the QRS statistics then mean anything.
    """

    counts: npt.NDArray[np.int64] = field(default_factory=_empty)
    labelled: bool = True

    def __add__(self, other: BeatMatrix) -> BeatMatrix:
        return BeatMatrix(self.counts + other.counts, self.labelled and other.labelled)

    def __getitem__(self, cell: str) -> int:
        """Return one element by its EC57 name, e.g. ``matrix["Vn"]`` or ``matrix["So"]``."""
        return int(self.counts[ROWS.index(cell[0]), COLUMNS.index(cell[1])])

    @property
    def n_reference(self) -> int:
        """Reference beats counted."""
        return int(self.counts[:_N_CLASSES].sum())

    def n_reference_of(self, letter: str) -> int:
        """Reference beats of one class."""
        return int(self.counts[CLASSES.index(letter)].sum())

    @property
    def accuracy(self) -> Ratio:
        """Beats found with the right class out of all reference beats; a missed beat counts as wrong."""
        if not self.labelled:
            return Ratio(0, 0)
        return Ratio(int(np.trace(self.counts[:_N_CLASSES, :_N_CLASSES])), self.n_reference)

    def score(self, what: str, *, fusion_against_s: bool = True) -> ClassScore:
        """Return the statistics of ``"QRS"`` or of one of the classes ``N S V F Q``.

        Parameters
        ----------
        what : {"QRS", "N", "S", "V", "F", "Q"}
            Class of beats.
        fusion_against_s : bool
            See :func:`class_ratios`.
        """
        if what != "QRS" and not self.labelled:
            return ClassScore(*[Ratio(0, 0)] * 4)
        ratios = class_ratios(self.counts, what, fusion_against_s=fusion_against_s)
        return ClassScore(
            *(Ratio(int(ratios[name][0]), int(ratios[name][1])) for name in ("se", "ppv", "fpr", "specificity"))
        )
