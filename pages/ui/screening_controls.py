"""Screening page's controls: start one, choose one, how far it is, pause and cancel."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ecg_core.errors import ReviewError, SourceError
from pages.services import screenings
from pages.services.screening_worklist import follow
from pages.services.screenings import KnownScreening
from pages.services.tokens import DEFAULT_REVIEWER_NAME
from pages.services.wording import duration, shown
from pages.ui import state
from pages.ui.markup import head, notice, quiet
from pages.ui.page_frame import known_problems
from pages.ui.reviewer import reviewer

CHOSEN: Final = "screening_chosen"
_SAID: Final = "screening_said"
_EVERY_S: Final = 2.0


def controls() -> KnownScreening | None:
    """Draw the controls; returns the chosen screening, None if there is none."""
    names = screenings.screening_names()
    with st.container(key="card_screening_start"):
        head("Screening", "every recording of a folder, the most urgent first; it goes on without this page")
        folder, name, go = st.columns([0.5, 0.3, 0.2], vertical_alignment="bottom")
        folder.text_input("Folder", key="screening_folder", placeholder=state.local_folder() or "/path/to/recordings")
        name.text_input("Name", key="screening_name", placeholder="of the folder and the day", max_chars=60)
        with st.container(horizontal=True):
            st.checkbox("Keep looking for new recordings in the folder", key="screening_watch")
            st.checkbox("Put them into the worklist", key="screening_worklist")
        go.button("Start", key="screening_start", type="primary", width="stretch", on_click=_start)
        said = st.session_state.get(_SAID, "")
        if said:
            notice(said, problem=True, small=True)
        if not names:
            quiet("Nothing has been screened on this machine yet.")
            return None
        if st.session_state.get(CHOSEN) not in names:
            st.session_state[CHOSEN] = names[0]
        st.selectbox("Results of", names, key=CHOSEN)
    known = screenings.known_screening(str(st.session_state[CHOSEN]))
    # One container, however many sentences it holds: Streamlit resets the tabs below when their position changes.
    with st.container(key="screening_progress"):
        if known is not None:
            _progress(known.name)
    return known


def _start() -> None:
    st.session_state[_SAID] = ""
    watch = bool(st.session_state.get("screening_watch"))
    place = st.session_state.get("screening_folder", "").strip() or state.local_folder()
    try:
        known = screenings.start([place] if place else [], st.session_state.get("screening_name", "").strip(), watch)
        st.session_state[CHOSEN] = known.name
        if st.session_state.get("screening_worklist"):
            follow(known, reviewer() or DEFAULT_REVIEWER_NAME)
    except (ReviewError, SourceError) as error:
        st.session_state[_SAID] = str(error)


def _progress(name: str) -> None:
    known = screenings.known_screening(name)
    under_way = known is not None and (known.under_way or screenings.begun(known))
    if under_way:
        st.fragment(run_every=_EVERY_S)(_under_way)(name)
    elif known is not None:
        _ended(known)


def _under_way(name: str) -> None:
    with known_problems():
        known = screenings.known_screening(name)
        if known is None:
            return
        if not (known.under_way or screenings.begun(known)):
            st.rerun()
        status = known.status
        total = int(status.get("total") or 0)
        done = int(status.get("before") or 0) + int(status.get("done") or 0) + int(status.get("refused") or 0)
        bar, pause, cancel = st.columns([0.7, 0.15, 0.15], vertical_alignment="center")
        bar.progress(min(done / total, 1.0) if total else 0.0, text=_words(status, done, total))
        if known.status.get("state") == "paused":
            pause.button("Go on", key="screening_resume", on_click=screenings.ask, args=(known, ""), width="stretch")
        else:
            pause.button(
                "Pause", key="screening_pause", on_click=screenings.ask, args=(known, "pause"), width="stretch"
            )
        cancel.button(
            "Cancel", key="screening_cancel", on_click=screenings.ask, args=(known, "cancel"), width="stretch"
        )


def _words(status: dict[str, object], done: int, total: int) -> str:
    if not total:
        return "Looking for recordings …"
    parts = [f"{done:,} of {total:,} recordings"]
    rate, left = status.get("rate_per_s"), status.get("left_s")
    if isinstance(rate, int | float) and isinstance(left, int | float):
        parts += [f"{rate * 3600:,.0f} an hour", f"{duration(float(left))} left"]
    state_now = status.get("state")
    if state_now in ("paused", "watching"):
        parts.append("paused" if state_now == "paused" else "waiting for new recordings")
    return " · ".join(parts)


def _ended(known: KnownScreening) -> None:
    words, go = st.columns([0.8, 0.2], vertical_alignment="center")
    with words:
        if known.state == "stopped":
            reason = screenings.last_words(known)
            notice(f"This screening stopped before its end. {reason}", problem=True, small=True)
        elif known.state == "cancelled":
            notice("This screening was cancelled; what is done is kept.", small=True)
        else:
            quiet("Finished. Screening again looks for new and changed recordings only.")
    label = "Go on" if known.state != "finished" else "Screen again"
    for sentence in known.status.get("told") or ():
        quiet(shown(str(sentence), 400))
    go.button(label, key="screening_again", on_click=_again, args=(known,), width="stretch")


def _again(known: KnownScreening) -> None:
    st.session_state[_SAID] = ""
    try:
        screenings.resume(known)
    except (ReviewError, SourceError) as error:
        st.session_state[_SAID] = str(error)
