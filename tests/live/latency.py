"""How soon the analysis of a stream tells what happens, in seconds of the stream.

    ECG_DATA=FOLDER python tests/live/latency.py

prints, for ventricular tachycardia, fibrillation and asystole of VFDB, CUDB and a synthetic recording, after how much
signal from the annotated onset the event was in the list; and how soon beats are there. A stream is fed second by
second: what is measured does not depend on the machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from ecg_core.formats import open_recording
from ecg_core.live.analyser import URGENT, LiveAnalyser
from ecg_core.live.growing import GrowingSignal
from ecg_core.live.protocol import StreamHeader
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis.generator import generate
from ecg_core.synthesis.scenario import Scenario

BEFORE_S: Final = 60.0
WITHIN_S: Final = 10.0
FOLLOWED_S: Final = 20.0
LONG_ENOUGH_S: Final = 10.0
_VT: Final = frozenset({"VT"})
_VF: Final = frozenset({"VF", "VFL", "VFIB"})
_ASYSTOLE: Final = frozenset({"ASYS"})


@dataclass(frozen=True)
class Onset:
    """Beginning of a dangerous rhythm in a reference."""

    record: str
    kind: str
    at_s: float


class NoModel:
    """Tells no class: dangerous rhythms are told from the signal, and no network has to run."""

    name, sha256, folder, card = "none", "0" * 64, Path("none"), {}

    def classify(self, recording: Recording, samples: np.ndarray, *_: Any, **__: Any) -> np.ndarray:
        return np.tile(np.float32([0.9, 0.025, 0.025, 0.025, 0.025]), (len(samples), 1))


def feed(
    signal: np.ndarray, fs_hz: float, leads: Sequence[Any], model: Any, *, first_s: float, step_s: float = 1.0
) -> Iterator[LiveAnalyser]:
    """Send a signal to an analyser: the first seconds at once, the rest step by step."""
    with TemporaryDirectory() as folder:
        grown = GrowingSignal(StreamHeader("test", fs_hz, tuple(leads)), Path(folder) / "signal")
        analyser = LiveAnalyser(grown, model)
        edges = np.arange(first_s, len(signal) / fs_hz, step_s)
        at = 0
        for stop in [*np.rint(edges * fs_hz).astype(int), len(signal)]:
            grown.append(signal[at:stop])
            at = int(stop)
            analyser.step()
            yield analyser
        grown.close()


def onset_latency_s(recording: Recording, onset_s: float, kinds: Sequence[str] = URGENT) -> float:
    """Return after how many seconds of signal from an onset a dangerous event is told; infinite where it is not."""
    fs_hz = recording.fs_hz
    start_s = max(np.floor(onset_s - BEFORE_S), 0.0)
    signal = recording.read(round(start_s * fs_hz), round((onset_s + FOLLOWED_S) * fs_hz))
    onset = (onset_s - start_s) * fs_hz
    for analyser in feed(signal, fs_hz, recording.leads, NoModel(), first_s=max(onset / fs_hz, 3.0)):
        state = analyser.state
        for alert in () if state is None else state.alerts:
            if alert.kind in kinds and alert.stop_sample > onset and alert.withdrawn_at is None:
                return max((state.recording.n_samples - onset) / fs_hz, 0.0) if state else np.inf
    return float("inf")


def onsets_of(path: Path) -> list[Onset]:
    """Return the onsets of an annotated record that are followed by enough of the rhythm and preceded by another."""
    recording = open_recording(path)
    annotations = recording.annotations("atr")
    assert annotations is not None
    fs_hz = recording.fs_hz
    changes: list[tuple[float, str]] = [(sample / fs_hz, name.strip("\x00 ")) for sample, name in annotations.rhythms()]
    for sample, symbol in zip(annotations.sample, annotations.symbol, strict=True):
        if symbol in "[]":
            changes.append((int(sample) / fs_hz, "VF" if symbol == "[" else "N"))
    changes.sort()
    found = []
    ends = [*(at for at, _ in changes), recording.duration_s][1:]
    calm_since = 0.0
    for (at_s, name), end_s in zip(changes, ends, strict=True):
        kind = next((k for k, names in (("VT", _VT), ("VF", _VF), ("ASYSTOLE", _ASYSTOLE)) if name in names), None)
        if kind is None:
            continue
        if at_s - calm_since >= BEFORE_S / 2 and end_s - at_s >= LONG_ENOUGH_S:
            found.append(Onset(f"{path.parent.name}/{path.stem}", kind, at_s))
        calm_since = end_s
    return found


def standstill(pause_s: float = 14.0) -> tuple[Recording, float]:
    """Return a synthetic recording and the time of the last QRS before its heart stops."""
    made = generate(Scenario("standstill", "sinus rhythm and a standstill"), 90.0, seed=3)
    fs_hz = made.fs_hz
    beats, _ = made.annotations.beats()
    last = int(beats[np.searchsorted(beats, 70 * fs_hz)])
    stop = last + round(0.5 * fs_hz)
    n_still = round(pause_s * fs_hz)
    # What lies between the beats goes on: the same noise, no QRS.
    noise = made.signal - made.clean
    still = made.signal[stop - 1] - noise[stop - 1] + noise[stop - n_still : stop]
    signal = np.concatenate([made.signal[:stop], still, made.signal[stop:]])
    return from_array(signal.astype(np.float32), fs_hz, made.lead_names, name="standstill"), last / fs_hz


def main() -> int:
    """Print the table."""
    data = os.environ.get("ECG_DATA")
    if not data:
        sys.stderr.write("Set ECG_DATA to the folder with vfdb/ and cudb/.\n")
        return 2
    paths = [path for name in ("vfdb", "cudb") for path in sorted(Path(data, name).glob("*.hea"))]
    onsets = [onset for path in paths for onset in onsets_of(path)]
    recording, last_qrs_s = standstill()
    found = {"synthetic ASYSTOLE": [onset_latency_s(recording, last_qrs_s, ("ASYSTOLE",))]}
    for onset in onsets:
        late_s = onset_latency_s(open_recording(Path(data, f"{onset.record}.hea")), onset.at_s)
        found.setdefault(f"{onset.record.partition('/')[0]} {onset.kind}", []).append(late_s)
        print(f"{onset.record:12} {onset.kind:9} at {onset.at_s:7.1f} s: told after {late_s:5.1f} s", flush=True)
    for name, values in found.items():
        late = np.array(values)
        print(
            f"{name:14} {len(late):3} onsets: median {np.median(late):4.1f} s, "
            f"within {WITHIN_S:g} s {np.mean(late <= WITHIN_S):4.0%}, "
            f"not within {FOLLOWED_S:g} s {np.isinf(late).sum()}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
