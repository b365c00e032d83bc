"""Delineation of the recordings of a database, scored against its marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ecg_core.delineation.delineator import delineate
from ecg_core.delineation.wave_model import WaveModel
from ecg_core.evaluation.wave_references import ludb
from ecg_core.evaluation.wave_scores import WaveScores
from ecg_core.findings import find
from ecg_core.formats import open_recording
from ecg_core.pacing import without_spikes
from ecg_core.rhythm.left_out import LeftOut


def evaluate_waves(
    folder: Path, models: Sequence[WaveModel], progress: Callable[[float, str], None] | None = None
) -> tuple[WaveScores, int]:
    """Delineate every marked recording of a database, with detected beats, and score the boundaries.

    Parameters
    ----------
    folder : Path
        The database's folder.
    models : sequence of WaveModel
        One model; or those of a cross-validation, of which each recording is given the one that has not seen it.
    progress : callable, optional
        Called as ``progress(share, record)``.

    Returns
    -------
    scores : WaveScores
    skipped : int
        Recordings that every model has seen.
    """
    scores, skipped = WaveScores(), 0
    references = ludb(folder)
    for number, reference in enumerate(references):
        if progress is not None:
            progress(number / len(references), reference.patient)
        model = model_for(models, reference.patient)
        if model is None:
            skipped += 1
            continue
        recording = open_recording(reference.header)
        found = find(recording)
        clean = without_spikes(recording, found.pacing)
        waves = delineate(clean, found.detection.sample, found.detection.quality, model)
        scores.add(waves, reference, recording.fs_hz)
    return scores, skipped


def model_for(models: Sequence[WaveModel], patient: str) -> WaveModel | None:
    """Return the model that has not seen a patient of LUDB; a single one whatever it has seen.

    Parameters
    ----------
    models : sequence of WaveModel
        One, or those of a cross-validation.
    patient : str
        Number of the patient.

    Returns
    -------
    WaveModel or None
        None if every model has seen the patient.
    """
    if len(models) == 1:
        return models[0]
    for model in models:
        fold = model.card.get("left_out")
        if fold and LeftOut(fold["fold"], fold["folds"]).holds("ludb", patient):
            return model
    return None
