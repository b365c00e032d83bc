"""Robustness of models: which share of their answers stays as it was while the signal is perturbed step by step.

A model fails at the first step of a ladder at which fewer than `MIN_UNCHANGED` of its answers are what they were of
the signal as it is. Whether they were right is another question: a model that says N of every beat never changes. So
the share that stays of the beats it called abnormal is counted beside it: where most beats are N, a model that loses
every other one has changed few answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Int64Array
from ecg_core.classification.model import BeatModel
from ecg_core.progress import Progress
from ecg_core.recording import Recording
from ecg_core.teaching.model_answers import NORMAL, RATE_TARGET, ModelAnswers, answers_of_models
from ecg_core.teaching.perturbations import Ladder, ladders_for, perturbed
from ecg_core.textbook.model import TextbookModel

MIN_UNCHANGED: Final = 0.95
"""A model of which a smaller share of answers stays has failed."""

MAX_RATE_CHANGE_BPM: Final = 5.0
"""A heart rate that moves by no more counts as the same answer."""


@dataclass(frozen=True)
class LadderResult:
    """What the steps of one ladder did to each model.

    Attributes
    ----------
    ladder : Ladder
    unchanged : dict of str to tuple of float
        By model: the share of answers that stay, at each step; models without an answer that can change are absent.
    abnormal_kept : dict of str to tuple of float
        By model: of the beats that it called anything but N or normal, the share whose answer stays, at each step; NaN
        where it called none so. A model of the heart rate is absent.
    """

    ladder: Ladder
    unchanged: dict[str, tuple[float, ...]]
    abnormal_kept: dict[str, tuple[float, ...]]

    def of_abnormal(self) -> LadderResult:
        """Return the result with the beats alone that each model called abnormal; without those that called none so."""
        kept = {name: shares for name, shares in self.abnormal_kept.items() if not np.isnan(shares).any()}
        return LadderResult(self.ladder, kept, kept)

    def first_failure(self, model: str) -> int | None:
        """Return the step at which a model fails first; None if it holds."""
        return next((step for step, share in enumerate(self.unchanged[model]) if share < MIN_UNCHANGED), None)

    def first_to_fail(self) -> tuple[int, list[str]] | None:
        """Return the first step at which a model fails and the models that fail there, the worst first."""
        failures = {name: step for name in self.unchanged if (step := self.first_failure(name)) is not None}
        if not failures:
            return None
        first = min(failures.values())
        names = [name for name, step in failures.items() if step == first]
        return first, sorted(names, key=lambda name: (self.unchanged[name][first], name))


@dataclass(frozen=True)
class Robustness:
    """What perturbing a signal did to several models.

    Attributes
    ----------
    n_beats : int
        Beats that were asked about at each step.
    results : tuple of LadderResult
    """

    n_beats: int
    results: tuple[LadderResult, ...]


def robustness(
    recording: Recording,
    samples: Int64Array,
    models: Sequence[BeatModel | TextbookModel],
    ladders: Sequence[Ladder] | None = None,
    progress: Progress | None = None,
) -> Robustness:
    """Perturb a recording step by step and see which answers change.

    Parameters
    ----------
    recording : Recording
        The recording, of some minutes: every model is asked about every beat at each step.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording.
    models : sequence of BeatModel or TextbookModel
        The models.
    ladders : sequence of Ladder, optional
        Those that fit the recording by default.
    progress : callable, optional
        Called with what is done and the fraction done.

    Returns
    -------
    Robustness
    """
    chosen = tuple(ladders_for(recording) if ladders is None else ladders)
    report = progress or (lambda _stage, _share: None)
    n_steps = 1 + sum(len(ladder.levels) for ladder in chosen)
    report("The signal as it is", 0.0)
    before = answers_of_models(recording, samples, models)
    done, results = 1, []
    for ladder in chosen:
        shares: dict[str, list[float]] = {}
        of_abnormal: dict[str, list[float]] = {}
        for level in ladder.levels:
            report(f"{ladder.title}, {ladder.say(level)}", done / n_steps)
            after = answers_of_models(*perturbed(recording, samples, ladder.kind, level), models)
            done += 1
            for one, other in zip(before, after, strict=True):
                kept = same_answers(one, other)
                if kept is None:
                    continue
                shares.setdefault(one.name, []).append(float(kept.mean()) if len(kept) else 1.0)
                if one.decides:
                    abnormal = ~np.isin(one.answers, ("N", NORMAL))
                    of_abnormal.setdefault(one.name, []).append(
                        float(kept[abnormal].mean()) if abnormal.any() else float("nan")
                    )
        results.append(
            LadderResult(
                ladder,
                {name: tuple(values) for name, values in shares.items()},
                {name: tuple(values) for name, values in of_abnormal.items()},
            )
        )
    return Robustness(len(samples), tuple(results))


def same_answers(before: ModelAnswers, after: ModelAnswers) -> BoolArray | None:
    """Tell which of a model's answers are the same; None for a model whose number is no decision.

    Parameters
    ----------
    before, after : ModelAnswers
        Of one model, to the same beats.

    Returns
    -------
    ndarray of bool, shape (beats,), or None
    """
    if before.decides:
        return np.asarray(before.answers == after.answers)
    if before.target == RATE_TARGET:
        return np.asarray(np.abs(before.values[:, 0] - after.values[:, 0]) <= MAX_RATE_CHANGE_BPM)
    return None


def failure_sentence(result: LadderResult) -> str:
    """Return in one sentence which model is the first to change its answers on a ladder, and where.

    Parameters
    ----------
    result : LadderResult
        The ladder's result.

    Returns
    -------
    str
    """
    ladder = result.ladder
    found = result.first_to_fail()
    if found is None:
        last = ladder.say(ladder.levels[-1])
        return f"No model changes more than {100 * (1 - MIN_UNCHANGED):.0f} % of its answers, down to {last}."
    step, (first, *others) = found
    share = result.unchanged[first][step]
    at = ladder.say(ladder.levels[step])
    sentence = f"{first} is the first to change its answers: at {at}, {100 * share:.0f} % of them stay."
    if others:
        also = ", ".join(f"{name} {100 * result.unchanged[name][step]:.0f} %" for name in others)
        sentence += f" At the same step: {also}."
    return sentence
