"""What is counted of rhythm episodes, by kind and of dangerous rhythm, and the figures that follow; counts add up.

==================  =========================================================  ======================================
figure              of                                                         counted
==================  =========================================================  ======================================
episode_se          reference episodes                                         those that are found at all
episode_ppv         found episodes                                             those that are in the reference at all
long_se             reference episodes of 5 s or more                          those that are found at all
time_se             time of the reference                                      time found there
time_ppv            time found                                                 time of the reference there
time_f1             both                                                       harmonic mean of the two
specificity         scored time outside the reference                          time not found there
false_per_hour      hours of records in which the reference has none of it     episodes found there
==================  =========================================================  ======================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final, NamedTuple

import numpy as np

from ecg_core.arrays import Float64Array
from ecg_core.evaluation.bootstrap import quotient
from ecg_core.rhythm.episode_types import KINDS

LONG_S: Final = 5.0
"""From this length on a reference episode is counted as a long one."""

DANGER: Final = "VT/VF"
DANGER_OR_POSSIBLE: Final = "VT/VF or possible"
ATRIAL: Final = "AFIB/AFL"
UNLABELLED: Final = "other"
"""Name of scored time for which the reference names no rhythm."""

NOTHING: Final = "none"
"""Name of time in which no episode was found."""


class Category(NamedTuple):
    """What is scored as one: a kind of episode, or several together.

    Attributes
    ----------
    reference : frozenset of str
        Reference kinds that belong to it.
    found : frozenset of str
        Kinds of episodes that name it.
    left_out : frozenset of str
        Reference kinds in whose time an episode is neither right nor false.
    bridged_s : float
        An interruption of the reference up to this length is no end and no onset, nor is one by ventricular rhythm
        alone: AF is marked anew after three beats of VT. Episodes are counted and timed as they are.
    """

    reference: frozenset[str]
    found: frozenset[str]
    left_out: frozenset[str] = frozenset()
    bridged_s: float = 0.0


_VENTRICULAR: Final = frozenset({"VT", "VF"})
_ATRIAL: Final = frozenset({"AFIB", "AFL"})
_BRIDGED_S: Final = 10.0
"""Shortest AF that is looked for, and so the shortest interruption of it."""

INTERRUPTING: Final = frozenset({"VT", "VF", "IVR", "COUPLET", "B", "T"})
"""Ventricular rhythms, under which the atria may go on fibrillating."""

_LEFT_OUT: Final = {
    "VT": frozenset({"VF", DANGER}),
    "VF": frozenset({"VT", DANGER}),
    "AFIB": frozenset({"AFL", ATRIAL}),
    "AFL": frozenset({"AFIB", ATRIAL}),
    **dict.fromkeys(("AVB1", "AVB2", "AVB3"), frozenset({"AVB"})),
}
_UNSCORED_KINDS: Final = ("POSSIBLE_VT", "UNREADABLE", "SINGLE_V", "SINGLE_S", "ST")

CATEGORIES: Final[dict[str, Category]] = {
    DANGER: Category(_VENTRICULAR | {DANGER}, _VENTRICULAR),
    DANGER_OR_POSSIBLE: Category(_VENTRICULAR | {DANGER}, _VENTRICULAR | {"POSSIBLE_VT"}),
    ATRIAL: Category(_ATRIAL | {ATRIAL}, _ATRIAL, bridged_s=_BRIDGED_S),
    **{
        kind: Category(
            frozenset({kind}),
            frozenset({kind}),
            _LEFT_OUT.get(kind, frozenset()),
            _BRIDGED_S if kind in _ATRIAL else 0.0,
        )
        for kind in KINDS
        if kind not in _UNSCORED_KINDS
    },
}
"""What is scored, by name: three groups, then the kinds in order of urgency."""


@dataclass(frozen=True)
class KindCounts:
    """What was counted of one category; counts add up.

    Attributes
    ----------
    n_reference, n_reference_hit : float
        Reference episodes, and those of them that were found at all.
    n_long, n_long_hit : float
        The same of episodes of `LONG_S` or more.
    n_found, n_found_right : float
        Episodes found, and those of them that are in the reference at all.
    reference_s, hit_s, found_s : float
        Time of the reference, of it found, and found altogether.
    other_s : float
        Scored time outside the reference.
    clean_s, n_clean_false : float
        Scored time of records in which the reference has none of it, and episodes found there.
    onset_errors_s, end_errors_s : tuple of float
        Of each reference episode that was found: where the first episode over it begins, and the last one ends, minus
        where it does. Edges of the scored time are no onset and no end; see `Category.bridged_s`.
    """

    n_reference: float = 0.0
    n_reference_hit: float = 0.0
    n_long: float = 0.0
    n_long_hit: float = 0.0
    n_found: float = 0.0
    n_found_right: float = 0.0
    reference_s: float = 0.0
    hit_s: float = 0.0
    found_s: float = 0.0
    other_s: float = 0.0
    clean_s: float = 0.0
    n_clean_false: float = 0.0
    onset_errors_s: tuple[float, ...] = ()
    end_errors_s: tuple[float, ...] = ()

    def __add__(self, other: KindCounts) -> KindCounts:
        return KindCounts(
            **{name: getattr(self, name) + getattr(other, name) for name in KindCounts.__dataclass_fields__}
        )

    @property
    def array(self) -> Float64Array:
        """The counts without the errors, shape (12,), as :func:`kind_figures` takes them."""
        return np.array([getattr(self, one.name) for one in fields(self)[:N_COUNTS]], dtype=np.float64)

    @property
    def figures(self) -> dict[str, float | None]:
        """The figures of the module's table as fractions, and false alarms an hour; None where undefined."""
        return {name: None if np.isnan(value) else float(value) for name, value in kind_figures(self.array).items()}


