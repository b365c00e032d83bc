"""Faithfulness of saliency maps by deletion of the salient samples.

Deletion and insertion after Petsiuk, Das & Saenko 2018, "RISE: randomized input sampling for explanation of black-box
models", arXiv:1806.07421: samples are replaced (put back) from the most salient to the least, in steps of 5 %, over
all readable leads together, and the probability of the class is followed. The area under that curve is small for
deletion and large for insertion where a map is right. What replaces is the dominant beat's sample, the natural
"nothing unusual"; the RR intervals stay as they are.

A map is compared with random ones of the same spectrum in each lead, hence the same autocorrelation (phases drawn
alike for all leads: Prichard & Theiler 1994, doi:10.1103/PhysRevLett.73.951): merely smooth maps take whole waves
away at once and would beat scattered samples without knowing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array, Float64Array
from ecg_core.classification.model import BeatModel
from ecg_core.explanation.gradients import as_usual

STEP: Final = 0.05
RANDOM_MAPS: Final = 5


@dataclass(frozen=True)
class Faithfulness:
    """Areas under the curves of some beats.

    Attributes
    ----------
    deletion, insertion : ndarray, shape (beats,)
        By the map.
    deletion_random, insertion_random : ndarray, shape (beats,)
        Mean over random maps of the same autocorrelation.
    whole, usual : ndarray, shape (beats,)
        The probability of the beat as it is, and shaped like the dominant beat: between them lies what shape does.
    """

    deletion: Float64Array
    insertion: Float64Array
    deletion_random: Float64Array
    insertion_random: Float64Array
    whole: Float64Array
    usual: Float64Array


def faithfulness(
    model: BeatModel,
    wave: Float32Array,
    readable: Float32Array,
    rr: Float32Array,
    target: npt.NDArray[np.int64],
    order: Float32Array,
    seed: int = 1,
    n_random: int = RANDOM_MAPS,
) -> Faithfulness:
    """Measure deletion and insertion of maps against random ones.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        Windows: beat and dominant beat, in QRS heights.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read, else 0.
    rr : ndarray of float32, shape (beats, features)
        RR features.
    target : ndarray of int64, shape (beats,)
        Index of the class of each beat.
    order : ndarray of float32, shape (beats, leads, samples)
        The maps, the most salient sample having the largest value; equal ones come in random order.
    seed : int
        Seed of the random numbers.
    n_random : int
        Random maps a beat.
    """
    generator = np.random.default_rng(seed)
    areas = np.empty((len(wave), 1 + n_random, 2))
    ends = np.empty((len(wave), 2))
    for beat in range(len(wave)):
        maps = [order[beat], *(alike(order[beat], generator) for _ in range(n_random))]
        one = slice(beat, beat + 1)
        rankings = [ranked(one_map, readable[beat], generator) for one_map in maps]
        variants = np.concatenate([_replaced(wave[beat], ranking) for ranking in rankings])
        repeat = len(variants)
        probabilities = model.classify_windows(
            variants, np.repeat(readable[one], repeat, axis=0), np.repeat(rr[one], repeat, axis=0)
        )[:, target[beat]].reshape(len(maps), 2, -1)
        areas[beat] = np.trapezoid(probabilities, dx=1 / (probabilities.shape[2] - 1), axis=2)
        ends[beat] = probabilities[0, 0, 0], probabilities[0, 1, 0]
    return Faithfulness(
        deletion=areas[:, 0, 0],
        insertion=areas[:, 0, 1],
        deletion_random=areas[:, 1:, 0].mean(axis=1),
        insertion_random=areas[:, 1:, 1].mean(axis=1),
        whole=ends[:, 0],
        usual=ends[:, 1],
    )


def alike(map_: Float32Array, generator: np.random.Generator) -> Float32Array:
    """Return a random map with the spectrum, hence the mean and the (circular) autocorrelation, of each lead's.

    Parameters
    ----------
    map_ : ndarray of float32, shape (leads, samples)
        Saliency of each sample.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32, of `map_`'s shape
    """
    n_samples = map_.shape[1]
    spectrum = np.fft.rfft(map_, axis=1)
    turn = np.exp(2j * np.pi * generator.random(spectrum.shape[1]))
    turn[0] = 1
    if n_samples % 2 == 0:
        turn[-1] = 1  # the highest frequency has no phase to turn in a real signal
    return np.asarray(np.fft.irfft(spectrum * turn, n_samples, axis=1), dtype=np.float32)


def ranked(map_: Float32Array, readable: Float32Array, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return for each sample which share of the readable leads' samples is more salient; 1 in unreadable leads.

    Parameters
    ----------
    map_ : ndarray of float32, shape (leads, samples)
        Saliency of each sample.
    readable : ndarray of float32, shape (leads,)
        1 where a lead can be read, else 0.
    generator : numpy.random.Generator
        Orders what is equal.

    Returns
    -------
    ndarray of float64, shape (leads, samples)
        From 0 to below 1.
    """
    seen = np.flatnonzero(readable > 0)
    values = map_[seen].astype(np.float64)
    # Rounding to a part in a million of the range makes equal what differs by arithmetic noise only.
    values = np.round(values / max(float(np.ptp(values)), 1e-9), 6).ravel()
    sequence = np.lexsort((generator.random(len(values)), -values))
    share = np.empty(len(values))
    share[sequence] = np.arange(len(values)) / len(values)
    result = np.ones(map_.shape)
    result[seen] = share.reshape(len(seen), -1)
    return result


def _replaced(beat: Float32Array, share: npt.NDArray[np.float64]) -> Float32Array:
    """Return a beat with more and more replaced, then with more and more put back.

    Parameters
    ----------
    beat : ndarray of float32, shape (leads, samples, 2)
        Window: beat and dominant beat, in QRS heights.
    share : ndarray, shape (leads, samples)
        As `ranked` gives it.

    Returns
    -------
    ndarray of float32, shape (2 * steps, leads, samples, 2)
    """
    cuts = np.linspace(0, 1, round(1 / STEP) + 1)[:, None, None]
    whole, usual = beat[None], as_usual(beat[None])
    taken = (share[None] < cuts - 1e-9)[..., None]
    return np.concatenate([np.where(taken, usual, whole), np.where(taken, whole, usual)]).astype(np.float32)
