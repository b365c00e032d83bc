"""``cases``: list and check the teaching cases, or write one as a WFDB record with its truth.

Exit status 0 if every case is sound and the program's analysis agrees with its truth, or the case says why not; else 2.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.options import BAD_INPUT, complain
from ecg_core.progress import ProgressLine


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("cases", help="list and check the teaching cases, or write one")
    command.add_argument("names", nargs="*", metavar="NAME", help="cases to check or write; all by default")
    command.add_argument(
        "--out", type=Path, help="write the named cases as WFDB records with their truth to this folder"
    )
    command.add_argument(
        "--no-analysis",
        action="store_true",
        help="check schema and truth only, not the program's analysis of the cases",
    )
    command.add_argument("--model", help="model folder; the shipped one by default")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check or write cases; returns the exit status."""
    from ecg_core.teaching.library import case_library

    library = case_library()
    chosen = [library.find(name) for name in arguments.names] or list(library.cases.values())
    if arguments.out is not None:
        return _write(arguments, chosen)
    return _check(arguments, library, chosen)


def _write(arguments: argparse.Namespace, chosen: list[Any]) -> int:
    from ecg_core.teaching.signals import write_case

    if not arguments.names:
        return complain("Name the cases to write; python -m ecg_core cases lists them.")
    for case in chosen:
        print(write_case(case, arguments.out, case.name))
    return 0


def _check(arguments: argparse.Namespace, library: Any, chosen: list[Any]) -> int:
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.teaching.checking import check_case

    model = None if arguments.no_analysis else load_beat_classifier(arguments.model)
    n_failed = 0
    for name, problem in library.problems.items() if not arguments.names else ():
        n_failed += 1
        complain(f"{name}: {problem}")
    for number, case in enumerate(chosen):
        with ProgressLine("cases") as line:
            line.show(case.name, number / len(chosen))
            check = check_case(case, library, model)
        state = "ok" if check.passed else "FAILED"
        known = f", {len(check.differences)} known differences" if check.passed and check.differences else ""
        extent = "" if check.analysed else ", not analysed"
        print(f"{case.name:36} {case.text.level:9} {case.text.topic:32} {state}{known}{extent}", flush=True)
        n_failed += not check.passed
        for text in (*check.problems, *check.unexplained):
            complain(f"{case.name}: {text}")
        for name in check.stale:
            complain(f"{case.name}: the known difference “{name}” does not occur any more; remove it.")
    print(f"{len(chosen) - n_failed} of {len(chosen)} cases are sound.")
    return BAD_INPUT if n_failed else 0
