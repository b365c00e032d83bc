"""Audit of what a device states in words: a verdict on each statement, and the program's urgent findings that it lacks.

A statement is confirmed where the program finds the same, contradicted only where it positively finds otherwise (a
rate, an interval, beats throughout), not found where it looked and found nothing, not assessed where it did not look or
could not. Ventricular fibrillation, ventricular tachycardia, AV block of higher degree, infarction and ST elevation are
never contradicted. A verdict changes no urgency: what a device states stays in the list as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

from ecg_core.analysis import Analysis
from ecg_core.delineation.av_conduction import MIN_P_SHARE
from ecg_core.interpretation import Severity
from ecg_core.measurements import RecordingMeasurements
from ecg_core.recording import Recording
from ecg_core.rhythm import DEVICE_KINDS, by_urgency
from ecg_core.rhythm.episode_types import DEFAULT_LIMITS
from ecg_core.rhythm.statement_texts import Standing
from ecg_core.screening.program_findings import ProgramFindings
from ecg_core.screening.stated_concepts import BY_CODE, StatedConcept, concepts_in
from ecg_core.screening.urgency import LOOK_TODAY, worst_of

Word = Literal["confirmed", "not_found", "contradicted", "not_assessed", "unstated"]

WORD_NAMES: Final[Mapping[Word, str]] = {
    "confirmed": "confirmed",
    "not_found": "not found",
    "contradicted": "contradicted",
    "not_assessed": "not assessed",
    "unstated": "not stated",
}
"""Every verdict in words; "not stated" stands beside an urgent finding of the program that no statement names."""

MAX_SURE_GAP_S: Final = 1.5
"""Longest time without a beat that speaks against a pause; a pause is 2 s."""

MIN_FAST_RR_S: Final = 0.6
"""Shortest interval of a rate of 100 bpm: with none shorter there is no tachycardia."""

MIN_NOT_SLOW_BPM, MAX_NOT_FAST_BPM = 65.0, 95.0
"""Rates that speak against a slow and against a fast rhythm; the limits are 60 and 100 bpm."""

MIN_SURE_P_SHARE: Final = 0.8
"""Share of beats with a P wave that speaks against atrial fibrillation in an ECG of a page."""

MAX_NORMAL_PR_MS: Final = 190.0
MAX_NARROW_QRS_MS: Final = 110.0
MAX_NORMAL_QTC_MS: Final = 440.0
"""Values that speak against first-degree block, complete bundle branch block and a long QT interval."""

MAX_PERCENT_APART: Final = 1.0
MAX_SHARE_APART: Final = 0.25
"""How far a stated share or number of beats may be from the program's: a point, or a quarter of the larger one."""

MAX_TEXT: Final = 80
"""Characters of a statement in a row's summary."""


class StatementVerdict(NamedTuple):
    """A verdict on one statement, or on one of several things that it names.

    Attributes
    ----------
    statement : str
        In the file's own words; empty for a finding of the program that no statement names.
    concept : str
        Code of what it is about, of :data:`~ecg_core.screening.stated_concepts.CONCEPTS`; empty where it is about
        nothing that is compared.
    name : str
        The same in words.
    standing : {"stated", "hedged", "negated"}
    verdict : Word
    reason : str
    """

    statement: str
    concept: str
    name: str
    standing: Standing
    verdict: Word
    reason: str


