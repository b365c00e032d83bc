"""Figures of a model on DS2, scored alike for every target."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import find_beats
from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel
from ecg_core.classification.rr import rr_features
from ecg_core.classification.windows import iterate_windows
from ecg_core.evaluation import Settings, assess, evaluate_records, report_dict
from ecg_core.formats import open_recording
from ecg_core.progress import FractionProgress
from ecg_core.recording import Recording
from ecg_core.textbook.inputs import Arrays
from ecg_core.textbook.model import TextbookModel
from ecg_core.training.targets import TARGETS, AamiTarget, AnomalyTarget

SPEED: Final = "examples_per_s"
DIGITS: Final = 4

_TIMED = 4096


def measure_textbook(
    model: TextbookModel, data_dir: Path, records: tuple[str, ...], progress: FractionProgress | None = None
) -> dict[str, Any]:
    """Return a textbook model's figures on records of MIT-BIH.

    Parameters
    ----------
    model : TextbookModel
        The model.
    data_dir : Path
        Folder of the records.
    records : tuple of str
        Names of the records.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    dict
        EC57's figures where the model tells classes, else its target's own; and how many examples it takes a second.
    """
    timed: dict[str, Any] = {}

    def run(recording: Recording, samples: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        arrays = model.inputs.arrays(recording, samples)
        if not timed:
            timed[SPEED] = _per_second(model.outputs, arrays)
        return _what_counts(model.card["target"], model.outputs(arrays), arrays)

    return {**_figures(model.card["target"], run, data_dir, records, progress), **timed}


def measure_beat_model(
    model: BeatModel, data_dir: Path, records: tuple[str, ...], progress: FractionProgress | None = None
) -> dict[str, Any]:
    """Return a beat classifier's EC57 figures on the reference beats of records.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    data_dir : Path
        Folder of the MIT-BIH Arrhythmia Database.
    records : tuple of str
        Names of the records.
    progress : callable, optional
        Called as ``progress(share, record)``.

    Returns
    -------
    dict
        Figures by name.
    """

    def run(recording: Recording, samples: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        return model.classify(recording, samples, find_beats(recording).quality).argmax(axis=1)

    return _figures(AamiTarget.name, run, data_dir, records, progress)


def speed_of_beat_model(model: BeatModel, data_dir: Path, record: str) -> int:
    """Return how many prepared beats a beat classifier classifies per second.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    data_dir : Path
        Folder of the MIT-BIH Arrhythmia Database.
    record : str
        Name of the record whose beats are classified.

    Returns
    -------
    int
        Beats per second.
    """
    recording = open_recording(data_dir / f"{record}.hea", name=record)
    samples = find_beats(recording).sample
    windows = next(iter(iterate_windows(recording, samples, model.window, model.lead_reference(recording, samples))))
    rr = rr_features(samples / recording.fs_hz)[windows.first : windows.first + len(windows.wave)]
    arrays = {"wave": windows.wave, "readable": windows.readable, "rr": rr}
    return _per_second(lambda given: model.classify_windows(**given), arrays)


def ec57_figures(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few gross figures of an EC57 report that stand in the table: e and j as N, whole records."""
    block = next(r for r in report["results"] if r["mapping"] == "de_chazal" and not r["start_s"])
    gross = block["gross"]
    figures = {"accuracy": gross["accuracy"]}
    for letter in ("V", "S", "N", "F"):
        for statistic in ("se", "ppv", "f1"):
            figures[f"{letter}_{statistic}"] = gross[letter][statistic]
    without = block.get("S_without_232")
    if without:
        figures["S_f1_without_232"] = without["gross"]["f1"]
    return {name: None if value is None else round(float(value), DIGITS) for name, value in figures.items()}


def _figures(
    target_name: str,
    run: Callable[[Recording, npt.NDArray[np.int64]], npt.NDArray[Any]],
    data_dir: Path,
    records: tuple[str, ...],
    progress: FractionProgress | None,
) -> dict[str, Any]:
    """Go through records and score what `run` says: by EC57 where it names classes, else as its target does."""
    if target_name == AamiTarget.name:
        results = evaluate_records(
            data_dir,
            records,
            classify=lambda recording, samples: np.array(CLASSES)[run(recording, samples)],
            progress=progress,
        )
        return ec57_figures(report_dict(assess(results, "reference", Settings.chosen("de_chazal", "counted"))))
    target = TARGETS[target_name]
    values, found = [], []
    for index, record in enumerate(records):
        if progress:
            progress(index / len(records), record)
        recording = open_recording(data_dir / f"{record}.hea", name=record)
        samples, value = target.examples(recording)
        values.append(value)
        found.append(run(recording, samples))
    value, outputs = np.concatenate(values), np.concatenate(found)
    nothing = {"segment": np.zeros_like(outputs)} if target_name == AnomalyTarget.name else {}
    figures = {name: _rounded(figure) for name, figure in target.figures(value, outputs, nothing).items()}
    return {**figures, "examples": len(value)}


def _what_counts(target_name: str, outputs: npt.NDArray[np.float32], arrays: Arrays) -> npt.NDArray[Any]:
    """Reduce outputs to what the figures follow from.

    A reconstruction becomes one number, as far from zero as it was from its input in root mean square: its error is
    the same, and no record's segments need be held until all are scored.
    """
    if target_name == AamiTarget.name:
        return outputs.argmax(axis=1).astype(np.int8)
    if target_name == AnomalyTarget.name:
        return np.sqrt(((outputs - arrays["segment"]) ** 2).mean(axis=(1, 2), keepdims=True))
    return outputs


def _per_second(outputs: Callable[[Any], Any], arrays: Mapping[str, npt.NDArray[Any]]) -> int:
    """Time a model on prepared inputs; libraries are loaded, and the graph is built, before."""
    n_given = len(next(iter(arrays.values())))
    rows = np.arange(_TIMED) % n_given
    timed = {name: array[rows] for name, array in arrays.items()}
    outputs(timed)
    began = time.perf_counter()
    outputs(timed)
    return round(_TIMED / (time.perf_counter() - began))


def _rounded(figure: float) -> float | None:
    return round(float(figure), DIGITS) if np.isfinite(figure) else None
