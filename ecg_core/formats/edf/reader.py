"""EDF, EDF+C, EDF+D, BDF and BDF+ files, read span by span.

Signals of several rates are shown at the highest, the slower ones interpolated. The pieces of an interrupted file
(EDF+D) stand where they belong in time, with gaps between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.formats.base import MAX_DURATION_S, Format
from ecg_core.formats.common.channels import chosen_places, may_be_ecg, without_ecg
from ecg_core.formats.common.lead_names import millivolts_per, names_ecg, names_other, unit_notes, usual_names
from ecg_core.formats.common.millivolts import as_float32
from ecg_core.formats.edf.annotations import ANNOTATIONS_NAME, has_annotations, read_annotations, record_onsets_s
from ecg_core.formats.edf.header import EdfHeader, EdfSignal, is_edf, read_at, read_edf_header
from ecg_core.recording import Lead, Recording, Source

_CHUNK_BYTES: Final = 16 << 20
_LARGE_RECORD_BYTES: Final = 4 << 20
_UNCALIBRATED_GAIN: Final = 200.0
"""WFDB's steps in a mV where none are given, so that the signal can be looked at."""
_MAX_PIECED_RECORDS: Final = 1_000_000
_MIN_JUMP_S: Final = 0.1
"""What lies between the records of a file that calls itself continuous, and is more than a clock's rounding."""
_NUMBERED = re.compile(r"^(ch|chan|channel|signal|sig)?[ _.\-]*\d{1,2}$", re.IGNORECASE)
_OTHER_UNITS: Final = frozenset(
    {"bpm", "1/min", "/min", "%", "mmhg", "kpa", "g", "m/s2", "m/s^2", "degc", "c", "hz", "s", "ms"}
)


@dataclass(frozen=True)
class _Piece:
    """Records that follow each other without a gap.

    Attributes
    ----------
    first, count : int
        Records.
    start : int
        The recording's sample at which they begin.
    """

    first: int
    count: int
    start: int


def open_edf(path: Path, *, name: str, source: Source, channels: tuple[str, ...] | None = None) -> Recording:
    """Open an EDF or BDF file; see :func:`ecg_core.formats.open_recording`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Name of the recording.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.
    channels : tuple of str, optional
        Labels of the signals that are ECG leads; by default those whose labels say so.

    Returns
    -------
    Recording

    Raises
    ------
    ChannelsNeededError
        If no label says that its signal is an ECG.
    """
    header = read_edf_header(path)
    held = [signal for signal in header.signals if signal.samples_per_record and not signal.is_annotations]
    labels = [signal.label for signal in held]
    signals, notes = _ecg_signals(path, held)
    if channels is not None:
        signals, notes = [held[place] for place in chosen_places(path.name, labels, channels)], []
    if signals:
        return _recording(path, header, signals, notes, name, source)
    fast = [signal for signal in held if may_be_ecg(signal.samples_per_record / header.record_s)]
    raise without_ecg(
        path.name,
        _recording(path, header, fast, [], name, source) if fast else None,
        [signal.samples_per_record / header.record_s for signal in fast],
        [signal.unit for signal in fast],
        labels,
    )


def _recording(
    path: Path, header: EdfHeader, signals: list[EdfSignal], notes: list[str], name: str, source: Source
) -> Recording:
    per_record = max(signal.samples_per_record for signal in signals)
    fs_hz = per_record / header.record_s
    pieces, origin_s, gaps = _pieces(path, header, per_record, fs_hz)
    n_samples = pieces[-1].start + pieces[-1].count * per_record
    if header.n_samples is not None and n_samples - per_record < header.n_samples < n_samples:
        n_samples = header.n_samples  # what fills the last record is no signal
    names = usual_names(signal.label for signal in signals)
    notes += [*header.notes, *gaps, *unit_notes(path.name, (signal.unit for signal in signals))]
    notes += _doubts(path, signals, names)
    if len({signal.samples_per_record for signal in signals}) > 1:
        notes.append(f"Leads were recorded at different rates; all are shown at {fs_hz:g} Hz.")
    start_time = _later(header.start_time, origin_s) if 0 < origin_s < 86_400 else header.start_time
    with_texts = has_annotations(header)
    return Recording(
        name=name,
        fs_hz=fs_hz,
        n_samples=n_samples,
        leads=tuple(
            Lead(usual, calibrated=_doubt(signal) is None, original_name=signal.label)
            for usual, signal in zip(names, signals, strict=True)
        ),
        read_span=partial(_read_span, path, header, signals, pieces, per_record),
        files=(path,),
        start_time=start_time,
        source=source,
        notes=tuple(notes),
        other_channels=tuple(s.label for s in header.signals if s not in signals and not s.is_annotations),
        load_annotations=(lambda _: read_annotations(path, header, origin_s, fs_hz, n_samples)) if with_texts else None,
        annotation_names=(ANNOTATIONS_NAME,) if with_texts else (),
        identity=header.identity or None,
        format_name=header.format_name,
    )


