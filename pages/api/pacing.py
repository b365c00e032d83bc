"""Payload of pacing spikes."""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.analysis import Analysis
from ecg_core.pacing import ATRIAL, VENTRICULAR
from pages.api.wire import pack

CHAMBERS: Final = ("?", ATRIAL, VENTRICULAR)


def pacing(analysis: Analysis) -> bytes | None:
    """Pack the spikes of an analysis; None where there are none.

    Returns
    -------
    bytes or None
        See `pages.api.wire`. ``sample`` int32; ``chamber`` uint8, its place in `CHAMBERS`, which is in the meta;
        ``failed`` uint8, 1 where no QRS answers though one could.
    """
    spikes, answer = analysis.pacing, analysis.paced
    if spikes is None or answer is None or not len(spikes):
        return None
    return pack(
        {"chambers": list(CHAMBERS)},
        {
            "sample": spikes.sample.astype(np.int32),
            "chamber": np.array([CHAMBERS.index(chamber) for chamber in spikes.chamber], dtype=np.uint8),
            "failed": answer.failed.astype(np.uint8),
        },
    )
