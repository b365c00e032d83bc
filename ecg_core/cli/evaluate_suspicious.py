"""``evaluate --suspicious``: labels of the reference that several models contradict, and the scores without them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_core.cli.evaluate_explanations import trained_on_notes
from ecg_core.cli.figures import require_writable, write_figures
from ecg_core.cli.options import complain, scoring_settings
from ecg_core.progress import ProgressLine

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier
    from ecg_core.evaluation import RecordBeats


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of suspicious labels to those of ``evaluate``."""
    command.add_argument(
        "--suspicious",
        action="append",
        metavar="MODEL",
        help="list the labels that all these models call otherwise, and score --model with and without them; "
        "once for each of two models or more",
    )
    command.add_argument("--list", type=Path, metavar="FILE", help="with --suspicious: write each label here, as CSV")


def run(arguments: argparse.Namespace) -> int:
    """Print the suspicious labels of each record and the scores. Returns the exit status."""
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.evaluation import choose_records
    from ecg_core.evaluation.suspicious_labels import (
        MIN_MODELS,
        suspicious_dict,
        suspicious_labels,
        suspicious_text,
        write_suspicious,
    )

    if len(set(arguments.suspicious)) < MIN_MODELS or arguments.peaks != "reference" or arguments.no_classify:
        return complain(
            f"--suspicious takes {MIN_MODELS} different models or more, and the reference's beats: "
            "give it once for each, and leave --peaks detected and --no-classify out."
        )
    require_writable(arguments.list)
    names, left_out = choose_records(arguments.data, arguments.records, arguments.reference)
    models = [load_beat_classifier(name) for name in (arguments.model, *arguments.suspicious)]
    classified = {
        model.sha256: _classified(model, arguments, names) for model in {m.sha256: m for m in models}.values()
    }
    judged, *judges = (classified[model.sha256] for model in models)
    protocol = scoring_settings(arguments).protocols("reference", labelled=True)[0]
    suspicious = suspicious_labels(judges, protocol.mapping)
    figures = suspicious_dict(judged, suspicious, protocol)
    print(f"Model {models[0].name}; labels judged by {', '.join(model.name for model in models[1:])}")
    for note in dict.fromkeys(
        [*left_out, *(n for model in models for n in trained_on_notes(model, arguments.data, names))]
    ):
        print(note)
    print(f"\n{suspicious_text(figures)}", end="")
    if arguments.list:
        write_suspicious(arguments.list, suspicious)
    described = {"model": models[0].name, "judges": [model.name for model in models[1:]]}
    write_figures(arguments.json, figures | described | {"command": arguments.command_line})
    return 0


def _classified(model: Classifier, arguments: argparse.Namespace, names: Sequence[str]) -> list[RecordBeats]:
    from ecg_core.evaluation import evaluate_model

    with ProgressLine(f"Evaluating {model.name}") as line:
        return evaluate_model(
            arguments.data,
            names,
            model,
            annotator=arguments.reference,
            progress=lambda share, record: line.show(record, share),
        )
