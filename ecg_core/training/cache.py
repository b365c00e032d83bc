"""Prepared arrays on disk, keyed by the content they were made from and the settings that shaped them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.caching import cache_folder, write_arrays
from ecg_core.logs import event, reason_of

Stored = dict[str, npt.NDArray[Any]]


def cached_arrays(purpose: str, settings: Any, compute: Callable[[], Stored]) -> Stored:
    """Return arrays by name from the cache, or compute and keep them.

    Parameters
    ----------
    purpose : str
        The folder in the cache.
    settings : any JSON value
        Everything the arrays depend on.
    compute : callable
        Computes the arrays.
    """
    key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:32]
    path = cache_folder(purpose) / f"{key}.npz"
    if path.is_file():
        try:
            with np.load(path, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except Exception:  # a damaged archive fails in whichever decoder meets the damage
            event("prepared_beats_damaged", level=logging.WARNING)
    arrays = compute()
    try:
        write_arrays(path, arrays)
    except OSError as error:
        event("prepared_beats_not_written", level=logging.WARNING, reason=reason_of(error))
    return arrays


def annotation_digest(header: Path) -> str | None:
    """Return the hash of a recording's reference annotations, None where it has none."""
    annotated = header.with_suffix(".atr")
    return hashlib.sha256(annotated.read_bytes()).hexdigest() if annotated.is_file() else None
