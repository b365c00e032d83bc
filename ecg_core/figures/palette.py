"""Colours and shapes of the beat classes: told apart by colour-blind people too, and never by colour alone."""

from __future__ import annotations

from typing import Final

CLASS_COLOURS: Final = {"N": "#3a6ea5", "S": "#c77700", "V": "#b8332a", "F": "#7a4ea3", "Q": "#6b7280"}
"""After Okabe and Ito's palette, darkened so that white letters can be read on them."""

CLASS_SYMBOLS: Final = {"N": "circle", "S": "triangle-up", "V": "diamond", "F": "square", "Q": "x"}
"""Plotly marker symbols."""

QUIET: Final = "#8797ab"
"""Beats that have no class yet, axes, hints."""

SALIENCY_RGB: Final = (0, 128, 118)
"""The single hue of every saliency map."""
