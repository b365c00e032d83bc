"""Differences between the program, what a file or another analysis states, and what a person has said of a recording.

Beats are paired one to one within 150 ms (EC57), episodes by their kind and overlap. A difference is listed once, with
what each of the three says there, in order of consequence: episodes in order of urgency, then V, F, S and other
classes, then beats that one of the two does not have. Where the file is silent there is no difference; what was left
out for that is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.arrays import Int64Array
from ecg_core.beats import CLASSES
from ecg_core.evaluation.interval_sets import difference, interval_set
from ecg_core.evaluation.matching import inside, match_beats, window_samples
from ecg_core.recording import Recording
from ecg_core.review.state import ADDED
from ecg_core.rhythm import KIND_NAMES, URGENCY
from ecg_core.rhythm.precedence import event_key
from ecg_core.screening.stated_labels import COMPARED, StatedLabels, kinds_named

NOTHING: Final = "none"
"""Stands for what one of them does not have: no beat, no episode."""

UNSAID: Final = ""
"""A person has said nothing of it."""

SINUS: Final = "N"

COLUMNS: Final = ("key", "unit", "sample", "stop_sample", "program", "reference", "person", "rank")

ROWS: Final = (*CLASSES, NOTHING)
"""Rows (the reference's) and columns (the program's) of a confusion table."""

CONFUSION_COLUMNS: Final = {
    f"confusion_{stated.lower()}_{named.lower()}": (row, column)
    for row, stated in enumerate(ROWS)
    for column, named in enumerate(ROWS)
    if (stated, named) != (NOTHING, NOTHING)
}
"""Cells of a confusion table as columns: ``confusion_v_n`` counts beats that the reference calls V, the program N."""

OF_BEATS_RANK: Final = len(URGENCY)
"""Ranks from here on are those of beats."""

_BEAT_RANKS: Final = {"V": 0, "F": 1, "S": 2, "Q": 3, "N": 3}
_MISSED_RANK, _EXTRA_RANK = OF_BEATS_RANK + 4, OF_BEATS_RANK + 5

REST_S: Final = 30.0
"""Longest part of an agreed episode that only one of the two names and that is no difference."""

DANGEROUS_REST_S: Final = 10.0
"""The same of VF, VT and asystole."""

_DANGEROUS: Final = frozenset({"VF", "POSSIBLE_VT", "VT", "ASYSTOLE"})
_SAME: Final = {"ASYSTOLE": "PAUSE"}
"""Kinds that count as another one: how long a standstill is, is no difference of kind."""

_POSSIBLE: Final = {"POSSIBLE_VT": ("VT", "VF")}
"""A kind that agrees with either of these."""


class Difference(NamedTuple):
    """One difference.

    Attributes
    ----------
    key : str
        Its name in the log of edits: ``beat:SAMPLE:PROGRAM>REFERENCE`` or ``episode:...``.
    unit : {"beat", "episode"}
    sample, stop_sample : int
        ``sample <= moment < stop_sample``.
    program, reference, person : str
        Class or kind that each names there; `NOTHING` where it has none; `UNSAID` where a person has said nothing.
    rank : int
        Order of consequence, the lowest first.
    """

    key: str
    unit: str
    sample: int
    stop_sample: int
    program: str
    reference: str
    person: str
    rank: int

    def in_words(self) -> str:
        """Return it as a phrase: ``VT, not in the reference``."""
        names = [_name(word, self.unit) for word in (self.program, self.reference)]
        if self.reference == NOTHING:
            return f"{names[0]}, not in the reference"
        if self.program == NOTHING:
            return f"{names[1]} of the reference, not found"
        return f"{names[0]} for the reference's {names[1]}"


@dataclass(frozen=True, eq=False)
class Differences:
    """All differences in one recording.

    Attributes
    ----------
    reference : str
        Who is compared with.
    table : pandas.DataFrame
        Columns `COLUMNS`, in order of consequence, then of time.
    confusion : ndarray of int64, shape (6, 6)
        Beats by class: rows the reference's, columns the program's, in the order of `ROWS`.
    not_compared : tuple of (str, int)
        What was left out, since the reference is silent there, and how much of it.
    notes : tuple of str
        What a reader should know, one sentence each.
    """

    reference: str
    table: pd.DataFrame
    confusion: npt.NDArray[np.int64]
    not_compared: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]

    @property
    def n_differences(self) -> int:
        """Differences between program and reference; what a person alone sees otherwise does not count."""
        return int((self.table["program"] != self.table["reference"]).sum())

    @property
    def worst(self) -> Difference | None:
        """The difference of most consequence; None where there is none."""
        return None if self.table.empty else next(self.rows())

    def rows(self) -> Iterator[Difference]:
        """Return the differences one by one, in order of consequence."""
        columns = (self.table[name].tolist() for name in COLUMNS)
        return (Difference(*row) for row in zip(*columns, strict=True))

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of the classes of the beats that both have; None where it is not defined."""
        return kappa_of(self.confusion)

    @property
    def agreement(self) -> dict[str, float | None]:
        """Agreement on each class, see :func:`agreement_of`."""
        return agreement_of(self.confusion)

    def as_row(self, fs_hz: float) -> dict[str, Any]:
        """Return the counts as one flat row, for tables of many recordings.

        Parameters
        ----------
        fs_hz : float
            Sampling rate of the recording in Hz.

        Returns
        -------
        dict
            Columns of :data:`ecg_core.screening.columns.SCHEMA`. What rests on beats is absent where none are stated.
        """
        worst, units = self.worst, self.table["unit"]
        differs = self.table["program"] != self.table["reference"]
        row: dict[str, Any] = {
            "reference": self.reference,
            "n_differences": self.n_differences,
            "n_episode_differences": int((differs & (units == "episode")).sum()),
            "n_beat_differences": int((differs & (units == "beat")).sum()),
            "worst_difference": None if worst is None else worst.in_words(),
            "worst_difference_at_s": None if worst is None else worst.sample / fs_hz,
            "worst_difference_rank": None if worst is None else worst.rank,
        }
        if not self.confusion.any():
            return row
        percent = {letter: None if value is None else 100 * value for letter, value in self.agreement.items()}
        return row | {
            "reference_kappa": self.kappa,
            **{f"reference_{letter.lower()}_f1": value for letter, value in percent.items()},
            "reference_missed_beats": int(self.confusion[: len(CLASSES), -1].sum()),
            "reference_extra_beats": int(self.confusion[-1].sum()),
            **{name: int(self.confusion[place]) for name, place in CONFUSION_COLUMNS.items()},
        }


