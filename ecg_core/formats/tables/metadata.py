"""What the lines above a table say: sampling rate, unit, lead, start, device; in the languages of the devices.

A line is ``key, value`` with any usual separator, or JSON. A value that carries its own unit (``512 Hertz``) needs no
known key, so that exports in languages that are not listed here are read, too.

References
----------
Apple Health's ``ecg_*.csv``: nine lines of ``key,value``, in the language of the phone, then one value a line:
https://rud.is/b/2021/02/14/extracting-heart-rate-data-from-apple-health-xml-export-files-using-r-a-k-a-the-least-romantic-valentines-day-r-post.
Mindware: ``Sample Rate:\t500``. OpenSignals: JSON,
https://raw.githubusercontent.com/BITalinoWorld/revolution-sample-data/master/PZT/SamplePZT.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from ecg_core.formats.common.free_text import identity_of_pairs, sort_comments
from ecg_core.formats.common.lead_names import millivolts_per, names_lead, usual_name
from ecg_core.formats.tables.stamps import stamp_format
from ecg_core.recording import Identity

_PAIR: Final = re.compile(
    r"^[#%\s]*\"?(?P<key>[^:=;,\t\"]{1,60}?)\"?\s*(?P<sep>[:=]\s+|[=;,\t]|:(?!//))\s*(?P<value>.*?)[;,\t\s]*$"
)
_NUMBER: Final = r"(\d{1,7}(?:[.,]\d{1,9})?)"
_HERTZ: Final = (
    r"(?:k?hz|hertz\w*|herz|hercios?|hertzios?|ヘルツ|赫兹|赫茲|헤르츠|"
    r"герц\w*|гц|هرتز|הרץ|samples?\s*(?:/|per)\s*s(?:ec(?:ond)?)?|sps)"
)
_SLOWEST_HZ: Final = 20.0
"""``1.000 Hz`` below this has a sign between thousands."""

_WITH_HERTZ: Final = re.compile(rf"^{_NUMBER}\s*({_HERTZ})\.?$", re.IGNORECASE)
_TITLE_RATE: Final = re.compile(rf"[\[(@]?\s*\b{_NUMBER}\s*(k?hz)\b\s*[\])]?", re.IGNORECASE)
_BARE: Final = re.compile(rf"^{_NUMBER}$")
_RATE_KEY: Final = re.compile(
    r"^(?:ecg|ekg)?[\s_]*(?:fs|sr|sps|sampling|sample|abtast|messrate|fréquence|frequence|frecuencia|frequenza|frequência|taxa|"
    r"bemonster|meetfrequentie|samplings|próbkowan|частота|采样|採樣|サンプ|샘플)",
    re.IGNORECASE,
)
_RATE_ELSEWHERE: Final = re.compile(
    r"(?:\bfs|\bsampling[ _]?(?:rate|frequency|freq)|\bsample[ _]?(?:rate|frequency)|\babtastrate|\babtastfrequenz)"
    rf"(?:_hz)?[\"']?\s*(?:[\[(]\s*hz\s*[\])])?\s*[:=,;\t]?\s*{_NUMBER}",
    re.IGNORECASE,
)
_INTERVAL_KEY: Final = re.compile(r"^(?:sampl\w*[ _]?)(?:interval|period)|^interval$|^abtastintervall", re.IGNORECASE)
_INTERVAL: Final = re.compile(rf"^{_NUMBER}\s*(s|ms|us|µs|msec|sec|seconds?|milliseconds?)$", re.IGNORECASE)
_PER_SAMPLE: Final = re.compile(rf"{_NUMBER}\s*(m?s(?:ec)?)\s*/\s*sample", re.IGNORECASE)
"""As BIOPAC's AcqKnowledge writes it."""

_UNIT_ELSEWHERE: Final = re.compile(r"\bunits?[\"']?\s*[:=]\s*[\"']?([^\s,;\"'}]{1,12})", re.IGNORECASE)
_UNIT_KEY: Final = re.compile(
    r"^(?:units?|einheit|unité|unidad\w*|unità|unidade|eenheid|enhet|enhed|yksikkö|jednostka|единиц\w*|ед\.?\s*изм\w*|"
    r"单位|單位|単位|단위|birim|jednotka)\b",
    re.IGNORECASE,
)
_START_KEY: Final = re.compile(
    r"start|begin|recorded|recording|record\w*\s*(?:date|time)|aufzeichnung|aufnahme|enregistr|grab|registr|date|datum|fecha|"
    r"data|acqui|acquired|time|дата|записи|记录|記錄|記録|기록",
    re.IGNORECASE,
)
_BIRTH_KEY: Final = re.compile(
    r"birth|dob|geb|naiss|nacim|nasc|födel|fødsel|рожд|出生|生年|생년|doğum|narodz|synty", re.IGNORECASE
)
_LEAD_KEY: Final = re.compile(
    r"^(?:lead|ableitung|dérivation|derivation|derivación|derivazione|derivação|afleiding|avledning|afledning|"
    r"kytkentä|odprowadzenie|отведение|导联|導聯|導程|誘導|유도|derivasyon|svod)s?\b",
    re.IGNORECASE,
)
_DEVICE_KEY: Final = re.compile(
    r"^(?:device|gerät|appareil|dispositivo|apparaat|enhet|laite|устройство|设备|裝置|デバイス|기기|cihaz)\b",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"^# (?:comment|start): ")
_COMMENT: Final = re.compile(r"^# comment: (.+)$", re.MULTILINE)
_START_WORDS: Final = re.compile(r"^# start: (\S{5,32})$", re.MULTILINE)


