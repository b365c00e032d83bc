"""The demonstration of the page Teaching and its services, without a browser."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from dashboard_for_tests import Dashboard

from ecg_core.teaching.heart import HeartSettings, draw_heart
from pages.services.demonstrations import ABSENT, packed_signal, tracing_data

Open = Callable[[], Dashboard]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))


def test_a_signal_is_packed_lead_after_lead_in_microvolts() -> None:
    signal = np.array([[1.0, np.nan], [-0.5, 40.0]], dtype=np.float32)
    values = np.frombuffer(base64.b64decode(packed_signal(signal)), dtype="<i2")
    assert values.tolist() == [1000, -500, ABSENT, 32767]


def test_the_browser_is_given_true_beats_before_the_program_has_read() -> None:
    drawn = draw_heart(HeartSettings(pvc_percent=20))
    data = tracing_data(drawn.signal_mv, 500.0, drawn.tracing.lead_names, drawn.annotations, None)
    assert not data["read"]
    assert [one["true"] for one in data["beats"]].count("V") == 2
    assert {one["said"] for one in data["beats"]} == {""}
    assert data["saliency"] == [None] * len(data["beats"])
    assert data["rhythms"] == [{"at_s": 0.0, "text": "sinus rhythm"}]


@pytest.mark.tensorflow
def test_the_tracing_and_the_programs_reading_follow_the_sliders(dashboard: Open) -> None:
    opened = dashboard().open("teaching", heart="pvc_percent:20")
    assert opened.app.slider(key="heart_pvc_percent").value == 20
    before = opened.desk
    assert [one["said"] for one in before["beats"]].count("V") == 2
    assert "of 11 beats agree" in opened.text
    assert all(before["saliency"])
    opened.app.slider(key="heart_pr_ms").set_value(280).run()
    opened.settle()
    after = opened.desk
    assert after["signal"] != before["signal"]
    assert "<td class=rs-num>280 ms</td>" in opened.text
    assert opened.app.query_params["heart"] == "pr_ms:280,pvc_percent:20"
    opened.click("heart_usual")
    assert opened.app.slider(key="heart_pr_ms").value == 160
    assert opened.app.query_params["heart"] == "usual"
    assert {one["true"] for one in opened.desk["beats"]} == {"N"}


@pytest.mark.tensorflow
def test_wrong_settings_in_the_address_are_told_and_the_usual_heart_is_shown(dashboard: Open) -> None:
    opened = dashboard().open("teaching", heart="rate_bpm:999")
    assert "Sinus rate goes from 30 to 200 bpm, not 999" in opened.text
    assert opened.app.slider(key="heart_rate_bpm").value == 70
