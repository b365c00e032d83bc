"""Training and test examples of the beat detector: labelled candidates of annotated recordings.

Each record of de Chazal's DS1 of MIT-BIH and of SVDB is used as it is and with noise added (`detector_noise`), whole
and cut into strips, so that the first and the last beat of a signal are among the examples; so is noise without beats.
DS2 and the paced records are never read.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.detection.candidates import Candidates
from ecg_core.detection.scoring import candidates_of_views
from ecg_core.formats import open_recording
from ecg_core.mitbih import DS1, patient_of
from ecg_core.recording import Annotations
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ
from ecg_core.signal.quality import at_common_rate, grade
from ecg_core.training.detector_noise import KINDS, NoiseRecords, add_noise

STRIP_S: Final = (10, 20, 40)
WINDOW_S: Final = 0.15
STRETCH: Final = 0.22
"""Disturbed recordings also run up to so much faster or slower (natural logarithm)."""

NOISE_ALONE: Final = 120
NOISE_ALONE_S: Final = 60


@dataclass(frozen=True)
class Example:
    """A recording, or a strip of it.

    Attributes
    ----------
    record, patient : str
    kind : str
        ``clean``, ``disturbed``, ``unseen noise`` (validation only) or ``noise alone``.
    whole : bool
    views : tuple of Candidates
        See :func:`ecg_core.detection.scoring.candidates_of_views`.
    is_beat, counts : tuple of ndarray of bool, shape (candidates,)
        For each view: which candidates are beats, and which lie outside of flutter.
    reference : ndarray of float, shape (beats,)
        Times at `ENERGY_RATE_HZ`.
    """

    record: str
    patient: str
    kind: str
    whole: bool
    views: tuple[Candidates, ...]
    is_beat: tuple[npt.NDArray[np.bool_], ...]
    counts: tuple[npt.NDArray[np.bool_], ...]
    reference: npt.NDArray[np.floating]


def load_examples(data: Path) -> list[Example]:
    """Read all training and validation examples from the folders mitdb, svdb and nstdb."""
    records = [(data / "mitdb" / name, patient_of(name)) for name in DS1]
    records += [(path.with_suffix(""), path.stem) for path in sorted((data / "svdb").glob("*.hea"))]
    fitted, unseen = (NoiseRecords.load(data / "nstdb", part) for part in (slice(0, 2), slice(2, 3)))
    examples = [example for path, patient in records for example in examples_of(path, patient, fitted, unseen)]
    return examples + list(noise_alone(fitted, "fitted", NOISE_ALONE)) + list(noise_alone(unseen, "unseen", 60))


def examples_of(path: Path, patient: str, fitted: NoiseRecords, unseen: NoiseRecords) -> Iterator[Example]:
    """Yield the examples of one record: clean, with noise of the training part, with unseen noise; whole and in strips.

    Parameters
    ----------
    path : Path
        Record without extension.
    patient : str
        Identifier by which folds are formed.
    fitted, unseen : NoiseRecords
        Noise for training, and for validation.

    Yields
    ------
    Example
        None at all where the record has no reference annotations.
    """
    recording = open_recording(path)
    annotations = recording.annotations("atr")
    if annotations is None:
        return
    flutter = _flutter(annotations)
    reference = annotations.beats()[0]
    for first, last in flutter:
        reference = reference[(reference < first) | (reference > last)]
    signal = recording.read()[:, :2]
    name = f"{path.parent.name}/{path.name}"
    whole = [(0, len(signal))]
    for kind, noises, spans in (
        ("clean", None, whole),
        ("clean", None, _strips(len(signal), recording.fs_hz)),
        ("disturbed", fitted, whole),
        ("disturbed", fitted, _strips(len(signal), recording.fs_hz)),
        ("unseen noise", unseen, whole),
    ):
        rng = np.random.default_rng(zlib.crc32(f"{name} {kind} {len(spans)}".encode()))
        shown, fs_hz = signal, recording.fs_hz
        if noises is not None:
            shown = add_noise(signal, fs_hz, reference, noises, rng)
            fs_hz *= float(np.exp(rng.uniform(-STRETCH, STRETCH)))
        for start, stop in spans:
            inside = reference[(reference >= start) & (reference < stop)]
            part = [(first - start, last - start) for first, last in flutter]
            yield _example(name, patient, kind, spans is whole, shown[start:stop], fs_hz, inside - start, part)


def noise_alone(noises: NoiseRecords, name: str, n_strips: int) -> Iterator[Example]:
    """Yield strips of recorded noise without any beat.

    Parameters
    ----------
    noises : NoiseRecords
        Where the noise comes from.
    name : str
        Of the noise; seeds the random choice and names the examples' patient.
    n_strips : int
        How many, all kinds of noise in turn.

    Yields
    ------
    Example
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    nothing = np.empty(0, dtype=np.int64)
    for _, kind in zip(range(n_strips), itertools.cycle(KINDS), strict=False):
        strip = noises.draw(round(NOISE_ALONE_S * noises.fs_hz), noises.fs_hz, rng, kind)
        yield _example("noise", f"{name} noise", "noise alone", False, strip, noises.fs_hz, nothing, [])


def _example(
    record: str,
    patient: str,
    kind: str,
    whole: bool,
    signal: npt.NDArray[np.float32],
    fs_hz: float,
    reference: npt.NDArray[np.int64],
    flutter: Sequence[tuple[int, int]],
) -> Example:
    common = at_common_rate(signal, fs_hz)
    views = candidates_of_views(common, grade(common))
    to_common = ENERGY_RATE_HZ / fs_hz
    beats = reference * to_common
    is_beat, counts = [], []
    for seen in views:
        outside = np.ones(len(seen.position), dtype=bool)
        for first, last in flutter:
            outside &= (seen.position < first * to_common) | (seen.position > last * to_common)
        is_beat.append(nearest_to_a_beat(seen.position, beats))
        counts.append(outside)
    return Example(record, patient, kind, whole, views, tuple(is_beat), tuple(counts), beats)


def nearest_to_a_beat(position: npt.NDArray[np.int64], reference: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Return which candidates are beats: the nearest to each reference beat, if within `WINDOW_S`.

    Parameters
    ----------
    position : ndarray of int64, shape (candidates,)
        Sorted positions at `ENERGY_RATE_HZ`.
    reference : ndarray of float, shape (beats,)
        Positions of the reference beats at `ENERGY_RATE_HZ`.

    Returns
    -------
    ndarray of bool, shape (candidates,)
    """
    found = np.zeros(len(position), dtype=bool)
    if not len(position):
        return found
    after = np.clip(np.searchsorted(position, reference), 1, max(len(position) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(position) - 1)
    nearer_after = np.abs(position[after] - reference) < np.abs(position[before] - reference)
    nearest = np.where(nearer_after, after, before)
    found[nearest[np.abs(position[nearest] - reference) <= WINDOW_S * ENERGY_RATE_HZ]] = True
    return found


def _strips(n_samples: int, fs_hz: float) -> list[tuple[int, int]]:
    """Return start and stop of consecutive strips of the lengths `STRIP_S`, in turn."""
    lengths = [round(length_s * fs_hz) for length_s in STRIP_S]
    edges = [0, *itertools.accumulate(lengths * (n_samples // sum(lengths)))]
    return list(itertools.pairwise(edges))


def _flutter(annotations: Annotations) -> list[tuple[int, int]]:
    """Return the spans of ventricular flutter, in which waves are no beats."""
    starts = annotations.sample[annotations.symbol == "["]
    stops = annotations.sample[annotations.symbol == "]"]
    return [(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]
