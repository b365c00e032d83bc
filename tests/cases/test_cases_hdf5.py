"""HDF5: signals with rate, unit and names in attributes; what is left open is asked, other files are not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ecg_core.errors import RecordingError
from ecg_core.formats import LayoutNeededError, TableLayout, open_recording
from ecg_core.isolation import open_isolated

FS_HZ = 500.0


def waves(n_leads: int = 2, n_samples: int = 5000) -> np.ndarray:
    time_s = np.arange(n_samples)[:, None] / FS_HZ
    return np.sin(2 * np.pi * (1 + 0.3 * np.arange(n_leads)) * time_s)


def flat(file: h5py.File) -> None:
    """Write one array of samples by leads, all said by its own attributes."""
    held = file.create_dataset("ecg", data=waves() * 1000, chunks=(500, 2), compression="gzip")
    held.attrs.update({"fs": FS_HZ, "units": "uV", "leads": ["II", "V5"]})


def transposed(file: h5py.File) -> None:
    """Write leads by samples, with the rate at the root and names beside it."""
    file.attrs["sampling_rate"] = 500
    file.create_dataset("data", data=waves().T.astype("f4"))
    file["data"].attrs["unit"] = "mV"
    file["lead_names"] = np.array([b"II", b"V5"])


def by_lead(file: h5py.File) -> None:
    """Write a data set a lead, in a group with the rate as a data set, beside a slower respiration."""
    group = file.create_group("patient/ecg")
    for place, name in enumerate(("II", "V5")):
        group[name] = np.rint(waves()[:, place] * 1000).astype("i2")
        group[name].attrs["unit"] = "µV"
    group["sampling_frequency"] = FS_HZ
    slow = file.create_dataset("patient/resp", data=np.zeros(500))
    slow.attrs["fs"] = 25.0


def recorder(file: h5py.File) -> None:
    """Write as a recorder with groups by address does: columns of one value a row, the rate at the device."""
    device = file.create_group("20:15:05:29:21:00")
    device.attrs["sampling rate"] = FS_HZ
    for place, name in enumerate(("ECG II", "ECG V5")):
        held = device.create_dataset(f"raw/channel_{place + 1}", data=waves()[:, place : place + 1])
        held.attrs.update({"label": name, "units": "mV"})


def neuroscience(file: h5py.File) -> None:
    """Write in volts by a factor, with the rate at the data set of the start, as NWB does."""
    series = file.create_group("acquisition/ecg")
    held = series.create_dataset("data", data=np.rint(waves() * 1000).astype("i4"))
    held.attrs.update({"unit": "volts", "conversion": 1e-6, "leads": "II, V5"})
    series["starting_time"] = 0.0
    series["starting_time"].attrs["rate"] = FS_HZ


WRITERS = (flat, transposed, by_lead, recorder, neuroscience)


def write(path: Path, writer: Any) -> Path:
    with h5py.File(path, "w") as file:
        writer(file)
    return path


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize("isolated", [False, True])
def test_millivolts_rate_and_leads_are_those_that_were_written(tmp_path: Path, writer: Any, isolated: bool) -> None:
    path = write(tmp_path / "x.h5", writer)
    recording = (open_isolated if isolated else open_recording)(path)
    assert recording.format_name == "HDF5"
    assert recording.fs_hz == FS_HZ
    assert recording.lead_names == ("II", "V5")
    assert all(lead.calibrated for lead in recording.leads)
    np.testing.assert_allclose(recording.read(), waves(), atol=1e-3)
    np.testing.assert_allclose(recording.read(1234, 1300, ["V5"]), waves()[1234:1300, 1:], atol=1e-3)


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    recording = open_recording(write(tmp_path / "x.h5", by_lead))
    assert any("1 data set of x.h5 of another length" in note for note in recording.notes)


def test_without_rate_and_unit_a_person_is_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "x.h5", lambda file: file.create_dataset("values", data=waves()))
    with pytest.raises(LayoutNeededError) as asked:
        open_recording(path)
    assert set(asked.value.missing) == {"fs_hz", "unit"}
    recording = open_recording(path, layout=TableLayout(fs_hz=FS_HZ, unit="mV", lead_names=("II", "V5")))
    assert recording.lead_names == ("II", "V5")
    np.testing.assert_allclose(recording.read(), waves(), atol=1e-6)


def test_channels_without_names_open_with_a_note(tmp_path: Path) -> None:
    def writer(file: h5py.File) -> None:
        file.create_dataset("values", data=waves()).attrs.update({"fs": FS_HZ, "unit": "mV"})

    assert any("does not say which" in note for note in open_recording(write(tmp_path / "x.h5", writer)).notes)


def test_no_other_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    waves().astype("f8").tofile(secret)
    write(tmp_path / "other.h5", flat)

    def writer(file: h5py.File) -> None:
        file["ecg"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/ecg")
        layout = h5py.VirtualLayout((5000, 2), dtype="f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "ecg", shape=(5000, 2))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("outside", (5000, 2), "f8", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])

    with pytest.raises(RecordingError, match="holds no data set of numbers"):
        open_recording(write(tmp_path / "x.h5", writer))


def test_a_group_within_itself_ends(tmp_path: Path) -> None:
    def writer(file: h5py.File) -> None:
        flat(file)
        group = file.create_group("loop")
        group["again"] = group
        group["soft"] = h5py.SoftLink("/loop")

    assert open_recording(write(tmp_path / "x.h5", writer)).lead_names == ("II", "V5")


def test_a_chunk_that_unpacks_to_too_much_is_not_read(tmp_path: Path) -> None:
    def writer(file: h5py.File) -> None:
        file.create_dataset("ecg", (1 << 26, 2), "f8", chunks=(1 << 24, 2), compression="gzip").attrs["fs"] = FS_HZ

    with pytest.raises(RecordingError, match="holds no data set of numbers"):
        open_recording(write(tmp_path / "x.h5", writer))


@pytest.mark.parametrize("keep", [8, 100, 1000, 5000])
def test_a_file_cut_short_says_so(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path / "x.h5", flat)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RecordingError, match=r"x\.h5"):
        open_recording(path)


def test_who_it_is_stands_in_the_identity_alone(tmp_path: Path) -> None:
    def writer(file: h5py.File) -> None:
        flat(file)
        file.attrs["patient_name"] = "Jane Roe"

    recording = open_recording(write(tmp_path / "x.h5", writer))
    assert recording.identity is not None
    assert "Jane Roe" not in " ".join((*recording.notes, *recording.comments))
