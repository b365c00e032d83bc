"""Audit of marked ectopic beats, one verdict each.

A label is refuted only by evidence of its own kind: a second mark on one complex, no complex at all, a complex that is
like the recording's sinus beats in all good leads, an interval that is not short. That the program says another class
is no such evidence: the label is then uncertain. Thresholds were chosen on DS1 of MIT-BIH and every fifth record of
SVDB, whose labels count as true; ``python -m ecg_core evaluate --labels`` prints how many of them are refuted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ecg_core.analysis import Analysis
from ecg_core.arrays import BoolArray, Float64Array, Int64Array
from ecg_core.beats import GOOD, PROBABILITY_COLUMNS, UNREADABLE
from ecg_core.evaluation.matching import window_samples
from ecg_core.recording import Recording
from ecg_core.rhythm.intervals import runs
from ecg_core.screening.label_evidence import (
    LabelEvidence,
    SinusShapes,
    Steepness,
    evidence_of,
    in_t_wave,
    prematurity,
)
from ecg_core.screening.stated_labels import StatedLabels
from ecg_core.screening.verdicts import Verdict

ECTOPIC: Final = ("V", "F", "S")

DOUBLE_MS: Final = 300.0
"""Coupling to another mark below which a mark may be the second one on a beat."""

ONE_BEAT_MS: Final = 120.0
"""Coupling below which two marks cannot be two beats: ventricular muscle is refractory for longer."""

FLAT: Final = 0.5
"""Steepness, in that of the recording's QRS complexes, below which a mark beside a beat has no complex of its own."""

NOTHING: Final = 0.3
"""Steepness below which there is no complex at a mark far from any beat."""

SURE: Final = 0.9
"""Probability from which the program's class counts as evidence."""

LIKE_SINUS: Final = 0.9
"""Likeness to a sinus beat, see `SinusShapes.likeness`, from which a shape is that of the sinus beats."""

UNLIKE_SINUS: Final = 0.7
"""Likeness below which a lead shows another shape."""

MAX_WIDER_MS: Final = 20.0
"""Width beyond that of the sinus beats up to which a complex is no wider than they are."""

IN_TIME: Final = 1.0
"""Interval before a beat over the local RR from which it is not premature."""

EARLY: Final = 0.85
"""Interval below which an S beat that only the program calls is premature beyond doubt."""

_T_SLACK_S: Final = 0.01
_RUN: Final = 3


class BeatVerdict(NamedTuple):
    """A verdict on one beat.

    Attributes
    ----------
    sample : int
        Of the file's mark; of the program's beat where the file marks none there.
    label : str
        Class that the file gives; empty where it marks no beat.
    program : str
        Class that the program gives; empty where it found no beat.
    by : {"file", "program"}
        Who calls the beat ectopic.
    verdict : Verdict
    reason : str
    """

    sample: int
    label: str
    program: str
    by: str
    verdict: Verdict
    reason: str


def audit_beats(labels: StatedLabels, recording: Recording, analysis: Analysis) -> list[BeatVerdict]:
    """Judge every ectopic beat that a file marks, and those that it lacks.

    Parameters
    ----------
    labels : StatedLabels
        What the file states.
    recording : Recording
        The recording.
    analysis : Analysis
        With classes; waves make more verdicts possible.

    Returns
    -------
    list of BeatVerdict
        In order of time.
    """
    judge = _Judge(labels, recording, analysis)
    marked = np.flatnonzero(np.isin(labels.label, ECTOPIC))
    verdicts = [judge.verdict(at) for at in marked.tolist()]
    return sorted([*verdicts, *judge.missed()], key=lambda each: each.sample)