def _later(begins: datetime | time | None, seconds: float) -> datetime | time | None:
    later = timedelta(seconds=seconds)
    if isinstance(begins, datetime):
        return begins + later
    return (datetime.combine(datetime(2000, 1, 1), begins) + later).time() if begins is not None else None


def _ecg_signals(path: Path, held: Sequence[EdfSignal]) -> tuple[list[EdfSignal], list[str]]:
    """Return the signals that are ECG leads by their labels, and what to say of them."""
    named = [signal for signal in held if names_ecg(signal.label) and signal.unit.lower() not in _OTHER_UNITS]
    if named:
        return named, []
    numbered = [s for s in held if _NUMBERED.match(s.label) and millivolts_per(s.unit) and not names_other(s.label)]
    if numbered:
        return numbered, [f"{path.name} does not name its channels; those in units of voltage are taken for ECG leads."]
    return [], []


def _doubt(signal: EdfSignal) -> str | None:
    """Say what keeps a signal from being in mV; None if nothing does."""
    if signal.gain is None:
        return "no usable range of values"
    if millivolts_per(signal.unit) is None:
        return f"the unit {signal.unit!r:.24}" if signal.unit else "no unit"
    return None


def _doubts(path: Path, signals: Sequence[EdfSignal], names: Sequence[str]) -> list[str]:
    notes = []
    for signal, name in zip(signals, names, strict=True):
        if doubt := _doubt(signal):
            notes.append(f"Lead {name} is uncalibrated ({path.name} gives it {doubt}): its millivolts are relative.")
        elif (signal.gain or 0) < 0:
            notes.append(f"Lead {name} has a negative gain in {path.name}: check that it is not upside down.")
    return notes


def _pieces(path: Path, header: EdfHeader, per_record: int, fs_hz: float) -> tuple[list[_Piece], float, list[str]]:
    """Return the pieces of a recording, when the first begins after the header's start time, and what to say of it."""
    whole = [_Piece(0, header.n_records, 0)]
    if not has_annotations(header):
        return whole, 0.0, []
    interrupted = header.format_name.endswith("D")
    if not interrupted:
        origin_s, end_s = (float(record_onsets_s(path, header, 1, at)[0]) for at in (0, header.n_records - 1))
        if not np.isfinite(origin_s):
            return (
                whole,
                0.0,
                [f"{path.name} does not say when its records begin; they are shown one after the other."],
            )
        lasted_s = (header.n_records - 1) * header.record_s
        if not np.isfinite(end_s) or abs(end_s - origin_s - lasted_s) < _MIN_JUMP_S:
            return whole, origin_s, []
    n_records = min(header.n_records, _MAX_PIECED_RECORDS)
    onsets_s = record_onsets_s(path, header, n_records)
    if not interrupted:
        late_s = np.diff(onsets_s) - header.record_s
        jumps_s = late_s[late_s >= _MIN_JUMP_S]
        if np.isnan(late_s).any() or late_s.min() <= -_MIN_JUMP_S or not len(jumps_s):
            contradiction = (
                f"The times of the records of {path.name} contradict their length: the first and the last lie "
                f"{end_s - origin_s:.1f} s apart and hold {lasted_s:.1f} s; they are shown one after the other."
            )
            return whole, origin_s, [contradiction]
        onsets_s = onsets_s[0] + np.concatenate(
            ([0.0], np.cumsum(header.record_s + np.where(late_s >= _MIN_JUMP_S, late_s, 0.0)))
        )
    if not np.isfinite(onsets_s[0]):
        return whole, 0.0, [f"{path.name} does not say when its pieces begin; they are shown without gaps."]
    # A record that does not say when it begins, or one that begins before the last ended, ends what can be placed.
    late_s = np.diff(onsets_s) - header.record_s
    possible = (late_s * fs_hz > -1.0) & (onsets_s[1:] - onsets_s[0] < MAX_DURATION_S - header.record_s)
    n_placed = n_records if possible.all() else int(np.argmin(possible)) + 1
    notes = []
    if n_placed < header.n_records:
        notes.append(
            f"{path.name} does not say when the pieces after {onsets_s[n_placed - 1] - onsets_s[0]:.1f} s begin; "
            "the recording is shown up to there."
        )
    breaks = np.flatnonzero(late_s[: n_placed - 1] * fs_hz >= 1.0) + 1
    firsts = [0, *breaks.tolist()]
    pieces = []
    end = 0
    for first, stop in zip(firsts, [*firsts[1:], n_placed], strict=True):
        start = max(round((onsets_s[first] - onsets_s[0]) * fs_hz), end)
        pieces.append(_Piece(first, stop - first, start))
        end = start + (stop - first) * per_record
    if len(pieces) > 1 and not interrupted:
        notes.append(
            f"{path.name} says that it is continuous ({header.format_name}), but the times of its records jump "
            f"in {len(pieces) - 1} places, by up to {jumps_s.max():.1f} s; the gaps are shown as such."
        )
    elif len(pieces) > 1:
        notes.append(f"{path.name} was interrupted {len(pieces) - 1} times; the gaps are shown as such.")
    return pieces, float(onsets_s[0]), notes


