"""What is measured, one step to a process: ``python tests/bench/steps.py STEP '{"path": ...}'`` prints JSON.

A fresh process gives each step its own imports and its own peak of memory.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from result_table import asked_of_results  # noqa: E402
from stages import stages  # noqa: E402
from throughput import screened  # noqa: E402

MATCH_S = 0.150
CHUNKS, POINTS_PER_S = 3, 500.0
"""What the browser asks for at a place of 10 s: its chunk and those beside it, two points a pixel at most."""


def peak_mb() -> float:
    """Return the largest memory this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def make_recording(folder: str, hours: float) -> dict[str, Any]:
    """Write the synthetic Holter recording unless it is there."""
    from ecg_core.synthesis import write_scenario

    started = time.perf_counter()
    header = write_scenario("holter_day", folder, hours)
    return {"path": str(header), "seconds": time.perf_counter() - started}


def describe(path: str) -> dict[str, Any]:
    """Say what a recording is."""
    from ecg_core.formats import open_recording

    recording = open_recording(path)
    annotations = recording.annotations()
    return {
        "duration_s": recording.duration_s,
        "fs_hz": recording.fs_hz,
        "leads": len(recording.leads),
        "beats": len(annotations.beats()[0]) if annotations else None,
    }


def first_strip(path: str) -> dict[str, Any]:
    """Open a recording and prepare the first strip as the server does before any analysis: lanes, then signal."""
    started = time.perf_counter()
    from ecg_core.figures.lanes import lanes_of
    from ecg_core.formats import open_recording
    from pages.api.signal_chunks import span

    imported = time.perf_counter()
    recording = open_recording(path)
    lanes_of(recording)
    packed = span(recording, 0, CHUNKS, POINTS_PER_S, [])
    shown = time.perf_counter()
    heavy = {"tensorflow", "keras"} & set(sys.modules)
    if heavy:
        raise SystemExit(f"The first strip imported {', '.join(sorted(heavy))}.")
    return {
        "import_s": imported - started,
        "strip_s": shown - imported,
        "payload_bytes": len(packed),
        "peak_mb": peak_mb(),
    }


def jumps(paths: list[str], n: int) -> dict[str, Any]:
    """Pack a chunk of 10 s and its neighbours at random positions of each recording in turn."""
    import numpy as np

    from ecg_core.formats import open_recording
    from pages.api.signal_chunks import n_chunks, span

    recordings = [open_recording(path) for path in paths]
    rng = np.random.default_rng(1)
    taken: list[list[float]] = [[] for _ in recordings]
    for _ in range(n):
        for index, recording in enumerate(recordings):
            first = int(rng.integers(0, max(n_chunks(recording) - CHUNKS, 0) + 1))
            started = time.perf_counter()
            span(recording, first, CHUNKS, POINTS_PER_S, [])
            taken[index].append(time.perf_counter() - started)
    return {
        "median_s": [statistics.median(times) for times in taken],
        "p95_s": [float(np.quantile(times, 0.95)) for times in taken],
    }


def detect_all_leads(path: str, runs: int) -> dict[str, Any]:
    """Find the beats on all leads, read from the file piece by piece."""
    from ecg_core.detection import detect_recording
    from ecg_core.formats import open_recording

    recording = open_recording(path)
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        samples = detect_recording(recording).sample
        taken.append(time.perf_counter() - started)
    return {"seconds": statistics.median(taken), **_score(recording, samples), "peak_mb": peak_mb()}


def compare(path: str, names: list[str], runs: int) -> dict[str, Any]:
    """Run detectors in turns on the same lead in memory, starting with another one in each round."""
    from detectors import OURS, detector

    from ecg_core.formats import open_recording

    recording = open_recording(path)
    signal = _first_lead(recording)
    there = {name: found for name in names if (found := detector(name))}
    taken: dict[str, list[float]] = {name: [] for name in there}
    samples = {}
    for name, detect in there.items():  # imports, compiled kernels, caches of filters
        detect(signal[: round(60 * recording.fs_hz)], recording.fs_hz)
        samples[name] = None
    order = list(there)
    for turn in range(runs):
        for name in order[turn % len(order) :] + order[: turn % len(order)]:
            started = time.perf_counter()
            samples[name] = there[name](signal, recording.fs_hz)
            taken[name].append(time.perf_counter() - started)
    return {
        name: {
            "seconds": statistics.median(times),
            "times_ours": statistics.median(a / b for a, b in zip(times, taken[OURS], strict=True)),
            **_score(recording, samples[name]),
        }
        for name, times in taken.items()
    }


