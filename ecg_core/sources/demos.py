"""The demo recordings that come with the program: synthetic, with exact truth, labelled so."""

from __future__ import annotations

from pathlib import Path

from ecg_core import settings
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.paths import DEMO_FOLDER
from ecg_core.recording import Recording
from ecg_core.sources.local import Found, list_recordings


def demo_folder() -> Path:
    """Return the folder of the demos: `settings.DEMOS`, else the one that comes with the program."""
    return settings.DEMOS.get() or DEMO_FOLDER


def list_demos() -> tuple[Found, ...]:
    """Return the demo recordings in order of their names; none if they are not installed."""
    folder = demo_folder()
    return list_recordings(folder, max_depth=0).recordings if folder.is_dir() else ()


def open_demo(name: str) -> Recording:
    """Open a demo recording by name.

    Raises
    ------
    SourceError
        If there is no such demo.
    RecordingError
        If it cannot be read.
    """
    demos = {demo.name: demo for demo in list_demos()}
    if name not in demos:
        known = ", ".join(demos) or f"none, since {demo_folder()} holds no recordings"
        raise SourceError(f"There is no demo {name}; there are {known}.")
    return open_recording(demos[name].path, name=name, source="demo", within=(demo_folder(),))
