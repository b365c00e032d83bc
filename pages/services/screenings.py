"""Screenings of the dashboard: started in a process of their own, their results and people's verdicts. No Streamlit.

Results lie in the data folder, one folder a screening. The process outlives the page and the server; a page finds it
again by its folder.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from ecg_core.errors import RecordingError, SourceError
from ecg_core.private import private_folder
from ecg_core.review.database import data_folder
from ecg_core.review.verdicts import Verdict, Verdicts
from ecg_core.rhythm import KIND_NAMES
from ecg_core.screening.batch_report import MAX_LINES, MAX_STRIPS, Line, batch_report_pdf
from ecg_core.screening.comparison import Comparison, compare
from ecg_core.screening.results import PARQUET, Results, Wish
from ecg_core.screening.table import Filter, ResultTable
from ecg_core.screening.urgency import LOOK_TODAY, NOTHING_FOUND, TIERS
from ecg_core.screening.worst_strip import WorstStrip
from ecg_core.sources import Found
from ecg_core.sources.local import recording_file
from pages.services import library
from pages.services.accounts import Action, acting
from pages.services.allowed_folders import allowed_folder
from pages.services.review_sessions import database_in_use
from pages.services.wording import clock

_ROOT: Final = Path(__file__).resolve().parents[2]
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}")
_WATCH_S: Final = 20
_STRIP_S: Final = 10.0
_LOG: Final = "log.txt"
_processes: Final[list[subprocess.Popen[bytes]]] = []
_lock = threading.Lock()


@dataclass(frozen=True)
class KnownScreening:
    """A screening with results in the data folder.

    Attributes
    ----------
    name : str
    folder : Path
    status : dict
        As its process wrote it last; ``state`` is ``stopped`` where the process ended without saying so.
    under_way : bool
        Whether its process runs.
    """

    name: str
    folder: Path
    status: dict[str, Any]
    under_way: bool

    @property
    def state(self) -> str:
        """running, paused, watching, finished, cancelled, or stopped."""
        state = str(self.status.get("state", "running"))
        return "stopped" if state in ("running", "paused", "watching") and not self.under_way else state


def screenings_folder() -> Path:
    """Return the folder that holds a folder for each screening, made if needed."""
    folder = data_folder() / "screenings"
    try:
        private_folder(data_folder())
        private_folder(folder)
    except OSError as error:
        raise SourceError(f"Screenings cannot be kept in {folder}: {error.strerror or error}.") from error
    return folder


def screening_names() -> list[str]:
    """Return the names of the screenings of the data folder, the newest first."""
    folders = [folder for folder in screenings_folder().iterdir() if folder.is_dir()]
    folders.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    return [folder.name for folder in folders]


def known_screening(name: str) -> KnownScreening | None:
    """Return a screening by its name; None if there is none."""
    folder = screenings_folder() / name
    return _known(folder) if _NAME.fullmatch(name) and folder.is_dir() else None


def _known(folder: Path) -> KnownScreening:
    results = Results(folder)
    return KnownScreening(folder.name, folder, results.status(), results.under_way())


def start(places: Sequence[str], name: str, watch: bool = False) -> KnownScreening:
    """Start a screening, or go on with one that was stopped.

    Parameters
    ----------
    places : sequence of str
        Folders that the dashboard may open.
    name : str
        What to call it; one of that name goes on.
    watch : bool
        Whether to look for new recordings until it is cancelled.

    Returns
    -------
    KnownScreening

    Raises
    ------
    SourceError
        If a folder may not be opened or is not there, the name cannot be one, or it is under way already.
    """
    acting().require(Action.READ)
    folders = [str(allowed_folder(place)) for place in places]
    for folder in folders:
        if not Path(folder).is_dir():
            raise SourceError(f"There is no folder {folder}; check the path.")
    if not folders:
        raise SourceError("Type a folder with recordings.")
    name = name or f"{Path(folders[0]).name} {datetime.now(UTC):%Y-%m-%d %H.%M}"
    name = "".join(sign if re.fullmatch(r"[A-Za-z0-9 ._-]", sign) else "_" for sign in name)[:60].strip(" .")
    if not _NAME.fullmatch(name):
        raise SourceError("A screening needs a name of letters and digits.")
    folder_out = screenings_folder() / name
    results = Results(folder_out)
    if results.under_way():
        raise SourceError(f"The screening {name} is under way already.")
    command = [sys.executable, "-m", "ecg_core", "screen", *folders, "--out", str(folder_out), "--keep-analyses"]
    command += ["--watch", str(_WATCH_S)] if watch else []
    with (folder_out / _LOG).open("ab") as log:
        process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    with _lock:
        _processes.append(process)
    results.set_status({"state": "running"})
    return KnownScreening(name, folder_out, results.status(), True)


def resume(known: KnownScreening) -> None:
    """Go on with a screening that was paused, cancelled or stopped.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    results = Results(known.folder)
    if results.under_way():
        results.ask("")
        return
    places = [str(place) for place in results.settings().get("places", [])]
    start(places, known.name)


