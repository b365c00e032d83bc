"""``behaviour``: a classifier on synthetic rhythms with exact truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.figures import require_writable, write_figures, write_to_card
from ecg_core.progress import ProgressLine


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("behaviour", help="try a classifier on synthetic rhythms with exact truth")
    command.add_argument("--model", help="model folder; the shipped one by default")
    command.add_argument("--cases", metavar="TEXT", default="", help="only the cases whose name holds this")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    command.add_argument("--card", action="store_true", help="write the figures into the model's card too")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the cases and print their table. Returns the exit status."""
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.cli.options import complain
    from ecg_core.evaluation.behaviour import behaviour_figures, behaviour_text, cases, run_case

    require_writable(arguments.json)
    chosen = [case for name, case in cases().items() if arguments.cases in name]
    if not chosen:
        return complain(f"No case's name holds {arguments.cases!r}; leave --cases out to see all.")
    if arguments.card and arguments.cases:
        return complain("--card keeps the figures of all cases; leave --cases out.")
    model = load_beat_classifier(arguments.model)
    outcomes = []
    with ProgressLine("Behaviour") as line:
        for number, case in enumerate(chosen):
            line.show(case.name, number / len(chosen))
            outcomes.append(run_case(case, model))
    print(f"Model {model.name} ({model.sha256[:12]})")
    print(behaviour_text(outcomes))
    figures = behaviour_figures(outcomes) | {
        "command": arguments.command_line,
        "model": {"name": model.name, "sha256": model.sha256},
    }
    write_figures(arguments.json, figures)
    if arguments.card:
        write_to_card(model.folder / "card.json", "behaviour", figures)
    return 0
