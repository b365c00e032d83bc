"""Pacing spikes as the strip gets them."""

from __future__ import annotations

import numpy as np
from desk_client import DeskClient, unpack

from ecg_core.analysis import with_beats
from ecg_core.beats import beat_table
from ecg_core.detection import Detection
from ecg_core.findings import Findings
from ecg_core.pacing import PacingSpikes
from ecg_core.recording import from_array
from pages.api.pacing import pacing
from pages.api.review_payload import review_payload
from pages.services.workspace import OpenedRecording


def test_without_spikes_there_is_nothing_to_draw(client: DeskClient, classified: OpenedRecording) -> None:
    assert client.ask("pacing").status_code == 204
    told = client.state()["pacing"]
    assert classified.analysis is not None
    assert told["assessable"] is True
    assert told["n_spikes"] == 0


def test_spikes_come_with_their_chambers_and_whether_they_captured() -> None:
    recording = from_array(np.zeros((5000, 1)), 500.0)
    spikes = PacingSpikes(np.array([455, 955, 1955]), np.ones((3, 1), bool), np.array(["V", "V", "A"]))
    beats = beat_table([500, 2050], 500.0)
    quality = np.full((10, 1), 2, np.uint8)
    found = Findings(Detection(beats["sample"].to_numpy(), quality), spikes)
    analysis = with_beats(recording, beats, quality, {"model": None}, None, found)
    packed = pacing(analysis)
    assert packed is not None
    meta, arrays = unpack(packed)
    assert arrays["sample"].tolist() == [455, 955, 1955]
    assert [meta["chambers"][at] for at in arrays["chamber"]] == ["V", "V", "A"]
    assert arrays["failed"].tolist() == [0, 1, 0]
    told = review_payload(0, analysis, None, None)["pacing"]
    assert told["n_without_capture"] == 1
    assert told["n_atrial_paced_beats"] == 1
