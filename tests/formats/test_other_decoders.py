"""Readers against independent decoders: leads, rate, units, signal and start time, format by format.

Where a decoder and this program differ, the test says which of both departs from the format's specification.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import numpy as np
import pytest
from formats.other_decoders import DECODERS, Decoded
from security.samples import Sample, written_samples

from ecg_core.export.signal import write_signal
from ecg_core.formats import open_recording
from ecg_core.formats.common.lead_names import usual_name
from ecg_core.recording import Recording, from_array

pytestmark = pytest.mark.slow

ROUNDING_MV = 2e-6
"""Of float32, in which this program holds millivolts up to 10 mV."""

WRITTEN = [
    *((f"wfdb-{fmt}", "ecgdatakit") for fmt in ("16", "212", "80", "24", "32", "segments")),
    *((f"wfdb-{fmt}", "wfdb") for fmt in ("16", "212", "80", "24", "32", "516")),
    *((name, "ecgdatakit") for name in ("edf", "ishne", "dicom", "scp", "muse", "philips", "philips-xli", "aecg")),
    ("edf", "edfio"),
    ("bdf", "edfio"),
    ("dicom", "pydicom"),
]
"""Formats of the samples, and who else reads them. ecgdatakit reads neither BDF nor FLAC (WFDB 508 to 524),
wfdb no record of fixed layout with a gap between its segments."""

REAL = [
    ("aecg/HL7_Example_aECG.xml", "ecgdatakit"),
    ("aecg/fda_subject1_0.xml", "ecgdatakit"),
    ("dicom/waveform_ecg.dcm", "ecgdatakit"),
    ("dicom/waveform_ecg.dcm", "pydicom"),
    ("edf/contec_0000050.edf", "ecgdatakit"),
    ("edf/contec_0000050.edf", "edfio"),
    ("edf/wfdb_test_generator_2.edf", "ecgdatakit"),
    ("edf/wfdb_test_generator_2.edf", "edfio"),
    ("ishne/ECG_P28.01.ecg", "ecgdatakit"),
    ("philips/1_03__129DYPRG.XML", "ecgdatakit"),
    ("philips/1_04__3191723_ZZDEMOPTONLY_1-04_orig.xml", "ecgdatakit"),
    ("scp/Example.scp", "ecgdatakit"),
    *(
        (f"wfdb/{name}.hea", decoder)
        for name in ("100_3chan", "100skew", "3000003_0003", "a103l", "s0010_re", "v102s", "multi-segment/041s/041s")
        for decoder in ("ecgdatakit", "wfdb")
    ),
    ("wfdb/03700181.hea", "ecgdatakit"),
]
"""ecgdatakit refuses `binformats` (a file of it is one frame short), FLAC, and a record that lacks a segment."""

CASES = [
    ("edf_headers/u7_label_dash.edf", "edfio"),
    ("edf_time_annotations/d_edfplusC_with_gap.edf", "ecgdatakit"),
    ("wfdb_annotations/f_code46.hea", "ecgdatakit"),
    ("wfdb_annotations/k_latin1_aux.hea", "wfdb"),
]
"""Inputs beside the data that people had trouble with, and that are read alike."""

HALVED_LEADS = ("aVR", "aVL", "aVF")
"""Philips XLI rebuilds them from halves of I, II and III. ecgdatakit rounds odd sums down; this program rounds towards
zero, with which real files keep Goldberger's equations (`ecg_core.formats.philips.reader`). One step of 5 uV apart."""

MISSING_AS_VALUE = {("wfdb/v102s.hea", "ecgdatakit"), ("wfdb/multi-segment/041s/041s.hea", "ecgdatakit")}
"""ecgdatakit takes the lowest number of WFDB format 212, which stands for a missing sample (signal(5)), for a value."""

GAPS_CLOSED = {("edf_time_annotations/d_edfplusC_with_gap.edf", "ecgdatakit")}
"""ecgdatakit takes a file that calls itself continuous at its word and ignores the times of its records, which jump."""

UNKNOWN_START = {
    "ecgdatakit": datetime(1985, 1, 1),  # EDF's date for an unknown one, which it does not tell from a true one
}


