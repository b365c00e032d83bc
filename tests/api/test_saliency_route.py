"""Maps of several beats at once: those of one beat alone, only more; loaded in the background."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from desk_client import DeskClient, wait_for_jobs

from ecg_core.analysis import analyse
from ecg_core.classification.model import load_model
from ecg_core.explanation import explain_beat
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def by_model(demo: OpenedRecording, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> OpenedRecording:
    """A bundled recording, classified by the small untrained model that the pages use, too."""
    monkeypatch.setattr("ecg_core.classification.model.MODELS_FOLDER", tiny_model_folder.parent)
    monkeypatch.setattr("ecg_core.classification.model.DEFAULT_MODEL", tiny_model_folder.name)
    demo.keep(analyse(demo.recording, load_model(), group=False))
    return demo


def test_maps_come_once_the_model_is_there(by_model: OpenedRecording) -> None:
    client = DeskClient(by_model)
    recording, analysis = by_model.recording, by_model.analysis
    assert analysis is not None
    _, beats = client.packed("beats")
    asked = [int(beats["id"][at]) for at in (0, 7, 8, len(beats["id"]) - 1)]
    unprepared = client.ask("saliency", beats=",".join(map(str, asked)))
    assert (unprepared.status_code, unprepared.json()) == (409, {"problem": "The model is not loaded yet."})
    assert client.send("saliency", {}).status_code == 204
    early = client.ask("saliency", beats=",".join(map(str, asked)))
    if early.status_code != 200:
        assert (early.status_code, early.json()) == (409, {"problem": "The model is being loaded."})
    wait_for_jobs()
    meta, arrays = client.packed("saliency", beats=",".join(map(str, [*asked[::-1], 3])), target="V")
    assert meta["method"] == "Grad-CAM"
    assert [beat["id"] for beat in meta["beats"]] == asked
    samples = analysis.beats["sample"].to_numpy()
    for at, beat in enumerate(meta["beats"]):
        weights = arrays[f"s{at}"]
        assert weights.shape == (len(recording.leads), beat["n"])
        assert 0 <= beat["start_sample"] <= beat["id"] < beat["start_sample"] + beat["n"] <= recording.n_samples
        index = int(np.searchsorted(samples, beat["id"]))
        alone = explain_beat(recording, samples, index, load_model(), "V", analysis.quality)
        inside = beat["start_sample"] - round(beat["id"] + alone.offsets_s[0] * recording.fs_hz)
        np.testing.assert_allclose(weights.T / 255, alone.map[inside : inside + beat["n"]], atol=0.02)


def test_each_beat_is_explained_as_what_it_is_and_added_beats_are_too(by_model: OpenedRecording) -> None:
    client = DeskClient(by_model)
    _, beats = client.packed("beats")
    first, second = int(beats["id"][10]), int(beats["id"][11])
    between = (first + second) // 2
    client.edit(
        0,
        {"action": "relabel", "beats": [first], "label": "F"},
        {"action": "add", "beat": -8, "sample": between, "label": "S"},
    )
    client.send("saliency", {})
    wait_for_jobs()
    meta, arrays = client.packed("saliency", beats=f"{second},-8,{first}")
    assert [(beat["id"], beat["target"]) for beat in meta["beats"][:2]] == [(first, "F"), (-8, "S")]
    assert len(arrays) == 3


def test_beats_of_another_model_are_not_explained(client: DeskClient) -> None:
    answer = client.ask("saliency", beats="198")
    assert answer.status_code == 422
    assert answer.json()["problem"].startswith("The beats were classified by teller")


def test_a_model_that_cannot_be_loaded_is_told_once_and_tried_again(
    by_model: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_core.errors import ModelError

    def broken(_: object) -> None:
        raise ModelError("tiny has no weights.npz; copy the model folder again.")

    client = DeskClient(by_model)
    monkeypatch.setattr("pages.services.analysis_jobs.load_network", broken)
    client.send("saliency", {})
    wait_for_jobs()
    failed = client.ask("saliency", beats="198")
    assert failed.status_code == 422
    assert failed.json()["problem"] == "tiny has no weights.npz; copy the model folder again."
    assert client.ask("saliency", beats="198").status_code == 409
    client.send("saliency", {})
    wait_for_jobs()
    assert client.ask("saliency", beats="198").status_code == 422
