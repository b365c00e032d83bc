"""View state of a session: kept across pages and written into the address.

A link such as ``/review?rec=demo/demo_pvc&t=123.4`` opens there; how it is drawn (speed, gain, leads) is each
person's own preference and lives in the browser. What an address says is checked, never
trusted: anything that makes no sense is left at its default.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from ecg_core.beats import CLASSES
from pages.services import library
from pages.services.tokens import pop_view_position

_VIEW: Final = "view"
_FOLDER: Final = "local_folder"
_SEAT: Final = "desk_seat"
_UPLOADS: Final = "upload_tokens"
_WRITTEN: Final = "written_addresses"
_ECHO_S: Final = 5.0
"""An address written less than this ago may still come back from the browser; it is no wish of the person."""


@dataclass(frozen=True)
class View:
    """Recording and position on screen.

    Attributes
    ----------
    rec : str or None
        The recording's reference, see `pages.services.library`.
    start_s : float
    reference : bool
        Whether reference annotations are shown.
    beat : int or None
        Sample of the chosen beat.
    target : str or None
        Class to explain, the predicted one if None.
    difference : int or None
        Sample of the difference from the file's annotations to begin at.
    """

    rec: str | None = None
    start_s: float = 0.0
    reference: bool = False
    beat: int | None = None
    target: str | None = None
    difference: int | None = None


def parse(params: Mapping[str, str]) -> View:
    """Read a view from an address's parameters."""
    beat = params.get("beat", "")
    target = params.get("target")
    difference = params.get("difference", "")
    return View(
        rec=params.get("rec") or None,
        start_s=max(_number(params.get("t"), 0.0), 0.0),
        reference=params.get("ref") == "1",
        beat=int(beat) if _is_index(beat) else None,
        target=target if target in CLASSES else None,
        difference=int(difference) if _is_index(difference) else None,
    )


def to_params(view: View) -> dict[str, str]:
    """Write a view as an address's parameters; what is at its default is left out."""
    if view.rec is None:
        return {}
    params = {"rec": view.rec, "t": f"{view.start_s:.3f}".rstrip("0").rstrip(".")}
    if view.reference:
        params["ref"] = "1"
    if view.beat is not None:
        params["beat"] = str(view.beat)
    if view.target is not None:
        params["target"] = view.target
    if view.difference is not None:
        params["difference"] = str(view.difference)
    return params


def current() -> View:
    """Return what is on screen: what the address asks for where a person opened a link or went back, else as it was."""
    asked = st.query_params.to_dict()
    if "rec" in asked and not _is_echo(asked):
        st.session_state[_VIEW] = parse(asked)
        _note(asked)
    view: View = st.session_state.get(_VIEW, View())
    return _followed(view)


def change(**changes: Any) -> View:
    """Change what is on screen; the address follows when the page is drawn."""
    view = replace(st.session_state.get(_VIEW, View()), **changes)
    st.session_state[_VIEW] = view
    return view


def kept_token() -> tuple[tuple[str, int, int], str, str] | None:
    """Return stamp, reference and token of the recording that the review desk of this session shows."""
    kept: tuple[tuple[str, int, int], str, str] | None = st.session_state.get(_SEAT)
    return kept


def keep_token(kept: tuple[tuple[str, int, int], str, str] | None) -> None:
    """Remember under which token the review desk of this session asks."""
    st.session_state[_SEAT] = kept


def keep_upload(token: str) -> None:
    """Remember that a person uploaded something in this session."""
    st.session_state[_UPLOADS] = [*uploads(), token]


def uploads() -> list[str]:
    """Return the tokens of what was uploaded in this session."""
    tokens: list[str] = st.session_state.get(_UPLOADS, [])
    return tokens


def uploaded_here(rec: str) -> bool:
    """Tell whether a reference is that of a recording which was uploaded in this session."""
    kind, token, *_ = *rec.split("/"), "", ""
    return kind == "upload" and token in uploads()


def open_recording(rec: str, start_s: float = 0.0) -> None:
    """Go to another recording; the one that is on screen stays where it is.

    Parameters
    ----------
    rec : str
        Its reference.
    start_s : float
        Where to begin.
    """
    view: View = st.session_state.get(_VIEW, View())
    if view.rec != rec:
        change(rec=rec, start_s=start_s, reference=False, beat=None, target=None, difference=None)


def write_address(view: View) -> None:
    """Let the address say what is on screen."""
    params = to_params(view)
    if params and params != st.query_params.to_dict():
        _note(params)
        st.query_params.from_dict(params)


def opened_by_link() -> bool:
    """Tell whether a session starts with an address that names a recording."""
    return "rec" in st.query_params and _VIEW not in st.session_state


def local_folder() -> str:
    """Return the local folder of this session: the one that was typed, else the environment's; empty if none."""
    folder: str = st.session_state.get(_FOLDER, library.default_folder())
    return folder


def use_folder(folder: str) -> None:
    """Take another local folder for this session."""
    st.session_state[_FOLDER] = folder


def _followed(view: View) -> View:
    """Take over what the review desk says is on screen: a person moves about there without the server."""
    kept = kept_token()
    place = pop_view_position(kept[2], view.rec) if kept is not None and view.rec is not None else None
    if place is None:
        return view
    target = view.target if place.beat == view.beat else None
    return change(start_s=place.start_s, beat=place.beat, target=target, difference=None)


def _note(params: dict[str, str]) -> None:
    now = time.monotonic()
    recent = [(at, seen) for at, seen in st.session_state.get(_WRITTEN, []) if now - at < _ECHO_S]
    st.session_state[_WRITTEN] = [*recent, (now, params)]
    st.session_state[_WRITTEN + "_last"] = params


def _is_echo(params: dict[str, str]) -> bool:
    now = time.monotonic()
    recent = [seen for at, seen in st.session_state.get(_WRITTEN, []) if now - at < _ECHO_S]
    return params in recent or params == st.session_state.get(_WRITTEN + "_last")


def _number(text: str | None, default: float) -> float:
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    return value if math.isfinite(value) else default


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
