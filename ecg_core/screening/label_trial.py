"""Trial of the label audit on annotated databases: labels that experts made, and the same with faults put into them.

Labels as the experts made them count as true: what is refuted of them is a fault of the audit. Into copies of them go
second marks on a beat, marks on T waves, between beats, beside ectopic beats and on noise, and normal beats called V or
S; of these, what is confirmed is a fault of the audit. Deleted ectopic beats tell how many it finds missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.arrays import Int64Array
from ecg_core.recording import Recording
from ecg_core.screening.beat_audit import audit_beats
from ecg_core.screening.event_audit import audit_events
from ecg_core.screening.stated_labels import StatedLabels, labels_of_annotations
from ecg_core.screening.verdicts import REFUTED

MAX_FAULTS: Final = 50
"""Faults of one kind in one recording."""

GROUPS: Final = ("confirmed", "uncertain", "refuted")

_APART_S: Final = 0.25
"""Distance of a mark between beats from every true beat."""

Faulty = tuple[Int64Array, npt.NDArray[np.str_], Int64Array]
"""Samples and classes with faults in them, and the samples of the faulty marks."""

Generator = np.random.Generator


def _chosen(random: Generator, positions: Int64Array, most: int = MAX_FAULTS) -> Int64Array:
    return np.sort(random.permutation(positions)[:most])


def _with_marks(labels: StatedLabels, samples: Int64Array, letter: str = "V") -> Faulty:
    """Add marks, but none where a beat is marked already."""
    samples = np.setdiff1d(samples[samples >= 0], labels.sample)
    joined = np.concatenate([labels.sample, samples])
    letters = np.concatenate([labels.label, np.full(len(samples), letter)])
    order = np.argsort(joined, kind="stable")
    return joined[order], letters[order], samples


def _behind_beats(labels: StatedLabels, fs_hz: float, random: Generator, delay_s: Callable[[float], float]) -> Faulty:
    """Mark something behind normal beats that are followed by a normal interval."""
    rr_s = np.diff(labels.sample) / fs_hz
    normal = np.flatnonzero((labels.label[:-1] == "N") & (labels.label[1:] == "N") & (rr_s > 0.5))
    at = _chosen(random, normal)
    marks = [int(labels.sample[beat]) + round(delay_s(float(rr_s[beat])) * fs_hz) for beat in at.tolist()]
    return _with_marks(labels, np.array(marks, dtype=np.int64))


def _doubles(labels: StatedLabels, fs_hz: float, random: Generator) -> Faulty:
    return _behind_beats(labels, fs_hz, random, lambda _: float(random.uniform(0.06, 0.29)))


def _on_t_waves(labels: StatedLabels, fs_hz: float, random: Generator) -> Faulty:
    # From R to the peak of T: QT by Bazett's formula with a QTc of 0.4 s, less the descending limb.
    return _behind_beats(labels, fs_hz, random, lambda rr_s: 0.4 * rr_s**0.5 - 0.1)


def _between_beats(labels: StatedLabels, fs_hz: float, random: Generator) -> Faulty:
    return _behind_beats(labels, fs_hz, random, lambda rr_s: 0.65 * rr_s)


def _shifted(labels: StatedLabels, fs_hz: float, random: Generator) -> Faulty:
    """Shift V marks by 180 to 240 ms to either side."""
    sample, label = labels.sample.copy(), labels.label.copy()
    at = _chosen(random, np.flatnonzero(label == "V"))
    shift = random.choice([-1, 1], len(at)) * random.uniform(0.18, 0.24, len(at))
    sample[at] += np.rint(shift * fs_hz).astype(np.int64)
    marks = sample[at]
    sample, first = np.unique(sample, return_index=True)
    return sample, label[first], marks[(marks >= 0)]


def _relabelled(labels: StatedLabels, random: Generator, letter: str) -> Faulty:
    label = labels.label.copy()
    at = _chosen(random, np.flatnonzero(label == "N"))
    label[at] = letter
    return labels.sample, label, labels.sample[at]


def _in_noise(labels: StatedLabels, fs_hz: float, random: Generator) -> Faulty:
    """Mark V in the noisy two minutes of every four of NSTDB, away from every beat."""
    last_s = float(labels.sample[-1]) / fs_hz
    starts = np.arange(300.0, last_s - 120, 240.0)
    times = (starts[:, None] + random.uniform(0, 120, (len(starts), 12))).ravel()
    marks = np.unique(np.rint(times * fs_hz).astype(np.int64))
    nearest = np.abs(marks[:, None] - labels.sample[None, :]).min(axis=1)
    return _with_marks(labels, marks[nearest >= _APART_S * fs_hz])


FAULTS: Final[Mapping[str, Callable[[StatedLabels, float, Generator], Faulty]]] = {
    "second mark 60 to 290 ms behind a beat": _doubles,
    "mark on a T wave": _on_t_waves,
    "mark between beats": _between_beats,
    "V shifted by 180 to 240 ms": _shifted,
    "N called V": lambda labels, _, random: _relabelled(labels, random, "V"),
    "N called S": lambda labels, _, random: _relabelled(labels, random, "S"),
}
"""Faults that are put into labels, by name."""

NOISE_FAULT: Final = "V marked in noise"


def try_labels(
    items: Iterable[tuple[Recording, Analysis]], *, noise: bool = False, seed: int = 0
) -> dict[str, dict[str, dict[str, int]]]:
    """Audit the labels of recordings as they are, and with faults put into them.

    Parameters
    ----------
    items : iterable of (Recording, Analysis)
        Annotated recordings and their analyses, with classes and waves.
    noise : bool
        Whether the recordings are those of the MIT-BIH Noise Stress Test Database: marks are put into their noise.
    seed : int
        Of the faults.

    Returns
    -------
    dict
        ``truth``: for each class and kind that the experts marked, counts by verdict. ``faults``: for each fault,
        counts by verdict. ``deleted``: for V and S that were made N, how many are told missing, uncertain, or not at
        all.
    """
    truth: dict[str, Counter[str]] = {}
    faults: dict[str, Counter[str]] = {}
    deleted: dict[str, Counter[str]] = {}
    chosen = {NOISE_FAULT: _in_noise} if noise else FAULTS
    for recording, analysis in items:
        annotations = recording.annotations()
        if annotations is None:
            continue
        labels = labels_of_annotations(annotations, recording)
        if not len(labels.sample):
            continue
        beats = audit_beats(labels, recording, analysis)
        for beat in beats:
            if beat.by == "file":
                truth.setdefault(beat.label, Counter())[beat.verdict] += 1
        for event in audit_events(labels, recording, analysis, beats):
            if event.by == "file":
                truth.setdefault(event.kind, Counter())[event.verdict] += 1
        for number, (name, make) in enumerate(chosen.items()):
            random = np.random.default_rng([seed, number, int(recording.sha256[:8], 16)])
            sample, label, marks = make(labels, recording.fs_hz, random)
            if not len(marks):
                continue
            audited = audit_beats(replace(labels, sample=sample, label=label), recording, analysis)
            by_sample = {beat.sample: beat.verdict for beat in audited if beat.by == "file"}
            counts = faults.setdefault(name, Counter())
            counts.update(by_sample[mark] for mark in marks.tolist() if mark in by_sample)
        if not noise:
            for letter in ("V", "S"):
                _try_deleting(letter, labels, recording, analysis, deleted)
    parts = {"truth": truth, "faults": faults, "deleted": deleted}
    return {part: {name: dict(counts) for name, counts in of_part.items()} for part, of_part in parts.items()}


def _try_deleting(
    letter: str, labels: StatedLabels, recording: Recording, analysis: Analysis, deleted: dict[str, Counter[str]]
) -> None:
    ectopic = labels.label == letter
    if not ectopic.any():
        return
    label = np.where(ectopic, "N", labels.label)
    audited = audit_beats(replace(labels, label=label), recording, analysis)
    told = {beat.sample: beat.verdict for beat in audited if beat.by == "program" and beat.program == letter}
    reach = 0.15 * recording.fs_hz
    samples = np.array(sorted(told), dtype=np.int64)
    for sample in labels.sample[ectopic].tolist():
        nearest = int(samples[np.argmin(np.abs(samples - sample))]) if len(samples) else None
        found = nearest is not None and abs(nearest - sample) <= reach
        deleted.setdefault(letter, Counter())[told[nearest] if found and nearest is not None else "not found"] += 1


def grouped(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts by verdict as confirmed, uncertain and refuted."""
    found = dict.fromkeys(GROUPS, 0)
    for verdict, n in counts.items():
        found["refuted" if verdict in REFUTED else verdict] += n
    return found


