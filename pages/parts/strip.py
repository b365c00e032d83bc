"""The ECG strip on a page: registers the component in ``assets/strip`` and hands its events on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from ecg_core.figures.strip import StripPayload

_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets" / "strip"
_MODULES: Final = (
    "dom.js",
    "geometry.js",
    "model.js",
    "colours.js",
    "paint.js",
    "caliper.js",
    "marks.js",
    "head.js",
    "strip.js",
)
_EVENTS: Final = ("beat", "page", "view_start_s")


@dataclass(frozen=True)
class StripEvent:
    """What a person did on the strip since the last run; mostly nothing.

    Attributes
    ----------
    beat : int or None
        Sample of the beat that was chosen.
    page : int or None
        Pages to turn: -1 one page left, 2 two pages right.
    view_start_s : float or None
        Where the person moved the view to, in seconds of the recording; it goes before `page`.
    """

    beat: int | None = None
    page: int | None = None
    view_start_s: float | None = None

    def __bool__(self) -> bool:
        return self != StripEvent()


def ecg_strip(payload: StripPayload, key: str, on_event: Callable[[StripEvent], None] | None = None) -> StripEvent:
    """Draw the ECG strip.

    Parameters
    ----------
    payload : StripPayload
        See `ecg_core.figures.strip.strip_payload`.
    key : str
        One key for each strip of the app.
    on_event : callable, optional
        Called with the event before the page's script runs, so that the run it causes already draws
        the new view. Without it, a page has to store what the returned event says and rerun.

    Returns
    -------
    StripEvent
        The event that caused this run, an empty one (false) otherwise.
    """

    def notify() -> None:
        event = _event(st.session_state.get(key) or {})
        if on_event is not None and event:
            on_event(event)

    result = _component()(key=key, data=payload, **{f"on_{name}_change": notify for name in _EVENTS})
    return _event(result)


def bundle(folder: Path = _ASSETS) -> str:
    """Join the component's modules into the single module that Streamlit takes.

    Parameters
    ----------
    folder : Path
        Where the modules lie.

    Returns
    -------
    str
        A module whose only export is the default one.
    """
    parts = []
    for name in _MODULES:
        source = (folder / name).read_text(encoding="utf-8")
        source = re.sub(r'^import\s[^;]*?from\s+"\./[^"]+";\n', "", source, flags=re.MULTILINE)
        parts.append(re.sub(r"^export (?!default)", "", source, flags=re.MULTILINE))
    return "\n".join(parts)


@cache
def _component() -> Any:
    css = (_ASSETS / "strip.css").read_text(encoding="utf-8")
    return st.components.v2.component("rhythmoscope.strip", js=bundle(), css=css)


def _event(values: Any) -> StripEvent:
    beat, page, view_start_s = (values.get(name) for name in _EVENTS)
    return StripEvent(
        beat=None if beat is None else int(beat),
        page=None if page is None else int(page),
        view_start_s=None if view_start_s is None else float(view_start_s),
    )
