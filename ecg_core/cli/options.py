"""Options, error messages and exit status shared by the commands."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ecg_core.formats import TableLayout

BAD_INPUT: Final = 2


def add_table_options(command: argparse.ArgumentParser) -> None:
    """Add the options by which a person says what a table of numbers does not say itself."""
    command.add_argument("--fs", type=float, metavar="HZ", help="for tables of numbers: their sampling rate")
    command.add_argument("--unit", help="for tables of numbers: mV, uV, V, 200/mV or uncalibrated")
    command.add_argument("--leads", metavar="NAME,...", help="for tables of numbers: their leads, in order")
    command.add_argument("--time-column", metavar="NAME", help="for tables of numbers: the column of times in s")


def table_layout(arguments: argparse.Namespace) -> TableLayout:
    """Return what was said of tables of numbers."""
    from ecg_core.formats import TableLayout

    leads = tuple(name.strip() for name in arguments.leads.split(",")) if arguments.leads else None
    return TableLayout(arguments.fs, arguments.unit, leads, arguments.time_column)


def complain(sentence: str) -> int:
    """Tell of a problem in one line on standard error; returns the exit status of bad input."""
    sys.stderr.write(f"{' '.join(sentence.split())}\n")
    return BAD_INPUT
