"""Annotations that came along, and what is taken away as files."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb
from desk_client import DeskClient, unpack

from ecg_core.recording import Annotations, from_array
from ecg_core.rhythm import rhythm_changes
from pages.api.log_handlers import _name
from pages.api.reference import reference
from pages.services import workspace
from pages.services.workspace import OpenedRecording


def test_the_reference_is_that_of_the_file(client: DeskClient, classified: OpenedRecording) -> None:
    meta, arrays = client.packed("reference")
    known = classified.recording.annotations()
    assert known is not None
    assert meta["name"] == known.name
    np.testing.assert_array_equal(arrays["sample"], known.sample)
    assert [meta["symbols"][at] for at in arrays["symbol"]] == known.symbol.tolist()
    assert [meta["notes"][at] for at in arrays["note"]] == list(known.aux)
    samples, _ = known.beats()
    np.testing.assert_array_equal(arrays["sample"][arrays["beat"] == 1], samples)


def test_symbols_are_told_with_their_classes_and_notes_are_cut() -> None:
    symbols = np.array(["N", "+", "V", "e", "~", "/", '"'])
    notes = ("", "(AFIB", "", "", "", "", "<b>" * 100)
    meta, arrays = unpack(reference(Annotations("atr", np.arange(7) * 100, symbols, notes)))
    assert arrays["aami"].tolist() == [0, 255, 2, 0, 255, 4, 255]
    assert arrays["beat"].tolist() == [1, 0, 1, 1, 0, 1, 0]
    assert [meta["notes"][at] for at in arrays["note"]][1] == "(AFIB"
    assert max(map(len, meta["notes"])) == 200


def test_without_annotations_there_is_no_reference() -> None:
    recording = from_array(np.zeros((500, 1)), 100.0)
    client = DeskClient(workspace.in_workspace(OpenedRecording("local/x", recording, ("x", 0, 0))))
    assert client.ask("reference").status_code == 204
    assert client.state()["recording"]["annotators"] == []


def test_corrected_beats_leave_as_a_table(client: DeskClient) -> None:
    _, before = client.packed("beats")
    gone, changed = int(before["id"][4]), int(before["id"][5])
    client.edit(
        0,
        {"action": "delete", "beats": [[gone, gone]]},
        {"action": "relabel", "beats": [changed], "label": "F"},
        {"action": "add", "beat": -9, "sample": 555, "label": "V"},
    )
    answer = client.ask("export/beats.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="demo_pvc.beats.csv"'
    table = pd.read_csv(io.BytesIO(answer.content), keep_default_na=False)
    _, now = client.packed("beats")
    np.testing.assert_array_equal(table["sample"], now["sample"])
    np.testing.assert_array_equal(table["id"], now["id"])
    np.testing.assert_array_equal(table["edited"], now["edited"])
    assert table["label"].tolist() == ["NSVFQ"[code] for code in now["label"]]


def test_corrected_beats_leave_as_annotations_that_wfdb_reads(
    client: DeskClient, classified: OpenedRecording, tmp_path: Path
) -> None:
    client.edit(0, {"action": "add", "beat": -9, "sample": 555, "label": "V"})
    answer = client.ask("export/beats.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["demo_pvc.ecgc", "demo_pvc.hea"]
        archive.extractall(tmp_path)
    annotations = wfdb.rdann(str(tmp_path / "demo_pvc"), "ecgc")
    _, now = client.packed("beats")
    beats = np.array(annotations.symbol) != "+"
    np.testing.assert_array_equal(annotations.sample[beats], now["sample"])
    assert np.array(annotations.symbol)[beats].tolist() == ["NSVFQ"[code] for code in now["label"]]
    assert (~beats).sum() >= len(rhythm_changes(classified.analysis.episodes)) > 0  # type: ignore[union-attr]


def test_a_log_goes_out_and_comes_back_in_elsewhere(
    client: DeskClient, classified: OpenedRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.edit(0, {"action": "relabel_family", "family": 0, "label": "S"})
    client.edit(0, {"action": "add", "beat": -9, "sample": 555, "label": "V"})
    _, there = client.packed("beats")
    answer = client.ask("export/log.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="demo_pvc.edits.json"'
    log = answer.content.decode()
    assert [entry["action"] for entry in json.loads(log)["entries"]] == ["relabel_family", "add"]

    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "elsewhere"))
    workspace.clear()
    elsewhere = workspace.open_in_workspace("demo/demo_pvc", "")
    assert classified.analysis is not None
    elsewhere.keep(classified.analysis)
    other = DeskClient(elsewhere, "somebody else")
    assert not other.packed("beats")[1]["edited"].any()
    meta, _ = other.post("import", {"log": log, "since": 0})
    assert meta["said"] == "2 edits were taken over."
    assert meta["derived"]["history"]["undo"] is None
    _, here = other.packed("beats")
    for name, column in there.items():
        np.testing.assert_array_equal(column, here[name])
    again, _ = other.post("import", {"log": log, "since": meta["derived"]["revision"]})
    assert again["said"] == "All edits of this file are here already."
    changed = log.replace(elsewhere.recording.sha256, "0" * 64)
    assert "another recording" in other.send("import", {"log": changed}).json()["problem"]


def test_files_have_names_that_every_system_takes() -> None:
    recording = from_array(np.zeros((10, 1)), 100.0, name='../a/b "c"\r\n; d')
    assert _name(recording, "beats.csv") == "b-c-d.beats.csv"
    assert _name(from_array(np.zeros((10, 1)), 100.0, name="日本"), "beats.csv") == "recording.beats.csv"
