"""Share of urgent recordings among those that a screening ranks as harmless, from a random sample that a person reads.

The interval is that of Clopper and Pearson (Biometrika 26, 1934): exact for a binomial share, so that it covers the
true share in at least 95 of 100 samples, also where no missed recording was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ecg_core.screening.table import Filter, ResultTable
from ecg_core.screening.urgency import FINDING, NOTHING_FOUND

HARMLESS_TIERS: Final = (FINDING, NOTHING_FOUND)
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class MissedShare:
    """Share of recordings ranked as harmless that a person found urgent.

    Attributes
    ----------
    n_checked, n_missed : int
    low, high : float
        Limits of the 95 % confidence interval of the share.
    """

    n_checked: int
    n_missed: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share found; None before the first was checked."""
        return self.n_missed / self.n_checked if self.n_checked else None

    def sentence(self, n_harmless: int) -> str:
        """Say it in words.

        Parameters
        ----------
        n_harmless : int
            Recordings ranked as harmless in all.
        """
        if not self.n_checked:
            return f"None of the {n_harmless:,} recordings ranked as harmless was checked: nothing is known of them."
        return (
            f"{self.n_missed} of {self.n_checked} checked were urgent: {100 * self.n_missed / self.n_checked:.1f} % "
            f"(95 % confidence interval {100 * self.low:.1f} to {100 * self.high:.1f} %), which is "
            f"{round(self.low * n_harmless):,} to {round(self.high * n_harmless):,} of the {n_harmless:,} "
            "ranked as harmless."
        )


def harmless_sample(table: ResultTable, size: int, seed: int) -> list[str]:
    """Draw recordings at random from those ranked as harmless.

    Parameters
    ----------
    table : ResultTable
        Results of the screening.
    size : int
        How many.
    seed : int
        The same one draws the same recordings, and a larger sample holds the smaller one.

    Returns
    -------
    list of str
        Their keys, in the order in which they were drawn.
    """
    return table.drawn(size, seed, Filter(equal={"tier": HARMLESS_TIERS}))


def missed_share(found_urgent: Sequence[bool]) -> MissedShare:
    """Return the share of urgent recordings in a checked sample with its confidence interval.

    Parameters
    ----------
    found_urgent : sequence of bool
        Of each recording that a person checked, whether it was urgent.
    """
    from scipy.stats import beta

    n, k = len(found_urgent), int(sum(found_urgent))
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return MissedShare(n, k, low, high)
