"""Minute of a record with the most errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.beats import to_aami
from ecg_core.evaluation.matching import inside, match_beats, samples_of, window_samples
from ecg_core.evaluation.protocol import Protocol
from ecg_core.evaluation.scores import RecordBeats

_MINUTE_S = 60.0


class WorstMinute(NamedTuple):
    """A minute of a record and how many errors are in it.

    Attributes
    ----------
    start_s : float
        Where it starts: a whole number of minutes from the record's start.
    n_errors : int
        Beats with a wrong label, missed, or found where there is none.
    """

    start_s: float
    n_errors: int


def worst_minute(beats: RecordBeats, protocol: Protocol) -> WorstMinute | None:
    """Find the minute with the most errors; the first of several, None where nothing is wrong.

    Parameters
    ----------
    beats : RecordBeats
        Beats of the record.
    protocol : Protocol
        Says which beats count: those of a learning period and of excluded flutter do not.

    Returns
    -------
    WorstMinute or None
    """
    at = error_samples(beats, protocol)
    if not len(at):
        return None
    per_minute = np.bincount((at / (_MINUTE_S * beats.fs_hz)).astype(np.int64))
    minute = int(per_minute.argmax())
    return WorstMinute(_MINUTE_S * minute, int(per_minute[minute]))


def error_samples(beats: RecordBeats, protocol: Protocol) -> npt.NDArray[np.int64]:
    """Return where beats were missed, found where there is none, or given a wrong label.

    Parameters
    ----------
    beats : RecordBeats
        Without labels, positions alone are judged.
    protocol : Protocol
        The protocol.

    Returns
    -------
    ndarray of int64
        Samples, not in order: the reference's, or the test beat's where the reference has none.
    """
    flutter = beats.flutter_spans if protocol.flutter == "ec57" else ()
    counted = ~inside(beats.reference_sample, flutter)
    reference = beats.reference_sample[counted]
    match = match_beats(reference, beats.test_sample, window_samples(beats.fs_hz, protocol.window_s))
    extra = beats.test_sample[match.extra]
    wrong = [reference[match.missed], extra[~inside(extra, flutter)]]
    if beats.test_label is not None:
        truth = to_aami(beats.reference_symbol[counted], protocol.mapping)[match.reference]
        found = to_aami(beats.test_label, protocol.mapping)[match.test]
        wrong.append(reference[match.reference][truth != found])
    at = np.concatenate(wrong)
    return at[at >= samples_of(protocol.start_s, beats.fs_hz)]
