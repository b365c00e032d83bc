"""Answers of several models to the same beats, and how far they agree.

Models that tell the five classes are compared by class. A model that tells only normal or abnormal is compared with the
others, and they with it, by whether the answer is normal: N is, every other class is not. A heart rate and a
reconstruction error are answers of another kind: they stand beside the others and agree with none.

References
----------
Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960; 20: 37-46.
ANSI/AAMI EC57:2012, 150 ms window for pairing beats with a reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import softmax

from ecg_core.arrays import Float32Array, Int64Array
from ecg_core.beats import CLASSES, to_aami
from ecg_core.classification.model import BeatModel, load_model, models_folder
from ecg_core.evaluation.matching import match_beats, window_samples
from ecg_core.explanation.beat import explain_beat
from ecg_core.progress import Progress
from ecg_core.recording import Recording, from_array
from ecg_core.review.readers import cohens_kappa
from ecg_core.signal.quality import assess_quality
from ecg_core.textbook.explanation import explain_textbook
from ecg_core.textbook.inputs import Arrays, Inputs
from ecg_core.textbook.model import TextbookModel, textbook_models

NORMAL, ABNORMAL = "normal", "abnormal"
REFERENCE: Final = "reference"
CLASSES_TARGET, BINARY_TARGET, ANOMALY_TARGET, RATE_TARGET = "aami", "binary", "anomaly", "rate"

_NORMAL_SYMBOLS: Final = ("N", ".")
_BEATS_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class ComparedModels:
    """The models that are compared.

    Attributes
    ----------
    classifier : BeatModel
        The classifier that the program uses.
    textbook : tuple of TextbookModel
        The textbook models that can be run.
    without_weights : tuple of str
        Names of the textbook models of which only the card is there.
    """

    classifier: BeatModel
    textbook: tuple[TextbookModel, ...]
    without_weights: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelAnswers:
    """What one model says of a sequence of beats.

    Attributes
    ----------
    name : str
        Name of the model.
    target : {"aami", "binary", "anomaly", "rate"}
        What it was trained for.
    answers : ndarray of str, shape (beats,)
        A class; ``normal`` or ``abnormal``; empty text for a model that answers with a number.
    values : ndarray of float32, shape (beats, k)
        Probabilities of the five classes; else one number: the probability that the beat is abnormal, the mean square
        that is not rebuilt of a segment of variance 1, or the heart rate per minute.
    """

    name: str
    target: str
    answers: npt.NDArray[np.str_]
    values: Float32Array

    @property
    def decides(self) -> bool:
        """Whether the model answers with a class or with normal or abnormal."""
        return self.target in (CLASSES_TARGET, BINARY_TARGET)


@dataclass(frozen=True)
class ReferenceAnswers:
    """What the reference annotations say of the beats that were found.

    Attributes
    ----------
    classes : ndarray of str, shape (beats,)
        Class of each beat, empty text where no reference beat lies within 150 ms.
    binary : ndarray of str, shape (beats,)
        ``normal`` for the symbol N alone, as the models of normal and abnormal beats were taught it: a beat with bundle
        branch block is abnormal to them and of class N to the others.
    """

    classes: npt.NDArray[np.str_]
    binary: npt.NDArray[np.str_]


@dataclass(frozen=True)
class BeatAnswer:
    """What one model says of one beat, and what it looked at.

    Attributes
    ----------
    name, target : str
        As in :class:`ModelAnswers`.
    explained : str
        The class that the map speaks for; ``normal``, ``abnormal``, ``reconstruction error`` or ``heart rate``.
    probabilities : ndarray of float32, shape (5,), or None
        In the order of `ecg_core.beats.CLASSES`.
    value : float or None
        Of a model that tells no classes.
    method : str
        How the map was made.
    offsets_s : ndarray of float64, shape (n,)
        Time of the samples relative to the beat.
    wave_mv : ndarray of float32, shape (n,)
        The first lead.
    map : ndarray of float32, shape (n,), or None
        What spoke for the answer, 0 to 1; None for a model that sees hand-made features.
    features : pandas.DataFrame or None
        Columns ``feature, text, value, effect``, see :class:`~ecg_core.textbook.explanation.TextbookExplanation`.
    """

    name: str
    target: str
    explained: str
    probabilities: Float32Array | None
    value: float | None
    method: str
    offsets_s: npt.NDArray[np.float64]
    wave_mv: Float32Array
    map: Float32Array | None
    features: pd.DataFrame | None = None


def compared_models() -> ComparedModels:
    """Open the classifier and the textbook models; nothing heavy is imported yet.

    Raises
    ------
    ModelError
        If the classifier cannot be opened.
    """
    found = textbook_models(models_folder())
    return ComparedModels(load_model(), found.complete, found.without_weights)


def piece_of(n_samples: int, fs_hz: float, at: int, length_s: float) -> tuple[int, int]:
    """Return the piece of a recording that holds a sample, of a division into pieces of nearly equal length.

    Parameters
    ----------
    n_samples : int
        Length of the recording in samples.
    fs_hz : float
        Sampling rate in Hz.
    at : int
        Position in samples.
    length_s : float
        Shortest length of a piece in s; a recording that is shorter than two of them is one piece.

    Returns
    -------
    tuple of int
        First sample, and one past the last.
    """
    n_pieces = max(1, int(n_samples / (length_s * fs_hz)))
    edges = np.linspace(0, n_samples, n_pieces + 1).round().astype(np.int64)
    place = int(np.clip(np.searchsorted(edges, at, side="right") - 1, 0, n_pieces - 1))
    return int(edges[place]), int(edges[place + 1])


def cut_piece(recording: Recording, samples: Int64Array, start: int, stop: int) -> tuple[Recording, Int64Array]:
    """Return a span of a recording as a recording of its own, with the beats in it.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    start, stop : int
        First sample of the span, and one past the last.

    Returns
    -------
    Recording
        The span, read into memory.
    ndarray of int64
        Beat positions in samples of the span.
    """
    inside = samples[(samples >= start) & (samples < stop)]
    return from_array(recording.read(start, stop), recording.fs_hz, recording.lead_names), inside - start


def answers_of_models(
    recording: Recording,
    samples: Int64Array,
    models: Sequence[BeatModel | TextbookModel],
    progress: Progress | None = None,
) -> list[ModelAnswers]:
    """Ask every model about every beat of a recording.

    Parameters
    ----------
    recording : Recording
        The recording; its first lead is held in memory as the inputs of each kind, so cut a long one into pieces.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording.
    models : sequence of BeatModel or TextbookModel
        The models.
    progress : callable, optional
        Called with the model's name and the fraction done.

    Returns
    -------
    list of ModelAnswers
        In the order of `models`.
    """
    prepared: dict[Inputs, Arrays] = {}
    found = []
    for place, model in enumerate(models):
        if progress:
            progress(f"Asking {model.name}", place / len(models))
        if isinstance(model, BeatModel):
            quality = assess_quality(recording.read(), recording.fs_hz)
            probabilities = model.classify(recording, samples, quality)
            found.append(ModelAnswers(model.name, CLASSES_TARGET, _most_probable(probabilities), probabilities))
            continue
        if model.inputs not in prepared:
            prepared[model.inputs] = model.inputs.arrays(recording, samples)
        found.append(_textbook_answers(model, prepared[model.inputs]))
    return found


def reference_answers(recording: Recording, samples: Int64Array) -> ReferenceAnswers | None:
    """Return what a recording's own reference annotations say of its beats; None where there are none.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beats that were found.

    Returns
    -------
    ReferenceAnswers or None
    """
    annotations = recording.annotations()
    if annotations is None:
        return None
    reference, symbols = annotations.beats()
    if not len(reference):
        return None
    pairs = match_beats(reference, samples, window_samples(recording.fs_hz))
    classes = np.full(len(samples), "", dtype="<U8")
    binary = classes.copy()
    classes[pairs.test] = to_aami(symbols[pairs.reference])
    binary[pairs.test] = np.where(np.isin(symbols[pairs.reference], _NORMAL_SYMBOLS), NORMAL, ABNORMAL)
    return ReferenceAnswers(classes, binary)


def agreement_table(models: Sequence[ModelAnswers], reference: ReferenceAnswers | None = None) -> pd.DataFrame:
    """Compare every model with every other one, and with the reference where there is one.

    Parameters
    ----------
    models : sequence of ModelAnswers
        Answers to the same beats; models that answer with a number are left out.
    reference : ReferenceAnswers, optional
        What the annotations say of these beats.

    Returns
    -------
    pandas.DataFrame
        One row a pair: ``first``, ``second`` (the name of a model, or ``reference``), ``beats`` compared, ``share`` of
        them that both call the same, Cohen's ``kappa`` (NaN where both give one answer to all), ``by`` (``class``,
        or ``normal`` where one of the two tells no classes).
    """
    columns: dict[str, Any] = {"first": [], "second": [], "beats": [], "share": [], "kappa": [], "by": []}
    deciding = [model for model in models if model.decides]
    pairs = [(one.name, other.name, *_same_terms(one, other)) for one, other in combinations(deciding, 2)]
    if reference is not None:
        for model in deciding:
            by_class = model.target == CLASSES_TARGET
            truth = reference.classes if by_class else reference.binary
            pairs.append((REFERENCE, model.name, truth, model.answers, "class" if by_class else NORMAL))
    for first, second, one, other, by in pairs:
        known = (one != "") & (other != "")
        one, other = one[known], other[known]
        kappa = cohens_kappa(_counts(one, other))
        columns["first"].append(first)
        columns["second"].append(second)
        columns["beats"].append(len(one))
        columns["share"].append(float((one == other).mean()) if len(one) else np.nan)
        columns["kappa"].append(np.nan if kappa is None else kappa)
        columns["by"].append(by)
    return pd.DataFrame(columns)


def answers_for_beat(
    recording: Recording, samples: Int64Array, index: int, models: ComparedModels, progress: Progress | None = None
) -> list[BeatAnswer]:
    """Ask every model about one beat and map what spoke for its answer.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording.
    index : int
        Which of them.
    models : ComparedModels
        The models.
    progress : callable, optional
        Called with the model's name and the fraction done.

    Returns
    -------
    list of BeatAnswer
        The classifier's answer to the beat alone first, then those of the textbook models.
    """
    report = progress or (lambda _stage, _share: None)
    report(f"Asking {models.classifier.name}", 0.0)
    quality = assess_quality(recording.read(), recording.fs_hz)
    own = explain_beat(recording, samples, index, models.classifier, quality=quality)
    found = [
        BeatAnswer(
            models.classifier.name,
            CLASSES_TARGET,
            own.target,
            own.probabilities,
            None,
            "Grad-CAM",
            own.offsets_s,
            own.wave_mv[:, 0],
            own.map[:, 0],
        )
    ]
    for place, model in enumerate(models.textbook, start=1):
        report(f"Asking {model.name}", place / (len(models.textbook) + 1))
        one = explain_textbook(recording, samples, index, model)
        found.append(
            BeatAnswer(
                model.name,
                one.target,
                one.explained,
                one.probabilities,
                one.value,
                one.method,
                one.offsets_s,
                one.wave_mv[:, 0],
                None if one.map is None else one.map[:, 0],
                one.features,
            )
        )
    return found


def votes(answers: Sequence[BeatAnswer]) -> dict[str, int]:
    """Count how many models that tell the five classes give a beat each of them.

    Parameters
    ----------
    answers : sequence of BeatAnswer
        Answers of the models.

    Returns
    -------
    dict of str to int
        By class, in the order of `ecg_core.beats.CLASSES`.
    """
    said = [CLASSES[int(one.probabilities.argmax())] for one in answers if one.probabilities is not None]
    return {label: said.count(label) for label in CLASSES}


def _textbook_answers(model: TextbookModel, arrays: Arrays) -> ModelAnswers:
    target = str(model.card["target"])
    n_beats = len(next(iter(arrays.values())))
    parts = []
    for start in range(0, n_beats, _BEATS_AT_ONCE):
        batch = {name: array[start : start + _BEATS_AT_ONCE] for name, array in arrays.items()}
        outputs = model.outputs(batch)
        if target == ANOMALY_TARGET:
            outputs = ((outputs - batch["segment"]) ** 2).mean(axis=(1, 2))[:, None]
        parts.append(outputs)
    values = np.concatenate(parts) if parts else np.empty((0, len(CLASSES) if target == CLASSES_TARGET else 1))
    if target == CLASSES_TARGET:
        probabilities = np.asarray(softmax(values, axis=1), dtype=np.float32)
        return ModelAnswers(model.name, target, _most_probable(probabilities), probabilities)
    if target == BINARY_TARGET:
        abnormal = np.asarray(1 / (1 + np.exp(-values.astype(np.float64))), dtype=np.float32)
        return ModelAnswers(model.name, target, np.where(abnormal[:, 0] >= 0.5, ABNORMAL, NORMAL), abnormal)
    return ModelAnswers(model.name, target, np.full(n_beats, ""), values.astype(np.float32))


def _most_probable(probabilities: Float32Array) -> npt.NDArray[np.str_]:
    return np.array(CLASSES)[probabilities.argmax(axis=1)] if len(probabilities) else np.empty(0, "<U1")


def _same_terms(one: ModelAnswers, other: ModelAnswers) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_], str]:
    """Return two models' answers in the terms that both know, and which these are."""
    if one.target == other.target == CLASSES_TARGET:
        return one.answers, other.answers, "class"
    return _as_normal(one), _as_normal(other), NORMAL


def _as_normal(model: ModelAnswers) -> npt.NDArray[np.str_]:
    if model.target == BINARY_TARGET:
        return model.answers
    return np.where(model.answers == "N", NORMAL, ABNORMAL)


def _counts(one: npt.NDArray[np.str_], other: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    terms: Mapping[str, int] = {term: place for place, term in enumerate(np.union1d(one, other))}
    counts = np.zeros((len(terms), len(terms)), dtype=np.int64)
    np.add.at(counts, ([terms[term] for term in one], [terms[term] for term in other]), 1)
    return counts
