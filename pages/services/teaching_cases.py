"""Teaching cases for the pages: search, figures, references, and who may add one. No Streamlit in here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ecg_core.errors import RecordingError, SourceError
from ecg_core.figures.paper import SECONDS, PaperColours, paper_svg, rhythm_lead
from ecg_core.recording import Annotations, Recording
from ecg_core.synthesis.strip_drawing import DrawnStrip, draw_strip
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from ecg_core.teaching.truth_measures import MeasuredCriterion, measured_criteria
from pages.services.accounts import Action, acting
from pages.services.library import LocatedRecording, locate

_LIGHT = PaperColours(trace="#16202c", text="#16202c")
_DARK = PaperColours(
    trace="#e3e8ee", text="#e3e8ee", fine="rgba(220,120,120,0.14)", coarse="rgba(220,120,120,0.3)", mark="#8fc1ea"
)


def may_add_cases() -> bool:
    """Tell whether the account that asks may add a case."""
    return acting().may(Action.TEACH)


def matching_cases(
    library: CaseLibrary, text: str = "", topics: Sequence[str] = (), levels: Sequence[str] = ()
) -> list[TeachingCase]:
    """Search the cases.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    text : str
        Words that title, history, diagnosis, topic or objectives hold, all of them.
    topics, levels : sequence of str
        Empty for any.

    Returns
    -------
    list of TeachingCase
        In the library's order.
    """
    words = text.lower().split()
    return [
        case
        for case in library.cases.values()
        if (not topics or case.text.topic in topics)
        and (not levels or case.text.level in levels)
        and all(word in _searched(case) for word in words)
    ]


def reference_of_case(case: TeachingCase) -> str:
    """Return the reference under which a case opens; that of PhysioNet for its records.

    Parameters
    ----------
    case : TeachingCase
        The case.

    Returns
    -------
    str
        ``case/CODE``, which does not tell the diagnosis, or ``physionet/DATABASE/RECORD``.
    """
    recording = case.text.recording
    if recording is not None and recording.physionet:
        return f"physionet/{recording.physionet}"
    return f"case/{case.code}"


def located_case(case: TeachingCase) -> LocatedRecording | None:
    """Return where a case's recording lies; None where it has to be fetched from PhysioNet first.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    try:
        return locate(reference_of_case(case), "")
    except SourceError:
        if case.text.recording is not None and case.text.recording.physionet:
            return None
        raise


def criteria_of(case: TeachingCase) -> tuple[MeasuredCriterion, ...]:
    """Return the criteria of a case with what its own tracing measures.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    return measured_criteria(case.text, drawn_case(case))


def drawn_case(case: TeachingCase) -> DrawnStrip | None:
    """Return the tracing and truth of a case with a script; None of a real recording.

    Parameters
    ----------
    case : TeachingCase
        The case.

    Raises
    ------
    SourceError
        If its script names a wave that there is not.
    """
    if case.text.signal is None:
        return None
    try:
        return draw_strip(case.text.signal)
    except ValueError as error:
        raise SourceError(f"{case.name}: {error}.") from None


def length_of(case: TeachingCase) -> float:
    """Return the length of a case's recording in s; 0 while it is not here.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    if case.text.signal is not None:
        return case.text.signal.seconds
    recording = _opened(case)
    return 0.0 if recording is None else recording.duration_s


@lru_cache(maxsize=48)
def case_figure(
    case: TeachingCase, start_s: float, truth: bool, dark: bool, *, named: bool = True, one_lead: bool = False
) -> str | None:
    """Draw ten seconds of a case on paper.

    Parameters
    ----------
    case : TeachingCase
        The case.
    start_s : float
        Where they begin.
    truth : bool
        Whether the marks of the truth stand above the rhythm strip.
    dark : bool
        For the dark page.
    named : bool
        Whether the title of the case stands in the text for screen readers.
    one_lead : bool
        Whether the lead of the rhythm strip is drawn alone.

    Returns
    -------
    str or None
        SVG; None where the recording is not here.
    """
    drawn = drawn_case(case)
    if drawn is not None:
        signal, fs_hz, names = drawn.signal_mv, drawn.tracing.fs_hz, drawn.tracing.lead_names
        marks = drawn.annotations if truth else None
        start = round(start_s * fs_hz)
        signal = signal[start : start + round(SECONDS * fs_hz)]
    else:
        recording = _opened(case)
        if recording is None:
            return None
        fs_hz, names = recording.fs_hz, tuple(lead.name for lead in recording.leads)
        start = round(start_s * fs_hz)
        stop = min(start + round(SECONDS * fs_hz), recording.n_samples)
        signal = np.asarray(recording.read(start, stop, list(range(len(names)))))
        marks = _first_annotations(recording) if truth else None
    shown = [] if marks is None else _marks(marks, start, fs_hz)
    if one_lead:
        at = rhythm_lead(names)
        signal, names = signal[:, at : at + 1], names[at : at + 1]
    title = f"{case.text.title if named else 'Tracing'}, {start_s:g} to {start_s + SECONDS:g} s, 25 mm/s, 10 mm/mV"
    return paper_svg(signal, fs_hz, names, _DARK if dark else _LIGHT, title=title, marks=shown)


def _marks(annotations: Annotations, start: int, fs_hz: float) -> list[tuple[float, str]]:
    """Return beats and P waves with their symbols, and rhythms by name, in seconds of the figure."""
    found = []
    for sample, symbol, aux in zip(annotations.sample, annotations.symbol, annotations.aux, strict=True):
        at_s = (int(sample) - start) / fs_hz
        if symbol == "+":
            found.append((at_s, f"({aux.removeprefix('(')}"))
        elif symbol.isalpha() or symbol in "/[]":
            found.append((at_s, str(symbol)))
    return found


def _opened(case: TeachingCase) -> Recording | None:
    located = located_case(case)
    return None if located is None else located.open()


def _first_annotations(recording: Recording) -> Annotations | None:
    try:
        return recording.annotations(recording.annotation_names[0]) if recording.annotation_names else None
    except RecordingError:
        return None


def _searched(case: TeachingCase) -> str:
    text = case.text
    return " ".join((text.title, text.history, text.diagnosis, text.topic, text.level, *text.objectives)).lower()
