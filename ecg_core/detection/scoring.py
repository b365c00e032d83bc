"""Scoring of the candidates of every view in rounds: each alone first, then with its neighbours' scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.detection.candidates import Candidates, find_candidates
from ecg_core.detection.context import FEATURES as CONTEXT
from ecg_core.detection.context import agreement, context_features
from ecg_core.detection.exemplars import FEATURES as MEMORY
from ecg_core.detection.exemplars import match_exemplars
from ecg_core.detection.fusion import view
from ecg_core.detection.scorer import Scorer
from ecg_core.signal.quality import CommonRate


def candidates_of_views(common: CommonRate, quality: npt.NDArray[np.uint8]) -> tuple[Candidates, ...]:
    """Find the candidates of each lead alone and, if there are several leads, of all leads fused.

    Parameters
    ----------
    common : CommonRate
        The signal at the common rate.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.

    Returns
    -------
    tuple of Candidates
        One per lead; that of the fused leads last.
    """
    n_leads = quality.shape[1]
    views = [[lead] for lead in range(n_leads)] + ([list(range(n_leads))] if n_leads > 1 else [])
    return tuple(find_candidates(view(common, quality, leads)) for leads in views)


def score(views: Sequence[Candidates], scorer: Scorer) -> list[Float32Array]:
    """Score the candidates of all views.

    Parameters
    ----------
    views : sequence of Candidates
        As `candidates_of_views` returns them.
    scorer : Scorer
        One network per round.

    Returns
    -------
    list of ndarray of float32, shape (candidates,)
        Log odds of each view's candidates.
    """
    first, *later = scorer.networks
    logits = [first(seen.features) for seen in views]
    known = [with_memory(seen, logit) for seen, logit in zip(views, logits, strict=True)]
    for network in later:
        logits = [network(inputs) for inputs in inputs_of_round(views, known, logits)]
    return logits


def with_memory(seen: Candidates, logit: Float32Array) -> Float32Array:
    """Append the features of exemplars, chosen by the first network's log odds, to those of the candidates.

    Parameters
    ----------
    seen : Candidates
        Candidates of one view.
    logit : ndarray of float32, shape (candidates,)
        Log odds of the first network.

    Returns
    -------
    ndarray of float32, shape (candidates, features and memory)
    """
    if not len(logit):
        return np.empty((0, seen.features.shape[1] + len(MEMORY)), dtype=np.float32)
    weight = seen.weight[:, seen.leads]
    return np.hstack([seen.features, match_exemplars(seen.position, logit, seen.shape, seen.log_energy, weight)])


def inputs_of_round(
    views: Sequence[Candidates], known: Sequence[Float32Array], logits: Sequence[Float32Array]
) -> list[Float32Array]:
    """Return what a later network sees of each view, given the scores before.

    Parameters
    ----------
    views : sequence of Candidates
        As `candidates_of_views` returns them.
    known : sequence of ndarray, shape (candidates, features and memory)
        As `with_memory` returns them.
    logits : sequence of ndarray, shape (candidates,)
        Log odds of the previous round.

    Returns
    -------
    list of ndarray of float32, shape (candidates, features, memory and context)
    """
    inputs = []
    for index, (seen, features, logit) in enumerate(zip(views, known, logits, strict=True)):
        if not len(logit):
            inputs.append(np.empty((0, features.shape[1] + len(CONTEXT)), dtype=np.float32))
            continue
        if index == seen.weight.shape[1]:  # all leads together
            of_leads = [(one.position, of_one) for one, of_one in zip(views[:-1], logits[:-1], strict=True)]
            said = agreement(seen.position, of_leads, seen.weight)
        else:
            said = np.stack([logit] * 3, axis=1)
        inputs.append(np.hstack([features, context_features(seen.position, logit, said)]))
    return inputs
