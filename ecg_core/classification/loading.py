"""Opening a model folder of either kind."""

from __future__ import annotations

import json
from pathlib import Path

from ecg_core.classification.model import BeatModel, load_model, model_folder
from ecg_core.classification.textbook.model import KIND, TextbookModel, load_textbook


def load_classifier(folder: Path | str | None = None) -> BeatModel | TextbookModel:
    """Open a model folder; parameters and errors as :func:`~ecg_core.classification.model.load_model`."""
    path = model_folder(folder)
    try:
        kind = json.loads((path / "card.json").read_text(encoding="utf-8")).get("kind")
    except (OSError, ValueError, AttributeError):
        kind = None  # the loader says what is wrong
    return load_textbook(path) if kind == KIND else load_model(path)
