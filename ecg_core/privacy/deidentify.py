"""A recording without what says whose it is: the same signal, nothing else that a stranger wrote unchecked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import sort_comments
from ecg_core.formats.common.lead_names import usual_names
from ecg_core.formats.common.vocabulary import MARK, clinical_only
from ecg_core.privacy.naming import public_name
from ecg_core.privacy.traces import Traces
from ecg_core.recording import Annotations, Identity, Lead, Recording, SpanReader

OLDEST_TOLD: Final = 89
"""Ages above are told of together: there are few enough of such people to know them by it."""

OVER: Final = f"over {OLDEST_TOLD}"

_AGE: Final = re.compile(r"<?age>?\s*[:=]\s*(?P<over>over|>=?)?\s*(?P<years>\d{1,3})", re.IGNORECASE)
_MIT: Final = re.compile(r"(?P<years>\d{1,3})\s+(?P<sex>[MF])\b")
_AGE_IN_TEXT: Final = re.compile(r"\b(9\d|1[0-4]\d)(?=[\s\-]*(years?|yrs?|y/?o|y\.?\s?o)\b)", re.IGNORECASE)
_SEX: Final = re.compile(r"<?(sex|gender)>?\s*[:=]", re.IGNORECASE)
_RHYTHM: Final = re.compile(r"\([A-Z0-9]{1,8}\s*")
_FRAME: Final = re.compile(r"(, | ?\(column \d+\)|^\d+ in | in its unit$)")
"""What the program itself says around the names that a person typed."""

_MEASURES: Final = frozenset({"sampling rate", "unit"})
_DAYS_A_YEAR: Final = 365.25


def deidentified(recording: Recording, *, shift_days: int | None = 0, free_text: bool = False) -> Recording:
    """Return the same signal without what says whose it is.

    Parameters
    ----------
    recording : Recording
        The recording.
    shift_days : int or None
        Days by which the start is moved, the same for all recordings of a person; None drops the date and keeps the
        time of day.
    free_text : bool
        Whether texts of the file (statements, annotations, names of leads) stay as they are but for what stands in
        the identity: for the screen. By default only words of electrocardiography stay, for everything that is written.

    Returns
    -------
    Recording
        Without identity. Its name is :func:`~ecg_core.privacy.public_name`; age (above 89 "over 89"), sex and codes
        of diagnoses stand in its comments. Its content's hash is that of the file, and `files` still leads there, so
        write neither these nor their names. What goes wrong in reading it is said without names, too.

    Raises
    ------
    RecordingError
        If its content has to be hashed for a name and cannot be read, or the calendar has no such day.
    """
    name = public_name(recording)
    clean = _Cleaner(Traces.of(recording.identity), _file_names(recording, name), name, free_text)
    leads = _leads(recording.leads, clean)
    result = replace(
        recording,
        name=name,
        leads=leads,
        read_span=_quiet_reader(recording.read_span, clean),
        start_time=_shifted(recording.start_time, shift_days),
        comments=_comments(recording, clean),
        notes=tuple(map(clean.note, recording.notes)),
        other_channels=tuple(map(clean.text, recording.other_channels)),
        load_annotations=_quiet_annotations(recording.load_annotations, clean),
        identity=None,
        measurements=tuple((clean.text(label), clean.text(text)) for label, text in recording.measurements),
        statements=tuple(map(clean.text, recording.statements)),
        user_metadata=_user_metadata(recording.user_metadata, clean),
    )
    if "sha256" in recording.__dict__ or result.user_metadata != recording.user_metadata:
        # Known already, or of a signal that no file holds, or of words that do not stand here any more.
        result.__dict__["sha256"] = recording.sha256
    return result


def on_screen(recording: Recording) -> Recording:
    """Return a recording as the dashboard works on it.

    Its texts stay, but what stands in its identity is taken out of them and of its name; the identity itself is kept,
    to be shown once to the person who loads it.

    Raises
    ------
    RecordingError
        As :func:`deidentified`.
    """
    shown = deidentified(recording, free_text=True)
    result = replace(shown, identity=recording.identity)
    if "sha256" in shown.__dict__:
        result.__dict__["sha256"] = shown.sha256
    return result


@dataclass(frozen=True)
class _Cleaner:
    """Takes out of texts what says whose a recording is."""

    traces: Traces
    file_names: re.Pattern[str] | None
    name: str
    free_text: bool

    def text(self, text: str) -> str:
        """Clean what the file says."""
        if _RHYTHM.fullmatch(text):
            return text
        text = self.note(text)
        return text if self.free_text else clinical_only(_AGE_IN_TEXT.sub(OVER, text))

    def note(self, sentence: str) -> str:
        """Clean a sentence of this program, which may hold words of the file."""
        if self.file_names is not None:
            sentence = self.file_names.sub(lambda _: self.name, sentence)
        return self.traces.removed(sentence)


def _file_names(recording: Recording, name: str) -> re.Pattern[str] | None:
    """Match the names of a recording's files where they may say more than the name that it is given."""
    if name == recording.name and not recording.identity:
        return None
    names = {recording.name} if recording.name != name else set()
    if name != recording.name:
        for path in recording.files:
            names.update(one for one in (path.name, path.stem) if re.search(r"[^\W\d_]|\d{5}", one))
    words = "|".join(map(re.escape, sorted(names - {""}, key=len, reverse=True)))
    return re.compile(rf"(?<![\w\-])(?:{words})(?![\w\-])") if words else None


