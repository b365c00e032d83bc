"""Lead names: standard name of a lead, and whether a channel is an ECG.

Twelve-lead names are those of the AHA/ACC/HRS recommendations of 2007; the prefixes ``MDC_ECG_LEAD_`` those of
ISO/IEEE 11073-10101. A Holter's modified leads (``MLII``, ``CM5``) are no standard leads and stay what they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

MAX_LEADS: Final = 1024
"""More than any ECG has, body surface maps included; a header that announces more is not believed."""

_LEAD_WORDS: Final = (
    "lead|ableitung|abl|d[ée]rivation|deriv|derivaci[óo]n|derivação|derivacao|derivazione|afleiding|avledning|avleding|"
    "afledning|odprowadzenie|svod|zvod|elvezet[ée]s|kytkent[äa]|derivasyon|отведение|отв|відведення|απαγωγή|"
    "channel|kanal|kanaal|canal|canale|voie|канал|spannung|voltage|tension"
)
"""How the standards' users call a lead, or a channel that holds one, where letters part words."""
_LEAD_SIGNS: Final = "导联|導聯|導程|誘導|유도|通道"
_ECG_WORDS: Final = "ecg|ekg|[ée]lectrocardiogram(?:a|me|ma)?|elektrokardiogramm?|экг|ηκγ|心电图?|心電[図圖]?|심전도"

_BEFORE: Final = re.compile(
    rf"^(?:(?:mdc_ecg_(?:lead|elec_potl)|{_ECG_WORDS}|{_LEAD_WORDS})[\s_:.\-]+|(?:第|{_LEAD_SIGNS}|心电图?|心電[図圖]?)\s*|"
    r"(?:lead|ecg|ekg)(?=(?:i{1,3}|av[rlf]|v\d)$)|"
    r"(?:eeg|pol|bip|psg)\s+(?=(?:i{2,3}|av[rlf]|v[1-9])(?:[\s_]*[\-_(]|$)))",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"[\s_]*[\-_(\[]\s*(?:ref|reference|avg)\d?\s*[)\]]?$", re.IGNORECASE)
_BEHIND: Final = re.compile(
    rf"(?:[\s_:.\-]+(?:{_LEAD_WORDS})\.?|\s*(?:{_LEAD_SIGNS})|{_REFERENCE.pattern})$", re.IGNORECASE
)
"""What stands around the name of a lead: what it is, or the reference against which an EEG amplifier recorded it."""
_LOOKALIKES: Final = str.maketrans("аАсСхХІі", "aAcCxXIi")
"""Cyrillic letters that keyboards put in the place of Latin ones."""
_NUMERALS: Final = {"1": "I", "2": "II", "3": "III", "i": "I", "ii": "II", "iii": "III"}
_LIMB = re.compile(r"^(?:d[ _\-]?)?(i{1,3})$|^d[ _\-]?([123])$", re.IGNORECASE)
_AUGMENTED = re.compile(r"^a[ _\-]?v[ _\-]?([rlf])$", re.IGNORECASE)
_CHEST = re.compile(r"^[vc][ _\-]?([1-9]r?)$", re.IGNORECASE)
_FRANK = re.compile(r"^v?([xyz])$", re.IGNORECASE)
_MODIFIED = re.compile(r"^(ml(i{1,3}|v?\d)|mv\d|mcl\d|cm\d|cc5|cs\d|es|as|ai|nst)$", re.IGNORECASE)

_ECG_NAME = re.compile(
    r"^(ecg|ekg|mdc_ecg|lead|m?(l(i{1,3}|ii|v\d?)|cl\d?|v\d{0,2}r?)$|mcl|d?i{1,3}$|av[rlf]$|v\d{0,2}r?$|v[xyz]$|[xyz]$|"
    r"cm\d|cc5|cs\d|d\d$|es$|as$|ai$)",
    re.IGNORECASE,
)
_ECG_WORD = re.compile(rf"(?<![^\W_])[lrx]?(?:{_ECG_WORDS})(?![^\W\d_]{{3}})", re.IGNORECASE)
_ECG_CAPITALS = re.compile(r"(?<=[a-z\d])E[CK]G(?![a-z])")
"""In a name such as ``ChestECG``."""
_ABOUT_ECG = re.compile(
    r"(?<![^\W_])(hr|heart ?rate|rate|rri?|resp\w*|edr|derived|quality|sqi|imp|impedance|status|events?|annot\w*|"
    r"trig\w*|marker|peaks?|off|leads? ?off|artifacts?|fetal|foetal|temp\w*|battery)(?![^\W_])",
    re.IGNORECASE,
)
"""In the name of a channel that is about an ECG and none itself."""
_OTHER_NAME = re.compile(
    r"^(pleth|ppg|resp|abp|art|pap|cvp|icp|bp|nbp|p\d$|co2|etco2|spo2|sao2|o2|airflow|thor|abd|chest|nasal|eeg|eog|emg|"
    r"temp|sound|pcg|scg|acc|gsr|event|status|pm$|fetal|uc$)",
    re.IGNORECASE,
)
_STANDARD = re.compile(r"^(i{1,3}|av[rlf]|v[1-9]r?|[xyz])$", re.IGNORECASE)
_MAX_NAME_CHARS: Final = 200
_MILLIVOLTS_PER_UNIT: Final = {"v": 1e3, "mv": 1.0, "uv": 1e-3, "nv": 1e-6}
_SPELLED_VOLT: Final = re.compile(r"(?:в|вольт|伏特?|ボルト|볼트|volt(?:s|ios?|ia|ů)?|v)$")
_SPELLED_PREFIX: Final = {
    "": "",
    **dict.fromkeys(("m", "milli", "mili", "м", "милли", "毫", "ミリ", "밀리"), "m"),
    **dict.fromkeys(("u", "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}", "micro", "mikro", "mic"), "u"),
    **dict.fromkeys(("мк", "микро", "微", "マイクロ", "마이크로"), "u"),
    **dict.fromkeys(("âµ", "î¼", "æ", "ƒê", "\x83ê", "¦ì", "¥ì", "ì"), "u"),
    **dict.fromkeys(("n", "nano", "н", "纳"), "n"),
}
"""With the micro sign as other code pages show its bytes: UTF-8, DOS, Greek, Japanese, Chinese, Korean."""
_LOST_SIGNS: Final = frozenset(".?*\N{REPLACEMENT CHARACTER}")
"""What programs write for a sign that they do not know: of the prefixes of volt, only the micro sign is one."""


