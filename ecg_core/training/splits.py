"""Which recordings are trained on, and divisions of patients that were published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.mitbih import DS1, DS2, PACED
from ecg_core.training.targets import BinaryTarget


def training_headers(data_dir: Path) -> list[Path]:
    """List the headers of a folder's recordings that may be trained on.

    The records of MIT-BIH's test set DS2 and its paced records never are; of the MIT-BIH folder this leaves DS1.

    Raises
    ------
    SourceError
        If none is left.
    """
    if not data_dir.is_dir():
        raise SourceError(f"{data_dir} is not a folder; give one that holds annotated WFDB recordings.")
    annotated = [header for header in sorted(data_dir.glob("*.hea")) if header.with_suffix(".atr").is_file()]
    is_mitdb = {header.stem for header in annotated} >= set(DS1)
    held_back = {*DS2, *PACED}
    allowed = [header for header in annotated if header.stem not in held_back or not (is_mitdb or _is_of_mitdb(header))]
    if not allowed:
        raise SourceError(f"{data_dir} holds no recording with an .atr annotation file beside it to train on.")
    return allowed


@dataclass(frozen=True)
class Split:
    """A division of recordings, by patient."""

    training: tuple[Path, ...]
    validation: tuple[Path, ...]


def published_split(data_dirs: Sequence[Path]) -> Split | None:
    """Divide all 48 records of MIT-BIH as a widely copied tutorial does, for comparison with its figures alone.

    75 / 25 % of the records, stratified on the share of abnormal beats in the bins 0, 0.2, 0.6, 1, seed 42. It puts
    records of DS2 into training: a model trained on it is never kept, only its validation accuracy.

    Returns
    -------
    Split or None
        None where a folder with all 48 records is not among `data_dirs`.
    """
    from sklearn.model_selection import train_test_split

    every = {*DS1, *DS2, *PACED}
    for data_dir in data_dirs:
        headers = [data_dir / f"{record}.hea" for record in sorted(every)]
        if not all(header.with_suffix(".atr").is_file() for header in headers):
            continue
        target = BinaryTarget()
        shares = [float(target.examples(open_recording(header))[1].mean()) for header in headers]
        bins = np.digitize(shares, [0.2, 0.6])
        training, validation = train_test_split(headers, test_size=0.25, stratify=bins, random_state=42)
        return Split(tuple(training), tuple(validation))
    return None


def _is_of_mitdb(header: Path) -> bool:
    """Tell by its rate and length whether a record of that name comes from MIT-BIH, whatever lies beside it."""
    return header.read_text(encoding="latin-1").split()[2:4] == ["360", "650000"]
