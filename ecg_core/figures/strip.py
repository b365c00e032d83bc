"""The ECG strip's payload: everything the strip component in the browser needs to draw one view.

The payload is plain JSON. Samples travel as little-endian int16, lead after lead, base64 coded, in steps
of `lsb_mv` (1 uV unless a lead needs more range); -32768 stands for an absent sample. A view brings
the neighbourhood of the span on screen along, so that panning needs no round trip.

Nothing is filtered: a constant, the median of the loaded signal, is taken off each lead so that its trace
sits on its lane.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS, UNREADABLE, Mapping, is_beat, to_aami
from ecg_core.figures.strip_signal import centred, levels_of, quantised, ranges_of, reduced
from ecg_core.recording import Annotations, Recording

ROW_S: Final = 10.0
"""Longest row of the strip; longer spans wrap, as on printed Holter pages."""

UNCERTAIN_BELOW: Final = 0.7
"""A beat whose highest class probability is below this is drawn as uncertain."""

MATCH_WINDOW_S: Final = 0.15
"""A reference beat belongs to the beat found within this distance (ANSI/AAMI EC57:2012)."""


class LeadPayload(TypedDict):
    """One lead: its name, lane and unreadable spans (seconds of the recording)."""

    name: str
    calibrated: bool
    range_mv: list[float]
    lsb_mv: float
    unreadable: list[list[float]]


class StripPayload(TypedDict):
    """What the strip component draws; see `strip_payload` for the meaning of each part."""

    name: str
    fs_hz: float
    duration_s: float
    start_s: float
    span_s: float
    clock_s: float | None
    gain_mm_per_mv: float
    filter_label: str
    leads: list[LeadPayload]
    data: dict[str, Any]
    beats: dict[str, list[Any]]
    reference: list[dict[str, Any]] | None
    selected_sample: int | None
    saliency: dict[str, Any] | None
    keys: bool


@dataclass(frozen=True)
class Saliency:
    """How much each sample of the selected beat's window weighed, per lead.

    Attributes
    ----------
    start_sample : int
        First sample of the window, at the recording's rate.
    weights : ndarray, shape (samples, leads)
        Between 0 and 1, at the recording's rate, leads in the recording's order.
    """

    start_sample: int
    weights: npt.NDArray[np.floating]


def strip_payload(
    recording: Recording,
    beats: pd.DataFrame | None,
    start_s: float,
    span_s: float,
    *,
    leads: Sequence[int] | None = None,
    gain_mm_per_mv: float = 10.0,
    reference: Annotations | None = None,
    mapping: Mapping = "de_chazal",
    selected_sample: int | None = None,
    unreadable: Sequence[Sequence[tuple[float, float]]] | None = None,
    lead_range_mv: npt.NDArray[np.floating] | None = None,
    saliency: Saliency | None = None,
    margin_s: float | None = None,
    filter_label: str = "no filter",
    keys: bool = True,
) -> StripPayload:
    """Build what the strip component needs to draw one view of a recording.

    Parameters
    ----------
    recording : Recording
    beats : pandas.DataFrame or None
        The whole beat table, ordered by sample; only the beats near the view are sent.
    start_s, span_s : float
        First second and length of the view; the start is moved so that the view lies in the recording.
    leads : sequence of int, optional
        Which leads, in the order to draw them; all by default.
    gain_mm_per_mv : float
        Height of 1 mV on paper: 5, 10 or 20.
    reference : Annotations, optional
        Reference annotations to show in a second row.
    mapping : {"de_chazal", "bxb"}
        How reference symbols are mapped to classes when they are compared with the beats' labels.
    selected_sample : int, optional
        Sample of the beat to highlight.
    unreadable : sequence of sequences of (start_s, stop_s), optional
        Unreadable spans for each lead of the recording, see `unreadable_spans`.
    lead_range_mv : ndarray, shape (leads, 2), optional
        Amplitude range of every lead of the recording, see `lead_ranges_mv`. Lanes get their height
        from it; give one for the whole recording, else the height follows the loaded signal.
    saliency : Saliency, optional
    margin_s : float, optional
        How much signal to bring along on both sides; as much as the span by default, 10 s at most.
    filter_label : str
        What was done to the signal, for the strip's header.
    keys : bool
        Whether the arrow keys turn pages.

    Returns
    -------
    StripPayload
        JSON-serialisable.
    """
    fs_hz, duration_s = recording.fs_hz, recording.duration_s
    start_s, span_s = clip_view(duration_s, start_s, span_s)
    margin_s = min(span_s, ROW_S) if margin_s is None else margin_s
    first = max(math.floor((start_s - margin_s) * fs_hz), 0)
    stop = min(math.ceil((start_s + span_s + margin_s) * fs_hz) + 1, recording.n_samples)
    chosen = list(range(len(recording.leads))) if leads is None else list(leads)

    signal_mv = centred(recording.read(first, stop, chosen))
    ranges = ranges_of([signal_mv]) if lead_range_mv is None else np.asarray(lead_range_mv)[chosen]
    drawn, rate_hz = reduced(signal_mv, fs_hz)
    counts, lsb_mv = quantised(drawn)
    near = _near(beats, first, stop)
    return StripPayload(
        name=recording.name,
        fs_hz=fs_hz,
        duration_s=duration_s,
        start_s=start_s,
        span_s=span_s,
        clock_s=start_clock_s(recording),
        gain_mm_per_mv=float(gain_mm_per_mv),
        filter_label=filter_label,
        leads=[
            LeadPayload(
                name=recording.leads[lead].name,
                calibrated=recording.leads[lead].calibrated,
                range_mv=[round(float(limit), 3) for limit in ranges[position]],
                lsb_mv=lsb_mv[position],
                unreadable=_overlapping(unreadable[lead], first / fs_hz, stop / fs_hz) if unreadable else [],
            )
            for position, lead in enumerate(chosen)
        ],
        data={
            "start_sample": first,
            "rate_hz": rate_hz,
            "n": len(counts),
            "int16": base64.b64encode(counts.T.astype("<i2").tobytes()).decode("ascii"),
        },
        beats=_beat_columns(near),
        reference=_reference_marks(reference, beats, first, stop, fs_hz, mapping) if reference else None,
        selected_sample=None if selected_sample is None else int(selected_sample),
        saliency=None if saliency is None else _saliency(saliency, chosen),
        keys=keys,
    )


def clip_view(duration_s: float, start_s: float, span_s: float) -> tuple[float, float]:
    """Move a view into the recording; a view longer than the recording loses its empty rows.

    Parameters
    ----------
    duration_s : float
        The recording's length.
    start_s, span_s : float
        The view asked for.

    Returns
    -------
    start_s, span_s : float
        The view to show. It never starts before the recording, and ends after it only where the
        recording is shorter than the view.
    """
    if span_s > ROW_S:
        span_s = min(span_s, ROW_S * max(1, math.ceil(duration_s / ROW_S - 1e-9)))
    return min(max(start_s, 0.0), max(duration_s - span_s, 0.0)), span_s


def lead_ranges_mv(recording: Recording, *, n_spans: int = 12, span_s: float = ROW_S) -> npt.NDArray[np.float32]:
    """Measure each lead's usual amplitude range around its median, to size its lane on the strip.

    A handful of spans spread evenly over the recording is read, so a day costs what a minute costs.
    Of the spans' extremes the ones exceeded by a quarter of the spans are taken: a noisy or flat
    stretch does not decide for the whole recording.

    Parameters
    ----------
    recording : Recording
    n_spans : int
    span_s : float

    Returns
    -------
    ndarray of float32, shape (leads, 2)
        Lower and upper limit in mV, the median being 0.
    """
    return ranges_of([centred(span) for span in _spread_spans(recording, n_spans, span_s)])


def lead_levels_mv(recording: Recording, *, n_spans: int = 12, span_s: float = ROW_S) -> npt.NDArray[np.float32]:
    """Measure each lead's usual level, from the same spans as `lead_ranges_mv`.

    Parameters
    ----------
    recording : Recording
    n_spans : int
    span_s : float

    Returns
    -------
    ndarray of float32, shape (leads,)
        The median of the spans' medians in mV; 0 for a lead without any value.
    """
    levels = levels_of(_spread_spans(recording, n_spans, span_s))
    return np.nan_to_num(levels, nan=0.0).astype(np.float32)


def _spread_spans(recording: Recording, n_spans: int, span_s: float) -> list[npt.NDArray[np.float32]]:
    length = min(max(round(span_s * recording.fs_hz), 1), recording.n_samples)
    last = recording.n_samples - length
    starts = np.unique(np.linspace(0, last, n_spans).astype(np.int64))
    return [recording.read(int(start), int(start) + length) for start in starts]


def unreadable_spans(quality: npt.NDArray[np.uint8]) -> list[list[tuple[float, float]]]:
    """Turn quality grades into the spans to hatch.

    Parameters
    ----------
    quality : ndarray of uint8, shape (seconds, leads)
        Grades per second, see `ecg_core.beats.UNREADABLE`.

    Returns
    -------
    list of lists of (start_s, stop_s), one list per lead
    """
    bad = np.zeros((len(quality) + 2, quality.shape[1]), dtype=np.int8)
    bad[1:-1] = quality == UNREADABLE
    steps = np.diff(bad, axis=0)
    return [
        [
            (float(start), float(stop))
            for start, stop in zip(np.flatnonzero(lead == 1), np.flatnonzero(lead == -1), strict=True)
        ]
        for lead in steps.T
    ]


def start_clock_s(recording: Recording) -> float | None:
    """Return the seconds of the day at the recording's first sample, None where the file gives no start."""
    start = recording.start_time
    if start is None:
        return None
    return start.hour * 3600.0 + start.minute * 60.0 + start.second + start.microsecond / 1e6


