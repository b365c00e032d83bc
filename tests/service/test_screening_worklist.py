"""A screening fills the worklist with what it found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from screening_for_tests import row_of

from ecg_core.analysis import analyse
from ecg_core.formats import open_recording
from ecg_core.paths import DEMO_FOLDER
from ecg_core.screening.results import Results
from pages.services import screening_worklist, screenings
from pages.services.worklist_access import worklist_to_write


def test_screened_recordings_stand_in_the_worklist_once_and_refused_ones_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(tmp_path))
    source = tmp_path / "source"
    source.mkdir()
    for file in DEMO_FOLDER.glob("demo_brady_pause_tachy.*"):
        shutil.copy(file, source)
    header = source / "demo_brady_pause_tachy.hea"
    recording = open_recording(header)
    analyse(recording, None)
    results = Results(screenings.screenings_folder() / "clinic")
    results.set_settings({"places": [str(source)]})
    done = {**row_of("demo_brady_pause_tachy"), "key": str(header), "source_sha256": recording.sha256, "stamp": "1"}
    with results.writing():
        for row in (done, done, row_of("broken", status="refused")):
            results.append(row)
    known = screenings.known_screening("clinic")
    assert known is not None
    thread = screening_worklist.follow(known, "Ann")
    thread.join(60)
    (item,) = worklist_to_write().items()
    assert (item.recording_sha256, item.status, item.changed_by) == (recording.sha256, "new", "Ann")
    assert item.origin.rec == "local/demo_brady_pause_tachy"
    assert item.findings.worst_kind == "ASYSTOLE"
