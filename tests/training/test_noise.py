"""Recorded noise to train with: baseline wander and muscle artefact, and never the noise that tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.training.noise import NOISE_RECORDS, NoiseBank

FS_HZ = 100.0
SIGN_HZ = {"bw": 2.0, "ma": 7.0, "em": 15.0}
"""Each record is a sine of its own."""


def put(folder: Path, *names: str) -> Path:
    """Write noise records of two leads, 20 s at 200 Hz."""
    folder.mkdir(parents=True, exist_ok=True)
    time_s = np.arange(4000) / 200
    for name in names:
        sine = np.sin(2 * np.pi * SIGN_HZ[name] * time_s)
        leads = np.stack([0.5 * sine, -1.5 * sine], axis=1)
        wfdb.wrsamp(name, 200, ["mV", "mV"], ["noise1", "noise2"], leads, fmt=["16", "16"], write_dir=str(folder))
    return folder


def frequencies_hz(bank: NoiseBank) -> list[float]:
    """The strongest frequency of each track."""
    found = []
    for track in bank.tracks:
        spectrum = np.abs(np.fft.rfft(track))
        spectrum[0] = 0
        found.append(round(float(np.fft.rfftfreq(len(track), 1 / FS_HZ)[spectrum.argmax()]), 1))
    return found


@pytest.mark.parametrize("band_hz", [None, (0.5, 40.0)])
def test_electrode_motion_is_never_trained_on(tmp_path: Path, band_hz: tuple[float, float] | None) -> None:
    folder = put(tmp_path, "bw", "em", "ma")
    bank = NoiseBank.load(folder, FS_HZ, band_hz)
    assert frequencies_hz(bank) == [2.0, 2.0, 7.0, 7.0]
    assert set(bank.sha256) == {"bw", "ma"} == set(NOISE_RECORDS)
    spectra = np.abs(np.fft.rfft(bank.stretches(200, 400, np.random.default_rng(1)), axis=1)) ** 2
    at_hz = np.fft.rfftfreq(400, 1 / FS_HZ)
    assert (spectra[:, (at_hz > 13) & (at_hz < 17)].sum(axis=1) < 0.01 * spectra.sum(axis=1)).all()


def test_what_is_known_of_each_record_is_its_content(tmp_path: Path) -> None:
    put(tmp_path, "bw", "ma")
    digests = {name: open_recording(tmp_path / f"{name}.hea").sha256 for name in ("bw", "ma")}
    assert NoiseBank.load(tmp_path, FS_HZ, None).sha256 == digests
    assert digests["bw"] != digests["ma"]


def test_tracks_are_of_deviation_1_at_the_rate_of_the_windows(tmp_path: Path) -> None:
    put(tmp_path, "bw", "ma")
    for band_hz in (None, (0.5, 40.0)):
        for track in NoiseBank.load(tmp_path, FS_HZ, band_hz).tracks:
            assert track.dtype == np.float32
            assert len(track) == pytest.approx(20 * FS_HZ, abs=1)
            assert track.std() == pytest.approx(1, abs=1e-3)


def test_noise_is_filtered_as_the_windows_are(tmp_path: Path) -> None:
    time_s = np.arange(4000) / 200
    both = np.sin(2 * np.pi * 2 * time_s) + 0.8 * np.sin(2 * np.pi * 30 * time_s)
    wfdb.wrsamp("bw", 200, ["mV"], ["a"], both[:, None], fmt=["16"], write_dir=str(tmp_path))
    for band_hz, expected in ((None, 2.0), ((20.0, 40.0), 30.0), ((0.5, 10.0), 2.0)):
        assert frequencies_hz(NoiseBank.load(tmp_path, FS_HZ, band_hz)) == [expected]


def test_one_record_alone_serves(tmp_path: Path) -> None:
    bank = NoiseBank.load(put(tmp_path, "ma", "em"), FS_HZ, None)
    assert list(bank.sha256) == ["ma"]
    assert frequencies_hz(bank) == [7.0, 7.0]


def test_a_flat_lead_is_no_track(tmp_path: Path) -> None:
    leads = np.stack([np.zeros(4000), np.sin(np.arange(4000) / 10)], axis=1)
    wfdb.wrsamp("bw", 200, ["mV", "mV"], ["a", "b"], leads, fmt=["16", "16"], write_dir=str(tmp_path))
    (track,) = NoiseBank.load(tmp_path, FS_HZ, None).tracks
    assert np.isfinite(track).all()


@pytest.mark.parametrize("there", [(), ("em",)])
def test_a_folder_without_them_is_one_sentence(tmp_path: Path, there: tuple[str, ...]) -> None:
    folder = put(tmp_path / "noise", *there)
    said = r"^[^\n]*noise holds no noise record bw or ma; give [^\n]*fetch nstdb[^\n]*$"
    with pytest.raises(SourceError, match=said):
        NoiseBank.load(folder, FS_HZ, None)


@given(
    lengths=st.lists(st.integers(30, 90), min_size=1, max_size=4),
    length=st.integers(1, 30),
    seed=st.integers(0, 99),
)
def test_stretches_are_slices_of_the_tracks(lengths: list[int], length: int, seed: int) -> None:
    # A sample says which track it is of, and where in it.
    tracks = tuple(np.arange(n, dtype=np.float32) + 1000 * index for index, n in enumerate(lengths))
    drawn = NoiseBank(tracks, {}).stretches(20, length, np.random.default_rng(seed))
    assert drawn.shape == (20, length)
    for stretch in drawn:
        index, start = divmod(int(stretch[0]), 1000)
        np.testing.assert_array_equal(stretch, tracks[index][start : start + length])


def test_stretches_come_from_all_tracks_and_all_places() -> None:
    tracks = (np.arange(50, dtype=np.float32), np.arange(1000, 1040, dtype=np.float32))
    drawn = NoiseBank(tracks, {}).stretches(3000, 10, np.random.default_rng(1))
    assert set(drawn[:, 0]) >= {*range(40), *range(1000, 1030)}
    assert (drawn[:, 0] >= 1000).mean() == pytest.approx(0.5, abs=0.05)


def test_the_folder_is_the_one_given_or_that_below_ecg_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "data" / "nstdb", "bw")
    own = put(tmp_path / "own", "ma")
    monkeypatch.delenv("ECG_DATA", raising=False)
    with pytest.raises(SourceError, match=r"^Recorded noise is mixed in: give the folder of [^\n]+$"):
        NoiseBank.found(None, FS_HZ, None)
    assert set(NoiseBank.found(own, FS_HZ, None).sha256) == {"ma"}
    monkeypatch.setenv("ECG_DATA", str(tmp_path / "data"))
    assert set(NoiseBank.found(None, FS_HZ, None).sha256) == {"bw"}
    assert set(NoiseBank.found(own, FS_HZ, None).sha256) == {"ma"}
    monkeypatch.setenv("ECG_DATA", str(tmp_path / "elsewhere"))
    with pytest.raises(SourceError, match="nstdb holds no noise record"):
        NoiseBank.found(None, FS_HZ, None)


@pytest.mark.data
def test_the_real_records_are_half_an_hour_of_two_leads(ecg_data: Path) -> None:
    if not (ecg_data / "nstdb" / "ma.hea").is_file():
        pytest.skip("needs the Noise Stress Test Database's own noise records")
    bank = NoiseBank.found(None, 128.0, (0.5, 40.0))
    assert set(bank.sha256) == {"bw", "ma"}
    assert [len(track) // 128 // 60 for track in bank.tracks] == [30] * 4
    assert [float(track.std()) for track in bank.tracks] == pytest.approx([1] * 4, abs=1e-3)
