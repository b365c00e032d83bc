"""Spans whose rhythm people have named, and what edits do to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ecg_core.review.edits import DeleteRhythm, SetRhythm, TrimRhythm
from ecg_core.rhythm import Span
from ecg_core.rhythm.precedence import ARTEFACT, kind_of

_GONE = "The span is not there any more, so it was not {}."
_BEYOND = "The recording ends before the span begins, so it was not {}."


@dataclass(frozen=True)
class NamedSpan:
    """A span whose rhythm a person has named.

    Attributes
    ----------
    start_sample, stop_sample : int
        ``start_sample <= sample < stop_sample`` at the recording's own rate.
    rhythm : str
        One of `ecg_core.rhythm.precedence.NAMEABLE`.
    entry : int
        Number of the entry that has named or trimmed it last.
    """

    start_sample: int
    stop_sample: int
    rhythm: str
    entry: int


NamedSpans = dict[int, NamedSpan]
"""Spans by id, the one that was named or trimmed last at the end: where two overlap, the later one holds."""


def set_rhythm(spans: NamedSpans, edit: SetRhythm, seq: int, n_samples: int) -> tuple[SetRhythm | None, str | None]:
    """Name a span.

    Parameters
    ----------
    spans : NamedSpans
        Spans named so far; changed in place.
    edit : SetRhythm
        The edit.
    seq : int
        Number of its entry.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    tuple of SetRhythm or None and str or None
        The edit as far as it was applied, and a message.
    """
    if edit.start_sample >= n_samples:
        return None, _BEYOND.format("named")
    applied = replace(edit, stop_sample=min(edit.stop_sample, n_samples))
    spans.pop(edit.span, None)
    spans[edit.span] = NamedSpan(applied.start_sample, applied.stop_sample, applied.rhythm, seq)
    return applied, None


def trim_rhythm(spans: NamedSpans, edit: TrimRhythm, seq: int, n_samples: int) -> tuple[TrimRhythm | None, str | None]:
    """Change the start and end of a span.

    Parameters
    ----------
    spans : NamedSpans
        Spans named so far; changed in place.
    edit : TrimRhythm
        The edit.
    seq : int
        Number of its entry.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    tuple of TrimRhythm or None and str or None
        The edit as far as it was applied, and a message.
    """
    if edit.span not in spans:
        return None, _GONE.format("trimmed")
    if edit.start_sample >= n_samples:
        return None, _BEYOND.format("trimmed")
    applied = replace(edit, stop_sample=min(edit.stop_sample, n_samples))
    spans[edit.span] = NamedSpan(applied.start_sample, applied.stop_sample, spans.pop(edit.span).rhythm, seq)
    return applied, None


def delete_rhythm(spans: NamedSpans, edit: DeleteRhythm) -> tuple[DeleteRhythm | None, str | None]:
    """Delete a span.

    Parameters
    ----------
    spans : NamedSpans
        Spans named so far; changed in place.
    edit : DeleteRhythm
        The edit.

    Returns
    -------
    tuple of DeleteRhythm or None and str or None
        The edit as far as it was applied, and a message.
    """
    if spans.pop(edit.span, None) is None:
        return None, _GONE.format("deleted")
    return edit, None


def as_spans(spans: Mapping[int, NamedSpan], person_of: Callable[[int], str]) -> list[Span]:
    """Return named spans as the rhythm analysis takes them, the one named last at the end.

    Parameters
    ----------
    spans : mapping of int to NamedSpan
        Spans named so far, by their ids.
    person_of : callable
        Name of the person who made an entry, by its number.
    """
    return [
        Span(span.start_sample, span.stop_sample, kind_of(span.rhythm), _reason(span, person_of), "person")
        for span in spans.values()
    ]


def _reason(span: NamedSpan, person_of: Callable[[int], str]) -> str:
    done = "marked as artefact" if span.rhythm == ARTEFACT else "named"
    return f"{done} by {person_of(span.entry)}"
