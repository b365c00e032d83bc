"""The rhythm that people name over the desk's routes: what the browser is told at once."""

from __future__ import annotations

from typing import Any

import pytest
from desk_client import DeskClient

from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

NAMED: dict[str, Any] = {
    **{"action": "set_rhythm", "span": 5, "start_sample": 3600, "stop_sample": 10800},
    **{"rhythm": "AFIB", "overrules": []},
}


def events(derived: dict[str, Any], kind: str) -> list[tuple[int, int, str, str]]:
    found = derived["episodes"]
    columns = ("kind", "start_sample", "stop_sample", "source", "title")
    return [row[1:] for row in zip(*(found[name] for name in columns), strict=True) if row[0] == kind]


def test_a_named_span_is_answered_with_everything_that_follows(classified: OpenedRecording) -> None:
    client = DeskClient(classified, person="Ann")
    before = client.state()
    assert before["rhythms"] == []
    derived = client.edit(0, NAMED)[0]["derived"]
    assert derived["rhythms"] == [
        {"span": 5, "start_sample": 3600, "stop_sample": 10800, "rhythm": "AFIB", "by": "Ann"}
    ]
    assert (3600, 10800, "person", "Atrial fibrillation") in events(derived, "AFIB")
    assert derived["summary"]["af_share"] > before["summary"]["af_share"]
    assert derived["history"]["undo"]["text"] == "rhythm of a span to atrial fibrillation"
    trimmed = client.edit(
        derived["revision"], {"action": "trim_rhythm", "span": 5, "start_sample": 3600, "stop_sample": 7200}
    )[0]["derived"]
    assert 0 < trimmed["summary"]["af_share"] < derived["summary"]["af_share"]
    undone = client.post("undo", {"since": trimmed["revision"], "uuid": "u"})[0]["derived"]
    assert undone["rhythms"] == derived["rhythms"]
    assert undone["summary"] == derived["summary"]
    gone = client.edit(undone["revision"], {"action": "delete_rhythm", "span": 5})[0]["derived"]
    assert gone["rhythms"] == []
    assert gone["summary"] == before["summary"]


def test_undo_says_what_was_overruled(client: DeskClient) -> None:
    derived = client.edit(0, {**NAMED, "rhythm": "N", "overrules": ["VT:4000"]})[0]["derived"]
    assert derived["history"]["undo"]["text"] == "rhythm of a span to sinus rhythm, overruling 1 dangerous event"


def test_another_window_is_told(classified: OpenedRecording) -> None:
    ann, ben = DeskClient(classified, person="Ann"), DeskClient(classified, person="Ben")
    ann.edit(0, NAMED)
    meta, arrays = ben.packed("changes", since=0)
    assert [each["by"] for each in meta["derived"]["rhythms"]] == ["Ann"]
    assert not len(arrays["removed"])


def test_sinus_rhythm_has_a_title_and_an_artefact_is_unreadable_in_every_lead(client: DeskClient) -> None:
    sinus = client.edit(0, {**NAMED, "rhythm": "N"})[0]["derived"]
    assert events(sinus, "N") == [(3600, 10800, "person", "Sinus rhythm")]
    artefact = client.edit(sinus["revision"], {**NAMED, "rhythm": "ARTEFACT"})[0]["derived"]
    assert all(any(start <= 10 and stop >= 30 for start, stop in lead) for lead in artefact["quality"]["unreadable"])
    undone = client.post("undo", {"since": artefact["revision"], "uuid": "u"})[0]["derived"]
    assert undone["quality"] == sinus["quality"]


@pytest.mark.parametrize(
    "wrong", [{"rhythm": "SINGLE_V"}, {"span": -1}, {"stop_sample": 3600}, {"rhythm": None}, {"overrules": None}]
)
def test_a_span_that_makes_no_sense_is_refused(client: DeskClient, wrong: dict[str, Any]) -> None:
    answer = client.send("edits", {"edits": [{"uuid": "x", **NAMED, **wrong}], "since": 0})
    assert answer.status_code in (400, 422)
    assert client.state()["rhythms"] == []
