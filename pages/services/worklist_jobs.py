"""Background jobs of the worklist: add many recordings, and analyse those that were not. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ecg_core.analysis import analyse, with_waves
from ecg_core.errors import RecordingError, SourceError
from ecg_core.progress import Progress
from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import WorklistItem
from ecg_core.review.worklist_order import NOT_ANALYSED, Filter
from pages.services.analysis_jobs import load_network
from pages.services.job_executor import WORKLIST_JOBS, Job
from pages.services.review_sessions import adopt
from pages.services.worklist_access import is_openable, known_hash, origin_of, worklist_to_write
from pages.services.worklist_updates import renew
from pages.services.workspace import keep, open_aside, remember_hash, restore

ANALYSE_KEY: Final = ("worklist_analyse",)
_MAX_NAMED: Final = 5


@dataclass(frozen=True)
class Done:
    """What became of recordings.

    Attributes
    ----------
    n_done : int
        Added, or analysed.
    n_known : int
        Were in the worklist before.
    problems : tuple of (str, str)
        Recordings with which it did not work, and why.
    """

    n_done: int
    n_known: int = 0
    problems: tuple[tuple[str, str], ...] = ()

    def in_words(self, did: str) -> list[str]:
        """Return it in sentences.

        Parameters
        ----------
        did : str
            "added" or "analysed".
        """
        known = f"; {self.n_known:,} {'was' if self.n_known == 1 else 'were'} in the worklist already"
        told = [f"{self.n_done:,} recording{'' if self.n_done == 1 else 's'} {did}{known if self.n_known else ''}."]
        told += [f"{rec} was not {did}: {problem}" for rec, problem in self.problems[:_MAX_NAMED]]
        more = len(self.problems) - _MAX_NAMED
        return [*told, f"{more:,} more were not {did}."] if more > 0 else told


def adding_key(person: str) -> tuple[str, str]:
    """Return the key of the job that adds recordings for a person."""
    return "worklist_add", person


def start_adding(recs: Sequence[str], folder: str, person: str, due: str | None = None) -> Job:
    """Start to add recordings to the worklist, each as soon as its content is known; the result is a `Done`.

    Parameters
    ----------
    recs : sequence of str
        References of the recordings.
    folder : str
        Local folder that they are relative to.
    person : str
        Who adds them.
    due : str, optional
        Until when they are to be read, in ISO 8601.

    Returns
    -------
    Job
    """

    def work(progress: Progress) -> Done:
        worklist, n_new, problems = worklist_to_write(), 0, []
        for at, rec in enumerate(recs):
            progress(f"Adding {at + 1:,} of {len(recs):,}", at / len(recs))
            try:
                n_new += add_recording(worklist, rec, folder, person, due)
            except (RecordingError, SourceError) as error:
                problems.append((rec, str(error)))
        return Done(n_new, len(recs) - n_new - len(problems), tuple(problems))

    WORKLIST_JOBS.drop(adding_key(person))
    return WORKLIST_JOBS.submit(adding_key(person), work)


def add_recording(worklist: Worklist, rec: str, folder: str, person: str, due: str | None) -> int:
    """Add a recording to the worklist, with what an analysis in the cache has found; returns how many were new.

    Parameters
    ----------
    worklist : Worklist
        The worklist.
    rec : str
        Reference of the recording.
    folder : str
        Local folder that it is relative to.
    person : str
        Who adds it.
    due : str or None
        Until when it is to be read, in ISO 8601.
    """
    opened = open_aside(rec, folder)
    remember_hash(opened.recording)
    recording_sha256 = opened.recording.sha256
    n_new = worklist.add([recording_sha256], person, due=due, origins={recording_sha256: origin_of(opened)})
    if restore(opened):
        renew(worklist, recording_sha256, opened)
    return n_new


def start_analyses() -> Job:
    """Start to analyse the recordings of the worklist that were not, the most urgent first; the result is a `Done`."""

    def work(progress: Progress) -> Done:
        worklist = worklist_to_write()
        items = [item for item in worklist.items(Filter(worst=NOT_ANALYSED)) if is_openable(item)]
        n_done, problems = 0, []
        for at, item in enumerate(items):

            def report(stage: str, share: float, at: int = at) -> None:
                progress(f"{at + 1:,} of {len(items):,}: {stage}", (at + share) / len(items))

            try:
                _analyse(worklist, item, report)
                n_done += 1
            except (RecordingError, SourceError) as error:
                problems.append((item.origin.name or item.recording_sha256[:8], str(error)))
        return Done(n_done, 0, tuple(problems))

    WORKLIST_JOBS.drop(ANALYSE_KEY)
    return WORKLIST_JOBS.submit(ANALYSE_KEY, work)


def _analyse(worklist: Worklist, item: WorklistItem, progress: Progress) -> None:
    progress("Opening", 0.0)
    opened = open_aside(str(item.origin.rec), item.origin.folder or "")
    remember_hash(opened.recording)
    if known_hash(opened) != item.recording_sha256:
        raise RecordingError("The file has changed since it was added; add it again.")
    model = load_network(progress)
    analysis = opened.analysis
    if analysis is None or not analysis.classified:
        analysis = analyse(opened.recording, model, progress=progress)
        keep(opened, analysis)
    if analysis.waves is None:
        found = with_waves(opened.recording, analysis, progress=progress)
        if opened.replace(analysis, found):
            adopt(opened, analysis, found)
    renew(worklist, item.recording_sha256, opened)
