"""The published division of all 48 records: every record on one side, strata shared, and only where all are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.formats import open_recording
from ecg_core.mitbih import DS1, DS2, PACED
from ecg_core.training import splits
from ecg_core.training.splits import published_split
from ecg_core.training.targets import BinaryTarget

pytestmark = pytest.mark.slow

EVERY = sorted({*DS1, *DS2, *PACED})


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The share of abnormal beats of each record: 24 with few, 12 with some, 12 with many."""
    shares = dict(zip(EVERY, [0.05] * 24 + [0.4] * 12 + [0.8] * 12, strict=True))

    class Scripted(BinaryTarget):
        def examples(self, recording: object) -> tuple[np.ndarray, np.ndarray]:
            values = np.arange(100) < 100 * shares[str(recording)]
            return np.arange(100), values.astype(np.int64)

    monkeypatch.setattr(splits, "BinaryTarget", Scripted)
    monkeypatch.setattr(splits, "open_recording", lambda header: header.stem)
    return shares


@pytest.fixture
def mitdb(tmp_path: Path) -> Path:
    for record in EVERY:
        (tmp_path / f"{record}.hea").touch()
        (tmp_path / f"{record}.atr").touch()
    return tmp_path


def test_every_record_is_on_one_side_36_to_12_and_each_stratum_is_shared(mitdb: Path, shares: dict[str, float]) -> None:
    split = published_split([mitdb])
    assert split is not None
    training, validation = ({header.stem for header in side} for side in (split.training, split.validation))
    assert (len(training), len(validation)) == (36, 12)
    assert training | validation == set(EVERY)
    assert not training & validation
    assert sorted(shares[record] for record in validation) == [0.05] * 6 + [0.4] * 3 + [0.8] * 3


def test_it_is_the_same_each_time_and_wherever_the_folder_stands(
    mitdb: Path, tmp_path_factory: pytest.TempPathFactory, shares: dict[str, float]
) -> None:
    assert published_split([tmp_path_factory.mktemp("other"), mitdb]) == published_split([mitdb])


@pytest.mark.parametrize("absent", ["102.atr", "234.hea"])
def test_without_all_records_there_is_none(mitdb: Path, shares: dict[str, float], absent: str) -> None:
    (mitdb / absent).unlink()
    if absent.endswith(".hea"):
        (mitdb / absent).with_suffix(".atr").unlink()
    assert published_split([mitdb]) is None


@pytest.mark.data
def test_of_the_real_records_both_sides_have_all_shares_of_abnormal_beats(ecg_data: Path) -> None:
    split = published_split([ecg_data / "mitdb"])
    assert split is not None
    assert (len(split.training), len(split.validation)) == (36, 12)
    assert not set(split.training) & set(split.validation)
    for side in (split.training, split.validation):
        found = [BinaryTarget().examples(open_recording(header))[1].mean() for header in side]
        assert set(np.digitize(found, [0.2, 0.6])) == {0, 1, 2}
