"""Files as people make them who mean harm, and what is said of each: one catalogue for all tests.

Each entry is made by code when it is asked for. `says` is part of the one sentence that a person gets; where it is
empty the upload opens, and what it says of itself must show as text.
"""

from __future__ import annotations

import io
import pickle
import stat
import struct
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from security.samples import Sample, ishne_header, stored_values, written_samples

Files = list[tuple[str, bytes]]
MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
BACKWARDS = "\N{RIGHT-TO-LEFT OVERRIDE}II\N{RIGHT-TO-LEFT ISOLATE}"


@dataclass(frozen=True)
class Hostile:
    """An upload that means harm.

    Attributes
    ----------
    name : str
    make : callable
        Returns its files.
    says : str
        Part of the sentence that refuses it; empty where it opens.
    """

    name: str
    make: Callable[[], Files]
    says: str = ""


@cache
def _samples() -> dict[str, Sample]:
    with TemporaryDirectory() as folder:
        return {sample.name: sample for sample in written_samples(Path(folder) / "made")}


def sample(name: str) -> Files:
    """Return the files of a written sample."""
    return list(_samples()[name].files.items())


def zip_of(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip; the same name may stand in it twice."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def _named(name: str) -> Hostile:
    label = name.encode("unicode_escape").decode()[:30]
    return Hostile(f"zip name {label}", lambda: [("a.zip", zip_of([(name, b"x")]))], "cannot be used; rename it")


def _special(kind: int) -> Files:
    entry = zipfile.ZipInfo("a.dat")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return [("a.zip", buffer.getvalue())]


def _bomb() -> Files:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.dat", "w") as entry:
        for _ in range(300):
            entry.write(bytes(1 << 20))
    return [("bomb.zip", buffer.getvalue())]


def _many(n_entries: int) -> Files:
    """Return a zip whose list of contents has many entries, all of the same small file."""
    name, content = b"a.hea", b"x"
    crc = zlib.crc32(content)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, crc, 1, 1, len(name), 0) + name + content
    listed = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, crc, 1, 1, len(name), 0, 0, 0, 0, 0, 0) + name
    contents = listed * n_entries
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, min(n_entries, 0xFFFF), len(contents), len(local), 0)
    return [("many.zip", local + contents + end)]


def _zip64() -> Files:
    (_, packed), *_ = _many(2)
    local, rest = packed[:36], packed[36:]
    contents = rest[:-22]
    size, place = 1 << 40, len(local)
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1 << 40, 1 << 40, size, place)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + len(contents), 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return [("zip64.zip", local + contents + end64 + locator + end)]


def _flagged(flag: int) -> Files:
    packed = bytearray(zip_of(sample("wfdb-16")))
    packed[6] |= flag
    packed[packed.index(b"PK\1\2") + 8] |= flag
    return [("secret.zip", bytes(packed))]


def _lying() -> Files:
    packed = zip_of([("a.dat", bytes(3 << 20))])
    return [("lying.zip", packed.replace((3 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))]


def _wfdb(first: str, *lines: str, n_bytes: int = 2000) -> Callable[[], Files]:
    text = "\n".join((first, *(lines or ("x.dat 16 200 16 0 0 0 0 II",)))) + "\n"
    return lambda: [("x.hea", text.encode("utf-8", "surrogateescape")), ("x.dat", bytes(n_bytes))]


def _edf(**fields: str) -> Callable[[], Files]:
    places = {"records": (236, 8), "duration": (244, 8), "signals": (252, 4), "samples": (256 + 3 * 216, 8)}

    def make() -> Files:
        content = bytearray(sample("edf")[0][1])
        for key, text in fields.items():
            at, width = places[key]
            content[at : at + width] = text.encode().ljust(width)[:width]
        return [("x.edf", bytes(content))]

    return make


def _ishne(**fields: int) -> Callable[[], Files]:
    places = {"comment_bytes": (10, "<i"), "leads": (156, "<h"), "rate": (272, "<h")}

    def make() -> Files:
        fixed = bytearray(ishne_header(b"ISHNE1.0", 1000))
        for key, value in fields.items():
            at, layout = places[key]
            struct.pack_into(layout, fixed, at, value)
        return [("x.ecg", bytes(fixed) + bytes(4000))]

    return make


def _deflated_dicom() -> Files:
    import pydicom
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    content = dict(sample("dicom"))["x.dcm"]
    held = pydicom.dcmread(io.BytesIO(content))
    held.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    held.ImageComments = "x" * 10_000
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, held)
    return [("deflated.dcm", buffer.getvalue())]


