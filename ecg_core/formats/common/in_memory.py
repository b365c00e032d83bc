"""In-memory recordings, returned by the readers of XML and SCP-ECG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import MAX_LEADS, usual_names
from ecg_core.formats.common.millivolts import as_float32
from ecg_core.recording import Annotations, Lead, Recording, Source

MAX_RATE_HZ: Final = 1e6


@dataclass(frozen=True)
class Track:
    """One lead as it was decoded.

    Attributes
    ----------
    name : str
        As the file gives it.
    values : ndarray of float, shape (samples,)
        Millivolts, NaN where absent; stored values where not `calibrated`.
    calibrated : bool
    start : int
        The recording's sample at which it begins.
    negative : bool
        Whether the file gives a negative gain.
    """

    name: str
    values: npt.NDArray[np.floating]
    calibrated: bool = True
    start: int = 0
    negative: bool = False


@dataclass(frozen=True)
class Mark:
    """One annotation of the file's own: a WFDB symbol at a sample, with text."""

    sample: int
    symbol: str
    aux: str = ""


def check_rate(fs_hz: float | None, file_name: str) -> float:
    """Return a sampling rate if it is valid.

    Parameters
    ----------
    fs_hz : float or None
        Sampling rate in Hz, as the file gives it.
    file_name : str
        For the error message.

    Returns
    -------
    float
        The same rate.

    Raises
    ------
    RecordingError
        If it is missing, not finite, not positive or beyond `MAX_RATE_HZ`.
    """
    if fs_hz is None or not math.isfinite(fs_hz) or not 0 < fs_hz <= MAX_RATE_HZ:
        given = "none" if fs_hz is None else f"{fs_hz:g} Hz"
        raise RecordingError(
            f"{file_name} gives no usable sampling rate ({given}); without it no time can be read off the signal."
        )
    return fs_hz


def in_memory_recording(
    path: Path,
    tracks: Sequence[Track],
    *,
    name: str | None,
    source: Source,
    fs_hz: float | None,
    start_time: datetime | None = None,
    notes: Sequence[str] = (),
    annotations: dict[str, list[Mark]] | None = None,
    **more: Any,
) -> Recording:
    """Make a recording of leads in memory, on one time axis; where a lead has no sample there is a gap.

    Parameters
    ----------
    path : Path
        The file.
    tracks : sequence of Track
        One for each channel of the file.
    name, source, start_time, notes
        As in :class:`~ecg_core.recording.Recording`; the name is the file's stem by default.
    fs_hz : float or None
        As the file gives it; checked here.
    annotations : dict of str to list of Mark, optional
        By the name under which they are to be had.
    **more
        Further attributes of the recording.

    Raises
    ------
    RecordingError
        If there is no sample, no usable rate, or the leads claim a time axis out of proportion to what they hold.
    """
    fs_hz = check_rate(fs_hz, path.name)
    tracks = [track for track in tracks if len(track.values)]
    if not tracks:
        raise RecordingError(f"{path.name} holds no ECG samples; export it again with its waveforms.")
    if len(tracks) > MAX_LEADS:
        raise RecordingError(f"{path.name} claims {len(tracks)} leads, more than {MAX_LEADS}; it is damaged.")
    n_samples = max(track.start + len(track.values) for track in tracks)
    n_held = sum(len(track.values) for track in tracks)
    if min(track.start for track in tracks) < 0 or n_samples * len(tracks) > 64 * n_held + 1_000_000:
        raise RecordingError(f"{path.name}: its leads are claimed to lie hours apart in time; it is damaged.")
    signal = np.full((n_samples, len(tracks)), np.nan, dtype=np.float32)
    for column, track in enumerate(tracks):
        signal[track.start : track.start + len(track.values), column] = as_float32(track.values)
    load, annotation_names = annotation_loader(annotations or {}, n_samples, path.name)

    def read_span(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        return signal[start:stop, list(leads)]

    names = usual_names([track.name for track in tracks])
    return Recording(
        name=name or path.stem,
        fs_hz=fs_hz,
        n_samples=n_samples,
        leads=tuple(
            Lead(usual, calibrated=track.calibrated, original_name=track.name)
            for usual, track in zip(names, tracks, strict=True)
        ),
        read_span=read_span,
        files=(path,),
        start_time=start_time,
        source=source,
        notes=(
            *notes,
            *gain_notes(
                path.name,
                uncalibrated=[track.name for track in tracks if not track.calibrated],
                negative=[track.name for track in tracks if track.negative],
            ),
        ),
        load_annotations=load,
        annotation_names=annotation_names,
        **more,
    )


def gain_notes(file_name: str, *, uncalibrated: Sequence[str], negative: Sequence[str]) -> tuple[str, ...]:
    """Return notes on leads with missing gain or unit, and with negative gain.

    Parameters
    ----------
    file_name : str
        For the notes.
    uncalibrated : sequence of str
        Leads without gain or unit.
    negative : sequence of str
        Leads with negative gain.

    Returns
    -------
    tuple of str
    """
    notes = []
    if uncalibrated:
        notes.append(f"Gain or unit of {', '.join(uncalibrated):.200} is missing: amplitudes are relative.")
    if negative:
        listed = ", ".join(negative)
        notes.append(f"The gain of {listed:.200} is negative in {file_name}: check that it is not upside down.")
    return tuple(notes)


def annotation_loader(
    marks: dict[str, list[Mark]], n_samples: int, file_name: str
) -> tuple[Callable[[str], Annotations] | None, tuple[str, ...]]:
    """Return the annotation loader of a recording and the names of its annotation sets.

    Marks outside of the recording are dropped, and so are names without marks.

    Parameters
    ----------
    marks : dict of str to list of Mark
        Annotations by the name of their set.
    n_samples : int
        Length of the recording in samples.
    file_name : str
        For error messages.

    Returns
    -------
    load : callable or None
        Returns the annotations of a set by name; None if there are no annotations.
    names : tuple of str
    """
    found = {name: _annotations(name, some, n_samples) for name, some in marks.items()}
    found = {name: annotations for name, annotations in found.items() if len(annotations.sample)}

    def load(name: str) -> Annotations:
        try:
            return found[name]
        except KeyError:
            raise RecordingError(f"{file_name} has no annotations named {name}.") from None

    return (load if found else None), tuple(found)


def _annotations(name: str, marks: list[Mark], n_samples: int) -> Annotations:
    held = sorted((mark for mark in marks if 0 <= mark.sample < n_samples), key=lambda mark: mark.sample)
    return Annotations(
        name=name,
        sample=np.array([mark.sample for mark in held], dtype=np.int64),
        symbol=np.array([mark.symbol for mark in held], dtype=str),
        aux=tuple(mark.aux for mark in held),
    )