def _near(beats: pd.DataFrame | None, first: int, stop: int) -> pd.DataFrame:
    if beats is None:
        return pd.DataFrame({"sample": np.empty(0, dtype=np.int64)})
    begin, end = np.searchsorted(beats["sample"].to_numpy(), [first, stop])
    return beats.iloc[begin:end]


def _beat_columns(beats: pd.DataFrame) -> dict[str, list[Any]]:
    n_beats = len(beats)
    labels = beats["label"].tolist() if "label" in beats else [None] * n_beats
    rr_s = beats["rr_s"].to_numpy(dtype=float) if "rr_s" in beats else np.full(n_beats, np.nan)
    p = (
        beats[list(PROBABILITY_COLUMNS)].to_numpy(dtype=float)
        if set(PROBABILITY_COLUMNS) <= set(beats.columns)
        else np.full((n_beats, len(CLASSES)), np.nan)
    )
    known = np.isfinite(p).all(axis=1)
    return {
        "sample": [int(sample) for sample in beats["sample"]],
        "label": [label if label in CLASSES else None for label in labels],
        "p": [[round(float(v), 3) for v in row] if ok else None for row, ok in zip(p, known, strict=True)],
        "rr_ms": [round(1000 * float(rr)) if math.isfinite(rr) else None for rr in rr_s],
        "uncertain": [bool(ok and row.max() < UNCERTAIN_BELOW) for row, ok in zip(p, known, strict=True)],
    }


