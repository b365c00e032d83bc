"""What PDF/A-2b asks for beside embedded fonts: XMP metadata, an output intent with an sRGB profile, fixed dates.

Sources: ISO 19005-2 (PDF/A-2), ISO 16684-1 (XMP), ICC.1:2001-04 (profile of version 2), IEC 61966-2-1 (sRGB).
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc

PRODUCER: Final = "Rhythmoscope, ReportLab"

_D50: Final = (0.9642, 1.0, 0.8249)
_PRIMARIES: Final = {
    b"rXYZ": (0.4360747, 0.2225045, 0.0139322),
    b"gXYZ": (0.3850649, 0.7168786, 0.0971045),
    b"bXYZ": (0.1430804, 0.0606169, 0.7141733),
}
"""Of sRGB, adapted to D50 by Bradford's matrix (Lindbloom)."""

_CURVE_POINTS: Final = 1024


def make_archival(document: Any, title: str, author: str, subject: str, created_at: str) -> None:
    """Add metadata and output intent to a document, and set its dates.

    Parameters
    ----------
    document : reportlab.pdfbase.pdfdoc.PDFDocument
        Before it is saved.
    title, author, subject : str
        As in its properties.
    created_at : str
        UTC in ISO 8601.
    """
    moment = datetime.fromisoformat(created_at.replace("Z", "+00:00")).astimezone(UTC)
    stamp = document._timeStamp
    stamp.YMDhms = tuple(moment.timetuple())[:6]
    stamp.dhh = stamp.dmm = 0
    document.info.producer = PRODUCER
    document.info.creator = PRODUCER
    document.updateSignature("\n".join((title, author, subject, created_at)))
    document.Catalog.Metadata = _metadata(_xmp(title, author, subject, moment))
    profile = pdfdoc.PDFStream(dictionary=pdfdoc.PDFDictionary({"N": 3}), content=srgb_profile())
    profile.filters = [pdfdoc.PDFZCompress]
    intent = {
        "Type": pdfdoc.PDFName("OutputIntent"),
        "S": pdfdoc.PDFName("GTS_PDFA1"),
        "OutputConditionIdentifier": pdfdoc.PDFString("sRGB IEC61966-2.1"),
        "Info": pdfdoc.PDFString("sRGB IEC61966-2.1"),
        "DestOutputProfile": document.Reference(profile, "OutputProfile"),
    }
    catalog = document.Catalog
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]
    catalog.OutputIntents = pdfdoc.PDFArray([pdfdoc.PDFDictionary(intent)])


def _metadata(packet: str) -> Any:
    # Not compressed: programs that know nothing of PDF find it, too (ISO 19005-2, 6.6.2).
    entries = {"Type": pdfdoc.PDFName("Metadata"), "Subtype": pdfdoc.PDFName("XML")}
    return pdfdoc.PDFStream(dictionary=pdfdoc.PDFDictionary(entries), content=packet.encode("utf-8"))


def _xmp(title: str, author: str, subject: str, moment: datetime) -> str:
    date = moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    title, author, subject, producer = (escape(text) for text in (title, author, subject, PRODUCER))
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<pdf:Producer>{producer}</pdf:Producer>
<pdf:Keywords></pdf:Keywords>
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@cache
def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB, version 2, with the standard's curve at 1024 points.

    Returns
    -------
    bytes
    """
    steps = (at / (_CURVE_POINTS - 1) for at in range(_CURVE_POINTS))
    linear = [step / 12.92 if step <= 0.04045 else ((step + 0.055) / 1.055) ** 2.4 for step in steps]
    curve = b"curv" + struct.pack(">II", 0, _CURVE_POINTS)
    curve += struct.pack(f">{_CURVE_POINTS}H", *(round(value * 65535) for value in linear))
    name = b"sRGB IEC61966-2.1\0"
    description = b"desc" + struct.pack(">II", 0, len(name)) + name + struct.pack(">II", 0, 0) + bytes(2 + 1 + 67)
    copyright_text = b"text" + bytes(4) + b"No copyright, use freely\0"
    tags: list[tuple[bytes, bytes]] = [
        (b"desc", description),
        (b"cprt", copyright_text),
        (b"wtpt", _xyz(_D50)),
        *((name, _xyz(value)) for name, value in _PRIMARIES.items()),
        (b"rTRC", curve),
    ]
    offset = 128 + 4 + 12 * (len(tags) + 2)
    table, data = b"", b""
    places: dict[bytes, tuple[int, int]] = {}
    for signature, content in tags:
        padded = content + bytes(-len(content) % 4)
        places[signature] = (offset + len(data), len(content))
        data += padded
    places[b"gTRC"] = places[b"bTRC"] = places[b"rTRC"]
    for signature, (place, length) in places.items():
        table += signature + struct.pack(">II", place, length)
    size = offset + len(data)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += b"".join(_fixed(value) for value in _D50)
    header += bytes(128 - len(header))
    return header + struct.pack(">I", len(places)) + table + data


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(value) for value in values)
