"""Review: the desk on which a recording is read and corrected."""

from __future__ import annotations

from pages.ui import state
from pages.ui.current_recording import open_current_recording, start_analysis
from pages.ui.page_frame import show_page
from pages.ui.review_component import show_review_component
from pages.ui.warmup import warm_up_later


def page() -> None:
    opened = open_current_recording(live=True)
    if opened is None:
        return
    start_analysis(opened, grace_s=0.0)  # the desk follows what is found by itself
    warm_up_later()
    view = state.current()
    show_review_component(opened, view)
    state.write_address(view)


show_page(page)
