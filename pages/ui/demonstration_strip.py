"""Streamlit component of a demonstrated tracing: registers ``assets/desk/dist/demonstration.js``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets" / "desk"


def demonstration_strip(
    tracing: Mapping[str, Any],
    scenes: Sequence[Mapping[str, Any]],
    key: str,
    *,
    name: str,
    label: str,
    heading: str = "",
    status: str = "",
    step: int = 0,
    whole: bool = False,
    on_leave: Callable[[], None] | None = None,
) -> None:
    """Draw a tracing before a class.

    Parameters
    ----------
    tracing : mapping
        As :func:`pages.services.demonstrations.tracing_data` gives it.
    scenes : sequence of mapping
        What is on screen at each step; one alone has no steps.
    key : str
        Key of the widget.
    name : str
        Of the tracing: another one starts with its step, without caliper.
    label : str
        For screen readers.
    heading : str
        Above the strip.
    status : str
        What the program says, or is doing.
    step : int
        The step to begin with; the browser keeps the later ones, in the address.
    whole : bool
        Whether it covers the window.
    on_leave : callable, optional
        Called when a person leaves it.
    """
    data = {
        **tracing,
        "id": name,
        "label": label,
        "heading": heading,
        "status": status,
        "whole": whole,
        "leave": "Leave" if on_leave is not None else "",
        "scenes": [dict(one) for one in scenes],
        "step": step,
    }
    _component()(key=key, data=data, on_leave_change=on_leave or _nothing)


def _nothing() -> None:
    """Let a strip in the page have nothing to leave."""


@cache
def _component() -> Any:
    javascript = (_ASSETS / "dist" / "demonstration.js").read_text(encoding="utf-8")
    css = (_ASSETS / "demonstration" / "demonstration.css").read_text(encoding="utf-8")
    return st.components.v2.component("rhythmoscope.demonstration", js=javascript, css=css)
