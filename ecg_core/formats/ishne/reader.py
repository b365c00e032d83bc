"""ISHNE Holter files (``.ecg``) and their beat annotations (``.ann``), read span by span.

Badilini, "The ISHNE Holter Standard Output File Format", Ann Noninvasive Electrocardiol 1998;3:263; annotations: the
Telemetric and Holter ECG Warehouse, http://thew-project.org/papers/ishneAnn.pdf. The layout is that of its tables 1
and 2; a stored value of -32768 marks a lead fault and is absent here.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import open_file, read_bytes, read_numbers, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.base import Format
from ecg_core.formats.common.lead_names import usual_names
from ecg_core.formats.common.text_encodings import decoded
from ecg_core.recording import Annotations, Identity, Lead, Recording, Source

ANNOTATIONS_NAME: Final = "ann"

_SIGNAL_MAGIC: Final = b"ISHNE1.0"
_BEATS_MAGIC: Final = b"ANN  1.0"
_FIXED_BYTES: Final = 522
_MAX_BEATS_BYTES: Final = 8 << 20
_CHECKED_FROM: Final = 10
_MAX_LEADS: Final = 12
_LEADS: Final = {
    **{2: "X", 3: "Y", 4: "Z", 5: "I", 6: "II", 7: "III", 8: "aVR", 9: "aVL", 10: "aVF"},
    **{11: "V1", 12: "V2", 13: "V3", 14: "V4", 15: "V5", 16: "V6", 17: "ES", 18: "AS", 19: "AI"},
}
_QUALITY: Final = {
    2: "intermittent noise",
    3: "frequent noise",
    4: "intermittent disconnection",
    5: "frequent disconnection",
}
_PACEMAKERS: Final = {
    1: "of unknown type",
    2: "single chamber, unipolar",
    3: "dual chamber, unipolar",
    4: "single chamber, bipolar",
    5: "dual chamber, bipolar",
}
_SYMBOLS: Final = {"N": "N", "V": "V", "S": "S", "B": "B", "P": "/", "X": "|", "U": "Q"}
"""WFDB symbols of the labels normal, PVC, SVPB, bundle branch block, pace, artefact, unclassified."""
_TIMEOUT: Final = "!"
"""Stands where no beat came for longer than 16 bits can count."""
_NOT_PRESENT: Final = -9
_ABSENT: Final = -(1 << 15)
_MAX_PADDING_BYTES: Final = 1 << 20
_UNCALIBRATED_GAIN: Final = 200.0
_MILLIVOLTS_PER_NANOVOLT: Final = 1e-6


@dataclass(frozen=True)
class _Header:
    """What a file says before its signal, and how far the file bears it out."""

    fixed: bytes
    data_offset: int
    comment: str
    checksum_holds: bool
    notes: tuple[str, ...] = ()

    def number(self, at: int, kind: str = "h") -> int:
        return int(struct.unpack_from(f"<{kind}", self.fixed, at)[0])

    def text(self, at: int, size: int) -> str:
        return decoded(self.fixed[at : at + size].split(b"\0")[0]).strip()

    def day(self, at: int) -> date | None:
        try:
            return date(self.number(at + 4), self.number(at + 2), self.number(at))
        except ValueError:
            return None

    def start_time(self) -> datetime | None:
        day = self.day(138)
        try:
            clock = time(self.number(150), self.number(152), self.number(154))
        except ValueError:
            return None
        return datetime.combine(day, clock) if day else None


def open_ishne(path: Path, *, name: str, source: Source) -> Recording:
    """Open an ISHNE Holter file; see :func:`ecg_core.formats.open_recording`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Name of the recording.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.

    Returns
    -------
    Recording
    """
    header = _read_header(path, _SIGNAL_MAGIC)
    n_leads, fs_hz = header.number(156), header.number(272)
    if not 1 <= n_leads <= _MAX_LEADS:
        raise RecordingError(f"{path.name} announces {n_leads} leads; ISHNE has 1 to {_MAX_LEADS}: it is damaged.")
    if fs_hz <= 0:
        raise RecordingError(f"{path.name} gives a sampling rate of {fs_hz} Hz; it is damaged or incomplete.")
    n_samples = _n_samples(path, header, n_leads)
    if n_samples <= 0:
        raise RecordingError(f"{path.name} holds no signal after its header; fetch or export it again.")
    resolution_nv = [header.number(206 + 2 * lead) for lead in range(n_leads)]
    given = [_LEADS.get(header.number(158 + 2 * lead), f"lead {lead + 1}") for lead in range(n_leads)]
    names = usual_names(given)
    known = [step != 0 and step != _NOT_PRESENT for step in resolution_nv]
    scales = [
        step * _MILLIVOLTS_PER_NANOVOLT if calibrated else 1 / _UNCALIBRATED_GAIN
        for step, calibrated in zip(resolution_nv, known, strict=True)
    ]
    beats = beats_beside(path)
    return Recording(
        name=name,
        fs_hz=float(fs_hz),
        n_samples=n_samples,
        leads=tuple(
            Lead(usual, calibrated=calibrated, original_name=own)
            for usual, calibrated, own in zip(names, known, given, strict=True)
        ),
        read_span=partial(_read_span, path, header.data_offset, n_leads, np.array(scales, dtype=np.float64)),
        files=(path,),
        start_time=header.start_time(),
        source=source,
        notes=tuple(_notes(path, header, names, resolution_nv, n_samples)),
        load_annotations=partial(_load_beats, beats[0], n_samples) if beats else None,
        annotation_names=(ANNOTATIONS_NAME,) if beats else (),
        identity=_identity(header) or None,
        format_name="ISHNE",
    )


def beats_beside(path: Path) -> tuple[Path, ...]:
    """Return the file of beats that belongs to a Holter file; none if there is none."""
    return tuple(file for file in (path.with_suffix(".ann"), path.with_suffix(".ANN")) if file.is_file())[:1]


def _read_header(path: Path, magic: bytes) -> _Header:
    try:
        size = size_of(path)
        with open_file(path) as stream:
            fixed = stream.read(_FIXED_BYTES)
            if len(fixed) < _FIXED_BYTES or fixed[: len(magic)] != magic:
                raise RecordingError(f"{path.name} ends within its header or has none; fetch or export it again.")
            n_variable = int(struct.unpack_from("<i", fixed, 10)[0])
            if not 0 <= n_variable <= size - _FIXED_BYTES:
                raise RecordingError(
                    f"{path.name} announces {n_variable} bytes of comments, which it does not hold; it is damaged."
                )
            stored = int(struct.unpack_from("<H", fixed, 8)[0])
            crc = binascii.crc_hqx(fixed[_CHECKED_FROM:], 0xFFFF)
            comment = b""
            for begin in range(0, n_variable, 1 << 20):
                part = stream.read(min(1 << 20, n_variable - begin))
                crc = binascii.crc_hqx(part, crc)
                comment = comment or part[:4096]
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    # Zero stands for none, and the standard leaves the order of the two bytes open.
    holds = stored in {0, crc, (crc & 0xFF) << 8 | crc >> 8}
    offset, notes = _data_offset(path, fixed, _FIXED_BYTES + n_variable, size, magic)
    return _Header(fixed, offset, decoded(comment.split(b"\0")[0]).strip(), holds, tuple(notes))


def _data_offset(path: Path, fixed: bytes, follows: int, size: int, magic: bytes) -> tuple[int, list[str]]:
    """Return where the signal or the beats begin, and what to say of it; `follows` is where the header ends.

    Raises
    ------
    RecordingError
        If the header says that the signal begins within the header.
    """
    given = int(struct.unpack_from("<i", fixed, 22)[0])
    if given in {0, _NOT_PRESENT, follows}:
        return follows, []
    if magic == _BEATS_MAGIC:  # often copied from the signal's header, so believed only where the space is empty
        padding = read_bytes(path)[follows : max(given, 0)]
        return (given if given > follows and padding == bytes(given - follows) else follows), []
    if follows < given < size:
        note = (
            f"The signal of {path.name} begins at byte {given}, as its header says, {given - follows} bytes behind it."
        )
        return given, [note]
    raise RecordingError(
        f"{path.name} says that its signal begins at byte {given}, but its header has {follows} of its {size} bytes; "
        "it is damaged or incomplete."
    )


def _n_samples(path: Path, header: _Header, n_leads: int) -> int:
    """Return how many samples a lead has: as many as the file holds, without zeros that only fill it up."""
    held = (size_of(path) - header.data_offset) // (2 * n_leads)
    announced = header.number(14, "i")
    if not 0 < announced < held or 2 * n_leads * (held - announced) > _MAX_PADDING_BYTES:
        return held
    rest = read_numbers(path, "<i2", (held - announced) * n_leads, header.data_offset + 2 * announced * n_leads)
    return held if rest.any() else announced


def _notes(
    path: Path, header: _Header, names: Sequence[str], resolution_nv: Sequence[int], n_samples: int
) -> list[str]:
    notes = list(header.notes)
    if not header.checksum_holds:
        notes.append(f"The checksum of {path.name} does not match its header; what the header says may be wrong.")
    announced, fs_hz = header.number(14, "i"), header.number(272)
    if announced > n_samples and announced != n_samples * len(names):  # some writers count the samples of all leads
        notes.append(
            f"{path.name} announces {announced / fs_hz:.1f} s but ends after {n_samples / fs_hz:.1f} s; "
            "the recording is shown up to there."
        )
    for lead, (name, step) in enumerate(zip(names, resolution_nv, strict=True)):
        if step in {0, _NOT_PRESENT}:
            notes.append(f"Lead {name} is uncalibrated ({path.name} gives no resolution): its millivolts are relative.")
        elif step < 0:
            notes.append(f"Lead {name} has a negative gain in {path.name}: check that it is not upside down.")
        if quality := _QUALITY.get(header.number(182 + 2 * lead)):
            notes.append(f"{path.name} says of lead {name}: {quality}.")
    if pacemaker := _PACEMAKERS.get(header.number(230)):
        notes.append(f"{path.name} says that there is a pacemaker, {pacemaker}.")
    return notes


def _identity(header: _Header) -> Identity:
    born, recorded = header.day(132), header.day(138)
    age = None
    if born and recorded and recorded >= born:
        age = float(recorded.year - born.year - ((recorded.month, recorded.day) < (born.month, born.day)))
    texts = (
        ("Comment", header.comment),
        ("Proprietary", header.text(274, 80)),
        ("Copyright", header.text(354, 80)),
    )
    recorder = header.text(232, 40)
    return Identity(
        name=" ".join(part for part in (header.text(28, 40), header.text(68, 40)) if part) or None,
        patient_id=header.text(108, 20) or None,
        birth_date=born,
        sex={1: "M", 2: "F"}.get(header.number(128)),
        age_years=age,
        device=recorder if recorder.lower() not in {"", "analog", "digital"} else None,
        other=tuple((label, text) for label, text in texts if text),
    )


def _read_span(
    path: Path, offset: int, n_leads: int, scales: npt.NDArray[np.float64], start: int, stop: int, leads: Sequence[int]
) -> npt.NDArray[np.float32]:
    """Read samples; shape (stop - start, leads), mV, NaN where the recorder marked a fault."""
    try:
        stored = read_numbers(path, "<i2", (stop - start) * n_leads, offset + 2 * start * n_leads)
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
    if len(stored) < (stop - start) * n_leads:
        raise RecordingError(f"{path.name} is shorter than when it was opened; open it again.")
    chosen = stored.reshape(-1, n_leads)[:, list(leads)]
    signal = (chosen * scales[list(leads)]).astype(np.float32)
    signal[chosen == _ABSENT] = np.nan
    return signal


def _load_beats(path: Path, n_samples: int, name: str) -> Annotations:
    """Read the beats beside a Holter file: two letters and the distance from the one before, in samples.

    Raises
    ------
    RecordingError
        If the file is missing or damaged, or has no annotations of that name.
    """
    if name != ANNOTATIONS_NAME:
        raise RecordingError(f"{path.name} has no annotations named {name!r:.40}.")
    header = _read_header(path, _BEATS_MAGIC)
    try:
        if size_of(path) - header.data_offset > _MAX_BEATS_BYTES:
            raise RecordingError(f"{path.name} has more than {_MAX_BEATS_BYTES >> 20} MB of beats; it was not read.")
        content = read_bytes(path)[header.data_offset :]
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
    if len(content) < 4:
        raise RecordingError(f"{path.name} holds no beats after its header; the recording opens without it.")
    entries = np.frombuffer(
        content[4 : len(content) // 4 * 4], dtype=[("label", "S1"), ("more", "S1"), ("after", "<u2")]
    )
    sample = int.from_bytes(content[:4], "little") + np.cumsum(entries["after"], dtype=np.int64)
    labels = [label.decode("latin-1") for label in entries["label"].tolist()]
    more = [text.decode("latin-1").strip("# ") for text in entries["more"].tolist()]
    kept = [
        place for place, label in enumerate(labels) if label != _TIMEOUT and sample[place] < n_samples
    ]  # sorted already: distances are never negative
    return Annotations(
        name=ANNOTATIONS_NAME,
        sample=sample[kept],
        symbol=np.array([_SYMBOLS.get(labels[place], '"') for place in kept], dtype=str),
        aux=tuple(
            more[place] if labels[place] in _SYMBOLS else f"{labels[place]}{more[place]}".strip() for place in kept
        ),
    )


FORMAT: Final = Format(
    "ISHNE Holter", (".ecg", ".ann"), lambda head, _: head[:8] == _SIGNAL_MAGIC, open_ishne, beats_beside
)
