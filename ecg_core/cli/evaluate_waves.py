"""``evaluate --waves``: boundaries of P, QRS and T scored against marks made by hand."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecg_core.cli.figures import write_figures
from ecg_core.cli.options import complain
from ecg_core.errors import ModelError
from ecg_core.progress import ProgressLine
from ecg_core.writing import write_text

if TYPE_CHECKING:
    from ecg_core.delineation.wave_model import WaveModel


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of waves to those of ``evaluate``."""
    command.add_argument(
        "--waves",
        action="store_true",
        help="score the boundaries of P, QRS and T instead of beats (LUDB), or diagnostic statements (PTB-XL)",
    )
    command.add_argument(
        "--waves-folds",
        type=Path,
        metavar="DIR",
        help="models of 'train waves --folds K': each record is delineated with the one that has not seen its patient",
    )


def fold_models(folder: Path | None) -> list[WaveModel]:
    """Open the models that ``train waves --folds`` wrote below a folder."""
    from ecg_core.delineation.wave_model import load_wave_model

    if folder is None:
        return []
    folds = sorted(folder.glob("fold-*"))
    if not folds:
        raise ModelError(f"{folder} holds no fold-* models; train them with: train waves --folds 4 --out {folder}")
    return [load_wave_model(fold) for fold in folds]


def run(arguments: argparse.Namespace) -> int:
    """Score the waves of a database, print the figures, write them where asked.

    Raises
    ------
    ModelError
        If the models of the folds are not there.
    RecordingError, SourceError
        If there is nothing to score, or something cannot be read.
    """
    from ecg_core.delineation.wave_model import DEFAULT_MODEL, load_wave_model
    from ecg_core.evaluation.wave_run import evaluate_waves
    from ecg_core.evaluation.wave_text import wave_text
    from ecg_core.paths import MODELS_FOLDER

    models = fold_models(arguments.waves_folds) or [load_wave_model()]
    with ProgressLine("Waves") as line:
        scores, skipped = evaluate_waves(arguments.data, models, lambda share, record: line.show(record, share))
    if not scores.n_records:
        return complain("None of the records was held out by these models; give those of 'train waves --folds'.")
    figures: dict[str, Any] = {
        "data": arguments.data.name,
        "records": scores.n_records,
        "skipped": skipped,
        "models": [{"name": model.name, "sha256": model.sha256} for model in models],
        "command": arguments.command_line,
        **scores.as_dict(),
    }
    print(wave_text(figures, cross_validated=bool(arguments.waves_folds)), end="")
    write_figures(arguments.json, figures)
    if arguments.card:
        _write_card(MODELS_FOLDER / DEFAULT_MODEL, figures, bool(arguments.waves_folds))
    return 0


def _write_card(folder: Path, figures: dict[str, Any], cross_validated: bool) -> None:
    """Keep the figures in the shipped model's card and README."""
    from ecg_core.training.model_readme import write_readme

    file = folder / "card.json"
    card = json.loads(file.read_text(encoding="utf-8"))
    name = f"{figures['data']}, {'patients left out' if cross_validated else 'same patients as in training'}"
    card.setdefault("figures", {})[name] = figures
    write_text(file, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_readme(folder)
    print(f"Wrote the figures to {file}")
