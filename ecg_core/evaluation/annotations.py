"""Two WFDB annotation files of the same records as reference and test: anybody's detector can be scored.

Beats are WFDB beat symbols or AAMI letters, which are symbols of their classes too. Times are those of the files:
neither signal nor signal file is needed, only the header for rate and length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ecg_core.beats import to_aami
from ecg_core.errors import RecordingError, SourceError
from ecg_core.evaluation.matching import window_samples
from ecg_core.evaluation.protocol import select_records
from ecg_core.evaluation.runner import NoReferenceError, check_annotator
from ecg_core.evaluation.scores import RecordBeats
from ecg_core.evaluation.spans import fibrillation_spans, flutter_spans, unreadable_spans
from ecg_core.formats.wfdb.annotations import load_annotations
from ecg_core.formats.wfdb.header import Header, read_header
from ecg_core.recording import Annotations


def load_annotation_pair(
    data_dir: Path, record: str, reference: str = "atr", test: str = "ecgc", test_dir: Path | None = None
) -> RecordBeats:
    """Read reference and test annotations of one record.

    Parameters
    ----------
    data_dir : Path
        Folder of the record's header and of its reference annotations.
    record : str
        Name of the record.
    reference, test : str
        Annotators, i.e. extensions of the annotation files.
    test_dir : Path, optional
        Folder of the test annotations; `data_dir` by default.

    Returns
    -------
    RecordBeats
        Its test labels are the file's symbols.

    Raises
    ------
    NoReferenceError
        If the reference marks no beats.
    RecordingError
        If the header or one of the files is missing or damaged.
    """
    header = read_header(data_dir / f"{record}.hea", check_files=False)
    of_reference = _load(header, data_dir, record, reference)
    if not len(of_reference.beats()[0]) and not flutter_spans(of_reference, header.n_frames):
        raise NoReferenceError(
            f"{record}.{reference} marks no beats, so nothing can be scored against it; name another annotator.",
            f"No beats in .{reference}",
        )
    of_test = _load(header, test_dir or data_dir, record, test)
    last = max([header.n_frames, *of_reference.sample[-1:].tolist(), *of_test.sample[-1:].tolist()])
    window = window_samples(header.frame_rate_hz)
    reference_sample, reference_symbol = of_reference.beats()
    test_sample, test_symbol = of_test.beats()
    return RecordBeats(
        record=record,
        fs_hz=header.frame_rate_hz,
        n_samples=last,
        reference_sample=reference_sample,
        reference_symbol=reference_symbol,
        test_sample=test_sample,
        test_label=test_symbol,
        flutter_spans=flutter_spans(of_reference, last),
        test_flutter_spans=flutter_spans(of_test, last),
        fibrillation_spans=fibrillation_spans(of_reference, last),
        test_fibrillation_spans=fibrillation_spans(of_test, last),
        unreadable_spans=unreadable_spans(of_reference, last, window),
        test_unreadable_spans=unreadable_spans(of_test, last, window),
    )


def load_annotation_pairs(
    data_dir: Path,
    choice: str = "all",
    reference: str = "atr",
    test: str = "ecgc",
    test_dir: Path | None = None,
    *,
    without_paced: bool = False,
) -> tuple[list[RecordBeats], list[str]]:
    """Read the annotations of several records.

    Parameters
    ----------
    data_dir, reference, test, test_dir
        As in :func:`load_annotation_pair`.
    choice : str
        ``ds1``, ``ds2``, names separated by commas, or ``all``: those that have both files.
    without_paced : bool
        Whether records with paced beats are left out, as EC57 does.

    Returns
    -------
    results : list of RecordBeats
    notes : list of str
        What was left out and why, for the report's head.

    Raises
    ------
    RecordingError, SourceError
        If a folder is not there, nothing is left to score, or a record cannot be read.
    """
    folder = test_dir or data_dir
    for asked in (data_dir, folder):
        if not asked.is_dir():
            raise SourceError(f"{asked} is no folder; name one with WFDB annotation files.")
    with_reference = _records_with(data_dir, reference)
    if not with_reference:
        raise SourceError(f"There are no annotation files *.{reference} in {data_dir}; name the folder or annotator.")
    names = select_records(choice, with_reference)
    notes = [f"Reference {reference}, test {test}"]
    if choice.lower() == "all":
        there = _records_with(folder, test)
        absent = [name for name in names if name not in there]
        names = [name for name in names if name in there]
        if not names:
            raise SourceError(f"There are no annotation files *.{test} in {folder} for the records of {data_dir}.")
        if absent:
            notes.append(f"No test annotations, left out: {' '.join(absent)}")
    results, without_beats = [], []
    for name in names:
        try:
            results.append(load_annotation_pair(data_dir, name, reference, test, test_dir))
        except NoReferenceError as error:
            if choice.lower() != "all" or len(names) == 1:
                raise
            without_beats.append(name)
            problem = error
    if without_beats and not results:
        raise SourceError(f"No record in {data_dir} can be scored: {problem}")
    if without_beats:
        notes.append(f"{problem.why}, left out: {' '.join(without_beats)}")
    paced = [result.record for result in results if result.paced]
    if without_paced and paced:
        results = [result for result in results if not result.paced]
        notes.append(f"Paced records left out: {' '.join(paced)}")
        if not results:
            raise SourceError("Every record has paced beats; score them without leaving paced records out.")
    if not has_classes(results):
        results = [replace(result, test_label=None) for result in results]
        notes.append("The test annotations tell no classes apart: positions alone are scored.")
    return results, notes


def has_classes(results: Sequence[RecordBeats]) -> bool:
    """Tell whether test annotations carry classes: not if one class is all there is, but the reference has more."""
    labels = [to_aami(result.test_label) for result in results if result.test_label is not None]
    found = np.unique(np.concatenate(labels)) if labels else np.empty(0)
    truth = np.unique(np.concatenate([to_aami(result.reference_symbol) for result in results]))
    return len(found) > 1 or (len(found) == 1 and found.tolist() == truth.tolist())


def _records_with(folder: Path, annotator: str) -> list[str]:
    check_annotator(annotator)
    return sorted(path.stem for path in folder.glob(f"*.{annotator}"))


def _load(header: Header, folder: Path, record: str, annotator: str) -> Annotations:
    check_annotator(annotator)
    beside = folder / f"{record}.hea"
    if not beside.with_suffix(f".{annotator}").is_file():
        raise RecordingError(f"{record}.{annotator}: there is no such annotation file in {folder}.")
    return load_annotations(beside, header.frame_rate_hz, header.frame_rate_hz, annotator)
