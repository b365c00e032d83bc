"""``report``: a drafted report as PDF, JSON, CSV, FHIR or DICOM, with the edits that the dashboard holds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ecg_core.cli.options import add_table_options, complain, problem_of, table_layout, tell_notes
from ecg_core.errors import ExportError, RecordingError
from ecg_core.progress import ProgressLine

if TYPE_CHECKING:
    from ecg_core.recording import Recording
    from ecg_core.report import PatientIdentity, Report

_SUFFIXES: Final = (".pdf", ".json", ".csv")
_TEMPLATES: Final = ("holter", "event", "twelve-lead", "teaching")
_MAX_TYPED: Final = 1000
"""Characters of what is typed in."""


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser(
        "report",
        help="write a drafted report of a recording",
        epilog="The report is a draft: nobody has signed it. Whose recording it is stands in it only where it is asked "
        "for by --identity or given by --patient-name and the like.",
    )
    command.add_argument(
        "recording", metavar="RECORDING", help="a file of any known format, or a WFDB record without .hea"
    )
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.pdf, FILE.json or FILE.csv")
    command.add_argument("--json", type=Path, metavar="FILE", help="everything in the report as JSON, too")
    command.add_argument("--csv", type=Path, metavar="FILE", help="everything in the report as CSV, too")
    command.add_argument("--fhir", type=Path, metavar="FILE", help="FHIR transaction with the PDF, too")
    command.add_argument("--dicom", type=Path, metavar="FILE", help="the PDF as a DICOM object, too")
    command.add_argument(
        "--dicom-study",
        type=Path,
        metavar="FOLDER",
        help="PDF, waveforms and structured report as DICOM objects of one study, too",
    )
    command.add_argument(
        "--template", choices=_TEMPLATES, help="twelve-lead for 12 leads of up to a minute, else holter, by default"
    )
    command.add_argument("--paper", choices=("a4", "letter"), default="a4")
    command.add_argument("--model", help="model folder; the shipped one by default")
    command.add_argument(
        "--waves",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="measure intervals and ST segment and make diagnostic statements (default)",
    )
    command.add_argument("--without-edits", action="store_true", help="leave out what people corrected and marked")
    command.add_argument("--indication", default="", metavar="TEXT", help="why the recording was made")
    command.add_argument("--medication", default="", metavar="TEXT")
    command.add_argument("--ordered-by", default="", metavar="TEXT")
    command.add_argument("--identity", action="store_true", help="print whose recording the file says it is")
    command.add_argument("--patient-name", default="", metavar="TEXT")
    command.add_argument("--patient-id", default="", metavar="TEXT")
    command.add_argument("--birth-date", default="", metavar="TEXT")
    command.add_argument("--sex", default="", metavar="TEXT")
    command.add_argument(
        "--identity-in-metadata", action="store_true", help="name the person in the title of the PDF's properties, too"
    )
    add_table_options(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the report; returns the exit status."""
    if arguments.out.suffix.lower() not in _SUFFIXES:
        return complain(f"{arguments.out.name}: a report is written as .pdf, .json or .csv.")
    study = arguments.dicom_study
    for folder in {path.parent for path, _ in _wanted(arguments)} | ({study} if study is not None else set()):
        if not folder.is_dir():
            return complain(f"There is no folder {folder} to write the report to; make it first.")
    try:
        return _write(arguments)
    except RecordingError as error:
        return complain(problem_of(error))


def _write(arguments: argparse.Namespace) -> int:
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.formats import open_recording
    from ecg_core.writing import write_bytes

    opened = open_recording(arguments.recording, layout=table_layout(arguments))
    wanted = _wanted(arguments)
    for path, _ in wanted:
        if any(path.resolve() == file.resolve() for file in opened.files):
            raise ExportError(f"{path.name} is the recording itself; give the report another name.")
    model = load_beat_classifier(arguments.model)
    report = _drafted(opened, model, arguments)
    documents = [(path, _document(report, form, arguments)) for path, form in wanted]
    if arguments.dicom_study is not None:
        documents += _study(report, opened, arguments)
    for path, document in documents:
        try:
            write_bytes(path, document)
        except OSError as error:
            raise ExportError(f"{path.name} cannot be written: {error.strerror or error}.") from error
    written = [str(path) for path, _ in documents]
    print(f"{report.recording_name}: {report.title}, {report.status.label}  -> {' '.join(written)}")
    return 0