def _reference_marks(
    reference: Annotations,
    beats: pd.DataFrame | None,
    first: int,
    stop: int,
    fs_hz: float,
    mapping: Mapping,
) -> list[dict[str, Any]]:
    near = _near(beats, first, stop)
    found = near["sample"].to_numpy()
    labels = near["label"].to_numpy() if "label" in near else np.full(len(near), None)
    begin, end = np.searchsorted(reference.sample, [first, stop])
    marks = []
    for sample, symbol, aux in zip(
        reference.sample[begin:end], reference.symbol[begin:end], reference.aux[begin:end], strict=True
    ):
        marked = bool(is_beat(symbol))
        marks.append(
            {
                "sample": int(sample),
                "symbol": str(symbol),
                "note": aux.strip("\x00").strip(),
                "beat": marked,
                "differs": marked
                and beats is not None
                and _differs(int(sample), str(to_aami([symbol], mapping)[0]), found, labels, fs_hz),
            }
        )
    return marks


def _differs(sample: int, label: str, found: npt.NDArray[np.int64], labels: npt.NDArray[Any], fs_hz: float) -> bool:
    """Tell whether a reference beat was missed or labelled otherwise; an absent label does not differ."""
    if not len(found):
        return True
    nearest = int(np.abs(found - sample).argmin())
    if abs(int(found[nearest]) - sample) > MATCH_WINDOW_S * fs_hz:
        return True
    return labels[nearest] in CLASSES and labels[nearest] != label


def _overlapping(spans: Sequence[tuple[float, float]], start_s: float, stop_s: float) -> list[list[float]]:
    return [[begin, end] for begin, end in spans if end > start_s and begin < stop_s]


def _saliency(saliency: Saliency, leads: Sequence[int]) -> dict[str, Any]:
    values = np.nan_to_num(np.clip(saliency.weights[:, list(leads)], 0.0, 1.0))
    levels = np.round(values * 255).astype(np.uint8)
    return {
        "start_sample": int(saliency.start_sample),
        "n": len(levels),
        "uint8": base64.b64encode(levels.T.tobytes()).decode("ascii"),
    }
