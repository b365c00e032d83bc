"""Families as plain arrays, to be kept on disk, and back. What their beats' classes say of them is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.templates.families import Families, Family
from ecg_core.templates.waves import N_SAMPLES, OFFSETS_S

ARRAYS: Final = (
    "of_beat",
    "distance",
    "unreadable",
    "mean_mv",
    "median_mv",
    "spread_mv",
    "before",
    "after",
    "typical_sample",
)
"""Names of the arrays."""


def families_to_arrays(families: Families) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays called `ARRAYS`; the first two have one value a beat, the others one entry a family."""
    each = families.families
    pictures = (len(each), len(families.lead_names), N_SAMPLES)
    return {
        "of_beat": families.of_beat,
        "distance": families.distance,
        "unreadable": np.array([family.unreadable for family in each], dtype=bool),
        "mean_mv": np.array([family.mean_mv for family in each], dtype=np.float32).reshape(pictures),
        "median_mv": np.array([family.median_mv for family in each], dtype=np.float32).reshape(pictures),
        "spread_mv": np.array([family.spread_mv for family in each], dtype=np.float32).reshape(pictures),
        "before": np.array([family.before for family in each], dtype=np.float64),
        "after": np.array([family.after for family in each], dtype=np.float64),
        "typical_sample": np.array([family.typical_sample for family in each], dtype=np.int64),
    }


def families_from_arrays(arrays: Mapping[str, npt.NDArray[Any]], lead_names: tuple[str, ...]) -> Families:
    """Return the families that `families_to_arrays` took apart, without labels.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Stored arrays by name.
    lead_names : tuple of str
        The recording's.
    """
    of_beat = np.asarray(arrays["of_beat"], dtype=np.int16)
    n_families = len(arrays["unreadable"])
    sizes = np.bincount(of_beat, minlength=n_families)
    families = [
        Family(
            index=index,
            n_beats=int(sizes[index]),
            unreadable=bool(arrays["unreadable"][index]),
            mean_mv=arrays["mean_mv"][index],
            median_mv=arrays["median_mv"][index],
            spread_mv=arrays["spread_mv"][index],
            before=float(arrays["before"][index]),
            after=float(arrays["after"][index]),
            label=None,
            certainty=None,
            typical_sample=int(arrays["typical_sample"][index]),
        )
        for index in range(n_families)
    ]
    distance = np.asarray(arrays["distance"], dtype=np.float32)
    return Families(of_beat, tuple(families), OFFSETS_S, lead_names, distance)
