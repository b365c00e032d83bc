"""Texts of strangers in reports: nothing is read as mark-up, nothing breaks the page."""

from __future__ import annotations

import csv
import io

import pytest
from reports_for_tests import MADE_AT, POINTS_PER_MM, holter, opened, text_of

from ecg_core.recording import Lead, Recording
from ecg_core.report import ClinicalDetails, PatientIdentity, Report, Review, draft_report, report_csv, report_json
from ecg_core.report.pdf import report_pdf
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable, register_fonts, shortened, text_width, wrapped

pytestmark = pytest.mark.slow

HOSTILE = (
    "<b>bold</b> & <font color=red>",
    '<img src="file:///etc/passwd"/>',
    "</para><para>",
    "&lt;&#x41;%s{0}\\n(PDF) Tj ET",
    "=1+1",
)
ODD = (
    "\x00\x07\x1b[31m",
    "\u202egnp.exe",
    "שלום עולם 123",
    "مريض",
    "李小龙",
    "\U0001f600",
    "a" * 900,
    "é" * 300,
    "\ud800",
)


def report_with(text: str) -> Report:
    recording, analysis = holter()
    key = f"VT:{analysis.episodes[analysis.episodes['kind'] == 'VT']['start_sample'].iloc[0]}"
    recording = Recording(
        **{
            **{name: getattr(recording, name) for name in ("fs_hz", "n_samples", "read_span", "start_time")},
            "name": text,
            "source": "demo",
            "leads": (Lead("MLII"), Lead(text or "V1")),
            "notes": (text,),
            "measurements": ((text, text),),
            "statements": (text,),
        }
    )
    recording.__dict__["sha256"] = "a" * 64
    return draft_report(
        recording,
        analysis,
        Review({key: 4}, {key: text}, revision=1, persons=(text,)),
        details=ClinicalDetails(text, text, text),
        identity=PatientIdentity(text, text, text, text),
        texts={"conclusion.vt": text, "rate.comment": f"{text}\n{text}"},
        created_at=MADE_AT,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_marks_of_a_language_are_printed_as_they_are(text: str) -> None:
    printed = text_of(report_pdf(report_with(text)))
    assert printed.count(text) >= 5


@pytest.mark.parametrize("text", [*HOSTILE, *ODD])
def test_nothing_is_drawn_beyond_the_margins(text: str) -> None:
    with opened(report_pdf(report_with(text))) as pdf:
        for page in pdf.pages[:2]:
            letters = [one for one in page.chars if one["text"].strip()]
            assert min(one["x0"] for one in letters) > 14.9 * POINTS_PER_MM
            assert max(one["x1"] for one in letters) < page.width - 14.9 * POINTS_PER_MM
            assert max(one["bottom"] for one in letters) < page.height - 5 * POINTS_PER_MM


@pytest.mark.parametrize("text", [*HOSTILE, *ODD])
def test_data_of_such_a_report_can_be_read(text: str) -> None:
    report = report_with(text.encode("utf-8", "replace").decode())
    assert report_json(report)
    rows = list(csv.reader(io.StringIO(report_csv(report))))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell[:1] in "=+@" for row in rows for cell in row if cell)


def test_control_characters_and_marks_of_direction_are_not_printed() -> None:
    for text in ("a\x00b", "a\u202eb", "a\x1bb"):
        assert printable(text) == "a\N{REPLACEMENT CHARACTER}b"
    assert printable("a\tb\nc") == "a b c"


def test_what_has_no_glyph_is_a_box() -> None:
    assert printable("x李y") == "x\N{WHITE SQUARE}y"


def test_words_from_right_to_left_are_seen_in_their_order() -> None:
    assert printable("Name: שלום 12") == "Name: םולש 12"
    assert printable("אב (גד) 34 הו") == "וה 34 (דג) בא"


@pytest.mark.parametrize("text", ["word " * 40, "w" * 400, "a bb ccc " * 20])
def test_lines_are_no_wider_than_asked_and_lose_nothing(text: str) -> None:
    register_fonts()
    lines = wrapped(text, REGULAR, 8.0, 100.0)
    assert all(text_width(line, REGULAR, 8.0) <= 100.0 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_shortened_text_fits_and_says_that_it_goes_on() -> None:
    register_fonts()
    short = shortened("Recording " * 30, BOLD, 9.0, 120.0)
    assert short.endswith("…")
    assert 100.0 < text_width(short, BOLD, 9.0) <= 120.0
    assert shortened("fits", BOLD, 9.0, 120.0) == "fits"
