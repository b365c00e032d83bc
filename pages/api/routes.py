"""Route table of the review desk, for ``st.App(routes=...)``: each with the action that an account must be allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.routing import Route, WebSocketRoute

from ecg_core.live.protocol import PATH as LIVE_PATH
from pages.api import (
    diary,
    edit_handlers,
    export_handlers,
    file_details,
    get_handlers,
    label_differences,
    live,
    log_handlers,
    proposals,
    statement_audits,
    trends,
    waves,
    worklist_handlers,
)
from pages.api.endpoint import Handler, endpoint
from pages.api.live_socket import take_stream
from pages.services.accounts import Action

PREFIX: Final = "/api/desk"

MAX_POST_BYTES: Final = 4 * 2**20
"""Bytes; an edit that names all beats of two days has 2 MB."""

MAX_IMPORT_BYTES: Final = 16 * 2**20

_GET: Final[Mapping[str, tuple[Handler, Action]]] = {
    "state": (get_handlers.get_state, Action.READ),
    "beats": (get_handlers.get_beats, Action.READ),
    "edit": (get_handlers.get_edit, Action.READ),
    "span": (get_handlers.get_span, Action.READ),
    "disclosure": (get_handlers.get_disclosure, Action.READ),
    "reference": (get_handlers.get_reference, Action.READ),
    "pacing": (get_handlers.get_pacing, Action.READ),
    "file": (file_details.get_file, Action.READ),
    "saliency": (get_handlers.get_saliency, Action.READ),
    "singles": (get_handlers.get_singles, Action.READ),
    "changes": (get_handlers.get_changes, Action.READ),
    "waves": (waves.get_waves, Action.READ),
    "measurements": (waves.get_measurements, Action.READ),
    "family": (waves.get_family, Action.READ),
    "criteria": (waves.get_criteria, Action.READ),
    "episode_criteria": (waves.get_episode_criteria, Action.READ),
    "diary": (diary.get_diary, Action.READ),
    "sleep": (diary.get_sleep, Action.READ),
    "readers": (diary.get_readers, Action.READ),
    "differences": (label_differences.get_differences, Action.READ),
    "statements": (statement_audits.get_statements, Action.READ),
    "live": (live.get_live, Action.READ),
    "trends": (trends.get_trends, Action.READ),
    "variability": (trends.get_variability, Action.READ),
    "proposals": (proposals.get_proposals, Action.EDIT),
    "import": (log_handlers.get_import, Action.EDIT),
    "worklist": (worklist_handlers.get_worklist, Action.READ),
    "export/log.json": (log_handlers.get_log, Action.EXPORT),
    "export/beats.csv": (log_handlers.get_csv, Action.EXPORT),
    "export/beats.zip": (log_handlers.get_annotations, Action.EXPORT),
    "export/signal": (export_handlers.get_export, Action.EXPORT),
    "export/signal/file": (export_handlers.get_exported, Action.EXPORT),
}

_POLLED: Final = frozenset({"state", "changes", "import"})
"""Routes that browsers ask for again and again while nobody does anything."""

_POST: Final[Mapping[str, tuple[Handler, Action, int]]] = {
    "edits": (edit_handlers.post_edits, Action.EDIT, MAX_POST_BYTES),
    "undo": (edit_handlers.post_undo, Action.EDIT, MAX_POST_BYTES),
    "redo": (edit_handlers.post_redo, Action.EDIT, MAX_POST_BYTES),
    "families/split": (edit_handlers.post_split, Action.EDIT, MAX_POST_BYTES),
    "job": (edit_handlers.post_job, Action.READ, MAX_POST_BYTES),
    "identity": (file_details.post_identity, Action.READ, MAX_POST_BYTES),
    "saliency": (edit_handlers.post_saliency, Action.READ, MAX_POST_BYTES),
    "diary": (diary.post_diary, Action.EDIT, MAX_POST_BYTES),
    "diary/withdraw": (diary.post_withdrawal, Action.EDIT, MAX_POST_BYTES),
    "place": (edit_handlers.post_place, Action.READ, MAX_POST_BYTES),
    "import": (log_handlers.post_log, Action.EDIT, MAX_IMPORT_BYTES),
    "worklist": (worklist_handlers.post_worklist, Action.EDIT, MAX_POST_BYTES),
    "export/signal": (export_handlers.post_export, Action.EXPORT, MAX_POST_BYTES),
    "export/signal/stop": (export_handlers.post_stop, Action.EXPORT, MAX_POST_BYTES),
}

_BELOW: Final = ("", "/{below:path}")
"""Streamlit puts its own pages below ``server.baseUrlPath``, but not the routes that it is given."""

ROUTES: Final = [
    *(
        Route(f"{below}{PREFIX}/{path}", endpoint(handler, action, is_poll=path in _POLLED), methods=["GET"])
        for path, (handler, action) in _GET.items()
        for below in _BELOW
    ),
    *(
        Route(f"{below}{PREFIX}/{path}", endpoint(handler, action, max_bytes), methods=["POST"])
        for path, (handler, action, max_bytes) in _POST.items()
        for below in _BELOW
    ),
]

SOCKETS: Final = [WebSocketRoute(f"{below}{LIVE_PATH}", take_stream) for below in _BELOW]
"""Of senders of live streams, which have a token of their own."""
