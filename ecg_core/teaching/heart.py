"""A synthetic heart with settings: rate, PR, QRS width, ectopic beats, ST segment, potassium, noise, electrodes.

Ten seconds of twelve leads follow from the settings, with exact truth; the same settings give the same samples. What a
setting does to the waves is data (`POTASSIUM`), chosen after the textbook's sequence of changes of the ECG: with much
potassium narrow tall T waves, then flat P waves and a long PR interval, then a broad QRS complex without P wave; with
little of it flat T waves, ST depression and U waves (Surawicz, Am Heart J 1967;73:814). The levels at
which they come differ widely between people, so the potassium of a patient cannot be read off these tracings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from ecg_core.errors import SourceError
from ecg_core.figures.paper import SECONDS
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis.conditions import NORMAL, P_SINUS, ST_ELEVATION, T_NORMAL
from ecg_core.synthesis.morphology import lead_vectors
from ecg_core.synthesis.strip import Strip, StripArtefact, StripEctopy, StripPassage
from ecg_core.synthesis.strip_drawing import ELECTRODES, DrawnStrip, render_strip
from ecg_core.synthesis.strip_events import expand_strip
from ecg_core.synthesis.strip_shapes import BEATS, P_WAVES
from ecg_core.synthesis.tracing import TWELVE_LEADS, Complex, Drawing, Event, WaveShape

MAX_ECTOPIC_PERCENT: Final = 50.0
"""Largest share of premature beats: at most one follows each conducted beat."""

MIN_GAP_MS: Final = 120.0
"""Shortest time between a QRS complex and the next P wave; a longer PR interval is cut down to it at high rates."""

_REFRACTORY_S: Final = 0.27
_LONGEST_RR_S: Final = 2.0
_T_CENTRE_S: Final = 0.272
_LOST_P: Final = 0.05
_USUAL_PR_MS: Final = 160.0


@dataclass(frozen=True)
class SettingRange:
    """What a setting may be.

    Attributes
    ----------
    text, unit : str
        What it is called, and its unit.
    lowest, highest, step : float
    """

    text: str
    unit: str
    lowest: float
    highest: float
    step: float


RANGES: Final[Mapping[str, SettingRange]] = MappingProxyType(
    {
        "rate_bpm": SettingRange("Sinus rate", "bpm", 30, 200, 1),
        "pr_ms": SettingRange("PR interval", "ms", 80, 400, 10),
        "qrs_ms": SettingRange("QRS duration", "ms", 70, 200, 5),
        "pvc_percent": SettingRange("Ventricular premature beats", "%", 0, MAX_ECTOPIC_PERCENT, 5),
        "pac_percent": SettingRange("Atrial premature beats", "%", 0, MAX_ECTOPIC_PERCENT, 5),
        "st_mv": SettingRange("ST level", "mV", -0.3, 0.5, 0.05),
        "potassium_mmol": SettingRange("Potassium", "mmol/l", 2.0, 9.0, 0.25),
        "noise_mv": SettingRange("Muscle noise, RMS", "mV", 0, 1.0, 0.05),
        "axis_turn_deg": SettingRange("Turn of the heart", "°", -120, 120, 10),
    }
)
"""Settings that are numbers, by name, in the order of the page."""

WALLS: Final = ("anterior", "inferior", "lateral")
"""Where the ST level is raised or lowered."""

ELECTRODE_FAULTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "correct": (),
        "both arms exchanged": ("RA", "LA"),
        "right arm and leg exchanged": ("RA", "LL"),
        "left arm and leg exchanged": ("LA", "LL"),
        "V1 and V2 exchanged": ("V1", "V2"),
        "V1 and V6 exchanged": ("V1", "V6"),
    }
)
"""Electrodes that are exchanged, by what the page calls it."""

POTASSIUM: Final = {
    #            2.0   2.5   3.5  4.0  5.0  6.0   7.0   8.0   9.0   mmol/l
    "t_gain": (0.10, 0.28, 0.80, 1.0, 1.0, 2.2, 2.8, 2.4, 1.8),
    "t_width": (1.0, 1.0, 1.0, 1.0, 1.0, 0.74, 0.74, 0.9, 1.2),
    "u_gain": (1.3, 1.0, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "st_gain": (1.4, 1.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "p_gain": (1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.45, 0.0, 0.0),
    "pr_added_ms": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 60.0, 80.0, 80.0),
    "qrs_factor": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 1.7, 2.3),
}
"""What potassium does to the waves, at the levels of `_LEVELS_MMOL`; linear in between."""

_LEVELS_MMOL: Final = (2.0, 2.5, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
_U_WAVE: Final = (0.47, 0.045, (0.11, 0.07, -0.13))
_ST_HYPOKALAEMIC: Final = (-0.06, -0.05, 0.04)
_SWITCHES: Final = {"wall": WALLS, "electrodes": tuple(ELECTRODE_FAULTS)}


@dataclass(frozen=True)
class HeartSettings:
    """Settings of the synthetic heart.

    Attributes
    ----------
    rate_bpm : float
        Of the sinus node.
    pr_ms, qrs_ms : float
        Intervals at a potassium of 4 to 5 mmol/l.
    pvc_percent, pac_percent : float
        Shares of ventricular and atrial premature beats among all; together `MAX_ECTOPIC_PERCENT` at most, of which
        ventricular ones come first.
    st_mv : float
        ST level in the lead that looks at the wall.
    potassium_mmol : float
    noise_mv : float
        Muscle noise at each electrode, RMS.
    axis_turn_deg : float
        Turn in the frontal plane; clockwise is positive.
    wall : str
        One of `WALLS`.
    electrodes : str
        A key of `ELECTRODE_FAULTS`.

    Raises
    ------
    SourceError
        If a setting lies outside its range.
    """

    rate_bpm: float = 70.0
    pr_ms: float = 160.0
    qrs_ms: float = 90.0
    pvc_percent: float = 0.0
    pac_percent: float = 0.0
    st_mv: float = 0.0
    potassium_mmol: float = 4.0
    noise_mv: float = 0.0
    axis_turn_deg: float = 0.0
    wall: str = "anterior"
    electrodes: str = "correct"

    def __post_init__(self) -> None:
        for name, limits in RANGES.items():
            value = getattr(self, name)
            if not limits.lowest <= value <= limits.highest:
                raise SourceError(
                    f"{limits.text} goes from {limits.lowest:g} to {limits.highest:g} {limits.unit}, not {value:g}."
                )
        for name, known in _SWITCHES.items():
            if getattr(self, name) not in known:
                raise SourceError(f"{name} is one of {', '.join(known)}, not {getattr(self, name):.40}.")

    @property
    def text(self) -> str:
        """Settings that differ from the usual ones, for an address; ``usual`` where none does."""
        usual = HeartSettings()
        said = []
        for one in fields(self):
            value = getattr(self, one.name)
            if value != getattr(usual, one.name):
                said.append(f"{one.name}:{value if isinstance(value, str) else f'{value:g}'}".replace(" ", "_"))
        return ",".join(said) or "usual"


def settings_of_text(text: str) -> HeartSettings:
    """Return settings from the text of an address.

    Parameters
    ----------
    text : str
        As :attr:`HeartSettings.text` gives it.

    Returns
    -------
    HeartSettings

    Raises
    ------
    SourceError
        If it names no setting, or one outside its range.
    """
    given: dict[str, Any] = {}
    for part in text.split(",") if text not in {"", "usual"} else ():
        name, _, value = part.partition(":")
        if name in _SWITCHES:
            given[name] = value.replace("_", " ")
        elif name in RANGES:
            try:
                given[name] = float(value)
            except ValueError:
                raise SourceError(f"{RANGES[name].text} is a number, not {value:.40}.") from None
        else:
            raise SourceError(f"There is no setting {name:.40} of the heart; choose one of the page Teaching.")
    return HeartSettings(**given)


@lru_cache(maxsize=32)
def draw_heart(settings: HeartSettings) -> DrawnStrip:
    """Draw ten seconds of the heart.

    Parameters
    ----------
    settings : HeartSettings
        The settings.

    Returns
    -------
    DrawnStrip
        Signal, true waves and annotations.
    """
    strip = strip_of(settings)
    beats = {**BEATS, "normal": complex_of(settings)}
    p_waves = {**P_WAVES, "sinus": P_SINUS.scaled(max(_potassium(settings, "p_gain"), _LOST_P))}
    return render_strip(
        strip, expand_strip(strip, beats, p_waves, refractory_s=_REFRACTORY_S, longest_rr_s=_LONGEST_RR_S)
    )


def heart_recording(settings: HeartSettings) -> Recording:
    """Return the heart's ten seconds as a recording in memory.

    Parameters
    ----------
    settings : HeartSettings
        The settings.
    """
    drawn = draw_heart(settings)
    recording = from_array(drawn.signal_mv, drawn.tracing.fs_hz, drawn.tracing.lead_names, "heart")
    marked = replace(recording, synthetic=True)
    marked.__dict__["sha256"] = recording.sha256
    return marked


def strip_of(settings: HeartSettings) -> Strip:
    """Return the script of the heart, whose beats are named ``normal``.

    Parameters
    ----------
    settings : HeartSettings
        The settings.

    Returns
    -------
    Strip
    """
    rr_s = 60 / settings.rate_bpm
    after_v, after_a = ectopic_places(settings.pvc_percent, settings.pac_percent, int(2 * SECONDS / rr_s) + 2)
    # Early enough that the next sinus beat finds the ventricles refractory: a compensatory pause.
    v_coupling_ms = 1000 * float(np.clip(max(0.6 * rr_s, rr_s - 0.42), 0.2, 0.8))
    a_coupling_ms = 1000 * float(np.clip(0.62 * rr_s, 0.28, 0.9))
    ectopy = []
    if after_v:
        ectopy.append(StripEctopy(after=after_v, coupling_ms=v_coupling_ms))
    if after_a:
        ectopy.append(StripEctopy(after=after_a, origin="atrial", coupling_ms=a_coupling_ms))
    no_p = _potassium(settings, "p_gain") <= _LOST_P
    passage = StripPassage(
        "sinus",
        SECONDS,
        rate_bpm=settings.rate_bpm,
        irregular=0.0,
        p=() if no_p else ("sinus",),
        # Without P waves there is no interval that would make it a block.
        pr_ms=min(longest_pr_ms(settings), _USUAL_PR_MS) if no_p else longest_pr_ms(settings),
        ectopy=tuple(ectopy),
    )
    noise = StripArtefact("muscle", ELECTRODES, 0.0, SECONDS, level_mv=settings.noise_mv)
    return Strip(
        (passage,),
        axis_turn_deg=settings.axis_turn_deg,
        swapped=ELECTRODE_FAULTS[settings.electrodes],  # type: ignore[arg-type]
        artefacts=(noise,) if settings.noise_mv else (),
    )


def longest_pr_ms(settings: HeartSettings) -> float:
    """Return the PR interval of the heart in ms: with what potassium adds, and cut down where the rate leaves no room.

    Parameters
    ----------
    settings : HeartSettings
        The settings.
    """
    wanted = settings.pr_ms + _potassium(settings, "pr_added_ms")
    return min(wanted, 60_000 / settings.rate_bpm - MIN_GAP_MS)


def ectopic_places(pvc_percent: float, pac_percent: float, n_beats: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Spread premature beats evenly.

    Parameters
    ----------
    pvc_percent, pac_percent : float
        Shares among all beats; ventricular ones come first where both together are more than `MAX_ECTOPIC_PERCENT`.
    n_beats : int
        Conducted beats.

    Returns
    -------
    tuple of tuple of int
        Conducted beats, counted from 1, after which a ventricular, and an atrial premature beat comes.
    """
    v = min(pvc_percent, MAX_ECTOPIC_PERCENT) / 100
    a = min(pac_percent / 100, MAX_ECTOPIC_PERCENT / 100 - v)
    per_v, per_a = v / (1 - v - a), a / (1 - v - a)
    owed_v, owed_a = 0.5, 0.25
    after_v, after_a = [], []
    for number in range(1, n_beats + 1):
        owed_v, owed_a = owed_v + per_v, owed_a + per_a
        if owed_v >= 1 and (owed_v >= owed_a or owed_a < 1):
            after_v.append(number)
            owed_v -= 1
        elif owed_a >= 1:
            after_a.append(number)
            owed_a -= 1
    return tuple(after_v), tuple(after_a)


