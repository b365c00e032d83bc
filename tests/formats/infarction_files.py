"""A twelve-lead ECG of an inferior infarction at 41 bpm with the device's statements, in every format that has any."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from formats import dicom_writing, philips_writing, scp_writing

FS_HZ: Final = 500
STATEMENTS: Final = (
    "Sinus bradycardia",
    "Inferior infarct, acute",
    ">>> Acute MI <<<",
    "ABNORMAL ECG",
)
NORMAL: Final = ("Sinus rhythm", "Normal ECG")
TWELVE: Final = philips_writing.TWELVE

_R_MV: Final = {"I": 0.7, "II": 1.0, "V1": 0.3, "V2": 0.6, "V3": 0.9, "V4": 1.2, "V5": 1.1, "V6": 0.9}
_ST_MV: Final = {"I": -0.1, "II": 0.25, "V1": -0.1, "V2": -0.15, "V3": -0.1, "V4": 0.0, "V5": 0.0, "V6": 0.0}


def twelve_leads_uv(seconds: float = 10, bpm: float = 41, st_scale: float = 1.0) -> npt.NDArray[np.int64]:
    """Return microvolts in steps of 5, shape (samples, 12), with ST elevation in II, III and aVF."""
    time_s = np.arange(int(seconds * FS_HZ)) / FS_HZ
    since_s = (time_s - 0.7) % (60 / bpm)
    since_s = np.where(since_s > 30 / bpm, since_s - 60 / bpm, since_s)

    def bump(at_s: float, width_s: float) -> npt.NDArray[np.float64]:
        return np.exp(-(((since_s - at_s) / width_s) ** 2) / 2)

    leads = {}
    for name, height in _R_MV.items():
        qrs = height * (bump(0, 0.012) - 0.25 * bump(0.03, 0.012) - 0.15 * bump(-0.03, 0.01))
        st = st_scale * _ST_MV[name] * bump(0.13, 0.05)
        leads[name] = 0.1 * bump(-0.18, 0.025) + qrs + st + 0.3 * height * bump(0.3, 0.05)
    one, two = leads["I"], leads["II"]
    leads |= {"III": two - one, "aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
    return 5 * np.rint(200 * np.column_stack([leads[name] for name in TWELVE])).astype(np.int64)


def muse(path: Path, said: Sequence[str] = STATEMENTS, uv: npt.NDArray[np.int64] | None = None) -> Path:
    """Write GE MUSE XML; it stores eight leads."""
    given = twelve_leads_uv() if uv is None else uv
    leads = "".join(
        f"<LeadData><LeadSampleCountTotal>{len(given)}</LeadSampleCountTotal><LeadAmplitudeUnitsPerBit>5"
        "</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>"
        f"<LeadID>{name}</LeadID><LeadSampleSize>2</LeadSampleSize><WaveFormData>"
        f"{base64.b64encode((given[:, TWELVE.index(name)] // 5).astype('<i2').tobytes()).decode()}"
        "</WaveFormData></LeadData>"
        for name in _R_MV
    )
    lines = "".join(
        f"<DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag><StmtText>{_escaped(text)}</StmtText></DiagnosisStatement>"
        for text in said
    )
    path.write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE RestingECG SYSTEM "restecg.dtd"><RestingECG>'
        f"<Diagnosis>{lines}</Diagnosis><Waveform><WaveformType>Rhythm</WaveformType><SampleBase>{FS_HZ}</SampleBase>"
        f"<SampleExponent>0</SampleExponent>{leads}</Waveform></RestingECG>",
        encoding="latin-1",
    )
    return path


def philips(path: Path, said: Sequence[str] = STATEMENTS) -> Path:
    """Write Philips XML with XLI-packed leads."""
    stored = twelve_leads_uv() // 5
    attributes = (
        f'dataencoding="Base64" compression="XLI" numberofleads="12" samplespersecond="{FS_HZ}" resolution="5" '
        f'durationperchannel="{1000 * len(stored) // FS_HZ}" leadlabels="{" ".join(TWELVE)}"'
    )
    lines = "".join(f"<statement><leftstatement>{_escaped(text)}</leftstatement></statement>" for text in said)
    more = f"<interpretations><interpretation>{lines}</interpretation></interpretations>"
    path.write_text(philips_writing.document(philips_writing.xli(stored), attributes, more=more), encoding="utf-8")
    return path


def aecg(path: Path, said: Sequence[str] = STATEMENTS) -> Path:
    """Write HL7 aECG."""
    uv = twelve_leads_uv()
    leads = "".join(
        f'<component><sequence><code code="MDC_ECG_LEAD_{name.upper() if name.startswith("V") else name}"/>'
        '<value xsi:type="SLIST_PQ"><scale value="5" unit="uV"/>'
        f"<digits>{' '.join(map(str, uv[:, at] // 5))}</digits></value></sequence></component>"
        for at, name in enumerate(TWELVE)
    )
    lines = "".join(
        '<component><annotation><code code="MDC_ECG_INTERPRETATION_STATEMENT"/>'
        f'<value xsi:type="ST">{_escaped(text)}</value></annotation></component>'
        for text in said
    )
    path.write_text(
        '<?xml version="1.0"?>\n<AnnotatedECG xmlns="urn:hl7-org:v3" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><component><series><code code="RHYTHM"/>'
        "<component><sequenceSet>"
        '<component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">'
        '<head value="20200229235959.500"/><increment value="0.002" unit="s"/></value></sequence></component>'
        f"{leads}</sequenceSet></component><subjectOf><annotationSet>{lines}</annotationSet></subjectOf>"
        "</series></component></AnnotatedECG>",
        encoding="utf-8",
    )
    return path


def dicom(path: Path, said: Sequence[str] = STATEMENTS) -> Path:
    """Write a DICOM 12-lead waveform."""
    from pydicom.dataset import Dataset

    names = [name for name in TWELVE if name in dicom_writing.MDC_LEADS]
    stored = (twelve_leads_uv()[:, [TWELVE.index(name) for name in names]] // 5).astype("<i2")
    annotations = []
    for text in said:
        item = Dataset()
        item.UnformattedTextValue, item.ReferencedWaveformChannels = text, [1, 0]
        annotations.append(item)
    group = dicom_writing.group(stored, [dicom_writing.channel(name) for name in names], fs_hz=FS_HZ)
    return dicom_writing.write(path, [group], WaveformAnnotationSequence=annotations)


def scp(path: Path, said: Sequence[str] = STATEMENTS) -> Path:
    """Write SCP-ECG with the statements in section 8."""
    names = ["I", "II", "III", "V1", "V2"]
    uv = twelve_leads_uv()
    packed = [(uv[:, TWELVE.index(name)] // 5).astype("<i2").tobytes() for name in names]
    texts = [text.encode("latin-1") + b"\0" for text in said]
    body = bytes(8) + bytes([len(texts)])
    body += b"".join(struct.pack("<BH", at + 1, len(text)) + text for at, text in enumerate(texts))
    path.write_bytes(
        scp_writing.record(
            {
                1: scp_writing.tags({0: b"Muster\0"}),
                3: scp_writing.leads(names, [len(uv)] * len(names)),
                6: scp_writing.samples(packed),
                8: body,
            }
        )
    )
    return path


def wfdb(path: Path, said: Sequence[str] = ("426177001", "57054005", "164931005")) -> Path:
    """Write a WFDB record with SNOMED CT codes."""
    uv = twelve_leads_uv()
    path.with_suffix(".dat").write_bytes((uv // 5).astype("<i2").tobytes())
    lines = [f"{path.stem} 12 {FS_HZ} {len(uv)}"]
    lines += [f"{path.stem}.dat 16 200/mV 16 0 0 0 0 {name}" for name in TWELVE]
    path.write_text("\n".join([*lines, "# Age: 61", "# Sex: Male", f"# Dx: {','.join(said)}", ""]))
    return path


WRITERS: Final[dict[str, Callable[[Path], Path]]] = {
    "muse.xml": muse,
    "philips.xml": philips,
    "aecg.xml": aecg,
    "ecg.dcm": dicom,
    "ecg.scp": scp,
    "record.hea": wfdb,
}
"""By the name of the file that is written."""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
