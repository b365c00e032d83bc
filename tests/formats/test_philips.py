"""Philips ECG XML: XLI and plain samples, and real files checked against the calibration and amplitudes they hold."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mangling import mangled, opens_or_says_why
from philips_writing import TWELVE, chunk, document, lzw, xli

from ecg_core.detection import detect_beats
from ecg_core.errors import RecordingError
from ecg_core.formats.common.xml_safe import parse_xml
from ecg_core.formats.philips.reader import open_philips, recognise
from ecg_core.formats.philips.xli import XliError, expand, read_chunks

pytestmark = pytest.mark.slow

NEW = (
    'dataencoding="Base64" compression="XLI" numberofleads="12" durationperchannel="1200" samplespersecond="500" '
    f'resolution="5" leadlabels="{" ".join(TWELVE)}"'
)


def twelve_leads(n_samples: int = 600) -> np.ndarray:
    """Stored values, shape (samples, leads), whose limb leads fit together as well as whole numbers can."""
    at = np.arange(n_samples)[:, None]
    free = np.rint(150 * np.sin(at / (9.0 + np.arange(8))) + 40 * np.cos(at / 3.0)).astype(np.int64)
    one, two = free[:, 0], free[:, 1]
    three = two - one
    limb = [one, two, three, np.rint(-(one + two) / 2), np.rint((one - three) / 2), np.rint((two + three) / 2)]
    return np.column_stack([*limb, *free[:, 2:].T]).astype(np.int64)


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "ecg.xml"
        path.write_bytes(text.encode(encoding))
        return path

    return write_file


@given(data=st.binary(min_size=1, max_size=3000))
@settings(max_examples=60)
def test_lzw_gives_back_what_was_packed(data: bytes) -> None:
    assert expand(lzw(data), len(data)) == data


@given(samples=st.lists(st.integers(-7000, 7000), min_size=3, max_size=60))
@settings(max_examples=60)
def test_a_chunk_gives_its_samples_back(samples: list[int]) -> None:
    packed = chunk(np.array(samples))
    np.testing.assert_array_equal(next(read_chunks(packed, 1, len(samples) + 1)), samples)


def test_codes_cannot_expand_beyond_a_bound() -> None:
    bomb = lzw(b"a" * 400_000)
    assert len(bomb) < 2000
    with pytest.raises(XliError, match="more than it can hold"):
        expand(bomb, 100_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_compressed_leads_come_back_and_the_limb_leads_are_rebuilt(write, encoding: str) -> None:
    leads = twelve_leads()
    path = write(document(xli(leads), NEW), encoding)
    assert recognise(path.read_bytes()[:4096], path)
    recording = open_philips(path)
    assert (recording.fs_hz, recording.lead_names, recording.notes) == (500, TWELVE, ())
    assert recording.start_time == datetime(2021, 3, 4, 5, 6, 7)
    np.testing.assert_allclose(recording.read(), leads * 0.005, atol=1e-5)


def test_plain_samples_with_an_offset_in_the_older_version(write) -> None:
    leads = twelve_leads(50)
    acquired = (
        "<signalcharacteristics><samplingrate>250</samplingrate><signalresolution>2.5</signalresolution>"
        "<acquisitiontype>STD-12</acquisitiontype><signaloffset>10</signaloffset><signalsigned>True</signalsigned>"
        "<numberchannelsallocated>12</numberchannelsallocated></signalcharacteristics>"
    )
    attributes = 'compressflag="False" compressmethod="XLI" dataencoding="Base64" durationperchannel="200"'
    text = document(leads.T.astype("<i2").tobytes(), attributes, version="1.03", acquired=acquired)
    recording = open_philips(write(text))
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (250, 50, TWELVE)
    np.testing.assert_allclose(recording.read(), (leads - 10) * 0.0025, atol=1e-5)


def test_a_missing_resolution_is_shown_as_uncalibrated(write) -> None:
    attributes = 'dataencoding="Plain" durationperchannel="8" samplespersecond="500" leadlabels="I II"'
    recording = open_philips(write(document("1 2 3 4 11 12 13 14", attributes)))
    assert not any(lead.calibrated for lead in recording.leads)
    assert recording.read().tolist() == [[1, 11], [2, 12], [3, 13], [4, 14]]


def test_the_calibration_pulse_is_left_out_and_said(write) -> None:
    leads = twelve_leads()
    leads[-100:] = 0
    leads[-80:-30] = 200
    recording = open_philips(write(document(xli(leads), NEW)))
    assert recording.n_samples == 500
    assert any("calibration pulse of 1.00 mV" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read(), leads[:500] * 0.005, atol=1e-5)


def test_patient_measurements_and_statements(write) -> None:
    more = (
        "<userdefines><userdefine><label>FIN#</label><value>F-7</value></userdefine></userdefines>"
        "<orderinfo><reasonfororder>Mürrisch</reasonfororder></orderinfo><patient><generalpatientdata>"
        "<patientid>P-42</patientid><name><lastname>Muster</lastname><firstname>Erika</firstname></name>"
        "<age><dateofbirth>1950-02-28</dateofbirth></age><sex>Female</sex></generalpatientdata></patient>"
        "<interpretations><interpretation><mdsignatureline>Dr. Who</mdsignatureline><globalmeasurements>"
        "<heartrate>71</heartrate><print>160</print><qrsdur>---</qrsdur><qrsfrontaxis>-12</qrsfrontaxis>"
        "</globalmeasurements><statement><leftstatement>SINUS RHYTHM</leftstatement><rightstatement>V-rate 60-99"
        '</rightstatement></statement><severity code="NM">- NORMAL ECG -</severity></interpretation></interpretations>'
    )
    acquired = '<machine machineid="SN-9">PageWriter</machine><acquirer><operator id="OP-1"/></acquirer>'
    attributes = 'dataencoding="Plain" durationperchannel="8" samplespersecond="500" leadlabels="I" resolution="5"'
    recording = open_philips(write(document("1 2 3 4", attributes, more=more, acquired=acquired)))
    identity = recording.identity
    assert identity is not None
    assert (identity.name, identity.patient_id, identity.sex) == ("Erika Muster", "P-42", "F")
    assert (identity.birth_date, identity.device, identity.device_serial) == (date(1950, 2, 28), "PageWriter", "SN-9")
    assert {"F-7", "Mürrisch", "OP-1", "Dr. Who"} <= {text for _, text in identity.other}
    assert not [word for word in ("Muster", "P-42", "SN-9", "OP-1", "Who", "Mürrisch") if word in repr(recording)]
    assert recording.measurements == (("Heart rate", "71 bpm"), ("PR interval", "160 ms"), ("QRS axis", "-12 °"))
    assert recording.statements == ("SINUS RHYTHM (V-rate 60-99)", "NORMAL ECG")


@pytest.mark.parametrize(
    "text, reason",
    [
        (document(b"12", NEW, version="1.05"), "version '1.05'"),
        (document("", NEW), "holds no ECG samples"),
        (document(b"12", NEW.replace("XLI", "ZIP")), "compression 'ZIP'"),
        (document(b"12", NEW.replace('samplespersecond="500"', "")), "no usable sampling rate"),
        (document("?", NEW), "Base64 text of its samples is damaged"),
        (document(xli(twelve_leads()), NEW).split("</dataacq")[0], "ends before its samples"),
    ],
)
def test_what_cannot_be_read_is_said(write, text: str, reason: str) -> None:
    with pytest.raises(RecordingError, match=rf"ecg\.xml.*{reason}"):
        open_philips(write(text))


def test_leads_that_are_missing_at_the_end_are_said(write) -> None:
    leads = twelve_leads()
    packed = xli(leads)
    last = len(chunk(leads[:, -1]))
    recording = open_philips(write(document(packed[: -last - 5], NEW)))
    assert recording.lead_names == TWELVE[:10]
    assert "ends early" in recording.notes[0]


REAL = ("1_03__129DYPRG.XML", "1_04__3191723_ZZDEMOPTONLY_1-04_orig.xml")


@pytest.mark.data
@pytest.mark.parametrize("file", REAL)
def test_a_real_file_holds_a_calibration_pulse_of_one_millivolt(ecg_data: Path, file: str) -> None:
    recording = open_philips(ecg_data / "formats" / "philips" / file)
    assert (recording.fs_hz, recording.lead_names) == (500, TWELVE)
    assert recording.notes == ("The device's calibration pulse of 1.00 mV at the end is left out.",)


@pytest.mark.data
@pytest.mark.parametrize("file, most", [(REAL[0], 1.51), (REAL[1], 0.51)])
def test_limb_leads_of_a_real_file_fulfil_goldberger_within_rounding(ecg_data: Path, file: str, most: float) -> None:
    recording = open_philips(ecg_data / "formats" / "philips" / file)
    one, two, three, right, left, foot = (recording.read() / 0.005).T[:6]
    for difference in (right + (one + two) / 2, left - (one - three) / 2, foot - (two + three) / 2):
        assert np.abs(difference).max() <= most


@pytest.mark.data
@pytest.mark.parametrize("file", REAL)
def test_qrs_amplitudes_are_those_the_device_measured(ecg_data: Path, file: str) -> None:
    path = ecg_data / "formats" / "philips" / file
    recording = open_philips(path)
    signal = recording.read()
    beats = [beat for beat in detect_beats(signal, recording.fs_hz) if 60 < beat < len(signal) - 60]
    typical = np.median(np.stack([signal[beat - 40 : beat + 40] for beat in beats]), axis=0)
    measured = {
        one.get("leadname"): float(one.findtext("qrsppk") or "nan")
        for one in parse_xml(path).root.iter("leadmeasurement")
    }
    ratios = np.ptp(typical, axis=0) * 1000 / [measured[name] for name in recording.lead_names]
    # In one lead the device did not count the small R wave.
    assert np.count_nonzero(np.abs(ratios - 1) < 0.05) >= 11


@pytest.mark.data
def test_an_independent_decoder_agrees_but_for_the_rounding_of_rebuilt_leads(ecg_data: Path) -> None:
    parser = pytest.importorskip("ecgdatakit.parsing.parsers.sierra_xml", reason="ecgdatakit is not installed")
    path = ecg_data / "formats" / "philips" / REAL[1]
    recording = open_philips(path)
    for lead in parser.SierraXMLParser().parse(path).leads:
        stored = np.rint(recording.read(leads=[lead.label])[:, 0] / 0.005)
        most = 1 if lead.label.startswith("aV") else 0
        assert np.abs(stored - lead.samples[: recording.n_samples]).max() <= most


@pytest.mark.data
@pytest.mark.parametrize("file", REAL)
@given(data=st.data())
@settings(max_examples=40)
def test_a_damaged_real_file_opens_or_says_why(ecg_data: Path, tmp_path: Path, file: str, data: st.DataObject) -> None:
    path = tmp_path / f"damaged-{file}"
    path.write_bytes(data.draw(mangled((ecg_data / "formats" / "philips" / file).read_bytes())))
    opens_or_says_why(open_philips, path)


@given(data=st.data())
@settings(max_examples=120)
def test_damaged_samples_open_or_say_why(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "damaged.xml"
    payload = data.draw(mangled(xli(twelve_leads(60))))
    path.write_text(document(payload, NEW))
    opens_or_says_why(open_philips, path)
    path.write_bytes(data.draw(mangled(document(xli(twelve_leads(60)), NEW).encode())))
    opens_or_says_why(open_philips, path)
