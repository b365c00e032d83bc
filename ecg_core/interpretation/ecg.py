"""What the rules look at: measurements, the person's age and sex, and what is known of the rhythm."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from ecg_core.delineation.lead_scales import LIMB_LEADS, relative_leads
from ecg_core.delineation.measured import BeatMeasurements, Measured
from ecg_core.recording import Recording

TWELVE_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

Sex = Literal["F", "M"]

_AMPLITUDE: Final = re.compile(r"_mv(_s)?$")
_ABSENT_WAVE: Final = re.compile(r"no (?:Q|R|S|R'|P) wave\b")
_AGE: Final = re.compile(r"^\W*age\W+(\d{1,3}(?:\.\d+)?)\b", re.IGNORECASE)
_SEX: Final = re.compile(r"^\W*(?:sex|gender)\W+(f(?:emale)?|m(?:ale)?)\b", re.IGNORECASE)
_OLDEST: Final = 120
_DAYS_A_YEAR: Final = 365.25
_NO_P_WAVES: Final = Measured(None, reason="P waves not delineated")
_TOO_FEW: Final = Measured(None, reason="too few beats")
_NO_SPIKES: Final = Measured(None, reason="pacing spikes not looked for")
_NO_CLASSES: Final = Measured(None, reason="beats not classified")


@dataclass(frozen=True)
class Subject:
    """Age and sex, which limits depend on.

    Attributes
    ----------
    age_years : float or None
    sex : {"F", "M"} or None
    """

    age_years: float | None = None
    sex: Sex | None = None


@dataclass(frozen=True)
class RhythmFacts:
    """What is known of rhythm, conduction and pacing.

    Attributes
    ----------
    kinds : mapping of str to str
        Kinds of episodes that cover most of the ECG, with their reason.
    present : mapping of str to str
        All kinds of episodes in it, with the reason of the first.
    unassessed : mapping of str to str
        Kinds that were not looked for, with the reason.
    p_share : Measured
        Share of the conducted beats with a P wave before the QRS.
    pr_spread_ms : Measured
        Spread of the PR interval between beats.
    rr_spread : Measured
        Standard deviation of RR between conducted beats, as a share of its mean.
    p_cycle_ms : Measured
        Time from P wave to P wave where P waves come regularly while the PR interval varies.
    ventricular_pacing, atrial_pacing : Measured
        Share of the beats paced there.
    v_share : Measured
        Share of ventricular ectopic beats.
    blocked_p_share : Measured
        Share of the P waves that no QRS complex follows.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    present: Mapping[str, str] = field(default_factory=dict)
    unassessed: Mapping[str, str] = field(default_factory=dict)
    p_share: Measured = _NO_P_WAVES
    pr_spread_ms: Measured = _NO_P_WAVES
    rr_spread: Measured = _TOO_FEW
    p_cycle_ms: Measured = _NO_P_WAVES
    ventricular_pacing: Measured = _NO_SPIKES
    atrial_pacing: Measured = _NO_SPIKES
    v_share: Measured = _NO_CLASSES
    blocked_p_share: Measured = _NO_P_WAVES


