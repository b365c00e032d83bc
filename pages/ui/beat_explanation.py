"""Explain page's panels: selection of a beat or a class, saliency maps and feature effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASS_NAMES, CLASSES, PROBABILITY_COLUMNS
from ecg_core.classification.model import load_model
from ecg_core.explanation import BeatExplanation, ClassMap, Method, class_map, explain_beat
from ecg_core.figures.saliency import saliency_figure
from ecg_core.progress import Progress
from pages.services.analysis_jobs import load_network
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.review_sessions import correction_of
from pages.services.wording import clock, height_unit, shown, signed
from pages.services.workspace import OpenedRecording, beat_index, class_counts, neighbour
from pages.ui import explanation_methods, state
from pages.ui.criteria_card import criteria_card
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import Markup, head, ink, letter, notice, share_bar, signed_bar, table
from pages.ui.state import View

BEAT: Final = "This beat"
CLASS: Final = "Class over the recording"
OTHERS: Final = "Other models"

_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_QUICK_S: Final = 0.5
_LEAD_IN_S: Final = 10 / 3
"""Before a beat that is shown in Review."""
_SMALL_EFFECT: Final = 0.01
_MAX_EFFECTS: Final = 5
_BEATS_OF_CLASS: Final = 200
_LEADS_OF_CLASS, _MIN_BEATS = 100, 10
_ALL: Final = "All"
_CLASS: Final = "explain_class"
_CONTEXT: Final = (
    "The map and the effects explain what the network says of the beat alone. The recording corrects it: between N and "
    "S by the intervals around, by fibrillation around it, by a paroxysm it stands in; what cannot be read or looks "
    "like nothing in training goes to Q."
)


def samples_of(analysis: Analysis, label: str) -> npt.NDArray[np.int64]:
    """Return the positions of the beats of a class.

    Parameters
    ----------
    analysis : Analysis
        Analysis of the recording.
    label : str
        Class, or ``All``.

    Returns
    -------
    ndarray of int64, shape (beats,)
        Beat positions in samples.
    """
    beats = analysis.beats
    chosen = beats if label == _ALL else beats[beats["label"] == label]
    return np.asarray(chosen["sample"], dtype=np.int64)


def settle_beat(opened: OpenedRecording, analysis: Analysis, view: View) -> View:
    """Return the view with a beat chosen: the one asked for, else an abnormal one near the place on screen.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Analysis of the recording.
    view : View
        What is on screen.

    Returns
    -------
    View
    """
    if view.beat is not None and beat_index(analysis, view.beat) is not None:
        return view
    at = int(view.start_s * opened.recording.fs_hz)
    beat = neighbour(opened.abnormal(), at, 1)
    if beat is None:
        beat = neighbour(samples_of(analysis, _ALL), at, 1) or neighbour(samples_of(analysis, _ALL), at, -1)
    return state.change(beat=beat, target=None)


def controls(opened: OpenedRecording, analysis: Analysis, view: View) -> str:
    """Draw the choice of beat, target and scope.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Analysis of the recording.
    view : View
        What is on screen.

    Returns
    -------
    str
        Scope: `BEAT`, `CLASS` or `OTHERS`.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="explain_controls"):
        choose_beat(analysis, view)
        st.html('<span class="rs-quiet">explain as</span>', width="content")
        st.session_state["explain_target"] = view.target or predicted(analysis, view)
        st.segmented_control(
            "Class to explain",
            CLASSES,
            key="explain_target",
            label_visibility="collapsed",
            required=True,
            on_change=_take_target,
        )
        st.session_state.setdefault("explain_scope", BEAT)
        scope = st.segmented_control(
            "What to explain", (BEAT, CLASS, OTHERS), key="explain_scope", label_visibility="collapsed", required=True
        )
        if st.button("Show in Review", key="explain_review"):
            _centre(opened)
            st.switch_page("pages/review.py", query_params=state.to_params(state.current()))
    return str(scope)


def choose_beat(analysis: Analysis, view: View) -> None:
    """Draw the choice of the class whose beats are gone through, and the buttons to the next and previous of them.

    Parameters
    ----------
    analysis : Analysis
        Analysis of the recording.
    view : View
        What is on screen.
    """
    counts = class_counts(analysis)
    options = [_ALL, *(label for label in CLASSES if counts[label])]
    if st.session_state.get(_CLASS) not in options:
        st.session_state[_CLASS] = _ALL
    label: str = st.session_state[_CLASS]
    samples = samples_of(analysis, label)
    st.segmented_control(
        "Beats of class",
        options,
        format_func=lambda one: one if one == _ALL else f"{one} {counts[one]:,}",
        key=_CLASS,
        label_visibility="collapsed",
        required=True,
        on_change=_take_class,
        args=(analysis,),
    )
    for text, step, shortcut in (("‹ beat", -1, "Left"), ("beat ›", 1, "Right")):
        st.button(
            text,
            key=f"explain_{'next' if step > 0 else 'previous'}",
            shortcut=shortcut,
            disabled=view.beat is None or neighbour(samples, view.beat, step) is None,
            on_click=_step,
            args=(analysis, step),
        )


