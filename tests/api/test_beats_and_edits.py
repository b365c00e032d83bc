"""Beats and what people do to them: patches lead to the same table as fetching it anew, for everybody."""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from desk_client import Arrays, DeskClient, patched, wait_for_jobs
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats import PROBABILITY_COLUMNS
from ecg_core.review import database
from ecg_core.review.state import MARK_BITS
from pages.services import workspace
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


def assert_same(one: Arrays, other: Arrays) -> None:
    assert list(one) == list(other)
    for name, column in one.items():
        np.testing.assert_array_equal(column, other[name], err_msg=name)


def test_beats_are_those_of_the_analysis(client: DeskClient, classified: OpenedRecording) -> None:
    meta, arrays = client.packed("beats")
    beats = classified.analysis.beats  # type: ignore[union-attr]
    assert meta["revision"] == 0
    assert meta["fs_hz"] == classified.recording.fs_hz
    np.testing.assert_array_equal(arrays["id"], beats["sample"])
    np.testing.assert_array_equal(arrays["sample"], beats["sample"])
    assert ["NSVFQ"[code] for code in arrays["label"]] == beats["label"].tolist()
    np.testing.assert_allclose(arrays["p"] / 255, beats[list(PROBABILITY_COLUMNS)], atol=0.5 / 255 + 1e-6)
    assert not arrays["edited"].any()
    np.testing.assert_array_equal(arrays["quality"], beats["quality"])
    np.testing.assert_array_equal(arrays["family"], beats["template"])
    distance = classified.analysis.templates.distance  # type: ignore[union-attr]
    told = arrays["distance"].astype(float) * meta["distance_scale"]
    known = np.isfinite(distance)
    np.testing.assert_allclose(told[known], distance[known], atol=0.51 * meta["distance_scale"])
    assert (arrays["distance"][~known] == 255).all()


def test_an_edit_is_answered_with_what_it_changed(client: DeskClient) -> None:
    _, before = client.packed("beats")
    chosen = int(before["id"][10])
    meta, arrays = client.edit(0, {"action": "relabel", "beats": [chosen], "label": "F"})
    assert not meta["full"]
    assert arrays["id"].tolist() == [chosen]
    assert arrays["label"].tolist() == [3]
    assert arrays["edited"].tolist() == [1]
    assert not len(arrays["removed"])
    assert meta["derived"]["summary"]["n_by_class"]["F"] == 1
    assert meta["derived"]["history"]["undo"]["text"] == "1 beat to F"
    assert meta["derived"]["revision"] > 0


EVERY_EDIT: list[dict[str, Any]] = [
    {"action": "relabel", "beats": ["@3", "@4"], "label": "V"},
    {"action": "relabel_span", "start_sample": 2000, "stop_sample": 9000, "label": "S"},
    {"action": "relabel_family", "family": 0, "label": "F"},
    {"action": "add", "beat": -7, "sample": 500, "label": "V"},
    {"action": "move", "beat": "@5", "from_sample": "@5", "to_sample": 4000},
    {"action": "delete", "beats": [["@6", "@6"], ["@7", "@7"]]},
    {"action": "merge_families", "family": 1, "into": 0},
    {"action": "mark_event", "event": "VT:123", "mark": "seen"},
    {"action": "set_rhythm", "span": 5, "start_sample": 2000, "stop_sample": 9000, "rhythm": "AFIB", "overrules": []},
    {
        "action": "set_rhythm",
        "span": 5,
        "start_sample": 2000,
        "stop_sample": 9000,
        "rhythm": "ARTEFACT",
        "overrules": [],
    },
    {"action": "mark_events", "events": ["VT:123", "COUPLET:9"], "mark": "report", "on": True},
    {"action": "note_event", "event": "VT:123", "text": "after exercise"},
]


