"""Expansion of strips: from a script to the waves to draw, and the rhythms that are true of them.

The sinus node is a clock that ventricular beats do not reset and atrial beats do. AV node and ventricles are refractory
for `REFRACTORY_S` after each QRS complex, and longer after a ventricular one: a P wave that would conduct within it is
not conducted, which makes compensatory pauses and interpolated beats come about by themselves. An escape beat or a
pacemaker's spike comes as soon as the ventricles have been silent for its interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import numpy as np

from ecg_core.synthesis.conditions import SPIKE
from ecg_core.synthesis.strip import Strip, StripEctopy, StripPacer, StripPassage
from ecg_core.synthesis.strip_shapes import BEATS, P_WAVES
from ecg_core.synthesis.tracing import Complex, Drawing, Event, WaveShape

REFRACTORY_S: Final = 0.30
LONGEST_RR_S: Final = 1.3
AFTER_VENTRICULAR_S: Final = 0.44
"""Likewise after a ventricular beat, which enters the AV node from below."""
_CONCEALED_S: Final = 0.8
"""Shorter after a ventricular beat, conduction is slower by `_SLOWER_MS`."""
_SLOWER_MS: Final = 60
RESPIRATION_HZ: Final = 0.24
_ATRIAL_SPIKE: Final = (0.3, -0.4, 0.1)
_SPIKE_TO_QRS_S: Final = 0.015
_AFTER_END_S: Final = 1.0
_SLOW_BPM, _FAST_BPM = 50.0, 100.0
_LONG_PR_MS: Final = 200.0
_PRE_EXCITED: Final = frozenset({"pre_excited", "fully_pre_excited"})
_TURN_EVERY: Final = 9
"""Beats of torsade de pointes in which the axis turns by half a circle."""


@dataclass(frozen=True)
class StripTruth:
    """What a strip's script came to.

    Attributes
    ----------
    events : tuple of Event
        Waves to draw.
    rhythms : tuple of (float, str)
        Time in s and WFDB name of each rhythm, without its bracket.
    atria : tuple of (float, float, str, float)
        Start, end, mechanism and rate in waves a minute of fibrillation and flutter of the atria.
    chaos_s : tuple of (float, float)
        Spans of ventricular fibrillation.
    """

    events: tuple[Event, ...]
    rhythms: tuple[tuple[float, str], ...]
    atria: tuple[tuple[float, float, str, float], ...]
    chaos_s: tuple[tuple[float, float], ...]


def expand_strip(
    strip: Strip,
    beats: Mapping[str, Complex] = BEATS,
    p_waves: Mapping[str, WaveShape] = P_WAVES,
    *,
    refractory_s: float = REFRACTORY_S,
    longest_rr_s: float = LONGEST_RR_S,
) -> StripTruth:
    """Work out every wave of a strip.

    Parameters
    ----------
    strip : Strip
        The script.
    beats : mapping of str to Complex
        QRS complexes by the names that the script uses.
    p_waves : mapping of str to WaveShape
        P waves, likewise.
    refractory_s : float
        Time after a QRS complex in which AV node and ventricles answer nothing.
    longest_rr_s : float
        Longest interval that repolarisation of sinus and atrial beats adapts to.

    Returns
    -------
    StripTruth

    Raises
    ------
    ValueError
        If it names a wave that there is not.
    """
    walker = _Walker(strip, beats, p_waves, refractory_s, longest_rr_s)
    for number, passage in enumerate(strip.passages):
        walker.walk(passage, last=number == len(strip.passages) - 1)
    return StripTruth(tuple(walker.events), tuple(walker.rhythms), tuple(walker.atria), tuple(walker.chaos_s))


def rhythm_name(passage: StripPassage) -> str:
    """Return the WFDB name of a passage's rhythm, without its bracket.

    Parameters
    ----------
    passage : StripPassage
        The passage.

    Returns
    -------
    str
        ``N`` for sinus tachycardia too, for which WFDB has no name; ``ASYS`` for a standstill.
    """
    complete = set(passage.conduction) == {-1}
    if passage.mechanism in {"ventricular", "torsades"}:
        return "VT" if passage.rate_bpm > _FAST_BPM else "IVR"
    if passage.mechanism == "standstill":
        return "ASYS"
    if passage.mechanism == "ventricular_fibrillation":
        return "VF"
    if complete and (passage.escape or passage.pacer is None):
        return "B3" if passage.mechanism == "sinus" else _ATRIAL_NAMES[passage.mechanism]
    if passage.pacer is not None:
        return "P"
    if passage.mechanism != "sinus":
        return _ATRIAL_NAMES[passage.mechanism]
    if -1 in passage.conduction:
        return "BII"
    for ectopy in passage.ectopy:
        named = {1: "B", 2: "T"}.get(ectopy.every) if ectopy.origin == "ventricular" and ectopy.group == 1 else None
        named = "AB" if ectopy.origin == "atrial" and ectopy.every == 1 and ectopy.conducted else named
        if named:
            return named
    if set(passage.beats) <= _PRE_EXCITED:
        return "PREX"
    if passage.pr_ms > _LONG_PR_MS:
        return "BI"
    return "SBR" if passage.rate_bpm < _SLOW_BPM else "N"


_ATRIAL_NAMES: Final = {"atrial": "SVTA", "fibrillation": "AFIB", "flutter": "AFL", "junctional": "NOD"}


def _rhythm_of(passage: StripPassage) -> str:
    """Return the rhythm's name; regular tachycardias of atria and AV node are SVTA whatever their mechanism."""
    name = rhythm_name(passage)
    if name == "NOD" and passage.rate_bpm > _FAST_BPM:
        return "SVTA"
    return "N" if passage.mechanism == "atrial" and passage.rate_bpm <= _FAST_BPM and name == "SVTA" else name


