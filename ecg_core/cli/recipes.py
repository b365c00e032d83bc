"""``recipes``: list the recipes and data sets that ``train`` knows."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("recipes", help="list what can be trained")
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print the lists. Returns the exit status."""
    from ecg_core.training.data_sources import DATA_SETS
    from ecg_core.training.recipes import recipes

    for name, recipe in sorted(recipes().items()):
        print(f"{name:20} {recipe.summary}")
    print("\nData sets, found below $ECG_DATA; any folder of annotated WFDB records is another:")
    for name, data_set in DATA_SETS.items():
        print(f"{name:20} {data_set.title}")
    return 0
