"""Strips at true size: lengths read back from the paths of the PDF."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from reports_for_tests import (
    FS_HZ,
    MADE_AT,
    POINTS_PER_MM,
    analysis_of,
    holter,
    opened,
    recording_of,
    text_of,
    uncalibrated,
)

from ecg_core.recording import Recording
from ecg_core.report import draft_report
from ecg_core.report.pdf import report_pdf

pytestmark = pytest.mark.slow

Points = list[tuple[float, float]]


def paths_of(document: bytes) -> list[Points]:
    """Return every line of more than two points, in points of the page."""
    with opened(document) as pdf:
        return [curve["pts"] for page in pdf.pages for curve in page.curves if not curve["fill"]]


def traces_of(document: bytes) -> list[Points]:
    return [points for points in paths_of(document) if len(points) > 100]


def pulses_of(document: bytes) -> list[Points]:
    return [points for points in paths_of(document) if len(points) == 6]


def extent_mm(points: Points, axis: int) -> float:
    values = [point[axis] for point in points]
    return (max(values) - min(values)) / POINTS_PER_MM


def of_signal(signal: np.ndarray, samples: list[int], **fields: Any) -> bytes:
    recording = recording_of(signal, **fields)
    report = draft_report(recording, analysis_of(recording, samples, "N" * len(samples)), created_at=MADE_AT)
    return report_pdf(report)


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_a_second_is_25_mm_and_a_millivolt_10_mm(paper: str) -> None:
    recording, analysis = holter()
    document = report_pdf(draft_report(recording, analysis, created_at=MADE_AT), paper)
    traces = [points for points in traces_of(document) if len(points) == round(6.8 * FS_HZ)]
    assert len(traces) >= 4
    for points in traces:
        for first, second in ((0, 1), (0, 4)):
            apart = (points[round(second * FS_HZ)][0] - points[first][0]) / POINTS_PER_MM
            assert apart == pytest.approx(25.0 * second, abs=0.01)
        assert extent_mm(points, 1) == pytest.approx(10.0, abs=0.01)  # rectangles of 1 mV


@pytest.mark.parametrize("height_mv", [0.5, 1.7, -0.8])
def test_heights_follow_the_signal(height_mv: float) -> None:
    signal = np.zeros((3000, 1), dtype=np.float32)
    signal[1000:1100] = height_mv
    traces = traces_of(of_signal(signal, [1000], lead_names=("II",)))
    assert max(extent_mm(points, 1) for points in traces) == pytest.approx(abs(height_mv) * 10, abs=0.01)


def test_the_calibration_pulse_is_one_millivolt_for_200_ms() -> None:
    recording, analysis = holter()
    pulses = pulses_of(report_pdf(draft_report(recording, analysis, created_at=MADE_AT)))
    assert pulses
    for points in pulses:
        assert extent_mm(points, 1) == pytest.approx(10.0, abs=0.01)
        assert (points[3][0] - points[2][0]) / POINTS_PER_MM == pytest.approx(5.0, abs=0.01)


def test_leads_without_a_scale_have_no_calibration_pulse() -> None:
    recording, analysis = holter()
    relative = holter(leads=uncalibrated(recording))[0]
    document = report_pdf(draft_report(relative, analysis, created_at=MADE_AT))
    assert pulses_of(document) == []
    assert "25 mm/s · amplitudes relative" in text_of(document)
    assert "Amplitudes of MLII, V1 are relative" in text_of(document)
    assert len(traces_of(document)) >= 4


def test_the_grid_has_lines_each_millimetre() -> None:
    recording, analysis = holter()
    document = report_pdf(draft_report(recording, analysis, created_at=MADE_AT))
    with opened(document) as pdf:
        page = next(page for page in pdf.pages if "Strips" in (page.extract_text() or ""))
        upright = sorted({round(line["x0"], 3) for line in page.lines if abs(line["x0"] - line["x1"]) < 1e-6})
    steps = np.diff([at for at in upright if at >= upright[0]]) / POINTS_PER_MM
    assert np.sum(np.abs(steps - 1.0) < 0.01) >= 100


def test_a_gap_interrupts_the_trace() -> None:
    signal = np.zeros((1700, 1), dtype=np.float32)
    signal[::50] = 0.3
    whole = traces_of(of_signal(signal, [500, 700], lead_names=("II",)))
    signal[600:900] = np.nan
    broken = traces_of(of_signal(signal, [500, 1200], lead_names=("II",)))
    assert len(broken) > len(whole)
    edges = sorted((min(p[0] for p in points), max(p[0] for p in points)) for points in broken[:2])
    assert (edges[1][0] - edges[0][1]) / POINTS_PER_MM == pytest.approx(25 * 301 / FS_HZ, abs=0.02)


def twelve_leads() -> tuple[Recording, list[int]]:
    names = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    signal = np.zeros((round(10 * FS_HZ), 12), dtype=np.float32)
    samples = list(range(100, len(signal) - 50, 200))
    for lead in range(12):
        for sample in samples:
            signal[sample : sample + 20, lead] = 0.1 * (lead + 1)
    return recording_of(signal, "twelve", names), samples


def test_the_page_of_twelve_leads_is_at_true_size_and_across() -> None:
    recording, samples = twelve_leads()
    analysis = analysis_of(recording, samples, "N" * len(samples))
    report = draft_report(recording, analysis, template_name="twelve-lead", created_at=MADE_AT)
    document = report_pdf(report)
    with opened(document) as pdf:
        (page,) = (one for one in pdf.pages if one.width > one.height)
        assert page.width / POINTS_PER_MM == pytest.approx(297, abs=0.1)
        curves = [curve["pts"] for curve in page.curves if len(curve["pts"]) > 100]
    columns = [points for points in curves if len(points) == round(2.5 * FS_HZ)]
    (rhythm,) = (points for points in curves if len(points) == len(recording.read()))
    assert len(columns) == 12
    assert (rhythm[-1][0] - rhythm[0][0]) / POINTS_PER_MM == pytest.approx(25 * (10 - 1 / FS_HZ), abs=0.02)
    heights = sorted(round(extent_mm(points, 1), 2) for points in columns)
    assert heights == pytest.approx([float(lead + 1) for lead in range(12)], abs=0.01)