@dataclass(frozen=True)
class StatementAudit:
    """Verdicts on what a file states in words.

    Attributes
    ----------
    verdicts : tuple of StatementVerdict
        Statements in order of urgency, then the program's urgent findings that none names.
    """

    verdicts: tuple[StatementVerdict, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How often each verdict was given."""
        found = Counter(each.verdict for each in self.verdicts)
        return {word: found[word] for word in get_args(Word)}

    def as_row(self) -> dict[str, Any]:
        """Return the verdicts as columns of a row; empty where nothing is stated."""
        if not self.verdicts:
            return {}
        words = []
        for each in self.verdicts:
            name = each.name or each.statement[:MAX_TEXT]
            prefix = {"stated": "", "hedged": "possible ", "negated": "no "}[each.standing]
            words.append(f"{prefix}{name}: {WORD_NAMES[each.verdict]}")
        return {
            "device_audit": "; ".join(words),
            **{f"device_{word}": n for word, n in self.counts.items()},
        }


def audit_statements(
    recording: Recording, analysis: Analysis, measured: RecordingMeasurements | None
) -> StatementAudit:
    """Judge what a file states in words.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        Its analysis as no person has edited it; the file's statements are among its episodes.
    measured : RecordingMeasurements or None
        Its measurements and diagnostic statements; without them much is not assessed.

    Returns
    -------
    StatementAudit
        Empty where the file states nothing.
    """
    listed = by_urgency(analysis.episodes)
    texts = listed.loc[listed["kind"].isin(DEVICE_KINDS), "reason"].astype(str).tolist()
    if not texts:
        return StatementAudit(())
    findings = ProgramFindings(analysis, recording.fs_hz, measured)
    verdicts: list[StatementVerdict] = []
    named: set[str] = set()
    for text in texts:
        concepts = concepts_in(text)
        if not concepts:
            verdicts.append(StatementVerdict(text, "", "", "stated", "not_assessed", "not among what is compared"))
        for each in concepts:
            verdicts.append(_judged(text, each, findings))
            if each.standing != "negated":
                named.add(each.concept.code)
    return StatementAudit((*verdicts, *_unstated(findings, named)))


_OF_DENIED: Final[Mapping[Word, Word]] = {
    "confirmed": "contradicted",
    "not_found": "confirmed",
    "contradicted": "confirmed",
}
"""Verdicts on what is denied, by those on the same stated."""


def _judged(text: str, stated: StatedConcept, findings: ProgramFindings) -> StatementVerdict:
    code, standing = stated.concept.code, stated.standing
    word, reason = _verdict(stated, findings)
    if standing == "negated":
        word = _OF_DENIED.get(word, word)
    elif standing == "hedged" and word == "contradicted":
        word = "not_found"  # what is left open cannot be contradicted
    return StatementVerdict(text, code, stated.concept.name, standing, word, reason)


@dataclass(frozen=True)
class _Rule:
    """How a concept is judged.

    Attributes
    ----------
    kinds, codes : tuple of str
        Kinds of episodes and codes of diagnostic statements, any of which confirms it.
    against : callable or None
        Of the findings: what speaks against it, empty for nothing.
    """

    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    against: Callable[[ProgramFindings], str] | None = None


def _verdict(stated: StatedConcept, findings: ProgramFindings) -> tuple[Word, str]:
    code = stated.concept.code
    special = _SPECIAL.get(code)
    if special is not None:
        return special(stated, findings)
    rule = _RULES[code]
    codes = _territorial(code, stated.territories) or rule.codes
    return _by_rule(_Rule(rule.kinds, codes, rule.against), findings, stated)


def _by_rule(rule: _Rule, findings: ProgramFindings, stated: StatedConcept) -> tuple[Word, str]:
    found = findings.episode_of(*rule.kinds) or findings.statement_of(*rule.codes)
    if found:
        return "confirmed", found
    if findings.doubt:
        return "not_assessed", findings.doubt
    against = rule.against(findings) if rule.against is not None and findings.is_readable else ""
    if against:
        return "contradicted", against
    why = findings.why_not_looked_for(rule.kinds, rule.codes)
    if why:
        return "not_assessed", why
    where = f" ({', '.join(stated.territories)})" if stated.territories else ""
    return "not_found", f"looked for{where}, not found"


def _no_pause(limit_s: float) -> Callable[[ProgramFindings], str]:
    def against(findings: ProgramFindings) -> str:
        longest_s = findings.gaps_s[1]
        return f"beats throughout, longest time without one {longest_s:.1f} s" if longest_s < limit_s else ""

    return against


def _never_fast(findings: ProgramFindings) -> str:
    shortest_s = findings.gaps_s[0]
    return f"no interval below {1000 * shortest_s:.0f} ms" if shortest_s >= MIN_FAST_RR_S else ""


def _not_slow(findings: ProgramFindings) -> str:
    rate = findings.summary.mean_rate_bpm if findings.is_page else findings.summary.min_rate_bpm
    told = "rate" if findings.is_page else "slowest rate"
    return f"{told} {rate:.0f} bpm" if rate is not None and rate >= MIN_NOT_SLOW_BPM else ""


def _not_fast(findings: ProgramFindings) -> str:
    rate = findings.summary.mean_rate_bpm if findings.is_page else findings.summary.max_rate_bpm
    told = "rate" if findings.is_page else "fastest rate"
    return f"{told} {rate:.0f} bpm" if rate is not None and rate <= MAX_NOT_FAST_BPM else ""


def _other_rhythm(findings: ProgramFindings) -> str:
    """Return the rhythm that is found for most of the recording and is not sinus rhythm."""
    return findings.statement_of("VF", "AFIB", "AFLT") if findings.is_page else findings.statement_of("AFIB", "AFLT")


def _p_waves_throughout(findings: ProgramFindings) -> str:
    flutter = findings.statement_of("AFLT")
    if flutter:
        return flutter
    share = findings.p_share
    if not findings.is_page or share is None or share < MIN_SURE_P_SHARE:
        return ""
    return f"P waves before {100 * share:.0f} % of the normal beats"


def _at_most(quantity: str, limit: float, name: str) -> Callable[[ProgramFindings], str]:
    def against(findings: ProgramFindings) -> str:
        value = findings.value(quantity)
        return f"{name} {value:.0f} ms" if value is not None and value <= limit else ""

    return against


def _no_long_pr(findings: ProgramFindings) -> str:
    if findings.p_share is None or findings.p_share < MIN_SURE_P_SHARE:
        return ""
    return _at_most("pr_ms", MAX_NORMAL_PR_MS, "PR")(findings)


def _narrow_or(*codes: str) -> Callable[[ProgramFindings], str]:
    narrow = _at_most("qrs_ms", MAX_NARROW_QRS_MS, "QRS")
    return lambda findings: narrow(findings) or findings.statement_of(*codes)


_RULES: Final[Mapping[str, _Rule]] = {
    "CAPTURE": _Rule(("CAPTURE",), ("CAPTURE",)),
    "SVT": _Rule(("SVTA",), ("SVTAC",), _never_fast),
    "VF": _Rule(("VF", "VT", "POSSIBLE_VT"), ("VF", "VT")),
    "VT": _Rule(("VT", "VF", "POSSIBLE_VT"), ("VT", "VF")),
    "ASYSTOLE": _Rule(("ASYSTOLE", "PAUSE"), ("ASYSTOLE",), _no_pause(DEFAULT_LIMITS.pause_s)),
    "AVB3": _Rule(("AVB3",), ("3AVB",)),
    "AVB2": _Rule(("AVB2",), ("2AVB",)),
    "AVB1": _Rule(("AVB1",), ("1AVB",), _no_long_pr),
    "AFL": _Rule(("AFL",), ("AFLT",)),
    "LBBB": _Rule((), ("CLBBB", "ILBBB"), _narrow_or("CRBBB")),
    "RBBB": _Rule((), ("CRBBB", "IRBBB"), _narrow_or("CLBBB")),
    "ILBBB": _Rule((), ("ILBBB", "CLBBB"), lambda findings: findings.statement_of("CRBBB")),
    "IRBBB": _Rule((), ("IRBBB", "CRBBB"), lambda findings: findings.statement_of("CLBBB")),
    "PACED": _Rule(("PACED", "CAPTURE"), ("PACE",)),
    "WPW": _Rule((), ("WPW",)),
    "LONG_QT": _Rule((), ("LNGQT",), _at_most("qtc_framingham_ms", MAX_NORMAL_QTC_MS, "QTc (Framingham)")),
    "STE": _Rule(("ST",), ("STE_ANTERIOR", "STE_INFERIOR", "STE_LATERAL", "STE_BLOCK", "STD_POSTERIOR")),
    "MI": _Rule((), ("AMI", "IMI", "LMI", "PMI", "STE_ANTERIOR", "STE_INFERIOR", "STE_LATERAL", "STE_BLOCK")),
    "STD": _Rule(("ST",), ("STD", "STD_POSTERIOR", "STD_LEFT_MAIN", "INVT")),
    "REVERSAL": _Rule((), ("ARM_REVERSAL",)),
    "LVH": _Rule((), ("LVH", "VCLVH")),
    "SBRAD": _Rule(("SBR",), ("SBRAD",), lambda findings: _not_slow(findings) or _other_rhythm(findings)),
    "STACH": _Rule(("TACHY",), ("STACH",), lambda findings: _not_fast(findings) or _other_rhythm(findings)),
    "BRADY": _Rule(("SBR",), ("SBRAD", "BRADY"), _not_slow),
    "TACHY": _Rule(("TACHY", "VT", "VF", "SVTA"), ("STACH", "TACHY", "SVTAC"), _not_fast),
}

_TERRITORIAL: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "MI": {
        "anterior": ("AMI", "STE_ANTERIOR"),
        "inferior": ("IMI", "STE_INFERIOR"),
        "lateral": ("LMI", "STE_LATERAL"),
        "posterior": ("PMI", "STD_POSTERIOR"),
    },
    "STE": {
        "anterior": ("STE_ANTERIOR",),
        "inferior": ("STE_INFERIOR",),
        "lateral": ("STE_LATERAL",),
        "posterior": ("STD_POSTERIOR",),
    },
}


def _territorial(code: str, territories: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that confirm an infarction of some territories; none where no territory is stated."""
    codes = _TERRITORIAL.get(code, {})
    found = [each for name in territories for each in codes[name]]
    return (*found, "STE_BLOCK") if found else ()


def _of_pauses(stated: StatedConcept, findings: ProgramFindings) -> tuple[Word, str]:
    rule = _Rule(("PAUSE", "ASYSTOLE"), (), _no_pause(MAX_SURE_GAP_S))
    word, reason = _by_rule(rule, findings, stated)
    if stated.number is None or word != "confirmed" or stated.standing == "negated":
        return word, reason
    n = findings.n_episodes("PAUSE", "ASYSTOLE")
    if n == stated.number:
        return "confirmed", f"the program finds {n}, too"
    if not findings.is_readable:
        return "not_assessed", f"the program finds {n} in what can be read"
    return "contradicted", f"{stated.number:.0f} stated, the program finds {n}"


def _of_ectopy(letter: str) -> Callable[[StatedConcept, ProgramFindings], tuple[Word, str]]:
    def judge(stated: StatedConcept, findings: ProgramFindings) -> tuple[Word, str]:
        by_class = findings.summary.n_by_class
        if by_class is None:
            return "not_assessed", "the beats have no classes"
        n = by_class[letter] + (by_class["F"] if letter == "V" else 0)
        n_beats = findings.summary.n_beats
        if findings.doubt:
            return ("confirmed", f"{n:,} {letter} beats") if n else ("not_assessed", findings.doubt)
        percent = 100 * n / n_beats
        told = f"{n:,} {letter} beats of {n_beats:,} ({percent:.1f} %)"
        if stated.percent is not None:
            is_near = _near(stated.percent, percent, MAX_PERCENT_APART)
            return _of_figure(is_near, f"{stated.percent:g} % stated", told, findings)
        if stated.number is not None:
            return _of_figure(_near(stated.number, n, 1.0), f"{stated.number:,.0f} stated", told, findings)
        return ("confirmed", told) if n else ("not_found", f"no {letter} beat among {n_beats:,}")

    return judge


def _near(stated: float, found: float, apart: float) -> bool:
    return abs(stated - found) <= max(apart, MAX_SHARE_APART * max(stated, found))


def _of_figure(is_near: bool, stated: str, found: str, findings: ProgramFindings) -> tuple[Word, str]:
    if is_near:
        return "confirmed", f"{stated}; {found}"
    return ("contradicted" if findings.is_readable else "not_assessed"), f"{stated}; {found}"


def _of_fibrillation(stated: StatedConcept, findings: ProgramFindings) -> tuple[Word, str]:
    word, reason = _by_rule(_Rule(("AFIB",), ("AFIB",), _p_waves_throughout), findings, stated)
    share = findings.summary.af_share
    if stated.percent is None or word != "confirmed" or share is None:
        return word, reason
    told = f"AF in {100 * share:.0f} % of the readable time"
    return _of_figure(_near(stated.percent, 100 * share, 5.0), f"{stated.percent:g} % stated", told, findings)


def _of_sinus(stated: StatedConcept, findings: ProgramFindings) -> tuple[Word, str]:
    if findings.doubt:
        return "not_assessed", findings.doubt
    other = _other_rhythm(findings)
    if other:
        return "contradicted" if findings.is_readable else "not_found", other
    share = findings.p_share
    if share is None:
        return "not_assessed", "P waves cannot be looked for"
    told = f"P waves before {100 * share:.0f} % of the normal beats"
    if share <= MIN_P_SHARE or findings.is_paced_or_block():
        return "not_found", told if share <= MIN_P_SHARE else f"{told}, with pacing or AV block"
    return "confirmed", told


def _of_normal(stated: StatedConcept, findings: ProgramFindings) -> tuple[Word, str]:
    if findings.doubt:
        return "not_assessed", findings.doubt
    worst = worst_of(findings.analysis, findings.fs_hz, findings.measured, with_device=False)
    if worst.tier <= LOOK_TODAY:
        return "contradicted", worst.reason
    if findings.measured is None:
        return "not_assessed", "the waves are not delineated"
    interpretation = findings.measured.interpretation
    abnormal = [one for one in interpretation.statements if one.severity <= Severity.ABNORMAL]
    if abnormal:
        return "contradicted", f"{abnormal[0].text}: {abnormal[0].reason}"
    missing = [text for code, (text, _) in interpretation.not_assessed.items() if code in _NEEDED_FOR_NORMAL]
    if missing:
        return "not_assessed", f"not looked for: {', '.join(missing)}"
    if interpretation.statements:
        return "not_found", interpretation.summary
    return "confirmed", "no statement and nothing urgent found"


_NEEDED_FOR_NORMAL: Final = frozenset({"STE_ANTERIOR", "STE_INFERIOR", "STE_LATERAL", "CLBBB", "CRBBB", "LNGQT", "AMI"})

_SPECIAL: Final[Mapping[str, Callable[[StatedConcept, ProgramFindings], tuple[Word, str]]]] = {
    "PAUSE": _of_pauses,
    "VES": _of_ectopy("V"),
    "SVES": _of_ectopy("S"),
    "AFIB": _of_fibrillation,
    "SINUS": _of_sinus,
    "NORMAL": _of_normal,
}

_NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "VF": ("VF", "VT"),
    "VT": ("VT", "VF"),
    "ASYSTOLE": ("ASYSTOLE", "PAUSE"),
    "AVB3": ("AVB3",),
    "CAPTURE": ("CAPTURE",),
    "PAUSE": ("PAUSE", "ASYSTOLE", "AVB2", "AVB3"),
    "AVB2": ("AVB2", "AVB3"),
    "AFIB": ("AFIB", "AFL"),
    "AFL": ("AFL", "AFIB"),
    "SVT": ("SVT", "AFIB", "AFL"),
    "STE": ("STE", "MI"),
    "STD": ("STD", "STE", "MI"),
    "WPW": ("WPW",),
    "LONG_QT": ("LONG_QT",),
    "REVERSAL": ("REVERSAL",),
    "TACHY": ("TACHY", "STACH", "SVT", "VT", "AFIB", "AFL"),
}
"""Urgent findings of the program, and the concepts by which a statement names them."""

