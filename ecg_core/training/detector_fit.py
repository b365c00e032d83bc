"""Training of the beat detector: ``python -m ecg_core.training.detector_fit --data $ECG_DATA``.

The networks that score candidates are fitted on de Chazal's DS1 of MIT-BIH and on SVDB, as they are and with the noises
`bw` and `ma` of the MIT-BIH Noise Stress Test Database mixed in (`detector_examples`, `detector_noise`). Electrode
motion (`em`, and the records made with it), DS2 and the paced records are never read. ``--folds N`` prints a
cross-validation grouped by patient instead of writing weights.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.detection.ambiguity import ambiguity
from ecg_core.detection.candidates import FEATURES
from ecg_core.detection.context import FEATURES as CONTEXT
from ecg_core.detection.exemplars import FEATURES as MEMORY
from ecg_core.detection.peak_selection import REFRACTORY_S, select_peaks, thresholds
from ecg_core.detection.scorer import ARRAYS, WEIGHTS_FILE, Network, Scorer
from ecg_core.detection.scoring import inputs_of_round, score, with_memory
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ
from ecg_core.training.detector_examples import Example, load_examples, nearest_to_a_beat
from ecg_core.writing import write_text

ROUNDS: Final = 3
UNITS: Final = 48
EPOCHS: Final = 8
BATCH: Final = 1024
LEARNING_RATE: Final = 4e-3
LAST_LEARNING_RATE: Final = 1e-5
WEIGHT_DECAY: Final = 1e-5
SHARE: Final = 0.4
"""Fraction of the candidates, drawn anew for each round, on which a network is fitted."""

SEED: Final = 0


def fit_network(features: Float32Array, is_beat: npt.NDArray[np.bool_], seed: int = SEED) -> Network:
    """Fit a network by Adam on the cross entropy, the step falling to zero.

    Parameters
    ----------
    features : ndarray of float32, shape (candidates, features)
        Inputs of the network.
    is_beat : ndarray of bool, shape (candidates,)
        Targets.
    seed : int
        Of the initial weights and the order of examples.

    Returns
    -------
    Network
    """
    rng = np.random.default_rng(seed)
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    inputs = np.empty((len(features), features.shape[1] + 1), dtype=np.float32)
    np.divide(np.subtract(features, mean, out=inputs[:, :-1]), scale, out=inputs[:, :-1])
    inputs[:, -1] = 1
    targets = is_beat.astype(np.float32)
    hidden = rng.normal(0, np.sqrt(2 / inputs.shape[1]), (inputs.shape[1], UNITS)).astype(np.float32)
    output = rng.normal(0, np.sqrt(1 / UNITS), UNITS + 1).astype(np.float32)
    weights = [hidden, output]
    first = [np.zeros_like(weight) for weight in weights]
    second = [np.zeros_like(weight) for weight in weights]
    n_steps = EPOCHS * (len(inputs) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(inputs))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            step += 1
            rows = order[start : start + BATCH]
            rate = np.float32(LEARNING_RATE * (1 - step / n_steps) + LAST_LEARNING_RATE)
            for index, gradient in enumerate(_gradients(inputs[rows], targets[rows], hidden, output)):
                first[index] += 0.1 * (gradient - first[index])
                second[index] += 0.001 * (gradient**2 - second[index])
                unbiased = first[index] / (1 - 0.9**step)
                weights[index] -= (rate * unbiased / (np.sqrt(second[index] / (1 - 0.999**step)) + 1e-8)).astype("f4")
    return Network(mean, scale, hidden, output)


def _gradients(
    inputs: Float32Array, targets: Float32Array, hidden: Float32Array, output: Float32Array, decay: float = WEIGHT_DECAY
) -> tuple[Float32Array, Float32Array]:
    """Return the gradients of the mean cross entropy by the two layers' weights."""
    units = np.maximum(inputs @ hidden, 0)
    logit = units @ output[:-1] + output[-1]
    error = (1 / (1 + np.exp(-np.clip(logit, -30, 30))) - targets) / np.float32(len(targets))
    by_output = np.append(units.T @ error, error.sum()).astype(np.float32)
    back = np.outer(error, output[:-1]) * (units > 0)
    return inputs.T @ back + decay * hidden, by_output + decay * output


