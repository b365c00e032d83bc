"""Recognition of P waves counted as beats: those that no QRS complex follows, in ventricular standstill and AV block.

Where P waves stand alone they become what is usual, and pass for QRS complexes: a standstill of the ventricles would
not be named. Candidates of one shape in all leads are P waves, and no beats, if they

- have a small share of the energy at the scale of the QRS, and of the size, of the largest beats of the minutes around,
- are slow, as narrow QRS complexes, however small, are not,
- stand alone: the mean of those that have no QRS complex near is flat before and behind the wave. Every ventricular
  depolarisation is followed by its repolarisation, a broad one all the more.

Small beats are therefore kept: escape beats and those of a lead whose gain falls have a T wave, and narrow ones of low
voltage are steep. Waves that follow each other without rest (fibrillation, flutter) are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from ecg_core.arrays import BoolArray, Float32Array, Float64Array, FloatArray, Int64Array, nan_median
from ecg_core.detection.candidates import Candidates
from ecg_core.detection.context import AGREEMENT_S
from ecg_core.detection.faint import NO_BEAT
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, HIGH, LOW, MIDDLE, SIGNAL_RATE_HZ
from ecg_core.signal.quality import CommonRate

CLAIMED: Final = -2.0
"""Log odds from which a candidate may be taken for a beat, or makes others doubtful."""

LIKELY: Final = 2.0
"""Log odds beyond which a candidate counts as a beat of the minutes around."""

BLOCK_S: Final = 15
REACH_BLOCKS: Final = 8
"""Blocks to either side whose candidates are compared."""

LARGEST_SHARE: Final = 0.03
MIN_LARGEST: Final = 3
"""Share and number of the likely beats around that say how large a QRS complex is: in a long standstill most of what
is taken for beats are P waves."""

MAX_ENERGY_SHARE: Final = 0.5
MAX_SIZE_SHARE: Final = 0.5
"""Largest energy and peak-to-peak size of a P wave, as shares of those of the largest beats."""

MIN_ALIKE: Final = 0.9
"""Likeness of the shapes of two P waves in all leads together."""

MAX_SIZE_RATIO: Final = 2.0
"""Between the energies of two waves of one kind."""

MIN_ALIKE_BEATS: Final = 0.85
"""Likeness of QRS complexes, of which at least `MIN_LARGEST` must be alike."""

MAX_COMPARED: Final = 60
"""Beats or waves of one kind, evenly chosen, that are looked at: more would change no median and cost time."""

MIN_WAVES: Final = 4
MIN_ALONE: Final = 2
"""Waves of one shape, and those among them that stand far from any QRS complex, from which a P wave can be told."""

MAX_HIGH, MAX_MIDDLE = (0.8, 0.75), (1.15, 0.7)
"""Largest energies at the scales of spikes and of the QRS, as shares of that at the scale of slower waves: limit of the
smallest waves, and what it falls by where the energy is as large as that of the beats."""

MAX_BESIDE: Final = (0.35, 0.45)
"""Likewise, of the largest deflection before and behind a P wave, as a share of its size."""

WAVE_S: Final = 0.1
"""Half of the time that a P wave takes."""

BESIDE_S = (0.3, 0.5)
"""Time before and behind the peak that must be flat, and holds the T wave of a QRS complex."""

MIN_CYCLE_S, NEXT_WAVE_S = 0.42, 0.12
"""Shortest time from P wave to P wave, and what is left of it for the next one: behind a faster wave no T wave could be
told."""

MAX_CYCLE_S, MAX_CYCLE_SPREAD = 1.6, 0.12
"""Longest time from P wave to P wave, and its usual departure from the median as a share of it."""

AFTER_QRS_S, BEFORE_QRS_S = 0.55, 0.52
"""Distance from QRS complexes of waves that stand alone."""

LARGE_BEAT: Final = 0.6
"""Share of the energy of the largest beats from which a candidate counts as a QRS complex beside P waves."""

MOST: Final = 0.5
"""Share of the waves for which a lead must count to be looked at."""

_SMOOTHED_S: Final = 0.035
_HALF_SIZE_S: Final = 0.06
_STEP: Final = round(SIGNAL_RATE_HZ / ENERGY_RATE_HZ)


def without_p_waves(
    views: Sequence[Candidates], logits: Sequence[Float32Array], common: CommonRate
) -> tuple[list[Float32Array], Int64Array]:
    """Set the log odds of P waves that stand without QRS complex to `NO_BEAT`, in every view.

    Parameters
    ----------
    views : sequence of Candidates
        As :func:`ecg_core.detection.scoring.candidates_of_views` returns them; all leads together decide.
    logits : sequence of ndarray of float32, shape (candidates,)
        Log odds of each view's candidates.
    common : CommonRate
        The signal at the common rate.

    Returns
    -------
    logits : list of ndarray of float32, shape (candidates,)
    p_waves : ndarray of int64, shape (waves,)
        Times of the P waves at `ENERGY_RATE_HZ`.
    """
    p_waves = views[-1].position[isolated_p_waves(views[-1], logits[-1], common)]
    result = []
    for seen, logit in zip(views, logits, strict=True):
        reach = round(AGREEMENT_S * ENERGY_RATE_HZ) if seen is not views[-1] else 0
        low, high = np.searchsorted(p_waves, [seen.position - reach, seen.position + reach + 1])
        result.append(np.where(high > low, np.float32(NO_BEAT), logit))
    return result, p_waves


def isolated_p_waves(seen: Candidates, logit: npt.NDArray[np.floating], common: CommonRate) -> npt.NDArray[np.bool_]:
    """Tell which candidates are P waves of a kind that stands without QRS complex.

    Parameters
    ----------
    seen : Candidates
        Of all leads together.
    logit : ndarray, shape (candidates,)
        Their log odds.
    common : CommonRate
        The signal at the common rate.

    Returns
    -------
    ndarray of bool, shape (candidates,)
    """
    found = np.zeros(len(logit), dtype=bool)
    if len(logit) < MIN_WAVES:
        return found
    counts = seen.weight[:, seen.leads] > 0
    energy = np.where(counts[..., None], common.energy[seen.position][:, seen.leads], 0.0).astype(np.float64)
    block = seen.position // (BLOCK_S * round(ENERGY_RATE_HZ))
    claimed = logit > CLAIMED
    vectors: npt.NDArray[np.complex64] | None = None
    for here in np.unique(block[claimed]).tolist():
        near = slice(*np.searchsorted(block, [here - REACH_BLOCKS, here + REACH_BLOCKS + 1]).tolist())
        share = _shares(energy[near, :, MIDDLE], counts[near], logit[near] > LIKELY)
        if share is None:
            continue
        small = np.flatnonzero(share < MAX_ENERGY_SHARE)
        own = small[claimed[near][small] & (block[near][small] == here)]
        if not len(own):
            continue
        if vectors is None:
            vectors = _vectors(seen.shape, energy[..., MIDDLE])
        parts = _Around(seen.position[near], vectors[:, near], energy[near], counts[near])
        large = np.flatnonzero(share >= LARGE_BEAT)
        beat = large[logit[near][large] > LIKELY]
        if parts.far_from(beat, small).sum() < MIN_ALONE:
            continue
        some = _some(beat)
        if (parts.likeness(some, some) >= MIN_ALIKE_BEATS).sum(axis=1).max(initial=0) < MIN_LARGEST:
            continue  # artefacts do not repeat their shape
        like = parts.likeness(own, small) >= MIN_ALIKE
        ratio = share[small] / share[own][:, None]
        like &= (ratio <= MAX_SIZE_RATIO) & (ratio >= 1 / MAX_SIZE_RATIO)
        like[np.arange(len(own)), np.searchsorted(small, own)] = True
        left, n_alike = np.ones(len(own), dtype=bool), like.sum(axis=1)
        while left.any():
            first = int(np.where(left, n_alike, -1).argmax())
            of_kind = left & like[first, np.searchsorted(small, own)]
            left &= ~of_kind
            found[own[of_kind] + near.start] = parts.are_p_waves(
                small[like[first]],
                own[of_kind],
                beat,
                float(np.median(share[own[of_kind]])),
                common.signal_mv[:, seen.leads],
            )
    return found


def _shares(energy: Float64Array, counts: BoolArray, likely: BoolArray) -> Float64Array | None:
    """Return the energy of each candidate as a share of that of the largest beats, in the leads that count there.

    Parameters
    ----------
    energy : ndarray of float64, shape (candidates, leads)
        At the scale of the QRS; 0 where the lead does not count.
    counts : ndarray of bool, shape (candidates, leads)
        Whether a lead counts.
    likely : ndarray of bool, shape (candidates,)
        Candidates that are most likely beats.

    Returns
    -------
    ndarray of float64, shape (candidates,), or None
        None where too few beats are likely.
    """
    beats = np.flatnonzero(likely)
    if len(beats) < MIN_LARGEST:
        return None
    strength = _relative(energy, counts, _usual(energy, counts, beats))
    n_largest = max(MIN_LARGEST, int(np.ceil(LARGEST_SHARE * len(beats))))
    largest = beats[np.argsort(strength[beats], kind="stable")[-n_largest:]]
    return _relative(energy, counts, _usual(energy, counts, largest))


def _usual(energy: Float64Array, counts: BoolArray, beats: Int64Array) -> Float64Array:
    """Return the median energy of some beats in each lead, of those for which it counts; 0 where it never does."""
    chosen = np.where(counts[beats], energy[beats], np.nan)
    return np.nan_to_num(nan_median(chosen))


def _relative(energy: Float64Array, counts: BoolArray, usual: Float64Array) -> Float64Array:
    of_usual = np.sqrt(np.where(counts, usual**2, 0.0).sum(axis=1))
    total = np.sqrt((energy**2).sum(axis=1))
    return np.divide(total, of_usual, out=np.full(len(energy), np.inf), where=of_usual > 0)


def _vectors(shape: npt.NDArray[np.complex64], energy: Float64Array) -> npt.NDArray[np.complex64]:
    """Return the shape of each candidate in all leads together, of unit norm, shape (scales, candidates, values)."""
    flat = (shape * energy[:, :, None, None].astype(np.float32)).reshape(len(shape), -1, shape.shape[-1])
    norm = np.sqrt((flat.real**2 + flat.imag**2).sum(axis=1, keepdims=True))
    unit = np.divide(flat, norm, out=np.zeros_like(flat), where=norm > 0)
    return np.ascontiguousarray(np.moveaxis(unit, -1, 0))


def _some(indices: Int64Array) -> Int64Array:
    return indices[:: len(indices) // MAX_COMPARED + 1]


def _limit(of_smallest: tuple[float, float], share: float) -> float:
    return of_smallest[0] - of_smallest[1] * share


@dataclass(frozen=True)
class _Around:
    """Candidates of some minutes.

    Attributes
    ----------
    position : ndarray of int64, shape (candidates,)
    vector : ndarray of complex64, shape (scales, candidates, values)
        Shape in all leads together, of unit norm.
    energy : ndarray of float64, shape (candidates, leads, scales)
    counts : ndarray of bool, shape (candidates, leads)
    """

    position: Int64Array
    vector: npt.NDArray[np.complex64]
    energy: Float64Array
    counts: BoolArray

    def likeness(self, one: Int64Array, other: Int64Array) -> FloatArray:
        """Return how alike the shapes of candidates are in all leads together, shape (one, other)."""
        products = self.vector[:, one] @ self.vector[:, other].conj().swapaxes(1, 2)
        return np.asarray(np.abs(products).mean(axis=0))

    def are_p_waves(
        self, waves: Int64Array, claimed: Int64Array, beat: Int64Array, share: float, signal: npt.NDArray[np.floating]
    ) -> bool:
        """Tell whether waves of one shape are P waves.

        Parameters
        ----------
        waves : ndarray of int64
            Candidates of that shape.
        claimed : ndarray of int64
            Those among them that may be taken for beats.
        beat : ndarray of int64
            QRS complexes.
        share : float
            Energy of the waves as a share of that of the largest beats.
        signal : ndarray of float, shape (samples, leads)
            At `SIGNAL_RATE_HZ`.
        """
        if len(waves) < MIN_WAVES or not len(beat):
            return False
        scales = np.sqrt((self.energy[claimed] ** 2).sum(axis=1))
        high, middle = np.median(scales[:, [HIGH, MIDDLE]] / scales[:, [LOW]], axis=0)
        if high > _limit(MAX_HIGH, share) or middle > _limit(MAX_MIDDLE, share):
            return False
        at = self.position[waves] * _STEP
        far = self.far_from(beat, waves)
        cycle_s = _cycle_s(at[far] / SIGNAL_RATE_HZ)
        if not cycle_s:
            return False
        before, behind = (round(min(part_s, cycle_s - NEXT_WAVE_S) * SIGNAL_RATE_HZ) for part_s in BESIDE_S)
        alone = far & (at >= before) & (at + behind < len(signal))
        if alone.sum() < MIN_ALONE:
            return False
        leads = np.flatnonzero(self.counts[claimed].mean(axis=0) >= MOST)
        mean = _mean_wave(signal, leads, _some(at[alone]), before, behind)
        beside = _beside(before, behind)
        size = np.ptp(mean[~beside], axis=0)
        half = round(_HALF_SIZE_S * SIGNAL_RATE_HZ)
        some = _some(beat)
        around = np.clip(self.position[some][:, None] * _STEP + np.arange(-half, half + 1), 0, len(signal) - 1)
        heights = np.ptp(signal[around[..., None], leads], axis=1)
        usual = np.nan_to_num(nan_median(np.where(self.counts[some][:, leads], heights, np.nan)))
        flat = np.linalg.norm(np.ptp(mean[beside], axis=0)) <= _limit(MAX_BESIDE, share) * np.linalg.norm(size)
        return bool(flat and np.linalg.norm(size) <= MAX_SIZE_SHARE * np.linalg.norm(usual))

    def far_from(self, beat: Int64Array, waves: Int64Array) -> BoolArray:
        """Tell which waves have no QRS complex near."""
        edges = np.concatenate(([-np.inf], self.position[beat], [np.inf])) / ENERGY_RATE_HZ
        at = self.position[waves] / ENERGY_RATE_HZ
        gap = np.searchsorted(edges, at, "right") - 1
        return np.asarray((at - edges[gap] > AFTER_QRS_S) & (edges[gap + 1] - at > BEFORE_QRS_S))


def _cycle_s(at_s: Float64Array) -> float:
    """Return the cycle that waves keep, infinity where QRS complexes part them; 0 of one that P waves do not have."""
    between_s = np.diff(at_s)
    between_s = between_s[between_s <= MAX_CYCLE_S]
    if not len(between_s):
        return float(np.inf)
    cycle_s = float(np.median(between_s))
    spread = float(np.median(np.abs(between_s - cycle_s))) / cycle_s
    return cycle_s if cycle_s >= MIN_CYCLE_S and spread <= MAX_CYCLE_SPREAD else 0.0


def _beside(before: int, behind: int) -> BoolArray:
    """Tell which samples around a wave lie before or behind it."""
    return np.abs(np.arange(-before, behind)) > WAVE_S * SIGNAL_RATE_HZ


def _mean_wave(
    signal: npt.NDArray[np.floating], leads: Int64Array, at: Int64Array, before: int, behind: int
) -> Float64Array:
    """Return the median of spans around some samples, without the line through what lies beside the waves."""
    smooth_over = round(_SMOOTHED_S * SIGNAL_RATE_HZ)
    around = at[:, None] + np.arange(-before, behind)
    spans = uniform_filter1d(signal[around[..., None], leads].astype(np.float64), smooth_over, axis=1, mode="nearest")
    beside = _beside(before, behind)
    mean = np.median(spans - np.median(spans[:, beside], axis=1, keepdims=True), axis=0)
    offset_s = np.arange(-before, behind) / SIGNAL_RATE_HZ
    line = np.stack([offset_s, np.ones(len(offset_s))], axis=1)
    fitted, *_ = np.linalg.lstsq(line[beside], mean[beside], rcond=None)
    return np.asarray(mean - line @ fitted)