def _wanted(arguments: argparse.Namespace) -> list[tuple[Path, str]]:
    """Return the files to be written, each with its form."""
    others = ((arguments.json, ".json"), (arguments.csv, ".csv"), (arguments.fhir, "fhir"), (arguments.dicom, "dicom"))
    return [(arguments.out, arguments.out.suffix.lower()), *((path, form) for path, form in others if path is not None)]


def _document(report: Report, form: str, arguments: argparse.Namespace) -> bytes:
    from ecg_core.report import report_csv, report_json
    from ecg_core.report.dicom import encapsulated_pdf
    from ecg_core.report.fhir import fhir_json
    from ecg_core.report.pdf import report_pdf

    if form in (".json", ".csv"):
        return (report_json(report) if form == ".json" else report_csv(report)).encode()
    pdf = report_pdf(report, arguments.paper, identity_in_metadata=arguments.identity_in_metadata)
    if form == "fhir":
        return fhir_json(report, pdf).encode()
    return encapsulated_pdf(report, pdf) if form == "dicom" else pdf


def _study(report: Report, opened: Recording, arguments: argparse.Namespace) -> list[tuple[Path, bytes]]:
    """Return the DICOM objects of the report, each with its file."""
    from ecg_core.privacy import deidentified
    from ecg_core.report.dicom import study_objects

    objects = study_objects(report, _document(report, "pdf", arguments), deidentified(opened))
    stem, folder = arguments.out.stem, arguments.dicom_study
    return [(folder / f"{stem}.{one.name}.dcm", one.data) for one in objects]


def _drafted(opened: Recording, model: Any, arguments: argparse.Namespace) -> Report:
    from ecg_core.analysis import analyse
    from ecg_core.privacy import deidentified
    from ecg_core.report import ClinicalDetails, Review, draft_report, with_edits
    from ecg_core.report.strips import is_twelve_lead_page

    public = deidentified(opened)
    tell_notes(public)
    with ProgressLine(public.name) as line:
        analysis = analyse(public, model, progress=line.show, waves=arguments.waves)
    review = Review()
    if not arguments.without_edits:
        analysis, review = with_edits(public, analysis)
        if review.revision:
            sys.stderr.write(f"{public.name}: with {review.n_edits} edits, the last of them {review.revision}.\n")
    identity = _identity(opened, arguments)
    device = opened.identity.device or "" if arguments.identity and opened.identity is not None else ""
    details = ClinicalDetails(
        indication=_typed(arguments, "indication"),
        medication=_typed(arguments, "medication"),
        ordered_by=_typed(arguments, "ordered_by"),
        device=device,
    )
    return draft_report(
        public,
        analysis,
        review,
        template_name=arguments.template or ("twelve-lead" if is_twelve_lead_page(public) else "holter"),
        details=details,
        identity=identity,
    )


def _identity(opened: Recording, arguments: argparse.Namespace) -> PatientIdentity | None:
    """Return whose recording it is, where that is to be printed: as typed in, else as the file says."""
    from ecg_core.report import PatientIdentity

    typed = PatientIdentity(
        *(_typed(arguments, name) for name in ("patient_name", "patient_id", "birth_date", "sex")),
    )
    found = PatientIdentity.of(opened.identity) if arguments.identity else PatientIdentity()
    identity = typed.or_else(found)
    if arguments.identity and not identity:
        sys.stderr.write("The file does not say whose recording it is.\n")
    return identity or None


def _typed(arguments: argparse.Namespace, name: str) -> str:
    from ecg_core.texts import plain

    return plain(str(getattr(arguments, name)).strip(), _MAX_TYPED)