def complex_of(settings: HeartSettings) -> Complex:
    """Return the QRS complex of conducted beats with its repolarisation.

    Parameters
    ----------
    settings : HeartSettings
        The settings.

    Returns
    -------
    Complex
    """
    width_ms, end_s = _usual_qrs()
    stretch = settings.qrs_ms / width_ms * _potassium(settings, "qrs_factor")
    later_s = (stretch - 1) * end_s
    gain, narrow = _potassium(settings, "t_gain"), _potassium(settings, "t_width")
    t = WaveShape(
        tuple(
            (_T_CENTRE_S + (centre - _T_CENTRE_S) * narrow + later_s, width * narrow, dipole)
            for centre, width, dipole in T_NORMAL.scaled(gain).components
        )
    )
    st = np.array(st_dipole(settings.wall)) * settings.st_mv
    st = st + np.array(_ST_HYPOKALAEMIC) * _potassium(settings, "st_gain")
    u_gain = _potassium(settings, "u_gain")
    centre, width, dipole = _U_WAVE
    return replace(
        NORMAL,
        qrs=NORMAL.qrs.scaled(stretch=stretch),
        t=t,
        st=(float(st[0]), float(st[1]), float(st[2])),
        other=WaveShape(((centre, width, dipole),)).scaled(u_gain) if u_gain else None,
    )


