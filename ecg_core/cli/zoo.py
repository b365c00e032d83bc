"""``zoo``: train every recipe, measure it on DS2, write the table of models; or check it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.options import complain, database_folder
from ecg_core.progress import ProgressLine


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("zoo", help="train every recipe, measure it on DS2 and write the table")
    command.add_argument("--data", type=database_folder, required=True, help="the MIT-BIH Arrhythmia Database")
    command.add_argument("--out", type=Path, default=Path("models"), help="folder of model folders (default: models)")
    command.add_argument(
        "--check", action="store_true", help="train nothing: measure again, fail where a figure differs"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make or check the zoo. Returns the exit status."""
    from ecg_core.textbook.zoo import check_zoo, make_zoo

    with ProgressLine("zoo") as line:

        def show(stage: str, share: float, text: str) -> None:
            line.show(f"{stage} {text}".rstrip(), share)

        if arguments.check:
            check = check_zoo(arguments.data, arguments.out, show)
        else:
            rows = make_zoo(arguments.data, arguments.out, show)
    if arguments.check:
        for name in check.scored:
            print(f"{name:18} scored")
        for difference in check.differences:
            complain(difference)
        print(f"{len(check.differences) or 'No'} differences from the cards.")
        return 1 if check.differences else 0
    for row in rows:
        figures = "  ".join(f"{name} {value}" for name, value in row["figures"].items())
        print(f"{row['name']:18} {figures}")
    return 0
