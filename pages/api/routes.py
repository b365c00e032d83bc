"""Route table of the review desk, for ``st.App(routes=...)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.routing import Route

from pages.api import edit_handlers, export_handlers, file_details, get_handlers, log_handlers
from pages.api.endpoint import Handler, endpoint

PREFIX: Final = "/api/desk"

MAX_POST_BYTES: Final = 4 * 2**20
"""Bytes; an edit that names all beats of two days has 2 MB."""

MAX_IMPORT_BYTES: Final = 16 * 2**20

_GET: Final[Mapping[str, Handler]] = {
    "state": get_handlers.get_state,
    "beats": get_handlers.get_beats,
    "edit": get_handlers.get_edit,
    "span": get_handlers.get_span,
    "disclosure": get_handlers.get_disclosure,
    "reference": get_handlers.get_reference,
    "pacing": get_handlers.get_pacing,
    "file": file_details.get_file,
    "saliency": get_handlers.get_saliency,
    "singles": get_handlers.get_singles,
    "changes": get_handlers.get_changes,
    "import": log_handlers.get_import,
    "export/log.json": log_handlers.get_log,
    "export/beats.csv": log_handlers.get_csv,
    "export/beats.zip": log_handlers.get_annotations,
    "export/signal": export_handlers.get_export,
    "export/signal/file": export_handlers.get_exported,
}

_POST: Final[Mapping[str, tuple[Handler, int]]] = {
    "edits": (edit_handlers.post_edits, MAX_POST_BYTES),
    "undo": (edit_handlers.post_undo, MAX_POST_BYTES),
    "redo": (edit_handlers.post_redo, MAX_POST_BYTES),
    "families/split": (edit_handlers.post_split, MAX_POST_BYTES),
    "job": (edit_handlers.post_job, MAX_POST_BYTES),
    "identity": (file_details.post_identity, MAX_POST_BYTES),
    "saliency": (edit_handlers.post_saliency, MAX_POST_BYTES),
    "place": (edit_handlers.post_place, MAX_POST_BYTES),
    "import": (log_handlers.post_log, MAX_IMPORT_BYTES),
    "export/signal": (export_handlers.post_export, MAX_POST_BYTES),
    "export/signal/stop": (export_handlers.post_stop, MAX_POST_BYTES),
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
        Route(f"{below}{PREFIX}/{path}", endpoint(handler, max_bytes), methods=["POST"])
        for path, (handler, max_bytes) in _POST.items()
        for below in _BELOW
    ),
]
