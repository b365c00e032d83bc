"""The program's reading of some seconds of ECG beside the truth: classes of beats, rhythms, statements, Grad-CAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis, analyse
from ecg_core.arrays import Int64Array
from ecg_core.beats import to_aami
from ecg_core.evaluation.matching import match_beats, window_samples
from ecg_core.explanation import maps_of_beats
from ecg_core.measurements import RecordingMeasurements, measure_recording
from ecg_core.progress import Progress
from ecg_core.recording import Annotations, Recording
from ecg_core.rhythm import KIND_NAMES
from ecg_core.rhythm.assessed import assessed_kinds

if TYPE_CHECKING:
    from ecg_core.classification.model import BeatModel

EDGE_S: Final = 0.3
"""Beats so close to an end of the recording are cut off: whether they are found says nothing."""

MAP_POINTS: Final = 60
"""Points of time of a beat's saliency map as it is drawn."""

MEASURED: Final = ("rate_bpm", "pr_ms", "qrs_ms", "qt_ms")
"""Measurements that stand beside the true ones."""


@dataclass(frozen=True)
class ReadBeat:
    """A beat with its true class and what the program says.

    Attributes
    ----------
    at_s : float
        True place; where the program found a beat that is none, its place.
    true : str
        Class of ANSI/AAMI EC57; empty where there is no beat.
    said : str
        Class by the program; empty where it found no beat.
    probability : float or None
        Of the class that was said.
    cut_off : bool
        Whether it lies at an end of the recording.
    """

    at_s: float
    true: str
    said: str
    probability: float | None = None
    cut_off: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the program says what is true; of beats that are cut off, whether it says nothing else."""
        return self.true == self.said or (self.cut_off and not (self.true and self.said))


@dataclass(frozen=True)
class BeatSaliency:
    """Where in a beat the program saw its class.

    Attributes
    ----------
    start_s, stop_s : float
        Span of the map.
    weights : ndarray of uint8, shape (points, leads)
        0 to 255.
    """

    start_s: float
    stop_s: float
    weights: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ProgramReading:
    """What the program says of a recording.

    Attributes
    ----------
    beats : tuple of ReadBeat
        In order of time.
    rhythms : tuple of str
        Kinds of episodes in words, each once, in order of time.
    statements : tuple of str
        Diagnostic statements, the most urgent first.
    looked_for : str
        What was looked for among rhythms and statements, and what could not be judged, in one sentence.
    measured : dict of str to float
        Of `MEASURED` what could be measured.
    saliency : tuple of BeatSaliency or None
        For each beat; None where the program found none.
    """

    beats: tuple[ReadBeat, ...]
    rhythms: tuple[str, ...]
    statements: tuple[str, ...]
    looked_for: str
    measured: dict[str, float]
    saliency: tuple[BeatSaliency | None, ...]

    @property
    def counted(self) -> tuple[ReadBeat, ...]:
        """Beats that lie wholly within the recording, true or found."""
        return tuple(beat for beat in self.beats if not beat.cut_off)

    @property
    def n_agreeing(self) -> int:
        """Number of these on which program and truth agree."""
        return sum(beat.agrees for beat in self.counted)


def compare_beats(
    true_sample: Int64Array,
    true_symbol: npt.NDArray[np.str_],
    said_sample: Int64Array,
    said_label: Sequence[str],
    fs_hz: float,
    n_samples: int,
    probability: Sequence[float] = (),
) -> tuple[tuple[ReadBeat, ...], tuple[int, ...]]:
    """Lay the program's beats beside the true ones.

    Parameters
    ----------
    true_sample : ndarray of int64, shape (beats,)
        True beats.
    true_symbol : ndarray of str, shape (beats,)
        Their WFDB symbols.
    said_sample : ndarray of int64, shape (found,)
        Beats found.
    said_label : sequence of str
        Their classes.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording.
    probability : sequence of float
        Of each class that was said; empty where there are none.

    Returns
    -------
    beats : tuple of ReadBeat
        In order of time: pairs, missed beats and found ones that are none.
    found : tuple of int
        For each of them its place among the found ones; -1 for none.
    """
    match = match_beats(true_sample, said_sample, window_samples(fs_hz))
    true = to_aami(true_symbol) if len(true_symbol) else np.array([], dtype="<U1")
    edge = EDGE_S * fs_hz

    def beat(true_at: int, said_at: int) -> tuple[ReadBeat, int]:
        sample = int(true_sample[true_at] if true_at >= 0 else said_sample[said_at])
        shares = probability if said_at >= 0 and len(probability) else ()
        return ReadBeat(
            sample / fs_hz,
            str(true[true_at]) if true_at >= 0 else "",
            str(said_label[said_at]) if said_at >= 0 else "",
            float(shares[said_at]) if len(shares) else None,
            not edge <= sample < n_samples - edge,
        ), said_at

    rows = [beat(int(one), int(two)) for one, two in zip(match.reference, match.test, strict=True)]
    rows += [beat(int(one), -1) for one in match.missed]
    rows += [beat(-1, int(two)) for two in match.extra]
    rows.sort(key=lambda row: row[0].at_s)
    return tuple(row for row, _ in rows), tuple(place for _, place in rows)


def classes_by_program(recording: Recording, truth: Annotations | None, model: BeatModel) -> tuple[ReadBeat, ...]:
    """Let the program find and classify the beats of a recording, without measurements, statements and saliency.

    Parameters
    ----------
    recording : Recording
        The recording.
    truth : Annotations or None
        True beats.
    model : BeatModel
        The classifier.

    Returns
    -------
    tuple of ReadBeat
        In order of time; those that the recording cuts off are left out.
    """
    analysis = analyse(recording, model, group=False, cache=False, log=False)
    sample = analysis.beats["sample"].to_numpy(np.int64)
    labels = [str(label) for label in analysis.beats["label"]]
    true_sample, true_symbol = _true_beats(truth)
    beats, _ = compare_beats(true_sample, true_symbol, sample, labels, recording.fs_hz, recording.n_samples)
    return tuple(beat for beat in beats if not beat.cut_off)


def read_by_program(
    recording: Recording, truth: Annotations | None, model: BeatModel, progress: Progress | None = None
) -> ProgramReading:
    """Let the program read a recording: whole pipeline, measurements, statements, and Grad-CAM of every beat.

    Parameters
    ----------
    recording : Recording
        A minute at most, since every beat is explained.
    truth : Annotations or None
        True beats; without them every beat of the program is one that is none.
    model : BeatModel
        The classifier.
    progress : callable, optional
        Called as ``progress(stage, share done)``.

    Returns
    -------
    ProgramReading
    """
    analysis = analyse(recording, model, waves=True, cache=False, log=False, progress=progress)
    measured = measure_recording(recording, analysis)
    sample = analysis.beats["sample"].to_numpy(np.int64)
    labels = [str(label) for label in analysis.beats["label"]]
    shares = [
        float(row[f"p_{label.lower()}"]) for label, (_, row) in zip(labels, analysis.beats.iterrows(), strict=True)
    ]
    true_sample, true_symbol = _true_beats(truth)
    beats, found = compare_beats(true_sample, true_symbol, sample, labels, recording.fs_hz, recording.n_samples, shares)
    maps = _maps(recording, analysis, sample, labels, model)
    items = {} if measured is None else measured.shown.overall
    values = {name: items[name].value for name in MEASURED if name in items}
    kinds = dict.fromkeys(str(kind) for kind in analysis.episodes["kind"])
    return ProgramReading(
        beats,
        tuple(KIND_NAMES[kind] for kind in kinds),
        () if measured is None else tuple(one.text for one in measured.interpretation.statements),
        _looked_for(analysis, measured),
        {name: float(value) for name, value in values.items() if value is not None},
        tuple(maps[place] if place >= 0 else None for place in found),
    )


def _looked_for(analysis: Analysis, measured: RecordingMeasurements | None) -> str:
    """Say what an empty list of rhythms or statements rests on."""
    kinds = assessed_kinds(analysis)
    parts = [f"{len(kinds.assessed)} kinds of rhythms and events"]
    left_out = [KIND_NAMES[kind] for kind in kinds.not_assessed]
    if measured is not None:
        made = measured.interpretation
        parts.append(f"{len(made.statements) + len(made.looked_for)} statements")
        left_out += [text for text, _ in made.not_assessed.values()]
    return f"Looked for {' and '.join(parts)}; not assessed: {', '.join(left_out) or 'none'}."


def _true_beats(truth: Annotations | None) -> tuple[Int64Array, npt.NDArray[np.str_]]:
    if truth is None:
        return np.array([], dtype=np.int64), np.array([], dtype="<U1")
    return truth.beats()


def _maps(
    recording: Recording, analysis: Analysis, sample: Int64Array, labels: list[str], model: BeatModel
) -> list[BeatSaliency]:
    """Return the saliency of every beat for the class that it was given."""
    if not len(sample):
        return []
    reference = model.lead_reference(recording, sample)
    found = maps_of_beats(recording, sample, range(len(sample)), labels, model, reference, analysis.quality, "grad_cam")
    drawn = []
    for one in found:
        n = len(one.weights)
        places = np.linspace(0, n - 1, min(MAP_POINTS, n)).round().astype(int)
        drawn.append(
            BeatSaliency(
                one.start_sample / recording.fs_hz,
                (one.start_sample + n) / recording.fs_hz,
                np.round(255 * np.clip(one.weights[places], 0, 1)).astype(np.uint8),
            )
        )
    return drawn
