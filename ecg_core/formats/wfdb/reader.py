"""WFDB records, read span by span: frequent formats directly, all others by the `wfdb` package.

Supported: every signal format of WFDB (8, 16, 24, 32, 61, 80, 160, 212, 310, 311 and the FLAC formats 508, 516,
524), several signal files, skew, several samples per frame (leads of a lower rate are interpolated to the
highest), MATLAB v4 ``.mat`` signals, and multi-segment records of fixed or variable layout, in which a missing
segment is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import wfdb

from ecg_core.confinement import OutsideError, current_folders, for_library, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.base import Format
from ecg_core.formats.common.channels import chosen_places, may_be_ecg, without_ecg
from ecg_core.formats.common.lead_names import usual_names
from ecg_core.formats.common.text_encodings import decoded
from ecg_core.formats.wfdb.annotations import annotation_names, load_annotations
from ecg_core.formats.wfdb.files import belongs_to_record, header_of, siblings
from ecg_core.formats.wfdb.header import Channel, Header, ecg_channels, read_header
from ecg_core.formats.wfdb.plain import read_plain
from ecg_core.recording import Lead, Recording, Source

_RECORD_LINE = re.compile(r"^\S+\s+\d+(\s|$)")

_MAX_DIFFERENCES_BYTES = 16 << 20
"""Of format 8 where it is read by `wfdb`, which holds all of them."""


def open_wfdb(path: Path, *, name: str, source: Source, channels: tuple[str, ...] | None = None) -> Recording:
    """Open the WFDB record of a header file; see :func:`ecg_core.formats.open_recording`.

    Parameters
    ----------
    path : Path
        The header file.
    name : str
        Name of the recording.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.
    channels : tuple of str, optional
        Names of the signals that are ECG leads; by default those whose names and units say so.

    Returns
    -------
    Recording

    Raises
    ------
    ChannelsNeededError
        If no name says that its signal is an ECG.
    """
    header = read_header(path)
    segments = _Segments(header) if header.segments else None
    held = segments.channels if segments else header.channels
    names = [channel.name for channel in held]
    if channels is not None:
        leads = [held[place] for place in chosen_places(path.name, names, channels)]
    else:
        leads = ecg_channels(held)
    if leads:
        return _recording(path, header, segments, leads, name, source)
    rates_hz = [channel.samples_per_frame * header.frame_rate_hz for channel in held]
    fast = [(channel, fs_hz) for channel, fs_hz in zip(held, rates_hz, strict=True) if may_be_ecg(fs_hz)]
    everything = _recording(path, header, segments, [channel for channel, _ in fast], name, source) if fast else None
    raise without_ecg(path.name, everything, [fs_hz for _, fs_hz in fast], [one.unit for one, _ in fast], names)


def _recording(
    path: Path, header: Header, segments: _Segments | None, leads: Sequence[Channel], name: str, source: Source
) -> Recording:
    channels = segments.channels if segments else header.channels
    samples_per_frame = max(channel.samples_per_frame for channel in leads)
    fs_hz = header.frame_rate_hz * samples_per_frame
    n_samples = header.n_frames * samples_per_frame
    read_frames = segments.read_frames if segments else partial(_read_frames, header)
    notes = list(header.notes) + (list(segments.notes) if segments else [])
    if len({channel.samples_per_frame for channel in leads}) > 1:
        notes.append(f"Leads were recorded at different rates; all are shown at {fs_hz:g} Hz.")

    def read_span(start: int, stop: int, indices: Sequence[int]) -> npt.NDArray[np.float32]:
        wanted = [leads[index] for index in indices]
        first_frame, last_frame = start // samples_per_frame, -(-stop // samples_per_frame)
        frames = read_frames(first_frame, last_frame, [lead.name for lead in wanted], samples_per_frame)
        offset = start - first_frame * samples_per_frame
        return frames[offset : offset + stop - start]

    return Recording(
        name=name,
        fs_hz=fs_hz,
        n_samples=n_samples,
        leads=tuple(
            Lead(name, calibrated=lead.calibrated, original_name=lead.name)
            for name, lead in zip(usual_names(lead.name for lead in leads), leads, strict=True)
        ),
        read_span=read_span,
        files=(path, *dict.fromkeys(segments.files if segments else _signal_files(header))),
        start_time=header.start_time,
        comments=header.comments,
        source=source,
        synthetic=header.synthetic,
        notes=tuple(notes),
        other_channels=tuple(channel.name for channel in channels if channel not in leads),
        load_annotations=partial(load_annotations, path, header.frame_rate_hz, fs_hz, n_samples=n_samples),
        annotation_names=annotation_names(path),
        identity=header.identity or (segments.identity if segments else None) or None,
        format_name="WFDB",
    )


def _recognise(head: bytes, path: Path) -> bool:
    """Tell a header by its first line, and any other file by the header beside it that names it."""
    if path.suffix != ".hea":
        return belongs_to_record(path)
    lines = (line.strip() for line in decoded(head).splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return bool(_RECORD_LINE.match(first)) or not first


def _open(path: Path, *, name: str, source: Source, channels: tuple[str, ...] | None = None) -> Recording:
    return open_wfdb(header_of(path), name=name, source=source, channels=channels)


FORMAT = Format(
    "WFDB",
    (".hea", ".dat", ".mat", ".atr"),
    _recognise,
    _open,
    lambda path: siblings(header_of(path)),
    open_channels=_open,
)


def _signal_files(header: Header) -> list[Path]:
    return [header.path.with_name(name) for name in dict.fromkeys(c.file_name for c in header.channels)]


def _read_frames(
    header: Header, first: int, last: int, names: Sequence[str], samples_per_frame: int
) -> npt.NDArray[np.float32]:
    """Read whole frames of a single-segment record.

    Returns
    -------
    ndarray of float32, shape ((last - first) * samples_per_frame, len(names))
        Millivolts; NaN for a name the record does not hold and for samples marked invalid.
    """
    known = [channel.name for channel in header.channels]
    columns = [(column, known.index(name)) for column, name in enumerate(names) if name in known]
    if samples_per_frame == 1 and len(columns) == len(names) and first < last <= header.n_frames:
        plain = read_plain(header, [index for _, index in columns], first, last)
        if plain is not None:
            return plain
    n_samples = (last - first) * samples_per_frame
    signal = np.full((n_samples, len(names)), np.nan, dtype=np.float32)
    last = min(last, header.n_frames)
    if not columns or first >= last:
        return signal
    # One frame more than asked for lets slower leads be interpolated to the end without a step.
    beyond = min(last + 1, header.n_frames)
    # Format 8 holds differences: its values are only known from the beginning on.
    differences = [header.channels[index] for _, index in columns if header.channels[index].fmt == "8"]
    if any(size_of(header.path.with_name(one.file_name)) > _MAX_DIFFERENCES_BYTES for one in differences):
        raise RecordingError(f"{header.path.stem} stores too many differences at several rates to be read; convert it.")
    origin = 0 if differences else first
    try:
        with for_library(header.path, _signal_files(header), header.content) as record:
            raw = wfdb.rdrecord(
                str(record),
                sampfrom=origin,
                sampto=beyond,
                channels=[index for _, index in columns],
                smooth_frames=False,
                return_res=32,
            )
    except OutsideError:
        raise
    except OSError as error:
        raise RecordingError(f"{header.path.stem} can no longer be read: {error.strerror or error}.") from error
    except Exception as error:  # wfdb raises whatever its decoder trips over
        raise RecordingError(
            f"{header.path.stem}: the signal file is damaged between {first / header.frame_rate_hz:.1f} s and "
            f"{last / header.frame_rate_hz:.1f} s; fetch it again."
        ) from error
    for (column, index), physical in zip(columns, raw.e_p_signal, strict=True):
        skipped = (first - origin) * header.channels[index].samples_per_frame
        values = physical[skipped:].astype(np.float32) * np.float32(header.channels[index].millivolts_per_unit)
        if header.channels[index].samples_per_frame != samples_per_frame:
            step = header.channels[index].samples_per_frame / samples_per_frame
            at = np.arange((last - first) * samples_per_frame) * step
            values = np.interp(at, np.arange(len(values)), values).astype(np.float32)
        n_held = min(len(values), (last - first) * samples_per_frame)
        signal[:n_held, column] = values[:n_held]
    return signal


class _Segments:
    """The segments of a multi-segment record as one signal; missing ones are gaps."""

    def __init__(self, master: Header) -> None:
        folder = master.path.parent
        self.channels: tuple[Channel, ...] = ()
        self.files: list[Path] = []
        self.notes: list[str] = []
        self.identity = master.identity
        self._spans: list[tuple[int, int, Path]] = []
        position, missing, n_named = 0, [], 0
        for name, length in master.segments:
            path = folder / f"{name}.hea"
            if name != "~" and length == 0 and path.is_file():  # the layout header of a variable layout
                self.channels = read_header(path, check_files=False).channels
            elif name != "~" and length > 0:
                n_named += 1
                if path.is_file():
                    self._spans.append((position, position + length, path))
                else:
                    missing.append(name)
            position += length
        self._add_files(master)
        if missing:
            listed = ", ".join(missing[:3]) + (" ..." if len(missing) > 3 else "")
            self.notes.append(
                f"{len(missing)} of {n_named} segments of {master.path.stem} are missing ({listed}); "
                "they are shown as gaps."
            )

    def _add_files(self, master: Header) -> None:
        problems: list[RecordingError] = []
        short: list[str] = []
        spans, self._spans = self._spans, []
        for begin, end, path in spans:
            try:
                header = _segment_header(path)
            except OutsideError:
                raise
            except RecordingError as error:  # the others can be read
                problems.append(error)
                continue
            self._spans.append((begin, end, path))
            if header.frame_rate_hz != master.frame_rate_hz:
                raise RecordingError(
                    f"{path.name} is sampled at {header.frame_rate_hz:g} Hz but its record {master.path.name} "
                    f"at {master.frame_rate_hz:g} Hz; the segments do not belong together."
                )
            if not self.files and not self.channels:
                self.channels = header.channels
            self.files += [path, *_signal_files(header)]
            self.identity = self.identity or header.identity
            if header.n_frames < end - begin:
                short.append(path.stem)
        if problems and not self._spans:
            raise problems[0]
        if problems:
            self.notes.append(f"{len(problems)} segments cannot be read and are shown as gaps: {problems[0]}")
        if short:
            listed = ", ".join(short[:3]) + (" ..." if len(short) > 3 else "")
            self.notes.append(
                f"{len(short)} segments end before {master.path.name} says ({listed}); the rest is shown as a gap."
            )
        if not self._spans:
            raise RecordingError(f"{master.path.name}: all of its segments are missing; put them in its folder.")

    def read_frames(
        self, first: int, last: int, names: Sequence[str], samples_per_frame: int
    ) -> npt.NDArray[np.float32]:
        """Read whole frames over segment borders; shape as :func:`_read_frames`."""
        signal = np.full(((last - first) * samples_per_frame, len(names)), np.nan, dtype=np.float32)
        for begin, end, path in self._spans:
            start, stop = max(first, begin), min(last, end)
            if start < stop:
                rows = slice((start - first) * samples_per_frame, (stop - first) * samples_per_frame)
                signal[rows] = _read_frames(
                    _segment_header(path), start - begin, stop - begin, names, samples_per_frame
                )
        return signal


def _segment_header(path: Path) -> Header:
    return _known_header(path, current_folders())


@lru_cache(maxsize=4096)
def _known_header(path: Path, _folders: tuple[str, ...] | None) -> Header:
    header = read_header(path)
    if header.segments:
        raise RecordingError(f"{path.name} is a segment and has segments itself, which WFDB does not allow.")
    return header
