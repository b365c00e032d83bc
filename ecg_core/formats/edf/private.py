"""Private fields of EDF files written by this program, for an exact round trip.

EDF has no value for an absent sample, no length that is not a whole number of records, and no comments.
"""

from __future__ import annotations

import re
from typing import Final

ABSENT_MARK: Final = "digital minimum: no signal"
"""In the field of a signal's transducer: its digital minimum stands for samples that are absent."""

GAP_MARK: Final = "[no signal]"
END_MARK: Final = "[end of signal]"
COMMENT_MARK: Final = "[comment]"
"""Begins of annotations that tell other programs of gaps, of what fills the last record, and of the recording."""

_SAMPLES_TOLD: Final = re.compile(r"EDF\+C, (\d{1,12}) samples a signal")


def samples_told(n_samples: int) -> str:
    """Return the header's reserved field, which tells how many samples each signal has."""
    return f"EDF+C, {n_samples} samples a signal"


def samples_of(reserved: str) -> int | None:
    """Return how many samples a header's reserved field tells; None where it tells nothing of it."""
    told = _SAMPLES_TOLD.fullmatch(reserved)
    return int(told[1]) if told else None


def is_remark(text: str) -> bool:
    """Tell whether an annotation says something of the file and not of the ECG."""
    return text.startswith((GAP_MARK, END_MARK, COMMENT_MARK))
