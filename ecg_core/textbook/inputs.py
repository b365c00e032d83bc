"""Inputs of the textbook models: segments, beat sequences, time-frequency images, features, periodicity.

All look at the first lead. Each kind is a few constants that stand in the model's card; `inputs_of` makes it again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve

from ecg_core.classification.rr import RR_FEATURES, rr_features
from ecg_core.classification.windows import WindowSpec, cut
from ecg_core.errors import ModelError
from ecg_core.recording import Recording
from ecg_core.textbook.features import FEATURES, beat_features

Arrays = dict[str, npt.NDArray[np.float32]]

_BLOCK_S = 300.0
_LEAD = 0
_SMALLEST_MV = 1e-6


class Inputs(Protocol):
    """A kind of input: arrays by name, first axis beats."""

    kind: ClassVar[str]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one beat's array, by the name of the network's input."""
        ...

    @property
    def waves(self) -> dict[str, int]:
        """The arrays that are waveforms, and the sample of the fiducial point in them."""
        ...

    def arrays(self, recording: Recording, samples: npt.NDArray[np.int64]) -> Arrays:
        """Compute the input arrays of the beats of a recording.

        Parameters
        ----------
        recording : Recording
            The recording.
        samples : ndarray of int64, shape (beats,)
            Beat positions in samples at the recording's rate.

        Returns
        -------
        dict of str to ndarray of float32, first axis beats
            Arrays by input name.
        """
        ...


@dataclass(frozen=True)
class SegmentInputs:
    """A stretch of the first lead around each beat (or around any position).

    Attributes
    ----------
    fs_hz, before_s, after_s : float
    band_hz : (float, float) or None
        The band kept, i.e. the denoising.
    scale : {"segment", "recording"}
        Whether each segment is standardised (mean 0, deviation 1), or the lead over all of its segments.
    """

    fs_hz: float = 128.0
    before_s: float = 0.75
    after_s: float = 0.75
    band_hz: tuple[float, float] | None = (0.5, 40.0)
    scale: Literal["segment", "recording"] = "segment"
    kind: ClassVar[str] = "segment"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """One array: ``segment`` (samples, 1)."""
        return {"segment": (self.window.n_samples, 1)}

    @property
    def waves(self) -> dict[str, int]:
        """The segment."""
        return {"segment": self.window.n_before}

    @property
    def window(self) -> WindowSpec:
        """The geometry."""
        return WindowSpec(self.fs_hz, self.before_s, self.after_s)

    def arrays(self, recording: Recording, samples: npt.NDArray[np.int64]) -> Arrays:
        """Cut and standardise; what lies outside the recording is zero."""
        wave = _first_lead(recording, samples, self.window, self.band_hz)
        axis = 1 if self.scale == "segment" else None
        if len(wave):
            with np.errstate(invalid="ignore"):
                known = np.isfinite(wave)
                count = np.maximum(known.sum(axis=axis, keepdims=True), 1)
                mean = np.where(known, wave, 0).sum(axis=axis, keepdims=True) / count
                spread = np.sqrt((np.where(known, wave - mean, 0) ** 2).sum(axis=axis, keepdims=True) / count)
            wave = (wave - mean) / np.maximum(spread, _SMALLEST_MV)
        return {"segment": np.nan_to_num(np.clip(wave, -20, 20)).astype(np.float32)[:, :, None]}


@dataclass(frozen=True)
class SequenceInputs:
    """A beat among its neighbours: their windows and RR features, in order of time.

    Attributes
    ----------
    n_beats : int
        Odd; the beat itself stands in the middle.
    fs_hz, before_s, after_s : float
    relative : bool
        Whether the recording's median beat is taken away from each: what is left is how a beat differs from the usual.
    """

    n_beats: int = 9
    fs_hz: float = 100.0
    before_s: float = 0.28
    after_s: float = 0.44
    relative: bool = False
    kind: ClassVar[str] = "sequence"
    band_hz: ClassVar[tuple[float, float]] = (0.5, 40.0)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """``beats`` (n_beats, samples) and ``rr`` (n_beats, features)."""
        return {
            "beats": (self.n_beats, self.window.n_samples),
            "rr": (self.n_beats, len(RR_FEATURES)),
        }

    @property
    def waves(self) -> dict[str, int]:
        """The beats."""
        return {"beats": self.window.n_before}

    @property
    def window(self) -> WindowSpec:
        """The geometry of each beat's window."""
        return WindowSpec(self.fs_hz, self.before_s, self.after_s)

    def neighbours(self, n_beats: int) -> npt.NDArray[np.int64]:
        """Return which beats of a recording stand in each one's sequence, shape (beats, self.n_beats)."""
        around = np.arange(self.n_beats) - self.n_beats // 2
        return np.clip(np.arange(n_beats)[:, None] + around, 0, max(n_beats - 1, 0))

    def arrays(self, recording: Recording, samples: npt.NDArray[np.int64]) -> Arrays:
        """Gather each beat's neighbours; at the ends the first and the last beat are repeated."""
        wave = _first_lead(recording, samples, self.window, self.band_hz)
        height = np.nanmedian(np.ptp(np.nan_to_num(wave), axis=1)) if len(wave) else 1.0
        wave = np.nan_to_num(np.clip(wave / max(float(height), _SMALLEST_MV), -10, 10)).astype(np.float32)
        if self.relative and len(wave):
            wave = wave - np.median(wave, axis=0)
        index = self.neighbours(len(samples))
        return {"beats": wave[index], "rr": rr_features(samples / recording.fs_hz)[index]}


