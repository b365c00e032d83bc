"""``score``: annotation files of any detector scored against reference annotations (EC57)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.figures import require_writable, write_figures
from ecg_core.cli.options import add_scoring_options, database_folder, scoring_settings


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("score", help="score annotation files against others: anybody's detector (EC57)")
    command.add_argument("--data", type=database_folder, required=True, help="headers and reference annotations")
    command.add_argument("--reference", default="atr", help="annotator: the files' extension (default: atr)")
    command.add_argument("--test", default="ecgc", help="annotator to score (default: ecgc, as analyse writes)")
    command.add_argument("--test-data", type=Path, metavar="DIR", help="folder of the test annotations, if another")
    command.add_argument("--records", default="all", help="ds1, ds2, all or NAME,... (default: all)")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    add_scoring_options(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score the annotations and print the report. Returns the exit status."""
    from ecg_core.evaluation import assess, load_annotation_pairs, report_dict, report_text

    require_writable(arguments.json)
    results, notes = load_annotation_pairs(
        arguments.data,
        arguments.records,
        arguments.reference,
        arguments.test,
        arguments.test_data,
        without_paced=arguments.without_paced,
    )
    assessment = assess(results, "detected", scoring_settings(arguments), notes)
    print(report_text(assessment), end="")
    annotators = {"reference": arguments.reference, "test": arguments.test}
    write_figures(arguments.json, report_dict(assessment) | {"command": arguments.command_line, **annotators})
    return 0