def st_dipole(wall: str) -> tuple[float, float, float]:
    """Return the dipole of an ST level of 1 mV in the lead that looks at a wall.

    Parameters
    ----------
    wall : str
        One of `WALLS`.
    """
    direction = np.array(ST_ELEVATION[wall])
    unit = direction / (lead_vectors((st_lead(wall),)) @ direction)[0]
    return float(unit[0]), float(unit[1]), float(unit[2])


def st_lead(wall: str) -> str:
    """Return the lead in which the ST level of a wall is largest.

    Parameters
    ----------
    wall : str
        One of `WALLS`.
    """
    return TWELVE_LEADS[int((lead_vectors(TWELVE_LEADS) @ np.array(ST_ELEVATION[wall])).argmax())]


@lru_cache(maxsize=1)
def _usual_qrs() -> tuple[float, float]:
    """Return duration in ms and end in s of the usual QRS complex over the twelve leads."""
    drawing = Drawing()
    row = drawing.draw([Event(1.0, beat=NORMAL)]).waves.common[0] / drawing.fs_hz
    return float(1000 * (row[5] - row[3])), float(row[5] - 1.0)


def _potassium(settings: HeartSettings, effect: str) -> float:
    return float(np.interp(settings.potassium_mmol, _LEVELS_MMOL, POTASSIUM[effect]))
