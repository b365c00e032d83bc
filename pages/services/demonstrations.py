"""Demonstrations for the pages: what the browser draws, and the program's reading in the background. No Streamlit."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Hashable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.recording import Annotations
from ecg_core.teaching.heart import HeartSettings, draw_heart, heart_recording
from ecg_core.teaching.questions import rhythm_text
from ecg_core.teaching.reading import ProgramReading, ReadBeat, compare_beats, read_by_program
from pages.services.analysis_jobs import load_network
from pages.services.job_executor import ANALYSIS_JOBS, Job, Progress

ABSENT: Final = -32768
"""Stands for a sample that is not there."""

_MICROVOLTS: Final = 1000.0


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


def _true_beats(truth: Annotations | None, fs_hz: float, n_samples: int) -> tuple[ReadBeat, ...]:
    if truth is None:
        return ()
    sample, symbol = truth.beats()
    return compare_beats(sample, symbol, np.array([], dtype=np.int64), (), fs_hz, n_samples)[0]


def _rhythms(truth: Annotations, fs_hz: float) -> list[dict[str, Any]]:
    return [{"at_s": sample / fs_hz, "text": rhythm_text((name,)) or name} for sample, name in truth.rhythms()]