_OF_KIND: Final[Mapping[str, str]] = {
    **{kind: kind for kind in ("VF", "ASYSTOLE", "VT", "AVB3", "CAPTURE", "PAUSE", "AVB2", "AFIB", "AFL")},
    **{"POSSIBLE_VT": "VT", "SVTA": "SVT", "ST": "STD"},
}
_OF_CODE: Final[Mapping[str, str]] = {
    **{"VF": "VF", "VT": "VT", "ASYSTOLE": "ASYSTOLE", "CAPTURE": "CAPTURE", "SVTAC": "SVT", "3AVB": "AVB3"},
    **{"2AVB": "AVB2", "AFIB": "AFIB", "AFLT": "AFL", "TACHY": "TACHY", "ARM_REVERSAL": "REVERSAL", "WPW": "WPW"},
    **{f"STE_{place}": "STE" for place in ("ANTERIOR", "INFERIOR", "LATERAL", "BLOCK")},
    **{"STD": "STD", "STD_POSTERIOR": "STD", "STD_LEFT_MAIN": "STD", "LNGQT": "LONG_QT"},
}


def _unstated(findings: ProgramFindings, named: set[str]) -> list[StatementVerdict]:
    """Return the urgent findings of the program that no statement names, each once."""
    found: dict[str, str] = {}
    listed = by_urgency(findings.episodes)
    for kind, reason in zip(listed["kind"].tolist(), listed["reason"].tolist(), strict=True):
        if kind in _OF_KIND:
            found.setdefault(_OF_KIND[kind], str(reason))
    if findings.measured is not None:
        for one in findings.measured.interpretation.statements:
            if one.severity <= Severity.URGENT:
                found.setdefault(_OF_CODE.get(one.code, one.code), f"{one.text}: {one.reason}")
    return [
        StatementVerdict("", code, BY_CODE[code].name if code in BY_CODE else code, "stated", "unstated", reason)
        for code, reason in found.items()
        if not named & set(_NAMED_BY.get(code, (code,)))
    ]
