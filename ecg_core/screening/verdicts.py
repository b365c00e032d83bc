"""Verdicts on labels that came with a recording, and what they mean for a count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Verdict = Literal[
    "confirmed",
    "uncertain",
    "double_count",
    "on_t_wave",
    "no_beat",
    "in_noise",
    "artefact_width",
    "sinus_shape",
    "not_premature",
    "beat_inside",
    "missed",
]

VERDICT_NAMES: Final[Mapping[Verdict, str]] = {
    "confirmed": "confirmed",
    "uncertain": "uncertain",
    "double_count": "double count",
    "on_t_wave": "on a T wave",
    "no_beat": "no QRS complex there",
    "in_noise": "in noise",
    "artefact_width": "width read off an artefact",
    "sinus_shape": "shaped like the sinus beats",
    "not_premature": "not premature",
    "beat_inside": "no pause: a beat lies inside",
    "missed": "missed by the file",
}
"""Every verdict in words."""

REFUTED: Final[frozenset[Verdict]] = frozenset(
    {
        "double_count",
        "on_t_wave",
        "no_beat",
        "in_noise",
        "artefact_width",
        "sinus_shape",
        "not_premature",
        "beat_inside",
    }
)
"""Verdicts by which a label does not count."""
