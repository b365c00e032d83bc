"""JSON files of figures and model cards: check the place, write the figures."""

from __future__ import annotations

import json
import os
from errno import EISDIR
from pathlib import Path
from typing import Any

from ecg_core.errors import SourceError
from ecg_core.writing import probe, write_text


def require_writable(file: Path | None) -> None:
    """Refuse a file for figures that cannot be written before they are worked out."""
    if file is None:
        return
    try:
        if file.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        probe(file.parent)
    except OSError as error:
        raise SourceError(
            f"The figures cannot be written to {file}: {error.strerror or error}; give another file."
        ) from error


def write_figures(file: Path | None, figures: dict[str, Any]) -> None:
    """Write figures as JSON; the file's folder is made.

    Parameters
    ----------
    file : Path or None
        Where to write; None writes nothing.
    figures : dict
        Convertible to JSON.
    """
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps(figures, indent=2) + "\n")


def write_to_card(card_file: Path, key: str, figures: dict[str, Any]) -> None:
    """Write figures, rounded to 6 digits, into a model's card; its README follows.

    Parameters
    ----------
    card_file : Path
        ``card.json`` of a model folder.
    key : str
        Where in the card's figures they belong; replaced if there.
    figures : dict
        Convertible to JSON.
    """
    from ecg_core.classification.model import card_text

    card = json.loads(card_file.read_text(encoding="utf-8"))
    card["figures"][key] = json.loads(json.dumps(figures), parse_float=lambda digits: float(f"{float(digits):.6g}"))
    write_text(card_file, card_text(card))
    if "weights_sha256" in card:  # a folder of the product's own network, which has a README
        from ecg_core.training.model_readme import write_readme

        write_readme(card_file.parent)
