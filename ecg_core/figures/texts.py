"""Text in figures that can be read: left to the theme, Plotly's is a grey of less than 4.5 : 1."""

from __future__ import annotations

import plotly.graph_objects as go


def in_ink(figure: go.Figure, colour: str) -> go.Figure:
    """Write axes, colour bars and notes of a figure in a colour, but for notes that have their own.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Changed in place.
    colour : str
        That of the page's text.

    Returns
    -------
    plotly.graph_objects.Figure
        The same figure.
    """
    figure.update_xaxes(tickfont_color=colour, title_font_color=colour)
    figure.update_yaxes(tickfont_color=colour, title_font_color=colour)
    figure.update_traces(colorbar_tickfont_color=colour, colorbar_title_font_color=colour, selector={"type": "heatmap"})
    for note in figure.layout.annotations:
        if note.font.color is None:
            note.font.color = colour
    return figure
