"""Guided explanations on the Model page: steps of the chosen model, without any recording open."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from dashboard_for_tests import Dashboard

from ecg_core.paths import MODELS_FOLDER
from ecg_core.teaching import guides

Open = Callable[[], Dashboard]

pytestmark = pytest.mark.tensorflow


def test_the_steps_of_the_chosen_model_are_shown(
    dashboard: Open, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guides, "models_folder", lambda: MODELS_FOLDER)
    opened = dashboard().open("model", part="guided").settle()
    assert "1. Two beats" in opened.text
    assert "with the shipped weights of spectrogram_cnn" in opened.text
    assert len(opened.app.get("plotly_chart")) == 4
    opened.app.button_group(key="guide_chosen").set_value("autoencoder").run()
    opened.settle().settle()
    assert "3. Does the error tell the beats apart?" in opened.text
    assert "Two beats" not in opened.text
    assert len(opened.app.get("plotly_chart")) == 3


def test_without_its_weights_a_guide_says_so(
    dashboard: Open, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "heart_rate_mlp").mkdir()
    shutil.copy(MODELS_FOLDER / "heart_rate_mlp" / "card.json", tmp_path / "heart_rate_mlp")
    monkeypatch.setattr(guides, "models_folder", lambda: tmp_path)
    opened = dashboard().open("model", part="guided")
    opened.app.button_group(key="guide_chosen").set_value("heart_rate_mlp").run()
    opened.settle().settle()
    assert "heart_rate_mlp has no network.json; copy the folder again, or train it: heart_rate_mlp." in opened.text
