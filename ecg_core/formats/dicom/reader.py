"""DICOM ECG waveforms: 12-lead, general, general 32-bit and ambulatory (PS3.3 A.34), read span by span.

The original multiplex groups of one rate stand on one time axis, so that leads recorded one after the other do so
here; a derived group (a median beat) is noted and left out unless there is nothing else. Millivolts are stored value
x sensitivity x correction factor + baseline. Transfer syntaxes: any that leaves the data set uncompressed.
"""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Sequence
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ecg_core.confinement import open_file, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.base import Format
from ecg_core.formats.common.channels import chosen_places, may_be_ecg, without_ecg
from ecg_core.formats.common.in_memory import annotation_loader, check_rate, gain_notes
from ecg_core.formats.common.lead_names import MAX_LEADS, unit_notes, usual_names
from ecg_core.formats.common.timestamps import timestamp
from ecg_core.formats.dicom.findings import read_annotations, read_identity
from ecg_core.formats.dicom.groups import CountingFile, DamagedError, DeflatedError, Group, read_dicom
from ecg_core.recording import Lead, Recording, Source

FORMAT_NAME: Final = "DICOM"
_MAX_GAP_S: Final = 600.0
_MAX_GAP_SHARE: Final = 10
_LAST_FIRST_ELEMENT: Final = 0x0070
_MAX_FIRST_ELEMENT: Final = 1 << 10
_LONG_KINDS: Final = frozenset((b"OB", b"UN"))
_SHORT_KINDS: Final = frozenset((b"UL", b"UI", b"CS", b"DA", b"TM", b"DT", b"SH", b"LO", b"AE"))
_MEDIAN: Final = re.compile(r"\b(median|mean|average[d]?|avg|template|representative|typical)\b", re.IGNORECASE)
_MAX_BEAT_S: Final = 2.0
_MIN_TIMES_LONGER: Final = 3
"""A group of less than two seconds beside one of the same leads that is so much longer is a beat of it."""


def recognise(head: bytes, path: Path) -> bool:
    """Return whether a file has the DICOM signature behind its preamble, or begins with DICOM's first data elements.

    Parameters
    ----------
    head : bytes
        First `base.HEAD_BYTES` bytes of the file.
    path : Path
        The file.

    Returns
    -------
    bool
    """
    return head[128:132] == b"DICM" or _begins_with_elements(head)


def _begins_with_elements(head: bytes) -> bool:
    """Tell whether bytes begin with two data elements of group 2 or 8 in order, as a data set without preamble does."""
    for layout in ("<", ">"):
        place, before = 0, 0
        for _ in range(2):
            if place + 8 > len(head):
                return False
            group, element = struct.unpack_from(f"{layout}HH", head, place)
            if group not in {2, 8} or element > _LAST_FIRST_ELEMENT or group << 16 | element <= before:
                break
            before = group << 16 | element
            kind = head[place + 4 : place + 6]
            if kind in _LONG_KINDS:
                (length,) = struct.unpack_from(f"{layout}I", head.ljust(place + 12), place + 8)
                place += 12 + length
            elif kind in _SHORT_KINDS:
                place += 8 + struct.unpack_from(f"{layout}H", head, place + 6)[0]
            else:
                (length,) = struct.unpack_from(f"{layout}I", head, place + 4)
                if length > _MAX_FIRST_ELEMENT:
                    break
                place += 8 + length
        else:
            return True
    return False


def open_dicom(
    path: Path, *, name: str | None = None, source: Source = "local", channels: tuple[str, ...] | None = None
) -> Recording:
    """Open a DICOM waveform; see :func:`ecg_core.formats.open_recording`.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        Name of the recording; by default from the file.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.
    channels : tuple of str, optional
        Names of the channels that are ECG leads; by default those whose names and units say so.

    Returns
    -------
    Recording

    Raises
    ------
    ChannelsNeededError
        If no channel is an ECG by its name and unit.
    """
    try:
        return _open(path, name, source, channels)
    except RecordingError:
        raise
    except DamagedError as error:
        raise RecordingError(f"{path.name} is damaged: {error}; fetch it again.") from error
    except OSError as error:
        if isinstance(error.__context__, DamagedError):  # pydicom takes it for the end of the file
            raise RecordingError(f"{path.name} is damaged: {error.__context__}; fetch it again.") from error
        if error.strerror is None:  # pydicom's own, for what it cannot parse
            raise _unreadable(path) from error
        raise RecordingError(f"{path.name} cannot be read: {error.strerror}.") from error
    except Exception as error:  # pydicom raises whatever its decoder trips over
        raise _unreadable(path) from error


