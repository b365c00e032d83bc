"""``evaluate --labels``: how the audit of labels judges those of experts, and faults put into them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecg_core.cli.figures import write_figures
from ecg_core.cli.options import complain
from ecg_core.progress import ProgressLine

if TYPE_CHECKING:
    from ecg_core.analysis import Analysis
    from ecg_core.recording import Recording


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the option of label audits to those of ``evaluate``."""
    command.add_argument(
        "--labels",
        action="store_true",
        help="audit the reference's labels, as they are and with faults put into them (of mitdb: ds1)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Audit the labels of records, print the figures, write them where asked. Returns the exit status."""
    from ecg_core.analysis import analyse
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.evaluation import choose_records
    from ecg_core.formats import open_recording
    from ecg_core.screening.label_trial import trial_text, try_labels

    if arguments.no_classify:
        return complain("--labels needs the beats' classes; leave --no-classify out.")
    default = "ds1" if arguments.data.name == "mitdb" else "all"
    names, left_out = choose_records(arguments.data, arguments.records or default, arguments.reference)
    model = load_beat_classifier(arguments.model)

    def items() -> Iterator[tuple[Recording, Analysis]]:
        with ProgressLine("Auditing labels") as line:
            for at, name in enumerate(names):
                line.show(name, at / len(names))
                recording = open_recording(arguments.data / f"{name}.hea", name=name)
                yield recording, analyse(recording, model, waves=True)

    figures = try_labels(items(), noise=arguments.data.name == "nstdb")
    print(f"Model {model.name} ({model.sha256[:12]}); {len(names)} records of {arguments.data.name}")
    for note in left_out:
        print(note)
    print(f"\n{trial_text(figures)}", end="")
    kept = {
        **figures,
        "records": names,
        "command": arguments.command_line,
        "model": {"name": model.name, "sha256": model.sha256},
    }
    write_figures(arguments.json, kept)
    return 0
