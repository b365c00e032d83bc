"""Recordings of a screening come into the worklist as they are screened. No Streamlit.

A thread of the server follows the journal of a screening until its process has ended. A recording is added under the
name of whoever started the screening, with what its analysis, kept in the cache, has found.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from ecg_core import logs
from ecg_core.errors import RecordingError, ReviewError, SourceError
from ecg_core.screening.results import Results, is_done
from pages.services.accounts import acting, acting_as
from pages.services.screenings import KnownScreening, begun, reference_and_folder
from pages.services.worklist_access import worklist_to_write
from pages.services.worklist_jobs import add_recording

_LOOK_AGAIN_S: Final = 2.0


def follow(known: KnownScreening, person: str) -> threading.Thread:
    """Add the recordings of a screening to the worklist as they are screened; returns the thread that does it.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    person : str
        Who adds them.
    """
    account = acting()

    def work() -> None:
        with acting_as(account):
            _follow(known, person, lambda: begun(known) or Results(known.folder).under_way())

    thread = threading.Thread(target=work, name="screening worklist", daemon=True)
    thread.start()
    return thread


def _follow(known: KnownScreening, person: str, goes_on: Callable[[], bool]) -> None:
    results, start = Results(known.folder), 0
    while True:
        last_look = not goes_on()
        rows, start = results.rows(start)
        for row in rows:
            if is_done(row):
                _add(known, row, person)
        if last_look:
            return
        time.sleep(_LOOK_AGAIN_S)


def _add(known: KnownScreening, row: dict[str, Any], person: str) -> None:
    try:
        rec, folder = reference_and_folder(known, row)
        add_recording(worklist_to_write(), rec, folder, person, None)
    except (RecordingError, ReviewError, SourceError) as error:
        # It stands in the results all the same; the next screening of the folder tries again.
        logs.event("screening_not_in_worklist", code=str(row["source_sha256"])[:8], reason=logs.place(error))
