"""What was found in a stream so far, put together from windows that were analysed one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis, with_beats
from ecg_core.arrays import Float32Array, Int64Array, UInt8Array
from ecg_core.beats import PROBABILITY_COLUMNS, beat_table, set_probabilities
from ecg_core.detection import Detection
from ecg_core.findings import Findings
from ecg_core.pacing import PacingSpikes, no_spikes
from ecg_core.recording import Recording
from ecg_core.rhythm import Span
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
from ecg_core.signal.quality import grades_at

SAME_BEAT_S: Final = 0.15
"""Beats of two windows that are nearer to each other than this where one takes over from the other are one beat."""


@dataclass(frozen=True)
class StreamFindings:
    """Findings of a stream.

    Attributes
    ----------
    sample : ndarray of int64, shape (beats,)
    probabilities : ndarray of float32, shape (beats, 5)
    p_evidence : ndarray of float32, shape (beats,)
    quality : ndarray of uint8, shape (seconds, leads)
    rhythm : ndarray of float32, shape (seconds, 8)
    spikes : PacingSpikes
    spans : tuple of Span
        Rhythms that the signal names.
    without_beats : tuple of (int, int)
    """

    sample: Int64Array
    probabilities: Float32Array
    p_evidence: Float32Array
    quality: UInt8Array
    rhythm: Float32Array
    spikes: PacingSpikes
    spans: tuple[Span, ...] = ()
    without_beats: tuple[tuple[int, int], ...] = ()

    @classmethod
    def none(cls, n_leads: int) -> StreamFindings:
        """Return the findings of a stream without a sample."""
        return cls(
            sample=np.empty(0, np.int64),
            probabilities=np.empty((0, len(PROBABILITY_COLUMNS)), np.float32),
            p_evidence=np.empty(0, np.float32),
            quality=np.empty((0, n_leads), np.uint8),
            rhythm=np.empty((0, len(RHYTHM_CLASSES)), np.float32),
            spikes=no_spikes(n_leads),
        )

    @classmethod
    def of(cls, analysis: Analysis, offset_s: int, fs_hz: float) -> StreamFindings:
        """Take the findings of a window.

        Parameters
        ----------
        analysis : Analysis
            Analysis of the window.
        offset_s : int
            Second of the stream at which the window begins.
        fs_hz : float
            Sampling rate in Hz.
        """
        found = analysis.findings
        assert found is not None
        offset = round(offset_s * fs_hz)
        return cls(
            sample=found.detection.sample + offset,
            probabilities=analysis.beats[list(PROBABILITY_COLUMNS)].to_numpy(np.float32),
            p_evidence=found.p_evidence_at(found.detection.sample),
            quality=found.detection.quality,
            rhythm=found.probabilities,
            spikes=replace(found.pacing, sample=found.pacing.sample + offset),
            spans=tuple(
                replace(span, start_sample=span.start_sample + offset, stop_sample=span.stop_sample + offset)
                for span in found.spans
            ),
            without_beats=tuple((start + offset, stop + offset) for start, stop in found.without_beats),
        )

    def taken_over(
        self, window: StreamFindings, window_s: int, from_s: int, to_s: int | None, fs_hz: float
    ) -> StreamFindings:
        """Return the findings with those of a window in its part of the stream.

        Parameters
        ----------
        window : StreamFindings
            Findings of a window, at samples of the stream.
        window_s : int
            Second at which the window begins.
        from_s, to_s : int
            Seconds in which the window's findings hold; to its end where `to_s` is None.
        fs_hz : float
            Sampling rate in Hz.

        Returns
        -------
        StreamFindings
        """
        start = round(from_s * fs_hz)
        stop = np.iinfo(np.int64).max if to_s is None else round(to_s * fs_hz)
        apart = round(SAME_BEAT_S * fs_hz)
        before, after = self.sample < start, self.sample >= stop
        inside = (window.sample >= start) & (window.sample < stop)
        if before.any():
            inside &= window.sample - self.sample[before][-1] >= apart
        if after.any() and inside.any():
            after &= self.sample - window.sample[inside][-1] >= apart

        def beats(name: str) -> npt.NDArray[Any]:
            ours, theirs = getattr(self, name), getattr(window, name)
            return np.concatenate([ours[before], theirs[inside], ours[after]])

        def seconds(name: str) -> npt.NDArray[Any]:
            ours, theirs = getattr(self, name), getattr(window, name)
            part = theirs[from_s - window_s : None if to_s is None else to_s - window_s]
            rest = ours[:0] if to_s is None else ours[to_s:]
            return np.concatenate([ours[:from_s], part, rest])

        return StreamFindings(
            sample=beats("sample"),
            probabilities=beats("probabilities"),
            p_evidence=beats("p_evidence"),
            quality=seconds("quality"),
            rhythm=seconds("rhythm"),
            spikes=_spikes(self.spikes, window.spikes, start, stop),
            spans=_spans(self.spans, window.spans, start, stop, fs_hz),
            without_beats=_pairs(self.without_beats, window.without_beats, start, stop),
        )

    def analysis(self, recording: Recording, provenance: dict[str, Any]) -> Analysis:
        """Compute what follows from the findings: episodes and summary of the whole stream so far.

        Parameters
        ----------
        recording : Recording
            The stream's recording, as long as the findings.
        provenance : dict
            Provenance of the analysis.

        Returns
        -------
        Analysis
        """
        beats = beat_table(self.sample, recording.fs_hz)
        if len(beats) and len(self.quality):
            beats["quality"] = pd.array(grades_at(self.quality, beats["time_s"]).max(axis=1), dtype="Int8")
        beats = set_probabilities(beats, self.probabilities)
        found = Findings(
            Detection(self.sample, self.quality),
            self.spikes,
            self.rhythm,
            self.spans,
            self.without_beats,
            self.p_evidence,
        )
        return with_beats(recording, beats, self.quality, provenance, None, found)


def _spikes(ours: PacingSpikes, theirs: PacingSpikes, start: int, stop: int) -> PacingSpikes:
    before, after = ours.sample < start, ours.sample >= stop
    inside = (theirs.sample >= start) & (theirs.sample < stop)
    return PacingSpikes(
        np.concatenate([ours.sample[before], theirs.sample[inside], ours.sample[after]]),
        np.concatenate([ours.leads[before], theirs.leads[inside], ours.leads[after]]),
        np.concatenate([ours.chamber[before], theirs.chamber[inside], ours.chamber[after]]),
        theirs.assessable,
        np.concatenate([ours.deflection[before], theirs.deflection[inside], ours.deflection[after]]),
    )


def _spans(ours: Sequence[Span], theirs: Sequence[Span], start: int, stop: int, fs_hz: float) -> tuple[Span, ...]:
    """Return ours outside and theirs inside a stretch; what goes on across its ends stays one span."""
    parts = [cut for span in ours for cut in (_cut(span, 0, start), _cut(span, stop, None)) if cut is not None]
    parts += [cut for span in theirs if (cut := _cut(span, start, stop)) is not None]
    joined: list[Span] = []
    for span in sorted(parts, key=lambda one: (one.start_sample, one.stop_sample)):
        last = next((i for i in reversed(range(len(joined))) if _goes_on(joined[i], span)), None)
        if last is None:
            joined.append(span)
        else:
            joined[last] = _joined(joined[last], span, fs_hz)
    return tuple(joined)


def _cut(span: Span, start: int, stop: int | None) -> Span | None:
    begin = max(span.start_sample, start)
    end = span.stop_sample if stop is None else min(span.stop_sample, stop)
    return replace(span, start_sample=begin, stop_sample=end) if end > begin else None


def _goes_on(before: Span, after: Span) -> bool:
    return (before.kind, before.source) == (after.kind, after.source) and before.stop_sample == after.start_sample


_IN_ALL: Final = " s in all; latest part: "


def _joined(before: Span, after: Span, fs_hz: float) -> Span:
    """Return two parts of one rhythm as one span; figures of the reason are those of the later part."""
    latest = after.reason.partition(_IN_ALL)[2] or after.reason
    length_s = (after.stop_sample - before.start_sample) / fs_hz
    return replace(before, stop_sample=after.stop_sample, reason=f"{length_s:.0f}{_IN_ALL}{latest}")


def _pairs(
    ours: Sequence[tuple[int, int]], theirs: Sequence[tuple[int, int]], start: int, stop: int
) -> tuple[tuple[int, int], ...]:
    kept = [(a, min(b, start)) for a, b in ours if a < start] + [(max(a, stop), b) for a, b in ours if b > stop]
    kept += [(max(a, start), min(b, stop)) for a, b in theirs if b > start and a < stop]
    joined: list[tuple[int, int]] = []
    for a, b in sorted(kept):
        if joined and joined[-1][1] == a:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return tuple(joined)
