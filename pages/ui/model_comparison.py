"""Model page's comparison of all models: on one beat, on the beats around it, and on a perturbed signal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import streamlit as st

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS
from ecg_core.errors import RecordingError
from ecg_core.figures.saliency_rows import SaliencyRow, saliency_rows_figure
from ecg_core.progress import Progress
from ecg_core.teaching.model_answers import (
    ABNORMAL,
    ANOMALY_TARGET,
    BINARY_TARGET,
    CLASSES_TARGET,
    RATE_TARGET,
    REFERENCE,
    BeatAnswer,
    ComparedModels,
    ReferenceAnswers,
    answers_for_beat,
    compared_models,
    cut_piece,
    piece_of,
    reference_answers,
    votes,
)
from pages.services.analysis_jobs import load_network
from pages.services.wording import clock, signed
from pages.services.workspace import OpenedRecording, beat_index
from pages.ui import beat_explanation, model_agreement, state
from pages.ui.classification_panel import classification
from pages.ui.current_recording import open_current_recording, rerun_when_found, start_analysis
from pages.ui.markup import Markup, head, ink, letter, notice, quiet, share_bar, table
from pages.ui.recording_title import title
from pages.ui.state import View

PIECE_S: Final = 1800.0
"""Models are compared on the beats of so long a piece of the recording."""

_KEYS: Final = "<kbd>←</kbd> <kbd>→</kbd> beat"
_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_SPAN_S: Final = (-0.6, 0.8)
_MAX_FEATURES: Final = 3
_TARGET_ORDER: Final = (CLASSES_TARGET, BINARY_TARGET, ANOMALY_TARGET, RATE_TARGET)
_SEES: Final = {
    "segment": "a stretch of signal",
    "sequence": "nine beats, RR intervals",
    "spectrogram": "time-frequency image",
    "features": "hand-made features, RR intervals",
    "periodicity": "ten seconds of signal",
}


def draw() -> None:
    """Draw the comparison on the recording on screen; it needs classified beats."""
    opened = open_current_recording()
    if opened is None:
        return
    start_analysis(opened)
    with rerun_when_found(opened):
        title(opened, _KEYS)
        analysis = opened.analysis
        if analysis is None or not analysis.classified:
            notice("Models are compared on classified beats.", small=True)
            with st.container(key="card_classify", width=360):
                classification(opened)
            return
        view = beat_explanation.settle_beat(opened, analysis, state.current())
        _compare(opened, analysis, view)
        state.write_address(view)


def _compare(opened: OpenedRecording, analysis: Analysis, view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="compare_controls"):
        beat_explanation.choose_beat(analysis, view)
    index = None if view.beat is None else beat_index(analysis, view.beat)
    if index is None or view.beat is None:
        quiet("There is no beat to compare models on.")
        return
    models = compared_models()
    recording = opened.recording
    piece = piece_of(recording.n_samples, recording.fs_hz, view.beat, PIECE_S)
    reference = _reference(opened, analysis)
    _beat(opened, analysis, index, models, piece, reference)
    model_agreement.recording_panel(opened, analysis, models, piece, reference)
    model_agreement.perturbation_panel(opened, analysis, models, view.beat)


def _reference(opened: OpenedRecording, analysis: Analysis) -> ReferenceAnswers | None:
    """Return what the file's annotations say of the beats; paired once for a recording."""
    kept = st.session_state.get("compare_reference")
    stamp = (opened.stamp, len(analysis.beats))
    if kept is None or kept[0] != stamp:
        try:
            reference = reference_answers(opened.recording, analysis.beats["sample"].to_numpy())
        except RecordingError:  # damaged annotations are no reason not to compare models
            reference = None
        kept = (stamp, reference)
        st.session_state["compare_reference"] = kept
    found: ReferenceAnswers | None = kept[1]
    return found


