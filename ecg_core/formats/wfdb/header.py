"""WFDB header parser. Headers are validated before any file they name is opened.

A header is a stranger's text: the file names in it are taken only when they stay in the header's own folder,
and lengths only as far as the files bear them out. Format and terms: WFDB Applications Guide, header(5) and
signal(5), https://physionet.org/physiotools/wag/header-5.htm.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path

import wfdb

from ecg_core.confinement import OutsideError, for_library, open_file, read_bytes, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import sort_comments
from ecg_core.formats.common.lead_names import MAX_LEADS, millivolts_per, names_ecg, names_other
from ecg_core.formats.wfdb.files import MAX_HEADER_BYTES, MAX_SEGMENTS, is_plain
from ecg_core.formats.wfdb.spelling import SpelledHeader, spelled
from ecg_core.recording import SYNTHETIC_MARK, Identity

_BYTES_PER_SAMPLE = {
    "8": 1.0,
    "16": 2.0,
    "24": 3.0,
    "32": 4.0,
    "61": 2.0,
    "80": 1.0,
    "160": 2.0,
    "212": 1.5,
    "310": 4 / 3,
    "311": 4 / 3,
}
_RATE = re.compile(r"\+?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?([/(].*)?$", re.IGNORECASE)
_FLAC_FORMATS = frozenset({"508", "516", "524"})


@dataclass(frozen=True)
class Channel:
    """One signal specification line of a header.

    Attributes
    ----------
    name, file_name, fmt : str
    millivolts_per_unit : float
        What one of the file's physical units is in mV; 1 where the unit is unknown.
    samples_per_frame : int
    is_ecg, calibrated : bool
    gain, baseline : float
        Stored values of one physical unit, and the stored value of zero.
    byte_offset, skew : int
        Bytes of the file before its first sample; frames by which the channel was recorded too late.
    initial : int
        The stored value before the first, where differences are stored.
    unit : str
        As the file gives it.
    """

    name: str
    file_name: str
    fmt: str
    millivolts_per_unit: float
    samples_per_frame: int
    is_ecg: bool
    calibrated: bool
    gain: float
    baseline: float
    byte_offset: int
    skew: int
    initial: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Header:
    """A WFDB header whose file names and lengths were checked.

    Attributes
    ----------
    path : Path
        The header file.
    frame_rate_hz : float
    n_frames : int
        Frames that the files really hold.
    channels : tuple of Channel
        Empty for the master header of a multi-segment record.
    segments : tuple of (str, int)
        Names and lengths in frames of a multi-segment record's segments, ``~`` for a gap.
    start_time : datetime, time or None
        The time of day alone where the header has no date.
    comments : tuple of str
        Those that say nothing of whose recording it is.
    notes : tuple of str
    identity : Identity
        What the other comments say.
    synthetic : bool
        Whether the comments say that it was generated.
    content : bytes or None
        Its text as the `wfdb` package reads it, where that is not as in the file.
    """

    path: Path
    frame_rate_hz: float
    n_frames: int
    channels: tuple[Channel, ...]
    segments: tuple[tuple[str, int], ...]
    start_time: datetime | time | None
    comments: tuple[str, ...]
    notes: tuple[str, ...]
    identity: Identity
    synthetic: bool
    content: bytes | None = None


def read_header(path: Path, *, check_files: bool = True) -> Header:
    """Read and check a WFDB header.

    Parameters
    ----------
    path : Path
        The ``.hea`` file.
    check_files : bool
        Whether the signal files must exist; False for the layout header of a multi-segment record.

    Raises
    ------
    RecordingError
        If the header is unreadable, contradicts itself or names files outside its folder.
    """
    text, content = _spelled(path, check_files)
    try:
        with for_library(path, content=content) as record:
            raw = wfdb.rdheader(str(record))
    except OutsideError:
        raise
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # wfdb raises whatever its parser trips over
        for line in text.described:
            _check_inside(path, line.split()[0])
        raise RecordingError(
            f"{path.name} is not a readable WFDB header: check that the file is whole and is a .hea text file."
        ) from error

    given_rate = next(iter(text.record.split()[2:3]), None)
    if given_rate is not None and not _RATE.match(given_rate):  # wfdb would take the default of 250 Hz
        raise RecordingError(f"{path.name} gives no usable sampling rate ({given_rate:.40}); correct its first line.")
    frame_rate_hz = float(raw.fs or 0)
    if not (math.isfinite(frame_rate_hz) and frame_rate_hz > 0):
        raise RecordingError(f"{path.name} gives no usable sampling rate ({raw.fs}); correct its first line.")

    start_time = raw.base_datetime or raw.base_time
    synthetic = bool(text.comments) and text.comments[0].strip().startswith(SYNTHETIC_MARK)
    comments, identity = sort_comments(text.comments)
    if isinstance(raw, wfdb.MultiRecord):
        segments = _segments(path, raw)
        n_frames = sum(length for _, length in segments)
        return Header(
            path, frame_rate_hz, n_frames, (), segments, start_time, comments, text.notes, identity, synthetic
        )

    if not raw.n_sig:
        raise RecordingError(f"{path.name} describes no signals: it is a header without a recording.")
    if len(raw.file_name or ()) != raw.n_sig:
        raise RecordingError(
            f"{path.name} announces {raw.n_sig} signals but describes {len(raw.file_name or ())}; "
            "its lines are damaged or missing."
        )
    if check_files:
        if set(raw.file_name) == {"~"}:
            raise RecordingError(
                f"{path.name} only describes the layout of a multi-segment record; open the record it belongs to."
            )
        for file_name in raw.file_name:
            _check_inside(path, file_name)
    channels, doubts = _channels(path, raw, text)
    notes = [*text.notes, *doubts]
    n_frames = int(raw.sig_len or 0)
    if check_files:
        held = _frames_held(path, raw)
        if max(channel.skew for channel in channels) > held:
            raise RecordingError(f"{path.name} gives a channel a skew longer than its recording; correct it.")
        if n_frames <= 0:
            n_frames = held
        elif held < n_frames:
            notes.append(
                f"{path.name} announces {n_frames / frame_rate_hz:.1f} s but its signal file ends after "
                f"{held / frame_rate_hz:.1f} s; the recording is shown up to there."
            )
            n_frames = held
        if n_frames <= 0:
            raise RecordingError(f"{path.name}: its signal file {raw.file_name[0]} holds no samples.")
    return Header(
        path,
        frame_rate_hz,
        n_frames,
        tuple(channels),
        (),
        start_time,
        comments,
        tuple(notes),
        identity,
        synthetic,
        content,
    )


def _spelled(path: Path, check_files: bool) -> tuple[SpelledHeader, bytes | None]:
    """Return a header's spelling, and its text for the package where that is not as in the file."""
    written = _read(path)
    text = spelled(path.name, written)
    _check_size(path, text)
    announced = text.n_announced
    if not check_files or announced is None or announced >= len(text.described):
        return text, text.content() if text.changed else None
    n_signals, note = _n_signals(path, text, announced)
    return replace(text, notes=(*text.notes, note)), text.content(n_signals)


