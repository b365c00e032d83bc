"""Requests that make no sense: one sentence each, never a traceback, and nothing of the recording in the log."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import pytest
from asgi_client import Answered
from desk_client import DeskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecg_core.logs import LineFormatter
from ecg_core.review.edits import parse_edit
from pages.api import get_handlers
from pages.api.routes import _GET, MAX_POST_BYTES
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

SHARED = settings(max_examples=60)

NONSENSE = st.one_of(
    st.text(max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.sampled_from(["nan", "inf", "-1", "1e9", "0x10", "１", "", "1.5", "none,none", "baseline,baseline", "null"]),
)
PARAMETERS = {
    "span": ("first", "count", "points_per_s", "filter"),
    "disclosure": ("start_s", "minutes", "width", "lead", "filter"),
    "changes": ("since",),
    "saliency": ("beats", "target"),
}
SENSE: dict[str, dict[str, object]] = {
    "span": {"first": 0, "count": 1},
    "disclosure": {"start_s": 0, "minutes": 1, "width": 50},
    "changes": {"since": 0},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def assert_refused(answer: Answered, *statuses: int) -> None:
    assert answer.status_code in (statuses or (400,)), (answer.status_code, answer.content[:200])
    problem = answer.json()["problem"]
    assert set(answer.json()) == {"problem"}
    assert problem.endswith(".")
    assert "Traceback" not in problem
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("span", {}),
        ("span", {"first": "nan"}),
        ("span", {"first": -1}),
        ("span", {"first": 0, "count": 17}),
        ("span", {"first": 0, "count": 0}),
        ("span", {"first": "1e3"}),
        ("span", {"first": 10**30}),
        ("span", {"first": 0, "points_per_s": "nan"}),
        ("span", {"first": 0, "points_per_s": "inf"}),
        ("span", {"first": 0, "points_per_s": 0}),
        ("span", {"first": 0, "points_per_s": 10**12}),
        ("span", {"first": 0, "filter": "baseline,loud"}),
        ("span", {"first": 0, "filter": ""}),
        ("disclosure", {"start_s": "nan", "minutes": 1, "width": 100}),
        ("disclosure", {"start_s": -0.5, "minutes": 1, "width": 100}),
        ("disclosure", {"start_s": 0, "minutes": 61, "width": 100}),
        ("disclosure", {"start_s": 0, "minutes": 1, "width": 10**9}),
        ("disclosure", {"start_s": 0, "minutes": 1, "width": 0}),
        ("disclosure", {"start_s": 0, "minutes": 1, "width": 100, "lead": 3}),
        ("disclosure", {"start_s": 0, "minutes": 1, "width": 100, "lead": -1}),
        ("changes", {"since": -1}),
        ("changes", {}),
        ("saliency", {"beats": ""}),
        ("saliency", {"beats": ",".join(["1"] * 65)}),
        ("saliency", {"beats": "1", "target": "X"}),
        ("saliency", {"beats": str(2**31)}),
    ],
)
def test_parameters_without_sense_are_refused(client: DeskClient, path: str, params: dict[str, object]) -> None:
    assert_refused(client.ask(path, **params))


@SHARED
@given(st.data())
def test_no_parameters_lead_to_a_failure(client: DeskClient, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(SENSE)))
    changed = data.draw(st.dictionaries(st.sampled_from(PARAMETERS[path]), NONSENSE, min_size=1))
    params = {**SENSE[path], **{name: value.encode("utf-8", "replace") for name, value in changed.items()}}
    answer = client.ask(path, **params)
    if answer.status_code not in (200, 204):
        assert_refused(answer, 400, 404)


@SHARED
@given(st.sampled_from(["edits", "undo", "redo", "families/split", "import"]), JSON, st.binary(max_size=20))
@example("edits", {"edits": [{"uuid": "a", "action": "relabel", "beats": [[]], "label": "V"}]}, b"")
@example("edits", {"edits": [{"action": "add", "beat": -1, "sample": 5, "label": "N"}]}, b"")
@example("edits", {"edits": [{"uuid": "a", "action": "undo", "entry": 1}]}, b"")
@example("edits", {"edits": [], "since": True}, b"")
@example("families/split", {"family": -1}, b"")
@example("import", {"log": [1]}, b"")
def test_no_body_leads_to_a_failure(client: DeskClient, path: str, body: Any, raw: bytes) -> None:
    for answer in (client.send(path, body), client.send(path, raw)):
        if answer.status_code != 200:
            assert_refused(answer, 400, 422)
        else:
            assert path in ("undo", "redo")


def test_a_body_that_is_too_long_is_not_read(client: DeskClient) -> None:
    assert_refused(client.send("edits", b" " * (MAX_POST_BYTES + 1)), 413)
    # A log of edits may be longer.
    assert_refused(client.send("import", b'{"log": "' + b"x" * MAX_POST_BYTES + b'"}'), 422)
    assert_refused(client.send("import", b" " * (16 * 2**20 + 1)), 413)


def test_deeply_nested_json_is_refused(client: DeskClient) -> None:
    assert_refused(client.send("edits", b"[" * 100_000), 400)


POSTED = ["edits", "undo", "redo", "families/split", "job", "place", "identity", "import"]
HALVES = [b"\\ud800", b"x\\uDFFFy", b"\\udc00\\ud800", b"\xed\xa0\x80", b"\xff"]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("path", POSTED)
def test_half_a_character_anywhere_is_refused(client: DeskClient, path: str, half: bytes) -> None:
    edit = b'"action": "relabel", "beats": [1], "label": "V"'
    for body in (
        b'{"uuid": "%s", "family": 0}' % half,
        b'{"%s": 1}' % half,
        b'{"edits": [{"uuid": "%s", %s}]}' % (half, edit),
        b'{"log": {"entries": [[{"person": "%s"}]]}}' % half,
        b'{"do": "classify", "deep": [[{"a": [1, "%s"]}]]}' % half,
    ):
        assert_refused(client.send(path, body))
    assert client.state()["revision"] == 0


def test_whole_characters_beyond_the_first_plane_are_taken(client: DeskClient) -> None:
    beat = client.packed("beats")[1]["id"][0].item()
    for text in (b"\\ud83d\\udc93", "💓".encode()):
        edit = b'{"uuid": "%s", "action": "relabel", "beats": [%d], "label": "V"}' % (text, beat)
        assert client.send("edits", b'{"edits": [%s]}' % edit).status_code == 200
    assert len(client.ask("export/log.json").json()["entries"]) == 1


@pytest.mark.parametrize("uuid", ["a\x00", "a\u202e", "\u2067", " ", "a" * 81])
def test_a_uuid_that_cannot_be_read_is_refused(client: DeskClient, uuid: str) -> None:
    edit = {"uuid": uuid, "action": "relabel", "beats": [1], "label": "V"}
    assert_refused(client.send("edits", {"edits": [edit]}))
    for path in ("undo", "redo"):
        assert_refused(client.send(path, {"uuid": uuid}))


def test_another_edit_under_a_known_uuid_is_refused_for_good(client: DeskClient) -> None:
    first, second = client.packed("beats")[1]["id"][:2].tolist()
    edit = {"uuid": "a", "action": "relabel", "beats": [first], "label": "V"}
    assert client.send("edits", {"edits": [edit]}).status_code == 200
    assert client.send("edits", {"edits": [edit]}).status_code == 200  # an answer that was lost
    for path, body in (
        ("edits", {"edits": [{**edit, "beats": [second]}]}),
        ("edits", {"edits": [{**edit, "uuid": "b"}, {**edit, "label": "S"}]}),
        ("undo", {"uuid": "a"}),
        ("redo", {"uuid": "a"}),
        ("families/split", {"uuid": "a", "family": 0}),
    ):
        answer = client.send(path, body)
        assert answer.status_code == 409, (path, answer.text)
        assert answer.json()["final"] is True
        assert answer.json()["problem"].endswith(".")
    assert len(client.ask("export/log.json").json()["entries"]) == 1


def test_one_bad_edit_among_good_ones_leaves_all_undone(client: DeskClient) -> None:
    good = {"uuid": "good", "action": "add", "beat": -5, "sample": 900, "label": "V"}
    parse_edit(good)
    answer = client.send("edits", {"edits": [good, {"uuid": "bad", "action": "add"}]})
    assert_refused(answer, 422)
    assert -5 not in client.packed("beats")[1]["id"]


def test_what_was_not_foreseen_is_logged_without_the_patient(
    client: DeskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Jane Doe, 1931")

    monkeypatch.setattr(get_handlers, "recording_facts", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.ask("state")
    assert_refused(answer, 500)
    told = LineFormatter().format(caplog.records[-1])
    assert "Jane Doe" not in answer.text + caplog.text + told
    assert "RuntimeError" in told
    assert "broken" in told


def test_other_methods_are_not_there(client: DeskClient) -> None:
    assert client.send("state", {}).status_code == 405
    assert client.ask("edits").status_code == 405
    assert client.ask("nothing").status_code == 404


def test_answers_are_json_that_browsers_read(classified: OpenedRecording) -> None:
    """Python writes NaN, which no browser reads."""
    text = DeskClient(classified).ask("state").text

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(text, parse_constant=refuse)
    assert np.isfinite(json.loads(text)["recording"]["fs_hz"])


@pytest.mark.parametrize("path", sorted(_GET))
def test_a_head_request_does_nothing(demo: OpenedRecording, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starlette adds HEAD to every GET; the handlers of some begin jobs, or use up what they send."""
    client = DeskClient(demo)
    for watched in ("submit", "drop"):
        monkeypatch.setattr(ANALYSIS_JOBS, watched, lambda *_: pytest.fail("a job was begun or dropped"))
    answer = client.head(path, key="none")
    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["allow"] == "GET"
