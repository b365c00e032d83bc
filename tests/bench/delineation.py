"""Boundaries of P, QRS and T, ours beside NeuroKit2's, on LUDB in the same run: errors, and time as a ratio.

``python tests/bench/delineation.py [--data DIR] [--every K] [--waves-folds DIR] [--json FILE]``

All are given the beats of our detector and every lead. Ours has learned from LUDB: with the models of ``train waves
--folds`` each recording is delineated by the one that has not seen its patient.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from table import Row, number, render, seconds  # noqa: E402

from ecg_core.cli.evaluate_waves import fold_models  # noqa: E402
from ecg_core.delineation.delineator import delineate  # noqa: E402
from ecg_core.delineation.wave_model import load_wave_model  # noqa: E402
from ecg_core.delineation.waves import ABSENT, BOUNDARIES, Waves, no_waves  # noqa: E402
from ecg_core.evaluation.wave_references import WaveReference, ludb  # noqa: E402
from ecg_core.evaluation.wave_run import model_for  # noqa: E402
from ecg_core.evaluation.wave_scores import WaveScores  # noqa: E402
from ecg_core.findings import find  # noqa: E402
from ecg_core.formats import open_recording  # noqa: E402
from ecg_core.recording import Recording  # noqa: E402

OURS = "ecg_core"
_COLUMNS = {
    "p_on": "ECG_P_Onsets",
    "p_peak": "ECG_P_Peaks",
    "p_off": "ECG_P_Offsets",
    "qrs_on": "ECG_R_Onsets",
    "qrs_off": "ECG_R_Offsets",
    "t_on": "ECG_T_Onsets",
    "t_peak": "ECG_T_Peaks",
    "t_off": "ECG_T_Offsets",
}


def neurokit(method: str) -> Callable[[Recording, npt.NDArray[np.int64]], Waves]:
    """Return a delineator by a method of NeuroKit2."""
    import neurokit2

    def run(recording: Recording, beats: npt.NDArray[np.int64]) -> Waves:
        waves = no_waves(beats, recording.lead_names)
        waves.assessed[:] = True
        waves.confidence[:] = 1.0
        fs_hz = int(recording.fs_hz)
        for lead, values in enumerate(recording.read().T):
            cleaned = neurokit2.ecg_clean(np.nan_to_num(values), sampling_rate=fs_hz)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    _, found = neurokit2.ecg_delineate(cleaned, beats, sampling_rate=fs_hz, method=method)
            except Exception as error:  # a lead that it cannot delineate has no waves
                print(f"{method}: {type(error).__name__}", file=sys.stderr)
                continue
            for boundary, name in _COLUMNS.items():
                samples = np.array(found.get(name, []), dtype=float)
                column = BOUNDARIES.index(boundary)
                for sample in samples[np.isfinite(samples)]:
                    row = int(np.abs(beats - sample).argmin())
                    waves.offset[row, lead, column] = int(sample) - beats[row]
            waves.offset[:, lead, 4] = 0
            for first in (0, 3, 6):
                part = waves.offset[:, lead, first : first + 3]
                part[(part == ABSENT).any(axis=1)] = ABSENT
        return waves

    return run


def main() -> int:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ECG_DATA", "")) / "ludb")
    parser.add_argument("--every", type=int, default=5, metavar="K", help="every K-th recording (default: 5)")
    parser.add_argument("--waves-folds", type=Path, metavar="DIR", help="models of 'train waves --folds K'")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here too")
    arguments = parser.parse_args()
    references: list[WaveReference] = ludb(arguments.data)[:: arguments.every]
    models = fold_models(arguments.waves_folds) or [load_wave_model()]
    opened = [(reference, open_recording(reference.header)) for reference in references]
    beats = [find(recording).detection for _, recording in opened]
    figures: dict[str, Any] = {}
    for name in (OURS, "neurokit2 dwt", "neurokit2 prominence"):
        scores, took_s = WaveScores(), 0.0
        run = None if name == OURS else neurokit(name.split()[1])
        for (reference, recording), found in zip(opened, beats, strict=True):
            began = time.perf_counter()
            if run is None:
                model = model_for(models, reference.patient)
                waves = delineate(recording, found.sample, found.quality, model)
            else:
                waves = run(recording, found.sample)
            took_s += time.perf_counter() - began
            scores.add(waves, reference, recording.fs_hz)
        figures[name] = {"seconds": took_s / len(opened), **scores.as_dict()}
    how = "patients left out" if arguments.waves_folds else "ours has learned from these patients"
    print(render([(f"LUDB, {len(opened)} recordings, twelve leads; {how}", _rows(figures))]))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _rows(figures: dict[str, Any]) -> list[Row]:
    rows: list[Row] = [
        ("", "F1 P", "QRS", "T", "P on", "P end", "QRS on", "QRS end", "T end", "a recording", "times ours")
    ]
    ours_s = figures[OURS]["seconds"]
    for name, one in figures.items():
        presence = [number(one["presence"][wave]["f1"], digits=1) for wave in ("P", "QRS", "T")]
        spread = [
            f"{one['boundaries'][key]['mean_ms']:.0f} ± {one['boundaries'][key]['sd_ms']:.0f}"
            for key in ("P on", "P end", "QRS on", "QRS end", "T end")
        ]
        rows.append((name, *presence, *spread, seconds(one["seconds"]), number(one["seconds"] / ours_s, digits=1)))
    return rows


if __name__ == "__main__":
    sys.exit(main())