def _n_signals(path: Path, text: SpelledHeader, announced: int) -> tuple[int, str]:
    """Return how many signals there are where more are described than the record line announces.

    Raises
    ------
    RecordingError
        If the lengths of the signal files do not decide it.
    """
    described = len(text.described)
    told = f"{path.name} announces {announced} signals but describes {described}"
    files = [line.split()[0] for line in text.described]
    if 0 < announced < described and not set(files[:announced]) & set(files[announced:]):
        return announced, f"{told}; the others lie in other files and are left out."
    fitting = [count for count in (announced, described) if _fits(path, text, count)]
    if len(fitting) != 1:
        raise RecordingError(f"{told}; its lines are damaged or missing.")
    return fitting[0], f"{told}; its signal files are as long as {fitting[0]} are."


def _fits(path: Path, text: SpelledHeader, count: int) -> bool:
    """Tell whether signal files are exactly as long as the record line says, if they hold so many signals."""
    length = next(iter(text.record.split()[3:4]), "")
    if not length.isdecimal() or not 0 < int(length) < 1 << 40:
        return False
    n_bytes: dict[str, float] = {}
    for line in text.described[:count]:
        file_name, stored = line.split()[:2]
        form = re.fullmatch(r"(\d+)(?:x(\d+))?(?::\d+)?(?:\+(\d+))?", stored, re.ASCII)
        if form is None or form[1] not in _BYTES_PER_SAMPLE or not is_plain(file_name):
            return False
        n_bytes.setdefault(file_name, float(form[3] or 0))
        n_bytes[file_name] += int(length) * int(form[2] or 1) * _BYTES_PER_SAMPLE[form[1]]
    try:
        return all(size_of(path.with_name(name)) == math.ceil(held) for name, held in n_bytes.items())
    except OSError:
        return False


