"""Measurements of a beat: values with their uncertainty, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

QTC_FORMULAS: Final = ("bazett", "fridericia", "framingham", "hodges")

LEAD_QUANTITIES: Final = (
    "p_ms",
    "p_mv",
    "pr_ms",
    "q_ms",
    "q_mv",
    "r_ms",
    "r_mv",
    "s_ms",
    "s_mv",
    "r2_ms",
    "r2_mv",
    "qrs_ms",
    "j_mv",
    "st60_mv",
    "st80_mv",
    "st_slope_mv_s",
    "t_mv",
    "qt_ms",
)
"""Rows of the matrix per lead. Amplitudes are against the PR baseline; Q and S are negative; R' is ``r2``."""

GLOBAL_QUANTITIES: Final = (
    "rr_ms",
    "rate_bpm",
    "p_ms",
    "pr_ms",
    "qrs_ms",
    "qt_ms",
    *(f"qtc_{formula}_ms" for formula in QTC_FORMULAS),
    "p_axis_deg",
    "qrs_axis_deg",
    "t_axis_deg",
)


@dataclass(frozen=True)
class Measured:
    """One quantity.

    Attributes
    ----------
    value : float or None
        In the unit of the quantity's name; None where it cannot be measured or the wave is absent.
    sd : float or None
        Uncertainty: the standard error that comes from the spread between beats and leads.
    n : int
        Beats it rests on.
    reason : str
        Why there is no value, as a phrase: ``no P wave``, ``lead II cannot be read``.
    """

    value: float | None
    sd: float | None = None
    n: int = 0
    reason: str = ""


@dataclass(frozen=True)
class BeatMeasurements:
    """Measurements of one beat, or of the median beat of several.

    Attributes
    ----------
    overall : mapping of str to Measured
        By `GLOBAL_QUANTITIES`.
    leads : mapping of str to mapping of str to Measured
        By lead name, then `LEAD_QUANTITIES`.
    """

    overall: Mapping[str, Measured]
    leads: Mapping[str, Mapping[str, Measured]]