def _leads(leads: Sequence[Lead], clean: _Cleaner) -> tuple[Lead, ...]:
    """Return the leads with names that say nothing else."""
    names = [clean.text(lead.name) for lead in leads]
    if tuple(names) != tuple(lead.name for lead in leads):
        names = usual_names(name.replace(MARK, "").strip(" _-.:,") for name in names)
    return tuple(
        replace(lead, name=name, original_name=clean.text(lead.original_name))
        for lead, name in zip(leads, names, strict=True)
    )


def _user_metadata(given: Sequence[tuple[str, str]], clean: _Cleaner) -> tuple[tuple[str, str], ...]:
    """Return what a person said of a table; names of leads and columns are whatever was typed."""

    def cleaned(text: str) -> str:
        return "".join(part if _FRAME.fullmatch(part) else clean.text(part) for part in _FRAME.split(text))

    return tuple((what, text if what in _MEASURES else cleaned(text)) for what, text in given)


def _shifted(start: datetime | time | None, days: int | None) -> datetime | time | None:
    if not isinstance(start, datetime):
        return start
    if days is None:
        return start.time()
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise RecordingError(
            f"No calendar has the day that is {days} days from the recording's; give another."
        ) from None


def _comments(recording: Recording, clean: _Cleaner) -> tuple[str, ...]:
    """Return the comments that may stay, and age and sex where the identity alone says them."""
    kept, _ = sort_comments(recording.comments)
    lines: list[str] = []
    for line in kept:
        mit, age = _MIT.match(line), _AGE.match(line)
        if mit and int(mit["years"]) > OLDEST_TOLD:
            lines += [f"Age: {OVER}", f"Sex: {mit['sex']}"]
        elif age and (age["over"] or int(age["years"]) > OLDEST_TOLD):
            lines.append(f"Age: {OVER}")
        else:
            lines.append(clean.note(_AGE_IN_TEXT.sub(OVER, line)))
    identity = recording.identity or Identity()
    told = any(_MIT.match(line) for line in lines)
    years = _age_years(identity, recording.start_time)
    if years is not None and not told and not any(map(_AGE.match, lines)):
        lines.append(f"Age: {OVER if years > OLDEST_TOLD else int(years)}")
    if identity.sex in {"F", "M"} and not told and not any(map(_SEX.match, lines)):
        lines.append(f"Sex: {identity.sex}")
    return tuple(lines)


def _age_years(identity: Identity, start: datetime | time | None) -> float | None:
    """Return the age at the recording; None where nothing tells it or it cannot be one."""
    years = identity.age_years
    if years is None and identity.birth_date and isinstance(start, datetime):
        years = (start.date() - identity.birth_date).days / _DAYS_A_YEAR
    return years if years is not None and 0 <= years < 150 else None


def _quiet_reader(read_span: SpanReader, clean: _Cleaner) -> SpanReader:
    def read(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        try:
            return read_span(start, stop, leads)
        except RecordingError as error:
            raise RecordingError(clean.note(str(error))) from None

    return read


def _quiet_annotations(
    load: Callable[[str], Annotations] | None, clean: _Cleaner
) -> Callable[[str], Annotations] | None:
    if load is None:
        return None

    def load_clean(name: str) -> Annotations:
        try:
            found = load(name)
        except RecordingError as error:
            raise RecordingError(clean.note(str(error))) from None
        return replace(found, aux=_each_once(found.aux, clean))

    return load_clean


def _each_once(texts: Iterable[str], clean: _Cleaner) -> tuple[str, ...]:
    """Clean many texts of which few differ."""
    cleaned: dict[str, str] = {"": ""}
    for text in texts:
        if text not in cleaned:
            cleaned[text] = clean.text(text)
    return tuple(cleaned[text] for text in texts)
