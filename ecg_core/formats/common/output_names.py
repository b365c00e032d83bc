"""File and lead names within each format's limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from ecg_core.formats.common.lead_names import names_ecg, names_other, usual_name
from ecg_core.recording import Lead

_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9_-]+")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_MAX_STEM: Final = 80


def plain_stem(name: str) -> str:
    """Return a file's name without suffix that every system and WFDB takes."""
    stem = _UNUSUAL.sub("-", name).strip("-")[:_MAX_STEM] or "recording"
    return f"ecg-{stem}" if _DEVICE.fullmatch(stem) else stem


def ecg_names(leads: Sequence[Lead], longest: int = 60) -> list[str]:
    """Return the leads' names such that each is taken for an ECG lead's, and differs from the others.

    Parameters
    ----------
    leads : sequence of Lead
        The leads.
    longest : int
        Characters; what is longer is cut.
    """
    return distinct((_as_ecg(plain_text(lead.name)) for lead in leads), longest)


def lead_texts(leads: Sequence[Lead], longest: int = 60) -> list[str]:
    """Return the leads' names as they are, but on one line of ASCII, each once, none that means something else.

    Parameters
    ----------
    leads : sequence of Lead
        The leads.
    longest : int
        Characters; what is longer is cut.
    """
    names = [plain_text(lead.name) for lead in leads]
    return distinct((f"ECG {name}" if names_other(name) else name for name in names), longest)


def plain_text(text: str) -> str:
    """Return a text on one line of printable ASCII."""
    known = text.replace("µ", "u").replace("μ", "u")
    shown = "".join(letter if " " <= letter <= "~" else "?" for letter in known)
    return " ".join(shown.split())


def _as_ecg(name: str) -> str:
    """Return a name that readers take for an ECG lead's; of one that says something else (Resp) nothing is kept."""
    if names_ecg(name) and not names_other(name):
        return name
    said = f"ECG {name}".strip()
    return said if names_ecg(said) else "ECG"


def distinct(names: Iterable[str], longest: int) -> list[str]:
    """Cut names, and number those that would be taken for another one.

    Parameters
    ----------
    names : iterable of str
        The names.
    longest : int
        Characters; what is longer is cut.
    """
    result: list[str] = []
    taken: set[str] = set()
    for name in names:
        cut, number = name[:longest].strip() or "lead", 1
        candidate = cut
        while usual_name(candidate) in taken:
            number += 1
            ending = f" ({number})"
            candidate = cut[: longest - len(ending)] + ending
        taken.add(usual_name(candidate))
        result.append(candidate)
    return result


def plain_number(value: float) -> str:
    """Return the shortest digits that give a number back, without an exponent where it can be."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return np.format_float_positional(value, trim="-") if 1e-6 < abs(value) < 1e16 else repr(float(value))