def millivolts_per(unit: str) -> float | None:
    """Return what a unit of voltage is in mV; None if it is no unit of voltage."""
    if lost_micro_sign(unit):
        return _MILLIVOLTS_PER_UNIT["uv"]
    word = unit.strip()[:40].lower()
    volt = _SPELLED_VOLT.search(word)
    prefix = _SPELLED_PREFIX.get(word[: volt.start()].strip()) if volt else None
    return None if prefix is None else _MILLIVOLTS_PER_UNIT[f"{prefix}v"]


def lost_micro_sign(unit: str) -> bool:
    """Tell whether a unit is one of voltage whose prefix was lost: ``.V``, ``?V``."""
    word = unit.strip()
    return len(word) in (2, 3) and word[-1:] in {"V", "v"} and set(word[:-1]) <= _LOST_SIGNS


def unit_notes(file_name: str, units: Iterable[str]) -> list[str]:
    """Say which units were read as microvolt although their prefix was lost.

    Parameters
    ----------
    file_name : str
        For people.
    units : iterable of str
        Those of the leads.
    """
    lost = dict.fromkeys(unit.strip() for unit in units if lost_micro_sign(unit))
    return [f"{file_name} writes its unit as {unit!r}: it is read as microvolt, whose sign was lost." for unit in lost]


def names_ecg(name: str) -> bool:
    """Tell whether a channel's name is that of an ECG lead."""
    given = name.strip()[:_MAX_NAME_CHARS]
    if _says_ecg(given) or (_ECG_NAME.match(given) and not _ABOUT_ECG.search(given)):
        return True
    return names_lead(usual_name(given)) and not given.lower().startswith("c") and not _ABOUT_ECG.search(given)


def names_lead(name: str) -> bool:
    """Tell whether a name is the usual one of a standard lead: ``II``, ``aVR``, ``V1``."""
    return bool(_STANDARD.match(name))


def names_other(name: str) -> bool:
    """Tell whether a channel's name is that of something that is no ECG: respiration, pressure, EEG."""
    given = name.strip()[:_MAX_NAME_CHARS]
    return bool(_OTHER_NAME.match(given)) and not names_ecg(given)


def _says_ecg(name: str) -> bool:
    """Tell whether a name has the word ECG, in any decoration."""
    return bool(_ECG_WORD.search(name) or _ECG_CAPITALS.search(name)) and not _ABOUT_ECG.search(name)


def _bare_name(name: str) -> str:
    """Return a name without what it says around the lead."""
    bare = unicodedata.normalize("NFKC", name)
    while (shorter := _BEHIND.sub("", _BEFORE.sub("", bare)).strip()) != bare and shorter:
        bare = shorter
    return bare.translate(_LOOKALIKES)


def usual_name(name: str) -> str:
    """Return the usual name of a lead, or the given one without surrounding blanks if it is none of those known.

    Examples
    --------
    >>> [usual_name(name) for name in ("ECG II", "AVR", "MDC_ECG_LEAD_V1", "MLII", "Vx", "ECG LA-RA")]
    ['II', 'aVR', 'V1', 'MLII', 'X', 'ECG LA-RA']
    >>> [usual_name(name) for name in ("Dérivation aVL", "V5导联", "отведение II", "V5-Ref")]
    ['aVL', 'V5', 'II', 'V5']
    """
    given = name.strip()
    if len(given) > _MAX_NAME_CHARS:  # no lead is called so, and prefixes are taken off one by one
        return given
    bare = _bare_name(given)
    if limb := _LIMB.match(bare):
        return _NUMERALS[(limb[1] or limb[2]).lower()]
    if augmented := _AUGMENTED.match(bare):
        return f"aV{augmented[1].upper()}"
    if (chest := _CHEST.match(bare)) and not (_REFERENCE.search(given) and bare[0] in "cC"):  # C3-Ref is an EEG's
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
