"""Disagreement over a whole screening: the program, the files' annotations and people side by side. No Streamlit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.review.edits import Judgement
from ecg_core.review.judgements import Compared, judgement_counts
from ecg_core.screening.differences import CONFUSION_COLUMNS, ROWS, agreement_of, kappa_of
from ecg_core.screening.label_audit import AUDIT_COLUMNS, COUNTED
from ecg_core.screening.table import MAX_ROWS, Filter, ResultTable
from pages.services.review_sessions import database_in_use
from pages.services.screenings import code_of

COMPARED: Final = Filter(present=("reference",))
"""Recordings whose file brought annotations along."""

DIFFERING: Final = Filter(present=("worst_difference_rank",))
"""Those of them in which something differs."""

CONSEQUENCE_ORDER: Final = "worst_difference_rank"

MAX_JUDGED: Final = MAX_ROWS
"""Recordings whose judgements are counted, those with the worst differences first."""


@dataclass(frozen=True)
class BatchCount:
    """A count of the files beside the audited one, added up over recordings.

    Attributes
    ----------
    kind, name : str
    file, audited, uncertain : int
    """

    kind: str
    name: str
    file: int
    audited: int
    uncertain: int


@dataclass(frozen=True, eq=False)
class Disagreement:
    """What differs in a screening.

    Attributes
    ----------
    n_compared, n_differing : int
        Recordings with annotations, and those in which something differs.
    n_differences : int
    confusion : ndarray of int64, shape (6, 6)
        Beats of all recordings: rows the files', columns the program's, in the order of ``differences.ROWS``.
    kappa : float or None
    agreement : dict of str to float or None
    counts : tuple of BatchCount
        Kinds that at least one file tells.
    judged : dict of str to Counter
        Who was right, as people have said, by the recording's hash.
    n_asked : int
        Recordings whose judgements were looked for.
    """

    n_compared: int
    n_differing: int
    n_differences: int
    confusion: npt.NDArray[np.int64]
    kappa: float | None
    agreement: dict[str, float | None]
    counts: tuple[BatchCount, ...]
    judged: dict[str, Counter[Judgement]]
    n_asked: int

    @property
    def judged_in_all(self) -> Counter[Judgement]:
        """Judgements of all recordings together."""
        return sum(self.judged.values(), Counter())


def disagreement_in(results: ResultTable) -> Disagreement:
    """Add up what differs in the recordings of a screening.

    Parameters
    ----------
    results : ResultTable
        Its results.

    Returns
    -------
    Disagreement

    Raises
    ------
    ReviewError
        If the database with people's judgements cannot be read.
    """
    counted = [name for name, of in AUDIT_COLUMNS.items() if of is int]
    totals = results.sums([*CONFUSION_COLUMNS, *counted, "n_differences"], COMPARED)
    confusion = np.zeros((len(ROWS), len(ROWS)), dtype=np.int64)
    for name, place in CONFUSION_COLUMNS.items():
        confusion[place] = totals[name] or 0
    counts = tuple(
        BatchCount(kind, name, *(int(totals[f"audit_{kind.lower()}_{of}"] or 0) for of in _SIDES))
        for kind, name in COUNTED.items()
        if totals[f"audit_{kind.lower()}_file"] is not None
    )
    worst = results.rows(DIFFERING, order=CONSEQUENCE_ORDER, count=MAX_JUDGED)
    return Disagreement(
        results.count(COMPARED),
        results.count(DIFFERING),
        int(totals["n_differences"] or 0),
        confusion,
        kappa_of(confusion),
        agreement_of(confusion),
        counts,
        _judged(worst),
        len(worst),
    )


_SIDES: Final = ("file", "audited", "uncertain")


def _judged(rows: Sequence[dict[str, Any]]) -> dict[str, Counter[Judgement]]:
    compared = {code_of(row): Compared(str(row["model_sha256"]), str(row["reference"])) for row in rows}
    return judgement_counts(database_in_use(), compared)
