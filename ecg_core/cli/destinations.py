"""``destinations``: where signed reports may be sent, and whether those places answer."""

from __future__ import annotations

import argparse
from typing import Any

from ecg_core.cli.options import BAD_INPUT, complain


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser(
        "destinations",
        help="list the archives and servers that signed reports may be sent to",
        epilog="They stand in the file that RHYTHMOSCOPE_DESTINATIONS names.",
    )
    command.add_argument(
        "--check", action="store_true", help="ask each whether it is there, without sending anything of a report"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List the destinations; returns the exit status, which says whether all that were asked have answered."""
    from ecg_core.errors import SendError, SettingError
    from ecg_core.sending import check, destinations

    found = destinations()
    if not found:
        print("No destinations: RHYTHMOSCOPE_DESTINATIONS names no file of them, or one without any.")
    status = 0
    for name, destination in found.items():
        told = ""
        if arguments.check:
            try:
                told = f"  {check(destination)}"
            except (SendError, SettingError) as error:
                complain(str(error))
                told, status = "  failed", BAD_INPUT
        print(f"{name}  {destination.kind}  {destination.title}  {destination.place}{told}")
    return status
