"""Demonstrations for the pages: what the browser draws, and the program's reading in the background. No Streamlit."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.errors import RecordingError, SourceError
from ecg_core.recording import Annotations, Recording, from_array
from ecg_core.teaching.demonstration import (
    Demonstration,
    demonstration_of,
    forget_changes,
    keep_demonstration,
    scenes_of,
)
from ecg_core.teaching.heart import HeartSettings, draw_heart, heart_recording
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from ecg_core.teaching.limits import SettingTrial, try_setting, values_of
from ecg_core.teaching.questions import rhythm_text
from ecg_core.teaching.reading import ProgramReading, ReadBeat, compare_beats, read_by_program
from pages.services.accounts import Action, acting
from pages.services.analysis_jobs import load_network
from pages.services.job_executor import ANALYSIS_JOBS, Job, Progress
from pages.services.teaching_cases import located_case

ABSENT: Final = -32768
"""Stands for a sample that is not there."""

MAX_DEMONSTRATED_S: Final = 60.0
"""Longest part of a case that is demonstrated: the browser has all of it, and every beat is explained."""

MOTIONS: Final = ("still", "sweep")
"""Words of a table for whether the tracing sweeps."""

_S_PER_TRIAL: Final = 1.0
_MICROVOLTS: Final = 1000.0


@dataclass(frozen=True)
class DemonstratedCase:
    """The part of a case that is demonstrated.

    Attributes
    ----------
    recording : Recording
    truth : Annotations or None
    """

    recording: Recording
    truth: Annotations | None


@lru_cache(maxsize=8)
def demonstrated_case(case: TeachingCase) -> DemonstratedCase | None:
    """Return the tracing of a case, `MAX_DEMONSTRATED_S` at most; None where it has to be fetched first.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    located = located_case(case)
    if located is None:
        return None
    recording = located.open()
    try:
        truth = recording.annotations()
    except RecordingError:
        truth = None
    start_s = case.text.recording.start_s if case.text.recording else 0.0
    start = round(min(start_s, max(recording.duration_s - MAX_DEMONSTRATED_S, 0.0)) * recording.fs_hz)
    stop = min(start + round(MAX_DEMONSTRATED_S * recording.fs_hz), recording.n_samples)
    if stop - start == recording.n_samples:
        return DemonstratedCase(recording, truth)
    part = from_array(recording.read(start, stop), recording.fs_hz, recording.lead_names, recording.name)
    return DemonstratedCase(part, None if truth is None else _part_of(truth, start, stop))


def prepared_cases(library: CaseLibrary) -> list[TeachingCase]:
    """Return the cases that have steps.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    return [case for case in library.cases.values() if has_steps(case)]


def has_steps(case: TeachingCase) -> bool:
    """Tell whether somebody prepared steps for a case.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    try:
        return bool(demonstration_of(case).steps)
    except SourceError:
        return True  # the page says what is wrong with them


def scenes_data(demonstration: Demonstration) -> list[dict[str, Any]]:
    """Return what is on screen at each step as the browser takes it.

    Parameters
    ----------
    demonstration : Demonstration
        The steps.
    """
    return [asdict(scene) for scene in scenes_of(demonstration)]


def may_edit_steps() -> bool:
    """Tell whether the account that asks may change steps."""
    return acting().may(Action.TEACH)


def keep_steps(case: TeachingCase, steps: Sequence[Mapping[str, Any]]) -> None:
    """Keep the steps of a case for everybody; without any, those that come with the case count again.

    Parameters
    ----------
    case : TeachingCase
        The case.
    steps : sequence of mapping
        Fields of :class:`ecg_core.teaching.demonstration.Step`.

    Raises
    ------
    AccessDeniedError
        If the account may not.
    SourceError
        In one sentence, if a step is wrong or nothing can be written.
    """
    acting().require(Action.TEACH)
    shown = demonstrated_case(case)
    if not steps:
        forget_changes(case)
    elif shown is None:
        raise SourceError("The recording of this case is not here; fetch it first.")
    else:
        keep_demonstration(case, steps, shown.recording.duration_s, shown.recording.lead_names)


