"""``evaluate --explanations``: how far a model's explanations can be trusted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecg_core.cli.figures import write_figures, write_to_card
from ecg_core.cli.options import complain
from ecg_core.progress import ProgressLine


def evaluate_explanations(arguments: argparse.Namespace, names: Sequence[str], left_out: Sequence[str]) -> int:
    """Measure the explanations of a model and print the figures.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of ``evaluate``.
    names : sequence of str
        Records.
    left_out : sequence of str
        Notes on records that are not measured.

    Returns
    -------
    int
        The exit status.
    """
    from ecg_core.classification.model import load_model
    from ecg_core.evaluation.explanations import explanation_figures
    from ecg_core.evaluation.explanations_text import explanations_text
    from ecg_core.explanation import CARD_KEY

    if arguments.no_classify or arguments.peaks == "detected" or arguments.beats < 1:
        return complain("--explanations needs the model, the reference's peaks and one beat of each class or more.")
    model = load_model(arguments.model)
    other = load_model(arguments.other_model) if arguments.other_model else None
    with ProgressLine("Explanations") as line:
        figures = explanation_figures(
            arguments.data,
            names,
            model,
            other,
            arguments.beats,
            progress=lambda share, text: line.show(text, share),
            annotator=arguments.reference,
        )
    figures |= {
        "notes": [*left_out, *trained_on_notes(model, arguments.data, names)],
        "command": arguments.command_line,
        "model": {"name": model.name, "sha256": model.sha256},
    }
    print(f"Explanations of {model.name} ({model.sha256[:12]})")
    print(explanations_text(figures), end="")
    write_figures(arguments.json, figures)
    if arguments.card:
        write_to_card(model.folder / "card.json", CARD_KEY, figures)
    return 0


def trained_on_notes(model: Any, data: Path, names: Sequence[str]) -> list[str]:
    """Return a note if a model was trained on records that it is measured on.

    Parameters
    ----------
    model : BeatModel
        With its card.
    data : Path
        Folder of the records.
    names : sequence of str
        Records that it is measured on.

    Returns
    -------
    list of str
        Empty where the model was trained on none of them.
    """
    from ecg_core.classification.history import recordings_trained_on
    from ecg_core.formats import open_recording

    trained = recordings_trained_on(model.card.get("training"))
    alike = [name for name in names if name in trained]
    digests = set(trained.values())
    seen = [name for name in alike if open_recording(data / f"{name}.hea", name=name).sha256 in digests]
    if not seen:
        return []
    return [f"The model was trained on {' '.join(seen)}: figures on these say nothing of new patients"]
