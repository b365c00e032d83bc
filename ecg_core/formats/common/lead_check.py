"""Consistency check of the limb leads: inverted, swapped or wrongly scaled leads.

The limb leads are differences of three electrodes, so that I + III = II, aVR = -(I + II)/2, aVL = I - II/2 and
aVF = II - I/2 hold at every moment (Einthoven 1908, Goldberger 1942). Where they do not, a lead is inverted, swapped
or wrongly scaled. Electrodes that are swapped on the patient keep the equations; arms that are swapped turn lead I
against V6 (Rosen et al., Am J Cardiol 2014). Nothing is changed: what looks wrong is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from ecg_core.arrays import FloatArray
from ecg_core.errors import RecordingError
from ecg_core.recording import Recording

_WINDOW_S: Final = 8.0
_MAX_VALUES: Final = 4_000_000
_BREACH: Final = 0.3
"""Share of the leads' own size that a contradiction must exceed; filters of single leads leave some."""
_FIT: Final = 0.15
"""Share below which an explanation fits."""
_ARMS_CORRELATION: Final = -0.75
_FLAT_MV: Final = 0.01
_MAX_PLAUSIBLE_MV: Final = 30.0
"""No heart and no pacing artefact of an ordinary lead swings further, once slow drift is taken away."""
_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V6")
_EXPLANATIONS: Final = (
    ((1, -1), "lead III is inverted or leads I and II are swapped"),
    ((-1, 1), "lead I is inverted or leads II and III are swapped"),
    ((-1, -1), "lead II is inverted"),
)

_BEGINNINGS: Final = ("The gain or unit of ", "The gain of ", "The limb leads contradict ", "Leads ", "Lead ")
"""How the sentences below begin, and those of the formats about gains."""


def check_leads(recording: Recording) -> tuple[str, ...]:
    """Point out leads that look inverted, swapped or wrongly scaled.

    Parameters
    ----------
    recording : Recording
        Some seconds of it are read.

    Returns
    -------
    tuple of str
        One sentence for each thing that looks wrong; none if nothing does or nothing can be read there.
    """
    try:
        seconds = _few_seconds(recording)
    except RecordingError:
        return ()
    if seconds is None:
        return ()
    known: dict[str, FloatArray] = {
        name: seconds[:, recording.lead_names.index(name)] for name in _LEADS if name in recording.lead_names
    }
    alive = {name: lead for name, lead in known.items() if float(np.std(lead)) > _FLAT_MV}
    limb = _einthoven(alive) or _augmented(alive)  # where I, II or III is wrong, the others have no measure
    return (*_too_large(recording, seconds), *limb, *_arms(alive))


def notes_of_leads(notes: Sequence[str]) -> tuple[str, ...]:
    """Return those of a recording's notes that say that a lead's size, sign or name is not to be trusted."""
    return tuple(note for note in notes if note.startswith(_BEGINNINGS))


def _few_seconds(recording: Recording) -> FloatArray | None:
    """Return seconds in which all leads have values, slow drift taken away; None if there are none."""
    n_window = min(int(_WINDOW_S * recording.fs_hz), _MAX_VALUES // len(recording.leads))
    for start in (0, recording.n_samples // 2):
        signal = recording.read(start, start + n_window)
        whole = signal[np.isfinite(signal).all(axis=1)].astype(np.float64)
        n_second = round(recording.fs_hz)
        if len(whole) > 3 * n_second:
            slow = uniform_filter1d(whole, n_second, axis=0)
            return np.asarray(whole - slow)[n_second:-n_second]  # the mean of a second is none at the ends
    return None


def _too_large(recording: Recording, seconds: FloatArray) -> list[str]:
    swing_mv = np.diff(np.percentile(seconds, [1, 99], axis=0), axis=0)[0]
    large = [
        (lead.name, swing)
        for lead, swing in zip(recording.leads, swing_mv, strict=True)
        if lead.calibrated and swing > _MAX_PLAUSIBLE_MV
    ]
    if not large:
        return []
    listed = ", ".join(name for name, _ in large[:12])
    return [
        f"The gain or unit of {listed:.80} is doubtful: the signal swings by up to {max(s for _, s in large):.0f} mV, "
        "more than an ECG does; its millivolts cannot be relied on."
    ]


def _einthoven(leads: dict[str, FloatArray]) -> list[str]:
    if not {"I", "II", "III"} <= leads.keys():
        return []
    one, two, three = leads["I"], leads["II"], leads["III"]
    size = max(_rms(one), _rms(two), _rms(three))
    if _rms(one + three - two) <= _BREACH * size:
        return []
    for (sign_one, sign_three), explanation in _EXPLANATIONS:
        if _rms(sign_one * one + sign_three * three - two) <= _FIT * size:
            return [f"The limb leads contradict each other (I + III is not II): it looks as if {explanation}."]
    factors, *_ = np.linalg.lstsq(np.stack([one, three], axis=1), two, rcond=None)
    if min(factors) > 0 and _rms(factors[0] * one + factors[1] * three - two) <= _FIT * size:
        return [
            "The limb leads contradict each other (I + III is not II): they fit once each is given another gain, so "
            "their heights in mV cannot be compared."
        ]
    return ["The limb leads contradict each other (I + III is not II): a lead is wrongly named, scaled or recorded."]


def _augmented(leads: dict[str, FloatArray]) -> list[str]:
    if not {"I", "II"} <= leads.keys():
        return []
    one, two = leads["I"], leads["II"]
    expected: dict[str, FloatArray] = {"aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
    held = {name: leads[name] for name in expected if name in leads}
    wrong = [name for name, lead in held.items() if not _alike(lead, expected[name], _BREACH)]
    found = []
    for first, second in _swapped(held, expected, wrong):
        found.append(f"Leads {first} and {second} look swapped: each is what the limb leads give for the other.")
        wrong = [name for name in wrong if name not in (first, second)]
    found += [
        f"Lead {name} looks inverted against the limb leads that it is made of."
        for name in wrong
        if _alike(-held[name], expected[name], _FIT)
    ]
    return found


def _swapped(
    held: dict[str, FloatArray], expected: dict[str, FloatArray], wrong: Sequence[str]
) -> list[tuple[str, str]]:
    return [
        (first, second)
        for place, first in enumerate(wrong)
        for second in wrong[place + 1 :]
        if _alike(held[first], expected[second], _FIT) and _alike(held[second], expected[first], _FIT)
    ]


def _arms(leads: dict[str, FloatArray]) -> list[str]:
    if not {"I", "aVR", "V6"} <= leads.keys():
        return []
    against = float(np.corrcoef(leads["I"], leads["V6"])[0, 1])
    along = float(np.corrcoef(leads["aVR"], leads["V6"])[0, 1])
    if against > _ARMS_CORRELATION or along < 0:
        return []
    return [
        "Lead I runs against V6 and aVR along with it, as when the arm electrodes are swapped; "
        "check how they were placed."
    ]


def _alike(lead: FloatArray, expected: FloatArray, share: float) -> bool:
    return _rms(lead - expected) <= share * max(_rms(lead), _rms(expected))


def _rms(signal: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64))))
