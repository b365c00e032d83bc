"""Measurements of the median beat of each family and of each hour.

They follow the rules of the recording's usual beat (:mod:`ecg_core.delineation.measure`): medians with their
uncertainty, absent with a reason. A beat in atrial fibrillation or flutter has no P wave, whatever looks like one; a
group of which most beats lie there has none. Each median reads at most
:data:`ecg_core.delineation.median_beats.MAX_BEATS` beats, so a day with twelve families reads some 2000.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.arrays import BoolArray
from ecg_core.delineation.lead_scales import relative_leads
from ecg_core.delineation.measure import calibrated_only, measure
from ecg_core.delineation.measured import BeatMeasurements
from ecg_core.delineation.waves import ABSENT, Waves
from ecg_core.measured_beats import (
    WITHOUT_P_WAVES,
    basis_of,
    beats_without_p_waves,
    families_of,
    labels_of,
    paced_beats,
    usual_of,
    waves_of_beats,
    without_p_waves,
)
from ecg_core.recording import Recording

HOURLY_FROM_S: Final = 3600.0
"""Recordings of this length and longer are measured by the hour."""

_P_WAVE: Final = slice(0, 3)
"""Of `BOUNDARIES`."""

_MOST: Final = 0.5


@dataclass(frozen=True)
class GroupMeasurements:
    """Measurements of the median of some beats.

    Attributes
    ----------
    label : str or None
        Class of most of the beats; None where they have none.
    n_beats : int
    basis : str
        Which beats these are: ``812 normal beats``.
    measurements : BeatMeasurements
        Without amplitudes of leads whose scale is not known.
    """

    label: str | None
    n_beats: int
    basis: str
    measurements: BeatMeasurements


def measure_families(recording: Recording, analysis: Analysis) -> dict[int, GroupMeasurements]:
    """Measure the median beat of each family.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        With waves and families, and with corrections, where a person has made some.

    Returns
    -------
    dict of int to GroupMeasurements
        By the number of the family, in the order of the analysis; empty until the recording was delineated and
        grouped.
    """
    groups = _Groups.of(recording, analysis)
    if groups is None or analysis.templates is None:
        return {}
    found = {one.index: groups.family(one.index) for one in analysis.templates.families}
    return {index: one for index, one in found.items() if one.n_beats}


def measure_family(recording: Recording, analysis: Analysis, index: int) -> GroupMeasurements | None:
    """Measure the median beat of one family.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        With waves and families, and with corrections, where a person has made some.
    index : int
        Number of the family.

    Returns
    -------
    GroupMeasurements or None
        None until the recording was delineated, and where the family has no beats.
    """
    groups = _Groups.of(recording, analysis)
    if groups is None:
        return None
    found = groups.family(index)
    return found if found.n_beats else None


def measure_hours(recording: Recording, analysis: Analysis) -> tuple[GroupMeasurements, ...]:
    """Measure the median of the usual beats of each hour.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        With waves, and with corrections, where a person has made some.

    Returns
    -------
    tuple of GroupMeasurements
        One for each started hour from the beginning of the recording, with the usual beats of that hour; empty for
        recordings of less than an hour, and until the recording was delineated.
    """
    groups = _Groups.of(recording, analysis)
    if groups is None or recording.duration_s < HOURLY_FROM_S:
        return ()
    return tuple(groups.within(hour).usual() for hour in range(math.ceil(recording.duration_s / 3600)))


@dataclass(frozen=True)
class _Groups:
    """What the groups of a recording share: its beats, or those of an hour."""

    recording: Recording
    waves: Waves
    atria: npt.NDArray[np.str_]
    label: npt.NDArray[np.str_]
    families: npt.NDArray[np.int64] | None
    paced: BoolArray
    relative: Mapping[str, str]

    @classmethod
    def of(cls, recording: Recording, analysis: Analysis) -> _Groups | None:
        """Return what the groups share; None until the recording was delineated."""
        waves = waves_of_beats(analysis)
        if waves is None:
            return None
        atria = beats_without_p_waves(analysis)
        return cls(
            recording,
            _cleared(waves, atria != ""),
            atria,
            labels_of(analysis),
            families_of(analysis),
            paced_beats(analysis),
            relative_leads(recording),
        )

    def within(self, hour: int) -> _Groups:
        hour_samples = 3600 * self.recording.fs_hz
        low, high = np.searchsorted(self.waves.beat, [hour * hour_samples, (hour + 1) * hour_samples]).tolist()
        part = slice(low, high)
        return replace(
            self,
            waves=self.waves.of_beats(np.arange(low, high)),
            atria=self.atria[part],
            label=self.label[part],
            families=None if self.families is None else self.families[part],
            paced=self.paced[part],
        )

    def family(self, index: int) -> GroupMeasurements:
        chosen = np.zeros(len(self.waves), dtype=bool) if self.families is None else self.families == index
        return self.measured(chosen, basis_of(chosen, self.label == "N", self.paced, "of the family"))

    def usual(self) -> GroupMeasurements:
        return self.measured(*usual_of(self.label, self.families, self.paced))

    def measured(self, chosen: BoolArray, basis: str) -> GroupMeasurements:
        found = measure(self.recording, self.waves, chosen).measurements
        n_beats = int(chosen.sum())
        for kind in WITHOUT_P_WAVES:
            if n_beats and (self.atria[chosen] == kind).sum() > _MOST * n_beats:
                found = without_p_waves(found, kind)
        names, counts = np.unique(self.label[chosen & (self.label != "")], return_counts=True)
        label = str(names[counts.argmax()]) if len(names) else None
        return GroupMeasurements(label, n_beats, basis, calibrated_only(found, self.relative))


def _cleared(waves: Waves, chosen: BoolArray) -> Waves:
    """Return waves without the P waves of some beats."""
    if not chosen.any():
        return waves
    offset, common = waves.offset.copy(), waves.common.copy()
    offset[chosen, :, _P_WAVE] = ABSENT
    common[chosen, _P_WAVE] = ABSENT
    return replace(waves, offset=offset, common=common)