def _dicom_items(n_items: int) -> Files:
    """Return a DICOM file whose annotation sequence has more items than anybody could have made."""
    content = dict(sample("dicom"))["x.dcm"]
    at = content.index(struct.pack("<HH", 0x0040, 0xB020))
    sequence = struct.pack("<HH2sHI", 0x0040, 0xB020, b"SQ", 0, 0xFFFFFFFF)
    return [("items.dcm", content[:at] + sequence + struct.pack("<HHI", 0xFFFE, 0xE000, 0) * n_items)]


def _xml(*, head: str = "", body: str = "", name: str = "x.xml") -> Callable[[], Files]:
    text = f'<?xml version="1.0"?>{head}<AnnotatedECG xmlns="urn:hl7-org:v3">{body}</AnnotatedECG>'
    return lambda: [(name, text.encode())]


_LAUGHS = "<!DOCTYPE AnnotatedECG [<!ENTITY a0 'ha'>"
_LAUGHS += "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
_OUTSIDE = '<!DOCTYPE AnnotatedECG [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_PARAMETER = '<!DOCTYPE AnnotatedECG [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>'
_INCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'

_ATTRIBUTES = f"<a {' '.join(f'a{n}=_'.replace('_', repr('')) for n in range(90_000))}/>"


def _numbers_xml() -> Files:
    """Return an aECG of one lead with as many short numbers as the largest XML that is read can hold."""
    content = dict(sample("aecg"))["x.xml"].decode()
    begin, end = content.index("<digits>") + 8, content.index("</digits>")
    return [("numbers.xml", (content[:begin] + "11 " * 9_000_000 + content[end:]).encode())]


def _mat5_bomb() -> Files:
    unpacked = struct.pack("<II", 14, 2_000_000_000)
    packer = zlib.compressobj(9)
    packed = packer.compress(unpacked) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    return [("bomb.mat", head + struct.pack("<II", 15, len(packed)) + packed)]


class _Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("/tmp/rhythmoscope-was-harmed", "w"))


