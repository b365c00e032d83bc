"""Streamlit component of a tracing on paper with a caliper and letters of beats: registers ``assets/tracing``."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from ecg_core.figures.paper import share_of_width
from ecg_core.teaching.questions import Beats

_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets" / "tracing"


def tracing(svg: str, key: str) -> None:
    """Draw a tracing on which a person measures; the page is scrolled to its top when another one comes.

    Parameters
    ----------
    svg : str
        Ten seconds on paper.
    key : str
        Key of the widget; another one for each case.
    """
    _component()(key=key, data=_data(svg, key, "Ten seconds of the tracing", first=True), on_letters_change=_nothing)


def beat_letters(
    question: Beats,
    strip_svg: str,
    letters: Sequence[str],
    key: str,
    on_letters: Callable[[tuple[str, ...]], None] | None = None,
) -> None:
    """Draw a strip on which a person measures, with a letter under each beat.

    Parameters
    ----------
    question : Beats
        The beats. Their true letters reach the browser only when the letters are fixed.
    strip_svg : str
        The ten seconds in one lead on paper.
    letters : sequence of str
        One for each beat, empty for none.
    key : str
        Key of the widget; another one for each case.
    on_letters : callable, optional
        Called with the letters whenever one has changed. Without it the letters are fixed, and the truth stands
        beside them.
    """
    data = _data(strip_svg, key, "Ten seconds of the tracing, one lead") | {
        "at_s": list(question.at_s),
        "place": [share_of_width(at_s - question.start_s) for at_s in question.at_s],
        "letters": list(letters),
    }
    if on_letters is None:
        data["truth"] = list(question.letters)
        data["right"] = [
            bool(given) and given in accepted for given, accepted in zip(letters, question.accepted, strict=True)
        ]

    def take() -> None:
        given = (st.session_state.get(key) or {}).get("letters")
        if on_letters is not None and isinstance(given, list) and len(given) == len(question.at_s):
            on_letters(tuple(str(one) for one in given))

    _component()(key=key, data=data, on_letters_change=take)


def _data(svg: str, key: str, label: str, first: bool = False) -> dict[str, Any]:
    return {
        "id": key,
        "first": first,
        "label": label,
        "strip": f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}",
        "width_s": 1 / (share_of_width(1.0) - share_of_width(0.0)),
        "at_s": [],
        "place": [],
        "letters": [],
        "truth": None,
        "right": None,
    }


def _nothing() -> None:
    """Let a tracing without beats have no letters."""


@cache
def _component() -> Any:
    javascript, css = ((_ASSETS / f"tracing.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("rhythmoscope.tracing", js=javascript, css=css)
