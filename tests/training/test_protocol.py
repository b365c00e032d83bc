"""What training may see: never DS2, never a paced record, never one patient on both sides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecg_core.errors import SourceError
from ecg_core.mitbih import DS1, DS2, PACED, patient_of
from ecg_core.training.calibration import fit_temperature
from ecg_core.training.folds import patient_folds, require_folds
from ecg_core.training.prepared_beats import PreparedBeats
from ecg_core.training.splits import training_headers

Prepared = Callable[..., PreparedBeats]


def put(folder: Path, names: tuple[str, ...], first_line: str = "{} 2 360 650000") -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.hea").write_text(first_line.format(name) + "\n")
        (folder / f"{name}.atr").touch()
    return folder


def stems(folder: Path) -> list[str]:
    return [header.stem for header in training_headers(folder)]


def test_of_mit_bih_exactly_ds1_is_left(tmp_path: Path) -> None:
    assert stems(put(tmp_path, (*DS2, *PACED, *DS1))) == sorted(DS1)


@pytest.mark.parametrize("there", [("100", "101"), (*DS2, "101"), ("102", "101"), (*DS1[1:], *DS2)])
def test_a_part_of_mit_bih_is_held_back_as_the_whole_is(tmp_path: Path, there: tuple[str, ...]) -> None:
    assert set(stems(put(tmp_path, there))) == set(there) - set(DS2) - set(PACED)


def test_beside_ds1_a_test_record_is_held_back_at_any_rate(tmp_path: Path) -> None:
    put(tmp_path, DS1)
    put(tmp_path, ("100", "217"), "{} 2 128 230000")
    assert stems(tmp_path) == sorted(DS1)


def test_other_databases_keep_records_that_share_a_number(tmp_path: Path) -> None:
    there = ("100", "200", "800")
    assert stems(put(tmp_path, there, "{} 2 128 11059200")) == list(there)


def test_only_test_records_is_nothing_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no recording"):
        training_headers(put(tmp_path, (*DS2, *PACED)))


def test_a_record_without_annotations_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, ("101", "106"))
    (tmp_path / "106.atr").unlink()
    assert stems(tmp_path) == ["101"]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a folder"):
        training_headers(tmp_path / "absent")


@pytest.mark.data
def test_of_the_real_folder_exactly_ds1_is_left(ecg_data: Path) -> None:
    assert stems(ecg_data / "mitdb") == sorted(DS1)


@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_every_patient_is_in_exactly_one_fold(prepared: Prepared, n_folds: int) -> None:
    rng = np.random.default_rng(n_folds)
    names = [*DS1, "202"]
    counts = [[100, *rng.integers(0, 40, 3).tolist(), 0] for _ in names]
    data = prepared(counts, names)
    groups = [patient_of(name) for name in names]
    folds = patient_folds(data.label, data.recording, groups, n_folds)
    assert len(folds) == n_folds
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(data)))
    of_fold = [{groups[recording] for recording in data.recording[fold]} for fold in folds]
    assert sum(len(patients) for patients in of_fold) == len(set(groups))
    assert set.union(*of_fold) == set(groups)
    assert all(of_fold)
    with_201 = [{names[recording] for recording in data.recording[fold]} & {"201", "202"} for fold in folds]
    assert sorted(map(len, with_201)) == [0] * (n_folds - 1) + [2]


def test_folds_share_the_rare_classes(prepared: Prepared) -> None:
    data = prepared([[200, 0, 60, 0, 0]] * 3 + [[200, 60, 0, 0, 0]] * 3 + [[200, 0, 0, 0, 0]] * 3)
    for fold in patient_folds(data.label, data.recording, list(data.names), 3):
        assert np.bincount(data.label[fold], minlength=5)[[1, 2]].tolist() == [60, 60]


def test_patients_without_a_common_class_fill_every_fold() -> None:
    label = np.repeat([0, 1], 5)
    assert all(len(fold) for fold in patient_folds(label, label, ["normal", "abnormal"], 2))


@given(n_folds=st.integers(-3, 40), n_patients=st.integers(1, 40), spare=st.integers(1, 3))
@example(n_folds=2, n_patients=3, spare=2)
@example(n_folds=2, n_patients=4, spare=2)
def test_folds_are_refused_exactly_where_one_would_be_empty_or_leave_too_few(
    n_folds: int, n_patients: int, spare: int
) -> None:
    """Patients are dealt to the folds like cards: the largest hand is held out."""
    hands = np.bincount(np.arange(n_patients) % n_folds, minlength=n_folds) if n_folds > 0 else np.zeros(1, int)
    possible = n_folds == 0 or (n_folds >= 2 and hands.min() > 0 and n_patients - hands.max() >= spare)
    if possible:
        require_folds(n_folds, n_patients, spare)
        return
    with pytest.raises(SourceError, match=f"^{n_patients} patients cannot be divided into {n_folds} folds; "):
        require_folds(n_folds, n_patients, spare)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_recovered(true: float) -> None:
    rng = np.random.default_rng(1)
    logits = 2 * rng.standard_normal((40_000, 5))
    exponents = np.exp(logits)
    drawn = (rng.random((len(logits), 1)) > (exponents / exponents.sum(axis=1, keepdims=True)).cumsum(axis=1)).sum(
        axis=1
    )
    assert fit_temperature((true * logits).astype(np.float32), drawn) == pytest.approx(true, rel=0.03)


def test_the_temperature_stays_within_its_bounds() -> None:
    logits = np.eye(5, dtype=np.float32)[np.arange(50) % 5] * 3
    assert fit_temperature(logits, np.arange(50) % 5) == pytest.approx(0.2, rel=0.01)
    assert fit_temperature(logits, (np.arange(50) + 1) % 5) == pytest.approx(5.0, rel=0.01)
