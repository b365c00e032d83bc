"""Conditions of the 12-lead ECG as tracings: conduction, infarction, repolarisation, hypertrophy, pacing.

A condition is data: other waves (direction, width, place) and a timing of atria and ventricles. Amplitudes are our own,
chosen to fulfil the criteria of the AHA/ACCF/HRS recommendations for the standardisation and interpretation of the ECG
(Surawicz 2009, doi:10.1161/CIRCULATIONAHA.108.191095; Hancock 2009, doi:10.1161/CIRCULATIONAHA.108.191097; Wagner 2009,
doi:10.1161/CIRCULATIONAHA.108.191098).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from ecg_core.arrays import Float64Array
from ecg_core.synthesis.morphology import FIBRILLATION_DIRECTION, FLUTTER_DIRECTION, lead_vectors
from ecg_core.synthesis.tracing import TWELVE_LEADS, Complex, Drawing, Event, Tracing, WaveShape

Atria = Literal["sinus", "fibrillation", "flutter"]
Conduction = Literal["1:1", "wenckebach", "mobitz", "2:1", "complete"]

P_SINUS: Final = WaveShape(((-0.013, 0.017, (0.025, 0.08, -0.06)), (0.013, 0.018, (0.07, 0.07, 0.05))))
QRS_NORMAL: Final = WaveShape(
    (
        (-0.026, 0.007, (-0.12, -0.05, -0.20)),
        (0.0, 0.0105, (1.10, 0.95, 0.35)),
        (0.022, 0.009, (-0.18, -0.16, 0.42)),
    )
)
T_NORMAL: Final = WaveShape(((0.225, 0.048, (0.10, 0.085, -0.05)), (0.285, 0.032, (0.20, 0.17, -0.12))))
T_DISCORDANT: Final = WaveShape(((0.25, 0.055, (-0.20, -0.12, -0.24)), (0.31, 0.036, (-0.14, -0.08, -0.16))))

NORMAL: Final = Complex(QRS_NORMAL, T_NORMAL)
RBBB: Final = Complex(
    WaveShape(
        (*QRS_NORMAL.components[:2], (0.026, 0.012, (-0.10, -0.16, 0.15)), (0.068, 0.016, (-0.45, -0.05, -0.60)))
    ),
    WaveShape(((0.25, 0.048, (0.14, 0.09, 0.10)), (0.31, 0.034, (0.20, 0.14, 0.16)))),
)
INCOMPLETE_RBBB: Final = Complex(
    WaveShape(
        (*QRS_NORMAL.components[:2], (0.024, 0.009, (-0.10, -0.12, 0.20)), (0.048, 0.009, (-0.25, -0.05, -0.45)))
    ),
    T_NORMAL,
)
LBBB: Final = Complex(
    WaveShape(
        ((-0.028, 0.018, (0.45, 0.25, 0.60)), (0.018, 0.022, (0.85, 0.10, 0.85)), (0.062, 0.016, (0.45, -0.05, 0.45)))
    ),
    T_DISCORDANT,
)
LEFT_ANTERIOR_FASCICULAR: Final = Complex(
    WaveShape(
        (
            (-0.026, 0.008, (-0.18, 0.22, -0.20)),
            (0.0, 0.012, (1.05, -0.35, 0.35)),
            (0.026, 0.012, (0.10, -0.85, 0.40)),
        )
    ),
    T_NORMAL,
)
PRE_EXCITED: Final = Complex(
    WaveShape(((-0.056, 0.017, (0.28, 0.22, 0.02)), (-0.03, 0.016, (0.30, 0.25, -0.05)), *QRS_NORMAL.components[1:])),
    WaveShape(((0.225, 0.048, (-0.05, -0.05, -0.05)), (0.285, 0.032, (-0.08, -0.07, -0.08)))),
)
LVH: Final = Complex(
    QRS_NORMAL.scaled(1.0, 1.12).turned(np.diag([2.2, 1.1, 2.4])),
    WaveShape(((0.225, 0.05, (-0.16, -0.05, 0.06)), (0.285, 0.034, (-0.20, -0.06, 0.08)))),
    st=(-0.12, -0.05, 0.05),
)
RVH: Final = Complex(
    WaveShape(((-0.01, 0.011, (0.25, 0.45, -0.75)), (0.02, 0.012, (-0.95, 0.45, -0.55)))),
    WaveShape(((0.225, 0.048, (0.15, 0.02, 0.10)), (0.285, 0.032, (0.20, 0.05, 0.16)))),
)
VENTRICULAR: Final = Complex(
    WaveShape(
        ((-0.04, 0.014, (0.10, 0.40, 0.02)), (0.0, 0.021, (1.05, 1.50, 1.00)), (0.045, 0.016, (0.35, 0.45, 0.45)))
    ),
    WaveShape(((0.205, 0.06, (-0.22, -0.26, -0.20)), (0.292, 0.042, (-0.18, -0.24, -0.16)))),
    symbol="V",
)
VENTRICULAR_APICAL: Final = Complex(
    WaveShape(
        ((-0.04, 0.013, (0.25, 0.12, -0.35)), (0.0, 0.022, (-1.0, -1.35, -0.8)), (0.048, 0.018, (-0.25, -0.45, 0.25)))
    ),
    WaveShape(((0.21, 0.06, (0.20, 0.26, 0.14)), (0.296, 0.042, (0.16, 0.24, 0.12)))),
    symbol="V",
)
PACED: Final = Complex(
    WaveShape(
        ((-0.03, 0.018, (0.25, -0.55, 0.45)), (0.02, 0.024, (0.60, -1.05, 0.80)), (0.06, 0.016, (0.25, -0.40, 0.35)))
    ),
    WaveShape(((0.25, 0.06, (-0.20, 0.22, -0.20)), (0.32, 0.042, (-0.14, 0.16, -0.14)))),
    symbol="/",
)
SPIKE: Final = (0.9, -1.4, 0.4)

ST_ELEVATION: Final = MappingProxyType(
    {
        "inferior": (-0.06, 0.26, 0.02),
        "anterior": (0.06, -0.02, -0.24),
        "lateral": (0.34, -0.12, 0.02),
        "posterior": (0.03, 0.03, 0.22),
    }
)
"""Dipoles of the ST segment in mV of acute infarction by territory; opposite leads show reciprocal depression."""

OLD_Q: Final = MappingProxyType({"inferior": (0.02, -0.60, 0.05), "anterior": (-0.05, 0.0, 0.55)})
"""Dipoles of the first 40 ms of the QRS complex, without the forces of infarcted muscle."""


@dataclass(frozen=True)
class Condition:
    """What a tracing shows.

    Attributes
    ----------
    name, description : str
    beat : Complex
        Of conducted beats.
    p : WaveShape
    rate_bpm : float
        Of the atria; of the ventricles in fibrillation.
    pr_s : float
        From the onset of P to that of the QRS complex.
    atria : {"sinus", "fibrillation", "flutter"}
    conduction : {"1:1", "wenckebach", "mobitz", "2:1", "complete"}
        From atria to ventricles.
    escape : Complex
        Beats of the ventricles in complete block.
    escape_bpm : float
    qt_scale : float
        Factor on the length of repolarisation.
    paced : {"", "V", "A", "D"}
        Chambers that are paced.
    """

    name: str
    description: str
    beat: Complex = NORMAL
    p: WaveShape = P_SINUS
    rate_bpm: float = 70.0
    pr_s: float = 0.16
    atria: Atria = "sinus"
    conduction: Conduction = "1:1"
    escape: Complex = NORMAL
    escape_bpm: float = 38.0
    qt_scale: float = 1.0
    paced: Literal["", "V", "A", "D"] = ""


def _infarction(territory: str) -> Complex:
    st = ST_ELEVATION[territory]
    t = WaveShape(((0.235, 0.055, (st[0] * 1.3, st[1] * 1.3, st[2] * 1.3)), *T_NORMAL.components[1:]))
    return replace(NORMAL, st=st, t=t)


def _old_infarction(territory: str) -> Complex:
    initial = (-0.03, 0.013, OLD_Q[territory])
    return Complex(WaveShape((initial, *QRS_NORMAL.components[1:])), T_NORMAL)


_ALL: Final = (
    Condition("normal", "Sinus rhythm, normal ECG"),
    Condition("sinus_bradycardia", "Sinus bradycardia of 42 per minute", rate_bpm=42),
    Condition("sinus_tachycardia", "Sinus tachycardia of 150 per minute, P in T", rate_bpm=150, pr_s=0.13),
    Condition("avb1", "First-degree AV block, PR 280 ms", pr_s=0.28, rate_bpm=62),
    Condition("wenckebach", "Second-degree AV block type I", conduction="wenckebach", rate_bpm=78),
    Condition("mobitz", "Second-degree AV block type II", conduction="mobitz", rate_bpm=76, beat=RBBB),
    Condition("avb_2_1", "Second-degree AV block, 2:1", conduction="2:1", rate_bpm=84),
    Condition(
        "avb3_junctional",
        "Complete AV block, junctional escape of 42",
        conduction="complete",
        rate_bpm=84,
        escape_bpm=42,
    ),
    Condition(
        "avb3_ventricular",
        "Complete AV block, ventricular escape of 34",
        conduction="complete",
        rate_bpm=88,
        escape=replace(VENTRICULAR_APICAL, symbol="E"),
        escape_bpm=34,
    ),
    Condition("rbbb", "Right bundle branch block", beat=RBBB),
    Condition("incomplete_rbbb", "Incomplete right bundle branch block", beat=INCOMPLETE_RBBB),
    Condition("lbbb", "Left bundle branch block", beat=LBBB),
    Condition("lafb", "Left anterior fascicular block", beat=LEFT_ANTERIOR_FASCICULAR),
    Condition("wpw", "Pre-excitation: short PR, delta wave", beat=PRE_EXCITED, pr_s=0.09),
    Condition("flutter", "Atrial flutter, 4:1", atria="flutter", rate_bpm=75),
    Condition("afib", "Atrial fibrillation", atria="fibrillation", rate_bpm=92),
    *(
        Condition(f"stemi_{one}", f"Acute {one} infarction with ST elevation", beat=_infarction(one), rate_bpm=78)
        for one in ("inferior", "anterior", "lateral", "posterior")
    ),
    *(
        Condition(f"old_{one}", f"Old {one} infarction with Q waves", beat=_old_infarction(one))
        for one in ("inferior", "anterior")
    ),
    Condition(
        "st_depression", "Subendocardial ischaemia: ST depression", beat=replace(NORMAL, st=(-0.14, -0.10, 0.02))
    ),
    Condition("t_inversion", "Inverted T waves", beat=replace(NORMAL, t=T_NORMAL.scaled(-0.9))),
    Condition("hyperacute_t", "Tall T waves", beat=replace(NORMAL, t=T_NORMAL.scaled(3.0))),
    Condition("long_qt", "Long QT", qt_scale=1.38, rate_bpm=66),
    Condition("short_qt", "Short QT", qt_scale=0.78, rate_bpm=66),
    Condition("lvh", "Left ventricular hypertrophy with strain", beat=LVH),
    Condition("rvh", "Right ventricular hypertrophy", beat=RVH),
    Condition("low_voltage", "Low voltage", beat=replace(NORMAL, qrs=QRS_NORMAL.scaled(0.28), t=T_NORMAL.scaled(0.5))),
    Condition("paced_ventricular", "Ventricular pacing", beat=PACED, paced="V", rate_bpm=60),
    Condition("paced_atrial", "Atrial pacing", paced="A", rate_bpm=70, pr_s=0.2),
    Condition("paced_dual", "Dual-chamber pacing", beat=PACED, paced="D", rate_bpm=65, pr_s=0.17),
)
CONDITIONS: Final = MappingProxyType({one.name: one for one in _ALL})


def tracing_of(
    condition: Condition,
    *,
    fs_hz: float = 500.0,
    duration_s: float = 10.0,
    lead_names: tuple[str, ...] | None = None,
    seed: int = 1,
) -> Tracing:
    """Draw a condition without noise.

    Parameters
    ----------
    condition : Condition
        What it shows.
    fs_hz, duration_s : float
        Sampling rate in Hz, and length.
    lead_names : tuple of str, optional
        The standard twelve by default.
    seed : int
        Of fibrillation's intervals and the first beat's place.

    Returns
    -------
    Tracing
    """
    rng = np.random.default_rng(seed)
    drawing = Drawing(fs_hz, duration_s, lead_names or TWELVE_LEADS)
    return drawing.draw(list(events_of(condition, duration_s, rng)), atrial_waves(condition, drawing, rng))


def events_of(condition: Condition, duration_s: float, rng: np.random.Generator) -> Iterator[Event]:
    """Yield the waves of a condition, in no order.

    Parameters
    ----------
    condition : Condition
        What is shown.
    duration_s : float
        Length in s.
    rng : numpy.random.Generator
        Of the first beat's place and of fibrillation's intervals.

    Yields
    ------
    Event
    """
    beat = replace(condition.beat, t=condition.beat.t.scaled(stretch=condition.qt_scale))
    rr_s = 60 / condition.rate_bpm
    end_s = duration_s + 1.5
    if condition.atria != "sinus":
        at = float(rng.uniform(0.1, 0.5))
        while at < end_s:
            yield Event(at, beat=beat, rr_s=rr_s)
            fibrillating = condition.atria == "fibrillation"
            at += max(rr_s * float(rng.gamma(20) / 20), 0.34) if fibrillating else rr_s
        return
    p_lead_in_s, lead_in_s = (_lead_in(Event(1.0, p=condition.p)), _lead_in(Event(1.0, beat=beat)))
    pq_s = condition.pr_s - p_lead_in_s + lead_in_s
    first = float(rng.uniform(0.05, 0.4))
    p_times = np.arange(first - rr_s, end_s, rr_s).tolist()
    for number, at in enumerate(p_times):
        spike = SPIKE if condition.paced in {"A", "D"} else None
        if spike is not None:
            yield Event(at - p_lead_in_s - 0.02, spike=(0.3, -0.4, 0.1))
        if condition.paced != "V":
            yield Event(at, p=condition.p)
        delay = _delay(condition.conduction, number, pq_s)
        if delay is None:
            continue
        if condition.paced in {"V", "D"}:
            yield Event(at + delay - lead_in_s - 0.015, spike=SPIKE)
        yield Event(at + delay, beat=beat, rr_s=rr_s * (2 if condition.conduction == "2:1" else 1))
    if condition.conduction == "complete":
        escape_s = 60 / condition.escape_bpm
        for at in np.arange(first + 0.11, end_s, escape_s).tolist():
            yield Event(at, beat=condition.escape, rr_s=min(escape_s, 1.3))


def _delay(conduction: Conduction, number: int, pq_s: float) -> float | None:
    """Return the time from a P wave's place to its QRS complex; None where it is not conducted."""
    delays: dict[Conduction, Callable[[], float | None]] = {
        "1:1": lambda: pq_s,
        "wenckebach": lambda: (pq_s, pq_s + 0.10, pq_s + 0.15, None)[number % 4],
        "mobitz": lambda: None if number % 4 == 3 else pq_s,
        "2:1": lambda: None if number % 2 else pq_s,
        "complete": lambda: None,
    }
    return delays[conduction]()


