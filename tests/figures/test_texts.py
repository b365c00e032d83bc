"""No text of a figure is left to the theme, whose grey is hard to read, most of all on a map."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from ecg_core.figures.confusion import confusion_figure
from ecg_core.figures.preview import preview_figure
from ecg_core.figures.saliency import saliency_figure
from ecg_core.figures.time_frequency import time_frequency_figure

INK = "#16202c"
AT_S = np.array([-0.2, 0.0, 0.2])
FIGURES = {
    "saliency": saliency_figure(AT_S, np.zeros((3, 2)), np.ones((3, 2)), ["II", "V1"], "mV", INK),
    "time and frequency": time_frequency_figure(AT_S, np.array([1.0, 20.0]), np.eye(2, 3), np.eye(2, 3), INK),
    "confusion": confusion_figure(np.eye(5), text_colour=INK),
    "preview": preview_figure(np.zeros((500, 2)), 250.0, ["I", "II"], calibrated=True, trace_colour=INK),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES.keys())
def test_every_text_is_in_the_colour_of_the_pages_text(figure: go.Figure) -> None:
    axes = [*figure.select_xaxes(), *figure.select_yaxes()]
    assert axes
    assert {colour for axis in axes for colour in (axis.tickfont.color, axis.title.font.color)} == {INK}
    assert {note.font.color for note in figure.layout.annotations} <= {INK, "#ffffff"}
    bars = [map_.colorbar for map_ in figure.select_traces({"type": "heatmap"}) if map_.showscale is not False]
    assert {colour for bar in bars for colour in (bar.tickfont.color, bar.title.font.color)} <= {INK}
