"""How far the explanations of the beat model can be trusted, measured on annotated records.

For a fixed, seeded sample of beats that the model names correctly, each method's maps are put to the questions of
:mod:`ecg_core.explanation.faithfulness` (does the answer fall when the map's samples are taken away?),
:mod:`ecg_core.explanation.sanity` (does the map vanish with the weights?) and :mod:`ecg_core.explanation.regions` (does
it lie where the class is told?), and to whether another training finds the same. Intervals are 95 %, by patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import find_beats
from ecg_core.arrays import Float32Array
from ecg_core.beats import CLASSES, to_aami
from ecg_core.classification.model import BeatModel
from ecg_core.classification.rr import rr_features
from ecg_core.classification.windows import beat_windows
from ecg_core.errors import RecordingError
from ecg_core.evaluation.bootstrap import by_patient, patient_weights, percentile_interval, quotient
from ecg_core.evaluation.protocol import name_of
from ecg_core.evaluation.runner import load_reference
from ecg_core.explanation.faithfulness import RANDOM_MAPS, STEP, Faithfulness, faithfulness
from ecg_core.explanation.gradcam import time_steps
from ecg_core.explanation.methods import METHODS, Method, saliency
from ecg_core.explanation.regions import REGIONS_S, chances, shares
from ecg_core.explanation.sanity import DRAWS, cascade, rank_correlation
from ecg_core.mitbih import patient_of
from ecg_core.progress import FractionProgress

CLASSES_EXPLAINED: Final = ("V", "S", "N")
BEATS_PER_CLASS: Final = 100
SEED: Final = 1
RANDOMISED_BEATS: Final = 15
"""Of each class, for the cascade: it maps them anew for every layer and draw."""

_RANDOMISED_STEPS: Final = 16


@dataclass(frozen=True)
class Chosen:
    """Beats of a sample.

    Attributes
    ----------
    record, label : ndarray of str, shape (beats,)
    index : ndarray of int64, shape (beats,)
        Which of the record's reference beats each is.
    """

    record: npt.NDArray[np.str_]
    index: npt.NDArray[np.int64]
    label: npt.NDArray[np.str_]

    @property
    def target(self) -> npt.NDArray[np.int64]:
        """Index of each beat's class, shape (beats,)."""
        return np.array([CLASSES.index(label) for label in self.label], dtype=np.int64)

    @property
    def patient(self) -> list[str]:
        """Whose each beat is."""
        return [patient_of(record) for record in self.record]


@dataclass(frozen=True)
class Inputs:
    """What a model sees of a sample.

    Attributes
    ----------
    wave : ndarray of float32, shape (beats, leads, samples, 2)
    readable : ndarray of float32, shape (beats, leads)
        0 in leads that a record has not.
    rr : ndarray of float32, shape (beats, features)
    """

    wave: Float32Array
    readable: Float32Array
    rr: Float32Array

    def take(self, rows: npt.NDArray[Any]) -> tuple[Float32Array, Float32Array, Float32Array]:
        """Return wave, readable leads and RR features of some beats."""
        return self.wave[rows], self.readable[rows], self.rr[rows]