def beat_panel(opened: OpenedRecording, analysis: Analysis, view: View) -> None:
    """Draw one beat's explanation; it is computed in the background where it takes a moment.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Analysis of the recording.
    view : View
        What is on screen.
    """
    index = None if view.beat is None else beat_index(analysis, view.beat)
    if index is None:
        st.html('<span class="rs-quiet">There is no beat to explain.</span>')
        return
    target = view.target or predicted(analysis, view)
    method = explanation_methods.chosen()
    key = ("explain", opened.stamp, analysis.provenance["model_sha256"], view.beat, target, method)

    def work(progress: Progress) -> BeatExplanation:
        model = load_network(progress)
        progress("Explaining the beat", 0.5)
        samples = analysis.beats["sample"].to_numpy()
        return explain_beat(opened.recording, samples, index, model, target, analysis.quality, method)

    explanation = run_job(key, work, "explain")
    if explanation is None:
        return
    left, right = st.columns([0.62, 0.38])
    with left, st.container(key="card_map"):
        _map_head(explanation_methods.TITLES[method].format(target=target), CLASS_NAMES[target])
        unit, names = height_unit(opened.recording.leads), opened.recording.lead_names
        saliency(explanation.offsets_s, explanation.wave_mv, explanation.map, names, unit, "beat")
        st.html(f'<div class="rs-quiet">{explanation_methods.shows(explanation)}</div>')
        explanation_methods.trust(load_model().card, method, target)
    with right:
        with st.container(key="card_probabilities"):
            _probabilities(opened, analysis, explanation, index)
        with st.container(key="card_rr"):
            _intervals(explanation)
        with st.container(key="card_criteria"):
            criteria_card(opened, analysis, index)


def class_panel(opened: OpenedRecording, analysis: Analysis, view: View) -> None:
    """Draw the mean map of a class over the recording.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Analysis of the recording.
    view : View
        What is on screen.
    """
    target = view.target or predicted(analysis, view)
    method = explanation_methods.chosen()
    key = ("map", opened.stamp, analysis.provenance["model_sha256"], target, method)

    def work(progress: Progress) -> ClassMap | None:
        model = load_network(progress)
        progress(f"Averaging the maps of {target} beats", 0.3)
        samples, labels = analysis.beats["sample"].to_numpy(), analysis.beats["label"].to_numpy()
        averaged = _beats_averaged(method, len(opened.recording.leads))
        return class_map(opened.recording, samples, labels, model, target, analysis.quality, averaged, method)

    n_beats = class_counts(analysis)[target]
    if not n_beats:
        st.html(f'<span class="rs-quiet">No beat of this recording is labelled {target}.</span>')
        return
    mean = run_job(key, work, "map")
    if mean is None:
        return
    with st.container(key="card_classmap"):
        some = f"{mean.n_beats:,} of {n_beats:,}" if mean.n_beats < n_beats else f"{n_beats:,}"
        _map_head(f"Mean of {some} {target} beats", "waveform in units of the lead's QRS height, and mean map")
        saliency(mean.offsets_s, mean.wave, mean.map, opened.recording.lead_names, "QRS heights", "class")
        st.html(f'<div class="rs-quiet">{explanation_methods.shows_of_class(method, target)}</div>')
        explanation_methods.trust(load_model().card, method, target)


