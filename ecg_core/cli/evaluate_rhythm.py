"""``evaluate --rhythm``: episodes of rhythm scored against references, by kind."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ecg_core.cli.figures import write_figures
from ecg_core.cli.options import complain
from ecg_core.errors import ModelError
from ecg_core.progress import ProgressLine
from ecg_core.writing import write_text

if TYPE_CHECKING:
    from ecg_core.rhythm.recognition import RhythmModel

CARD_KEY: Final = "performance"


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of rhythm to those of ``evaluate``."""
    command.add_argument(
        "--rhythm", action="store_true", help="score episodes of rhythm by kind instead of beats; --records is all then"
    )
    command.add_argument(
        "--every", type=int, default=1, metavar="K", help="with --rhythm: every K-th record alone (default: 1)"
    )
    command.add_argument(
        "--rhythm-folds",
        type=Path,
        metavar="DIR",
        help="models of 'train rhythm --folds K': each record is analysed with the one that has not seen its patient",
    )
    command.add_argument(
        "--rhythm-card", type=Path, metavar="DIR", help="with --rhythm --card: folder of the rhythm model's card"
    )


def fold_models(folder: Path | None) -> list[RhythmModel]:
    """Open the models that ``train rhythm --folds`` wrote below a folder."""
    from ecg_core.rhythm.recognition import load_rhythm_model

    if folder is None:
        return []
    folds = sorted(folder.glob("fold-*"))
    if not folds:
        raise ModelError(f"{folder} holds no fold-* models; train them with: train rhythm --folds 3 --out {folder}")
    return [load_rhythm_model(fold) for fold in folds]


def run(arguments: argparse.Namespace) -> int:
    """Score the rhythm of a database, print the figures, write them where asked.

    Raises
    ------
    ModelError
        If the figures are to go into a card that is not there.
    RecordingError, SourceError
        If there is nothing to score, or something cannot be read.
    """
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.evaluation.rhythm_references import rhythm_records
    from ecg_core.evaluation.rhythm_report import performance, rhythm_dict
    from ecg_core.evaluation.rhythm_run import evaluate_rhythm
    from ecg_core.evaluation.rhythm_text import rhythm_text

    if arguments.every < 1:
        return complain("--every takes every record from 1 on: give a whole number of 1 or more.")
    card = rhythm_card(arguments.rhythm_card) if arguments.card else None
    if card is not None:
        _read_card(card)
    choice = arguments.records or ("ds1" if arguments.data.name == "mitdb" else "all")
    names = rhythm_records(arguments.data, choice)[:: arguments.every]
    model = None if arguments.no_classify else load_beat_classifier(arguments.model)
    with ProgressLine("Rhythm") as line:
        assessment = evaluate_rhythm(
            arguments.data,
            names,
            model,
            rhythm_models=fold_models(arguments.rhythm_folds),
            without_first_minutes=arguments.first_minutes == "left-out",
            progress=lambda share, record: line.show(record, share),
        )
    print(f"Model {model.name} ({model.sha256[:12]})" if model else "Beats without classes")
    print(rhythm_text(assessment), end="")
    figures = rhythm_dict(assessment) | {
        "command": arguments.command_line,
        "records": list(names),
        "model": {"name": model.name, "sha256": model.sha256} if model else None,
    }
    write_figures(arguments.json, figures)
    if card is not None:
        found = performance(assessment)
        if choice in ("ds1", "ds2"):
            found = {kind: figures | {"data": choice.upper()} for kind, figures in found.items()}
        write_performance(card, found, arguments.command_line)
        print(f"Wrote the figures of {assessment.data} to {card}")
    return 0


def rhythm_card(folder: Path | None) -> Path:
    """Return the card of a rhythm model: that of a folder, or the shipped one.

    Raises
    ------
    ModelError
        If there is none.
    """
    from ecg_core.classification.model import MODELS_FOLDER
    from ecg_core.rhythm.recognition import DEFAULT_MODEL

    if folder is None:
        folder = MODELS_FOLDER / DEFAULT_MODEL
        if not (folder / "card.json").is_file():
            raise ModelError(
                f"There is no rhythm model {DEFAULT_MODEL} in {MODELS_FOLDER}; leave --card out, or name the model's "
                "folder with --rhythm-card."
            )
    if not folder.is_dir() and (MODELS_FOLDER / folder).is_dir():
        folder = MODELS_FOLDER / folder
    if not (folder / "card.json").is_file():
        raise ModelError(f"{folder} has no card.json; name the folder of a rhythm model.")
    return folder / "card.json"


def write_performance(card_file: Path, found: dict[str, dict[str, Any]], command: str) -> None:
    """Write each kind's figures into a card, under ``performance``.

    A kind that the card already knows from other data keeps those figures if they rest on more reference episodes.

    Parameters
    ----------
    card_file : Path
        ``card.json`` of a model folder.
    found : dict
        Figures by episode kind.
    command : str
        Command that printed them.

    Raises
    ------
    ModelError
        If the card is no JSON object.
    """
    card, held = _read_card(card_file)
    for kind, figures in found.items():
        known = held.get(kind)
        if isinstance(known, dict) and known.get("data") != figures["data"]:
            n_known = known.get("episodes")
            if isinstance(n_known, int | float) and n_known > figures["episodes"]:
                continue
        held[kind] = {name: _rounded(value) for name, value in figures.items()} | {"command": command}
    card[CARD_KEY] = held
    write_text(card_file, _card_text(card))


def _read_card(card_file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a card and what it holds of each kind."""
    try:
        card = json.loads(card_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{card_file} cannot be read ({error}); copy the model folder again.") from error
    held = card.get(CARD_KEY, {}) if isinstance(card, dict) else None
    if not isinstance(held, dict):
        raise ModelError(f"{card_file} is no card with figures by kind; copy the model folder again.")
    return card, held


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) and math.isfinite(value) else value


def _card_text(card: dict[str, Any]) -> str:
    from ecg_core.classification.model import card_text

    return card_text(card) if isinstance(card.get("figures"), dict) else json.dumps(card, indent=2) + "\n"
