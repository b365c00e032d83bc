"""Fit the scorer of candidates: ``python -m ecg_core.detection.fit --data $ECG_DATA``.

Fitted on de Chazal's DS1 of MIT-BIH, the MIT-BIH Noise Stress records made of two of them, SVDB and the
CPSC 2021 excerpts; DS2 and the paced records are never read. ``--folds N`` prints a cross-validation
grouped by patient instead of writing weights.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.detection.candidates import FEATURES, find_candidates
from ecg_core.detection.detector import REFRACTORY_S
from ecg_core.detection.fusion import fuse
from ecg_core.detection.scorer import WEIGHTS_FILE, Scorer, choose
from ecg_core.formats import open_recording
from ecg_core.mitbih import DS1, patient_of
from ecg_core.recording import Annotations
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ
from ecg_core.signal.quality import at_common_rate, grade

NOISE_STRESS: Final = [f"{record}e{snr}" for record in (118, 119) for snr in ("18", "12")]
STRIP_S: Final = (10, 20, 40)
"""Each recording is shown whole and again cut into strips of these lengths in turn, so that the fit knows what
the first and the last beat of a signal look like."""

WINDOW_S: Final = 0.15
UNITS: Final = 24
EPOCHS: Final = 12
BATCH: Final = 512
SEED: Final = 0


@dataclass(frozen=True)
class Example:
    """The candidates of one recording, or a strip of it, seen by some of its leads."""

    record: str
    patient: str
    leads: tuple[int, ...]
    whole: bool
    position: npt.NDArray[np.int64]
    features: npt.NDArray[np.float32]
    is_beat: npt.NDArray[np.bool_]
    reference: npt.NDArray[np.floating]


def training_records(data: Path) -> list[tuple[Path, str]]:
    """Return path and patient of each record to fit on."""
    records = [(data / "mitdb" / name, name) for name in DS1]
    records += [(data / "nstdb" / name, patient_of(name)) for name in NOISE_STRESS]
    records += [(path.with_suffix(""), path.stem) for path in sorted((data / "svdb").glob("*.hea"))]
    records += [(path.with_suffix(""), path.stem.rpartition("_")[0]) for path in sorted((data / "afib").glob("*.hea"))]
    return records


def examples_of(path: Path, patient: str) -> list[Example]:
    """Return the candidates of a record as its first, its second and both leads show them, whole and in strips."""
    recording = open_recording(path)
    annotations = recording.annotations("atr")
    if annotations is None:
        return []
    leads = range(min(len(recording.leads), 2))
    choices = [(lead,) for lead in leads] + ([tuple(leads)] if len(leads) > 1 else [])
    name = f"{path.parent.name}/{path.name}"
    reference = annotations.beats()[0]
    for start, stop in _flutter(annotations):
        reference = reference[(reference < start) | (reference > stop)]
    examples = []
    for choice in choices:
        signal = recording.read(leads=choice)
        for start, stop in [(0, len(signal)), *_strips(len(signal), recording.fs_hz)]:
            position, features = _candidates(signal[start:stop], recording.fs_hz)
            origin = start / recording.fs_hz * ENERGY_RATE_HZ
            to_common = ENERGY_RATE_HZ / recording.fs_hz
            inside = reference[(reference >= start) & (reference < stop)] * to_common - origin
            keep = np.ones(len(position), dtype=bool)
            for first, last in _flutter(annotations):
                keep &= (position + origin < first * to_common) | (position + origin > last * to_common)
            position, features = position[keep], features[keep]
            is_beat = _nearest_to_a_beat(position, inside, WINDOW_S * ENERGY_RATE_HZ)
            whole = stop - start == len(signal)
            examples.append(Example(name, patient, choice, whole, position, features, is_beat, inside))
    return examples


def _candidates(signal: npt.NDArray[np.float32], fs_hz: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    common = at_common_rate(signal, fs_hz)
    return find_candidates(fuse(common, grade(common)))


def _strips(n_samples: int, fs_hz: float) -> list[tuple[int, int]]:
    """Return start and stop of consecutive strips of the lengths `STRIP_S`, in turn."""
    lengths = [round(length_s * fs_hz) for length_s in STRIP_S]
    edges = [0, *itertools.accumulate(lengths * (n_samples // sum(lengths)))]
    return list(itertools.pairwise(edges))


def _flutter(annotations: Annotations) -> list[tuple[int, int]]:
    """Return the spans of ventricular flutter, in which waves are no beats."""
    starts = annotations.sample[annotations.symbol == "["]
    stops = annotations.sample[annotations.symbol == "]"]
    return [(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]


def _nearest_to_a_beat(
    position: npt.NDArray[np.int64], reference: npt.NDArray[np.floating], window: float
) -> npt.NDArray[np.bool_]:
    """Tell which candidates are the beats: the nearest to each reference, if within the window."""
    found = np.zeros(len(position), dtype=bool)
    if not len(position):
        return found
    after = np.clip(np.searchsorted(position, reference), 1, max(len(position) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(position) - 1)
    nearer_after = np.abs(position[after] - reference) < np.abs(position[before] - reference)
    nearest = np.where(nearer_after, after, before)
    found[nearest[np.abs(position[nearest] - reference) <= window]] = True
    return found


def fit(features: npt.NDArray[np.float32], is_beat: npt.NDArray[np.bool_], seed: int = SEED) -> Scorer:
    """Fit the network by Adam on the cross entropy, the step falling to zero.

    Parameters
    ----------
    features : ndarray of float32, shape (candidates, features)
    is_beat : ndarray of bool, shape (candidates,)
    seed : int

    Returns
    -------
    Scorer
    """
    rng = np.random.default_rng(seed)
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    inputs = np.hstack([(features - mean) / scale, np.ones((len(features), 1), np.float32)])
    targets = is_beat.astype(np.float32)
    hidden = rng.normal(0, np.sqrt(2 / inputs.shape[1]), (inputs.shape[1], UNITS)).astype(np.float32)
    output = rng.normal(0, np.sqrt(1 / UNITS), UNITS + 1).astype(np.float32)
    weights = [hidden, output]
    first = [np.zeros_like(weight) for weight in weights]
    second = [np.zeros_like(weight) for weight in weights]
    n_steps = EPOCHS * (len(inputs) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(inputs))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            step += 1
            rows = order[start : start + BATCH]
            rate = 3e-3 * (1 - step / n_steps) + 1e-5
            for index, gradient in enumerate(_gradients(inputs[rows], targets[rows], hidden, output)):
                first[index] += 0.1 * (gradient - first[index])
                second[index] += 0.001 * (gradient**2 - second[index])
                unbiased = first[index] / (1 - 0.9**step)
                weights[index] -= rate * unbiased / (np.sqrt(second[index] / (1 - 0.999**step)) + 1e-8)
    return Scorer(mean, scale, hidden, output)


def _gradients(
    inputs: npt.NDArray[np.float32],
    targets: npt.NDArray[np.float32],
    hidden: npt.NDArray[np.float32],
    output: npt.NDArray[np.float32],
    decay: float = 1e-5,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the gradients of the mean cross entropy by the two layers' weights."""
    units = np.maximum(inputs @ hidden, 0)
    logit = units @ output[:-1] + output[-1]
    error = (1 / (1 + np.exp(-np.clip(logit, -30, 30))) - targets) / len(targets)
    by_output = np.append(units.T @ error, error.sum()).astype(np.float32)
    back = np.outer(error, output[:-1]) * (units > 0)
    return inputs.T @ back + decay * hidden, by_output + decay * output


