"""Statements that a file brings along of what its ECG shows, as episodes of their own kinds.

Read are the interpretation of the device (MUSE, Philips, SCP-ECG, DICOM, HL7 aECG), SNOMED CT codes of ``Dx`` lines in
WFDB headers, diagnoses in words there (LUDB, PTB), and a monitor's alarm (PhysioNet/CinC Challenge 2015). They are
shown in the file's own words, in order of urgency, and say nothing of what this program found: a file that calls its
ECG normal makes no empty list complete.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from ecg_core.recording import Recording
from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.precedence import event_key
from ecg_core.rhythm.statement_codes import NORMAL, NOTABLE, URGENT, Weight, order, read_scp, read_snomed
from ecg_core.rhythm.statement_texts import read_text

DEVICE_KINDS: Final = (URGENT, NOTABLE, NORMAL)
"""Kinds of what the device states: urgent, other, and normal findings."""

MAX_STATEMENTS: Final = 100
"""Statements that become episodes, the most urgent ones; a reading device makes fewer than twenty."""

_CODE_LABEL: Final = re.compile(r"dx|diagnos[ei]s codes?|snomed( ?ct)?", re.IGNORECASE)
_TEXT_LABEL: Final = re.compile(
    r"diagnos[ei]s?|diagnose|rhythm|interpretation|statements?|(ecg|ekg) ?(diagnosis|interpretation|findings?)"
    r"|findings?|reason for admission|acute infarction( \(locali[sz]ation\))?|former infarction( \(locali[sz]ation\))?",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(r"<?([^:<>=]{1,60}?)>?\s*[:=]\s*(.*)", re.DOTALL)
_HEADING: Final = re.compile(r"<?(diagnos[ei]s|statements?|interpretation)>?\s*:?", re.IGNORECASE)
_ABSENT: Final = re.compile(r"(unknown|none|no|n/?a|nan|-|\?)?\.?", re.IGNORECASE)
_ALARM: Final = re.compile(r"(true|false) alarm", re.IGNORECASE)
_ALARM_NAMES: Final = re.compile(
    r"asystole|(extreme[ _])?(brady|tachy)cardia|ventricular[ _](tachycardia|flutter|flutter[ _]fib\w*|fibrillation)",
    re.IGNORECASE,
)
_NO_STATEMENT: Final = re.compile(r"\W*")


@dataclass(frozen=True)
class Statement:
    """A statement of a file.

    Attributes
    ----------
    text : str
        In the file's own words; of a code also its meaning.
    weight : Weight
        Kind of episode and order within it.
    """

    text: str
    weight: Weight


def statements_of(recording: Recording) -> tuple[Statement, ...]:
    """Return what a file states, each statement once, the most urgent first.

    Parameters
    ----------
    recording : Recording
        The recording.
    """
    found: dict[str, Statement] = {}
    for statement in (*_interpretation(recording.statements), *_comments(recording.comments)):
        found.setdefault(" ".join(statement.text.casefold().split()), statement)
    return tuple(sorted(found.values(), key=lambda each: order(each.weight)))


def device_spans(recording: Recording) -> tuple[Span, ...]:
    """Return the statements of a file as spans over the whole recording, in order of urgency."""
    return tuple(
        Span(0, recording.n_samples, each.weight.kind, each.text, "device")
        for each in statements_of(recording)[:MAX_STATEMENTS]
    )


def event_keys(episodes: pd.DataFrame) -> list[str]:
    """Return the key under which each episode is marked.

    Parameters
    ----------
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them.

    Returns
    -------
    list of str
        As :func:`~ecg_core.rhythm.precedence.event_key` names them. Statements of the device all begin at 0: theirs is
        ``DEVICE_x:0`` with the first digits of the statement's SHA-256, which no change of urgency moves.
    """
    return [
        f"DEVICE_{hashlib.sha256(reason.encode()).hexdigest()[:12]}:{start}"
        if source == "device"
        else event_key(kind, start, source)
        for kind, start, reason, source in zip(
            *(episodes[name].tolist() for name in ("kind", "start_sample", "reason", "source")), strict=True
        )
    ]


def _interpretation(statements: Sequence[str]) -> Iterator[Statement]:
    for text in statements:
        if not _NO_STATEMENT.fullmatch(text):
            yield _read(text)


def _read(text: str) -> Statement:
    coded = read_scp(text)
    if coded is not None:
        return Statement(*coded)
    return Statement(text, read_text(text))


def _comments(comments: Sequence[str]) -> Iterator[Statement]:
    listed = False  # behind a heading, every line is a statement
    alarms: list[str] = []
    verdict = ""
    for line in (each.strip().lstrip("#").strip() for each in comments):
        labelled = _LABELLED.fullmatch(line)
        label, text = (labelled[1].strip(), labelled[2].strip()) if labelled else ("", line)
        if _HEADING.fullmatch(line):
            listed = True
        elif labelled and _CODE_LABEL.fullmatch(label):
            yield from _codes(text)
        elif labelled and (listed or _TEXT_LABEL.fullmatch(label)):
            if not _ABSENT.fullmatch(text):
                yield _read(
                    text if re.fullmatch("diagnos.*|interpretation|statements?", label, re.IGNORECASE) else line
                )
        elif listed and text:
            yield _read(line)
        elif _ALARM.fullmatch(line):
            verdict = line
        elif _ALARM_NAMES.fullmatch(line):
            alarms.append(line)
    for alarm in alarms:
        yield _read(f"Alarm: {alarm}" + (f" ({verdict})" if verdict else ""))


def _codes(text: str) -> Iterator[Statement]:
    for part in re.split(r"[,;\s]+(?=\d)|[,;]", text):
        code = part.strip()
        if re.fullmatch(r"\d{5,18}", code):
            yield Statement(*read_snomed(code))
        elif not _ABSENT.fullmatch(code):
            yield _read(code)