def rows_of_steps(demonstration: Demonstration) -> dict[str, list[Any]]:
    """Return steps as columns of a table.

    Parameters
    ----------
    demonstration : Demonstration
        The steps.

    Returns
    -------
    dict of str to list
        What a step leaves out is None.
    """
    steps = demonstration.steps
    nothing = (None, None)
    return {
        "text": [step.text for step in steps],
        "go_to_s": [step.at_s for step in steps],
        "highlight_from_s": [(step.highlight_s or nothing)[0] for step in steps],
        "highlight_to_s": [(step.highlight_s or nothing)[1] for step in steps],
        "highlight_lead": [step.highlight_lead or None for step in steps],
        "measure_from_s": [(step.measure_s or nothing)[0] for step in steps],
        "measure_to_s": [(step.measure_s or nothing)[1] for step in steps],
        "reveal": [list(step.reveal) for step in steps],
        "hide": [list(step.hide) for step in steps],
        "view": [step.view for step in steps],
        "lead": [step.lead or None for step in steps],
        "motion": [None if step.sweep is None else MOTIONS[step.sweep] for step in steps],
    }


def steps_of_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a table as fields of steps.

    Parameters
    ----------
    rows : sequence of mapping
        As :func:`rows_of_steps` gives their columns; empty cells are None or NaN.

    Returns
    -------
    list of dict
        Without rows that are empty.

    Raises
    ------
    SourceError
        If a span has one end alone.
    """
    steps: list[dict[str, Any]] = []
    for number, row in enumerate(rows, start=1):
        given = {name: value for name, value in row.items() if not _empty(value)}
        if not given:
            continue
        step: dict[str, Any] = {"text": str(given.get("text", ""))}
        if "go_to_s" in given:
            step["at_s"] = float(given["go_to_s"])
        for name in ("highlight", "measure"):
            ends = [given[end] for end in (f"{name}_from_s", f"{name}_to_s") if end in given]
            if len(ends) == 1:
                raise SourceError(f"Step {number} has one end of what to {name}; give both, in seconds.")
            if ends:
                step[f"{name}_s"] = [float(end) for end in ends]
        for name in ("highlight_lead", "view", "lead"):
            if name in given:
                step[name] = str(given[name])
        for name in ("reveal", "hide"):
            if name in given:
                step[name] = [str(one) for one in given[name]]
        if "motion" in given:
            step["sweep"] = given["motion"] == MOTIONS[True]
        steps.append(step)
    return steps


def _empty(value: Any) -> bool:
    if isinstance(value, str | list | tuple | np.ndarray):
        return len(value) == 0
    return bool(pd.isna(value))


def packed_signal(signal_mv: npt.NDArray[np.floating]) -> str:
    """Return a signal as 16-bit integers in microvolts, lead after lead, in base64.

    Parameters
    ----------
    signal_mv : ndarray, shape (samples, leads)
        Cut at 32.7 mV; NaN where there is no value.

    Returns
    -------
    str
    """
    whole = np.clip(np.round(np.nan_to_num(signal_mv, nan=0.0) * _MICROVOLTS), ABSENT + 1, -ABSENT - 1)
    whole[~np.isfinite(signal_mv)] = ABSENT
    return b64encode(whole.T.astype("<i2").tobytes()).decode()


def tracing_data(
    signal_mv: npt.NDArray[np.floating],
    fs_hz: float,
    lead_names: Sequence[str],
    truth: Annotations | None,
    reading: ProgramReading | None,
) -> dict[str, Any]:
    """Return a tracing with true and read beats as the browser takes it.

    Parameters
    ----------
    signal_mv : ndarray, shape (samples, leads)
        The signal.
    fs_hz : float
        Sampling rate in Hz.
    lead_names : sequence of str
        Names of the leads.
    truth : Annotations or None
        True beats and rhythms.
    reading : ProgramReading or None
        What the program says; None until it has read.

    Returns
    -------
    dict
    """
    beats = _true_beats(truth, fs_hz, len(signal_mv)) if reading is None else reading.beats
    saliency = (None,) * len(beats) if reading is None else reading.saliency
    return {
        "fs_hz": fs_hz,
        "n_samples": len(signal_mv),
        "leads": list(lead_names),
        "signal": packed_signal(signal_mv),
        "read": reading is not None,
        "beats": [
            {"at_s": one.at_s, "true": one.true, "said": one.said, "probability": one.probability, "agrees": one.agrees}
            for one in beats
        ],
        "rhythms": [] if truth is None else _rhythms(truth, fs_hz),
        "saliency": [
            None
            if one is None
            else {
                "start_s": one.start_s,
                "stop_s": one.stop_s,
                "points": len(one.weights),
                "weights": b64encode(one.weights.T.tobytes()).decode(),
            }
            for one in saliency
        ],
    }


def reading_key(settings: HeartSettings) -> Hashable:
    """Return the key of the job in which the program reads the synthetic heart.

    Parameters
    ----------
    settings : HeartSettings
        The settings.
    """
    return ("heart", settings)


def start_reading(settings: HeartSettings) -> Job:
    """Let the program read the synthetic heart in the background; the result is a `ProgramReading`.

    Parameters
    ----------
    settings : HeartSettings
        The settings.
    """

    def work(progress: Progress) -> ProgramReading:
        model = load_network(progress)
        return read_by_program(heart_recording(settings), draw_heart(settings).annotations, model, progress)

    return ANALYSIS_JOBS.submit(reading_key(settings), work)


def trials_key(settings: HeartSettings, name: str) -> Hashable:
    """Return the key of the job in which one setting of the heart is tried over its range.

    Parameters
    ----------
    settings : HeartSettings
        The others.
    name : str
        The setting that is tried; its own value does not count.
    """
    return ("heart_trials", name, replace(settings, **{name: getattr(HeartSettings(), name)}))


def start_trials(settings: HeartSettings, name: str) -> Job:
    """Try one setting of the heart over its range in the background; the result is a tuple of `SettingTrial`.

    Parameters
    ----------
    settings : HeartSettings
        The others.
    name : str
        The setting that is tried.
    """

    def work(progress: Progress) -> tuple[SettingTrial, ...]:
        return try_setting(settings, name, load_network(progress), progress)

    return ANALYSIS_JOBS.submit(trials_key(settings, name), work, _S_PER_TRIAL * len(values_of(name)))


def case_reading_key(case: TeachingCase) -> Hashable:
    """Return the key of the job in which the program reads a case.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    return ("demonstration", case.name, hash(case.text))