@dataclass(frozen=True)
class Ecg:
    """An ECG of one or more leads as the rules see it.

    Attributes
    ----------
    measurements : BeatMeasurements
        Of the median of the dominant beats.
    subject : Subject
    rhythm : RhythmFacts
    relative : mapping of str to str
        Leads whose amplitudes are relative, with the reason: no voltage of theirs is looked at, ratios are.
    peak_ms : mapping of str to Measured
        Time from the QRS onset in all leads to the largest deflection of each lead, in ms.
    """

    measurements: BeatMeasurements
    subject: Subject = Subject()
    rhythm: RhythmFacts = field(default_factory=RhythmFacts)
    relative: Mapping[str, str] = field(default_factory=dict)
    peak_ms: Mapping[str, Measured] = field(default_factory=dict)

    def overall(self, quantity: str) -> Measured:
        """Return a measurement of all leads together, by its name in `GLOBAL_QUANTITIES`.

        Axes rest on the amplitudes of limb leads and have no value where those do not share a scale.
        """
        if quantity.endswith("_axis_deg"):
            for name in LIMB_LEADS:
                if name in self.relative:
                    return Measured(None, reason=f"{name}: {self.relative[name]}")
        return self.measurements.overall.get(quantity, Measured(None, reason="not measured"))

    def lead(self, name: str, quantity: str) -> Measured:
        """Return a measurement of one lead, by its name in `LEAD_QUANTITIES`.

        Parameters
        ----------
        name : str
            Name of the lead.
        quantity : str
            Name of the quantity.

        Returns
        -------
        Measured
            Of an absent wave the value is 0. Without a value where the lead is missing, unreadable, or, of an
            amplitude, not calibrated.
        """
        if name in self.relative and _AMPLITUDE.search(quantity):
            return Measured(None, reason=f"{name}: {self.relative[name]}")
        return self._any_scale(name, quantity)

    def _any_scale(self, name: str, quantity: str) -> Measured:
        """Return a measurement of one lead whose scale may be unknown: for ratios and signs."""
        values = self.measurements.leads.get(name)
        if values is None:
            return Measured(None, reason=f"no lead {name}")
        measured = values.get(quantity, Measured(None, reason=f"not measured in {name}"))
        if measured.value is None and _ABSENT_WAVE.match(measured.reason):
            return Measured(0.0, n=measured.n)
        return measured

    def largest_r(self, name: str) -> Measured:
        """Return the height of the R or R' wave of a lead, whichever is larger, in mV."""
        return combined(max, self.lead(name, "r_mv"), self.lead(name, "r2_mv"))

    def depth(self, name: str) -> Measured:
        """Return the depth of the deepest negative wave of the QRS, Q or S, as a positive number of mV."""
        return combined(_depth, self.lead(name, "q_mv"), self.lead(name, "s_mv"))

    def peak_to_peak(self, name: str) -> Measured:
        """Return the amplitude of the whole QRS of a lead in mV."""
        return combined(sum_of, self.largest_r(name), self.depth(name))

    def net(self, name: str) -> Measured:
        """Return the tallest positive less the deepest negative wave as a share of the QRS, -1 to 1, in any scale."""
        return combined(
            lambda q, r, s, r2: (max(r, r2) - _depth(q, s)) / ((max(r, r2) + _depth(q, s)) or 1.0), *self._waves(name)
        )

    def share(self, name: str, wave: str) -> Measured:
        """Return the size of one wave of the QRS as a share of its peak-to-peak amplitude, in any scale.

        Parameters
        ----------
        name : str
            Name of the lead.
        wave : str
            ``q``, ``r``, ``s`` or ``r2``.

        Returns
        -------
        Measured
            Between 0, of an absent wave, and 1.
        """
        return combined(
            lambda q, r, s, r2, chosen: abs(chosen) / ((max(r, r2) + _depth(q, s)) or 1.0),
            *self._waves(name),
            self._any_scale(name, f"{wave}_mv"),
        )

    def is_qs(self, name: str) -> Measured:
        """Return 1 where a lead shows a QS complex, a negative QRS without an R wave, and 0 where not."""
        return combined(lambda q, r, s, r2: float(max(r, r2) == 0 and _depth(q, s) > 0), *self._waves(name))

    def is_upright(self, name: str, quantity: str) -> Measured:
        """Tell whether an amplitude of a lead is positive, in any scale.

        Parameters
        ----------
        name : str
            Name of the lead.
        quantity : str
            Name of the quantity.

        Returns
        -------
        Measured
            1 or 0.
        """
        return combined(lambda value: float(value > 0), self._any_scale(name, quantity))

    def is_inverted(self, name: str, quantity: str) -> Measured:
        """Tell whether an amplitude of a lead is negative, in any scale.

        Parameters
        ----------
        name : str
            Name of the lead.
        quantity : str
            Name of the quantity.

        Returns
        -------
        Measured
            1 or 0.
        """
        return combined(lambda value: float(value < 0), self._any_scale(name, quantity))

    def r_peak_ms(self, name: str) -> Measured:
        """Return the R peak time of a lead: from the QRS onset to the peak of its R wave, in ms.

        Where R is the largest deflection its peak was found with the boundaries. Elsewhere it is taken at the middle of
        the last R wave, by the durations of the waves.

        Parameters
        ----------
        name : str
            Name of the lead.

        Returns
        -------
        Measured
        """
        if name in self.peak_ms and (self.net(name).value or 0.0) > 0:
            return self.peak_ms[name]
        return combined(
            lambda q, r, s, r2: q + r + s + r2 / 2 if r2 else q + r / 2,
            *(self.lead(name, quantity) for quantity in ("q_ms", "r_ms", "s_ms", "r2_ms")),
        )

    def _waves(self, name: str) -> tuple[Measured, ...]:
        return tuple(self._any_scale(name, f"{wave}_mv") for wave in ("q", "r", "s", "r2"))


