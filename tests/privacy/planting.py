"""Files of every format that name a person who does not exist, and a search for that person in whatever was written."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path

import edfio
import h5py
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import scipy.io
import wfdb

from ecg_core.formats import TableLayout, open_recording
from ecg_core.recording import Recording
from ecg_core.signal.resampling import resample
from ecg_core.sources.demos import demo_folder

FIRST, LAST, NUMBER = "Zebulonia", "Quartermaine", "MRN7734215"
SERIAL, PHYSICIAN = "SNX90817263", "Thistlewaite"
FREE_TEXT = "lives beside the Wobblethorpe lighthouse"
BORN = date(1931, 5, 17)
BEGAN = datetime(2024, 3, 9, 14, 25, 36)
AGE = 92
STEM = f"{LAST}_{FIRST}_{NUMBER}"
FALL = f"{FIRST} {LAST} fainted"
"""An annotation's text."""

TRACES = (
    *("zebulonia", "quartermaine", "7734215", "90817263", "thistlewaite", "wobblethorpe", "lighthouse"),
    *("1931-05-17", "19310517", "17.05.1931", "17-may-1931", "05/17/1931", "05-17-1931"),
)
"""What must be found nowhere, in any case."""

FS_HZ = 500
STEP_MV = 0.005


@cache
def stored() -> np.ndarray:
    """30 s of an ECG of two leads in steps of 5 uV."""
    demo = open_recording(demo_folder() / "demo_pvc.hea")
    signal_mv = resample(demo.read(0, int(30 * demo.fs_hz), [0, 1]), demo.fs_hz, FS_HZ)
    return np.rint(signal_mv / STEP_MV).astype(np.int64)


def as_wfdb(folder: Path) -> Path:
    wfdb.wrsamp(
        "plain",
        fs=FS_HZ,
        units=["mV", "mV", "mV"],
        sig_name=["II", "V1", f"II {LAST}"],
        d_signal=np.column_stack([stored(), stored()[:, 0]]),
        adc_gain=[200.0] * 3,
        baseline=[0] * 3,
        fmt=["16"] * 3,
        base_time=BEGAN.time(),
        base_date=BEGAN.date(),
        write_dir=str(folder),
        comments=[
            f"Name: {FIRST} {LAST}",
            f"MRN: {NUMBER}",
            f"Date of birth: {BORN:%d.%m.%Y}",
            f"Age: {AGE}",
            "Sex: F",
            "Dx: 426177001",
            "Left bundle branch block.",
            f"Physician: Dr. {PHYSICIAN}",
            f"Serial number: {SERIAL}",
            FREE_TEXT,
        ],
    )
    wfdb.wrann(
        "plain",
        "atr",
        np.array([100, 700, 1500]),
        symbol=["N", '"', "+"],
        aux_note=["", FALL, "(AFIB"],
        write_dir=str(folder),
    )
    (folder / "plain.atr").rename(folder / f"{STEM}.atr")
    (folder / "plain.dat").rename(folder / f"{STEM}.dat")
    header = (folder / "plain.hea").read_text().replace("plain.dat", f"{STEM}.dat").replace("plain", STEM)
    (folder / "plain.hea").unlink()
    path = folder / f"{STEM}.hea"
    path.write_text(header)
    return path


def as_edf(folder: Path, *, kind: type = edfio.Edf, signal: type = edfio.EdfSignal, suffix: str = "edf") -> Path:
    mv = stored() * STEP_MV
    leads = [
        signal(mv[:, 0], FS_HZ, label="ECG II", physical_dimension="mV", physical_range=(-10, 10)),
        signal(mv[:, 1], FS_HZ, label=f"ECG {LAST[:8]}", physical_dimension="mV", physical_range=(-10, 10)),
        signal(mv[:, 1], FS_HZ, label=f"Resp {LAST[:8]}", physical_dimension="mV", physical_range=(-10, 10)),
    ]
    path = folder / f"{STEM}.{suffix}"
    kind(
        leads,
        patient=edfio.Patient(
            code=NUMBER, sex="F", birthdate=BORN, name=f"{FIRST}_{LAST}", additional=["Wobblethorpe_lighthouse"]
        ),
        recording=edfio.Recording(
            startdate=BEGAN.date(), investigator_technician_code=PHYSICIAN, equipment_code=SERIAL
        ),
        starttime=BEGAN.time(),
        annotations=[edfio.EdfAnnotation(1.4, None, FALL), edfio.EdfAnnotation(2.0, None, "V")],
    ).write(path)
    return path


def as_bdf(folder: Path) -> Path:
    return as_edf(folder, kind=edfio.Bdf, signal=edfio.BdfSignal, suffix="bdf")


