"""The command line: ``python -m ecg_core COMMAND``.

Exit status 0 on success, 2 on bad input with one line for each problem on standard error, never a traceback.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from errno import EISDIR
from pathlib import Path
from typing import Any, NoReturn

from ecg_core import __version__
from ecg_core.cli import alarms, analyse, deidentify, evaluate_rhythm, export
from ecg_core.cli.options import BAD_INPUT, complain
from ecg_core.errors import ModelError, RecordingError, SettingError, SourceError
from ecg_core.progress import ProgressLine
from ecg_core.writing import probe, write_text

_DATA_HELP = "folder of annotated WFDB records, or its name below $ECG_DATA"

PROGRAM = "python -m ecg_core"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; argparse would print the usage before it."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{message[0].upper()}{message[1:]}; see {self.prog} --help.\n")
        raise SystemExit(BAD_INPUT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    int
        The exit status.
    """
    parsed = _parser().parse_args(arguments)
    parsed.command_line = _shown_command(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(parsed.run(parsed))
    except (RecordingError, ModelError, SettingError, SourceError) as error:
        return complain(str(error))
    except BrokenPipeError:  # whoever reads the output has read enough
        raise
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        return complain(f"{named}{error.strerror or error}.")
    except FloatingPointError as error:  # a training whose loss is no number any more
        return complain(str(error))
    except KeyboardInterrupt:
        return complain("Stopped.")


def _shown_command(arguments: Sequence[str]) -> str:
    """Return the command for cards and results: folders outside the working folder by their last name alone."""
    shown = [Path(word).name if Path(word).is_absolute() or word.startswith("..") else word for word in arguments]
    return f"{PROGRAM} {shlex.join(shown)}"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Rhythmoscope: find, classify and explain the beats of an ECG.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    analyse.add(commands)

    export.add(commands)
    deidentify.add(commands)

    command = commands.add_parser("evaluate", help="score detection and classification against references (EC57)")
    command.add_argument(
        "--data",
        type=_database_folder,
        required=True,
        help="folder of annotated WFDB records, or its name below $ECG_DATA",
    )
    command.add_argument("--records", help="ds1, ds2, all or NAME,... (default: ds2; with --rhythm all, of mitdb ds1)")
    command.add_argument("--reference", default="atr", help="annotator: the files' extension (default: atr)")
    command.add_argument("--peaks", choices=("reference", "detected"), default="reference")
    command.add_argument("--leads", choices=("first", "all"), default="all", help="leads that detection uses")
    command.add_argument("--no-classify", action="store_true", help="score positions only; needs no TensorFlow")
    command.add_argument("--model", help="model folder; the shipped one by default")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    command.add_argument("--card", action="store_true", help="write the figures into the model's card too")
    command.add_argument(
        "--assisted", type=int, metavar="K", help="what a person adds who labels K families of beats in each record"
    )
    command.add_argument(
        "--explanations", action="store_true", help="measure instead how far the model's explanations can be trusted"
    )
    command.add_argument(
        "--beats", type=int, default=100, metavar="N", help="with --explanations: beats of each class (default: 100)"
    )
    command.add_argument(
        "--other-model", metavar="DIR", help="with --explanations: the same trained with another seed, to compare"
    )
    evaluate_rhythm.add_options(command)
    _add_scoring_options(command)
    alarms.add_option(command)
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("score", help="score annotation files against others: anybody's detector (EC57)")
    command.add_argument("--data", type=_database_folder, required=True, help="headers and reference annotations")
    command.add_argument("--reference", default="atr", help="annotator: the files' extension (default: atr)")
    command.add_argument("--test", default="ecgc", help="annotator to score (default: ecgc, as analyse writes)")
    command.add_argument("--test-data", type=Path, metavar="DIR", help="folder of the test annotations, if another")
    command.add_argument("--records", default="all", help="ds1, ds2, all or NAME,... (default: all)")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    _add_scoring_options(command)
    command.set_defaults(run=_score)

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
    command.add_argument("--precision", choices=("auto", "float32", "mixed"), default="auto")
    command.add_argument("--logs", type=Path, metavar="DIR", help="write TensorBoard logs here")
    command.set_defaults(run=_train)

    command = commands.add_parser("ensemble", help="join trained models into one that says their mean")
    command.add_argument(
        "--member", action="append", required=True, metavar="DIR", help="folder of a trained model; once for each"
    )
    command.add_argument("--weight", type=float, action="append", help="once for each member; all the same by default")
    command.add_argument("--out", type=Path, required=True, help="model folder to write")
    command.set_defaults(run=_ensemble)

    command = commands.add_parser("recipes", help="list what can be trained")
    command.set_defaults(run=_recipes)

    command = commands.add_parser("zoo", help="train every recipe, measure it on DS2 and write the table")
    command.add_argument("--data", type=_database_folder, required=True, help="the MIT-BIH Arrhythmia Database")
    command.add_argument("--out", type=Path, default=Path("models"), help="folder of model folders (default: models)")
    command.add_argument(
        "--check", action="store_true", help="train nothing: measure again, fail where a figure differs"
    )
    command.set_defaults(run=_zoo)

    command = commands.add_parser("synth", help="write a synthetic recording with its exact truth")
    command.add_argument("scenario", metavar="SCENARIO", help="a scenario's name, 'demos' for all demos, or 'list'")
    command.add_argument("--hours", type=float, help="length; the scenario's own by default")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--out", type=Path, default=Path(), help="folder to write to")
    command.set_defaults(run=_synth)

    command = commands.add_parser("fetch", help="download a PhysioNet database or record")
    command.add_argument("database", metavar="DATABASE", help="mitdb, or one record: mitdb/100")
    command.add_argument("--to", type=Path, required=True, help="folder to download to")
    command.set_defaults(run=_fetch)
    return parser


def _add_scoring_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--mapping", choices=("both", "de_chazal", "bxb"), default="both", help="what e and j count as"
    )
    command.add_argument("--first-minutes", choices=("both", "counted", "left-out"), default="both")
    command.add_argument("--flutter", choices=("ec57", "ignored"), default="ec57", help="marks of ventricular flutter")
    command.add_argument("--fusion", choices=("against-s", "spared"), default="against-s", help="F found as S")
    command.add_argument("--without-paced", action="store_true", help="leave records with paced beats out")
    command.add_argument("--af-runs", action="store_true", help="atrial fibrillation counts as a run of S beats")