def _depth(q: float, s: float) -> float:
    return -min(q, s, 0.0)


def sum_of(*values: float) -> float:
    """Return the sum of the values."""
    return sum(values)


def ecg_of(
    recording: Recording,
    measurements: BeatMeasurements,
    rhythm: RhythmFacts,
    subject: Subject | None = None,
    peak_ms: Mapping[str, Measured] | None = None,
) -> Ecg:
    """Return what the rules look at of a recording.

    Parameters
    ----------
    recording : Recording
        Its signal and leads say which amplitudes are relative.
    measurements : BeatMeasurements
        Of the median of the dominant beats.
    rhythm : RhythmFacts
        As :func:`ecg_core.interpretation.rhythm_facts` returns it.
    subject : Subject, optional
        Age and sex; as the file states them by default.
    peak_ms : mapping of str to Measured, optional
        As :func:`ecg_core.interpretation.facts.peak_times` returns it.

    Returns
    -------
    Ecg

    Raises
    ------
    RecordingError
        If the signal cannot be read.
    """
    person = subject_of(recording) if subject is None else subject
    return Ecg(measurements, person, rhythm, relative_leads(recording), peak_ms or {})


def combined(formula: Callable[..., float], *parts: Measured) -> Measured:
    """Return a value computed from several, or without a value and with the reason of the first that has none.

    Parameters
    ----------
    formula : callable
        Of the parts' values.
    *parts : Measured
        The parts.
    """
    values = []
    for part in parts:
        if part.value is None:
            return Measured(None, reason=part.reason)
        values.append(part.value)
    return Measured(float(formula(*values)), n=min((part.n for part in parts), default=0))


def subject_of(recording: Recording) -> Subject:
    """Return age and sex as the file states them: its identity, or its comments (WFDB ``# Age: 63``).

    Parameters
    ----------
    recording : Recording
        The recording, before it is de-identified.

    Returns
    -------
    Subject
        What is not stated, or is no age, is None.
    """
    age: float | None = None
    sex = ""
    identity = recording.identity
    if identity is not None:
        age, sex = identity.age_years, identity.sex or ""
        if age is None and identity.birth_date and isinstance(recording.start_time, datetime):
            age = (recording.start_time.date() - identity.birth_date).days / _DAYS_A_YEAR
    for comment in recording.comments:
        if age is None and (found := _AGE.match(comment)):
            age = float(found[1])
        if not sex and (found := _SEX.match(comment)):
            sex = found[1]
    letter = sex.strip()[:1].upper()
    known: Sex | None = "F" if letter in ("F", "W") else "M" if letter == "M" else None
    return Subject(age if age is not None and 0 <= age <= _OLDEST else None, known)