def assert_same(recording: Recording, decoded: Decoded, file: str, decoder: str) -> None:
    """Compare what both read of a file; leads that a program derives from others, or leaves out, may lack."""
    signal_mv = recording.read().astype(np.float64)
    compared = set()
    for lead in decoded.leads:
        given = [own.original_name for own in recording.leads]
        name = recording.lead_names[given.index(lead.name)] if lead.name in given else usual_name(lead.name)
        if name not in recording.lead_names:
            continue
        place = recording.lead_names.index(name)
        mine, theirs = signal_mv[:, place], lead.signal_mv
        assert recording.leads[place].calibrated
        assert theirs is not None, f"{name} has no unit of voltage"
        assert round(recording.fs_hz) == round(lead.fs_hz)
        if recording.format_name.startswith("Philips"):
            theirs = theirs[: len(mine)]  # ecgdatakit returns what fills the last block up, past the stated duration
        if (file, decoder) in GAPS_CLOSED:
            mine = mine[~np.isnan(mine)]
        assert len(theirs) == len(mine)
        if (file, decoder) in MISSING_AS_VALUE:
            missing = np.isnan(mine)
            assert np.unique(theirs[missing]).size <= 1
            theirs = np.where(missing, np.nan, theirs)
        off_mv = 0.005 if name in HALVED_LEADS and recording.format_name.startswith("Philips") else 0.0
        np.testing.assert_allclose(mine, theirs, atol=off_mv + ROUNDING_MV, rtol=1e-6, err_msg=name)
        compared.add(name)
    assert compared, "no lead in common"
    derived = {"III", "aVR", "aVL", "aVF"} if recording.format_name.startswith("GE MUSE") else set()
    assert set(recording.lead_names) - derived == compared


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    return {sample.name: sample for sample in written_samples(tmp_path_factory.mktemp("samples"))}


@pytest.mark.parametrize(("name", "decoder"), WRITTEN)
def test_written_samples_are_what_another_decoder_reads(
    samples: dict[str, Sample], tmp_path: Path, name: str, decoder: str
) -> None:
    path = samples[name].write(tmp_path)
    recording, decoded = open_recording(path), DECODERS[decoder](path)
    assert_same(recording, decoded, name, decoder)
    assert recording.start_time == decoded.start_time or decoded.start_time == UNKNOWN_START.get(decoder)


@pytest.mark.data
@pytest.mark.parametrize(("file", "decoder"), REAL)
def test_real_files_are_what_another_decoder_reads(ecg_data: Path, file: str, decoder: str) -> None:
    path = ecg_data / "formats" / file
    recording, decoded = open_recording(path), DECODERS[decoder](path)
    assert_same(recording, decoded, file, decoder)
    if isinstance(recording.start_time, time):  # a clock without a date, which the others leave out
        assert decoded.start_time is None
    else:
        assert recording.start_time == decoded.start_time


@pytest.mark.data
@pytest.mark.parametrize(("file", "decoder"), CASES)
def test_inputs_that_people_had_trouble_with_are_read_alike(ecg_data: Path, file: str, decoder: str) -> None:
    path = ecg_data.parent / "cases" / file
    if not path.is_file():
        pytest.skip(f"needs {file} in a folder cases beside the data")
    assert_same(open_recording(path), DECODERS[decoder](path), file, decoder)


@pytest.mark.parametrize(
    ("format", "decoder"),
    [("wfdb", "ecgdatakit"), ("edf", "ecgdatakit"), ("dicom", "ecgdatakit"), ("edf", "edfio"), ("dicom", "pydicom")],
)
def test_what_is_written_is_read_alike_with_its_start(tmp_path: Path, format: str, decoder: str) -> None:
    begins = datetime(2021, 3, 4, 5, 6, 7)
    beats = np.sin(np.arange(5000) / 17)[:, None] * [1.0, 0.4] + np.random.default_rng(1).normal(0, 0.02, (5000, 2))
    made = from_array(np.round(beats, 3).astype(np.float32), 500.0, ("II", "V1"), "made")
    path = write_signal(replace(made, start_time=begins), tmp_path, format, stem="x")[0]
    recording, decoded = open_recording(path), DECODERS[decoder](path)
    assert_same(recording, decoded, format, decoder)
    assert recording.start_time == decoded.start_time == begins


def test_the_start_of_a_muse_export_is_read_alike(samples: dict[str, Sample], tmp_path: Path) -> None:
    path = samples["muse"].write(tmp_path)
    acquired = (
        "<TestDemographics><AcquisitionTime>05:06:07</AcquisitionTime>"
        "<AcquisitionDate>03-04-2021</AcquisitionDate></TestDemographics><Waveform>"
    )
    path.write_text(path.read_text().replace("<Waveform>", acquired, 1))
    start = DECODERS["ecgdatakit"](path).start_time
    assert open_recording(path).start_time == start == datetime(2021, 3, 4, 5, 6, 7)
