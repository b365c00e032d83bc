"""Explain page's panel of the textbook models' opinions on a beat."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASS_NAMES, CLASSES
from ecg_core.classification.model import models_folder
from ecg_core.figures.time_frequency import time_frequency_figure
from ecg_core.progress import Progress
from ecg_core.textbook.explanation import TextbookExplanation, explain_textbook
from ecg_core.textbook.model import TextbookModel, textbook_models
from pages.services.card_figures import percent
from pages.services.wording import height_unit, signed
from pages.services.workspace import OpenedRecording, beat_index
from pages.ui import beat_explanation, model_parts
from pages.ui.markup import Markup, figures, head, ink, letter, notice, quiet, share_bar, signed_bar, table
from pages.ui.state import View

ONLY: Final = "Textbook models are here for comparison and teaching, not for decisions."

_CHOSEN: Final = "explain_model"
_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_MAX_EFFECTS: Final = 10
_RATE_HALF_S: Final = 5.0
_COVERED: Final = "when it is covered by its own mean."
_HOW: Final = {
    "Grad-CAM": "Shaded is what the last convolution passed on in favour of it.",
    "occlusion": f"Shaded is what lowers the answer {_COVERED}",
}
_OF_NUMBERS: Final = {
    "anomaly": ("Where rebuilding fails", "Shaded is where the beat rebuilt differs from the beat."),
    "rate": ("What moved the heart rate", f"Shaded is what moves the answer, up or down, {_COVERED}"),
}
_SHARES: Final = (("V_f1", "F1 of V"), ("S_f1", "F1 of S"), ("accuracy", "accuracy"))


def panel(opened: OpenedRecording, analysis: Analysis, view: View) -> None:
    """Draw another model's answer for the chosen beat and its explanation, computed in the background.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Analysis of the recording.
    view : View
        What is on screen.
    """
    models = {model.folder.name: model for model in textbook_models(models_folder()).complete}
    if not models:
        notice("No textbook model is complete in the models folder; make zoo trains them.", small=True)
        return
    index = None if view.beat is None else beat_index(analysis, view.beat)
    if index is None:
        st.html('<span class="rs-quiet">There is no beat to explain.</span>')
        return
    if st.session_state.get(_CHOSEN) not in models:
        st.session_state[_CHOSEN] = next(iter(models))
    left, right = st.columns([0.62, 0.38])
    with right, st.container(key="card_other"):
        name = st.selectbox("Model", list(models), key=_CHOSEN, label_visibility="collapsed")
        model = models[name]
        st.html(f'<div class="rs-quiet">{escape(trained_for(model.card))} {ONLY}</div>')
        if st.button("Compare all models", key="explain_compare"):
            model_parts.show_part(model_parts.COMPARED)
            st.switch_page("pages/model.py")
    target = view.target or beat_explanation.predicted(analysis, view)
    key = ("other", opened.stamp, str(model.folder), model.sha256, view.beat, target)

    def work(progress: Progress) -> TextbookExplanation:
        progress(f"Asking {model.name}", 0.2)
        return explain_textbook(opened.recording, analysis.beats["sample"].to_numpy(), index, model, target)

    with left:
        explanation = beat_explanation.run_job(key, work, "other")
    if explanation is None:
        return
    with left:
        _reasons(opened, analysis, explanation)
    with right, st.container(key="card_said"):
        _said(model, analysis, explanation)
    if explanation.attention is not None:
        with right, st.container(key="card_attention"):
            _attention(analysis, explanation)


def trained_for(card: Mapping[str, Any]) -> str:
    """Return in one sentence what a model was trained for and what it reaches on DS2, as its card says."""
    whole = card.get("figures")
    found = whole.get("ds2") if isinstance(whole, Mapping) else None
    found = found if isinstance(found, Mapping) else {}
    reached = [f"{name} {percent(found[key])} %" for key, name in _SHARES if _is_number(found.get(key))]
    if _is_number(found.get("auc")):
        reached.append(f"area under the curve {found['auc']:.3f}")
    if _is_number(found.get("mae_bpm")):
        reached.append(f"mean error {found['mae_bpm']:.1f} bpm")
        if _is_number(found.get("mae_of_mean_bpm")):
            reached.append(f"where always saying the mean has {found['mae_of_mean_bpm']:.1f}")
    on_ds2 = f"on DS2: {', '.join(reached)}" if reached else "its card states no figure on DS2"
    summary = str(card.get("summary", card.get("name")))
    return f"{summary[:1].upper()}{summary[1:]}. Trained for {card.get('trained_for', 'comparison')}; {on_ds2}."


def _reasons(opened: OpenedRecording, analysis: Analysis, explanation: TextbookExplanation) -> None:
    """Draw what spoke for the answer: in the waveform, in the image, in the features."""
    explained = explanation.explained
    if explanation.map is not None:
        with st.container(key="card_other_map"):
            plain = (f"What spoke for {explained}", _HOW[explanation.method])
            title, how = _OF_NUMBERS.get(explanation.target, plain)
            head(title, f"{explanation.method} on the first lead")
            names = opened.recording.lead_names[:1]
            beat_explanation.saliency(
                explanation.offsets_s,
                explanation.wave_mv,
                explanation.map,
                names,
                height_unit(opened.recording.leads[:1]),
                "other",
            )
            if explanation.image is not None:
                image = explanation.image
                figure = time_frequency_figure(image.offsets_s, image.frequencies_hz, image.image, image.map, ink())
                alt = "Time-frequency image of the beat, shaded where the network looked"
                st.plotly_chart(figure, key="explain_image_figure", config=_CHART, alt=alt)
            st.html(f'<div class="rs-quiet">{how}</div>')
    if explanation.features is not None:
        with st.container(key="card_other_features"):
            median = "each replaced by the recording's median"
            head("Features", f"effect on the probability of {explained}, {median}")
            colour = explained if explained in CLASSES else "N"
            if "shapley" in explanation.features:
                _with_shapley(explanation.features, colour)
                return
            rows = [
                (row["text"], str(row["value"]), float(row["effect"])) for _, row in explanation.features.iterrows()
            ]
            rows.sort(key=lambda row: -abs(row[2]))
            st.html(beat_explanation.effects(rows[:_MAX_EFFECTS], colour))
            with st.expander(f"{len(rows) - _MAX_EFFECTS} features with less effect"):
                st.html(beat_explanation.effects(rows[_MAX_EFFECTS:], colour))


def _with_shapley(features: pd.DataFrame, colour: str) -> None:
    """Draw features by their Shapley value, with the effect of replacing each alone beside it."""
    ordered = features.loc[features["shapley"].abs().sort_values(ascending=False).index].to_dict("records")
    rows = [
        (
            str(row["text"]),
            str(row["value"]),
            signed_bar(float(row["shapley"]), colour),
            signed(float(row["shapley"])),
            signed(float(row["effect"])),
        )
        for row in ordered
    ]
    header = ("", "value", "Shapley value", "", "alone")
    st.html(table(header, rows[:_MAX_EFFECTS], numeric=(1, 3, 4)))
    with st.expander(f"{len(rows) - _MAX_EFFECTS} features with less effect"):
        st.html(table(header, rows[_MAX_EFFECTS:], numeric=(1, 3, 4)))
    total = float(features["shapley"].sum())
    quiet(
        f"Shapley values share out what the features do together, {total:+.2f} in all, also where two say the same. "
        "Replacing one alone misses that."
    )


def _said(model: TextbookModel, analysis: Analysis, explanation: TextbookExplanation) -> None:
    """Draw the model's answer beside the one of the model that classified the recording."""
    beat = analysis.beats.iloc[explanation.index]
    label, shipped = str(beat["label"]), str(analysis.provenance["model"])
    if explanation.probabilities is not None:
        head(f"What {model.name} says", f"beside {shipped}")
        own = [float(beat[f"p_{letter_.lower()}"]) for letter_ in CLASSES]
        rows = [
            (Markup(letter(one)), share_bar(float(p), one), f"{p:.3f}", f"{q:.3f}")
            for one, p, q in zip(CLASSES, explanation.probabilities, own, strict=True)
        ]
        st.html(table(("", "probability", "", shipped), rows, numeric=(2, 3)))
        return
    head(f"What {model.name} says", f"{shipped} says {label}: {CLASS_NAMES[label]}")
    value = explanation.value or 0.0
    if explanation.target == "binary":
        items = [(f"{value:.3f}", "", "probability that the beat is abnormal")]
    elif explanation.target == "anomaly":
        items = [(f"{100 * value:.1f}", "%", "of the beat's variance is not rebuilt")]
        items += _usual_errors(model.card)
    else:
        items = [
            (f"{value:.0f}", "bpm", "says the model"),
            (_counted_rate(analysis, beat), "bpm", "from the beats found"),
        ]
    st.html(figures(items))


