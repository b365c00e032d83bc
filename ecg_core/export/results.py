"""The files of an analysis: beat table, waves, summary with measurements and provenance, WFDB annotations."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import wfdb

from ecg_core.analysis import Analysis
from ecg_core.beats import BEAT_TABLE_COLUMNS
from ecg_core.delineation import Waves
from ecg_core.errors import RecordingError
from ecg_core.export.annotations import ANNOTATOR, marks_of
from ecg_core.formats.common.cells import guarded
from ecg_core.leftovers import sweep_partials
from ecg_core.measurements import measurements_dict, waves_of_beats
from ecg_core.pacing import described
from ecg_core.privacy import public_name
from ecg_core.recording import Annotations, Recording
from ecg_core.rhythm import assessed_kinds
from ecg_core.rhythm.hrv import HeartRateVariability, variability_as_json
from ecg_core.templates import Families
from ecg_core.writing import replacing, write_bytes, write_text

_PLAIN = "beats"


WAVE_COLUMNS: Final = ("p_on", "p_peak", "p_off", "qrs_on", "qrs_off", "t_peak", "t_off")
"""Boundaries in ``NAME.waves.csv``, beside ``sample`` and ``lead``."""


def write_results(
    recording: Recording,
    analysis: Analysis,
    folder: Path,
    *,
    waves: bool = False,
    measurements: dict[str, Any] | None = None,
) -> list[Path]:
    """Write ``NAME.beats.csv``, ``NAME.json``, ``NAME.ecgc``, and where asked for ``NAME.waves.csv``.

    Parameters
    ----------
    recording : Recording
        Its public name's last part names the files.
    analysis : Analysis
        With corrections, where a person has made some.
    folder : Path
        Made if needed; files of the same name are replaced.
    waves : bool
        Whether to write the boundaries of the waves, too.
    measurements : dict, optional
        Of :func:`ecg_core.measurements.measurements_dict`, where they were computed before.

    Returns
    -------
    list of Path

    Raises
    ------
    RecordingError
        If they cannot be written; each file is there whole, or as it was before.
    """
    try:
        return _write_results(recording, analysis, folder, waves, measurements)
    except OSError as error:
        raise RecordingError(
            f"{file_stem(recording)}: its results cannot be written to {folder}: {error.strerror or error}; "
            "make room there, or give another folder."
        ) from error


def _write_results(
    recording: Recording, analysis: Analysis, folder: Path, waves: bool, measurements: dict[str, Any] | None
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    sweep_partials(folder)
    stem = file_stem(recording)
    table = folder / f"{stem}.beats.csv"
    write_text(table, beats_csv(analysis))
    annotations = write_annotations(recording, analysis, folder)
    found = waves_of_beats(analysis) if waves else None
    boundaries = folder / f"{stem}.waves.csv"
    if found is not None:
        write_text(boundaries, waves_csv(found))
    # The summary comes last: where it is, all of them are.
    described = folder / f"{stem}.json"
    results = results_dict(
        analysis, measurements or measurements_dict(recording, analysis), _variability(recording, analysis)
    )
    write_text(described, json.dumps(results, indent=2, allow_nan=False) + "\n")
    return [table, described, annotations, *([] if found is None else [boundaries])]


def file_stem(recording: Recording) -> str:
    """Return what the files of a recording's results are called: the last part of its public name."""
    return public_name(recording).replace("\\", "/").rsplit("/", 1)[-1]


def beat_columns(analysis: Analysis) -> pd.DataFrame:
    """Return the columns of the beats' file.

    Those of the beat table; where a person has corrected beats also ``id``, by which the log of edits names a beat, and
    ``edited``: 1 relabelled, 2 added, 4 moved, and their sums.
    """
    names = list(BEAT_TABLE_COLUMNS)
    if "edits" in analysis.provenance:
        names += ["id", "edited"]
    return analysis.beats[names]


def beats_csv(analysis: Analysis) -> str:
    """Return the beats' file; no cell of it is a formula to a spreadsheet."""
    table = beat_columns(analysis)
    table = table.assign(label=[guarded(text) if isinstance(text, str) else text for text in table["label"]])
    return str(table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))


def waves_csv(waves: Waves) -> str:
    """Return the file of the waves: a row for each beat and lead, boundaries in samples, empty where a wave is absent.

    Parameters
    ----------
    waves : Waves
        Boundaries of the beats.

    Returns
    -------
    str
    """
    n_beats, n_leads = waves.assessed.shape
    table = pd.DataFrame(
        {
            "sample": np.repeat(waves.beat, n_leads),
            "lead": np.tile([guarded(name) for name in waves.lead_names], n_beats),
        }
    )
    for boundary in WAVE_COLUMNS:
        samples = np.stack([waves.sample_of(boundary, lead) for lead in range(n_leads)], axis=1).ravel()
        table[boundary] = pd.array(samples, dtype="Float64").astype("Int64")
    return str(table.to_csv(index=False, lineterminator="\n"))


