"""Synthetic examples for the delineation network: random hearts, conduction, rates and leads, with exact waves."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.synthesis.conditions import (
    CONDITIONS,
    P_SINUS,
    VENTRICULAR,
    VENTRICULAR_APICAL,
    Condition,
    atrial_waves,
    events_of,
)
from ecg_core.synthesis.tracing import Complex, Drawing, Event, Tracing, WaveShape
from ecg_core.training.wave_data import MASKED, WaveExample

DURATION_S: Final = 10.0
_EDGE_S: Final = 0.9
"""What precedes the first whole beat is masked: a wave of a beat outside may reach into it."""

_COMMON: Final = ("normal", "sinus_tachycardia", "avb1", "rbbb", "lbbb", "afib", "lvh", "t_inversion", "stemi_inferior")


def synthetic_examples(n_examples: int, seed: int) -> list[WaveExample]:
    """Draw random patients.

    Parameters
    ----------
    n_examples : int
        How many.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    list of WaveExample
    """
    rng = np.random.default_rng(seed)
    return [_example(random_tracing(rng), number) for number in range(n_examples)]


def random_tracing(rng: np.random.Generator) -> Tracing:
    """Draw a random heart in a random condition.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    Tracing
    """
    names = _COMMON if rng.random() < 0.5 else tuple(CONDITIONS)
    condition = CONDITIONS[str(rng.choice(names))]
    turn = _small_rotation(rng, 0.5)
    beat, p = _varied(condition.beat, rng, turn), _varied_p(condition.p, rng, turn)
    if condition.conduction == "complete" or condition.atria == "flutter":
        rate_bpm = condition.rate_bpm * float(np.exp(rng.normal(0, 0.1)))
    else:
        rate_bpm = float(np.exp(rng.uniform(np.log(38), np.log(190))))
        rate_bpm = min(rate_bpm, 120.0) if condition.conduction != "1:1" or condition.paced else rate_bpm
    rr_s = 60 / rate_bpm
    pr_s = condition.pr_s * float(np.exp(rng.normal(0, 0.18)))
    if rng.random() < 0.15:
        pr_s = float(rng.uniform(0.2, 0.4))
    drawn = replace(
        condition,
        beat=beat,
        p=p,
        escape=_varied(condition.escape, rng, turn),
        rate_bpm=rate_bpm,
        pr_s=float(np.clip(pr_s, 0.09, 0.75 * rr_s)),
        qt_scale=condition.qt_scale * float(np.exp(rng.normal(0, 0.07))),
    )
    drawing = Drawing(500.0, DURATION_S)
    events = list(events_of(drawn, DURATION_S, rng))
    events = _with_arrhythmia(events, drawn, rr_s, rng, turn)
    return drawing.draw(events, atrial_waves(drawn, drawing, rng))


def _with_arrhythmia(
    events: list[Event], condition: Condition, rr_s: float, rng: np.random.Generator, turn: Float64Array
) -> list[Event]:
    """Return the events with premature ventricular or atrial beats among them."""
    if condition.conduction == "complete" or rng.random() < 0.55:
        return events
    beats = sorted((event for event in events if event.beat is not None), key=lambda event: event.time_s)
    ventricular = [
        _varied(VENTRICULAR, rng, _small_rotation(rng, 1.5)),
        _varied(VENTRICULAR_APICAL, rng, _small_rotation(rng, 1.5)),
    ]
    atrial_p = _varied_p(P_SINUS, rng, _small_rotation(rng, 2.0))
    dropped: set[int] = set()
    added: list[Event] = []
    number = int(rng.integers(1, 4))
    while number < len(beats) - 1:
        at_s = beats[number].time_s + float(rng.uniform(0.5, 0.8)) * rr_s
        following = beats[number + 1]
        if rng.random() < 0.65 or condition.atria != "sinus":
            added.append(Event(at_s, beat=ventricular[int(rng.random() < 0.4)], rr_s=min(rr_s, 1.2)))
            dropped.add(id(following))
        else:
            added.append(Event(at_s, beat=following.beat, rr_s=0.7 * rr_s))
            added.append(Event(at_s - max(condition.pr_s - 0.02, 0.1), p=atrial_p))
            dropped.add(id(following))
            dropped |= {
                id(event)
                for event in events
                if event.p is not None and following.time_s - 0.6 < event.time_s < following.time_s
            }
        number += int(rng.integers(2, 6))
    return [event for event in events if id(event) not in dropped] + added


def _varied(beat: Complex, rng: np.random.Generator, turn: Float64Array) -> Complex:
    qrs = (
        _jittered(beat.qrs, rng, 0.12)
        .turned(turn)
        .scaled(float(np.exp(rng.normal(0, 0.3))), float(np.exp(rng.normal(0, 0.1))))
    )
    gain = float(np.exp(rng.normal(0, 0.4))) * (-1 if rng.random() < 0.1 else 1)
    t = _jittered(beat.t, rng, 0.12).turned(_small_rotation(rng, 0.5) @ turn).scaled(gain)
    if rng.random() < 0.06:
        t = _biphasic(t)
    st = np.array(beat.st) * float(np.exp(rng.normal(0, 0.4))) + rng.normal(0, 0.015, 3)
    return Complex(qrs, t, (float(st[0]), float(st[1]), float(st[2])), beat.symbol)


def _varied_p(p: WaveShape, rng: np.random.Generator, turn: Float64Array) -> WaveShape:
    apart = float(np.exp(rng.normal(0.1, 0.35)))
    spread = WaveShape(tuple((centre * apart, width, dipole) for centre, width, dipole in p.components))
    gain = float(np.exp(rng.normal(0, 0.4)))
    return _jittered(spread, rng, 0.15).turned(_small_rotation(rng, 0.4) @ turn).scaled(gain)


def _biphasic(t: WaveShape) -> WaveShape:
    (centre, width, dipole), *others = t.components
    return WaveShape(((centre - 0.02, width, (-dipole[0], -dipole[1], -dipole[2])), *others))


def _jittered(shape: WaveShape, rng: np.random.Generator, spread: float) -> WaveShape:
    return WaveShape(
        tuple(
            (
                centre * float(np.exp(rng.normal(0, spread / 2))),
                width * float(np.exp(rng.normal(0, spread))),
                tuple(
                    (
                        np.array(dipole) * np.exp(rng.normal(0, spread, 3))
                        + rng.normal(0, spread / 20, 3) * np.linalg.norm(dipole)
                    ).tolist()
                ),
            )
            for centre, width, dipole in shape.components
        )
    )


def _small_rotation(rng: np.random.Generator, spread_rad: float) -> Float64Array:
    """Return a rotation about a random axis."""
    axis = rng.standard_normal(3)
    axis /= np.linalg.norm(axis)
    angle = rng.normal(0, spread_rad)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _example(tracing: Tracing, number: int) -> WaveExample:
    n_samples, n_leads = tracing.signal_mv.shape
    target = np.zeros((n_samples, n_leads), dtype=np.uint8)
    waves = tracing.waves
    for lead in range(n_leads):
        for columns, code in ((slice(6, 9), 3), (slice(0, 3), 1)):
            _paint(target[:, lead], waves.boundary[:, lead, columns], code)
        _paint(target[:, lead], waves.other_p[:, lead], 1)
        _paint(target[:, lead], waves.boundary[:, lead, 3:6], 2)
    edge = round(_EDGE_S * tracing.fs_hz)
    target[:edge], target[-edge:] = MASKED, MASKED
    return WaveExample(
        f"synthetic/{number}", f"synthetic {number}", "synthetic", tracing.signal_mv, tracing.fs_hz, target
    )


def _paint(target: npt.NDArray[np.uint8], waves: Float64Array, code: int) -> None:
    for onset, _, end in waves[np.isfinite(waves).all(axis=1)]:
        target[max(round(onset), 0) : max(round(end) + 1, 0)] = code
