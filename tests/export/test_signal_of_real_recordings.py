"""Real recordings through every format: the same samples within each format's step, the same marks, the same beats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from signals_for_tests import ALL, EXACT, out_and_in, rows

from ecg_core.detection import detect_beats
from ecg_core.formats import open_recording
from ecg_core.formats.common.excerpt import cut_marks

pytestmark = pytest.mark.slow

STEPS_OF = {  # recordings whose converter's steps show through zero
    "mitdb/208": True,
    "ludb/data/39": True,
    "formats/dicom/waveform_ecg.dcm": True,
    "formats/scp/Example.scp": True,
    "formats/aecg/HL7_Example_aECG.xml": True,
    "formats/philips/1_03__129DYPRG.XML": True,
    "formats/ishne/ECG_P28.01.ecg": True,
    "formats/wfdb/s0010_re": True,
    "formats/wfdb/a103l": True,
    "formats/wfdb/03700181": False,
    "formats/edf/contec_0000050.edf": False,
}


@pytest.mark.data
@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("name", STEPS_OF)
def test_samples_and_marks_are_the_same(ecg_data: Path, tmp_path: Path, name: str, format: str) -> None:
    original = open_recording(ecg_data / name)
    start, stop = 700, min(original.n_samples, 700 + round(60 * original.fs_hz))
    marks = original.annotations()
    back = out_and_in(original, tmp_path, format, start=start, stop=stop, marks=marks)
    signal = original.read(start, stop)
    exact = format in EXACT or STEPS_OF[name]
    np.testing.assert_allclose(back.read(), signal, rtol=3e-7, atol=1e-7 if exact else 0.0005)
    assert back.lead_names == original.lead_names
    assert back.fs_hz == pytest.approx(original.fs_hz, rel=1e-12)
    assert [lead.calibrated for lead in back.leads] == [lead.calibrated for lead in original.leads]
    if marks is not None:
        cut = cut_marks(marks, start, stop)
        if len(cut.sample):
            assert rows(back.annotations()) == rows(cut)
    if name.startswith("mitdb"):
        np.testing.assert_array_equal(detect_beats(back.read(), back.fs_hz), detect_beats(signal, original.fs_hz))


@pytest.mark.data
@pytest.mark.parametrize("format", ALL)
def test_a_whole_record_and_its_annotations(ecg_data: Path, tmp_path: Path, format: str) -> None:
    original = open_recording(ecg_data / "mitdb" / "100")
    marks = original.annotations()
    assert marks is not None
    back = out_and_in(original, tmp_path, format, marks=marks)
    np.testing.assert_array_equal(back.read(), original.read())
    assert rows(back.annotations()) == rows(marks)
