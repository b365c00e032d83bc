"""Beat morphology: waves as Gaussians of the heart's dipole, projected onto leads.

Each wave is a Gaussian in time with a direction in space, as in the three-dimensional form (Sameni et al.
2007, doi:10.1155/2007/43407) of the dynamical model ECGSYN (McSharry et al. 2003,
doi:10.1109/TBME.2003.808805). In ECGSYN the trajectory z(t) obeys
``dz/dt = -sum(a_i dtheta_i exp(-dtheta_i**2 / 2 b_i**2)) - (z - z0)``; at constant angular speed its solution
is, but for the slow pull to the baseline, a sum of Gaussians. That sum is used directly: it needs no
integration step by step, any span can be computed on its own, and the R peak is where it is said to be.

Departures from the papers, so that arrhythmia can be scripted:

- positions and widths are times relative to the dominant QRS deflection, not angles of a cycle, since an
  ectopic beat does not stretch with its RR interval; QRS widths do not depend on rate;
- the QT interval follows the cube root of the RR interval (Fridericia 1920), with the memory of about ten
  beats that repolarisation has, where ECGSYN scales all angles by the square root of the mean rate;
- amplitudes are our own, chosen to look like a normal heart and like ventricular beats of two origins.

Axes are Frank's: x to the left, y to the feet, z to the back. Leads I, II and V1 to V6 are Dower's
projections (Dower et al. 1980, doi:10.1016/S0022-0736(80)80030-9), the other limb leads follow from I and II.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.synthesis.scenario import Scenario, random_stream
from ecg_core.synthesis.schedule import KINDS

_DOWER: Final = {
    "I": (0.632, -0.235, 0.059),
    "II": (0.235, 1.066, -0.132),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}

P, QRS, T = 0, 1, 2
"""Roles of waves: each varies in its own way with rate and from beat to beat."""

FIBRILLATION_DIRECTION: Final = (-0.03, 0.05, -0.085)
"""Dipole of the fibrillatory waves in mV: largest in V1, then II."""

FLUTTER_DIRECTION: Final = (0.02, -0.13, -0.09)
"""Dipole of the flutter waves in mV: negative in the inferior leads, positive in V1, small in I."""

# role, time after the dominant deflection (ms), standard deviation (ms), dipole (mV)
_Wave = tuple[int, float, float, tuple[float, float, float]]

_QRS_NORMAL: Final[tuple[_Wave, ...]] = (
    (QRS, -26.0, 7.0, (-0.12, -0.05, -0.20)),  # septum
    (QRS, 0.0, 10.5, (1.10, 0.95, 0.35)),  # free walls
    (QRS, 22.0, 9.0, (-0.18, -0.16, 0.42)),  # base
)
_T_NORMAL: Final[tuple[_Wave, ...]] = (
    (T, 225.0, 48.0, (0.10, 0.085, -0.05)),  # slow upstroke
    (T, 285.0, 32.0, (0.20, 0.17, -0.12)),
)
_WAVES: Final[dict[str, tuple[_Wave, ...]]] = {
    "sinus": (
        (P, -172.0, 17.0, (0.025, 0.08, -0.06)),  # right atrium
        (P, -146.0, 18.0, (0.07, 0.07, 0.05)),  # left atrium
        *_QRS_NORMAL,
        *_T_NORMAL,
    ),
    "atrial": (
        (P, -140.0, 15.0, (-0.05, -0.10, -0.08)),  # from low in the left atrium: inverted in II
        (P, -120.0, 15.0, (-0.03, -0.05, -0.06)),
        *_QRS_NORMAL,
        *_T_NORMAL,
    ),
    # Right outflow tract: left bundle branch block pattern, inferior axis, discordant T.
    "rvot": (
        (QRS, -40.0, 14.0, (0.10, 0.40, 0.02)),
        (QRS, 0.0, 21.0, (1.05, 1.50, 1.00)),
        (QRS, 45.0, 16.0, (0.35, 0.45, 0.45)),
        (T, 205.0, 60.0, (-0.22, -0.26, -0.20)),
        (T, 292.0, 42.0, (-0.18, -0.24, -0.16)),
    ),
    # Left apex: right bundle branch block pattern, superior axis, discordant T.
    "apical": (
        (QRS, -40.0, 13.0, (0.25, 0.12, -0.35)),
        (QRS, 0.0, 22.0, (-1.00, -1.35, -0.80)),
        (QRS, 48.0, 18.0, (-0.25, -0.45, 0.25)),
        (T, 210.0, 60.0, (0.20, 0.26, 0.14)),
        (T, 296.0, 42.0, (0.16, 0.24, 0.12)),
    ),
    "p_wave": (
        (P, -13.0, 17.0, (0.025, 0.08, -0.06)),
        (P, 13.0, 18.0, (0.07, 0.07, 0.05)),
    ),
}
_N_WAVES: Final = max(len(waves) for waves in _WAVES.values())


@dataclass(frozen=True)
class Heart:
    """The wave templates of one synthetic person.

    Attributes
    ----------
    role : ndarray of int, shape (kinds, waves)
        ``P``, ``QRS`` or ``T``.
    offset_s, width_s : ndarray of float, shape (kinds, waves)
        Centre relative to the dominant deflection in the first lead, and standard deviation.
    dipole_mv : ndarray of float, shape (kinds, waves, 3)
        Zero for the waves that a kind lacks.
    polarity : ndarray of float, shape (kinds,)
        Sign of the dominant QRS deflection in the first lead.
    leads : ndarray of float, shape (leads, 3)
        Projection of the dipole onto the leads.
    """

    role: npt.NDArray[np.int64]
    offset_s: Float64Array
    width_s: Float64Array
    dipole_mv: Float64Array
    polarity: Float64Array
    leads: Float64Array


def lead_vectors(lead_names: tuple[str, ...]) -> Float64Array:
    """Return the projection of the heart's dipole onto leads.

    Parameters
    ----------
    lead_names : tuple of str
        Of the standard twelve, or ``MLII``.

    Returns
    -------
    ndarray of float, shape (leads, 3)

    Raises
    ------
    ValueError
        If a lead is unknown.
    """
    table = {name: np.array(vector) for name, vector in _DOWER.items()}
    one, two = table["I"], table["II"]
    table |= {"MLII": two, "III": two - one, "aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
    unknown = [name for name in lead_names if name not in table]
    if unknown:
        raise ValueError(f"No such lead: {', '.join(unknown)}; choose from {', '.join(table)}.")
    return np.array([table[name] for name in lead_names])


def make_heart(scenario: Scenario, seed: int) -> Heart:
    """Draw one person's variation of the templates.

    Axis, size of QRS and T and conduction differ between seeds as they do between healthy people.

    Parameters
    ----------
    scenario : Scenario
        What the recording shows.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Heart
    """
    rng = random_stream(scenario, seed, "heart")
    shape = (len(KINDS), _N_WAVES)
    role = np.full(shape, QRS)
    offset_s, width_s, dipole_mv = np.zeros(shape), np.full(shape, 0.01), np.zeros((*shape, 3))
    for row, kind in enumerate(KINDS):
        for column, (wave_role, offset_ms, width_ms, dipole) in enumerate(_WAVES[kind]):
            role[row, column] = wave_role
            offset_s[row, column] = offset_ms / 1000
            width_s[row, column] = width_ms / 1000
            dipole_mv[row, column] = dipole
    size = np.array([rng.uniform(0.9, 1.2), rng.uniform(0.85, 1.1), rng.uniform(0.8, 1.15)])
    dipole_mv *= size[role][..., None]
    dipole_mv = dipole_mv @ rotation(np.array(rng.uniform(-0.12, 0.12))).T
    leads = lead_vectors(scenario.lead_names)
    polarity = _centre_on_dominant_deflection(role, offset_s, width_s, dipole_mv @ leads[0])
    return Heart(role, offset_s, width_s, dipole_mv, polarity, leads)


def rotation(angle_rad: Float64Array) -> Float64Array:
    """Return matrices that turn the dipole in the frontal plane, shape (..., 3, 3)."""
    matrix = np.zeros((*angle_rad.shape, 3, 3))
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    matrix[..., 0, 0] = matrix[..., 1, 1] = cosine
    matrix[..., 0, 1], matrix[..., 1, 0] = -sine, sine
    matrix[..., 2, 2] = 1.0
    return matrix


def _centre_on_dominant_deflection(
    role: npt.NDArray[np.int64], offset_s: Float64Array, width_s: Float64Array, first_lead_mv: Float64Array
) -> Float64Array:
    """Shift each kind in place so that its first-lead QRS extremum is at time zero; return its signs."""
    time_s = np.arange(-0.1, 0.1, 1e-5)
    polarity = np.ones(len(role))
    for kind in range(len(role)):
        is_qrs = (role[kind] == QRS) & (first_lead_mv[kind] != 0)
        if not is_qrs.any():
            continue
        z = (time_s - offset_s[kind, is_qrs, None]) / width_s[kind, is_qrs, None]
        qrs = first_lead_mv[kind, is_qrs] @ np.exp(-0.5 * z**2)
        peak = int(np.abs(qrs).argmax())
        offset_s[kind] -= time_s[peak]
        polarity[kind] = np.sign(qrs[peak])
    return polarity