def _read(path: Path) -> bytes:
    try:
        n_bytes = size_of(path)
        if n_bytes > MAX_HEADER_BYTES:
            raise RecordingError(f"{path.name} has {n_bytes >> 20} MB, far more than a header; it was not read.")
        return read_bytes(path)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _check_size(path: Path, text: SpelledHeader) -> None:
    """Refuse a header that would take long to read: wfdb and the names of channels take time with their number."""
    fields = text.record.split()
    if len(fields) < 2:
        return
    if "/" in fields[0]:
        if len(text.described) > MAX_SEGMENTS:
            raise RecordingError(f"{path.name} lists more than {MAX_SEGMENTS:,} segments; no recording has as many.")
        return
    announced = re.match(r"\d+", fields[1])
    many = announced is not None and (len(announced.group()) > 9 or int(announced.group()) > MAX_LEADS)
    if many and len(text.described) > MAX_LEADS:
        raise RecordingError(f"{path.name} describes more than {MAX_LEADS} signals; no ECG has as many.")


def _check_inside(header: Path, file_name: str) -> None:
    """Refuse a file name that leads out of the header's folder, or to a device."""
    if not is_plain(file_name):
        raise RecordingError(
            f"{header.name} points to a signal file outside its own folder or to none "
            f"({file_name!r:.80}); it was not opened."
        )


def _segments(path: Path, raw: wfdb.MultiRecord) -> tuple[tuple[str, int], ...]:
    names = list(raw.seg_name or ())
    lengths = [int(length or 0) for length in raw.seg_len or ()]
    if not names or len(names) != len(lengths) or min(lengths) < 0:
        raise RecordingError(f"{path.name} lists its segments incompletely; its lines are damaged or missing.")
    for name in names:
        if name != "~":
            _check_inside(path, name)
    return tuple(zip(names, lengths, strict=True))


