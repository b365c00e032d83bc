"""The demonstration of the page Teaching and its services, without a browser."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from dashboard_for_tests import Dashboard

from ecg_core.errors import SourceError
from ecg_core.teaching import limits
from ecg_core.teaching.demonstration import demonstration_of
from ecg_core.teaching.heart import HeartSettings, draw_heart
from ecg_core.teaching.library import case_library
from pages.services.accounts import AccessDeniedError, Account, acting_as
from pages.services.demonstrations import (
    ABSENT,
    demonstrated_case,
    keep_steps,
    packed_signal,
    rows_of_steps,
    steps_of_rows,
    tracing_data,
)

Open = Callable[[], Dashboard]
STUDENT = Account("Ann (ann)", "https://provider.test", "ann", ("student",), "key")
TEACHER = Account("Tom (tom)", "https://provider.test", "tom", ("teacher",), "key")
CASE = case_library().find("wenckebach")


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
def test_a_setting_is_tried_over_its_range_for_the_settings_on_screen(
    dashboard: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "N_VALUES", 3)
    opened = dashboard().open("teaching", heart="pac_percent:20")
    opened.app.selectbox(key="heart_tried").set_value("rate_bpm").run()
    opened.click("heart_try")
    values = [f"<td class=rs-num>{value:g} bpm</td>" for value in (30, 115, 200)]
    assert all(value in opened.text for value in values)
    assert "differences (truth as program)" in opened.text
    opened.app.slider(key="heart_rate_bpm").set_value(90).run()
    assert values[0] in opened.settle().text
    opened.app.slider(key="heart_pr_ms").set_value(200).run()
    assert "differences (truth as program)" not in opened.settle().text


@pytest.mark.tensorflow
def test_wrong_settings_in_the_address_are_told_and_the_usual_heart_is_shown(dashboard: Open) -> None:
    opened = dashboard().open("teaching", heart="rate_bpm:999")
    assert "Sinus rate goes from 30 to 200 bpm, not 999" in opened.text
    assert opened.app.slider(key="heart_rate_bpm").value == 70


def table_rows() -> list[dict[str, Any]]:
    columns = rows_of_steps(demonstration_of(CASE))
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def test_a_table_of_steps_gives_the_same_steps_back() -> None:
    before = demonstration_of(CASE)
    rows = table_rows()
    rows[0]["go_to_s"] = float("nan")
    with acting_as(TEACHER):
        keep_steps(CASE, steps_of_rows(rows))
    assert demonstration_of(CASE) == before
    empty = {name: [] if name in {"reveal", "hide"} else None for name in rows[0]}
    assert steps_of_rows([empty, {**empty, "text": "one"}]) == [{"text": "one"}]
    rows[1] |= {"measure_to_s": None}
    with pytest.raises(SourceError, match="Step 2 has one end of what to measure"):
        steps_of_rows(rows)


def test_teachers_alone_change_steps_and_no_steps_bring_the_cases_own_back() -> None:
    own = demonstration_of(CASE)
    with acting_as(STUDENT), pytest.raises(AccessDeniedError):
        keep_steps(CASE, [{"text": "mine"}])
    assert demonstration_of(CASE) == own
    with acting_as(TEACHER):
        keep_steps(CASE, [{"text": "mine"}])
        assert [step.text for step in demonstration_of(CASE).steps] == ["mine"]
        with pytest.raises(SourceError, match="names second 300"):
            keep_steps(CASE, [{"text": "late", "at_s": 300}])
        keep_steps(CASE, [])
    assert demonstration_of(CASE) == own


def test_a_case_is_demonstrated_with_its_own_signal_and_truth() -> None:
    shown = demonstrated_case(CASE)
    assert shown is not None
    assert shown.truth is not None
    assert shown.recording.duration_s == 20
    assert [name for _, name in shown.truth.rhythms()] == ["BII"]
    assert demonstrated_case(case_library().find("mitdb_pvc_208")) is None


@pytest.mark.tensorflow
def test_the_link_shows_the_case_at_its_step_and_then_what_the_program_says(dashboard: Open) -> None:
    opened = dashboard().open("teaching", demonstration=CASE.code, step="3")
    data = opened.desk
    assert (data["whole"], data["step"], data["leave"]) == (True, 3, "Leave")
    assert data["heading"] == CASE.text.title
    assert CASE.text.diagnosis not in str({key: data[key] for key in ("heading", "label", "status")})
    assert len(data["scenes"]) == len(demonstration_of(CASE).steps) + 1
    assert data["read"]
    assert "beats agree" in data["status"]
    assert opened.app.query_params["step"] == "3"


def test_a_record_that_is_not_here_cannot_be_demonstrated_but_is_told(dashboard: Open) -> None:
    opened = dashboard().open("teaching", demonstration="mitdb_pvc_208")
    assert "open the case to fetch it" in opened.text
    opened.click("demonstration_back")
    assert case_library().find("mitdb_pvc_208").text.title in opened.text


def test_the_steps_of_a_case_and_its_link_stand_on_its_page(dashboard: Open) -> None:
    opened = dashboard().open("teaching", case=CASE.code)
    assert f"{len(demonstration_of(CASE).steps)} prepared steps" in opened.text
    assert f"?demonstration={CASE.code}" in opened.text
    assert "case_demonstrate" in opened.buttons()
    assert "demonstration_keep" in opened.buttons()


@pytest.mark.parametrize("name", ["sinus_bradycardia", "stemi_inferior", "hyperkalaemia_tall_t"])
def test_steps_can_be_prepared_whatever_a_case_has_of_them(dashboard: Open, name: str) -> None:
    opened = dashboard().open("teaching", case=name)
    assert "demonstration_keep" in opened.buttons()
    opened.click("demonstration_keep")
    n = len(demonstration_of(case_library().find(name)).steps)
    assert (f"{n} prepared steps" if n else "no steps prepared yet") in opened.text