def explanation_figures(
    data_dir: Path,
    records: Sequence[str],
    model: BeatModel,
    other: BeatModel | None = None,
    n_per_class: int = BEATS_PER_CLASS,
    seed: int = SEED,
    progress: FractionProgress | None = None,
    annotator: str = "atr",
) -> dict[str, Any]:
    """Measure the maps of a model.

    Parameters
    ----------
    data_dir : Path
        Folder of annotated WFDB records.
    records : sequence of str
        Names of the records.
    model : BeatModel
        The classifier.
    other : BeatModel, optional
        The same recipe trained with another seed, whose maps are compared.
    n_per_class : int
        Number of beats of each class.
    seed : int
        Seed of the random numbers.
    progress : callable, optional
        Called with the share done and what is under way.
    annotator : str
        Extension of the reference annotation files.

    Returns
    -------
    dict
        Plain values, to be printed by :func:`ecg_core.evaluation.explanations_text.explanations_text`, written as JSON
        and kept in a card.

    Raises
    ------
    RecordingError
        If a record cannot be read, or the model names no V, S or N beat of them correctly.
    """
    say = progress or (lambda share, text: None)
    chosen = choose(data_dir, records, model, n_per_class, seed, lambda share, text: say(0.2 * share, text), annotator)
    inputs = inputs_of(data_dir, chosen, model, annotator)
    figures: dict[str, Any] = {
        "records": list(records),
        "record_set": name_of(records),
        "peaks": "reference",
        "mapping": "de_chazal",
        "seed": seed,
        "beats": {label: int((chosen.label == label).sum()) for label in CLASSES_EXPLAINED},
        "patients": {
            label: len({patient for patient, own in zip(chosen.patient, chosen.label, strict=True) if own == label})
            for label in CLASSES_EXPLAINED
        },
        "replacement": "dominant beat",
        "step": STEP,
        "random_maps": RANDOM_MAPS,
        "window_s": [-model.window.before_s, model.window.after_s],
        "grad_cam_steps": time_steps_of(model),
        "regions_s": {name: [_finite(edge) for edge in edges] for name, edges in REGIONS_S.items()},
        "chance": chances(model.window.offsets_s),
        "randomised": {"draws": DRAWS, "beats": 0},
        "methods": {},
    }
    first = _first_of_each(chosen, RANDOMISED_BEATS)
    figures["randomised"]["beats"] = len(first)
    others = inputs_of(data_dir, chosen, other, annotator) if other else None
    for done, method in enumerate(METHODS):
        say(0.2 + 0.8 * done / len(METHODS), method)
        found = saliency(model, inputs.wave, inputs.readable, inputs.rr, chosen.target, method)
        faithful = faithfulness(
            model, inputs.wave, inputs.readable, inputs.rr, chosen.target, found.smooth, seed, RANDOM_MAPS
        )
        lying = shares(found.map, inputs.readable, model.window.offsets_s)
        figures["methods"][method] = {
            "classes": {
                label: _of_class(np.flatnonzero(chosen.label == label), chosen, faithful, lying)
                for label in CLASSES_EXPLAINED
                if (chosen.label == label).any()
            }
        }
        say(0.2 + 0.8 * (done + 0.5) / len(METHODS), f"{method}, randomised weights")
        figures["methods"][method]["randomised"] = _randomised(model, inputs, chosen, first, method, seed)
        if other and others:
            theirs = saliency(other, others.wave, others.readable, others.rr, chosen.target, method).smooth
            figures["methods"][method]["other_model"] = _agreement(model, found.smooth, other, theirs, inputs, chosen)
    if other:
        figures["other_model"] = {"name": other.name, "sha256": other.sha256}
    say(1.0, "")
    return figures


def time_steps_of(model: BeatModel) -> int:
    """Return how many steps of time a beat has in the model's Grad-CAM, from the numbers of its card."""
    from ecg_core.classification.network import NetworkSpec

    return time_steps(NetworkSpec.from_dict(model.card["network"]))


def choose(
    data_dir: Path,
    records: Sequence[str],
    model: BeatModel,
    n_per_class: int = BEATS_PER_CLASS,
    seed: int = SEED,
    progress: FractionProgress | None = None,
    annotator: str = "atr",
) -> Chosen:
    """Draw beats that the model classifies correctly, from each record in turn.

    Parameters
    ----------
    data_dir : Path
        Folder of the records.
    records : sequence of str
        Names of the records.
    model : BeatModel
        The classifier.
    n_per_class : int
        Number of beats of each class.
    seed : int
        Seed of the draw.
    progress : callable, optional
        Called as ``progress(share, record)``.
    annotator : str
        Extension of the reference annotations.

    Returns
    -------
    Chosen

    Raises
    ------
    RecordingError
        If a record cannot be read or there is no such beat.
    """
    generator = np.random.default_rng(seed)
    found: dict[str, list[tuple[int, str, int]]] = {label: [] for label in CLASSES_EXPLAINED}
    for done, record in enumerate(records):
        if progress:
            progress(done / len(records), record)
        reference = load_reference(data_dir, record, annotator)
        quality = find_beats(reference.recording).quality
        said = np.array(CLASSES)[model.classify(reference.recording, reference.sample, quality).argmax(axis=1)]
        truth = to_aami(reference.symbol)
        for label, beats in found.items():
            drawn = generator.permutation(np.flatnonzero((truth == label) & (said == label)))[:n_per_class]
            beats += [(turn, record, int(index)) for turn, index in enumerate(drawn)]
    rows = [
        (record, index, label)
        for label, beats in found.items()
        for _, record, index in sorted(beats, key=lambda beat: beat[0])[:n_per_class]
    ]
    if not rows:
        raise RecordingError(f"{model.name} names no V, S or N beat of these records correctly; nothing to explain.")
    names, indices, labels = zip(*rows, strict=True)
    return Chosen(np.array(names), np.array(indices, dtype=np.int64), np.array(labels))