def _read_span(
    path: Path,
    header: EdfHeader,
    signals: Sequence[EdfSignal],
    pieces: Sequence[_Piece],
    per_record: int,
    start: int,
    stop: int,
    leads: Sequence[int],
) -> npt.NDArray[np.float32]:
    """Read samples; shape (stop - start, leads), mV, NaN in the gaps between pieces."""
    signal = np.full((stop - start, len(leads)), np.nan, dtype=np.float32)
    wanted = [signals[index] for index in leads]
    step = min(max(_CHUNK_BYTES // header.record_bytes, 1) * per_record, _CHUNK_BYTES // 8)
    for piece in pieces:
        begin, end = max(start, piece.start), min(stop, piece.start + piece.count * per_record)
        for first in range(begin, end, step):
            last = min(first + step, end)
            rows = signal[first - start : last - start]
            _read_piece(path, header, wanted, piece, per_record, (first - piece.start, last - piece.start), rows)
    return signal


def _read_piece(
    path: Path,
    header: EdfHeader,
    wanted: Sequence[EdfSignal],
    piece: _Piece,
    per_record: int,
    span: tuple[int, int],
    out: npt.NDArray[np.float32],
) -> None:
    """Read samples of one piece, counted from its beginning, into `out`."""
    first, last = span[0] // per_record, min(-(-span[1] // per_record) + 1, piece.count)
    content = None
    if header.record_bytes <= _LARGE_RECORD_BYTES:
        at = header.data_offset + (piece.first + first) * header.record_bytes
        raw = read_at(path, at, (last - first) * header.record_bytes)
        content = np.frombuffer(raw, dtype=np.uint8).reshape(last - first, header.record_bytes)
    for column, signal in enumerate(wanted):
        ratio = signal.samples_per_record / per_record
        at_own_rate = np.arange(span[0], span[1]) * ratio
        # One sample more than asked for lets a slower signal be interpolated to the end without a step.
        lowest = int(at_own_rate[0])
        highest = min(int(at_own_rate[-1]) + 2, piece.count * signal.samples_per_record)
        if content is None:
            stored = _stored(path, header, signal, piece, lowest, highest)
        else:
            n_bytes = signal.samples_per_record * header.bytes_per_sample
            stored = content[:, signal.first_byte : signal.first_byte + n_bytes].reshape(-1, header.bytes_per_sample)
            skipped = first * signal.samples_per_record
            stored = stored[lowest - skipped : highest - skipped]
        values = _millivolts(stored, signal)
        if ratio == 1:
            out[:, column] = as_float32(values[: len(out)])
        else:
            out[:, column] = as_float32(np.interp(at_own_rate - lowest, np.arange(len(values)), values))


def _stored(
    path: Path, header: EdfHeader, signal: EdfSignal, piece: _Piece, lowest: int, highest: int
) -> npt.NDArray[np.uint8]:
    """Read some samples of one signal where records are too large to be read whole; shape (samples, bytes)."""
    parts = []
    per_record, width = signal.samples_per_record, header.bytes_per_sample
    for record in range(lowest // per_record, (highest - 1) // per_record + 1):
        begin = max(lowest - record * per_record, 0)
        end = min(highest - record * per_record, per_record)
        at = header.data_offset + (piece.first + record) * header.record_bytes + signal.first_byte + begin * width
        parts.append(np.frombuffer(read_at(path, at, (end - begin) * width), dtype=np.uint8))
    return np.concatenate(parts).reshape(-1, width)


def _millivolts(stored: npt.NDArray[np.uint8], signal: EdfSignal) -> npt.NDArray[np.float64]:
    """Turn samples as they are stored, shape (samples, bytes), into millivolts."""
    if stored.shape[1] == 2:
        digital = np.ascontiguousarray(stored).view("<i2")[:, 0].astype(np.float64)
    else:
        wide = np.zeros((len(stored), 4), dtype=np.uint8)
        wide[:, 1:] = stored
        digital = (wide.view("<i4")[:, 0] >> 8).astype(np.float64)
    if signal.has_absent:
        digital[digital == signal.digital[0]] = np.nan
    gain = signal.gain
    if gain is None:
        return digital / _UNCALIBRATED_GAIN
    scale = millivolts_per(signal.unit) or 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        return ((digital - signal.digital[0]) * gain + signal.physical[0]) * scale


FORMAT: Final = Format(
    "EDF / EDF+ / BDF",
    (".edf", ".bdf", ".rec"),
    lambda head, _: is_edf(head),
    open_edf,
    open_channels=open_edf,
)
