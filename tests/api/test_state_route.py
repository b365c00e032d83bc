"""The state of a recording: facts at once, then beats, then classes, with the job that is under way."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from desk_client import DeskClient, wait_for_jobs
from teller import Teller

from ecg_core.analysis import Analysis, analyse
from ecg_core.errors import RecordingError
from ecg_core.recording import Lead, from_array
from pages.api.facts import recording_facts
from pages.services import workspace
from pages.services.workspace import OpenedRecording


def test_facts_are_there_while_beats_are_being_found(demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(*args: object, **kwargs: object) -> Analysis:
        gate.wait(30)
        return analyse(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("pages.services.analysis_jobs.analyse", slow)
    client = DeskClient(demo)
    client.detect()
    state = client.state()
    assert state["stage"] == "beats"
    assert state["job"]["what"] == "beats"
    assert state["job"]["problem"] is None
    facts, recording = state["recording"], demo.recording
    assert (facts["rec"], facts["name"]) == ("demo/demo_pvc", "demo_pvc")
    assert (facts["fs_hz"], facts["n_samples"], facts["duration_s"]) == (360, 108_000, 300)
    assert facts["synthetic"] is True
    assert facts["annotators"] == ["atr"]
    assert [lead["name"] for lead in facts["leads"]] == list(recording.lead_names)
    for at, lead in enumerate(facts["leads"]):
        assert lead["range_mv"][0] < 0 < lead["range_mv"][1]
        assert lead["offset_mv"] == pytest.approx(float(np.median(recording.read()[:, at])), abs=0.1)
    assert state["summary"] is None
    assert state["episodes"] is None
    assert state["families"] == []
    assert state["history"] == {"undo": None, "redo": None}
    meta, arrays = client.packed("beats")
    assert meta["revision"] == 0
    assert {len(column) for column in arrays.values()} == {0}
    gate.set()
    wait_for_jobs()
    assert client.state()["stage"] == "found"


def test_beats_that_are_found_have_no_class_yet(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    client.detect()
    wait_for_jobs()
    state = client.state()
    assert state["stage"] == "found"
    assert state["job"] is None
    assert state["model"]["name"]
    assert state["summary"]["n_by_class"] is None
    assert state["summary"]["n_beats"] > 300
    assert state["revision"] == 0
    _, arrays = client.packed("beats")
    assert len(arrays["id"]) == state["summary"]["n_beats"]
    assert (arrays["label"] == 255).all()
    assert (arrays["p"] == 255).all()
    assert (np.diff(arrays["sample"]) > 0).all()
    assert client.ask("changes", since=0).status_code == 409


def test_what_follows_from_classified_beats(client: DeskClient, classified: OpenedRecording) -> None:
    state, analysis = client.state(), classified.analysis
    assert analysis is not None
    assert state["stage"] == "classified"
    assert state["model"] == {"name": "teller", "device": "none", "sha256": "7e11e4" * 10}
    assert state["summary"]["n_by_class"] == analysis.summary.n_by_class
    assert analysis.findings is not None
    by_rhythm = analysis.findings.in_named_vt(analysis.beats["sample"].to_numpy())
    assert state["summary"]["n_uncertain"] == sum(at % 7 == 6 and not sure for at, sure in enumerate(by_rhythm))
    episodes = state["episodes"]
    assert len({len(column) for column in episodes.values()}) == 1
    listed = analysis.episodes[~analysis.episodes["kind"].isin(["SINGLE_V", "SINGLE_S"])]  # these come apart
    assert sorted(episodes["start_sample"]) == sorted(listed["start_sample"])
    keys = [f"{kind}:{start}" for kind, start in zip(episodes["kind"], episodes["start_sample"], strict=True)]
    assert episodes["key"] == keys
    assert set(episodes["sign"]) <= set("VS~–↓↑×")
    families = state["families"]
    assert sum(family["n_beats"] for family in families) == len(analysis.beats)
    beats = set(analysis.beats["sample"])
    for family, known in zip(families, analysis.templates.families, strict=True):  # type: ignore[union-attr]
        assert family["typical_id"] in beats
        for told, wave_mv in (("mean_mv", known.mean_mv), ("spread_mv", known.spread_mv)):
            np.testing.assert_allclose(family[told], wave_mv, atol=6e-4)
        assert len(family["mean_mv"][0]) == len(state["family_offsets_s"])
    assert state["quality"]["seconds"] == 300
    assert len(state["quality"]["unreadable"]) == len(classified.recording.leads)


def test_the_beat_that_is_typical_of_a_family_may_be_deleted(client: DeskClient) -> None:
    typical = client.state()["families"][0]["typical_id"]
    meta, _ = client.edit(0, {"action": "delete", "beats": [[typical, typical]]})
    assert meta["derived"]["families"][0]["typical_id"] is None


def test_an_edited_beat_is_not_uncertain(client: DeskClient) -> None:
    before = client.state()["summary"]["n_uncertain"]
    doubtful = int(client.packed("beats")[1]["id"][6])
    meta, _ = client.edit(0, {"action": "relabel", "beats": [doubtful], "label": "N"})
    assert meta["derived"]["summary"]["n_uncertain"] == before - 1


def test_a_job_that_failed_says_why_and_is_tried_again(demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = [RecordingError("demo_pvc.dat can no longer be read.")]

    def failing(*args: object, **kwargs: object) -> Analysis:
        if problems:
            raise problems.pop()
        return analyse(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("pages.services.analysis_jobs.analyse", failing)
    client = DeskClient(demo)
    client.detect()
    wait_for_jobs()
    told = client.state()
    assert told["stage"] == "beats"
    assert told["job"]["problem"] == "demo_pvc.dat can no longer be read."
    client.send("job", {"do": "retry"})
    wait_for_jobs()
    assert client.state()["job"] is None
    assert client.state()["stage"] == "found"


def test_classification_is_begun_cancelled_and_begun_again(
    demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow(recording: object, model: object = None, *, progress: object = None, **kwargs: object) -> Analysis:
        if model is None:
            return analyse(recording, None, group=False)  # type: ignore[arg-type]
        progress("Classifying beats", 0.25)  # type: ignore[operator]
        begun.set()
        gate.wait(30)
        progress("Classifying beats", 0.5)  # type: ignore[operator]
        return analyse(recording, Teller())  # type: ignore[arg-type]

    monkeypatch.setattr("pages.services.analysis_jobs.analyse", slow)
    monkeypatch.setattr("pages.services.analysis_jobs.load_network", lambda progress: Teller())
    client = DeskClient(demo)
    early = client.send("job", {"do": "classify"})
    assert early.status_code in (200, 422)
    wait_for_jobs_found(client)
    assert client.send("job", {"do": "classify"}).json()["job"]["what"] == "classes"
    assert begun.wait(30)
    job = client.state()["job"]
    assert (job["stage"], job["share"]) == ("Classifying beats", 0.25)
    client.send("job", {"do": "cancel"})
    gate.set()
    wait_for_jobs()
    state = client.state()
    assert (state["stage"], state["job"]) == ("found", None)
    client.send("job", {"do": "classify"})
    wait_for_jobs()
    assert client.state()["stage"] == "classified"


def wait_for_jobs_found(client: DeskClient) -> None:
    client.detect()
    wait_for_jobs()
    assert client.state()["stage"] == "found"


def test_beats_found_while_the_state_is_written_are_told_with_their_stage_or_not_at_all(
    demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = DeskClient(demo)
    found = analyse(demo.recording, None)

    def just_then(*_: object) -> None:
        demo.keep(found)

    monkeypatch.setattr(workspace, "restore", lambda _: False)
    monkeypatch.setattr("pages.api.get_handlers.job", just_then)
    state = client.state()
    assert (state["stage"], state["summary"]) == ("beats", None)
    state = client.state()
    assert (state["stage"], state["summary"]["n_beats"]) == ("found", len(found.beats))


def test_texts_of_files_stay_texts() -> None:
    hostile = "<img src=x onerror=alert(1)>\u2028\ud800"
    recording = from_array(np.zeros((500, 1), dtype=np.float32), 100.0, [hostile], hostile)
    client = DeskClient(workspace.in_workspace(OpenedRecording(hostile, recording, ("hostile", 0, 0))))
    answer = client.ask("state")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    facts = answer.json()["recording"]
    assert facts["name"] == facts["leads"][0]["name"] == "<img src=x onerror=alert(1)> \ufffd"
    client.detect()
    wait_for_jobs()
    assert client.state()["stage"] == "found"
    assert client.state()["summary"]["n_beats"] == 0


def test_reopening_after_leaving_the_desk_finds_the_beats_again(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    wait_for_jobs_found(client)
    workspace.clear()
    wait_for_jobs_found(client)


def test_a_recording_whose_files_went_away_says_so() -> None:
    def gone(*_: object) -> np.ndarray:
        raise RecordingError("x.dat can no longer be read: No such file or directory.")

    broken = replace(from_array(np.zeros((5000, 1)), 100.0), read_span=gone)
    client = DeskClient(workspace.in_workspace(OpenedRecording("local/x", broken, ("x", 0, 0))))
    answer = client.ask("span", first=0)
    assert answer.status_code == 422
    assert answer.json() == {"problem": "x.dat can no longer be read: No such file or directory."}


def test_a_lead_without_calibration_is_drawn_as_high_as_an_ecg() -> None:
    wave = 300 * np.sin(np.arange(20_000) / 40)[:, None] * np.ones((1, 2))
    recording = from_array(wave, 250.0, ["II", "V1"])
    bare = replace(recording, leads=(Lead("II", calibrated=False), Lead("V1")))
    leads = recording_facts(OpenedRecording("local/x", bare, ("x", 0, 0)))["leads"]
    assert leads[1]["scale"] == 1
    low, high = leads[0]["range_mv"]
    assert 1 < leads[0]["scale"] * (high - low) < 3


def test_notes_of_doubtful_leads_are_told_apart_for_the_strip() -> None:
    doubtful, other = "Lead aVL looks inverted against the limb leads that it is made of.", "It ends early."
    recording = replace(from_array(np.zeros((100, 1)), 100.0), notes=(other, doubtful))
    facts = recording_facts(OpenedRecording("local/x", recording, ("x", 0, 0)))
    assert facts["lead_notes"] == [doubtful]
    assert facts["notes"] == [other, doubtful]


def test_the_clock_is_the_second_of_the_day_where_known() -> None:
    recording = from_array(np.zeros((100, 1)), 100.0)
    started = replace(recording, start_time=datetime(2020, 5, 1, 14, 3, 2, 500_000))
    clock_s = [
        recording_facts(OpenedRecording("local/x", each, ("x", 0, 0)))["clock_s"] for each in (started, recording)
    ]
    assert clock_s == [14 * 3600 + 3 * 60 + 2.5, None]
