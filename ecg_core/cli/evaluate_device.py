"""``evaluate --device``: how the audit of statements judges a database's diagnoses as a device's words."""

from __future__ import annotations

import argparse

from ecg_core.cli.figures import write_figures
from ecg_core.cli.options import complain
from ecg_core.progress import ProgressLine


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the option of statement audits to those of ``evaluate``."""
    command.add_argument(
        "--device",
        action="store_true",
        help="audit diagnoses of a database (PTB-XL, LUDB, #Dx) as statements of a device: verdicts by concept",
    )


def run(arguments: argparse.Namespace) -> int:
    """Audit the statements of a database, print the counts, write them where asked. Returns the exit status.

    Raises
    ------
    RecordingError
        If nothing is stated, or something cannot be read.
    """
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.screening.statement_trial import audited, count_verdicts, verdict_text

    if arguments.no_classify:
        return complain("--device needs the beats' classes; leave --no-classify out.")
    model = load_beat_classifier(arguments.model)
    with ProgressLine("Auditing statements") as line:
        found = list(audited(arguments.data, model, lambda share, record: line.show(record, share)))
    counts = count_verdicts([audit for _, audit in found])
    print(f"Model {model.name} ({model.sha256[:12]}); {len(found)} recordings of {arguments.data.name}\n")
    print(verdict_text(counts), end="")
    kept = {
        "counts": counts,
        "n_recordings": len(found),
        "records": {
            record: [[each.statement, each.concept, each.verdict, each.reason] for each in audit.verdicts]
            for record, audit in found
        },
        "command": arguments.command_line,
        "model": {"name": model.name, "sha256": model.sha256},
    }
    write_figures(arguments.json, kept)
    return 0
