"""A strip that stands alone on paper: as high as its waves, with times where the drawing has them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ecg_core.figures.paper import PaperColours, paper_svg, rhythm_lead, share_of_width

COLOURS = PaperColours(trace="#000", text="#000")


def drawn(height_mv: float, at_s: float = 4.0) -> tuple[float, float, list[tuple[float, float]]]:
    """Return width and height of a strip with one spike, and the points of its trace, in mm."""
    signal = np.zeros((5000, 1))
    signal[round(at_s * 500)] = height_mv
    svg = paper_svg(signal, 500.0, ("II",), COLOURS, title="strip")
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())  # type: ignore[union-attr]
    trace = max(re.findall(r'<path d="(M[^"]+)" fill="none"', svg), key=len)
    return width, height, [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([^ML]+)", trace)]


@pytest.mark.parametrize("height_mv", [0.5, 1.5, 3.0, -0.5, -2.5])
def test_no_wave_is_cut_off_at_10_mm_per_mv(height_mv: float) -> None:
    _, height, points = drawn(height_mv)
    ys = [y for _, y in points]
    assert min(ys) >= 0
    assert max(ys) <= height
    assert max(ys) - min(ys) == pytest.approx(10 * abs(height_mv))


def test_a_time_lies_where_the_drawing_has_it() -> None:
    width, _, points = drawn(1.0, at_s=7.2)
    spike = min(points, key=lambda point: point[1])
    assert share_of_width(7.2) * width == pytest.approx(spike[0], abs=0.01)


def test_the_rhythm_strip_is_lead_ii_or_the_first() -> None:
    assert rhythm_lead(("I", "II", "III")) == 1
    assert rhythm_lead(("V1", "V5")) == 0
