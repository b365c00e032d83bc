"""One signal through every format: the same millivolts within each format's step, and the same beats."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import edfio
import numpy as np
import pandas as pd
import pytest
import scipy.io
import wfdb
from dicom_writing import channel, group
from dicom_writing import write as write_dicom

from ecg_core.detection import detect_beats
from ecg_core.formats import TableLayout, open_recording

pytestmark = pytest.mark.slow

FS_HZ = 360
STEP_MV = 0.005
NAMES = ("MLII", "V5")

Writer = Callable[[Path, np.ndarray], Path]


def as_wfdb(folder: Path, stored: np.ndarray) -> Path:
    more = {"units": ["mV"] * 2, "sig_name": list(NAMES), "adc_gain": [1 / STEP_MV] * 2, "baseline": [0] * 2}
    wfdb.wrsamp("x", fs=FS_HZ, d_signal=stored.astype(int), fmt=["16"] * 2, write_dir=str(folder), **more)
    return folder / "x.hea"


def as_edf(folder: Path, stored: np.ndarray) -> Path:
    limits = {"physical_range": (-32768 * STEP_MV, 32767 * STEP_MV), "physical_dimension": "mV"}
    signals = [
        edfio.EdfSignal(lead * STEP_MV, FS_HZ, label=f"ECG {name}", **limits)  # type: ignore[arg-type]
        for name, lead in zip(NAMES, stored.T, strict=True)
    ]
    edfio.Edf(signals).write(folder / "x.edf")
    return folder / "x.edf"


def as_bdf(folder: Path, stored: np.ndarray) -> Path:
    signals = [
        edfio.BdfSignal(lead * STEP_MV * 1000, FS_HZ, label=name, physical_range=(-4e4, 4e4), physical_dimension="uV")
        for name, lead in zip(NAMES, stored.T, strict=True)
    ]
    edfio.Bdf(signals).write(folder / "x.bdf")
    return folder / "x.bdf"


def as_ishne(folder: Path, stored: np.ndarray) -> Path:
    fixed = bytearray(b"ISHNE1.0".ljust(522, b"\0"))
    struct.pack_into("<iiiih", fixed, 10, 0, len(stored), 522, 522, 1)
    struct.pack_into("<hhh", fixed, 156, 2, 1, 15)
    struct.pack_into("<hh", fixed, 206, *[round(STEP_MV * 1e6)] * 2)
    struct.pack_into("<h", fixed, 272, FS_HZ)
    (folder / "x.ecg").write_bytes(bytes(fixed) + stored.astype("<i2").tobytes())
    return folder / "x.ecg"


def as_dicom(folder: Path, stored: np.ndarray) -> Path:
    channels = [channel(name, sensitivity=STEP_MV * 1000) for name in NAMES]
    return write_dicom(folder / "x.dcm", [group(stored.astype("<i2"), channels, fs_hz=FS_HZ)])


def as_csv(folder: Path, stored: np.ndarray) -> Path:
    frame = pd.DataFrame(stored * STEP_MV, columns=[f"{name}_mv" for name in NAMES])
    frame.insert(0, "time_s", np.arange(len(stored)) / FS_HZ)
    frame.to_csv(folder / "x.csv", index=False, float_format="%.6f")
    return folder / "x.csv"


def as_parquet(folder: Path, stored: np.ndarray) -> Path:
    frame = pd.DataFrame(stored * STEP_MV * 1000, columns=[f"{name} (uV)" for name in NAMES])
    frame.insert(0, "time_s", np.arange(len(stored)) / FS_HZ)
    frame.to_parquet(folder / "x.parquet", row_group_size=5000)
    return folder / "x.parquet"


def as_npy(folder: Path, stored: np.ndarray) -> Path:
    np.save(folder / "x.npy", stored.astype("<i2"))
    return folder / "x.npy"


def as_matlab(folder: Path, stored: np.ndarray) -> Path:
    scipy.io.savemat(folder / "x.mat", {"val": stored.T.astype("<i2")}, format="4")
    return folder / "x.mat"


@pytest.mark.data
@pytest.mark.parametrize("write", [as_wfdb, as_edf, as_bdf, as_ishne, as_dicom, as_csv, as_parquet, as_npy, as_matlab])
def test_the_same_millivolts_and_beats_through_every_format(ecg_data: Path, tmp_path: Path, write: Writer) -> None:
    original = open_recording(ecg_data / "mitdb" / "208").read(0, 60 * FS_HZ)
    stored = np.rint(original / STEP_MV).astype(np.int16)
    layout = TableLayout(FS_HZ, f"{1 / STEP_MV:g}/mV", NAMES) if write in (as_npy, as_matlab) else None
    recording = open_recording(write(tmp_path, stored), layout=layout)
    assert recording.fs_hz == pytest.approx(FS_HZ, rel=1e-9)
    assert recording.n_samples == len(stored)
    assert all(lead.calibrated for lead in recording.leads)
    told = ("The sampling rate, the unit and the leads were given by a person.",) if layout else ()
    assert recording.notes == told
    if write is not as_ishne and write is not as_dicom:  # neither knows MLII
        assert recording.lead_names == NAMES
    signal = recording.read()
    np.testing.assert_allclose(signal, stored * STEP_MV, atol=0.51 * STEP_MV)
    np.testing.assert_array_equal(detect_beats(signal, FS_HZ), detect_beats(original, FS_HZ))
