"""A synthetic recording with exactly known beats, an analysis that knows their classes, and labels to audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.analysis import Analysis, analyse
from ecg_core.beats import CLASSES, to_aami
from ecg_core.recording import Annotations, Recording, from_array
from ecg_core.screening.beat_audit import BeatVerdict, audit_beats
from ecg_core.screening.stated_labels import StatedLabels, labels_of_annotations
from ecg_core.synthesis import generate, scenarios

CERTAIN = 0.97


class TruthTeller:
    """A classifier that gives each beat its true class; samples in `otherwise` another one."""

    name = "truth"
    sha256 = "7a17" * 16
    folder = Path("truth")

    def __init__(self, truth: Annotations, otherwise: Mapping[int, str] | None = None) -> None:
        self.card: dict[str, Any] = {}
        self.sample, symbol = truth.beats()
        self.label = to_aami(symbol)
        for sample, letter in (otherwise or {}).items():
            self.label[self.sample == sample] = letter

    def classify(
        self, recording: Recording, samples: np.ndarray, quality: object = None, progress: object = None
    ) -> Any:
        nearest = np.abs(samples[:, None] - self.sample[None, :]).argmin(axis=1)
        rest = (1 - CERTAIN) / (len(CLASSES) - 1)
        probabilities = np.full((len(samples), len(CLASSES)), rest, dtype=np.float32)
        probabilities[np.arange(len(samples)), [CLASSES.index(letter) for letter in self.label[nearest]]] = CERTAIN
        return probabilities


@cache
def recorded(name: str = "demo_pvc") -> tuple[Recording, Annotations]:
    """Return a scenario as a recording, and its truth."""
    made = generate(scenarios()[name], seed=11)
    return from_array(made.signal, made.fs_hz, made.lead_names, name), made.annotations


@cache
def analysed(name: str = "demo_pvc", otherwise: tuple[tuple[int, str], ...] = ()) -> Analysis:
    """Return the analysis of a scenario with true classes, but for some beats."""
    recording, truth = recorded(name)
    teller = TruthTeller(truth, dict(otherwise))
    return analyse(recording, teller, cache=False, waves=True)  # type: ignore[arg-type]


def true_labels(name: str = "demo_pvc") -> StatedLabels:
    """Return the truth as what a file states."""
    recording, truth = recorded(name)
    return labels_of_annotations(truth, recording)


def with_marks(labels: StatedLabels, *marks: tuple[int, str]) -> StatedLabels:
    """Return labels with more marks: sample and class of each."""
    sample = np.concatenate([labels.sample, [each for each, _ in marks]]).astype(np.int64)
    label = np.concatenate([labels.label, [letter for _, letter in marks]])
    order = np.argsort(sample, kind="stable")
    return replace(labels, sample=sample[order], label=label[order])


def relabelled(labels: StatedLabels, sample: int, letter: str) -> StatedLabels:
    """Return labels with another class for one beat."""
    return replace(labels, label=np.where(labels.sample == sample, letter, labels.label))


def verdict_at(labels: StatedLabels, sample: int, analysis: Analysis | None = None) -> BeatVerdict:
    """Return the verdict on the mark at a sample."""
    recording, _ = recorded()
    (found,) = [each for each in audit_beats(labels, recording, analysis or analysed()) if each.sample == sample]
    return found


def normal_pair(labels: StatedLabels, after: int = 20) -> tuple[int, int]:
    """Return two neighbouring normal beats, the first that follow a position."""
    at = next(at for at in range(after, len(labels.label)) if (labels.label[at : at + 3] == "N").all())
    return int(labels.sample[at]), int(labels.sample[at + 1])
