"""A report as Comprehensive Structured Report after TID 3700 ECG Report of PS3.16.

The template is extensible: what a Holter report says beyond it (burden, runs, pauses, what was not assessed) stands
beside its own items. Departures from it: measurements of the whole recording stand in one container of global
measurements, absent values have a qualifier and the reason, and no measurement names the beat that it was made on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    CompositeContentItem,
    ComprehensiveSR,
    ContainerContentItem,
    ContentItem,
    ContentSequence,
    DateTimeContentItem,
    DeviceObserverIdentifyingAttributes,
    LanguageOfContentItemAndDescendants,
    NumContentItem,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    RelationshipTypeValues,
    TextContentItem,
    WaveformContentItem,
)
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import EncapsulatedPDFStorage
from pydicom.valuerep import DT

from ecg_core.recording import Recording
from ecg_core.report.as_data import content_sha256
from ecg_core.report.blocks import Figure, Table
from ecg_core.report.coded import STUDY_CODES, UNITS, document_key, sent_figures, texts_of
from ecg_core.report.dicom import codes
from ecg_core.report.dicom.common import (
    IMPLEMENTATION_UID,
    MANUFACTURER,
    Study,
    add_equipment,
    add_identity,
    add_moment,
    add_study,
    issued_at,
    one_value,
    part10,
    person_name,
    uid_of,
)
from ecg_core.report.model import Report

_CONTAINS: Final = RelationshipTypeValues.CONTAINS
_PROPERTIES: Final = RelationshipTypeValues.HAS_PROPERTIES
_MODIFIER: Final = RelationshipTypeValues.HAS_CONCEPT_MOD
_CONTEXT: Final = RelationshipTypeValues.HAS_OBS_CONTEXT
_NO_ORGANISATION: Final = "Not stated"


def structured_report(
    report: Report,
    study: Study,
    evidence: Sequence[Dataset],
    recording: Recording | None = None,
    *,
    replaced: Dataset | None = None,
    series_number: int = 3,
) -> bytes:
    """Return a report as a structured report that refers to its waveforms and its document.

    Parameters
    ----------
    report : Report
        The report.
    study : Study
        Where it belongs.
    evidence : sequence of Dataset
        Waveforms and encapsulated PDF of the same study; one at least.
    recording : Recording, optional
        What it is about, without what identifies a person.
    replaced : Dataset, optional
        Structured report of the version that this one amends.
    series_number : int
        Of the series.

    Returns
    -------
    bytes
        A file of Part 10; the same report gives the same object.
    """
    key, final = document_key(report), report.status.stage in ("final", "amended")
    signatures = report.status.signatures
    data = ComprehensiveSR(
        evidence=[_without_person(one) for one in evidence],
        content=_references(evidence),
        series_instance_uid=uid_of(key, "structured.series"),
        series_number=series_number,
        sop_instance_uid=uid_of(key, "structured"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_final=final,
        is_verified=final,
        verifying_observer_name=person_name(signatures[-1].name) if final else None,
        verifying_organization=_NO_ORGANISATION if final else None,
        previous_versions=None if replaced is None else [replaced],
        specific_character_set="ISO_IR 192",
        coding_schemes=[
            CodingSchemeIdentificationItem(
                codes.OWN_SCHEME,
                name="Figures and findings of Rhythmoscope's reports",
                version=one_value(report.version, 16),
            )
        ],
    )
    root = _content(report, evidence, recording)
    for element in root:
        if element.keyword != "RelationshipType":
            data[element.tag] = element
    if final:
        data.VerifyingObserverSequence = [_observer(one.name, one.signed_at) for one in signatures]
    add_study(data, study)
    add_equipment(data, report)
    add_identity(data, report)
    add_moment(data, issued_at(report))
    for item in data.get("ContributingEquipmentSequence", ()):
        item.ContributionDateTime = f"{data.ContentDate}{data.ContentTime}"
    return part10(data)


def _without_person(one: Dataset) -> Dataset:
    """Return what is needed of an object to refer to it; whose it is follows from the report."""
    data = Dataset()
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        setattr(data, keyword, one[keyword].value)
    for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
        setattr(data, keyword, "")
    data.StudyDate, data.StudyTime, data.SpecificCharacterSet = None, None, "ISO_IR 192"
    return data


def _observer(name: str, at: str) -> Dataset:
    item = Dataset()
    item.VerifyingObserverName, item.VerifyingOrganization = person_name(name), _NO_ORGANISATION
    item.VerificationDateTime = DT(f"{datetime.fromisoformat(at):%Y%m%d%H%M%S}+0000")
    item.VerifyingObserverIdentificationCodeSequence = []
    return item


def _references(evidence: Sequence[Dataset]) -> ContainerContentItem:
    """Return a content tree that refers to all of the evidence.

    highdicom 0.26 knows no WAVEFORM items when it copies a tree: it makes header and evidence from this one, which the
    report's own then replaces.
    """
    root = ContainerContentItem(codes.concept(codes.SUMMARY), False)
    root.ContentSequence = ContentSequence(
        [
            CompositeContentItem(codes.concept(codes.SOURCE), one.SOPClassUID, one.SOPInstanceUID, _CONTAINS)
            for one in evidence
        ]
    )
    return root


def _content(report: Report, evidence: Sequence[Dataset], recording: Recording | None) -> ContainerContentItem:
    study_code = STUDY_CODES.get(report.template, STUDY_CODES["twelve-lead"])[0]
    title = codes.REPORT_TITLES[study_code]
    items: list[ContentItem] = [
        *LanguageOfContentItemAndDescendants(codes.concept(codes.LANGUAGE)),
        *_observers(report),
        _code(codes.PROCEDURE_REPORTED, codes.PROCEDURES[study_code], _MODIFIER),
    ]
    if report.details.indication.strip() or report.details.medication.strip():
        items.append(_indications(report))
    items.append(_waveform_information(report, evidence, recording))
    items.append(_container(codes.QUANTITATIVE, [_container(codes.GLOBAL_MEASUREMENTS, _measurements(report), "3713")]))
    items.append(_container(codes.QUALITATIVE, _findings(report), "3717"))
    conclusion = [_text(codes.SUMMARY, text) for text in texts_of(report, "conclusion")]
    items.append(_container(codes.SUMMARY, conclusion or [_text(codes.SUMMARY, "No conclusion was written.")], "3719"))
    items.append(_container(codes.NOT_ASSESSED, _not_assessed(report)))
    items += [
        CompositeContentItem(codes.concept(title), one.SOPClassUID, one.SOPInstanceUID, _CONTAINS)
        for one in evidence
        if one.SOPClassUID == EncapsulatedPDFStorage
    ]
    items.append(_text(codes.CONTENT_HASH, content_sha256(report)))
    items += [_text(codes.REASON, report.status.reason)] if report.status.reason.strip() else []
    items += [_text(codes.DISCLAIMER, text) for text in texts_of(report, "disclaimer")]
    root = ContainerContentItem(codes.concept(title), is_content_continuous=False, template_id="3700")
    root.ContentSequence = ContentSequence(items)
    return root


def _observers(report: Report) -> list[ContentItem]:
    device = DeviceObserverIdentifyingAttributes(
        IMPLEMENTATION_UID, name=MANUFACTURER, manufacturer_name=MANUFACTURER, model_name=one_value(report.version)
    )
    items: list[Any] = list(ObserverContext(_DEVICE, device))
    for signature in report.status.signatures:
        items += ObserverContext(_PERSON, PersonObserverIdentifyingAttributes(person_name(signature.name)))
        items.append(_text(codes.ROLE, signature.role, _CONTEXT))
    return items


_PERSON: Final = CodedConcept("121006", "DCM", "Person")
_DEVICE: Final = CodedConcept("121007", "DCM", "Device")


def _indications(report: Report) -> ContainerContentItem:
    details = report.details
    items = [_text(codes.FINDING, details.indication)] if details.indication.strip() else []
    items += [_text(codes.COMMENT, f"Medication: {details.medication}")] if details.medication.strip() else []
    return _container(codes.INDICATIONS, items)


def _waveform_information(
    report: Report, evidence: Sequence[Dataset], recording: Recording | None
) -> ContainerContentItem:
    items: list[ContentItem] = []
    begins = None if recording is None else recording.start_time
    if isinstance(begins, datetime):
        items.append(DateTimeContentItem(codes.concept(codes.PROCEDURE_TIME), DT(f"{begins:%Y%m%d%H%M%S}"), _CONTAINS))
    if recording is not None:
        items.append(_number(codes.concept(codes.DURATION), float(recording.duration_s), "s", "s"))
        items.append(_text(codes.COMMENT, f"Leads: {', '.join(recording.lead_names) or 'none'}"))
    waveforms = [one for one in evidence if one.SOPClassUID != EncapsulatedPDFStorage]
    items += [
        WaveformContentItem(
            codes.concept(codes.SOURCE), one.SOPClassUID, one.SOPInstanceUID, relationship_type=_CONTAINS
        )
        for one in waveforms
    ]
    if not waveforms:
        items.append(_text(codes.COMMENT, "The recording holds no signal."))
    items.append(_text(codes.ALGORITHM, MANUFACTURER))
    items.append(_text(codes.ALGORITHM_VERSION, report.version))
    items += [_text(codes.COMMENT, text) for text in texts_of(report, "recording")]
    return _container(codes.WAVEFORM_INFORMATION, items, "3708")


def _measurements(report: Report) -> list[ContentItem]:
    items = [_measurement(figure) for figure in sent_figures(report)]
    return items or [_text(codes.COMMENT, "Nothing was measured.")]


def _measurement(figure: Figure) -> ContentItem:
    code, modifier, value = codes.FIGURES.get(figure.id, (None, None, None))
    name = codes.own(figure.id, figure.label) if code is None else codes.concept(code)
    below: list[ContentItem] = []
    if modifier is not None and value is not None:
        below.append(_code(modifier, value, _MODIFIER if modifier != codes.ALGORITHM else _PROPERTIES))
    if figure.detail:
        below.append(_text(codes.COMMENT, figure.detail, _PROPERTIES))
    if isinstance(figure.value, str):
        item: ContentItem = TextContentItem(name, figure.value, _CONTAINS)
    else:
        unit = UNITS.get(figure.unit, "1")
        if unit == "1" and figure.unit:
            below.append(_text(codes.COMMENT, f"Unit: {figure.unit}", _PROPERTIES))
        item = _number(name, figure.value, unit, figure.unit or "no units", figure.digits)
        if figure.value is None:
            below.append(_text(codes.COMMENT, figure.reason or "not measured", _PROPERTIES))
    if below:
        item.ContentSequence = ContentSequence(below)
    return item


def _number(
    name: CodedConcept, value: float | int | None, unit: str, unit_name: str, digits: int = 3
) -> NumContentItem:
    """Return a measurement; one that is absent has no value and says so."""
    told = 0 if value is None else int(value) if float(value).is_integer() else round(float(value), max(digits, 3))
    qualifier = codes.concept(codes.VALUE_UNKNOWN) if value is None else None
    item = NumContentItem(name, told, CodedConcept(unit, "UCUM", unit_name), qualifier, _CONTAINS)
    if value is None:
        item.MeasuredValueSequence = []
    return item


def _findings(report: Report) -> list[ContentItem]:
    """Return the findings by urgency, each with its number and why it was found, and what was found not to be there."""
    items: list[ContentItem] = []
    for section in report.sections:
        for table in section.blocks if section.id == "findings" else ():
            if isinstance(table, Table):
                items += [_finding(table, row.id, [cell.value for cell in row.cells]) for row in table.rows]
    items += [_text(codes.ECG_FINDING, text) for text in texts_of(report, "findings")]
    if not items:
        items.append(_text(codes.ECG_FINDING, "This report lists no findings; see its conclusion."))
    return items


def _finding(table: Table, kind: str, cells: Sequence[Any]) -> ContentItem:
    label = str(cells[0])
    code = codes.concept(codes.FINDINGS[kind]) if kind in codes.FINDINGS else codes.own(kind, label)
    item = CodeContentItem(codes.concept(codes.ECG_FINDING), code, _CONTAINS)
    below: list[ContentItem] = [_text(codes.COMMENT, label, _PROPERTIES)]
    for column, value in zip(table.columns[1:], cells[1:], strict=True):
        if value is None or value == "":
            continue
        if isinstance(value, str):
            below.append(_text(codes.COMMENT, f"{column.title}: {value}", _PROPERTIES))
        else:
            name = (
                codes.concept(codes.COUNT)
                if column.id == "number"
                else codes.own(f"findings.{column.id}", column.title)
            )
            number = _number(name, value, UNITS.get(column.unit, "1"), column.unit or "no units", column.digits)
            number.RelationshipType = _PROPERTIES.value
            below.append(number)
    item.ContentSequence = ContentSequence(below)
    return item


def _not_assessed(report: Report) -> list[ContentItem]:
    items: list[ContentItem] = []
    for section in report.sections:
        for table in section.blocks if section.id == "not_assessed" else ():
            if isinstance(table, Table):
                items += [
                    _text(codes.NOT_ASSESSED, f"{row.cells[0].value}: {row.cells[1].value}") for row in table.rows
                ]
    return items + [_text(codes.COMMENT, text) for text in texts_of(report, "not_assessed")]


def _container(name: Code, items: Sequence[ContentItem], template_id: str | None = None) -> ContainerContentItem:
    item = ContainerContentItem(codes.concept(name), False, template_id, _CONTAINS)
    item.ContentSequence = ContentSequence(items)
    return item


def _text(name: Code, text: str, relationship: RelationshipTypeValues = _CONTAINS) -> TextContentItem:
    return TextContentItem(codes.concept(name), text.strip(), relationship)


def _code(name: Code, value: Code, relationship: RelationshipTypeValues) -> CodeContentItem:
    return CodeContentItem(codes.concept(name), codes.concept(value), relationship)
