"""Signals for tables of numbers, and the ways in which programs write them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ecg_core.synthesis import generate, scenarios

FS_HZ = 250.0


@lru_cache(maxsize=8)
def ecg_mv(duration_s: float = 12.0, fs_hz: float = FS_HZ, n_leads: int = 1) -> np.ndarray:
    """Return an ECG in mV, shape (samples, leads), rounded to 1 µV; leads differ."""
    made = generate(scenarios()["demo_pvc"], duration_s=duration_s, seed=5)
    times_s = np.arange(round(duration_s * fs_hz)) / fs_hz
    own_s = np.arange(len(made.signal)) / made.fs_hz
    leads = [np.interp(times_s, own_s, made.signal[:, lead % 2]) * (1 + lead / 10) for lead in range(n_leads)]
    return np.round(np.stack(leads, axis=1), 3)


@dataclass(frozen=True)
class Writing:
    """How numbers are written: decimal sign, sign between thousands, decimals, quotes around cells."""

    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    decimals: int = 3
    quoted: bool = False

    def number(self, value: float) -> str:
        text = f"{value:,.{self.decimals}f}".replace(",", "g").replace(".", self.decimal)
        text = text.replace("g", self.thousands)
        return f'"{text}"' if self.quoted else text

    def row(self, cells: list[str]) -> str:
        return self.delimiter.join(cells)


def write(path: Path, lines: list[str], encoding: str = "utf-8", end: str = "\n", last: bool = True) -> Path:
    """Write lines."""
    path.write_bytes((end.join(lines) + end * last).encode(encoding))
    return path
