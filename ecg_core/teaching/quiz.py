"""Quizzes: cases drawn by topic, level and number with a seed, under a code that tells none of these.

The code holds all that a quiz is drawn from, so that a link gives a whole class the same cases in the same order.
Cases come in the order of a hash of seed and name: a case that is added later takes at most one place, and the others
keep theirs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from ecg_core.errors import SourceError
from ecg_core.teaching.case import LEVELS, TOPICS
from ecg_core.teaching.library import CaseLibrary, TeachingCase

MAX_CASES: Final = 30
MAX_SEED: Final = 2**20 - 1
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, which leaves out letters that are read as others."""
_LENGTH: Final = 12
_SEED_BITS, _NUMBER_BITS, _LEVEL_BITS = 20, 5, 3
_CHECK_BITS: Final = 10
_VALUE_BITS: Final = 5 * _LENGTH - _CHECK_BITS
_VALUE_MASK: Final = (1 << _VALUE_BITS) - 1


@dataclass(frozen=True)
class Quiz:
    """What a quiz is drawn from.

    Attributes
    ----------
    topics, levels : tuple of str
        Of `TOPICS` and `LEVELS`; empty for any. Their places there are part of the code: new ones are appended.
    number : int
        Cases, up to `MAX_CASES`.
    seed : int
        Up to `MAX_SEED`.
    """

    topics: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    number: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        known = set(self.topics) <= set(TOPICS) and set(self.levels) <= set(LEVELS)
        if not (known and 1 <= self.number <= MAX_CASES and 0 <= self.seed <= MAX_SEED):
            raise SourceError(f"A quiz has 1 to {MAX_CASES} cases of the topics and levels of the library.")

    @property
    def code(self) -> str:
        """What stands in the link: 12 letters and digits."""
        value = _mask(self.topics, TOPICS)
        value = value << _LEVEL_BITS | _mask(self.levels, LEVELS)
        value = value << _NUMBER_BITS | self.number
        value = value << _SEED_BITS | self.seed
        check = _hash(value) >> _VALUE_BITS
        value = (value ^ _hash(check) & _VALUE_MASK) << _CHECK_BITS | check
        return "".join(_LETTERS[value >> 5 * place & 31] for place in range(_LENGTH))


def quiz_of_code(code: str) -> Quiz:
    """Return the quiz of a link.

    Parameters
    ----------
    code : str
        Its code; capital letters and spaces do not matter.

    Returns
    -------
    Quiz

    Raises
    ------
    SourceError
        If there is no such quiz.
    """
    plain = "".join(code.lower().split())
    problem = SourceError(f"There is no quiz {code:.40}; ask for its link again.")
    if len(plain) != _LENGTH or not set(plain) <= set(_LETTERS):
        raise problem
    value = sum(_LETTERS.index(letter) << 5 * place for place, letter in enumerate(plain))
    value, check = value >> _CHECK_BITS, value & (1 << _CHECK_BITS) - 1
    value ^= _hash(check) & _VALUE_MASK
    if check != _hash(value) >> _VALUE_BITS:
        raise problem
    seed = value & MAX_SEED
    number = value >> _SEED_BITS & (1 << _NUMBER_BITS) - 1
    levels = value >> _SEED_BITS + _NUMBER_BITS & (1 << _LEVEL_BITS) - 1
    topics = value >> _SEED_BITS + _NUMBER_BITS + _LEVEL_BITS
    if topics >> len(TOPICS) or not 1 <= number <= MAX_CASES:
        raise problem
    return Quiz(_chosen(topics, TOPICS), _chosen(levels, LEVELS), number, seed)


def cases_of_quiz(quiz: Quiz, library: CaseLibrary) -> tuple[TeachingCase, ...]:
    """Draw the cases of a quiz.

    Parameters
    ----------
    quiz : Quiz
        What to draw from.
    library : CaseLibrary
        All cases. Records of PhysioNet, which have to be fetched first, are left out: the same link gives all the same.

    Returns
    -------
    tuple of TeachingCase
        Fewer than the quiz asks for where there are not so many.
    """
    fitting = [
        case
        for case in library.cases.values()
        if (not quiz.topics or case.text.topic in quiz.topics)
        and (not quiz.levels or case.text.level in quiz.levels)
        and not (case.text.recording is not None and case.text.recording.physionet)
    ]
    return tuple(sorted(fitting, key=lambda case: shuffled(quiz.seed, case.name))[: quiz.number])


def shuffled(seed: int, *texts: str) -> str:
    """Return a key that brings texts into an order which depends on a seed alone.

    Parameters
    ----------
    seed : int
        Any number.
    *texts : str
        What is to be ordered.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    return hashlib.sha256("\n".join((str(seed), *texts)).encode()).hexdigest()


def _mask(chosen: tuple[str, ...], names: tuple[str, ...]) -> int:
    return sum(1 << place for place, name in enumerate(names) if name in chosen)


def _chosen(mask: int, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for place, name in enumerate(names) if mask >> place & 1)


def _hash(value: int) -> int:
    """Return 60 bits that follow from a number: what the code is checked by, and what hides its parts from the eye."""
    return int(hashlib.sha256(str(value).encode()).hexdigest(), 16) & (1 << 5 * _LENGTH) - 1
