"""The Model page: what the card says is shown, what it does not say is absent; records and models in tables."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dashboard_for_tests import ROOT, Dashboard
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.evaluation import RecordBeats, Settings, assess, report_dict
from pages.services.card_figures import Block, bins_of, blocks, curve_of, percent_range, rows_at
from pages.ui.card_records import find_record, worst_first
from pages.ui.card_tables import calibration_line, coverage_table, runs_table, scores_table
from pages.ui.card_zoo import read_zoo, zoo_frame

pytestmark = pytest.mark.slow

Open = Callable[[], Dashboard]

ANYTHING = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(),
    lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner),
)


def record(name: str, truth: str, found: str, seed: int = 1) -> RecordBeats:
    times = 360 * np.arange(1, len(truth) + 1, dtype=np.int64)
    sure = np.random.default_rng(seed).uniform(0.5, 0.99, len(truth))
    probabilities = np.repeat(((1 - sure) / 4)[:, None], 5, axis=1)
    probabilities[np.arange(len(truth)), ["NSVFQ".index(letter) for letter in found]] = sure
    return RecordBeats(
        record=name,
        fs_hz=360.0,
        n_samples=650000,
        reference_sample=times,
        reference_symbol=np.array([{"S": "A"}.get(letter, letter) for letter in truth]),
        test_sample=times,
        test_label=np.array(list(found)),
        probabilities=probabilities,
    )


def report() -> dict[str, Any]:
    """Return what stands in a card after ``evaluate --card``, as JSON gives it back."""
    results = [
        record("100", "NNNNVVNNNN", "NNNNVVNNNN"),
        record("232", "SSSSSSNN" * 10, "SSNNNNNN" * 9 + "SSSSSSNN"),
        record("233", "NNNVVVNNSN" * 12, "NNNVVNNNNN" * 6 + "NNNVVVNNSN" * 6),
    ]
    command = "python -m ecg_core evaluate --data DATA/mitdb --records <ds2> --peaks reference --card"
    return json.loads(json.dumps({**report_dict(assess(results, "reference", Settings())), "command": command}))


@pytest.fixture
def card(tiny_model: Path) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Write figures into the card of the model that the pages use, until the test ends."""
    from ecg_core.classification.model import _load

    file = tiny_model / "card.json"
    saved = file.read_text()

    def write(figures: dict[str, Any]) -> None:
        file.write_text(json.dumps({**json.loads(saved), "figures": figures}))
        _load.cache_clear()

    yield write
    write(json.loads(saved)["figures"])
    file.write_text(saved)


def first_block() -> Block:
    return blocks({"ds2_reference": report()})[0]


def test_scores_stand_with_their_intervals_and_without_the_record_that_decides() -> None:
    block = first_block()
    s, without = (score for score in block.scores if score.label == "S")
    assert (s.without, without.without) == ("", "232")
    assert without.figures["beats"] == 12
    shown = scores_table(block.scores)
    assert "without record 232" in shown
    assert percent_range(s.intervals["se"]) in shown
    assert "Spec %" in shown
    assert ">QRS<" not in shown


def test_beats_that_were_looked_for_get_a_line_of_their_own() -> None:
    found = {"gross": {"QRS": {"beats": 9, "se": 0.99, "ppv": 1.0}, "V": {"beats": 2, "se": 0.5}}}
    assert [score.label for score in blocks({"ds2_detected": found})[0].scores] == ["QRS", "V"]


def test_runs_of_the_report_are_told_by_kind() -> None:
    block = first_block()
    assert [(label, name) for label, name, _ in block.runs][:3] == [
        ("V", "couplets"),
        ("V", "runs of 3 to 5"),
        ("V", "runs of 6 or more"),
    ]
    assert block.runs[1][2]["reference"] == 12
    assert ">12<" in runs_table(block.runs)


def test_calibration_and_coverage_are_the_reports() -> None:
    block, whole = first_block(), report()
    assert list(bins_of(block.calibration)) == ["N", "S", "V"]
    assert f"label {100 * whole['calibration']['label']['equal']['error']:.1f}" in calibration_line(block.calibration)
    assert f"Brier score {whole['calibration']['brier']['all']:.3f}" in calibration_line(block.calibration)
    assert curve_of(block.coverage)[1] == whole["risk_coverage"]["curve"]["risk"]
    assert [row["coverage"] for row in rows_at(block.coverage)] == [0.8, 0.9, 0.95, 1.0]
    assert f">{whole['risk_coverage']['at'][0]['S']['left_out']}<" in coverage_table(rows_at(block.coverage))
    assert "de Chazal" in block.measured


@given(ANYTHING)
def test_whatever_a_card_holds_instead_is_left_out(found: object) -> None:
    whole = {"results": [{"gross": {"V": found}, "intervals": found, "runs": {"V": found}, "S_without_232": found}]}
    for figures in ({**whole, "calibration": found, "risk_coverage": found}, {**whole, "calibration": {"N": found}}):
        for block in blocks({"ds2_reference": figures}):
            scores_table(block.scores)
            runs_table(block.runs)
            calibration_line(block.calibration)
            bins_of(block.calibration)
            assert len(curve_of(block.coverage)[0]) == len(curve_of(block.coverage)[1])
            coverage_table(rows_at(block.coverage))


def test_the_worst_record_comes_first_and_one_without_figures_last() -> None:
    per_record = [("a", {"accuracy": 0.9}), ("b", {}), ("c", {"accuracy": 0.2}), ("d", {"accuracy": None})]
    assert [name for name, _ in worst_first(per_record)] == ["c", "a", "b", "d"]


