"""Two screenings of the same recordings: by two versions, two models, or at two times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ecg_core.errors import SourceError
from ecg_core.screening.table import ResultTable

CHANGES: Final = ("now urgent", "no longer urgent", "now refused", "no longer refused", "other finding", "same")
"""What may have become of a recording, in order of consequence."""

_MEASURES: Final = ("n_beats", "n_v", "n_s", "burden_v_percent", "af_share", "readable_share")


_DECIDING: Final = ("status", "tier", "worst", *_MEASURES)
"""Columns of which one differs wherever something has changed."""


@dataclass(frozen=True)
class Change:
    """What became of a recording between two screenings.

    Attributes
    ----------
    key, name : str
    change : str
        One of `CHANGES`.
    before, after : str
        Worst finding and its reason.
    measures : dict of str to (float or None, float or None)
        Figures that differ, before and after.
    """

    key: str
    name: str
    change: str
    before: str
    after: str
    measures: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Comparison:
    """Two screenings side by side.

    Attributes
    ----------
    n_both, n_only_before, n_only_after : int
        Recordings in both, and in one alone.
    counts : dict of str to int
        Recordings by change.
    changes : tuple of Change
        All but those that are the same, in order of consequence.
    """

    n_both: int
    n_only_before: int
    n_only_after: int
    counts: dict[str, int]
    changes: tuple[Change, ...]


def compare(before: Path, after: Path) -> Comparison:
    """Compare two results by name and content of the recordings; of a refused one the content is not known.

    Parameters
    ----------
    before, after : Path
        ``screening.parquet`` of each.

    Raises
    ------
    SourceError
        If one holds no results.
    """
    import duckdb

    for path in (before, after):
        ResultTable(path).close()
    columns = ("key", "name", "status", "tier", "worst", "worst_reason", *_MEASURES)
    picked = ", ".join(f"{side}.{name} AS {side}_{name}" for side in ("a", "b") for name in columns)
    joined = (
        "FROM read_parquet(?) a FULL JOIN read_parquet(?) b ON a.name = b.name "
        "AND (a.source_sha256 = b.source_sha256 OR a.source_sha256 IS NULL OR b.source_sha256 IS NULL)"
    )
    differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in _DECIDING)
    both = "a.key IS NOT NULL AND b.key IS NOT NULL"
    files = [str(before), str(after)]
    try:
        with duckdb.connect() as database:
            counted = f"SELECT count(a.key), count(b.key), count(*) FILTER ({both}) {joined}"
            n_before, n_after, n_both = database.execute(counted, files).fetchall()[0]
            answer = database.execute(f"SELECT {picked} {joined} WHERE {both} AND ({differs})", files)
            names = [column[0] for column in answer.description or ()]
            changes = [_change(dict(zip(names, row, strict=True))) for row in answer.fetchall()]
    except duckdb.Error as error:
        raise SourceError(f"The two results cannot be compared: {error!s:.120}") from error
    told = [one for one in changes if one.change != "same"]
    told.sort(key=lambda one: (CHANGES.index(one.change), one.name))
    counts = {name: sum(one.change == name for one in told) for name in CHANGES} | {"same": n_both - len(told)}
    return Comparison(n_both, n_before - n_both, n_after - n_both, counts, tuple(told))


def _change(row: dict[str, Any]) -> Change:
    from ecg_core.screening.columns import DONE
    from ecg_core.screening.urgency import CANNOT_TELL

    refused = [row[f"{side}_status"] != DONE for side in "ab"]
    urgent = [not gone and row[f"{side}_tier"] < CANNOT_TELL for gone, side in zip(refused, "ab", strict=True)]
    measures = {
        name: (row[f"a_{name}"], row[f"b_{name}"]) for name in _MEASURES if row[f"a_{name}"] != row[f"b_{name}"]
    }
    if urgent[1] and not urgent[0]:
        change = "now urgent"
    elif urgent[0] and not urgent[1]:
        change = "now refused" if refused[1] else "no longer urgent"
    elif refused[1] != refused[0]:
        change = "now refused" if refused[1] else "no longer refused"
    else:
        change = "other finding" if row["a_worst"] != row["b_worst"] or measures else "same"
    return Change(row["b_key"], row["b_name"], change, _said(row, "a"), _said(row, "b"), measures)


def _said(row: dict[str, Any], side: str) -> str:
    return f"{row[f'{side}_worst'] or ''} {row[f'{side}_worst_reason'] or ''}".strip()
