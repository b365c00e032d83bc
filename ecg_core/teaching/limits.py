"""Where the program begins to be wrong: its classes over the range of one setting of the synthetic heart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ecg_core.progress import Progress
from ecg_core.teaching.heart import RANGES, HeartSettings, draw_heart, heart_recording
from ecg_core.teaching.reading import ReadBeat, classes_by_program

if TYPE_CHECKING:
    from ecg_core.classification.model import BeatModel

N_VALUES: Final = 11
"""Values of the setting that are tried, from the lowest to the highest."""


@dataclass(frozen=True)
class SettingTrial:
    """The program's classes at one value of a setting.

    Attributes
    ----------
    value : float
    n_beats, n_agreeing : int
        Beats that count, and those on which program and truth agree.
    differences : tuple of (str, int)
        Such as ``("V as N", 2)``, the most frequent first; ``("N missed", 1)``, ``("Q where none is", 1)``.
    """

    value: float
    n_beats: int
    n_agreeing: int
    differences: tuple[tuple[str, int], ...]


def values_of(name: str) -> tuple[float, ...]:
    """Return the values of a setting that are tried: evenly spread, each one that its slider has.

    Parameters
    ----------
    name : str
        A key of :data:`ecg_core.teaching.heart.RANGES`.

    Returns
    -------
    tuple of float
    """
    limits = RANGES[name]
    n_steps = round((limits.highest - limits.lowest) / limits.step)
    steps = np.unique(np.linspace(0, n_steps, N_VALUES).round().astype(int))
    return tuple(round(float(limits.lowest + step * limits.step), 6) for step in steps)


def try_setting(
    settings: HeartSettings, name: str, model: BeatModel, progress: Progress | None = None
) -> tuple[SettingTrial, ...]:
    """Let the program read the heart over the range of one setting.

    Parameters
    ----------
    settings : HeartSettings
        All other settings.
    name : str
        The setting that is changed.
    model : BeatModel
        The classifier.
    progress : callable, optional
        Called as ``progress(stage, share done)``.

    Returns
    -------
    tuple of SettingTrial
        In order of the value.
    """
    limits, values, trials = RANGES[name], values_of(name), []
    for number, value in enumerate(values):
        if progress is not None:
            progress(f"{limits.text} {value:g} {limits.unit}", number / len(values))
        changed: dict[str, Any] = {name: value}
        here = replace(settings, **changed)
        beats = classes_by_program(heart_recording(here), draw_heart(here).annotations, model)
        trials.append(trial_of(value, beats))
    return tuple(trials)


def trial_of(value: float, beats: Sequence[ReadBeat]) -> SettingTrial:
    """Count on how many beats program and truth agree, and how they differ.

    Parameters
    ----------
    value : float
        Of the setting.
    beats : sequence of ReadBeat
        The beats that count.

    Returns
    -------
    SettingTrial
    """
    differences = Counter(_difference(beat) for beat in beats if not beat.agrees)
    return SettingTrial(value, len(beats), len(beats) - differences.total(), tuple(differences.most_common()))


def _difference(beat: ReadBeat) -> str:
    if not beat.said:
        return f"{beat.true} missed"
    return f"{beat.true} as {beat.said}" if beat.true else f"{beat.said} where none is"
