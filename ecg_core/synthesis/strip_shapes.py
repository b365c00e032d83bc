"""Named P waves and QRS complexes from which strips are built.

Amplitudes are our own, chosen to fulfil the criteria of the AHA/ACCF/HRS recommendations for the standardisation and
interpretation of the ECG (Surawicz 2009, doi:10.1161/CIRCULATIONAHA.108.191095; Hancock 2009,
doi:10.1161/CIRCULATIONAHA.108.191097; Wagner 2009, doi:10.1161/CIRCULATIONAHA.108.191098), and of the consensus papers
on the Brugada pattern (Bayés de Luna 2012, doi:10.1016/j.jelectrocard.2012.06.004) and on early repolarisation
(Macfarlane 2015, doi:10.1016/j.jacc.2015.05.033). One dipole cannot show what differs between neighbouring leads only:
the Brugada pattern reaches V3, and leads opposite to an infarction mirror it exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from ecg_core.synthesis.conditions import (
    CONDITIONS,
    INCOMPLETE_RBBB,
    LBBB,
    LEFT_ANTERIOR_FASCICULAR,
    LVH,
    NORMAL,
    P_SINUS,
    PACED,
    PRE_EXCITED,
    QRS_NORMAL,
    RBBB,
    RVH,
    ST_ELEVATION,
    T_NORMAL,
    VENTRICULAR,
    VENTRICULAR_APICAL,
)
from ecg_core.synthesis.tracing import Complex, Component, WaveShape

_Dipole = tuple[float, float, float]


def _t(early: _Dipole, late: _Dipole, centre_s: float = 0.285) -> WaveShape:
    return WaveShape(((centre_s - 0.06, 0.048, early), (centre_s, 0.032, late)))


def _turned(beat: Complex, degrees: float) -> Complex:
    """Turn a complex in the frontal plane, clockwise as the axis is counted."""
    angle = np.deg2rad(degrees)
    matrix = np.eye(3)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return replace(beat, qrs=beat.qrs.turned(matrix), t=beat.t.turned(matrix))


def _with_j_wave(beat: Complex, *components: Component) -> Complex:
    return replace(beat, other=WaveShape(components))


_RETROGRADE: Final = WaveShape(((-0.010, 0.014, (0.01, -0.10, -0.06)), (0.012, 0.015, (0.0, -0.06, -0.05))))

P_WAVES: Final[Mapping[str, WaveShape]] = MappingProxyType(
    {
        "sinus": P_SINUS,
        "low_atrial": WaveShape(((-0.011, 0.015, (0.02, -0.11, -0.05)), (0.011, 0.015, (0.03, -0.06, -0.02)))),
        "left_atrial": WaveShape(((-0.012, 0.016, (-0.07, 0.05, -0.09)), (0.012, 0.016, (-0.05, 0.04, -0.08)))),
        "high_atrial": WaveShape(((-0.010, 0.014, (0.03, 0.12, 0.02)), (0.010, 0.014, (0.05, 0.09, 0.03)))),
        "retrograde": _RETROGRADE,
        "left_enlarged": WaveShape(((-0.032, 0.018, (0.04, 0.09, -0.06)), (0.034, 0.021, (0.11, 0.08, 0.13)))),
        "right_enlarged": WaveShape(((-0.006, 0.017, (0.02, 0.20, -0.08)), (0.010, 0.017, (0.03, 0.12, 0.00)))),
        "flat": P_SINUS.scaled(0.4, 1.25),
        "pr_depression": WaveShape(
            (*P_SINUS.components, (0.075, 0.022, (-0.05, -0.055, 0.01)), (0.045, 0.02, (-0.03, -0.04, 0.0)))
        ),
    }
)
"""P waves by name."""

_LEFT_POSTERIOR_FASCICULAR: Final = Complex(
    WaveShape(
        (
            (-0.028, 0.008, (0.30, -0.28, -0.20)),
            (-0.002, 0.012, (-0.05, 1.05, 0.40)),
            (0.026, 0.011, (-0.75, 0.45, 0.75)),
        )
    ),
    T_NORMAL,
)
_RBBB_TERMINAL: Final = ((0.030, 0.012, (0.0, -0.10, 0.05)), (0.068, 0.016, (-0.45, -0.05, -0.60)))
_BIFASCICULAR: Final = Complex(
    WaveShape(
        (
            (-0.026, 0.008, (-0.18, 0.22, -0.20)),
            (0.0, 0.012, (1.05, -0.35, 0.35)),
            (0.024, 0.012, (0.15, -0.80, 0.20)),
            (0.070, 0.016, (-0.45, -0.12, -0.60)),
        )
    ),
    RBBB.t,
)
_RBBB_LPFB: Final = Complex(
    WaveShape((*_LEFT_POSTERIOR_FASCICULAR.qrs.components, (0.068, 0.016, (-0.45, 0.10, -0.60)))), RBBB.t
)


def _acute(st: _Dipole, t_gain: float = 1.3, beat: Complex = NORMAL) -> Complex:
    rising = (st[0] * t_gain, st[1] * t_gain, st[2] * t_gain)
    return replace(beat, st=st, t=WaveShape(((0.235, 0.055, rising), *T_NORMAL.components[1:])))


def _old(initial: _Dipole, t: WaveShape = T_NORMAL, st: _Dipole = (0.0, 0.0, 0.0)) -> Complex:
    return Complex(WaveShape(((-0.03, 0.013, initial), *QRS_NORMAL.components[1:])), t, st=st)


_T_ANTERIOR_INVERTED: Final = _t((0.06, 0.06, 0.16), (0.12, 0.10, 0.34))
_ST_INFERIOR_RV: Final = (-0.18, 0.30, -0.08)

_POLYMORPHIC: Final = Complex(
    WaveShape(((-0.05, 0.026, (0.10, 0.35, 0.10)), (0.01, 0.03, (0.45, 1.30, 0.55)))),
    WaveShape(((0.16, 0.045, (-0.20, -0.75, -0.30)),)),
    symbol="V",
)

_OUTFLOW: Final = replace(VENTRICULAR, symbol="V")

BEATS: Final[Mapping[str, Complex]] = MappingProxyType(
    {
        "normal": NORMAL,
        "rbbb": replace(RBBB, symbol="R"),
        "lbbb": replace(LBBB, symbol="L"),
        "incomplete_rbbb": INCOMPLETE_RBBB,
        "left_anterior_fascicular": LEFT_ANTERIOR_FASCICULAR,
        "left_posterior_fascicular": _LEFT_POSTERIOR_FASCICULAR,
        "bifascicular_left_anterior": replace(_BIFASCICULAR, symbol="R"),
        "bifascicular_left_posterior": replace(_RBBB_LPFB, symbol="R"),
        "pre_excited": PRE_EXCITED,
        "fully_pre_excited": replace(
            PRE_EXCITED,
            qrs=WaveShape(((-0.045, 0.022, (0.45, 0.40, -0.25)), (0.01, 0.026, (0.75, 0.75, -0.60)))),
            t=_t((-0.14, -0.12, 0.10), (-0.20, -0.18, 0.14)),
        ),
        "aberrant": replace(RBBB, symbol="a"),
        "left_ventricular_hypertrophy": replace(
            LVH, t=_t((-0.16, -0.05, -0.10), (-0.20, -0.06, -0.14)), st=(-0.12, -0.05, -0.05)
        ),
        "right_ventricular_hypertrophy": RVH,
        "low_voltage": CONDITIONS["low_voltage"].beat,
        "low_voltage_alternate": replace(
            CONDITIONS["low_voltage"].beat, qrs=_turned(NORMAL, -28.0).qrs.scaled(0.14), t=T_NORMAL.scaled(0.3)
        ),
        "stemi_anterior": _acute((0.10, -0.02, -0.26)),
        "stemi_inferior": _acute(ST_ELEVATION["inferior"]),
        "stemi_inferior_right_ventricular": _acute(_ST_INFERIOR_RV),
        "stemi_lateral": _acute(ST_ELEVATION["lateral"]),
        "stemi_posterior": Complex(
            WaveShape(
                (
                    (-0.026, 0.009, (-0.12, -0.05, -0.42)),
                    (0.0, 0.0115, (1.05, 0.92, -0.05)),
                    (0.022, 0.009, (-0.15, -0.14, 0.12)),
                )
            ),
            _t((0.06, 0.05, -0.12), (0.18, 0.15, -0.34)),
            st=(0.02, 0.03, 0.18),
        ),
        "hyperacute_anterior": replace(NORMAL, t=_t((0.18, 0.06, -0.25), (0.50, 0.20, -0.55))),
        "subacute_anterior": _old((-0.05, 0.0, 0.62), _T_ANTERIOR_INVERTED, st=(0.05, 0.0, -0.12)),
        "old_anterior": _old((-0.05, 0.0, 0.62)),
        "old_inferior": _old((0.02, -0.60, 0.05), _t((0.10, 0.02, -0.05), (0.20, -0.04, -0.12))),
        "old_lateral": _old((-0.65, 0.05, -0.10), _t((-0.02, 0.085, -0.05), (-0.06, 0.17, -0.12))),
        "deep_anterior_t": replace(NORMAL, t=_t((0.06, 0.06, 0.22), (0.10, 0.10, 0.50))),
        "st_depression": replace(NORMAL, st=(-0.20, -0.13, 0.05), t=T_NORMAL.scaled(0.55)),
        "tall_t": replace(
            NORMAL, t=WaveShape(((0.245, 0.034, (0.20, 0.17, -0.22)), (0.27, 0.024, (0.55, 0.45, -0.55))))
        ),
        "wide_hyperkalaemic": Complex(
            WaveShape(
                (
                    (-0.05, 0.028, (0.10, 0.10, -0.15)),
                    (0.01, 0.034, (0.75, 0.70, 0.30)),
                    (0.085, 0.030, (-0.45, -0.35, 0.35)),
                )
            ),
            WaveShape(((0.245, 0.055, (0.55, 0.45, -0.50)),)),
        ),
        "hypokalaemic": replace(
            NORMAL,
            t=T_NORMAL.scaled(0.28),
            st=(-0.06, -0.05, 0.04),
            other=WaveShape(((0.47, 0.045, (0.11, 0.07, -0.13)),)),
        ),
        "hypocalcaemic": replace(
            NORMAL, t=WaveShape(((0.345, 0.040, (0.10, 0.085, -0.05)), (0.40, 0.030, (0.2, 0.17, -0.12))))
        ),
        "hypercalcaemic": replace(
            NORMAL, t=WaveShape(((0.135, 0.034, (0.12, 0.10, -0.06)), (0.18, 0.030, (0.2, 0.17, -0.12))))
        ),
        "pericarditis": replace(NORMAL, st=(0.20, 0.13, -0.05), t=T_NORMAL.scaled(1.1)),
        "early_repolarisation": replace(
            _with_j_wave(NORMAL, (0.050, 0.009, (0.14, 0.09, -0.04))), st=(0.11, 0.05, -0.06), t=T_NORMAL.scaled(1.7)
        ),
        "brugada": replace(
            _with_j_wave(NORMAL, (0.075, 0.036, (-0.16, -0.03, -0.32))),
            st=(-0.02, 0.0, -0.05),
            t=_t((0.12, 0.09, 0.16), (0.20, 0.15, 0.26)),
        ),
        "osborn": replace(
            _with_j_wave(NORMAL, (0.072, 0.014, (0.40, 0.26, -0.14))), t=_t((-0.03, -0.03, 0.02), (0.14, 0.12, -0.08))
        ),
        "digitalis": replace(_with_j_wave(NORMAL, (0.12, 0.048, (-0.17, -0.11, 0.05))), t=T_NORMAL.scaled(0.45, 0.9)),
        "pulmonary_embolism": Complex(
            WaveShape(
                (
                    (-0.026, 0.009, (0.25, -0.34, -0.20)),
                    (0.0, 0.0105, (0.85, 0.80, 0.30)),
                    (0.030, 0.013, (-0.80, 0.12, -0.28)),
                )
            ),
            _t((0.10, -0.05, 0.12), (0.17, -0.07, 0.20)),
        ),
        "child": Complex(
            WaveShape(
                (
                    (-0.020, 0.006, (-0.20, -0.08, -0.45)),
                    (0.0, 0.008, (0.95, 1.05, 0.10)),
                    (0.016, 0.007, (-0.35, -0.10, 0.15)),
                )
            ),
            _t((0.10, 0.09, 0.10), (0.20, 0.17, 0.22)),
        ),
        "newborn": _turned(
            Complex(
                WaveShape(((-0.010, 0.009, (0.20, 0.35, -0.75)), (0.015, 0.009, (-0.85, 0.45, -0.35)))),
                _t((0.12, 0.08, 0.08), (0.20, 0.12, 0.14)),
            ),
            0.0,
        ),
        "outflow_tract": _OUTFLOW,
        "left_apical": VENTRICULAR_APICAL,
        "polymorphic": _POLYMORPHIC,
        "ventricular_escape": replace(VENTRICULAR_APICAL, symbol="E"),
        "junctional_escape": replace(NORMAL, symbol="j"),
        "paced": PACED,
        "biventricular_paced": replace(
            PACED,
            qrs=WaveShape(((-0.03, 0.015, (-0.45, -0.25, -0.45)), (0.012, 0.018, (-0.55, -0.35, -0.55)))),
            t=_t((0.16, 0.14, 0.08), (0.20, 0.16, 0.10)),
        ),
        "fusion": Complex(
            WaveShape(
                ((-0.03, 0.012, (0.0, 0.15, -0.15)), (0.0, 0.015, (0.9, 1.1, 0.6)), (0.035, 0.013, (0.1, 0.2, 0.45)))
            ),
            _t((0.0, -0.02, -0.06), (0.04, 0.0, -0.06)),
            symbol="F",
        ),
    }
)
"""QRS complexes with their repolarisation, by name."""
