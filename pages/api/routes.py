"""The routes of the review desk, for ``st.App(routes=...)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.routing import Route

from pages.api import editing, file, files, reading, signals
from pages.api.answering import Handler, endpoint

PREFIX: Final = "/api/desk"

MOST_POSTED: Final = 4 * 2**20
"""Bytes; an edit that names all beats of two days has 2 MB."""

MOST_IMPORTED: Final = 16 * 2**20

_GET: Final[Mapping[str, Handler]] = {
    "state": reading.get_state,
    "beats": reading.get_beats,
    "edit": reading.get_edit,
    "span": reading.get_span,
    "disclosure": reading.get_disclosure,
    "reference": reading.get_reference,
    "pacing": reading.get_pacing,
    "file": file.get_file,
    "saliency": reading.get_saliency,
    "singles": reading.get_singles,
    "changes": reading.get_changes,
    "import": files.get_import,
    "export/log.json": files.get_log,
    "export/beats.csv": files.get_csv,
    "export/beats.zip": files.get_annotations,
    "export/signal": signals.get_export,
    "export/signal/file": signals.get_exported,
}

_POST: Final[Mapping[str, tuple[Handler, int]]] = {
    "edits": (editing.post_edits, MOST_POSTED),
    "undo": (editing.post_undo, MOST_POSTED),
    "redo": (editing.post_redo, MOST_POSTED),
    "families/split": (editing.post_split, MOST_POSTED),
    "job": (editing.post_job, MOST_POSTED),
    "identity": (file.post_identity, MOST_POSTED),
    "place": (editing.post_place, MOST_POSTED),
    "import": (files.post_log, MOST_IMPORTED),
    "export/signal": (signals.post_export, MOST_POSTED),
    "export/signal/stop": (signals.post_stop, MOST_POSTED),
}

_BELOW: Final = ("", "/{below:path}")
"""Streamlit puts its own pages below ``server.baseUrlPath``, but not the routes that it is given."""

ROUTES: Final = [
    *(
        Route(f"{below}{PREFIX}/{path}", endpoint(handler), methods=["GET"])
        for path, handler in _GET.items()
        for below in _BELOW
    ),
    *(
        Route(f"{below}{PREFIX}/{path}", endpoint(handler, most_bytes), methods=["POST"])
        for path, (handler, most_bytes) in _POST.items()
        for below in _BELOW
    ),
]
