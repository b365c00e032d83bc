"""Beats at the ends of a ventricular run that are those of the rhythm beside it do not count as part of the run."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.recording import Recording, from_array
from ecg_core.rhythm.run_edges import MOST_AT_AN_END, unlike_beside

FS_HZ = 250.0


def made(kinds: str, noise_mv: float = 0.02, scale: float = 1.0) -> tuple[Recording, np.ndarray]:
    """Beats half a second apart: N narrow and upright, V broad and deep."""
    beat = (1.0 + 0.5 * np.arange(len(kinds))) * FS_HZ
    time = np.arange(round(beat[-1] + FS_HZ))
    signal = noise_mv * np.random.default_rng(1).standard_normal((len(time), 2))
    for at, kind in zip(beat, kinds, strict=True):
        width_s, height = (0.015, 1.0) if kind == "N" else (0.05, -1.4)
        wave = height * np.exp(-(((time - at) / FS_HZ / width_s) ** 2))
        signal += np.stack([wave, -0.6 * wave], axis=1)
    return from_array((scale * signal).astype(np.float32), FS_HZ, ("II", "V1")), beat.round().astype(np.int64)


def left(kinds: str, run: slice, **more: float) -> str:
    recording, beat = made(kinds, **more)
    first, stop = unlike_beside(recording, beat[run], np.concatenate([beat[: run.start][-8:], beat[run.stop :][:8]]))
    return kinds[run][first:stop]


@pytest.mark.parametrize("head", [0, 1, 2])
@pytest.mark.parametrize("tail", [0, 1, 2])
@pytest.mark.parametrize("scale", [0.3, 1.0, -2.0])
def test_what_looks_like_the_beats_beside_is_not_of_the_run(head: int, tail: int, scale: float) -> None:
    kinds = "N" * 8 + "V" * 9 + "N" * 8
    assert left(kinds, slice(8 - head, 17 + tail), scale=scale) == "V" * 9


def test_a_run_that_is_right_stays_whole() -> None:
    assert left("NNNNNNNN" + "V" * 12 + "NNNNNNNN", slice(8, 20)) == "V" * 12


def test_beside_beats_of_the_same_shape_nothing_is_taken_off() -> None:
    kinds = "V" * 30
    assert left(kinds, slice(10, 20)) == "V" * 10


def test_no_more_beats_are_taken_off_than_a_second_holds() -> None:
    kinds = "N" * 14 + "V" * 8 + "N" * 8
    assert left(kinds, slice(8, 22)) == "N" * (6 - MOST_AT_AN_END) + "V" * 8


@pytest.mark.parametrize("run", [slice(8, 10), slice(0, 6)])
def test_short_runs_and_runs_without_beats_beside_them_stay(run: slice) -> None:
    kinds = "N" * 8 + "V" * 2 + "N" * 8 if run.start else "NVVVVV"
    assert left(kinds, run) == kinds[run]
