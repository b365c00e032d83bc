"""Beat schedule: from a script to the waves to draw and the rhythm changes to annotate.

The sinus node is a clock whose intervals follow :mod:`ecg_core.synthesis.modulation`. Ectopic beats act on it
as in the textbooks:

- a ventricular beat does not reach the sinus node: the sinus beat due next is blocked (its P wave is still
  drawn, hidden in the wide beat), and the one after comes on time, a full compensatory pause;
- an atrial beat resets the sinus node: the pause after it is less than compensatory;
- in atrial fibrillation intervals are drawn independently from a gamma distribution, and there is no P;
- in atrial flutter intervals are whole multiples of the atrial cycle, and its waves take the place of P;
- a fusion beat falls where the sinus beat was due.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.synthesis.modulation import Modulation
from ecg_core.synthesis.scenario import (
    Disturbance,
    Ectopy,
    Event,
    Passage,
    Pause,
    Scenario,
    expand,
    random_stream,
)

KINDS: Final = ("sinus", "atrial", "rvot", "apical", "p_wave")
"""What a drawn wave group can be; morphology has one template for each."""

SBR_BELOW_BPM = 50.0
AF_SHAPE = 20.0  # coefficient of variation 1/sqrt(20) = 0.22
MIN_AF_RR_S = 0.34
SETTLING_S = 7.0
FIRST_BEAT_S = 0.55
JITTERS = 6


@dataclass(frozen=True)
class Schedule:
    """Wave groups to draw, in order of time, and what is true about them.

    Attributes
    ----------
    time_s : ndarray of float, shape (groups,)
        Time of the dominant QRS deflection (of the P wave for ``p_wave``).
    kind : ndarray of int, shape (groups,)
        Index into `KINDS`.
    symbol : ndarray of str, shape (groups,)
        WFDB beat symbol; empty where the group is no beat of its own.
    rr_s : ndarray of float, shape (groups,)
        The interval that repolarisation has adapted to.
    weight, p_weight : ndarray of float, shape (groups,)
        Factors on all waves and on the P wave.
    jitter : ndarray of float, shape (groups, JITTERS)
        Standard normal draws for beat-to-beat variability.
    rhythms : list of (float, str)
        Time and WFDB name of each rhythm change.
    fibrillation_s : list of (float, float)
        Spans of atrial fibrillation.
    flutter_s : list of (float, float, float)
        Spans of atrial flutter, and its rate in waves a minute.
    disturbances : list of Disturbance
    """

    time_s: Float64Array
    kind: npt.NDArray[np.int64]
    symbol: npt.NDArray[np.str_]
    rr_s: Float64Array
    weight: Float64Array
    p_weight: Float64Array
    jitter: Float64Array
    rhythms: list[tuple[float, str]]
    fibrillation_s: list[tuple[float, float]]
    flutter_s: list[tuple[float, float, float]]
    disturbances: list[Disturbance]


@dataclass(frozen=True)
class _Group:
    time_s: float
    kind: str
    symbol: str
    rr_s: float
    weight: float = 1.0
    p_weight: float = 1.0


def make_schedule(scenario: Scenario, duration_s: float, seed: int) -> Schedule:
    """Work out every beat of a recording.

    Parameters
    ----------
    scenario : Scenario
        What the recording shows.
    duration_s : float
        Duration in s.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Schedule
        Includes the beats just past the end, whose P waves begin before it.
    """
    horizon_s = duration_s + 3.0
    events = expand(scenario, horizon_s, seed)
    conductor = _Conductor(scenario, seed, events)
    conductor.run_until(horizon_s)
    groups = sorted(conductor.groups, key=lambda group: group.time_s)
    groups = [group for group in groups if group.time_s < duration_s + 1.0]
    rng = random_stream(scenario, seed, "beats")
    return Schedule(
        time_s=np.array([group.time_s for group in groups]),
        kind=np.array([KINDS.index(group.kind) for group in groups], dtype=np.int64),
        symbol=np.array([group.symbol for group in groups], dtype="<U1"),
        rr_s=np.array([group.rr_s for group in groups]),
        weight=np.array([group.weight for group in groups]),
        p_weight=np.array([group.p_weight for group in groups]),
        jitter=rng.standard_normal((len(groups), JITTERS)),
        rhythms=[(time, name) for time, name in conductor.rhythms if time < duration_s],
        fibrillation_s=conductor.spans_of("AFIB", horizon_s),
        flutter_s=[(*span, conductor.flutter_rates[span[0]]) for span in conductor.spans_of("AFL", horizon_s)],
        disturbances=[event for event in events if isinstance(event, Disturbance)],
    )


class _Conductor:
    """Walks from one conducted beat to the next and lets the script's events interfere."""

    def __init__(self, scenario: Scenario, seed: int, events: list[Event]) -> None:
        self.groups: list[_Group] = []
        self.rhythms: list[tuple[float, str]] = []
        self._rng = random_stream(scenario, seed, "rhythm")
        self._modulation = Modulation(scenario, seed)
        self._base_bpm = scenario.rate_bpm
        self._passages: deque[Passage] = deque(event for event in events if isinstance(event, Passage))
        self._passage: Passage | None = None
        self._beats: deque[Ectopy | Pause] = deque(event for event in events if isinstance(event, Ectopy | Pause))
        self._rate_bpm = scenario.rate_bpm + self._modulation.circadian_bpm(0.0)
        self._memory_s = 60 / self._rate_bpm
        self._last_s = 0.0
        self._slow = False
        self._repeating = Ectopy(0.0)
        self._repeats_left = 0
        self._wait = 0
        self._n_conducted = 0
        self.flutter_rates: dict[float, float] = {}

    def run_until(self, horizon_s: float) -> None:
        now_s = FIRST_BEAT_S
        while now_s < horizon_s:
            self._enter_passage(now_s)
            self._beat(now_s)
            now_s = self._successor(now_s)

    def spans_of(self, rhythm: str, end_s: float) -> list[tuple[float, float]]:
        """Spans between the noted start of fibrillation or flutter and the next other rhythm of the atria."""
        spans: list[tuple[float, float]] = []
        start_s: float | None = None
        for time_s, name in self.rhythms:
            if name == rhythm and start_s is None:
                start_s = time_s
            elif start_s is not None and name in ("N", "SBR", "AFIB", "AFL") and name != rhythm:
                spans.append((start_s, time_s))
                start_s = None
        return spans if start_s is None else [*spans, (start_s, end_s)]

    @property
    def _fibrillating(self) -> bool:
        """Whether the atria fibrillate or flutter: there is no P wave."""
        return self._passage is not None and self._passage.rhythm != "sinus"

    def _enter_passage(self, now_s: float) -> None:
        if self._passage and now_s >= self._passage.at_s + self._passage.duration_s:
            self._passage = None
        while self._passages and self._passages[0].at_s <= now_s:
            self._passage = self._passages.popleft()

    def _beat(self, now_s: float) -> None:
        """Emit the conducted beat at `now_s` and note the rhythm it belongs to."""
        if self._passage and self._fibrillating:
            rhythm = "AFL" if self._passage.rhythm == "flutter" else "AFIB"
            self._emit(now_s, "sinus", "N", self._memory_s, rhythm=rhythm, p_weight=0.0)
            return
        # Hysteresis keeps a rate near the limit from changing the rhythm's name every few beats.
        self._slow = self._rate_bpm < SBR_BELOW_BPM + (2.0 if self._slow else 0.0)
        repeating = self._repeating.rhythm if self._repeats_left else None
        self._emit(now_s, "sinus", "N", self._memory_s, rhythm=repeating or ("SBR" if self._slow else "N"))

    def _successor(self, now_s: float) -> float:
        """Return when the next conducted beat comes, having emitted what comes before it."""
        rr_s = self._interval(now_s)
        event = self._due_event(now_s + rr_s)
        if event is None:
            return now_s + rr_s + self._conversion(now_s + rr_s)
        if isinstance(event, Pause):
            return now_s + max(event.duration_s, rr_s)
        if event.kind == "V":
            return self._ventricular(event, now_s, rr_s)
        if event.kind == "A":
            return self._atrial(event, now_s, rr_s)
        return self._fusion(now_s + rr_s)

    def _conversion(self, next_s: float) -> float:
        """Let fibrillation end if it is over at `next_s`: return how long the sinus node takes to wake."""
        if not (self._passage and self._fibrillating):
            return 0.0
        if next_s < self._passage.at_s + self._passage.duration_s:
            return 0.0
        self._rate_bpm = self._base_bpm + self._modulation.circadian_bpm(next_s)
        self._memory_s = 60 / self._rate_bpm
        return float(self._rng.uniform(0.5, 1.2))

    def _interval(self, now_s: float) -> float:
        """Draw the interval that follows a conducted beat."""
        target_bpm = self._base_bpm
        if self._passage and self._passage.rhythm == "flutter":
            conduction = self._passage.conduction
            rr_s = 60 / self._passage.rate_bpm * conduction[self._n_conducted % len(conduction)]
            self._n_conducted += 1
            self._memory_s += 0.15 * (rr_s - self._memory_s)
            return rr_s
        if self._passage:
            target_bpm = self._passage.rate_bpm * (1 + 0.02 * self._modulation.drift(now_s))
        if self._fibrillating:
            self._rate_bpm = target_bpm
            rr_s = max(60 / target_bpm * self._rng.gamma(AF_SHAPE) / AF_SHAPE, MIN_AF_RR_S)
        else:
            if self._passage is None:
                target_bpm += self._modulation.circadian_bpm(now_s)
            mean_s = 60 / self._rate_bpm
            self._rate_bpm += (target_bpm - self._rate_bpm) * (1 - np.exp(-mean_s / SETTLING_S))
            # Vagal tone, and with it variability, withdraws as the rate rises.
            depth = 0.035 * min(mean_s / 0.85, 1.15) ** 2
            rr_s = mean_s * (1 + depth * self._modulation.variability(now_s))
            rr_s *= 1 + 0.004 * self._rng.standard_normal()
        self._memory_s += 0.15 * (rr_s - self._memory_s)
        return float(rr_s)

    def _due_event(self, next_s: float) -> Ectopy | Pause | None:
        if self._fibrillating:
            self._repeats_left = 0
        if self._repeats_left:
            self._wait -= 1
            if self._wait > 0:
                return None
            self._repeats_left -= 1
            self._wait = self._repeating.gap
            return self._repeating
        if not self._beats or self._beats[0].at_s > next_s:
            return None
        event = self._beats.popleft()
        ventricular = isinstance(event, Ectopy) and event.kind == "V"
        if self._fibrillating and not ventricular:
            return None  # without P waves there is neither an atrial beat nor a sinus pause
        if isinstance(event, Ectopy):
            self._repeating = event
            self._repeats_left = event.repeat - 1
            self._wait = event.gap
        return event

    def _ventricular(self, event: Ectopy, now_s: float, rr_s: float) -> float:
        coupling_s = float(np.clip(0.56 * rr_s, 0.36, 0.56) + 0.008 * self._rng.standard_normal())
        coupling_s = min(coupling_s, 0.8 * rr_s)
        run = event.group >= 3
        named = None if self._fibrillating else event.rhythm
        at_s = now_s + coupling_s
        for index in range(event.group):
            basis_s = 0.36 if run else self._memory_s
            self._emit(at_s, event.focus, "V", basis_s, rhythm="VT" if run else named)
            if index < event.group - 1:
                at_s += (0.35 if run else 0.42) * (1 + 0.03 * self._rng.standard_normal())
        if self._fibrillating:
            return at_s + float(self._rng.uniform(0.75, 1.0))
        next_s = now_s + rr_s
        while next_s <= at_s + 0.6 * rr_s:
            self.groups.append(_Group(next_s - 0.155, "p_wave", "", rr_s))
            next_s += self._interval(next_s)
        return next_s

    def _atrial(self, event: Ectopy, now_s: float, rr_s: float) -> float:
        at_s = now_s + float(np.clip(0.6 * rr_s, 0.36, 0.75)) * (1 + 0.03 * self._rng.standard_normal())
        run = event.group >= 3
        for index in range(event.group):
            self._emit(at_s, "atrial", "A", 0.42 if run else self._memory_s, rhythm="SVTA" if run else None)
            if index < event.group - 1:
                at_s += 0.40 * (1 + 0.02 * self._rng.standard_normal())
        return at_s + rr_s * float(self._rng.uniform(1.04, 1.14))

    def _fusion(self, at_s: float) -> float:
        self._emit(at_s, "sinus", "F", self._memory_s, weight=0.5, p_weight=2.0)
        self.groups.append(_Group(at_s - 0.012, "rvot", "", self._memory_s, weight=0.55))
        return at_s + self._interval(at_s)

    def _emit(
        self,
        at_s: float,
        kind: str,
        symbol: str,
        rr_s: float,
        *,
        rhythm: str | None = None,
        weight: float = 1.0,
        p_weight: float = 1.0,
    ) -> None:
        if rhythm and (not self.rhythms or self.rhythms[-1][1] != rhythm):
            self.rhythms.append(((self._last_s + at_s) / 2, rhythm))
            if rhythm == "AFL" and self._passage:
                self.flutter_rates[self.rhythms[-1][0]] = self._passage.rate_bpm
        self.groups.append(_Group(at_s, kind, symbol, rr_s, weight, p_weight))
        self._last_s = at_s
