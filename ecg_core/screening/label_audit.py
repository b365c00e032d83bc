"""Audit of the labels that came with a recording: a verdict on each, and the file's counts beside the audited ones.

Nothing that may be dangerous is dropped silently: a marked tachycardia or pause that the program does not find stays
uncertain unless what is there instead is plain, and every count is given both as the file has it and as audited, with
the number of uncertain ones beside. An audited count is the file's less what was refuted, plus what the file lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.evaluation.interval_sets import interval_set, length
from ecg_core.recording import Recording
from ecg_core.rhythm import KIND_NAMES, URGENCY
from ecg_core.screening.beat_audit import BeatVerdict, audit_beats
from ecg_core.screening.event_audit import AUDITED, SUSTAINED, audit_events
from ecg_core.screening.stated_labels import StatedLabels, kinds_named
from ecg_core.screening.verdicts import REFUTED

COLUMNS: Final = ("unit", "start_sample", "stop_sample", "kind", "stated", "program", "by", "verdict", "reason")
_BEAT_NAMES: Final = {"V": "V beats", "S": "S beats"}

COUNTED: Final[Mapping[str, str]] = {**{kind: KIND_NAMES[kind] for kind in AUDITED}, **_BEAT_NAMES}
"""Kinds of events and classes of beats that are counted, in words."""

_WITH_SHARE: Final = frozenset({*SUSTAINED, *_BEAT_NAMES})

AUDIT_COLUMNS: Final[Mapping[str, type[int] | type[float]]] = {
    f"audit_{kind.lower()}_{name}": of
    for kind in COUNTED
    for name, of in (
        ("file", int),
        ("audited", int),
        ("uncertain", int),
        *((("file_percent", float), ("audited_percent", float)) if kind in _WITH_SHARE else ()),
    )
}
"""Columns of :meth:`LabelAudit.as_row` with their types."""


@dataclass(frozen=True)
class AuditCount:
    """One count of the file beside the audited one.

    Attributes
    ----------
    kind : str
        Class of beats, ``V`` (with fusion beats) or ``S``, or kind of event.
    name : str
        In words.
    file, confirmed, refuted, uncertain : int
        Labels of the file, and how they were judged.
    missed : int
        Found by the program beyond doubt and not in the file.
    doubtful : int
        Found by the program, not in the file, and uncertain.
    file_percent, audited_percent : float or None
        Share of all beats, or of the time; None where it has none.
    """

    kind: str
    name: str
    file: int
    confirmed: int
    refuted: int
    uncertain: int
    missed: int
    doubtful: int
    file_percent: float | None
    audited_percent: float | None

    @property
    def audited(self) -> int:
        """The file's labels that were not refuted, and what it lacks."""
        return self.file - self.refuted + self.missed

    @property
    def to_decide(self) -> int:
        """The uncertain ones: labels of the file, and what the program finds and the file lacks."""
        return self.uncertain + self.doubtful


@dataclass(frozen=True, eq=False)
class LabelAudit:
    """Verdicts on the labels of one file.

    Attributes
    ----------
    name : str
        Of the annotation set.
    table : pandas.DataFrame
        Columns `COLUMNS`, in order of time: ``unit`` is "beat" or "event"; ``kind`` is the class or kind that is
        judged; ``stated`` and ``program`` what either says there, empty for nothing; ``by`` who names it, "file" or
        "program".
    counts : tuple of AuditCount
        Events first, in order of urgency.
    notes : tuple of str
        What was not judged and why.
    """

    name: str
    table: pd.DataFrame
    counts: tuple[AuditCount, ...]
    notes: tuple[str, ...]

    def to_decide(self) -> pd.DataFrame:
        """Return the uncertain verdicts, events first in order of urgency, then V, then S; each in order of time."""
        rows = self.table[self.table["verdict"] == "uncertain"]
        order = {kind: place for place, kind in enumerate((*URGENCY, "V", "F", "S"))}
        rank = rows["kind"].map(order).fillna(len(order))
        keys = pd.DataFrame({"rank": rank, "start": rows["start_sample"]})
        return rows.loc[keys.sort_values(["rank", "start"]).index]

    def as_row(self) -> dict[str, Any]:
        """Return the counts as one flat row, for tables of many recordings: the names are `AUDIT_COLUMNS`."""
        row: dict[str, Any] = {}
        for count in self.counts:
            kind = count.kind.lower()
            row |= {
                f"audit_{kind}_file": count.file,
                f"audit_{kind}_audited": count.audited,
                f"audit_{kind}_uncertain": count.to_decide,
            }
            if count.kind in _WITH_SHARE:
                row |= {
                    f"audit_{kind}_file_percent": count.file_percent,
                    f"audit_{kind}_audited_percent": count.audited_percent,
                }
        return row