def filled(value: Any, ids: np.ndarray) -> Any:
    """Put ids of beats in place of ``@n``."""
    if isinstance(value, str) and value.startswith("@"):
        return int(ids[int(value[1:])])
    if isinstance(value, list):
        return [filled(each, ids) for each in value]
    return {key: filled(each, ids) for key, each in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("edit", EVERY_EDIT, ids=lambda edit: edit["action"])
def test_every_edit_undo_and_redo_patch_to_the_same_as_fetching_anew(client: DeskClient, edit: dict[str, Any]) -> None:
    meta, first = client.packed("beats")
    table = first
    patch = client.edit(0, filled(edit, first["id"]))
    assert patch[0]["derived"]["refused"] == []
    table = patched(table, patch)
    meta, edited = client.packed("beats")
    assert_same(table, edited)
    since = meta["revision"]
    patch = client.post("undo", {"since": since, "uuid": "u"})
    table = patched(table, patch)
    assert_same(table, client.packed("beats")[1])
    assert_same(table, first)
    assert patch[0]["derived"]["history"]["undo"] is None
    table = patched(table, client.post("redo", {"since": patch[0]["derived"]["revision"]}))
    assert_same(table, edited)


def test_a_family_is_split_and_patches_lead_there(client: DeskClient) -> None:
    _, table = client.packed("beats")
    sizes = np.bincount(table["family"][table["family"] >= 0])
    patch = client.post("families/split", {"family": int(sizes.argmax()), "since": 0})
    assert patch[0]["derived"]["refused"] == []
    fresh = client.packed("beats")[1]
    assert_same(patched(table, patch), fresh)
    assert fresh["family"].max() == len(sizes)
    families = {family["index"]: family["n_beats"] for family in patch[0]["derived"]["families"]}
    assert families == dict(enumerate(np.bincount(fresh["family"]).tolist()))
    gone = client.send("families/split", {"family": 300, "since": 0})
    assert (gone.status_code, gone.json()) == (422, {"problem": "Family 301 is not here any more."})


def test_who_edited_a_beat_last_is_told_to_everybody(client: DeskClient) -> None:
    _, table = client.packed("beats")
    one, other = int(table["id"][10]), int(table["id"][11])
    dora, emil = (copy(client) for _ in range(2))
    for person, name in ((dora, "Dr. Dora <b>"), (emil, "Emil")):
        person.token, person.person = client.token, name
    assert client.ask("edit", beat=one).status_code == 204
    before = datetime.now(UTC)
    dora.edit(0, {"action": "relabel", "beats": [one, other], "label": "V"})
    told = emil.ask("edit", beat=one).json()
    assert (told["person"], told["action"]) == ("Dr. Dora <b>", "relabel")
    assert before - timedelta(seconds=1) <= datetime.fromisoformat(told["at"]) <= datetime.now(UTC)
    emil.edit(0, {"action": "move", "beat": one, "from_sample": one, "to_sample": one + 2})
    assert [client.ask("edit", beat=beat).json()["person"] for beat in (one, other)] == ["Emil", "Dr. Dora <b>"]
    emil.post("undo", {"since": 0})
    assert client.ask("edit", beat=one).json()["person"] == "Dr. Dora <b>"
    dora.edit(0, {"action": "delete", "beats": [[one, one]]})
    assert client.ask("edit", beat=one).status_code == 204
    for wrong in ("x", "", "1e3", 2**31):
        assert client.ask("edit", beat=wrong).status_code == 400


@settings(max_examples=15)
@given(st.lists(st.sampled_from([*EVERY_EDIT, "undo", "redo"]), min_size=1, max_size=8), st.integers(0, 10**9))
def test_two_tabs_come_to_the_same_whatever_they_do(client: DeskClient, actions: list[Any], run: int) -> None:
    """The second tab looks for changes now and then, and finally has what the first has."""
    other = copy(client)
    other.token, other.person = client.token, "other"
    meta, mine = client.packed("beats")
    theirs, seen, since = mine, meta["revision"], meta["revision"]
    ids = mine["id"].copy()
    for at, action in enumerate(actions):
        if isinstance(action, str):
            patch = client.post(action, {"since": since})
        else:
            edit = {**filled(action, ids), "uuid": f"{run}-{since}-{at}-{id(actions)}"}
            patch = client.post("edits", {"edits": [edit], "since": since})
        mine, since = patched(mine, patch), patch[0]["derived"]["revision"]
        if at % 3 == 1:
            theirs, seen = look(other, theirs, seen)
    theirs, seen = look(other, theirs, seen)
    assert seen == since
    assert_same(mine, theirs)
    assert_same(mine, client.packed("beats")[1])


def look(client: DeskClient, table: Arrays, since: int) -> tuple[Arrays, int]:
    answer = client.ask("changes", since=since)
    if answer.status_code == 204:
        return table, since
    patch = client.packed("changes", since=since)
    return patched(table, patch), patch[0]["derived"]["revision"]


def test_another_persons_edits_are_seen_and_cannot_be_undone_by_me(classified: OpenedRecording) -> None:
    anna, bert = DeskClient(classified, "Anna"), DeskClient(classified, "Bert")
    _, table = bert.packed("beats")
    assert bert.ask("changes", since=0).status_code == 204
    chosen = int(table["id"][2])
    anna.edit(0, {"action": "delete", "beats": [[chosen, chosen]]})
    patch = bert.packed("changes", since=0)
    assert patch[1]["removed"].tolist() == [chosen]
    assert patch[0]["derived"]["history"] == {"undo": None, "redo": None}
    assert chosen not in patched(table, patch)["id"]
    refused = bert.post("undo", {"since": patch[0]["derived"]["revision"]})[0]["derived"]["refused"]
    assert refused == [{"entry": 0, "sentence": "There is nothing of yours to undo."}]
    assert anna.state()["history"]["undo"]["text"] == "delete 1 beat"


def test_sending_twice_does_it_once(client: DeskClient) -> None:
    edits = {"edits": [{"uuid": "once", "action": "add", "beat": -3, "sample": 700, "label": "N"}], "since": 0}
    first, again = client.post("edits", edits), client.post("edits", edits)
    assert first[0]["derived"]["revision"] == again[0]["derived"]["revision"]
    assert (client.packed("beats")[1]["id"] == -3).sum() == 1


def test_what_cannot_be_applied_is_told_in_a_sentence(client: DeskClient) -> None:
    client.packed("beats")
    meta, arrays = client.edit(0, {"action": "delete", "beats": [[12345, 12345]]})
    (refused,) = meta["derived"]["refused"]
    assert refused["sentence"].endswith(".")
    assert not len(arrays["id"])


def test_a_revision_that_is_not_known_brings_everything(client: DeskClient) -> None:
    _, table = client.packed("beats")
    meta, arrays = client.packed("changes", since=999_999)
    assert meta["full"]
    assert_same({name: column for name, column in arrays.items() if name != "removed"}, table)


def test_edits_wait_for_classes(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    client.detect()
    wait_for_jobs()
    edit = {"uuid": "a", "action": "relabel", "beats": [1], "label": "V"}
    for path, body in (
        ("edits", {"edits": [edit]}),
        ("undo", {}),
        ("families/split", {"family": 0}),
        ("import", {"log": "{}"}),
    ):
        answer = client.send(path, body)
        assert answer.status_code == 409
        assert answer.json()["problem"].startswith("Classify the beats first")
    assert client.ask("export/log.json").status_code == 409


def test_after_a_restart_edits_are_put_off_until_the_beats_are_here_again(
    classified: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.clear()
    again = DeskClient(workspace.in_workspace(classified.bare()))
    asked: list[OpenedRecording] = []
    monkeypatch.setattr("pages.api.deltas.start_beat_detection", asked.append)
    edit = {"uuid": "a", "action": "relabel", "beats": [1], "label": "V"}
    assert again.send("edits", {"edits": [edit], "since": 0}).status_code == 503
    assert again.ask("changes", since=0).status_code == 503
    assert [one.rec for one in asked] == [classified.rec]  # the edit has the beats detected, the GET request does not


def test_a_database_that_cannot_be_written_asks_to_send_again(
    client: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What answers 5xx stays in the browser's outbox, what answers 4xx is given up."""
    client.packed("beats")

    def full(*_: object, **__: object) -> None:
        raise database.SQLAlchemyError("database or disk is full")

    monkeypatch.setattr("ecg_core.review.log.EditLog.insert_within", full)
    body = {"edits": [{"uuid": "a", "action": "add", "beat": -3, "sample": 700, "label": "N"}]}
    assert client.send("edits", body).status_code == 503
    monkeypatch.undo()


def test_marks_travel_with_the_events(client: DeskClient) -> None:
    run = client.packed("beats")[1]["id"][20:25].tolist()
    client.edit(0, {"action": "relabel", "beats": run, "label": "V"})
    key = client.state()["episodes"]["key"][0]
    star = {"action": "mark_events", "events": [key], "mark": "report", "on": True}
    note = {"action": "note_event", "event": key, "text": "for the <b>round</b>\n"}
    meta, _ = client.edit(0, star, {**star, "mark": "seen"}, note)
    for told in (meta["derived"], client.state()):
        assert told["episodes"]["marks"][0] == MARK_BITS["report"] | MARK_BITS["seen"]
        assert not any(told["episodes"]["marks"][1:])
        assert told["notes"] == {key: "for the <b>round</b>"}
    assert meta["derived"]["history"]["undo"]["text"] == "note on an event"
