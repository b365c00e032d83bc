"""``synth``: write a synthetic recording with its exact truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.progress import ProgressLine


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("synth", help="write a synthetic recording with its exact truth")
    command.add_argument("scenario", metavar="SCENARIO", help="a scenario's name, 'demos' for all demos, or 'list'")
    command.add_argument("--hours", type=float, help="length; the scenario's own by default")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--out", type=Path, default=Path(), help="folder to write to")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the scenario's recording, or list the scenarios. Returns the exit status."""
    from ecg_core.synthesis import scenarios, write_scenario

    if arguments.scenario == "list":
        for scenario in scenarios().values():
            print(f"{scenario.name:20} {scenario.description}")
        return 0
    demos = [name for name in scenarios() if name.startswith("demo_")]
    for name in demos if arguments.scenario == "demos" else [arguments.scenario]:
        with ProgressLine(name) as line:
            header = write_scenario(
                name, arguments.out, arguments.hours, arguments.seed, lambda share: line.show("Writing", share)
            )
        print(header)
    return 0