def _beats_averaged(method: Method, n_leads: int) -> int:
    """Return over how many beats a class is averaged: second opinions ask the network tens of times for each lead."""
    return _BEATS_OF_CLASS if method == "grad_cam" else max(_LEADS_OF_CLASS // n_leads, _MIN_BEATS)


def _map_head(title: str, beside: str) -> None:
    """Write a map's heading with the choice of how it is made beside it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="map_head"):
        head(title, beside)
        explanation_methods.control()


def run_job(key: tuple[Any, ...], work: Any, label: str, estimate_s: float | None = None) -> Any:
    """Start a job unless it is under way or done; return its result, None while it runs or where it failed.

    Progress and failure are shown on the page.

    Parameters
    ----------
    key : tuple
        Key of the job.
    work : callable
        Called with a progress callback; returns the result.
    label : str
        Key of the widgets.
    estimate_s : float, optional
        How long it is expected to take.
    """
    if problem_of(key, label):
        return None
    job = ANALYSIS_JOBS.submit(key, work, estimate_s)
    if not job.wait(_QUICK_S):
        with st.container(key=f"card_{label}_progress"):
            progress_of(key, label)
        return None
    if job.problem:
        problem_of(key, label)
        return None
    return job.result


def saliency(
    offsets_s: npt.NDArray[np.floating],
    wave: npt.NDArray[np.floating],
    weights: npt.NDArray[np.floating],
    lead_names: tuple[str, ...],
    unit: str,
    what: str,
) -> None:
    """Draw a waveform over its map.

    Parameters
    ----------
    offsets_s : ndarray of float, shape (samples,)
        Time of each sample after the R peak in s.
    wave : ndarray of float, shape (leads, samples)
        Waveform of each lead.
    weights : ndarray of float, shape (leads, samples)
        Saliency of each sample.
    lead_names : tuple of str
        Names of the leads.
    unit : str
        Unit of the waveform.
    what : str
        Description of the map.
    """
    names = [shown(name, 40) for name in lead_names]
    figure = saliency_figure(offsets_s, wave, weights, names, unit, ink())
    alt = f"Waveform of the {what} lead by lead, shaded by its map"
    st.plotly_chart(figure, key=f"explain_{what}_figure", config=_CHART, alt=alt)


def _probabilities(opened: OpenedRecording, analysis: Analysis, explanation: BeatExplanation, index: int) -> None:
    beat = analysis.beats.iloc[index]
    at = clock(float(beat["time_s"]), opened.recording.start_time)
    head(f"Beat at {at}", f"number {index + 1:,} of {len(analysis.beats):,}")
    corrected = correction_of(opened, int(beat["sample"]))
    if corrected:
        notice(corrected, small=True)
    alone = [float(p) for p in explanation.probabilities]
    in_context = [float(p) for p in beat[list(PROBABILITY_COLUMNS)]]
    if load_model().context is None:
        rows = [
            (Markup(letter(label)), CLASS_NAMES[label], share_bar(p, label), f"{p:.3f}")
            for label, p in zip(CLASSES, alone, strict=True)
        ]
        st.html(table(("", "class", "probability", ""), rows, numeric=(3,)))
        return
    both = [
        (Markup(letter(label)), CLASS_NAMES[label], share_bar(p, label), f"{q:.3f}", f"{p:.3f}")
        for label, p, q in zip(CLASSES, in_context, alone, strict=True)
    ]
    st.html(table(("", "class", "probability", "beat alone", "in context"), both, numeric=(3, 4)))
    st.html(f'<div class="rs-quiet">{_CONTEXT}</div>')


def _intervals(explanation: BeatExplanation) -> None:
    target = explanation.target
    head("RR intervals and shape", f"effect on the probability of {target}")
    whole = [
        ("shape, against the dominant beat", "", explanation.waveform_effect),
        ("RR intervals together, against a regular rhythm", "", explanation.rr_effect),
    ]
    parts = [(row["text"], str(row["value"]), float(row["effect"])) for row in explanation.rr.to_dict("records")]
    parts.sort(key=lambda part: -abs(part[2]))
    strong = [part for part in parts if abs(part[2]) >= _SMALL_EFFECT][:_MAX_EFFECTS]
    st.html(effects(whole + strong, target))
    rest = parts[len(strong) :]
    if rest:
        with st.expander(f"{len(rest)} RR features with less effect"):
            st.html(effects(rest, target))


def effects(rows: Sequence[tuple[str, str, float]], target: str) -> str:
    """Return a table of effects on the target's probability.

    Parameters
    ----------
    rows : sequence of tuple of str and str and float
        Text, value and effect of each row.
    target : str
        Class whose probability is affected.

    Returns
    -------
    str
        HTML.
    """
    cells = [(text, value, signed_bar(effect, target), signed(effect)) for text, value, effect in rows]
    return table(("", "value", "effect", ""), cells, numeric=(1, 3))


def predicted(analysis: Analysis, view: View) -> str:
    """Return the class of the chosen beat, N if none is chosen.

    Parameters
    ----------
    analysis : Analysis
        Analysis of the recording.
    view : View
        What is on screen.

    Returns
    -------
    str
    """
    index = None if view.beat is None else beat_index(analysis, view.beat)
    return "N" if index is None else str(analysis.beats["label"].iloc[index])


def _take_class(analysis: Analysis) -> None:
    view = state.current()
    samples = samples_of(analysis, st.session_state[_CLASS])
    if view.beat is not None and len(samples) and view.beat not in samples:
        state.change(beat=neighbour(samples, view.beat, 1) or int(samples[-1]), target=None)


def _take_target() -> None:
    state.change(target=st.session_state["explain_target"])


def _step(analysis: Analysis, step: int) -> None:
    view = state.current()
    samples = samples_of(analysis, st.session_state.get(_CLASS, _ALL))
    beat = None if view.beat is None else neighbour(samples, view.beat, step)
    if beat is not None:
        state.change(beat=beat, target=None)


def _centre(opened: OpenedRecording) -> None:
    view = state.current()
    if view.beat is not None:
        state.change(start_s=max(view.beat / opened.recording.fs_hz - _LEAD_IN_S, 0.0))
