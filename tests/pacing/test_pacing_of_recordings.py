"""Pacing through the whole analysis: made files, real paced recordings, and real ones without a pacemaker."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from paced_ecg import dual, ventricular

from ecg_core.analysis import Analysis, analyse, find_pacing
from ecg_core.beats import is_beat
from ecg_core.formats import open_recording
from ecg_core.pacing import find_beats_and_spikes
from ecg_core.recording import Recording, from_array

pytestmark = pytest.mark.slow


class Constant:
    """A model that calls every beat V."""

    name = "constant"
    sha256 = "c" * 64

    def classify(
        self, recording: Recording, samples: np.ndarray, quality: np.ndarray, progress: object = None
    ) -> np.ndarray:
        return np.tile(np.array([0.1, 0.0, 0.9, 0.0, 0.0], np.float32), (len(samples), 1))


def analysed(recording: Recording) -> Analysis:
    return analyse(recording, Constant(), group=False, cache=False)  # type: ignore[arg-type]


def cases_of(ecg_data: Path) -> Path:
    cases = ecg_data.parent / "cases" / "pacing"
    if not cases.is_dir():
        pytest.skip("needs cases/pacing beside ECG_DATA")
    return cases


def test_paced_beats_are_q_whatever_the_model_says() -> None:
    analysis = analysed(from_array(ventricular(500.0, 20.0).finish(), 500.0))
    assert set(analysis.beats["label"]) == {"Q"}
    assert (analysis.beats["p_q"] == 1).all()
    assert "Q" in analysis.provenance["paced_beats"]
    assert analysis.episodes["kind"].tolist() == ["PACED"]


def test_without_a_model_no_class_is_claimed() -> None:
    analysis = analyse(from_array(dual(500.0, 20.0).finish(), 500.0), group=False, cache=False)
    assert analysis.beats["label"].isna().all()
    assert analysis.provenance["paced_beats"] is None
    assert analysis.episodes["kind"].tolist() == ["PACED"]


def test_spikes_are_taken_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = from_array(ventricular(500.0, 12.0).finish(), 500.0)
    first = find_pacing(recording)
    monkeypatch.setattr("ecg_core.findings.find_beats_and_spikes", None)
    again = find_pacing(recording)
    for name in ("sample", "leads", "chamber", "deflection"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert again.assessable


@pytest.mark.parametrize(
    ("name", "mode"), [("a_capture", "ventricular pacing"), ("d_dual_chamber_1mV", "dual-chamber pacing")]
)
def test_cases_with_capture(ecg_data: Path, name: str, mode: str) -> None:
    folder = cases_of(ecg_data)
    recording = open_recording(folder / f"{name}.csv")
    analysis = analysed(recording)
    truth_s = np.array(json.loads((folder / "truth.json").read_text())[name])
    assert len(analysis.beats) == len(truth_s) == 60
    assert np.abs(analysis.beats["time_s"].to_numpy() - truth_s).max() < 0.05
    assert set(analysis.beats["label"]) == {"Q"}
    assert analysis.episodes["kind"].tolist() == ["PACED"]
    assert analysis.episodes["reason"][0] == f"{mode}, 60 bpm, 60 of 60 beats after a spike"


def test_case_of_spikes_without_any_beat(ecg_data: Path) -> None:
    analysis = analysed(open_recording(cases_of(ecg_data) / "e_spikes_only.csv"))
    assert not len(analysis.beats)
    assert set(analysis.episodes["kind"]) == {"ASYSTOLE", "CAPTURE"}
    assert analysis.summary.readable_share == 1.0


@pytest.mark.parametrize(("record", "share"), [("102", 0.97), ("104", 0.8), ("107", 0.75)])
def test_filtered_spikes_of_the_mit_bih_database(ecg_data: Path, record: str, share: float) -> None:
    whole = open_recording(ecg_data / "mitdb" / f"{record}.hea")
    n = round(300 * whole.fs_hz)
    detection, spikes = find_beats_and_spikes(from_array(whole.read(0, n), whole.fs_hz))
    known = whole.annotations()
    assert known is not None
    paced = known.sample[(known.symbol == "/") & (known.sample < n - 100)]
    others = known.sample[is_beat(known.symbol) & ~np.isin(known.symbol, ["/", "f", "Q"]) & (known.sample < n)]
    near = round(0.15 * whole.fs_hz)
    assert np.mean([np.abs(spikes.sample - at).min() <= near for at in paced]) >= share
    assert np.mean([np.abs(detection.sample - at).min() <= near for at in paced]) > 0.99
    assert not any(np.abs(spikes.sample - at).min() <= near // 2 for at in others)


@pytest.mark.parametrize(("record", "n_paced"), [("45", 8), ("93", 8), ("95", 6), ("111", 9)])
def test_twelve_leads_with_a_pacemaker(ecg_data: Path, record: str, n_paced: int) -> None:
    analysis = analysed(open_recording(ecg_data / "ludb" / "data" / f"{record}.hea"))
    assert analysis.paced is not None
    assert analysis.paced.ventricular.sum() >= n_paced
    assert "PACED" in set(analysis.episodes["kind"])
    assert "CAPTURE" not in set(analysis.episodes["kind"])


@pytest.mark.parametrize(
    "pattern", ["mitdb/1[01][0-9].hea", "ludb/data/1[2-4]*.hea", "ptbxl/002*_hr.hea", "cinc2017/A0[0-4]*.hea"]
)
def test_recordings_without_a_pacemaker_have_no_spikes(ecg_data: Path, pattern: str) -> None:
    paced = {"102", "104", "107"}
    paths = [path for path in sorted(ecg_data.glob(pattern)) if path.stem not in paced]
    if not paths:
        pytest.skip(f"needs {pattern} in ECG_DATA")
    for path in paths[:40]:
        whole = open_recording(path)
        recording = from_array(whole.read(0, round(300 * whole.fs_hz)), whole.fs_hz)
        assert not len(find_beats_and_spikes(recording)[1]), path.name
