"""The whole pipeline: a recording goes in, beats, classes, families, episodes and a summary come out.

The heavy passes (detection, classification, grouping) are cached on disk, keyed by the recording's content, the
model's hash, what the passes before gave, and the version; what follows from the beats is cheap and computed every
time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core import __version__, logs, pacing, rhythm
from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS, UNREADABLE, beat_table, set_probabilities
from ecg_core.caching import digest_of, keep_arrays, load_arrays
from ecg_core.classification.device import computing_name, half_wanted
from ecg_core.findings import Findings, cache_file, cached_beats_file, find, find_beats, find_pacing
from ecg_core.pacing import PacingResponse, PacingSpikes, no_spikes, without_spikes
from ecg_core.privacy import deidentified
from ecg_core.progress import Progress
from ecg_core.recording import Recording
from ecg_core.rhythm.atrial_flutter import flutter_limits
from ecg_core.rhythm.bundle_branch_runs import conducted_runs
from ecg_core.rhythm.conducted_beats import conducted_in_block
from ecg_core.rhythm.intervals import intervals, not_across
from ecg_core.rhythm.precedence import (
    SetAside,
    in_artefacts,
    set_aside_by,
    with_set_aside,
    without_artefacts,
    without_beats_left,
)
from ecg_core.rhythm.recognition import RhythmModel, load_rhythm_model
from ecg_core.signal.quality import grades_at
from ecg_core.templates import (
    NO_FAMILY,
    BeatSpace,
    Families,
    beat_space,
    families_from_arrays,
    families_to_arrays,
    group_beats,
)
from ecg_core.templates.storing import ARRAYS as FAMILY_ARRAYS
from ecg_core.wave_findings import WaveFindings, find_waves

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier


_CLASSES_VERSION = 2
"""Counts up whenever the same model gives other classes for the same beats."""

_GROUPING_VERSION = 2
"""Counts up whenever the same beats come into other families, or more is told of them."""

_HOW_PACED = "beats after a ventricular pacing spike are class Q, whatever the model made of them"

_PLACING_SHARE = 0.7
"""Of the time that grouping takes."""


@dataclass(frozen=True)
class Analysis:
    """What was found in a recording.

    Attributes
    ----------
    beats : pandas.DataFrame
        The beat table; before classification its labels and probabilities are absent.
    episodes : pandas.DataFrame
        Rhythm episodes with the reason of each, see :func:`ecg_core.rhythm.episodes`.
    quality : ndarray of uint8, shape (seconds, leads)
        Signal quality grades.
    summary : ecg_core.rhythm.Summary
    provenance : dict
        Source hash, software version, model and its hash, device, settings; nothing that says whose recording it is.
    templates : Families or None
        The families that the beat table's ``template`` numbers, with the sizes and labels that the table gives them;
        None where beats were not grouped.
    paced : PacingResponse or None
        Which beats are paced, and which spikes no QRS answers; None where there are no spikes.
    findings : Findings or None
        What the heavy passes found in the signal; None where only beats were given.
    counted : ecg_core.rhythm.Intervals or None
        Beats and intervals that episodes and summary rest on: without beats in artefacts named by a person.
    waves : WaveFindings or None
        Waves of the detected beats and what follows from them; None until they were delineated.
    set_aside : tuple of SetAside
        Dangerous events that do not count, since a person has named the signal there an artefact.
    uncounted : ndarray of bool, shape (beats,), or None
        Which beats lie in artefacts named by a person and count nowhere; None where no artefact was named.
    """

    beats: pd.DataFrame
    episodes: pd.DataFrame
    quality: npt.NDArray[np.uint8]
    summary: rhythm.Summary
    provenance: dict[str, Any]
    templates: Families | None = None
    paced: PacingResponse | None = None
    findings: Findings | None = None
    counted: rhythm.Intervals | None = None
    waves: WaveFindings | None = None
    set_aside: tuple[SetAside, ...] = ()
    uncounted: npt.NDArray[np.bool_] | None = None

    @property
    def pacing(self) -> PacingSpikes | None:
        """Pacing spikes with the chambers they pace; None where they were not looked for."""
        return None if self.findings is None else self.findings.pacing

    @property
    def classified(self) -> bool:
        """Whether a model has labelled the beats."""
        return self.provenance["model"] is not None


def analyse(
    recording: Recording,
    model: Classifier | None = None,
    *,
    peaks: npt.NDArray[np.int64] | None = None,
    group: bool = True,
    progress: Progress | None = None,
    cache: bool = True,
    rhythm_model: RhythmModel | None = None,
    waves: bool = False,
    log: bool = True,
) -> Analysis:
    """Find, and with a model classify, every beat of a recording, group beats that are alike, and name the rhythms.

    Parameters
    ----------
    recording : Recording
        The recording.
    model : Classifier, optional
        A model of any kind that tells the five classes. Without one the beats are found but not labelled.
    peaks : ndarray of int64, shape (beats,), optional
        Beats to take instead of detecting them, e.g. a reference's.
    group : bool
        Whether to group the beats into families; without a model they are grouped by shape and timing alone.
    progress : callable, optional
        Called with the fraction done.
    cache : bool
        Whether to take and keep the heavy passes' results on disk.
    rhythm_model : RhythmModel, optional
        The shipped one by default.
    waves : bool
        Whether to delineate the waves, too; see :func:`with_waves`.
    log : bool
        Whether to log that it begins and ends; a stream has an analysis each second.

    Returns
    -------
    Analysis

    Raises
    ------
    ValueError
        If given peaks do not increase strictly or lie outside the recording.
    """
    log_fields: dict[str, Any] = {
        "code": logs.code_of(recording.sha256),
        "hours": round(recording.duration_s / 3600, 2),
        "leads": len(recording.leads),
        "classify": model is not None,
    }
    level = logging.INFO if log else logging.DEBUG
    with logs.timed("analysis", level=level, **log_fields) as result_fields:
        analysis = _analysed(recording, model, peaks, group, progress, cache, rhythm_model or load_rhythm_model())
        if waves:
            analysis = with_waves(recording, analysis, progress=progress, cache=cache)
        result_fields["beats"] = len(analysis.beats)
    return analysis


def with_waves(
    recording: Recording, analysis: Analysis, *, progress: Progress | None = None, cache: bool = True
) -> Analysis:
    """Return an analysis with waves, ST segment and AV conduction.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        As :func:`analyse` gives it.
    progress : callable, optional
        Called as ``progress(stage, share done)``.
    cache : bool
        Whether to take and keep boundaries on disk.

    Returns
    -------
    Analysis
    """
    spikes = no_spikes(len(recording.leads)) if analysis.pacing is None else analysis.pacing
    found = find_waves(
        recording, spikes, analysis.beats, analysis.episodes, analysis.quality, progress=progress, cache=cache
    )
    provenance = {**analysis.provenance, **found.provenance()}
    return with_beats(
        recording, analysis.beats, analysis.quality, provenance, analysis.templates, analysis.findings, waves=found
    )


def _as_normal(
    probabilities: npt.NDArray[np.float32], conducted: npt.NDArray[np.bool_], letters: str
) -> npt.NDArray[np.float32]:
    """Return the probabilities with what some beats have of other classes as N; shape (beats, 5)."""
    result = probabilities.copy()
    for letter in letters:
        result[conducted, CLASSES.index("N")] += result[conducted, CLASSES.index(letter)]
        result[conducted, CLASSES.index(letter)] = 0
    return result


class _NotCachedError(Exception):
    """A heavy pass would have to be computed."""


def analysis_from_cache(
    recording: Recording, model: Classifier | None = None, *, group: bool = True
) -> Analysis | None:
    """Return what :func:`analyse` does where every heavy pass is in the cache, else None; none of them is computed.

    Parameters
    ----------
    recording : Recording
        The recording.
    model : Classifier, optional
        The classifier.
    group : bool
        Whether beats are grouped into templates.

    Returns
    -------
    Analysis or None
    """

    def refuse(_stage: str, _share: float) -> None:
        # Every heavy pass reports its progress, and what comes from the cache reports none.
        raise _NotCachedError

    if not cached_beats_file(recording).is_file():
        return None
    try:
        return _analysed(recording, model, None, group, refuse, True, load_rhythm_model())
    except _NotCachedError:
        return None


def _analysed(
    recording: Recording,
    model: Classifier | None,
    peaks: npt.NDArray[np.int64] | None,
    group: bool,
    progress: Progress | None,
    cache: bool,
    rhythm_model: RhythmModel,
) -> Analysis:
    found = find(recording, progress=progress, cache=cache, rhythm_model=rhythm_model)
    detection, spikes = found.detection, found.pacing
    original, recording = recording, without_spikes(recording, spikes)
    samples = detection.sample if peaks is None else np.asarray(peaks, dtype=np.int64)
    of_vt = found.in_named_vt(samples)
    beats = beat_table(samples, recording.fs_hz)
    if len(samples) and not (samples[0] >= 0 and samples[-1] < recording.n_samples):
        raise ValueError(f"Beats must lie within the {recording.n_samples} samples of the recording.")
    if len(detection.quality) and len(beats):
        beats["quality"] = pd.array(grades_at(detection.quality, beats["time_s"]).max(axis=1), dtype="Int8")
    device, probabilities = None, None
    if model is not None:
        probabilities, device = _classify(recording, model, samples, detection.quality, progress, cache)
        if of_vt.any():
            # The rhythm says what its beats are: the dominant beat of a long tachycardia would pass for a normal one.
            probabilities = np.where(of_vt[:, None], np.float32(np.array(CLASSES) == "V"), probabilities)
        paced = pacing.response(spikes, samples, recording.fs_hz, recording.n_samples).ventricular
        if paced.any():
            # What follows a ventricular spike is paced, class Q, whatever it looks like.
            probabilities = np.where(paced[:, None], np.float32(np.array(CLASSES) == "Q"), probabilities)
        beats = set_probabilities(beats, probabilities)
        conducted = conducted_in_block(intervals(beats, recording.fs_hz, detection.quality), found.spans)
        conducted &= (beats["label"] == "S").to_numpy(dtype=bool)
        if conducted.any():
            probabilities = _as_normal(probabilities, conducted, "S")
            beats = set_probabilities(beats, probabilities)
        label = beats["label"].to_numpy(dtype=str)
        broad = np.isin(label, ("V", "F", "Q")) & ~of_vt & ~paced
        conducted = conducted_runs(recording, samples, broad, label == "V", label == "N")
        if conducted.any():
            probabilities = _as_normal(probabilities, conducted, "VFQ")
            beats = set_probabilities(beats, probabilities)
    templates = None
    if group:
        templates = _group(recording, model, samples, detection.quality, probabilities, progress, cache)
        beats["template"] = pd.array(templates.of_beat, dtype="Int16")
    told = deidentified(original)
    provenance = {
        "source": told.name,
        "source_sha256": recording.sha256,
        "synthetic": recording.synthetic,
        "version": __version__,
        "model": model.name if model else None,
        "model_sha256": model.sha256 if model else None,
        "device": device,
        "peaks": "detected" if peaks is None else "given",
        "leads": list(told.lead_names),
        "fs_hz": recording.fs_hz,
        "notes": list(told.notes),
        "given_by_person": dict(told.user_metadata),
        "pacing": "assessed" if spikes.assessable else "pacing spikes cannot be told below 250 Hz",
        "flutter": flutter_limits(recording.lead_names),
        "paced_beats": _HOW_PACED if len(spikes) and model is not None else None,
        "rhythm_model": rhythm_model.name,
        "rhythm_model_sha256": rhythm_model.sha256,
        "beats_in_named_vt": int(of_vt.sum()),
        "analysed_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return with_beats(original, beats, detection.quality, provenance, templates, found)


def with_beats(
    recording: Recording,
    beats: pd.DataFrame,
    quality: npt.NDArray[np.uint8],
    provenance: dict[str, Any],
    templates: Families | None = None,
    findings: Findings | None = None,
    *,
    waves: WaveFindings | None = None,
    named: Sequence[rhythm.Span] = (),
    dismissed: Collection[str] = (),
) -> Analysis:
    """Compute everything that follows from the beats: the cheap pass, fit to be repeated after each edit.

    Parameters
    ----------
    recording : Recording
        The recording.
    beats : pandas.DataFrame
        A beat table; beats keep their ``template`` whatever their label becomes.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    provenance : dict
        Provenance of the analysis.
    templates : Families, optional
        Those of an earlier pass, or of an :class:`ecg_core.templates.Album`; their pictures stay, their sizes and
        labels follow the table.
    findings : Findings, optional
        Rhythms of the signal and pacing spikes, whose episodes are named along with those of the beats.
    waves : WaveFindings, optional
        Waves, with episodes of ST deviation and AV block.
    named : sequence of ecg_core.rhythm.Span
        Spans whose rhythm a person has named; in an artefact no beat counts, and its seconds are unreadable.
    dismissed : collection of str
        Events that a person has dismissed, as :func:`ecg_core.rhythm.precedence.event_key` names them.
    """
    given = counted = intervals(beats, recording.fs_hz, quality)
    readable = quality
    artefact = in_artefacts(given.sample, named)
    set_aside: tuple[SetAside, ...] = ()
    uncounted = None
    others = [span for span in named if span.kind != "UNREADABLE"]
    if len(others) < len(named):
        readable = without_artefacts(quality, named, recording.fs_hz)
        counted = intervals(beats[~artefact], recording.fs_hz, readable)
        uncounted = artefact
        # Where its beats do not count an event is not even found: what the artefacts take away is told by its absence.
        whole = with_beats(recording, beats, quality, provenance, None, findings, waves=waves, named=others)
        set_aside = set_aside_by(whole.episodes, named)
    if artefact.any() and "quality" in beats:
        beats = beats.assign(quality=beats["quality"].mask(artefact, UNREADABLE))
    spans = [*rhythm.device_spans(recording), *named]
    if waves is not None:
        spans += waves.spans
    answer = None
    if findings is not None:
        counted = not_across(counted, without_beats_left(findings.without_beats, named))
        spans += findings.spans
        answer = of_counted = _answer(recording, given, readable, findings.pacing)
        if not np.array_equal(counted.sample, given.sample):
            of_counted = _answer(recording, counted, readable, findings.pacing)
        if of_counted is not None:
            spans += pacing.pacing_spans(
                findings.pacing, of_counted, counted.sample, recording.fs_hz, recording.n_samples, readable
            )
    episodes = rhythm.episodes_of(
        counted,
        recording.fs_hz,
        recording.n_samples,
        quality,
        spans=spans,
        p_evidence=None if findings is None else findings.p_evidence_at(counted.sample),
        doubt=None if findings is None or not len(findings.probabilities) else findings.doubt(),
    )
    if uncounted is not None:
        episodes = with_set_aside(episodes, set_aside)
    summary = rhythm.summary_of(counted, episodes, recording.fs_hz, recording.n_samples, readable, dismissed)
    renamed = _renamed(templates, beats, given.label)
    found = Analysis(
        *(beats, episodes, readable, summary, provenance, renamed, answer, findings, counted, waves),
        set_aside=set_aside,
        uncounted=uncounted,
    )
    return replace(found, summary=rhythm.without_untold(summary, rhythm.assessed_kinds(found)))


def _answer(
    recording: Recording, given: rhythm.Intervals, quality: npt.NDArray[np.uint8], spikes: PacingSpikes
) -> PacingResponse | None:
    """Return which of the beats are paced; None where there are no spikes."""
    if not len(spikes):
        return None
    return pacing.response(spikes, given.sample, recording.fs_hz, recording.n_samples, quality)


def beat_points(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8],
    *,
    progress: Progress | None = None,
    cache: bool = True,
) -> npt.NDArray[np.float16]:
    """Return each beat's place in the space in which beats of one family lie close together.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        The beats as they were grouped.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    progress : callable, optional
        Called with the fraction done.
    cache : bool
        Whether to take them from where grouping has kept them; they are computed where they are not there.

    Returns
    -------
    ndarray of float16, shape (beats, features)
    """
    stored = load_arrays(_points_file(recording, samples, quality), "points") if cache else None
    if stored is not None:
        return stored["points"]
    share = (lambda done: progress("Grouping beats", done / _PLACING_SHARE)) if progress else None
    clean = without_spikes(recording, find_pacing(recording, cache=cache))
    return _placed(clean, samples, quality, share, cache).points.astype(np.float16)


def classification_cached(recording: Recording, model: Classifier) -> bool:
    """Tell whether the detected beats of a recording are in the cache as classified by a model.

    Parameters
    ----------
    recording : Recording
        The recording.
    model : Classifier
        The classifier.

    Returns
    -------
    bool
    """
    if not cached_beats_file(recording).is_file():
        return False
    detection = find_beats(recording)
    return _classes_file(recording, model, detection.sample, detection.quality).is_file()


def _classify(
    recording: Recording,
    model: Classifier,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8],
    progress: Progress | None,
    cache: bool,
) -> tuple[npt.NDArray[np.float32], str | None]:
    path = _classes_file(recording, model, samples, quality) if cache else None
    stored = load_arrays(path, "probabilities", "device")
    if stored is not None:
        return stored["probabilities"], str(stored["device"])
    if not len(samples):
        return np.empty((0, 5), dtype=np.float32), None
    if progress:
        progress("Classifying beats", 0.0)
    probabilities = model.classify(
        recording, samples, quality, progress=(lambda share: progress("Classifying beats", share)) if progress else None
    )
    keep_arrays(path, probabilities=probabilities, device=np.array(computing_name()))
    return probabilities, computing_name()


def _group(
    recording: Recording,
    model: Classifier | None,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8],
    probabilities: npt.NDArray[np.float32] | None,
    progress: Progress | None,
    cache: bool,
) -> Families:
    path = None
    if cache:
        given = digest_of(samples, quality, *([] if probabilities is None else [probabilities]))
        path = cache_file(recording, "families", str(_GROUPING_VERSION), model.sha256 if model else "no model", given)
    stored = load_arrays(path, *FAMILY_ARRAYS)
    if stored is not None:
        return families_from_arrays(stored, recording.lead_names)
    share = (lambda done: progress("Grouping beats", done)) if progress else None
    if share:
        share(0.0)
    space = _placed(recording, samples, quality, share, cache)
    families = group_beats(recording, samples, quality, probabilities, share, space=space)
    keep_arrays(path, **families_to_arrays(families))
    return families


def _placed(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8],
    progress: Callable[[float], None] | None,
    cache: bool,
) -> BeatSpace:
    """Place every beat by shape and timing, and keep its place."""
    space = beat_space(
        recording, samples, quality, (lambda share: progress(_PLACING_SHARE * share)) if progress else None
    )
    # In units of the QRS height, which half precision tells to a thousandth.
    keep_arrays(_points_file(recording, samples, quality) if cache else None, points=space.points.astype(np.float16))
    return space


def _renamed(templates: Families | None, beats: pd.DataFrame, labels: npt.NDArray[np.str_] | None) -> Families | None:
    """Return the families with the sizes, labels and certainties that the beat table gives them."""
    if templates is None:
        return None
    of_beat = beats["template"].to_numpy(dtype=np.int16, na_value=NO_FAMILY)
    if labels is None:
        return templates.renamed(of_beat, None)
    return templates.renamed(of_beat, labels, beats[list(PROBABILITY_COLUMNS)].to_numpy())


def _classes_file(
    recording: Recording, model: Classifier, samples: npt.NDArray[np.int64], quality: npt.NDArray[np.uint8]
) -> Path:
    precision = ("half",) if half_wanted() else ()
    given = digest_of(samples, quality)
    return cache_file(recording, "classes", str(_CLASSES_VERSION), model.sha256, given, *precision)


def _points_file(recording: Recording, samples: npt.NDArray[np.int64], quality: npt.NDArray[np.uint8]) -> Path:
    return cache_file(recording, "points", str(_GROUPING_VERSION), digest_of(samples, quality))
