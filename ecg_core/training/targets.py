"""Training targets of the textbook models and their figures: classes, normal or not, anomaly, heart rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.beats import CLASSES, to_aami
from ecg_core.errors import SourceError
from ecg_core.recording import Recording
from ecg_core.training.losses import class_weights, cross_entropy
from ecg_core.training.schedule import Schedule


class Target(Protocol):
    """A target: which positions of a recording are examples, with which true value."""

    name: ClassVar[str]
    trained_for: ClassVar[str]
    n_classes: ClassVar[int]
    """0 for a continuous value; else values are class indices, 0 the common one."""

    def examples(self, recording: Recording) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.generic]]:
        """Return positions and true values."""
        ...

    def loss(self, schedule: Schedule, counts: npt.NDArray[np.integer]) -> Any:
        """Return the loss function.

        Parameters
        ----------
        schedule : Schedule
            Class weights, focal exponent and label smoothing.
        counts : ndarray of int, shape (classes,)
            Number of training examples of each class.

        Returns
        -------
        keras.Loss or callable
        """
        ...

    def wanted(self, values: npt.NDArray[np.generic], inputs: dict[str, Float32Array]) -> Float32Array:
        """Return the output that the network is trained towards.

        Parameters
        ----------
        values : ndarray, shape (examples,)
            True values.
        inputs : dict of str to ndarray of float32, first axis examples
            Inputs of the network.

        Returns
        -------
        ndarray of float32, first axis examples
        """
        ...

    def trains_on(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """Tell which examples are trained on."""
        ...

    def figures(
        self, values: npt.NDArray[np.generic], outputs: Float32Array, inputs: dict[str, Float32Array]
    ) -> dict[str, float]:
        """Return the figures of outputs against true values.

        Parameters
        ----------
        values : ndarray, shape (examples,)
            True values.
        outputs : ndarray of float32, first axis examples
            Outputs of the network.
        inputs : dict of str to ndarray of float32, first axis examples
            Inputs of the network.

        Returns
        -------
        dict of str to float
            Figures by name.
        """
        ...


def reference_beats(recording: Recording) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """Return samples and symbols of a recording's reference beats.

    Raises
    ------
    SourceError
        If it has none.
    """
    annotations = recording.annotations()
    samples, symbols = annotations.beats() if annotations else (np.empty(0, np.int64), np.empty(0, str))
    if not len(samples):
        raise SourceError(f"{recording.name} has no reference beats beside it; training needs an .atr file with them.")
    inside = samples < recording.n_samples
    return samples[inside], symbols[inside]


@dataclass(frozen=True)
class AamiTarget:
    """The five classes of EC57."""

    name: ClassVar[str] = "aami"
    trained_for: ClassVar[str] = "AAMI classes N S V F Q"
    n_classes: ClassVar[int] = len(CLASSES)

    def examples(self, recording: Recording) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Every reference beat."""
        samples, symbols = reference_beats(recording)
        return samples, np.array([CLASSES.index(letter) for letter in to_aami(symbols)], dtype=np.int64)

    def loss(self, schedule: Schedule, counts: npt.NDArray[np.integer]) -> Any:
        """Cross-entropy of logits, weighted and focal as the schedule says."""
        return _classification_loss(self.n_classes, schedule, counts)

    def wanted(self, values: npt.NDArray[np.generic], inputs: dict[str, Float32Array]) -> Float32Array:
        """One-hot."""
        return np.eye(self.n_classes, dtype=np.float32)[values.astype(int)]

    def trains_on(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """All."""
        return np.ones(len(values), dtype=bool)

    def figures(
        self, values: npt.NDArray[np.generic], outputs: Float32Array, inputs: dict[str, Float32Array]
    ) -> dict[str, float]:
        """Accuracy and F1 of each class, beat by beat."""
        return class_figures(values.astype(np.int64), outputs.argmax(axis=1), CLASSES)


@dataclass(frozen=True)
class BinaryTarget:
    """Normal (``N`` and ``.``) or any other beat."""

    name: ClassVar[str] = "binary"
    trained_for: ClassVar[str] = "normal ('N', '.') or abnormal (any other beat)"
    n_classes: ClassVar[int] = 2
    NORMAL: ClassVar[tuple[str, ...]] = ("N", ".")

    def examples(self, recording: Recording) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Every reference beat."""
        samples, symbols = reference_beats(recording)
        return samples, (~np.isin(symbols, self.NORMAL)).astype(np.int64)

    def loss(self, schedule: Schedule, counts: npt.NDArray[np.integer]) -> Any:
        """Cross-entropy of one logit, weighted and focal as the schedule says."""
        return _classification_loss(self.n_classes, schedule, counts)

    def wanted(self, values: npt.NDArray[np.generic], inputs: dict[str, Float32Array]) -> Float32Array:
        """0 or 1."""
        return values.astype(np.float32)[:, None]

    def trains_on(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """All."""
        return np.ones(len(values), dtype=bool)

    def figures(
        self, values: npt.NDArray[np.generic], outputs: Float32Array, inputs: dict[str, Float32Array]
    ) -> dict[str, float]:
        """Accuracy, sensitivity and specificity at one half, and the area under the curve."""
        abnormal, found = values.astype(bool), outputs[:, 0] > 0
        return {
            "accuracy": _share(abnormal == found),
            "se": _share(found[abnormal]),
            "sp": _share(~found[~abnormal]),
            "auc": area_under_curve(abnormal, outputs[:, 0]),
        }


@dataclass(frozen=True)
class AnomalyTarget:
    """Reconstruction of normal beats; what is reconstructed badly is unusual."""

    name: ClassVar[str] = "anomaly"
    trained_for: ClassVar[str] = "denoising, and reconstruction error as an anomaly score"
    n_classes: ClassVar[int] = 2

    def examples(self, recording: Recording) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Every reference beat, normal or not in the sense of AAMI."""
        samples, symbols = reference_beats(recording)
        return samples, (to_aami(symbols) != "N").astype(np.int64)

    def loss(self, schedule: Schedule, counts: npt.NDArray[np.integer]) -> Any:
        """Mean square."""
        import keras

        return keras.losses.MeanSquaredError()

    def wanted(self, values: npt.NDArray[np.generic], inputs: dict[str, Float32Array]) -> Float32Array:
        """The input itself."""
        return inputs["segment"]

    def trains_on(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """Normal beats alone."""
        return values.astype(int) == 0

    def figures(
        self, values: npt.NDArray[np.generic], outputs: Float32Array, inputs: dict[str, Float32Array]
    ) -> dict[str, float]:
        """Area under the curve of the reconstruction error, abnormal against normal."""
        error = ((outputs - inputs["segment"]) ** 2).mean(axis=(1, 2))
        return {
            "auc": area_under_curve(values.astype(bool), error),
            "error_normal": float(error[values == 0].mean()),
            "error_abnormal": float(error[values == 1].mean()) if (values == 1).any() else float("nan"),
        }


@dataclass(frozen=True)
class RateTarget:
    """Heart rate of ten seconds, from the signal alone."""

    name: ClassVar[str] = "rate"
    trained_for: ClassVar[str] = "mean heart rate of a 10 s window"
    n_classes: ClassVar[int] = 0
    WINDOW_S: ClassVar[float] = 10.0

    def examples(self, recording: Recording) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Windows every 5 s that hold at least three beats; the rate follows from their RR intervals."""
        beats, _ = reference_beats(recording)
        half = round(self.WINDOW_S / 2 * recording.fs_hz)
        centres = np.arange(half, recording.n_samples - half, half, dtype=np.int64)
        first, last = np.searchsorted(beats, centres - half), np.searchsorted(beats, centres + half) - 1
        kept = last - first >= 2
        first, last, centres = first[kept], last[kept], centres[kept]
        rate = 60 * (last - first) * recording.fs_hz / (beats[last] - beats[first])
        return centres, rate.astype(np.float32)

    def loss(self, schedule: Schedule, counts: npt.NDArray[np.integer]) -> Any:
        """Mean square."""
        import keras

        return keras.losses.MeanSquaredError()

    def wanted(self, values: npt.NDArray[np.generic], inputs: dict[str, Float32Array]) -> Float32Array:
        """Beats per minute."""
        return values.astype(np.float32)[:, None]

    def trains_on(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """All."""
        return np.ones(len(values), dtype=bool)

    def figures(
        self, values: npt.NDArray[np.generic], outputs: Float32Array, inputs: dict[str, Float32Array]
    ) -> dict[str, float]:
        """Mean absolute and root mean square error, and what always saying the mean rate would give."""
        true = values.astype(np.float64)
        error = outputs[:, 0] - true
        return {
            "mae_bpm": float(np.abs(error).mean()),
            "rmse_bpm": float(np.sqrt((error**2).mean())),
            "mae_of_mean_bpm": float(np.abs(true - true.mean()).mean()),
        }


TARGETS: Final[dict[str, Target]] = {
    target.name: target for target in (AamiTarget(), BinaryTarget(), AnomalyTarget(), RateTarget())
}


def _classification_loss(n_classes: int, schedule: Schedule, counts: npt.NDArray[np.integer]) -> Any:
    weights = class_weights(counts, schedule.class_weight)
    return cross_entropy(n_classes, weights, schedule.focal_gamma, schedule.label_smoothing)


def class_figures(
    label: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], names: tuple[str, ...]
) -> dict[str, float]:
    """Return accuracy, and F1 of each class that occurs.

    Parameters
    ----------
    label : ndarray of int64, shape (beats,)
        Reference classes.
    predicted : ndarray of int64, shape (beats,)
        Predicted classes.
    names : tuple of str
        Names of the classes.

    Returns
    -------
    dict of str to float
        Figures by name.
    """
    figures = {"accuracy": _share(label == predicted)}
    for index, letter in enumerate(names):
        right = ((label == index) & (predicted == index)).sum()
        total = (label == index).sum() + (predicted == index).sum()
        if (label == index).any():
            figures[f"f1_{letter}"] = float(2 * right / total)
    return figures


def area_under_curve(positive: npt.NDArray[np.bool_], score: npt.NDArray[np.floating]) -> float:
    """Return the area under the receiver operating characteristic.

    Parameters
    ----------
    positive : ndarray of bool, shape (examples,)
        Which examples are positive.
    score : ndarray of float, shape (examples,)
        Score of each, higher for positive ones.

    Returns
    -------
    float
        NaN where one group is empty.
    """
    from scipy.stats import rankdata

    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def _share(mask: npt.NDArray[np.bool_]) -> float:
    return float(mask.mean()) if len(mask) else float("nan")
