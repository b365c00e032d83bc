"""Guided explanations: their steps are computed with the shipped weights, and their texts say what was found."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ecg_core.beats import CLASSES
from ecg_core.classification.model import models_folder
from ecg_core.errors import ModelError
from ecg_core.figures.guide_figures import Series, guide_figure
from ecg_core.sources.demos import open_demo
from ecg_core.teaching import guides
from ecg_core.teaching.guides import GUIDES, GuideStep, guide_steps
from ecg_core.textbook.model import load_textbook


@pytest.fixture(scope="module")
def steps() -> dict[str, list[GuideStep]]:
    return {guide.model: guide_steps(guide.model) for guide in GUIDES}


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found is not None, text
    return float(found.group(1))


@pytest.mark.tensorflow
def test_each_guide_has_a_few_steps_each_with_text_and_figure(steps: dict[str, list[GuideStep]]) -> None:
    assert list(steps) == ["spectrogram_cnn", "autoencoder", "bilstm_attention", "heart_rate_mlp"]
    for found in steps.values():
        assert 3 <= len(found) <= 5
        assert len({step.title for step in found}) == len(found)
        for step in found:
            assert len(step.text) > 80
            figure = step.draw("#123456")
            assert len(figure.data) >= 1
            assert figure.layout.xaxis.tickfont.color == "#123456"


@pytest.mark.tensorflow
def test_the_texts_state_what_the_models_say(steps: dict[str, list[GuideStep]]) -> None:
    recording = open_demo("demo_pvc")
    annotations = recording.annotations()
    assert annotations is not None
    samples, symbols = annotations.beats()
    v_beats = np.flatnonzero(symbols == "V")
    for name, pattern in (
        ("spectrogram_cnn", r"gives V a probability of (\d\.\d\d)"),
        ("bilstm_attention", r"V with a probability of (\d\.\d\d)"),
    ):
        model = load_textbook(models_folder() / name)
        chances = model.classify(recording, samples)[v_beats, CLASSES.index("V")]
        told = number(pattern, " ".join(step.text for step in steps[name]))
        assert np.abs(chances - told).min() <= 0.005
    figure = steps["bilstm_attention"][1].draw("#000000")
    for trace in figure.data:
        assert sum(trace.y) == pytest.approx(100, abs=0.01)
    told = number(r"The beat itself has (\d+) %", steps["bilstm_attention"][1].text)
    assert figure.data[0].y[list(figure.data[0].x).index(0)] == pytest.approx(told, abs=0.5)
    chances = steps["spectrogram_cnn"][3].draw("#000000").data[0].y
    assert chances[0] > 0.5
    assert chances[-1] < chances[0]
    auc = number(r"larger error of the two is (\d\.\d\d)", steps["autoencoder"][2].text)
    assert 0.5 < auc < 1
    counted, predicted = (trace.y for trace in steps["heart_rate_mlp"][4].draw("#000000").data)
    shared, _ = (trace.y for trace in steps["heart_rate_mlp"][3].draw("#000000").data)
    assert sum(shared) == pytest.approx(number(r"add up to ([+-]\d+) bpm", steps["heart_rate_mlp"][3].text), abs=0.5)
    mean = number(r"mean error is (\d+\.\d) bpm", steps["heart_rate_mlp"][2].text)
    assert np.nanmean(np.abs(np.array(counted) - np.array(predicted))) == pytest.approx(mean, abs=0.05)


def test_the_area_under_the_curve_is_the_chance_of_the_larger_value() -> None:
    assert guides._area(np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])) == 1
    assert guides._area(np.array([3.0, 4.0]), np.array([1.0])) == 0
    assert guides._area(np.array([1.0, 3.0]), np.array([1.0, 3.0])) == 0.5


def test_an_unknown_guide_is_refused() -> None:
    with pytest.raises(ModelError, match="no guided explanation of cnn5; there are spectrogram_cnn"):
        guide_steps("cnn5")


def test_series_are_drawn_as_their_kind_in_their_colour() -> None:
    figure = guide_figure(
        [Series("a", [0, 1], [1, 2]), Series("<b>", [0], [1], "points", "#aa0000"), Series("c", [0], [1], "bars")],
        "ms",
        "mV",
        "#123456",
        (0, 3),
    )
    assert [trace.type for trace in figure.data] == ["scatter", "scatter", "bar"]
    assert (figure.data[0].line.color, figure.data[1].marker.color) == ("#123456", "#aa0000")
    assert figure.data[1].name == "&lt;b&gt;"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("ms", "mV")
    assert tuple(figure.layout.yaxis.range) == (0, 3)
