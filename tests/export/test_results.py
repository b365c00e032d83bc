"""The three files of an analysis, and that they say nothing that is not known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.analysis import Analysis, analyse, with_beats
from ecg_core.beats import BEAT_TABLE_COLUMNS, CLASSES, beat_table, set_probabilities
from ecg_core.detection import Detection
from ecg_core.export import write_results
from ecg_core.export.results import results_dict
from ecg_core.findings import Findings
from ecg_core.formats.wfdb.annotations import load_annotations
from ecg_core.pacing import PacingSpikes, no_spikes
from ecg_core.recording import Recording, from_array
from ecg_core.review.database import engine
from ecg_core.review.edits import Add, Delete, Relabel
from ecg_core.review.log import EditLog
from ecg_core.review.session import ReviewSession
from ecg_core.synthesis import generate, scenarios

pytestmark = pytest.mark.slow


def recording_of(n_samples: int, fs_hz: float = 360.0, name: str = "record") -> Recording:
    return from_array(np.zeros((n_samples, 1)), fs_hz, name=name)


def analysis_of(recording: Recording, samples: list[int], labels: str | None) -> Analysis:
    beats = beat_table(samples, recording.fs_hz)
    if labels is not None:
        certain = np.full((len(labels), len(CLASSES)), 0.02)
        certain[np.arange(len(labels)), [CLASSES.index(label) for label in labels]] = 0.92
        beats = set_probabilities(beats, certain)
    return with_beats(recording, beats, np.empty((0, 1), np.uint8), {"model": labels and "some"})


def written(folder: Path, name: str) -> tuple[list[int], list[str], list[str]]:
    annotation = wfdb.rdann(str(folder / name), "ecgc")
    return annotation.sample.tolist(), annotation.symbol, [text.rstrip("\0") for text in annotation.aux_note]


def test_beats_carry_their_letters_and_rhythms_a_plus(tmp_path: Path) -> None:
    recording = recording_of(40 * 360)
    labels = "NNNNNNVVVVVVNNNNNNNNNNNNSNFNQNNNNN"
    samples = [360 * (index + 1) for index in range(len(labels))]
    analysis = analysis_of(recording, samples, labels)
    paths = write_results(recording, analysis, tmp_path)
    assert [path.name for path in paths] == ["record.beats.csv", "record.json", "record.ecgc"]
    sample, symbol, aux = written(tmp_path, "record")
    beats = [(at, letter) for at, letter in zip(sample, symbol, strict=True) if letter != "+"]
    assert beats == list(zip(samples, labels, strict=True))
    changes = [text for letter, text in zip(symbol, aux, strict=True) if letter == "+"]
    assert len(changes) >= 2
    assert all(text.startswith("(") for text in changes)
    assert sample == sorted(sample)
    assert all(not text for letter, text in zip(symbol, aux, strict=True) if letter != "+")


def test_a_rhythm_begins_before_the_beat_it_begins_with(tmp_path: Path) -> None:
    recording = recording_of(40 * 360)
    analysis = analysis_of(recording, [360 * (index + 1) for index in range(34)], "N" * 34)
    write_results(recording, analysis, tmp_path)
    sample, symbol, _ = written(tmp_path, "record")
    for index in np.flatnonzero(np.asarray(symbol) == "+"):
        assert sample[index + 1] >= sample[index]
        assert symbol[index + 1] != "+"


def test_beats_without_a_class_are_marked_unclassifiable_and_left_empty_in_the_table(tmp_path: Path) -> None:
    recording = recording_of(20 * 360)
    write_results(recording, analysis_of(recording, [360, 720, 1080], None), tmp_path)
    _, symbol, _ = written(tmp_path, "record")
    assert symbol == ["Q"] * 3  # and no rhythm
    rows = (tmp_path / "record.beats.csv").read_text().splitlines()
    assert rows[0] == ",".join(BEAT_TABLE_COLUMNS)
    assert rows[1] == "360,1.000000" + "," * 9
    assert rows[2] == "720,2.000000" + "," * 7 + "1.000000,,"


def test_a_recording_without_beats_gives_three_files_that_can_be_read(tmp_path: Path) -> None:
    recording = recording_of(3600)
    write_results(recording, analysis_of(recording, [], None), tmp_path)
    assert len(pd.read_csv(tmp_path / "record.beats.csv")) == 0
    assert json.loads((tmp_path / "record.json").read_text())["summary"]["mean_rate_bpm"] is None
    assert len(load_annotations(tmp_path / "record.hea", 360.0, 360.0, "ecgc").sample) == 0


def test_times_late_in_a_day_keep_their_precision(tmp_path: Path) -> None:
    fs_hz = 360.0
    recording = recording_of(0, fs_hz)
    samples = [100, *range(86_390 * 360 + 1, 86_399 * 360, 311)]
    write_results(recording, analysis_of(recording, samples, "N" * len(samples)), tmp_path)
    table = pd.read_csv(tmp_path / "record.beats.csv")
    np.testing.assert_allclose(table["time_s"], np.array(samples) / fs_hz, atol=1e-6, rtol=0)
    np.testing.assert_allclose(table["rr_s"][2:], 311 / fs_hz, atol=1e-6)
    sample, symbol, _ = written(tmp_path, "record")
    assert [at for at, letter in zip(sample, symbol, strict=True) if letter != "+"] == samples


@settings(max_examples=25)
@given(
    steps=st.lists(st.integers(1, 5_000_000), min_size=1, max_size=40),
    labels=st.text(alphabet="NSVFQ", min_size=40, max_size=40),
    fs_hz=st.sampled_from([100.0, 128.0, 250.0, 257.33, 360.0, 1000.0]),
)
def test_whatever_the_intervals_the_annotations_come_back(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], labels: str, fs_hz: float
) -> None:
    folder = tmp_path_factory.mktemp("annotations")
    samples = np.cumsum(steps)
    recording = recording_of(0, fs_hz)
    write_results(recording, analysis_of(recording, samples.tolist(), labels[: len(samples)]), folder)
    back = load_annotations(folder / "record.hea", fs_hz, fs_hz, "ecgc")
    sample, symbol = back.beats()
    assert sample.tolist() == samples.tolist()
    assert "".join(symbol) == labels[: len(samples)]


@pytest.mark.parametrize("name", ["mitdb/100", "upload\\100", "/somewhere/100"])
def test_the_last_part_of_the_name_names_the_files_in_the_folder(tmp_path: Path, name: str) -> None:
    recording = recording_of(3600, name=name)
    write_results(recording, analysis_of(recording, [360, 720], "NV"), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["100.beats.csv", "100.ecgc", "100.json"]


def test_results_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    recording = recording_of(3600)
    write_results(recording, analysis_of(recording, [360, 720, 1080], "NVN"), tmp_path)
    write_results(recording, analysis_of(recording, [500], "S"), tmp_path)
    sample, symbol, _ = written(tmp_path, "record")
    assert [(at, letter) for at, letter in zip(sample, symbol, strict=True) if letter != "+"] == [(500, "S")]
    assert len(list(tmp_path.iterdir())) == 3


def test_families_are_listed_under_the_numbers_of_the_table(tmp_path: Path) -> None:
    synthetic = generate(scenarios()["demo_pvc"], duration_s=60, seed=2)
    recording = from_array(synthetic.signal, synthetic.fs_hz, name="record")
    write_results(recording, analyse(recording, cache=False), tmp_path)
    table = pd.read_csv(tmp_path / "record.beats.csv")
    listed = json.loads((tmp_path / "record.json").read_text())["families"]
    assert {one["template"]: one["n_beats"] for one in listed} == table["template"].value_counts().to_dict()
    assert {(one["label"], one["certainty"]) for one in listed} == {(None, None)}
    typical = table.set_index("sample")["template"]
    assert [typical[one["typical_sample"]] for one in listed] == [one["template"] for one in listed]


def test_beats_that_were_not_grouped_have_no_list_of_families() -> None:
    recording = recording_of(40 * 360)
    assert results_dict(analysis_of(recording, [360, 720], "NV"))["families"] is None


def corrected(recording: Recording, folder: Path) -> Analysis:
    """An analysis whose second beat was relabelled, the third deleted, and one added between."""
    log = EditLog(engine(folder / "review.sqlite3"), recording.sha256, "m")
    bench = ReviewSession(recording, analysis_of(recording, [360, 720, 1080, 1440], "NNNN"), log)
    edits = [Relabel((720,), "V"), Delete(((1080, 1080),)), Add(-5, 1000, "S")]
    bench.edit("Ann", [(f"u{number}", edit) for number, edit in enumerate(edits)])
    return bench.analysis


def test_corrected_beats_are_written_with_what_was_corrected(tmp_path: Path) -> None:
    recording = recording_of(40 * 360)
    write_results(recording, corrected(recording, tmp_path), tmp_path)
    table = pd.read_csv(tmp_path / "record.beats.csv")
    assert list(table.columns) == [*BEAT_TABLE_COLUMNS, "id", "edited"]
    assert table[["sample", "label", "id", "edited"]].to_numpy().tolist() == [
        [360, "N", 360, 0],
        [720, "V", 720, 1],
        [1000, "S", -5, 2],
        [1440, "N", 1440, 0],
    ]
    assert table.loc[2, ["p_n", "p_v"]].isna().all()
    sample, symbol, _ = written(tmp_path, "record")
    beats = [(at, letter) for at, letter in zip(sample, symbol, strict=True) if letter != "+"]
    assert beats == [(360, "N"), (720, "V"), (1000, "S"), (1440, "N")]
    described = json.loads((tmp_path / "record.json").read_text())
    assert described["provenance"]["edits"]["persons"] == ["Ann"]
    assert described["summary"]["n_by_class"] == {"N": 2, "S": 1, "V": 1, "F": 0, "Q": 0}


def test_beats_that_nobody_corrected_are_written_as_ever(tmp_path: Path) -> None:
    recording = recording_of(40 * 360)
    found = analysis_of(recording, [360, 720, 1080], "NVN")
    write_results(recording, found, tmp_path / "found")
    log = EditLog(engine(tmp_path / "review.sqlite3"), recording.sha256, "m")
    bench = ReviewSession(recording, found, log)
    bench.edit("Ann", [("a", Relabel((360,), "S"))])
    bench.undo("Ann")
    write_results(recording, bench.analysis, tmp_path / "undone")
    for name in ("record.beats.csv", "record.json", "record.ecgc"):
        assert (tmp_path / "found" / name).read_bytes() == (tmp_path / "undone" / name).read_bytes()


def test_json_holds_plain_values_and_null_for_what_is_absent() -> None:
    recording = recording_of(40 * 360)
    analysis = analysis_of(recording, [360 * (index + 1) for index in range(34)], None)
    given = {**analysis.provenance, "numbers": (np.float32("nan"), np.int64(3), np.inf, pd.NA, np.bool_(True))}
    described = results_dict(Analysis(analysis.beats, analysis.episodes, analysis.quality, analysis.summary, given))
    assert described["provenance"]["numbers"] == [None, 3, None, None, True]
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["summary"]["burden_v_percent"] is None
    assert described["summary"]["n_beats"] == 34
    assert len(described["episodes"]) == len(analysis.episodes)


def test_spikes_and_paced_beats_are_written(tmp_path: Path) -> None:
    recording = recording_of(1800, name="paced")
    beats = beat_table([400, 760, 1120], recording.fs_hz)
    beats["label"] = ["Q", "Q", "N"]
    spikes = PacingSpikes(np.array([370, 1060]), np.ones((2, 1), bool), np.array(["V", "A"]))
    nothing = np.empty((0, 1), np.uint8)
    found = Findings(Detection(beats["sample"].to_numpy(), nothing), spikes)
    analysis = with_beats(recording, beats, nothing, {"model": "some"}, None, found)
    write_results(recording, analysis, tmp_path)
    marks = load_annotations(tmp_path / "paced.hea", 360.0, 360.0, "ecgc")
    kept = [
        (int(sample), symbol, aux)
        for sample, symbol, aux in zip(marks.sample, marks.symbol, marks.aux, strict=True)
        if symbol != "+"
    ]
    assert kept == [(370, "^", "V"), (400, "/", ""), (760, "Q", ""), (1060, "^", "A"), (1120, "N", "")]
    told = json.loads((tmp_path / "paced.json").read_text())["pacing"]
    assert told["assessable"] is True
    assert told["n_spikes"] == 2
    assert told["n_ventricular_paced_beats"] == told["n_atrial_paced_beats"] == 1
    assert told["spikes"] == [{"sample": 370, "chamber": "V"}, {"sample": 1060, "chamber": "A"}]


def test_where_pacing_cannot_be_told_the_file_says_so() -> None:
    recording = recording_of(600, 128.0)
    beats = beat_table([100, 200], recording.fs_hz)
    blind = no_spikes(1, assessable=False)
    nothing = np.empty((0, 1), np.uint8)
    found = Findings(Detection(beats["sample"].to_numpy(), nothing), blind)
    analysis = with_beats(recording, beats, nothing, {"model": None}, None, found)
    told = results_dict(analysis)["pacing"]
    assert told["assessable"] is False
    assert told["n_spikes"] is None
    assert "250 Hz" in told["note"]
