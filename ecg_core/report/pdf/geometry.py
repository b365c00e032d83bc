"""Sizes, colours and paper of the printed report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MM: Final = 72 / 25.4
"""Points of a millimetre."""

MM_PER_S: Final = 25.0
MM_PER_MV: Final = 10.0
CONTENT_MM: Final = 180.0
"""Width of what is printed on upright pages, of A4 and of Letter alike."""

WIDE_MM: Final = 260.0
"""The same on pages across: ten seconds and the calibration pulse."""

Colour = tuple[float, float, float]

INK: Final[Colour] = (0.10, 0.13, 0.17)
MUTED: Final[Colour] = (0.36, 0.41, 0.47)
RULE: Final[Colour] = (0.78, 0.81, 0.85)
ACCENT: Final[Colour] = (0.10, 0.30, 0.47)
BAND: Final[Colour] = (0.82, 0.88, 0.93)
ALERT: Final[Colour] = (0.68, 0.11, 0.11)
GRID_FINE: Final[Colour] = (0.965, 0.875, 0.865)
GRID_COARSE: Final[Colour] = (0.91, 0.71, 0.695)
TRACE: Final[Colour] = (0.05, 0.05, 0.08)

BODY: Final = 8.2
SMALL: Final = 7.0
TINY: Final = 6.0
LEADING: Final = 1.32
"""Line height in units of the font size."""


@dataclass(frozen=True)
class Paper:
    """A size of paper in points, upright."""

    name: str
    width: float
    height: float

    def size(self, wide: bool) -> tuple[float, float]:
        """Return width and height of a page, upright or across."""
        return (self.height, self.width) if wide else (self.width, self.height)


PAPERS: Final[dict[str, Paper]] = {
    "a4": Paper("a4", 210 * MM, 297 * MM),
    "letter": Paper("letter", 612.0, 792.0),
}
