"""Tables of numbers that do not say what they hold: asked about, kept, remembered, and opened by everybody after."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dashboard_for_tests import Dashboard
from streamlit.testing.v1 import AppTest

from ecg_core.errors import SourceError
from ecg_core.formats import LayoutNeededError, TableLayout
from ecg_core.synthesis import generate, scenarios
from pages.services import library
from pages.services.table_layouts import keep_layout, layout_of
from pages.services.workspace import open_in_workspace

pytestmark = pytest.mark.slow

Open = Callable[[], Dashboard]
FS_HZ = 360.0
LAYOUT = TableLayout(FS_HZ, "uV", ("MLII", "V5"), columns=(0, 1))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings with a table of microvolts that says neither rate nor unit."""
    made = generate(scenarios()["demo_pvc"], duration_s=30, seed=3)
    assert made.fs_hz == FS_HZ
    rows = np.round(made.signal[:, :2] * 1000).astype(int)
    data = tmp_path / "data"
    data.mkdir()
    lines = [f"{a},{b},{n % 50}" for n, (a, b) in enumerate(rows)]
    (data / "ward7.csv").write_text("\n".join(["MLII,V5,resp", *lines]))
    monkeypatch.setenv("ECG_DATA", str(data))
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    return data


def widget(app: AppTest, kind: str, ending: str) -> Any:
    """Return the dialog's widget; its key begins with the number of the dialog."""
    (found,) = [each for each in app.get(kind) if each.key and each.key.endswith(ending)]
    return found


def ask(opened: Dashboard) -> AppTest:
    assert "does not say its sampling rate" in opened.text
    opened.app.button(key="say_what_it_holds").click().run()
    assert not opened.app.exception
    return opened.app


def fill(app: AppTest, rate: str = "360", unit: str = "µV") -> AppTest:
    widget(app, "selectbox", "_rate").set_value(rate).run()
    widget(app, "selectbox", "_unit").set_value(unit).run()
    assert not app.exception
    return app


def test_a_table_opens_once_it_is_told_what_it_holds_and_for_everybody_after(
    dashboard: Open, folder: Path, tmp_path: Path
) -> None:
    opened = dashboard().open("review", rec="local/ward7.csv")
    app = ask(opened)
    assert "Give the sampling rate and the unit to see the signal." in opened.text
    assert widget(app, "button", "_open").disabled
    fill(app)
    assert "30 s · 360 Hz · about" in opened.text
    assert "beats a minute" in opened.text
    widget(app, "button", "_open").click().run()
    assert not app.exception
    assert opened.desk["rec"] == "local/ward7.csv"

    (kept,) = (tmp_path / "home" / "layouts").iterdir()
    assert json.loads(kept.read_text()) == {"fs_hz": 360.0, "unit": "uV"}
    assert dashboard().open("review", rec="local/ward7.csv").desk["rec"] == "local/ward7.csv"
    recording = open_in_workspace("local/ward7.csv", str(folder)).recording
    assert (recording.lead_names, recording.fs_hz) == (("MLII", "V5"), FS_HZ)
    assert recording.other_channels == ("resp",)
    assert 0.5 < np.ptp(recording.read(0, 3600, [0])) < 5
    assert recording.user_metadata == (("sampling rate", "360 Hz"), ("unit", "uV"))


def test_leads_are_picked_and_named(dashboard: Open, folder: Path) -> None:
    app = ask(dashboard().open("review", rec="local/ward7.csv"))
    fill(app)
    widget(app, "checkbox", "_lead_0").uncheck().run()
    widget(app, "text_input", "_name_1").set_value("lead V6").run()
    widget(app, "button", "_open").click().run()
    assert not app.exception
    assert open_in_workspace("local/ward7.csv", str(folder)).recording.lead_names == ("V6",)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("_rate", "100", "is the sampling rate right?"),
        ("_rate", "2000", "are the sampling rate and the leads right?"),
        ("_unit", "V", "is the unit right?"),
    ],
)
def test_what_looks_wrong_is_pointed_out(dashboard: Open, folder: Path, field: str, value: str, said: str) -> None:
    opened = dashboard().open("review", rec="local/ward7.csv")
    app = fill(ask(opened))
    assert said not in opened.text
    widget(app, "selectbox", field).set_value(value).run()
    assert said in opened.text
    assert not widget(app, "button", "_open").disabled