@dataclass(frozen=True)
class SpectrogramInputs:
    """A time-frequency image of the beat: logarithm of the short-time spectrum, 64 x 64, 0 to 40 Hz.

    Attributes
    ----------
    fs_hz, before_s, after_s : float
    window_s : float
        Length of the sliding Hann window.
    """

    fs_hz: float = 160.0
    before_s: float = 0.6
    after_s: float = 0.6
    window_s: float = 0.2
    kind: ClassVar[str] = "spectrogram"
    SIZE: ClassVar[int] = 64
    MAX_HZ: ClassVar[float] = 40.0

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """One array: ``image`` (frequencies, times, 1)."""
        return {"image": (self.SIZE, self.SIZE, 1)}

    @property
    def waves(self) -> dict[str, int]:
        """None."""
        return {}

    @property
    def frequencies_hz(self) -> npt.NDArray[np.float64]:
        """The image's rows."""
        return np.linspace(0.5, self.MAX_HZ, self.SIZE)

    @property
    def offsets_s(self) -> npt.NDArray[np.float64]:
        """The image's columns: the middle of each place of the sliding window, relative to the beat."""
        middle = (self._length - 1) / 2
        return np.asarray((self._starts + middle - self._wide.window.n_before) / self.fs_hz, dtype=np.float64)

    @property
    def _wide(self) -> SegmentInputs:
        """The segment, with room for the sliding window at both ends."""
        half_s = self.window_s / 2
        return SegmentInputs(self.fs_hz, self.before_s + half_s, self.after_s + half_s)

    @property
    def _length(self) -> int:
        return round(self.window_s * self.fs_hz)

    @property
    def _starts(self) -> npt.NDArray[np.int64]:
        return np.linspace(0, self._wide.window.n_samples - self._length, self.SIZE).round().astype(np.int64)

    def arrays(self, recording: Recording, samples: npt.NDArray[np.int64]) -> Arrays:
        """Compute the images, each standardised."""
        segment = self._wide.arrays(recording, samples)["segment"][:, :, 0]
        length = self._length
        # One row of this matrix for each frequency: a discrete Fourier transform at exactly the wanted frequencies.
        time_s = np.arange(length) / self.fs_hz
        kernel = np.hanning(length) * np.exp(-2j * np.pi * self.frequencies_hz[:, None] * time_s[None, :])
        kernel = kernel.astype(np.complex64)
        image = np.empty((len(segment), self.SIZE, self.SIZE), dtype=np.float32)
        for column, start in enumerate(self._starts):
            image[:, :, column] = np.abs(segment[:, start : start + length] @ kernel.T)
        image = np.log(image + 0.1)
        image -= image.mean(axis=(1, 2), keepdims=True)
        image /= image.std(axis=(1, 2), keepdims=True) + 1e-6
        return {"image": image[..., None]}


@dataclass(frozen=True)
class FeatureInputs:
    """Hand-made features of the beat: time, frequency and time-frequency domain, and the RR family."""

    kind: ClassVar[str] = "features"
    WINDOW: ClassVar[WindowSpec] = WindowSpec(fs_hz=200.0, before_s=0.32, after_s=0.48)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """One array: ``features``."""
        return {"features": (len(RR_FEATURES) + 2 * len(FEATURES),)}

    @property
    def waves(self) -> dict[str, int]:
        """None."""
        return {}

    def arrays(self, recording: Recording, samples: npt.NDArray[np.int64]) -> Arrays:
        """Compute the features, and each against the recording's median."""
        wave = _first_lead(recording, samples, self.WINDOW, (0.5, 40.0))
        own = beat_features(np.nan_to_num(wave), self.WINDOW)
        median = np.median(own, axis=0, keepdims=True) if len(own) else own
        joined = np.concatenate([rr_features(samples / recording.fs_hz), own, own - median], axis=1)
        return {"features": np.clip(joined, -50, 50).astype(np.float32)}


