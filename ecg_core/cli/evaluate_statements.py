"""``evaluate --statements``: diagnostic statements against those of a 12-lead database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ecg_core.cli.figures import write_figures
from ecg_core.progress import ProgressLine
from ecg_core.writing import write_text


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the option of statements to those of ``evaluate``."""
    command.add_argument(
        "--statements",
        action="store_true",
        help="score diagnostic statements (PTB-XL, LUDB, headers with #Dx); with --card keep the figures for display",
    )


def wanted(arguments: argparse.Namespace) -> bool:
    """Tell whether statements are to be scored: where asked, and for ``--waves`` on PTB-XL, which marks no waves."""
    from ecg_core.evaluation.stated_rhythms import PTBXL_TABLE

    return bool(arguments.statements or (arguments.waves and (arguments.data / PTBXL_TABLE).is_file()))


def run(arguments: argparse.Namespace) -> int:
    """Score the statements of a database, print the figures, write them where asked.

    Raises
    ------
    RecordingError
        If there is nothing to score, or something cannot be read.
    """
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.delineation.wave_model import load_wave_model
    from ecg_core.evaluation.statement_run import interpreted
    from ecg_core.evaluation.statement_scores import count_statements, statement_figures, statement_text

    model = None if arguments.no_classify else load_beat_classifier(arguments.model)
    with ProgressLine("Statements") as line:
        results = list(interpreted(arguments.data, model, lambda share, record: line.show(record, share)))
    counts = count_statements((reference, found) for _, reference, found in results)
    waves = load_wave_model()
    print(f"Waves by {waves.name} ({waves.sha256[:12]})\n\n{statement_text(counts)}", end="")
    figures = {
        "command": arguments.command_line,
        "model": {"name": waves.name, "sha256": waves.sha256},
        "figures": statement_figures(counts),
        "records": {
            record: {"stated": sorted(reference.stated), "found": list(found.codes)}
            for record, reference, found in results
        },
    }
    write_figures(arguments.json, figures)
    if arguments.card:
        _keep(figures)
    return 0


def _keep(figures: dict[str, Any]) -> None:
    """Keep the figures of the databases scored in the package; those of other databases stay."""
    from ecg_core.interpretation.performance import PERFORMANCE_FILE

    kept: dict[str, Any] = {"figures": {}, "commands": {}}
    if PERFORMANCE_FILE.is_file():
        kept = json.loads(PERFORMANCE_FILE.read_text(encoding="utf-8"))
    for code, by_database in figures["figures"].items():
        for database, counts in by_database.items():
            kept["figures"].setdefault(code, {})[database] = counts
            kept["commands"][database] = figures["command"]
    kept["model"] = figures["model"]
    write_text(Path(PERFORMANCE_FILE), json.dumps(kept, indent=1) + "\n")
    print(f"Wrote the figures to {PERFORMANCE_FILE}")