def test_without_a_lead_it_does_not_open(dashboard: Open, folder: Path) -> None:
    opened = dashboard().open("review", rec="local/ward7.csv")
    app = fill(ask(opened))
    for place in (0, 1):
        widget(app, "checkbox", f"_lead_{place}").uncheck().run()
    assert "Choose at least one column as a lead." in opened.text
    assert widget(app, "button", "_open").disabled


def test_the_next_table_with_the_same_columns_has_the_same_answers(dashboard: Open, folder: Path) -> None:
    opened = dashboard().open("review", rec="local/ward7.csv")
    app = fill(ask(opened))
    widget(app, "button", "_open").click().run()
    (folder / "ward8.csv").write_text((folder / "ward7.csv").read_text() + "\n1,2,3")
    app.query_params.clear()
    app = ask(opened.open("review", rec="local/ward8.csv"))
    assert widget(app, "selectbox", "_rate").value == "360"
    assert widget(app, "selectbox", "_unit").value == "µV"
    assert not widget(app, "button", "_open").disabled
    other = ask(dashboard().open("review", rec="local/ward8.csv"))
    assert widget(other, "selectbox", "_rate").value is None


@pytest.mark.parametrize("source", ["local", "upload"])
def test_a_layout_belongs_to_the_content_and_stays_with_the_file(folder: Path, tmp_path: Path, source: str) -> None:
    path = folder / "ward7.csv"
    keep_layout(path, source, LAYOUT)
    assert layout_of(path, source) == LAYOUT
    home = tmp_path / "home" / "layouts"
    assert home.exists() == (source == "local")
    if source == "local":
        (tmp_path / "elsewhere").mkdir()
        moved = Path(shutil.copy(path, tmp_path / "elsewhere" / "other.csv"))
        assert layout_of(moved, source) == LAYOUT
        assert not [one for one in home.iterdir() if "ward7" in one.name]
    path.write_text(path.read_text().replace("MLII", "MLIJ"))
    assert layout_of(path, source) is None


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"fs_hz": "fast"}', '{"columns": ["a"]}', '{"lead_names": "II"}', '{"fs_hz": true}', "[" * 50_000],
)
def test_a_layout_that_cannot_be_read_is_none(folder: Path, tmp_path: Path, content: str) -> None:
    path = folder / "ward7.csv"
    keep_layout(path, "local", LAYOUT)
    (kept,) = (tmp_path / "home" / "layouts").iterdir()
    kept.write_text(content)
    assert layout_of(path, "local") is None
    with pytest.raises(LayoutNeededError):
        library.locate("local/ward7.csv", str(folder)).open()


def test_a_folder_that_cannot_be_written_to_is_one_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "file"))
    with pytest.raises(SourceError, match="cannot be kept"):
        keep_layout(folder / "ward7.csv", "local", LAYOUT)


def test_what_is_said_anew_is_another_recording(folder: Path) -> None:
    keep_layout(folder / "ward7.csv", "local", LAYOUT)
    before = open_in_workspace("local/ward7.csv", str(folder))
    keep_layout(folder / "ward7.csv", "local", TableLayout(FS_HZ, "mV"))
    after = open_in_workspace("local/ward7.csv", str(folder))
    assert before.stamp != after.stamp
    assert before.recording.sha256 != after.recording.sha256