class _Judge:
    """The evidence of one recording and the rules over it."""

    def __init__(self, labels: StatedLabels, recording: Recording, analysis: Analysis) -> None:
        self.labels, self.recording, self.analysis = labels, recording, analysis
        self.evidence = evidence = evidence_of(labels, recording, analysis)
        self.ours = analysis.beats["sample"].to_numpy(np.int64)
        self.shapes = SinusShapes(labels, evidence, recording, analysis)
        self.steepness = Steepness(recording, self.ours[self.shapes.agreed])
        self.waves = None if analysis.waves is None else analysis.waves.waves
        self.width_ms = None if self.waves is None else self.waves.interval_ms("qrs_on", "qrs_off", recording.fs_hz)
        self.sinus_width_ms = _median(self.width_ms, self.shapes.agreed)
        self.likeness = self._likeness()
        self.in_run = _in_run(labels, evidence)
        self.irregular = _in_irregular_rhythm(labels, analysis)

    def _likeness(self) -> dict[int, Float64Array]:
        """Likeness to the sinus beats of marks V that the program calls N with certainty; a fusion beat has some."""
        evidence = self.evidence
        doubted = (self.labels.label == "V") & (evidence.program == "N") & (evidence.certainty >= SURE)
        at = np.flatnonzero(doubted)
        return dict(zip(at.tolist(), self.shapes.likeness(evidence.found[at]), strict=True))

    def verdict(self, at: int) -> BeatVerdict:
        evidence, label = self.evidence, str(self.labels.label[at])
        program = str(evidence.program[at])
        found: tuple[Verdict, str]
        if evidence.answered[at]:
            found = self._second_label(at) or self._answered(at, label, program)
        else:
            found = self._unanswered(at)
        return BeatVerdict(int(self.labels.sample[at]), label, program, "file", *found)

    def _neighbour(self, at: int, within_ms: float) -> tuple[int, float] | None:
        """Return the nearer neighbour of a mark and its coupling, where it lies that near."""
        couplings = (self.evidence.before_ms[at], self.evidence.after_ms[at])
        near = [(ms, step) for ms, step in zip(couplings, (-1, 1), strict=True) if ms < within_ms]
        return None if not near else (at + min(near)[1], float(min(near)[0]))

    def _second_label(self, at: int) -> tuple[Verdict, str] | None:
        """Tell whether a mark is one of two on one beat, of which the other says what the program says."""
        near = self._neighbour(at, ONE_BEAT_MS)
        if near is None or self.evidence.answered[near[0]]:
            return None
        program = self.evidence.program[at]
        if self.labels.label[at] == program or self.labels.label[near[0]] != program:
            return None
        return "double_count", f"{near[1]:.0f} ms from another mark on the same beat, which says {program}"

    def _answered(self, at: int, label: str, program: str) -> tuple[Verdict, str]:
        evidence = self.evidence
        sure = f"{program} {evidence.certainty[at]:.2f}"
        if not evidence.readable[at]:
            return "uncertain", f"no lead can be read here; the program calls it {sure}"
        if label == program or {label, program} == {"V", "F"}:
            return "confirmed", f"the program calls it {sure}"
        if program == "N" and evidence.certainty[at] >= SURE:
            refuted = self._not_premature(at) if label == "S" else self._like_sinus(at)
            if refuted is not None:
                return refuted
        return "uncertain", f"the program calls it {sure}"

    def _not_premature(self, at: int) -> tuple[Verdict, str] | None:
        early = self.evidence.early[at]
        if not early >= IN_TIME or self.irregular[at]:
            return None
        return "not_premature", f"the interval before it is {early:.2f} of the local RR"

    def _like_sinus(self, at: int) -> tuple[Verdict, str] | None:
        likeness = self.likeness.get(at)
        good = self.evidence.lead_grade[at] == GOOD
        if likeness is None or not good.any() or not np.isfinite(likeness).all():
            return None
        names = ", ".join(name for name, is_good in zip(self.recording.lead_names, good, strict=True) if is_good)
        if not (likeness[good] >= LIKE_SINUS).all():
            return None
        told = f"likeness {likeness[good].min():.2f} to the sinus beats in {names}"
        if (likeness[~good] < UNLIKE_SINUS).any():
            return "artefact_width", f"{told}; only leads with noise show another shape"
        wider = self._wider_ms(at)
        if wider is not None and wider > MAX_WIDER_MS:
            return None
        width = "" if wider is None else f", QRS {wider:+.0f} ms against theirs"
        return "sinus_shape", told + width

    def _wider_ms(self, at: int) -> float | None:
        if self.width_ms is None or self.sinus_width_ms is None:
            return None
        width = self.width_ms[self.evidence.found[at]]
        return None if np.isnan(width) else float(width - self.sinus_width_ms)

    def _unanswered(self, at: int) -> tuple[Verdict, str]:
        evidence, sample = self.evidence, int(self.labels.sample[at])
        near = self._neighbour(at, DOUBLE_MS)
        steep = self.steepness.at(sample)
        if near is not None and evidence.answered[near[0]]:
            coupling = f"{near[1]:.0f} ms from another mark"
            if near[1] < ONE_BEAT_MS:
                return "double_count", f"{coupling}, and one beat there"
            if steep < FLAT:
                return "double_count", f"{coupling}, and no QRS complex of its own"
            return "uncertain", f"{coupling}; no beat of the program's, but the signal is steep"
        if not evidence.readable[at]:
            if self.in_run[at]:
                return "uncertain", "no lead can be read here; part of a marked run"
            return "in_noise", "no lead can be read here, and no beat was found"
        beat = int(np.searchsorted(self.ours, sample)) - 1
        slack = round(_T_SLACK_S * self.recording.fs_hz)
        if in_t_wave(self.waves, beat, sample, slack) and steep < FLAT:
            after_ms = 1000 * (sample - self.ours[beat]) / self.recording.fs_hz
            return "on_t_wave", f"{after_ms:.0f} ms behind a beat, within its T wave, and no QRS complex of its own"
        if evidence.grade[at] != GOOD and not self.in_run[at]:
            return "in_noise", "no lead is good here, and no beat was found"
        if steep < NOTHING and evidence.grade[at] == GOOD:
            return "no_beat", f"steepness {steep:.2f} of a usual QRS complex"
        return "uncertain", "the program found no beat here"

    def missed(self) -> list[BeatVerdict]:
        """Judge the V and S beats of the program that the file does not mark as ectopic."""
        beats, fs_hz = self.analysis.beats, self.recording.fs_hz
        answers = np.full(len(self.ours), -1, dtype=np.int64)
        at = np.flatnonzero(self.evidence.answered)
        answers[self.evidence.found[at]] = at
        letters = beats["label"].to_numpy(dtype=object)
        stated = np.where(answers >= 0, self.labels.label[answers], "") if len(at) else np.full(len(answers), "")
        ours = np.isin(letters.astype(str), ("V", "S")) & ~np.isin(stated, ECTOPIC)
        ours &= ~_within(self.ours, [*self.labels.unmarked, *self.labels.without_beats], window_samples(fs_hz))
        certainty = beats[list(PROBABILITY_COLUMNS)].to_numpy(np.float64).max(axis=1) if len(beats) else np.empty(0)
        early = prematurity(self.analysis, fs_hz)
        grade = beats["quality"].to_numpy(dtype=np.float64, na_value=np.nan)
        found = []
        for beat in np.flatnonzero(ours).tolist():
            letter, sure = str(letters[beat]), certainty[beat] >= SURE and grade[beat] != UNREADABLE
            told = "marks no beat" if answers[beat] < 0 else f"says {stated[beat]}"
            reason = f"the program calls it {letter} {certainty[beat]:.2f}, the file {told}"
            if letter == "S":
                sure = sure and early[beat] <= EARLY
                if np.isfinite(early[beat]):
                    reason += f"; the interval before it is {early[beat]:.2f} of the local RR"
            verdict: Verdict = "missed" if sure else "uncertain"
            sample = self.ours[beat] if answers[beat] < 0 else self.labels.sample[answers[beat]]
            found.append(BeatVerdict(int(sample), str(stated[beat]), letter, "program", verdict, reason))
        return found


