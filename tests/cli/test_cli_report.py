"""``report``: a drafted report as PDF, JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pypdfium2
import pytest

Run = Callable[..., Any]


def text_of(path: Path) -> str:
    pdf = pypdfium2.PdfDocument(path)
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf)


@pytest.fixture
def report(run: Run, records: Path, tmp_path: Path, tiny_model_folder: Path) -> Callable[..., Any]:
    def command(*more: object, out: str = "out.pdf") -> Any:
        return run("report", records / "demo_pvc", "--out", tmp_path / out, "--model", tiny_model_folder, *more)

    return command


@pytest.mark.tensorflow
def test_a_draft_is_written_with_its_data(report: Run, tmp_path: Path) -> None:
    ran = report("--json", tmp_path / "out.json", "--csv", tmp_path / "out.csv", "--indication", "Palpitations")
    assert ran.status == 0, ran.err
    assert ran.out.startswith("demo_pvc: Holter ECG report, DRAFT  -> ")
    told = json.loads((tmp_path / "out.json").read_text())
    figures = {
        figure["id"]: figure
        for section in told["sections"]
        for block in section["blocks"]
        for figure in block.get("figures", [])
    }
    text = text_of(tmp_path / "out.pdf")
    assert f"Mean {figures['rate.mean_bpm']['value']:.0f} bpm" in text
    assert "Palpitations" in text
    assert "Intervals and QTc" in text
    assert figures["intervals.qrs_ms"]["value"] > 0
    assert "ectopy.n_v" in (tmp_path / "out.csv").read_text()
    assert told["identity"] is None


@pytest.mark.tensorflow
def test_waves_can_be_left_out_and_the_report_says_so(report: Run, tmp_path: Path) -> None:
    ran = report("--no-waves", "--template", "event", "--paper", "letter")
    assert ran.status == 0, ran.err
    text = text_of(tmp_path / "out.pdf")
    assert "Event ECG report" in text
    assert "The waves were not delineated" in text
    assert pypdfium2.PdfDocument(tmp_path / "out.pdf")[0].get_size() == (612, 792)


@pytest.mark.tensorflow
def test_identity_is_printed_only_where_it_is_asked_for(report: Run, tmp_path: Path) -> None:
    assert report("--no-waves").status == 0
    assert "Doe" not in text_of(tmp_path / "out.pdf")
    assert report("--no-waves", "--patient-name", "Jane Doe", "--patient-id", "17").status == 0
    assert "Jane Doe" in text_of(tmp_path / "out.pdf")
    assert b"Jane" not in (tmp_path / "out.pdf").read_bytes()
    asked = report("--no-waves", "--identity", out="again.pdf")
    assert asked.status == 0
    assert "The file does not say whose recording it is." in asked.err


@pytest.mark.parametrize(
    ("out", "more", "said"),
    [
        ("out.docx", (), "a report is written as .pdf, .json or .csv."),
        ("none/out.pdf", (), "There is no folder"),
        ("out.pdf", ("--template", "novel"), "invalid choice: 'novel'"),
        ("out.pdf", ("--paper", "a5"), "invalid choice: 'a5'"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    report: Run, tmp_path: Path, out: str, more: tuple[str, ...], said: str
) -> None:
    ran = report(*more, out=out)
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert said in ran.complaints[0]
    assert list(tmp_path.glob("*.pdf")) == []


def test_a_report_does_not_take_the_place_of_the_recording(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "ecg.csv"
    table.write_text("time,II\n" + "".join(f"{n / 250},{n % 250 == 0}\n" for n in range(2500)).replace("True", "1"))
    before = table.read_text()
    ran = run("report", table, "--out", table, "--unit", "mV")
    assert ran.status == 2
    assert table.read_text() == before


@pytest.mark.tensorflow
def test_the_report_is_written_as_a_dicom_study(report: Run, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    assert report("--no-waves", "--dicom-study", folder).status == 2  # no folder is made by mistake
    folder.mkdir()
    ran = report("--no-waves", "--patient-id", "17", "--dicom-study", folder)
    assert ran.status == 0, ran.err
    made = {path.name: pydicom.dcmread(path) for path in sorted(folder.iterdir())}
    assert list(made) == ["out.document.dcm", "out.structured.dcm", "out.waveform.1.dcm"]
    assert len({one.StudyInstanceUID for one in made.values()}) == 1
    assert {one.PatientID for one in made.values()} == {"17"}
    assert made["out.structured.dcm"].VerificationFlag == "UNVERIFIED"
