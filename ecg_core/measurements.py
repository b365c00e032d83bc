"""Measurements of a whole recording: its usual beat, hour by hour, and the diagnostic statements that follow."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.arrays import BoolArray
from ecg_core.delineation.beat_intervals import COLUMNS, beat_intervals, hourly_medians
from ecg_core.delineation.lead_scales import relative_leads
from ecg_core.delineation.measure import Measurement, calibrated_only, measure
from ecg_core.delineation.measured import BeatMeasurements, Measured
from ecg_core.group_measurements import HOURLY_FROM_S, GroupMeasurements, measure_families, measure_hours
from ecg_core.interpretation import Interpretation, Subject, interpret_recording
from ecg_core.measured_beats import (
    WITHOUT_P_WAVES,
    labels_of,
    paced_beats,
    usual_beats,
    waves_of_beats,
    without_p_waves,
)
from ecg_core.recording import Recording
from ecg_core.rhythm import assessed_kinds

__all__ = [
    "PAGE_S",
    "RecordingMeasurements",
    "hourly_dicts",
    "measure_recording",
    "measured_dict",
    "measurements_dict",
    "usual_beats",
    "waves_of_beats",
]

_MOST: Final = 0.5
"""Share of the recording from which on a rhythm is the rhythm of the recording."""

PAGE_S: Final = 60.0
"""Recordings of up to so long are one ECG: their rate is that of all beats."""


@dataclass(frozen=True)
class RecordingMeasurements:
    """Measurements of a recording.

    Attributes
    ----------
    usual : Measurement
        Of the median of its usual beats.
    basis : str
        Which beats these are: ``9 normal beats``.
    chosen : ndarray of bool, shape (beats,)
        The same, among the beats of the analysis.
    relative : dict of str to str
        Leads whose amplitudes are relative, with the reason.
    interpretation : Interpretation
    """

    usual: Measurement
    basis: str
    chosen: BoolArray
    relative: dict[str, str]
    interpretation: Interpretation

    @property
    def shown(self) -> BeatMeasurements:
        """The measurements without amplitudes of leads whose scale is not known."""
        return calibrated_only(self.usual.measurements, self.relative)


def measure_recording(
    recording: Recording, analysis: Analysis, subject: Subject | None = None
) -> RecordingMeasurements | None:
    """Measure the usual beat of a recording and make the statements that follow.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        With waves.
    subject : Subject, optional
        Age and sex; as the file states them by default.

    Returns
    -------
    RecordingMeasurements or None
        None until the recording was delineated.
    """
    waves = waves_of_beats(analysis)
    if waves is None:
        return None
    chosen, basis = usual_beats(analysis)
    rr_ms = None
    if recording.duration_s <= PAGE_S:
        rr_ms = np.diff(waves.beat) * 1000 / recording.fs_hz
    usual = measure(recording, waves, chosen, rr_ms)
    atria = _atrial_rhythm(recording, analysis)
    if atria:
        usual = replace(usual, measurements=without_p_waves(usual.measurements, atria))
    interpretation = interpret_recording(
        recording,
        waves,
        usual.measurements,
        _without_uncounted_classes(analysis),
        analysis.episodes,
        assessed_kinds(analysis).not_assessed,
        _paced_chambers(analysis),
        subject,
    )
    return RecordingMeasurements(usual, basis, chosen, relative_leads(recording), interpretation)


def _without_uncounted_classes(analysis: Analysis) -> pd.DataFrame:
    """Return the beat table without classes in artefacts named by persons."""
    if analysis.uncounted is None:
        return analysis.beats
    return analysis.beats.assign(label=analysis.beats["label"].mask(analysis.uncounted))


def _atrial_rhythm(recording: Recording, analysis: Analysis) -> str:
    """Return the kind of rhythm without P waves that covers most of the recording; empty where none does."""
    for kind in WITHOUT_P_WAVES:
        of_kind = analysis.episodes[analysis.episodes["kind"] == kind]
        covered = int((of_kind["stop_sample"] - of_kind["start_sample"]).sum())
        if covered > _MOST * recording.n_samples:
            return kind
    return ""


def _paced_chambers(analysis: Analysis) -> npt.NDArray[np.str_] | None:
    """Return the paced chambers of each beat; None where spikes were not looked for."""
    if analysis.pacing is None or not analysis.pacing.assessable:
        return None
    if analysis.paced is not None and len(analysis.paced.mode) == len(analysis.beats):
        return analysis.paced.mode
    return np.full(len(analysis.beats), "", dtype="<U1")


def measurements_dict(
    recording: Recording, analysis: Analysis, subject: Subject | None = None
) -> dict[str, Any] | None:
    """Return all measurements as plain values, for ``NAME.json``; None until the recording was delineated.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        With waves.
    subject : Subject, optional
        Age and sex; as the file states them by default.

    Returns
    -------
    dict or None
    """
    found = measure_recording(recording, analysis, subject)
    if found is None or analysis.waves is None:
        return None
    shown = found.shown
    trend = analysis.waves.st
    return {
        "basis": found.basis,
        **_quantities(shown),
        "interpretation": found.interpretation.as_dict(),
        "families": [{"family": index, **_group(one)} for index, one in measure_families(recording, analysis).items()],
        "hours": [{"hour": hour, **_group(one)} for hour, one in enumerate(measure_hours(recording, analysis))],
        "hourly": hourly_dicts(recording, analysis),
        "st": {
            "not_assessed": dict(trend.not_assessed),
            "by_hour": [_finite(row) for row in trend.table(HOURLY_FROM_S).to_dict("records")],
        },
    }


def _group(found: GroupMeasurements) -> dict[str, Any]:
    return {"label": found.label, "n_beats": found.n_beats, "basis": found.basis, **_quantities(found.measurements)}


def _quantities(measurements: BeatMeasurements) -> dict[str, Any]:
    return {
        "global": {name: measured_dict(one) for name, one in measurements.overall.items()},
        "leads": {
            lead: {name: measured_dict(one) for name, one in values.items()}
            for lead, values in measurements.leads.items()
        },
    }


def hourly_dicts(recording: Recording, analysis: Analysis) -> list[dict[str, Any]]:
    """Return median intervals of the normal beats of each hour; empty for recordings of less than an hour.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        With waves.

    Returns
    -------
    list of dict
        ``hour`` and the columns of :func:`ecg_core.delineation.beat_intervals.beat_intervals`; null where absent.
    """
    waves = waves_of_beats(analysis)
    if waves is None or recording.duration_s < HOURLY_FROM_S:
        return []
    label = labels_of(analysis)
    conducted = ((label == "N") if (label != "").any() else np.ones(len(label), dtype=bool)) & ~paced_beats(analysis)
    n_hours = math.ceil(recording.duration_s / 3600)
    table = hourly_medians(beat_intervals(waves, recording.fs_hz), waves.beat, conducted, recording.fs_hz, n_hours)
    rows = table[list(COLUMNS)].to_dict("records")
    return [{"hour": hour, **_finite(row)} for hour, row in enumerate(rows)]


def measured_dict(measured: Measured) -> dict[str, Any]:
    """Return a measurement as plain values.

    Parameters
    ----------
    measured : Measured
        One quantity.

    Returns
    -------
    dict
        ``value`` and ``sd``, null where absent; ``n``; ``reason`` where there is no value.
    """
    if measured.value is None:
        return {"value": None, "sd": None, "n": measured.n, "reason": measured.reason}
    sd = None if measured.sd is None else round(measured.sd, 4)
    return {"value": round(measured.value, 4), "sd": sd, "n": measured.n}


def _finite(row: dict[Any, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 4) if math.isfinite(value) else None
        return value

    return {str(key): plain(value) for key, value in row.items()}