def differences(
    recording: Recording,
    analysis: Analysis,
    reference: StatedLabels,
    person_beats: pd.DataFrame | None = None,
    *,
    person_episodes: pd.DataFrame | None = None,
    dismissed: Collection[str] = (),
) -> Differences:
    """Compare an analysis with what is stated of a recording, and show beside it what a person has said.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        As the program made it, without edits; without classes, positions and episodes alone are compared.
    reference : StatedLabels
        What a file or another analysis states.
    person_beats : pandas.DataFrame, optional
        Beat table under review, with the columns ``id`` and ``edited`` that a review session adds: beats that were
        edited, added or deleted are what a person has said. Without these columns, all of its beats are.
    person_episodes : pandas.DataFrame, optional
        Episodes under review: those of the source "person" count.
    dismissed : collection of str
        Events of the program that a person has dismissed, see :func:`ecg_core.rhythm.precedence.event_key`.

    Returns
    -------
    Differences
    """
    found = _episodes(recording, analysis, reference, person_episodes, dismissed)
    rows, confusion, left_out = _beats(recording, analysis, reference, person_beats)
    rows += found.rows
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.sort_values(["rank", "sample"], kind="stable").reset_index(drop=True)
    not_compared = [(words, n) for words, n in (*left_out, *found.left_out) if n]
    return Differences(reference.name, table, confusion, tuple(not_compared), reference.notes)


