"""Heart-rate variability: measures of the time and frequency domain, non-linear measures, turbulence."""

from ecg_core.rhythm.hrv.as_json import span_as_json, variability_as_json
from ecg_core.rhythm.hrv.measure_names import MEASURE_NAMES, MeasureName
from ecg_core.rhythm.hrv.nn_intervals import NNIntervals, nn_intervals
from ecg_core.rhythm.hrv.references import Reference, Sex, references
from ecg_core.rhythm.hrv.turbulence import Turbulence
from ecg_core.rhythm.hrv.variability import DAY_HOURS, SHORTEST_S, HeartRateVariability, Measure, Variability

__all__ = [
    "DAY_HOURS",
    "MEASURE_NAMES",
    "SHORTEST_S",
    "HeartRateVariability",
    "Measure",
    "MeasureName",
    "NNIntervals",
    "Reference",
    "Sex",
    "Turbulence",
    "Variability",
    "nn_intervals",
    "references",
    "span_as_json",
    "variability_as_json",
]
