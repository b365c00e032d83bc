"""Real noise for training: baseline wander and muscle artefact, recorded without a heart in them.

Moody, Muldrow & Mark 1984, the MIT-BIH Noise Stress Test Database: records ``bw`` and ``ma``. Its third noise,
electrode motion (``em``), is what detectors and classifiers are tested with, and is never trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core import settings
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.signal.filters import bandpass
from ecg_core.signal.resampling import resample
from ecg_core.sources.local import database_folder

TRAINED_WITH: Final = ("bw", "ma")


@dataclass(frozen=True)
class NoiseBank:
    """Recorded noise at the rate of the windows it is added to.

    Attributes
    ----------
    tracks : tuple of ndarray of float32, shape (samples,)
        Each of deviation 1.
    sha256 : dict of str to str
        Content hash of each noise record.
    """

    tracks: tuple[npt.NDArray[np.float32], ...]
    sha256: dict[str, str]

    @classmethod
    def load(cls, folder: Path, fs_hz: float, band_hz: tuple[float, float] | None) -> NoiseBank:
        """Read the noise records of a folder, filtered as the windows are.

        Raises
        ------
        SourceError
            If the folder holds neither of them.
        """
        tracks, digests = [], {}
        for name in TRAINED_WITH:
            header = folder / f"{name}.hea"
            if not header.is_file():
                continue
            recording = open_recording(header, name=name)
            signal = resample(recording.read(), recording.fs_hz, fs_hz)
            if band_hz:
                signal = bandpass(signal, fs_hz, *band_hz)
            signal = signal - np.nanmean(signal, axis=0)
            spread = np.nanstd(signal, axis=0)
            tracks += [np.nan_to_num(signal[:, lead] / spread[lead]) for lead in np.flatnonzero(spread > 0)]
            digests[name] = recording.sha256
        if not tracks:
            raise SourceError(
                f"{folder} holds no noise record {' or '.join(TRAINED_WITH)}; give the MIT-BIH Noise Stress Test "
                "Database's folder (python -m ecg_core fetch nstdb --to DIR)."
            )
        return cls(tuple(np.asarray(track, np.float32) for track in tracks), digests)

    @classmethod
    def found(cls, folder: Path | None, fs_hz: float, band_hz: tuple[float, float] | None) -> NoiseBank:
        """Read the noise records of a folder, or of one of that name below ``$ECG_DATA``; by default of ``nstdb``.

        Raises
        ------
        SourceError
            If there are none.
        """
        if folder is None and settings.ECG_DATA.get() is None:
            raise SourceError(
                "Recorded noise is mixed in: give the folder of the MIT-BIH Noise Stress Test Database "
                "(python -m ecg_core fetch nstdb --to DIR)."
            )
        return cls.load(database_folder(folder or "nstdb"), fs_hz, band_hz)

    def stretches(self, n: int, length: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `n` stretches of `length` samples, shape (n, length), anywhere in any track; a short one is repeated."""
        track = rng.integers(len(self.tracks), size=n)
        place = rng.random(n)
        within = np.arange(length)
        return np.stack(
            [
                self.tracks[t].take(int(p * max(len(self.tracks[t]) - length, 0)) + within, mode="wrap")
                for t, p in zip(track, place, strict=True)
            ]
        )
