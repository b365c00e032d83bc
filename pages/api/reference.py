"""Payload of the annotations that came with a recording."""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.beats import CLASSES, is_beat, to_aami
from ecg_core.recording import Annotations
from pages.api.beat_columns import NONE
from pages.api.wire import pack

_NOTE_LENGTH: Final = 200
_MAX_NOTES: Final = 65_535


def reference(annotations: Annotations) -> bytes:
    """Pack annotations.

    Parameters
    ----------
    annotations : Annotations
        The annotation set.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: name, symbols, notes. ``sample`` int32; ``symbol`` uint8 and ``note`` uint16,
        places in the lists of the meta (note 0 is empty); ``beat`` uint8, 1 for beats; ``aami`` uint8, index of the
        beat's class, 255 for what is no beat.
    """
    symbols, symbol_at = np.unique(annotations.symbol.astype(str), return_inverse=True)
    places: dict[str, int] = {"": 0}
    note_at = np.zeros(len(annotations.aux), dtype=np.uint16)
    for at, text in enumerate(annotations.aux):
        # Beyond what two bytes can number, notes are left away; no file is known to hold as many different ones.
        if text and (text in places or len(places) < _MAX_NOTES):
            note_at[at] = places.setdefault(text, len(places))
    beat = is_beat(symbols)
    aami = np.full(len(symbols), NONE, dtype=np.uint8)
    aami[beat] = [CLASSES.index(letter) for letter in to_aami(symbols[beat])]
    return pack(
        {
            "name": annotations.name,
            "symbols": symbols.tolist(),
            "notes": [text[:_NOTE_LENGTH] for text in places],
        },
        {
            "sample": annotations.sample.astype(np.int32),
            "symbol": symbol_at.astype(np.uint8),
            "note": note_at,
            "beat": beat[symbol_at].astype(np.uint8),
            "aami": aami[symbol_at],
        },
    )
