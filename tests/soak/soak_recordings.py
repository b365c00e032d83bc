"""Recordings for the soak, and a cache that knows their classes: the servers never import TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import wfdb

from ecg_core.analysis import analyse
from ecg_core.beats import CLASSES
from ecg_core.classification.model import load_model
from ecg_core.formats import open_recording
from ecg_core.sources.demos import demo_folder

SECONDS = 30


class Stand:
    """Answers in the name of the shipped model: here it is the log of edits that counts, not the classes."""

    def __init__(self) -> None:
        shipped = load_model()
        self.name, self.sha256, self.card, self.folder = shipped.name, shipped.sha256, shipped.card, shipped.folder

    def classify(self, recording: object, samples: Any, quality: object = None, progress: object = None) -> Any:
        return np.tile(np.float32([0.9, 0.025, 0.025, 0.025, 0.025]), (len(samples), 1))[:, : len(CLASSES)]


def make_recordings(folder: Path, n: int) -> tuple[Path, Path]:
    """Write recordings of different hearts, and analyse them into a cache; return both folders."""
    data, cache = folder / "data", folder / "cache"
    data.mkdir(parents=True)
    os.environ["RHYTHMOSCOPE_CACHE"] = str(cache)
    import ecg_core.classification.device as device

    device.device_name = lambda: "none"  # type: ignore[assignment]
    signal, fields = wfdb.rdsamp(str(demo_folder() / "demo_pvc"))
    length = int(SECONDS * fields["fs"])
    named = {"fs": fields["fs"], "units": fields["units"], "sig_name": fields["sig_name"]}
    model: Any = Stand()
    for at in range(n):
        start = at * (len(signal) - length) // n
        piece = np.round(signal[start : start + length], 3)
        wfdb.wrsamp(f"p{at}", p_signal=piece, fmt=["16"] * piece.shape[1], write_dir=str(data), **named)
        analyse(open_recording(data / f"p{at}.hea"), model)
    return data, cache
