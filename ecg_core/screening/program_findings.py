"""What the program found in a recording, as the audit of a device's statements asks for it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ecg_core.analysis import Analysis
from ecg_core.delineation.measured import Measured
from ecg_core.measurements import PAGE_S, RecordingMeasurements, waves_of_beats
from ecg_core.rhythm import DEVICE_KINDS, KIND_NAMES, assessed_kinds
from ecg_core.screening.urgency import MIN_READABLE_SHARE

MIN_SURE_SHARE = 0.95
"""Share of the seconds that must be readable before what is there speaks against a statement."""


class ProgramFindings:
    """Episodes, diagnostic statements and measurements of one recording.

    Parameters
    ----------
    analysis : Analysis
        Of the recording; what a device states is left out.
    fs_hz : float
        Sampling rate in Hz.
    measured : RecordingMeasurements or None
        None until the waves are delineated.
    """

    def __init__(self, analysis: Analysis, fs_hz: float, measured: RecordingMeasurements | None) -> None:
        self.analysis, self.fs_hz, self.measured = analysis, fs_hz, measured
        self.summary = analysis.summary
        self.episodes = analysis.episodes[~analysis.episodes["kind"].isin(DEVICE_KINDS)]
        self.unlooked = assessed_kinds(analysis).not_assessed

    @property
    def is_page(self) -> bool:
        """Whether the recording is one ECG, whose rhythm is that of all of it."""
        return self.summary.duration_s <= PAGE_S

    @property
    def is_readable(self) -> bool:
        """Whether nearly all of it can be read and beats were found."""
        share = self.summary.readable_share
        return self.summary.n_beats > 2 and share is not None and share >= MIN_SURE_SHARE

    @property
    def doubt(self) -> str:
        """Why nothing can be said of the recording; empty if something can."""
        share = self.summary.readable_share
        if not self.summary.n_beats:
            return "no beat was found"
        if share is not None and share < MIN_READABLE_SHARE:
            return f"readable for {100 * share:.0f} % of its time only"
        return ""

    def episode_of(self, *kinds: str) -> str:
        """Return the first kind that was found, with its reason; empty where none was.

        Parameters
        ----------
        *kinds : str
            Kinds of episodes.
        """
        for kind in kinds:
            rows = self.episodes[self.episodes["kind"] == kind]
            if len(rows):
                return f"{KIND_NAMES[kind]}: {rows['reason'].iloc[0]}"
        return ""

    def n_episodes(self, *kinds: str) -> int:
        """Return how many episodes of some kinds were found.

        Parameters
        ----------
        *kinds : str
            Kinds of episodes.
        """
        return int(self.episodes["kind"].isin(kinds).sum())

    def statement_of(self, *codes: str) -> str:
        """Return the first diagnostic statement of some codes that holds, with its reason; empty where none does.

        Parameters
        ----------
        *codes : str
            Codes of :mod:`ecg_core.interpretation`.
        """
        if self.measured is None:
            return ""
        for one in self.measured.interpretation.statements:
            if one.code in codes:
                return f"{one.text}: {one.reason}"
        return ""

    def why_not_looked_for(self, kinds: tuple[str, ...], codes: tuple[str, ...]) -> str:
        """Return why something was not looked for; empty where all its kinds of episodes, or all its codes, were.

        Parameters
        ----------
        kinds, codes : tuple of str
            Kinds of episodes and codes of diagnostic statements that tell it.
        """
        reasons = [self.unlooked[kind] for kind in kinds if kind in self.unlooked]
        if kinds and not reasons:
            return ""
        if not codes:
            return reasons[0]
        if self.measured is None:
            return "the waves are not delineated"
        missing = self.measured.interpretation.not_assessed
        return next((missing[code][1] for code in codes if code in missing), "")

    def value(self, quantity: str) -> float | None:
        """Return a measurement of the usual beat; None where it has none.

        Parameters
        ----------
        quantity : str
            Of :data:`ecg_core.delineation.measured.GLOBAL_QUANTITIES`.
        """
        if self.measured is None:
            return None
        return self.measured.shown.overall.get(quantity, Measured(None)).value

    @cached_property
    def p_share(self) -> float | None:
        """Share of the normal beats with a P wave before the QRS; None where P waves cannot be looked for."""
        waves = waves_of_beats(self.analysis)
        if waves is None or not self.analysis.classified:
            return None
        normal = (self.analysis.beats["label"] == "N").to_numpy(dtype=bool)
        asked = waves.assessed.any(axis=1) & normal
        return float(np.isfinite(waves.sample_of("p_on")[asked]).mean()) if asked.any() else None

    @cached_property
    def gaps_s(self) -> tuple[float, float]:
        """Shortest and longest time between neighbouring beats; the longest counts begin and end of the recording."""
        sample = self.analysis.beats["sample"].to_numpy(np.int64) / self.fs_hz
        edges = np.concatenate([[0.0], sample, [self.summary.duration_s]])
        between = np.diff(sample)
        return float(between.min(initial=np.inf)), float(np.diff(edges).max())

    def is_paced_or_block(self) -> bool:
        """Tell whether pacing or AV block sets the rhythm."""
        return bool(self.statement_of("PACE", "3AVB", "2AVB") or self.episode_of("PACED", "AVB3", "AVB2"))
