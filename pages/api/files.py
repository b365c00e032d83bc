"""The routes for files: the log of edits out and in, the corrected beats as CSV and as WFDB annotations."""

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
from ecg_core.export.cells import shown_plainly
from ecg_core.formats.clinical_words import MARK
from ecg_core.privacy import Traces, deidentified, public_name
from ecg_core.recording import Recording
from ecg_core.review.exchange import export_log, import_log
from pages.api.answering import Answer, Call, File
from pages.api.asking import Refused, since_of
from pages.api.patches import bench_of, bench_to_edit, bench_to_read, patch

_imports: Final[dict[str, tuple[int, int]]] = {}

_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9_-]+")


def get_log(call: Call) -> Answer:
    """Send the log of edits as JSON."""
    bench = bench_of(call)
    recording = call.opened.recording
    exported = export_log(bench.log, public_name(recording), bench.analysis.provenance["model"])
    content = json.dumps(exported, indent=1, ensure_ascii=False).encode("utf-8", "replace")
    return File(_name(recording, "edits.json"), "application/json", content)


def get_csv(call: Call) -> Answer:
    """Send the beats as they are now as a table."""
    content = beats_csv(bench_to_read(call).analysis).encode()
    return File(_name(call.opened.recording, "beats.csv"), "text/csv", content)


def get_annotations(call: Call) -> Answer:
    """Send the beats as they are now as a WFDB annotation file, beside the header that it belongs to."""
    recording = call.opened.recording
    analysis = bench_to_read(call).analysis
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        annotations = write_annotations(recording, analysis, Path(folder))
        archive.write(annotations, annotations.name)
        for header in (file for file in recording.files[:1] if file.suffix == ".hea"):
            text = _public_header(recording, header)
            if text is not None:
                archive.writestr(header.name, text)
    return File(_name(recording, "beats.zip"), "application/zip", packed.getvalue())


def post_log(call: Call) -> Answer:
    """Take over what an exported log holds beyond the one that is here."""
    log = call.body.get("log", call.body)
    if not isinstance(log, str | Mapping):
        raise Refused("log must be an exported log of edits.")
    since = since_of(call.body)
    bench = bench_to_edit(call)

    def report(done: int, total: int) -> None:
        _imports[call.token] = done, total
        # Those who edit meanwhile do not have to take in the whole file first.
        bench.catch_up()

    try:
        n_new = import_log(bench.log, log, report)
    finally:
        _imports.pop(call.token, None)
    bench.catch_up()
    what = "edit was" if n_new == 1 else "edits were"
    said = f"{n_new:,} {what} taken over." if n_new else "All edits of this file are here already."
    return patch(call, bench, since, said=said)


def get_import(call: Call) -> Answer:
    """Tell how far the import of this page has come; nothing where none is under way."""
    done = _imports.get(call.token)
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
