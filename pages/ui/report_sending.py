"""Sending on the report page: where the signed report goes, how far it is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from ecg_core.errors import ReviewError, SettingError
from ecg_core.review.reports import Report as Version
from ecg_core.review.sends import Send
from pages.services.sending import Sender, Sending, give_up, may_send, send, sender_of, sending_of
from pages.services.workspace import OpenedRecording
from pages.ui.markup import head, literal, notice, quiet

_LOOK_AGAIN_S: Final = 2.0
_SAID: Final = "report_sending_said"


def sending(opened: OpenedRecording, version: Version, person: str, role: str) -> None:
    """Draw where the newest signed version may be sent, and how far that is.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    version : Version
        The newest signed version.
    person, role : str
        Who looks at it, as they said on the page.
    """
    pending = sending_of(opened, version).pending
    with st.container(key="report_sending"):
        st.fragment(_drawn, run_every=_LOOK_AGAIN_S if pending else None)(opened, version, person, role, pending)


def _drawn(opened: OpenedRecording, version: Version, person: str, role: str, was_pending: bool) -> None:
    now = sending_of(opened, version)
    if was_pending != now.pending:
        st.rerun()  # the page begins to look again and again, or stops that
    head("Send", f"version {version.version}, to the archives and servers of this installation")
    said = st.session_state.pop(_SAID, "")
    for problem in filter(None, (said, now.problem)):
        notice(problem, problem=True, small=True)
    sender = sender_of(person, role)
    if now.destinations:
        if now.without_identity:
            notice("This report does not say whose it is; it will arrive without a patient.", small=True)
        if not may_send(sender):
            quiet("Type your name to send." if sender is None else "A senior reader sends reports.")
    elif not now.problem:
        quiet("No destination is configured on this server.")
    for name, destination in now.destinations.items():
        _destination(now, name, destination.title, sender)
    for one in now.sends:
        if one.destination not in now.destinations or one.version != version.version:
            quiet(f"Version {one.version} to {one.destination}: {_state(one)}.")


def _destination(now: Sending, name: str, title: str, sender: Sender | None) -> None:
    """Draw a destination: how far the report is, and what can be done."""
    one = now.send_to(name)
    key = f"report_send_{name}"
    told, first, second = st.columns([0.48, 0.26, 0.26], vertical_alignment="center")
    state = "not sent" if one is None else _state(one)
    told.markdown(f"**{literal(title)}**  \n{literal(state)}")
    allowed = may_send(sender) and not now.problem
    asked: tuple[Callable[..., None], tuple[object, ...]] = _send, (now.version, name, sender)
    if one is None or one.state in ("sent", "given up"):
        label = "Send again" if one is not None and one.state == "sent" else "Send"
        _button(second, label, key, allowed, *asked, primary=one is None)
    elif one.state == "failed":
        _button(first, "Try now", key, allowed, *asked)
    if one is not None and one.state in ("queued", "failed"):
        _button(second, "Give up", f"{key}_give_up", allowed, _give_up, (one, sender))
    if one is not None and one.reason and one.state in ("failed", "given up"):
        notice(one.reason, problem=one.state == "failed", small=True)


def _button(
    place: st.delta_generator.DeltaGenerator,
    label: str,
    key: str,
    allowed: bool,
    action: Callable[..., None],
    arguments: tuple[object, ...],
    *,
    primary: bool = False,
) -> None:
    place.button(
        label,
        key=key,
        disabled=not allowed,
        on_click=action,
        args=arguments,
        width="stretch",
        type="primary" if primary else "secondary",
    )


def _state(one: Send) -> str:
    match one.state:
        case "queued":
            return f"waiting, asked for by {one.asked_by} at {_time(one.asked_at)}"
        case "sending":
            return "being sent" if one.tries < 2 else f"being sent, try {one.tries}"
        case "sent":
            return f"sent at {_time(one.sent_at)}, by {one.asked_by}"
        case "failed":
            return f"failed, try {one.tries}; next try at {_time(one.next_at)}"
        case _:
            return "given up"


def _time(at: str | None) -> str:
    return f"{(at or '')[:19].replace('T', ' ')} UTC"


def _send(version: Version, destination: str, sender: Sender) -> None:
    try:
        send(version, destination, sender)
    except (ReviewError, SettingError) as error:
        st.session_state[_SAID] = str(error)


def _give_up(one: Send, sender: Sender) -> None:
    try:
        give_up(one, sender)
    except ReviewError as error:
        st.session_state[_SAID] = str(error)