def _lead_in(event: Event) -> float:
    """Return how long before its place a wave at 1 s begins in the twelve leads, in s."""
    waves = Drawing().draw([event]).waves
    onset = waves.common[0, 3] if event.beat is not None else np.nanmin(waves.other_p[0, :, 0])
    return 1.0 - float(onset) / 500.0


def atrial_waves(condition: Condition, drawing: Drawing, rng: np.random.Generator) -> Float64Array | None:
    """Return fibrillatory or flutter waves, shape (samples, leads), in mV; None in sinus rhythm.

    Parameters
    ----------
    condition : Condition
        What is shown.
    drawing : Drawing
        Rate, length and leads.
    rng : numpy.random.Generator
        Of fibrillation's rate and phase.

    Returns
    -------
    ndarray of float64 or None
    """
    if condition.atria == "sinus":
        return None
    time_s = np.arange(round(drawing.duration_s * drawing.fs_hz)) / drawing.fs_hz
    if condition.atria == "flutter":
        hz, direction = condition.rate_bpm * 4 / 60, FLUTTER_DIRECTION
        phase = 2 * np.pi * hz * time_s
    else:
        hz, direction = float(rng.uniform(5.2, 7.0)), FIBRILLATION_DIRECTION
        phase = 2 * np.pi * hz * time_s + np.cumsum(rng.normal(0, 0.06, len(time_s)))
    saw = np.sin(phase) + np.sin(2 * phase) / 2.5 + np.sin(3 * phase) / 5
    size = 0.7 * (1 + 0.3 * np.sin(2 * np.pi * 0.4 * time_s)) if condition.atria == "fibrillation" else 1.0
    return np.asarray((saw * size)[:, None] * (lead_vectors(drawing.lead_names) @ np.array(direction)))
