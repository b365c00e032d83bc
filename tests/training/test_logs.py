"""What TensorBoard reads: one line for each network, its figures by epoch."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg_core.training.logs import TrainingLog

pytestmark = pytest.mark.tensorflow


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read the scalars of one network's event files."""
    from ecg_core.classification.device import tensorflow

    tf = tensorflow()
    found: dict[str, list[tuple[int, float]]] = {}
    for file in sorted(folder.glob("events.*")):
        for raw in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(raw.numpy())
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, float(tf.make_ndarray(value.tensor))))
    return found


def test_figures_stand_by_network_and_epoch(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path / "logs")
    for epoch, loss in enumerate([0.5, 0.25], start=1):
        log.write("fold 1", epoch, {"loss": loss, "validation loss": 2 * loss})
    log.write("Final network", 1, {"loss": 0.125})
    log.close()
    assert {folder.name for folder in (tmp_path / "logs").iterdir()} == {"fold_1", "Final_network"}
    assert scalars(tmp_path / "logs" / "fold_1") == {
        "loss": [(1, 0.5), (2, 0.25)],
        "validation loss": [(1, 1.0), (2, 0.5)],
    }
    assert scalars(tmp_path / "logs" / "Final_network") == {"loss": [(1, 0.125)]}


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = TrainingLog(None)
    log.write("fold 1", 1, {"loss": 0.5})
    log.close()
    assert not list(tmp_path.iterdir())
