"""A recording: a lazily read ECG signal with its units, lead names, start time and provenance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from ecg_core.beats import is_beat
from ecg_core.confinement import confined_to, open_file
from ecg_core.errors import RecordingError

Source = Literal["demo", "local", "upload", "physionet"]

SYNTHETIC_MARK: Final = "Synthetic"
"""A recording whose comments begin with this word was generated; it is labelled so wherever it is shown."""


@dataclass(frozen=True)
class Lead:
    """One lead of a recording.

    Attributes
    ----------
    name : str
        The lead's usual name: ``II``, ``aVR``, ``V1``, ``MLII``; the file's own where it is none of these.
    calibrated : bool
        False where the file gives no usable gain or unit: its millivolts are then relative.
    original_name : str
        The lead's name as the file gives it; `name` by default.
    """

    name: str
    calibrated: bool = True
    original_name: str = ""

    def __post_init__(self) -> None:
        if not self.original_name:
            object.__setattr__(self, "original_name", self.name)


@dataclass(frozen=True, repr=False)
class Identity:
    """What a file says of whose recording it is and of the device that made it.

    It is shown once to the person who loads the file, and is written nowhere: its ``repr`` hides the values.

    Attributes
    ----------
    name, patient_id : str or None
    birth_date : date or None
    sex : str or None
        ``F``, ``M`` or the file's own word.
    age_years : float or None
    device, device_serial : str or None
    other : tuple of (str, str)
        Whatever else may identify a person, as ``(label, text)``: physician, ward, free text.
    """

    name: str | None = None
    patient_id: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    age_years: float | None = None
    device: str | None = None
    device_serial: str | None = None
    other: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        held = [one.name for one in fields(self) if getattr(self, one.name) not in (None, "", ())]
        return f"Identity({', '.join(f'{name}=hidden' for name in held)})"

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) not in (None, "", ()) for one in fields(self))


@dataclass(frozen=True)
class Annotations:
    """Annotations that came with a recording.

    Attributes
    ----------
    name : str
        Where they came from, e.g. the annotator's file extension ``atr``.
    sample : ndarray of int64, shape (annotations,)
        Sample indices at the recording's rate, increasing.
    symbol : ndarray of str, shape (annotations,)
        WFDB annotation symbols.
    aux : tuple of str, length annotations
        Auxiliary text: rhythm names such as ``(AFIB`` beside ``+``.
    subtype : tuple of int, length annotations, or empty
        WFDB subtypes, where the format has them: which leads are noisy beside ``~``.
    """

    name: str
    sample: npt.NDArray[np.int64]
    symbol: npt.NDArray[np.str_]
    aux: tuple[str, ...]
    subtype: tuple[int, ...] = ()

    def beats(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]:
        """Return samples and symbols of the beats alone, strictly increasing in time."""
        keep = is_beat(self.symbol)
        sample, first = np.unique(self.sample[keep], return_index=True)
        return sample, self.symbol[keep][first]

    def rhythms(self) -> list[tuple[int, str]]:
        """Return ``(sample, name)`` of each rhythm change, e.g. ``(18, "N")``, ``(6700, "AFIB")``."""
        return [
            (int(sample), text[1:])
            for sample, symbol, text in zip(self.sample, self.symbol, self.aux, strict=True)
            if symbol == "+" and text.startswith("(")
        ]


SpanReader = Callable[[int, int, Sequence[int]], npt.NDArray[np.float32]]
"""``(start, stop, lead indices) -> float32 mV of shape (stop - start, leads)``, NaN where absent."""


@dataclass(frozen=True, repr=False)
class Recording:
    """An ECG recording whose signal is read span by span.

    Attributes
    ----------
    name : str
        A short name for people, e.g. ``mitdb/208``.
    fs_hz : float
        Samples per second and lead.
    n_samples : int
        Samples per lead.
    leads : tuple of Lead
        The ECG leads; other channels are listed in `other_channels`.
    read_span : SpanReader
        How the format reads a span; call :meth:`read` instead, which checks and clips.
    files : tuple of Path
        The files that hold it, header first; their content is what `sha256` covers.
    start_time : datetime, time or None
        Wall-clock start, where the file gives one; the time of day alone where it gives no date.
    comments : tuple of str
        The file's comments, verbatim: data, never markup. What identifies a person stands in `identity` alone.
    source : {"demo", "local", "upload", "physionet"}
    synthetic : bool
        True for generated recordings, which are labelled so wherever they are shown.
    notes : tuple of str
        What was found when opening, one sentence each, e.g. that the signal ends early.
    other_channels : tuple of str
        Names of the channels left out because they are no ECG.
    load_annotations : callable or None
        Reads the annotations that came along, by name.
    annotation_names : tuple of str
        The names `load_annotations` knows, preferred first.
    identity : Identity or None
        What the file says of the person and the device.
    format_name : str
        The file's format, e.g. ``WFDB`` or ``EDF+``.
    measurements : tuple of (str, str)
        What the device measured, as the file's own: ``("QRS duration", "98 ms")``.
    statements : tuple of str
        The interpretation that the file brings along, as the file's own.
    user_metadata : tuple of (str, str)
        What a person said of the file because it does not say so itself: ``("sampling rate", "250 Hz")``.
    within : tuple of Path or None
        Folders outside which none of its files is read, whatever links lead to, their own links resolved; None where
        that is not confined.
    """

    name: str
    fs_hz: float
    n_samples: int
    leads: tuple[Lead, ...]
    read_span: SpanReader = field(repr=False)
    files: tuple[Path, ...] = ()
    start_time: datetime | time | None = None
    comments: tuple[str, ...] = ()
    source: Source = "local"
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    other_channels: tuple[str, ...] = ()
    load_annotations: Callable[[str], Annotations] | None = field(default=None, repr=False)
    annotation_names: tuple[str, ...] = ()
    identity: Identity | None = field(default=None, repr=False)
    format_name: str = ""
    measurements: tuple[tuple[str, str], ...] = ()
    statements: tuple[str, ...] = ()
    user_metadata: tuple[tuple[str, str], ...] = ()
    within: tuple[Path, ...] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        # Its name, files and texts may say whose it is, and a representation ends up in logs.
        return f"Recording({self.format_name or self.source}, {len(self.leads)} leads, {self.duration_s:g} s)"

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.fs_hz

    @property
    def lead_names(self) -> tuple[str, ...]:
        """The leads' names, in order."""
        return tuple(lead.name for lead in self.leads)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the recording's content: its header and signal files in order, as hexadecimal.

        What a person said of the file counts too: with another unit or other leads it is another recording.
        """
        digest = hashlib.sha256()
        for path in self.files:
            try:
                with confined_to(self.within), open_file(path) as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
            except FileNotFoundError:
                digest.update(b"missing")
            except OSError as error:
                raise RecordingError(f"{path.name} can no longer be read: {error.strerror}.") from error
        if self.user_metadata:
            digest.update(json.dumps(self.user_metadata).encode())
        return digest.hexdigest()

    def read(
        self, start: int = 0, stop: int | None = None, leads: Sequence[int | str] | None = None
    ) -> npt.NDArray[np.float32]:
        """Read a span of the signal.

        Parameters
        ----------
        start, stop : int
            First sample, and one past the last; clipped to the recording. All of it by default.
        leads : sequence of int or str, optional
            Indices or names; all leads in order by default.

        Returns
        -------
        ndarray of float32, shape (samples, leads)
            Millivolts, NaN where the recording holds no value.

        Raises
        ------
        RecordingError
            If the span cannot be read.
        """
        start = min(max(int(start), 0), self.n_samples)
        stop = self.n_samples if stop is None else min(max(int(stop), start), self.n_samples)
        indices = range(len(self.leads)) if leads is None else [self._lead_index(lead) for lead in leads]
        if stop == start:
            return np.empty((0, len(indices)), dtype=np.float32)
        with confined_to(self.within):
            return self.read_span(start, stop, list(indices))

    def annotations(self, name: str | None = None) -> Annotations | None:
        """Read the annotations that came along: those named, else the preferred; None if there are none."""
        if self.load_annotations is None or not self.annotation_names:
            return None
        with confined_to(self.within):
            return self.load_annotations(name or self.annotation_names[0])

    def _lead_index(self, lead: int | str) -> int:
        if isinstance(lead, str):
            try:
                return self.lead_names.index(lead)
            except ValueError:
                known = ", ".join(self.lead_names)
                raise RecordingError(f"{self.name} has no lead {lead!r}; it has {known}.") from None
        if not 0 <= lead < len(self.leads):
            raise RecordingError(f"{self.name} has no lead number {lead}; it has {len(self.leads)} leads.")
        return lead


def from_array(
    signal_mv: npt.ArrayLike, fs_hz: float, lead_names: Sequence[str] | None = None, name: str = "array"
) -> Recording:
    """Make a recording of an array in memory.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        Millivolts.
    fs_hz : float
        Sampling rate in Hz.
    lead_names : sequence of str, optional
        Names of the leads.
    name : str
        Name of the recording.
    """
    signal = np.asarray(signal_mv, dtype=np.float32)
    signal = signal[:, None] if signal.ndim == 1 else signal
    names = lead_names or [f"lead {index + 1}" for index in range(signal.shape[1])]

    def read_span(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        return signal[start:stop, list(leads)].copy()

    recording = Recording(
        name=name,
        fs_hz=float(fs_hz),
        n_samples=len(signal),
        leads=tuple(Lead(lead) for lead in names),
        read_span=read_span,
    )
    digest = hashlib.sha256(signal.tobytes() + f"{fs_hz}{names}".encode()).hexdigest()
    recording.__dict__["sha256"] = digest
    return recording
