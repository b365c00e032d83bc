"""The heart-rate trend, and the figures of the Explain and Model pages."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from ecg_core.beats import beat_table
from ecg_core.figures.confusion import confusion_figure
from ecg_core.figures.palette import CLASS_SYMBOLS
from ecg_core.figures.saliency import saliency_figure
from ecg_core.figures.trend import beat_rates, clock, thin, time_ticks, trend_figure


def day_of_beats(seed: int = 1):
    rng = np.random.default_rng(seed)
    time_s = np.cumsum(0.8 + 0.1 * rng.standard_normal(108_000))
    beats = beat_table(np.round(time_s * 250).astype(np.int64), 250.0)
    beats["label"] = np.where(rng.random(len(beats)) < 0.01, "V", "N").astype(object)
    return beats


def test_rates_are_those_of_the_intervals() -> None:
    rates = beat_rates(beat_table([0, 250, 375, 875], 250.0))
    assert rates["rate_bpm"].tolist() == pytest.approx([60, 120, 30])
    assert rates["time_s"].tolist() == [1.0, 1.5, 3.5]


def test_a_day_is_thinned_to_what_a_screen_shows_and_keeps_every_ectopic_cell() -> None:
    beats = day_of_beats()
    rates = beat_rates(beats)
    duration_s = float(beats["time_s"].iloc[-1])
    kept = thin(rates, duration_s)
    assert len(kept) < 15_000
    ectopic, ectopic_kept = (table[table["label"] == "V"] for table in (rates, kept))
    cells = {
        (int(t / duration_s * 420), int(r / 2.5)) for t, r in zip(ectopic["time_s"], ectopic["rate_bpm"], strict=True)
    }
    assert len(ectopic_kept) == len(cells)


def test_a_short_recording_keeps_its_beats_apart() -> None:
    rates = beat_rates(beat_table(np.arange(0, 250 * 300, 200), 250.0))
    assert len(thin(rates, 300.0)) > 0.9 * len(rates)


def test_classes_differ_by_shape_as_well_as_colour() -> None:
    beats = day_of_beats()[:2000].copy()
    beats["label"] = np.resize(np.array(["N", "S", "V", "F", "Q"], dtype=object), len(beats))
    drawn = {trace.name: trace.marker for trace in trend_figure(beats, 1600.0).data if trace.name}
    assert set(drawn) == set("NSVFQ")
    assert len({marker.symbol for marker in drawn.values()}) == len(CLASS_SYMBOLS) == 5
    assert len({marker.color for marker in drawn.values()}) == 5


def test_every_place_answers_a_click_with_its_second() -> None:
    targets = trend_figure(None, 3600.0).data[0]
    assert targets.hoverinfo == "none"
    assert np.diff(np.unique(targets.x)).max() < 3600 / 300
    assert (min(targets.x), max(targets.x)) == (0, 3600)


def test_ticks_are_round_times_of_day_where_the_start_is_known() -> None:
    values, texts = time_ticks(1800.0, datetime(2020, 1, 1, 9, 58, 30))
    assert texts[0] == "10:00"
    assert values[0] == 90
    assert len(values) <= 10
    assert clock(3661) == "01:01:01"
    assert clock(120, datetime(2020, 1, 1, 23, 59, 0)) == "00:01:00"


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


def test_a_short_run_is_inside_the_axis() -> None:
    rr_s = np.full(400, 0.8)
    rr_s[200:204] = 0.34
    beats = beat_table(np.round(np.cumsum(rr_s) * 360).astype(np.int64), 360.0)
    beats["label"] = np.array(["V" if 200 <= i < 204 else "N" for i in range(400)], dtype=object)
    figure = trend_figure(beats, 320.0)
    (run,) = (trace for trace in figure.data if trace.name == "V")
    assert max(run.y) == pytest.approx(60 / 0.34, rel=0.01)
    low, high = figure.layout.yaxis.range
    assert low < min(run.y) <= max(run.y) < high
