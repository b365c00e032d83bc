"""Behaviour of a beat classifier on synthetic recordings with exact truth: what must hold whatever it learnt from.

Scores on databases hide whole recordings that flip. A steady sinus rhythm is N at any rate, and a premature beat is
found in bigeminy as well as alone. Each case is one recording; beats are detected, and every result is that of the
whole analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import analyse
from ecg_core.arrays import Float64Array
from ecg_core.beats import to_aami
from ecg_core.classification.loading import Classifier
from ecg_core.evaluation.matching import match_beats, window_samples
from ecg_core.synthesis.beat_lists import draw_beats

DURATION_S: Final = 900.0
LEAST_RIGHT: Final = 0.98
"""Share of the beats, and of the ectopic beats, that must be right in a rhythm with ectopic beats."""

_ATRIAL: Final = ("AFIB", "AFL", "SVTA")
_ATRIAL_COUPLING, _VENTRICULAR_COUPLING = 0.72, 0.62


@dataclass(frozen=True)
class Case:
    """A rhythm to be drawn.

    Attributes
    ----------
    name : str
    group : str
        ``sinus``, ``ectopy`` or ``fibrillation``.
    time_s : ndarray of float64, shape (beats,)
    symbol : ndarray of str, shape (beats,)
    fibrillation_s : tuple of (float, float)
        Spans of atrial fibrillation.
    """

    name: str
    group: str
    time_s: Float64Array
    symbol: npt.NDArray[np.str_]
    fibrillation_s: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an analysis made of a case.

    Attributes
    ----------
    name, group : str
    beats, right : int
        True beats, and how many of them were found with their class.
    ectopic, ectopic_right : int
        The same of S and V.
    false_s : int
        Beats called S that are not.
    atrial_s : float
        Seconds of the recording in episodes of fibrillation, flutter or supraventricular tachycardia.
    fibrillation_found : float or None
        Share of the true fibrillation within such an episode of fibrillation; None where there is none.
    passed : bool
    """

    name: str
    group: str
    beats: int
    right: int
    ectopic: int
    ectopic_right: int
    false_s: int
    atrial_s: float
    fibrillation_found: float | None
    passed: bool


def cases() -> dict[str, Case]:
    """Return every case by name; the same ones at every call."""
    return {case.name: case for case in (*_sinus_cases(), *_ectopy_cases(), *_fibrillation_cases())}


def run_case(case: Case, model: Classifier) -> Outcome:
    """Analyse a case and compare it with its truth.

    Parameters
    ----------
    case : Case
        The rhythm.
    model : Classifier
        The model that names the beats.

    Returns
    -------
    Outcome
    """
    p_weight = np.ones(len(case.time_s))
    for start_s, stop_s in case.fibrillation_s:
        p_weight[(case.time_s >= start_s) & (case.time_s <= stop_s)] = 0
    recording, sample = draw_beats(
        case.time_s, case.symbol, DURATION_S, p_weight=p_weight, fibrillation_s=case.fibrillation_s
    )
    truth = to_aami(case.symbol)[: len(sample)]
    found = analyse(recording, model, group=False, cache=False)
    label = found.beats["label"].to_numpy(dtype=str)
    pairs = match_beats(sample, found.beats["sample"].to_numpy(), window_samples(recording.fs_hz))
    said = np.full(len(sample), "-", dtype="<U1")
    said[pairs.reference] = label[pairs.test]
    right, ectopic = said == truth, truth != "N"
    fs_hz = recording.fs_hz
    episodes = found.episodes[found.episodes["kind"].isin(_ATRIAL)]
    kinds, starts, stops = (episodes[name].tolist() for name in ("kind", "start_sample", "stop_sample"))
    spans = [
        (str(kind), float(start) / fs_hz, float(stop) / fs_hz)
        for kind, start, stop in zip(kinds, starts, stops, strict=True)
    ]
    atrial_s = sum(stop - start for _, start, stop in spans)
    inside = None
    if case.fibrillation_s:
        wanted = sum(stop - start for start, stop in case.fibrillation_s)
        shared = sum(
            max(0.0, min(stop, last) - max(start, first))
            for kind, start, stop in spans
            for first, last in case.fibrillation_s
            if kind == "AFIB"
        )
        inside = shared / wanted
    false_s = int((label == "S").sum() - (right & (truth == "S")).sum())
    passed = _passed(case, right, ectopic, false_s, atrial_s, inside)
    return Outcome(
        case.name,
        case.group,
        len(truth),
        int(right.sum()),
        int(ectopic.sum()),
        int((right & ectopic).sum()),
        false_s,
        atrial_s,
        inside,
        passed,
    )


def behaviour_text(outcomes: list[Outcome]) -> str:
    """Return a table of outcomes, with a count of those that passed."""
    lines = [
        f"{'case':34s} {'beats':>6s} {'right':>7s} {'ectopic':>8s} {'false S':>8s} {'AF, SVT s':>10s} {'AF found':>9s}"
    ]
    for one in outcomes:
        ectopic = f"{one.ectopic_right}/{one.ectopic}" if one.ectopic else "-"
        af = "-" if one.fibrillation_found is None else f"{100 * one.fibrillation_found:.0f} %"
        lines.append(
            f"{one.name:34s} {one.beats:6d} {100 * one.right / max(one.beats, 1):6.1f}% {ectopic:>8s} {one.false_s:8d} "
            f"{one.atrial_s:10.0f} {af:>9s}  {'passed' if one.passed else 'FAILED'}"
        )
    lines.append(f"{sum(one.passed for one in outcomes)} of {len(outcomes)} passed")
    return "\n".join(lines)


