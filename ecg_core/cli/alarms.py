"""``evaluate --alarms``: the monitor alarms of the PhysioNet/CinC Challenge 2015, by its own score."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ecg_core.cli.evaluate_rhythm import fold_models
from ecg_core.cli.options import complain
from ecg_core.progress import ProgressLine
from ecg_core.writing import write_text

if TYPE_CHECKING:
    from ecg_core.evaluation.alarms import AlarmScore


def add_option(command: argparse.ArgumentParser) -> None:
    """Add ``--alarms`` to ``evaluate``."""
    command.add_argument(
        "--alarms", action="store_true", help="score instead the alarms of a folder with an ALARMS.csv (Challenge 2015)"
    )


def evaluate_alarms(arguments: argparse.Namespace) -> int:
    """Analyse each alarm's recording and print the scores by kind."""
    from ecg_core.analysis import analyse
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.evaluation.alarms import ALARM_KINDS, AlarmScore, Monitored, borne_out, read_alarms
    from ecg_core.evaluation.rhythm_run import unseen_by
    from ecg_core.formats import open_recording

    alarms = read_alarms(arguments.data)
    if not alarms:
        return complain(f"{arguments.data.name} holds no recording that its list of alarms names.")
    model = None if arguments.no_classify else load_beat_classifier(arguments.model)
    folds = fold_models(arguments.rhythm_folds)
    scores = dict.fromkeys(ALARM_KINDS, AlarmScore())
    with ProgressLine("Alarms") as line:
        for index, alarm in enumerate(alarms):
            recording = open_recording(arguments.data / alarm.record)
            unseen = unseen_by(folds, arguments.data.name, alarm.record) if folds else None
            analysis = analyse(recording, model, group=False, rhythm_model=unseen)
            said = borne_out(alarm.kind, Monitored.of(analysis, recording.n_samples))
            scores[alarm.kind] = scores[alarm.kind].plus(alarm.true, said)
            line.show(alarm.record, (index + 1) / len(alarms))
    print("\n".join(_table(scores.items())))
    if arguments.json:
        figures = {kind: {**vars(score), "score": score.percent} for kind, score in scores.items()}
        write_text(arguments.json, json.dumps(figures, indent=2) + "\n")
    return 0


def _table(scores: Iterable[tuple[str, AlarmScore]]) -> list[str]:
    """Return the lines of the table."""
    lines = [f"{'Alarm':26}{'TP':>5}{'FN':>5}{'TN':>5}{'FP':>5}{'Score':>8}"]
    for kind, score in scores:
        if score.tp + score.fn + score.tn + score.fp:
            name = kind.replace("_", " ")
            lines.append(f"{name:26}{score.tp:5}{score.fn:5}{score.tn:5}{score.fp:5}{score.percent:8.1f}")
    return lines
