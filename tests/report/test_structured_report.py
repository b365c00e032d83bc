"""The report as a DICOM study: structured report by TID 3700 with official codes, waveforms, consistent UIDs."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.sr._concepts_dict import concepts
from pydicom.uid import (
    AmbulatoryECGWaveformStorage,
    ComprehensiveSRStorage,
    EncapsulatedPDFStorage,
    GeneralECGWaveformStorage,
    TwelveLeadECGWaveformStorage,
)
from reports_for_tests import FS_HZ, analysis_of, drafted, holter, recording_of, square_beats

from ecg_core.formats import open_recording
from ecg_core.recording import Recording
from ecg_core.report import ClinicalDetails, PatientIdentity, Report, ReportStatus, Signature, content_sha256
from ecg_core.report import draft_report as draft
from ecg_core.report.blocks import Strip
from ecg_core.report.coded import UNITS, sent_figures
from ecg_core.report.dicom import codes, study_objects, waveforms

pytestmark = pytest.mark.slow

PDF = b"%PDF-1.7 document"


def signed(report: Report, **options: Any) -> Report:
    signature = Signature("Dr A. Reader", "cardiologist", "2026-03-01T10:00:00Z", content_sha256(report))
    return drafted(status=ReportStatus("final", (signature,)), **options)


def study(report: Report, recording: Recording | None = None) -> dict[str, pydicom.Dataset]:
    made = study_objects(report, PDF, recording or holter()[0])
    return {one.name: pydicom.dcmread(BytesIO(one.data)) for one in made}


def items(data: pydicom.Dataset) -> Iterator[pydicom.Dataset]:
    """Yield every item of a content tree."""
    for item in data.get("ContentSequence", ()):
        yield item
        yield from items(item)


def code(item: pydicom.Dataset, keyword: str = "ConceptNameCodeSequence") -> tuple[str, str]:
    (found,) = item[keyword].value
    return str(found.get("CodeValue") or found.LongCodeValue), str(found.CodingSchemeDesignator)


def named(data: pydicom.Dataset, name: tuple[str, str]) -> list[pydicom.Dataset]:
    return [item for item in items(data) if code(item) == name]


def texts(data: pydicom.Dataset) -> str:
    return "\n".join(str(item.TextValue) for item in items(data) if item.ValueType == "TEXT")


def test_the_objects_are_of_one_study_and_the_report_refers_to_waveform_and_document() -> None:
    made = study(signed(drafted()))
    assert list(made) == ["waveform.1", "document", "structured"]
    assert len({one.StudyInstanceUID for one in made.values()}) == 1
    assert len({one.SeriesInstanceUID for one in made.values()}) == 3
    assert [one.SOPClassUID for one in made.values()] == [
        GeneralECGWaveformStorage,
        EncapsulatedPDFStorage,
        ComprehensiveSRStorage,
    ]
    report = made["structured"]
    referred = {
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID: item.ValueType
        for item in items(report)
        if "ReferencedSOPSequence" in item
    }
    assert referred == {made["waveform.1"].SOPInstanceUID: "WAVEFORM", made["document"].SOPInstanceUID: "COMPOSITE"}
    series = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    evidence = {one.ReferencedSOPInstanceUID for each in series for one in each.ReferencedSOPSequence}
    assert evidence == set(referred)


def test_the_report_follows_the_template_and_carries_every_figure_with_its_unit_or_reason() -> None:
    report = signed(drafted())
    data = study(report)["structured"]
    assert data.ContentTemplateSequence[0].TemplateIdentifier == "3700"
    assert code(data) == ("18754-2", "LN")
    (measured,) = named(data, ("122158", "DCM"))
    figures = list(sent_figures(report))
    assert len(figures) == len(measured.ContentSequence) > 15
    n_absent = 0
    for figure, item in zip(figures, measured.ContentSequence, strict=True):
        expected = codes.FIGURES.get(figure.id)
        assert code(item) == (
            (figure.id, codes.OWN_SCHEME) if expected is None else (expected[0].value, expected[0].scheme_designator)
        )
        if figure.value is None:
            n_absent += 1
            assert len(item.MeasuredValueSequence) == 0
            assert code(item, "NumericValueQualifierCodeSequence") == ("114010", "DCM")
            assert figure.reason in texts(item)
        elif isinstance(figure.value, str):
            assert item.TextValue == figure.value
        else:
            (value,) = item.MeasuredValueSequence
            assert float(value.NumericValue) == pytest.approx(figure.value, abs=1e-3)
            assert code(value, "MeasurementUnitsCodeSequence") == (UNITS[figure.unit], "UCUM")
    assert 0 < n_absent < len(figures)


def test_burden_counts_longest_interval_conclusion_and_what_was_not_assessed_are_there() -> None:
    report = signed(drafted())
    data = study(report)["structured"]
    for name in ("af.burden_percent", "rate.longest_rr_s", "pauses.n_pause", "ectopy.n_s", "runs.longest_v_beats"):
        assert named(data, (name, codes.OWN_SCHEME)), name
    (n_ventricular,) = named(data, ("122707", "DCM"))
    assert code(n_ventricular.ContentSequence[0], "ConceptCodeSequence") == ("251175005", "SCT")
    assert float(n_ventricular.MeasuredValueSequence[0].NumericValue) == report.figures()["ectopy.n_v"].value
    (summary,) = [item for item in named(data, ("55112-7", "LN")) if item.ValueType == "CONTAINER"]
    conclusion = [one.text for one in report.section("conclusion").blocks if getattr(one, "text", "")]
    assert [item.TextValue for item in summary.ContentSequence] == conclusion
    (left_out, *_) = named(data, ("not_assessed", codes.OWN_SCHEME))
    rows = report.section("not_assessed").blocks[0].rows  # type: ignore[union-attr]
    told = texts(left_out)
    assert all(f"{row.cells[0].value}: {row.cells[1].value}" in told for row in rows)
    assert "not a medical device" in texts(data)


def test_findings_are_coded_in_the_order_of_the_report_with_their_number() -> None:
    report = signed(drafted())
    data = study(report)["structured"]
    rows = report.section("findings").blocks[0].rows  # type: ignore[union-attr]
    found = [item for item in named(data, ("271921002", "SCT")) if item.ValueType == "CODE"]
    assert len(found) == len(rows) > 3
    for row, item in zip(rows, found, strict=True):
        known = codes.FINDINGS.get(row.id)
        expected = (row.id, codes.OWN_SCHEME) if known is None else (known.value, known.scheme_designator)
        assert code(item, "ConceptCodeSequence") == expected
        (number,) = [one for one in item.ContentSequence if code(one)[0] == "findings.number"]
        assert float(number.MeasuredValueSequence[0].NumericValue) == row.cells[1].value


def test_an_edited_conclusion_and_the_indication_are_what_the_person_wrote() -> None:
    name = next(one for one in drafted().paragraphs() if one.startswith("conclusion."))
    details = ClinicalDetails(indication="Palpitations <b>", medication="Bisoprolol")
    options: dict[str, Any] = {"texts": {name: "In my own words: µ, 心."}, "details": details}
    data = study(signed(drafted(**options), **options))["structured"]
    for words in ("In my own words: µ, 心.", "Palpitations <b>", "Medication: Bisoprolol"):
        assert words in texts(data)


def test_only_a_signed_report_is_verified_and_by_whom_and_when() -> None:
    data = study(signed(drafted()))["structured"]
    (observer,) = data.VerifyingObserverSequence
    assert (data.VerificationFlag, data.PreliminaryFlag) == ("VERIFIED", "FINAL")
    assert str(observer.VerifyingObserverName) == "Dr A. Reader^"
    assert observer.VerificationDateTime == "20260301100000+0000"
    data = study(drafted())["structured"]
    assert (data.VerificationFlag, data.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")
    assert "VerifyingObserverSequence" not in data


def luhn(loinc: str) -> bool:
    """Tell whether the check digit of a LOINC code is right."""
    digits, _, check = loinc.partition("-")
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return (10 - total % 10) % 10 == int(check)


def test_every_code_is_official_or_says_that_it_is_ours() -> None:
    """pydicom's dictionary has the codes of the context groups; LOINC's have a check digit."""
    known = {(scheme, value) for scheme, names in concepts.items() for found in names.values() for value in found}
    # Of TID 3713, whose own codes are in no context group.
    known |= {("MDC", "2:16016")}
    every = [one for one in vars(codes).values() if isinstance(one, codes.Code)]
    every += [one for row in codes.FIGURES.values() for one in row if one is not None]
    every += [*codes.FINDINGS.values(), *codes.PROCEDURES.values(), *codes.REPORT_TITLES.values()]
    official = {one for one in every if one.scheme_designator not in (codes.OWN_SCHEME, "RFC5646")}
    assert len(official) > 40
    for one in official:
        if one.scheme_designator == "LN":
            assert luhn(one.value), one
        else:
            assert (one.scheme_designator, one.value) in known, one


def test_the_same_report_gives_the_same_bytes_and_another_issue_other_uids() -> None:
    report = signed(drafted())
    one, same = (study_objects(report, PDF, holter()[0]) for _ in range(2))
    assert one == same
    other = study(signed(drafted(template_name="event"), template_name="event"))
    made = study(report)
    assert made["waveform.1"].SOPInstanceUID == other["waveform.1"].SOPInstanceUID
    assert made["structured"].SOPInstanceUID != other["structured"].SOPInstanceUID
    assert made["structured"].StudyInstanceUID == other["structured"].StudyInstanceUID
    assert study(drafted())["document"].SOPInstanceUID != made["document"].SOPInstanceUID
    assert all(data.SOPInstanceUID.is_valid for data in made.values())


def test_another_identity_is_another_study_and_nothing_else_of_the_person_goes_along() -> None:
    ann = PatientIdentity("Ann Example\\Eve=Mallory", "47\\11", "spring of 1950", "F")
    options: dict[str, Any] = {"identity": ann}
    with_name, without = study(signed(drafted(**options), **options)), study(signed(drafted()))
    assert not {one.StudyInstanceUID for one in with_name.values()} & {one.StudyInstanceUID for one in without.values()}
    for one in with_name.values():
        assert (str(one.PatientName), one.PatientID) == ("Ann Example/Eve Mallory", "47/11")
        assert (one.PatientBirthDate, one.PatientSex) == ("", "F")
        assert "PatientIdentityRemoved" not in one
    for one in without.values():
        assert (str(one.PatientName), one.PatientID, one.PatientIdentityRemoved) == ("", "", "YES")


def test_a_short_recording_goes_whole_and_is_opened_again_as_it_was(tmp_path: Any) -> None:
    recording, _ = holter()
    (one, *_) = study_objects(signed(drafted()), PDF, recording)
    path = tmp_path / "waveform.dcm"
    path.write_bytes(one.data)
    again = open_recording(path)
    assert (again.n_samples, again.fs_hz, again.lead_names) == (recording.n_samples, FS_HZ, recording.lead_names)
    np.testing.assert_allclose(again.read(0, again.n_samples), recording.read(0, recording.n_samples), atol=0.001)


def test_of_a_long_recording_the_spans_of_the_strips_go_with_all_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waveforms, "WHOLE_BYTES", 1000)
    recording, _ = holter()
    report = signed(drafted())
    made = study(report)
    strips = sorted({(block.start_sample, block.stop_sample) for block in report.blocks() if isinstance(block, Strip)})
    signals = [one for name, one in made.items() if name.startswith("waveform.")]
    assert len(signals) == len(strips) > 2
    assert len({one.SeriesInstanceUID for one in signals}) == 1
    assert [int(one.InstanceNumber) for one in signals] == list(range(1, len(signals) + 1))
    for (start, stop), one in zip(strips, signals, strict=True):
        assert one.WaveformSequence[0].NumberOfWaveformChannels == 2
        np.testing.assert_allclose(one.waveform_array(0) / 1000, recording.read(start, stop), atol=0.001)
    referred = {
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for item in items(made["structured"])
        if item.ValueType == "WAVEFORM"
    }
    assert referred == {one.SOPInstanceUID for one in signals}


@pytest.mark.parametrize(
    ("n_leads", "seconds", "storage"),
    [
        (12, 10, TwelveLeadECGWaveformStorage),
        (2, 60, GeneralECGWaveformStorage),
        (2, 900, AmbulatoryECGWaveformStorage),
    ],
)
def test_the_storage_class_is_that_of_the_kind_of_recording(n_leads: int, seconds: int, storage: str) -> None:
    names = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"][:n_leads]
    samples = list(range(100, int(seconds * FS_HZ) - 200, 200))
    signal = square_beats(samples, int(seconds * FS_HZ), n_leads)
    recording = recording_of(signal, lead_names=names)
    report = draft(recording, analysis_of(recording, samples, "N" * len(samples)), template_name="twelve-lead")
    made = study(report, recording)
    assert made["waveform.1"].SOPClassUID == storage
    assert code(made["structured"]) == ("11524-6", "LN")


def test_a_recording_without_signal_has_no_waveform_and_says_so() -> None:
    recording = recording_of(np.zeros((0, 2), dtype=np.float32))
    report = draft(recording, analysis_of(recording, []))
    made = study(report, recording)
    assert list(made) == ["document", "structured"]
    assert "The recording holds no signal." in texts(made["structured"])
