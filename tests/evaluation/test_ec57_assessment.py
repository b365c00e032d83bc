"""A whole assessment: switches, what stands beside the gross line, probabilities, and how it is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.beats import CLASSES, to_aami
from ecg_core.evaluation import (
    Protocol,
    RecordBeats,
    Settings,
    assess,
    evaluate_records,
    report_dict,
    report_text,
    score_record,
)
from ecg_core.mitbih import DS2

pytestmark = pytest.mark.slow


def record(name: str, truth: str, found: str | None, **options: Any) -> RecordBeats:
    """One beat a second at 360 Hz; ``.`` stands for no beat."""
    letters = np.array(list(truth))
    times = 360 * np.arange(1, len(letters) + 1, dtype=np.int64)
    labels = np.array(list(found or truth))
    return RecordBeats(
        record=name,
        fs_hz=360.0,
        n_samples=650000,
        reference_sample=times[letters != "."],
        reference_symbol=letters[letters != "."],
        test_sample=times[labels != "."],
        test_label=None if found is None else labels[labels != "."],
        **options,
    )


def figures_of(results: list[RecordBeats], settings: Settings | None = None) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(json.dumps(report_dict(assess(results, "detected", settings))))
    return whole


def test_gross_line_stands_beside_the_same_without_232_in_every_class_and_in_accuracy() -> None:
    results = [record("232", "AAAANNNN", "SSSSNNNN"), record("100", "AAVN", "NNVN"), record("103", "NVNN", "NVNN")]
    block = figures_of(results)["results"][0]
    assert block["gross"]["accuracy"] == 14 / 16
    assert block["accuracy_without_232"]["gross"] == block["without_232"]["gross"]["accuracy"] == 6 / 8
    assert block["accuracy_without_232"]["average"] == pytest.approx(3 / 4)
    assert block["S_without_232"]["gross"] == {
        key: value
        for key, value in block["without_232"]["gross"]["S"].items()
        if key in block["S_without_232"]["gross"]
    }
    assert block["without_232"]["gross"]["V"]["beats"] == 2
    low, high = block["accuracy_without_232"]["interval"]
    assert (low, high) == (0.5, 1.0)
    assert "Without 232: gross 75.00 %" in report_text(assess(results, "detected"))


def test_intervals_of_201_and_202_treat_them_as_one_patient() -> None:
    one = figures_of([record("201", "VVNN", "VVNN"), record("202", "VVNN", "NNNN")])["results"][0]
    two = figures_of([record("201", "VVNN", "VVNN"), record("203", "VVNN", "NNNN")])["results"][0]
    assert one["intervals"] is None
    assert two["intervals"]["V"]["se"] == [0.0, 1.0]


def test_runs_are_reported_pooled_averaged_and_by_record() -> None:
    results = [record("a", "NVVNVVN", "NVVNVNN"), record("b", "NVVNNAAAN", "NVVNNSSSN"), record("c", "NNN", "NNN")]
    block = figures_of(results)["results"][0]
    couplets = block["runs"]["V"]["couplet"]
    assert (couplets["reference"], couplets["found"], couplets["se"], couplets["ppv"]) == (3, 2, 2 / 3, 1.0)
    assert couplets["average"] == {"se": 0.75, "ppv": 1.0}
    assert couplets["records"] == 2
    assert block["runs"]["S"]["short"]["se"] == 1.0
    assert block["per_record"]["a"]["runs"]["V"]["couplet"] == {"se": [1, 2], "ppv": [1, 1]}
    text = report_text(assess(results, "detected"))
    assert next(line.split() for line in text.splitlines() if line.startswith("sum"))[1:3] == ["2/3", "2/2"]


def test_runs_follow_the_mapping() -> None:
    result = record("a", "NejN", "NSSN")
    lengths = {
        mapping: score_record(result, Protocol(mapping)).runs["S"].score("couplet") for mapping in ("de_chazal", "bxb")
    }
    assert lengths["bxb"] == ((1, 1), (1, 1))
    assert lengths["de_chazal"] == ((0, 0), (0, 1))


def test_switch_for_fusion_changes_the_headline_and_the_line_beside_it() -> None:
    results = [record("a", "AAFFN", "SSSSN")]
    held, spared = (figures_of(results, Settings(fusion_against_s=against)) for against in (True, False))
    assert held["results"][0]["gross"]["S"]["ppv"] == 0.5
    assert spared["results"][0]["gross"]["S"]["ppv"] == 1.0
    assert held["results"][0]["gross"]["S"]["ppv_fusion_spared"] == 1.0
    assert (held["fusion_against_s"], spared["fusion_against_s"]) == (True, False)
    texts = [report_text(assess(results, "detected", Settings(fusion_against_s=against))) for against in (True, False)]
    assert "S +P with F not counting against it, as in sumstats: gross 100.00 %, average 100.00 %" in texts[0]
    assert "S +P with F counting against it, as in bxb: gross 50.00 %, average 50.00 %" in texts[1]


def test_switch_for_flutter_leaves_its_beats_out_or_counts_them() -> None:
    span = ((int(4.5 * 360), int(12.5 * 360)),)
    result = record("a", "NNNN........NNN", "NNNNVVVVVVVVNNN", flutter_spans=span)
    standard, ignored = (score_record(result, Protocol(flutter=way, peaks="detected")) for way in ("ec57", "ignored"))
    assert standard.matrix["Ov"] == 0
    assert ignored.matrix["Ov"] == 8
    assert standard.runs["V"].score("long") == ((1, 1), (1, 1))
    assert ignored.runs["V"].score("long") == ((0, 0), (0, 1))
    at_reference = score_record(record("a", "NNNN........NNN", "NNNN........NNN", flutter_spans=span), Protocol())
    assert at_reference.runs["V"].score("long").sensitivity.total == 0
    assert "flutter left out: a (1 spans, 8.0 s)" in report_text(assess([result], "detected"))
    assert "flutter overlooked" in report_text(assess([result], "detected", Settings(flutter="ignored")))


def test_atrial_fibrillation_enters_the_runs_only_where_asked_for() -> None:
    span = ((300, 360 * 9),)
    result = record("a", "NNNNNNNNNN", "NNNNNNNNNN", fibrillation_spans=span, test_fibrillation_spans=span)
    assert score_record(result, Protocol()).runs["S"].score("long").sensitivity.total == 0
    assert score_record(result, Protocol(fibrillation_runs=True)).runs["S"].score("long") == ((1, 1), (1, 1))


def test_unreadable_signal_is_counted_apart_and_named() -> None:
    span = ((360 * 3 - 10, 360 * 4 + 10),)
    result = record("a", "NN..NN", "NNVN.N", unreadable_spans=span, test_unreadable_spans=((360 * 5 - 5, 360 * 5 + 5),))
    matrix = score_record(result, Protocol()).matrix
    assert (matrix["Xv"], matrix["Xn"], matrix["Nx"]) == (1, 1, 1)
    assert "unreadable, beats there in row X and column x: a" in report_text(assess([result], "detected"))


def test_errors_are_reported_pooled_averaged_and_by_record() -> None:
    late = record("a", "N" * 30, "N" * 30)
    shifted = late.test_sample + np.where(np.arange(30) == 15, 36, 0)
    results = [replace(late, test_sample=shifted), record("b", "N" * 30, "N" * 30)]
    block = figures_of(results)["results"][0]
    rr = block["errors"]["rr_s"]
    assert rr["n"] == 58
    assert rr["rms"] == pytest.approx(np.sqrt(2 * 0.1**2 / 58))
    assert rr["average"]["rms"] == pytest.approx(np.sqrt(2 * 0.1**2 / 29) / 2)
    assert block["per_record"]["b"]["errors"]["rr_s"]["rms"] == 0.0
    assert block["errors"]["heart_rate_bpm"]["mean_reference"] == pytest.approx(60.0)
    assert "RR error: gross rms 18.6 ms (1.86 %), mean 0.0 ms" in report_text(assess(results, "detected"))


def probable(result: RecordBeats, share: float) -> RecordBeats:
    """Give every label the same probability."""
    assert result.test_label is not None
    probabilities = np.full((len(result.test_label), 5), (1 - share) / 4)
    places = [CLASSES.index(letter) for letter in to_aami(result.test_label)]
    probabilities[np.arange(len(places)), places] = share
    return replace(result, probabilities=probabilities)


def test_probabilities_at_reference_peaks_give_calibration_and_coverage() -> None:
    results = [probable(record("a", "NNVVA", "NNVNS"), 0.9), probable(record("b", "NNNNN", "NNNNV"), 0.9)]
    assessment = assess(results, "reference")
    figures = json.loads(json.dumps(report_dict(assessment)))
    assert figures["calibration"]["label"]["equal"]["error"] == pytest.approx(0.1)
    assert figures["calibration"]["n"] == 10
    assert (figures["calibration"]["mapping"], figures["calibration"]["start_s"]) == ("de_chazal", 0.0)
    assert figures["risk_coverage"]["at"][-1]["accuracy"] == 0.8
    assert figures["risk_coverage"]["curve"]["risk"][-1] == pytest.approx(0.2)
    text = report_text(assessment)
    assert "Expected calibration error %" in text
    assert "Surest beats kept" in text


def test_calibration_needs_every_record_s_probabilities_at_reference_peaks() -> None:
    with_some = [probable(record("a", "NV", "NV"), 0.9), record("b", "NV", "NV")]
    assert assess(with_some, "reference").calibration is None
    assert assess(with_some[:1], "detected").calibration is None
    assert "Probabilities" not in report_text(assess(with_some, "reference"))


def test_calibration_leaves_out_what_the_first_protocol_leaves_out() -> None:
    result = probable(record("a", "N" * 400, "N" * 400, flutter_spans=((360 * 350, 360 * 359),)), 0.9)
    later = Settings.chosen("bxb", "left-out")
    assessment = assess([result], "reference", later)
    assert assessment.calibration is not None
    assert assessment.calibration["n"] == 101 - 10


def test_settings_choose_mapping_and_first_minutes() -> None:
    assert [(p.mapping, p.start_s) for p in Settings.chosen("bxb", "counted").protocols("detected")] == [("bxb", 0.0)]
    assert len(Settings().protocols("reference")) == 4
    assert len(Settings().protocols("detected", labelled=False)) == 2


@pytest.mark.data
def test_classifier_may_give_probabilities_and_paced_records_may_be_left_out(ecg_data: Path) -> None:
    def classify(_: object, samples: np.ndarray) -> np.ndarray:
        return np.tile([0.7, 0.1, 0.1, 0.05, 0.05], (len(samples), 1))

    results = evaluate_records(ecg_data / "mitdb", ["100", "102"], classify=classify, without_paced=True)
    assert [result.record for result in results] == ["100"]
    assert results[0].test_label is not None
    assert set(results[0].test_label) == {"N"}
    assert results[0].probabilities is not None
    assert results[0].probabilities.shape == (len(results[0].test_sample), 5)


@pytest.mark.data
def test_reference_of_ds2_against_itself_is_perfect_in_runs_and_errors(ecg_data: Path) -> None:
    results = evaluate_records(
        ecg_data / "mitdb",
        DS2,
        classify=lambda recording, _: to_aami(recording.annotations("atr").beats()[1]),  # type: ignore[union-attr]
    )
    block = report_dict(assess(results, "detected", Settings.chosen("de_chazal", "counted")))["results"][0]
    for run_type in ("V", "S"):
        for kind in ("couplet", "short", "long"):
            assert (block["runs"][run_type][kind]["se"], block["runs"][run_type][kind]["ppv"]) == (1.0, 1.0)
    assert (block["runs"]["V"]["couplet"]["reference"], block["runs"]["V"]["long"]["reference"]) == (133, 2)
    assert block["errors"]["rr_s"]["rms"] == block["errors"]["heart_rate_bpm"]["rms"] == 0.0
    assert block["errors"]["rr_s"]["n"] > 49_000