@dataclass(frozen=True)
class PeriodicityInputs:
    """How well a stretch of the first lead repeats itself after each lag: the autocorrelation of its QRS energy.

    Attributes
    ----------
    fs_hz, before_s, after_s : float
    shortest_s, longest_s : float
        Lags.
    """

    fs_hz: float = 50.0
    before_s: float = 5.0
    after_s: float = 5.0
    shortest_s: float = 0.2
    longest_s: float = 2.4
    kind: ClassVar[str] = "periodicity"
    band_hz: ClassVar[tuple[float, float]] = (5.0, 20.0)
    SMOOTHING_S: ClassVar[float] = 0.12

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """One array: ``periodicity`` (lags, 1)."""
        return {"periodicity": (len(self.lags_s), 1)}

    @property
    def waves(self) -> dict[str, int]:
        """None."""
        return {}

    @property
    def window(self) -> WindowSpec:
        """The geometry of the stretch."""
        return WindowSpec(self.fs_hz, self.before_s, self.after_s)

    @property
    def lags_s(self) -> npt.NDArray[np.float64]:
        """The lags."""
        return np.arange(round(self.shortest_s * self.fs_hz), round(self.longest_s * self.fs_hz) + 1) / self.fs_hz

    def arrays(self, recording: Recording, samples: npt.NDArray[np.int64]) -> Arrays:
        """Cut the stretches and correlate them with themselves."""
        return self.of_stretches(self.stretches(recording, samples))

    def stretches(self, recording: Recording, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the spans of signal that are correlated; zero outside of the recording.

        Parameters
        ----------
        recording : Recording
            The recording.
        samples : ndarray of int64, shape (positions,)
            Positions in samples at the recording's rate.

        Returns
        -------
        ndarray of float32, shape (positions, samples)
        """
        return np.nan_to_num(_first_lead(recording, samples, self.window, self.band_hz))

    def of_stretches(self, wave: npt.NDArray[np.float32]) -> Arrays:
        """Correlate stretches with themselves: 1 at each multiple of the RR interval of a steady rhythm."""
        if not len(wave):
            return {"periodicity": np.empty((0, *self.shapes["periodicity"]), np.float32)}
        kernel = np.hanning(round(self.SMOOTHING_S * self.fs_hz) + 2)[1:-1]
        energy = np.sqrt(fftconvolve(wave.astype(np.float64) ** 2, kernel[None] / kernel.sum(), "same", axes=1).clip(0))
        energy -= energy.mean(axis=1, keepdims=True)
        n = energy.shape[1]
        spectrum = np.abs(np.fft.rfft(energy, 2 * n, axis=1)) ** 2
        found = np.fft.irfft(spectrum, axis=1)[:, :n]
        # Fewer pairs of samples lie far apart: each lag is judged by its own number.
        found *= n / (n - np.arange(n))
        found /= np.maximum(found[:, :1], _SMALLEST_MV**2)
        first = round(self.shortest_s * self.fs_hz)
        return {"periodicity": found[:, first : first + len(self.lags_s), None].astype(np.float32)}


_KINDS: Final[dict[str, Any]] = {
    kind.kind: kind for kind in (SegmentInputs, SequenceInputs, SpectrogramInputs, FeatureInputs, PeriodicityInputs)
}


def inputs_to_dict(inputs: Inputs) -> dict[str, Any]:
    """Return a kind of input as the card keeps it."""
    return {"kind": inputs.kind, **asdict(inputs)}  # type: ignore[call-overload]


_LARGEST_NUMBER: Final = 10_000
_LONGEST: Final = 20_000
"""Samples of one beat's input."""


def _is_large(constants: dict[str, Any]) -> bool:
    """Tell whether the constants of inputs are beyond those of any beat, or no numbers."""
    numbers = [one for value in constants.values() for one in (value if isinstance(value, tuple) else (value,))]
    if any(isinstance(one, float | int) and not abs(one) <= _LARGEST_NUMBER for one in numbers):
        return True
    names = {"fs_hz": 0.0, "before_s": 0.0, "after_s": 0.0, "n_beats": 1.0}
    try:
        rate_hz, before_s, after_s, n_beats = (float(constants.get(name, usual)) for name, usual in names.items())
    except (TypeError, ValueError):
        return True
    return not rate_hz * (before_s + after_s) * n_beats <= _LONGEST


def inputs_of(values: dict[str, Any]) -> Inputs:
    """Make the kind of input that a card describes.

    Raises
    ------
    ModelError
        If this version does not know it.
    """
    kind: Any = None
    try:
        constants = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        kind = constants.pop("kind", None)
        made = _KINDS[kind](**constants)
    except (AttributeError, KeyError, TypeError):
        raise ModelError(f"This version does not know the model's kind of input {kind!r:.40}.") from None
    if _is_large(constants):
        raise ModelError(f"The model's card describes inputs of the kind {kind!s:.40} that are larger than any beat's.")
    return made


def _first_lead(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    window: WindowSpec,
    band_hz: tuple[float, float] | None,
) -> npt.NDArray[np.float32]:
    """Return windows in mV, shape (beats, samples), NaN outside the recording."""
    block = max(1, round(_BLOCK_S * recording.fs_hz))
    parts = [
        cut(recording, samples, start, start + block, window, leads=[_LEAD], band_hz=band_hz)[0][:, 0]
        for start in range(0, recording.n_samples, block)
    ]
    return np.concatenate(parts) if parts else np.empty((0, window.n_samples), np.float32)
