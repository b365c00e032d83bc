"""Review: the desk on which a recording is read and corrected."""

from __future__ import annotations

from pages.parts import state
from pages.parts.desk_view import desk
from pages.parts.frame import show
from pages.parts.opening import opened_recording
from pages.parts.warmup import warm_up_later


def page() -> None:
    opened = opened_recording(grace_s=0.0)  # the desk follows what is found by itself
    if opened is None:
        return
    warm_up_later()
    view = state.current()
    desk(opened, view)
    state.write_address(view)


show(page)