def fit(examples: Sequence[Example], seed: int = SEED) -> Scorer:
    """Fit the networks one after the other, on every view of the examples.

    Parameters
    ----------
    examples : sequence of Example
        All of them are fitted on; see `fitted_on`.
    seed : int
        Of the initial weights and of the draw of candidates.

    Returns
    -------
    Scorer
    """
    networks: list[Network] = []
    inputs = [[seen.features for seen in example.views] for example in examples]
    known: list[list[Float32Array]] = []
    for turn in range(ROUNDS):
        rng = np.random.default_rng([seed, turn])
        chosen, answers = [], []
        for example, of_views in zip(examples, inputs, strict=True):
            for features, is_beat, counts in zip(of_views, example.is_beat, example.counts, strict=True):
                drawn = counts & (rng.random(len(counts)) < SHARE)
                chosen.append(features[drawn])
                answers.append(is_beat[drawn])
        networks.append(fit_network(np.concatenate(chosen), np.concatenate(answers), seed))
        logits = [[networks[-1](features) for features in of_views] for of_views in inputs]
        if not known:
            known = [
                [with_memory(seen, logit) for seen, logit in zip(example.views, of_views, strict=True)]
                for example, of_views in zip(examples, logits, strict=True)
            ]
        inputs = [
            inputs_of_round(example.views, features, of_views)
            for example, features, of_views in zip(examples, known, logits, strict=True)
        ]
    return Scorer(tuple(networks))


def cross_validate(examples: Sequence[Example], n_folds: int) -> None:
    """Print sensitivity and positive predictivity by database, kind and leads, each patient unseen in the fit.

    Disturbed recordings are judged with noise that the fit has not seen either.

    Parameters
    ----------
    examples : sequence of Example
        As `load_examples` returns them.
    n_folds : int
        Number of patient-grouped folds.
    """
    hearts = [example for example in examples if example.kind != "noise alone"]
    patients = sorted({example.patient for example in hearts})
    fold_of = {p: i % n_folds for i, p in enumerate(np.random.default_rng(SEED).permutation(patients))}
    counts: dict[tuple[str, str, str, str], npt.NDArray[np.int64]] = {}
    for fold in range(n_folds):
        scorer = fit([example for example in fitted_on(examples) if fold_of.get(example.patient) != fold])
        for example in examples:
            judged = fold_of.get(example.patient) == fold or example.patient == "unseen noise"
            if not judged or example.kind == "disturbed":
                continue
            for index, found in enumerate(_count(example, scorer)):
                leads = ("first", "second", "both")[index]
                length = "whole" if example.whole else "strips"
                key = (example.record.split("/")[0], example.kind, length, leads)
                counts[key] = counts.get(key, np.zeros(3, np.int64)) + found
    for (database, kind, length, leads), (found, missed, false) in sorted(counts.items()):
        sensitivity, predictivity = (100 * found / max(found + wrong, 1) for wrong in (missed, false))
        print(
            f"{database:6} {kind:12} {length:6} leads {leads:6}: "
            f"Se {sensitivity:.3f} +P {predictivity:.3f} FN {missed} FP {false}"
        )


def fitted_on(examples: Sequence[Example]) -> list[Example]:
    """Return the examples without those reserved for validation."""
    return [one for one in examples if one.kind != "unseen noise" and one.patient != "unseen noise"]


def _count(example: Example, scorer: Scorer) -> list[npt.NDArray[np.int64]]:
    """Return, for each view, beats found, missed and falsely claimed."""
    counted = []
    for seen, logit, counts in zip(example.views, score(example.views, scorer), example.counts, strict=True):
        position, logit = seen.position[counts], np.clip(logit[counts], -30, 30)
        second = position // round(ENERGY_RATE_HZ)
        errors, _ = ambiguity(position, logit, int(second.max(initial=0)) + 1)
        beats = select_peaks(
            position, 1 / (1 + np.exp(-logit)), round(REFRACTORY_S * ENERGY_RATE_HZ), thresholds(errors[second])
        )
        found = int(nearest_to_a_beat(beats, example.reference).sum())
        counted.append(np.array([found, len(example.reference) - found, len(beats) - found]))
    return counted


def fitted_weights(examples: Sequence[Example]) -> dict[str, Any]:
    """Fit on all examples and return the content of the weights file, with values rounded to five digits."""
    used = fitted_on(examples)
    scorer = fit(used)
    return {
        "fitted_on": sorted({example.record for example in used if example.kind != "noise alone"}),
        "noise": "nstdb/bw and nstdb/ma, the first two thirds of each; no electrode motion (em)",
        "seed": SEED,
        "features": (*FEATURES, *MEMORY, *CONTEXT),
        "networks": [
            {name: [_rounded(row) for row in getattr(network, name)] for name in ARRAYS} for network in scorer.networks
        ],
    }


def _rounded(row: npt.NDArray[np.floating]) -> Any:
    """Return numbers with five significant digits."""
    return [float(f"{value:.5g}") for value in row] if np.ndim(row) else float(f"{row:.5g}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the weights, or cross-validate."""
    parser = argparse.ArgumentParser(description="Fit the scorer of beat candidates.")
    parser.add_argument("--data", type=Path, required=True, help="folder with mitdb, svdb and nstdb")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate by patient, write nothing")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    examples = load_examples(options.data)
    if options.folds:
        cross_validate(examples, options.folds)
        return
    write_text(options.out, json.dumps(fitted_weights(examples)) + "\n")


if __name__ == "__main__":
    main()
