"""Labels that several models contradict together: found by hand on few beats, listed, and left out of scores."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.evaluation import Protocol, RecordBeats
from ecg_core.evaluation.suspicious_labels import (
    suspicious_dict,
    suspicious_labels,
    suspicious_text,
    without_labels,
    write_suspicious,
)

FS_HZ = 100.0


def record(reference: str, found: str, name: str = "a") -> RecordBeats:
    """Beats one a second, by the reference and by a model."""
    at = (FS_HZ * (np.arange(len(reference)) + 0.5)).astype(np.int64)
    return RecordBeats(
        record=name,
        fs_hz=FS_HZ,
        n_samples=int(FS_HZ * len(reference)),
        reference_sample=at,
        reference_symbol=np.array(list(reference)),
        test_sample=at,
        test_label=np.array(list(found)),
        probabilities=np.full((len(reference), 5), 0.2),
    )


def test_a_label_is_suspicious_where_all_models_agree_on_another_class() -> None:
    reference = "NNAVNF"
    models = [[record(reference, "NSNNFN")], [record(reference, "NSNSFN")]]
    (found,) = suspicious_labels(models)
    assert found.sample.tolist() == [150, 250]
    assert found.label.tolist() == ["N", "S"]
    assert found.proposed.tolist() == ["S", "N"]


def test_one_model_that_keeps_the_label_is_enough_to_keep_it() -> None:
    models = [[record("NNN", "SSS")], [record("NNN", "SSS")], [record("NNN", "NSN")]]
    (found,) = suspicious_labels(models)
    assert found.sample.tolist() == [150]


def test_fusion_and_unknown_beats_are_neither_judged_nor_proposed() -> None:
    models = [[record("FQN", "NNF")]] * 2
    (found,) = suspicious_labels(models)
    assert not len(found.sample)


def test_one_model_alone_judges_nothing() -> None:
    with pytest.raises(ValueError, match="2 models or more"):
        suspicious_labels([[record("N", "S")]])


def test_other_beats_than_those_of_the_reference_are_refused() -> None:
    shifted = record("NN", "SS")
    shifted = replace(shifted, test_sample=shifted.test_sample + 1)
    with pytest.raises(ValueError, match="must be classified"):
        suspicious_labels([[shifted], [shifted]])


def test_scores_stand_with_and_without_and_the_reference_is_never_changed() -> None:
    reference = "NNNNAAVV"
    judged = [record(reference, "NNNSNSVN")]
    suspicious = suspicious_labels([judged, judged])
    left = without_labels(judged, suspicious)
    assert left[0].reference_symbol.tolist() == list("NNNAV")
    assert judged[0].reference_symbol.tolist() == list(reference)
    figures = suspicious_dict(judged, suspicious, Protocol())
    assert figures["records"] == {"a": {"N S": 1, "S N": 1, "V N": 1}}
    assert figures["with"]["S"] == pytest.approx(0.5)
    assert figures["without"] == {"N": 1.0, "S": 1.0, "V": 1.0}
    assert "without them" in suspicious_text(figures)


def test_the_list_names_record_place_label_and_what_the_models_say(tmp_path: Path) -> None:
    judged = [[record("NA", "NN", "x")]] * 2
    write_suspicious(tmp_path / "list.csv", suspicious_labels(judged))
    rows = list(csv.DictReader((tmp_path / "list.csv").open(encoding="utf-8")))
    assert rows == [{"record": "x", "sample": "150", "time_s": "1.500", "label": "S", "models_say": "N"}]
