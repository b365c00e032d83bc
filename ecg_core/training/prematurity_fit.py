"""A beat model with trees that tell S from N by intervals, as a folder of its own.

``python -m ecg_core.training.prematurity_fit MODEL --data ds1 --data svdb --data ltafdb ... --out DIR``: the network
stays as it is; the trees learn from annotated beats, with or without a signal.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from ecg_core.classification.model import card_text, load_model, model_folder
from ecg_core.classification.prematurity import PREFIX, SECOND_PREFIX
from ecg_core.errors import ModelError, SourceError
from ecg_core.model_files import read_arrays
from ecg_core.rhythm.boosted_trees import BoostedTrees
from ecg_core.training.data_sources import ALIASES, data_folder, database_path
from ecg_core.training.interval_data import database_of
from ecg_core.training.model_readme import DATABASES, write_readme
from ecg_core.training.prematurity_data import (
    AnnotatedBeats,
    PrematurityExamples,
    annotated_beats,
    prematurity_examples,
    second_examples,
)
from ecg_core.training.rhythm_trees import exported_trees
from ecg_core.writing import replacing, write_text

SETTINGS: Final[dict[str, Any]] = {
    "max_iter": 150,
    "learning_rate": 0.12,
    "max_leaf_nodes": 16,
    "min_samples_leaf": 60,
    "l2_regularization": 1.0,
    "max_features": 0.5,
    "early_stopping": False,
}
SECOND_SETTINGS: Final[dict[str, Any]] = {
    "max_iter": 100,
    "learning_rate": 0.1,
    "max_leaf_nodes": 10,
    "min_samples_leaf": 300,
    "l2_regularization": 3.0,
    "max_features": 0.5,
    "early_stopping": False,
}
FOLDS: Final = 3
"""The second trees learn from what first trees say of recordings that these did not learn from."""

WEIGHT: Final = 0.7
"""Of the trees in the log-odds, beside the network."""

SHARES: Final = {"vitaldb_arrdb": 0.5, "ltdb": 0.5, "nsrdb": 0.3, "sddb": 0.3}
"""Weight of databases; 1 for the others. Few S, patients under anaesthesia, or healthy people alone."""

_DATA_OF_TREES: Final = " Trees on intervals, from annotations alone:"


def with_trees(source: Path, folders: Sequence[Path], out: Path, command: str, seed: int = 1) -> Path:
    """Copy a model folder, with trees beside the network.

    Parameters
    ----------
    source : Path
        The model folder.
    folders : sequence of Path
        Databases, see :func:`ecg_core.training.prematurity_data.prematurity_examples`.
    out : Path
        Folder to write, which must not exist; its last part is the new model's name.
    command : str
        Command line, as the card records it.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        If there is no such model, or the folder exists.
    SourceError
        If there is nothing to learn from.
    """
    model = load_model(source)
    if out.exists():
        raise ModelError(f"{out} exists; give a folder that does not.")
    began = time.monotonic()
    recordings = annotated_beats(folders)
    examples = prematurity_examples(recordings, SHARES, seed)
    arrays = dict(read_arrays(model.folder / "weights.npz"))
    arrays |= _arrays(PREFIX, _fitted(examples, SETTINGS, seed))
    second = second_examples(recordings, _trees_of_others(recordings, seed), SHARES, seed)
    arrays |= _arrays(SECOND_PREFIX, _fitted(second, SECOND_SETTINGS, seed))
    out.mkdir(parents=True)
    with replacing(out / "weights.npz") as partial:
        np.savez_compressed(partial, allow_pickle=False, **arrays)
    card: dict[str, Any] = json.loads((model.folder / "card.json").read_text(encoding="utf-8"))
    card |= {"name": out.name, "figures": {}, "prematurity": {"weight": WEIGHT}}
    network_data = str(card["data"]).split(_DATA_OF_TREES)[0]
    card["data"] = f"{network_data}{_DATA_OF_TREES} {_titles(folders)}."
    card["weights_sha256"] = hashlib.sha256((out / "weights.npz").read_bytes()).hexdigest()
    card["prematurity_training"] = {
        "command": command,
        "from": model.name,
        "seed": seed,
        "settings": SETTINGS,
        "second_settings": SECOND_SETTINGS,
        "shares": SHARES,
        "beats": _counted(examples, "recordings"),
        "second_beats": _counted(second, "half_hours"),
        "seconds": round(time.monotonic() - began),
        "date": datetime.now(UTC).date().isoformat(),
    }
    write_text(out / "card.json", card_text(card))
    load_model(out)
    write_readme(out)
    return out


def _fitted(examples: PrematurityExamples, settings: dict[str, Any], seed: int) -> BoostedTrees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    classifier = HistGradientBoostingClassifier(random_state=seed, **settings)
    return exported_trees(classifier.fit(examples.features, examples.premature, sample_weight=examples.weight))


def _trees_of_others(recordings: Sequence[AnnotatedBeats], seed: int) -> list[BoostedTrees]:
    """Return for each recording first trees that learnt from the others of its database, and of all databases."""
    fold = np.arange(len(recordings)) % FOLDS
    of_fold = [
        _fitted(
            prematurity_examples(
                [beats for beats, own in zip(recordings, fold, strict=True) if own != number], SHARES, seed
            ),
            SETTINGS,
            seed,
        )
        for number in range(FOLDS)
    ]
    return [of_fold[number] for number in fold]


def _arrays(prefix: str, trees: BoostedTrees) -> dict[str, Any]:
    stored = {prefix + name: getattr(trees, name) for name in ("feature", "threshold", "kept", "value")}
    return stored | {prefix + "offset": np.array(trees.offset, dtype=np.float32)}


def _counted(examples: PrematurityExamples, unit: str) -> dict[str, dict[str, int]]:
    return {name: dict(zip((unit, "N", "S"), counts, strict=True)) for name, counts in examples.counts.items()}


def _titles(folders: Sequence[Path]) -> str:
    names = [database_of(folder) for folder in folders]
    return "; ".join(DATABASES.get(name, name) + (", de Chazal's DS1" if name == "mitdb" else "") for name in names)


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy a model and add trees. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ecg_core.training.prematurity_fit")
    parser.add_argument("model", help="model folder, or a name in models/")
    parser.add_argument("--data", action="append", required=True, metavar="NAME|DIR", help="once for each database")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    given = list(sys.argv[1:] if arguments is None else arguments)
    parsed = parser.parse_args(given)
    try:
        folders = [_folder(choice) for choice in parsed.data]
        out = with_trees(
            model_folder(parsed.model), folders, parsed.out, f"{parser.prog} {' '.join(given)}", parsed.seed
        )
    except (ModelError, SourceError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Wrote {out}")
    return 0


def _folder(choice: str) -> Path:
    """Return the folder of a data set to train on, else of a database of annotations."""
    return data_folder(choice) if ALIASES.get(choice, choice) in ("ds1", "svdb") else database_path(choice)


if __name__ == "__main__":
    raise SystemExit(main())
