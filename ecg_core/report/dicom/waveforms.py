"""The signal that a report rests on as DICOM waveforms: all of a short recording, of a longer one the strips' spans."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from pydicom import dcmread

from ecg_core.formats.common.excerpt import Excerpt
from ecg_core.formats.dicom.writer import write
from ecg_core.recording import Recording
from ecg_core.report.blocks import Strip, TwelveLead
from ecg_core.report.coded import study_key
from ecg_core.report.dicom.common import Study, add_equipment, add_identity, add_study, part10, uid_of
from ecg_core.report.model import Report

WHOLE_BYTES: Final = 8 << 20
"""A recording whose samples take no more, at 16 bits, is sent whole: half an hour of two leads, a minute of twelve."""

_SAMPLE_BYTES: Final = 2


def is_sent_whole(recording: Recording) -> bool:
    """Tell whether a recording is short enough to go along whole."""
    return recording.n_samples * max(len(recording.leads), 1) * _SAMPLE_BYTES <= WHOLE_BYTES


def waveforms(report: Report, recording: Recording, study: Study) -> list[bytes]:
    """Return the waveforms of a report, in order of time.

    Parameters
    ----------
    report : Report
        The report.
    recording : Recording
        What it is about, without what identifies a person.
    study : Study
        Where they belong.

    Returns
    -------
    list of bytes
        Files of Part 10, with all leads of each span. UIDs follow from recording, person and span, so that amendments
        refer to the same objects. None where the recording holds no signal.

    Raises
    ------
    RecordingError
        If the recording can no longer be read.
    """
    if not recording.n_samples or not recording.leads:
        return []
    return [
        _waveform(report, recording, study, number, start, stop)
        for number, (start, stop) in enumerate(_spans(report, recording), 1)
    ]


def _spans(report: Report, recording: Recording) -> list[tuple[int, int]]:
    if is_sent_whole(recording):
        return [(0, recording.n_samples)]
    spans = {(block.start_sample, block.stop_sample) for block in report.blocks() if isinstance(block, Strip)}
    spans |= {
        (block.start_sample, block.start_sample + len(block.signal_mv))
        for block in report.blocks()
        if isinstance(block, TwelveLead)
    }
    return sorted(span for span in spans if span[1] > span[0])


def _waveform(report: Report, recording: Recording, study: Study, number: int, start: int, stop: int) -> bytes:
    excerpt = Excerpt(recording, start, stop, None, lambda _: None)
    with tempfile.TemporaryDirectory(prefix="rhythmoscope-") as folder:
        # Numbers of 16 bits: archives and viewers that take 32-bit waveforms are few.
        (name,) = write(excerpt, Path(folder), "waveform", lambda _: None, bits=16)
        data = dcmread(Path(folder) / name)
    key = study_key(report)
    data.SOPInstanceUID, data.SeriesInstanceUID = uid_of(key, f"waveform.{start}.{stop}"), uid_of(key, "waveforms")
    if "SynchronizationFrameOfReferenceUID" in data:
        data.SynchronizationFrameOfReferenceUID = uid_of(key, "time")
    data.SeriesNumber, data.InstanceNumber = "1", str(number)
    add_study(data, study)
    add_equipment(data, report)
    add_identity(data, report)
    return part10(data)
