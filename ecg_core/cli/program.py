"""The command line: ``python -m ecg_core COMMAND``.

Exit status 0 on success, 2 on bad input with one line for each problem on standard error, never a traceback.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ecg_core import __version__
from ecg_core.cli import (
    analyse,
    audit,
    backup,
    behaviour,
    cases,
    deidentify,
    destinations,
    ensemble,
    evaluate,
    export,
    fetch,
    live_token,
    recipes,
    replay,
    report,
    score,
    screen,
    synth,
    train,
    zoo,
)
from ecg_core.cli.options import BAD_INPUT, complain
from ecg_core.errors import ModelError, RecordingError, ReportError, ReviewError, SettingError, SourceError

PROGRAM = "python -m ecg_core"

_COMMANDS = (
    analyse,
    report,
    screen,
    export,
    deidentify,
    evaluate,
    behaviour,
    score,
    train,
    ensemble,
    recipes,
    zoo,
    synth,
    cases,
    fetch,
    replay,
    live_token,
    audit,
    backup,
    destinations,
)
"""In the order of the help."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; argparse would print the usage before it."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{message[0].upper()}{message[1:]}; see {self.prog} --help.\n")
        raise SystemExit(BAD_INPUT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    int
        The exit status.
    """
    parsed = _parser().parse_args(arguments)
    parsed.command_line = _shown_command(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(parsed.run(parsed))
    except (RecordingError, ModelError, ReportError, ReviewError, SettingError, SourceError) as error:
        return complain(str(error))
    except BrokenPipeError:  # whoever reads the output has read enough
        raise
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        return complain(f"{named}{error.strerror or error}.")
    except FloatingPointError as error:  # a training whose loss is no number any more
        return complain(str(error))
    except KeyboardInterrupt:
        return complain("Stopped.")


def _shown_command(arguments: Sequence[str]) -> str:
    """Return the command for cards and results: folders outside the working folder by their last name alone."""
    shown = [Path(word).name if Path(word).is_absolute() or word.startswith("..") else word for word in arguments]
    return f"{PROGRAM} {shlex.join(shown)}"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Rhythmoscope: find, classify and explain the beats of an ECG.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for command in _COMMANDS:
        command.add(commands)
    return parser