def _unreadable(path: Path) -> RecordingError:
    return RecordingError(f"{path.name} is a damaged DICOM file; fetch it again.")


def _open(path: Path, name: str | None, source: Source, channels: tuple[str, ...] | None) -> Recording:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that break the standard, which is no news to anybody
        with CountingFile(path) as stream:
            try:
                has_preamble = stream.read(132)[128:] == b"DICM"
                stream.seek(0)
                header, groups = read_dicom(stream, size_of(path))
            except DeflatedError as error:
                raise RecordingError(
                    f"{path.name} is a deflated DICOM file, which is not read; store it uncompressed."
                ) from error
        return _recording(path, header, groups, has_preamble, name, source, channels)


def _recording(
    path: Path,
    header: Dataset,
    groups: list[Group],
    has_preamble: bool,
    name: str | None,
    source: Source,
    channels: tuple[str, ...] | None,
) -> Recording:
    if not groups:
        kind = " ".join(str(getattr(header.get("SOPClassUID"), "name", "") or "object").split())
        raise RecordingError(f"{path.name} holds no ECG: it is a DICOM {kind:.80}.")
    chosen, notes = _choose(groups)
    fs_hz = check_rate(chosen[0].fs_hz, path.name)
    earliest_s = min(group.offset_s for group in chosen)
    starts = [round((group.offset_s - earliest_s) * fs_hz) for group in chosen]
    n_samples = max(start + group.n_samples for start, group in zip(starts, chosen, strict=True))
    n_held = sum(group.n_samples for group in chosen)
    if n_samples - n_held > max(_MAX_GAP_S * fs_hz, _MAX_GAP_SHARE * n_held):
        raise DamagedError("its groups are claimed to lie far apart in time")
    if not has_preamble:
        notes.append(f"{path.name} has no DICOM preamble; it was read all the same.")
    if any(group.truncated for group in chosen):
        notes.append(f"{path.name} is shorter than it claims; what it holds is shown.")
    if not n_samples:
        raise RecordingError(f"{path.name} holds no ECG samples; fetch it again.")
    places = [(group, place) for group in range(len(chosen)) for place in range(len(chosen[group].channels))]
    every = [chosen[group].channels[place] for group, place in places]
    given = [one.name for one in every]
    if channels is None:
        ecg = [(at, one) for at, one in zip(places, every, strict=True) if one.is_ecg]
    else:
        ecg = [(places[at], every[at]) for at in chosen_places(path.name, given, channels)]
    if len(ecg) > MAX_LEADS:
        raise RecordingError(f"{path.name} holds more than {MAX_LEADS} channels; no ECG has as many.")
    if not ecg:
        fast = every if may_be_ecg(fs_hz) else []
        everything = None
        if fast:
            everything = _recording(path, header, groups, has_preamble, name, source, tuple(given))
        raise without_ecg(path.name, everything, [fs_hz] * len(fast), [one.unit for one in fast], given)
    if any(channel.skewed for _, channel in ecg):
        notes.append("Leads were sampled one after the other; the delay of less than a few samples is not corrected.")
    notes += unit_notes(path.name, (channel.unit for _, channel in ecg))
    notes += gain_notes(
        path.name,
        uncalibrated=[channel.name for _, channel in ecg if not channel.calibrated],
        negative=[channel.name for _, channel in ecg if channel.factor_mv < 0],
    )

    def clock(group: int, sample: float) -> float | None:
        if not 1 <= group <= len(groups) or groups[group - 1] not in chosen:
            return None
        one = groups[group - 1]
        return one.offset_s - earliest_s + (sample - 1) / one.fs_hz

    triggers = {one.trigger for one in groups if one not in chosen and one.trigger is not None}
    measurements, statements, marks = read_annotations(header, clock, fs_hz, triggers)
    filters = dict.fromkeys(channel.filters for _, channel in ecg if channel.filters)
    load, names = annotation_loader({"dicom": marks}, n_samples, path.name)
    usual = usual_names(channel.lead for _, channel in ecg)
    return Recording(
        name=name or path.stem,
        fs_hz=fs_hz,
        n_samples=n_samples,
        leads=tuple(
            Lead(lead, calibrated=channel.calibrated, original_name=channel.name)
            for lead, (_, channel) in zip(usual, ecg, strict=True)
        ),
        read_span=partial(_read_span, path, chosen, starts, [at for at, _ in ecg]),
        files=(path,),
        start_time=_start_time(header),
        source=source,
        notes=tuple(notes),
        other_channels=tuple(channel.name for channel in every if all(channel is not one for _, one in ecg)),
        load_annotations=load,
        annotation_names=names,
        identity=read_identity(header),
        format_name=FORMAT_NAME,
        measurements=(*measurements, *(("Filters", text) for text in filters)),
        statements=statements,
    )


