"""Options, error messages and exit status shared by the commands."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from ecg_core.errors import RecordingError
    from ecg_core.evaluation import Settings
    from ecg_core.formats import TableLayout
    from ecg_core.recording import Recording

BAD_INPUT: Final = 2
_OPTIONS: Final = {
    "fs_hz": "--fs HZ or --time-column NAME",
    "unit": "--unit UNIT",
    "decimal": "--decimal SIGN",
    "invalid_as_gaps": "--invalid-as-gaps",
}


def add_table_options(command: argparse.ArgumentParser) -> None:
    """Add the options by which a person says what a table of numbers does not say itself."""
    command.add_argument("--fs", type=float, metavar="HZ", help="for tables of numbers: their sampling rate")
    command.add_argument("--unit", help="for tables of numbers: mV, uV, V, 200/mV or uncalibrated")
    command.add_argument("--leads", metavar="NAME,...", help="for tables of numbers: their leads, in order")
    command.add_argument(
        "--channels", metavar="NAME,...", help="for files that do not say which channels are ECG: those that are"
    )
    command.add_argument("--time-column", metavar="NAME", help="for tables of numbers: the column of times")
    command.add_argument("--time-unit", metavar="UNIT", help="for tables of numbers: s, ms, us, ns or min")
    command.add_argument("--decimal", choices=(".", ","), help="for tables of numbers: the decimal sign")
    command.add_argument("--date-order", choices=("dmy", "mdy", "ymd"), help="for tables of numbers: order of dates")
    command.add_argument(
        "--invalid-as-gaps", action="store_true", help="for tables of numbers: cells that are no numbers are gaps"
    )


def table_layout(arguments: argparse.Namespace) -> TableLayout:
    """Return what was said of tables of numbers and of channels."""
    from ecg_core.formats import TableLayout

    leads, channels = (
        tuple(name.strip() for name in given.split(",")) if given else None
        for given in (arguments.leads, arguments.channels)
    )
    return TableLayout(
        arguments.fs,
        arguments.unit,
        leads,
        arguments.time_column,
        time_unit=arguments.time_unit,
        decimal=arguments.decimal,
        date_order=arguments.date_order,
        invalid_as_gaps=arguments.invalid_as_gaps or None,
        channels=channels,
    )


def problem_of(error: RecordingError) -> str:
    """Return an error's sentence; where a file leaves something open, with the options that answer it."""
    from ecg_core.formats import ChannelsNeededError, LayoutNeededError

    if isinstance(error, ChannelsNeededError):
        return f"{error} Option: --channels NAME,..."
    if not isinstance(error, LayoutNeededError):
        return str(error)
    options = [_OPTIONS[field] for field in error.missing]
    return f"{error} Options: {', '.join(options)}."


def tell_notes(recording: Recording) -> None:
    """Print on standard error what was found when a recording was opened."""
    for note in recording.notes:
        sys.stderr.write(f"{recording.name}: {' '.join(note.split())}\n")


def complain(sentence: str) -> int:
    """Tell of a problem in one line on standard error; returns the exit status of bad input."""
    sys.stderr.write(f"{' '.join(sentence.split())}\n")
    return BAD_INPUT


def add_scoring_options(command: argparse.ArgumentParser) -> None:
    """Add the options that choose the scoring protocol, of ``evaluate`` and ``score``."""
    command.add_argument(
        "--mapping", choices=("both", "de_chazal", "bxb"), default="both", help="what e and j count as"
    )
    command.add_argument("--first-minutes", choices=("both", "counted", "left-out"), default="both")
    command.add_argument("--flutter", choices=("ec57", "ignored"), default="ec57", help="marks of ventricular flutter")
    command.add_argument("--fusion", choices=("against-s", "spared"), default="against-s", help="F found as S")
    command.add_argument("--without-paced", action="store_true", help="leave records with paced beats out")
    command.add_argument("--af-runs", action="store_true", help="atrial fibrillation counts as a run of S beats")


def scoring_settings(arguments: argparse.Namespace) -> Settings:
    """Return the scoring protocol that `add_scoring_options` parsed."""
    from ecg_core.evaluation import Settings

    return Settings.chosen(
        arguments.mapping,
        arguments.first_minutes,
        flutter=arguments.flutter,
        fusion_against_s=arguments.fusion == "against-s",
        fibrillation_runs=arguments.af_runs,
    )


def database_folder(named: str) -> Path:
    """Return a folder given by path, or by name below ``$ECG_DATA``; a type for argparse."""
    from ecg_core.errors import SettingError
    from ecg_core.sources.local import database_folder

    try:
        return database_folder(named)
    except SettingError as error:
        raise argparse.ArgumentTypeError(str(error).removesuffix(".")) from None
