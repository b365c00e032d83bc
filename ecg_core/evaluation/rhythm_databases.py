"""Annotated databases: the spelling of their rhythms, and what is known of them beside what their annotations say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from ecg_core import rhythm
from ecg_core.evaluation.rhythm_counts import ATRIAL, DANGER, DANGER_OR_POSSIBLE
from ecg_core.evaluation.rhythm_scores import ReferenceSpan
from ecg_core.recording import Recording

UNSCORED: Final = ""
"""Stands for a rhythm that the reference does not tell."""

RHYTHM_KINDS: Final[Mapping[str, str]] = {
    **{str(kind.wfdb)[1:]: code for code, kind in rhythm.KINDS.items() if kind.wfdb},
    **dict.fromkeys(("N", "NSR"), "N"),
    **dict.fromkeys(("VF", "VFL", "VFIB"), "VF"),
    **dict.fromkeys(("AF", "AFIB"), "AFIB"),
    **dict.fromkeys(("J", "NOD"), "NOD"),
    **dict.fromkeys(("P", "PM"), "PACED"),
    "SVT": "SVTA",
    "ASYS": "ASYSTOLE",
    "VER": "IVR",
    "NOISE": UNSCORED,
}
"""Rhythm names of WFDB annotations without their bracket; a name that is not among them stands for itself."""

DANGER_GROUPS: Final = frozenset({DANGER, DANGER_OR_POSSIBLE})
INEXACT_S: Final = 5.0
"""How far from a mark of inexact onset an episode is taken to belong to it."""


@dataclass(frozen=True)
class Database:
    """What is known of a database beside what its annotations say.

    Attributes
    ----------
    name : str
        As it is written in texts; empty where its folder's name is all that is known.
    first_rhythm : str or None
        Kind before the first rhythm annotation; None where that time is unscored.
    absent : tuple of str
        Names of `CATEGORIES` that no recording has, although no annotation says so.
    told : tuple of str or None
        Names of `CATEGORIES` that alone are scored; None for all that occur, with VT and VF.
    note : str
        What a reader of the figures should know.
    """

    name: str = ""
    first_rhythm: str | None = None
    absent: tuple[str, ...] = ()
    told: tuple[str, ...] | None = None
    note: str = ""


DATABASES: Final[Mapping[str, Database]] = {
    "mitdb": Database("MIT-BIH"),
    "svdb": Database("SVDB"),
    "ltafdb_ann": Database("LTAFDB"),
    "vfdb": Database("VFDB", absent=("ASYSTOLE",), note="Rhythms alone are marked, no beats."),
    "cudb": Database(
        "CUDB",
        told=(DANGER, DANGER_OR_POSSIBLE),
        note=f"VF alone is marked, not the VT around it, and its onset is inexact: what an episode within "
        f"{INEXACT_S:.0f} s of a mark calls outside it is counted apart.",
    ),
    "afib": Database(
        "CPSC 2021", first_rhythm="N", note="AF alone is marked; before its first mark the rhythm is another."
    ),
    "nsrdb_ann": Database("NSRDB", absent=("AFIB", "AFL", ATRIAL), note="Healthy people: all AF is false."),
    "ltdb_ann": Database("LTDB", told=()),
    "sddb_ann": Database("SDDB", told=()),
    "afdb_ann": Database(
        "AFDB", told=("AFIB", "AFL", ATRIAL, "NOD"), note="Beats are those of the file .qrs, all taken as N."
    ),
    "nstdb": Database(
        "NSTDB",
        absent=(*DANGER_GROUPS, "VT", "VF", "ASYSTOLE", "AFIB", "AFL", ATRIAL),
        note="Reconstructed. bw, em and ma are noise without an ECG.",
    ),
    "vitaldb_arrdb_ann": Database(
        "VitalDB", note="Beats of atrial fibrillation and flutter, S in the tables, are taken as N."
    ),
    "cinc2017": Database(
        "the Challenge 2017",
        absent=("VT", "VF", *DANGER_GROUPS, "ASYSTOLE", "AFIB", "AFL", ATRIAL, "SVTA", "IVR"),
        note="One class a recording; by time, recordings of class N alone are scored.",
    ),
}


@dataclass(frozen=True)
class RhythmReference:
    """The reference rhythm of one record.

    Attributes
    ----------
    record, patient : str
    fs_hz : float
    n_samples : int
    spans : tuple of ReferenceSpan
    unscored : tuple of (int, int)
    told : frozenset of str
        Names of `CATEGORIES` that this record's reference tells apart from the rest.
    inexact_s : float
        As in :func:`ecg_core.evaluation.rhythm_scores.score_rhythm`.
    recording : Recording or None
        The signal; None where there are annotations alone.
    beats : pandas.DataFrame or None
        Beat table with the reference's beats and classes; None where it marks no beats.
    record_class : str or None
        Class of the whole recording: N, A, O or ~.
    fusion_runs : tuple of (int, int)
        Runs above 100 bpm of three or more V and F, of which fewer than three V follow each other: ventricular runs by
        the run-by-run comparison of EC57 (rxr), but no VT by the rules of the product.
    """

    record: str
    patient: str
    fs_hz: float
    n_samples: int
    spans: tuple[ReferenceSpan, ...]
    unscored: tuple[tuple[int, int], ...] = ()
    told: frozenset[str] = frozenset()
    inexact_s: float = 0.0
    recording: Recording | None = None
    beats: pd.DataFrame | None = None
    record_class: str | None = None
    fusion_runs: tuple[tuple[int, int], ...] = ()


def display_name(data: str) -> str:
    """Return how a database is written in texts, from the name of its folder; other names stay as they are."""
    return DATABASES.get(data, Database()).name or data


def kind_of(name: str) -> str:
    """Return the kind that a rhythm name of a WFDB annotation stands for; the name itself where it is no kind."""
    bare = name.strip("\0 ()")
    return RHYTHM_KINDS.get(bare.upper(), bare)
