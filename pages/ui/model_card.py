"""The Model page's parts: a model's card for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import streamlit as st

from ecg_core.beats import CLASS_NAMES, CLASSES
from ecg_core.classification.model import BeatModel, models_folder
from ecg_core.figures.confusion import confusion_figure
from ecg_core.figures.coverage import coverage_figure
from ecg_core.figures.reliability import reliability_figure
from pages.services.card_figures import Block, bins_of, blocks, curve_of, percent, percent_range, rows_at
from pages.ui.card_records import records_card
from pages.ui.card_tables import calibration_line, coverage_table, runs_table, scores_table
from pages.ui.card_zoo import zoo_card
from pages.ui.markup import head, ink, letter, notice

_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_TEXTS: Final = (
    ("summary", "Model"),
    ("data", "Data"),
    ("protocol", "Protocol"),
    ("limits", "Limits"),
    ("tried", "Tried, and not kept"),
)
_USUAL_LIMITS: Final = (
    "Other populations, electrodes and devices than those of its training data were not tested.",
    "S beats are the hardest: much of what tells them is in the P wave, which is small or hidden.",
    "Few F and hardly any Q beats were there to learn from.",
)


def card_page(model: BeatModel) -> None:
    """Draw the card of a model, and what other models reach."""
    found = blocks(model.card.get("figures"))
    left, right = st.columns([0.36, 0.64])
    with left, st.container(key="card_model"):
        _texts(model)
    with right:
        if not found:
            notice("This model's card states no figures yet.", small=True)
        else:
            block = _chosen(found)
            _scores(block)
            _confusion(block)
    if found:
        _probabilities(block)
        records_card(block)
    zoo_card(models_folder())


def _texts(model: BeatModel) -> None:
    card = model.card
    head(model.name, f"sha256 {model.sha256[:12]}")
    parts = [
        f"<h3>{title}</h3>{_prose(card[key])}" for key, title in _TEXTS if isinstance(card.get(key), str | list | dict)
    ]
    if not card.get("limits"):
        parts.append(f"<h3>Limits</h3>{_prose(list(_USUAL_LIMITS))}")
    training = card.get("training")
    if isinstance(training, Mapping):
        parts.append(f"<h3>Training</h3>{_training(training)}")
    classes = "".join(f"<li>{letter(label)} {escape(CLASS_NAMES[label])}</li>" for label in CLASSES)
    parts.append(f"<h3>Classes (AAMI EC57)</h3><ul>{classes}</ul>")
    st.html(f'<div class="rs-prose">{"".join(parts)}</div>')


def _chosen(found: Sequence[Block]) -> Block:
    names = [" · ".join(part for part in (block.title, block.setting) if part) for block in found]
    index = st.selectbox(
        "Figures",
        range(len(found)),
        format_func=names.__getitem__,
        key="model_figures",
        label_visibility="collapsed",
    )
    return found[index]


def _scores(block: Block) -> None:
    with st.container(key="card_figures"):
        spread = percent_range(block.accuracy_interval)
        accuracy = f"accuracy {percent(block.accuracy, 2)} %{f' ({spread})' if spread else ''}"
        with_intervals = any(score.intervals for score in block.scores)
        head(
            "All beats together",
            " · ".join(
                part
                for part in (
                    accuracy if block.accuracy is not None else "",
                    "below each figure its 95 % interval, drawn by patient" if with_intervals else "",
                )
                if part
            ),
        )
        st.html(scores_table(block.scores))
        if block.command:
            st.html(f'<div class="rs-quiet">Printed by <code>{escape(block.command)}</code></div>')
        if block.average:
            with st.expander("Averaged over records"):
                st.html(scores_table(block.average, "records"))
    if block.runs:
        with st.container(key="card_runs"):
            head("Couplets and runs", "run by run, as the reference and as the model has them")
            st.html(runs_table(block.runs))


def _confusion(block: Block) -> None:
    if block.matrix is not None:
        with st.container(key="card_confusion"):
            head("Confusion", "rows: reference, columns: model; shaded by share of the row")
            figure = confusion_figure(block.matrix, text_colour=ink())
            st.plotly_chart(figure, key="model_confusion", config=_CHART, alt="Confusion matrix of the model")


def _probabilities(block: Block) -> None:
    left, right = st.columns(2)
    bins, (kept, risk) = bins_of(block.calibration), curve_of(block.coverage)
    if bins:
        with left, st.container(key="card_reliability"):
            head("Reliability", "on the diagonal, a probability means what it says")
            figure = reliability_figure(bins, text_colour=ink())
            st.plotly_chart(figure, key="model_reliability", config=_CHART, alt="Reliability diagram")
            said = " ".join([calibration_line(block.calibration), f"Here {block.measured}."])
            st.html(f'<div class="rs-quiet">{escape(said)}</div>')
    if kept:
        rows = rows_at(block.coverage)
        with right, st.container(key="card_coverage"):
            head("Coverage", "what stays wrong if doubtful beats are left to a person")
            figure = coverage_figure(kept, risk, [row["coverage"] for row in rows], text_colour=ink())
            st.plotly_chart(figure, key="model_coverage", config=_CHART, alt="Risk-coverage curve")
            st.html(coverage_table(rows))
            st.html('<div class="rs-quiet">left: beats of the class among those left to a person</div>')


def _training(training: Mapping[str, Any]) -> str:
    recordings = training.get("recordings")
    n_recordings = len(recordings) if isinstance(recordings, Mapping | list) else None
    beats = training.get("beats")
    counted = ", ".join(f"{label} {n:,}" for label, n in beats.items()) if isinstance(beats, Mapping) else None
    start = training.get("started_from")
    facts = (
        ("fine-tuned from", start.get("name") if isinstance(start, Mapping) else None),
        ("recordings", n_recordings),
        ("beats", counted),
        ("seed", training.get("seed")),
        ("date", training.get("date")),
        ("machine", training.get("machine")),
        ("command", training.get("command")),
    )
    items = "".join(f"<li>{name}: {escape(str(value))}</li>" for name, value in facts if value not in (None, ""))
    return f"<ul>{items}</ul>"


def _prose(value: Any) -> str:
    if isinstance(value, Mapping):
        value = [f"{name}: {text}" for name, text in value.items()]
    if isinstance(value, list):
        return f"<ul>{''.join(f'<li>{escape(str(item))}</li>' for item in value)}</ul>"
    return f"<p>{escape(str(value))}</p>"