def _usual_errors(card: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    whole = card.get("figures")
    found = whole.get("ds2") if isinstance(whole, Mapping) else None
    if not isinstance(found, Mapping):
        return []
    texts = (("error_normal", "on average of normal beats on DS2"), ("error_abnormal", "of abnormal ones"))
    return [(f"{100 * found[key]:.1f}", "%", text) for key, text in texts if _is_number(found.get(key))]


def _counted_rate(analysis: Analysis, beat: Any) -> str:
    """Return the heart rate of the ten seconds around a beat from its RR intervals, as the model was taught it."""
    at_s = analysis.beats["time_s"].to_numpy()
    around = at_s[np.abs(at_s - float(beat["time_s"])) <= _RATE_HALF_S]
    return f"{60 * (len(around) - 1) / (around[-1] - around[0]):.0f}" if len(around) > 2 else "–"


def _attention(analysis: Analysis, explanation: TextbookExplanation) -> None:
    """Draw the share of attention that each beat of the sequence was given."""
    weights = explanation.attention
    if weights is None:
        return
    head("Attention", "share given to each beat of the sequence")
    labels, last = analysis.beats["label"].to_numpy(), len(analysis.beats) - 1
    rows = []
    most = max(float(weights["weight"].max()), 1e-6)
    for row in weights.to_dict("records"):
        one = str(labels[min(max(explanation.index + int(row["position"]), 0), last)])
        at = "this beat" if row["position"] == 0 else f"{row['offset_s']:+.2f} s"
        bar = share_bar(float(row["weight"]) / most, one)
        rows.append((Markup(letter(one)), at, bar, f"{100 * float(row['weight']):.0f} %"))
    st.html(table(("", "at", "attention", ""), rows, numeric=(3,)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
