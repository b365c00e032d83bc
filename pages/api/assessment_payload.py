"""Payload beside the events: episode kinds assessed or not, and the known performance of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ecg_core.analysis import Analysis
from ecg_core.classification.loading import load_beat_classifier
from ecg_core.errors import ModelError
from ecg_core.evaluation.known_performance import Performance, known_performance
from ecg_core.rhythm import assessed_kinds
from ecg_core.rhythm.recognition import load_rhythm_model


def coverage(analysis: Analysis) -> dict[str, Any]:
    """Return which episode kinds were assessed and which were not, as codes and as text.

    Parameters
    ----------
    analysis : Analysis
        Its analysis.
    """
    found = assessed_kinds(analysis)
    return {
        "assessed": list(found.assessed),
        "not_assessed": found.not_assessed,
        "checked": found.checked,
        "unchecked": found.unchecked,
        "unchecked_names": found.unchecked_names,
        "remarks": list(found.remarks),
    }


def performance(analysis: Analysis) -> dict[str, dict[str, str]]:
    """Return the known performance figures of each episode kind that occurs, as texts.

    Parameters
    ----------
    analysis : Analysis
        Its analysis.
    """
    known = _known(analysis.provenance.get("model_sha256"), analysis.provenance.get("rhythm_model_sha256"))
    return {
        kind: {"short": known[kind].short, "sentence": known[kind].sentence}
        for kind in analysis.episodes["kind"].unique().tolist()
        if kind in known
    }


@lru_cache(maxsize=8)
def _known(model_sha256: str | None, rhythm_sha256: str | None) -> Mapping[str, Performance]:
    """Return the figures of models by their hashes; none are known of a model other than the installed one."""
    try:
        model = load_beat_classifier() if model_sha256 else None
    except ModelError:
        model = None
    cards = [model.card] if model is not None and model.sha256 == model_sha256 else []
    if rhythm_sha256 is not None and load_rhythm_model().sha256 == rhythm_sha256:
        cards.append(load_rhythm_model().card)
    return known_performance(cards)