def behaviour_figures(outcomes: list[Outcome]) -> dict[str, Any]:
    """Return outcomes as plain values for a card."""
    return {
        "passed": sum(one.passed for one in outcomes),
        "cases": len(outcomes),
        "failed": [one.name for one in outcomes if not one.passed],
        "false_s_in_sinus": sum(one.false_s for one in outcomes if one.group == "sinus"),
        "ectopic": sum(one.ectopic for one in outcomes),
        "ectopic_right": sum(one.ectopic_right for one in outcomes),
    }


def _passed(
    case: Case,
    right: npt.NDArray[np.bool_],
    ectopic: npt.NDArray[np.bool_],
    false_s: int,
    atrial_s: float,
    fibrillation_found: float | None,
) -> bool:
    if case.group == "sinus":
        return bool(false_s == 0 and atrial_s == 0 and right.mean() >= LEAST_RIGHT)
    if case.group == "fibrillation":
        return bool((fibrillation_found or 0) >= 0.8 and right.mean() >= LEAST_RIGHT)
    return bool(right.mean() >= LEAST_RIGHT and right[ectopic].mean() >= LEAST_RIGHT)


def _sinus_cases() -> Iterator[Case]:
    for rate in range(40, 181, 10):
        yield _of_intervals(f"steady sinus {rate}/min", partial(_ramp, rates=(rate, rate)), seed=rate)
    for name, rates in (
        ("ramp 70 to 150", (70, 150)),
        ("ramp 150 to 70", (150, 70)),
        ("exercise 70 to 150 to 70", (70, 150, 70)),
    ):
        yield _of_intervals(name, partial(_ramp, rates=rates), seed=len(name))
    for rate, depth in ((55, 0.15), (70, 0.10), (90, 0.06)):
        name = f"respiratory arrhythmia {rate}/min"
        yield _of_intervals(name, partial(_breathing, rate=rate, depth=depth), seed=rate + 1)


def _ramp(at_s: float, rates: tuple[float, ...]) -> float:
    return 60 / float(np.interp(at_s, np.linspace(0, DURATION_S, len(rates)), rates))


def _breathing(at_s: float, rate: float, depth: float) -> float:
    return 60 / rate * (1 + depth * float(np.sin(2 * np.pi * 0.25 * at_s)))


def _of_intervals(name: str, rr_s: Callable[[float], float], seed: int) -> Case:
    rng = np.random.default_rng(seed)
    times = [0.7]
    while times[-1] < DURATION_S - 1.5:
        times.append(times[-1] + rr_s(times[-1]) * (1 + 0.008 * rng.standard_normal()))
    return Case(name, "sinus", np.array(times), np.full(len(times), "N"))


def _ectopy_cases() -> Iterator[Case]:
    for rate in (50, 70, 100):
        for letter, name in (("A", "atrial"), ("V", "ventricular")):
            for pattern, period in (("bigeminy", 2), ("trigeminy", 3)):
                yield _ectopic(f"{name} {pattern} {rate}/min", letter, rate, partial(_cycle, period))
            yield _ectopic(f"isolated {name} {rate}/min", letter, rate, _isolated)
            yield _ectopic(f"{name} runs of 3 to 40 {rate}/min", letter, rate, _run)


def _cycle(period: int, _: np.random.Generator) -> tuple[int, int]:
    return 1, period - 2


def _isolated(rng: np.random.Generator) -> tuple[int, int]:
    return 1, int(rng.integers(8, 30))


def _run(rng: np.random.Generator) -> tuple[int, int]:
    return int(np.exp(rng.uniform(np.log(3), np.log(41)))), int(rng.integers(15, 50))


def _ectopic(name: str, letter: str, rate: int, draw: Callable[[np.random.Generator], tuple[int, int]]) -> Case:
    """Place groups of ectopic beats into a sinus rhythm; `draw` gives how many, and the sinus beats after them."""
    rng = np.random.default_rng(rate)
    coupling = _ATRIAL_COUPLING if letter == "A" else _VENTRICULAR_COUPLING
    times, symbols = [0.7], ["N"]

    def add(rr_s: float, symbol: str) -> None:
        times.append(times[-1] + max(rr_s, 0.3))
        symbols.append(symbol)

    def sinus_s() -> float:
        return float(60 / rate * (1 + 0.01 * rng.standard_normal()))

    for _ in range(20):
        add(sinus_s(), "N")
    while times[-1] < DURATION_S:
        count, between = draw(rng)
        early_s = coupling * sinus_s() * (1 + 0.01 * rng.standard_normal())
        add(early_s, letter)
        for _ in range(count - 1):
            add(min(0.36, 0.7 * 60 / rate) * (1 + 0.015 * rng.standard_normal()), letter)
        add(2 * sinus_s() - early_s if letter == "V" and count == 1 else 1.1 * sinus_s(), "N")
        for _ in range(between):
            add(sinus_s(), "N")
    kept = np.array(times) < DURATION_S - 1
    return Case(name, "ectopy", np.array(times)[kept], np.array(symbols)[kept])


def _fibrillation_cases() -> Iterator[Case]:
    for rate, length_s in ((70, 60.0), (70, 120.0), (60, 30.0)):
        rng = np.random.default_rng(int(length_s))
        times, spans, start_s = [0.7], [], None
        while times[-1] < DURATION_S - 3:
            inside = any(first <= times[-1] < first + length_s for first in (200.0, 500.0))
            if inside and start_s is None:
                start_s = times[-1]
            if not inside and start_s is not None:
                spans.append((start_s, times[-1]))
                start_s = None
            rr_s = max(0.55 * rng.gamma(18) / 18, 0.32) if inside else 60 / rate * (1 + 0.01 * rng.standard_normal())
            times.append(times[-1] + rr_s)
        yield Case(
            f"fibrillation of {length_s:.0f} s", "fibrillation", np.array(times), np.full(len(times), "N"), tuple(spans)
        )
