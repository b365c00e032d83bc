"""Figures of models compared: rows of maps on one time axis, shares of answers that stay."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.figures.robustness import robustness_figure
from ecg_core.figures.saliency_rows import SaliencyRow, saliency_rows_figure

AT_S = np.linspace(-1, 2, 1501)


def row(title: str, peak_s: float) -> SaliencyRow:
    return SaliencyRow(title, AT_S, np.sin(9 * AT_S), np.exp(-(((AT_S - peak_s) / 0.05) ** 2)))


def test_each_model_has_a_row_with_its_map_where_it_is() -> None:
    figure = saliency_rows_figure([row("first <b>", 0.1), row("second", 0.5)], (-0.6, 0.8), "#123456")
    maps = [trace for trace in figure.data if trace.type == "heatmap"]
    assert [trace.x[int(np.argmax(trace.z[0]))] for trace in maps] == pytest.approx([100, 500], abs=10)
    assert min(trace.x[0] for trace in figure.data) >= -600
    assert max(trace.x[-1] for trace in figure.data) <= 800
    assert [note.text for note in figure.layout.annotations] == ["<b>first &lt;b&gt;</b>", "<b>second</b>"]
    tops = [figure.layout.yaxis.domain, figure.layout.yaxis2.domain]
    assert tops[0][0] >= tops[1][1]
    assert figure.layout.xaxis.anchor == "y2"


def test_a_beat_without_signal_and_no_model_are_drawn_as_nothing() -> None:
    absent = SaliencyRow("absent", AT_S, np.full(len(AT_S), np.nan), np.zeros(len(AT_S)))
    beyond = SaliencyRow("beyond", AT_S + 100, np.zeros(len(AT_S)), np.zeros(len(AT_S)))
    figure = saliency_rows_figure([absent, beyond], (-0.6, 0.8))
    assert list(figure.layout.yaxis.range) == [-1, 1]
    assert len(figure.data) == 2
    assert len(saliency_rows_figure([], (-0.6, 0.8)).data) == 0


def test_shares_stand_in_percent_and_what_was_not_asked_is_a_dash() -> None:
    figure = robustness_figure({"a": (1.0, 0.934), "b": (float("nan"), 0.0)}, ["24 dB", "0 dB"])
    (heat,) = figure.data
    assert [list(texts) for texts in heat.text] == [["100", "93"], ["–", "0"]]
    assert (list(heat.y), list(heat.x)) == (["a", "b"], ["24 dB", "0 dB"])
    with pytest.raises(ValueError, match="2 shares"):
        robustness_figure({"a": (1.0,)}, ["24 dB", "0 dB"])
