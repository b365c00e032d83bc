"""Which records are scored, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from ecg_core.beats import Mapping
from ecg_core.errors import SourceError
from ecg_core.evaluation.matching import WINDOW_S
from ecg_core.mitbih import DS1, DS2

LEARNING_PERIOD_S: Final = 300.0
"""EC57 and bxb leave the first five minutes of each record out."""

DOMINANT_S_RECORD: Final = "232"
"""Holds 1,382 of DS2's 1,837 S beats (with ``e`` and ``j`` as N), so S is shown with and without it."""

MAPPING_TEXT: Final[dict[Mapping, str]] = {
    "de_chazal": "de_chazal (A a J S n count as S; e and j as N)",
    "bxb": "bxb (A a J S n e j count as S)",
}

Peaks = Literal["reference", "detected"]

Flutter = Literal["ec57", "ignored"]
"""``"ec57"``: beats in ventricular flutter or fibrillation are not counted, as in bxb, and it is a long run of V
beats, as in rxr. ``"ignored"``: its marks are overlooked and every beat counts."""


@dataclass(frozen=True)
class Protocol:
    """How beats are scored; stated with every result.

    Attributes
    ----------
    mapping : {"de_chazal", "bxb"}
    start_s : float
        Learning period left out.
    window_s : float
        Match window.
    peaks : {"reference", "detected"}
        Whether the classified beats were the reference's own or detected.
    flutter : {"ec57", "ignored"}
        How flutter marked by the reference is taken.
    fusion_against_s : bool
        Whether fusion beats found as S count against S +P, see :mod:`ecg_core.evaluation.counts`.
    fibrillation_runs : bool
        Whether atrial fibrillation counts as a long run of S beats, as in rxr. Only sensible if the test
        annotations mark rhythms too.
    """

    mapping: Mapping = "de_chazal"
    start_s: float = 0.0
    window_s: float = WINDOW_S
    peaks: Peaks = "reference"
    flutter: Flutter = "ec57"
    fusion_against_s: bool = True
    fibrillation_runs: bool = False

    @property
    def flutter_is_run(self) -> bool:
        """Whether flutter counts as a run: not where the beats are the reference's, which has none in it."""
        return self.flutter == "ec57" and self.peaks == "detected"


@dataclass(frozen=True)
class Settings:
    """The protocols that a report goes through.

    Attributes
    ----------
    mappings : tuple of {"de_chazal", "bxb"}
        The first is the one of the per-record tables.
    starts_s : tuple of float
        Learning periods to leave out.
    flutter, fusion_against_s, fibrillation_runs
        As in `Protocol`.
    """

    mappings: tuple[Mapping, ...] = ("de_chazal", "bxb")
    starts_s: tuple[float, ...] = (0.0, LEARNING_PERIOD_S)
    flutter: Flutter = "ec57"
    fusion_against_s: bool = True
    fibrillation_runs: bool = False

    @classmethod
    def chosen(
        cls,
        mapping: Literal["both"] | Mapping = "both",
        first_minutes: Literal["both", "counted", "left-out"] = "both",
        *,
        flutter: Flutter = "ec57",
        fusion_against_s: bool = True,
        fibrillation_runs: bool = False,
    ) -> Settings:
        """Return settings of one mapping or both, with the first five minutes, without them, or both.

        Parameters
        ----------
        mapping : Literal['both'] or Mapping
            Mapping of the symbols e, j and n to classes, or both mappings.
        first_minutes : Literal['both', 'counted', 'left-out']
            Whether the first five minutes are counted.
        flutter : Flutter
            How ventricular flutter is scored.
        fusion_against_s : bool
            Whether fusion beats found as S count against S +P.
        fibrillation_runs : bool
            Whether atrial fibrillation counts as a long run of S beats.

        Returns
        -------
        Settings
        """
        both = cls()
        starts_s = {"both": both.starts_s, "counted": (0.0,), "left-out": (LEARNING_PERIOD_S,)}
        return cls(
            both.mappings if mapping == "both" else (mapping,),
            starts_s[first_minutes],
            flutter=flutter,
            fusion_against_s=fusion_against_s,
            fibrillation_runs=fibrillation_runs,
        )

    def protocols(self, peaks: Peaks, *, labelled: bool = True) -> list[Protocol]:
        """Return the protocols of these settings.

        Parameters
        ----------
        peaks : Peaks
            Whether beats come from the detector or from the reference.
        labelled : bool
            Whether beats carry a class; without one the mapping makes no difference.

        Returns
        -------
        list of Protocol
        """
        return [
            Protocol(
                mapping,
                start_s,
                peaks=peaks,
                flutter=self.flutter,
                fusion_against_s=self.fusion_against_s,
                fibrillation_runs=self.fibrillation_runs,
            )
            for mapping in (self.mappings if labelled else self.mappings[:1])
            for start_s in self.starts_s
        ]


def select_records(choice: str, available: Iterable[str]) -> list[str]:
    """Resolve ``ds1``, ``ds2``, ``all`` or a comma-separated list of record names.

    Parameters
    ----------
    choice : str
        ``all``, a named set, or record names separated by commas.
    available : iterable of str
        The names of the records that are there.

    Returns
    -------
    list of str
        In the order of the split, or as listed. ``all`` includes paced records.

    Raises
    ------
    SourceError
        If a record that was asked for is not there.
    """
    there = sorted(set(available))
    wanted = {"ds1": list(DS1), "ds2": list(DS2), "all": there}.get(choice.lower())
    if wanted is None:
        wanted = list(dict.fromkeys(name.strip() for name in choice.split(",") if name.strip()))
    if not wanted:
        raise SourceError("No record was named; give ds1, ds2, all or names separated by commas.")
    absent = [name for name in wanted if name not in there]
    if absent:
        known = ", ".join(there[:10]) + (" ..." if len(there) > 10 else "")
        raise SourceError(
            f"Not in the data folder: {', '.join(absent)}; it has {known or 'no records'}. "
            "Check the folder, or name other records."
        )
    return wanted


def name_of(records: Iterable[str]) -> str | None:
    """Return ``"DS1"`` or ``"DS2"`` if the records are exactly that set, else None."""
    given = set(records)
    return "DS1" if given == set(DS1) else "DS2" if given == set(DS2) else None
