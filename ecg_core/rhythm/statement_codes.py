"""Codes of electrocardiographic statements, with their meaning and urgency.

SNOMED CT concepts are those of the PhysioNet/Computing in Cardiology Challenges of 2020 and 2021 (``dx_mapping``) and
the acute conditions beside them; acronyms and modifiers are those of SCP-ECG (EN 1064, universal statement codes) and
of PTB-XL, which follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

URGENT: Final = "DEVICE_URGENT"
NOTABLE: Final = "DEVICE"
NORMAL: Final = "DEVICE_NORMAL"

CRITICAL, HIGH, EMPHASISED = 1, 5, 9
"""Ranks within urgent statements: immediately dangerous; dangerous; hedged or not understood, but emphasised."""

HEDGED, MARKED, UNCLASSIFIED, PLAIN, MINOR, REMARK = 10, 20, 30, 40, 50, 60
"""Ranks within the others: a hedged danger; of consequence; not understood; usual; minor; a negation or a remark."""


@dataclass(frozen=True)
class Weight:
    """Urgency of a statement.

    Attributes
    ----------
    kind : str
        `URGENT`, `NOTABLE` or `NORMAL`.
    rank : int
        Order within the kind, the most urgent first.
    """

    kind: str
    rank: int


def _of(kind: str, rank: int, table: str) -> dict[str, tuple[str, Weight]]:
    entries = (line.split(maxsplit=1) for line in table.strip().splitlines())
    return {code: (meaning, Weight(kind, rank)) for code, meaning in entries}


SNOMED: Final[dict[str, tuple[str, Weight]]] = {
    **_of(
        URGENT,
        CRITICAL,
        """
        164896001 ventricular fibrillation
        71908006 ventricular fibrillation
        111288001 ventricular flutter
        397829000 asystole
        410429000 cardiac arrest
        164895002 ventricular tachycardia
        25569003 ventricular tachycardia
        425856008 paroxysmal ventricular tachycardia
        31722008 torsades de pointes
        57054005 acute myocardial infarction
        54329005 acute myocardial infarction of anterior wall
        73795002 acute myocardial infarction of inferior wall
        58612006 acute myocardial infarction of lateral wall
        70211005 acute myocardial infarction of anterolateral wall
        62695002 acute myocardial infarction of anteroseptal wall
        65547006 acute myocardial infarction of inferolateral wall
        76593002 acute myocardial infarction of inferoposterior wall
        401303003 acute ST segment elevation myocardial infarction
        401314000 acute non-ST segment elevation myocardial infarction
        304914007 acute Q wave myocardial infarction
        27885002 complete heart block
        """,
    ),
    **_of(
        URGENT,
        HIGH,
        """
        164931005 ST elevation
        413444003 acute myocardial ischemia
        394659003 acute coronary syndrome
        426183003 Mobitz type II atrioventricular block
        28189009 Mobitz type II atrioventricular block
        """,
    ),
    **_of(
        NOTABLE,
        MARKED,
        """
        164865005 myocardial infarction
        22298006 myocardial infarction
        429622005 ST depression
        704997005 inferior ST segment depression
        164861001 myocardial ischemia
        426434006 anterior ischemia
        425419005 inferior ischemia
        425623009 lateral ischemia
        195042002 second degree atrioventricular block
        54016002 Mobitz type I atrioventricular block (Wenckebach)
        233917008 atrioventricular block
        195039008 partial atrioventricular block
        50799005 atrioventricular dissociation
        164889003 atrial fibrillation
        49436004 atrial fibrillation
        282825002 paroxysmal atrial fibrillation
        314208002 rapid atrial fibrillation
        164890007 atrial flutter
        5370000 atrial flutter
        195080001 atrial fibrillation and flutter
        426761007 supraventricular tachycardia
        6456007 supraventricular tachycardia
        67198005 paroxysmal supraventricular tachycardia
        713422000 atrial tachycardia
        251166008 atrioventricular nodal reentrant tachycardia
        233897008 atrioventricular reentrant tachycardia
        426648003 junctional tachycardia
        49260003 idioventricular rhythm
        61277005 accelerated idioventricular rhythm
        81898007 ventricular escape rhythm
        5609005 sinus arrest
        65778007 sinoatrial block
        60423000 sinus node dysfunction
        36083008 sick sinus syndrome
        74615001 brady-tachy syndrome
        111975006 prolonged QT interval
        418818005 Brugada pattern
        74390002 Wolff-Parkinson-White pattern
        195060002 ventricular pre-excitation
        733534002 complete left bundle branch block
        164909002 left bundle branch block
        251139008 suspect arm leads reversed
        """,
    ),
    **_of(
        NOTABLE,
        PLAIN,
        """
        164867002 old myocardial infarction
        1755008 old myocardial infarction
        413844008 chronic myocardial ischemia
        426749004 chronic atrial fibrillation
        10370003 pacing rhythm
        251266004 ventricular pacing pattern
        251268003 atrial pacing pattern
        29320008 atrioventricular junctional rhythm
        426664006 accelerated junctional rhythm
        426995002 junctional escape
        11157007 ventricular bigeminy
        251180001 ventricular trigeminy
        251182009 paired ventricular premature complexes
        164884008 ventricular ectopics
        427172004 premature ventricular contractions
        17338001 ventricular premature beats
        75532003 ventricular escape beat
        713427006 complete right bundle branch block
        59118001 right bundle branch block
        6374002 bundle branch block
        82226007 diffuse intraventricular block
        164917005 abnormal Q wave
        77867006 decreased QT interval
        426627000 bradycardia
        370365005 left ventricular strain
        59931005 T wave inversion
        55930002 ST-T changes
        164930006 ST interval abnormal
        """,
    ),
    **_of(
        NOTABLE,
        MINOR,
        """
        426177001 sinus bradycardia
        49710005 sinus bradycardia
        427084000 sinus tachycardia
        11092001 sinus tachycardia
        270492004 first degree atrioventricular block
        164947007 prolonged PR interval
        49578007 shortened PR interval
        713426002 incomplete right bundle branch block
        251120003 incomplete left bundle branch block
        445118002 left anterior fascicular block
        445211001 left posterior fascicular block
        698252002 nonspecific intraventricular conduction disorder
        39732003 left axis deviation
        47665007 right axis deviation
        251200008 indeterminate cardiac axis
        251146004 low QRS voltages
        284470004 premature atrial contraction
        63593006 supraventricular premature beats
        251170000 blocked premature atrial contraction
        251164006 junctional premature complex
        251173003 atrial bigeminy
        251168009 supraventricular bigeminy
        13640000 fusion beats
        106068003 atrial rhythm
        195101003 wandering atrial pacemaker
        17366009 sinus to atrial wandering rhythm
        233892002 accelerated atrial escape rhythm
        251187003 atrial escape beat
        365413008 poor R wave progression
        164934002 abnormal T wave
        428750005 nonspecific ST-T abnormality
        428417006 early repolarization
        164951009 abnormal QRS
        164873001 left ventricular hypertrophy
        89792004 right ventricular hypertrophy
        266249003 ventricular hypertrophy
        55827005 left ventricular high voltage
        67741000119109 left atrial enlargement
        446813000 left atrial hypertrophy
        446358003 right atrial hypertrophy
        253352002 left atrial abnormality
        253339007 right atrial abnormality
        67751000119106 right atrial high voltage
        195126007 atrial hypertrophy
        164912004 P wave change
        251205003 prolonged P wave
        251223006 tall P wave
        164921003 abnormal R wave
        164937009 abnormal U wave
        251259000 high T voltage
        251198002 clockwise rotation
        251199005 counterclockwise rotation
        61721007 clockwise or counterclockwise vectorcardiographic loop
        164942001 fragmented QRS
        698247007 cardiac dysrhythmia
        102594003 abnormal ECG
        """,
    ),
    **_of(
        NORMAL,
        PLAIN,
        """
        426783006 sinus rhythm
        64730000 normal sinus rhythm
        164854000 normal ECG
        427393009 sinus arrhythmia
        """,
    ),
}
"""SNOMED CT codes: what they mean and how urgent that is."""

SCP: Final[dict[str, tuple[str, Weight]]] = {
    **_of(
        URGENT,
        CRITICAL,
        """
        STEMI ST elevation myocardial infarction
        VFIB ventricular fibrillation
        VFLT ventricular flutter
        VTACH ventricular tachycardia
        VTAC ventricular tachycardia
        ASYST asystole
        3AVB third degree AV block
        """,
    ),
    **_of(
        URGENT,
        HIGH,
        """
        NSTEMI non-ST elevation myocardial infarction
        STELV ST elevation
        """,
    ),
    # Anterior to SCP-ECG, acute to many others.
    **_of(NOTABLE, HEDGED, "AMI anterior, or acute, myocardial infarction"),
    **_of(
        NOTABLE,
        MARKED,
        """
        MI myocardial infarction
        IMI inferior myocardial infarction
        ASMI anteroseptal myocardial infarction
        ALMI anterolateral myocardial infarction
        ILMI inferolateral myocardial infarction
        LMI lateral myocardial infarction
        PMI posterior myocardial infarction
        IPMI inferoposterior myocardial infarction
        IPLMI inferoposterolateral myocardial infarction
        INJAS subendocardial injury in anteroseptal leads
        INJAL subendocardial injury in anterolateral leads
        INJIN subendocardial injury in inferior leads
        INJLA subendocardial injury in lateral leads
        INJIL subendocardial injury in inferolateral leads
        STE_ non-specific ST elevation
        STD_ non-specific ST depression
        ISC_ non-specific ischemic
        ISCAL ischemic in anterolateral leads
        ISCAS ischemic in anteroseptal leads
        ISCIN ischemic in inferior leads
        ISCIL ischemic in inferolateral leads
        ISCLA ischemic in lateral leads
        ISCAN ischemic in anterior leads
        2AVB second degree AV block
        AFIB atrial fibrillation
        AFLT atrial flutter
        SVTAC supraventricular tachycardia
        PSVT paroxysmal supraventricular tachycardia
        WPW Wolff-Parkinson-White syndrome
        LNGQT long QT interval
        CLBBB complete left bundle branch block
        LBBB left bundle branch block
        """,
    ),
    **_of(
        NOTABLE,
        PLAIN,
        """
        PACE paced rhythm
        ANEUR ST-T changes compatible with ventricular aneurysm
        BIGU bigeminal pattern
        TRIGU trigeminal pattern
        PVC ventricular premature complex
        PRC(S) premature complexes
        CRBBB complete right bundle branch block
        RBBB right bundle branch block
        QWAVE Q waves present
        INVT inverted T waves
        EL electrolytic disturbance or drug
        DIG digitalis effect
        """,
    ),
    **_of(
        NOTABLE,
        MINOR,
        """
        ABQRS abnormal QRS
        1AVB first degree AV block
        IRBBB incomplete right bundle branch block
        ILBBB incomplete left bundle branch block
        LAFB left anterior fascicular block
        LPFB left posterior fascicular block
        IVCD intraventricular conduction disturbance
        LVH left ventricular hypertrophy
        RVH right ventricular hypertrophy
        SEHYP septal hypertrophy
        VCLVH voltage criteria for left ventricular hypertrophy
        LAO/LAE left atrial overload
        RAO/RAE right atrial overload
        NDT non-diagnostic T abnormalities
        NST_ non-specific ST changes
        NT_ non-specific T wave changes
        LOWT low amplitude T waves
        TAB_ T wave abnormality
        HVOLT high QRS voltage
        LVOLT low QRS voltage
        LPR prolonged PR interval
        PAC atrial premature complex
        SBRAD sinus bradycardia
        STACH sinus tachycardia
        SVARR supraventricular arrhythmia
        """,
    ),
    **_of(
        NORMAL,
        PLAIN,
        """
        NORM normal ECG
        SR sinus rhythm
        SARRH sinus arrhythmia
        """,
    ),
}
"""Acronyms of SCP-ECG statements."""

ACUTE_MODIFIERS: Final = frozenset({"AC", "RE", "EV", "HY"})
"""Acute, recent, evolving, hyperacute."""

MODIFIERS: Final = frozenset({"AC", "RE", "EV", "HY", "OL", "ND", "CH", "PO", "PR", "CO", "CE", "SU", "CR", "UN", "NO"})
"""Two letters that may follow an acronym: age, certainty, negation."""

_SOFTER: Final = frozenset({"PO", "CO", "SU", "CR", "OL", "ND", "CH", "UN"})
_INFARCTION: Final = re.compile(r"myocardial infarction|injury")


def read_snomed(code: str) -> tuple[str, Weight]:
    """Return a SNOMED CT code in words, and its urgency; an unknown one is `UNCLASSIFIED`."""
    meaning, weight = SNOMED.get(code, ("meaning not known here", Weight(NOTABLE, UNCLASSIFIED)))
    return f"SNOMED CT {code}: {meaning}", weight


def read_scp(text: str) -> tuple[str, Weight] | None:
    """Return a statement that consists of SCP-ECG acronyms in words, with its urgency.

    Parameters
    ----------
    text : str
        ``"IMI"``, ``"IMI AC"``, ``"ASMI_PO, SR"``.

    Returns
    -------
    tuple of (str, Weight) or None
        None where the text holds anything but upper-case acronyms and their modifiers.
    """
    parts = scp_parts(text)
    if not parts:
        return None
    weights = []
    for acronym, modifiers in parts:
        meaning, weight = SCP[acronym]
        for modifier in modifiers:
            weight = _modified(meaning, weight, modifier)
        weights.append(weight)
    meanings = ", ".join(SCP[acronym][0] for acronym, _ in parts)
    return f"{text.strip()} ({meanings})", min(weights, key=order)


def scp_parts(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the acronyms and modifiers that a statement consists of.

    Parameters
    ----------
    text : str
        ``"IMI"``, ``"IMI AC"``, ``"ASMI_PO, SR"``.

    Returns
    -------
    list of (str, tuple of str)
        Acronym and its modifiers; empty where the text holds anything else.
    """
    parts: list[tuple[str, tuple[str, ...]]] = []
    for token in re.split(r"[\s,;+]+", text.strip()):
        acronym, modifier = token, ""
        if acronym not in SCP and "_" in token:
            acronym, _, modifier = token.rpartition("_")
        if acronym in MODIFIERS and parts and not modifier:
            parts[-1] = (parts[-1][0], (*parts[-1][1], acronym))
        elif acronym in SCP and (not modifier or modifier in MODIFIERS):
            parts.append((acronym, (modifier,) if modifier else ()))
        else:
            return []
    return parts


def order(weight: Weight) -> tuple[int, int]:
    """Return what sorts weights, the most urgent first."""
    return (URGENT, NOTABLE, NORMAL).index(weight.kind), weight.rank


def _modified(meaning: str, weight: Weight, modifier: str) -> Weight:
    if modifier == "NO":
        return Weight(NOTABLE, REMARK)
    if modifier in ACUTE_MODIFIERS and _INFARCTION.search(meaning):
        return Weight(URGENT, CRITICAL)
    if modifier in _SOFTER:
        return Weight(NOTABLE, HEDGED) if weight.kind == URGENT else weight
    return weight