def kappa_of(confusion: npt.NDArray[np.int64]) -> float | None:
    """Return Cohen's kappa of a confusion table, over the beats that both sides have.

    Parameters
    ----------
    confusion : ndarray of int64, shape (6, 6)
        In the order of `ROWS`; tables of several recordings may be added.

    Returns
    -------
    float or None
        None where there are no such beats, or where all are of one class on both sides.
    """
    paired = confusion[: len(CLASSES), : len(CLASSES)].astype(np.float64)
    total = paired.sum()
    if not total:
        return None
    observed = np.trace(paired) / total
    expected = float((paired.sum(axis=0) * paired.sum(axis=1)).sum() / total**2)
    return None if expected >= 1 else float((observed - expected) / (1 - expected))


def agreement_of(confusion: npt.NDArray[np.int64]) -> dict[str, float | None]:
    """Return the positive agreement on each class: twice the beats that both call it over all that either does.

    Parameters
    ----------
    confusion : ndarray of int64, shape (6, 6)
        In the order of `ROWS`.

    Returns
    -------
    dict of str to float or None
        By class; None where neither has any beat of it.
    """
    result: dict[str, float | None] = {}
    for at, letter in enumerate(CLASSES):
        either = int(confusion[at].sum() + confusion[:, at].sum())
        result[letter] = 2 * int(confusion[at, at]) / either if either else None
    return result


def difference_key(unit: str, sample: int, program: str, reference: str) -> str:
    """Return the name of a difference in the log of edits.

    Parameters
    ----------
    unit : {"beat", "episode", "event"}
        What differs; an event is an episode.
    sample : int
        Where it begins.
    program, reference : str
        What either names there.

    Returns
    -------
    str
    """
    unit = "beat" if unit == "beat" else "episode"
    return f"{unit}:{sample}:{program}>{reference}"


def _name(word: str, unit: str) -> str:
    if unit == "beat":
        return "a beat" if word == NOTHING else word
    return "sinus rhythm" if word == SINUS else KIND_NAMES.get(word, word)


Row = tuple[str, str, int, int, str, str, str, int]


def _beats(
    recording: Recording, analysis: Analysis, reference: StatedLabels, person_beats: pd.DataFrame | None
) -> tuple[list[Row], npt.NDArray[np.int64], list[tuple[str, int]]]:
    window = window_samples(recording.fs_hz)
    confusion = np.zeros((len(ROWS), len(ROWS)), dtype=np.int64)
    ours = analysis.beats["sample"].to_numpy(np.int64)
    letters = analysis.beats["label"].fillna(UNSAID).to_numpy().astype("<U4")
    if not len(reference.sample):
        return [], confusion, [("beats, since none are marked", len(ours))]
    match = match_beats(reference.sample, ours, window)
    silent = [(first - window, last + window) for first, last in (*reference.unmarked, *reference.without_beats)]
    hidden = inside(ours[match.extra], silent)
    extras = match.extra[~hidden]
    stated = np.concatenate(
        [reference.label[match.reference], reference.label[match.missed], np.full(len(extras), NOTHING)]
    )
    named = np.concatenate([letters[match.test], np.full(len(match.missed), NOTHING), letters[extras]])
    sample = np.concatenate([reference.sample[match.reference], reference.sample[match.missed], ours[extras]])
    beat = np.concatenate([match.test, np.full(len(match.missed), -1), extras])
    if not analysis.classified:  # classes cannot differ, and an extra beat has none
        named = np.where((named == UNSAID) & (stated != NOTHING), stated, np.where(named == UNSAID, "Q", named))
    else:
        place = {word: at for at, word in enumerate(ROWS)}
        np.add.at(confusion, ([place[word] for word in stated.tolist()], [place[word] for word in named.tolist()]), 1)
    said = _said_of_beats(sample, beat, ours, person_beats, window)
    listed = np.flatnonzero((stated != named) | ((said != UNSAID) & (said != named)))
    rows: list[Row] = []
    for at in listed.tolist():
        program, file, person = str(named[at]), str(stated[at]), str(said[at])
        where = int(sample[at])
        rank = rank_of_beat((program, file, person))
        rows.append(
            (difference_key("beat", where, program, file), "beat", where, where + 1, program, file, person, rank)
        )
    left_out = [("beats where the file marks none: VF, or signal that it calls unreadable", int(hidden.sum()))]
    return rows, confusion, left_out


