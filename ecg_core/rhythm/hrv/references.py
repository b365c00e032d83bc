"""Published values of heart-rate variability in healthy people, by length of the recording, age and sex.

They hold for the length and the conditions under which they were found, describe groups, and are no limits. A value is
given only where its figures were found in a text that can be pointed at; the tables of the original papers behind
paywalls were not read. What stands behind each source:

- Voss 2015, decades: mean and standard deviation of SDNN and RMSSD by sex (tables 5 and 7 of the paper), in a published
  text that reproduces them; the means agree with those in a second one.
- Voss 2015, 25 to 49 and 50 to 74 years: mean NN and LF/HF in the source code of NeuroKit 0.2 (``ecg_hrv_assessment``),
  DFA alpha 1 in table 4 of the paper itself (PMC4378923).
- Nunan 2010: the summary of the review in two independent texts; one set for adults of both sexes.
- Aeschbacher: SDNN over 24 h of 972 men and 1107 women of 25 to 41 years, as given by Shaffer and Ginsberg (2017).
- Umetani 1998: the 95 % range of SDNN over 24 h for four decades, in one text. The means of the other decades and
  measures were not found and are left out.
- Task Force 1996: the table of normal values of 24 h, reproduced in several texts; no age, no sex.

Bonnemeier (2003), Sammito and Boeckelmann (2016) and Geovanini (2020) give 24-hour values by sex and age; only their
abstracts were found, so none of their figures is used. Values of ECGs of 10 s (Tegegne 2020) are not used: no measure
is computed of so short a span.

References
----------
Task Force of the European Society of Cardiology and the North American Society of Pacing and Electrophysiology.
Circulation 1996; 93: 1043-1065.
Umetani K, Singer DH, McCraty R, Atkinson M. Twenty-four hour time domain heart rate variability and heart rate:
relations to age and gender over nine decades. J Am Coll Cardiol 1998; 31: 593-601.
Nunan D, Sandercock GRH, Brodie DA. A quantitative systematic review of normal values for short-term heart rate
variability in healthy adults. Pacing Clin Electrophysiol 2010; 33: 1407-1417.
Voss A, Schroeder R, Heitmann A, Peters A, Perz S. Short-term heart rate variability: influence of gender and age in
healthy subjects. PLoS ONE 2015; 10: e0118308.
Shaffer F, Ginsberg JP. An overview of heart rate variability metrics and norms. Front Public Health 2017; 5: 258.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Sex = Literal["F", "M"]

_ADULT_YEARS: Final = 18
_SHORT_S: Final = (240.0, 360.0)
_LONG_S: Final = 18 * 3600.0

TASK_FORCE: Final = "Task Force 1996, 24 h"
NUNAN: Final = "Nunan 2010, 5 min at rest"
UMETANI: Final = "Umetani 1998, 24 h"
VOSS: Final = "Voss 2015, 5 min lying"
AESCHBACHER: Final = "Aeschbacher in Shaffer 2017, 24 h"

_ADULTS: Final = "adults of both sexes"
_SEXES: Final[Mapping[Sex, str]] = {"F": "women", "M": "men"}


@dataclass(frozen=True)
class Reference:
    """What healthy people have.

    Attributes
    ----------
    mean, sd : float or None
        Mean and standard deviation; None where the source gives a range.
    low, high : float or None
        Range of 95 % of the people; None where the source gives mean and standard deviation.
    group : str
        Who they are: ``women, 35 to 44 years``.
    source : str
        First author, year, and the conditions.
    """

    mean: float | None
    sd: float | None
    group: str
    source: str
    low: float | None = None
    high: float | None = None


_Figures = Mapping[str, tuple[float, float]]

_NUNAN: Final[_Figures] = {
    "mean_nn_ms": (926, 90),
    "sdnn_ms": (50, 16),
    "rmssd_ms": (42, 15),
    "lf_ms2": (519, 291),
    "hf_ms2": (657, 777),
    "lf_nu": (52, 10),
    "hf_nu": (40, 10),
    "lf_hf": (2.8, 2.6),
}
_VOSS_DECADES: Final[Mapping[Sex, Mapping[range, _Figures]]] = {
    "F": {
        range(25, 35): {"sdnn_ms": (48.7, 19.0), "rmssd_ms": (42.9, 22.8)},
        range(35, 45): {"sdnn_ms": (45.4, 20.5), "rmssd_ms": (35.4, 18.5)},
        range(45, 55): {"sdnn_ms": (36.9, 13.8), "rmssd_ms": (26.3, 13.6)},
        range(55, 65): {"sdnn_ms": (30.6, 12.4), "rmssd_ms": (21.4, 11.9)},
        range(65, 75): {"sdnn_ms": (27.8, 11.8), "rmssd_ms": (19.1, 11.8)},
    },
    "M": {
        range(25, 35): {"sdnn_ms": (50.0, 20.9), "rmssd_ms": (39.7, 19.9)},
        range(35, 45): {"sdnn_ms": (44.6, 16.8), "rmssd_ms": (32.0, 16.5)},
        range(45, 55): {"sdnn_ms": (36.8, 14.6), "rmssd_ms": (23.0, 10.9)},
        range(55, 65): {"sdnn_ms": (32.8, 14.7), "rmssd_ms": (19.9, 11.1)},
        range(65, 75): {"sdnn_ms": (29.6, 13.2), "rmssd_ms": (19.1, 10.7)},
    },
}
_VOSS_HALVES: Final[Mapping[Sex, Mapping[range, _Figures]]] = {
    "F": {
        range(25, 50): {"mean_nn_ms": (901, 117), "lf_hf": (2.75, 2.93), "dfa_alpha1": (0.92, 0.23)},
        range(50, 75): {"mean_nn_ms": (880, 115), "lf_hf": (2.09, 2.05), "dfa_alpha1": (1.06, 0.24)},
    },
    "M": {
        range(25, 50): {"mean_nn_ms": (930, 133), "lf_hf": (3.33, 3.47), "dfa_alpha1": (0.98, 0.22)},
        range(50, 75): {"mean_nn_ms": (911, 128), "lf_hf": (4.29, 4.06), "dfa_alpha1": (1.13, 0.23)},
    },
}
_AESCHBACHER: Final[Mapping[Sex, Mapping[range, _Figures]]] = {
    "F": {range(25, 42): {"sdnn_ms": (147, 36)}},
    "M": {range(25, 42): {"sdnn_ms": (160, 40)}},
}
_TASK_FORCE: Final[_Figures] = {
    "sdnn_ms": (141, 39),
    "sdann_ms": (127, 35),
    "rmssd_ms": (27, 12),
    "triangular_index": (37, 15),
}
_UMETANI_SDNN: Final[Mapping[range, tuple[float, float]]] = {
    range(20, 30): (93, 257),
    range(40, 50): (79, 219),
    range(60, 70): (68, 186),
    range(90, 100): (53, 147),
}


def references(length_s: float, age_years: float | None, sex: Sex | None = None) -> Mapping[str, Reference]:
    """Return the published values to compare a span's measures with: of the narrowest group that is known.

    Parameters
    ----------
    length_s : float
        Length of the span: about five minutes, or 18 h and more; there are no values for others.
    age_years : float or None
        Age of the person; without it, and below 18 years, there are none.
    sex : {"F", "M"} or None
        Of the person. Without it the values are of both sexes together.

    Returns
    -------
    mapping of str to Reference
        By measure.
    """
    if age_years is None or age_years < _ADULT_YEARS:
        return {}
    if _SHORT_S[0] <= length_s <= _SHORT_S[1]:
        found = {name: Reference(*values, _ADULTS, NUNAN) for name, values in _NUNAN.items()}
        if sex is not None:
            found |= _of_age(_VOSS_HALVES[sex], age_years, sex, VOSS)
            found |= _of_age(_VOSS_DECADES[sex], age_years, sex, VOSS)
        return found
    if length_s < _LONG_S:
        return {}
    found = {name: Reference(*values, _ADULTS, TASK_FORCE) for name, values in _TASK_FORCE.items()}
    for years, (low, high) in _UMETANI_SDNN.items():
        if int(age_years) in years:
            group = f"both sexes, {years.start} to {years.stop - 1} years"
            found["sdnn_ms"] = Reference(None, None, group, UMETANI, low, high)
    if sex is not None:
        found |= _of_age(_AESCHBACHER[sex], age_years, sex, AESCHBACHER)
    return found


def _of_age(figures: Mapping[range, _Figures], age_years: float, sex: Sex, source: str) -> dict[str, Reference]:
    return {
        name: Reference(*values, f"{_SEXES[sex]}, {years.start} to {years.stop - 1} years", source)
        for years, named in figures.items()
        if int(age_years) in years
        for name, values in named.items()
    }