@dataclass(frozen=True)
class Preamble:
    """What the lines above a table say.

    Attributes
    ----------
    fs_hz : float or None
    unit : str or None
        A unit of voltage.
    lead : str or None
        The name of the one lead.
    begins : datetime, time or None
    comments : tuple of str
        Of this program's own exports.
    identity : Identity or None
        Whom the lines name.
    """

    fs_hz: float | None = None
    unit: str | None = None
    lead: str | None = None
    begins: datetime | time | None = None
    comments: tuple[str, ...] = ()
    identity: Identity | None = None


def rate_in_title(title: str) -> tuple[float | None, str]:
    """Take a sampling rate out of a column's title: ``ECG (mV) 250 Hz``."""
    found = _TITLE_RATE.search(title)
    if found is None:
        return None, title
    rate = _float(found[1]) * (1000 if found[2].lower() == "khz" else 1)
    return rate or None, (title[: found.start()] + title[found.end() :]).strip(" @,;-")


def begins_of(text: str) -> datetime | time | None:
    """Return the point in time, or time of day, that a text gives; None if it is neither."""
    given = text.strip()
    for read in (datetime.fromisoformat, time.fromisoformat):
        try:
            return read(given).replace(tzinfo=None)
        except ValueError:
            continue
    form = stamp_format([given])
    return form.moment(given) if form is not None and form.has_time else None


def read_preamble(lines: Sequence[str]) -> Preamble:
    """Read the lines above a table.

    Parameters
    ----------
    lines : sequence of str
        Without the titles of the columns.

    Returns
    -------
    Preamble
    """
    above = "\n".join(lines)
    fs_hz, unit, lead = None, None, None
    begins: datetime | time | None = None
    others: list[str] = []
    own_start = _START_WORDS.search(above)
    for line in lines:
        pair = _PAIR.match(line)
        key, value = (pair["key"].strip(), pair["value"].strip().strip('"').strip()) if pair else ("", "")
        rate, voltage = _rate_of(key, value, line), _unit_of(key, value, line)
        fs_hz, unit = fs_hz or rate, unit or voltage
        if rate is not None or voltage is not None:
            continue
        if _OWN.match(line):
            continue
        if _LEAD_KEY.match(key) and value:
            lead = value
            continue
        if key and value and not _BIRTH_KEY.search(key) and _START_KEY.search(key):
            moment = begins_of(value)
            if moment is not None and begins is None:
                begins = moment
                continue
        others.append(line)
    return Preamble(
        fs_hz=fs_hz,
        unit=unit,
        lead=_lead_name(lead),
        begins=begins_of(own_start[1]) if own_start else begins,
        comments=tuple(_COMMENT.findall(above)),
        identity=_identity(others),
    )


def _rate_of(key: str, value: str, line: str) -> float | None:
    with_unit = _WITH_HERTZ.match(value)
    if with_unit:
        is_grouped = re.fullmatch(r"\d{1,3}[.,]\d{3}", with_unit[1]) and _float(with_unit[1]) < _SLOWEST_HZ
        return _float(with_unit[1]) * (1000 if with_unit[2].lower() == "khz" or is_grouped else 1)
    if _INTERVAL_KEY.match(key) and (interval := _INTERVAL.match(value)):
        seconds = _float(interval[1]) * {"m": 1e-3, "u": 1e-6, "µ": 1e-6}.get(interval[2][0].lower(), 1.0)
        return 1 / seconds if seconds else None
    if _RATE_KEY.match(key) and (bare := _BARE.match(value)):
        return _float(bare[1])
    if per_sample := _PER_SAMPLE.search(line):
        seconds = _float(per_sample[1]) * (1e-3 if per_sample[2].lower().startswith("m") else 1.0)
        return 1 / seconds if seconds else None
    elsewhere = _RATE_ELSEWHERE.search(line)
    return _float(elsewhere[1]) if elsewhere else None


def _unit_of(key: str, value: str, line: str) -> str | None:
    if value and millivolts_per(value) is not None and (_UNIT_KEY.match(key) or value.lower() != "v"):
        return value
    elsewhere = _UNIT_ELSEWHERE.search(line)
    return elsewhere[1] if elsewhere and millivolts_per(elsewhere[1]) is not None else None


def _lead_name(value: str | None) -> str | None:
    """Return a lead's name without the words around it: ``Dérivation I``, ``第I誘導``."""
    if value is None:
        return None
    whole = usual_name(value)
    if names_lead(whole):
        return whole
    words = re.findall(r"[A-Za-z]+\d?[Rr]?|\d", value)
    return next((usual_name(word) for word in reversed(words) if names_lead(usual_name(word))), value[:60])


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _identity(lines: Iterable[str]) -> Identity | None:
    """Read whom lines name, whatever the separator between label and text."""
    pairs: list[tuple[str, str]] = []
    device: list[tuple[str, str]] = []
    others: list[str] = []
    for line in lines:
        pair = _PAIR.match(line)
        if pair and pair["sep"][0] in ";,\t" and pair["value"]:
            label, text = pair["key"].strip(), pair["value"].strip().strip('"')
            (device if _DEVICE_KEY.match(label) else pairs).append((label, text))
        else:
            others.append(line)
    _, found = sort_comments(others)
    beside = identity_of_pairs([*((("device"), text) for _, text in device), *pairs])
    if beside is None:
        return found or None
    if not found:
        return beside
    from dataclasses import replace

    return replace(beside, other=(*beside.other, *found.other, *_labelled(found)))


def _labelled(identity: Identity) -> tuple[tuple[str, str], ...]:
    named = (("name", identity.name), ("patient id", identity.patient_id), ("device", identity.device))
    return tuple((label, text) for label, text in named if text)