def test_lists_say_which_tables_have_needs_description_of(folder: Path) -> None:
    (folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"x" * 300)
    lines = {line.name: line for line in library.describe("local", library.in_folder(str(folder)).recordings)}
    assert lines["ward7.csv"].needs_description
    assert lines["ward7.csv"].recording is None
    assert not lines["broken.dcm"].needs_description
    assert lines["broken.dcm"].problem
    keep_layout(folder / "ward7.csv", "local", LAYOUT)
    (line,) = [
        line
        for line in library.describe("local", library.in_folder(str(folder)).recordings)
        if line.name == "ward7.csv"
    ]
    assert line.recording is not None
    assert not line.needs_description


def test_an_upload_of_a_table_is_told_of_and_opened(folder: Path) -> None:
    token, found = library.take_upload([("ward7.csv", (folder / "ward7.csv").read_bytes())])
    (line,) = library.uploaded([token])
    assert line.needs_description
    located = library.locate(line.rec, "")
    keep_layout(located.header, located.source, LAYOUT)
    assert library.locate(line.rec, "").open().lead_names == ("MLII", "V5")
    assert (found[0].path.parent / ".layouts").is_dir()


def test_each_column_has_a_trace_and_a_reason(dashboard: Open, folder: Path) -> None:
    opened = dashboard().open("review", rec="local/ward7.csv")
    ask(opened)
    assert opened.text.count('<img class="rs-trace"') == 3
    assert opened.text.count("named as an ECG lead") == 2
    assert "named as no ECG" in opened.text


def test_columns_of_times_that_contradict_each_other_are_a_question(dashboard: Open, folder: Path) -> None:
    rows = [f"{n / 250:.4f},{n * 5},{n % 90}" for n in range(4000)]
    (folder / "two.csv").write_text("\n".join(["time [s],timestamp [ms],II (uV)", *rows]))
    opened = dashboard().open("review", rec="local/two.csv")
    assert "contradict each other" in opened.text
    app = opened.app
    app.button(key="say_what_it_holds").click().run()
    assert "contradict each other" in opened.text
    assert widget(app, "button", "_open").disabled
    widget(app, "selectbox", "_times").set_value("2: timestamp").run()
    assert "20 s · 200 Hz" in opened.text
    widget(app, "button", "_open").click().run()
    assert not app.exception
    assert open_in_workspace("local/two.csv", str(folder)).recording.fs_hz == 200


def test_many_words_are_a_question_that_a_person_answers(dashboard: Open, folder: Path) -> None:
    cells = ["off" if 500 < n < 900 else str(n % 90) for n in range(4000)]
    (folder / "off.csv").write_text("\n".join(["# fs: 250", "II (uV),n", *(f"{cell},1" for cell in cells)]))
    opened = dashboard().open("review", rec="local/off.csv")
    assert "399 of 4,000 values of II" in opened.text
    app = opened.app
    app.button(key="say_what_it_holds").click().run()
    widget(app, "checkbox", "_gaps").check().run()
    widget(app, "button", "_open").click().run()
    assert not app.exception
    recording = open_in_workspace("local/off.csv", str(folder)).recording
    assert int(np.isnan(recording.read()).sum()) == 399
    assert ("cells that are no numbers", "gaps") in recording.user_metadata


def test_what_was_noticed_stands_above_the_desk_and_can_be_changed(dashboard: Open, folder: Path) -> None:
    rows = [f"{(n + 2500 * (n > 1000)) / 250:.3f},{n % 90}" for n in range(4000)]
    (folder / "gap.csv").write_text("\n".join(["time_s,II_uV", *rows]))
    opened = dashboard().open("review", rec="local/gap.csv")
    assert "10 s at 4.0 s; shown as a gap" in opened.text
    opened.app.button(key="change_layout").click().run()
    assert not opened.app.exception
    widget(opened.app, "selectbox", "_rate").set_value("250").run()
    widget(opened.app, "button", "_open").click().run()
    assert not opened.app.exception
    assert open_in_workspace("local/gap.csv", str(folder)).recording.n_samples == 4000
