"""The beat table, and the mapping between WFDB annotation symbols and AAMI classes.

The five classes are those of ANSI/AAMI EC57:2012, table 3. Two mappings of the supraventricular group
are in use and results differ by them, so every result names the one it used:

- ``"de_chazal"``: atrial and nodal escape beats (``e``, ``j``) count as N, as in de Chazal et al. 2004
  (doi:10.1109/TBME.2004.827359) and the literature that compares with it.
- ``"bxb"``: ``e``, ``j`` and ``n`` count as S, as in EC57 and the WFDB program bxb.

PhysioNet's table of annotation codes lists the normal beat as "· or N": charts and the MIT-BIH directory print code 1
as a dot. The WFDB library writes and reads ``N``; ``.`` occurs where symbols come through text: it is the same beat.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Mapping = Literal["de_chazal", "bxb"]

CLASSES: Final = ("N", "S", "V", "F", "Q")
"""AAMI classes in the order of every probability array's last axis."""

CLASS_NAMES: Final = {
    "N": "normal, bundle branch block or escape",
    "S": "supraventricular ectopic",
    "V": "ventricular ectopic",
    "F": "fusion of ventricular and normal",
    "Q": "paced or unclassifiable",
}

PROBABILITY_COLUMNS: Final = tuple(f"p_{letter.lower()}" for letter in CLASSES)

UNCERTAIN_BELOW: Final = 0.7
"""A beat whose highest class probability is below this is shown as uncertain."""

UNREADABLE, USABLE, GOOD = 0, 1, 2
"""Signal quality grades, per second and lead and, as the best lead's grade, per beat."""

_DE_CHAZAL: Final = {
    **dict.fromkeys("N.LRBej", "N"),
    **dict.fromkeys("AaJSn", "S"),
    **dict.fromkeys("VEr", "V"),
    "F": "F",
    **dict.fromkeys("/fQ?", "Q"),
}
_MAPPINGS: Final[dict[Mapping, dict[str, str]]] = {
    "de_chazal": _DE_CHAZAL,
    "bxb": {**_DE_CHAZAL, **dict.fromkeys("ejn", "S")},
}

BEAT_SYMBOLS: Final = frozenset(_DE_CHAZAL)
"""WFDB symbols that mark a beat; every other symbol marks rhythm, noise, waves or comments."""

BEAT_TABLE_COLUMNS: Final = (
    "sample",
    "time_s",
    "label",
    *PROBABILITY_COLUMNS,
    "rr_s",
    "quality",
    "template",
)


def is_beat(symbols: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell which WFDB annotation symbols mark a beat.

    Parameters
    ----------
    symbols : array_like of str, shape (annotations,)
        WFDB annotation symbols.

    Returns
    -------
    ndarray of bool, shape (annotations,)
    """
    return np.isin(np.asarray(symbols, dtype=str), list(BEAT_SYMBOLS))


def to_aami(symbols: npt.ArrayLike, mapping: Mapping = "de_chazal") -> npt.NDArray[np.str_]:
    """Map WFDB beat symbols to AAMI classes.

    Parameters
    ----------
    symbols : array_like of str, shape (beats,)
        Beat symbols only, see :func:`is_beat`.
    mapping : {"de_chazal", "bxb"}
        What ``e``, ``j`` and ``n`` count as, see the module's text.

    Returns
    -------
    ndarray of str, shape (beats,)
        One of ``N S V F Q`` per beat.

    Raises
    ------
    ValueError
        If a symbol marks no beat.
    """
    table = _MAPPINGS[mapping]
    unique, inverse = np.unique(np.asarray(symbols, dtype=str), return_inverse=True)
    try:
        mapped = np.array([table[symbol] for symbol in unique], dtype="<U1")
    except KeyError as error:
        raise ValueError(f"Annotation symbol {error.args[0]!r} marks no beat.") from None
    return mapped[inverse] if len(unique) else np.empty(0, dtype="<U1")


def beat_table(samples: npt.ArrayLike, fs_hz: float) -> pd.DataFrame:
    """Build a beat table with positions and intervals, everything undecided left absent.

    Parameters
    ----------
    samples : array_like of int, shape (beats,)
        Strictly increasing sample indices at the recording's own rate.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    pandas.DataFrame
        The columns of `BEAT_TABLE_COLUMNS`. ``rr_s`` is the interval from the previous beat, absent for
        the first; ``label``, probabilities, ``quality`` and ``template`` are absent.
    """
    sample = np.asarray(samples, dtype=np.int64)
    if np.any(np.diff(sample) <= 0):
        raise ValueError("Beat samples must increase strictly.")
    n_beats = len(sample)
    table = pd.DataFrame({"sample": sample, "time_s": sample / fs_hz})
    table["label"] = pd.Series([None] * n_beats, dtype=object)
    for column in PROBABILITY_COLUMNS:
        table[column] = np.full(n_beats, np.nan, dtype=np.float32)
    table["rr_s"] = np.diff(sample / fs_hz, prepend=np.nan) if n_beats else np.empty(0)
    table["quality"] = pd.array([pd.NA] * n_beats, dtype="Int8")
    table["template"] = pd.array([pd.NA] * n_beats, dtype="Int16")
    return table


def set_probabilities(table: pd.DataFrame, probabilities: npt.NDArray[np.floating]) -> pd.DataFrame:
    """Return the beat table with class probabilities and the most probable class as label.

    Parameters
    ----------
    table : pandas.DataFrame
        A beat table.
    probabilities : ndarray, shape (beats, 5)
        In the order of `CLASSES`; rows sum to one.
    """
    if probabilities.shape != (len(table), len(CLASSES)):
        raise ValueError(f"Expected probabilities of shape {(len(table), len(CLASSES))}.")
    labelled = table.copy()
    for index, column in enumerate(PROBABILITY_COLUMNS):
        labelled[column] = probabilities[:, index].astype(np.float32)
    letters = np.asarray(CLASSES, dtype=object)[probabilities.argmax(axis=1)]
    # An object column whatever pandas makes of strings, so that an absent label stays None.
    labelled["label"] = pd.Series(letters, index=labelled.index, dtype=object)
    return labelled
