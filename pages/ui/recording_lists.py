"""Recordings page's lists of recordings and its controls to open, upload and fetch them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from ecg_core.errors import SourceError
from ecg_core.sources import Listing
from pages.services import library
from pages.services.accounts import Action, acting
from pages.services.job_executor import DOWNLOAD_JOBS, Job
from pages.services.library import RecordingDescription
from pages.services.wording import ABSENT, duration, leads, rate, shown
from pages.ui import state
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import head, notice, quiet
from pages.ui.picklist import TableRow, table
from pages.ui.reviewer import reviewer
from pages.ui.streamlit_compat import session_id
from pages.ui.worklist_panel import DUE_IN, add_to_worklist, due_at

COLUMNS: Final = ("Name", "Length", "Leads", "Rate", "Format", "Annotations")
MAX_LISTED_RECORDINGS: Final = 200
"""Lines shown of a folder; the filter finds the others."""

SUPPORTED_FORMATS_TEXT: Final = (
    "WFDB · EDF, EDF+, BDF · DICOM · HL7 aECG · SCP-ECG · ISHNE · GE MUSE and Philips XML · "
    "CSV, TSV, Parquet, HDF5, NPY, MATLAB"
)
"""Formats that can be read, for people who look for their device's format."""

_MAX_REFUSED: Final = 12
"""Files without a recording that are named, of an upload or a folder."""

_BADGES: Final = {"upload": "Upload", "physionet": "PhysioNet"}
_FETCHING: Final = "fetching"
_SELECTED_RECORDING: Final = "chosen_recording"
_TABLE_NEEDING_LAYOUT: Final = "table_needing_layout"
_UPLOADER: Final = "uploader_number"
_ARRIVED: Final = "upload_arrived"


def pop_selected_recording() -> str | None:
    """Return the recording that was clicked, once."""
    rec: str | None = st.session_state.pop(_SELECTED_RECORDING, None)
    return rec


def pop_table_needing_layout() -> str | None:
    """Return the table of numbers that was clicked and does not say what it holds, once."""
    rec: str | None = st.session_state.pop(_TABLE_NEEDING_LAYOUT, None)
    return rec


def select_recording(line: RecordingDescription) -> None:
    """Choose a recording: it is opened, or asked about, when the page is drawn next."""
    st.session_state[_TABLE_NEEDING_LAYOUT if line.needs_description else _SELECTED_RECORDING] = line.rec


def recording_table(
    lines: Sequence[RecordingDescription],
    key: str,
    label: str,
    height_px: int | None = None,
    others: Sequence[str] = (),
) -> None:
    """Draw a table of recordings, and what adds them to the worklist; a click on a row opens the recording.

    Parameters
    ----------
    lines : sequence of RecordingDescription
        The recordings.
    key : str
        Key of the widget.
    label : str
        Name of the table for screen readers.
    height_px : int, optional
        Height in pixels; that of the rows by default.
    others : sequence of str
        References of recordings that are not in the table and belong to "all".
    """
    current = state.current().rec
    by_rec = {line.rec: line for line in lines}
    kept: list[str] = st.session_state.get(f"{key}_selected", [])
    selected = [rec for rec in kept if rec in by_rec]
    table(
        COLUMNS,
        [_row(line, current) for line in lines],
        key=key,
        label=label,
        on_choice=lambda rec: select_recording(by_rec[rec]) if rec in by_rec else None,
        numeric=(1, 3),
        height_px=height_px,
        selected=selected,
        on_selection=lambda ids: st.session_state.update({f"{key}_selected": ids}),
    )
    _adding(selected, [*(line.rec for line in lines if line.recording), *others], key)


