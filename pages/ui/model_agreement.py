"""Model page's tables of all models over the beats of a recording: agreement, and what perturbations change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS
from ecg_core.figures.robustness import robustness_figure
from ecg_core.progress import Progress
from ecg_core.recording import Recording
from ecg_core.teaching.model_answers import (
    ABNORMAL,
    CLASSES_TARGET,
    NORMAL,
    REFERENCE,
    ComparedModels,
    ModelAnswers,
    ReferenceAnswers,
    agreement_table,
    answers_of_models,
    cut_piece,
    piece_of,
)
from ecg_core.teaching.model_robustness import LadderResult, Robustness, failure_sentence, robustness
from pages.services.analysis_jobs import load_network
from pages.services.wording import clock, duration
from pages.services.workspace import OpenedRecording
from pages.ui import beat_explanation
from pages.ui.markup import Markup, head, ink, quiet, table

LADDER_S: Final = 120.0
"""Perturbations are tried on so long a piece of the recording."""

ALL_BEATS: Final = "All beats"
ABNORMAL_BEATS: Final = "Beats called abnormal"

_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_LADDER_ESTIMATE_S: Final = 60.0
_ASKED: Final = "compare_perturb"
_SHADE: Final = "rgba(0,128,118,{:.2f})"


@dataclass(frozen=True)
class _Agreement:
    answers: tuple[ModelAnswers, ...]
    table: pd.DataFrame
    counts: dict[str, int] | None


def recording_panel(
    opened: OpenedRecording,
    analysis: Analysis,
    models: ComparedModels,
    piece: tuple[int, int],
    reference: ReferenceAnswers | None,
) -> None:
    """Draw how far the models agree over the beats of a piece of the recording.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Its analysis, classified.
    models : ComparedModels
        The models.
    piece : tuple of int
        First sample of the piece, and one past the last.
    reference : ReferenceAnswers or None
        What the file's annotations say of the beats.
    """
    samples = analysis.beats["sample"].to_numpy()

    def work(progress: Progress) -> _Agreement:
        part, inside = cut_piece(opened.recording, samples, *piece)
        chosen = (samples >= piece[0]) & (samples < piece[1])
        answers = (_own_answers(analysis, chosen), *answers_of_models(part, inside, models.textbook, progress))
        truth = None if reference is None else ReferenceAnswers(reference.classes[chosen], reference.binary[chosen])
        if truth is not None and not (truth.classes != "").any():
            truth = None
        counts = None if truth is None else {label: int((truth.classes == label).sum()) for label in CLASSES}
        return _Agreement(answers, agreement_table(answers, truth), counts)

    key = ("compare_recording", opened.stamp, analysis.provenance["model_sha256"], piece, reference is None)
    found = beat_explanation.run_job(key, work, "compare_recording")
    if found is None:
        return
    with st.container(key="card_compare_recording"):
        _agreement(opened, found, piece)


def perturbation_panel(opened: OpenedRecording, analysis: Analysis, models: ComparedModels, beat: int) -> None:
    """Draw what perturbing the signal around a beat changes; it is computed when a person asks for it.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Its analysis, classified.
    models : ComparedModels
        The models.
    beat : int
        Position of the beat in samples.
    """
    recording = opened.recording
    piece = piece_of(recording.n_samples, recording.fs_hz, beat, LADDER_S)
    where = _piece_text(recording, piece)
    samples = analysis.beats["sample"].to_numpy()
    key = ("compare_perturbed", opened.stamp, models.classifier.sha256, piece)

    def work(progress: Progress) -> Robustness:
        load_network(progress)
        part, inside = cut_piece(recording, samples, *piece)
        return robustness(part, inside, [models.classifier, *models.textbook], progress=progress)

    with st.container(key="card_compare_perturbed"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            head(
                "Which model fails first?",
                f"the signal {where} is perturbed step by step; the beats stay where they are",
            )
            if key == st.session_state.get(_ASKED):
                shown = st.segmented_control(
                    "Beats that count",
                    (ALL_BEATS, ABNORMAL_BEATS),
                    key="compare_beats_shown",
                    default=ALL_BEATS,
                    required=True,
                    label_visibility="collapsed",
                )
        if key != st.session_state.get(_ASKED):
            quiet(
                "Noise, baseline wander, lower gain, the first lead off, a lower sampling rate: every model is asked "
                "again at each step. It takes about a minute."
            )
            st.button(
                "Perturb the signal",
                key="compare_perturb_start",
                on_click=_ask,
                args=(key,),
            )
            return
        found = beat_explanation.run_job(key, work, "compare_perturbed", _LADDER_ESTIMATE_S)
    if found is not None:
        _ladders(found, abnormal=str(shown) == ABNORMAL_BEATS)


def _ask(key: tuple[object, ...]) -> None:
    st.session_state[_ASKED] = key


def _own_answers(analysis: Analysis, chosen: np.ndarray) -> ModelAnswers:
    """Return the classes of the analysis, which rest on the whole recording."""
    beats = analysis.beats[chosen]
    return ModelAnswers(
        str(analysis.provenance["model"]),
        CLASSES_TARGET,
        beats["label"].to_numpy().astype("<U8"),
        beats[list(PROBABILITY_COLUMNS)].to_numpy(dtype=np.float32),
    )


def _agreement(opened: OpenedRecording, found: _Agreement, piece: tuple[int, int]) -> None:
    deciding = [one for one in found.answers if one.decides]
    own = deciding[0].name
    n_beats = len(deciding[0].answers)
    head("All beats", f"{n_beats:,} beats {_piece_text(opened.recording, piece)}; κ: Cohen's kappa")
    pairs = {(str(row["first"]), str(row["second"])): row for _, row in found.table.iterrows()}
    has_reference = found.counts is not None
    header = ("", "model", *CLASSES, f"as {own}", "κ", *(("as the reference", "κ") if has_reference else ()))
    rows: list[tuple[str, ...]] = []
    if found.counts is not None:
        counted = tuple(f"{found.counts[label]:,}" for label in CLASSES)
        rows.append(("", Markup(f"<b>{REFERENCE}</b>"), *counted, "", "", "", ""))
    for place, one in enumerate(deciding, start=1):
        cells = _counted(one)
        with_own = _pair_cells(pairs.get((own, one.name))) if one.name != own else ("", "")
        with_reference = _pair_cells(pairs.get((REFERENCE, one.name))) if has_reference else ()
        rows.append((str(place), one.name, *cells, *with_own, *with_reference))
    st.html(table(header, rows, numeric=range(2, len(header))))
    with st.expander("Kappa of every two models"):
        st.html(_matrix(deciding, pairs))
    quiet(
        "Models that tell only normal or abnormal are compared by that, with N as normal; their reference is the "
        "symbol N alone, so a beat with bundle branch block is abnormal to them. κ is 1 where two agree wholly and 0 "
        "where they agree as chance would; – where both give one answer to all beats. A heart rate and a "
        "reconstruction error agree with no class and are left out."
    )


def _counted(one: ModelAnswers) -> tuple[str, ...]:
    """Return how often a model gives each class; of one that tells no classes, normal below N, abnormal below V."""
    if one.target == CLASSES_TARGET:
        return tuple(f"{int((one.answers == label).sum()):,}" for label in CLASSES)
    normal, abnormal = (int((one.answers == said).sum()) for said in (NORMAL, ABNORMAL))
    return (f"{normal:,}", Markup(f"<i>{abnormal:,} not N</i>"), "", "", "")


def _pair_cells(row: pd.Series | None) -> tuple[str, str]:
    if row is None or not row["beats"]:
        return "–", "–"
    return f"{100 * row['share']:.1f} %", _kappa(float(row["kappa"]))


def _kappa(kappa: float) -> str:
    return "–" if np.isnan(kappa) else f"{kappa:.2f}"


def _matrix(models: Sequence[ModelAnswers], pairs: dict[tuple[str, str], pd.Series]) -> str:
    """Return the kappa of each two models as a table, the more shaded the nearer to 1."""
    names = [one.name for one in models]
    rows = []
    for place, name in enumerate(names, start=1):
        cells = []
        for other in names:
            row = pairs.get((name, other), pairs.get((other, name)))
            kappa = float("nan") if row is None else float(row["kappa"])
            depth = 0.0 if np.isnan(kappa) else 0.5 * max(kappa, 0.0)
            text = "" if row is None else _kappa(kappa)
            cells.append(Markup(f'<div class="rs-shaded" style="background:{_SHADE.format(depth)}">{text}</div>'))
        rows.append((str(place), name, *cells))
    header = ("", "model", *(str(place) for place in range(1, len(names) + 1)))
    return table(header, rows, numeric=range(2, len(header)))


def _ladders(found: Robustness, *, abnormal: bool) -> None:
    results = [result.of_abnormal() for result in found.results] if abnormal else found.results
    for row in range(0, len(results), 2):
        columns = st.columns(2)
        for column, result in zip(columns, results[row : row + 2], strict=False):
            with column, st.container(key=f"card_ladder_{result.ladder.kind}"):
                _ladder(result, "abnormal ones alone" if abnormal else f"{found.n_beats:,} beats")


def _ladder(result: LadderResult, beats: str) -> None:
    ladder = result.ladder
    head(ladder.title, f"% of answers that stay, {beats}")
    shares = result.unchanged
    order = sorted(shares, key=lambda name: (_fails(result, name), sum(shares[name])))
    figure = robustness_figure(
        {name: shares[name] for name in order}, [ladder.say(level) for level in ladder.levels], ink()
    )
    st.plotly_chart(
        figure,
        key=f"compare_{ladder.kind}_figure",
        config=_CHART,
        alt=f"{ladder.title}: share of answers that stay, by model and step",
    )
    st.html(f'<div class="rs-verdict">{escape(failure_sentence(result))}</div>')


def _fails(result: LadderResult, name: str) -> int:
    step = result.first_failure(name)
    return len(result.ladder.levels) if step is None else step


def _piece_text(recording: Recording, piece: tuple[int, int]) -> str:
    """Return in words which part of the recording a piece is."""
    if piece == (0, recording.n_samples):
        return "of the recording"
    start = clock(piece[0] / recording.fs_hz, recording.start_time)
    return f"of the {duration((piece[1] - piece[0]) / recording.fs_hz)} from {start}"
