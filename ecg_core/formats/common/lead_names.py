"""Lead names: standard name of a lead, and whether a channel is an ECG.

Twelve-lead names are those of the AHA/ACC/HRS recommendations of 2007; the prefixes ``MDC_ECG_LEAD_`` those of
ISO/IEEE 11073-10101. A Holter's modified leads (``MLII``, ``CM5``) are no standard leads and stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MAX_LEADS: Final = 1024
"""More than any ECG has, body surface maps included; a header that announces more is not believed."""

_PREFIX = re.compile(
    r"^(mdc_ecg_(lead|elec_potl)|ecg|ekg|lead|channel|kanal|spannung|voltage|tension|ableitung|d[eé]rivation|"
    r"derivaci[oó]n|derivazione|deriva[cç][aã]o|afleiding|avledning|afledning|odprowadzenie|отведение|канал|экг)"
    r"[\s_:.\-]+|^(导联|導聯|誘導)[\s_:.\-]*",
    re.IGNORECASE,
)
_NUMERALS: Final = {"1": "I", "2": "II", "3": "III", "i": "I", "ii": "II", "iii": "III"}
_LIMB = re.compile(r"^d?(i{1,3})$|^d([123])$", re.IGNORECASE)
_AUGMENTED = re.compile(r"^av([rlf])$", re.IGNORECASE)
_CHEST = re.compile(r"^[vc]([1-9]r?)$", re.IGNORECASE)
_FRANK = re.compile(r"^v?([xyz])$", re.IGNORECASE)
_MODIFIED = re.compile(r"^(ml(i{1,3}|v?\d)|mv\d|mcl\d|cm\d|cc5|cs\d|es|as|ai|nst)$", re.IGNORECASE)

_ECG_NAME = re.compile(
    r"^(ecg|ekg|mdc_ecg|lead|m?(l(i{1,3}|ii|v\d?)|cl\d?|v\d{0,2}r?)$|mcl|d?i{1,3}$|av[rlf]$|v\d{0,2}r?$|v[xyz]$|[xyz]$|"
    r"cm\d|cc5|cs\d|d\d$|es$|as$|ai$)",
    re.IGNORECASE,
)
_OTHER_NAME = re.compile(
    r"^(pleth|ppg|resp|abp|art|pap|cvp|icp|bp|nbp|p\d$|co2|etco2|spo2|sao2|o2|airflow|thor|abd|chest|nasal|eeg|eog|emg|"
    r"temp|sound|pcg|scg|acc|gsr|event|status|pm$|fetal|uc$)",
    re.IGNORECASE,
)
_STANDARD = re.compile(r"^(i{1,3}|av[rlf]|v[1-9]r?|[xyz])$", re.IGNORECASE)
_MAX_NAME_CHARS: Final = 200
_MILLIVOLTS_PER_UNIT: Final = {"v": 1e3, "mv": 1.0, "uv": 1e-3, "nv": 1e-6}
_UNIT_WORDS: Final = {
    "микровольт": "uv", "мкв": "uv", "мв": "mv", "милливольт": "mv", "微伏": "uv", "毫伏": "mv", "マイクロボルト": "uv",
    "ミリボルト": "mv", "마이크로볼트": "uv", "밀리볼트": "mv",
}  # fmt: skip
_MICRO = str.maketrans({"µ": "u", "μ": "u"})


def millivolts_per(unit: str) -> float | None:
    """Return what a unit of voltage is in mV; None if it is no unit of voltage."""
    word = unit.strip()[:40].replace("Âµ", "u").replace("Î¼", "u").translate(_MICRO).lower()
    word = re.sub(r"^(mi[ck]ro|mic)", "u", word).replace("milli", "m").replace("mili", "m").replace("nano", "n")
    return _MILLIVOLTS_PER_UNIT.get(re.sub(r"(olts?|oltios?|oltio|oltů|oltia)$", "", _UNIT_WORDS.get(word, word)))


def names_ecg(name: str) -> bool:
    """Tell whether a channel's name is that of an ECG lead."""
    bare = name.strip()
    return bool(_ECG_NAME.match(bare)) or (bare[:1].isalpha() and names_lead(usual_name(bare)))


def names_lead(name: str) -> bool:
    """Tell whether a name is the usual one of a standard lead: ``II``, ``aVR``, ``V1``."""
    return bool(_STANDARD.match(name))


def names_other(name: str) -> bool:
    """Tell whether a channel's name is that of something that is no ECG: respiration, pressure, EEG."""
    return bool(_OTHER_NAME.match(name.strip()))


def usual_name(name: str) -> str:
    """Return the usual name of a lead, or the given one without surrounding blanks if it is none of those known.

    Examples
    --------
    >>> [usual_name(name) for name in ("ECG II", "AVR", "MDC_ECG_LEAD_V1", "MLII", "Vx", "ECG LA-RA")]
    ['II', 'aVR', 'V1', 'MLII', 'X', 'ECG LA-RA']
    """
    given = name.strip()
    if len(given) > _MAX_NAME_CHARS:  # no lead is called so, and prefixes are taken off one by one
        return given
    bare = given
    while (shorter := _PREFIX.sub("", bare)) != bare:
        bare = shorter
    if limb := _LIMB.match(bare):
        return _NUMERALS[(limb[1] or limb[2]).lower()]
    if augmented := _AUGMENTED.match(bare):
        return f"aV{augmented[1].upper()}"
    if chest := _CHEST.match(bare):
        return f"V{chest[1].upper()}"
    if frank := _FRANK.match(bare):
        return frank[1].upper()
    return bare.upper() if _MODIFIED.match(bare) else given


def usual_names(names: Iterable[str]) -> list[str]:
    """Return the usual names of a recording's leads, each once: a name that is taken gets a number.

    Parameters
    ----------
    names : iterable of str
        As the file gives them; a lead without a name becomes ``lead 3`` by its place.
    """
    taken: dict[str, int] = {}
    result = []
    for place, name in enumerate(names, start=1):
        usual = base = usual_name(name) or f"lead {place}"
        while usual in taken:
            taken[base] += 1
            usual = f"{base} ({taken[base]})"
        taken[usual] = 1
        result.append(usual)
    return result
