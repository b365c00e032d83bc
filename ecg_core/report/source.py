"""What a report is made from: a recording, its analysis, the state of its review, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.delineation.lead_scales import relative_leads
from ecg_core.measurements import RecordingMeasurements, measure_recording
from ecg_core.privacy import deidentified
from ecg_core.recording import Recording
from ecg_core.recording_trends import RecordingTrends, recording_trends
from ecg_core.report.wording import clock_seconds, time_text
from ecg_core.review.diary import DiaryEntry, diary, file_diary
from ecg_core.review.readers import ReaderAgreement
from ecg_core.review.sleep_wake import Sleep, SleepWake, sleep_of, sleep_wake
from ecg_core.review.span_notes import SpanNote
from ecg_core.review.state import MARK_BITS, State
from ecg_core.rhythm import DEVICE_KINDS, Assessment, Summary, assessed_kinds, by_urgency, event_keys
from ecg_core.rhythm.assessed import without_untold
from ecg_core.rhythm.sleep import estimate_sleep
from ecg_core.rhythm.summary import summary_of


@dataclass(frozen=True)
class Review:
    """What people have done to the events of a recording.

    Attributes
    ----------
    marks : mapping of str to int
        Bits of `ecg_core.review.state.MARK_BITS` by the event's key.
    notes : mapping of str to str
        By the event's key.
    revision : int
        Number of the last entry of the log of edits; 0 without any.
    n_edits : int
        Entries in force.
    persons : tuple of str
        Who made them.
    n_conflicts : int
        Beats that two people changed differently and nobody has settled.
    span_notes : tuple of SpanNote
        Diary entries, sleep and the like that people have added and nobody has withdrawn.
    readers : ReaderAgreement or None
        Agreement of the two people with the most edits; None where fewer than two have edited.
    """

    marks: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    n_edits: int = 0
    persons: tuple[str, ...] = ()
    n_conflicts: int = 0
    span_notes: tuple[SpanNote, ...] = ()
    readers: ReaderAgreement | None = None

    @classmethod
    def of(
        cls,
        state: State,
        revision: int,
        persons: tuple[str, ...] = (),
        span_notes: tuple[SpanNote, ...] = (),
        readers: ReaderAgreement | None = None,
    ) -> Review:
        """Return the review of a folded log of edits.

        Parameters
        ----------
        state : State
            As :class:`ecg_core.review.session.ReviewSession` holds it.
        revision : int
            Of the log.
        persons : tuple of str
            Who made the edits in force.
        span_notes : tuple of SpanNote
            That nobody has withdrawn.
        readers : ReaderAgreement, optional
            Where two people have edited.
        """
        return cls(
            *(state.marks, state.notes, revision, state.n_in_force, persons, len(state.conflicts)),
            span_notes=span_notes,
            readers=readers,
        )

    def keys(self, mark: str) -> frozenset[str]:
        """Return the keys of the events that have a mark: ``seen``, ``dismissed`` or ``report``."""
        return frozenset(key for key, bits in self.marks.items() if bits & MARK_BITS[mark])


class ReportSource:
    """A recording with its analysis and review, and what follows from them, each computed once.

    Parameters
    ----------
    recording : Recording
        The recording; what a report says of it is taken from the de-identified one.
    analysis : Analysis
        With the corrections of the review.
    review : Review, optional
        Nothing by default.
    """

    def __init__(self, recording: Recording, analysis: Analysis, review: Review | None = None) -> None:
        self.recording = recording
        self.public = deidentified(recording)
        self.analysis = analysis
        self.review = review or Review()
        self.dismissed = self.review.keys("dismissed")
        self.clock_s = clock_seconds(self.public.start_time)

    @property
    def fs_hz(self) -> float:
        """Sampling rate in Hz."""
        return self.recording.fs_hz

    @cached_property
    def assessment(self) -> Assessment:
        """Which kinds of episodes were looked for."""
        return assessed_kinds(self.analysis)

    @cached_property
    def trends(self) -> RecordingTrends:
        """Hourly table and heart-rate variability."""
        return recording_trends(self.recording, self.analysis, self.dismissed)

    @cached_property
    def diary(self) -> list[DiaryEntry]:
        """What the file and people tell of the patient's diary, in order of time; texts of the file de-identified."""
        return diary(file_diary(self.public), self.review.span_notes)

    @cached_property
    def sleep(self) -> Sleep:
        """When the person slept, by hand or estimated."""
        n_samples = self.recording.n_samples
        estimate = estimate_sleep(self.trends.given, self.trends.episodes, self.fs_hz, n_samples)
        return sleep_of(self.review.span_notes, estimate, self.fs_hz, n_samples)

    @cached_property
    def sleep_wake(self) -> SleepWake:
        """Figures asleep and awake."""
        notes, n_samples = self.review.span_notes, self.recording.n_samples
        return sleep_wake(self.trends.table, self.sleep, notes, self.fs_hz, n_samples)

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """Episodes that nobody has dismissed, the most urgent first, with their key in ``event``."""
        episodes = self.analysis.episodes
        keyed = episodes.assign(event=event_keys(episodes))
        return by_urgency(keyed[~keyed["event"].isin(self.dismissed)])

    @cached_property
    def own_episodes(self) -> pd.DataFrame:
        """The same without statements of the device."""
        return self.episodes[~self.episodes["kind"].isin(DEVICE_KINDS)]

    @cached_property
    def summary(self) -> Summary:
        """Summary of what nobody has dismissed."""
        found = summary_of(
            self.trends.given,
            self.own_episodes,
            self.fs_hz,
            self.recording.n_samples,
            self.analysis.quality,
            self.dismissed,
        )
        return without_untold(found, self.assessment)

    @cached_property
    def measurements(self) -> RecordingMeasurements | None:
        """Measurements of the usual beat, and diagnostic statements; None where waves were not delineated."""
        if self.analysis.waves is None or not len(self.analysis.beats):
            return None
        return measure_recording(self.recording, self.analysis)

    @cached_property
    def relative(self) -> dict[int, str]:
        """Leads whose millivolts are relative, by number, with the reason."""
        found = {at: "no usable gain or unit" for at, lead in enumerate(self.public.leads) if not lead.calibrated}
        if self.recording.n_samples:
            reasons = relative_leads(self.recording)
            found |= {at: reasons[name] for at, name in enumerate(self.recording.lead_names) if name in reasons}
        return found

    def of_kinds(self, *kinds: str) -> pd.DataFrame:
        """Return the episodes of some kinds that nobody has dismissed, the most urgent first."""
        return self.own_episodes[self.own_episodes["kind"].isin(kinds)]

    def looked_for(self, *kinds: str) -> bool:
        """Tell whether some kinds were all looked for."""
        return not any(kind in self.assessment.not_assessed for kind in kinds)

    def why_not(self, *kinds: str) -> str:
        """Return why some kinds were not looked for; an empty text where all of them were."""
        reasons = (self.assessment.not_assessed.get(kind, "") for kind in kinds)
        return next((reason for reason in reasons if reason), "")

    def at(self, sample: int | float, *, seconds: bool = True) -> str:
        """Return the time of a sample as text.

        Parameters
        ----------
        sample : int or float
            Position in the recording.
        seconds : bool
            Whether to tell seconds, too.
        """
        return time_text(float(sample) / self.fs_hz, self.clock_s, seconds=seconds)

    def spans_s(self, *kinds: str) -> tuple[tuple[float, float], ...]:
        """Return the episodes of some kinds in seconds, in order of time."""
        found = self.of_kinds(*kinds).sort_values("start_sample")
        edges = found[["start_sample", "stop_sample"]].to_numpy(np.float64) / self.fs_hz
        return tuple((float(start), float(stop)) for start, stop in edges)