N_COUNTS: Final = 12
FIGURES: Final = (
    *("episode_se", "episode_ppv", "long_se", "time_se", "time_ppv", "time_f1"),
    *("specificity", "false_per_hour"),
)


def kind_figures(counts: Float64Array) -> dict[str, Float64Array]:
    """Return the figures of counts.

    Parameters
    ----------
    counts : ndarray, shape (..., 12)
        In the order of the fields of `KindCounts`.

    Returns
    -------
    dict of str to ndarray, shape (...)
        By the names of `FIGURES`; NaN where undefined.
    """
    reference, hit, long, long_hit, found, right, reference_s, hit_s, found_s, other_s, clean_s, false = np.moveaxis(
        counts, -1, 0
    )
    return {
        "episode_se": quotient(hit, reference),
        "episode_ppv": quotient(right, found),
        "long_se": quotient(long_hit, long),
        "time_se": quotient(hit_s, reference_s),
        "time_ppv": quotient(hit_s, found_s),
        "time_f1": np.where(reference_s > 0, quotient(2 * hit_s, reference_s + found_s), np.nan),
        "specificity": 1 - quotient(found_s - hit_s, other_s),
        "false_per_hour": quotient(3600 * false, clean_s),
    }


@dataclass(frozen=True)
class DangerCounts:
    """Seconds of dangerous rhythm (VT, flutter and fibrillation together) by what was said there; counts add up.

    Attributes
    ----------
    named_s, possible_s, unreadable_s, missed_s : float
        Of the reference's time: called VT or VF, else "possible VF or VT", else unreadable, else none of these.
    other_named_s, other_possible_s, other_unreadable_s, other_s : float
        The same outside the reference, and all scored time outside it.
    beyond_s : float
        Called VT or VF in episodes that reach beyond a mark whose onset and end are inexact: neither right nor false.
    """

    named_s: float = 0.0
    possible_s: float = 0.0
    unreadable_s: float = 0.0
    missed_s: float = 0.0
    other_named_s: float = 0.0
    other_possible_s: float = 0.0
    other_unreadable_s: float = 0.0
    other_s: float = 0.0
    beyond_s: float = 0.0

    def __add__(self, other: DangerCounts) -> DangerCounts:
        return DangerCounts(*(self.array + other.array).tolist())

    @property
    def array(self) -> Float64Array:
        """The counts, shape (9,), as :func:`danger_figures` takes them."""
        return np.array([getattr(self, one.name) for one in fields(self)], dtype=np.float64)

    @property
    def reference_s(self) -> float:
        """Dangerous rhythm of the reference."""
        return self.named_s + self.possible_s + self.unreadable_s + self.missed_s

    @property
    def figures(self) -> dict[str, float | None]:
        """Shares of time, None where undefined."""
        return {name: None if np.isnan(value) else float(value) for name, value in danger_figures(self.array).items()}


def danger_figures(counts: Float64Array) -> dict[str, Float64Array]:
    """Return shares of the reference's dangerous time, and of the other time.

    Parameters
    ----------
    counts : ndarray, shape (..., 9)
        In the order of the fields of `DangerCounts`.

    Returns
    -------
    dict of str to ndarray, shape (...)
        ``named``, ``possible``, ``unreadable``, ``missed``, ``other_named``, ``other_possible``, ``other_unreadable``.
    """
    parts = np.moveaxis(counts, -1, 0)
    whole, other = parts[:4].sum(axis=0), parts[7]
    shares = {name: quotient(part, whole) for name, part in zip(_SHARES, parts[:4], strict=True)}
    return shares | {f"other_{name}": quotient(part, other) for name, part in zip(_SHARES, parts[4:7], strict=False)}


_SHARES: Final = ("named", "possible", "unreadable", "missed")


@dataclass(frozen=True)
class RhythmCounts:
    """What was counted of one record, or of several: counts add up.

    Attributes
    ----------
    n_records : int
    scored_s, unscored_s : float
        Time that is scored, and time that is left out because the reference does not tell the rhythm there.
    kinds : dict of str to KindCounts
        By the names of `CATEGORIES`.
    danger : DangerCounts
    confusion_s : dict of (str, str) to float
        Seconds by reference kind and the most urgent kind found there.
    """

    n_records: int = 0
    scored_s: float = 0.0
    unscored_s: float = 0.0
    kinds: Mapping[str, KindCounts] = field(default_factory=lambda: {name: KindCounts() for name in CATEGORIES})
    danger: DangerCounts = DangerCounts()
    confusion_s: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __add__(self, other: RhythmCounts) -> RhythmCounts:
        confusion = dict(self.confusion_s)
        for pair, seconds in other.confusion_s.items():
            confusion[pair] = confusion.get(pair, 0.0) + seconds
        return RhythmCounts(
            self.n_records + other.n_records,
            self.scored_s + other.scored_s,
            self.unscored_s + other.unscored_s,
            {name: self.kinds[name] + other.kinds[name] for name in CATEGORIES},
            self.danger + other.danger,
            confusion,
        )
