"""Names, units and groups of the measures of heart-rate variability, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class MeasureName:
    """How a measure is shown: title, unit, decimals, the group it stands in, and what it is."""

    title: str
    unit: str
    digits: int
    group: str
    meaning: str


_TIME, _FREQUENCY, _OTHER = "Time domain", "Frequency domain", "Non-linear"
_LOMB: Final = "Lomb-Scargle"

MEASURE_NAMES: Final[dict[str, MeasureName]] = {
    "mean_nn_ms": MeasureName("Mean NN", "ms", 0, _TIME, "mean N-N interval"),
    "sdnn_ms": MeasureName("SDNN", "ms", 1, _TIME, "standard deviation of N-N intervals"),
    "sdann_ms": MeasureName("SDANN", "ms", 1, _TIME, "standard deviation of the means of five minutes"),
    "sdnn_index_ms": MeasureName("SDNN index", "ms", 1, _TIME, "mean of the standard deviations of five minutes"),
    "rmssd_ms": MeasureName("RMSSD", "ms", 1, _TIME, "root mean square of successive differences"),
    "sdsd_ms": MeasureName("SDSD", "ms", 1, _TIME, "standard deviation of successive differences"),
    "nn50": MeasureName("NN50", "", 0, _TIME, "successive differences of more than 50 ms"),
    "pnn50_percent": MeasureName("pNN50", "%", 1, _TIME, "share of successive differences of more than 50 ms"),
    "triangular_index": MeasureName("Triangular index", "", 1, _TIME, "intervals over the height of their histogram"),
    "tinn_ms": MeasureName("TINN", "ms", 0, _TIME, "base of the triangle that fits the histogram"),
    "total_power_ms2": MeasureName("Total power", "ms²", 0, _FREQUENCY, "up to 0.4 Hz"),
    "ulf_ms2": MeasureName("ULF", "ms²", 0, _FREQUENCY, "below 0.003 Hz"),
    "vlf_ms2": MeasureName("VLF", "ms²", 0, _FREQUENCY, "0.003 to 0.04 Hz"),
    "lf_ms2": MeasureName("LF", "ms²", 0, _FREQUENCY, "0.04 to 0.15 Hz"),
    "hf_ms2": MeasureName("HF", "ms²", 0, _FREQUENCY, "0.15 to 0.4 Hz"),
    "lf_nu": MeasureName("LF normalised", "nu", 1, _FREQUENCY, "share of LF and HF together"),
    "hf_nu": MeasureName("HF normalised", "nu", 1, _FREQUENCY, "share of LF and HF together"),
    "lf_hf": MeasureName("LF/HF", "", 2, _FREQUENCY, "ratio of the powers"),
    "lomb_vlf_ms2": MeasureName("VLF", "ms²", 0, _LOMB, "0.003 to 0.04 Hz"),
    "lomb_lf_ms2": MeasureName("LF", "ms²", 0, _LOMB, "0.04 to 0.15 Hz"),
    "lomb_hf_ms2": MeasureName("HF", "ms²", 0, _LOMB, "0.15 to 0.4 Hz"),
    "lomb_lf_hf": MeasureName("LF/HF", "", 2, _LOMB, "ratio of the powers"),
    "sd1_ms": MeasureName("SD1", "ms", 1, _OTHER, "spread across the line of identity"),
    "sd2_ms": MeasureName("SD2", "ms", 1, _OTHER, "spread along the line of identity"),
    "sample_entropy": MeasureName("Sample entropy", "", 2, _OTHER, "patterns of 2, tolerance 0.2 SD"),
    "dfa_alpha1": MeasureName("DFA alpha 1", "", 2, _OTHER, "4 to 16 beats"),
    "dfa_alpha2": MeasureName("DFA alpha 2", "", 2, _OTHER, "16 to 64 beats"),
    "deceleration_capacity_ms": MeasureName("Deceleration capacity", "ms", 1, _OTHER, "above 4.5 ms is normal"),
}
"""Measures in the order in which they are listed."""
