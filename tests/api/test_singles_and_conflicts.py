"""Single beats as events, all of them; and what two people at one beat are told."""

from __future__ import annotations

import numpy as np
from desk_client import DeskClient

from ecg_core.review.state import MARK_BITS
from ecg_core.rhythm import URGENCY
from pages.api.isolated_beats import places
from pages.services.workspace import OpenedRecording

KINDS = ("SINGLE_V", "SINGLE_S")


def test_every_single_beat_is_an_event(client: DeskClient, classified: OpenedRecording) -> None:
    analysis = classified.analysis
    assert analysis is not None
    meta, arrays = client.packed("singles")
    assert meta["version"] == client.state()["singles"]["version"] > 0
    total = 0
    for kind, told in zip(KINDS, meta["kinds"], strict=True):
        assert told["kind"] == kind
        samples = arrays[kind]
        # All that the summary counts, not only those that the list of episodes holds.
        assert len(samples) == told["n"] == analysis.summary.n_by_kind[kind]
        assert (np.diff(samples) > 0).all()
        listed = analysis.episodes[analysis.episodes["kind"] == kind]
        assert set(listed["start_sample"]) <= set(samples.tolist())
        assert len(arrays[f"early_{kind}"]) == len(arrays[f"marks_{kind}"]) == len(samples)
        early = dict(zip(samples.tolist(), arrays[f"early_{kind}"].tolist(), strict=True))
        for start, reason in zip(listed["start_sample"], listed["reason"], strict=True):
            if reason.endswith("early"):
                assert early[start] == int(reason.split(", ")[1].split()[0])
        total += len(samples)
    assert total > 25


def test_columns_are_sent_again_only_when_beats_have_changed(client: DeskClient) -> None:
    meta, arrays = client.packed("singles")
    kind = KINDS[0] if len(arrays[KINDS[0]]) else KINDS[1]
    first = int(arrays[kind][0])
    confirm = {"action": "mark_events", "events": [f"{kind}:{at}" for at in arrays[kind].tolist()], "mark": "seen"}
    client.edit(0, {**confirm, "on": True})
    again, marks = client.packed("singles", have=meta["version"])
    assert again["version"] == meta["version"]
    assert sorted(marks) == [f"marks_{each}" for each in sorted(KINDS)]
    assert (marks[f"marks_{kind}"] == MARK_BITS["seen"]).all()
    client.edit(0, {"action": "relabel", "beats": [first], "label": "N"})
    later, table = client.packed("singles", have=meta["version"])
    assert later["version"] != meta["version"]
    assert first not in table[kind].tolist()


def test_singles_in_an_artefact_that_a_person_names_are_listed_no_more(client: DeskClient) -> None:
    meta, before = client.packed("singles")
    middle = int(np.sort(np.concatenate([before[kind] for kind in KINDS]))[20])
    named = {"action": "set_rhythm", "span": 5, "start_sample": 0, "stop_sample": middle, "rhythm": "ARTEFACT"}
    derived = client.edit(0, {**named, "overrules": []})[0]["derived"]
    again, after = client.packed("singles", have=meta["version"])
    assert again["version"] == derived["singles"]["version"] != meta["version"]
    for kind in KINDS:
        assert after[kind].tolist() == [at for at in before[kind].tolist() if at >= middle]
        assert derived["summary"]["n_by_kind"][kind] == len(after[kind])
    assert derived["history"]["undo"]["samples"] == [0, middle]
    undone = client.post("undo", {"since": derived["revision"], "uuid": "u"})[0]["derived"]
    assert undone["singles"]["version"] == meta["version"]


def test_singles_stand_where_their_urgency_puts_them(classified: OpenedRecording) -> None:
    assert classified.analysis is not None
    some = classified.analysis.episodes.head(1)
    listed = some.loc[[some.index[0]] * 3].assign(kind=["VT", "SBR", "UNREADABLE"])
    assert places(listed) == {"SINGLE_V": 2, "SINGLE_S": 2}
    assert URGENCY.index("SBR") < URGENCY.index("SINGLE_V") < URGENCY.index("UNREADABLE")


def test_singles_are_asked_for_with_sense(client: DeskClient) -> None:
    assert client.ask("singles", have="x").status_code == 400


def test_two_people_at_one_beat_both_see_it_and_one_settles_it(classified: OpenedRecording) -> None:
    ann, ben = DeskClient(classified, "Ann"), DeskClient(classified, "Ben")
    beat = int(ann.packed("beats")[1]["id"][10])
    for client, label in ((ann, "S"), (ben, "F")):
        body = {"edits": [{"uuid": label, "action": "relabel", "beats": [beat], "label": label}], "since": 0}
        client.post("edits", body)
    for client in (ann, ben):
        told = client.state()["conflicts"]
        assert told["n_beats"] == 1
        (group,) = told["groups"]
        assert group["beats"] == [[beat, beat]]
        versions = group["versions"]
        assert [(each["person"], each["label"], each["deleted"]) for each in versions] == [
            ("Ann", "S", False),
            ("Ben", "F", False),
        ]
    mine, theirs = (version["entry"] for version in versions)
    settled, arrays = ann.edit(0, {"action": "settle_conflict", "kept": mine, "given_up": [theirs]})
    assert settled["derived"]["conflicts"] == {"n_beats": 0, "groups": []}
    assert arrays["label"].tolist() == [1]
    assert ben.state()["conflicts"]["groups"] == []


def test_what_waited_in_the_browser_counts_by_what_its_person_had_seen(classified: OpenedRecording) -> None:
    """The revision of the beats may have gone on by the time an edit is sent."""
    ann, ben = DeskClient(classified, "Ann"), DeskClient(classified, "Ben")
    beat = int(ann.packed("beats")[1]["id"][10])
    meta, _ = ann.edit(0, {"action": "relabel", "beats": [beat], "label": "S"})
    revision = meta["derived"]["revision"]
    edit = {"uuid": "late", "action": "relabel", "beats": [beat], "label": "F"}
    meta, _ = ben.post("edits", {"edits": [edit], "since": revision, "based_on": 0})
    assert meta["derived"]["conflicts"]["n_beats"] == 1
    assert ben.send("edits", {"edits": [edit], "based_on": "yesterday"}).status_code == 400


def test_undo_tells_where_it_would_change_beats(client: DeskClient) -> None:
    ids = client.packed("beats")[1]["id"]
    meta, _ = client.edit(0, {"action": "relabel", "beats": ids[4:7].tolist(), "label": "V"})
    assert meta["derived"]["history"]["undo"]["samples"] == [ids[4], ids[6]]
    meta, _ = client.edit(0, {"action": "mark_events", "events": ["VT:5"], "mark": "seen", "on": True})
    assert meta["derived"]["history"]["undo"]["samples"] is None