class _Walker:
    """Goes from passage to passage and keeps what lasts beyond them: the clock and the last QRS complex."""

    def __init__(
        self,
        strip: Strip,
        beats: Mapping[str, Complex],
        p_waves: Mapping[str, WaveShape],
        refractory_s: float,
        longest_rr_s: float,
    ) -> None:
        self._beats, self._p_waves, self._refractory_s = beats, p_waves, refractory_s
        self._longest_rr_s = longest_rr_s
        self.events: list[Event] = []
        self.rhythms: list[tuple[float, str]] = []
        self.atria: list[tuple[float, float, str, float]] = []
        self.chaos_s: list[tuple[float, float]] = []
        self._strip = strip
        self._rng = np.random.default_rng(strip.seed)
        self._begin_s = 0.0
        self._last_s = -1.0
        self._last_ventricular = False
        self._lead_ins: dict[str, float] = {}
        self._next_p_s: float | None = None
        self._next_spike_s = np.inf
        self._n_spikes = 0

    def walk(self, passage: StripPassage, last: bool) -> None:
        end_s = self._begin_s + passage.seconds
        draw_until_s = end_s + (_AFTER_END_S if last else 0.0)
        name = _rhythm_of(passage)
        if not self.rhythms or self.rhythms[-1][1] != name:
            self.rhythms.append((self._begin_s, name))
        if passage.mechanism in {"fibrillation", "flutter"}:
            rate = passage.rate_bpm if passage.mechanism == "flutter" else float(self._rng.uniform(320, 400))
            self.atria.append((self._begin_s, end_s, passage.mechanism, rate))
        if self._begin_s == 0.0:
            self._last_s = -0.55 * 60 / (passage.escape_bpm if passage.escape else passage.rate_bpm)
        self._start_pacer(passage)
        ways = {
            "sinus": self._from_atria,
            "atrial": self._from_atria,
            "fibrillation": self._irregular,
            "flutter": self._flutter,
            "junctional": self._junctional,
            "ventricular": self._ventricular,
            "torsades": self._torsades,
            "ventricular_fibrillation": self._chaos,
            "standstill": lambda passage, until_s: self._p_alone(passage, until_s),
        }
        ways[passage.mechanism](passage, draw_until_s)
        if passage.mechanism not in {"sinus", "atrial"}:
            self._next_p_s = None
        self._begin_s = end_s

    def _from_atria(self, passage: StripPassage, until_s: float) -> None:
        """Walk from P wave to P wave."""
        rr_s = 60 / passage.rate_bpm
        p_s = self._begin_s + (float(self._rng.uniform(0.15, 0.35)) if self._begin_s == 0 else 0.62 * rr_s)
        if self._next_p_s is not None:
            p_s = max(self._next_p_s, self._begin_s - 0.1)
        n_conducted, n_waves = 0, 0
        for number in count(1):
            if p_s >= until_s:
                break
            interval_s = rr_s * (1 + passage.irregular * self._breath(p_s) * 1.4)
            if number in passage.missing:
                p_s += interval_s
                continue
            added = passage.conduction[n_waves % len(passage.conduction)]
            p = self._p(passage, n_waves)
            beat_name = passage.beats[n_conducted % len(passage.beats)]
            n_waves += 1
            qrs_s = p_s + self._pq_s(passage, p, beat_name, added)
            if qrs_s >= until_s:
                break
            paced_s = self._answer_silence(passage, qrs_s if added >= 0 else p_s)
            gap_s = qrs_s - self._last_s
            conducted = added >= 0 and gap_s >= (AFTER_VENTRICULAR_S if self._last_ventricular else self._refractory_s)
            if conducted and self._last_ventricular and gap_s < _CONCEALED_S:
                qrs_s += _SLOWER_MS / 1000
            if p is not None:
                self.events.append(Event(p_s, p=p, conducted=conducted))
            if paced_s is not None and passage.pacer is not None and passage.pacer.mode == "D":
                conducted = False
            if conducted:
                n_conducted += 1
                self._beat(qrs_s, self._beat_of(passage, beat_name), rr_s=min(qrs_s - self._last_s, self._longest_rr_s))
                reset_s = self._premature(passage, n_conducted, qrs_s, until_s)
                if reset_s is not None:
                    p_s = reset_s + interval_s * 1.06
                    continue
            p_s += interval_s
        self._next_p_s = p_s
        self._answer_silence(passage, until_s)

    def _premature(self, passage: StripPassage, n_conducted: int, qrs_s: float, until_s: float) -> float | None:
        """Emit the premature beats that follow a conducted one; return the last atrial one's P wave."""
        for ectopy in passage.ectopy:
            due = n_conducted in ectopy.after or (ectopy.every and n_conducted % ectopy.every == 0)
            at_s = qrs_s + ectopy.coupling_ms / 1000
            if not due or at_s >= until_s:
                continue
            reset_s = None
            for _ in range(ectopy.group):
                reset_s = self._ectopic(ectopy, passage, at_s)
                at_s += ectopy.cycle_ms / 1000 * (1 + 0.012 * float(self._rng.standard_normal()))
            return reset_s
        return None

    def _ectopic(self, ectopy: StripEctopy, passage: StripPassage, at_s: float) -> float | None:
        rr_s = min(at_s - self._last_s, 1.0)
        if ectopy.origin == "ventricular":
            self._beat(at_s, self._beats[_known(ectopy.beat or "outflow_tract", self._beats)], rr_s=max(rr_s, 0.62))
            return None
        base = self._beats[_known(ectopy.beat or passage.beats[0], self._beats)]
        symbol = {"atrial": "A", "junctional": "J"}[ectopy.origin]
        beat = replace(base, symbol=base.symbol if base.symbol == "a" else symbol)
        if ectopy.origin == "junctional":
            p_s = at_s + 0.07
            self.events.append(Event(p_s, p=self._p_waves["retrograde"], conducted=False))
        else:
            p = self._p_waves[_known(ectopy.p, self._p_waves)]
            p_s = at_s - self._pq_s(replace(passage, pr_ms=130), p, ectopy.beat or passage.beats[0], 0)
            self.events.append(Event(p_s, p=p, conducted=ectopy.conducted))
        if ectopy.conducted:
            self._beat(at_s, beat, rr_s=max(rr_s, 0.6))
        return p_s

    def _irregular(self, passage: StripPassage, until_s: float) -> None:
        """Walk through fibrillation: intervals drawn independently from a gamma distribution."""
        if set(passage.conduction) == {-1}:
            self._answer_silence(passage, until_s)
            return
        rr_s, spread = 60 / passage.rate_bpm, max(passage.irregular, 0.02)
        shape = 1 / spread**2
        at_s = self._begin_s + float(self._rng.uniform(0.2, 0.5))
        n = 0
        while at_s < until_s:
            self._answer_silence(passage, at_s)
            if at_s - self._last_s >= min(self._refractory_s, 0.45 * rr_s):
                n += 1
                self._beat(at_s, self._beat_of(passage, passage.beats[(n - 1) % len(passage.beats)]), rr_s=rr_s)
                self._premature(passage, n, at_s, until_s)
            shortest_s = 0.22 if passage.rate_bpm > 160 else 0.34
            at_s += max(rr_s * float(self._rng.gamma(shape)) / shape, shortest_s)
        self._answer_silence(passage, until_s)

    def _flutter(self, passage: StripPassage, until_s: float) -> None:
        """Walk through flutter: each QRS complex follows a whole number of atrial cycles."""
        if set(passage.conduction) == {-1}:
            self._answer_silence(passage, until_s)
            return
        cycle_s = 60 / passage.rate_bpm
        at_s = self._begin_s + 0.3
        for number in count():
            if at_s >= until_s:
                return
            waves = max(passage.conduction[number % len(passage.conduction)], 1)
            self._beat(at_s, self._beat_of(passage, passage.beats[number % len(passage.beats)]), rr_s=waves * cycle_s)
            at_s += waves * cycle_s

    def _junctional(self, passage: StripPassage, until_s: float) -> None:
        """Walk through a rhythm of the AV junction, or a re-entry over it, with retrograde P waves."""
        rr_s = 60 / passage.rate_bpm
        at_s = self._begin_s + min(0.45 * rr_s + 0.1, 0.45)
        for number in count():
            if at_s >= until_s:
                return
            name = passage.beats[number % len(passage.beats)]
            self._beat(at_s, self._beat_of(passage, name), rr_s=rr_s)
            if passage.p:
                p = self._p_waves[_known(passage.p[0], self._p_waves)]
                onset_s = at_s - self._lead_in_of_beat(name)
                self.events.append(Event(onset_s - passage.pr_ms / 1000 + _lead_in_of_p(p), p=p, conducted=False))
            at_s += rr_s * (1 + passage.irregular * 0.5 * float(self._rng.standard_normal()))

    def _ventricular(self, passage: StripPassage, until_s: float) -> None:
        rr_s = 60 / passage.rate_bpm
        at_s = self._begin_s + min(0.6 * rr_s, 0.45)
        for number in count(1):
            if at_s >= until_s:
                break
            name = passage.beats[(number - 1) % len(passage.beats)]
            if number in passage.captures:
                early_s = at_s - 0.06 * rr_s
                name = "normal"
                p = self._p_waves["sinus"]
                self.events.append(Event(early_s - self._pq_s(passage, p, name, 0), p=p))
                self._beat(early_s, self._beats[name], rr_s=0.7)
            elif number in passage.fusions:
                self._beat(at_s, self._beats["fusion"], rr_s=0.7)
            else:
                self._beat(at_s, self._beat_of(passage, name), rr_s=max(min(rr_s, 1.0), 0.5))
            at_s += rr_s * (1 + passage.irregular * 0.6 * float(self._rng.standard_normal()))
        self._p_alone(passage, until_s)

    def _torsades(self, passage: StripPassage, until_s: float) -> None:
        """Walk through torsade de pointes: the axis turns and the size waxes and wanes."""
        rr_s = 60 / passage.rate_bpm
        at_s = self._begin_s + 0.35
        beat = self._beats[_known(passage.beats[0], self._beats)]
        for number in count():
            if at_s >= until_s:
                return
            phase = np.pi * (number + 0.5) / _TURN_EVERY
            gain = float(np.sin(phase)) or 0.2
            gain = float(np.sign(gain)) * max(abs(gain), 0.3)
            shape = replace(beat, qrs=beat.qrs.scaled(gain), t=beat.t.scaled(gain))
            self._beat(at_s, shape, rr_s=0.8)
            at_s += rr_s * (1 + 0.09 * float(self._rng.standard_normal()))

    def _chaos(self, _: StripPassage, until_s: float) -> None:
        self.chaos_s.append((self._begin_s, until_s))
        self._last_s = until_s

    def _p_alone(self, passage: StripPassage, until_s: float) -> None:
        """Emit P waves that go on by themselves."""
        if not passage.p_rate_bpm or not passage.p:
            return
        p = self._p_waves[_known(passage.p[0], self._p_waves)]
        p_s = self._begin_s + 0.31
        while p_s < until_s:
            self.events.append(Event(p_s, p=p, conducted=False))
            p_s += 60 / passage.p_rate_bpm * (1 + 0.015 * self._breath(p_s))

    def _answer_silence(self, passage: StripPassage, until_s: float) -> float | None:
        """Emit escape beats and pacing before a time; return when the last paced QRS complex came, if one did."""
        paced_s = None
        pacer = passage.pacer
        while True:
            escape_s = self._last_s + 60 / passage.escape_bpm if passage.escape else np.inf
            spike_s = self._spike_due(pacer)
            if min(escape_s, spike_s) >= until_s:
                return paced_s
            if spike_s <= escape_s and pacer is not None:
                paced_s = self._spike(passage, pacer, spike_s) or paced_s
            elif escape_s > self._begin_s - 0.5:
                self._beat(
                    escape_s, self._beats[_known(passage.escape, self._beats)], rr_s=min(60 / passage.escape_bpm, 1.5)
                )
            else:
                self._last_s = escape_s

    def _start_pacer(self, passage: StripPassage) -> None:
        pacer = passage.pacer
        self._n_spikes = 0
        self._next_spike_s = np.inf if pacer is None else self._begin_s + 0.25

    def _spike_due(self, pacer: StripPacer | None) -> float:
        if pacer is None:
            return float(np.inf)
        due_s = self._next_spike_s
        if pacer.senses:
            due_s = max(due_s, self._last_s + 60 / pacer.rate_bpm)
        if pacer.inhibited_s:
            low, high = (self._begin_s + edge for edge in pacer.inhibited_s)
            if low <= due_s < high:
                due_s = high
        return due_s

    def _spike(self, passage: StripPassage, pacer: StripPacer, at_s: float) -> float | None:
        """Emit a spike with what follows; return when its QRS complex came."""
        self._next_spike_s = at_s + 60 / pacer.rate_bpm
        self._n_spikes += 1
        captures = self._n_spikes not in pacer.without_capture and at_s - self._last_s > self._refractory_s
        qrs_name = pacer.beat
        ventricular_s = at_s
        if pacer.mode in {"A", "D"}:
            self.events.append(Event(at_s, spike=_ATRIAL_SPIKE))
            p = self._p_waves["sinus"]
            p_s = at_s + 0.025 + _lead_in_of_p(p)
            self.events.append(Event(p_s, p=p))
            ventricular_s = at_s + pacer.av_ms / 1000
            if pacer.mode == "A":
                qrs_name = passage.beats[0]
                self._beat(ventricular_s + self._lead_in_of_beat(qrs_name), self._beat_of(passage, qrs_name), rr_s=1.0)
                self._last_s = at_s  # the atrial interval counts
                return at_s
        self.events.append(Event(ventricular_s, spike=SPIKE))
        if not captures:
            return None
        qrs_s = ventricular_s + _SPIKE_TO_QRS_S + self._lead_in_of_beat(qrs_name)
        self._beat(qrs_s, self._beats[_known(qrs_name, self._beats)], rr_s=min(60 / pacer.rate_bpm, 1.2))
        if pacer.senses:
            self._last_s = at_s
        return qrs_s

    def _beat(self, at_s: float, beat: Complex, rr_s: float) -> None:
        level = round(
            2 * self._breath(at_s)
        )  # five sizes a breath, so that boundaries need not be sought for each beat
        sized = replace(beat, qrs=beat.qrs.scaled(1 + 0.02 * level), t=beat.t.scaled(1 + 0.015 * level))
        sized = replace(sized, t=sized.t.scaled(stretch=self._strip.qt_scale))
        self.events.append(Event(at_s, beat=sized, rr_s=float(max(rr_s, 0.3))))
        self._last_s = at_s
        self._last_ventricular = beat.symbol == "V"

    def _beat_of(self, passage: StripPassage, name: str) -> Complex:
        beat = self._beats[_known(name, self._beats)]
        return replace(beat, symbol=passage.symbol) if passage.symbol else beat

    def _p(self, passage: StripPassage, number: int) -> WaveShape | None:
        return self._p_waves[_known(passage.p[number % len(passage.p)], self._p_waves)] if passage.p else None

    def _pq_s(self, passage: StripPassage, p: WaveShape | None, beat: str, added_ms: int) -> float:
        """Return the time between the places of P and QRS for the passage's PR interval."""
        p_lead_in_s = 0.0 if p is None else _lead_in_of_p(p)
        return (passage.pr_ms + max(added_ms, 0)) / 1000 - p_lead_in_s + self._lead_in_of_beat(beat)

    def _lead_in_of_beat(self, name: str) -> float:
        """Return how long before its place a QRS complex begins, in s."""
        if name not in self._lead_ins:
            waves = Drawing().draw([Event(1.0, beat=self._beats[_known(name, self._beats)])]).waves
            self._lead_ins[name] = 1.0 - float(waves.common[0, 3]) / 500.0
        return self._lead_ins[name]

    def _breath(self, at_s: float) -> float:
        return float(np.sin(2 * np.pi * RESPIRATION_HZ * at_s + self._strip.seed))


def _lead_in_of_p(p: WaveShape) -> float:
    """Return how long before its place a P wave begins, in s."""
    waves = Drawing().draw([Event(1.0, p=p)]).waves
    return 1.0 - float(np.nanmin(waves.other_p[0, :, 0])) / 500.0


def _known(name: str, known: Mapping[str, object]) -> str:
    if name not in known:
        raise ValueError(f"there is no wave {name!r:.40}; choose from {', '.join(sorted(known))}")
    return name