def _adding(selected: Sequence[str], all_of_them: Sequence[str], key: str) -> None:
    """Draw the buttons that add recordings to the worklist."""

    def add(recs: Sequence[str]) -> None:
        add_to_worklist(recs, state.local_folder(), due_at(str(st.session_state[f"{key}_due"])))
        st.session_state[f"{key}_selected"] = []

    with st.container(horizontal=True, vertical_alignment="center"):
        nameless = not reviewer()
        help_ = "Type your name above first" if nameless else None
        chosen = f"{len(selected):,} selected" if selected else "selected"
        st.button(
            f"Add {chosen} to the worklist",
            key=f"{key}_add",
            disabled=nameless or not selected,
            help=help_,
            on_click=add,
            args=(selected,),
        )
        st.button(
            f"Add all {len(all_of_them):,}",
            key=f"{key}_add_all",
            disabled=nameless or not all_of_them,
            help=help_,
            on_click=add,
            args=(all_of_them,),
        )
        st.selectbox("Due", list(DUE_IN), key=f"{key}_due", label_visibility="collapsed", width=160)


def demos(*, expanded: bool) -> None:
    """Draw the bundled recordings.

    Parameters
    ----------
    expanded : bool
        Whether they are open at first: for those who have nothing to read yet.
    """
    with st.container(key="card_demos"), st.expander("Demos: synthetic, with exact truth", expanded=expanded):
        lines = library.demos()
        if lines:
            recording_table(lines, "recordings_demos", "Demo recordings")
        else:
            notice("No demo recordings are installed; make them with: python -m ecg_core synth demos.", small=True)


def uploads_and_downloads() -> None:
    """Draw what was uploaded in this session and what has been fetched from PhysioNet."""
    lines = library.uploaded(state.uploads()) + library.fetched()
    if lines:
        with st.container(key="card_brought"):
            head("Uploaded and fetched", "uploads open for whoever has a link, until this window is closed")
            recording_table(lines, "recordings_brought", "Uploaded and fetched recordings", 260)


def folder() -> None:
    """Draw the local folder: which one, a filter, and its recordings."""
    acting().require(Action.READ)  # what others have listed comes from a cache
    with st.container(key="card_folder"):
        head("Local folder", "recordings on this machine")
        st.session_state["recordings_folder"] = state.local_folder()
        with st.container(horizontal=True):
            st.text_input(
                "Folder",
                key="recordings_folder",
                placeholder="/path/to/recordings",
                label_visibility="collapsed",
                on_change=lambda: state.use_folder(st.session_state["recordings_folder"].strip()),
            )
            wanted = st.text_input(
                "Filter", key="recordings_filter", placeholder="filter by name", label_visibility="collapsed", width=180
            )
        path = state.local_folder()
        if not path:
            quiet("Type a folder, or set the environment variable ECG_DATA.")
            return
        try:
            listing = _listing(path)
        except SourceError as error:
            notice(str(error), problem=True)
            return
        _folder_table(listing, wanted.strip().lower())


@st.cache_data(ttl=15, max_entries=8, show_spinner=False)
def _listing(path: str) -> Listing:
    return library.in_folder(path)


def _folder_table(listing: Listing, wanted: str) -> None:
    matching = [found for found in listing.recordings if wanted in found.name.lower()]
    if not matching:
        what = "matches the filter" if listing.recordings else "is in this folder"
        quiet(f"No recording {what}.")
        return
    others = [f"local/{found.name}" for found in matching[MAX_LISTED_RECORDINGS:]]
    lines = library.describe("local", matching[:MAX_LISTED_RECORDINGS])
    recording_table(lines, "recordings_local", "Local recordings", 420, others)
    more = len(matching) - MAX_LISTED_RECORDINGS
    if more > 0 or not listing.complete:
        rest = f"{more:,} more; filter by name to see them." if more > 0 else "The folder holds more than was searched."
        quiet(rest)
    if listing.unknown:
        names = ", ".join(shown(path.name, 40) for path in listing.unknown[:_MAX_REFUSED])
        more = len(listing.unknown) - _MAX_REFUSED
        rest = f" and {more:,} more" if more > 0 else ""
        quiet(f"No recording in a known format: {names}{rest}.")