def _choose(groups: list[Group]) -> tuple[list[Group], list[str]]:
    """The groups that are shown together, and what is to be said of the others."""
    notes = []
    longest = max(groups, key=lambda group: group.n_samples)
    derived = [group for group in groups if group.derived or _is_beat_of(group, longest)]
    originals = [group for group in groups if group not in derived]
    if originals and derived:
        labels = ", ".join(group.label or "without a name" for group in derived)
        notes.append(f"A group derived from the rhythm is left out ({labels:.80}).")
    if not originals:
        notes.append("The file holds no rhythm, only a group derived from it (median beat).")
        originals = groups[:1]
    longest = max(originals, key=lambda group: group.n_samples)
    chosen: list[Group] = []
    for group in [longest, *(one for one in originals if one is not longest)]:
        if group.fs_hz == longest.fs_hz and not any(_repeats(group, other) for other in chosen):
            chosen.append(group)
    chosen = [group for group in originals if group in chosen] or [longest]
    if any(group.fs_hz != longest.fs_hz for group in originals):
        notes.append("Groups recorded at another rate than the longest are left out.")
    n_repeated = sum(group.fs_hz == longest.fs_hz for group in originals) - len(chosen)
    if n_repeated > 0:
        notes.append(f"Groups that hold the same leads at the same time once more are left out ({n_repeated}).")
    return chosen, notes


def _is_beat_of(group: Group, longest: Group) -> bool:
    """Tell whether a group is a beat made of the others, by its name or by its length and leads."""
    if group is longest:
        return bool(_MEDIAN.search(group.label)) and group.n_samples <= _MAX_BEAT_S * group.fs_hz
    short = group.n_samples <= _MAX_BEAT_S * group.fs_hz
    if short and _MEDIAN.search(group.label):
        return True
    shares = bool({one.lead for one in group.channels} & {one.lead for one in longest.channels})
    return short and shares and group.n_samples * _MIN_TIMES_LONGER <= longest.n_samples and _overlap(group, longest)


def _repeats(group: Group, other: Group) -> bool:
    """Tell whether two groups hold the same lead at the same time."""
    shares = {one.lead for one in group.channels} & {one.lead for one in other.channels}
    return bool(shares) and _overlap(group, other)


def _overlap(group: Group, other: Group) -> bool:
    begin = max(group.offset_s, other.offset_s)
    end = min(one.offset_s + one.n_samples / max(one.fs_hz, 1e-9) for one in (group, other))
    return end - begin > 0


def _start_time(header: Dataset) -> datetime | time | None:
    """When the acquisition began; else the time of the content, where both its date and its time are given.

    The time of day alone where the file says that its dates were removed; none at midnight, which then stands for it.
    """
    joined = [str(header.get("AcquisitionDateTime") or "")]
    for kind in ("Acquisition", "Content"):
        on, at = str(header.get(f"{kind}Date") or ""), str(header.get(f"{kind}Time") or "")
        joined.append(on + at if on and at else "")
    begins = next((moment for moment in map(timestamp, joined) if moment), None)
    if begins and str(header.get("LongitudinalTemporalInformationModified") or "").strip() == "REMOVED":
        return begins.time() if begins.time() != time(0) else None
    return begins


def _read_span(
    path: Path,
    groups: list[Group],
    starts: list[int],
    places: list[tuple[int, int]],
    start: int,
    stop: int,
    leads: Sequence[int],
) -> npt.NDArray[np.float32]:
    """Read a span of some leads, each of which is a channel of a group; NaN where its group has no sample."""
    signal = np.full((stop - start, len(leads)), np.nan, dtype=np.float32)
    wanted = [places[lead] for lead in leads]
    try:
        with open_file(path) as stream:
            for number in {group for group, _ in wanted}:
                group, begin = groups[number], starts[number]
                first, last = max(start, begin), min(stop, begin + group.n_samples)
                if first >= last:
                    continue
                columns = [column for column, (of, _) in enumerate(wanted) if of == number]
                values = group.read(stream, first - begin, last - begin, [wanted[column][1] for column in columns])
                signal[first - start : first - start + len(values), columns] = values
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
    return signal


FORMAT: Final = Format(FORMAT_NAME, (".dcm",), recognise, open_dicom, open_channels=open_dicom)
