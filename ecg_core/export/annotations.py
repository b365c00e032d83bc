"""Beats and rhythms of an analysis as annotations, to be written along with the signal."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.recording import Annotations
from ecg_core.rhythm import rhythm_changes

ANNOTATOR: Final = "ecgc"
"""Extension of the annotation files this program writes."""

_UNLABELLED_SYMBOL: Final = "Q"
"""WFDB's symbol for an unclassifiable beat stands for one that no model has labelled."""


_PACED_SYMBOL: Final = "/"
_SPIKE_SYMBOL: Final = "^"
_ARTEFACT_SYMBOL: Final = "|"


def marks_of(analysis: Analysis) -> Annotations:
    """Return beats, rhythm changes and pacing spikes as WFDB annotations, in order of time.

    Beats have the AAMI letter as symbol, paced ones ``/``; those in an artefact that a person named are ``|``, WFDB's
    isolated QRS-like artifact, and no beats; rhythm changes are ``+``; spikes are ``^`` with the chamber
    (``A``, ``V``) as text.
    """
    label = analysis.beats["label"]
    symbol = label.where(label.notna(), _UNLABELLED_SYMBOL)
    symbol = symbol.where(~(paced_beats(analysis) & (symbol == "Q")), _PACED_SYMBOL)
    beats = pd.DataFrame(
        {
            "sample": analysis.beats["sample"],
            "symbol": symbol if analysis.uncounted is None else symbol.mask(analysis.uncounted, _ARTEFACT_SYMBOL),
            "aux": "",
            "rank": 1,
        }
    )
    spikes = analysis.pacing
    artefacts = pd.DataFrame(
        {
            "sample": [] if spikes is None else spikes.sample,
            "symbol": _SPIKE_SYMBOL,
            "aux": [] if spikes is None else spikes.chamber,
            "rank": 2,
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
    rows = pd.concat([part for part in (beats, rhythm, artefacts) if len(part)] or [beats])
    rows = rows.sort_values(["sample", "rank"], kind="stable")
    return Annotations(
        name=ANNOTATOR,
        sample=rows["sample"].to_numpy(np.int64),
        symbol=np.array(rows["symbol"].tolist(), dtype=str),
        aux=tuple(rows["aux"].tolist()),
    )


def paced_beats(analysis: Analysis) -> npt.NDArray[np.bool_]:
    """Tell which beats follow a ventricular pacing spike; shape (beats,)."""
    return np.zeros(len(analysis.beats), dtype=bool) if analysis.paced is None else analysis.paced.ventricular