def _scoring_settings(arguments: argparse.Namespace) -> Any:
    from ecg_core.evaluation import Settings

    return Settings.chosen(
        arguments.mapping,
        arguments.first_minutes,
        flutter=arguments.flutter,
        fusion_against_s=arguments.fusion == "against-s",
        fibrillation_runs=arguments.af_runs,
    )


def _database_folder(named: str) -> Path:
    from ecg_core.sources.local import database_folder

    return database_folder(named)


def _evaluate(arguments: argparse.Namespace) -> int:
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.evaluation import assess, choose_records, evaluate_model, report_dict, report_text

    if arguments.rhythm:
        _require_place(arguments.json)
        return evaluate_rhythm.run(arguments, _write_figures)
    arguments.records = arguments.records or "ds2"
    if arguments.card and arguments.no_classify:
        return complain("--card keeps a model's figures in its card; leave --no-classify out.")
    if arguments.other_model and not arguments.explanations:
        return complain("--other-model is compared by --explanations; give both.")
    if arguments.assisted is not None and (arguments.no_classify or arguments.assisted < 0):
        return complain("--assisted takes the number of families a person labels, and beats that are classified.")
    _require_place(arguments.json)
    if arguments.alarms:
        return alarms.evaluate_alarms(arguments)
    names, left_out = choose_records(arguments.data, arguments.records, arguments.reference)
    if arguments.explanations:
        return _evaluate_explanations(arguments, names, left_out)
    model = None if arguments.no_classify else load_beat_classifier(arguments.model)
    with ProgressLine("Evaluating") as line:
        results = evaluate_model(
            arguments.data,
            names,
            model,
            peaks=arguments.peaks,
            first_lead=arguments.leads == "first",
            annotator=arguments.reference,
            without_paced=arguments.without_paced,
            progress=lambda share, record: line.show(record, share),
        )
    if not results:
        return complain("Every record has paced beats; score them without leaving paced records out.")
    paced = sorted(set(names) - {result.record for result in results})
    notes = [*left_out, *([f"Paced records left out: {' '.join(paced)}"] if paced else [])]
    if arguments.reference != "atr":
        notes.insert(0, f"Reference {arguments.reference}")
    notes += _trained_on(model, arguments.data, names) if model else []
    assessment = assess(results, arguments.peaks, _scoring_settings(arguments), notes)
    figures = report_dict(assessment) | {"command": arguments.command_line, "leads": arguments.leads}
    if model:
        figures["model"] = {"name": model.name, "sha256": model.sha256}
        print(f"Model {model.name} ({model.sha256[:12]})")
    if arguments.peaks == "detected":
        print(f"Detector on {'the first lead' if arguments.leads == 'first' else 'all leads'}")
    print(report_text(assessment), end="")
    if arguments.assisted is not None:
        figures["assisted"] = _assisted(arguments, results, assessment)
    _write_figures(arguments.json, figures)
    if arguments.card and model:
        _write_to_card(model.folder / "card.json", f"{arguments.records}_{arguments.peaks}", figures)
    return 0


