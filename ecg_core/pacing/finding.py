"""Beats and pacing spikes of a recording, found together: spikes are no beats, and beats confirm the spikes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ecg_core.detection import Detection, detect_recording
from ecg_core.pacing.blanking import without_spikes
from ecg_core.pacing.chambers import with_chambers
from ecg_core.pacing.deflection import readable_behind_spikes, with_deflections, without_echoes
from ecg_core.pacing.search import PacingSpikes, no_spikes, search_spikes, supported
from ecg_core.recording import Recording

LEFT_BLANKED: Final = 0.05
"""Share of candidates that turned out to be none up to which beats are not looked for once more."""

_SEARCH_SHARE: Final = 0.15
"""Of the time, what the search for spikes takes."""


def find_beats_and_spikes(
    recording: Recording, progress: Callable[[float], None] | None = None
) -> tuple[Detection, PacingSpikes]:
    """Find the beats of a recording in the signal without its pacing spikes, and the spikes.

    Parameters
    ----------
    recording : Recording
        The recording.
    progress : callable, optional
        Is told the fraction done, 0..1.

    Returns
    -------
    Detection
        Where no spike is found, as :func:`ecg_core.detection.detect_recording` gives it.
    PacingSpikes
        With the chambers that they pace.

    Raises
    ------
    RecordingError
        If a span cannot be read.
    """
    searched = (lambda share: progress(_SEARCH_SHARE * share)) if progress else None
    detected = (lambda share: progress(_SEARCH_SHARE + (1 - _SEARCH_SHARE) * share)) if progress else None
    found = search_spikes(recording, searched)
    detection = detect_recording(without_spikes(recording, found), progress=detected)
    if not len(found):
        return detection, found
    kept = supported(found, detection.sample, recording.fs_hz)
    if not kept.any():
        return detect_recording(recording, progress=detected), no_spikes(len(recording.leads))
    spikes = found.taken(kept)
    blanked = without_spikes(recording, spikes)
    if not kept.all() and (~kept).sum() > LEFT_BLANKED * kept.sum():
        detection = detect_recording(blanked, progress=detected)
    spikes = with_deflections(blanked, with_chambers(blanked, spikes, detection.sample), detection.sample)
    beats = without_echoes(blanked, detection, spikes)
    if len(beats.sample) < len(detection.sample):
        # What a false beat had told of the chambers.
        detection, spikes = beats, with_chambers(blanked, spikes, beats.sample)
    return readable_behind_spikes(blanked, detection, spikes), spikes
