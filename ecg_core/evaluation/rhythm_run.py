"""Rhythm of annotated records: each is analysed and compared with its reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core import rhythm
from ecg_core.errors import ModelError
from ecg_core.evaluation.bootstrap import Interval, by_patient, patient_weights, percentile_interval
from ecg_core.evaluation.challenge2017 import class_f1, class_matrix, recording_class
from ecg_core.evaluation.interval_sets import difference, interval_set, overlaps
from ecg_core.evaluation.rhythm_counts import (
    CATEGORIES,
    DANGER_OR_POSSIBLE,
    RhythmCounts,
    danger_figures,
    kind_figures,
)
from ecg_core.evaluation.rhythm_databases import DATABASES, Database, RhythmReference
from ecg_core.evaluation.rhythm_references import load_rhythm_reference
from ecg_core.evaluation.rhythm_scores import score_rhythm
from ecg_core.rhythm.left_out import LeftOut

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier
    from ecg_core.rhythm.recognition import RhythmModel

LEARNING_PERIOD_S: Final = 300.0
"""EC57 and epicmp leave the first five minutes of each record out."""

_MIN_LISTED_S: Final = 0.1

AnnotationsOnly = Callable[[pd.DataFrame, float, int], pd.DataFrame]
"""Finds the episodes of beats with classes, without a signal: beat table, rate in Hz, length in samples."""


class OutsideSpan(NamedTuple):
    """A span called dangerous, or possibly so, where the reference is not."""

    record: str
    start_s: float
    stop_s: float
    kind: str


@dataclass(frozen=True)
class RecordRhythm:
    """One record's comparison.

    Attributes
    ----------
    record, patient : str
    counts : RhythmCounts
    outside : tuple of OutsideSpan
    record_class, found_class : str or None
        Of databases with one class a recording.
    n_on_fusion_runs : int
        Episodes called dangerous, or possibly so, that touch no dangerous rhythm of the reference, but one of its runs
        of V and fusion beats.
    """

    record: str
    patient: str
    counts: RhythmCounts
    outside: tuple[OutsideSpan, ...] = ()
    record_class: str | None = None
    found_class: str | None = None
    n_on_fusion_runs: int = 0


@dataclass(frozen=True)
class RhythmAssessment:
    """The comparison of a database.

    Attributes
    ----------
    data : str
        The database's name.
    records : tuple of RecordRhythm
    told : frozenset of str
        Names of `CATEGORIES` that the references tell.
    n_without_signal : int
        Records whose reference beats were taken, for want of a signal.
    notes : tuple of str
    """

    data: str
    records: tuple[RecordRhythm, ...]
    told: frozenset[str]
    n_without_signal: int = 0
    notes: tuple[str, ...] = ()
    total: RhythmCounts = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum((one.counts for one in self.records), RhythmCounts()))

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len({one.patient for one in self.records})

    @property
    def n_on_fusion_runs(self) -> int:
        """Number of false dangerous episodes on runs of V and fusion beats of the reference."""
        return sum(one.n_on_fusion_runs for one in self.records)

    @property
    def matrix(self) -> npt.NDArray[np.int64] | None:
        """Recordings by reference class and class found; None where recordings have no class."""
        pairs = [(one.record_class, one.found_class) for one in self.records]
        classed = [(true, called) for true, called in pairs if true is not None and called is not None]
        if not classed:
            return None
        return class_matrix(*map(list, zip(*classed, strict=True)))

    def intervals(self) -> dict[str, dict[str, Interval | None]] | None:
        """Return 95 % intervals by patient, see :mod:`ecg_core.evaluation.bootstrap`.

        Returns
        -------
        dict or None
            By category the figures of :func:`kind_figures`, under ``danger`` those of :func:`danger_figures`, under
            ``recordings`` the F1 of classes; None if there are fewer than two patients.
        """
        patients = [one.patient for one in self.records]
        if self.n_patients < 2:
            return None
        weights = patient_weights(self.n_patients)

        def drawn(rows: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
            return np.tensordot(weights, by_patient(np.array(rows), patients), axes=1)

        result = {"danger": _percentiles(danger_figures(drawn([one.counts.danger.array for one in self.records])))}
        for name in CATEGORIES:
            total = self.total.kinds[name]
            if total.n_reference or total.n_found:
                rows = [one.counts.kinds[name].array for one in self.records]
                result[name] = _percentiles(kind_figures(drawn(rows)))
        if self.matrix is not None:
            single = [class_matrix([str(one.record_class)], [str(one.found_class)]) for one in self.records]
            result["recordings"] = _percentiles(class_f1(drawn(single)))
        return result


def beats_alone(beats: pd.DataFrame, fs_hz: float, n_samples: int) -> pd.DataFrame:
    """Return the episodes that follow from beats and their classes alone.

    Parameters
    ----------
    beats : DataFrame
        Beat table.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    DataFrame
        Table of episodes.
    """
    return rhythm.episodes(beats, fs_hz, n_samples)


def evaluate_rhythm(
    folder: Path,
    records: Sequence[str],
    model: Classifier | None = None,
    *,
    without_first_minutes: bool = False,
    rhythm_models: Sequence[RhythmModel] = (),
    annotations_only: AnnotationsOnly = beats_alone,
    progress: Callable[[float, str], None] | None = None,
) -> RhythmAssessment:
    """Analyse annotated records and compare the rhythm found with the reference's.

    Parameters
    ----------
    folder : Path
        Its name tells the database, see :mod:`ecg_core.evaluation.rhythm_references`.
    records : sequence of str
        Names of the records.
    model : Classifier, optional
        Without it beats are not classified, and kinds that need classes are not found.
    without_first_minutes : bool
        Whether the first five minutes of each record are left out.
    rhythm_models : sequence of RhythmModel
        Each trained without a fold of the patients; a record is analysed with the one that has not seen its patient.
        The shipped one by default.
    annotations_only : callable, optional
        Takes the place of the analysis where a record has no signal.
    progress : callable, optional
        Called with the fraction done and the name of the record about to be analysed.

    Returns
    -------
    RhythmAssessment

    Raises
    ------
    RecordingError
        If a record or its reference cannot be read.
    """
    results: list[RecordRhythm] = []
    told: set[str] = set()
    n_without_signal = 0
    for index, record in enumerate(records):
        if progress:
            progress(index / len(records), record)
        reference = load_rhythm_reference(folder, record)
        told |= reference.told
        if reference.recording is None:
            n_without_signal += 1
        unseen = unseen_by(rhythm_models, folder.name, reference.patient) if rhythm_models else None
        episodes = _episodes(reference, model, unseen, annotations_only)
        results.append(_compared(reference, episodes, without_first_minutes))
    if progress:
        progress(1.0, "")
    notes = _notes(DATABASES.get(folder.name, Database()), n_without_signal, without_first_minutes)
    return RhythmAssessment(folder.name, tuple(results), frozenset(told), n_without_signal, tuple(notes))


def unseen_by(models: Sequence[RhythmModel], database: str, patient: str) -> RhythmModel:
    """Return the model that was trained without a patient.

    Parameters
    ----------
    models : sequence of RhythmModel
        Models of the folds.
    database : str
        Name of the database.
    patient : str
        Name of the patient in it.

    Returns
    -------
    RhythmModel

    Raises
    ------
    ModelError
        If there is none.
    """
    for model in models:
        left_out = model.card.get("left_out")
        if left_out and LeftOut(left_out["fold"], left_out["folds"]).holds(database, patient):
            return model
    raise ModelError(f"None of the rhythm models was trained without patient {patient} of {database}.")


def _episodes(
    reference: RhythmReference,
    model: Classifier | None,
    rhythm_model: RhythmModel | None,
    annotations_only: AnnotationsOnly,
) -> pd.DataFrame:
    if reference.recording is None:
        assert reference.beats is not None
        return annotations_only(reference.beats, reference.fs_hz, reference.n_samples)
    from ecg_core.analysis import analyse

    return analyse(reference.recording, model, group=False, waves=True, rhythm_model=rhythm_model).episodes


def _compared(reference: RhythmReference, episodes: pd.DataFrame, without_first_minutes: bool) -> RecordRhythm:
    unscored = list(reference.unscored)
    if without_first_minutes:
        unscored.append((0, round(LEARNING_PERIOD_S * reference.fs_hz)))
    counts = score_rhythm(
        reference.spans,
        episodes,
        reference.fs_hz,
        reference.n_samples,
        unscored=unscored,
        inexact_s=reference.inexact_s,
    )
    found_class = None if reference.record_class is None else recording_class(episodes, reference.n_samples)
    return RecordRhythm(
        reference.record,
        reference.patient,
        counts,
        tuple(_outside(reference, episodes, unscored)),
        reference.record_class,
        found_class,
        _on_fusion_runs(reference, episodes),
    )


def _on_fusion_runs(reference: RhythmReference, episodes: pd.DataFrame) -> int:
    category = CATEGORIES[DANGER_OR_POSSIBLE]
    rows = episodes[episodes["kind"].isin(category.found)][["start_sample", "stop_sample"]]
    found = interval_set(rows.to_numpy(dtype=np.int64).tolist(), reference.n_samples)
    danger = interval_set((one[:2] for one in reference.spans if one.kind in category.reference), reference.n_samples)
    on_runs = overlaps(found, interval_set(reference.fusion_runs, reference.n_samples)) > 0
    return int((on_runs & (overlaps(found, danger) == 0)).sum())


def _outside(
    reference: RhythmReference, episodes: pd.DataFrame, unscored: Iterable[Sequence[int]]
) -> Iterable[OutsideSpan]:
    """Yield what is called dangerous outside the reference's dangerous time, for a person to look at."""
    category = CATEGORIES[DANGER_OR_POSSIBLE]
    marked = [span[:2] for span in reference.spans if span.kind in category.reference]
    excused = interval_set([*marked, *unscored], reference.n_samples)
    for kind in sorted(category.found):
        rows = episodes[episodes["kind"] == kind][["start_sample", "stop_sample"]].to_numpy(dtype=np.int64)
        for start, stop in difference(interval_set(rows.tolist(), reference.n_samples), excused).tolist():
            if (stop - start) / reference.fs_hz < _MIN_LISTED_S:
                continue  # an episode reaches one sample past its last beat
            yield OutsideSpan(reference.record, start / reference.fs_hz, stop / reference.fs_hz, kind)


def _notes(database: Database, n_without_signal: int, without_first_minutes: bool) -> Iterable[str]:
    if database.note:
        yield database.note
    if n_without_signal:
        yield (
            f"{n_without_signal} records without a signal: the reference's beats and classes are taken, so that kinds "
            "that follow from classes (VT, B, T, SVTA) are not measured here"
        )
    if without_first_minutes:
        yield "The first five minutes of each record are left out"


def _percentiles(figures: dict[str, npt.NDArray[np.float64]]) -> dict[str, Interval | None]:
    return {name: percentile_interval(values) for name, values in figures.items()}
