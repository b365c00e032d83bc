"""Beats and rhythms of an analysis as annotations, to be written along with the signal."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.recording import Annotations
from ecg_core.rhythm import rhythm_changes

ANNOTATOR: Final = "ecgc"
"""Extension of the annotation files this program writes."""

_UNLABELLED_SYMBOL: Final = "Q"
"""WFDB's symbol for an unclassifiable beat stands for one that no model has labelled."""


def marks_of(analysis: Analysis) -> Annotations:
    """Return AAMI letters as beat symbols and rhythm changes as ``+``, in order of time."""
    label = analysis.beats["label"]
    beats = pd.DataFrame(
        {
            "sample": analysis.beats["sample"],
            "symbol": label.where(label.notna(), _UNLABELLED_SYMBOL),
            "aux": "",
            "rank": 1,
        }
    )
    # A rhythm holds between its changes, "(N" too: where beats have no class, none is claimed.
    changes = rhythm_changes(analysis.episodes) if label.notna().any() else []
    rhythm = pd.DataFrame(
        {
            "sample": [sample for sample, _ in changes],
            "symbol": "+",
            "aux": [name for _, name in changes],
            "rank": 0,
        }
    )
    rows = pd.concat([beats, rhythm]) if len(rhythm) else beats
    rows = rows.sort_values(["sample", "rank"], kind="stable")
    return Annotations(
        name=ANNOTATOR,
        sample=rows["sample"].to_numpy(np.int64),
        symbol=np.array(rows["symbol"].tolist(), dtype=str),
        aux=tuple(rows["aux"].tolist()),
    )
