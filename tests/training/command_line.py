"""Configurations of training runs from their command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli.train import add, run_config
from ecg_core.training.run_config import RunConfig

OPTIONS = {"settings": "set", "start": "from"}


def configured(recipe: str, data: tuple[str, ...], out: Path, *, command: str = "", **options: Any) -> RunConfig[Any]:
    """Return the configuration of ``train RECIPE --data ... --out ...`` with further options by name."""
    words = ["train", recipe, "--out", str(out)]
    for choice in data:
        words += ["--data", choice]
    for name, value in options.items():
        option = f"--{OPTIONS.get(name, name)}"
        if isinstance(value, bool):
            words += [option] if value else []
            continue
        for each in value if isinstance(value, tuple) else (value,):
            words += [option, str(each)] if each is not None else []
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    return run_config(parser.parse_args(words, argparse.Namespace(command_line=command)))