def inputs_of(data_dir: Path, chosen: Chosen, model: BeatModel, annotator: str = "atr") -> Inputs:
    """Cut the model's inputs for chosen beats; records with fewer leads are padded with unreadable ones.

    Parameters
    ----------
    data_dir : Path
        Folder of the records.
    chosen : Chosen
        The beats.
    model : BeatModel
        The classifier.
    annotator : str
        Extension of the reference annotations.

    Returns
    -------
    Inputs
    """
    cut: dict[int, tuple[Float32Array, Float32Array, Float32Array]] = {}
    for record in dict.fromkeys(chosen.record):
        reference = load_reference(data_dir, str(record), annotator)
        recording, samples = reference.recording, reference.sample
        quality = find_beats(recording).quality
        of_leads = model.lead_reference(recording, samples)
        rr = rr_features(samples / recording.fs_hz)
        for row in np.flatnonzero(chosen.record == record):
            index = int(chosen.index[row])
            windows = beat_windows(recording, samples, index, model.window, of_leads, quality)
            cut[int(row)] = windows.wave[0], windows.readable[0], rr[index]
    waves, readables, rrs = zip(*(cut[row] for row in range(len(chosen.label))), strict=True)
    n_leads = max(len(readable) for readable in readables)
    return Inputs(
        np.stack([np.pad(wave, ((0, n_leads - len(wave)), (0, 0), (0, 0))) for wave in waves]),
        np.stack([np.pad(readable, (0, n_leads - len(readable))) for readable in readables]),
        np.stack(rrs),
    )


def _of_class(
    rows: npt.NDArray[np.int64], chosen: Chosen, faithful: Faithfulness, lying: dict[str, npt.NDArray[np.float64]]
) -> dict[str, Any]:
    patients = [chosen.patient[row] for row in rows]

    def area(by_map: npt.NDArray[np.float64], by_chance: npt.NDArray[np.float64]) -> dict[str, Any]:
        difference = (by_map - by_chance)[rows]
        return {
            "map": float(by_map[rows].mean()),
            "random": float(by_chance[rows].mean()),
            "difference": float(difference.mean()),
            "interval": _interval(difference, patients),
        }

    return {
        "n": len(rows),
        "probability": float(faithful.whole[rows].mean()),
        "probability_as_dominant": float(faithful.usual[rows].mean()),
        "deletion": area(faithful.deletion, faithful.deletion_random),
        "insertion": area(faithful.insertion, faithful.insertion_random),
        "shares": {
            name: {"share": _mean(values[rows]), "interval": _interval(values[rows], patients)}
            for name, values in lying.items()
        },
    }


def _randomised(
    model: BeatModel, inputs: Inputs, chosen: Chosen, rows: npt.NDArray[np.int64], method: Method, seed: int
) -> list[dict[str, Any]]:
    wave, readable, rr = inputs.take(rows)

    def maps(one: BeatModel) -> Float32Array:
        return saliency(one, wave, readable, rr, chosen.target[rows], method, _RANDOMISED_STEPS).smooth

    return [
        {"layer": stage.layer, "signed": float(stage.signed.mean()), "size": float(stage.size.mean())}
        for stage in cascade(model, maps, readable, seed, DRAWS)
    ]


def _agreement(
    model: BeatModel, own: Float32Array, other: BeatModel, theirs: Float32Array, inputs: Inputs, chosen: Chosen
) -> dict[str, dict[str, Any]]:
    """Correlate two models' maps by rank over the time that both see."""
    at_s, other_s = model.window.offsets_s, other.window.offsets_s
    both = (at_s >= other_s[0]) & (at_s <= other_s[-1])
    moved = np.apply_along_axis(lambda lead: np.interp(at_s[both], other_s, lead), 2, theirs).astype(np.float32)
    alike = rank_correlation(own[:, :, both], moved, inputs.readable)
    result = {}
    for label in CLASSES_EXPLAINED:
        rows = np.flatnonzero(chosen.label == label)
        if len(rows):
            patients = [chosen.patient[row] for row in rows]
            result[label] = {
                "rank_correlation": float(alike[rows].mean()),
                "interval": _interval(alike[rows], patients),
            }
    return result


def _first_of_each(chosen: Chosen, n_beats: int) -> npt.NDArray[np.int64]:
    return np.concatenate([np.flatnonzero(chosen.label == label)[:n_beats] for label in CLASSES_EXPLAINED])


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    """Return the mean of what is defined; None where nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else None


def _interval(values: npt.NDArray[np.float64], patients: Sequence[str]) -> list[float] | None:
    """Return the interval of a mean over beats, drawn by patient; None for fewer than two patients."""
    defined = ~np.isnan(values)
    pair = np.stack([np.where(defined, values, 0), defined.astype(float)], axis=1)
    sums = by_patient(pair, patients)
    if len(sums) < 2:
        return None
    drawn = patient_weights(len(sums)) @ sums
    interval = percentile_interval(quotient(drawn[:, 0], drawn[:, 1]))
    return list(interval) if interval else None


def _finite(edge: float) -> float | None:
    return edge if np.isfinite(edge) else None