def _beat(
    opened: OpenedRecording,
    analysis: Analysis,
    index: int,
    models: ComparedModels,
    piece: tuple[int, int],
    reference: ReferenceAnswers | None,
) -> None:
    samples = analysis.beats["sample"].to_numpy()
    beat = int(samples[index])

    def work(progress: Progress) -> list[BeatAnswer]:
        load_network(progress)
        part, inside = cut_piece(opened.recording, samples, *piece)
        return answers_for_beat(part, inside, int(np.searchsorted(inside, beat - piece[0])), models, progress)

    key = ("compare_beat", opened.stamp, models.classifier.sha256, beat)
    answers = beat_explanation.run_job(key, work, "compare_beat")
    if answers is None:
        return
    left, right = st.columns([0.54, 0.46])
    with left, st.container(key="card_compare_votes"):
        _votes(opened, analysis, index, answers, models, reference)
    with right, st.container(key="card_compare_maps"):
        head("Where each model looked", "weight of the first lead for the model's own answer")
        rows = [
            SaliencyRow(f"{one.name}: {one.explained}", one.offsets_s, one.wave_mv, one.map)
            for one in sorted(answers, key=lambda one: _TARGET_ORDER.index(one.target))
            if one.map is not None
        ]
        figure = saliency_rows_figure(rows, _SPAN_S, ink())
        st.plotly_chart(figure, key="compare_maps_figure", config=_CHART, alt="The beat shaded by each model's map")
        quiet(
            "Grad-CAM where a network convolves the signal or its image, else what the answer loses when a stretch is "
            "covered. Each map is scaled to its own maximum: rows are compared by place, not by height."
        )


def _votes(
    opened: OpenedRecording,
    analysis: Analysis,
    index: int,
    answers: Sequence[BeatAnswer],
    models: ComparedModels,
    reference: ReferenceAnswers | None,
) -> None:
    beat = analysis.beats.iloc[index]
    counted = votes(answers)
    n_voting = sum(counted.values())
    said = ", ".join(f"{n} {label}" for label, n in sorted(counted.items(), key=lambda item: -item[1]) if n)
    at = clock(float(beat["time_s"]), opened.recording.start_time)
    head(f"Beat {index + 1:,} at {at}: {said}", f"of {n_voting} models that tell the five classes")
    rows: list[tuple[str, ...]] = []
    if reference is not None and reference.classes[index]:
        annotated = str(reference.classes[index])
        rows.append((Markup(f"<b>{REFERENCE}</b>"), Markup(letter(annotated)), "", "", "annotation in the file"))
    label = str(beat["label"])
    probability = float(beat[PROBABILITY_COLUMNS[CLASSES.index(label)]])
    rows.append(
        (
            f"{analysis.provenance['model']}, in context",
            Markup(letter(label)),
            share_bar(probability, label),
            f"{probability:.2f}",
            "all leads, the recording",
        )
    )
    sees = {model.name: _SEES.get(model.inputs.kind, model.inputs.kind) for model in models.textbook}
    ordered = sorted(answers, key=lambda one: _TARGET_ORDER.index(one.target))
    rows += [_answer_row(one, sees.get(one.name, "all leads, this beat alone")) for one in ordered]
    st.html(table(("model", "", "probability", "", "what it sees"), rows, numeric=(3,)))
    drawn = [one for one in answers if one.features is not None and one.map is None]
    if drawn:
        what = "<b>What moved the feature models most</b>: Shapley value, and the effect of replacing it alone"
        st.html(f'<div class="rs-quiet">{what}<br>{_effects(drawn)}</div>')
    quiet("The textbook models see the first lead alone.")
    if models.without_weights:
        names = ", ".join(models.without_weights)
        quiet(f"Not asked, since only the card is in the model folder: {names}. make zoo trains what is missing.")


def _answer_row(one: BeatAnswer, sees: str) -> tuple[str, ...]:
    if one.target == CLASSES_TARGET and one.probabilities is not None:
        probability = float(one.probabilities.max())
        said = CLASSES[int(one.probabilities.argmax())]
        return (one.name, Markup(letter(said)), share_bar(probability, said), f"{probability:.2f}", sees)
    value = one.value or 0.0
    if one.target == BINARY_TARGET:
        probability, colour = (value, "V") if one.explained == ABNORMAL else (1 - value, "N")
        said = Markup(f"<b>{escape(one.explained)}</b>")
        return (one.name, said, share_bar(probability, colour), f"{probability:.2f}", sees)
    if one.target == ANOMALY_TARGET:
        return (one.name, "", "not rebuilt", f"{100 * value:.1f} %", sees)
    return (one.name, "", "heart rate", f"{value:.0f} bpm", sees)


def _effects(answers: Sequence[BeatAnswer]) -> str:
    lines = []
    for one in answers:
        if one.features is None:
            continue
        order = one.features["shapley"].abs().sort_values(ascending=False).index[:_MAX_FEATURES]
        strongest = one.features.loc[order].to_dict("records")
        parts = [
            f"{row['text']} {row['value']} ({signed(row['shapley'])}; alone {signed(row['effect'])})"
            for row in strongest
        ]
        lines.append(f"{escape(one.name)}: {escape(', '.join(parts))}")
    return "<br>".join(lines)
