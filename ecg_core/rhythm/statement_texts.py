"""Urgency of statements in words, as devices write them.

A text is searched for concepts from the most urgent down. What stands before a concept in its clause, and directly
behind it, tells whether it is negated ("no acute MI") or hedged ("possible acute MI"); a comma ends a clause, so that
what is not certainly negated counts. A statement is normal only if it consists of words of normal statements alone. A
text that holds no known concept is unclassified, whatever its language. Emphasis (``***``, ``>>> <<<``) is a device's
sign of a critical value: what is hedged or not understood is then urgent all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from ecg_core.formats.common.vocabulary import plain
from ecg_core.rhythm.statement_codes import (
    CRITICAL,
    EMPHASISED,
    HEDGED,
    HIGH,
    MARKED,
    MINOR,
    NORMAL,
    NOTABLE,
    PLAIN,
    REMARK,
    UNCLASSIFIED,
    URGENT,
    Weight,
    order,
)

Standing = Literal["stated", "hedged", "negated"]
"""How a text stands to what it names: it states it, leaves it open ("possible", "old"), or denies it."""

_EMPHASIS: Final = re.compile(r"[<>]{2,}|\*\s?\*|!{2,}")
_ABBREVIATION: Final = re.compile(r"\b(supp|poss|susp|prob|v\.?a|z\.?n|dd)\.(?=\s|\w)")
_CLAUSE: Final = re.compile(r"[.;:,()\n]| but | aber | mais | ma ")
_NEGATED: Final = re.compile(
    r"\b(no|not|non(?![- ](?:sustained|q|st|paroxysmal)\b)|without|w/o|absence|absent|negative|ruled out|excluded"
    r"|resolved|kein\w*|ohne|nicht|sans"
    r"|pas de|senza|sin|nao|sem|geen|zonder)\b"
)
_NOT_AFTER: Final = re.compile(
    r"\s*(is |are |was |has been |have been |has )?(no longer|resolved|absent|not (present|seen|evident)|ruled out"
    r"|excluded|ausgeschlossen)\b"
)
_HEDGED: Final = re.compile(
    r"\b(possib\w+|poss|consider\w*|(can ?not|can't|could not|not|unable to|to) (be )?(entirely |completely )?"
    r"(rule|exclu)\w*( out)?|rule out|r/o|could be|may|might|suggest\w*|suspect\w*|suspicious|question\w*|borderline"
    r"|equivocal|versus|vs|uncertain|undetermined|indeterminate|old|previous|prior|remote|healed|chronic|history|h/o|zn"
    r"|moglich\w*|va|verdacht|fraglich\w*|alte?[nrs]?|supp|susp|possibil\w*|posib\w*|possivel|sospett\w*|sospech\w*"
    r"|non si esclude|ancien\w*|antiguo|antigo|pregress\w*|non ?specific|false alarm)\b|\?"
)
_HEDGED_AFTER: Final = re.compile(
    r"[\s,;(]*(is |are )?(possib\w+|poss|suspected|(can ?not|can't|could not|not) (be )?(rule|exclu)\w*|questionable"
    r"|old|healed|remote|chronic|moglich|fraglich|verdacht|possibile|posible|possivel|age (undetermined|indeterminate)"
    r"|of undetermined age|false alarm|\?)"
)
_BENIGN_ST: Final = re.compile(
    r"early ?repol|repolari[sz]ation|pericarditis|normal variant|non ?-?specific|minimal|minor|lvh|hypertrophy|lbbb"
    r"|bundle|\bpac(ed|ing|e)|aneurysm|secondary|juvenile"
)
_TECHNICAL: Final = re.compile(
    r"unconfirmed|confirmed by|quality|interpretation|artifact|artefact|wander|tremor|pediatric|preliminary|reviewed"
    r"|compar|previous (ecg|tracing)|since|serial|edited|memo"
)
_ACUTE: Final = r"(?:hyper)?(?:acute|acuto|acuta|aguda?o?|aigue?|akut\w*|evolving|recent|frisch\w*)"
_INFARCTION: Final = (
    r"(?:\bmi\b|\bami\b|infarct\w*|infarkt\w*|\w+infarkt\w*|infarto\w*|\biam\b|\bmyocardial injury\b|stemi)"
)


@dataclass(frozen=True)
class _Concept:
    pattern: re.Pattern[str]
    weight: Weight
    unless: re.Pattern[str] | None = None


def _concept(kind: str, rank: int, pattern: str, unless: re.Pattern[str] | None = None) -> _Concept:
    return _Concept(re.compile(pattern), Weight(kind, rank), unless)


AV: Final = r"(?:a ?-?v|(?:atrio|auriculo)-?ventric\w+|heart|coeur)"
BLOCK: Final = r"(?:blk|bloc\w*|bloque\w*|blockade)"
THIRD: Final = r"(?:complete|3rd|third|3|iii|total|completo|complet|troisieme|tercer)"
DEGREE: Final = r"(?:[- ]*(?:degree|deg|grades?|grado|grau|degre))"
"""Parts of patterns: AV or heart, block, third or complete, degree, in several languages."""

CONCEPTS: Final = (
    _concept(URGENT, CRITICAL, r"ventricular fib\w*|\bvent fib\w*|\bv[- ]?fib\b|kammerflimmern"),
    _concept(URGENT, CRITICAL, r"fibrillation ventriculaire|fibrillazione ventricolare|fibrilaca?cion ventricular"),
    _concept(URGENT, CRITICAL, r"fibrilacion ventricular|fibrilacao ventricular|ventrikelflimm\w+"),
    _concept(URGENT, CRITICAL, r"(?<!supra)(?<!supra )(?<!supra-)ventricular flutter|kammerflattern"),
    _concept(
        URGENT, CRITICAL, r"\ba?systole\b(?<!\bsystole)|asystolie|cardiac (arrest|standstill)|ventricular standstill"
    ),
    _concept(URGENT, CRITICAL, r"(?<!supra )(?<!supra-)\bventric\w* tach\w*|\bvent tach\w*|\bv[- ]?tach\w*|\bnsvt\b"),
    _concept(URGENT, CRITICAL, r"tachycardie ventriculaire|tachicardia ventricolare|taquicardia ventricular"),
    _concept(URGENT, CRITICAL, r"(?<!supra)(?<!supra )(?<!supra-)ventrikulare tachykardie|kammertachykardie|torsade"),
    _concept(URGENT, CRITICAL, r"\bvt\b|wide[- ](qrs|complex)[- ](complex )?tach\w*"),
    _concept(URGENT, CRITICAL, rf"\b{_ACUTE}\b[^.;:]{{0,60}}?{_INFARCTION}"),
    _concept(URGENT, CRITICAL, rf"{_INFARCTION}[^.;:]{{0,60}}?\b{_ACUTE}\b"),
    _concept(
        URGENT, CRITICAL, r"\bn?(non[- ]?)?stemi\b|(non[- ]?)?\bst[- ]?(segment )?[- ]?elevation (mi\b|myocardial)"
    ),
    _concept(URGENT, CRITICAL, rf"\b{THIRD}{DEGREE}?[- ]*{AV}?[- ]*{BLOCK}(?<!bundle block)(?<!branch block)", None),
    _concept(URGENT, CRITICAL, rf"\b{AV}[- ]*{BLOCK}[\s,-]*(?:of )?(?:deg\w* )?{THIRD}\b{DEGREE}?"),
    _concept(URGENT, CRITICAL, rf"\b{AV}[- ]*{BLOCK}[\s,-]*(?:3|iii)\b|\b{BLOCK}[- ]*{AV}[\s,-]*{THIRD}\b|\bchb\b"),
    _concept(URGENT, CRITICAL, r"\bavb ?(3|iii)\b|\bbav ?(3|iii|completo|complet)\b"),
    _concept(
        URGENT, HIGH, rf"\b{_ACUTE}\b[^.;:]{{0,40}}?(isch\w+|coronary|\bacs\b|cor pulmonale|pericardial tamponade)"
    ),
    _concept(
        URGENT, HIGH, r"\bst[- ]?(segment )?[- ]?elev\w*|\bste\b|sus[- ]?decalage|sopra ?(slivellamento|livellamento)"
    ),
    _concept(URGENT, HIGH, r"st[- ]?hebung\w*|(supra|sobre)(des)?n?ivel\w* (del |de |do )?st|elevacion del st"),
    _concept(URGENT, HIGH, r"current of injury|injury (pattern|current)|\w+ injury\b|wellens|de winter"),
    _concept(URGENT, HIGH, rf"mobitz[- ]*(type )?(ii|2)\b|(high[- ](grade|degree)|advanced)[- ]*{AV}[- ]*{BLOCK}"),
    _concept(
        URGENT, HIGH, r"(failure|fails|failing) to (capture|pace|sense)|(loss of|non)[- ]?capture|pacemaker malfunc\w*"
    ),
    _concept(URGENT, HIGH, r"(extreme|very high|very low|critical)[- ](heart rate|tachy\w*|brady\w*)|extreme rate"),
    _concept(URGENT, HIGH, r"pre-?excited (atrial fib|af)\w*|hyperkal\w+|pulmonary embol\w*"),
    _concept(NOTABLE, MARKED, r"infarct\w*|\w*infarkt\w*|infarto|\bmi\b|necrosis|nekrose"),
    _concept(
        NOTABLE, MARKED, r"isch(a?e)mi\w*|ischamie|isquemia|st[- ]?(segment )?[- ]?depress\w*|st[- ]?senkung\w*|injury"
    ),
    _concept(NOTABLE, MARKED, r"atrial[- ]fib\w*|\batr fib\w*|\ba[- ]?fib\b|\baf\b|auricular fib\w*|vorhofflimmern"),
    _concept(
        NOTABLE, MARKED, r"fibrillation auriculaire|fibrillazione atriale|fibrilaca?o atrial|fibrilacion auricular"
    ),
    _concept(NOTABLE, MARKED, r"atrial[- ]flut\w*|\bflutter\b|vorhofflattern"),
    _concept(
        NOTABLE,
        MARKED,
        r"supra[- ]?vent\w* tach\w*|\bp?svt\b|(atrial|junctional|nodal) tach\w*|avn?rt\b|narrow\w* tach\w*",
    ),
    _concept(
        NOTABLE,
        MARKED,
        rf"(2nd|second|ii){DEGREE}?[- ]*{AV}[- ]*{BLOCK}|wenckebach|mobitz|2:1 (av|block)|av dissoc\w*",
    ),
    _concept(
        NOTABLE, MARKED, r"sinus (arrest|pause)|sino-?atrial (block\w*|exit)|\bpauses?\b|idioventricular|escape rhythm"
    ),
    _concept(
        NOTABLE,
        MARKED,
        r"ventricular (run|salvo|triplet)s?|(long|prolonged) q-?tc?\b|brugada|\bwpw\b|wolff|pre-?excit\w*",
    ),
    _concept(
        NOTABLE, MARKED, r"(complete )?(left bundle branch block)|\blbbb\b|linksschenkelblock|(bi|tri)fascicular|strain"
    ),
    _concept(
        NOTABLE, MARKED, r"pericarditis|tall t|peaked t|electrolyte|digitalis|lead (reversal|misplace\w*)|revers\w+"
    ),
    _concept(NOTABLE, MARKED, r"marked (sinus )?(brady|tachy)\w*|severe (sinus )?brady\w*|high risk|critical"),
    _concept(
        NOTABLE, PLAIN, r"\bpac(ed|ing|emaker)\b|schrittmacher|pacemaker|right bundle branch block|\brbbb\b|scar\b"
    ),
    _concept(
        NOTABLE,
        PLAIN,
        r"premature ventric\w*|\bpvcs?\b|ventricular (ectop|premature|extrasyst)\w*|\bbigemin\w*|trigemin\w*",
    ),
    _concept(NOTABLE, PLAIN, r"couplets?|fusion|t[- ]wave (inver|abnorm)\w*|st[- ]?t|st (and|&) t|q waves?|junctional"),
    _concept(
        NOTABLE,
        MINOR,
        r"sinus (brady|tachy)\w*|sinus(brady|tachy)kardie|(brady|tachy)cardia|1st|first[- ]degree|\bi degree",
    ),
    _concept(
        NOTABLE, MINOR, r"short pr|prolonged pr|axis|deviation|hypertrophy|\b[lr]vh\b|overload|enlargement|abnormality"
    ),
    _concept(
        NOTABLE,
        MINOR,
        r"voltage|r[- ]wave progression|incomplete|fascicular|hemiblock|conduction (delay|defect)|\bivcd\b",
    ),
    _concept(
        NOTABLE,
        MINOR,
        r"premature|ectopic|extrasystol\w*|\bpacs?\b|early repol\w*|wandering|non ?-?specific|aberran\w*",
    ),
    _concept(
        NOTABLE, MINOR, r"abnormal (ecg|ekg|rhythm)|borderline|otherwise normal|low atrial|atrial rhythm|\bp wave"
    ),
)
"""Concepts with their urgency; the most urgent that a text holds decides."""

_ST: Final = re.compile(r"elev|ste\b|hebung|decalage|livell|nivel")
_NORMAL_NEEDED: Final = re.compile(r"\b(normal\w*|sinus\w*|nsr|sinusal\w*|limits|rythme|ritmo)\b")
_NORMAL_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "normal normale normales normaler norm sinus sinusrhythm sinusrhythmus sinusale sinusal sinusaler nsr rhythm"
        " rythme ritmo rhythmus arrhythmia ecg ekg elettrocardiogramma electrocardiogram tracing within limits limiti"
        " nei in the for age is of and with rate v a vent ventricular atrial heart axis electric qrs p pr qt t r wave"
        " waves position regular regelmassig adult horizontal vertical intermediate bpm study resting",
    )
)
_SLOWEST_NORMAL, _FASTEST_NORMAL = 50, 100


def read_text(text: str) -> Weight:
    """Return the urgency of a statement in words.

    Parameters
    ----------
    text : str
        As the device wrote it.
    """
    emphasised = bool(_EMPHASIS.search(text))
    line = line_of(text)
    if is_normal(line):
        return Weight(NORMAL, PLAIN)
    found = min(
        (weight for concept in CONCEPTS if (weight := _told(concept, line)) is not None), key=order, default=None
    )
    if found is None:
        technical = _TECHNICAL.search(line)
        found = Weight(NOTABLE, REMARK if technical else UNCLASSIFIED)
        raised = not technical
    elif found.kind == URGENT:
        return Weight(URGENT, found.rank - emphasised)
    else:
        raised = found.rank == HEDGED
    if emphasised and raised and line:
        return Weight(URGENT, EMPHASISED)
    return found


def is_normal(line: str) -> bool:
    """Tell whether a text, lower case and without accents, holds nothing but words of normal statements."""
    words = re.findall(r"[^\W\d_]+", line)
    figures = [float(figure) for figure in re.findall(r"\d+", line)]
    usual = all(_SLOWEST_NORMAL <= figure <= _FASTEST_NORMAL for figure in figures)
    return bool(_NORMAL_NEEDED.search(line)) and usual and all(word in _NORMAL_WORDS for word in words)


def _told(concept: _Concept, line: str) -> Weight | None:
    """Return how urgent a text is that holds a concept, negated and hedged or not; None where it does not hold it."""
    weights = [_in_place(concept, line, match) for match in concept.pattern.finditer(line)]
    return min(weights, key=order, default=None)


def line_of(text: str) -> str:
    """Return a text in lower case, without accents, emphasis and dots of abbreviations, as the patterns expect it.

    Parameters
    ----------
    text : str
        As the device wrote it.

    Returns
    -------
    str
    """
    line = _ABBREVIATION.sub(lambda short: short[1].replace(".", "") + " ", plain(text))
    return " ".join(re.sub(r"[*<>!_\[\]\"]+", " ", line).split())


def standing_of(line: str, match: re.Match[str]) -> Standing:
    """Tell whether what a text names is stated, hedged or negated there.

    Parameters
    ----------
    line : str
        As :func:`line_of` returns it.
    match : re.Match
        Of a pattern in it.

    Returns
    -------
    {"stated", "hedged", "negated"}
    """
    clauses = list(_CLAUSE.finditer(line, 0, match.start()))
    before = line[clauses[-1].end() if clauses else 0 : match.start()]
    behind = line[match.end() :]
    if _HEDGED.search(f"{before} {match[0]}") or _HEDGED_AFTER.match(behind):
        return "hedged"
    if (_NEGATED.search(before) or re.search(r"\bnot\b", match[0]) or _NOT_AFTER.match(behind)) and not _own_no(match):
        return "negated"
    return "stated"


def _in_place(concept: _Concept, line: str, match: re.Match[str]) -> Weight:
    standing, urgent = standing_of(line, match), concept.weight.kind == URGENT
    if standing == "hedged":
        return Weight(NOTABLE, HEDGED) if urgent else concept.weight
    if standing == "negated":
        return Weight(NOTABLE, REMARK)
    if urgent and _ST.search(match[0]) and _BENIGN_ST.search(line) and "stemi" not in match[0]:
        return Weight(NOTABLE, MARKED)
    return concept.weight


def _own_no(match: re.Match[str]) -> bool:
    """Tell whether what looks like a negation is part of the name: non-ST elevation infarction, non-capture."""
    return match[0].startswith(("non", "nste"))
