"""The minute of a record to look at first."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.evaluation import Protocol, RecordBeats, Settings, assess, report_dict
from ecg_core.evaluation.worst import error_samples, worst_minute

FS_HZ = 100.0
SECONDS = 300


def one_a_second(
    wrong_s: tuple[int, ...] = (), missed_s: tuple[int, ...] = (), extra_s: tuple[float, ...] = (), **other: object
) -> RecordBeats:
    """Return a record of N beats, one a second, with errors at the given seconds."""
    at_s = np.arange(SECONDS, dtype=float) + 0.25
    kept = np.array([second not in missed_s for second in range(SECONDS)])
    label = np.where(np.isin(np.arange(SECONDS), wrong_s), "V", "N")[kept]
    test_s = np.concatenate([at_s[kept], np.array(extra_s, dtype=float)])
    order = np.argsort(test_s)
    labels = np.concatenate([label, np.full(len(extra_s), "N")])[order]
    fields: dict[str, object] = {
        "record": "a",
        "fs_hz": FS_HZ,
        "n_samples": int(SECONDS * FS_HZ),
        "reference_sample": (FS_HZ * at_s).astype(np.int64),
        "reference_symbol": np.full(SECONDS, "N"),
        "test_sample": (FS_HZ * test_s[order]).astype(np.int64),
        "test_label": labels,
    }
    return RecordBeats(**{**fields, **other})  # type: ignore[arg-type]


def test_wrong_missed_and_extra_beats_all_count() -> None:
    beats = one_a_second(wrong_s=(10, 130), missed_s=(140,), extra_s=(150.75,))
    assert sorted(error_samples(beats, Protocol())) == [1025, 13025, 14025, 15075]
    assert worst_minute(beats, Protocol()) == (120.0, 3)


def test_the_first_of_equally_bad_minutes_is_taken() -> None:
    assert worst_minute(one_a_second(wrong_s=(70, 200)), Protocol()) == (60.0, 1)


def test_nothing_wrong_has_no_worst_minute() -> None:
    assert worst_minute(one_a_second(), Protocol()) is None


def test_what_the_protocol_does_not_count_is_no_error() -> None:
    beats = one_a_second(wrong_s=(10, 11, 12, 250), flutter_spans=((24000, 26000),))
    assert worst_minute(beats, Protocol(start_s=60.0)) is None
    beats = one_a_second(wrong_s=(10, 11, 12, 250))
    assert worst_minute(beats, Protocol(start_s=60.0)) == (240.0, 1)


def test_without_labels_positions_alone_are_judged() -> None:
    beats = one_a_second(wrong_s=(10, 11), missed_s=(70,))
    unlabelled = one_a_second(missed_s=(70,), test_label=None)
    assert worst_minute(beats, Protocol()) == (0.0, 2)
    assert worst_minute(unlabelled, Protocol()) == (60.0, 1)


def test_errors_are_those_of_the_beat_matrix() -> None:
    beats = one_a_second(wrong_s=(10, 130), missed_s=(140,), extra_s=(150.75,))
    report = report_dict(assess([beats], "reference", Settings()))
    matrix = report["results"][0]["matrix"]
    off_diagonal = sum(n for row, cells in matrix.items() for column, n in cells.items() if column != row.lower())
    assert off_diagonal == len(error_samples(beats, Protocol()))


@pytest.mark.parametrize(("wrong_s", "expected"), [((130, 131), (120.0, 2)), ((), (None, 0))])
def test_the_report_names_the_worst_minute_of_each_record(
    wrong_s: tuple[int, ...], expected: tuple[float | None, int]
) -> None:
    report = report_dict(assess([one_a_second(wrong_s=wrong_s)], "reference", Settings()))
    record = report["results"][0]["per_record"]["a"]
    assert (record["worst_minute_s"], record["worst_minute_errors"]) == expected
