"""Where things that can be computed again are kept."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder(purpose: str) -> Path:
    """Return the folder for one purpose, made if needed.

    The environment variable ``RHYTHMOSCOPE_CACHE`` moves all of them.
    """
    root = os.environ.get("RHYTHMOSCOPE_CACHE")
    folder = (Path(root).expanduser() if root else user_cache_path("rhythmoscope")) / purpose
    folder.mkdir(parents=True, exist_ok=True)
    return folder
