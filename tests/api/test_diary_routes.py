"""Diary, sleep and agreement of readers over their routes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from desk_client import DeskClient

from ecg_core.review.audit import AuditLog
from pages.services.review_sessions import database_in_use
from pages.services.workspace import OpenedRecording

ENTRY: dict[str, Any] = {"uuid": "n-1", "kind": "diary", "start_sample": 7200, "stop_sample": 7200, "text": "dizzy"}


def added(client: DeskClient, **changed: Any) -> dict[str, Any]:
    answer = client.send("diary", {**ENTRY, **changed})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_entry_comes_with_the_rhythm_of_its_minute_and_everybody_sees_it(classified: OpenedRecording) -> None:
    ann, ben = DeskClient(classified, person="Ann"), DeskClient(classified, person="Ben")
    assert ben.ask("diary").json()["entries"] == []
    added(ann)
    (entry,) = ben.ask("diary").json()["entries"]
    assert {name: entry[name] for name in ("kind", "title", "start_sample", "text", "by")} == {
        "kind": "diary",
        "title": "Diary entry",
        "start_sample": 7200,
        "text": "dizzy",
        "by": "Ann",
    }
    assert 30 < entry["around"]["rate_bpm"] < 200
    assert entry["around"]["beats"].split()[0].isdigit()


def test_an_entry_sent_twice_is_one_and_a_version_that_is_known_is_not_sent(client: DeskClient) -> None:
    version = added(client)["version"]
    assert len(added(client)["entries"]) == 1
    assert client.ask("diary", have=version).status_code == 204
    assert client.ask("diary", have=version + 1).status_code == 200
    after = client.send("diary/withdraw", {"uuid": "n-1"}).json()
    assert after["entries"] == []
    assert after["version"] != version


def test_adding_and_withdrawing_are_in_the_audit_log(classified: OpenedRecording) -> None:
    added(DeskClient(classified, person="Ann"))
    DeskClient(classified, person="Ben").send("diary/withdraw", {"uuid": "n-1"})
    told = [(one.person, one.action) for one in AuditLog(database_in_use()).entries() if "note" in one.action]
    assert told == [("Ann", "note added"), ("Ben", "note withdrawn")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "artefact"},
        {"start_sample": -1},
        {"start_sample": True},
        {"stop_sample": 10**9},
        {"start_sample": 10**9, "stop_sample": 10**9},
        {"stop_sample": 7000},
        {"text": "x" * 2001},
        {"text": None},
        {"uuid": ""},
        {"kind": "sleep"},
    ],
)
def test_what_makes_no_sense_is_refused(client: DeskClient, wrong: dict[str, Any]) -> None:
    assert client.send("diary", {**ENTRY, **wrong}).status_code in (400, 422)
    assert client.ask("diary").json()["entries"] == []
    assert client.send("diary/withdraw", {"uuid": "n-9"}).status_code in (400, 422)


def test_sleep_set_by_hand_gives_figures(client: DeskClient) -> None:
    before = client.ask("sleep").json()
    assert (before["basis"], before["rows"]) == ("none", [])
    assert "shorter than 12 h" in before["told"]
    added(client, kind="sleep", start_sample=0, stop_sample=18_000, text="")
    after = client.ask("sleep").json()
    assert after["basis"] == "by hand"
    assert [row["name"] for row in after["rows"]] == ["asleep", "awake"]
    assert client.ask("diary").json()["sleep"]["spans_s"] == [[0.0, 50.0]]
    rates = [row["values"][[one["name"] for one in after["columns"]].index("mean_rate")] for row in after["rows"]]
    assert all(30 < rate < 200 for rate in rates)


def test_an_artefact_says_which_dangerous_event_it_took_away(classified: OpenedRecording) -> None:
    client = DeskClient(classified, person="Ann")
    _, beats = client.packed("beats")
    at = [int(sample) for sample in beats["sample"][20:25]]
    between = [(one + other) // 2 for one, other in itertools.pairwise(at)]
    edits = [{"action": "add", "beat": -5 - n, "sample": sample, "label": "V"} for n, sample in enumerate(between)]
    run = {"action": "relabel", "beats": [int(beat) for beat in beats["id"][20:25]], "label": "V"}
    before = client.edit(0, *edits, run)[0]["derived"]
    dangerous = [kind for kind in before["episodes"]["kind"] if kind == "VT"]
    assert dangerous
    at = before["episodes"]["kind"].index("VT")
    start, stop = (before["episodes"][name][at] for name in ("start_sample", "stop_sample"))
    artefact = {"action": "set_rhythm", "span": 9, "start_sample": start - 50, "stop_sample": stop + 50}
    after = client.edit(before["revision"], {**artefact, "rhythm": "ARTEFACT", "overrules": []})[0]["derived"]
    (one,) = [each for each in after["set_aside"] if each["start_sample"] == start]
    assert (one["kind"], one["told"]) == ("VT", "marked as artefact by Ann")
    assert after["episodes"]["kind"].count("VT") == len(dangerous) - 1
    assert after["summary"]["n_by_class"]["V"] < before["summary"]["n_by_class"]["V"]


def test_two_who_edited_are_compared(classified: OpenedRecording) -> None:
    ann, ben = DeskClient(classified, person="Ann"), DeskClient(classified, person="Ben")
    assert ann.ask("readers").json() == {"readers": [], "agreement": None}
    _, beats = ann.packed("beats")
    ids = [int(beat) for beat in beats["id"][:4]]
    ann.edit(0, {"action": "relabel", "beats": ids[:3], "label": "F"})
    assert ann.ask("readers").json()["agreement"] is None
    ben.edit(1, {"action": "relabel", "beats": ids[2:], "label": "F"})
    found = ben.ask("readers").json()
    assert [reader["name"] for reader in found["readers"]] == ["Ann", "Ben"]
    agreement = found["agreement"]
    assert agreement["n_differences"] == 3
    assert [one["sample"] for one in agreement["differences"]] == [ids[0], ids[1], ids[3]]
    assert agreement["n_changed"] == 4
    turned = ann.ask("readers", first="Ben", second="Ann").json()["agreement"]
    assert turned["counts"] == [list(row) for row in zip(*agreement["counts"], strict=True)]
    assert ann.ask("readers", first="Ben", second="Eve").json()["agreement"] is None
