"""What each stage of the pipeline takes: seconds, memory, and for the classification how near it comes to its floor.

The floor is the multiply-adds that the model's networks need, counted as TensorFlow executes them, over the rate at
which this machine multiplies float32 matrices in the same process: nothing but a smaller network can be faster.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from table import ABSENT, Row, number, seconds

STAGES = ("reading", "detection", "classification", "clusters", "rhythm")
LIMITED = ("detection", "classification", "clusters")
LIMIT_S, LIMIT_MB = 30.0, 1536.0

_EXCERPT_S = 1800.0
_MATRIX, _PRODUCTS = 2048, 12


def stages(path: str, model: str, n_leads: int) -> dict[str, Any]:
    """Run each stage on the first leads of a recording, from the file and with nothing cached."""
    from ecg_core.analysis import with_beats
    from ecg_core.beats import beat_table, set_probabilities
    from ecg_core.classification.device import device_name, tensorflow
    from ecg_core.classification.loading import load_beat_classifier
    from ecg_core.detection import detect_recording
    from ecg_core.formats import open_recording
    from ecg_core.templates import group_beats

    opened = open_recording(path)
    recording = replace(opened, leads=opened.leads[:n_leads])
    classifier = load_beat_classifier(model)
    tensorflow()
    device_name()
    _forget_peak()
    imported_mb = _peak_mb()
    measured: dict[str, Any] = {}

    def run(stage: str, work: Callable[[], Any]) -> Any:
        _forget_peak()
        began, began_cpu = time.perf_counter(), time.process_time()
        result = work()
        measured[stage] = {
            "seconds": time.perf_counter() - began,
            "cpu_s": time.process_time() - began_cpu,
            "beyond_mb": _peak_mb() - imported_mb,
        }
        return result

    def read() -> None:
        block = round(300 * recording.fs_hz)
        for start in range(0, recording.n_samples, block):
            recording.read(start, start + block)

    run("reading", read)
    detection = run("detection", lambda: detect_recording(recording))
    samples, quality = detection.sample, detection.quality
    rates = [_matrix_rate()]
    probabilities = run("classification", lambda: classifier.classify(recording, samples, quality))
    rates.append(_matrix_rate())
    families = run("clusters", lambda: group_beats(recording, samples, quality, probabilities))
    beats = set_probabilities(beat_table(samples, recording.fs_hz), probabilities)
    beats["template"] = families.of_beat
    run("rhythm", lambda: with_beats(recording, beats, quality, {}, families))

    multiply_adds = _multiply_adds_per_beat(recording, classifier, samples, quality)
    return {
        "model": f"{classifier.name} ({classifier.sha256[:12]})",
        "device": device_name(),
        "duration_s": recording.duration_s,
        "leads": len(recording.leads),
        "beats": len(samples),
        "families": len(families),
        "stages": measured,
        "imported_mb": imported_mb,
        "multiply_adds_per_beat": multiply_adds,
        "multiply_adds_per_s": max(rates),
        "floor_s": multiply_adds * len(samples) / max(rates) if multiply_adds else None,
    }


def stage_rows(measured: dict[str, Any]) -> list[Row]:
    """Return the table of one recording."""
    each = measured["stages"]
    rows: list[Row] = [("", "seconds", "CPU seconds", "x real time", "memory beyond TensorFlow")]
    names = {"reading": "reading alone, part of every stage but rhythm", "clusters": "clusters (families of beats)"}

    def add(text: str, found: dict[str, float]) -> None:
        speed = number(measured["duration_s"] / found["seconds"])
        memory = number(found["beyond_mb"], " MiB")
        rows.append((text, seconds(found["seconds"]), seconds(found["cpu_s"]), speed, memory))

    for stage in STAGES:
        add(names.get(stage, stage), each[stage])
    add(" + ".join(LIMITED), together(measured))
    rows.append((f"  asked: at most {LIMIT_S:g} s, {LIMIT_MB:,.0f} MiB", *[ABSENT] * 4))
    taken, floor = each["classification"]["seconds"], measured["floor_s"]
    counted = measured["multiply_adds_per_beat"]
    rows += [
        ("beats, families", number(measured["beats"]), number(measured["families"])),
        ("beats classified a second", number(measured["beats"] / taken)),
        ("multiply-adds a beat", number(counted / 1e6 if counted else None, " million", 2)),
        ("matrices multiplied, float32", number(measured["multiply_adds_per_s"] / 1e9, " G/s", 1)),
        ("floor of the classification", seconds(floor)),
        ("  what was taken", f"{taken / floor:.1f} x" if floor else ABSENT),
    ]
    return rows


def together(measured: dict[str, Any]) -> dict[str, float]:
    """Return time and memory of the stages that have a limit."""
    each = [measured["stages"][stage] for stage in LIMITED]
    sums = {key: sum(one[key] for one in each) for key in ("seconds", "cpu_s")}
    return {**sums, "beyond_mb": max(one["beyond_mb"] for one in each)}


def _forget_peak() -> None:
    """Let the peak of memory count from here, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _matrix_rate() -> float:
    """Return the multiply-adds a second of float32 matrices on the device that classifies; the best of several."""
    import tensorflow as tf

    matrix = tf.random.normal((_MATRIX, _MATRIX))
    best = float("inf")
    for _ in range(_PRODUCTS):
        began = time.perf_counter()
        tf.linalg.matmul(matrix, matrix)[0, 0].numpy()
        best = min(best, time.perf_counter() - began)
    return _MATRIX**3 / best


