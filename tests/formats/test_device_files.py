"""Files of electrocardiographs, through the one door: by content, under any name, and naming nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_core.formats import open_recording
from ecg_core.formats.registry import HEAD_BYTES, formats

FILES = {
    "aecg/HL7_Example_aECG.xml": ("HL7 aECG", 5000),
    "aecg/fda_subject1_0.xml": ("HL7 aECG", 5000),
    "dicom/waveform_ecg.dcm": ("DICOM", 10_000),
    "philips/1_03__129DYPRG.XML": ("Philips XML", 5264),
    "philips/1_04__3191723_ZZDEMOPTONLY_1-04_orig.xml": ("Philips XML", 5300),
    "scp/Example.scp": ("SCP-ECG", 5000),
}


@pytest.mark.data
@pytest.mark.parametrize("file", FILES)
def test_a_file_is_recognised_by_its_content_under_any_name(ecg_data: Path, tmp_path: Path, file: str) -> None:
    original = ecg_data / "formats" / file
    disguised = tmp_path / "upload.dat"
    shutil.copyfile(original, disguised)
    head = disguised.read_bytes()[:HEAD_BYTES]
    assert [known.name for known in formats() if known.recognise(head, disguised)] == [FILES[file][0]]
    recording = open_recording(disguised)
    assert (recording.format_name, recording.n_samples, len(recording.leads)) == (*FILES[file], 12)
    assert recording.sha256 == open_recording(original).sha256
    np.testing.assert_array_equal(recording.read(), open_recording(original).read())


@pytest.mark.data
@pytest.mark.parametrize("file", FILES)
def test_nothing_that_identifies_a_person_stands_outside_of_the_identity(ecg_data: Path, file: str) -> None:
    recording = open_recording(ecg_data / "formats" / file, name="recording")
    identity = recording.identity
    assert identity is not None
    assert identity.patient_id
    texts = [identity.name, identity.patient_id, identity.device_serial, *(text for _, text in identity.other)]
    shown = " ".join((recording.name, *recording.notes, *recording.comments, *recording.other_channels))
    assert not [text for text in texts if text and len(text) > 3 and text in shown]
    assert identity.patient_id not in repr(identity)


@pytest.mark.data
def test_a_span_is_the_same_part_of_the_whole(ecg_data: Path) -> None:
    for file in FILES:
        recording = open_recording(ecg_data / "formats" / file)
        span = recording.read(1200, 1900, ["V2", "aVF"])
        places = [recording.lead_names.index(name) for name in ("V2", "aVF")]
        np.testing.assert_array_equal(span, recording.read()[1200:1900, places])
