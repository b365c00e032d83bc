"""Strips: scripts of seconds to a minute of 12-lead ECG as data, from which signal and exact truth follow.

A strip is a sequence of passages, each with one mechanism of the rhythm, and what disturbs the recording.
:mod:`ecg_core.synthesis.strip_events` expands it into beats, :mod:`ecg_core.synthesis.strip_drawing` draws it.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

STRICT: Final = ConfigDict(extra="forbid", strict=False)

Mechanism = Literal[
    "sinus",
    "atrial",
    "fibrillation",
    "flutter",
    "junctional",
    "ventricular",
    "torsades",
    "ventricular_fibrillation",
    "standstill",
]
Electrode = Literal["RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6"]
Rate = Annotated[float, Field(gt=0, le=400)]


@dataclass(frozen=True, config=STRICT)
class StripEctopy:
    """Premature beats in a passage of sinus rhythm, atrial rhythm or fibrillation.

    Attributes
    ----------
    after : tuple of int
        Conducted beats of the passage, counted from 1, that they follow.
    every : int
        They follow every so many conducted beats, too; 0 for none.
    origin : {"atrial", "junctional", "ventricular"}
    beat : str
        Name of the QRS complex; that of conducted beats, or ``outflow_tract``, by default.
    p : str
        Name of the P wave of an atrial beat.
    coupling_ms : float
        From the QRS complex before to that of the first premature beat.
    group : int
        Beats in a row.
    cycle_ms : float
        Their interval.
    conducted : bool
        Of an atrial beat: whether a QRS complex follows.
    """

    after: tuple[int, ...] = ()
    every: Annotated[int, Field(ge=0)] = 0
    origin: Literal["atrial", "junctional", "ventricular"] = "ventricular"
    beat: str = ""
    p: str = "low_atrial"
    coupling_ms: Annotated[float, Field(ge=200, le=2000)] = 440
    group: Annotated[int, Field(ge=1, le=60)] = 1
    cycle_ms: Annotated[float, Field(ge=180, le=2000)] = 400
    conducted: bool = True


@dataclass(frozen=True, config=STRICT)
class StripPacer:
    """A pacemaker.

    Attributes
    ----------
    mode : {"A", "V", "D"}
        Chambers paced.
    rate_bpm : float
        Lower rate.
    av_ms : float
        From atrial to ventricular spike.
    beat : str
        Name of the QRS complex that a ventricular spike makes.
    senses : bool
        Whether QRS complexes reset it.
    without_capture : tuple of int
        Ventricular spikes, counted from 1, that excite nothing.
    inhibited_s : tuple of float
        Start and end of the time, in the passage, in which it wrongly stays silent.
    """

    mode: Literal["A", "V", "D"] = "V"
    rate_bpm: Rate = 60
    av_ms: float = 160
    beat: str = "paced"
    senses: bool = True
    without_capture: tuple[int, ...] = ()
    inhibited_s: tuple[float, ...] = ()


@dataclass(frozen=True, config=STRICT)
class StripPassage:
    """A span with one mechanism of the rhythm.

    Attributes
    ----------
    mechanism : str
    seconds : float
    rate_bpm : float
        Of the sinus node, of the atria in flutter, of the ventricles otherwise.
    irregular : float
        Relative depth of respiratory arrhythmia; coefficient of variation of the intervals in fibrillation.
    beats : tuple of str
        Names of the QRS complexes of conducted beats, by turns.
    p : tuple of str
        Names of the P waves, by turns; empty for none.
    pr_ms : float
        From the onset of P to that of QRS. In junctional rhythm negative: the retrograde P wave comes so long after the
        onset of QRS.
    conduction : tuple of int
        By turns, milliseconds to add to the PR interval of each P wave, -1 where it is not conducted. In flutter, waves
        for each beat. ``(-1,)`` is complete block, in fibrillation and flutter too.
    missing : tuple of int
        Sinus beats, counted from 1, that do not leave the sinus node.
    escape : str
        Name of the QRS complex that ends long pauses; empty for none.
    escape_bpm : float
    ectopy : tuple of StripEctopy
    pacer : StripPacer or None
    captures : tuple of int
        Of ventricular tachycardia: beats, counted from 1, that a sinus beat takes over.
    fusions : tuple of int
        Likewise, beats that fuse with one.
    p_rate_bpm : float
        Of P waves that go on by themselves in ventricular rhythms and standstill; 0 for none.
    symbol : str
        WFDB symbol of the conducted beats where it is not that of their QRS complex.
    """

    mechanism: Mechanism
    seconds: Annotated[float, Field(gt=0, le=120)]
    rate_bpm: Rate = 70
    irregular: Annotated[float, Field(ge=0, le=0.5)] = 0.015
    beats: Annotated[tuple[str, ...], Field(min_length=1)] = ("normal",)
    p: tuple[str, ...] = ("sinus",)
    pr_ms: Annotated[float, Field(ge=-400, le=600)] = 160
    conduction: Annotated[tuple[int, ...], Field(min_length=1)] = (0,)
    missing: tuple[int, ...] = ()
    escape: str = ""
    escape_bpm: Rate = 40
    ectopy: tuple[StripEctopy, ...] = ()
    pacer: StripPacer | None = None
    captures: tuple[int, ...] = ()
    fusions: tuple[int, ...] = ()
    p_rate_bpm: Annotated[float, Field(ge=0, le=200)] = 0
    symbol: Annotated[str, Field(max_length=1)] = ""


@dataclass(frozen=True, config=STRICT)
class StripArtefact:
    """Something that disturbs electrodes.

    Attributes
    ----------
    kind : {"tremor", "movement", "muscle", "off"}
        Regular shaking of a limb, irregular large movement, muscle noise, or an electrode that is off.
    electrodes : tuple of str
        An electrode of a limb reaches several leads, by Einthoven, Goldberger and Wilson.
    start_s, seconds : float
    level_mv : float
        Amplitude of the shaking; RMS of the noise.
    rate_hz : float
        Of the shaking.
    """

    kind: Literal["tremor", "movement", "muscle", "off"]
    electrodes: Annotated[tuple[Electrode, ...], Field(min_length=1)]
    start_s: Annotated[float, Field(ge=0)] = 0
    seconds: Annotated[float, Field(gt=0)] = 10
    level_mv: Annotated[float, Field(ge=0, le=5)] = 0.3
    rate_hz: Annotated[float, Field(gt=0, le=30)] = 5.0


@dataclass(frozen=True, config=STRICT)
class Strip:
    """A script.

    Attributes
    ----------
    passages : tuple of StripPassage
    seed : int
    noise : float
        Factor on baseline wander, mains hum and electronic noise.
    qt_scale : float
        Factor on the length of repolarisation.
    axis_turn_deg : float
        Turns the heart in the frontal plane; clockwise, towards right-axis deviation, is positive.
    mirrored : bool
        Whether the heart lies on the right (dextrocardia).
    swapped : tuple of str
        Two electrodes that were exchanged; none for correct placement.
    artefacts : tuple of StripArtefact
    """

    passages: Annotated[tuple[StripPassage, ...], Field(min_length=1, max_length=20)]
    seed: Annotated[int, Field(ge=0)] = 1
    noise: Annotated[float, Field(ge=0, le=20)] = 1.0
    qt_scale: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    axis_turn_deg: Annotated[float, Field(ge=-180, le=180)] = 0.0
    mirrored: bool = False
    swapped: Annotated[tuple[Electrode, ...], Field(max_length=2)] = ()
    artefacts: tuple[StripArtefact, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """Length of the recording in s."""
        return sum(passage.seconds for passage in self.passages)
