"""The figures of the Explain and Model pages."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.figures.confusion import confusion_figure
from ecg_core.figures.saliency import saliency_figure


def test_saliency_has_a_panel_for_each_lead_one_scale_and_literal_names() -> None:
    offsets_s = np.linspace(-0.5, 0.5, 200)
    wave = np.outer(np.exp(-((offsets_s / 0.05) ** 2)), [1.0, -0.5, 2.0, 1.0])
    weights = np.abs(wave) / 2
    figure = saliency_figure(offsets_s, wave, weights, ["I", "<b>II</b>", "V1", "V2"])
    maps = [trace for trace in figure.data if trace.type == "heatmap"]
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    assert len(maps) == len(lines) == 4
    assert all((trace.zmin, trace.zmax) == (0, 1) for trace in maps)
    assert sum(bool(trace.showscale) for trace in maps) == 1
    assert np.allclose(lines[2].y, wave[:, 2], atol=1e-3)
    peak = maps[2].x[int(np.argmax(maps[2].z[0]))]
    assert abs(peak) < 15
    assert "&lt;b&gt;II&lt;/b&gt;" in figure.layout.annotations[1].text


def test_ticks_of_panels_in_columns_stand_on_their_own_panel_beside_the_leads_name() -> None:
    figure = saliency_figure(np.linspace(-0.5, 0.5, 50), np.ones((50, 4)), np.ones((50, 4)), ["I", "II", "III", "aVR"])
    inside = [axis.ticklabelposition == "inside" for axis in figure.select_yaxes()]
    assert inside == [False, True, True, False]
    assert [note.xshift > 20 for note in figure.layout.annotations] == inside


def test_an_absent_lead_is_an_empty_panel() -> None:
    wave = np.full((50, 1), np.nan)
    figure = saliency_figure(np.linspace(-0.1, 0.1, 50), wave, np.zeros((50, 1)), ["I"])
    assert np.isnan(np.asarray(figure.data[1].y, dtype=float)).all()


def test_confusion_writes_counts_and_shades_shares_of_the_reference() -> None:
    matrix = np.diag([90, 5, 5, 0, 0]).tolist()
    matrix[1][0] = 15
    figure = confusion_figure(matrix)
    assert figure.data[0].z[1].tolist() == [0.75, 0.25, 0, 0, 0]
    assert figure.data[0].z[3].tolist() == [0, 0, 0, 0, 0]
    assert "15" in [annotation.text for annotation in figure.layout.annotations]
    with pytest.raises(ValueError, match="5 x 5"):
        confusion_figure([[1]])
