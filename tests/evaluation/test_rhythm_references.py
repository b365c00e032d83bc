"""Reference rhythms of every spelling, as spans of one vocabulary."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb

from ecg_core.classification.loading import load_beat_classifier
from ecg_core.errors import RecordingError, SourceError
from ecg_core.evaluation.rhythm_counts import DANGER
from ecg_core.evaluation.rhythm_databases import RhythmReference, kind_of
from ecg_core.evaluation.rhythm_references import load_rhythm_reference, rhythm_records, rhythm_spans
from ecg_core.evaluation.rhythm_run import evaluate_rhythm
from ecg_core.evaluation.rhythm_text import rhythm_text
from ecg_core.recording import Annotations
from ecg_core.synthesis import write_scenario

pytestmark = pytest.mark.slow

HZ = 250


def changes(*marks: tuple[int, str]) -> Annotations:
    """Annotations of (sample, rhythm name)."""
    return Annotations(
        "atr",
        np.array([at for at, _ in marks], dtype=np.int64),
        np.array(["+"] * len(marks)),
        tuple(t for _, t in marks),
    )


def seconds(reference: RhythmReference) -> dict[str, float]:
    """Return the seconds of each kind."""
    sums: dict[str, float] = {}
    for start, stop, kind in reference.spans:
        sums[kind] = sums.get(kind, 0.0) + (stop - start) / reference.fs_hz
    return sums


def without_signal(folder: Path, record: str, n_samples: int = 60 * HZ, **annotated: Any) -> Path:
    """Write a header without signals and its annotation file."""
    (folder / f"{record}.hea").write_text(f"{record} 0 {HZ} {n_samples}\n")
    wfdb.wrann(record, "atr", write_dir=str(folder), **annotated)
    return folder


@pytest.mark.parametrize(
    "name, kind",
    [
        *(("(AFIB", "AFIB"), ("AF", "AFIB"), ("(AFL\0", "AFL"), ("AFL", "AFL"), ("J", "NOD"), ("(NOD", "NOD")),
        *(("(VF", "VF"), ("(VFIB", "VF"), ("(VFL", "VF"), ("(VT", "VT"), ("(ASYS", "ASYSTOLE"), ("(IVR", "IVR")),
        *(("(VER", "IVR"), ("(P", "PACED"), ("(PM", "PACED"), ("(SVTA", "SVTA"), ("(SBR", "SBR"), ("(B", "B")),
        *(("(T", "T"), ("(AB", "AB"), ("(BI", "AVB1"), ("(BII", "AVB2"), ("(B3", "AVB3"), ("(N", "N"), ("(NSR", "N")),
        *(("N", "N"), ("(NOISE", ""), ("(PREX", "PREX"), ("(HGEA", "HGEA"), ("(n", "N")),
    ],
)
def test_spellings(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_rhythm_lasts_until_the_next_and_time_that_nobody_named_is_unscored() -> None:
    marks = changes((20, "(N"), (100, "(NOISE"), (150, "(VFL"), (200, "(N"))
    spans, unscored = rhythm_spans(marks, 300)
    assert [tuple(span) for span in spans] == [(20, 100, "N"), (150, 200, "VF"), (200, 300, "N")]
    assert unscored == [(0, 20), (100, 150)]


def test_database_may_say_what_comes_before_its_first_mark() -> None:
    spans, unscored = rhythm_spans(changes((20, "(AFIB")), 300, "N")
    assert [tuple(span) for span in spans] == [(0, 20, "N"), (20, 300, "AFIB")]
    assert unscored == []
    assert rhythm_spans(changes(), 300, "N")[0] == [(0, 300, "N")]
    assert rhythm_spans(changes(), 300) == ([], [])


def test_old_spelling_without_a_signal_takes_the_beats_of_another_annotator(tmp_path: Path) -> None:
    folder = without_signal(
        tmp_path, "a", sample=np.array([10, 1000]), symbol=["+", "+"], aux_note=["AF", "N"], n_samples=0
    )
    wfdb.wrann("a", "qrs", np.arange(100, 5000, 200), ["N"] * 25, write_dir=str(folder))
    reference = load_rhythm_reference(folder, "a")
    assert (reference.recording, reference.fs_hz, reference.n_samples) == (None, HZ, 4901)
    assert [tuple(span) for span in reference.spans] == [(10, 1000, "AFIB"), (1000, 4901, "N")]
    assert reference.beats is not None
    assert len(reference.beats) == 25
    assert {"AFIB", "AFIB/AFL", DANGER} <= reference.told
    assert "AFL" not in reference.told


def test_annotations_that_say_nothing_of_rhythm_are_refused(tmp_path: Path) -> None:
    folder = without_signal(tmp_path, "a", sample=np.array([10]), symbol=["~"])
    with pytest.raises(RecordingError, match="neither rhythms nor beats"):
        load_rhythm_reference(folder, "a")


def test_records_are_those_with_a_reference(tmp_path: Path) -> None:
    folder = without_signal(tmp_path, "a", sample=np.array([10]), symbol=["+"], aux_note=["(N"])
    (folder / "b.hea").write_text(f"b 0 {HZ} 0\n")
    (folder / "Annotation_file_17.csv").write_text("time_second,beat_type,rhythm_label,bad_signal_quality\n")
    assert rhythm_records(folder, "all") == ["17", "a"]
    with pytest.raises(SourceError, match="Not in the data folder: b"):
        rhythm_records(folder, "b")
    with pytest.raises(SourceError, match="no folder"):
        rhythm_records(tmp_path / "absent", "all")


def with_beats(folder: Path, symbols: str, rr: int, extra: list[tuple[int, str, str]]) -> RhythmReference:
    """Load a signal record whose annotations are replaced."""
    header = write_scenario("demo_pvc", folder, hours=0.02)
    fs = int(wfdb.rdheader(str(header.with_suffix(""))).fs)
    marks = [(fs + place * rr * fs // 1000, symbol, "") for place, symbol in enumerate(symbols)] + [
        (at * fs, symbol, text) for at, symbol, text in extra
    ]
    marks.sort()
    sample, symbol, text = zip(*marks, strict=True)
    wfdb.wrann(header.stem, "atr", np.array(sample), list(symbol), aux_note=list(text), write_dir=str(folder))
    return load_rhythm_reference(folder, header.stem)


def test_three_v_above_a_hundred_are_vt_where_no_rhythm_says_so(tmp_path: Path) -> None:
    symbols = "NNNNNNNNNNVVVVNNNNNNNNNNVVNNNN"
    reference = with_beats(tmp_path, symbols, 500, [])
    assert seconds(reference)["VT"] == pytest.approx(1.5, abs=0.02)
    assert seconds(reference)["COUPLET"] == pytest.approx(0.5, abs=0.02)
    assert {"VT", "COUPLET", "PAUSE", "SVTA", DANGER} <= reference.told


def test_slower_run_of_v_is_no_vt(tmp_path: Path) -> None:
    reference = with_beats(tmp_path, "NNNNNNNNNNVVVVNNNNNNNNNNVVNNNN", 700, [])
    assert "VT" not in seconds(reference)
    assert "IVR" in seconds(reference)


def test_run_of_v_and_fusion_beats_is_told_apart_from_vt(tmp_path: Path) -> None:
    reference = with_beats(tmp_path, "NNNNNNNNNNFVVNNNNNNNNNNVFVVVNNNN", 500, [])
    fs_hz = reference.fs_hz
    assert [span[:2] for span in reference.spans if span.kind == "VT"] == [(13.5 * fs_hz, 14.5 * fs_hz + 1)]
    assert reference.fusion_runs == ((6 * fs_hz, 7 * fs_hz + 1),)


def test_false_episode_on_a_run_of_v_and_fusion_beats_is_counted_apart(ecg_data: Path) -> None:
    def of(records: list[str]) -> tuple[int, str]:
        found = evaluate_rhythm(ecg_data / "mitdb", records, load_beat_classifier())
        return found.n_on_fusion_runs, rhythm_text(found)

    n_on_runs, text = of(["208"])
    assert n_on_runs >= 1
    assert f"ventricular runs by EC57 (rxr): {n_on_runs}" in text
    n_on_runs, text = of(["101"])
    assert n_on_runs == 0
    assert "rxr" not in text


def test_run_of_v_that_the_reference_names_is_not_counted_twice(tmp_path: Path) -> None:
    reference = with_beats(tmp_path, "NNNNNNNNNNVVVVNNNNNNNNNN", 500, [(0, "+", "(N"), (5, "+", "(VT"), (9, "+", "(N")])
    assert [tuple(span) for span in reference.spans if span.kind == "VT"] == [
        (5 * reference.fs_hz, 9 * reference.fs_hz, "VT")
    ]


def test_brackets_are_fibrillation_and_one_left_open_reaches_to_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "cudb"
    folder.mkdir()
    reference = with_beats(folder, "NNNNNNVVVV", 500, [(10, "[", ""), (20, "]", ""), (40, "[", "")])
    end_s = reference.n_samples / reference.fs_hz
    assert seconds(reference) == pytest.approx({"VF": 10 + end_s - 40})
    assert reference.inexact_s == 5.0
    assert all("VT/VF" in name for name in reference.told)


def test_vitaldb_tables_are_sorted_and_bad_signal_is_unscored(tmp_path: Path) -> None:
    lines = ["time_second,beat_type,rhythm_label,bad_signal_quality,bad_signal_quality_label"]
    lines += ["11,S,AFIB/AFL,False,", "10,N,N,False,", "12,S,AFIB/AFL,True,", "12.1,,,True,Start1", "13,U,N,False,"]
    lines += ["14,V,Noise,False,", "15,V,VT,FALSE,", "16,S,SND,False,", "30,N,SND,False,"]
    (tmp_path / "Annotation_file_5.csv").write_text("\ufeff" + "\n".join(lines) + "\n")
    reference = load_rhythm_reference(tmp_path, "5")
    assert seconds(reference) == pytest.approx({"N": 2, "AFIB/AFL": 2, "VT": 1, "SND": 14.002})
    assert [(start / 500, stop / 500) for start, stop in reference.unscored] == [(2, 3), (4, 5), (6, 20)]
    assert reference.beats is not None
    assert "".join(reference.beats["label"]) == "NNNQVVSN"


@pytest.mark.parametrize("content", ["", "time_second,beat_type\n1,N\n", "a,b\n1,2\n"])
def test_other_tables_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "Annotation_file_5.csv").write_text(content)
    with pytest.raises(RecordingError, match="Annotation_file_5"):
        load_rhythm_reference(tmp_path, "5")


def test_recordings_with_one_class_are_scored_by_time_where_they_are_normal(tmp_path: Path) -> None:
    header = write_scenario("demo_pac", tmp_path, hours=0.01)
    for name in ("x1", "x2"):
        for path in (header, header.with_suffix(".dat")):
            shutil.copy(path, tmp_path / f"{name}{path.suffix}")
        (tmp_path / f"{name}.hea").write_text(header.read_text().replace(header.stem, name))
    (tmp_path / "REFERENCE-v3.csv").write_text("x1,N\nx2,A\nabsent,O\n")
    assert rhythm_records(tmp_path, "all") == ["x1", "x2"]
    normal, fibrillation = (load_rhythm_reference(tmp_path, name) for name in ("x1", "x2"))
    assert (normal.record_class, fibrillation.record_class) == ("N", "A")
    assert [span.kind for span in normal.spans] == ["N"]
    assert (fibrillation.spans, fibrillation.unscored) == ((), ((0, fibrillation.n_samples),))


@pytest.mark.data
def test_dangerous_time_of_real_databases(ecg_data: Path) -> None:
    """207's flutter is marked by names and by brackets; VFDB names rhythms alone; cudb marks VF alone."""
    flutter = load_rhythm_reference(ecg_data / "mitdb", "207")
    assert 95 < seconds(flutter)["VF"] / 2 < 150
    assert "ASYSTOLE" not in seconds(flutter)
    vfdb = load_rhythm_reference(ecg_data / "vfdb", "430")
    assert seconds(vfdb)["VT"] + seconds(vfdb)["VF"] == pytest.approx(1456, abs=1)
    assert (vfdb.beats, vfdb.inexact_s) == (None, 0)
    cudb = load_rhythm_reference(ecg_data / "cudb", "cu01")
    assert set(seconds(cudb)) == {"VF"}
    assert cudb.inexact_s > 0


@pytest.mark.data
def test_noise_records_have_no_rhythm_and_are_scored(ecg_data: Path) -> None:
    assert {"bw", "em", "ma"} <= set(rhythm_records(ecg_data / "nstdb", "all"))
    noise = load_rhythm_reference(ecg_data / "nstdb", "em")
    assert set(seconds(noise)) == {"noise"}
    assert noise.unscored == ()
    assert DANGER in noise.told