def _npy(descr: str, shape: str, content: bytes) -> Files:
    head = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    head = head.ljust(117) + "\n"
    return [("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + content)]


def _parquet_page_bomb() -> Files:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    table = pa.table({"I_mv": pa.array(np.zeros(20_000_000, dtype=np.float64))})
    table = table.replace_schema_metadata({"fs": "250"})
    pq.write_table(table, buffer, compression="zstd", use_dictionary=False, row_group_size=20_000_000)
    return [("bomb.parquet", buffer.getvalue())]


def _parquet_page_lie() -> Files:
    """Return a file whose description says that what unpacks to 240 MB is small; its page says otherwise."""
    ((_, content),) = _parquet_page_bomb()
    import pyarrow.parquet as pq

    true = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0).column(0).total_uncompressed_size
    coded, small = true << 1, bytearray()
    while coded:
        small.append(coded & 0x7F | 0x80)
        coded >>= 7
    small[-1] &= 0x7F
    padded = b"\x80\x80\x84" + b"\x80" * (len(small) - 4) + b"\x00"  # 32 kB, in as many bytes
    lying = content.replace(bytes(small), padded)
    return [("lie.parquet", lying)]


def _flac_lie() -> Files:
    files = dict(sample("wfdb-516"))
    content = bytearray(files["x.dat"])
    at = content.index(b"fLaC") + 8 + 13  # the last 36 bits of 8 bytes: samples
    content[at] |= 0x0F
    content[at + 1 : at + 5] = b"\xff\xff\xff\xff"
    header = files["x.hea"].replace(b" 2500", b" 60000000000", 1)
    return [("x.hea", header), ("x.dat", bytes(content))]


def _scp_lie() -> Files:
    content = bytearray(dict(sample("scp"))["x.scp"])
    at = content.index(struct.pack("<IIB", 1, 2500, 1))
    content[at : at + 8] = struct.pack("<II", 1, 4_000_000_000)
    return [("x.scp", bytes(content))]


def _muse(size: str, payload: str) -> Callable[[], Files]:
    text = (
        "<RestingECG><Waveform><WaveformType>Rhythm</WaveformType><SampleBase>500</SampleBase><LeadData><LeadID>I</LeadID>"
        f"<LeadSampleSize>{size}</LeadSampleSize><WaveFormData>{payload}</WaveFormData></LeadData></Waveform></RestingECG>"
    )
    return lambda: [("x.xml", text.encode())]


def _texts(lead: str, comment: str) -> Files:
    """Return a record of 20 s whose header says such things."""
    header = f"t 2 250 5000\nt.dat 16 200/mV 16 0 0 0 0 {lead}\nt.dat 16 200/mV 16 0 0 0 0 V1 & V2\n# {comment}\n"
    return [("t.hea", header.encode()), ("t.dat", stored_values(5000).tobytes())]


def _long_annotations() -> Files:
    files = dict(sample("wfdb-16"))
    return [*((name, content) for name, content in files.items() if name != "x.atr"), ("x.atr", b"\1\4" * (9 << 20))]


def _formula() -> Files:
    rows = "\n".join(f"{n / 250:.3f},{np.sin(n / 30):.3f}" for n in range(2500))
    return [("formula.csv", f"time_s,=cmd|' /C calc'!A0 (mV)\n{rows}\n".encode())]


_BAD_NAMES = [
    "../evil.hea",
    "a/../../evil.hea",
    "/etc/cron.d/evil",
    "C:\\evil.hea",
    "\\\\server\\share\\evil.hea",
    "..\\evil.hea",
    "CON",
    "aux.txt",
    "nul .dat",
    "COM1",
    "COM¹.dat",
    "lpt0.hea",
    "CLOCK$",
    "a.hea:stream",
    "a.hea.",
    "a.hea ",
    "-rf",
    "~root",
    "a\nb.hea",
    "a\x1b[2Jb.hea",
    "a‮ceh.exe",
    "a​.hea",
    "x" * 200 + ".hea",
    "\N{GRINNING FACE}" * 100 + ".hea",
]

_HEADER_NAMES = [
    "../../../etc/passwd",
    "/etc/passwd",
    "/dev/zero",
    "C:\\x.dat",
    "\\\\server\\x",
    "NUL",
    "com1.dat",
    "a:b",
]


def catalogue() -> list[Hostile]:
    """Return all hostile uploads."""
    record = lambda: sample("wfdb-16")  # noqa: E731
    upper = lambda: [*record(), ("X.DAT", b"1")]  # noqa: E731
    composed = unicodedata.normalize("NFC", "é.dat")
    marks = lambda: [*record(), (composed, b"1"), (unicodedata.normalize("NFD", composed), b"2")]  # noqa: E731
    inner = lambda: zip_of(record())  # noqa: E731
    gain = "16 200 16 0 0 0 0 II"
    refused = "points to a signal file outside"
    entries = [
        *(_named(name) for name in _BAD_NAMES),
        Hostile("zip link", lambda: _special(stat.S_IFLNK), "a link or a device"),
        Hostile("zip pipe", lambda: _special(stat.S_IFIFO), "a link or a device"),
        Hostile("zip device", lambda: _special(stat.S_IFCHR), "a link or a device"),
        Hostile("zip bomb", _bomb, "a.dat unpacks to far more than its zip holds"),
        Hostile("zip lies about sizes", _lying, "lying.zip is not a readable zip"),
        Hostile("zip of a million entries", lambda: _many(1_000_000), "More than 2000 files"),
        Hostile("zip of overlapping entries", lambda: _many(30), "a.hea was uploaded twice"),
        Hostile("zip64 of 2^40 entries", _zip64, "zip64.zip is not a readable zip"),
        Hostile("zip encrypted", lambda: _flagged(1), "secret.zip is encrypted"),
        Hostile(
            "zip of lzma", lambda: [("l.zip", zip_of(record(), zipfile.ZIP_LZMA))], "l.zip is packed in an unusual"
        ),
        Hostile("zip cut off", lambda: [("c.zip", inner()[:-30])], "c.zip is not a readable zip"),
        Hostile("zip that is none", lambda: [("n.zip", b"no zip")], "n.zip is not a readable zip"),
        Hostile(
            "zip in a zip", lambda: [("o.zip", zip_of([("i.zip", inner())]))], "o.zip holds i.zip, which is packed"
        ),
        Hostile("gzip in a zip", lambda: [("o.zip", zip_of([("x.edf.gz", b"x")]))], "o.zip holds x.edf.gz, which is"),
        Hostile("gzip", lambda: [("x.edf.gz", b"\x1f\x8b\x08")], "x.edf.gz is packed in a way"),
        Hostile("tar", lambda: [("x.TAR", b"x")], "x.TAR is packed in a way"),
        Hostile(
            "name twice in a zip", lambda: [("a.zip", zip_of([("1/a", b"1"), ("2/a", b"2")]))], "a was uploaded twice"
        ),
        Hostile("names but for case", upper, "X.DAT was uploaded twice, also as x.dat"),
        Hostile("names but for marks", marks, "was uploaded twice, also as"),
        Hostile("nothing of use", lambda: [("notes.txt", b"hello")], "None of the uploaded files"),
        *(
            Hostile(f"header names {name}", _wfdb("x 1 250 1000", f"{name} {gain}"), "not a plain file name")
            for name in _HEADER_NAMES
        ),
        Hostile("segment elsewhere", _wfdb("x/2 1 250 1000", "../y 500", "x_1 500"), refused),
        Hostile("segment of itself", _wfdb("x/1 1 250 1000", "x 1000"), "None of the uploaded files"),
        Hostile("segments that are 10^6", _wfdb("x/2 1 250 1000", *["y 500"] * 600_000), "more than 100,000 segments"),
        Hostile(
            "header of 10^6 leads", _wfdb("x 1000000 250 100", *[f"x.dat {gain}"] * 150_000), "more than 1024 signals"
        ),
        Hostile("header of no rate", _wfdb("x 1 0 1000"), "no usable sampling rate"),
        Hostile("header of rate nan", _wfdb("x 1 nan 1000"), "no usable sampling rate (nan)"),
        Hostile("header of a slow rate", _wfdb("x 1 0.0001 1000"), "a sampling rate of 0.0001 Hz"),
        Hostile(
            "header of 10^8 samples a frame", _wfdb("x 1 250 9", f"x.dat 16x100000000 {gain[3:]}"), "samples per frame"
        ),
        Hostile("header with a gap of years", _wfdb("x/2 1 250 1000", "~ 99999999999", "y 9"), "x.hea"),
        Hostile("header of 5000 digits", _wfdb(f"x {'9' * 5000} 250 1000"), "x.hea"),
        Hostile("flac of 2^36 samples", _flac_lie, "x.hea announces"),
        Hostile("edf of 9999 signals", _edf(signals="9999"), "announces '9999' signals"),
        Hostile("edf of no duration", _edf(duration="0"), "a duration of '0' s"),
        Hostile("edf of a negative duration", _edf(duration="-1"), "a duration of '-1' s"),
        Hostile("edf of negative samples", _edf(samples="-5"), "samples a record"),
        Hostile("edf of 10^7 samples a record", _edf(samples="99999999"), "holds no whole record"),
        Hostile("ishne of 30000 leads", _ishne(leads=30000), "announces 30000 leads"),
        Hostile("ishne of a negative rate", _ishne(rate=-1), "a sampling rate of -1 Hz"),
        Hostile("ishne of negative comments", _ishne(comment_bytes=-5), "announces -5 bytes of comments"),
        Hostile("dicom deflated", _deflated_dicom, "is a deflated DICOM file"),
        Hostile("dicom of 10^6 items", lambda: _dicom_items(1_000_000), "more than 100,000 data elements"),
        Hostile("xml of a billion laughs", _xml(head=_LAUGHS, body="&a11;"), "declares XML entities"),
        Hostile("xml of an outside file", _xml(head=_OUTSIDE, body="&x;"), "declares XML entities"),
        Hostile("xml of an outside dtd", _xml(head=_PARAMETER), "declares XML entities"),
        Hostile("xml that includes", _xml(body=_INCLUDE), "holds no ECG samples"),
        Hostile("xml of great depth", _xml(body="<a>" * 8_000_000), "nested more than 100 deep"),
        Hostile("xml of many attributes", _xml(body=_ATTRIBUTES * 9), "attributes"),
        Hostile("xml of a long tag", _xml(body=f"<a b='{'x' * (9 << 20)}'/>"), "a tag of more than a million"),
        Hostile("xml of 10^7 numbers", _numbers_xml, ""),
        Hostile("muse of odd samples", _muse("1e9", "AAAA"), "samples of 1e+09 bytes"),
        Hostile("muse of no base64", _muse("2", "A" * 5 + "<!-- -->"), "Base64 text of its samples is damaged"),
        Hostile("matlab bomb", _mat5_bomb, "bomb.mat unpacks to more than"),
        Hostile("numpy of a pickle", lambda: _npy("'|O'", "(2500, 2)", pickle.dumps(_Harm())), "x.npy holds object"),
        Hostile("numpy of 10^12 rows", lambda: _npy("'<i2'", "(1000000000000, 2)", b"1"), "ends before its first lead"),
        Hostile("parquet bomb", _parquet_page_bomb, "bomb.parquet has row groups too large"),
        Hostile("parquet of lying pages", _parquet_page_lie, "lie.parquet needs more memory to read"),
        Hostile(
            "parquet of noise", lambda: [("p.parquet", b"PAR1" + b"\xff" * 99 + b"PAR1")], "not a readable Parquet"
        ),
        Hostile("scp of 10^9 samples", _scp_lie, ""),
        Hostile("text of one long line", lambda: [("l.csv", b"1,2\n" * 9999 + b"1" * (20 << 20))], "longer than a row"),
        Hostile("annotations of 18 MB", _long_annotations, ""),
        Hostile("texts of markup", lambda: _texts(MARKUP, MARKUP)),
        Hostile("texts of control characters", lambda: _texts("I\x07I\x1b[31m\x85", "\x00\x1b]0;x\x07\x9b")),
        Hostile("texts from right to left", lambda: _texts(BACKWARDS, BACKWARDS)),
        Hostile("texts of 100,000 characters", lambda: _texts("lead " * 20_000, "age: " * 20_000)),
        Hostile("texts of piled marks", lambda: _texts("I" + "̵" * 50_000, "Z" + "̵" * 50_000)),
        Hostile("a formula for a name", _formula),
    ]
    assert len({one.name for one in entries}) == len(entries)
    return entries


def named(name: str) -> Hostile:
    """Return one entry of the catalogue."""
    return next(one for one in catalogue() if one.name == name)
