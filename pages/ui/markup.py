"""Small pieces of HTML for the pages. Every text that goes in is escaped: what a file says is data, never markup."""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import streamlit as st

_TRACE_SIZE: Final = (132, 30)
_PUNCTUATION: Final = re.compile(r"[!-/:-@\[-`{-~]")
"""Each of these stands for itself behind a backslash."""


def ink() -> str:
    """Return the colour of lines and texts in figures, light or dark as the page is."""
    return "#e3e8ee" if st.context.theme.type == "dark" else "#16202c"


def in_dialog() -> None:
    """Let colours follow the theme in a dialog, which Streamlit draws outside of the app's own frame."""
    scheme = "dark" if st.context.theme.type == "dark" else "light"
    st.html(f"<style>[data-testid=stDialog] {{ color-scheme: {scheme}; }}</style>")


def notice(text: str, *, problem: bool = False, small: bool = False) -> None:
    """Show one sentence literally.

    Parameters
    ----------
    text : str
        The sentence.
    problem : bool
        Whether it is a problem, announced at once to screen readers, or a remark.
    small : bool
        Whether it is shown in small type.
    """
    classes = "rs-notice" + (" rs-problem" if problem else "") + (" rs-small" if small else "")
    st.html(f'<div class="{classes}" role="{"alert" if problem else "status"}">{escape(text)}</div>')


def quiet(text: str) -> None:
    """Write a quiet remark, literally."""
    st.html(f'<span class="rs-quiet">{escape(text)}</span>')


def head(title: str, beside: str = "") -> None:
    """Write the heading of a card.

    Parameters
    ----------
    title : str
        The heading.
    beside : str
        Remark beside it.
    """
    st.html(f'<div class="rs-head" role="heading" aria-level="2">{escape(title)} <span>{escape(beside)}</span></div>')


def literal(text: str) -> str:
    """Return a text for the places where Streamlit takes Markdown, so that it shows as it is."""
    return _PUNCTUATION.sub(r"\\\g<0>", text)


def letter(label: str | None) -> str:
    """Return the box with a beat's class, an empty one for a beat without."""
    return f'<span class="rs-letter rs-{escape((label or "q").lower())}">{escape(label or "·")}</span>'


def figures(items: Iterable[tuple[str, str, str]]) -> str:
    """Return a grid of ``(value, unit, caption)``."""
    cells = "".join(
        f"<div><b>{escape(value)}</b> {escape(unit)}<small>{escape(caption)}</small></div>"
        for value, unit, caption in items
    )
    return f'<div class="rs-figures">{cells}</div>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """Return a table of escaped cells; a cell that starts with ``<`` must be wrapped in :class:`Markup`.

    Parameters
    ----------
    header : sequence of str
        Headings.
    rows : iterable of sequences of str
        :class:`Markup` cells are taken as they are.
    numeric : sequence of int
        Columns to align to the right.
    """
    right = set(numeric)

    def cell(tag: str, column: int, text: str) -> str:
        content = text if isinstance(text, Markup) else escape(text)
        return f"<{tag}{' class=rs-num' if column in right else ''}>{content}</{tag}>"

    top = "".join(cell("th", column, text) for column, text in enumerate(header))
    body = "".join(f"<tr>{''.join(cell('td', i, text) for i, text in enumerate(row))}</tr>" for row in rows)
    whole = f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="rs-scroll"><table class="rs-table">{whole}</table></div>'


class Markup(str):
    """HTML made here of escaped parts."""

    __slots__ = ()


def share_bar(share: float, label: str) -> Markup:
    """Return a bar in a class's colour.

    Parameters
    ----------
    share : float
        Length of the bar, from 0 to 1.
    label : str
        The class.

    Returns
    -------
    Markup
    """
    width = 100 * min(max(share, 0.0), 1.0)
    return Markup(
        f'<div class="rs-bar"><i class="rs-{escape(label.lower())}" style="left:0;width:{width:.1f}%"></i></div>'
    )


def signed_bar(effect: float, label: str) -> Markup:
    """Return a bar from the middle, to the right for positive effects and to the left for negative ones.

    Parameters
    ----------
    effect : float
        Length and direction of the bar, from -1 to 1.
    label : str
        The class.

    Returns
    -------
    Markup
    """
    half = 50 * min(abs(effect), 1.0)
    left = 50.0 if effect >= 0 else 50.0 - half
    return Markup(
        f'<div class="rs-bar rs-signed"><i class="rs-{escape(label.lower())}" '
        f'style="left:{left:.1f}%;width:{half:.1f}%"></i></div>'
    )


def trace_image(trace: tuple[float, ...]) -> str:
    """Return a small drawing of the beginning of a signal, as HTML.

    Parameters
    ----------
    trace : tuple of float
        Values in order; NaN where there is none.
    """
    width, height = _TRACE_SIZE
    present = [value for value in trace if not math.isnan(value)]
    if not present:
        return ""
    low, high = min(present), max(present)
    scale = (height - 4) / (high - low) if high > low else 0.0
    middle = height / 2 - 2 if high == low else 0.0
    points = " ".join(
        f"{place * width / max(len(trace) - 1, 1):.1f},{height - 2 - middle - (value - low) * scale:.1f}"
        for place, value in enumerate(trace)
        if not math.isnan(value)
    )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" preserveAspectRatio="none">'
        f'<polyline points="{points}" fill="none" stroke="{ink()}" stroke-width="1"/></svg>'
    )
    # Streamlit takes drawings out of HTML, but not images.
    source = b64encode(drawing.encode()).decode()
    return f'<img class="rs-trace" src="data:image/svg+xml;base64,{source}" alt="">'
