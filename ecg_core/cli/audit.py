"""``audit``: whether the audit log is whole, and what stands in it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from ecg_core.cli.databases import add_database_option, chosen_database, database_to_read
from ecg_core.cli.options import complain


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("audit", help="verify or list the audit log: who did what, and when")
    asked = command.add_subparsers(dest="asked", required=True, metavar="verify|list", parser_class=type(command))

    verify = asked.add_parser("verify", help="look through the chain of hashes; exit status 2 if it is broken")
    add_database_option(verify)
    verify.add_argument(
        "--expect", metavar="HASH", help="hash that an earlier verification told: it must be there still"
    )
    verify.set_defaults(run=_verify)

    listing = asked.add_parser("list", help="print entries, oldest first")
    add_database_option(listing)
    listing.add_argument("--subject", help="only those about it: the SHA-256 of a recording, or a document")
    listing.add_argument("--last", type=_count, default=50, metavar="N", help="only the newest N (50)")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is no number of entries: give 1 or more")
    return int(text)


def _verify(arguments: argparse.Namespace) -> int:
    from ecg_core.review.audit import AuditLog
    from ecg_core.review.database import shown

    where = chosen_database(arguments)
    made = database_to_read(where)
    found = AuditLog(made).verify(arguments.expect)
    made.dispose()
    if found.broken_at is not None:
        return complain(
            f"{shown(where)}: the audit log is broken at entry {found.broken_at:,}. {found.reason} "
            f"The {found.n_entries:,} entries before it are whole."
        )
    end = "" if found.last is None else f" Last entry {found.last.seq:,} of {found.last.at}, hash {found.last.hash}."
    print(f"{shown(where)}: {found.n_entries:,} entries, whole.{end}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from ecg_core.review.audit import AuditLog, as_lines

    made = database_to_read(chosen_database(arguments))
    entries = AuditLog(made).entries(subject=arguments.subject, last=arguments.last)
    made.dispose()
    if not entries:
        sys.stderr.write("The audit log has no such entries.\n")
    for line in (
        (json.dumps(dataclasses.asdict(entry), ensure_ascii=False) for entry in entries)
        if arguments.json
        else as_lines(entries)
    ):
        print(line)
    return 0
