"""A signal that grows: samples in a file of this account, read span by span like any recording."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.live.protocol import StreamHeader
from ecg_core.recording import Recording

_ITEM: Final = np.dtype("<f4")
_FILLED_AT_ONCE: Final = 1 << 16
"""Samples of a gap that are written at a time."""


class GrowingSignal:
    """Samples of a stream, appended to a file.

    Parameters
    ----------
    header : StreamHeader
        The stream's header.
    file : Path
        A new file for the samples; its folder exists.
    """

    def __init__(self, header: StreamHeader, file: Path) -> None:
        self.header = header
        self._file = file
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._n_samples = 0
        self._digest = hashlib.sha256(repr((header.fs_hz, header.leads)).encode())
        self._lock = threading.Lock()

    @property
    def n_samples(self) -> int:
        """Samples per lead so far."""
        return self._n_samples

    @property
    def duration_s(self) -> float:
        """Length so far in seconds."""
        return self._n_samples / self.header.fs_hz

    def append(self, signal_mv: npt.NDArray[np.float32]) -> None:
        """Add samples at the end.

        Parameters
        ----------
        signal_mv : ndarray of float32, shape (samples, leads)
            NaN where absent.

        Raises
        ------
        OSError
            If the disk does not take them; nothing is added then.
        """
        content = np.ascontiguousarray(signal_mv, dtype=_ITEM).tobytes()
        with self._lock:
            at = self._n_samples * self._row_bytes
            written = 0
            while written < len(content):
                written += os.pwrite(self._descriptor, content[written:], at + written)
            self._digest.update(content)
            self._n_samples += len(signal_mv)

    def append_absent(self, n_samples: int) -> None:
        """Add samples that were never received.

        Parameters
        ----------
        n_samples : int
            How many, per lead.
        """
        while n_samples > 0:
            part = min(n_samples, _FILLED_AT_ONCE)
            self.append(np.full((part, len(self.header.leads)), np.nan, dtype=np.float32))
            n_samples -= part

    def snapshot(self) -> Recording:
        """Return the recording as it is now; it does not grow, and is readable until `close`."""
        with self._lock:
            n_samples, sha256 = self._n_samples, self._digest.copy().hexdigest()
        recording = Recording(
            name=self.header.name,
            fs_hz=self.header.fs_hz,
            n_samples=n_samples,
            leads=self.header.leads,
            read_span=self._read,
            synthetic=self.header.synthetic,
            format_name="live stream",
        )
        recording.__dict__["sha256"] = sha256
        return recording

    def close(self) -> None:
        """Remove the samples from the disk."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1
                self._file.unlink(missing_ok=True)

    @property
    def _row_bytes(self) -> int:
        return len(self.header.leads) * _ITEM.itemsize

    def _read(self, start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        n_leads = len(self.header.leads)
        with self._lock:
            known = min(stop, self._n_samples) if self._descriptor >= 0 else start
            content = b""
            if known > start:
                content = os.pread(self._descriptor, (known - start) * self._row_bytes, start * self._row_bytes)
        rows = np.frombuffer(content, _ITEM).reshape(-1, n_leads)
        signal = np.full((stop - start, len(leads)), np.nan, dtype=np.float32)
        signal[: len(rows)] = rows[:, list(leads)]
        return signal


def window_of(recording: Recording, start: int, stop: int) -> Recording:
    """Return a span of a recording as a recording of its own, in memory.

    Parameters
    ----------
    recording : Recording
        The recording.
    start, stop : int
        First sample, and one past the last.

    Returns
    -------
    Recording
    """
    signal = recording.read(start, stop)

    def read_span(first: int, last: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        return signal[first:last, list(leads)].copy()

    window = Recording(
        name=recording.name,
        fs_hz=recording.fs_hz,
        n_samples=len(signal),
        leads=recording.leads,
        read_span=read_span,
        synthetic=recording.synthetic,
    )
    window.__dict__["sha256"] = hashlib.sha256(signal.tobytes()).hexdigest()
    return window
