"""``ensemble``: join trained models into one that returns the mean of their probabilities."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("ensemble", help="join trained models into one that says their mean")
    command.add_argument(
        "--member", action="append", required=True, metavar="DIR", help="folder of a trained model; once for each"
    )
    command.add_argument("--weight", type=float, action="append", help="once for each member; all the same by default")
    command.add_argument("--out", type=Path, required=True, help="model folder to write")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the ensemble's model folder. Returns the exit status."""
    from ecg_core.classification.ensemble import save_ensemble

    folder = save_ensemble(
        arguments.out,
        arguments.member,
        arguments.out.resolve().name,
        arguments.weight,
        {"training": {"command": arguments.command_line}},
    )
    print(f"Wrote {folder}: {len(arguments.member)} members")
    return 0
