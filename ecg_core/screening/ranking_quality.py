"""How well the ranking of a screening puts urgent recordings first, measured on annotated databases.

A recording counts as urgent where its reference has ventricular tachycardia, flutter or fibrillation, asystole,
complete AV block, atrial fibrillation or flutter, a monitor's alarm that was true, or one of `URGENT_STATEMENTS`. What
a file's own device states is left out of the ranking: in the databases it is the reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ecg_core.errors import RecordingError, SourceError
from ecg_core.evaluation.alarms import ALARMS_FILE, read_alarms
from ecg_core.evaluation.rhythm_references import load_rhythm_reference
from ecg_core.evaluation.statement_references import statement_reference
from ecg_core.screening.columns import DONE
from ecg_core.screening.urgency import NOTHING_FOUND

SHARES: Final = (0.05, 0.10, 0.20)
"""Of the recordings, taken from the top of the ranking."""

URGENT_STATEMENTS: Final = frozenset(
    {"AFIB", "AFLT", "SVTAC", "3AVB", "2AVB", "WPW", "LNGQT", "STD", "STE_ANTERIOR", "STE_LATERAL", "STE_INFERIOR"}
)
"""Keys of `ecg_core.evaluation.statement_references.SCORED`."""

_URGENT_KINDS: Final = frozenset({"VF", "VT", "ASYSTOLE", "AVB3", "AFIB", "AFL"})
# Classes of a whole recording in the Challenge of 2017. What its "other rhythm" is, is not stated: not urgent here.
_NOISY: Final = "~"
_FIBRILLATION: Final = "A"


@dataclass(frozen=True)
class RankingQuality:
    """How a ranking places the urgent recordings of one or more databases.

    Attributes
    ----------
    n, n_urgent : int
        Recordings with a reference, and those that are urgent.
    found : dict of float to float
        Share of the urgent among the first share of the ranking.
    possible : dict of float to float
        What the best ranking would find there: fewer than all where the first share has fewer places.
    harmless_urgent : int
        Urgent recordings in which nothing at all was found.
    """

    n: int
    n_urgent: int
    found: dict[float, float]
    possible: dict[float, float]
    harmless_urgent: int


def reference_urgency(rows: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Return whether recordings are urgent by the references beside them.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of a screening of annotated databases.

    Returns
    -------
    dict of str to bool
        By key; recordings without a reference, or whose reference calls them noise, are not in it.
    """
    found: dict[str, bool] = {}
    alarms: dict[Path, dict[str, bool]] = {}
    for row in rows:
        header = Path(str(row["key"]))
        folder = header.parent
        if folder not in alarms:
            alarms[folder] = _alarms(folder)
        told = alarms[folder].get(header.stem) if alarms[folder] else _of_record(header)
        if told is not None:
            found[str(row["key"])] = told
    return found


def _alarms(folder: Path) -> dict[str, bool]:
    if not (folder / ALARMS_FILE).is_file():
        return {}
    return {alarm.record: alarm.true for alarm in read_alarms(folder)}


def _of_record(header: Path) -> bool | None:
    from ecg_core.formats import open_recording

    try:
        stated = statement_reference(header, open_recording(header))
        if stated is not None:
            return bool(stated.stated & URGENT_STATEMENTS)
        reference = load_rhythm_reference(header.parent, header.stem)
    except (RecordingError, SourceError):
        return None
    if reference.record_class == _NOISY:
        return None
    return reference.record_class == _FIBRILLATION or any(span.kind in _URGENT_KINDS for span in reference.spans)


def ranking_quality(rows: Sequence[Mapping[str, Any]], urgent: Mapping[str, bool]) -> RankingQuality:
    """Measure the ranking by what the program found itself.

    Parameters
    ----------
    rows : sequence of mapping
        Of one screening, in any order.
    urgent : mapping of str to bool
        As `reference_urgency` gives it; rows that are not in it are left out.
    """
    known = [row for row in rows if row["key"] in urgent]
    known.sort(key=lambda row: (row["own_tier"], row["own_urgency"], row["name"]))
    order = np.array([urgent[row["key"]] for row in known], dtype=bool)
    n_urgent = int(order.sum())
    found, possible = {}, {}
    for share in SHARES:
        n_first = round(share * len(order))
        found[share] = float(order[:n_first].sum() / n_urgent) if n_urgent else float("nan")
        possible[share] = min(n_first / n_urgent, 1.0) if n_urgent else float("nan")
    nothing = np.array([row["own_tier"] == NOTHING_FOUND and row["status"] == DONE for row in known], dtype=bool)
    return RankingQuality(len(order), n_urgent, found, possible, int((nothing & order).sum()))


def quality_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the quality of a ranking as a table, for each folder of recordings with a reference and for all.

    Parameters
    ----------
    rows : sequence of mapping
        Of one screening.
    """
    urgent = reference_urgency(rows)
    folders = sorted({Path(key).parent for key in urgent})
    lines = [f"{'':20}{'recordings':>11}{'urgent':>8}" + "".join(f"{f'first {share:.0%}':>22}" for share in SHARES)]
    for name, chosen in [(folder.name, folder) for folder in folders] + [("all", None)]:
        of_folder = {key: told for key, told in urgent.items() if chosen is None or Path(key).parent == chosen}
        quality = ranking_quality(rows, of_folder)
        shares = "".join(
            f"{f'{100 * quality.found[share]:.1f} of {100 * quality.possible[share]:.1f} %':>22}" for share in SHARES
        )
        lines.append(f"{name:20}{quality.n:11,}{quality.n_urgent:8,}{shares}")
    whole = ranking_quality(rows, urgent)
    lines.append(f"Urgent recordings in which nothing was found: {whole.harmless_urgent} of {whole.n_urgent}.")
    return "\n".join(lines) + "\n"
