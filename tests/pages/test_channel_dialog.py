"""Files that do not say which channels are ECG leads: the dialog lists them, and what is chosen is kept and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from dashboard_for_tests import Dashboard
from streamlit.testing.v1 import AppTest

from ecg_core.synthesis import generate, scenarios
from pages.services import library
from pages.services.workspace import open_in_workspace

pytestmark = pytest.mark.slow

Open = Callable[[], Dashboard]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an EDF file whose second channel is an ECG and does not say so."""
    made = generate(scenarios()["demo_pvc"], duration_s=30, seed=3)
    signals = [
        edfio.EdfSignal(values.astype(float), made.fs_hz, label=label, physical_dimension="mV", physical_range=(-5, 5))
        for label, values in (("EEG Fp1", 0 * made.signal[:, 0]), ("Cardio", made.signal[:, 0]))
    ]
    data = tmp_path / "data"
    data.mkdir()
    edfio.Edf(signals).write(data / "night.edf")
    monkeypatch.setenv("ECG_DATA", str(data))
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    return data


def widget(app: AppTest, kind: str, ending: str) -> Any:
    """Return the dialog's widget; its key begins with the number of the dialog."""
    (found,) = [each for each in app.get(kind) if each.key and each.key.endswith(ending)]
    return found


def test_a_person_chooses_the_channels_once_and_can_change_the_choice(
    dashboard: Open, folder: Path, tmp_path: Path
) -> None:
    opened = dashboard().open("review", rec="local/night.edf")
    assert "holds no ECG lead" in opened.text
    app = opened.app.button(key="say_what_it_holds").click().run()
    assert not app.exception
    assert "2 channels" in opened.text
    assert "Cardio" in opened.text
    assert widget(app, "button", "_open").disabled
    widget(app, "checkbox", "_channel_0").check().run()
    assert "Hardly a beat is found" in opened.text
    widget(app, "checkbox", "_channel_0").uncheck().run()
    widget(app, "checkbox", "_channel_1").check().run()
    assert "beats a minute" in opened.text
    widget(app, "button", "_open").click().run()
    assert not app.exception
    assert opened.desk["rec"] == "local/night.edf"
    (kept,) = (tmp_path / "home" / "layouts").iterdir()
    assert json.loads(kept.read_text()) == {"channels": ["Cardio"]}
    recording = open_in_workspace("local/night.edf", str(folder)).recording
    assert recording.lead_names == ("Cardio",)
    assert recording.user_metadata == (("channels", "Cardio"),)
    assert 0.5 < np.ptp(recording.read(0, 3600)) < 5
    app.button(key="change_layout").click().run()
    assert widget(app, "checkbox", "_channel_1").value


def test_a_list_says_that_a_file_waits_to_be_described(folder: Path) -> None:
    (line,) = library.describe("local", library.in_folder(str(folder)).recordings)
    assert line.needs_description
    assert line.recording is None


def test_cancel_closes_the_dialog_and_keeps_nothing(dashboard: Open, folder: Path, tmp_path: Path) -> None:
    opened = dashboard().open("review", rec="local/night.edf")
    app = opened.app.button(key="say_what_it_holds").click().run()
    widget(app, "checkbox", "_channel_1").check().run()
    widget(app, "button", "_cancel").click().run()
    assert not app.exception
    assert not app.get("checkbox")
    assert "holds no ECG lead" in opened.text
    assert not (tmp_path / "home" / "layouts").exists()
