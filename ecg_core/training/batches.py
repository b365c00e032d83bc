"""Training batches: sampled, shifted, scaled and disturbed beats.

Nothing here makes new beats before patients were divided: sampling and disturbance happen batch by batch on the
training patients alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ecg_core.training.augmentation import Augmentation, disturbance, gains, resampled, stretches
from ecg_core.training.noise import NoiseBank
from ecg_core.training.prepared_beats import PreparedBeats

Batch = tuple[dict[str, npt.NDArray[np.float32]], npt.NDArray[np.int64]]


def sampling_weights(
    label: npt.NDArray[np.int64], recording: npt.NDArray[np.int64], balance: Sequence[float]
) -> npt.NDArray[np.float64]:
    """Weigh beats so that rare classes and, within a class, patients with few of its beats are seen more often.

    Parameters
    ----------
    label, recording : ndarray of int64, shape (beats,)
        Class and recording of each training beat.
    balance : sequence of float, length classes
        For each class, 0 samples its beats as they come, 1 gives it the same share as the largest class.

    Returns
    -------
    ndarray of float64, shape (beats,)
        Probabilities; they sum to one.
    """
    counts = np.bincount(label, minlength=len(balance)).astype(float)
    weight_of_class = (np.maximum(counts, 1) / counts.max()) ** -np.asarray(balance, dtype=float)
    # A class with a handful of beats must not fill the batches with copies of them.
    weight_of_class[counts < 30] = 1.0
    weights = weight_of_class[label]
    for index in range(len(balance)):
        of_class = label == index
        if not of_class.any():
            continue
        per_recording = np.bincount(recording[of_class]).astype(float)
        spread = np.sqrt(per_recording[recording[of_class]]) ** -1
        weights[of_class] *= spread / spread.mean()
    return np.asarray(weights / weights.sum())


def training_batches(
    prepared: PreparedBeats,
    chosen: npt.NDArray[np.int64],
    *,
    batch_size: int,
    n_batches: int,
    weights: npt.NDArray[np.float64],
    augmentation: Augmentation,
    seed: int,
    bank: NoiseBank | None = None,
) -> Iterator[Batch]:
    """Yield the augmented training batches of one epoch; the same seed yields the same batches.

    Parameters
    ----------
    prepared : PreparedBeats
        Beats to draw from.
    chosen : ndarray of int64, shape (beats,)
        Indices of the beats that may be drawn.
    batch_size : int
        Beats in a batch.
    n_batches : int
        Batches in the epoch.
    weights : ndarray of float64, shape (beats,)
        Probability of each chosen beat.
    augmentation : Augmentation
        Random changes of the signal.
    seed : int
        Seed of the epoch.
    bank : NoiseBank, optional
        Recorded noise to mix in.

    Yields
    ------
    Batch
    """
    rng = np.random.default_rng(seed)
    order = rng.choice(chosen, size=(n_batches, batch_size), p=weights)
    for indices in order:
        n_leads = prepared.beat.shape[1]
        leads = [int(rng.integers(n_leads))] if rng.random() < augmentation.one_lead else list(range(n_leads))
        yield _disturbed(prepared, indices, leads, augmentation, rng, bank), prepared.label[indices]


def plain_batches(
    prepared: PreparedBeats, chosen: npt.NDArray[np.int64], leads: list[int], batch_size: int = 1024
) -> Iterator[Batch]:
    """Yield beats in order, without augmentation.

    Parameters
    ----------
    prepared : PreparedBeats
        Beats to read.
    chosen : ndarray of int64, shape (beats,)
        Indices of the beats.
    leads : list of int
        Indices of the leads that the network is given.
    batch_size : int
        Beats in a batch.

    Yields
    ------
    Batch
    """
    margin = prepared.margin
    for start in range(0, len(chosen), batch_size):
        indices = chosen[start : start + batch_size]
        beat = prepared.beat[indices][:, leads, margin : prepared.beat.shape[2] - margin].astype(np.float32)
        dominant = prepared.dominant[prepared.view[indices]][:, leads, margin : prepared.beat.shape[2] - margin]
        wave = np.stack([np.clip(beat, -10, 10), dominant.astype(np.float32)], axis=-1)
        inputs = {"wave": wave, "readable": _readable(prepared, indices, leads), "rr": prepared.rr[indices]}
        yield inputs, prepared.label[indices]


def _readable(prepared: PreparedBeats, indices: npt.NDArray[np.int64], leads: list[int]) -> npt.NDArray[np.float32]:
    readable = prepared.readable[indices][:, leads]
    readable[readable.sum(axis=1) == 0] = 1.0
    return readable


def _disturbed(
    prepared: PreparedBeats,
    indices: npt.NDArray[np.int64],
    leads: list[int],
    augmentation: Augmentation,
    rng: np.random.Generator,
    bank: NoiseBank | None,
) -> dict[str, npt.NDArray[np.float32]]:
    n, n_leads, margin = len(indices), len(leads), prepared.margin
    length = prepared.beat.shape[2] - 2 * margin
    together = rng.integers(-augmentation.shift_common, augmentation.shift_common + 1, n)
    alone = rng.integers(-augmentation.shift_alone, augmentation.shift_alone + 1, n)
    beat = prepared.beat[indices][:, leads].astype(np.float32)
    dominant = prepared.dominant[prepared.view[indices]][:, leads].astype(np.float32)
    wave = np.empty((n, n_leads, length, 2), dtype=np.float32)
    if augmentation.stretch:
        # Around the fiducial point, and both alike: the dominant beat is of the same heart.
        middle = margin + prepared.n_before
        around = (np.arange(length)[None, :] + margin - middle) * stretches(n, augmentation, rng) + middle
        wave[..., 0] = resampled(beat, around + (together + alone)[:, None])
        wave[..., 1] = resampled(dominant, around + together[:, None])
    else:
        steps = np.arange(length)[None, :] + margin
        row, lead = np.arange(n)[:, None, None], np.arange(n_leads)[None, :, None]
        wave[..., 0] = beat[row, lead, (steps + (together + alone)[:, None])[:, None, :]]
        wave[..., 1] = dominant[row, lead, (steps + together[:, None])[:, None, :]]

    wave *= gains((n, n_leads, 1, 1), augmentation, rng)
    wave[..., 0] += disturbance((n, n_leads, length), augmentation, rng, bank)
    rr = prepared.rr[indices] + rng.normal(0, augmentation.rr_scatter, (n, prepared.rr.shape[1]))
    return {
        "wave": np.clip(wave, -10, 10),
        "readable": _readable(prepared, indices, leads),
        "rr": rr.astype(np.float32),
    }