def rank_of_beat(words: tuple[str, str, str]) -> int:
    """Return the order of consequence of a difference of beats.

    Parameters
    ----------
    words : tuple of (str, str, str)
        What the program, the reference and a person name there.

    Returns
    -------
    int
    """
    letters = [word for word in words if word in _BEAT_RANKS]
    severest = _BEAT_RANKS["F"] if set(words[:2]) == {"V", "F"} else min(_BEAT_RANKS[letter] for letter in letters)
    if severest < _BEAT_RANKS["N"] or NOTHING not in words:
        return OF_BEATS_RANK + severest
    return _MISSED_RANK if words[0] == NOTHING else _EXTRA_RANK


def _said_of_beats(
    sample: Int64Array, beat: Int64Array, ours: Int64Array, person_beats: pd.DataFrame | None, window: int
) -> npt.NDArray[np.str_]:
    """Return what a person has said of beats: a class, `NOTHING` for one that was deleted, else `UNSAID`."""
    said = np.full(len(sample), UNSAID, dtype="<U4")
    if person_beats is None:
        return said
    theirs = person_beats["sample"].to_numpy(np.int64)
    letters = person_beats["label"].fillna(UNSAID).to_numpy().astype("<U4")
    if "edited" not in person_beats or "id" not in person_beats:
        order = np.argsort(sample, kind="stable")
        match = match_beats(sample[order], theirs, window)
        said[:] = NOTHING
        said[order[match.reference]] = letters[match.test]
        return said
    ids = person_beats["id"].to_numpy(np.int64)
    edited = person_beats["edited"].to_numpy()
    place = {int(name): at for at, name in enumerate(ids.tolist())}
    added = np.flatnonzero(edited & ADDED)
    for at, (where, mine) in enumerate(zip(sample.tolist(), beat.tolist(), strict=True)):
        if mine >= 0:
            held = place.get(int(ours[mine]))
            if held is None:
                said[at] = NOTHING
            elif edited[held]:
                said[at] = letters[held]
        elif len(added):
            nearest = added[np.argmin(np.abs(theirs[added] - where))]
            if abs(int(theirs[nearest]) - where) <= window:
                said[at] = letters[nearest]
    return said


class _Named(NamedTuple):
    start: int
    stop: int
    kind: str


class _Found(NamedTuple):
    rows: list[Row]
    left_out: list[tuple[str, int]]


