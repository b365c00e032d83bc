"""Where a text shows something of an identity: its names and numbers in any case and spelling, its birth date."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import permutations
from typing import Final

from ecg_core.formats.common.vocabulary import MARK, WORD, is_known, joined_marks, plain
from ecg_core.recording import Identity

_SHORTEST: Final = 3
_MIN_WITHIN: Final = 4
"""A word of a name so long is found within other words, too: ``janeroe``; shorter ones stand alone."""
_MIN_NUMBER_CHARS: Final = 4
"""Free text holds small numbers (a dose, a year of school) that mean nothing elsewhere."""
_MAX_WORDS: Final = 3
_MAX_PARTS: Final = 20
_MAX_PHRASE: Final = 120
"""No name has more; the words of a longer text are looked for one by one."""
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_COMMON: Final = frozenset(
    {"mrs", "miss", "dr", "prof", "med", "unknown", "anonymous", "none", "not", "patient", "subject"}
    | {
        "xml",
        "edf",
        "dcm",
        "hea",
        "dat",
        "mat",
        "csv",
        "tsv",
        "txt",
        "scp",
        "bdf",
        "ann",
        "atr",
        "zip",
        "parquet",
        "npy",
    }
)
"""Words that name nobody, though they stand where names do."""


@dataclass(frozen=True)
class Traces:
    """What gives an identity away.

    Attributes
    ----------
    words : frozenset of str
        Words for comparison (see :func:`ecg_core.formats.common.vocabulary.plain`) that must not stand alone.
    parts : frozenset of str
        Those that must not stand within a word either.
    phrases : tuple of str
        Texts of several words or with signs, such as ``P-42``.
    birth_date : date or None
    """

    words: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()
    birth_date: date | None = None

    @classmethod
    def of(cls, identity: Identity | None) -> Traces:
        """Collect the traces of an identity; none of none."""
        if identity is None:
            return cls()
        words: set[str] = set()
        parts: set[str] = set()
        phrases: set[str] = set()
        device = [word for word in (identity.device or "").split() if sum(map(str.isdigit, word)) >= _MIN_NUMBER_CHARS]
        for text in (identity.name, identity.patient_id, identity.device_serial, *device):
            own = [word for word in _spelled(text or "") if len(word) >= _SHORTEST and word not in _COMMON]
            words.update(own)
            parts.update(word for word in own[:_MAX_PARTS] if len(word) >= _MIN_WITHIN)
            phrases.update(_phrase(text or ""))
        names = [word for word in _spelled(identity.name or "") if word not in _COMMON]
        if 2 <= len(names) <= _MAX_WORDS:
            parts.update(joined for some in permutations(names, 2) if len(joined := "".join(some)) >= _MIN_WITHIN + 1)
        for _, text in identity.other:
            words.update(filter(_tells, _spelled(text)))
            if len(text.split()) <= _MAX_WORDS:
                phrases.update(one for one in _phrase(text) if any(map(_tells, _spelled(one))))
        return cls(
            frozenset(words), frozenset(parts), tuple(sorted(phrases, key=len, reverse=True)), identity.birth_date
        )

    def __repr__(self) -> str:
        return f"Traces({len(self.words)} words hidden)"

    def __bool__(self) -> bool:
        return bool(self.words or self.parts or self.phrases or self.birth_date)

    def shown_by(self, text: str) -> bool:
        """Tell whether a text shows any of them."""
        return self.removed(text) != text

    def removed(self, text: str) -> str:
        """Return a text with ``[removed]`` in place of each."""
        if not self or not text:
            return text
        spans = [match.span() for pattern in self._patterns for match in pattern.finditer(text)]
        for word in WORD.finditer(text):
            spelled = {plain(word[0]), plain(word[0].translate(_UMLAUTS))}
            if spelled & self.words or any(part in one for one in spelled for part in self.parts):
                spans.append(word.span())
        if not spans:
            return text
        pieces, at = [], 0
        for begin, end in sorted(spans):
            if begin >= at:
                pieces += [text[at:begin], MARK]
            at = max(at, end)
        return joined_marks("".join([*pieces, text[at:]]))

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        """What is looked for across words."""
        found = [_day_pattern(self.birth_date)] if self.birth_date else []
        if self.phrases:
            found.append(re.compile("|".join(map(_flexible, self.phrases)), re.IGNORECASE))
        return tuple(found)


def _spelled(text: str) -> list[str]:
    """Return the words of a text for comparison; those with umlauts in both spellings."""
    both = text if text.translate(_UMLAUTS) == text else f"{text} {text.translate(_UMLAUTS)}"
    return [plain(word) for word in WORD.findall(both)]


def _tells(word: str) -> bool:
    """Tell whether a word of free text may say whose it is."""
    if word.isdigit():
        return len(word) >= _MIN_NUMBER_CHARS
    return len(word) >= _SHORTEST and not is_known(word) and word not in _COMMON


def _phrase(text: str) -> list[str]:
    """Return a text of several words or with signs, if it is long enough to mean somebody."""
    words = WORD.findall(text)
    long_enough = len(words) > 1 and sum(map(len, words)) >= _SHORTEST
    return [text.strip()] if long_enough and len(text) <= _MAX_PHRASE else []


def _flexible(phrase: str) -> str:
    """Match a phrase's words in order, whatever stands between them."""
    words = r"[\W_]{0,3}".join(map(re.escape, WORD.findall(phrase)))
    return rf"(?<![^\W_]){words}(?![^\W_])"


def _day_pattern(day: date) -> re.Pattern[str]:
    """Match a day in the usual writings: 1931-05-04, 4.5.31, 05/04/1931, 19310504, 4 May 1931."""
    year, short = f"{day.year:04d}", f"{day.year % 100:02d}"
    month = f"(?:0?{day.month}|{calendar.month_name[day.month]}|{calendar.month_abbr[day.month]})"
    in_month, between = f"0?{day.day}", r"[\W_]{1,2}"
    full = f"{year}{day.month:02d}{day.day:02d}|{day.day:02d}{day.month:02d}{year}|{day.month:02d}{day.day:02d}{year}"
    brief = f"{short}{day.month:02d}{day.day:02d}|{day.day:02d}{day.month:02d}{short}"
    any_year = f"(?:{year}|{short})"
    apart = (
        f"{any_year}{between}{month}{between}{in_month}|{in_month}{between}{month}{between}{any_year}"
        f"|{month}{between}{in_month}{between}{any_year}"
    )
    glued = f"{in_month}{calendar.month_abbr[day.month]}{any_year}"
    return re.compile(rf"(?<!\d)(?:{full}|{apart}|{brief}|{glued})(?!\d)", re.IGNORECASE)
