"""EDF+C, written record by record: signals in 16 bits, annotations in time, absent samples as the digital minimum.

EDF has no value for a sample that is absent. It is written as the digital minimum, just below the lead's own range;
the signal's transducer field says so, and an annotation names each gap. A last data record that the signal does not
fill is filled with its last value; the header's reserved field tells how many samples there are. The product's own
reader takes both back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from ecg_core.formats.common.annotation_texts import text_of
from ecg_core.formats.common.cells import shown_plainly
from ecg_core.formats.common.excerpt import Excerpt
from ecg_core.formats.common.output_names import ecg_names, plain_text
from ecg_core.formats.common.scales import measure, told
from ecg_core.formats.edf.gaps import GapFinder
from ecg_core.formats.edf.header_writer import file_header, signal_field
from ecg_core.formats.edf.private import COMMENT_MARK, END_MARK
from ecg_core.formats.edf.records import Text, lay_out, texts_of_records

_MAX_LABEL: Final = 16
_WORTH_SAYING: Final = 1e-9
_NEVER: Final = -(1 << 20)
"""Stands for an absent sample until the signal's digital minimum does."""


def write(excerpt: Excerpt, folder: Path, stem: str, say: Callable[[str], None]) -> list[str]:
    """Write a file; see :data:`ecg_core.formats.common.excerpt.Writer`.

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
    names = ecg_names(excerpt.leads, _MAX_LABEL)
    gaps = GapFinder(excerpt.n_samples)
    ranges = measure(excerpt, gaps.look)
    fields = [
        signal_field(name, lead.calibrated, found)
        for name, lead, found in zip(names, excerpt.leads, ranges, strict=True)
    ]
    remarks = told(names, [field.scale for field in fields], ranges, "EDF")
    cut = [lead.name for lead, name in zip(excerpt.leads, names, strict=True) if plain_text(lead.name) not in name]
    if cut:
        remarks.append(f"EDF holds {_MAX_LABEL} characters of a lead's name: {', '.join(cut):.200} became shorter.")
    if any(found.n_absent for found in ranges):
        say("EDF has no value for absent samples; they are written as the digital minimum, and annotations tell where.")
    texts = [Text(gap.start, gap.stop - gap.start, gap.text(names)) for gap in gaps.found(names)]
    if excerpt.marks is not None:
        texts += [
            Text(sample, 0, shown_plainly(text_of(symbol, aux)))
            for sample, symbol, aux in zip(
                excerpt.marks.sample.tolist(), excerpt.marks.symbol.tolist(), excerpt.marks.aux, strict=True
            )
        ]
    layout = lay_out(excerpt.fs_hz, excerpt.n_samples, len(names), texts, _about(excerpt, remarks))
    if layout.rate_error > _WORTH_SAYING:
        remarks.append(
            f"EDF cannot say {excerpt.fs_hz:.12g} Hz exactly; the file says {layout.rate_hz:.12g} Hz, "
            f"{layout.rate_error * 86_400:.2g} s a day beside it."
        )
        layout = lay_out(excerpt.fs_hz, excerpt.n_samples, len(names), texts, _about(excerpt, remarks))
    for remark in remarks:
        say(remark)
    name = f"{stem}.edf"
    with (folder / name).open("wb") as stream:
        stream.write(file_header(excerpt.start_time, excerpt.n_samples, layout, fields))
        of_records = texts_of_records(layout, excerpt.start_time)
        for first, signal in excerpt.pieces(layout.samples):
            n_records = -(-len(signal) // layout.samples)
            lacking = n_records * layout.samples - len(signal)
            filled = np.pad(signal, ((0, lacking), (0, 0)), mode="edge") if lacking else signal
            stored = np.empty((n_records, len(fields), layout.samples), dtype="<i2")
            for column, field in enumerate(fields):
                values = field.scale.stored(filled[:, column], _NEVER)
                values[values == _NEVER] = field.digital[0]
                stored[:, column] = values.reshape(n_records, layout.samples)
            at = first // layout.samples
            texts_bytes = of_records(at, at + n_records)
            stream.write(np.hstack([stored.reshape(n_records, -1).view(np.uint8), texts_bytes]).tobytes())
    return [name]


def _about(excerpt: Excerpt, remarks: list[str]) -> list[Text]:
    """Return what holds for all of the file as texts at its beginning, and where it ends."""
    lines = [*excerpt.recording.comments, *remarks]
    return [
        *(Text(0, 0, f"{COMMENT_MARK} {shown_plainly(line)}") for line in lines),
        Text(excerpt.n_samples, 0, END_MARK),
    ]
