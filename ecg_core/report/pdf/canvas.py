"""Page on which a report is drawn: ReportLab's canvas with tags (ISO 32000-1, 14.7 and 14.8) and plain text only.

Whatever is drawn stands between marks: it belongs to an element of the document's structure, or is an artefact (grid,
rules, headers, footers) that a screen reader passes over.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from ecg_core.report.pdf.fonts import REGULAR, text_width
from ecg_core.report.pdf.geometry import INK, Colour

Point = tuple[float, float]

_DIGITS: Final = 4


@dataclass(eq=False)
class Node:
    """An element of the document's structure: role, text in place of a picture, and what it holds."""

    role: str
    parent: Node | None = None
    alt: str = ""
    kids: list[Node | tuple[int, int]] = field(default_factory=list)

    def child(self, role: str, alt: str = "") -> Node:
        """Add an element and return it.

        Parameters
        ----------
        role : str
            Its type, as ``P`` or ``Table``.
        alt : str
            Text in place of a picture.
        """
        node = Node(role, self, alt)
        self.kids.append(node)
        return node


class ReportCanvas:
    """Canvas of a document.

    Parameters
    ----------
    title, author, subject : str
        Of the document's properties.
    lang : str
        Language tag.
    """

    def __init__(self, title: str, author: str, subject: str, lang: str = "en") -> None:
        self._file = io.BytesIO()
        self.canvas = Canvas(
            self._file,
            pageCompression=1,
            invariant=1,
            pdfVersion=(1, 7),
            initialFontName=REGULAR,
            lang=lang,
        )
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setSubject(subject)
        self.root = Node("Document")
        self._marks: list[list[Node]] = [[]]
        self._outline = 0

    @property
    def page_index(self) -> int:
        """Number of the page that is drawn, from 0."""
        return len(self._marks) - 1

    def begin_page(self, width: float, height: float) -> None:
        """Set the size of the page that is drawn next, in points.

        Parameters
        ----------
        width, height : float
            In points.
        """
        self.canvas.setPageSize((width, height))

    def end_page(self) -> None:
        """Finish the page."""
        self.canvas.showPage()
        page = self.document.Pages.pages[-1]
        # ReportLab would encode compressed pages as ASCII, which takes time and a quarter more room.
        stream = pdfdoc.PDFStream(content=page.stream)
        stream.filters = [pdfdoc.PDFZCompress]
        page.Contents = stream
        self._marks.append([])

    @contextmanager
    def element(self, node: Node) -> Iterator[None]:
        """Draw content of an element of the structure."""
        marks = self._marks[-1]
        number = len(marks)
        marks.append(node)
        node.kids.append((self.page_index, number))
        self.canvas._code.append(f"/{node.role} <</MCID {number}>> BDC")
        yield
        self.canvas._code.append("EMC")

    @contextmanager
    def artefact(self) -> Iterator[None]:
        """Draw what belongs to no element."""
        self.canvas._code.append("/Artifact BMC")
        yield
        self.canvas._code.append("EMC")

    def outline(self, title: str, level: int, y: float) -> None:
        """Add a bookmark that leads to a height on the page.

        Parameters
        ----------
        title : str
            As shown.
        level : int
            0 for the uppermost.
        y : float
            In points from the foot of the page.
        """
        key = f"section-{self._outline}"
        self._outline += 1
        self.canvas.bookmarkPage(key, fit="XYZ", left=0, top=y, zoom=0)
        self.canvas.addOutlineEntry(title, key, level=level, closed=False)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        font: str = REGULAR,
        size: float,
        colour: Colour = INK,
        align: str = "left",
    ) -> None:
        """Draw one line of printable text.

        Parameters
        ----------
        x, y : float
            Of the baseline's left end, middle or right end, by `align`.
        text : str
            See :func:`ecg_core.report.pdf.fonts.printable`.
        font : str
            Name of the font.
        size : float
            In points.
        colour : tuple of float
            Red, green, blue from 0 to 1.
        align : {"left", "right", "middle"}
            Which end `x` is.
        """
        if not text:
            return
        if align != "left":
            width = text_width(text, font, size)
            x -= width if align == "right" else width / 2
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)

    def lines(self, segments: Sequence[tuple[float, float, float, float]], width: float, colour: Colour) -> None:
        """Draw separate straight lines.

        Parameters
        ----------
        segments : sequence of (x, y, x, y)
            In points.
        width : float
            Of the lines.
        colour : tuple of float
            Of the lines.
        """
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(width)
        self.canvas.lines(segments)

    def polyline(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line through points as one path.

        Parameters
        ----------
        points : sequence of (x, y)
            Two or more.
        width : float
            Of the line.
        colour : tuple of float
            Of the line.
        """
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(width)
        self.canvas.setLineJoin(1)
        self.canvas.setLineCap(1)
        self.canvas._code.append(f"{_path(points)} S")
        self.canvas.setLineCap(0)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill the area within points.

        Parameters
        ----------
        points : sequence of (x, y)
            Three or more.
        colour : tuple of float
            Of the area.
        """
        self.canvas.setFillColorRGB(*colour)
        self.canvas._code.append(f"{_path(points)} h f")

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | None = None,
        stroke: Colour | None = None,
        line: float = 0.5,
    ) -> None:
        """Draw a rectangle.

        Parameters
        ----------
        x, y, width, height : float
            Lower left corner and size.
        fill, stroke : tuple of float, optional
            Colours; nothing is drawn without.
        line : float
            Width of the outline.
        """
        if fill is not None:
            self.canvas.setFillColorRGB(*fill)
        if stroke is not None:
            self.canvas.setStrokeColorRGB(*stroke)
            self.canvas.setLineWidth(line)
        self.canvas.rect(x, y, width, height, stroke=int(stroke is not None), fill=int(fill is not None))

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Draw nothing outside of a rectangle.

        Parameters
        ----------
        x, y, width, height : float
            Lower left corner and size.
        """
        self.canvas.saveState()
        path = self.canvas.beginPath()
        path.rect(x, y, width, height)
        self.canvas.clipPath(path, stroke=0, fill=0)
        yield
        self.canvas.restoreState()

    def finished(self) -> bytes:
        """Return the document; nothing can be drawn after that."""
        self._write_structure()
        self.canvas.save()
        return self._file.getvalue()

    @property
    def document(self) -> Any:
        """ReportLab's document."""
        return self.canvas._doc

    def _write_structure(self) -> None:
        document = self.document
        names: dict[Node, str] = {}
        pages = [document.Reference(page) for page in document.Pages.pages]

        def name(node: Node) -> None:
            names[node] = f"StructElem{len(names)}"
            for kid in node.kids:
                if isinstance(kid, Node):
                    name(kid)

        name(self.root)
        for node, own in names.items():
            kids: list[Any] = []
            for kid in node.kids:
                if isinstance(kid, Node):
                    kids.append(pdfdoc.PDFObjectReference(names[kid]))
                else:
                    reference = {
                        "Type": pdfdoc.PDFName("MCR"),
                        "Pg": pages[kid[0]],
                        "MCID": kid[1],
                    }
                    kids.append(pdfdoc.PDFDictionary(reference))
            entries: dict[str, Any] = {
                "Type": pdfdoc.PDFName("StructElem"),
                "S": pdfdoc.PDFName(node.role),
                "P": pdfdoc.PDFObjectReference("StructTree" if node.parent is None else names[node.parent]),
                "K": pdfdoc.PDFArray(kids),
            }
            if node.alt:
                entries["Alt"] = pdfdoc.PDFString(node.alt)
            if node.role == "TH":
                scope = {"O": pdfdoc.PDFName("Table"), "Scope": pdfdoc.PDFName("Column")}
                entries["A"] = pdfdoc.PDFDictionary(scope)
            document.Reference(pdfdoc.PDFDictionary(entries), own)
        numbers: list[Any] = []
        for index, page in enumerate(document.Pages.pages):
            marked = [pdfdoc.PDFObjectReference(names[node]) for node in self._marks[index]]
            numbers += [index, document.Reference(pdfdoc.PDFArray(marked), f"Marks{index}")]
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents = index
            page.Tabs = pdfdoc.PDFName("S")
        tree = pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(numbers)})
        root = {
            "Type": pdfdoc.PDFName("StructTreeRoot"),
            "K": pdfdoc.PDFArray([pdfdoc.PDFObjectReference(names[self.root])]),
            "ParentTree": document.Reference(tree, "ParentTree"),
            "ParentTreeNextKey": len(numbers) // 2,
        }
        document.Reference(pdfdoc.PDFDictionary(root), "StructTree")
        document.Catalog.StructTreeRoot = pdfdoc.PDFObjectReference("StructTree")
        document.Catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})
        document.Catalog.ViewerPreferences = pdfdoc.PDFDictionary({"DisplayDocTitle": "true"})


def _path(points: Sequence[Point]) -> str:
    (x, y), *rest = points
    parts = [f"{x:.{_DIGITS}f} {y:.{_DIGITS}f} m"]
    parts += [f"{x:.{_DIGITS}f} {y:.{_DIGITS}f} l" for x, y in rest]
    return " ".join(parts)