def ask(known: KnownScreening, wish: Wish) -> None:
    """Ask a screening to pause, or to end.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    wish : {"", "pause", "cancel"}
        Empty to go on.
    """
    Results(known.folder).ask(wish)


def begun(known: KnownScreening) -> bool:
    """Tell whether a process of this server works on a screening, or has only just been started."""
    with _lock:
        _processes[:] = [process for process in _processes if process.poll() is None]
        return any(str(known.folder) in map(str, process.args) for process in _processes)  # type: ignore[arg-type]


def last_words(known: KnownScreening) -> str:
    """Return the last line that a screening's process wrote; empty if none."""
    try:
        lines = (known.folder / _LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:300] if lines else ""


def table_of(known: KnownScreening) -> ResultTable | None:
    """Return the results of a screening so far; None before the first were written."""
    path = known.folder / PARQUET
    return ResultTable(path) if path.is_file() else None


def changes_since(earlier: KnownScreening, known: KnownScreening) -> Comparison | None:
    """Compare a screening with an earlier one; None where one of them has no results yet.

    Parameters
    ----------
    earlier, known : KnownScreening
        The screenings.
    """
    files = earlier.folder / PARQUET, known.folder / PARQUET
    if not all(file.is_file() for file in files):
        return None
    return _compared(*files, *(file.stat().st_mtime_ns for file in files))


@lru_cache(maxsize=4)
def _compared(before: Path, after: Path, *_mtimes_ns: int) -> Comparison:
    return compare(before, after)


def places_of(known: KnownScreening) -> list[Path]:
    """Return the local folders that a screening searched.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    return [Path(place) for place in Results(known.folder).settings().get("places", []) if "://" not in place]


def reference_and_folder(known: KnownScreening, row: dict[str, Any]) -> tuple[str, str]:
    """Return the reference by which the dashboard opens a row's recording, and the local folder it is relative to.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    row : dict
        Of its results.

    Raises
    ------
    SourceError
        If it lies in object storage, or where the dashboard may not open it.
    """
    key = str(row["key"])
    if "://" in key:
        raise SourceError(f"{row['name']} lies in object storage; copy it to a local folder to open it.")
    path = Path(key)
    places = places_of(known)
    folder = next((place for place in places if place in path.parents), path.parent)
    root = allowed_folder(str(folder))
    name = str(row["name"]) if folder in places else path.name.removesuffix(".hea")
    described = library.describe("local", [Found(name, recording_file(root, name), root)])
    return described[0].rec, str(root)


@lru_cache(maxsize=256)
def _strip(key: str, stamp: str, folder: str, at_s: float | None, until_s: float | None, title: str) -> WorstStrip:
    from ecg_core.screening.items import Item, opened

    del stamp  # part of the key of the cache
    with opened(Item(key, title, folder)) as recording:
        middle_s = at_s + min((until_s or at_s) - at_s, _STRIP_S - 2) / 2 if at_s is not None else _STRIP_S / 2
        start_s = max(min(middle_s - _STRIP_S / 2, recording.duration_s - _STRIP_S), 0.0)
        start = int(start_s * recording.fs_hz)
        stop = min(start + int(_STRIP_S * recording.fs_hz), recording.n_samples)
        lead = _clearest(recording.read(start, stop))
        event = None if at_s is None else (at_s, until_s if until_s is not None else at_s)
        name = f"{title} · {recording.lead_names[lead]} · {clock(start_s)}"
        calibrated = recording.leads[lead].calibrated
        return WorstStrip(name, recording.read(start, stop, [lead])[:, 0], recording.fs_hz, start_s, event, calibrated)


def worst_strip(known: KnownScreening, row: dict[str, Any]) -> WorstStrip:
    """Return a strip around the worst moment of a row's recording; an empty one where it cannot be opened.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    row : dict
        Of its results.
    """
    return strip_at(known, row, row["worst_at_s"], row["worst_until_s"], finding_of(row))


def strip_at(
    known: KnownScreening, row: dict[str, Any], at_s: float | None, until_s: float | None, finding: str
) -> WorstStrip:
    """Return a strip around a moment of a row's recording; an empty one where it cannot be opened.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    row : dict
        Of its results.
    at_s, until_s : float or None
        Begin and end of what is to be seen; the first seconds where it has no place.
    finding : str
        What it is.
    """
    title = f"{row['name']} · {finding}"
    key = str(row["key"])
    places = places_of(known)
    folder = next((str(place) for place in places if place in Path(key).parents), "")
    try:
        if "://" not in key:
            allowed_folder(folder or str(Path(key).parent))
        return _strip(key, str(row["stamp"] or ""), folder, at_s, until_s, title)
    except (RecordingError, SourceError, OSError) as error:
        return WorstStrip(title, np.full(10, np.nan), 1.0, 0.0, message=str(error))


def finding_of(row: dict[str, Any]) -> str:
    """Return the worst finding of a row in a few words.

    Parameters
    ----------
    row : dict
        Of the results.
    """
    if row["refused"]:
        return "not screened"
    worst = str(row["worst"] or "")
    if not worst:
        return "nothing found" if row["tier"] == NOTHING_FOUND else "cannot be told"
    if row["worst_source"] == "statement":
        return str(row["worst_reason"] or worst).partition(":")[0]
    return KIND_NAMES.get(worst, worst)


def batch_report(known: KnownScreening) -> bytes:
    """Return the report of a screening as PDF, with people's verdicts.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    table = table_of(known)
    if table is None:
        raise SourceError("The first results are still to come.")
    with table:
        rows = table.rows(count=MAX_LINES)
        counts = dict(table.groups("tier"))
    given = verdicts_on(rows)
    lines = [
        Line(
            str(row["name"]),
            TIERS[row["tier"]],
            finding_of(row),
            clock(row["worst_at_s"]) if row["worst_at_s"] is not None else "",
            str(row["refused"] or row["worst_reason"] or ""),
            "; ".join(f"{one.person}: {one.verdict}" for one in given.get(code_of(row), [])),
        )
        for row in rows
    ]
    settings = Results(known.folder).settings()
    return batch_report_pdf(
        known.name,
        lines,
        {TIERS[tier]: n for tier, n in sorted(counts.items())},
        str(settings.get("model_sha256", ""))[:12],
        [worst_strip(known, row) for row in rows[:MAX_STRIPS] if row["tier"] <= LOOK_TODAY],
    )


