"""What background jobs find while a page is being drawn is on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dashboard_for_tests import Dashboard

from pages.services.analysis_jobs import start_classification
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.workspace import OpenedRecording, beats_key, classify_key
from pages.ui import current_recording, recording_title

Drawn = Callable[[OpenedRecording, str], None]


def ending_after_the_title(key_of: Callable[[OpenedRecording], tuple[object, ...]]) -> Drawn:
    """Draw the title, then wait for a job, as on a machine that was busy just then."""
    draw = recording_title.title

    def drawn(opened: OpenedRecording, keys: str) -> None:
        draw(opened, keys)
        job = ANALYSIS_JOBS.get(key_of(opened))
        if job is not None:
            assert job.wait(60)

    return drawn


def test_beats_found_while_the_page_is_drawn(
    dashboard: Callable[[], Dashboard], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_recording, "_GRACE_S", 0)
    monkeypatch.setattr(recording_title, "title", ending_after_the_title(beats_key))
    opened = dashboard()
    opened.app.query_params["rec"] = "demo/demo_sinus"
    opened.app.switch_page("pages/explain.py").run()
    assert " beats" in opened.text.split('class="rs-keys"')[0]
    assert "classify_beats" in opened.buttons()


@pytest.mark.tensorflow
@pytest.mark.usefixtures("tiny_model")
def test_classes_found_while_the_page_is_drawn(
    dashboard: Callable[[], Dashboard], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = dashboard().open("explain", rec="demo/demo_12lead")
    slow = ending_after_the_title(classify_key)
    begun: list[str] = []

    def drawn(recording: OpenedRecording, keys: str) -> None:
        if not begun:
            begun.append("once")
            start_classification(recording)
        slow(recording, keys)

    monkeypatch.setattr(recording_title, "title", drawn)
    opened.app.run()
    assert "classify_beats" not in opened.buttons()
    assert " % V" in opened.text.split('class="rs-keys"')[0]