def _episodes(
    recording: Recording,
    analysis: Analysis,
    reference: StatedLabels,
    person_episodes: pd.DataFrame | None,
    dismissed: Collection[str],
) -> _Found:
    table = analysis.episodes
    table = table[~table["source"].isin(["device", "person"])]
    columns = ("start_sample", "stop_sample", "kind")
    every = [_Named(*row) for row in zip(*(table[name].tolist() for name in columns), strict=True)]
    told = set(reference.told)
    mine = _joined(each for each in every if each.kind in told)
    unsaid = [each for each in every if each.kind in COMPARED and each.kind not in told]
    theirs = _joined(_Named(*span) for span in reference.spans if span.kind in told)
    untold = interval_set((first, last + 1) for first, last in reference.untold)
    here, in_silence = [], 0
    for each in mine:
        if len(difference(interval_set([each[:2]]), untold)):
            here.append(each)
        else:
            in_silence += 1
    alone = _rest(here, theirs, recording.fs_hz)
    missing = _rest(theirs, here, recording.fs_hz)
    stated = [*theirs, *(_Named(*span) for span in reference.spans if span.kind == SINUS)]
    said = _person_spans(person_episodes)
    gone = [each for each in every if event_key(each.kind, each.start, "beats") in dismissed]
    rows: list[Row] = []
    answered: list[_Named] = []
    for each in alone:
        other = _overlapping(each, stated)
        if other is not None and other.kind != SINUS:
            answered.append(other)
        is_gone = any(each.kind == other.kind and _overlap(each, other) for other in gone)
        person = NOTHING if is_gone else _said_there(each, said)
        rows.append(_row(each, each.kind, NOTHING if other is None else other.kind, person))
    of_ours = [*here, *(each for each in every if each.kind in ("UNREADABLE", "POSSIBLE_VT"))]
    for each in missing:
        if any(_overlap(each, other) and other.kind == each.kind for other in answered):
            continue
        other = _overlapping(each, of_ours)
        rows.append(_row(each, NOTHING if other is None else other.kind, each.kind, _said_there(each, said)))
    left_out = [("episodes in time whose rhythm the file does not tell", in_silence)]
    if unsaid:
        kinds = kinds_named(dict.fromkeys(each.kind for each in unsaid))
        left_out.append((f"episodes of kinds that the file does not tell ({kinds})", len(unsaid)))
    return _Found(rows, left_out)


def _joined(episodes: Iterable[_Named]) -> list[_Named]:
    """Join episodes of one kind that overlap or touch: a rhythm may be named by the signal and by the beats."""
    by_kind: dict[str, list[tuple[int, int]]] = {}
    for each in episodes:
        by_kind.setdefault(each.kind, []).append(each[:2])
    return sorted(
        _Named(start, stop, kind) for kind, spans in by_kind.items() for start, stop in interval_set(spans).tolist()
    )


def _row(each: _Named, program: str, reference: str, person: str) -> Row:
    rank = min(URGENCY.index(kind) for kind in (program, reference) if kind in URGENCY)
    key = difference_key("episode", each.start, program, reference)
    return key, "episode", each.start, each.stop, program, reference, person, rank


def _agrees(one: str, other: str) -> bool:
    if _SAME.get(one, one) == _SAME.get(other, other):
        return True
    return other in _POSSIBLE.get(one, ()) or one in _POSSIBLE.get(other, ())


def _rest(these: Iterable[_Named], others: Iterable[_Named], fs_hz: float) -> list[_Named]:
    """Return the episodes that nothing of the others agrees with, and the long rests of those that are met in part."""
    others = list(others)
    result = []
    for each in these:
        same = [other for other in others if _agrees(each.kind, other.kind) and _overlap(each, other)]
        if not same:
            result.append(each)
            continue
        longest = (DANGEROUS_REST_S if each.kind in _DANGEROUS else REST_S) * fs_hz
        rests = difference(interval_set([each[:2]]), interval_set(other[:2] for other in same))
        result += [_Named(start, stop, each.kind) for start, stop in rests.tolist() if stop - start > longest]
    return result


def _overlap(one: _Named, other: _Named) -> int:
    return max(0, min(one.stop, other.stop) - max(one.start, other.start))


def _overlapping(each: _Named, others: Iterable[_Named]) -> _Named | None:
    """Return what overlaps half of an episode or more and is of another kind; sinus rhythm where nothing else does."""
    half = (each.stop - each.start) / 2
    found = [other for other in others if _overlap(each, other) >= half and not _agrees(each.kind, other.kind)]
    return max(found, key=lambda other: (other.kind != SINUS, _overlap(each, other)), default=None)


def _person_spans(episodes: pd.DataFrame | None) -> list[_Named]:
    if episodes is None:
        return []
    named = episodes[episodes["source"] == "person"]
    columns = (named[name].tolist() for name in ("start_sample", "stop_sample", "kind"))
    return [_Named(*row) for row in zip(*columns, strict=True)]


def _said_there(each: _Named, said: list[_Named]) -> str:
    held = max(said, key=lambda other: _overlap(each, other), default=None)
    return held.kind if held is not None and _overlap(each, held) else UNSAID