def detector_memory(path: str, name: str) -> dict[str, Any]:
    """Run one detector on the first lead in memory; its peak includes the lead itself."""
    from detectors import detector

    from ecg_core.formats import open_recording

    recording = open_recording(path)
    detect = detector(name)
    if detect is None:
        return {"peak_mb": None}
    signal = _first_lead(recording)
    detect(signal, recording.fs_hz)
    return {"peak_mb": peak_mb()}


def analyse(path: str, model: str, cache: str) -> dict[str, Any]:
    """Analyse a recording from the file; TensorFlow is made ready first and counted by itself."""
    os.environ["RHYTHMOSCOPE_CACHE"] = cache
    from ecg_core.analysis import analyse as run
    from ecg_core.classification.device import device_name, tensorflow
    from ecg_core.classification.model import load_model
    from ecg_core.formats import open_recording

    beat_model = load_model(model)
    before = peak_mb()
    started = time.perf_counter()
    tensorflow()
    imported, imported_mb = time.perf_counter(), peak_mb()
    beat_model.network.count_params()
    ready = time.perf_counter()
    begun: dict[str, float] = {}
    latest: dict[str, float] = {}

    def progress(stage: str, _: float) -> None:
        latest[stage] = time.perf_counter()
        begun.setdefault(stage, latest[stage])

    recording = open_recording(path)
    began = time.perf_counter()
    analysis = run(recording, beat_model, progress=progress)
    done = time.perf_counter()
    classifying, grouping = "Classifying beats", "Grouping beats"
    return {
        "tensorflow_import_s": imported - started,
        "network_s": ready - imported,
        "tensorflow_mb": imported_mb - before,
        "seconds": done - began,
        "finding_s": begun[classifying] - began,
        "classifying_s": latest[classifying] - begun[classifying],
        "grouping_s": latest[grouping] - begun[grouping],
        "rest_s": done - latest[grouping],
        "beats": len(analysis.beats),
        "device": device_name(),
        "peak_mb": peak_mb(),
        "imported_mb": imported_mb,
    }


def analyse_again(path: str, model: str, cache: str) -> dict[str, Any]:
    """Analyse what was analysed before; everything heavy comes from the cache."""
    os.environ["RHYTHMOSCOPE_CACHE"] = cache
    from ecg_core.analysis import analyse as run
    from ecg_core.classification.model import load_model
    from ecg_core.formats import open_recording

    recording, beat_model = open_recording(path), load_model(model)
    began = time.perf_counter()
    run(recording, beat_model)
    return {
        "seconds": time.perf_counter() - began,
        "imported_tensorflow": "tensorflow" in sys.modules,
        "peak_mb": peak_mb(),
    }


def _first_lead(recording: Any) -> Any:
    """Read the first lead in pieces, so that reading it does not decide the peak of memory."""
    import numpy as np

    signal = np.empty(recording.n_samples)
    step = round(300 * recording.fs_hz)
    for start in range(0, recording.n_samples, step):
        signal[start : start + step] = recording.read(start, start + step, [0])[:, 0]
    return np.nan_to_num(signal, copy=False)


def _score(recording: Any, samples: Any) -> dict[str, float | None]:
    """Return sensitivity and predictive value within 150 ms, in percent, of the whole recording."""
    from ecg_core.evaluation import match_beats, window_samples

    truth = recording.annotations().beats()[0]
    match = match_beats(truth, samples, window_samples(recording.fs_hz, MATCH_S))
    n_right = len(match.reference)
    return {
        "se_percent": 100 * n_right / len(truth) if len(truth) else None,
        "ppv_percent": 100 * n_right / len(samples) if len(samples) else None,
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    steps = (make_recording, describe, first_strip, jumps, detect_all_leads, compare, detector_memory, analyse)
    by_name = {step.__name__: step for step in (*steps, analyse_again, stages, screened, asked_of_results)}
    print(json.dumps(by_name[sys.argv[1]](**json.loads(sys.argv[2]))))
