"""``synth``: write a synthetic recording with its exact truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.errors import RecordingError
from ecg_core.progress import ProgressLine


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("synth", help="write a synthetic recording with its exact truth")
    command.add_argument(
        "scenario", metavar="NAME", nargs="?", help="a scenario or a 12-lead condition, or 'demos' for all demos"
    )
    command.add_argument("--list", action="store_true", help="list scenarios and conditions")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--hours", type=float, help="length; the scenario's own by default")
    length.add_argument("--seconds", type=float, help="length; 10 s for conditions by default")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--noise", type=float, help="factor on the noise of a condition, 0 for none; 1 by default")
    command.add_argument("--out", type=Path, default=Path(), help="folder to write to")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the recording of a scenario or a condition, or list both. Returns the exit status.

    Raises
    ------
    RecordingError
        If there is no such name, the arguments make no sense, or the files cannot be written.
    """
    from ecg_core.synthesis import scenarios
    from ecg_core.synthesis.conditions import CONDITIONS

    name = arguments.scenario
    if arguments.list or name == "list":
        _list()
        return 0
    if name is None:
        raise RecordingError("Name a scenario or a condition, or give --list.")
    if name == "demos":
        return _write_demos(arguments)
    if name in CONDITIONS:
        return _write_condition(arguments, name)
    if name not in scenarios():
        raise RecordingError(f"There is no scenario {name!r} and no condition of this name; see synth --list.")
    if arguments.noise is not None:
        raise RecordingError(f"{name}: --noise is for conditions; a scenario has the noise that it scripts.")
    return _write_scenario(arguments, name, _hours(arguments))


def _list() -> None:
    from ecg_core.synthesis import scenarios
    from ecg_core.synthesis.conditions import CONDITIONS

    print("Scenarios, with beats and rhythm:")
    for scenario in scenarios().values():
        print(f"  {scenario.name:22} {scenario.description}")
    print("Conditions, twelve leads with beats, rhythm and waves:")
    for condition in CONDITIONS.values():
        print(f"  {condition.name:22} {condition.description}")


def _write_demos(arguments: argparse.Namespace) -> int:
    from ecg_core.synthesis import scenarios
    from ecg_core.synthesis.condition_writing import DEMOS, write_condition

    for name in scenarios():
        if name.startswith("demo_"):
            _write_scenario(arguments, name, _hours(arguments))
    for record, condition in DEMOS.items():
        print(write_condition(condition, arguments.out, seed=arguments.seed, record_name=record))
    return 0


def _write_scenario(arguments: argparse.Namespace, name: str, hours: float | None) -> int:
    from ecg_core.synthesis import write_scenario

    with ProgressLine(name) as line:
        header = write_scenario(name, arguments.out, hours, arguments.seed, lambda share: line.show("Writing", share))
    print(header)
    return 0


def _write_condition(arguments: argparse.Namespace, name: str) -> int:
    from ecg_core.synthesis.condition_writing import write_condition

    seconds = arguments.seconds if arguments.hours is None else 3600 * arguments.hours
    noise = 1.0 if arguments.noise is None else arguments.noise
    print(write_condition(name, arguments.out, duration_s=seconds, seed=arguments.seed, noise=noise))
    return 0


def _hours(arguments: argparse.Namespace) -> float | None:
    return arguments.hours if arguments.seconds is None else float(arguments.seconds) / 3600
