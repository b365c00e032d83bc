"""WFDB records: one signal file of format 16, or 32 where a lead needs it, with header and annotations.

Formats, header and checksums are those of the WFDB manual pages signal(5) and header(5). The lowest value of a format
marks a sample that is absent. The header comes last: without it the other files are no record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Final

import numpy as np

from ecg_core.formats.common.cells import shown_plainly
from ecg_core.formats.common.excerpt import Excerpt
from ecg_core.formats.common.output_names import ecg_names, lead_texts, plain_number
from ecg_core.formats.common.scales import Scale, measure, scale_of, told
from ecg_core.formats.wfdb.annotation_writer import annotation_bytes
from ecg_core.formats.wfdb.annotations import ANNOTATORS

_TYPES: Final = {16: "<i2", 32: "<i4"}
_MAX_COMMENT: Final = 2000


def write(excerpt: Excerpt, folder: Path, stem: str, say: Callable[[str], None]) -> list[str]:
    """Write a record; see :data:`ecg_core.formats.common.excerpt.Writer`.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    folder : Path
        Exists, and is empty.
    stem : str
        Of the files' names.
    say : callable
        Called with a sentence on each thing that the format cannot hold as it is.

    Returns
    -------
    list of str
        Names of the files; the one that opens the others comes last.
    """
    ranges = measure(excerpt)
    scales = [scale_of(found, bits=32) for found in ranges]
    bits = max(scale.bits for scale in scales)
    names = _lead_names(excerpt)
    for sentence in told(names, scales, ranges, "WFDB"):
        say(sentence)
    absent = -(1 << (bits - 1))
    first = np.zeros(len(scales), dtype=np.int64)
    checksum = np.zeros(len(scales), dtype=np.int64)
    with (folder / f"{stem}.dat").open("wb") as stream:
        for at, signal in excerpt.pieces():
            stored = np.empty(signal.shape, dtype=_TYPES[bits])
            for column, scale in enumerate(scales):
                values = scale.stored(signal[:, column], absent)
                checksum[column] += values.sum()
                stored[:, column] = values
            if at == 0:
                first = stored[0].astype(np.int64)
            stream.write(stored.tobytes())
    written = [f"{stem}.dat"]
    if excerpt.marks is not None:
        annotator = excerpt.marks.name if excerpt.marks.name in ANNOTATORS else "atr"
        (folder / f"{stem}.{annotator}").write_bytes(annotation_bytes(excerpt.marks))
        written.append(f"{stem}.{annotator}")
    text = _header(excerpt, stem, names, scales, bits, first.tolist(), checksum.tolist())
    (folder / f"{stem}.hea").write_text(text, encoding="ascii", errors="replace", newline="\n")
    return [*written, f"{stem}.hea"]


def _lead_names(excerpt: Excerpt) -> list[str]:
    """Return the leads' names; without a unit of voltage only a usual name tells that a lead is an ECG."""
    plain, usual = lead_texts(excerpt.leads), ecg_names(excerpt.leads)
    return [name if lead.calibrated else known for lead, name, known in zip(excerpt.leads, plain, usual, strict=True)]


def _header(
    excerpt: Excerpt,
    stem: str,
    names: Sequence[str],
    scales: Sequence[Scale],
    bits: int,
    first: Sequence[int],
    checksum: Sequence[int],
) -> str:
    begins = excerpt.start_time
    clock = f" {begins:%H:%M:%S.%f}" if isinstance(begins, datetime | time) else ""
    if isinstance(begins, datetime):
        clock += f" {begins.day:02d}/{begins.month:02d}/{begins.year:04d}"
    lines = [f"{stem} {len(names)} {plain_number(excerpt.fs_hz)} {excerpt.n_samples}{clock}"]
    for lead, name, scale, begin, total in zip(excerpt.leads, names, scales, first, checksum, strict=True):
        signed = (total + 0x8000) % 0x10000 - 0x8000
        unit = "mV" if lead.calibrated else "NU"  # no unit: header(5)
        gain = f"{plain_number(scale.gain)}({-scale.centre})/{unit}"
        lines.append(f"{stem}.dat {bits} {gain} {bits} 0 {begin} {signed} 0 {name}")
    lines += [f"# {shown_plainly(comment)[:_MAX_COMMENT]}" for comment in excerpt.recording.comments]
    return "\n".join(lines) + "\n"