def as_dicom(folder: Path) -> Path:
    from dicom_writing import channel, code, group, write
    from pydicom.dataset import Dataset

    fall, confirmed, other = Dataset(), Dataset(), Dataset()
    fall.ReferencedWaveformChannels, fall.TemporalRangeType = [1, 0], "POINT"
    fall.ReferencedSamplePositions, fall.UnformattedTextValue = [700], FALL
    confirmed.ReferencedWaveformChannels, confirmed.UnformattedTextValue = [1, 0], f"Confirmed by {PHYSICIAN}"
    other.PatientID, other.TypeOfPatientID = NUMBER, "TEXT"
    rhythm = group(stored().astype("<i2"), [channel("II"), channel("V1")], MultiplexGroupLabel=f"{LAST} 1")
    median = group(
        stored()[:500, :1].astype("<i2"), [channel("II")], WaveformOriginality="DERIVED", MultiplexGroupLabel=LAST
    )
    return write(
        folder / f"{STEM}.dcm",
        [rhythm, median],
        AcquisitionDateTime=BEGAN.strftime("%Y%m%d%H%M%S"),
        PatientName=f"{LAST}^{FIRST}",
        PatientID=NUMBER,
        PatientBirthDate=BORN.strftime("%Y%m%d"),
        PatientAge=f"0{AGE}Y",
        PatientSex="F",
        DeviceSerialNumber=SERIAL,
        Manufacturer="ACME",
        ReferringPhysicianName=PHYSICIAN,
        PatientComments=FREE_TEXT,
        OtherPatientIDsSequence=[other],
        AcquisitionContextSequence=[code("5.4.5-33-1-1", "Electrocardiograph")],
        WaveformAnnotationSequence=[fall, confirmed],
    )


def as_aecg(folder: Path) -> Path:
    from test_aecg import HEAD, sequence, sequence_set

    head = f'<head value="{BEGAN:%Y%m%d%H%M%S}.000"/>'
    digits = [" ".join(map(str, column)) for column in stored().T]
    sets = sequence_set(sequence("II", digits[0]), sequence("V1", digits[1]), head=head, step="0.002")
    subject = (
        "<componentOf><timepointEvent><componentOf><subjectAssignment><subject>"
        f'<trialSubject><id extension="{NUMBER}"/>'
        f"<subjectDemographicPerson><name>{FIRST} {LAST}</name>"
        f'<administrativeGenderCode code="F"/><birthTime value="{BORN:%Y%m%d}"/></subjectDemographicPerson>'
        f"</trialSubject></subject></subjectAssignment></componentOf></timepointEvent></componentOf>"
    )
    device = (
        "<author><seriesAuthor><manufacturedSeriesDevice>"
        f'<id extension="{SERIAL}"/><manufacturerModelName>CART</manufacturerModelName></manufacturedSeriesDevice>'
        f"<assignedPerson><name>{PHYSICIAN}</name></assignedPerson></seriesAuthor></author>"
    )
    comment = f"<subjectOf><subjectFindingComment><text>{FREE_TEXT}</text></subjectFindingComment></subjectOf>"
    statement = (
        "<subjectOf><annotationSet><component><annotation>"
        '<code code="MDC_ECG_INTERPRETATION_STATEMENT"/>'
        f'<value xsi:type="ST">Confirmed by {PHYSICIAN}</value></annotation></component></annotationSet></subjectOf>'
    )
    series = f'<component><series><code code="RHYTHM"/>{device}{sets}{statement}</series></component>'
    path = folder / f"{STEM}.xml"
    path.write_text(f"{HEAD}{subject}{series}{comment}</AnnotatedECG>", encoding="utf-8")
    return path


def as_scp(folder: Path) -> Path:
    import scp_writing as scp

    machine = bytearray(36)
    machine[8:14], machine[14] = b"CART7\0", 20
    fields = {
        0: LAST.encode() + b"\0",
        1: FIRST.encode() + b"\0",
        2: NUMBER.encode() + b"\0",
        4: struct.pack("<HB", AGE, 1),
        5: struct.pack("<HBB", BORN.year, BORN.month, BORN.day),
        8: b"\x02",
        14: bytes(machine) + b"prog\0" + SERIAL.encode() + b"\0sw\0scp\0ACME\0",
        20: PHYSICIAN.encode() + b"\0",
        25: struct.pack("<HBB", BEGAN.year, BEGAN.month, BEGAN.day),
        26: bytes([BEGAN.hour, BEGAN.minute, BEGAN.second]),
        30: FREE_TEXT.encode() + b"\0",
    }
    said = f"Confirmed by {PHYSICIAN}".encode() + b"\0"
    section_8 = bytes([0]) + b"\0" * 7 + bytes([1]) + struct.pack("<BH", 1, len(said)) + said
    plain = [column.astype("<i2").tobytes() for column in stored().T]
    bodies = {
        1: scp.tags(fields),
        3: scp.leads(["II", "V1"], [len(stored())] * 2),
        6: scp.samples(plain, nanovolts=5000),
        8: section_8,
    }
    path = folder / f"{STEM}.scp"
    path.write_bytes(scp.record(bodies))
    return path


