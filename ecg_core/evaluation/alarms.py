"""Monitor alarms of the PhysioNet/CinC Challenge 2015: which of them an analysis bears out.

The alarm sounds at the recording's end, and its event lies within the last 10 s before it (Clifford et al., Computing
in Cardiology 2015): asystole, no QRS for 4 s; extreme bradycardia, fewer than 40 bpm over 5 beats; extreme
tachycardia, more than 140 bpm over 17 beats; ventricular tachycardia, 5 ventricular beats or more above 100 bpm;
ventricular flutter or fibrillation for 4 s. The score is that of the challenge, in percent:
(TP + TN) / (TP + TN + FP + 5 FN).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.errors import SourceError
from ecg_core.rhythm.intervals import Intervals, intervals

WINDOW_S: Final = 10.0
"""The event lies within so much before the alarm."""

TOLERANCE_S: Final = 2.0
"""How much earlier an event may end and still be the alarm's: monitors take their time to sound."""

ASYSTOLE_S: Final = 3.5
"""The limit of 4 s less half a second: the recording ends when the alarm sounds, which may be a moment early."""

SLOW_BPM, SLOW_BEATS = 40.0 + 5.0, 4
FAST_BPM, FAST_BEATS = 140.0 - 14.0, 17
"""The limits with the accuracy that ANSI/AAMI EC13 asks of a heart rate meter, 5 bpm or 10 %, whichever is more; of
five slow beats one may still be under way when the recording ends."""

VT_KINDS: Final = ("VT", "POSSIBLE_VT", "VF")
VF_KINDS: Final = ("VF", "POSSIBLE_VT")
MISSED_WEIGHT: Final = 5
ALARMS_FILE: Final = "ALARMS.csv"


@dataclass(frozen=True)
class Alarm:
    """An alarm of the challenge.

    Attributes
    ----------
    record : str
    kind : str
        ``Asystole``, ``Bradycardia``, ``Tachycardia``, ``Ventricular_Tachycardia`` or ``Ventricular_Flutter_Fib``.
    true : bool
    """

    record: str
    kind: str
    true: bool


@dataclass(frozen=True)
class Monitored:
    """What the alarm logic looks at: beats, episodes and quality of a recording that ends with its alarm."""

    given: Intervals
    episodes: pd.DataFrame
    fs_hz: float
    n_samples: int

    @classmethod
    def of(cls, analysis: Analysis, n_samples: int) -> Monitored:
        """Return what a monitor would have seen, from an analysis.

        Parameters
        ----------
        analysis : Analysis
            Analysis of the recording.
        n_samples : int
            Length of the recording in samples.

        Returns
        -------
        Monitored
        """
        fs_hz = float(analysis.provenance["fs_hz"])
        return cls(intervals(analysis.beats, fs_hz, analysis.quality), analysis.episodes, fs_hz, n_samples)

    @property
    def window_sample(self) -> float:
        """Where the time begins in which an event may end."""
        return self.n_samples - (WINDOW_S + TOLERANCE_S) * self.fs_hz


def borne_out(kind: str, seen: Monitored) -> bool:
    """Tell whether the findings confirm an alarm of a kind.

    Parameters
    ----------
    kind : str
        Kind of alarm, as the challenge names it.
    seen : Monitored
        Findings around the alarm.

    Returns
    -------
    bool

    Raises
    ------
    KeyError
        If there is no such kind of alarm.
    """
    return _RULES[kind](seen)


def _has_episode(seen: Monitored, kinds: Iterable[str], shortest_s: float = 0.0) -> bool:
    found = seen.episodes[seen.episodes["kind"].isin(list(kinds))]
    late = found["stop_sample"] > seen.window_sample
    long = found["stop_sample"] - found["start_sample"] >= shortest_s * seen.fs_hz
    return bool((late & long).any())


def _mean_rates(seen: Monitored, n_beats: int) -> npt.NDArray[np.float64]:
    """Return the rates over so many beats whose last interval reaches into the window, each interval readable."""
    n = n_beats - 1
    if len(seen.given.rr_s) < n:
        return np.empty(0)
    passed = np.concatenate(([0.0], np.cumsum(seen.given.rr_s)))
    unreadable = np.concatenate(([0], np.cumsum(~seen.given.readable)))
    whole = unreadable[n:] == unreadable[:-n]
    late = seen.given.sample[n:] > seen.window_sample
    return np.asarray(60 * n / (passed[n:] - passed[:-n])[whole & late])


def _asystole(seen: Monitored) -> bool:
    return _has_episode(seen, ("ASYSTOLE", "PAUSE"), ASYSTOLE_S)


def _bradycardia(seen: Monitored) -> bool:
    return bool((_mean_rates(seen, SLOW_BEATS) < SLOW_BPM).any()) or _asystole(seen)


def _tachycardia(seen: Monitored) -> bool:
    return bool((_mean_rates(seen, FAST_BEATS) > FAST_BPM).any())


_RULES: Final[Mapping[str, Callable[[Monitored], bool]]] = {
    "Asystole": _asystole,
    "Bradycardia": _bradycardia,
    "Tachycardia": _tachycardia,
    "Ventricular_Tachycardia": lambda seen: _has_episode(seen, VT_KINDS),
    "Ventricular_Flutter_Fib": lambda seen: _has_episode(seen, VF_KINDS),
}
ALARM_KINDS: Final = tuple(_RULES)


@dataclass(frozen=True)
class AlarmScore:
    """Alarms of one kind, or of several, counted.

    Attributes
    ----------
    tp, fn, tn, fp : int
        True alarms borne out and not, false alarms refuted and not.
    """

    tp: int = 0
    fn: int = 0
    tn: int = 0
    fp: int = 0

    def plus(self, true: bool, said: bool) -> AlarmScore:
        """Return the counts with one more alarm.

        Parameters
        ----------
        true : bool
            Whether the alarm was true.
        said : bool
            Whether the program confirmed it.

        Returns
        -------
        AlarmScore
        """
        return AlarmScore(
            self.tp + (true and said), self.fn + (true and not said),
            self.tn + (not true and not said), self.fp + (not true and said),
        )  # fmt: skip

    @property
    def percent(self) -> float:
        """The challenge's score; NaN where there is no alarm."""
        weighed = self.tp + self.tn + self.fp + MISSED_WEIGHT * self.fn
        return 100 * (self.tp + self.tn) / weighed if weighed else float("nan")


def read_alarms(folder: Path) -> list[Alarm]:
    """Read the alarms whose recordings are in a folder, from its ``ALARMS.csv``: record, alarm, true.

    Raises
    ------
    SourceError
        If there is no such file, or not of this form.
    """
    try:
        with (folder / ALARMS_FILE).open(encoding="utf-8", newline="") as stream:
            rows = [Alarm(row["record"], row["alarm"], row["true"] == "1") for row in csv.DictReader(stream)]
    except (OSError, KeyError, ValueError) as error:
        raise SourceError(f"{folder.name} holds no {ALARMS_FILE} with record, alarm and true.") from error
    return [row for row in rows if row.kind in _RULES and (folder / f"{row.record}.hea").is_file()]
