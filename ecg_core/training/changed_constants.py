"""A trained model with other constants, as a folder of its own.

Constants shape a result as weights do. A model whose constants change is another model: it gets a name and a folder
of its own, and none of the figures that were measured before
(``python -m ecg_core.training.changed_constants MODEL --set NAME=VALUE --out DIR``).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ecg_core.classification.context import ContextSpec
from ecg_core.classification.model import card_text, load_model, model_folder
from ecg_core.classification.network import NetworkSpec
from ecg_core.errors import ModelError
from ecg_core.training.model_readme import write_readme
from ecg_core.training.overrides import changed
from ecg_core.writing import write_text

_PARTS: Final = ("network", "context")


def with_constants(source: Path, out: Path, assignments: Sequence[str], command: str) -> Path:
    """Copy a model folder with other constants.

    Parameters
    ----------
    source : Path
        The model folder.
    out : Path
        Folder to write, which must not exist; its last part is the new model's name.
    assignments : sequence of str
        ``network.NAME=VALUE`` or ``context.NAME=VALUE``; ``context=None`` leaves out every rule on the recording's
        context.
    command : str
        Command line, as the card records it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        If there is no such model or constant, or the folder exists.
    """
    model = load_model(source)
    if out.exists():
        raise ModelError(f"{out} exists; give a folder that does not.")
    card: dict[str, Any] = json.loads((model.folder / "card.json").read_text(encoding="utf-8"))
    for assignment in assignments:
        part, _, rest = assignment.partition(".")
        if assignment == "context=None":
            card.pop("context", None)
        elif part == "network":
            # A constant that a card does not hold has no value whose kind could be asked for.
            spec = NetworkSpec.from_dict({"usual_interval_s": 1.0, **card["network"]})
            card["network"] = changed(spec, [rest]).to_dict()
        elif part == "context" and "context" in card:
            card["context"] = changed(ContextSpec.from_dict(card["context"]), [rest]).to_dict()
        else:
            raise ModelError(f"{assignment!r} sets nothing; give network.NAME=VALUE or context.NAME=VALUE.")
    card |= {"name": out.name, "figures": {}}
    card["changed_constants"] = {"from": model.name, "set": list(assignments), "command": command}
    out.mkdir(parents=True)
    shutil.copy(model.folder / "weights.npz", out / "weights.npz")
    write_text(out / "card.json", card_text(card))
    load_model(out)
    write_readme(out)
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy a model with other constants. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ecg_core.training.changed_constants")
    parser.add_argument("model", help="model folder, or a name in models/")
    parser.add_argument("--set", action="append", required=True, metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    given = list(sys.argv[1:] if arguments is None else arguments)
    parsed = parser.parse_args(given)
    try:
        out = with_constants(model_folder(parsed.model), parsed.out, parsed.set, f"{parser.prog} {' '.join(given)}")
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Wrote {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
