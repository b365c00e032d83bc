"""The route that proposes to relabel similar beats: when it proposes, what, and what accepting it does."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from desk_client import Arrays, DeskClient

from ecg_core.beats import CLASSES
from ecg_core.review.edits import SplitFamily
from ecg_core.review.proposals import proposals_of
from pages.api import proposals
from pages.services.review_sessions import review_session_of
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

S = CLASSES.index("S")


@pytest.fixture
def ann(classified: OpenedRecording) -> DeskClient:
    return DeskClient(classified, "Ann")


def doubtful(beats: Arrays) -> np.ndarray:
    """Ids of the beats that the classifier calls N without being sure, by its order; see `Teller`."""
    at = np.arange(len(beats["id"]))
    return np.asarray(beats["id"][(at % 7 == 6) & (beats["label"] == 0)])


def proposed(client: DeskClient) -> tuple[dict[str, Any], Arrays]:
    meta, arrays = client.packed("proposals")
    assert [each["n"] for each in meta["proposals"]] == [len(arrays[f"b{k}"]) for k in range(len(meta["proposals"]))]
    return meta, arrays


def relabel(client: DeskClient, since: int, beats: np.ndarray, label: str = "S") -> None:
    client.edit(since, {"action": "relabel", "beats": beats.tolist(), "label": label})


def test_nothing_is_proposed_before_somebody_has_relabelled_beats(ann: DeskClient) -> None:
    assert ann.ask("proposals").status_code == 204
    beat = int(ann.packed("beats")[1]["id"][0])
    ann.edit(0, {"action": "relabel", "beats": [beat], "label": "N"})  # as it was
    assert ann.ask("proposals").status_code == 204


def test_similar_beats_are_proposed_accepted_as_one_edit_and_taken_back_by_one_undo(ann: DeskClient) -> None:
    _, beats = ann.packed("beats")
    like = doubtful(beats)
    relabel(ann, 0, like[::2])
    meta, arrays = proposed(ann)
    first = meta["proposals"][0]
    assert (meta["revision"], first["label"], first["reason"]) == (1, "S", "similar to beats relabelled by Ann")
    ids = arrays["b0"]
    assert len(ids)
    assert not set(ids.tolist()) & set(like[::2].tolist())
    assert set(beats["label"][np.isin(beats["id"], ids)]) == {0}

    edit = {"action": "relabel_similar", "beats": ids.tolist(), "label": "S", "reason": first["reason"]}
    delta, changed = ann.edit(1, edit)
    assert set(changed["id"][changed["label"] == S].tolist()) == set(ids.tolist())
    assert delta["derived"]["history"]["undo"]["text"].startswith(f"{len(ids)} similar beat")
    assert delta["derived"]["history"]["undo"]["samples"] == [int(ids.min()), int(ids.max())]
    log = json.loads(ann.ask("export/log.json").content)["entries"]
    assert [(entry["action"], entry["person"], entry.get("reason")) for entry in log] == [
        ("relabel", "Ann", None),
        ("relabel_similar", "Ann", "similar to beats relabelled by Ann"),
    ]
    again = ann.ask("proposals")
    if again.status_code == 200:  # what was accepted is no example and not proposed again
        _, arrays = proposed(ann)
        assert not any(np.isin(each, ids).any() for each in arrays.values())

    ann.post("undo", {"uuid": "u-1", "since": 2})
    _, arrays = proposed(ann)
    assert set(arrays["b0"].tolist()) == set(ids.tolist())


def test_a_colleagues_corrections_count_and_are_named(ann: DeskClient, classified: OpenedRecording) -> None:
    like = doubtful(ann.packed("beats")[1])
    relabel(ann, 0, like[::4])
    relabel(DeskClient(classified, "Ben"), 1, like[2::4])
    meta, _ = proposed(ann)
    assert meta["proposals"][0]["reason"] == "similar to beats relabelled by Ann and Ben"


def test_nothing_is_proposed_where_no_edit_can_be_kept(ann: DeskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    relabel(ann, 0, doubtful(ann.packed("beats")[1])[::2])
    assert ann.ask("proposals").status_code == 200
    monkeypatch.setattr(proposals, "problem_shown", lambda _: "There is no place to write.")
    assert ann.ask("proposals").status_code == 204


def test_in_a_dangerous_episode_only_families_of_examples_follow(ann: DeskClient, classified: OpenedRecording) -> None:
    relabel(ann, 0, doubtful(ann.packed("beats")[1])[::2])
    session = review_session_of(classified)
    assert session is not None
    assert classified.analysis is not None

    families = classified.analysis.templates

    def proposed_in(kind: str) -> set[int]:
        episodes = pd.DataFrame({"kind": [kind], "start_sample": [0], "stop_sample": [session.recording.n_samples]})
        found = proposals_of(session.state, session.points, families, episodes, session._fold.entry)
        return {int(beat) for each in found for beat in each.beats}

    _, (proposal, *_) = session.proposals()
    apart = proposal.beats[::2]  # which become a family without an example
    [family] = set(session.state.template[session.state.positions(apart)].tolist())
    session.edit("Ann", [("u-1", SplitFamily(family, session.state.next_family, tuple(apart.tolist())))])
    assert proposed_in("TACHY") == set(proposal.beats.tolist())
    for kind in ("VT", "VF", "ASYSTOLE"):
        assert proposed_in(kind) == set(proposal.beats[1::2].tolist())


def test_a_reason_is_kept_as_plain_text_of_bounded_length(ann: DeskClient) -> None:
    beat = int(ann.packed("beats")[1]["id"][0])
    edit = {"action": "relabel_similar", "beats": [beat], "label": "S", "uuid": "x"}
    refused = ann.send("edits", {"edits": [edit | {"reason": 7}], "since": 0})
    assert refused.status_code == 422
    ann.edit(0, edit | {"uuid": "y", "reason": "like\nthis" + "!" * 600})
    entry = json.loads(ann.ask("export/log.json").content)["entries"][0]
    assert "\n" not in entry["reason"]
    assert len(entry["reason"]) <= 500
