"""What rests on the waves of a recording: their boundaries, the ST trend, ST episodes and AV block; cached on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import BoolArray
from ecg_core.caching import digest_of, keep_arrays, load_arrays
from ecg_core.delineation.av_conduction import av_spans
from ecg_core.delineation.delineator import delineate
from ecg_core.delineation.regularised_fibrillation import regularised_fibrillation
from ecg_core.delineation.st import StTrend, st_trend
from ecg_core.delineation.st_episodes import st_spans
from ecg_core.delineation.wave_model import WaveModel, load_wave_model
from ecg_core.delineation.waves import Waves
from ecg_core.findings import cache_file
from ecg_core.pacing import PacingSpikes, response, without_spikes
from ecg_core.progress import Progress
from ecg_core.recording import Recording
from ecg_core.rhythm.episode_types import Span

_VERSION: Final = 2
"""Counts up whenever the same network gives other boundaries for the same beats."""

_ARRAYS: Final = ("offset", "confidence", "assessed", "common", "unconducted_p")

NO_AV_CONDUCTION: Final = frozenset({"AFIB", "AFL", "VT", "VF", "POSSIBLE_VT", "ASYSTOLE", "UNREADABLE"})
"""Rhythms in which no P wave leads to a QRS complex, or none can be told."""


@dataclass(frozen=True)
class WaveFindings:
    """Waves of a recording and what follows from them.

    Attributes
    ----------
    waves : Waves
        Of the beats as they were detected.
    st : StTrend
        ST level over the recording.
    spans : tuple of Span
        Episodes of kinds ``ST``, ``AVB1``, ``AVB2``, ``AVB3``, and ``AFIB`` where it is in complete block.
    model_name, model_sha256 : str
        Of the delineation network.
    """

    waves: Waves
    st: StTrend
    spans: tuple[Span, ...]
    model_name: str
    model_sha256: str

    def provenance(self) -> Mapping[str, Any]:
        """Return what an analysis says of the delineation: its model, and whether ST and AV conduction were judged."""
        missing = self.st.not_assessed
        without_p = not np.isfinite(self.waves.sample_of("p_on")).any()
        return {
            "wave_model": self.model_name,
            "wave_model_sha256": self.model_sha256,
            "st": "assessed" if len(missing) < len(self.st.lead_names) else next(iter(missing.values()), "no leads"),
            "st_not_assessed": dict(missing),
            "av_conduction": "no P wave found" if without_p else "assessed",
        }


def find_waves(
    recording: Recording,
    spikes: PacingSpikes,
    beats: pd.DataFrame,
    episodes: pd.DataFrame,
    quality: npt.NDArray[np.uint8],
    *,
    model: WaveModel | None = None,
    progress: Progress | None = None,
    cache: bool = True,
) -> WaveFindings:
    """Delineate every beat, measure the ST segment and look for AV block; boundaries may come from the cache.

    Parameters
    ----------
    recording : Recording
        The recording.
    spikes : PacingSpikes
        Its pacing spikes; the signal is read without them.
    beats : pandas.DataFrame
        The beat table.
    episodes : pandas.DataFrame
        Episodes of the rhythm.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    model : WaveModel, optional
        The shipped one by default.
    progress : callable, optional
        Called as ``progress(stage, share done)``.
    cache : bool
        Whether to take and keep boundaries on disk.

    Returns
    -------
    WaveFindings
    """
    model = model or load_wave_model()
    samples = beats["sample"].to_numpy(dtype=np.int64)
    clean = without_spikes(recording, spikes)
    waves = _waves(recording, clean, samples, quality, model, progress, cache)
    trend, spans = st_and_conduction(recording, clean, spikes, waves, beats, episodes, quality, progress=progress)
    return WaveFindings(waves, trend, spans, model.name, model.sha256)


def st_and_conduction(
    recording: Recording,
    clean: Recording,
    spikes: PacingSpikes,
    waves: Waves,
    beats: pd.DataFrame,
    episodes: pd.DataFrame,
    quality: npt.NDArray[np.uint8],
    *,
    known: StTrend | None = None,
    uncounted: BoolArray | None = None,
    progress: Progress | None = None,
) -> tuple[StTrend, tuple[Span, ...]]:
    """Measure the ST segment, and find episodes of ST deviation and AV block, from the waves.

    Parameters
    ----------
    recording, clean : Recording
        The recording, with and without pacing spikes.
    spikes : PacingSpikes
        Its pacing spikes.
    waves : Waves
        Of its beats.
    beats, episodes : pandas.DataFrame
        The beat table, and episodes of the rhythm.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    known : StTrend, optional
        Earlier trend: only what has changed is measured again.
    uncounted : ndarray of bool, shape (beats,), optional
        Beats in artefacts named by a person: their ST segment is not measured.
    progress : callable, optional
        Called as ``progress(stage, share done)``.

    Returns
    -------
    trend : StTrend
    spans : tuple of Span
        Of kinds ``ST``, ``AVB1``, ``AVB2``, ``AVB3``, and ``AFIB`` where it is in complete block.
    """
    samples = beats["sample"].to_numpy(dtype=np.int64)
    labels = beats["label"].fillna("").to_numpy(dtype=str) if beats["label"].notna().any() else None
    paced = response(spikes, samples, recording.fs_hz, recording.n_samples).ventricular
    share = (lambda done: progress("Measuring the ST segment", done)) if progress else None
    measured = labels if labels is None or uncounted is None else np.where(uncounted, "", labels)
    trend = st_trend(clean, waves, measured, quality, paced, share, known)
    conducted = ~paced & ~_inside(samples, episodes)
    escape = np.zeros(len(samples), dtype=bool)
    if labels is not None:
        escape = conducted & (labels == "V")
        conducted &= (labels == "N") | (labels == "S")
    blocks = av_spans(waves, recording.fs_hz, conducted, escape)
    fibrillation = regularised_fibrillation(clean, waves, conducted | escape)
    return trend, (*st_spans(trend, recording), *blocks, *fibrillation)


def _waves(
    recording: Recording,
    clean: Recording,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8],
    model: WaveModel,
    progress: Progress | None,
    cache: bool,
) -> Waves:
    given = digest_of(samples, quality)
    path = cache_file(recording, "waves", str(_VERSION), model.sha256, given) if cache else None
    stored = load_arrays(path, *_ARRAYS)
    if stored is not None:
        return Waves(
            samples,
            recording.lead_names,
            stored["offset"],
            stored["confidence"].astype(np.float32),
            stored["assessed"],
            stored["common"],
            stored["unconducted_p"],
        )
    share = (lambda done: progress("Delineating waves", done)) if progress else None
    if share is not None:
        share(0.0)
    waves = delineate(clean, samples, quality, model, share)
    keep_arrays(
        path,
        offset=waves.offset,
        confidence=waves.confidence.astype(np.float16),
        assessed=waves.assessed,
        common=waves.common,
        unconducted_p=waves.unconducted_p,
    )
    return waves


def _inside(samples: npt.NDArray[np.int64], episodes: pd.DataFrame) -> BoolArray:
    """Tell which beats lie in a rhythm without AV conduction; shape (beats,)."""
    inside = np.zeros(len(samples), dtype=bool)
    own = episodes[episodes["kind"].isin(NO_AV_CONDUCTION)]
    for start, stop in zip(own["start_sample"].tolist(), own["stop_sample"].tolist(), strict=True):
        low, high = np.searchsorted(samples, [start, stop])
        inside[low:high] = True
    return inside
