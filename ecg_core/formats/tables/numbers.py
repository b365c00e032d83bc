"""Number formats of text tables: decimal sign and grouping of digits, decided for a whole column.

A cell such as ``1,234`` is a number with three decimals or a grouped integer. Which one holds is no property of the
cell: the other cells of its column tell. Cells are handled as Arrow arrays of strings, so that a day of samples takes
about a second.

References
----------
Decimal signs and digit groups by locale: Unicode CLDR, https://cldr.unicode.org/translation/number-currency-formats.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

ABSENT: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "--", "#n/a", "nil", "?"})
"""Cells that say that there is no value, in lower case."""

_GROUP_SIGNS: Final = ("'", "’", " ", "\u00a0", "\u202f", "\u2009")
_MINUS: Final = "\u2212"
_PLAIN: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d{1,4})?$"
_EXPONENT: Final = r"([eE][+-]?\d{1,4})?$"
_KINDS: Final = {
    # Certainly a decimal sign: not three digits behind it, none or a zero before it, or four digits before it.
    "Sdecimal": r"^[+-]?(\d*S(\d{1,2}|\d{4,})|0*S\d+|0\d*S\d*|\d{4,}S\d+|\d+S)" + _EXPONENT,
    "Sdecimal3": r"^[+-]?[1-9]\d{0,2}S\d{3}" + _EXPONENT,
    "Sgroups": r"^[+-]?[1-9]\d{0,2}(S\d{3}){2,}$",
}
_EVIDENCE: Final = {
    **{name.replace("S", sign): form.replace("S", f"[{sign}]") for sign in ".," for name, form in _KINDS.items()},
    ".before,": r"^[+-]?\d{1,3}(\.\d{3})+,\d*" + _EXPONENT,
    ",before.": r"^[+-]?\d{1,3}(,\d{3})+\.\d*" + _EXPONENT,
    "short": r"^[+-]?[1-9]\d{0,2}$",
    "long": r"^[+-]?\d{4,}$",
}


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column are written.

    Attributes
    ----------
    decimal : str
        ``.`` or ``,``.
    grouped_by : str
        The sign between groups of digits; empty for none.
    doubt : bool
        Whether every number could be read otherwise, too.
    """

    decimal: str = "."
    grouped_by: str = ""
    doubt: bool = False


def evidence_of(cells: Any) -> Counter[str]:
    """Count the cells that tell something of the number format.

    Parameters
    ----------
    cells : pyarrow.Array
        Strings.

    Returns
    -------
    Counter
        By the names of `_EVIDENCE`.
    """
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(pc.replace_substring(cells, _MINUS, "-"))
    counts = {
        name: pc.sum(pc.match_substring_regex(trimmed, pattern)).as_py() or 0 for name, pattern in _EVIDENCE.items()
    }
    return Counter({name: count for name, count in counts.items() if count})


def decided(evidence: Counter[str]) -> NumberFormat | None:
    """Return the number format that the cells of a column show; None if they show none.

    Parameters
    ----------
    evidence : Counter
        As :func:`evidence_of` returns it, of all cells.

    Returns
    -------
    NumberFormat or None
    """
    comma = evidence[",decimal"] + evidence[".before,"] + evidence[".groups"]
    point = evidence[".decimal"] + evidence[",before."] + evidence[",groups"]
    if comma or point:
        decimal, other = (",", ".") if comma > point else (".", ",")
        grouped = evidence[f"{other}decimal3"] or evidence[f"{other}groups"] or evidence[f"{other}before{decimal}"]
        return NumberFormat(decimal, other if grouped else "")
    if evidence[",decimal3"] and evidence[".decimal3"]:
        return None
    for sign, other in ((",", "."), (".", ",")):
        if evidence[f"{sign}decimal3"]:
            # Groups are written from 1000 on: shorter integers beside them and none longer without a sign.
            if evidence["short"] and not evidence["long"]:
                return NumberFormat(other, sign, doubt=True)
            return NumberFormat(sign, doubt=not evidence["long"])
    return None


def numbers(cells: Any, form: NumberFormat) -> tuple[npt.NDArray[np.float64], int, int]:
    """Convert the cells of a column.

    Parameters
    ----------
    cells : pyarrow.Array
        Strings.
    form : NumberFormat
        How they are written.

    Returns
    -------
    values : ndarray of float64
        NaN where there is no number.
    n_invalid : int
        Cells that hold something else than a number.
    n_absent : int
        Cells that are empty or say that there is no value.
    """
    import pyarrow
    import pyarrow.compute as pc

    plain = cells
    for normalise in (False, True):
        if not normalise and form != NumberFormat():
            continue
        try:
            plain = _normalised(cells, form) if normalise else cells
            values = _as_floats(plain.cast(pyarrow.float64()))
        except pyarrow.ArrowInvalid:
            continue
        return values, 0, int(np.count_nonzero(~np.isfinite(values)))
    valid = pc.match_substring_regex(plain, _PLAIN)
    absent = pc.is_in(pc.utf8_lower(plain), pyarrow.array(sorted(ABSENT)))
    n_valid, n_absent = pc.sum(valid).as_py() or 0, pc.sum(absent).as_py() or 0
    kept = pc.replace_substring_regex(pc.if_else(valid, plain, pyarrow.scalar(None, pyarrow.string())), "[dD]", "e")
    return _as_floats(kept.cast(pyarrow.float64())), len(cells) - n_valid - n_absent, n_absent


def _as_floats(values: Any) -> npt.NDArray[np.float64]:
    return np.array(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def _normalised(cells: Any, form: NumberFormat) -> Any:
    import pyarrow.compute as pc

    plain = pc.utf8_trim_whitespace(pc.replace_substring(cells, _MINUS, "-"))
    for sign in (*_GROUP_SIGNS, *form.grouped_by):
        if pc.any(pc.match_substring(plain, sign)).as_py():
            # Only between groups of digits: "1 234", never "12 lead off 3".
            pattern = rf"^([+-]?\d{{1,3}})((?:{re.escape(sign)}\d{{3}})+)((?:[.,]\d*)?)$"
            grouped = pc.match_substring_regex(plain, pattern)
            plain = pc.if_else(grouped, pc.replace_substring(plain, sign, ""), plain)
    if form.decimal == ",":
        # A point is no part of a number that is written with a comma.
        plain = pc.if_else(pc.match_substring(plain, "."), pc.binary_join_element_wise(plain, "?", ""), plain)
        plain = pc.replace_substring(plain, ",", ".")
    return plain