def cross_validate(examples: Sequence[Example], n_folds: int) -> None:
    """Print sensitivity and positive predictivity by database and leads, each patient unseen in the fit."""
    patients = sorted({example.patient for example in examples})
    fold_of = {p: i % n_folds for i, p in enumerate(np.random.default_rng(SEED).permutation(patients))}
    counts: dict[tuple[str, str, tuple[int, ...]], npt.NDArray[np.int64]] = {}
    for fold in range(n_folds):
        fitted = [example for example in examples if fold_of[example.patient] != fold]
        scorer = fit(np.concatenate([e.features for e in fitted]), np.concatenate([e.is_beat for e in fitted]))
        for example in examples:
            if fold_of[example.patient] == fold:
                key = (example.record.split("/")[0], "whole" if example.whole else "strips", example.leads)
                counts[key] = counts.get(key, np.zeros(3, np.int64)) + _count(example, scorer)
    for (database, length, leads), (found, missed, false) in sorted(counts.items()):
        sensitivity, predictivity = 100 * found / (found + missed), 100 * found / (found + false)
        print(
            f"{database:6} {length:6} leads {leads}: Se {sensitivity:.3f} +P {predictivity:.3f} FN {missed} FP {false}"
        )


def _count(example: Example, scorer: Scorer) -> npt.NDArray[np.int64]:
    """Return beats found, missed and falsely claimed."""
    refractory = round(REFRACTORY_S * ENERGY_RATE_HZ)
    beats = choose(example.position, scorer(example.features), refractory)
    found = int(_nearest_to_a_beat(beats, example.reference, WINDOW_S * ENERGY_RATE_HZ).sum())
    return np.array([found, len(example.reference) - found, len(beats) - found])


def weights(examples: Sequence[Example]) -> dict[str, object]:
    """Fit on all examples and return what the weights file holds."""
    scorer = fit(np.concatenate([e.features for e in examples]), np.concatenate([e.is_beat for e in examples]))
    return {
        "fitted_on": sorted({example.record for example in examples}),
        "seed": SEED,
        "features": FEATURES,
        **{
            name: np.round(getattr(scorer, name).astype(float), 5).tolist()
            for name in ("mean", "scale", "hidden", "output")
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the weights, or cross-validate."""
    parser = argparse.ArgumentParser(description="Fit the scorer of beat candidates.")
    parser.add_argument("--data", type=Path, required=True, help="folder with mitdb, nstdb, svdb and afib")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate by patient, write nothing")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    records = training_records(options.data)
    examples = [example for path, patient in records for example in examples_of(path, patient)]
    if options.folds:
        cross_validate(examples, options.folds)
        return
    options.out.write_text(json.dumps(weights(examples)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