def code_of(row: dict[str, Any]) -> str:
    """Return the hash under which verdicts on a row's recording are kept; that of its place where it was refused."""
    return str(row["source_sha256"] or hashlib.sha256(str(row["key"]).encode()).hexdigest())


def give_verdict(row: dict[str, Any], answer: str, person: str, note: str = "") -> Verdict:
    """Keep what a person says of a row's urgency.

    Parameters
    ----------
    row : dict
        Of the results.
    answer : {"agree", "disagree", "unsure"}
        Whether its urgency is right.
    person : str
        Who says so.
    note : str
        What else there is to say.
    """
    acting().require(Action.EDIT)
    finding = f"{finding_of(row)} {clock(row['worst_at_s'])}" if row["worst_at_s"] is not None else finding_of(row)
    return Verdicts(database_in_use()).add(
        uuid.uuid4().hex, code_of(row), answer, finding, person, note, row["model_sha256"]
    )


def verdicts_on(rows: Sequence[dict[str, Any]]) -> dict[str, list[Verdict]]:
    """Return the newest verdict of each person on rows, by their hash.

    Parameters
    ----------
    rows : sequence of dict
        Of the results.
    """
    return Verdicts(database_in_use()).newest([code_of(row) for row in rows])


def rows_of(table: ResultTable, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of recordings, in the order of their keys.

    Parameters
    ----------
    table : ResultTable
        The results.
    keys : sequence of str
        The recordings.
    """
    found = {row["key"]: row for row in table.rows(Filter(keys=list(keys)), count=len(keys))}
    return [found[key] for key in keys if key in found]


def _clearest(signal: np.ndarray[Any, Any]) -> int:
    """Return the lead whose signal is present and moves most, hum and drift aside."""
    steps = np.abs(np.diff(signal, axis=0))
    present = np.isfinite(signal).mean(axis=0)
    with np.errstate(invalid="ignore"):
        sharp = np.nanpercentile(np.where(np.isfinite(steps), steps, 0.0), 98, axis=0)
    return int(np.argmax(np.where(present > 0.5, sharp, -1.0)))
