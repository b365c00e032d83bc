"""The route of the differences from a file's annotations: rows, verdicts, and who was right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from desk_client import Arrays, DeskClient

from ecg_core.beats import to_aami
from ecg_core.recording import from_array
from ecg_core.screening.verdicts import VERDICT_NAMES
from pages.services import label_differences, workspace
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


def keys_of(meta: dict[str, Any], arrays: Arrays) -> list[str]:
    """Name the rows as the browser does."""
    code = [word["code"] for word in meta["words"]]
    units = np.where(arrays["episode"] > 0, "episode", "beat")
    return [
        f"{unit}:{sample}:{code[program]}>{code[file]}"
        for unit, sample, program, file in zip(
            units, arrays["sample"], arrays["program"], arrays["reference"], strict=True
        )
    ]


def test_rows_are_the_differences_with_the_audits_verdicts(client: DeskClient, classified: OpenedRecording) -> None:
    meta, arrays = client.packed("differences")
    annotations = classified.recording.annotations()
    assert annotations is not None
    sample, symbol = annotations.beats()
    stated = dict(zip(sample.tolist(), to_aami(symbol).tolist(), strict=True))
    words = [word["code"] for word in meta["words"]]
    beats = arrays["episode"] == 0
    assert beats.sum() > 20  # the model of the tests knows nothing
    for at in np.flatnonzero(beats & (arrays["program"] != arrays["reference"]))[:50].tolist():
        assert words[arrays["reference"][at]] == stated.get(int(arrays["sample"][at]), "none")
    assert meta["n_differences"] == int((arrays["program"] != arrays["reference"]).sum())
    assert np.sum(meta["confusion"]) >= len(sample)
    assert {word["title"] for word in meta["words"]} >= {"N, normal, bundle branch block or escape"}
    judged = arrays["verdict"][arrays["verdict"] < 255]
    assert len(judged)
    assert [each["code"] for each in meta["verdicts"]] == list(VERDICT_NAMES)
    (v_beats,) = [count for count in meta["counts"] if count["kind"] == "V"]
    assert v_beats["file"] == int(np.isin(list(stated.values()), ["V", "F"]).sum())
    assert any("not delineated" in note for note in meta["notes"])


def test_keys_are_unique(client: DeskClient) -> None:
    keys = keys_of(*client.packed("differences"))
    assert len(set(keys)) == len(keys)


def test_who_was_right_is_kept_in_the_log_and_shown(client: DeskClient, classified: OpenedRecording) -> None:
    meta, arrays = client.packed("differences")
    keys = keys_of(meta, arrays)
    ann = DeskClient(classified, "Ann")
    edit = {"action": "judge_difference", "annotator": meta["name"]}
    ann.edit(0, edit | {"difference": keys[1], "judgement": "file"})
    ann.edit(1, edit | {"difference": keys[3], "judgement": "unsure"})
    meta, arrays = client.packed("differences")
    told = {
        key: (meta["judgements"][judged], meta["persons"][by])
        for key, judged, by in zip(keys_of(meta, arrays), arrays["judged"], arrays["by"], strict=True)
        if judged != 255
    }
    assert told == {keys[1]: ("file", "Ann"), keys[3]: ("unsure", "Ann")}
    assert client.state()["episodes"]["key"] == ann.state()["episodes"]["key"]  # no event changes
    ann.send("undo", {"since": 2, "uuid": "back"})
    _, arrays = client.packed("differences")
    assert int((arrays["judged"] != 255).sum()) == 1


def test_an_edit_stands_as_the_persons_word(client: DeskClient) -> None:
    meta, arrays = client.packed("differences")
    _, beats = client.packed("beats")
    at = int(np.flatnonzero((arrays["episode"] == 0) & (arrays["program"] != arrays["reference"]))[0])
    nearest = int(np.abs(beats["sample"] - arrays["sample"][at]).argmin())
    client.edit(0, {"action": "relabel", "beats": [int(beats["id"][nearest])], "label": "F"})
    key = keys_of(meta, arrays)[at]
    meta, arrays = client.packed("differences")
    row = keys_of(meta, arrays).index(key)  # the program's word is what it was
    assert meta["words"][arrays["person"][row]]["code"] == "F"
    assert meta["revision"] == 1


def test_the_audit_is_made_once_for_an_analysis(client: DeskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.packed("differences")

    def not_again(*_: object) -> None:
        raise AssertionError("audited again")

    monkeypatch.setattr(label_differences, "audit_labels", not_again)
    client.packed("differences")


def test_without_annotations_or_classes_there_is_nothing(demo: OpenedRecording) -> None:
    assert DeskClient(demo).ask("differences").status_code == 204
    recording = from_array(np.zeros((500, 1)), 100.0)
    client = DeskClient(workspace.in_workspace(OpenedRecording("local/x", recording, ("x", 0, 0))))
    assert client.ask("differences").status_code == 204
    assert client.ask("differences", at="-1").status_code == 400