def trial_text(figures: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    """Return the figures of :func:`try_labels` as text.

    Parameters
    ----------
    figures : mapping
        As :func:`try_labels` returns them.

    Returns
    -------
    str
    """
    lines: list[str] = []
    for title, part, head in (
        ("Labels of the experts", "truth", "marked"),
        ("Labels with faults", "faults", "faults"),
    ):
        if not figures[part]:
            continue
        lines += ["", f"{title:40} {head:>8} {'confirmed':>17} {'uncertain':>17} {'refuted':>17}"]
        for name, counts in figures[part].items():
            total = sum(counts.values())
            shares = "".join(f"{n:>9,} {100 * n / total:5.1f} %" for n in grouped(counts).values())
            lines.append(f"{name:40} {total:>8,} {shares}")
            refuted = ", ".join(f"{word} {n}" for word, n in sorted(counts.items()) if word in REFUTED)
            if refuted:
                lines.append(f"{'':40} refuted as: {refuted.replace('_', ' ')}")
    if figures["deleted"]:
        lines += [
            "",
            f"{'Ectopic beats made N in the labels':40} {'deleted':>8} {'told missing':>17} {'uncertain':>17}",
        ]
        for name, counts in figures["deleted"].items():
            total = sum(counts.values())
            shares = "".join(
                f"{n:>9,} {100 * n / total:5.1f} %" for n in (counts.get("missed", 0), counts.get("uncertain", 0))
            )
            lines.append(f"{name:40} {total:>8,} {shares}")
    return "\n".join(lines).lstrip("\n") + "\n"
