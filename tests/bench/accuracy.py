"""How right detectors are, ours beside its peers, on the databases below ``$ECG_DATA``.

``python tests/bench/accuracy.py [--data DIR] [--sets ec57,ds2,...] [--detectors NAME,...] [--json FILE]``

Beats are paired one to one within 150 ms, as WFDB's bxb pairs them, and again within 50 ms; figures are gross (pooled),
the last column is the mean distance of the pairs. Ventricular flutter is left out. ``nst`` rows are the reconstructed
MIT-BIH Noise Stress Test, both records of each signal-to-noise ratio, whole. LUDB marks no beats before the first and
behind the last complete cycle, so it counts from 150 ms before its first mark to 150 ms behind its last.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from detectors import NAMES, OURS, detector  # noqa: E402
from table import Row, number, render  # noqa: E402

from ecg_core.detection import detect_recording  # noqa: E402
from ecg_core.detection.detector import detect_with_quality  # noqa: E402
from ecg_core.evaluation import match_beats, window_samples  # noqa: E402
from ecg_core.evaluation.spans import flutter_spans  # noqa: E402
from ecg_core.formats import open_recording  # noqa: E402
from ecg_core.mitbih import DS1, DS2, PACED  # noqa: E402
from ecg_core.recording import Recording  # noqa: E402

Samples = npt.NDArray[np.int64]

WIDE_S, NARROW_S, LEARNING_S = 0.150, 0.050, 300
RATIOS = {"24": "24 dB", "18": "18 dB", "12": "12 dB", "06": "6 dB", "00": "0 dB", "_6": "-6 dB"}
SETS = ("ec57", "all", "ds1", "ds2", "svdb", "nst", "ludb", "noise", "grades")
ALL_LEADS = f"{OURS}, all leads"


@dataclass
class Tally:
    """Counts of one detector on one set."""

    found: int = 0
    missed: int = 0
    false: int = 0
    near: int = 0
    distance_s: float = 0.0
    signal_s: float = 0.0
    seconds: float = 0.0

    def add(self, reference: Samples, test: Samples, fs_hz: float) -> None:
        """Pair the beats of one recording."""
        pairs = match_beats(reference, test, window_samples(fs_hz, WIDE_S))
        n = len(pairs.reference)
        self.found += n
        self.missed += len(reference) - n
        self.false += len(test) - n
        self.near += len(match_beats(reference, test, window_samples(fs_hz, NARROW_S)).reference)
        self.distance_s += float(np.abs(reference[pairs.reference] - test[pairs.test]).sum() / fs_hz)

    def figures(self) -> dict[str, float]:
        """Return percentages and milliseconds."""
        truth, claimed = max(self.found + self.missed, 1), max(self.found + self.false, 1)
        return {
            "se": 100 * self.found / truth,
            "ppv": 100 * self.found / claimed,
            "f1": 200 * self.found / (truth + claimed),
            "se_50ms": 100 * self.near / truth,
            "ppv_50ms": 100 * self.near / claimed,
            "error_ms": 1000 * self.distance_s / max(self.found, 1),
            "missed": self.missed,
            "false": self.false,
            "times_real": self.signal_s / max(self.seconds, 1e-9),
        }


@dataclass
class Table:
    """Tallies by set and detector."""

    of: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def at(self, name: str, by: str) -> Tally:
        """Return the tally of a detector on a set, an empty one at first."""
        return self.of.setdefault((name, by), Tally())


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how right beat detectors are.")
    parser.add_argument("--data", type=Path, default=os.environ.get("ECG_DATA"), help="folder with mitdb, svdb, ...")
    parser.add_argument("--sets", default=",".join(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--detectors", default=",".join(NAMES), help="peers beside ours")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("give --data, or set ECG_DATA, to the folder of the databases")
    warnings.simplefilter("ignore")
    names = [name for name in NAMES if name in arguments.detectors.split(",") and detector(name) is not None]
    sets = arguments.sets.split(",")
    table = Table()
    for path, belongs in records(arguments.data, sets):
        _say(str(path))
        score(open_recording(path), belongs, names, table)
    if "ludb" in sets:
        score_ludb(arguments.data / "ludb" / "data", table)
    figures: dict[str, Any] = {}
    rows: list[Row] = [
        ("", "Se %", "+P %", "F1 %", "Se 50 ms", "+P 50 ms", "mean error", "missed", "false", "x real time")
    ]
    for (name, by), tally in sorted(table.of.items(), key=lambda item: item[0][0]):
        found = tally.figures()
        figures.setdefault(name, {})[by] = found
        percent = [number(found[key], digits=2) for key in ("se", "ppv", "f1", "se_50ms", "ppv_50ms")]
        counts = [number(found[key]) for key in ("missed", "false", "times_real")]
        rows.append((f"{name}: {by}", *percent, number(found["error_ms"], " ms", 1), *counts))
    blocks = [("BEATS", rows)] if table.of else []
    if "noise" in sets:
        figures["noise"], block = noise_alone(arguments.data / "nstdb")
        blocks.append(block)
    if "grades" in sets:
        figures["grades"], block = grades(arguments.data)
        blocks.append(block)
    _say("")
    print(render(blocks))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def records(data: Path, sets: list[str]) -> Iterator[tuple[Path, list[str]]]:
    """Yield the recordings with the sets that each counts for."""
    for name in sorted((*DS1, *DS2, *PACED)):
        belongs = {"all": True, "ec57": name not in PACED, "ds1": name in DS1, "ds2": name in DS2}
        wanted = [of for of, it_does in belongs.items() if it_does and of in sets]
        if wanted:
            yield data / "mitdb" / name, wanted
    if "svdb" in sets:
        for header in sorted((data / "svdb").glob("*.hea")):
            yield header.with_suffix(""), ["svdb"]
    if "nst" in sets:
        for ratio, text in RATIOS.items():
            for name in ("118", "119"):
                yield data / "nstdb" / f"{name}e{ratio}", ["nst", f"nst {text}"]


def score(recording: Recording, belongs: list[str], names: list[str], table: Table) -> None:
    """Run the detectors on the first lead, and ours on all."""
    annotations = recording.annotations("atr")
    if annotations is None:
        return
    reference = annotations.beats()[0]
    flutter = flutter_spans(annotations, recording.n_samples)
    lead = np.nan_to_num(recording.read(leads=[0])[:, 0].astype(np.float64))
    for by in (*names, ALL_LEADS):
        started = time.perf_counter()
        detect = None if by == ALL_LEADS else detector(by)
        found = detect(lead, recording.fs_hz) if detect else detect_recording(recording).sample
        seconds = time.perf_counter() - started
        for name in belongs:
            start = LEARNING_S * recording.fs_hz if name == "ec57" else 0
            tally = table.at(name, by)
            tally.add(_counted(reference, flutter, start), _counted(found, flutter, start), recording.fs_hz)
            tally.signal_s += recording.duration_s
            tally.seconds += seconds


def _counted(samples: Samples, flutter: Any, start: float) -> Samples:
    for first, last in flutter:
        samples = samples[(samples < first) | (samples > last)]
    return samples[samples >= start]


def score_ludb(folder: Path, table: Table) -> None:
    """Score the twelve leads of LUDB together, and each by itself."""
    for header in sorted(folder.glob("*.hea")):
        _say(str(header))
        recording = open_recording(header.with_suffix(""))
        of_leads = [_qrs_peaks(recording, name) for name in recording.lead_names]
        margin = round(WIDE_S * recording.fs_hz)
        for index, (name, reference) in enumerate(zip(recording.lead_names, of_leads, strict=True)):
            for tally, leads in ((f"ludb {name}", [index]), ("ludb", None)):
                if leads is None and index:
                    continue
                found = detect_recording(recording, leads).sample
                inside = (found >= reference[0] - margin) & (found <= reference[-1] + margin)
                by = ALL_LEADS if leads is None else OURS
                table.at(tally, by).add(reference, found[inside], recording.fs_hz)
                if leads is not None:
                    table.at("ludb, lead by lead", by).add(reference, found[inside], recording.fs_hz)


def _qrs_peaks(recording: Recording, lead: str) -> Samples:
    annotations = recording.annotations(lead.lower())
    assert annotations is not None
    return annotations.beats()[0]


def noise_alone(folder: Path) -> tuple[dict[str, Any], tuple[str, list[Row]]]:
    """Count what is claimed where there is no heart: beats a minute, and seconds called readable."""
    rows: list[Row] = [("lead", "beats / min, 1st", "2nd", "both", "unreadable %, 1st", "2nd")]
    figures: dict[str, Any] = {}
    for name in ("bw", "ma", "em"):
        recording = open_recording(folder / name)
        minutes = recording.duration_s / 60
        found = [detect_recording(recording, leads) for leads in ([0], [1], [0, 1])]
        rates = [len(detection.sample) / minutes for detection in found]
        unreadable = (100 * (found[2].quality == 0).mean(axis=0)).tolist()
        figures[name] = {"beats_per_minute": rates, "unreadable_percent": unreadable}
        rows.append((name, *(number(value, digits=1) for value in (*rates, *unreadable))))
    return figures, ("NOISE ALONE", rows)


def grades(data: Path) -> tuple[dict[str, Any], tuple[str, list[Row]]]:
    """Say how much is graded unreadable, usable and good, in noise and in clean signal, all leads pooled."""
    wanted: list[tuple[str, list[Path], bool | None]] = []
    for ratio, text in RATIOS.items():
        paths = [data / "nstdb" / f"{name}e{ratio}" for name in ("118", "119")]
        wanted += [(f"nst {text}, with noise", paths, True), (f"nst {text}, without", paths, False)]
    wanted.append(("mitdb DS1", [data / "mitdb" / name for name in DS1], None))
    wanted.append(("svdb", [path.with_suffix("") for path in sorted((data / "svdb").glob("*.hea"))], None))
    wanted.append(("ludb", [path.with_suffix("") for path in sorted((data / "ludb" / "data").glob("*.hea"))], None))
    rows: list[Row] = [("seconds of leads", "unreadable %", "usable %", "good %")]
    figures: dict[str, Any] = {}
    for name, paths, noisy in wanted:
        _say(f"Grades, {name}")
        parts = []
        for path in paths:
            recording = open_recording(path)
            quality = detect_with_quality(recording.read(), recording.fs_hz)[1]
            second = np.arange(len(quality))
            in_noise = (second >= LEARNING_S) & ((second - LEARNING_S) // 120 % 2 == 0)
            parts.append(quality[in_noise == noisy].ravel() if noisy is not None else quality.ravel())
        shares = (100 * np.bincount(np.concatenate(parts), minlength=3) / sum(map(len, parts))).tolist()
        figures[name] = dict(zip(("unreadable", "usable", "good"), shares, strict=True))
        rows.append((name, *(number(share, digits=2) for share in shares)))
    return figures, ("GRADES", rows)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
