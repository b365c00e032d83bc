"""Templates of reports: which sections, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ecg_core.errors import ReportError


@dataclass(frozen=True)
class Template:
    """A template.

    Attributes
    ----------
    name, title : str
        As chosen, and as printed at the head.
    sections : tuple of str
        Ids of sections in order; a section that has nothing to say of a recording is left out.
    identity : bool
        Whether the report may say whose recording it is.
    criteria : bool
        Whether statements are printed with all their criteria.
    """

    name: str
    title: str
    sections: tuple[str, ...]
    identity: bool = True
    criteria: bool = False


_LAST: Final = ("not_assessed", "provenance", "disclaimer")

TEMPLATES: Final[dict[str, Template]] = {
    one.name: one
    for one in (
        Template(
            "holter",
            "Holter ECG report",
            (
                *("recording", "clinical", "conclusion", "findings", "rate", "ectopy", "runs", "pauses", "af"),
                *("sleep", "diary", "intervals", "st", "hrv", "families", "statements", "device", "strips", "readers"),
                *_LAST,
            ),
        ),
        Template(
            "event",
            "Event ECG report",
            (
                *("recording", "clinical", "conclusion", "findings", "diary", "strips", "rate", "runs", "pauses", "af"),
                *("intervals", "device", "readers"),
                *_LAST,
            ),
        ),
        Template(
            "twelve-lead",
            "12-lead ECG report",
            (
                *("recording", "clinical", "conclusion", "statements", "intervals", "page", "matrix", "findings"),
                *("device", "strips", "readers"),
                *_LAST,
            ),
        ),
        Template(
            "teaching",
            "ECG teaching report",
            (
                *("recording", "findings", "page", "strips", "intervals", "statements", "families", "rate", "ectopy"),
                *("runs", "pauses", "af", "readers", "conclusion"),
                *_LAST,
            ),
            identity=False,
            criteria=True,
        ),
    )
}
"""By name. Every template ends with what was not assessed, provenance and disclaimer."""


def template(name: str) -> Template:
    """Return a template.

    Raises
    ------
    ReportError
        If there is none of the name.
    """
    if name not in TEMPLATES:
        raise ReportError(f"There is no report template {name!r:.40}; there are {', '.join(TEMPLATES)}.")
    return TEMPLATES[name]
