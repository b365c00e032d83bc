"""What the commands on the database have in common: the option that names it, and opening it to read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_core import settings
from ecg_core.errors import ReviewError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from ecg_core.review.database import Location


def add_database_option(command: argparse.ArgumentParser) -> None:
    """Add the option that names the database."""
    command.add_argument(
        "--database",
        metavar="ADDRESS",
        help=f"file, or {settings.DATABASE.allowed_text}; RHYTHMOSCOPE_DATABASE or the data folder's by default",
    )


def chosen_database(arguments: argparse.Namespace) -> Location:
    """Return where the database is.

    Raises
    ------
    ReviewError
        If the option names none.
    SettingError
        If the setting names none.
    """
    from ecg_core.review.database import location, location_of

    if arguments.database is None:
        return location()
    if "://" not in arguments.database:
        return Path(arguments.database)
    try:
        return location_of(settings.database_address(arguments.database))
    except ValueError:
        # It may hold a password, and is not repeated.
        raise ReviewError(f"--database cannot be used; it can be a file, {settings.DATABASE.allowed_text}.") from None


def database_to_read(where: Location) -> Engine:
    """Open a database without changing it.

    Raises
    ------
    ReviewError
        If it is not there, cannot be read, or is a newer version's.
    """
    from ecg_core.review.database import shown
    from ecg_core.review.read_only_log import engine_to_read

    if isinstance(where, Path) and not where.is_file():
        raise ReviewError(f"There is no database at {where}.")
    made = engine_to_read(where)
    if made is None:
        raise ReviewError(
            f"{shown(where)} cannot be read: no server answers there, or it is no database of this version."
        )
    return made
