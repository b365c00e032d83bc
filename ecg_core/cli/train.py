"""``train``: train a recipe to a model folder."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecg_core.errors import ModelError
from ecg_core.progress import ProgressLine

if TYPE_CHECKING:
    from ecg_core.training.recipes import AnyRecipe
    from ecg_core.training.run_config import RunConfig


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("train", help="train a recipe to a model folder")
    command.add_argument("recipe", metavar="RECIPE", help="see 'recipes'")
    command.add_argument(
        "--data",
        action="append",
        required=True,
        metavar="NAME|DIR",
        help="ds1, svdb, ... (see 'recipes') or a folder of annotated WFDB records; once for each",
    )
    command.add_argument("--out", type=Path, required=True, help="model folder to write")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--seeds", type=int, default=1, metavar="N", help="train N networks and join them")
    command.add_argument(
        "--folds", type=int, help="patient-grouped folds; 0 for none (default: 3 of 'beat', 0 of the others)"
    )
    command.add_argument(
        "--patients", type=Path, metavar="FILE", help="CSV with columns recording,patient: whose recordings they are"
    )
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="schedule.epochs=20, ...")
    command.add_argument("--noise", type=Path, metavar="DIR", help="mix in recorded noise (nstdb's bw and ma)")
    command.add_argument("--from", dest="start", metavar="MODEL", help="fine-tune this model, made with the recipe")
    command.add_argument("--freeze", action="store_true", help="with --from: leave all before the decision as it is")
    command.add_argument(
        "--leave-database-out",
        action="store_true",
        help="leave out each --data in turn, train on the others, test on it; --out takes one model a direction",
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="with --leave-database-out: write the figures here")
    command.add_argument("--precision", choices=("auto", "float32", "mixed"), default="auto")
    command.add_argument("--logs", type=Path, metavar="DIR", help="write TensorBoard logs here")
    command.set_defaults(run=run)


def run_config(arguments: argparse.Namespace) -> RunConfig[AnyRecipe]:
    """Return the configuration of a run from its command line.

    Raises
    ------
    ModelError
        If there is no such recipe, setting or model, or --freeze is given without --from.
    SourceError
        If the table of patients cannot be read.
    """
    from ecg_core.training import recipes
    from ecg_core.training.fine_tuning import FineTuning
    from ecg_core.training.overrides import changed
    from ecg_core.training.patients import BY_NAME, Patients
    from ecg_core.training.run_config import RunConfig
    from ecg_core.training.runtime import Runtime

    recipe = changed(recipes.get_recipe(arguments.recipe), arguments.set)
    if arguments.freeze and not arguments.start:
        raise ModelError("--freeze leaves a trained model's layers as they are; name that model with --from.")
    return RunConfig(
        recipe=recipe,
        data=tuple(arguments.data),
        out=arguments.out,
        seed=arguments.seed,
        seeds=arguments.seeds,
        folds=arguments.folds,
        patients=Patients.read(arguments.patients) if arguments.patients else BY_NAME,
        noise=arguments.noise,
        fine_tuning=FineTuning.of(arguments.start, arguments.freeze) if arguments.start else None,
        runtime=Runtime(arguments.precision),
        logs=arguments.logs,
        command=arguments.command_line,
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, and print the figures of the model's card. Returns the exit status."""
    from ecg_core.training.train import train

    config = run_config(arguments)
    if arguments.leave_database_out:
        return _leave_database_out(arguments, config)
    with ProgressLine(arguments.recipe) as line:
        folder = train(config, lambda stage, share, text: line.show(f"{stage} {text}".rstrip(), share))
    if not (folder / "card.json").is_file():  # of folds, to measure with
        print(f"Wrote {len(list(folder.glob('fold-*')))} models, each without a fold of the patients, to {folder}")
        return 0
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    size = f"{card['parameters']} parameters, " if card["parameters"] else ""
    print(f"Wrote {folder}: {size}{card['training']['seconds']} s")
    print(json.dumps(card["figures"], indent=2))
    return 0


def _leave_database_out(arguments: argparse.Namespace, config: RunConfig[Any]) -> int:
    """Train and test in every direction, and print the table. Returns the exit status."""
    from ecg_core.cli.figures import require_writable, write_figures
    from ecg_core.training.leave_database_out import directions_text, leave_database_out
    from ecg_core.training.recipes import Recipe

    if not isinstance(config.recipe, Recipe):
        raise ModelError(f"--leave-database-out scores classifiers of beats; {config.recipe.name} is none.")
    require_writable(arguments.json)
    with ProgressLine(arguments.recipe) as line:
        found = leave_database_out(config, lambda stage, share, text: line.show(f"{stage} {text}".rstrip(), share))
    print(directions_text(found))
    write_figures(arguments.json, {"command": arguments.command_line, "directions": found})
    return 0
