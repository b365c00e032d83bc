"""Summaries, reports and the runner."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats import to_aami
from ecg_core.errors import RecordingError, SourceError
from ecg_core.evaluation import (
    Protocol,
    RecordBeats,
    assess,
    evaluate_records,
    report_dict,
    report_text,
    score_record,
    select_records,
    summarise,
)
from ecg_core.mitbih import DS1, DS2, PACED, patient_of


def record(name: str, truth: str, found: str | None) -> RecordBeats:
    times = 360 * np.arange(1, len(truth) + 1, dtype=np.int64)
    return RecordBeats(
        record=name,
        fs_hz=360.0,
        n_samples=650000,
        reference_sample=times,
        reference_symbol=np.array(list(truth)),
        test_sample=times,
        test_label=None if found is None else np.array(list(found)),
    )


def summary_rows(text: str) -> list[str]:
    """Return the rows of the first table of statistics."""
    lines = text.splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("QRS"))
    return lines[first : lines.index("", first)]


def test_gross_pools_beats_and_average_weighs_records_alike() -> None:
    summary = summarise(
        [
            score_record(record("a", "V" * 9 + "N", "V" * 9 + "N"), Protocol()),
            score_record(record("b", "VN", "NN"), Protocol()),
            score_record(record("c", "NN", "NN"), Protocol()),
        ]
    )
    assert summary.gross.score("V").sensitivity.value == pytest.approx(0.9)
    assert summary.average("V", "se").value == pytest.approx(0.5)
    assert summary.average("V", "se").n_records == 2
    assert summary.average_accuracy.value == pytest.approx((1 + 0.5 + 1) / 3)


def test_s_is_reported_with_and_without_record_232() -> None:
    results = [record("232", "A" * 8, "S" * 8), record("100", "AA", "NN")]
    text = report_text(assess(results, "reference"))
    rows = {line[:13].strip(): line.split() for line in summary_rows(text)}
    assert rows["S"][1:3] == ["10", "80.00"]
    assert rows["S without 232"][3:5] == ["2", "0.00"]
    block = report_dict(assess(results, "reference"))["results"][0]
    assert block["S_without_232"]["gross"]["se"] == 0.0
    assert block["gross"]["S"]["se"] == 0.8


def test_report_states_protocol_and_both_mappings_and_periods() -> None:
    text = report_text(assess([record("100", "NejV", "NSSV")], "detected"))
    for part in ("Peaks    detected", "150 ms, one to one", "de_chazal (A a J S n count as S; e and j as N)"):
        assert part in text
    assert text.count("S mapping bxb") == 2
    assert "first 5 minutes left out" in text
    assert "whole records counted" in text
    results = report_dict(assess([record("100", "NejV", "NSSV")], "detected"))["results"]
    assert {(r["mapping"], r["start_s"]) for r in results} == {
        (mapping, start) for mapping in ("de_chazal", "bxb") for start in (0.0, 300.0)
    }
    by_mapping = {r["mapping"]: r["gross"]["accuracy"] for r in results if r["start_s"] == 0.0}
    assert by_mapping == {"de_chazal": 0.5, "bxb": 1.0}


def test_undefined_figures_are_dashes_in_text_and_null_in_json() -> None:
    results = [record("100", "NN", "NN")]
    row = next(line for line in summary_rows(report_text(assess(results, "reference"))) if line.startswith("V "))
    assert row.split()[1:5] == ["0", "-", "-", "-"]
    assert json.loads(json.dumps(report_dict(assess(results, "reference"))))["results"][0]["gross"]["V"]["se"] is None


def test_columns_of_the_tables_are_aligned() -> None:
    text = report_text(assess([record("100", "NVA" * 50, "NVS" * 50), record("x", "N", "V")], "reference"))
    assert len(summary_rows(text)) == 6
    assert len({len(line) for line in summary_rows(text)}) == 1


def test_report_says_what_is_special_about_the_records() -> None:
    assert "same man as record 201" in report_text(assess([record(name, "NV", "NV") for name in DS2], "reference"))
    text = report_text(assess([record("100", "NV", "NV"), record("102", "/V", "QV")], "reference"))
    assert "Paced records are among them: 102" in text
    assert "same man" not in text


def test_detector_alone_reports_qrs_only() -> None:
    text = report_text(assess([record("100", "NV", None)], "detected"))
    assert "QRS" in text
    assert "accuracy" not in text
    assert "S mapping bxb" not in text


def test_split_is_de_chazal_s() -> None:
    assert (len(DS1), len(DS2), len(PACED)) == (22, 22, 4)
    assert len({*DS1, *DS2, *PACED}) == 48
    assert patient_of("202") == patient_of("201") != patient_of("203")


def test_records_are_chosen_by_set_or_name() -> None:
    there = [*DS1, *DS2, *PACED]
    assert select_records("ds2", there) == list(DS2)
    assert select_records("all", there) == sorted(there)
    assert select_records("100, 208", there) == ["100", "208"]
    with pytest.raises(SourceError, match="Not in the data folder: 999"):
        select_records("100,999", there)
    with pytest.raises(SourceError, match="No record was named"):
        select_records(" , ", there)


@pytest.mark.data
def test_reference_against_itself_is_perfect_and_flutter_of_207_is_left_out(ecg_data: Path) -> None:
    results = evaluate_records(
        ecg_data / "mitdb",
        ["207", "232"],
        peaks="detected",
        detect=lambda recording: recording.annotations("atr").beats()[0],  # type: ignore[union-attr]
        classify=lambda recording, _: to_aami(recording.annotations("atr").beats()[1]),  # type: ignore[union-attr]
    )
    summary = summarise([score_record(result, Protocol()) for result in results])
    assert summary.gross.accuracy.value == 1.0
    assert summary.gross.score("QRS").predictivity.value == 1.0
    assert summary.without("207").gross.n_reference_of("S") == 1382
    flutter = results[0]
    assert len(flutter.flutter_spans) == 6
    assert flutter.flutter_s == pytest.approx(149.2, abs=10)
    assert "207 (6 spans" in report_text(assess(results, "detected"))


@pytest.mark.data
def test_ds2_reference_beats_are_the_published_numbers(ecg_data: Path) -> None:
    """de Chazal 2004, table II less its Q: 44,259 N, 1,837 S, 3,221 V, 388 F in DS2."""
    results = evaluate_records(ecg_data / "mitdb", DS2)
    gross = summarise([score_record(result, Protocol()) for result in results]).gross
    counts = [gross.n_reference_of(letter) for letter in "NSVFQ"]
    assert counts[1:] == [1837, 3221, 388, 7]
    assert abs(counts[0] - 44259) < 30


@pytest.mark.data
def test_record_without_reference_is_refused(ecg_data: Path) -> None:
    with pytest.raises(RecordingError, match="no reference annotations"):
        evaluate_records(ecg_data / "mitdb", ["100"], annotator="qrs")