def as_muse(folder: Path) -> Path:
    from test_muse import document, lead, waveform

    about = (
        f"<PatientDemographics><PatientID>{NUMBER}</PatientID><PatientLastName>{LAST}</PatientLastName>"
        f"<PatientFirstName>{FIRST}</PatientFirstName><PatientAge>{AGE}</PatientAge><AgeUnits>YEARS</AgeUnits>"
        f"<DateofBirth>{BORN:%m-%d-%Y}</DateofBirth><Gender>FEMALE</Gender></PatientDemographics>"
        f"<TestDemographics><AcquisitionDate>{BEGAN:%m-%d-%Y}</AcquisitionDate>"
        f"<AcquisitionTime>{BEGAN:%H:%M:%S}</AcquisitionTime><CartNumber>{SERIAL}</CartNumber>"
        f"<OverreaderLastName>{PHYSICIAN}</OverreaderLastName><SiteName>{FREE_TEXT}</SiteName></TestDemographics>"
        "<Diagnosis><DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag>"
        f"<StmtText>Confirmed by {PHYSICIAN.upper()}, ALBUS (7) on 3/9/2024</StmtText></DiagnosisStatement>"
        "<DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag><StmtText>Normal sinus rhythm</StmtText>"
        "</DiagnosisStatement></Diagnosis>"
    )
    leads = [lead(name, column, step="5") for name, column in zip(("II", "V1"), stored().T, strict=True)]
    path = folder / f"{STEM}.xml"
    path.write_bytes(document(about, waveform(*leads)).encode("latin-1"))
    return path


def as_philips(folder: Path) -> Path:
    from philips_writing import document

    more = (
        f"<userdefines><userdefine><label>Ward</label><value>{FREE_TEXT}</value></userdefine></userdefines>"
        f"<patient><generalpatientdata><patientid>{NUMBER}</patientid>"
        f"<name><lastname>{LAST}</lastname><firstname>{FIRST}</firstname></name>"
        f"<age><years>{AGE}</years><dateofbirth>{BORN:%Y-%m-%d}</dateofbirth></age>"
        "<sex>Female</sex></generalpatientdata></patient>"
        f"<interpretations><interpretation><mdsignatureline>Dr. {PHYSICIAN}</mdsignatureline><statement>"
        f"<leftstatement>SINUS RHYTHM</leftstatement><rightstatement>seen by {PHYSICIAN}</rightstatement></statement>"
        "</interpretation></interpretations>"
    )
    attributes = (
        f'dataencoding="Plain" durationperchannel="{len(stored()) * 1000 // FS_HZ}" samplespersecond="{FS_HZ}" '
        'leadlabels="II V1" resolution="5"'
    )
    numbers = " ".join(map(str, stored().T.ravel()))
    acquired = f'<machine machineid="{SERIAL}">PageWriter</machine>'
    path = folder / f"{STEM}.xml"
    path.write_text(document(numbers, attributes, more=more, acquired=acquired), encoding="utf-8")
    return path


def as_ishne(folder: Path) -> Path:
    from test_ishne import header

    texts: dict[str, int | bytes] = {
        "at_28": FIRST.encode() + b"\0" * 10,
        "at_68": LAST.encode() + b"\0" * 10,
        "at_108": NUMBER.encode() + b"\0" * 5,
        "at_232": f"H12 {SERIAL}".encode() + b"\0" * 5,
        "at_274": PHYSICIAN.encode() + b"\0" * 5,
        "at_132": struct.pack("<hhh", BORN.day, BORN.month, BORN.year),
        "at_138": struct.pack("<hhh", BEGAN.day, BEGAN.month, BEGAN.year),
        "at_272": FS_HZ,
    }
    path = folder / f"{STEM}.ecg"
    comment = FREE_TEXT.encode() + b"\0"
    path.write_bytes(header(b"ISHNE1.0", len(stored()), comment=comment, **texts) + stored().astype("<i2").tobytes())
    entries = b"".join(label + struct.pack("<H", after) for label, after in [(b"N\0", 100), (b"V\0", 400)])
    beats = header(b"ANN  1.0", len(stored()), comment=comment, **texts) + struct.pack("<I", 0) + entries
    path.with_suffix(".ann").write_bytes(beats)
    return path


