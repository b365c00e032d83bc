"""What is found in a signal before classification: beats, quality, pacing spikes, rhythm; cached on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core import __version__
from ecg_core.agreement import Agreement, agree
from ecg_core.caching import cache_folder, digest_of, keep_arrays, load_arrays
from ecg_core.detection import Detection
from ecg_core.pacing import PacingSpikes, find_beats_and_spikes, response, without_spikes
from ecg_core.progress import Progress
from ecg_core.recording import Recording
from ecg_core.rhythm.atrial_flutter import flutter_spans
from ecg_core.rhythm.dropped_beats import dropped_beat_spans
from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.flat_lines import without_flat_lines
from ecg_core.rhythm.interval_model import RHYTHMS, rhythm_probabilities
from ecg_core.rhythm.p_waves import p_evidence_of
from ecg_core.rhythm.recognition import RhythmModel, load_rhythm_model, recognise_recording
from ecg_core.rhythm.runs_in_noise import RhythmDoubt
from ecg_core.rhythm.ventricular import VentricularSpan, ventricular_spans

_DETECTION_VERSION: Final = 6
"""Counts up whenever detection gives other beats, so that what older versions cached is not taken."""

_RHYTHM_VERSION: Final = 15
"""Counts up whenever the same probabilities of the rhythm network give other spans or beats."""

_PACED_SHARE: Final = 0.7
"""Of the beats of a broad-complex rhythm that follow a ventricular spike: from there on it is paced, and no VT."""


@dataclass(frozen=True)
class Findings:
    """What is found in a signal before classification.

    Attributes
    ----------
    detection : Detection
        Beats and quality, in agreement with the rhythm.
    pacing : PacingSpikes
    probabilities : ndarray of float32, shape (seconds, 8)
        Of the rhythm network, in the order of `ecg_core.rhythm.RHYTHM_CLASSES`.
    spans : tuple of Span
        Rhythms that the network names.
    without_beats : tuple of (int, int)
        Spans in which beats cannot be told apart: no interval reaches across them.
    p_evidence : ndarray of float32, shape (beats,)
        Likeness of the waves before the QRS complexes, see :mod:`ecg_core.rhythm.p_waves`; NaN where not known.
    """

    detection: Detection
    pacing: PacingSpikes
    probabilities: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 8), dtype=np.float32))
    spans: tuple[Span, ...] = ()
    without_beats: tuple[tuple[int, int], ...] = ()
    p_evidence: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty(0, dtype=np.float32))

    def p_evidence_at(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the P evidence of the detected beat nearest to each of other beats; shape (beats,)."""
        detected = self.detection.sample
        if not len(detected) or not len(self.p_evidence):
            return np.full(len(samples), np.nan, dtype=np.float32)
        after = np.clip(np.searchsorted(detected, samples), 0, len(detected) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.abs(detected[before] - samples) < np.abs(detected[after] - samples)
        return self.p_evidence[np.where(nearer, before, after)]

    def doubt(self) -> RhythmDoubt:
        """Return what casts doubt on runs of V by their classes."""
        return RhythmDoubt.of(self.probabilities, self.detection.quality)

    def in_named_vt(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell which beats lie inside a ventricular tachycardia that the network names; shape (beats,)."""
        inside = np.zeros(len(samples), dtype=bool)
        for span in self.spans:
            if span.kind == "VT":
                inside |= (samples >= span.start_sample) & (samples < span.stop_sample)
        return inside


def find(
    recording: Recording,
    *,
    progress: Progress | None = None,
    cache: bool = True,
    rhythm_model: RhythmModel | None = None,
) -> Findings:
    """Detect beats and pacing spikes, grade quality and recognise the rhythm; from the cache where it was done before.

    Parameters
    ----------
    recording : Recording
        The recording.
    progress : callable, optional
        Called as ``progress(stage, share done)``.
    cache : bool
        Whether to take and keep results on disk.
    rhythm_model : RhythmModel, optional
        The shipped one by default.
    """
    detection, spikes = _beats_and_spikes(recording, progress, cache)
    model = rhythm_model or load_rhythm_model()
    given = digest_of(detection.sample, detection.quality)
    path = cache_file(recording, "rhythm", str(_RHYTHM_VERSION), model.sha256, given) if cache else None
    arrays = load_arrays(path, *_RHYTHM_ARRAYS)
    if arrays is None:
        share = (lambda done: progress("Recognising rhythms", done)) if progress else None
        clean = without_spikes(recording, spikes)
        probabilities = recognise_recording(clean, detection.sample, model, share)
        probabilities = without_flat_lines(clean, probabilities)
        named = ventricular_spans(probabilities, detection.quality)
        named = _not_paced(named, spikes, detection.sample, recording)
        agreed = agree(clean, detection, named, paced=len(spikes) > 0)
        dropped = dropped_beat_spans(clean, agreed.sample, agreed.quality)
        rr_s = np.diff(agreed.sample) / recording.fs_hz
        by_intervals = rhythm_probabilities(rr_s)[: len(agreed.sample)]
        fibrillation, of_flutter = (by_intervals[:, RHYTHMS.index(name)] for name in ("fibrillation", "flutter"))
        p_evidence = p_evidence_of(clean, agreed.sample, fibrillation)
        flutter = flutter_spans(clean, agreed.sample, agreed.quality, fibrillation + of_flutter, agreed.spans)
        agreed = replace(agreed, spans=(*agreed.spans, *dropped, *flutter))
        arrays = _arrays_of(agreed, probabilities) | {"p_evidence": p_evidence}
        keep_arrays(path, **arrays)
    return _findings_of(arrays, spikes)


def find_beats(recording: Recording, *, progress: Progress | None = None, cache: bool = True) -> Detection:
    """Detect beats and grade quality, consistent with the rhythm; see :func:`find`.

    Parameters
    ----------
    recording : Recording
        The recording.
    progress : Progress, optional
        Called with the fraction done.
    cache : bool
        Whether results are read from the cache and stored in it.

    Returns
    -------
    Detection
    """
    return find(recording, progress=progress, cache=cache).detection


def find_pacing(recording: Recording, *, progress: Progress | None = None, cache: bool = True) -> PacingSpikes:
    """Find the pacing spikes.

    Parameters
    ----------
    recording : Recording
        The recording.
    progress : Progress, optional
        Called with the fraction done.
    cache : bool
        Whether results are read from the cache and stored in it.

    Returns
    -------
    PacingSpikes
    """
    return _beats_and_spikes(recording, progress, cache)[1]


def cached_beats_file(recording: Recording) -> Path:
    """Return where the detected beats of a recording are kept."""
    return cache_file(recording, "beats", str(_DETECTION_VERSION))


def cache_file(recording: Recording, kind: str, *settings: str) -> Path:
    """Return the cache file of a result, for this content, version and settings.

    Parameters
    ----------
    recording : Recording
        The recording.
    kind : str
        Kind of result.
    *settings
        Settings that the result depends on.

    Returns
    -------
    Path
    """
    key = json.dumps([recording.sha256, recording.lead_names, recording.fs_hz, kind, __version__, *settings])
    return cache_folder("analyses") / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.{kind}.npz"


def _not_paced(
    found: list[VentricularSpan], spikes: PacingSpikes, samples: npt.NDArray[np.int64], recording: Recording
) -> list[VentricularSpan]:
    """Return the broad-complex rhythms but for the paced ones: most of their beats follow a ventricular spike."""
    if not len(spikes) or not found:
        return found
    paced = response(spikes, samples, recording.fs_hz, recording.n_samples).ventricular

    def is_paced(span: VentricularSpan) -> bool:
        inside = (samples >= span.start_s * recording.fs_hz) & (samples < span.stop_s * recording.fs_hz)
        return span.certain and bool(inside.any()) and float(paced[inside].mean()) >= _PACED_SHARE

    return [span for span in found if not is_paced(span)]


_RHYTHM_ARRAYS: Final = (
    "sample",
    "quality",
    "probabilities",
    "span",
    "span_kind",
    "span_reason",
    "without_beats",
    "p_evidence",
)


def _arrays_of(agreed: Agreement, probabilities: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[Any]]:
    return {
        "sample": agreed.sample,
        "quality": agreed.quality,
        "probabilities": probabilities.astype(np.float16),
        "span": np.array([[span.start_sample, span.stop_sample] for span in agreed.spans], np.int64).reshape(-1, 2),
        "span_kind": np.array([span.kind for span in agreed.spans], dtype="<U16"),
        "span_reason": np.array([span.reason for span in agreed.spans], dtype="<U160"),
        "without_beats": np.array(agreed.without_beats, dtype=np.int64).reshape(-1, 2),
    }


def _findings_of(arrays: Mapping[str, npt.NDArray[Any]], spikes: PacingSpikes) -> Findings:
    rows = zip(arrays["span"].tolist(), arrays["span_kind"].tolist(), arrays["span_reason"].tolist(), strict=True)
    return Findings(
        Detection(arrays["sample"], arrays["quality"]),
        spikes,
        arrays["probabilities"].astype(np.float32),
        tuple(Span(start, stop, kind, reason, "signal") for (start, stop), kind, reason in rows),
        tuple((start, stop) for start, stop in arrays["without_beats"].tolist()),
        arrays["p_evidence"],
    )


def _beats_and_spikes(recording: Recording, progress: Progress | None, cache: bool) -> tuple[Detection, PacingSpikes]:
    path = cached_beats_file(recording) if cache else None
    stored = load_arrays(
        path, "sample", "quality", "spike", "spike_leads", "spike_chamber", "spikes_assessable", "spike_deflection"
    )
    if stored is not None:
        return Detection(sample=stored["sample"], quality=stored["quality"]), PacingSpikes(
            sample=stored["spike"],
            leads=stored["spike_leads"],
            chamber=stored["spike_chamber"],
            assessable=bool(stored["spikes_assessable"]),
            deflection=stored["spike_deflection"],
        )
    detection, spikes = find_beats_and_spikes(
        recording, progress=(lambda share: progress("Finding beats", share)) if progress else None
    )
    keep_arrays(
        path,
        sample=detection.sample,
        quality=detection.quality,
        spike=spikes.sample,
        spike_leads=spikes.leads,
        spike_chamber=spikes.chamber,
        spikes_assessable=np.array(spikes.assessable),
        spike_deflection=spikes.deflection,
    )
    return detection, spikes