def _evaluate_explanations(arguments: argparse.Namespace, names: Sequence[str], left_out: Sequence[str]) -> int:
    from ecg_core.classification.model import load_model
    from ecg_core.evaluation.explanations import explanation_figures
    from ecg_core.evaluation.explanations_text import explanations_text
    from ecg_core.explanation import CARD_KEY

    if arguments.no_classify or arguments.peaks == "detected" or arguments.beats < 1:
        return complain("--explanations needs the model, the reference's peaks and one beat of each class or more.")
    model = load_model(arguments.model)
    other = load_model(arguments.other_model) if arguments.other_model else None
    with ProgressLine("Explanations") as line:
        figures = explanation_figures(
            arguments.data,
            names,
            model,
            other,
            arguments.beats,
            progress=lambda share, text: line.show(text, share),
            annotator=arguments.reference,
        )
    figures |= {
        "notes": [*left_out, *_trained_on(model, arguments.data, names)],
        "command": arguments.command_line,
        "model": {"name": model.name, "sha256": model.sha256},
    }
    print(f"Explanations of {model.name} ({model.sha256[:12]})")
    print(explanations_text(figures), end="")
    _write_figures(arguments.json, figures)
    if arguments.card:
        _write_to_card(model.folder / "card.json", CARD_KEY, figures)
    return 0


def _assisted(arguments: argparse.Namespace, results: Any, assessment: Any) -> dict[str, Any]:
    """Print the curve over the families a person looks at, and return it for the figures."""
    from ecg_core.evaluation.assisted import (
        assisted_curve,
        assisted_dict,
        assisted_text,
        budgets_up_to,
        group_records,
    )

    with ProgressLine("Grouping") as line:
        families = group_records(arguments.data, results, progress=lambda share, record: line.show(record, share))
    protocols = [block.protocol for block in assessment.blocks]
    points = assisted_curve(results, families, protocols, budgets_up_to(arguments.assisted))
    print(f"\n{assisted_text(points, families, arguments.assisted)}", end="")
    return assisted_dict(points, results, families, arguments.assisted)


def _trained_on(model: Any, data: Path, names: Sequence[str]) -> list[str]:
    """Return a note where recordings that a model is measured on stood in its training."""
    from ecg_core.classification.history import recordings_trained_on
    from ecg_core.formats import open_recording

    trained = recordings_trained_on(model.card.get("training"))
    alike = [name for name in names if name in trained]
    digests = set(trained.values())
    seen = [name for name in alike if open_recording(data / f"{name}.hea", name=name).sha256 in digests]
    if not seen:
        return []
    return [f"The model was trained on {' '.join(seen)}: figures on these say nothing of new patients"]


def _score(arguments: argparse.Namespace) -> int:
    from ecg_core.evaluation import assess, load_annotation_pairs, report_dict, report_text

    _require_place(arguments.json)
    results, notes = load_annotation_pairs(
        arguments.data,
        arguments.records,
        arguments.reference,
        arguments.test,
        arguments.test_data,
        without_paced=arguments.without_paced,
    )
    assessment = assess(results, "detected", _scoring_settings(arguments), notes)
    print(report_text(assessment), end="")
    annotators = {"reference": arguments.reference, "test": arguments.test}
    _write_figures(arguments.json, report_dict(assessment) | {"command": arguments.command_line, **annotators})
    return 0


def _require_place(file: Path | None) -> None:
    """Refuse a file for figures that cannot be written before they are worked out."""
    if file is None:
        return
    try:
        if file.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        probe(file.parent)
    except OSError as error:
        raise SourceError(
            f"The figures cannot be written to {file}: {error.strerror or error}; give another file."
        ) from error


def _write_figures(file: Path | None, figures: dict[str, Any]) -> None:
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps(figures, indent=2) + "\n")


