"""Jobs are started by POST requests and by pages; GET requests answer with the state and start nothing."""

from __future__ import annotations

import threading

import pytest
from desk_client import DeskClient, wait_for_jobs

from pages.api.routes import PREFIX, ROUTES
from pages.services.job_executor import ANALYSIS_JOBS, DOWNLOAD_JOBS
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

GET_PATHS = sorted(
    {
        route.path.removeprefix(f"{PREFIX}/")
        for route in ROUTES
        if route.methods is not None and "GET" in route.methods and route.path.startswith(PREFIX)
    }
)
PARAMS: dict[str, dict[str, object]] = {
    "edit": {"beat": 198},
    "span": {"first": 0},
    "disclosure": {"start_s": 0, "minutes": 1, "width": 50},
    "saliency": {"beats": "198"},
    "changes": {"since": 0},
    "waves": {"start_s": 0, "stop_s": 10},
    "family": {"family": 0},
    "criteria": {"beat": 198},
    "episode_criteria": {"kind": "VT", "start": 0, "stop": 1000},
    "variability": {"start_s": 0, "stop_s": 10},
    "export/signal": {"key": "absent"},
    "export/signal/file": {"key": "absent"},
}


def jobs() -> tuple[list[object], set[str]]:
    return (
        [*ANALYSIS_JOBS._jobs, *DOWNLOAD_JOBS._jobs],
        {thread.name for thread in threading.enumerate() if thread.name.startswith("job ")},
    )


@pytest.mark.parametrize("path", GET_PATHS)
def test_no_get_request_starts_a_job_on_a_recording_without_analysis(demo: OpenedRecording, path: str) -> None:
    before = jobs()
    answer = DeskClient(demo).ask(path, **PARAMS.get(path, {}))
    assert answer.status_code in (200, 204, 404, 409, 503), answer.text
    assert jobs() == before
    assert demo.analysis is None


@pytest.mark.parametrize("path", GET_PATHS)
def test_no_get_request_starts_a_job_on_a_classified_recording(client: DeskClient, path: str) -> None:
    before = jobs()
    answer = client.ask(path, **PARAMS.get(path, {}))
    assert answer.status_code in (200, 204, 404, 409, 422), answer.text
    assert jobs() == before


def test_a_state_without_beats_says_that_no_job_is_under_way_and_a_post_starts_one(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    state = client.state()
    assert (state["stage"], state["job"]) == ("beats", None)
    assert ANALYSIS_JOBS.load().running == ANALYSIS_JOBS.load().waiting == 0
    started = client.detect()
    assert started["stage"] == "found" or started["job"]["what"] == "beats"
    wait_for_jobs()
    assert client.state()["stage"] == "found"


def test_an_edit_of_a_recording_whose_beats_have_gone_has_them_detected(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    edit = {"uuid": "a", "action": "relabel", "beats": [1], "label": "V"}
    assert client.send("edits", {"edits": [edit], "since": 0}).status_code == 503
    wait_for_jobs()
    assert client.state()["stage"] == "found"


def test_no_property_of_an_open_recording_starts_a_job(demo: OpenedRecording) -> None:
    assert demo.unreadable is None
    assert len(demo.abnormal()) == 0
    assert demo.reference() is not None
    assert demo.lanes.range_mv.shape[0] == len(demo.recording.leads)
    assert not ANALYSIS_JOBS._jobs
