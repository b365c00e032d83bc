"""Spans that annotations mark: flutter, atrial fibrillation, unreadable signal, each as WFDB's programs read them."""

from __future__ import annotations

from ecg_core.beats import BEAT_SYMBOLS
from ecg_core.recording import Annotations

SpanTuple = tuple[tuple[int, int], ...]
"""``(first, last)`` sample of each span."""


def flutter_spans(annotations: Annotations, n_samples: int) -> SpanTuple:
    """Return the spans from ``[`` to ``]``: ventricular flutter or fibrillation, in which no beats are marked.

    A span that the annotations leave open reaches to the end of the recording, as in bxb.

    Parameters
    ----------
    annotations : Annotations
        Annotations of the record.
    n_samples : int
        Length of the record in samples.

    Returns
    -------
    tuple of tuple of int
        First and last sample of each span.
    """
    spans = []
    begun: int | None = None
    for sample, symbol in zip(annotations.sample, annotations.symbol, strict=True):
        if symbol == "[" and begun is None:
            begun = int(sample)
        elif symbol == "]" and begun is not None:
            spans.append((begun, int(sample)))
            begun = None
    if begun is not None:
        spans.append((begun, n_samples))
    return tuple(spans)


def fibrillation_spans(annotations: Annotations, n_samples: int) -> SpanTuple:
    """Return the spans of atrial fibrillation and flutter: rhythms whose names begin with AF, as in rxr.

    A rhythm lasts until the next, the last one to `n_samples`.

    Parameters
    ----------
    annotations : Annotations
        Annotations of the record.
    n_samples : int
        Length of the record in samples.

    Returns
    -------
    tuple of tuple of int
        First and last sample of each span.
    """
    rhythms = annotations.rhythms()
    ends = [*(sample for sample, _ in rhythms), n_samples][1:]
    spans: list[tuple[int, int]] = []
    for (sample, name), end in zip(rhythms, ends, strict=True):
        if not name.startswith("AF"):
            continue
        if spans and spans[-1][1] == sample:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((sample, end))
    return tuple(spans)


def unreadable_spans(annotations: Annotations, n_samples: int, window: int) -> SpanTuple:
    """Return the spans that are marked unreadable in both signals: shutdown, as bxb takes it.

    It begins at a ``~`` whose subtype has bits 4 and 5 and ends at the next annotation, if that is a ``~`` without
    them. Where another annotation follows, as in the AHA database, the mark stands for the time between the beat or
    flutter before it and that annotation, less `window` samples at both ends.

    Parameters
    ----------
    annotations : Annotations
        Annotations of the record.
    n_samples : int
        Length of the record in samples.
    window : int
        Match window in samples.

    Returns
    -------
    tuple of tuple of int
        First and last sample of each span.
    """
    sample, symbol, subtype = annotations.sample.tolist(), annotations.symbol, annotations.subtype
    if len(subtype) != len(sample):
        return ()
    spans: list[tuple[int, int]] = []
    before = 0
    for at in range(len(sample)):
        if symbol[at] in BEAT_SYMBOLS or symbol[at] == "]":
            before = sample[at]
        if symbol[at] != "~" or not _both_unreadable(subtype[at]):
            continue
        if at + 1 == len(sample):
            spans.append((sample[at], n_samples))
        elif symbol[at + 1] == "~" and not _both_unreadable(subtype[at + 1]):
            spans.append((sample[at], sample[at + 1]))
        else:
            end = sample[at + 1] - window
            spans.append((min(before + window, end), end))
    return tuple(spans)


def _both_unreadable(subtype: int) -> bool:
    return subtype & 0x30 == 0x30
