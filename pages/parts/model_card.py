"""The Model page's parts: a model's card for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import streamlit as st

from ecg_core.beats import CLASS_NAMES, CLASSES
from ecg_core.classification.model import BeatModel
from ecg_core.figures.confusion import confusion_figure
from pages.parts.card_figures import STATISTICS, Block, blocks, percent
from pages.parts.markup import Markup, head, ink, letter, notice, table

_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_TEXTS: Final = (("summary", "Model"), ("data", "Data"), ("protocol", "Protocol"), ("limits", "Limits"))
_USUAL_LIMITS: Final = (
    "Other populations, electrodes and devices than those of its training data were not tested.",
    "S beats are the hardest: much of what tells them is in the P wave, which is small or hidden.",
    "Few F and hardly any Q beats were there to learn from.",
)


def card_page(model: BeatModel) -> None:
    """Draw the card of a model."""
    found = blocks(model.card.get("figures"))
    left, right = st.columns([0.4, 0.6])
    with left, st.container(key="card_model"):
        _texts(model)
    with right:
        if found:
            _figures(found)
        else:
            notice("This model's card states no figures yet.", small=True)


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


def _figures(found: Sequence[Block]) -> None:
    names = [" · ".join(part for part in (block.title, block.setting) if part) for block in found]
    with st.container(key="card_figures"):
        index = st.selectbox(
            "Figures",
            range(len(found)),
            format_func=names.__getitem__,
            key="model_figures",
            label_visibility="collapsed",
        )
        block = found[index]
        accuracy = f"accuracy {percent(block.accuracy, 2)} %" if block.accuracy is not None else ""
        head("Pooled over all beats", accuracy)
        st.html(_scores(block.scores))
        if block.average:
            head("Averaged over records")
            st.html(_scores(block.average))
        for remark in block.remarks:
            st.html(f'<div class="rs-quiet">{escape(remark)}</div>')
        if block.command:
            st.html(f'<div class="rs-quiet">Printed by <code>{escape(block.command)}</code></div>')
    if block.matrix is not None:
        with st.container(key="card_confusion"):
            head("Confusion", "rows: reference, columns: model; shaded by share of the row")
            alt = "Confusion matrix of the model"
            figure = confusion_figure(block.matrix, text_colour=ink())
            st.plotly_chart(figure, key="model_confusion", config=_CHART, alt=alt)
    if block.per_record:
        with st.container(key="card_records"):
            head("Each record", f"{len(block.per_record)} records, V and S")
            st.html(_records(block))


def _scores(scores: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (
            Markup(letter(label)),
            CLASS_NAMES[label],
            f"{values['beats']:,}" if isinstance(values.get("beats"), int) else "–",
            *(percent(values.get(statistic)) for statistic in STATISTICS),
        )
        for label, values in scores.items()
    ]
    return table(("", "class", "beats", "Se %", "+P %", "F1 %"), rows, numeric=(2, 3, 4, 5))


def _records(block: Block) -> str:
    rows = []
    for record, scores in block.per_record:
        cells = [record]
        for label in ("V", "S"):
            found = scores.get(label)
            values = found if isinstance(found, Mapping) else {}
            beats = values.get("beats")
            cells.append(f"{beats:,}" if isinstance(beats, int) else "–")
            cells += [percent(values.get(statistic)) for statistic in ("se", "ppv")]
        rows.append(cells)
    header = ("record", "V beats", "V Se %", "V +P %", "S beats", "S Se %", "S +P %")
    return table(header, rows, numeric=range(1, 7))


def _training(training: Mapping[str, Any]) -> str:
    recordings = training.get("recordings")
    n_recordings = len(recordings) if isinstance(recordings, Mapping | list) else None
    beats = training.get("beats")
    counted = ", ".join(f"{label} {n:,}" for label, n in beats.items()) if isinstance(beats, Mapping) else None
    facts = (
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
