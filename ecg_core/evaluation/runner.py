"""Running a detector and a classifier over annotated records; both are given as functions, or as a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.errors import RecordingError, SourceError
from ecg_core.evaluation.matching import window_samples
from ecg_core.evaluation.protocol import Peaks, select_records
from ecg_core.evaluation.scores import RecordBeats, has_paced_beats
from ecg_core.evaluation.spans import SpanTuple, fibrillation_spans, flutter_spans, unreadable_spans
from ecg_core.formats import open_recording
from ecg_core.recording import Recording
from ecg_core.sources.local import list_recordings

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier

Detect = Callable[[Recording], npt.NDArray[np.int64]]
"""Finds the beats of a recording: sample indices in order of time."""

Classify = Callable[[Recording, npt.NDArray[np.int64]], npt.NDArray[Any]]
"""Names the class of each given beat, ``N S V F Q``, or gives its probabilities, shape (beats, 5)."""


def evaluate_records(
    data_dir: Path,
    records: Sequence[str],
    *,
    peaks: Peaks = "reference",
    classify: Classify | None = None,
    detect: Detect | None = None,
    annotator: str = "atr",
    without_paced: bool = False,
    progress: Callable[[float, str], None] | None = None,
) -> list[RecordBeats]:
    """Find and classify the beats of annotated records.

    Parameters
    ----------
    data_dir : Path
        Folder of WFDB records.
    records : sequence of str
        Names of the records.
    peaks : {"reference", "detected"}
        Whether the reference's beats are classified or those that `detect` finds.
    classify : callable, optional
        Without it only positions are scored.
    detect : callable, optional
        Needed if `peaks` is ``"detected"``.
    annotator : str
        Extension of the reference annotation files.
    without_paced : bool
        Whether records with paced beats are left out, as EC57 does.
    progress : callable, optional
        Called with the fraction done and the name of the record about to be analysed.

    Returns
    -------
    list of RecordBeats
        To be scored with :func:`ecg_core.evaluation.score_record` or reported whole.

    Raises
    ------
    RecordingError
        If a record cannot be read or has no reference beats.
    """
    if peaks == "detected" and detect is None:
        raise ValueError("Scoring detected peaks needs a detector.")
    results = []
    for index, name in enumerate(records):
        if progress:
            progress(index / len(records), name)
        reference = load_reference(data_dir, name, annotator)
        recording = reference.recording
        if without_paced and has_paced_beats(reference.symbol):
            continue
        found = detect(recording) if peaks == "detected" and detect else reference.sample
        found = np.asarray(found, dtype=np.int64)
        labels, probabilities = _labelled(classify(recording, found)) if classify else (None, None)
        results.append(
            RecordBeats(
                record=name,
                fs_hz=recording.fs_hz,
                n_samples=recording.n_samples,
                reference_sample=reference.sample,
                reference_symbol=reference.symbol,
                test_sample=found,
                test_label=labels,
                flutter_spans=reference.flutter_spans,
                fibrillation_spans=reference.fibrillation_spans,
                unreadable_spans=reference.unreadable_spans,
                probabilities=probabilities,
            )
        )
    if progress:
        progress(1.0, "")
    return results


def evaluate_model(
    data_dir: Path,
    records: Sequence[str],
    model: Classifier | None = None,
    *,
    peaks: Peaks = "reference",
    first_lead: bool = False,
    annotator: str = "atr",
    without_paced: bool = False,
    progress: Callable[[float, str], None] | None = None,
) -> list[RecordBeats]:
    """Run the product's own detector and a model over annotated records.

    Parameters
    ----------
    data_dir, records, peaks, annotator, without_paced, progress
        As in :func:`evaluate_records`.
    model : Classifier, optional
        Without it only positions are scored, and TensorFlow is not needed.
    first_lead : bool
        Whether detection uses the first lead alone.

    Returns
    -------
    list of RecordBeats
        With probabilities where there is a model.
    """
    from ecg_core.analysis import find_beats
    from ecg_core.detection import detect_recording

    def detect(recording: Recording) -> npt.NDArray[np.int64]:
        return (detect_recording(recording, leads=[0]) if first_lead else find_beats(recording)).sample

    def classify(recording: Recording, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        assert model is not None
        return model.classify(recording, samples, find_beats(recording).quality)

    return evaluate_records(
        data_dir,
        records,
        peaks=peaks,
        classify=classify if model else None,
        detect=detect,
        annotator=annotator,
        without_paced=without_paced,
        progress=progress,
    )


def _labelled(classified: npt.NDArray[Any]) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.floating] | None]:
    """Return labels, and probabilities where the classifier gives them."""
    given = np.asarray(classified)
    if given.ndim == 2:
        return np.array(CLASSES)[given.argmax(axis=1)], given
    return given.astype(str), None


@dataclass(frozen=True)
class Reference:
    """An annotated record.

    Attributes
    ----------
    recording : Recording
    sample : ndarray of int64, shape (beats,)
    symbol : ndarray of str, shape (beats,)
        WFDB beat symbols.
    flutter_spans, fibrillation_spans, unreadable_spans : tuple of (int, int)
        See :mod:`ecg_core.evaluation.spans`.
    """

    recording: Recording
    sample: npt.NDArray[np.int64]
    symbol: npt.NDArray[np.str_]
    flutter_spans: SpanTuple
    fibrillation_spans: SpanTuple
    unreadable_spans: SpanTuple


class NoReferenceError(RecordingError):
    """A record cannot be scored, since nobody marked its beats.

    Attributes
    ----------
    why : str
        In a few words, for a list of such records.
    """

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(sentence)
        self.why = why


def choose_records(data_dir: Path, choice: str, annotator: str = "atr") -> tuple[list[str], list[str]]:
    """Find the records of a folder that are to be scored.

    Parameters
    ----------
    data_dir : Path
        Folder of the records.
    choice : str
        ``ds1``, ``ds2``, names separated by commas, or ``all``: those whose beats the reference marks.
    annotator : str
        Extension of the reference annotation files.

    Returns
    -------
    names : list of str
    notes : list of str
        What was left out of ``all`` and why, for the report's head.

    Raises
    ------
    RecordingError, SourceError
        If the folder is not there, holds none of these records, or one of ``all`` cannot be read.
    """
    check_annotator(annotator)
    held = [found.name for found in list_recordings(data_dir).recordings if found.path.suffix == ".hea"]
    if not held:
        raise SourceError(f"There is no WFDB record in {data_dir}; name a folder with annotated records.")
    names = select_records(choice, held)
    if choice.lower() != "all":
        return names, []
    kept: list[str] = []
    left_out: dict[str, list[str]] = {}
    first_problem = ""
    for name in names:
        try:
            load_reference(data_dir, name, annotator)
        except NoReferenceError as error:
            first_problem = first_problem or str(error)
            left_out.setdefault(error.why, []).append(name)
        else:
            kept.append(name)
    if not kept:
        raise SourceError(f"No record in {data_dir} can be scored: {first_problem}")
    return kept, [f"{why}, left out: {' '.join(absent)}" for why, absent in left_out.items()]


def check_annotator(name: str) -> None:
    """Refuse what is no annotator's name, so that it leads to no other file.

    Raises
    ------
    SourceError
        If it is none.
    """
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise SourceError(f"{name!r:.40} is no annotator's name: give the files' extension, such as atr.")


def load_reference(data_dir: Path, record: str, annotator: str = "atr") -> Reference:
    """Open an annotated record.

    Parameters
    ----------
    data_dir : Path
        Folder of the record.
    record : str
        Name of the record.
    annotator : str
        Extension of the annotations.

    Returns
    -------
    Reference

    Raises
    ------
    NoReferenceError
        If the record has no annotations of that name, or these mark no beats. Those of some databases mark rhythms
        alone (MIT-BIH Atrial Fibrillation, Malignant Ventricular Ectopy): each beat found would count as false.
    RecordingError
        If the record cannot be read.
    """
    recording = open_recording(data_dir / record, name=record)
    file_name = f"{Path(record).name}.{annotator}"
    others = [name for name in recording.annotation_names if name != annotator]
    hint = f", or name another annotator: {record} has {', '.join(others)}" if others else ""
    if recording.load_annotations is None or not (data_dir / record).with_name(file_name).is_file():
        raise NoReferenceError(
            f"{record} has no reference annotations; put {file_name} beside its header{hint}.",
            f"No annotations .{annotator}",
        )
    annotations = recording.load_annotations(annotator)
    reference = Reference(
        recording,
        *annotations.beats(),
        flutter_spans=flutter_spans(annotations, recording.n_samples),
        fibrillation_spans=fibrillation_spans(annotations, recording.n_samples),
        unreadable_spans=unreadable_spans(annotations, recording.n_samples, window_samples(recording.fs_hz)),
    )
    if not len(reference.sample) and not reference.flutter_spans:
        raise NoReferenceError(
            f"{file_name} marks no beats, so nothing can be scored against it; leave {record} out{hint}.",
            f"No beats in .{annotator}",
        )
    return reference
