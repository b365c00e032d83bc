"""Recordings whose every name and text is markup: HTML, Markdown as Streamlit reads it, and what Plotly reads."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import numpy as np
from formats import dicom_writing
from security.samples import FS_HZ, STEP_MV, stored_values

HTML: Final = '<img src=x onerror="window.hacked=1">'
MARKDOWN: Final = "[go](javascript:window.hacked=1) ![p](http://evil.example/p.png) :red[x] $x$ :material/home:"
PLOTLY: Final = '<a href="javascript:window.hacked=1">II</a><br><b>x</b>'
TEXTS: Final = (HTML, MARKDOWN, PLOTLY)

FORBIDDEN_TAGS: Final = frozenset({"img", "script", "iframe", "object", "embed", "svg", "link", "meta", "form", "a"})
"""Tags that no page writes around what a file says."""


def dicom(text: str, person: bool = False) -> dict[str, bytes]:
    """Return a DICOM waveform whose channels say so; and whom it names, where `person`: those words are hidden then."""
    channels = [dicom_writing.channel(f"{text[:50]} {n}", sensitivity=STEP_MV * 1000) for n in (1, 2)]
    note = dicom_writing.Dataset()
    note.UnformattedTextValue = text
    note.ReferencedWaveformChannels, note.ReferencedSamplePositions = [1, 0], [101]
    group = dicom_writing.group(stored_values(5000), channels, fs_hz=FS_HZ)
    texts = ("PatientID", "StudyDescription", "InstitutionName", "Manufacturer", "DeviceSerialNumber")
    named: dict[str, object] = {"WaveformAnnotationSequence": [note], "PatientName": "Roe^Jane"}
    if person:
        named |= {"PatientName": f"{text[:60]}^Jane", "PatientComments": text, **dict.fromkeys(texts, text[:64])}
    return {"x.dcm": _written(lambda path: dicom_writing.write(path, [group], **named))}


def wfdb_record(text: str, person: bool = False, name: str = "x") -> dict[str, bytes]:
    """Return a WFDB record whose leads and unit say so, and its comments, where `person`."""
    unit = text.replace(" ", "_").replace("/", "|")[:30]
    rest = f"16 0 0 0 0 {text}"
    signals = f"{name}.dat 16 200/{unit} {rest}\n{name}.dat 16 200/mV {rest} 2\n"
    header = f"{name} 2 {FS_HZ} 5000\n{signals}{f'# {text}{chr(10)}#Diagnosis: {text}{chr(10)}' if person else ''}"
    return {f"{name}.hea": header.encode(), f"{name}.dat": stored_values(5000).astype("<i2").tobytes()}


def table(text: str) -> dict[str, bytes]:
    """Return a table whose columns say so; a person has to say what it holds."""
    columns = text.replace(",", ";").replace('"', "'")
    rows = "\n".join(f"{np.sin(n / 30):.3f},{np.cos(n / 30):.3f}" for n in range(5000))
    return {"x.csv": f"{columns} a,{columns} b\n{rows}\n".encode()}


def file_name(text: str) -> str:
    """Return a file's name that says so, as far as a name can."""
    return f"{text.replace('/', '|')[:80]}.csv"


class Tags(HTMLParser):
    """Collects what a browser would take for markup in a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        harmful = [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]
        own = tag == "img" and dict(attrs).get("class") == "rs-trace" and not harmful  # drawn from numbers alone
        if (tag in FORBIDDEN_TAGS and not own) or harmful:
            self.bad.append(f"<{tag} {attrs}>")


def _written(write: Callable[[Path], Path]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that break the standard, as they are meant to
        path = Path(folder) / "x"
        write(path)
        return path.read_bytes()
