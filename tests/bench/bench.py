"""Speed and memory, beside sleepecg, wfdb and neurokit2 on the same signals in the same run.

``make bench``, or ``python tests/bench/bench.py [--quick] [--stages] [--json FILE]``. Every step runs in a fresh
process (:mod:`steps`), times are medians, and what is compared runs in turns, so that a busy machine slows all alike.
The synthetic recordings are made once and kept in the cache folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import detectors
from result_table import ROWS, result_rows
from stages import stage_rows
from table import ABSENT, Row, number, ratio, render, seconds
from throughput import throughput, throughput_rows

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT)]

FIRST_STRIPS, JUMPS, RUNS = 7, 200, 3
HALF_HOUR, DAY, REAL = "synthetic 30 min", "synthetic 24 h", "MIT-BIH 208"
PACKAGES = ("numpy", "scipy", "tensorflow", "sleepecg", "wfdb", "neurokit2")


def main() -> int:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description="Measure speed and memory beside peers.")
    parser.add_argument("--quick", action="store_true", help="leave the 24 h recording out")
    parser.add_argument("--stages", action="store_true", help="only each stage of the analysis, on two leads")
    parser.add_argument("--screening", action="store_true", help="only the throughput of a screening")
    parser.add_argument("--model", default="beat-2026.5", help="model folder or name (default: the shipped one)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here too")
    arguments = parser.parse_args()

    recordings = _recordings(arguments.quick or arguments.screening)
    described = {name: _step("describe", path=path) for name, path in recordings.items()}
    figures: dict[str, Any] = {"machine": _machine(), "recordings": described}
    blocks: list[tuple[str, list[Row]]] = [("RECORDINGS", _recording_rows(described))]
    if not arguments.stages and not arguments.screening:
        _measure_beside_peers(recordings, described, arguments.model, figures, blocks)
    if not arguments.screening:
        figures["stages"] = _measure_stages(recordings, arguments.model)
        blocks += [
            (f"STAGES, {name}, two leads, from file, model {measured['model']}, on {measured['device']}", rows)
            for name, measured in figures["stages"].items()
            if (rows := stage_rows(measured))
        ]
    if not arguments.stages:
        _say("Screening")
        figures["screening"] = throughput(recordings[HALF_HOUR], arguments.model, _step)
        rows = throughput_rows(figures["screening"], described[HALF_HOUR]["duration_s"])
        blocks.append((f"SCREENING, copies of {HALF_HOUR}, all leads, waves and intervals", rows))
        figures["results"] = _step("asked_of_results")
        blocks.append((f"RESULTS OF {ROWS:,} RECORDINGS, 50 rows shown", result_rows(figures["results"])))

    _say("")
    print(f"Rhythmoscope benchmark of {figures['machine']['text']}\n")
    print(render(blocks))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _measure_beside_peers(
    recordings: dict[str, str],
    described: dict[str, Any],
    model: str,
    figures: dict[str, Any],
    blocks: list[tuple[str, list[Row]]],
) -> None:
    """Measure the first strip, detectors side by side, and the whole analysis; figures and their tables are added."""
    figures["strip"] = _measure_strips(recordings)
    blocks.append(
        (
            "FIRST STRIP AND JUMPS (10 s and their neighbours, all leads; before any analysis, without TensorFlow)",
            _strip_rows(figures["strip"]),
        )
    )

    figures["detection"] = {name: _measure_detection(name, path) for name, path in recordings.items()}
    for name, measured in figures["detection"].items():
        blocks.append((f"DETECTION, {name}", _detection_rows(measured, described[name]["duration_s"])))

    figures["analysis"] = _measure_analysis(recordings, model)
    blocks.append((_analysis_title(figures["analysis"]), _analysis_rows(figures["analysis"], described)))


class StepError(Exception):
    """A step did not come to its end."""


def _step(step: str, /, **given: Any) -> dict[str, Any]:
    """Run one step in its own process and return what it measured."""
    command = [sys.executable, str(HERE / "steps.py"), step, json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"])[-1]
        raise StepError(f"{step} failed: {last}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _recordings(quick: bool) -> dict[str, str]:
    from ecg_core.caching import cache_folder

    generator = hashlib.sha256()
    for source in sorted((ROOT / "ecg_core" / "synthesis").glob("*.py")):
        generator.update(source.read_bytes())
    recordings = {}
    for name, hours in [(HALF_HOUR, 0.5)] + ([] if quick else [(DAY, 24.0)]):
        folder = cache_folder("bench") / f"{generator.hexdigest()[:16]}-{hours:g}h"
        header = folder / "holter_day.hea"
        if not header.is_file():
            _say(f"Writing the {name} recording")
            _step("make_recording", folder=str(folder), hours=hours)
        recordings[name] = str(header)
    real = Path(os.environ.get("ECG_DATA", "")) / "mitdb" / "208.hea"
    if os.environ.get("ECG_DATA") and real.is_file():
        recordings[REAL] = str(real)
    return recordings


def _measure_strips(recordings: dict[str, str]) -> dict[str, Any]:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in recordings}
    for turn in range(FIRST_STRIPS):
        _say(f"First strip, {turn + 1} of {FIRST_STRIPS}")
        for name, path in recordings.items():
            runs[name].append(_step("first_strip", path=path))
    measured: dict[str, Any] = {
        name: {key: statistics.median(run[key] for run in of_one) for key in of_one[0]} for name, of_one in runs.items()
    }
    _say("Jumps")
    jumped = _step("jumps", paths=list(recordings.values()), n=JUMPS)
    for index, name in enumerate(recordings):
        measured[name] |= {"jump_median_s": jumped["median_s"][index], "jump_p95_s": jumped["p95_s"][index]}
    if DAY in recordings:
        pairs = zip(runs[DAY], runs[HALF_HOUR], strict=True)
        measured["day_to_half_hour"] = {
            "strip_s": statistics.median(day["strip_s"] / half["strip_s"] for day, half in pairs),
            **{
                key: measured[DAY][key] / measured[HALF_HOUR][key]
                for key in ("import_s", "jump_median_s", "jump_p95_s", "payload_bytes", "peak_mb")
            },
        }
    return measured


def _measure_detection(name: str, path: str) -> dict[str, Any]:
    names = [peer for peer in detectors.NAMES if name != DAY or peer not in detectors.SLOW]
    _say(f"Detection, {name}: {', '.join(names)} in turns")
    measured = _step("compare", path=path, names=names, runs=RUNS)
    for peer in measured:
        _say(f"Memory of {peer}, {name}")
        measured[peer] |= _step("detector_memory", path=path, name=peer)
    _say(f"Detection on all leads, {name}")
    all_leads = _step("detect_all_leads", path=path, runs=1 if name == DAY else 3)
    return {"first_lead": measured, "all_leads": all_leads}


def _measure_stages(recordings: dict[str, str], model: str) -> dict[str, Any]:
    """Measure each stage on the longest recording."""
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.errors import ModelError

    try:
        folder = str(load_beat_classifier(model).folder)
    except ModelError:
        return {}
    name = DAY if DAY in recordings else HALF_HOUR
    _say(f"Stages, {name}")
    return {name: _step("stages", path=recordings[name], model=folder, n_leads=2)}


def _measure_analysis(recordings: dict[str, str], model: str) -> dict[str, Any]:
    from ecg_core.classification.model import load_model
    from ecg_core.errors import ModelError

    try:
        loaded = load_model(model)
    except ModelError as problem:
        return {"model": None, "problem": str(problem), "runs": {}}
    runs = {}
    for name, path in recordings.items():
        with tempfile.TemporaryDirectory() as cache:
            _say(f"Analysis, {name}")
            given = {"path": path, "model": str(loaded.folder), "cache": cache}
            runs[name] = {"first": _step("analyse", **given), "again": _step("analyse_again", **given)}
    return {"model": f"{loaded.name} ({loaded.sha256[:12]})", "runs": runs}


def _recording_rows(described: dict[str, Any]) -> list[Row]:
    rows: list[Row] = [("", "length", "leads", "rate", "true beats")]
    for name, known in described.items():
        length = (
            f"{known['duration_s'] / 60:.0f} min"
            if known["duration_s"] < 7200
            else f"{known['duration_s'] / 3600:.0f} h"
        )
        rows.append((name, length, str(known["leads"]), f"{known['fs_hz']:g} Hz", number(known["beats"])))
    return rows


def _strip_rows(measured: dict[str, Any]) -> list[Row]:
    names = [name for name in (HALF_HOUR, DAY, REAL) if name in measured]
    against = measured.get("day_to_half_hour", {})
    lines = [
        (f"first strip, fresh process (median of {FIRST_STRIPS})", "strip_s", seconds),
        ("  imports before it", "import_s", seconds),
        (f"jump anywhere (median of {JUMPS})", "jump_median_s", seconds),
        ("  95th percentile", "jump_p95_s", seconds),
        ("signal to the browser", "payload_bytes", lambda value: number(value / 1024, " KiB")),
        ("peak memory", "peak_mb", lambda value: number(value, " MiB")),
    ]
    rows: list[Row] = [("", *names, *(["24 h : 30 min"] if against else []))]
    for text, key, write in lines:
        cells = [write(measured[name][key]) for name in names]
        rows.append((text, *cells, *([ratio(against[key])] if against else [])))
    return rows


def _detection_rows(measured: dict[str, Any], duration_s: float) -> list[Row]:
    rows: list[Row] = [("first lead, in memory", "x real time", "time : ours", "Se %", "+P %", "peak memory")]
    for peer in detectors.NAMES:
        found = measured["first_lead"].get(peer)
        if found is None:
            left_out = detectors.detector(peer) is not None
            rows.append((f"{peer}{', left out: too slow for 24 h' if left_out else ', not installed'}", *[ABSENT] * 5))
        else:
            rows.append((peer, *_detection_cells(found, duration_s, ratio(found["times_ours"]))))
    rows.append(
        (f"{detectors.OURS}, all leads, from file", *_detection_cells(measured["all_leads"], duration_s, ABSENT))
    )
    return rows


def _detection_cells(found: dict[str, Any], duration_s: float, against: str) -> Row:
    return (
        number(duration_s / found["seconds"]),
        against,
        number(found["se_percent"], digits=2),
        number(found["ppv_percent"], digits=2),
        number(found["peak_mb"], " MiB"),
    )


def _analysis_title(measured: dict[str, Any]) -> str:
    if measured["model"] is None:
        return f"ANALYSIS: no model, nothing was classified: {measured['problem']}"
    devices = {run["first"]["device"] for run in measured["runs"].values()}
    return f"ANALYSIS, all leads, from file, model {measured['model']}, on {', '.join(sorted(devices))}"


def _analysis_rows(measured: dict[str, Any], described: dict[str, Any]) -> list[Row]:
    runs = measured["runs"]
    if not runs:
        return []
    first = {name: run["first"] for name, run in runs.items()}
    again = {name: run["again"] for name, run in runs.items()}
    rows: list[Row] = [("", *runs)]

    def add(text: str, cells: list[str]) -> None:
        rows.append((text, *cells))

    add("whole analysis, nothing cached", [seconds(run["seconds"]) for run in first.values()])
    add("  x real time", [number(described[name]["duration_s"] / run["seconds"]) for name, run in first.items()])
    add("  finding beats (all leads)", [seconds(run["finding_s"]) for run in first.values()])
    add("  classifying", [seconds(run["classifying_s"]) for run in first.values()])
    add("  grouping", [seconds(run["grouping_s"]) for run in first.values()])
    add("  rhythm, summary, writing the cache", [seconds(run["rest_s"]) for run in first.values()])
    add("beats classified", [number(run["beats"]) for run in first.values()])
    add("  per second", [number(run["beats"] / run["classifying_s"]) for run in first.values()])
    add("analysed again, from the cache", [seconds(run["seconds"]) for run in again.values()])
    add("  peak memory", [number(run["peak_mb"], " MiB") for run in again.values()])
    add("TensorFlow import, once a process", [seconds(run["tensorflow_import_s"]) for run in first.values()])
    add("  network built", [seconds(run["network_s"]) for run in first.values()])
    add("peak memory", [number(run["peak_mb"], " MiB") for run in first.values()])
    add("  of which TensorFlow's import", [number(run["tensorflow_mb"], " MiB") for run in first.values()])
    add("  the analysis beyond it", [number(run["peak_mb"] - run["imported_mb"], " MiB") for run in first.values()])
    return rows


def _machine() -> dict[str, Any]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    cores, load = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        os.getloadavg()[0],
    )
    date = datetime.now(UTC).date().isoformat()
    listed = ", ".join(f"{package} {number_}" for package, number_ in versions.items() if number_)
    text = f"{date}: {platform.machine()}, {cores} cores, load {load:.1f} at the start"
    text += f"\nPython {platform.python_version()}, {listed}"
    return {"text": text, "date": date, "cores": cores, "load": load, "versions": versions}


def _say(text: str) -> None:
    """Say on a terminal what is going on."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except StepError as problem:
        raise SystemExit(str(problem)) from None
