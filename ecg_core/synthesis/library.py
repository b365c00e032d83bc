"""The scenarios: six demos of five minutes, a twelve-lead minute, and a day of Holter monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ecg_core.synthesis.scenario import Disturbance, Ectopy, Passage, Pause, Scenario, Sprinkle

TWELVE_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

_SINUS = Scenario("demo_sinus", "Normal sinus rhythm with respiratory arrhythmia", rate_bpm=66)

_PVC = Scenario(
    "demo_pvc",
    "Ventricular ectopy: isolated, bigeminy, couplets, a run of five, fusion beats",
    rate_bpm=72,
    events=(
        Ectopy(14),
        Ectopy(33),
        Ectopy(47, focus="apical"),
        Ectopy(66),
        Ectopy(88, repeat=12),
        Ectopy(132, group=2),
        Ectopy(151, group=2, focus="apical"),
        Ectopy(172, group=5),
        Ectopy(196, kind="F"),
        Ectopy(203, kind="F"),
        Ectopy(221, repeat=6, gap=2),
        Ectopy(258),
        Ectopy(276, group=2),
        Ectopy(288, focus="apical"),
    ),
)

_PAC = Scenario(
    "demo_pac",
    "Atrial ectopy: isolated premature beats, a pair, a run of six",
    rate_bpm=70,
    events=(
        *(Ectopy(at_s, kind="A") for at_s in (12, 31, 44, 63, 79, 95, 103, 140, 158, 171)),
        Ectopy(118, kind="A", group=2),
        Ectopy(190, kind="A", group=6),
        *(Ectopy(at_s, kind="A") for at_s in (214, 229, 247, 252, 268, 285)),
    ),
)

_AF = Scenario(
    "demo_af",
    "Paroxysmal atrial fibrillation between stretches of sinus rhythm",
    rate_bpm=68,
    events=(
        *(Ectopy(at_s, kind="A") for at_s in (24, 46, 57)),
        Ectopy(63, kind="A"),
        Passage(63.3, 140, rate_bpm=102, rhythm="afib"),
        Ectopy(118),
        Ectopy(171),
        Ectopy(226, kind="A"),
        Ectopy(246, kind="A", group=3),
        Passage(247.5, 36, rate_bpm=112, rhythm="afib"),
    ),
)

_RATES = Scenario(
    "demo_brady_pause_tachy",
    "Sinus bradycardia near 42, sinus pauses, sinus tachycardia near 140",
    rate_bpm=66,
    events=(
        Passage(40, 85, rate_bpm=42),
        Pause(145, 3.4),
        Pause(162, 2.6),
        Pause(171, 4.1),
        Passage(190, 75, rate_bpm=141),
    ),
)

_NOISE = Scenario(
    "demo_noise",
    "Muscle noise, electrode motion and leads off, with a few ventricular beats",
    rate_bpm=74,
    noise_scale=2.0,
    events=(
        Ectopy(12),
        Disturbance(22, 16, "muscle", 0.09),
        Ectopy(30),
        Ectopy(51),
        Disturbance(62, 14, "motion", 0.45, (0,)),
        Ectopy(82),
        Disturbance(96, 12, "muscle", 0.22),
        Disturbance(128, 24, "off", 0.0, (1,)),
        Ectopy(136, focus="apical"),
        Disturbance(170, 10, "off", 5.0, (2,)),
        Ectopy(176),
        Disturbance(198, 9, "motion", 0.8),
        Disturbance(226, 14, "off", 0.0, (0,)),
        Ectopy(233),
        Disturbance(256, 20, "muscle", 0.12, (1, 2)),
        Disturbance(264, 8, "motion", 0.4, (0,)),
        Ectopy(284),
    ),
)

_TWELVE = Scenario(
    "demo_12lead",
    "Twelve leads: sinus rhythm with ventricular beats of two origins and atrial beats",
    rate_bpm=70,
    lead_names=TWELVE_LEADS,
    fs_hz=500,
    period_s=60,
    duration_s=60,
    events=(
        Ectopy(7),
        Ectopy(17, kind="A"),
        Ectopy(26, focus="apical"),
        Ectopy(37, group=2),
        Ectopy(48, kind="A"),
    ),
)

_NIGHT, _DAY = (23.0, 7.0), (8.0, 22.0)

_HOLTER = Scenario(
    "holter_day",
    "A day of Holter monitoring: rate by time of day, every arrhythmia, noise and lead changes",
    rate_bpm=71,
    duration_s=24 * 3600,
    period_s=24 * 3600,
    start_clock_h=9.0,
    storage_format="16",
    events=(
        Passage(2.4 * 3600, 1500, rate_bpm=108, rhythm="afib"),
        Passage(11.1 * 3600, 3300, rate_bpm=96, rhythm="afib"),
        Passage(7.3 * 3600, 420, rate_bpm=140),
    ),
    sprinkles=(
        Sprinkle(Ectopy(0), 14),
        Sprinkle(Ectopy(0, focus="apical"), 2.5),
        Sprinkle(Ectopy(0, group=2), 0.7),
        Sprinkle(Ectopy(0, group=4), 0.12),
        Sprinkle(Ectopy(0, group=9), 0.05),
        Sprinkle(Ectopy(0, repeat=15), 0.35),
        Sprinkle(Ectopy(0, repeat=10, gap=2), 0.25),
        Sprinkle(Ectopy(0, kind="F"), 0.5),
        Sprinkle(Ectopy(0, kind="A"), 9),
        Sprinkle(Ectopy(0, kind="A", group=2), 0.6),
        Sprinkle(Ectopy(0, kind="A", group=7), 0.2),
        Sprinkle(Pause(0, 2.8), 0.5, _NIGHT),
        Sprinkle(Pause(0, 3.6), 0.2, _NIGHT),
        Sprinkle(Passage(0, 240, rate_bpm=44), 0.6, _NIGHT),
        Sprinkle(Passage(0, 300, rate_bpm=124), 0.35, _DAY),
        Sprinkle(Passage(0, 900, rate_bpm=104), 0.3, _DAY),
        Sprinkle(Passage(0, 120, rate_bpm=110, rhythm="afib"), 0.08),
        Sprinkle(Disturbance(0, 14, "muscle", 0.10), 7, _DAY),
        Sprinkle(Disturbance(0, 40, "muscle", 0.05), 3, _DAY),
        Sprinkle(Disturbance(0, 10, "motion", 0.5), 2, _DAY),
        Sprinkle(Disturbance(0, 8, "motion", 0.5, (0,)), 0.6, _NIGHT),
        Sprinkle(Disturbance(0, 90, "off", 0.0, (1,)), 0.08),
        Sprinkle(Disturbance(0, 45, "off", 5.0, (2,)), 0.08),
        Sprinkle(Disturbance(0, 30, "off", 0.0, (0, 1, 2)), 0.04),
    ),
)


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Return all scenarios by name; those bundled as demos are named ``demo_...``."""
    every = (_SINUS, _PVC, _PAC, _AF, _RATES, _NOISE, _TWELVE, _HOLTER)
    return MappingProxyType({scenario.name: scenario for scenario in every})
