"""Review session of one recording: its beats with everybody's edits, and results derived from them."""

from __future__ import annotations

import threading
import time
import uuid as uuids
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis, beat_points, with_beats
from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS
from ecg_core.errors import UuidTakenError
from ecg_core.pacing import no_spikes
from ecg_core.recording import Recording
from ecg_core.review.edits import Edit, Judgement, Redo, Undo
from ecg_core.review.fold import Fold
from ecg_core.review.log import Draft, EditLog, Entry, now
from ecg_core.review.proposals import Proposal, proposals_of
from ecg_core.review.spans import NamedSpan, as_spans
from ecg_core.review.state import NO_GRADE, Base, State, changed_ids, corrections
from ecg_core.rhythm.precedence import in_artefacts
from ecg_core.templates import NO_FAMILY, Families, TemplateEditor
from ecg_core.wave_updates import WaveUpdater

_IDS_REMEMBERED: Final = 2_000_000
_STEPS_REMEMBERED: Final = 5_000
_TAKEN_IN_AT_ONCE: Final = 500
_EPISODE_COLUMNS: Final = ["kind", "start_sample", "stop_sample"]
_LETTERS: Final = np.array([*CLASSES, *([None] * (256 - len(CLASSES)))], dtype=object)


@dataclass(frozen=True)
class Outcome:
    """What became of edits.

    Attributes
    ----------
    revision : int
        After them, and after what others had entered before.
    refused : list of (int, str)
        Of those that were not applied, or not to all they name: the entry's number, 0 where nothing was entered, and
        why, in one sentence.
    """

    revision: int
    refused: list[tuple[int, str]]


@dataclass(frozen=True, eq=False)
class Change:
    """What is otherwise since a revision.

    Attributes
    ----------
    revision : int
        The present one.
    state : State
        The present one; `rows` are positions in it.
    removed : ndarray of int32
        Ids of beats that are gone.
    rows : ndarray of int64
        Positions of beats that are new or changed; all of them where `full`.
    full : bool
        Whether everything must be taken anew, since the revision lies too far back.
    """

    revision: int
    state: State
    removed: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int64]
    full: bool


@dataclass(frozen=True, eq=False)
class _Step:
    """Beats that changed when the state went on to a revision."""

    revision: int
    ids: npt.NDArray[np.int32]


