"""Handlers that export and import the edit log and export corrected beats as CSV and WFDB annotations."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ecg_core.confinement import confined_to, read_bytes
from ecg_core.export import beats_csv, file_stem, write_annotations
from ecg_core.formats.common.cells import shown_plainly
from ecg_core.formats.common.vocabulary import MARK
from ecg_core.privacy import Traces, deidentified, public_name
from ecg_core.recording import Recording
from ecg_core.review.exchange import export_log, import_log
from pages.api.deltas import delta, session_of, session_to_edit, session_to_read
from pages.api.endpoint import Answer, DeskRequest, FileAnswer
from pages.api.params import revision_of
from pages.services.errors import RequestError
from pages.services.worklist_updates import UPDATES

_imports: Final[dict[str, tuple[int, int]]] = {}

_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9_-]+")


def get_log(request: DeskRequest) -> Answer:
    """Return the edit log as JSON."""
    session = session_of(request)
    recording = request.opened.recording
    exported = export_log(session.log, public_name(recording), session.analysis.provenance["model"])
    content = json.dumps(exported, indent=1, ensure_ascii=False).encode("utf-8", "replace")
    return FileAnswer(_name(recording, "edits.json"), "application/json", content)


def get_csv(request: DeskRequest) -> Answer:
    """Return the current beats as CSV."""
    content = beats_csv(session_to_read(request).analysis).encode()
    return FileAnswer(_name(request.opened.recording, "beats.csv"), "text/csv", content)


def get_annotations(request: DeskRequest) -> Answer:
    """Return the current beats as a zip of a WFDB annotation file and its header."""
    recording = request.opened.recording
    analysis = session_to_read(request).analysis
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        annotations = write_annotations(recording, analysis, Path(folder))
        archive.write(annotations, annotations.name)
        for header in (file for file in recording.files[:1] if file.suffix == ".hea"):
            text = _public_header(recording, header)
            if text is not None:
                archive.writestr(header.name, text)
    return FileAnswer(_name(recording, "beats.zip"), "application/zip", packed.getvalue())


def post_log(request: DeskRequest) -> Answer:
    """Import the entries of an exported log that the local log lacks."""
    log = request.body.get("log", request.body)
    if not isinstance(log, str | Mapping):
        raise RequestError("log must be an exported log of edits.")
    since = revision_of(request.body)
    session = session_to_edit(request)

    def report(done: int, total: int) -> None:
        _imports[request.token] = done, total
        # Those who edit meanwhile do not have to take in the whole file first.
        session.catch_up()

    try:
        n_new = import_log(session.log, log, report, request.person, own_only=bool(request.grant.account))
    finally:
        _imports.pop(request.token, None)
    session.catch_up()
    UPDATES.begin(request.opened, request.person)
    what = "edit was" if n_new == 1 else "edits were"
    said = f"{n_new:,} {what} taken over." if n_new else "All edits of this file are here already."
    return delta(request, session, since, said=said)


def get_import(request: DeskRequest) -> Answer:
    """Return the progress of this page's import; empty if none is running."""
    done = _imports.get(request.token)
    return None if done is None else {"done": done[0], "total": done[1]}


def _public_header(recording: Recording, header: Path) -> str | None:
    """Return a header's text with public comments for its own; None where names in it may say whose it is.

    It names the record, its files and its signals: these are public where each of them has the name that the
    recording has in public.
    """
    public = deidentified(recording)
    names = [*public.other_channels, *(lead.original_name for lead in public.leads)]
    if header.stem != file_stem(recording) or any(MARK in name for name in names):
        return None
    with confined_to(recording.within):
        lines = read_bytes(header).decode("utf-8", errors="replace").splitlines()
    kept = [line for line in lines if not line.lstrip().startswith("#")]
    text = "\n".join([*kept, *(f"# {shown_plainly(comment)}" for comment in public.comments), ""])
    return None if Traces.of(recording.identity).shown_by(text) else text


def _name(recording: Recording, ending: str) -> str:
    """Return a file's name that every system takes, whatever the recording is called."""
    return f"{_UNUSUAL.sub('-', file_stem(recording)).strip('-') or 'recording'}.{ending}"