def _median(values: Float64Array | None, chosen: Int64Array) -> float | None:
    if values is None or not len(chosen) or not np.isfinite(values[chosen]).any():
        return None
    return float(np.nanmedian(values[chosen]))


def _in_run(labels: StatedLabels, evidence: LabelEvidence) -> BoolArray:
    """Tell which marks belong to a marked run of three or more V: what may be VT is never dropped for noise."""
    first, last = runs(np.isin(labels.label, ("V", "F")))
    result = np.zeros(len(evidence.found), dtype=bool)
    for begin, end in zip(first.tolist(), last.tolist(), strict=True):
        if end - begin + 1 >= _RUN:
            result[begin : end + 1] = True
    return result


def _in_irregular_rhythm(labels: StatedLabels, analysis: Analysis) -> BoolArray:
    """Tell which marks lie in atrial fibrillation or flutter by the file or the program: there is no local RR."""
    kinds = ("AFIB", "AFL")
    spans = [(span.start_sample, span.stop_sample - 1) for span in labels.spans if span.kind in kinds]
    listed = analysis.episodes[analysis.episodes["kind"].isin(kinds)]
    columns = (listed[name].tolist() for name in ("start_sample", "stop_sample"))
    spans += [(start, stop - 1) for start, stop in zip(*columns, strict=True)]
    return _within(labels.sample, spans, 0)


def _within(samples: Int64Array, spans: Sequence[tuple[int, int]], margin: int) -> BoolArray:
    result = np.zeros(len(samples), dtype=bool)
    for first, last in spans:
        begin, end = np.searchsorted(samples, [first - margin, last + margin + 1]).tolist()
        result[begin:end] = True
    return result
