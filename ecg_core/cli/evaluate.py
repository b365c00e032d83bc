"""``evaluate``: detection and classification scored against reference annotations (EC57)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.cli import (
    alarms,
    evaluate_device,
    evaluate_labels,
    evaluate_rhythm,
    evaluate_statements,
    evaluate_suspicious,
    evaluate_waves,
)
from ecg_core.cli.evaluate_explanations import evaluate_explanations, trained_on_notes
from ecg_core.cli.figures import require_writable, write_figures, write_to_card
from ecg_core.cli.options import add_scoring_options, complain, database_folder, scoring_settings
from ecg_core.progress import ProgressLine


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("evaluate", help="score detection and classification against references (EC57)")
    command.add_argument(
        "--data",
        type=database_folder,
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
    evaluate_waves.add_options(command)
    evaluate_statements.add_options(command)
    evaluate_labels.add_options(command)
    evaluate_device.add_options(command)
    evaluate_suspicious.add_options(command)
    add_scoring_options(command)
    alarms.add_option(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score the records and print the report. Returns the exit status."""
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.evaluation import assess, choose_records, evaluate_model, report_dict, report_text

    if arguments.rhythm:
        require_writable(arguments.json)
        return evaluate_rhythm.run(arguments)
    if evaluate_statements.wanted(arguments):
        require_writable(arguments.json)
        return evaluate_statements.run(arguments)
    if arguments.waves:
        require_writable(arguments.json)
        return evaluate_waves.run(arguments)
    if arguments.labels:
        require_writable(arguments.json)
        return evaluate_labels.run(arguments)
    if arguments.device:
        require_writable(arguments.json)
        return evaluate_device.run(arguments)
    arguments.records = arguments.records or "ds2"
    if arguments.card and arguments.no_classify:
        return complain("--card keeps a model's figures in its card; leave --no-classify out.")
    if arguments.other_model and not arguments.explanations:
        return complain("--other-model is compared by --explanations; give both.")
    if arguments.list and not arguments.suspicious:
        return complain("--list is written by --suspicious; give both.")
    if arguments.assisted is not None and (arguments.no_classify or arguments.assisted < 0):
        return complain("--assisted takes the number of families a person labels, and beats that are classified.")
    require_writable(arguments.json)
    if arguments.suspicious:
        return evaluate_suspicious.run(arguments)
    if arguments.alarms:
        return alarms.evaluate_alarms(arguments)
    names, left_out = choose_records(arguments.data, arguments.records, arguments.reference)
    if arguments.explanations:
        return evaluate_explanations(arguments, names, left_out)
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
    notes += trained_on_notes(model, arguments.data, names) if model else []
    assessment = assess(results, arguments.peaks, scoring_settings(arguments), notes)
    figures = report_dict(assessment) | {"command": arguments.command_line, "leads": arguments.leads}
    if model:
        figures["model"] = {"name": model.name, "sha256": model.sha256}
        print(f"Model {model.name} ({model.sha256[:12]})")
    if arguments.peaks == "detected":
        print(f"Detector on {'the first lead' if arguments.leads == 'first' else 'all leads'}")
    print(report_text(assessment), end="")
    if arguments.assisted is not None:
        figures["assisted"] = _assisted(arguments, results, assessment)
    write_figures(arguments.json, figures)
    if arguments.card and model:
        write_to_card(model.folder / "card.json", f"{arguments.records}_{arguments.peaks}", figures)
    return 0


def _assisted(arguments: argparse.Namespace, results: Any, assessment: Any) -> dict[str, Any]:
    """Print the curve over the families a person looks at, and return it for the figures."""
    from ecg_core.evaluation.assisted import (
        assisted_curve,
        assisted_dict,
        assisted_text,
        budgets_up_to,
        place_records,
    )
    from ecg_core.evaluation.assisted_proposals import review_dict, review_scores, review_text

    with ProgressLine("Grouping") as line:
        placed = place_records(arguments.data, results, progress=lambda share, record: line.show(record, share))
    families = [places.families for places in placed]
    protocols = [block.protocol for block in assessment.blocks]
    points = assisted_curve(results, families, protocols, budgets_up_to(arguments.assisted))
    print(f"\n{assisted_text(points, families, arguments.assisted)}", end="")
    figures = assisted_dict(points, results, families, arguments.assisted)
    if any(beats.probabilities is None for beats in results):
        return figures
    with ProgressLine("Reviewing") as line:
        scores = review_scores(results, placed, protocols[0], progress=lambda share, name: line.show(name, share))
    print(f"\n{review_text(scores, protocols[0])}", end="")
    return figures | {"one_by_one": review_dict(scores, protocols[0])}
