"""Scenarios of synthetic recordings: scripts as data, and their expansion over any length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

Focus = Literal["rvot", "apical"]
"""Where a ventricular beat starts: right outflow tract (upright in II) or left apex (inverted in II)."""


@dataclass(frozen=True)
class Passage:
    """A span with another basic rhythm or rate.

    Attributes
    ----------
    at_s, duration_s : float
        Start and length.
    rate_bpm : float
        The rate that the rhythm settles at; of flutter, the rate of the atria.
    rhythm : {"sinus", "afib", "flutter"}
    conduction : tuple of int
        Flutter waves for each beat, by turns: ``(2,)`` is 2:1, ``(4, 2, 3)`` changes.
    """

    at_s: float
    duration_s: float
    rate_bpm: float
    rhythm: Literal["sinus", "afib", "flutter"] = "sinus"
    conduction: tuple[int, ...] = (2,)


@dataclass(frozen=True)
class Ectopy:
    """One or several premature beats.

    Attributes
    ----------
    at_s : float
        They come after the first conducted beat whose successor is due past this time.
    kind : {"V", "A", "F"}
        Ventricular, atrial, or fusion of ventricular and normal.
    group : int
        Beats in a row: 2 is a couplet, 3 and more a run.
    repeat : int
        How often the group comes back; with ``gap=1`` that is bigeminy, with ``gap=2`` trigeminy.
    gap : int
        Conducted beats between two groups.
    focus : {"rvot", "apical"}
        Site of origin of ventricular beats.
    """

    at_s: float
    kind: Literal["V", "A", "F"] = "V"
    group: int = 1
    repeat: int = 1
    gap: int = 1
    focus: Focus = "rvot"

    @property
    def rhythm(self) -> str | None:
        """WFDB name of the rhythm that the repetition makes, if it makes one."""
        if self.kind == "V" and self.group == 1 and self.repeat >= 3:
            return {1: "B", 2: "T"}.get(self.gap)
        return None


@dataclass(frozen=True)
class Pause:
    """A sinus pause: the next sinus beat comes `duration_s` after the last."""

    at_s: float
    duration_s: float


@dataclass(frozen=True)
class Disturbance:
    """A span in which leads are disturbed.

    Attributes
    ----------
    at_s, duration_s : float
    kind : {"muscle", "motion", "off"}
        Muscle noise, electrode motion, or a lead that is off and reads a constant.
    level_mv : float
        RMS of the noise; for ``"off"`` the constant.
    leads : tuple of int
        Indices of the leads; empty for all.
    """

    at_s: float
    duration_s: float
    kind: Literal["muscle", "motion", "off"]
    level_mv: float = 0.0
    leads: tuple[int, ...] = ()


Event = Passage | Ectopy | Pause | Disturbance


@dataclass(frozen=True)
class Sprinkle:
    """An event that comes at random times.

    Attributes
    ----------
    event : Event
        Its ``at_s`` is ignored.
    per_hour : float
        Mean number in an hour.
    clock_h : tuple of float
        Hours of the day between which it comes; may wrap around midnight.
    """

    event: Event
    per_hour: float
    clock_h: tuple[float, float] = (0.0, 24.0)


@dataclass(frozen=True)
class Scenario:
    """A script for the generator.

    Attributes
    ----------
    name, description : str
        The record's name and one line for people.
    rate_bpm : float
        Basic sinus rate.
    events : tuple of Event
        What happens when; repeated every `period_s` in longer recordings.
    sprinkles : tuple of Sprinkle
        What happens at random times.
    period_s : float
        Length of the script.
    duration_s : float
        Length written when none is asked for.
    lead_names : tuple of str
        The first lead is the one whose extremum places the beats.
    fs_hz : float
    storage_format : {"212", "16"}
        WFDB signal format.
    noise_scale : float
        Factor on baseline wander, mains hum and electronic noise.
    start_clock_h : float or None
        Time of day at which it starts; with one, the rate follows the time of day.
    """

    name: str
    description: str
    rate_bpm: float = 70.0
    events: tuple[Event, ...] = ()
    sprinkles: tuple[Sprinkle, ...] = ()
    period_s: float = 300.0
    duration_s: float = 300.0
    lead_names: tuple[str, ...] = ("MLII", "V1", "V5")
    fs_hz: float = 360.0
    storage_format: Literal["212", "16"] = "212"
    noise_scale: float = 1.0
    start_clock_h: float | None = None


STREAMS: Final = {
    "script": 0,
    "heart": 1,
    "modulation": 2,
    "rhythm": 3,
    "beats": 4,
    "noise": 5,
    "disturbance": 6,
}


def random_stream(scenario: Scenario, seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """Return the random generator of one purpose, independent of all others.

    Separate streams keep, for example, the rhythm as it is when a noise burst is added to a script.

    Parameters
    ----------
    scenario : Scenario
        What the recording shows.
    seed : int
        Not negative.
    purpose : str
        A key of `STREAMS`.
    index : int
        Number of the hour, tile or disturbance.
    """
    name = int.from_bytes(scenario.name.encode(), "little")
    return np.random.default_rng([seed, name, STREAMS[purpose], index])


def expand(scenario: Scenario, duration_s: float, seed: int) -> list[Event]:
    """List everything that happens in a recording of the given length, in order of time.

    The script is repeated, and random events are drawn hour by hour, so that a longer recording starts
    with the shorter one.

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
    list of Event
    """
    events = [*_repeated(scenario, duration_s), *_sprinkled(scenario, duration_s, seed)]
    return sorted(events, key=lambda event: event.at_s)


def _repeated(scenario: Scenario, duration_s: float) -> Iterator[Event]:
    for cycle in range(math.ceil(duration_s / scenario.period_s)):
        for event in scenario.events:
            at_s = event.at_s + cycle * scenario.period_s
            if at_s < duration_s:
                yield replace(event, at_s=at_s)


def _sprinkled(scenario: Scenario, duration_s: float, seed: int) -> Iterator[Event]:
    if not scenario.sprinkles:
        return
    for hour in range(math.ceil(duration_s / 3600)):
        rng = random_stream(scenario, seed, "script", hour)
        for sprinkle in scenario.sprinkles:
            for at_s in 3600 * (hour + np.sort(rng.random(rng.poisson(sprinkle.per_hour)))):
                if at_s < duration_s and _within(scenario, float(at_s), sprinkle.clock_h):
                    yield replace(sprinkle.event, at_s=float(at_s))


def _within(scenario: Scenario, at_s: float, clock_h: tuple[float, float]) -> bool:
    now_h = ((scenario.start_clock_h or 0.0) + at_s / 3600) % 24
    start_h, stop_h = clock_h
    return start_h <= now_h < stop_h if start_h <= stop_h else now_h >= start_h or now_h < stop_h