def upload() -> None:
    """Draw the upload."""
    with st.container(key="card_upload"):
        head("Upload", "a file, the files of a record together, several records, or a zip")
        number = st.session_state.setdefault(_UPLOADER, 0)
        files = st.file_uploader(
            "A recording's file or files (.edf, .dcm, .xml, .hea with .dat …), or a zip",
            accept_multiple_files=True,
            key=f"recordings_upload_{number}",
            label_visibility="collapsed",
        )
        quiet(SUPPORTED_FORMATS_TEXT)
        arrived: list[str] = st.session_state.pop(_ARRIVED, [])
        for sentence in arrived:
            notice(sentence, small=True)
        if not (files and st.button("Open upload", key="recordings_take_upload", type="primary")):
            return
        try:
            token, _ = library.take_upload([(file.name, file) for file in files], session_id())
        except SourceError as error:
            notice(shown(str(error), 400), problem=True)
            return
        lines = library.uploaded([token])
        openable = [line for line in lines if line.recording or line.needs_description]
        if len(lines) == 1 and not openable:
            notice(shown(lines[0].problem or "", 400), problem=True)
            return
        state.keep_upload(token)
        st.session_state[_UPLOADER] = number + 1
        refused = library.refused(token)
        if len(lines) == 1 and not refused:
            select_recording(lines[0])
        else:
            st.session_state[_ARRIVED] = _arrival(lines, len(openable), refused)
        st.rerun()


def _arrival(lines: Sequence[RecordingDescription], n_openable: int, refused: Sequence[tuple[str, str]]) -> list[str]:
    """Return the sentences about an upload: how many recordings there are, and each file that is none."""
    failed = len(lines) - n_openable
    rest = f"; {failed} cannot be opened, see why beside {'it' if failed == 1 else 'them'}" if failed else ""
    were = "recording was" if len(lines) == 1 else "recordings were"
    told = [f"{len(lines)} {were} uploaded: choose one in the list{rest}."]
    told += [f"{shown(name, 80)} was not opened: {shown(reason, 300)}" for name, reason in refused[:_MAX_REFUSED]]
    more = len(refused) - _MAX_REFUSED
    return [*told, f"{more} more files are no recordings."] if more > 0 else told


def physionet() -> None:
    """Draw the way from PhysioNet: a name, progress, and what went wrong."""
    with st.container(key="card_physionet"):
        head("PhysioNet", "by database and record, e.g. mitdb/208")
        with st.form("recordings_physionet", border=False, enter_to_submit=True), st.container(horizontal=True):
            name = st.text_input(
                "Record", key="recordings_fetch", placeholder="mitdb/208", label_visibility="collapsed"
            )
            wanted = st.form_submit_button("Fetch", key="recordings_fetch_go")
        if wanted and name.strip():
            _begin(name.strip())
        fetching: str | None = st.session_state.get(_FETCHING)
        if fetching is None:
            return
        key = ("fetch", fetching)
        job = DOWNLOAD_JOBS.get(key) or _begin(fetching)
        if not job.done:
            progress_of(key, "fetch", DOWNLOAD_JOBS)
        elif not problem_of(key, "fetch", DOWNLOAD_JOBS):
            st.session_state.pop(_FETCHING)
            if isinstance(job.result, str):
                st.session_state[_SELECTED_RECORDING] = job.result
                st.rerun()


def _begin(name: str) -> Job:
    key = ("fetch", name)
    earlier = DOWNLOAD_JOBS.get(key)
    if earlier is not None and earlier.done:
        DOWNLOAD_JOBS.drop(key)
    st.session_state[_FETCHING] = name
    return DOWNLOAD_JOBS.submit(key, lambda progress: library.fetch(name, progress))


def _row(line: RecordingDescription, current: str | None) -> TableRow:
    recording = line.recording
    name = shown(line.name, 160)
    if line.needs_description:
        return TableRow(line.rec, (name,), note="needs its rate, unit or leads described: open it to add them")
    if recording is None:
        return TableRow(None, (name,), note=shown(line.problem or "", 400), problem=True)
    cells = (
        name,
        duration(recording.duration_s),
        shown(leads(recording), 80),
        rate(recording.fs_hz),
        shown(recording.format_name, 30),
        shown(", ".join(recording.annotation_names), 60) or ABSENT,
    )
    badge = "Synthetic" if recording.synthetic else _BADGES.get(recording.source, "")
    return TableRow(line.rec, cells, badge=badge, current=line.rec == current)
