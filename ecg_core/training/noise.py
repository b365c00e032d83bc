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
from ecg_core.recording import Recording
from ecg_core.signal.filters import bandpass
from ecg_core.signal.resampling import resample
from ecg_core.sources.local import database_folder

NOISE_RECORDS: Final = ("bw", "ma")

_ABSENT: Final = (
    f"{{}} holds no noise record {' or '.join(NOISE_RECORDS)}; give the MIT-BIH Noise Stress Test Database's folder "
    "(python -m ecg_core fetch nstdb --to DIR)."
)


def open_noise(folder: Path) -> dict[str, Recording]:
    """Open the noise records of a folder that may be trained with.

    Parameters
    ----------
    folder : Path
        The MIT-BIH Noise Stress Test Database.

    Returns
    -------
    dict of str to Recording
        By record name, one or both of `NOISE_RECORDS`.

    Raises
    ------
    SourceError
        If the folder holds neither of them.
    """
    headers = {name: folder / f"{name}.hea" for name in NOISE_RECORDS}
    found = {name: open_recording(header, name=name) for name, header in headers.items() if header.is_file()}
    if not found:
        raise SourceError(_ABSENT.format(folder))
    return found


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

        Parameters
        ----------
        folder : Path
            Folder of the MIT-BIH Noise Stress Test Database.
        fs_hz : float
            Sampling rate of the windows in Hz.
        band_hz : tuple of float and float or None
            Pass band in Hz; None to leave the noise as it is.

        Returns
        -------
        NoiseBank

        Raises
        ------
        SourceError
            If the folder holds neither of the records.
        """
        tracks, digests = [], {}
        for name, recording in open_noise(folder).items():
            signal = resample(recording.read(), recording.fs_hz, fs_hz)
            if band_hz:
                signal = bandpass(signal, fs_hz, *band_hz)
            signal = signal - np.nanmean(signal, axis=0)
            spread = np.nanstd(signal, axis=0)
            tracks += [np.nan_to_num(signal[:, lead] / spread[lead]) for lead in np.flatnonzero(spread > 0)]
            digests[name] = recording.sha256
        if not tracks:
            raise SourceError(_ABSENT.format(folder))
        return cls(tuple(np.asarray(track, np.float32) for track in tracks), digests)

    @classmethod
    def found(cls, folder: Path | None, fs_hz: float, band_hz: tuple[float, float] | None) -> NoiseBank:
        """Read the noise records of a folder, or of one of that name below ``$ECG_DATA``.

        Parameters
        ----------
        folder : Path or None
            Folder or name of the database; None for ``nstdb``.
        fs_hz : float
            Sampling rate of the windows in Hz.
        band_hz : tuple of float and float or None
            Pass band in Hz; None to leave the noise as it is.

        Returns
        -------
        NoiseBank

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
        """Draw spans of noise from anywhere in any track; a track that is too short is repeated.

        Parameters
        ----------
        n : int
            Number of spans.
        length : int
            Length of each in samples.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ndarray of float32, shape (n, length)
        """
        track = rng.integers(len(self.tracks), size=n)
        place = rng.random(n)
        within = np.arange(length)
        return np.stack(
            [
                self.tracks[t].take(int(p * max(len(self.tracks[t]) - length, 0)) + within, mode="wrap")
                for t, p in zip(track, place, strict=True)
            ]
        )
