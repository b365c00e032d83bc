"""QT interval corrected for the heart rate.

Bazett 1920 (Heart 7:353), Fridericia 1920 (doi:10.1111/j.1542-474X.2003.08413.x), Framingham (Sagie et al. 1992,
doi:10.1016/0002-9149(92)90562-D) and Hodges 1983 (J Am Coll Cardiol 1:694). The AHA/ACCF/HRS recommendations prefer the
linear ones (Rautaharju et al. 2009, doi:10.1161/CIRCULATIONAHA.108.191096): Bazett overcorrects fast rates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array

QTC_MS: Final[Mapping[str, Callable[[Float64Array, Float64Array], Float64Array]]] = MappingProxyType(
    {
        "bazett": lambda qt_ms, rr_s: qt_ms / np.sqrt(rr_s),
        "fridericia": lambda qt_ms, rr_s: qt_ms / np.cbrt(rr_s),
        "framingham": lambda qt_ms, rr_s: qt_ms + 154.0 * (1 - rr_s),
        "hodges": lambda qt_ms, rr_s: qt_ms + 1.75 * (60 / rr_s - 60),
    }
)
"""By name: from QT in ms and RR in s to QTc in ms."""


def qtc_ms(formula: str, qt_ms: npt.ArrayLike, rr_s: npt.ArrayLike) -> Float64Array:
    """Return the corrected QT interval.

    Parameters
    ----------
    formula : str
        A key of `QTC_MS`.
    qt_ms : array_like
        QT intervals in ms.
    rr_s : array_like
        RR intervals in s; NaN and values that are not positive give NaN.

    Returns
    -------
    ndarray of float64
        Milliseconds.
    """
    rr = np.asarray(rr_s, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        corrected = QTC_MS[formula](np.asarray(qt_ms, dtype=np.float64), np.where(rr > 0, rr, np.nan))
    return np.asarray(corrected)
