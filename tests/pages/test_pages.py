"""Every page as a person meets it, without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import wfdb
from dashboard_for_tests import ROOT, Dashboard

from ecg_core.errors import SourceError
from ecg_core.review.edits import parse_edit
from ecg_core.rhythm import KIND_NAMES
from ecg_core.rhythm.episode_types import NOT_ASSESSED
from pages.services import workspace
from pages.services.job_executor import DOWNLOAD_JOBS
from pages.services.review_sessions import review_session_of
from pages.services.tokens import grant_of
from pages.services.workspace import open_in_workspace
from pages.ui import state

pytestmark = pytest.mark.slow

DEMOS = ROOT / "assets" / "demo"
REMINDER = "decision support, not a diagnosis"

Open = Callable[[], Dashboard]


@pytest.mark.parametrize("page", ["", "review", "report", "screening", "explain", "teaching", "model", "about"])
def test_each_page_opens_without_a_recording_and_reminds_what_it_is(dashboard: Open, page: str) -> None:
    opened = dashboard().open(page)
    assert REMINDER in opened.text
    if page in ("review", "report", "explain"):
        assert "No recording is open" in opened.text


def test_a_link_opens_at_its_place(dashboard: Open) -> None:
    opened = dashboard().open(rec="demo/demo_pvc", t="85", ref="1")
    assert opened.desk["rec"] == "demo/demo_pvc"
    assert opened.desk["start_s"] == 85
    assert opened.desk["reference"] is True
    assert opened.app.query_params["t"] in ("85", ["85"])


def test_a_token_stays_while_a_recording_is_open_and_opens_nothing_else(dashboard: Open) -> None:
    opened = dashboard().open("review", rec="demo/demo_sinus")
    token = opened.desk["token"]
    opened.app.run()
    assert opened.desk["token"] == token
    grant = grant_of(token)
    assert grant is not None
    assert grant.recording().rec == "demo/demo_sinus"
    other = dashboard().open("review", rec="demo/demo_sinus").desk["token"]
    assert other != token
    assert grant_of(token[:-1]) is None


def test_beats_are_looked_for_once_a_recording_is_opened(dashboard: Open) -> None:
    dashboard().open("review", rec="demo/demo_sinus")
    found = open_in_workspace("demo/demo_sinus", "").analysis
    assert found is not None
    assert found.summary.n_beats > 300


@pytest.mark.parametrize(
    ("rec", "said"),
    [
        ("demo/no_such", "is not here"),
        ("demo/../../pyproject", "names no recording"),
        ("local/mitdb/100", "needs a local folder"),
        ("/etc/passwd", "names no recording"),
        ("physionet/mitdb/100", "has not been fetched"),
        ("upload/abc/100", "no longer here"),
        ("<b>x</b>/y", "&lt;b&gt;x&lt;/b&gt;/y names no recording"),
        ("demo/a\0b", "is not here"),
    ],
)
@pytest.mark.parametrize("page", ["review", "report", "explain"])
def test_a_link_to_nothing_is_one_sentence(dashboard: Open, page: str, rec: str, said: str) -> None:
    opened = dashboard().open(page, rec=rec)
    assert said in opened.text
    assert REMINDER in opened.text


def test_nonsense_in_a_link_falls_back_to_defaults(dashboard: Open) -> None:
    opened = dashboard().open("review", rec="demo/demo_pvc", t="nan", beat="-5", ref="yes")
    assert (opened.desk["start_s"], opened.desk["beat"], opened.desk["reference"]) == (0, None, False)


def test_the_about_page_names_every_kind_that_is_never_looked_for(dashboard: Open) -> None:
    text = dashboard().open("about").text
    assert all(KIND_NAMES[kind] in text for kind in NOT_ASSESSED)
    assert "does not recognise pacing" not in text


def test_state_survives_moving_between_pages(dashboard: Open) -> None:
    opened = dashboard().open("review", rec="demo/demo_pvc", t="85")
    opened.app.query_params.clear()
    opened.open("about")
    opened.open("review")
    assert (opened.desk["rec"], opened.desk["start_s"]) == ("demo/demo_pvc", 85)


@pytest.mark.tensorflow
def test_classifies_and_explains_a_beat(dashboard: Open, tiny_model: Path) -> None:
    opened = dashboard().open("explain", rec="demo/demo_pvc", t="60").click("classify_beats")
    analysis = open_in_workspace("demo/demo_pvc", "").analysis
    assert analysis is not None
    assert analysis.classified
    assert f"{analysis.summary.burden_v_percent:.1f} % V" in opened.text
    assert "classify_beats" not in opened.buttons()

    sample = int(analysis.beats["sample"].iloc[40])
    opened.app.query_params.clear()
    opened.open("explain", rec="demo/demo_pvc", beat=str(sample))
    assert "number 41 of" in opened.text
    assert "Grad-CAM shows where in the waveform the network looked" in opened.text
    assert "RR intervals together, against a regular rhythm" in opened.text
    opened.click("explain_next")
    assert "number 42 of" in opened.text
    opened.app.button_group(key="explain_scope").set_value("Class over the recording").run()
    assert "Mean of" in opened.settle().text


@pytest.mark.tensorflow
def test_a_classification_in_the_cache_is_taken_at_once(dashboard: Open, tiny_model: Path) -> None:
    dashboard().open("explain", rec="demo/demo_sinus").click("classify_beats")
    workspace.clear()
    workspace.ANALYSIS_JOBS.clear()
    dashboard().open("review", rec="demo/demo_sinus")
    found = open_in_workspace("demo/demo_sinus", "").analysis
    assert found is not None
    assert found.classified


def test_without_a_model_classifying_says_what_is_missing(
    dashboard: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecg_core.classification.model.MODELS_FOLDER", tmp_path)
    opened = dashboard().open("explain", rec="demo/demo_sinus").click("classify_beats")
    assert "is not a model folder" in opened.text
    assert ">demo_sinus<" in opened.text
    assert "is not a model folder" in dashboard().open("model").text


def test_a_hostile_header_is_shown_literally(dashboard: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(DEMOS / "demo_sinus.dat", folder / "demo_sinus.dat")
    header = (DEMOS / "demo_sinus.hea").read_text()
    (folder / "evil.hea").write_text(
        header.replace("demo_sinus 3", "evil 3").replace("MLII", "<img onerror=alert(1)>").replace("V5", "**x**")
    )
    monkeypatch.setenv("ECG_DATA", str(folder))
    opened = dashboard().open("explain", rec="local/evil")
    assert "<img" not in opened.text
    assert "&lt;img onerror=alert(1)&gt;" in opened.text


def test_a_header_that_leads_outside_is_refused_in_one_sentence(
    dashboard: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "out.hea").write_text("out 1 360 1000\n../secret.dat 16 200 12 0 0 0 0 II\n")
    (tmp_path / "secret.dat").write_bytes(bytes(2000))
    monkeypatch.setenv("ECG_DATA", str(tmp_path / "data"))
    opened = dashboard().open("review", rec="local/out")
    assert 'role="alert"' in opened.text
    assert "secret.dat" in opened.text


def test_a_recording_removed_meanwhile_is_one_sentence(
    dashboard: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("demo_sinus.hea", "demo_sinus.dat"):
        shutil.copy(DEMOS / name, tmp_path / name)
    monkeypatch.setenv("ECG_DATA", str(tmp_path))
    opened = dashboard().open("review", rec="local/demo_sinus")
    assert opened.desk["rec"] == "local/demo_sinus"
    (tmp_path / "demo_sinus.hea").unlink()
    opened.app.run()
    assert "is not here (any more)" in opened.settle().text


def test_events_are_words_not_codes(dashboard: Open) -> None:
    dashboard().open("review", rec="demo/demo_brady_pause_tachy")
    analysis = open_in_workspace("demo/demo_brady_pause_tachy", "").analysis
    assert analysis is not None
    assert set(analysis.episodes["kind"]) <= set(KIND_NAMES)
    assert "PAUSE" in set(analysis.episodes["kind"])


def test_a_local_folder_that_is_not_there_or_not_allowed_is_one_sentence(dashboard: Open, tmp_path: Path) -> None:
    opened = dashboard().open()
    opened.app.text_input(key="recordings_folder").set_value(f"{tmp_path}/none").run()
    assert f"There is no folder {tmp_path}/none" in opened.text
    opened.app.text_input(key="recordings_folder").set_value("/etc").run()
    assert "The folder /etc is not one that this dashboard may open" in opened.text
    assert "RHYTHMOSCOPE_ROOTS" in opened.text


def test_a_fetch_that_failed_says_why_and_can_be_tried_again(dashboard: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fetch(name: str, _: object) -> str:
        tried.append(name)
        if len(tried) == 1:
            raise SourceError("PhysioNet could not be reached.")
        return "demo/demo_af"

    monkeypatch.setattr("pages.services.library.fetch", fetch)
    opened = dashboard().open()
    opened.app.text_input(key="recordings_fetch").set_value("mitdb/208")
    opened.app.button(key="recordings_fetch_go").click().run()
    for _ in range(3):
        opened.settle(DOWNLOAD_JOBS)
    assert "PhysioNet could not be reached." in opened.text
    opened.app.button(key="fetch_again").click().run()
    for _ in range(3):
        opened.settle(DOWNLOAD_JOBS)
    assert tried == ["mitdb/208", "mitdb/208"]
    assert opened.settle().desk["rec"] == "demo/demo_af"


@pytest.mark.data
def test_a_real_recording_opens_from_the_data_folder(
    dashboard: Open, ecg_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_DATA", str(ecg_data))
    opened = dashboard().open("explain", rec="local/mitdb/208", t="600")
    assert "F 23" in opened.text
    reference, _ = wfdb.rdann(str(ecg_data / "mitdb" / "208"), "atr").sample, None
    analysis = open_in_workspace("local/mitdb/208", state.library.default_folder()).analysis
    assert analysis is not None
    assert abs(analysis.summary.n_beats - len(reference)) < 0.1 * len(reference)


@pytest.mark.tensorflow
def test_explain_tells_what_a_person_made_of_the_beat(dashboard: Open, tiny_model: Path) -> None:
    dashboard().open("explain", rec="demo/demo_sinus").click("classify_beats")
    opened = open_in_workspace("demo/demo_sinus", "")
    session = review_session_of(opened)
    assert session is not None
    first, second, third = (int(sample) for sample in session.state.sample[20:23])
    session.edit("anna", [("one", parse_edit({"action": "relabel", "beats": [first], "label": "V"}))])
    session.edit("anna", [("two", parse_edit({"action": "delete", "beats": [[second, second]]}))])
    assert "relabelled it V" in dashboard().open("explain", rec="demo/demo_sinus", beat=str(first)).text
    assert "A person has deleted this beat" in dashboard().open("explain", rec="demo/demo_sinus", beat=str(second)).text
    assert "A person has" not in dashboard().open("explain", rec="demo/demo_sinus", beat=str(third)).text