def _multiply_adds_per_beat(recording: Any, classifier: Any, samples: Any, quality: Any) -> float | None:
    """Count the multiply-adds of matrix products and convolutions while an excerpt is classified.

    Of a recurrent layer Keras computes the first step twice where it computes eagerly, as here.
    """
    import tensorflow as tf
    from tensorflow.python.framework import op_callbacks

    excerpt = replace(recording, n_samples=min(recording.n_samples, round(_EXCERPT_S * recording.fs_hz)))
    inside = samples[samples < excerpt.n_samples]
    counted = 0

    def count(op_type: str, inputs: Any, attributes: Any, outputs: Any, *_: Any, **__: Any) -> None:
        nonlocal counted
        counted += _multiply_adds(_text(op_type), inputs, attributes, outputs)

    tf.config.run_functions_eagerly(True)
    op_callbacks.add_op_callback(count)
    try:
        # Operations are seen in the thread that asks to see them.
        with mock.patch("ecg_core.classification.inference.ThreadPoolExecutor", _AtOnce):
            classifier.classify(excerpt, inside, quality)
    finally:
        op_callbacks.remove_op_callback(count)
        tf.config.run_functions_eagerly(False)
    return counted / len(inside) if counted else None


class _AtOnce:
    """Does at once, in the calling thread, what an executor is given."""

    def __init__(self, *_: Any) -> None:
        pass

    def __enter__(self) -> _AtOnce:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Any, *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*arguments))
        return done


def _multiply_adds(op_type: str, inputs: Any, attributes: Any, outputs: Any) -> int:
    """Return the multiply-adds of one operation; 0 of what is neither a product of matrices nor a convolution."""
    named = (
        {_text(key): value for key, value in zip(attributes[::2], attributes[1::2], strict=True)} if attributes else {}
    )
    if op_type in ("MatMul", "BatchMatMulV2", "BatchMatMulV3"):
        turned = named.get("transpose_a") or named.get("adj_x")
        return int(outputs[0].shape.num_elements() * inputs[0].shape[-2 if turned else -1])
    if op_type in ("Conv2D", "Conv3D"):
        kernel = inputs[1].shape
        return int(outputs[0].shape.num_elements() * kernel[:-1].num_elements())
    if op_type == "DepthwiseConv2dNative":
        return int(outputs[0].shape.num_elements() * inputs[1].shape[:2].num_elements())
    if op_type == "Einsum":
        sizes: dict[str, int] = {}
        for letters, given in zip(_text(named["equation"]).split("->")[0].split(","), inputs, strict=True):
            sizes |= dict(zip(letters, given.shape.as_list(), strict=True))
        product = 1
        for size in sizes.values():
            product *= size
        return product
    return 0


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
