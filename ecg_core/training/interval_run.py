"""Training the interval model from annotated databases to a complete model folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.caching import digest_of
from ecg_core.errors import ModelError, SourceError
from ecg_core.progress import StageProgress
from ecg_core.rhythm.interval_features import N_FEATURES
from ecg_core.rhythm.interval_model import DILATIONS, RHYTHMS, softmax
from ecg_core.training.cache import cached_arrays
from ecg_core.training.data_sources import database_path
from ecg_core.training.interval_crops import Crops, make_crops
from ecg_core.training.interval_data import IntervalRecord, interval_records
from ecg_core.training.interval_network import logits_of, temperature_of, train_intervals
from ecg_core.training.interval_recipe import IntervalRecipe
from ecg_core.training.interval_scoring import called, called_by_irregularity, scores
from ecg_core.training.interval_synthesis import made_records
from ecg_core.training.model_folder import write_model_folder
from ecg_core.training.run_config import RunConfig

KIND: Final = "intervals"

DIRECTIONS: Final = (("ltafdb",), ("afdb", "vitaldb_arrdb", "nsrdb"), ("cinc2017", "afib", "mitdb"))
"""Databases that are left out together, to see how the model does on a kind of recording that it has not seen."""

PROTOCOL: Final = (
    "Whole databases are left out, and of LTAFDB a share of its patients at a time; no patient is on both sides. "
    "Episodes of 10 s or more, by duration, against the annotators' AF without exception: the seconds that they mark "
    "as bradycardia, VT or bigeminy inside fibrillation count as found wrongly. CinC 2017 by recording: found if there "
    "is an episode; beats of this program's detector, other databases with the annotators' beats (AFDB: its own "
    "detector's). MIT-BIH's DS2 was not looked at. The smoothing of the episodes was chosen on left-out LTAFDB, DS1 "
    "and CPSC 2021 between settings 0.2 points apart, and by made episodes of 15 s."
)


def train_interval_recipe(config: RunConfig[IntervalRecipe], progress: StageProgress | None = None) -> Path:
    """Train the interval model and write its folder.

    Networks that a killed run has finished are taken from the cache.

    Parameters
    ----------
    config : RunConfig of IntervalRecipe
        Settings of the run. Its folds are the shares of LTAFDB's patients that are left out in turn, beside the whole
        databases of `DIRECTIONS`; 1 leaves out whole databases only, 0 measures nothing and leaves the temperature at
        1.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    SourceError
        If there is nothing to train on.
    """
    recipe, seed, folds = config.recipe, config.seed, config.n_folds
    started = time.monotonic()
    show = progress or (lambda stage, share, text: None)
    records = interval_records([database_path(one) for one in config.data], lambda share: show("Reading", share, ""))
    read = len(records)
    records = [*records, *made_records(recipe.augmentation.made, seed)]
    crops = make_crops(records, seed, recipe.augmentation.share)
    crops_digest = digest_of(crops.given, crops.inside, crops.truth)

    def train(left_out: npt.NDArray[np.bool_], stage: str) -> tuple[dict[str, Any], list[float]]:
        chosen = np.flatnonzero(~left_out[crops.record] & ~left_out[crops.other])
        if not len(chosen):
            raise SourceError(f"{stage}: nothing is left to train on.")
        schedule = asdict(recipe.schedule)

        def compute() -> dict[str, npt.NDArray[Any]]:
            report = lambda done, total, loss: show(stage, done / total, f"loss {loss:.3f}")  # noqa: E731
            weights, losses = train_intervals(crops, chosen, seed=seed, width=recipe.width, report=report, **schedule)
            return {**weights, "losses": np.array(losses)}

        inputs = [crops_digest, digest_of(chosen), seed, recipe.width, schedule, DILATIONS]
        found = dict(cached_arrays("interval-networks", inputs, compute))
        return {key: value for key, value in found.items() if key != "losses"}, found["losses"].tolist()

    temperature = 1.0
    figures: dict[str, Any] = {}
    if folds:
        temperature, figures = _validated(records[:read], len(records), folds, train)
    weights, losses = train(np.zeros(len(records), dtype=bool), "Final network")
    return write_model_folder(
        config,
        KIND,
        weights,
        {
            "rhythms": list(RHYTHMS),
            "features": N_FEATURES,
            "parameters": int(sum(one.size for one in weights.values())),
            "calibration": {"temperature": round(temperature, 4)},
            "data": _data(records[:read], recipe.augmentation.made),
            "protocol": PROTOCOL,
            "tried": [],
            "figures": figures,
        },
        recordings={},
        losses=losses,
        seconds=time.monotonic() - started,
        schedule=asdict(recipe.schedule),
        augmentation=asdict(recipe.augmentation),
        crops=_crops_of(crops, records),
    )


def _validated(
    records: Sequence[IntervalRecord],
    n_all: int,
    folds: int,
    train: Callable[[npt.NDArray[np.bool_], str], tuple[dict[str, Any], list[float]]],
) -> tuple[float, dict[str, Any]]:
    """Leave out whole databases, then shares of LTAFDB's patients; return the temperature and the figures."""
    directions = [(f"without {', '.join(names)}", _of(records, names)) for names in DIRECTIONS]
    parts = [("LTAFDB, patients left out", left) for left in _patient_shares(records, folds)] if folds > 1 else []
    found: dict[str, tuple[list[IntervalRecord], list[npt.NDArray[np.float32]]]] = {}
    for number, (what, left_out) in enumerate([*directions, *parts]):
        if not left_out.any() or left_out.all():
            continue
        padded = np.concatenate((left_out, np.zeros(n_all - len(records), dtype=bool)))
        weights, _ = train(padded, f"Left out {number + 1} of {len(directions) + len(parts)}")
        held, logits = found.setdefault(what, ([], []))
        for record in (records[place] for place in np.flatnonzero(left_out).tolist()):
            held.append(record)
            logits.append(logits_of(weights, record))
    if not found:
        raise ModelError("There is one database only: nothing can be left out; train with --folds 0.")
    every = [(record, values) for held, logits in found.values() for record, values in zip(held, logits, strict=True)]
    temperature = temperature_of([values for _, values in every], [record.truth for record, _ in every])
    af = RHYTHMS.index("fibrillation")
    figures: dict[str, Any] = {"temperature_from": "left-out recordings, each with the same weight"}
    for what, (held, logits) in found.items():
        calls = [
            called(record, softmax(values / np.float32(temperature))[:, af])
            for record, values in zip(held, logits, strict=True)
        ]
        figures[what] = {
            "network": scores(held, calls),
            "irregularity index, 30 s": scores(held, [called_by_irregularity(one) for one in held]),
            "irregularity index, 10 s": scores(held, [called_by_irregularity(one, 10.0) for one in held]),
        }
    return temperature, figures


def _of(records: Sequence[IntervalRecord], databases: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.array([record.database in databases for record in records])


def _patient_shares(records: Sequence[IntervalRecord], folds: int) -> list[npt.NDArray[np.bool_]]:
    places = np.flatnonzero(_of(records, ("ltafdb",)))
    shuffled = np.random.default_rng(0).permutation(places)
    if len(places) < folds:
        return []
    return [np.isin(np.arange(len(records)), shuffled[fold::folds]) for fold in range(folds)]


def _data(records: Sequence[IntervalRecord], made: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for database in dict.fromkeys(record.database for record in records):
        of_it = [record for record in records if record.database == database]
        found[database] = {
            "recordings": len(of_it),
            "hours": round(sum(float(one.rr_s[one.readable].sum()) for one in of_it) / 3600, 1),
            "hours_af": round(sum(float(one.rr_s[one.readable & one.marked].sum()) for one in of_it) / 3600, 1),
        }
    return {**found, "made": {"recordings": made}}


def _crops_of(crops: Crops, records: Sequence[IntervalRecord]) -> Mapping[str, int]:
    names, count = np.unique([records[place].database for place in crops.record], return_counts=True)
    return {str(one): int(n) for one, n in zip(names, count, strict=True)}