class ReviewSession:
    """The beats of one recording and model, shared by all persons and threads of a process.

    Several may work on one database, in this process or in others: each takes in what the others have entered before
    it enters anything itself, so all come to the same state.

    Parameters
    ----------
    recording : Recording
    analysis : Analysis
        As it came from :func:`ecg_core.analysis.analyse`: the beats that edits start from.
    log : EditLog
        That of the recording and the model that the analysis was made with.

    Raises
    ------
    ReviewError
        If the log cannot be read.
    """

    def __init__(self, recording: Recording, analysis: Analysis, log: EditLog) -> None:
        self.recording = recording
        self.log = log
        self._found = analysis
        self._fold = Fold(Base.of(analysis), recording.fs_hz, recording.n_samples, analysis.quality)
        self._lock = threading.RLock()
        self._steps: deque[_Step] = deque()
        self._n_remembered = 0
        self._fold.apply(log.entries())
        # Before this revision nothing is remembered.
        self._since = self._fold.revision
        self._deriving = threading.Lock()
        self._derived: tuple[State, Analysis] | None = None
        self._placing = threading.Lock()
        self._points: npt.NDArray[np.float16] | None = None
        self._proposing = threading.Lock()
        self._proposed: tuple[State, list[Proposal]] | None = None
        self._album = self._new_album(analysis.templates)
        self._waves = self._new_waves(analysis)

    @property
    def revision(self) -> int:
        """Number of the last entry that is in the state, 0 if there is none."""
        return self._fold.revision

    @property
    def state(self) -> State:
        """The beats as they are; never changed, each edit makes another."""
        with self._lock:
            return self._fold.state

    @property
    def analysis(self) -> Analysis:
        """The analysis with corrected beats, computed when first asked for after an edit.

        Its beat table has two more columns: ``id``, and ``edited`` with the bits of `State`. Where entries are in
        force, its provenance tells so under "edits"; else it is the analysis as it was made.
        """
        with self._deriving:
            with self._lock:
                state, in_force = self._fold.state, self._fold.in_force()
            if self._derived is None or self._derived[0] is not state:
                self._derived = state, self._derive(state, in_force)
            return self._derived[1]

    def adopt(self, found: Analysis) -> None:
        """Go on with an analysis of the same beats in which more was found, such as their waves.

        Parameters
        ----------
        found : Analysis
            With the beats that the session began with.
        """
        with self._deriving, self._lock:
            self._found = found
            self._fold = self._fold.on(Base.of(found))
            self._waves = self._new_waves(found)
            self._derived = None

    def points(self) -> npt.NDArray[np.float16]:
        """Return each found beat's place among the others; see :func:`ecg_core.analysis.beat_points`."""
        with self._placing:
            if self._points is None:
                found = self._found
                samples = found.beats["sample"].to_numpy(np.int64)
                self._points = beat_points(self.recording, samples, found.quality)
            return self._points

    def proposals(self) -> tuple[int, list[Proposal]]:
        """Return what follows from the beats that people have relabelled, see :mod:`ecg_core.review.proposals`.

        Returns
        -------
        int
            Revision of the beats for which it is proposed.
        list of Proposal
            That of the class relabelled to last first; nothing is changed by them.
        """
        with self._proposing:
            with self._lock:
                revision, state = self._fold.revision, self._fold.state
            if self._proposed is None or self._proposed[0] is not state:
                episodes = pd.concat([each.episodes[_EPISODE_COLUMNS] for each in (self._found, self.analysis)])
                proposed = proposals_of(state, self.points, self._found.templates, episodes, self._fold.entry)
                self._proposed = state, proposed
            return revision, self._proposed[1]

    def history(self, person: str) -> dict[str, Entry | None]:
        """Return what "undo" and "redo" would do for a person, None where there is nothing."""
        with self._lock:
            return {"undo": self._fold.to_undo(person), "redo": self._fold.to_redo(person)}

    def edited_by(self, beat: int) -> Entry | None:
        """Return the entry that has relabelled, added or moved a beat last; None where none has or it is not there."""
        with self._lock:
            state = self._fold.state
            position = int(state.positions([beat])[0])
            return None if position < 0 else self._fold.entry(int(state.entry[position]))

    def judgements(self, annotator: str) -> dict[str, tuple[Judgement, str]]:
        """Return who was right in the differences from an annotation set, and who has said so.

        Parameters
        ----------
        annotator : str
            Name of the annotation set.

        Returns
        -------
        dict of str to (Judgement, str)
            Judgement and person by key of the difference.
        """
        with self._lock:
            held = self._fold.state.judgements
            entries = {key: self._fold.entry(judged.entry) for key, judged in held.items() if key[0] == annotator}
        return {key[1]: (held[key].judgement, entry.person if entry else "") for key, entry in entries.items()}

    def rhythms(self) -> list[tuple[int, NamedSpan, str]]:
        """Return the spans whose rhythm people have named: id, span, and who named or trimmed it last."""
        with self._lock:
            spans = self._fold.state.rhythms
            entries = {name: self._fold.entry(span.entry) for name, span in spans.items()}
        return [(name, span, entry.person if (entry := entries[name]) else "") for name, span in spans.items()]

    def edit(self, person: str, edits: Sequence[tuple[str, Edit]], based_on: int | None = None) -> Outcome:
        """Enter edits, given as pairs of uuid and edit; when this returns they are on the disk.

        Parameters
        ----------
        person : str
            Name of the person.
        edits : sequence of (str, Edit)
            Uuid of each edit, and the edit.
        based_on : int, optional
            Revision that the person had before them, by which conflicts are found.

        Raises
        ------
        ReviewError
            If they cannot be entered; then none of them is.
        """
        with self.log.writing() as connection:
            drafts = [Draft(uuid, person, edit, now(), based_on) for uuid, edit in edits]
            mine = self.log.append_within(connection, drafts)
        return self._outcome(mine)

    def undo(self, person: str, uuid: str | None = None) -> Outcome:
        """Take back the person's last edit that is in force.

        Parameters
        ----------
        person : str
            Name of the person.
        uuid : str, optional
            Makes a repeated call harmless.

        Raises
        ------
        ReviewError
            If it cannot be entered.
        """
        return self._step_through_history(person, "undo", uuid)

    def redo(self, person: str, uuid: str | None = None) -> Outcome:
        """Redo what the person has undone last, unless they made another edit since; see :meth:`undo`.

        Parameters
        ----------
        person : str
            Name of the person.
        uuid : str, optional
            Uuid of the request; a repeated one changes nothing.

        Returns
        -------
        Outcome
        """
        return self._step_through_history(person, "redo", uuid)

    def catch_up(self, within_s: float | None = None) -> int:
        """Take in what others have entered; return the revision.

        Parameters
        ----------
        within_s : float, optional
            Where there is a great deal, as after an import, so long; the next call goes on. All of it by default.

        Raises
        ------
        ReviewError
            If the log cannot be read.
        """
        began_s = time.monotonic()
        while self._take_in(self.log.entries(self._fold.revision, _TAKEN_IN_AT_ONCE)) == _TAKEN_IN_AT_ONCE:
            if within_s is not None and time.monotonic() - began_s > within_s:
                break
        return self._fold.revision

    def changes(self, since_revision: int) -> Change:
        """Tell what is otherwise since a revision, as far as :meth:`catch_up` has taken it in."""
        with self._lock:
            state, revision = self._fold.state, self._fold.revision
            if not self._since <= since_revision <= revision:
                return Change(revision, state, np.empty(0, np.int32), np.arange(len(state)), full=True)
            steps = [step.ids for step in self._steps if step.revision > since_revision]
        ids = np.unique(np.concatenate([np.empty(0, np.int32), *steps]))
        rows = state.positions(ids)
        return Change(revision, state, ids[rows < 0], np.sort(rows[rows >= 0]), full=False)

    def _step_through_history(self, person: str, way: str, uuid: str | None) -> Outcome:
        """Choose what to undo or redo while nobody else writes, in this process or another."""
        self.catch_up()
        with self.log.writing() as connection:
            self._take_in(self.log.entries_within(connection, self._fold.revision))
            known = self.log.known_within(connection, [uuid]) if uuid is not None else {}
            for entry in known.values():
                if entry.action != way:
                    raise UuidTakenError(f"Another edit was entered under the uuid {entry.uuid!r}; make this one anew.")
                return Outcome(self._fold.revision, [])
            target = self.history(person)[way]
            if target is None:
                return Outcome(self._fold.revision, [(0, f"There is nothing of yours to {way}.")])
            edit = Undo(target.seq) if way == "undo" else Redo(target.seq)
            mine = self.log.append_within(connection, [Draft(uuid or str(uuids.uuid4()), person, edit, now())])
        return self._outcome(mine)

    def _outcome(self, mine: Sequence[Entry]) -> Outcome:
        revision, numbers = self.catch_up(), {entry.seq for entry in mine}
        with self._lock:
            refused = self._fold.state.refused
        return Outcome(revision, [(seq, why) for seq, why in refused if seq in numbers])

    def _take_in(self, entries: Sequence[Entry]) -> int:
        """Apply entries, but those that another thread has applied meanwhile; return how many there were."""
        if entries:
            with self._lock:
                before, revision = self._fold.state, self._fold.revision
                self._fold.apply(entries)
                if self._fold.revision > revision:
                    self._remember(changed_ids(before, self._fold.state))
        return len(entries)

    def _remember(self, ids: npt.NDArray[np.int32]) -> None:
        self._steps.append(_Step(self._fold.revision, ids))
        self._n_remembered += len(ids)
        while self._n_remembered > _IDS_REMEMBERED or len(self._steps) > _STEPS_REMEMBERED:
            oldest = self._steps.popleft()
            self._n_remembered -= len(oldest.ids)
            self._since = oldest.revision

    def _new_album(self, templates: Families | None) -> TemplateEditor | None:
        if templates is None:
            return None
        return TemplateEditor(self.recording, self._found.beats["sample"].to_numpy(np.int64), templates, self.points)

    def _new_waves(self, found: Analysis) -> WaveUpdater | None:
        if found.waves is None:
            return None
        spikes = no_spikes(len(self.recording.leads)) if found.pacing is None else found.pacing
        return WaveUpdater(self.recording, spikes, found.waves, found.episodes, found.quality)

    def delineate_more(self) -> float:
        """Go on with the waves of beats that people have corrected, where there were too many for one go.

        Returns
        -------
        float
            Share of them that is done; 1 where nothing is left.
        """
        current = self.analysis
        with self._deriving:
            if self._waves is None or not self._waves.n_pending:
                return 1.0
            if self._derived is not None and self._derived[1] is current:
                self._derived = None
        self.analysis  # noqa: B018 - computes it
        return self._waves.share

    def _derive(self, state: State, in_force: Sequence[Entry]) -> Analysis:
        found = self._found
        if not in_force:
            return replace(found, beats=found.beats.assign(id=state.id, edited=state.edited))
        templates = None
        if self._album is not None:
            position = np.where(state.layout.slot < len(found.beats), state.layout.slot, -1)
            templates = self._album.families(state.template, position, state.reshaped)
        brief = {**_edits_in_brief(in_force), "n_boundaries": len(state.boundaries)}
        provenance = {**found.provenance, "edits": brief}
        table = _beat_table(state, self.recording.fs_hz).assign(id=state.id, edited=state.edited)
        persons = {entry.seq: entry.person for entry in in_force}
        named = as_spans(state.rhythms, lambda seq: persons.get(seq, ""))
        uncounted = in_artefacts(state.sample, named)
        waves = None if self._waves is None else self._waves.updated(table, corrections(state), uncounted)
        return with_beats(
            self.recording,
            table,
            found.quality,
            provenance,
            templates,
            found.findings,
            waves=waves,
            named=named,
            dismissed=state.dismissed_events(),
        )


def _beat_table(state: State, fs_hz: float) -> pd.DataFrame:
    """Return the beat table of `ecg_core.beats`; built column by column, since this happens after every edit."""
    time_s = state.sample / fs_hz
    probabilities = np.ascontiguousarray(state.p.T)
    return pd.DataFrame(
        {
            "sample": state.sample,
            "time_s": time_s,
            "label": pd.Series(_LETTERS[state.code], dtype=object),
            **dict(zip(PROBABILITY_COLUMNS, probabilities, strict=True)),
            "rr_s": np.diff(time_s, prepend=np.nan) if len(time_s) else np.empty(0),
            "quality": pd.arrays.IntegerArray(state.quality.astype(np.int8), state.quality == NO_GRADE),
            "template": pd.arrays.IntegerArray(state.template.astype(np.int16), state.template == NO_FAMILY),
        }
    )


def _edits_in_brief(in_force: Sequence[Entry]) -> dict[str, Any]:
    return {
        "n_in_force": len(in_force),
        "last_entry": in_force[-1].seq,
        "last_at": in_force[-1].at,
        "persons": sorted({entry.person for entry in in_force}),
    }
