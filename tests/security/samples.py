"""One small file of each format, written by code: what truncation, lies and fuzzing begin with."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import edfio
import h5py
import numpy as np
import pandas as pd
import scipy.io
import wfdb
from formats import dicom_writing, philips_writing, scp_writing

from ecg_core.formats import TableLayout

FS_HZ = 250
STEP_MV = 0.005
NAMES = ("I", "II")
N_SAMPLES = 2500


@dataclass(frozen=True)
class Sample:
    """A recording in files.

    Attributes
    ----------
    name : str
    files : dict of str to bytes
    opened : str
        The file to open.
    layout : TableLayout or None
        What it does not say itself.
    cut : tuple of str
        The files that hold samples: what a broken transfer would cut off.
    """

    name: str
    files: dict[str, bytes]
    opened: str
    layout: TableLayout | None = None
    cut: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Write all files; returns the one to open."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder / self.opened


def stored_values(n_samples: int = N_SAMPLES, n_leads: int = 2) -> np.ndarray:
    """Return beats of a kind, in steps of 5 µV, shape (samples, leads)."""
    time_s = np.arange(n_samples)[:, None] / FS_HZ
    phase = (time_s * 1.2) % 1.0
    beat = 240 * np.exp(-(((phase - 0.4) / 0.012) ** 2)) + 50 * np.exp(-(((phase - 0.65) / 0.05) ** 2))
    return np.rint(beat * (1 + 0.5 * np.arange(n_leads)) + 3 * np.sin(time_s)).astype("<i2")


def _in_folder(write: Callable[[Path], Path], folder: Path, name: str, **more: object) -> Sample:
    folder.mkdir(parents=True)
    opened = write(folder)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    cut = tuple(file for file in files if not file.endswith((".hea", ".atr", ".ann")))
    return Sample(name, files, opened.name, cut=cut, **more)  # type: ignore[arg-type]


def _wfdb(folder: Path, fmt: str) -> Path:
    stored = stored_values().astype(int)
    stored = np.clip(stored, -100, 100) if fmt == "80" else stored
    more = {"units": ["mV"] * 2, "sig_name": list(NAMES), "adc_gain": [1 / STEP_MV] * 2, "baseline": [0] * 2}
    wfdb.wrsamp("x", fs=FS_HZ, d_signal=stored, fmt=[fmt] * 2, write_dir=str(folder), comments=["age 60"], **more)
    wfdb.wrann("x", "atr", np.array([100, 300, 600]), ["N", "V", "+"], aux_note=["", "", "(N"], write_dir=str(folder))
    return folder / "x.hea"


def _segments(folder: Path) -> Path:
    stored = stored_values().astype(int)
    more = {"units": ["mV"] * 2, "sig_name": list(NAMES), "adc_gain": [200.0] * 2, "baseline": [0] * 2}
    for number in (1, 2):
        part = stored[(number - 1) * 1000 : number * 1000]
        wfdb.wrsamp(f"m_{number}", fs=FS_HZ, d_signal=part, fmt=["16"] * 2, write_dir=str(folder), **more)
    (folder / "m.hea").write_text(f"m/3 2 {FS_HZ} 2500\nm_1 1000\n~ 500\nm_2 1000\n")
    return folder / "m.hea"


def _edf(folder: Path) -> Path:
    limits = {"physical_range": (-32768 * STEP_MV, 32767 * STEP_MV), "physical_dimension": "mV"}
    signals = [
        edfio.EdfSignal(lead * STEP_MV, FS_HZ, label=f"ECG {name}", **limits)  # type: ignore[arg-type]
        for name, lead in zip(NAMES, stored_values().T, strict=True)
    ]
    notes = [edfio.EdfAnnotation(1.0, None, "N"), edfio.EdfAnnotation(3.5, 2.0, "Walking")]
    edfio.Edf(signals, annotations=notes).write(folder / "x.edf")
    return folder / "x.edf"


def _bdf(folder: Path) -> Path:
    more = {"physical_range": (-4e4, 4e4), "physical_dimension": "uV"}
    signals = [
        edfio.BdfSignal(lead * STEP_MV * 1000, FS_HZ, label=name, **more)  # type: ignore[arg-type]
        for name, lead in zip(NAMES, stored_values().T, strict=True)
    ]
    edfio.Bdf(signals).write(folder / "x.bdf")
    return folder / "x.bdf"


def ishne_header(magic: bytes, n_samples: int) -> bytes:
    """Return the fixed header of a Holter file of two leads."""
    fixed = bytearray(magic.ljust(522, b"\0"))
    struct.pack_into("<iiiih", fixed, 10, 0, n_samples, 522, 522, 1)
    struct.pack_into("<hhh", fixed, 156, 2, 5, 6)
    struct.pack_into("<hh", fixed, 206, *[round(STEP_MV * 1e6)] * 2)
    struct.pack_into("<h", fixed, 272, FS_HZ)
    return bytes(fixed)


def _ishne(folder: Path) -> Path:
    (folder / "x.ecg").write_bytes(ishne_header(b"ISHNE1.0", N_SAMPLES) + stored_values().tobytes())
    beats = struct.pack("<I", 100) + b"".join(b"N1" + struct.pack("<H", 208) for _ in range(10))
    (folder / "x.ann").write_bytes(ishne_header(b"ANN  1.0", N_SAMPLES) + beats)
    return folder / "x.ecg"


def _dicom(folder: Path) -> Path:
    channels = [dicom_writing.channel(name, sensitivity=STEP_MV * 1000) for name in NAMES]
    mark = dicom_writing.Dataset()
    mark.ConceptNameCodeSequence = [dicom_writing.code("5.10.3-1", "QRS", "SCPECG")]
    mark.ReferencedWaveformChannels, mark.ReferencedSamplePositions = [1, 0], [101, 400]
    group = dicom_writing.group(stored_values(), channels, fs_hz=FS_HZ)
    path = folder / "x.dcm"
    return dicom_writing.write(path, [group], PatientName="Roe^Jane", WaveformAnnotationSequence=[mark])


def _scp(folder: Path) -> Path:
    bodies = {
        1: scp_writing.tags({0: b"Roe\0", 2: b"P-1\0", 25: struct.pack("<HBB", 2021, 3, 4), 26: bytes([5, 6, 7])}),
        2: struct.pack("<H", 19999),
        3: scp_writing.leads(list(NAMES), [N_SAMPLES] * 2),
        6: scp_writing.samples(
            [scp_writing.huffman(scp_writing.differences(lead, 1)) for lead in stored_values().T.astype(int)],
            interval_us=1_000_000 // FS_HZ,
            order=1,
        ),
    }
    (folder / "x.scp").write_bytes(scp_writing.record(bodies))
    return folder / "x.scp"


def _muse(folder: Path) -> Path:
    leads = "".join(
        f"<LeadData><LeadSampleCountTotal>{N_SAMPLES}</LeadSampleCountTotal><LeadAmplitudeUnitsPerBit>5"
        "</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>"
        f"<LeadID>{name}</LeadID><LeadSampleSize>2</LeadSampleSize><LeadDataCRC32>{zlib.crc32(lead.tobytes())}"
        f"</LeadDataCRC32><WaveFormData>{base64.b64encode(lead.tobytes()).decode()}</WaveFormData></LeadData>"
        for name, lead in zip(NAMES, stored_values().T.astype("<i2"), strict=True)
    )
    (folder / "x.xml").write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE RestingECG SYSTEM "restecg.dtd"><RestingECG>'
        "<PatientDemographics><PatientLastName>Roe</PatientLastName></PatientDemographics>"
        f"<Waveform><WaveformType>Rhythm</WaveformType><SampleBase>{FS_HZ}</SampleBase>{leads}</Waveform></RestingECG>"
    )
    return folder / "x.xml"


def _philips(folder: Path, packed: bool) -> Path:
    stored = stored_values(n_leads=12).astype(np.int64)
    attributes = f'samplespersecond="{FS_HZ}" durationperchannel="{N_SAMPLES * 1000 // FS_HZ}" resolution="5" '
    attributes += f'numberofleads="12" leadlabels="{" ".join(philips_writing.TWELVE)}" dataencoding="Base64"'
    if packed:
        # What XLI codes holds no difference of more than 16 bit.
        text = philips_writing.document(philips_writing.xli(stored), attributes + ' compressmethod="XLI"')
    else:
        text = philips_writing.document(stored.T.astype("<i2").tobytes(), attributes)
    (folder / "x.xml").write_text(text)
    return folder / "x.xml"


def _aecg(folder: Path) -> Path:
    leads = "".join(
        f'<component><sequence><code code="MDC_ECG_LEAD_{name}"/><value xsi:type="SLIST_PQ">'
        f'<origin value="0" unit="uV"/><scale value="5" unit="uV"/><digits>{" ".join(map(str, lead))}</digits>'
        "</value></sequence></component>"
        for name, lead in zip(NAMES, stored_values().T, strict=True)
    )
    (folder / "x.xml").write_text(
        '<?xml version="1.0"?><AnnotatedECG xmlns="urn:hl7-org:v3" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><component><series><code code="RHYTHM"/>'
        '<component><sequenceSet><component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">'
        f'<head value="20200229235959.500"/><increment value="{1 / FS_HZ}" unit="s"/></value></sequence></component>'
        f"{leads}</sequenceSet></component></series></component></AnnotatedECG>"
    )
    return folder / "x.xml"


def _csv(folder: Path) -> Path:
    frame = pd.DataFrame(stored_values() * STEP_MV, columns=[f"{name}_mv" for name in NAMES])
    frame.insert(0, "time_s", np.arange(N_SAMPLES) / FS_HZ)
    frame.to_csv(folder / "x.csv", index=False, float_format="%.6f")
    return folder / "x.csv"


def _parquet(folder: Path) -> Path:
    frame = pd.DataFrame(stored_values() * STEP_MV, columns=[f"{name} (mV)" for name in NAMES])
    frame.insert(0, "time_s", np.arange(N_SAMPLES) / FS_HZ)
    frame.to_parquet(folder / "x.parquet", row_group_size=1000)
    return folder / "x.parquet"


def _npy(folder: Path) -> Path:
    np.save(folder / "x.npy", stored_values())
    return folder / "x.npy"


def _hdf5(folder: Path) -> Path:
    with h5py.File(folder / "x.h5", "w") as file:
        held = file.create_dataset("ecg", data=stored_values() * STEP_MV, chunks=(500, 2), compression="gzip")
        held.attrs.update({"fs": FS_HZ, "unit": "mV", "leads": list(NAMES)})
    return folder / "x.h5"


def _mat(folder: Path, version: str) -> Path:
    scipy.io.savemat(folder / "x.mat", {"val": stored_values().T}, format=version, do_compression=version == "5")
    return folder / "x.mat"


def written_samples(folder: Path) -> list[Sample]:
    """Write a recording in every format that is read, and return them.

    Parameters
    ----------
    folder : Path
        An empty one, to work in.
    """
    layout = TableLayout(FS_HZ, f"{1 / STEP_MV:g}/mV", NAMES)
    samples = [
        _in_folder(lambda at, fmt=fmt: _wfdb(at, fmt), folder / f"wfdb-{fmt}", f"wfdb-{fmt}")  # type: ignore[misc]
        for fmt in ("16", "212", "80", "24", "32", "516")
    ]
    makers: list[tuple[str, Callable[[Path], Path], TableLayout | None]] = [
        ("wfdb-segments", _segments, None),
        ("edf", _edf, None),
        ("bdf", _bdf, None),
        ("ishne", _ishne, None),
        ("dicom", _dicom, None),
        ("scp", _scp, None),
        ("muse", _muse, None),
        ("philips", lambda at: _philips(at, False), None),
        ("philips-xli", lambda at: _philips(at, True), None),
        ("aecg", _aecg, None),
        ("csv", _csv, None),
        ("parquet", _parquet, None),
        ("npy", _npy, layout),
        ("hdf5", _hdf5, None),
        ("mat4", lambda at: _mat(at, "4"), layout),
        ("mat5", lambda at: _mat(at, "5"), layout),
    ]
    return samples + [_in_folder(make, folder / name, name, layout=layout) for name, make, layout in makers]


def real_samples(formats: Path) -> list[Sample]:
    """Return the real recordings of ``$ECG_DATA/formats``, each with the files that belong to it."""
    from ecg_core.formats import recognise
    from ecg_core.sources import list_recordings

    samples = []
    for found in list_recordings(formats).recordings:
        known = recognise(found.path)
        assert known is not None
        beside = {found.path, *known.siblings(found.path)}
        for header in [path for path in beside if path.suffix == ".hea"]:
            beside.update(known.siblings(header))
        files = {path.name: path.read_bytes() for path in sorted(beside)}
        cut = tuple(name for name in files if name.endswith((".dat", ".xyz", ".mat")) or len(files) == 1)
        cut = cut or tuple(name for name in files if not name.endswith(".hea"))
        samples.append(Sample(found.name, files, found.path.name, cut=cut))
    return samples
