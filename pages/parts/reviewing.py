"""The review of a recording on the desk: one workbench for everybody who looks at it; no Streamlit in here."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from ecg_core.analysis import Analysis
from ecg_core.review.database import FILE_NAME, data_folder, engine
from ecg_core.review.log import EditLog
from ecg_core.review.state import MOVED, RELABELLED
from ecg_core.review.unwritable import ReadOnlyLog, engine_to_read, why_unwritable
from ecg_core.review.workbench import Workbench
from pages.parts.desk import HELD_BESIDE, Opened

_LOOK_AGAIN_S: Final = 5.0

_benches: WeakKeyDictionary[Opened, tuple[Analysis, str | None, Workbench]] = WeakKeyDictionary()
_making = threading.Lock()
_looked: dict[Path, tuple[float, str | None]] = {}


def workbench_of(opened: Opened) -> Workbench | None:
    """Return the workbench of a recording; None before its beats are classified.

    It is made at the first call, which reads the log of edits, and goes when the recording leaves the desk.

    Parameters
    ----------
    opened : Opened
        As it lies on the desk.

    Raises
    ------
    ReviewError
        If the log cannot be read.
    RecordingError
        If the recording's files are gone.
    """
    analysis = opened.analysis
    if analysis is None or not analysis.classified:
        return None
    file = data_folder() / FILE_NAME
    problem = why_no_edits()
    kept = _benches.get(opened)
    if kept is not None and kept[0] is analysis and kept[1] == problem:
        return kept[2]
    with _making:
        kept = _benches.get(opened)
        if kept is None or kept[0] is not analysis or kept[1] != problem:
            whose = opened.recording.sha256, _model_of(analysis)
            log = EditLog(_database(file), *whose) if problem is None else _log_to_read(file, problem, *whose)
            kept = _benches[opened] = (analysis, problem, Workbench(opened.recording, analysis, log))
        return kept[2]


def why_no_edits() -> str | None:
    """Tell in one sentence why edits cannot be kept, so that nobody makes any in vain; None if they can.

    Reading goes on then, with the edits that are there.
    """
    file = data_folder() / FILE_NAME
    now_s = time.monotonic()
    looked_s, problem = _looked.get(file, (-_LOOK_AGAIN_S, None))
    if now_s - looked_s >= _LOOK_AGAIN_S:
        problem = why_unwritable(file)
        _looked[file] = now_s, problem
    return problem


def correction_of(opened: Opened, sample: int) -> str | None:
    """Tell in a sentence what people made of a beat that detection found; None if nobody corrected it.

    Parameters
    ----------
    opened : Opened
        As it lies on the desk.
    sample : int
        Where detection found it, which is its id in the log.

    Raises
    ------
    ReviewError
        If the log cannot be read.
    """
    bench = workbench_of(opened)
    if bench is None:
        return None
    bench.catch_up()
    state = bench.state
    at = int(state.positions([sample])[0])
    if at < 0:
        return "A person has deleted this beat; what follows is the model's view of it."
    edited = int(state.edited[at])
    done = [f"relabelled it {state.label[at]}"] if edited & RELABELLED else []
    if edited & MOVED:
        done.append(f"moved it by {1000 * (int(state.sample[at]) - sample) / opened.recording.fs_hz:+.0f} ms")
    return f"A person has {' and '.join(done)}; what follows is the model's view of it." if done else None


def _model_of(analysis: Analysis) -> str:
    return str(analysis.provenance["model_sha256"])


def _log_to_read(file: Path, problem: str, recording_sha256: str, model_sha256: str) -> ReadOnlyLog:
    return ReadOnlyLog(engine_to_read(file), recording_sha256, model_sha256, problem)


@lru_cache(maxsize=2)
def _database(path: Path) -> Engine:
    return engine(path)


HELD_BESIDE.append(_benches.get)
