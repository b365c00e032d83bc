"""Vocabulary of electrocardiography: free text made of these words alone identifies nobody.

Everything that is not listed here counts as free text, which may name a person, a place or a day. Words that are also
common names of people (Long, White, Mark, Parkinson) stand in fixed phrases only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_HEART: Final = """
    aberrancy aberrant aberrantly abi ableitung abnl abnormal abnormalities abnormality above abp absent acc
    accelerated accelerometer acute adaptive adjacent admission af afib afl age ai airflow aivr akinesia alarm all
    alternans alternating amplitude and aneurysm annotation annotations ant anterior anterolateral anteroseptal aortic
    apex apical ar are arrest arrhythmia arrhythmias arrhythmic art artefact artefacts artifact artifacts as asse
    asystole at atrial atriale atrioventricular atrium atypical augmented auriculaire automatic av avb avbi avbii
    avblock average averaged avf avl avnrt avr avrt awake axe axis bandwidth basal baseline battery bbb beat beats
    before begin behind below beneath between bi bifascicular bigeminal bigeminy bii biii bilateral biphasic bipolar
    biventricular bloc blocco block blockade blocked blood borderline both bp bpm bradicardia bradyarrhythmia
    bradycardia bradykardie branca branch branche bundle burst but button by c1 c2 c3 c4 c5 c6 cal calibrated
    calibration cannot capture cardiac cardiomyopathy cause cc5 center ch ch1 ch2 ch3 chan change changes channel
    chest clinical clockwise cm1 cm2 cm3 cm4 cm5 co2 coarse code commenced comment comments comparison complesso
    complete complex complexes concave conducted conducting conduction configuration confirmed consecutive consider
    considerable consistent contraction contractions coronary counterclockwise couplet couplets criteria cs1 cs2
    current cvp cycle d1 d2 d3 data decreased deep deg degree degrees delay delayed delta depolarization depressed
    depression derivation destra detected detections deviation deviazione device diagnoses diagnosis diaphragmatic
    difficult diffuse digitalis dilatation dilated discomfort disease disorder disturbance disturbances dizziness
    dizzy dominant downsloping droit drug drugs dual due duration during dyskinesia early ecg ecg1 ecg2 ecg3 echo
    ectopic ectopics ectopy eeg effect effects eg ekg elec electric electrical electrocardiogram electrode electrolyte
    elettrocardiogramma elevated elevation embolism emg end ended ends enlargement eog episode episodes equal es
    escape etco2 event events evidence evolving excessive exercise extensive extrasystole extrasystolen extrasystoles
    extreme extremely extremity f fainting false fascicular fast fibrillation fibrillazione fiducial file filter fine
    fir first flat flattened fluctuation flutter fmt focal for form formation found fourth frequency frequent from
    frontal fusion gauche general generalized global gross group has have heart heartrate height hemiblock high
    high-grade horizontal hr hypercalcemia hyperkalemia hypertension hypertrophic hypertrophie hypertrophies
    hypertrophy hypocalcemia hypokalemia hypokinesia hz i icp idioventricular if ii iii iir implantable in incomplete
    increased indeterminate inf infarct infarction inferior inferolateral inferoposterior inhibited injury
    insignificant insufficient interatrial intercalary intermittent interpolated interpretation interval intervals
    intra intraventricular intravintricular inversion inversions inverted irregular irregularity irregularly is
    ischaemia ischaemic ischemia ischemic isoelectric isolated iv ivcd ivr ivs j junction junctional kanal kent l la
    labile lad lae lafb large last lat late lateral lbbb lcx lead leads left less level likely limb linksschenkelblock
    linkstyp lmt localisation localization low lower lpfb lv lv3 lvef lvh lvot lvs machine malfunction manual marked
    marker markers maximum mcl mcl1 mdc mean measured measurement measurementst median medication medications mi
    microvolt mid middle mild millivolt minimal minimum minor minute missb missed ml mlii mliii moderate monitor
    monomorphic monophasic more morphology most ms multi multifocal multiform multiple muscle mv mv1 mv2 mv5 mvl
    myocardial n narrow nbp neg negative new nml no nod nodal node noise noisy non nonconducted none nonparoxysmal
    nonspecific nonsustained normal normale normaler normales normocardia not notch notched notching nsr nstemi nstt
    nsvt number nv occasional occurred occurs of off offset often old on onda one only onset or other otherwise out
    over overload oxygen p p-off p-on pa pac paced pacemaker pacemakers pacing pacs pain pairs palpitation pap
    paroxysm paroxysmal paroxysms part partial pass pattern pause pauses peak peaked per perforation pericarditis
    period periods persistent physiologic pjc pleth pm pnc poffset point polymorphic ponset poor pos position positive
    poss possible possibly post posterior posterolateral posteroseptal potl pp ppg pr precordial preexcitation
    premature present pressed pressure prex prob probable probably progression prolongation prolonged prominent pse
    pulmonary pulse pvc pvcs pwave q qrs qrsd qrsoffset qrsonset qrst qrswave qs qt qtc qtcb qtcf quadrigeminy quality
    r ra rae rapid rare rate ratio rbbb rca re-entrant reading reason rec recent rechtsschenkelblock rechtstyp
    reciprocal record recorded recording records reduced reentrant reentry refractory regular regularity related
    relative repolarization representative resp respiration respiratory resting retrograde reversal reversed reviewed
    rhythm rhythms right ritmo rl rmssd rotation rounded rr rsr rv rvh rvot rwave rythme s sa salvo sample samples
    saturation sb sbr scar sd sec second secondary seconds see segment segments sensing sep septal septum sequence
    sequential series several severe shift shifts short shortened sig signal significance significant similar since
    single sinistra sinoatrial sinus sinusal sinusale sinusbradykardie sinusrhythmus sinustachykardie site sleep
    sleeping slight slow slurred small smoker sopraventricolare specific spike spikes spo2 spontaneous sr st sta
    stairs standard standstill start started starts status std stemi stop stopped strain stress stt sttw sudden
    suggest suggestive suggests superior supp suppressed supraventricular suspected sustained svarr sve svebs sves
    svpb svpbs svpc svt svta swave syncope syndrome systole systolic t ta tachicardia tachyarrhythmia tachycardia
    tachykardie tall tape technical temp temperature tend than that the therapy there these third this thorax time
    timestamp tissue to toffset tonset toxicity trace tracing transient transmural treatment trigeminal trigeminy
    triplet triplets true ts tw twave two type types typical u unable uncalibrated uncertain unclassified unconfirmed
    undef undefined undetermined unedited unifocal uniform unipolar units unknown unreadable unspecific unspecified
    unusual upper upright upsloping usually uv v1 v1r v2 v2r v3 v3r v4 v4r v5 v5r v6 v6r v7 v7r v8 v8r v9 vagal
    variable variant varies varying vebs ventricle ventricles ventricolare ventriculaire ventricular ventriculophasic
    versus vertical very vessels vf vfib vfl volt voltage voltages volts vorhofflattern vorhofflimmern vpb vpbs vpc vr
    vs vt vta vtach vx vy vz w walking wall wandering was wave waveform waves wenckebach which wide widened width with
    within without wpw x y yes z
