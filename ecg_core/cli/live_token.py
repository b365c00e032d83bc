"""``live-token``: the token with which live streams are sent."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("live-token", help="make the token with which live streams are sent, or revoke it")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="write it to a file of this account, not to the terminal"
    )
    command.add_argument("--revoke", action="store_true", help="take no live streams any more")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from ecg_core.live.secret import make_token, revoke_token
    from ecg_core.private import private_file
    from ecg_core.writing import write_text

    if arguments.revoke:
        print("No live streams are taken any more." if revoke_token() else "There was no token.")
        return 0
    token = make_token()
    if arguments.out is not None:
        write_text(arguments.out, f"{token}\n")
        private_file(arguments.out)
    else:
        print(token)
    sys.stderr.write("Keep this token: it is shown once, and takes the place of the one before.\n")
    return 0