def _write_to_card(card_file: Path, key: str, figures: dict[str, Any]) -> None:
    from ecg_core.classification.model import card_text

    card = json.loads(card_file.read_text(encoding="utf-8"))
    card["figures"][key] = json.loads(json.dumps(figures), parse_float=lambda digits: float(f"{float(digits):.6g}"))
    write_text(card_file, card_text(card))
    if "weights_sha256" in card:  # a folder of the product's own network, which has a README
        from ecg_core.training.run import write_card_readme

        write_card_readme(card_file.parent)


def _train(arguments: argparse.Namespace) -> int:
    from ecg_core.training.orders import TrainingOrder, train

    order = TrainingOrder(
        recipe=arguments.recipe,
        data=tuple(arguments.data),
        out=arguments.out,
        seed=arguments.seed,
        seeds=arguments.seeds,
        folds=arguments.folds,
        patients=arguments.patients,
        settings=tuple(arguments.set),
        noise=arguments.noise,
        start=arguments.start,
        freeze=arguments.freeze,
        precision=arguments.precision,
        logs=arguments.logs,
        command=arguments.command_line,
    )
    with ProgressLine(arguments.recipe) as line:
        folder = train(order, lambda stage, share, text: line.show(f"{stage} {text}".rstrip(), share))
    if not (folder / "card.json").is_file():  # of folds, to measure with
        print(f"Wrote {len(list(folder.glob('fold-*')))} models, each without a fold of the patients, to {folder}")
        return 0
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    size = f"{card['parameters']} parameters, " if card["parameters"] else ""
    print(f"Wrote {folder}: {size}{card['training']['seconds']} s")
    print(json.dumps(card["figures"], indent=2))
    return 0


def _ensemble(arguments: argparse.Namespace) -> int:
    from ecg_core.classification.ensemble import save_ensemble

    folder = save_ensemble(
        arguments.out,
        arguments.member,
        arguments.out.resolve().name,
        arguments.weight,
        {"training": {"command": arguments.command_line}},
    )
    print(f"Wrote {folder}: {len(arguments.member)} members")
    return 0


def _recipes(_: argparse.Namespace) -> int:
    from ecg_core.training.data_sources import DATA_SETS
    from ecg_core.training.recipes import recipes

    for name, recipe in sorted(recipes().items()):
        print(f"{name:20} {recipe.summary}")
    print("\nData sets, found below $ECG_DATA; any folder of annotated WFDB records is another:")
    for name, data_set in DATA_SETS.items():
        print(f"{name:20} {data_set.title}")
    return 0


def _zoo(arguments: argparse.Namespace) -> int:
    from ecg_core.textbook.zoo import check_zoo, kept_folder, make_zoo

    with ProgressLine("zoo") as line:

        def show(stage: str, share: float, text: str) -> None:
            line.show(f"{stage} {text}".rstrip(), share)

        if arguments.check:
            check = check_zoo(arguments.data, arguments.out, show)
        else:
            rows = make_zoo(arguments.data, arguments.out, show)
    if arguments.check:
        for name, source in check.sources.items():
            print(f"{name:18} scored from {source}")
        for difference in check.differences:
            complain(difference)
        print(f"{len(check.differences) or 'No'} differences from the cards.")
        return 1 if check.differences else 0
    for row in rows:
        figures = "  ".join(f"{name} {value}" for name, value in row["figures"].items())
        print(f"{row['name']:18} {figures}")
        if not row["weights_shipped"]:
            print(f"{'':18} too large to be kept with the software: {kept_folder(row['name'])}")
    return 0


def _synth(arguments: argparse.Namespace) -> int:
    from ecg_core.synthesis import scenarios, write_scenario

    if arguments.scenario == "list":
        for scenario in scenarios().values():
            print(f"{scenario.name:20} {scenario.description}")
        return 0
    demos = [name for name in scenarios() if name.startswith("demo_")]
    for name in demos if arguments.scenario == "demos" else [arguments.scenario]:
        with ProgressLine(name) as line:
            header = write_scenario(
                name, arguments.out, arguments.hours, arguments.seed, lambda share: line.show("Writing", share)
            )
        print(header)
    return 0


def _fetch(arguments: argparse.Namespace) -> int:
    from ecg_core.sources.physionet import fetch_database, fetch_record

    with ProgressLine(arguments.database) as line:
        fetch = fetch_record if "/" in arguments.database else fetch_database
        where = fetch(arguments.database, arguments.to, lambda share, name: line.show(name, share))
    for header in [where] if isinstance(where, Path) else where:
        print(header)
    return 0
