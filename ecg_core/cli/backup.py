"""``backup`` and ``restore``: the database as one file, and such a file as a database, of either kind."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecg_core.cli.databases import add_database_option, chosen_database
from ecg_core.cli.options import complain

if TYPE_CHECKING:
    from ecg_core.review.backup import Summary


def add(commands: Any) -> None:
    """Add the commands to the command line's parser."""
    backup = commands.add_parser("backup", help="write edits, reports, worklist and audit log into one file")
    backup.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write; it must not be there")
    add_database_option(backup)
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="restore a backup into an empty database")
    restore.add_argument("file", type=Path, metavar="FILE", help="what backup has written")
    add_database_option(restore)
    restore.set_defaults(run=_restore)


def _backup(arguments: argparse.Namespace) -> int:
    from ecg_core.review.backup import write_backup
    from ecg_core.review.database import shown

    where = chosen_database(arguments)
    summary = write_backup(where, arguments.out)
    print(f"{shown(where)} -> {arguments.out}: {_told(summary)}")
    # A database that was tampered with is backed up all the same.
    if summary.audit.broken_at is not None:
        sys.stderr.write(f"The audit log is broken at entry {summary.audit.broken_at:,}. {summary.audit.reason}\n")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from ecg_core.review.backup import restore_backup
    from ecg_core.review.database import shown

    where = chosen_database(arguments)
    summary = restore_backup(arguments.file, where)
    print(f"{arguments.file} -> {shown(where)}: {_told(summary)}")
    if summary.audit.broken_at is not None:
        return complain(
            f"Restored, but the audit log is broken at entry {summary.audit.broken_at:,}. {summary.audit.reason}"
        )
    return 0


def _told(summary: Summary) -> str:
    rows = ", ".join(f"{name} {n:,}" for name, n in summary.rows.items() if name != "database_identity")
    last = summary.audit.last
    end = "" if last is None else f"; audit log whole, last hash {last.hash}"
    return f"{rows}{end if summary.audit.broken_at is None else ''}"
