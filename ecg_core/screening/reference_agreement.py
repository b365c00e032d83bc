"""Agreement of the program's beats with those that came with a recording, in figures fit for one row."""

from __future__ import annotations

from typing import Any

from ecg_core.analysis import Analysis
from ecg_core.beats import to_aami
from ecg_core.evaluation.matching import match_beats, window_samples
from ecg_core.recording import Recording

_FEWEST_BEATS = 2


def reference_figures(recording: Recording, analysis: Analysis) -> dict[str, Any]:
    """Compare beats and classes with a recording's own annotations.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        Of it.

    Returns
    -------
    dict
        ``reference_v_f1`` and ``reference_s_f1`` in percent, None where neither has the class;
        ``reference_missed_beats``, ``reference_extra_beats``. Empty where the recording has no beat annotations.
    """
    annotations = recording.annotations()
    if annotations is None or len(annotations.beats()[0]) < _FEWEST_BEATS:
        return {}
    sample, symbol = annotations.beats()
    match = match_beats(sample, analysis.beats["sample"].to_numpy(), window_samples(recording.fs_hz))
    figures: dict[str, Any] = {"reference_missed_beats": len(match.missed), "reference_extra_beats": len(match.extra)}
    if not analysis.classified:
        return figures
    reference, test = to_aami(symbol), analysis.beats["label"].to_numpy(dtype=str)
    for letter in "VS":
        both = int(((reference[match.reference] == letter) & (test[match.test] == letter)).sum())
        either = int((reference == letter).sum() + (test == letter).sum())
        figures[f"reference_{letter.lower()}_f1"] = 200 * both / either if either else None
    return figures
