"""Files whose names do not say which channels are ECG: they ask, and open once a person has chosen."""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pytest
from formats import dicom_writing

from ecg_core.cli.program import main
from ecg_core.errors import RecordingError
from ecg_core.formats import ChannelsNeededError, TableLayout, open_recording
from ecg_core.formats.common.lead_names import names_ecg, usual_name
from ecg_core.isolation import open_isolated
from pages.services.table_layouts import keep_layout, layout_of

FS_HZ = 250.0


def ecg_mv(n_samples: int = 5000) -> np.ndarray:
    """Return a train of narrow peaks, 72 a minute, 1 mV high."""
    time_s = np.arange(n_samples) / FS_HZ
    return np.exp(-0.5 * (((time_s % (60 / 72)) - 0.3) / 0.012) ** 2)


def write_edf(path: Path, *, label: str = "Cardio") -> Path:
    signals = [
        edfio.EdfSignal(0.1 * ecg_mv() + 0.05, FS_HZ, label="EEG Fp1", physical_dimension="mV", physical_range=(-3, 3)),
        edfio.EdfSignal(ecg_mv(), FS_HZ, label=label, physical_dimension="mV", physical_range=(-3, 3)),
        edfio.EdfSignal(np.zeros(20), 1, label="Body position", physical_dimension="", physical_range=(-3, 3)),
    ]
    edfio.Edf(signals).write(path)
    return path


def write_wfdb(path: Path) -> Path:
    stored = np.rint(np.stack([0.1 * ecg_mv(), ecg_mv()], axis=1) * 200).astype("<i2")
    path.with_suffix(".dat").write_bytes(stored.tobytes())
    lines = [
        f"{path.with_suffix('.dat').name} 16 200/{unit} 16 0 0 0 0 {name}"
        for unit, name in (("mmHg", "ABP"), ("adu", "Cardio"))
    ]
    path.write_text("\n".join([f"{path.stem} 2 250 5000", *lines, ""]))
    return path


def write_dicom(path: Path) -> Path:
    stored = np.rint(np.stack([0.1 * ecg_mv(), ecg_mv()], axis=1) * 200).astype("<i2")
    channels = [dicom_writing.channel(name, unit=unit) for name, unit in (("ABP", "mm[Hg]"), ("Cardio", "%"))]
    return dicom_writing.write(path, [dicom_writing.group(stored, channels, fs_hz=FS_HZ)])


FILES = {"x.edf": write_edf, "x.hea": write_wfdb, "x.dcm": write_dicom}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("isolated", [False, True])
def test_a_file_without_a_name_of_a_lead_asks_and_opens_as_chosen(tmp_path: Path, name: str, isolated: bool) -> None:
    path = FILES[name](tmp_path / name)
    opening = open_isolated if isolated else open_recording
    with pytest.raises(ChannelsNeededError, match="Choose those that are ECG leads") as asked:
        opening(path)
    assert [channel.name for channel in asked.value.channels][-1] == "Cardio"
    assert len(asked.value.channels) == 2  # what is too slow for an ECG is not offered
    for channel in asked.value.channels:
        assert channel.fs_hz == FS_HZ
        assert len(channel.trace) == 120
    small, large = (np.ptp(channel.trace) for channel in asked.value.channels)
    assert 5 * small < large
    recording = opening(path, layout=TableLayout(channels=("cardio",)))
    assert recording.lead_names == ("Cardio",)
    assert recording.user_metadata == (("channels", "cardio"),)
    assert any("channels were given by a person" in note for note in recording.notes)
    signal = recording.read()[:, 0]
    assert np.corrcoef(signal, ecg_mv())[0, 1] > 0.99


@pytest.mark.parametrize("name", FILES)
def test_a_channel_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    path = FILES[name](tmp_path / name)
    with pytest.raises(RecordingError, match="has no channel EKG7; its channels are"):
        open_recording(path, layout=TableLayout(channels=("EKG7",)))


def test_any_channel_may_be_chosen_instead_of_the_one_that_is_named(tmp_path: Path) -> None:
    path = write_edf(tmp_path / "x.edf", label="ECG")
    assert open_recording(path).lead_names == ("ECG",)
    other = open_recording(path, layout=TableLayout(channels=("EEG Fp1",)))
    assert other.lead_names == ("EEG Fp1",)
    assert other.sha256 != open_recording(path).sha256


def test_a_file_with_nothing_as_fast_as_an_ecg_is_refused_as_before(tmp_path: Path) -> None:
    slow = edfio.EdfSignal(np.zeros(20), 1, label="Cardio", physical_dimension="mV", physical_range=(-3, 3))
    edfio.Edf([slow]).write(tmp_path / "x.edf")
    with pytest.raises(RecordingError, match="holds no ECG lead") as caught:
        open_recording(tmp_path / "x.edf")
    assert not isinstance(caught.value, ChannelsNeededError)


def test_the_choice_is_kept_with_the_file(tmp_path: Path) -> None:
    path = write_edf(tmp_path / "x.edf")
    layout = TableLayout(channels=("Cardio", "EEG Fp1"))
    keep_layout(path, "upload", layout)
    assert layout_of(path, "upload") == layout


def test_the_command_line_takes_channels_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_edf(tmp_path / "x.edf")
    out = str(tmp_path / "out")
    assert main(["analyse", str(path), "--out", out, "--no-classify"]) == 2
    assert "--channels" in capsys.readouterr().err
    assert main(["analyse", str(path), "--out", out, "--no-classify", "--channels", "Cardio"]) == 0
    assert "24 beats" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given, lead",
    [
        *[("Ableitung II", "II"), ("Abl. V3", "V3"), ("dérivation aVL", "aVL"), ("derivación III", "III")],
        *[("Derivação V1", "V1"), ("derivazione I", "I"), ("afleiding II", "II"), ("avledning V5", "V5")],
        *[("отведение aVF", "aVF"), ("отв. II", "II"), ("відведення V2", "V2"), ("导联 II", "II"), ("II导联", "II")],
        *[("導聯V6", "V6"), ("第II誘導", "II"), ("V4 誘導", "V4"), ("elvezetés I", "I"), ("odprowadzenie II", "II")],
        *[("Ⅱ", "II"), ("Ｖ５", "V5"), ("аVR", "aVR"), ("心电图 V3", "V3"), ("ЭКГ II", "II"), ("Kanal II", "II")],
        *[("DII", "II"), ("D III", "III"), ("Derivación DI", "I"), ("V 1", "V1"), ("aV-L", "aVL"), ("LeadII", "II")],
    ],
)  # fmt: skip
def test_leads_are_known_in_the_languages_of_their_users(given: str, lead: str) -> None:
    assert usual_name(given) == lead
    assert names_ecg(given)


@pytest.mark.parametrize("name", ["C3-Ref", "C4-A1", "EEG F3-Ref", "M2", "Fp1", "Cardio", "X1-Y1", "导联脱落", "отвод"])
def test_what_does_not_plainly_say_ecg_is_not_taken_for_one(name: str) -> None:
    assert not names_ecg(name)