"""

_DRUGS: Final = """
    acebutolol adenosine aldomet amiloride amiodarone amlodipine asa aspirin atenolol atropine betapace bisoprolol
    bumetanide candesartan captopril carvedilol chlorothiazide clonidine clopidogrel coumadin digitoxin digoxin
    dilantin diltiazem dinitrate disopyramide diuretic dobutamine dofetilide dopamine enalapril epinephrine esmolol
    flecainide furosemide glibenclamide heparin hydralazine hydrochlorothiazide hydrochlorthiazide inderal insulin
    isordil isosorbide isosorbit kcl labetalol lasix lidocaine lisinopril lopressor losartan magnesium metoprolol
    mexiletine mononitrate nadolol nifedipine nitroglycerin nitroglycerine norpace phenytoin potassium prednisone
    procainamide pronestyl propafenone propranolol quinaglute quinidine ramipril sotalol spironolactone theophylline
    timolol valsartan verapamil warfarin
"""

KNOWN_WORDS: Final = frozenset(f"{_HEART} {_DRUGS}".split())

_PHRASES: Final = re.compile(
    r"\blong(?= qt\b)|\bwolff[- ]parkinson[- ]white\b|\bmobitz\b(?= (type )?[i12]+\b)"
    r"|\bbrugada(?= (type|pattern|syndrome)\b)"
    r"|\bbazett\b|\bfridericia\b|\bframingham\b|\bhodges\b|\beinthoven\b|\bgoldberger\b|\bcoumel\b|\bsgarbossa\b",
    re.IGNORECASE,
)
WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
_NUMBER: Final = re.compile(r"\d{1,4}(st|nd|rd|th|ms|s|mv|uv|hz|bpm|x|d|deg)?", re.IGNORECASE)
_DATE: Final = re.compile(
    r"(?<!\d)(\d{1,4}(?P<sign>[./\-])\d{1,2}(?P=sign)\d{2,4}"
    r"|\d{1,2}[ .\-]?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"[ .,\-]*\d{2,4}|\d{5,})(?!\d)",
    re.IGNORECASE,
)
MARK: Final = "[removed]"
"""What stands where something was taken out."""


def plain(text: str) -> str:
    """Return a text for comparison: without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def is_known(word: str) -> bool:
    """Tell whether a word is one of electrocardiography, numbered (``noise2``) or not."""
    spelled = plain(word)
    return spelled in KNOWN_WORDS or re.sub(r"(\d{1,2}|s)$", "", spelled) in KNOWN_WORDS


def is_clinical(text: str) -> bool:
    """Tell whether a text consists of words of electrocardiography, figures and their units alone."""
    return next(_unknown(text), None) is None


def clinical_only(text: str) -> str:
    """Return a text with :data:`MARK` in place of everything that is no word of electrocardiography."""
    pieces, at = [], 0
    for begin, end in sorted(_unknown(text)):
        if begin >= at:
            pieces += [text[at:begin], MARK]
            at = end
    return joined_marks("".join([*pieces, text[at:]]))


def joined_marks(text: str) -> str:
    """Return a text with one mark where several follow each other."""
    mark = re.escape(MARK)
    return re.sub(rf"{mark}([^\w\[]*{mark})+", MARK, text)


def _unknown(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the words and dates stand that may say anything."""
    given = text.replace(MARK, " " * len(MARK))
    for date in _DATE.finditer(given):
        yield date.span()
    known = _PHRASES.sub(lambda phrase: " " * len(phrase[0]), given)
    for word in WORD.finditer(known):
        if not (len(word[0]) == 1 or _NUMBER.fullmatch(word[0]) or is_known(word[0])):
            yield word.span()