def as_csv(folder: Path, *, suffix: str = "csv", sign: str = ",") -> Path:
    above = (
        f"# Patient: {FIRST} {LAST}\n# MRN: {NUMBER}\n# DOB: {BORN:%Y-%m-%d}\n# Serial: {SERIAL}\n"
        f"# Doctor: {PHYSICIAN}\n# {FREE_TEXT}\n# fs: {FS_HZ}\n# units: mV\n"
    )
    rows = pd.DataFrame(stored() * STEP_MV, columns=["II", "V1"])
    rows[f"Resp {LAST}"] = 0.5
    path = folder / f"{STEM}.{suffix}"
    path.write_text(above + rows.to_csv(index=False, sep=sign, float_format="%.3f"))
    return path


def as_tsv(folder: Path) -> Path:
    return as_csv(folder, suffix="tsv", sign="\t")


def as_parquet(folder: Path) -> Path:
    rows = pd.DataFrame(stored() * STEP_MV, columns=["II", "V1"]).assign(physician=f"Dr. {PHYSICIAN}")
    table = pyarrow.Table.from_pandas(rows)
    said = {
        "fs": str(FS_HZ),
        "unit": "mV",
        "patient_name": f"{FIRST} {LAST}",
        "patient_id": NUMBER,
        "birth_date": f"{BORN:%Y-%m-%d}",
        "device_serial": SERIAL,
        "remark": FREE_TEXT,
    }
    path = folder / f"{STEM}.parquet"
    pyarrow.parquet.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **said}), path)
    return path


def as_hdf5(folder: Path) -> Path:
    path = folder / f"{STEM}.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update({"patient_name": f"{FIRST} {LAST}", "patient_id": NUMBER, "remark": FREE_TEXT})
        group = file.create_group(LAST)
        group["device_serial"] = SERIAL
        held = group.create_dataset("ecg", data=stored() * STEP_MV)
        held.attrs.update({"fs": FS_HZ, "unit": "mV", "leads": ["II", "V1"], "physician": PHYSICIAN})
        held.attrs["birth_date"] = f"{BORN:%Y-%m-%d}"
        group.create_dataset(f"Resp {LAST}", data=np.zeros(5000)).attrs["fs"] = 1.0
    return path


def as_mat(folder: Path) -> Path:
    path = folder / f"{STEM}.mat"
    said = {"name": f"{FIRST} {LAST}", "id": NUMBER, "serial": SERIAL, "physician": PHYSICIAN, "remark": FREE_TEXT}
    born = {"birthdate": f"{BORN:%Y-%m-%d}"}
    scipy.io.savemat(path, {"val": (stored() * STEP_MV).T, LAST: np.arange(6).reshape(2, 3), **said, **born})
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "WFDB": as_wfdb,
    "EDF+": as_edf,
    "BDF+": as_bdf,
    "DICOM": as_dicom,
    "HL7 aECG": as_aecg,
    "SCP-ECG": as_scp,
    "GE MUSE XML": as_muse,
    "Philips XML": as_philips,
    "ISHNE": as_ishne,
    "CSV": as_csv,
    "TSV": as_tsv,
    "Parquet": as_parquet,
    "MATLAB 5": as_mat,
    "HDF5": as_hdf5,
}
"""Every format that can hold words besides numbers."""


def opened(path: Path) -> Recording:
    """Open a planted file; MATLAB's say neither rate nor unit."""
    layout = TableLayout(fs_hz=FS_HZ, unit="mV") if path.suffix == ".mat" else None
    return open_recording(path, layout=layout)


def traces_in(content: bytes, what: str) -> list[str]:
    """Return which traces of the person a content holds, packed or not, in any usual encoding."""
    found = [
        f"{trace} ({encoding}) in {what}"
        for trace in TRACES
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        if trace.encode(encoding) in content.lower()
    ]
    found += [
        f"{word} (base64) in {what}"
        for word in (FIRST, LAST, NUMBER, SERIAL, PHYSICIAN)
        for lead_in in range(3)
        if base64.b64encode(b" " * lead_in + word.encode())[4:-4] in content
    ]
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                found += traces_in(name.encode(), f"a name within {what}")
                found += traces_in(archive.read(name), f"{name} within {what}")
    if content[:2] == b"\x1f\x8b":
        found += traces_in(gzip.decompress(content), f"{what} unpacked")
    return found


def traces_below(folder: Path) -> list[str]:
    """Return the traces of the person in the names and contents of all files below a folder."""
    return list(_below(folder))


def _below(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield from traces_in(name.encode(), "a file's name")
        if path.is_file():
            yield from traces_in(path.read_bytes(), name)
