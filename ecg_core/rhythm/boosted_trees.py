"""Gradient-boosted decision trees, evaluated with NumPy.

Every tree is evaluated for all rows at once: a bit for each leaf, of which every failed test ``x <= threshold`` removes
those on its left; the lowest bit that remains is the leaf (QuickScorer, Lucchese et al. 2015).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array

MAX_LEAVES: Final = 16
_AT_A_TIME: Final = 16384
_PLACE_OF_BIT: Final = np.zeros(1 << 16, dtype=np.uint8)
_PLACE_OF_BIT[1 << np.arange(16)] = np.arange(16)


@dataclass(frozen=True)
class BoostedTrees:
    """Trees of up to `MAX_LEAVES` leaves, numbered from left to right.

    Attributes
    ----------
    feature : ndarray of uint8, shape (trees, MAX_LEAVES - 1)
        Column that each test looks at.
    threshold : ndarray of float32, shape (trees, MAX_LEAVES - 1)
        A value up to it goes left; infinite where a tree has fewer tests.
    kept : ndarray of uint16, shape (trees, MAX_LEAVES - 1)
        Leaves that remain, as bits, where the value is larger.
    value : ndarray of float32, shape (trees, MAX_LEAVES)
    offset : float
        Log-odds before the first tree.
    """

    feature: npt.NDArray[np.uint8]
    threshold: Float32Array
    kept: npt.NDArray[np.uint16]
    value: Float32Array
    offset: float

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> BoostedTrees:
        """Return the trees of arrays with the attributes' names.

        Raises
        ------
        KeyError, ValueError
            If one is missing, or their shapes do not fit.
        """
        feature, threshold, kept, value = (arrays[name] for name in ("feature", "threshold", "kept", "value"))
        tests = (len(value), MAX_LEAVES - 1)
        if not feature.shape == threshold.shape == kept.shape == tests or value.shape != (len(value), MAX_LEAVES):
            raise ValueError("shapes of boosted trees")
        return cls(
            feature.astype(np.uint8),
            threshold.astype(np.float32),
            kept.astype(np.uint16),
            value.astype(np.float32),
            float(arrays["offset"]),
        )

    def log_odds(self, features: Float32Array) -> Float32Array:
        """Return the log-odds of each row.

        Parameters
        ----------
        features : ndarray of float32, shape (rows, features)
            Features of each row.

        Returns
        -------
        ndarray of float32, shape (rows,)
        """
        result = np.full(len(features), self.offset, dtype=np.float32)
        for at in range(0, len(features), _AT_A_TIME):
            columns = np.ascontiguousarray(features[at : at + _AT_A_TIME].T)
            part = result[at : at + _AT_A_TIME]
            for feature, threshold, kept, value in zip(
                self.feature, self.threshold, self.kept, self.value, strict=True
            ):
                leaves = np.full(columns.shape[1], 0xFFFF, dtype=np.uint16)
                for column, limit, remaining in zip(feature.tolist(), threshold, kept, strict=True):
                    if np.isfinite(limit):
                        leaves &= np.where(columns[column] > limit, remaining, np.uint16(0xFFFF))
                lowest = leaves & (~leaves + np.uint16(1))
                part += value[_PLACE_OF_BIT[lowest]]
        return result
