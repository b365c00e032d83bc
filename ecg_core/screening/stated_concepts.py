"""What a device's statement is about: arrhythmia, conduction, pacing, infarction, as far as the program looks for it.

A statement may name several. Each is read with its standing, stated, hedged ("possible") or negated ("no AF"), and with
a count or a share where one stands beside it ("3 pauses", "PVC burden 12 %"). Codes are read by their meaning in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from ecg_core.rhythm.statement_codes import SCP, scp_parts
from ecg_core.rhythm.statement_texts import (
    AV,
    BLOCK,
    DEGREE,
    THIRD,
    Standing,
    line_of,
    standing_of,
)

_AV_BLOCK: Final = rf"{AV}[- ]*{BLOCK}"
_SECOND: Final = r"(?:2nd|second|2|ii|zweiten?|deuxieme|segundo)"
_FIRST: Final = r"(?:1st|first|1|i|ersten?|premier|primer)"
_NOT_SUPRA: Final = r"(?<!supra)(?<!supra )(?<!supra-)"
_ECTOPIC: Final = r"(?:premature|ectop|extra-?syst)\w*"
_NO_NUMBER_BEFORE: Final = r"(?<![\w.,])"


@dataclass(frozen=True)
class Concept:
    """What statements are about.

    Attributes
    ----------
    code : str
    name : str
        In words.
    pattern : re.Pattern
        In a text as :func:`~ecg_core.rhythm.statement_texts.line_of` returns it.
    """

    code: str
    name: str
    pattern: re.Pattern[str]


def _degree(word: str, figure: str) -> str:
    """Return the pattern of an AV block of a degree, said before or behind."""
    return (
        rf"\b{word}{DEGREE}?[- ]*{_AV_BLOCK}"
        rf"|\b{_AV_BLOCK}[\s,-]*(?:of )?(?:deg\w* )?(?:{word}|{figure})\b{DEGREE}?"
    )


def _concept(code: str, name: str, *patterns: str) -> Concept:
    return Concept(code, name, re.compile("|".join(patterns)))


CONCEPTS: Final = (
    _concept(
        "CAPTURE",
        "loss of capture",
        r"(failure|fails|failing) to capture|(loss of|non)[- ]?capture|pacemaker malfunc\w*",
    ),
    _concept(
        "SVT",
        "supraventricular tachycardia",
        r"supra[- ]?vent\w* tach\w*|\bp?svt\b|\b(atrial|junctional|nodal) tach\w*|\bavn?rt\b",
        r"narrow\w*[- ]\w*[- ]?tach\w*|re-?entrant tach\w*|supraventrikulare tachykardie",
    ),
    _concept(
        "VF",
        "ventricular fibrillation or flutter",
        rf"{_NOT_SUPRA}\bventricular (fib|flut)\w*( fib\w*)?|\bv[- ]?fib\b|\bvent fib\w*|kammerfl\w+|torsade\w*",
        r"fibrillation ventriculaire|fibrillazione ventricolare|fibrilacion ventricular|fibrilacao ventricular",
    ),
    _concept(
        "VT",
        "ventricular tachycardia",
        rf"{_NOT_SUPRA}\bventric\w* tach\w*|\bvent tach\w*|\bv[- ]?tach\w*|\bvt\b|\bns-?vt\b",
        r"wide[- ]\w+[- ]\w*[- ]?tach\w*",
        r"kammertachykardie|tachycardie ventriculaire|tachicardia ventricolare|taquicardia ventricular",
        rf"{_NOT_SUPRA}\bventricular (run|salvo|triplet)e?s?\b",
    ),
    _concept("ASYSTOLE", "asystole", r"\basystol\w*|cardiac (arrest|standstill)|ventricular standstill"),
    _concept("PAUSE", "pause", r"sinus (arrest|pause)s?|\bpauses?\b|\bpausen?\b"),
    _concept("AVB3", "complete AV block", _degree(THIRD, "3|iii"), r"\bchb\b|\bavb ?(3|iii)\b"),
    _concept(
        "AVB2",
        "second-degree AV block",
        _degree(_SECOND, "2|ii"),
        rf"wenckebach|mobitz|2:1 (av|block)|(high[- ](grade|degree)|advanced)[- ]*{_AV_BLOCK}|\bavb ?(2|ii)\b",
    ),
    _concept(
        "AVB1",
        "first-degree AV block",
        _degree(_FIRST, "1|i"),
        r"(prolonged|long) pr\b( interval)?|\bpr( interval)? prolong\w*|\bavb ?(1|i)\b",
    ),
    _concept(
        "AFIB",
        "atrial fibrillation",
        r"atrial[- ]fib\w*|\batr fib\w*|\ba[- ]?fib\b|\baf\b|auricular fib\w*|vorhofflimmern|fibrillation auriculaire",
        r"fibrillazione atriale|fibrila\w+ atrial|fibrilacion auricular",
    ),
    _concept("AFL", "atrial flutter", r"atrial[- ]flut\w*|\bflutter\b|vorhofflattern"),
    _concept(
        "SVES",
        "supraventricular ectopic beats",
        rf"\b(?:premature|ectopic) (?:atrial|supra[- ]?ventricular|junctional)\b|\b(?:atrial|junctional) {_ECTOPIC}",
        r"supra[- ]?ventricular (?:premature|ectop|extra-?syst|bigem)\w*",
        r"\b(?:pacs?|apcs?|apbs?|sves?|psvcs?|svpbs?)\b|\batrial bigemin\w*|supraventrikulare extrasyst\w*",
    ),
    _concept(
        "VES",
        "ventricular ectopic beats",
        rf"\bpremature ventric\w*|{_NOT_SUPRA}\bventricular {_ECTOPIC}|\b(?:pvcs?|vpcs?|vpbs?|ves)\b",
        rf"\bpaired ventricular|{_NOT_SUPRA}\bventricular (?:bi|tri)gemin\w*|{_NOT_SUPRA}\bventricular couplets?",
        rf"{_NOT_SUPRA}\bventrikulare extrasyst\w*",
    ),
    _concept(
        "ILBBB",
        "incomplete left bundle branch block",
        r"incomplete (left bundle[- ]branch block|lbbb)|\bilbbb\b",
    ),
    _concept(
        "IRBBB",
        "incomplete right bundle branch block",
        r"incomplete (right bundle[- ]branch block|rbbb)|\birbbb\b|inkompletter rechtsschenkelblock",
    ),
    _concept(
        "LBBB",
        "left bundle branch block",
        r"(complete )?left bundle[- ]branch block|\bc?lbbb\b|linksschenkelblock",
    ),
    _concept(
        "RBBB",
        "right bundle branch block",
        r"(complete )?right bundle[- ]branch block|\bc?rbbb\b|rechtsschenkelblock",
    ),
    _concept(
        "PACED", "paced rhythm", r"(?<!wandering )(?<!wandering atrial )\bpacemaker|\bpac(ed|ing)\b|schrittmacher"
    ),
    _concept("WPW", "pre-excitation", r"\bwpw\b|wolff\w*([- ]parkinson)?([- ]white)?|pre-?excit\w*"),
    _concept(
        "LONG_QT",
        "long QT interval",
        r"\b(?:long|prolonged|borderline) q-?tc?\b|\bq-?tc? (?:interval )?prolong\w*",
    ),
    _concept(
        "STE",
        "ST elevation",
        r"(?<!\w)(?<!non-)(?<!non )stemi\b|(?<!non-)(?<!non )\bst[- ]?(?:segment )?[- ]?elev\w*|\bst[- ]?hebung\w*",
    ),
    _concept(
        "MI",
        "infarction",
        r"\bnon[- ](?:st|q)\b[^.;:,]{0,30}?infar[ck]t\w*|\bnon-?stemi\b|\bnstemi\b",
        r"\w*infar[ck]t\w*|\bmi\b|scar formation|myocardial necrosis",
    ),
    _concept(
        "STD",
        "ST depression or ischemia",
        r"\bst[- ]?(?:segment )?[- ]?depress\w*|isch(?:a?e)mi\w*|\bst[- ]?senkung\w*|subendocardial injury",
    ),
    _concept(
        "REVERSAL",
        "electrode reversal",
        r"(?:arm|lead|electrode|limb)s?[- ]\w*[- ]?(?:reversal|reversed|misplace\w*)",
    ),
    _concept(
        "LVH",
        "left ventricular hypertrophy",
        r"left ventric\w* (?:hypertroph\w*|high voltage)|\blvh\b|linksherzhypertroph\w*",
    ),
    _concept("SBRAD", "sinus bradycardia", r"\bsinus ?brad[iy]\w*|bradycardie sinusale"),
    _concept("STACH", "sinus tachycardia", r"\bsinus ?tach[iy]\w*|tachycardie sinusale"),
    _concept("BRADY", "slow rate", r"\bbrad[iy][ck]ard\w*"),
    _concept("TACHY", "fast rate", r"\btach[iy][ck]ard\w*"),
    _concept(
        "SINUS",
        "sinus rhythm",
        r"\bsinus ?(?:rhythm\w*|ar+h?[iy]th?m\w*)|\bnsr\b|rythme sinusal|ritmo sinusale?",
    ),
    _concept(
        "NORMAL",
        "normal ECG",
        r"(?<!otherwise )(?<!borderline )\bnormal (?:ecg|ekg|electrocardiogram)\b|\b(?:ecg|ekg) normal\b|\bnormales ekg"
        r"|within normal limits",
    ),
)
"""In the order in which they are looked for: what one has taken of a text, no later one does."""

BY_CODE: Final = {concept.code: concept for concept in CONCEPTS}

TERRITORIES: Final = {
    "anterior": re.compile(r"anter|sept|apical|vorderwand|\bami\b"),
    "inferior": re.compile(r"infer|hinterwand|diaphragm"),
    "lateral": re.compile(r"later"),
    "posterior": re.compile(r"poster"),
}

_SNOMED: Final = re.compile(r"snomed ct \d+: *")
_CODED: Final = re.compile(r"(.+?) \(.*\)")
_NEGATING, _HEDGING = frozenset({"NO"}), frozenset({"PO", "CO", "SU", "CR", "UN", "OL", "CH"})
_BEFORE: Final = re.compile(
    rf"{_NO_NUMBER_BEFORE}(\d+(?:[.,]\d+)?)\s*(%|percent)?\s+(?:(?:isolated|single|episodes? of|runs? of|of)\s+)?$"
)
_BEHIND: Final = re.compile(
    r"\s*(?:burden|count|load|total|beats?|number)?\s*(?:of|is|[:=(])?\s*(\d+(?:[.,]\d+)?)(?![\d.,:/]*\d)\s*(%|percent)?"
    r"(?!\s*(?:bpm|/ ?min|s\b|sec|ms\b|mm|mv|h\b|hours?|deg))"
)
_COUNTED, _SHARED = frozenset({"VES", "SVES", "PAUSE"}), frozenset({"VES", "SVES", "AFIB", "AFL"})
"""Concepts with a count, and with a share of the beats or of the time."""

_THOUSANDS: Final = re.compile(r"(?<=\d)[, ](?=\d{3}(?!\d))")


class StatedConcept(NamedTuple):
    """A concept in a statement.

    Attributes
    ----------
    concept : Concept
    standing : {"stated", "hedged", "negated"}
    number : float or None
        How many are stated.
    percent : float or None
        Which share is stated.
    territories : tuple of str
        Of an infarction or ST elevation, of `TERRITORIES`.
    """

    concept: Concept
    standing: Standing
    number: float | None = None
    percent: float | None = None
    territories: tuple[str, ...] = ()


def concepts_in(text: str) -> list[StatedConcept]:
    """Return what a statement is about, each concept once.

    Parameters
    ----------
    text : str
        A statement as :func:`ecg_core.rhythm.statements.statements_of` gives it: words, or codes with their meaning.

    Returns
    -------
    list of StatedConcept
        In the order of `CONCEPTS`; empty where it holds nothing that is compared. What is stated anywhere in the text
        counts as stated, though it be hedged or negated elsewhere.
    """
    found: dict[str, StatedConcept] = {}
    for each in _read(text):
        known = found.get(each.concept.code)
        if known is None or _FIRMEST.index(each.standing) < _FIRMEST.index(known.standing):
            found[each.concept.code] = each
    return sorted(found.values(), key=lambda each: CONCEPTS.index(each.concept))


_FIRMEST: Final[tuple[Standing, ...]] = ("stated", "hedged", "negated")


def _read(text: str) -> Iterator[StatedConcept]:
    coded = _CODED.fullmatch(text)
    parts = scp_parts(coded[1]) if coded else []
    if not parts:
        yield from _in_line(_SNOMED.sub("", line_of(text)))
        return
    for acronym, modifiers in parts:
        for each in _in_line(line_of(SCP[acronym][0])):
            if _NEGATING & set(modifiers):
                yield each._replace(standing="negated")
            elif _HEDGING & set(modifiers):
                yield each._replace(standing="hedged")
            else:
                yield each


def _in_line(line: str) -> Iterator[StatedConcept]:
    line = _THOUSANDS.sub("", line)
    taken: list[tuple[int, int]] = []
    for concept in CONCEPTS:
        for match in concept.pattern.finditer(line):
            start, stop = match.span()
            if any(start < end and begin < stop for begin, end in taken):
                continue
            taken.append((start, stop))
            standing = standing_of(line, match)
            count, percent = _quantity(concept.code, line, start, stop)
            if count == 0 or percent == 0:
                standing, count, percent = "negated", None, None
            territories: tuple[str, ...] = ()
            if concept.code in ("STE", "MI"):
                territories = tuple(name for name, pattern in TERRITORIES.items() if pattern.search(line))
            yield StatedConcept(concept, standing, count, percent, territories)


def _quantity(code: str, line: str, start: int, stop: int) -> tuple[float | None, float | None]:
    """Return the count and the share that stand directly before or behind a concept that has them."""
    if code not in _COUNTED and code not in _SHARED:
        return None, None
    match = _BEFORE.search(line[:start])
    if match is None and code in _SHARED:
        match = _BEHIND.match(line[stop:])
    if match is None or (code not in _SHARED if match[2] else code not in _COUNTED):
        return None, None
    value = float(match[1].replace(",", "."))
    return (None, value) if match[2] else (value, None)