def _channels(path: Path, raw: wfdb.Record, text: SpelledHeader) -> tuple[list[Channel], list[str]]:
    channels: list[Channel] = []
    notes: list[str] = []
    gains = _gain_fields(text, raw.n_sig)
    for index in range(raw.n_sig):
        given = text.name(index, str(raw.sig_name[index] or ""))
        name = _unique_name((given or f"signal {index + 1}").strip(), channels)
        unit = str(raw.units[index] or "mV").strip()
        scale = millivolts_per(unit)
        is_ecg = not names_other(name) if scale else names_ecg(name)
        doubt = f"the unit {unit!r:.24}" if scale is None else _gain_doubt(gains[index])
        if is_ecg and doubt:
            notes.append(f"Lead {name} is uncalibrated ({path.name} gives it {doubt}): its millivolts are relative.")
        if is_ecg and not doubt and raw.adc_gain[index] < 0:
            notes.append(f"Lead {name} has a negative gain in {path.name}: check that it is not upside down.")
        samples_per_frame = int(raw.samps_per_frame[index] or 1)
        if not 1 <= samples_per_frame <= 10_000:
            raise RecordingError(f"{path.name} gives {name} {samples_per_frame} samples per frame; correct it.")
        channels.append(
            Channel(
                name=name,
                file_name=str(raw.file_name[index]),
                fmt=str(raw.fmt[index]),
                millivolts_per_unit=scale or 1.0,
                samples_per_frame=samples_per_frame,
                is_ecg=is_ecg,
                calibrated=doubt is None,
                gain=float(raw.adc_gain[index]),
                baseline=float(raw.baseline[index]),
                byte_offset=int(raw.byte_offset[index] or 0),
                skew=int(raw.skew[index] or 0),
                initial=int((raw.init_value or [])[index] or 0) if raw.init_value else 0,
                unit=unit,
            )
        )
    return channels, notes


def _unique_name(name: str, channels: Sequence[Channel]) -> str:
    """Number a name that an earlier channel already has, so that a lead can be asked for by its name."""
    taken = {channel.name for channel in channels}
    numbered = (f"{name} ({number})" for number in range(2, len(channels) + 3))
    return name if name not in taken else next(candidate for candidate in numbered if candidate not in taken)


def _gain_fields(text: SpelledHeader, n_signals: int) -> list[str]:
    """Return the gain field of each signal line as read: wfdb replaces a gain of zero silently."""
    lines = [line.split() for line in text.described[:n_signals]]
    fields = [line[2] if len(line) > 2 else "" for line in lines]
    return fields + [""] * (n_signals - len(fields))


def _gain_doubt(gain_field: str) -> str | None:
    """Say what keeps a gain from being taken; header(5): zero or absent marks an uncalibrated signal."""
    number = re.match(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", gain_field, re.IGNORECASE)
    if number is None:
        return "no gain"
    value = float(number.group())
    return None if 0 < abs(value) < math.inf else f"a gain of {value:g}"


def _frames_held(path: Path, raw: wfdb.Record) -> int:
    """Count the whole frames that the signal files hold; the shortest file decides."""
    frames = []
    for file_name in dict.fromkeys(raw.file_name):
        of_file = [index for index, other in enumerate(raw.file_name) if other == file_name]
        signal_file = path.with_name(file_name)
        if not signal_file.is_file():
            raise RecordingError(
                f"{path.name} needs the signal file {file_name}, which is missing beside it; "
                "put both in one folder (or upload both together)."
            )
        fmt = str(raw.fmt[of_file[0]])
        samples_per_frame = [int(raw.samps_per_frame[index] or 1) for index in of_file]
        if fmt in _FLAC_FORMATS:
            frames.append(_flac_samples(signal_file) // max(samples_per_frame))
        elif fmt in _BYTES_PER_SAMPLE:
            n_bytes = size_of(signal_file) - int(raw.byte_offset[of_file[0]] or 0)
            # 212 packs two samples in three bytes, and an odd last sample in two.
            n_samples = math.floor(max(n_bytes, 0) / _BYTES_PER_SAMPLE[fmt] + 1e-9)
            frames.append(n_samples // sum(samples_per_frame))
        else:
            raise RecordingError(f"{path.name} stores {file_name} in format {fmt!r:.20}, which WFDB does not define.")
    return min(frames)


def _flac_samples(path: Path) -> int:
    import soundfile

    try:
        with open_file(path) as stream:
            return int(soundfile.info(stream).frames)
    except RuntimeError as error:
        raise RecordingError(f"{path.name} is not a readable FLAC signal file; fetch it again.") from error


def ecg_channels(channels: Sequence[Channel]) -> list[Channel]:
    """Return the channels that are ECG leads, in order."""
    return [channel for channel in channels if channel.is_ecg]