def local_records(folder: Path) -> Path:
    """Lay a recording into a folder under MIT-BIH's name for it."""
    folder.mkdir(parents=True)
    header = (ROOT / "assets" / "demo" / "demo_sinus.hea").read_text()
    (folder / "232.hea").write_text(header.replace("demo_sinus 3", "232 3"))
    shutil.copy(ROOT / "assets" / "demo" / "demo_sinus.dat", folder / "demo_sinus.dat")
    return folder


def test_a_record_is_found_in_its_data_set_alone(tmp_path: Path) -> None:
    mitdb = local_records(tmp_path / "mitdb")
    assert find_record("232", "mitdb", str(tmp_path)) == "local/mitdb/232"
    assert find_record("232", "mitdb", str(mitdb)) == "local/232"
    other = local_records(tmp_path / "ward")
    assert find_record("232", "mitdb", str(other)) is None
    assert find_record("100", "mitdb", str(tmp_path)) is None
    assert find_record("232", "mitdb", "") is None
    assert find_record("../../mitdb/232", "mitdb", str(tmp_path / "ward")) is None


@pytest.mark.tensorflow
def test_a_click_opens_the_record_at_its_worst_minute(
    dashboard: Open, card: Callable[[dict[str, Any]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = report()
    figures["results"][0]["per_record"]["232"]["worst_minute_s"] = 120.0
    card({"ds2_reference": figures})
    opened = dashboard().open("model")
    opened.app.session_state["model_record"] = "232"
    opened.app.run()
    assert "mitdb/232 is not here" in opened.text

    local_records(tmp_path / "data" / "mitdb")
    monkeypatch.setenv("ECG_DATA", str(tmp_path / "data"))
    opened.app.session_state["model_record"] = "232"
    opened.app.run()
    view = opened.app.session_state["view"]
    assert (view.rec, view.start_s, view.reference) == ("local/mitdb/232", 120.0, True)


@pytest.mark.tensorflow
def test_the_model_page_shows_what_its_card_holds(dashboard: Open, card: Callable[[dict[str, Any]], None]) -> None:
    figures = report()
    card({"ds2_reference": figures})
    opened = dashboard().open("model")
    gross = figures["results"][0]["gross"]
    for said in (
        f"accuracy {100 * gross['accuracy']:.2f} %",
        f"{100 * gross['V']['f1']:.1f}",
        "evaluate --data DATA/mitdb --records &lt;ds2&gt;",
        "Brier score",
        "make zoo",
    ):
        assert said in opened.text
    assert len(opened.app.get("plotly_chart")) == 3

    mapping = opened.app.selectbox(key="model_figures")
    assert len({option.partition(" · ")[2] for option in mapping.options}) == 4


@pytest.mark.tensorflow
def test_a_card_without_the_newer_figures_is_shown_without_them(
    dashboard: Open, card: Callable[[dict[str, Any]], None]
) -> None:
    gross = {"accuracy": 0.9512, "V": {"beats": 3220, "se": 0.931, "ppv": 0.902, "f1": 0.9163}}
    card({"ds2_reference": {"results": [{"mapping": "de_chazal", "gross": gross, "per_record": {"200": {}}}]}})
    opened = dashboard().open("model")
    for said in ("95.12 %", "93.1", "90.2", "91.6", "3,220"):
        assert said in opened.text
    for absent in ("Reliability", "Coverage", "Spec %", "interval"):
        assert absent not in opened.text


ROWS = [
    {
        "name": "beat",
        "trained_for": "AAMI classes",
        "parameters": 54317,
        "seconds_to_train": 967,
        "figures": {"accuracy": 0.95, "V_f1": 0.917, "S_f1": None},
    },
    {
        "name": "autoencoder",
        "trained_for": "anomaly score",
        "parameters": 6581,
        "seconds_to_train": 27,
        "figures": {"auc": 0.6121, "examples_per_s": 69396},
        "published_split": {"published_accuracy": 0.82, "accuracy": 0.8171},
    },
]


def test_models_are_told_in_numbers_to_sort_by() -> None:
    frame = zoo_frame(ROWS)
    assert frame["V F1 %"].tolist()[0] == pytest.approx(91.7)
    assert math.isnan(frame["S F1 %"][0])
    assert frame["Other"].tolist() == ["", "AUC 0.612"]
    assert frame["Examples / s"][1] == 69396


@pytest.mark.parametrize("text", ["", "{}", "[1, null]", '[{"figures": {}}]', "\xff"])
def test_a_table_that_cannot_be_read_is_as_good_as_absent(tmp_path: Path, text: str) -> None:
    (tmp_path / "zoo.json").write_bytes(text.encode("latin-1"))
    assert read_zoo(tmp_path / "zoo.json") == []
    assert read_zoo(tmp_path / "none.json") == []


@pytest.mark.tensorflow
def test_the_models_stand_in_a_table(dashboard: Open, tiny_model: Path) -> None:
    (tiny_model.parent / "zoo.json").write_text(json.dumps(ROWS))
    try:
        opened = dashboard().open("model")
    finally:
        (tiny_model.parent / "zoo.json").unlink()
    assert opened.app.dataframe[0].value["Model"].tolist() == ["beat", "autoencoder"]
    assert "autoencoder: 81.7 % accuracy on its published split, 82.0 % in print." in opened.text
