"""Intake of a stream's frames: order, repetition, gaps and limits. Whatever is not as expected is told."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ecg_core.live.growing import GrowingSignal
from ecg_core.live.protocol import Frame, StreamError

MAX_GAP_S: Final = 600.0
"""Longest jump ahead that becomes a gap; after a longer one another stream has to be begun."""

KEPT_NOTICES: Final = 100

NoticeKind = Literal["gap", "repeat", "sequence", "different", "reconnected"]


@dataclass(frozen=True)
class Notice:
    """Something in a stream that was not as expected.

    Attributes
    ----------
    kind : {"gap", "repeat", "sequence", "different", "reconnected"}
    time_s : float
        Where in the stream.
    sentence : str
    """

    kind: NoticeKind
    time_s: float
    sentence: str


class StreamIntake:
    """Appends the frames of a stream to its signal.

    Parameters
    ----------
    signal : GrowingSignal
        Where the samples go.
    max_samples : int
        Samples per lead after which the stream has to end.

    Attributes
    ----------
    notices : deque of Notice
        The latest ones.
    n_notices : int
        All of them.
    """

    def __init__(self, signal: GrowingSignal, max_samples: int) -> None:
        self.signal = signal
        self.notices: deque[Notice] = deque(maxlen=KEPT_NOTICES)
        self.n_notices = 0
        self._max_samples = max_samples
        self._next_sequence: int | None = None

    def begin_connection(self) -> Notice | None:
        """Expect the sequence numbers of a new connection; return what is to be told of it, None for the first."""
        first = self._next_sequence is None
        self._next_sequence = 0
        return None if first else self._note("reconnected", "The sender has connected again.")

    def take(self, frame: Frame) -> list[Notice]:
        """Append a frame.

        Parameters
        ----------
        frame : Frame
            The frame.

        Returns
        -------
        list of Notice
            What was not as expected: a sequence number, samples that were there, samples that are missing.

        Raises
        ------
        StreamError
            If the stream becomes too long, or jumps too far.
        OSError
            If the disk does not take the samples.
        """
        told: list[Notice] = []
        fs_hz, known = self.signal.header.fs_hz, self.signal.n_samples
        expected = self._next_sequence or 0
        if frame.sequence != expected:
            told.append(self._note("sequence", f"Frame {frame.sequence} came where frame {expected} was expected."))
        self._next_sequence = (frame.sequence + 1) & 0xFFFFFFFF
        stop = frame.first_sample + len(frame.signal_mv)
        gap = frame.first_sample - known
        if gap > MAX_GAP_S * fs_hz:
            raise StreamError(
                f"The stream jumps ahead by {gap / fs_hz:.0f} s, more than {MAX_GAP_S:g} s: begin another stream."
            )
        if stop > self._max_samples:
            raise StreamError(f"A stream may last {self._max_samples / fs_hz / 3600:g} h; this one has reached that.")
        if gap > 0:
            self.signal.append_absent(gap)
            told.append(
                self._note("gap", f"{gap / fs_hz:.2f} s of signal are missing; they are shown as a gap.", known)
            )
        elif gap < 0:
            told.append(self._repeated(frame, min(-gap, len(frame.signal_mv)), known))
        if stop > known:
            self.signal.append(frame.signal_mv[max(-gap, 0) :])
        return told

    def _repeated(self, frame: Frame, n_samples: int, known: int) -> Notice:
        """Tell of samples that were received before: the first ones hold."""
        before = self.signal.snapshot().read(frame.first_sample, min(frame.first_sample + n_samples, known))
        length_s = n_samples / self.signal.header.fs_hz
        if np.array_equal(before, frame.signal_mv[: len(before)], equal_nan=True):
            return self._note("repeat", f"{length_s:.2f} s of signal came again and were left out.", frame.first_sample)
        return self._note(
            "different",
            f"{length_s:.2f} s of signal came again with other values; those received first are kept.",
            frame.first_sample,
        )

    def _note(self, kind: NoticeKind, sentence: str, sample: int | None = None) -> Notice:
        at = self.signal.n_samples if sample is None else sample
        notice = Notice(kind, at / self.signal.header.fs_hz, sentence)
        self.notices.append(notice)
        self.n_notices += 1
        return notice