def _variability(recording: Recording, analysis: Analysis) -> dict[str, Any] | None:
    """Return the heart-rate variability; None before classification, since it rests on N beats alone."""
    given = analysis.counted
    if given is None or given.label is None:
        return None
    found = HeartRateVariability(given, analysis.episodes, recording.fs_hz, recording.n_samples, recording.start_time)
    return variability_as_json(found)


def results_dict(
    analysis: Analysis, measurements: dict[str, Any] | None = None, variability: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return all that is told of a recording as JSON-able values; what is absent is null.

    ``set_aside`` lists the dangerous events that a person has named artefact, which are none of the episodes.
    ``assessed`` lists the kinds of episodes that were looked for, ``not_assessed`` the others, each with the reason.

    Parameters
    ----------
    analysis : Analysis
        What was found.
    measurements : dict, optional
        Of :func:`ecg_core.measurements.measurements_dict`.
    variability : dict, optional
        Of :func:`ecg_core.rhythm.hrv.variability_as_json`.
    """
    assessment = assessed_kinds(analysis)
    return {
        "summary": _plain(analysis.summary.to_dict()),
        "assessed": list(assessment.assessed),
        "not_assessed": assessment.not_assessed,
        "episodes": [_plain(row) for row in analysis.episodes.to_dict("records")],
        "set_aside": [asdict(one) for one in analysis.set_aside],
        "measurements": measurements,
        "heart_rate_variability": variability,
        "pacing": _plain(_pacing(analysis)),
        "families": None if analysis.templates is None else _plain(_families(analysis.templates)),
        "provenance": _plain(analysis.provenance),
    }


def _pacing(analysis: Analysis) -> dict[str, Any] | None:
    """Return what is told of pacing, with the spikes' samples and chambers; None where it was not looked for."""
    told = described(analysis.pacing, analysis.paced)
    if told is not None and analysis.pacing is not None and analysis.pacing.assessable:
        told["spikes"] = [
            {"sample": sample, "chamber": chamber}
            for sample, chamber in zip(analysis.pacing.sample, analysis.pacing.chamber, strict=True)
        ]
    return told


def _families(templates: Families) -> list[dict[str, Any]]:
    """Return what tells families apart, without their pictures; ``template`` is the number in the beat table."""
    return [
        {
            "template": family.index,
            "n_beats": family.n_beats,
            "label": family.label,
            "certainty": family.certainty,
            "unreadable": family.unreadable,
            "interval_before": family.before,
            "interval_after": family.after,
            "typical_sample": family.typical_sample,
        }
        for family in templates.families
    ]


def write_annotations(recording: Recording, analysis: Analysis, folder: Path) -> Path:
    """Write ``NAME.ecgc``: AAMI letters (``/`` where paced) as beat symbols, rhythm changes as ``+``, spikes as ``^``.

    Parameters
    ----------
    recording : Recording
        Its public name's last part names the file.
    analysis : Analysis
        Analysis of the recording.
    folder : Path
        An existing one; a file of the same name is replaced.

    Returns
    -------
    Path
    """
    marks = marks_of(analysis)
    path = folder / f"{file_stem(recording)}.{ANNOTATOR}"
    if not len(marks.sample):
        write_bytes(path, b"\0\0")  # an annotation file that holds none: annot(5)
        return path
    # WFDB takes few characters in the name of a record, but any in the name of a folder.
    with replacing(path) as partial, tempfile.TemporaryDirectory() as private:
        _write_marks(marks, recording.fs_hz, Path(private))
        shutil.copyfile(Path(private) / f"{_PLAIN}.{ANNOTATOR}", partial)
    return path


def _write_marks(marks: Annotations, fs_hz: float, folder: Path) -> None:
    wfdb.wrann(
        _PLAIN,
        ANNOTATOR,
        marks.sample,
        symbol=marks.symbol.tolist(),
        aux_note=list(marks.aux),
        # WFDB writes a rate only where it is a whole number; readers take the header's rate otherwise.
        fs=int(fs_hz) if float(fs_hz).is_integer() else None,
        write_dir=str(folder),
    )


def _plain(value: Any) -> Any:
    """Turn NumPy and pandas values into JSON's, and what is absent or not finite into None."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