def start_case_reading(case: TeachingCase) -> Job:
    """Let the program read a case in the background; the result is a `ProgramReading`.

    Parameters
    ----------
    case : TeachingCase
        A case whose recording is here.
    """

    def work(progress: Progress) -> ProgramReading:
        shown = demonstrated_case(case)
        if shown is None:
            raise SourceError("The recording of this case is not here.")
        return read_by_program(shown.recording, shown.truth, load_network(progress), progress)

    return ANALYSIS_JOBS.submit(case_reading_key(case), work)


def _part_of(truth: Annotations, start: int, stop: int) -> Annotations:
    """Return the annotations of a part, with the rhythm that it begins in."""
    inside = (truth.sample >= start) & (truth.sample < stop)
    before = [name for sample, name in truth.rhythms() if sample < start]
    sample, symbol = truth.sample[inside] - start, truth.symbol[inside]
    aux = [text for text, kept in zip(truth.aux, inside, strict=True) if kept]
    if before:
        sample, symbol, aux = np.insert(sample, 0, 0), np.insert(symbol, 0, "+"), [f"({before[-1]}", *aux]
    return Annotations(truth.name, sample, symbol, tuple(aux))


def _true_beats(truth: Annotations | None, fs_hz: float, n_samples: int) -> tuple[ReadBeat, ...]:
    if truth is None:
        return ()
    sample, symbol = truth.beats()
    return compare_beats(sample, symbol, np.array([], dtype=np.int64), (), fs_hz, n_samples)[0]


def _rhythms(truth: Annotations, fs_hz: float) -> list[dict[str, Any]]:
    return [{"at_s": sample / fs_hz, "text": rhythm_text((name,)) or name} for sample, name in truth.rhythms()]