def audit_labels(labels: StatedLabels, recording: Recording, analysis: Analysis) -> LabelAudit:
    """Judge every ectopic beat and every event that a file marks, and name what it lacks.

    Parameters
    ----------
    labels : StatedLabels
        As :func:`~ecg_core.screening.stated_labels.labels_of_annotations` gives them.
    recording : Recording
        The recording that they came with.
    analysis : Analysis
        Its analysis with classes, as no person has edited it; with waves, T waves and widths are judged too.

    Returns
    -------
    LabelAudit

    Raises
    ------
    ValueError
        If the beats of the analysis have no classes.
    """
    if not analysis.classified:
        raise ValueError("Labels can be judged only where the beats are classified.")
    beats = audit_beats(labels, recording, analysis) if len(labels.sample) else []
    events = audit_events(labels, recording, analysis, beats)
    rows: list[tuple[Any, ...]] = []
    for beat in beats:
        kind = beat.label if beat.by == "file" else beat.program
        rows.append(("beat", beat.sample, beat.sample + 1, kind, *beat[1:]))
    for event in events:
        stated = event.kind if event.by == "file" else ""
        rows.append(("event", *event[:3], stated, *event[3:]))
    rows.sort(key=lambda row: (row[1], row[0]))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    counts = [_count_of_events(table, kind, recording) for kind in AUDITED if kind in labels.told]
    counts += _counts_of_beats(table, labels, beats)
    notes = list(labels.notes)
    untold = [kind for kind in AUDITED if kind not in labels.told]
    if untold:
        notes.append(f"Not compared, since the file does not tell them: {kinds_named(untold)}.")
    if analysis.waves is None:
        notes.append("The waves are not delineated yet: T waves and QRS widths were not judged.")
    return LabelAudit(labels.name, table, tuple(counts), tuple(notes))


def _tally(rows: pd.DataFrame) -> dict[str, int]:
    stated, ours = rows[rows["by"] == "file"], rows[rows["by"] == "program"]
    return {
        "file": len(stated),
        "confirmed": int((stated["verdict"] == "confirmed").sum()),
        "refuted": int(stated["verdict"].isin(REFUTED).sum()),
        "uncertain": int((stated["verdict"] == "uncertain").sum()),
        "missed": int((ours["verdict"] == "missed").sum()),
        "doubtful": int((ours["verdict"] == "uncertain").sum()),
    }


def _count_of_events(table: pd.DataFrame, kind: str, recording: Recording) -> AuditCount:
    rows = table[(table["unit"] == "event") & (table["kind"] == kind)]
    file_percent = audited_percent = None
    if kind in SUSTAINED:
        stated = rows["by"] == "file"
        counted = ~rows["verdict"].isin(REFUTED) & (stated | (rows["verdict"] == "missed"))
        file_percent, audited_percent = (
            _percent_of_time(rows[chosen], recording.n_samples) for chosen in (stated, counted)
        )
    return AuditCount(
        kind, KIND_NAMES[kind], **_tally(rows), file_percent=file_percent, audited_percent=audited_percent
    )


def _percent_of_time(rows: pd.DataFrame, n_samples: int) -> float:
    spans = zip(rows["start_sample"].tolist(), rows["stop_sample"].tolist(), strict=True)
    return 100 * length(interval_set(spans, n_samples)) / max(n_samples, 1)


def _counts_of_beats(table: pd.DataFrame, labels: StatedLabels, beats: list[BeatVerdict]) -> list[AuditCount]:
    n_marked = len(labels.sample)
    if not n_marked:
        return []
    named = table["kind"].replace("F", "V")
    doubled = sum(each.verdict in ("double_count", "on_t_wave", "no_beat") for each in beats)
    added = sum(each.verdict == "missed" and not each.label for each in beats)
    found = []
    for letter, name in _BEAT_NAMES.items():
        tally = _tally(table[(table["unit"] == "beat") & (named == letter)])
        audited = tally["file"] - tally["refuted"] + tally["missed"]
        all_audited = n_marked - doubled + added
        audited_percent = 100 * audited / all_audited if all_audited else None
        found.append(
            AuditCount(
                letter, name, **tally, file_percent=100 * tally["file"] / n_marked, audited_percent=audited_percent
            )
        )
    return found
