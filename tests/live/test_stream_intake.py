"""A stream that jumps, repeats or loses count is told; what is missing is a gap, never closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ecg_core.live.growing import GrowingSignal
from ecg_core.live.intake import MAX_GAP_S, StreamIntake
from ecg_core.live.protocol import Frame, StreamError, StreamHeader
from ecg_core.recording import Lead

FS_HZ = 250.0
HEADER = StreamHeader("x", FS_HZ, (Lead("II"), Lead("V1")))
SIGNAL = np.arange(2000, dtype=np.float32).reshape(1000, 2)


@pytest.fixture
def signal(tmp_path: Path) -> Iterator[GrowingSignal]:
    grown = GrowingSignal(HEADER, tmp_path / "signal")
    yield grown
    grown.close()


def part(sequence: int, start: int, stop: int) -> Frame:
    return Frame(sequence, start, SIGNAL[start:stop])


def test_frames_in_order_are_the_signal(signal: GrowingSignal) -> None:
    intake = StreamIntake(signal, 10_000)
    intake.begin_connection()
    told = [notice for n in range(10) for notice in intake.take(part(n, 100 * n, 100 * n + 100))]
    assert told == []
    recording = signal.snapshot()
    np.testing.assert_array_equal(recording.read(), SIGNAL)
    np.testing.assert_array_equal(recording.read(150, 250, ["V1"]), SIGNAL[150:250, 1:])


def test_a_jump_is_a_gap(signal: GrowingSignal) -> None:
    intake = StreamIntake(signal, 10_000)
    intake.begin_connection()
    intake.take(part(0, 0, 100))
    (notice,) = intake.take(part(1, 350, 400))
    assert (notice.kind, notice.time_s) == ("gap", 0.4)
    assert "1.00 s" in notice.sentence
    read = signal.snapshot().read()
    assert len(read) == 400
    assert np.isnan(read[100:350]).all()
    np.testing.assert_array_equal(read[350:], SIGNAL[350:400])


def test_what_comes_again_is_left_out(signal: GrowingSignal) -> None:
    intake = StreamIntake(signal, 10_000)
    intake.begin_connection()
    intake.take(part(0, 0, 100))
    assert [notice.kind for notice in intake.take(part(1, 0, 100))] == ["repeat"]
    assert [notice.kind for notice in intake.take(part(2, 50, 150))] == ["repeat"]
    other = Frame(3, 100, SIGNAL[100:200] + 1)
    assert [notice.kind for notice in intake.take(other)] == ["different"]
    read = signal.snapshot().read()
    np.testing.assert_array_equal(read[:150], SIGNAL[:150])
    np.testing.assert_array_equal(read[150:], SIGNAL[150:200] + 1)


def test_a_lost_frame_is_told_by_its_number_too(signal: GrowingSignal) -> None:
    intake = StreamIntake(signal, 10_000)
    intake.begin_connection()
    intake.take(part(0, 0, 100))
    assert [notice.kind for notice in intake.take(part(2, 200, 300))] == ["sequence", "gap"]
    assert intake.take(part(3, 300, 400)) == []
    assert intake.n_notices == 2


def test_a_sender_that_connects_again_counts_anew(signal: GrowingSignal) -> None:
    intake = StreamIntake(signal, 10_000)
    assert intake.begin_connection() is None
    intake.take(part(0, 0, 100))
    again = intake.begin_connection()
    assert again is not None
    assert again.kind == "reconnected"
    assert intake.take(part(0, 100, 200)) == []


def test_neither_a_long_jump_nor_a_long_stream_fills_the_disk(signal: GrowingSignal) -> None:
    intake = StreamIntake(signal, 1000)
    intake.begin_connection()
    with pytest.raises(StreamError, match="jumps ahead"):
        intake.take(Frame(0, round(MAX_GAP_S * FS_HZ) + 1, SIGNAL[:10]))
    with pytest.raises(StreamError, match="may last"):
        intake.take(Frame(0, 995, SIGNAL[:10]))
    assert signal.n_samples == 0


def test_a_snapshot_does_not_grow_and_has_the_hash_of_its_samples(signal: GrowingSignal) -> None:
    signal.append(SIGNAL[:100])
    before = signal.snapshot()
    signal.append(SIGNAL[100:200])
    after = signal.snapshot()
    assert (before.n_samples, after.n_samples) == (100, 200)
    assert before.sha256 != after.sha256
    assert before.read(0, 500).shape == (100, 2)


def test_the_samples_are_for_this_account_alone_and_go_with_the_stream(tmp_path: Path) -> None:
    file = tmp_path / "signal"
    grown = GrowingSignal(HEADER, file)
    grown.append(SIGNAL)
    assert file.stat().st_mode & 0o077 == 0
    snapshot = grown.snapshot()
    grown.close()
    assert not file.exists()
    assert np.isnan(snapshot.read(0, 10)).all()
