"""``export``: recordings and spans of them in other formats, without what says whose they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.export.signal import FORMATS, SUFFIXES
from ecg_core.formats import open_recording

pytestmark = pytest.mark.slow

Run = Callable[..., Any]


@pytest.mark.parametrize("format", FORMATS)
def test_a_recording_leaves_in_any_format_with_its_own_annotations(
    run: Run, records: Path, tmp_path: Path, format: str
) -> None:
    ran = run("export", records / "demo_pvc", "--out", tmp_path / "out", "--format", format)
    assert ran.status == 0, ran.err
    assert len(ran.out.splitlines()) == 1
    assert ran.out.startswith("demo_pvc: 72.0 s, 3 leads, ")
    original = open_recording(records / "demo_pvc")
    back = open_recording(tmp_path / "out" / f"demo_pvc{SUFFIXES[format]}")
    np.testing.assert_array_equal(back.read(), original.read())
    marks, own = back.annotations(), original.annotations()
    assert marks is not None
    assert own is not None
    assert marks.beats()[0].tolist() == own.beats()[0].tolist()
    assert "".join(marks.beats()[1]) == "".join(own.beats()[1])


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (("--from", "10", "--to", "12.5"), 10.0, 12.5),
        (("--from", "0:01:05"), 65.0, 72.0),
        (("--to", "01:02"), 0.0, 62.0),
        (("--to", "99:00:00"), 0.0, 72.0),
    ],
)
def test_a_span_is_cut_in_seconds_or_hours(
    run: Run, records: Path, tmp_path: Path, span: tuple[str, ...], first: float, last: float
) -> None:
    ran = run("export", records / "demo_pac", "--out", tmp_path, "--format", "edf", *span)
    assert ran.status == 0, ran.err
    original, back = open_recording(records / "demo_pac"), open_recording(tmp_path / "demo_pac.edf")
    fs_hz = original.fs_hz
    np.testing.assert_array_equal(back.read(), original.read(round(first * fs_hz), round(last * fs_hz)))


def test_the_models_beats_go_along_when_asked_for(
    run: Run, records: Path, tmp_path: Path, tiny_model_folder: Path
) -> None:
    asked = ("export", records / "demo_pvc", "--out", tmp_path, "--format", "wfdb", "--with-beats")
    ran = run(*asked, "--model", tiny_model_folder)
    assert ran.status == 0, ran.err
    assert (tmp_path / "demo_pvc.ecgc").is_file()
    marks = open_recording(tmp_path / "demo_pvc").annotations("ecgc")
    assert marks is not None
    assert len(marks.beats()[0]) > 60
    assert set(marks.beats()[1]) <= set("NSVFQ")


def test_one_that_fails_is_told_and_the_others_go_on(run: Run, records: Path, tmp_path: Path) -> None:
    ran = run("export", tmp_path / "none", records / "demo_pvc", "--out", tmp_path / "out", "--format", "csv")
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert "none" in ran.complaints[0]
    assert (tmp_path / "out" / "demo_pvc.csv").is_file()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--from", "later"), "is no time: give seconds or hh:mm:ss"),
        (("--from", "-3"), "no time"),
        (("--to", "1:75:00"), "no time"),
        (("--from", "20", "--to", "10"), "--to must be later than --from."),
        (("--from", "500"), "the span begins after its end."),
        (("--format", "pdf"), "invalid choice: 'pdf'"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    run: Run, records: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    ran = run("export", records / "demo_pvc", "--out", tmp_path / "out", "--format", "edf", *more)
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert said in ran.complaints[0]
    assert not (tmp_path / "out").exists()


def test_two_of_one_name_do_not_overwrite_each_other(run: Run, records: Path, tmp_path: Path) -> None:
    ran = run("export", records / "demo_pvc", records / "demo_pvc.hea", "--out", tmp_path, "--format", "parquet")
    assert ran.status == 2
    assert "would replace those of" in ran.err


def test_a_span_does_not_take_the_place_of_the_recording(run: Run, records: Path, tmp_path: Path) -> None:
    for path in records.glob("demo_pvc.*"):
        shutil.copy(path, tmp_path)
    assert run("export", tmp_path / "demo_pvc", "--out", tmp_path, "--format", "edf").status == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name, format in (("demo_pvc", "wfdb"), ("demo_pvc.edf", "edf")):
        ran = run("export", tmp_path / name, "--out", tmp_path, "--format", format, "--from", 10, "--to", 20)
        assert (ran.status, len(ran.complaints)) == (2, 1)
        assert "would replace the recording's own file; choose another folder." in ran.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_takes_nothing_is_said(run: Run, records: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    ran = run("export", records / "demo_pvc", "--out", tmp_path / "out", "--format", "edf")
    assert ran.status == 2
    assert ran.complaints[0].startswith("Nothing was exported to ")


def test_the_person_stays_behind(run: Run, tmp_path: Path) -> None:
    import wfdb

    signal = np.round(np.sin(np.arange(5000) / 40)[:, None], 2)
    wfdb.wrsamp(
        "doe_jane",
        250,
        ["mV"],
        ["II"],
        signal,
        fmt=["16"],
        comments=["Name: Doe Jane", "Age: 93", "Ward Seven"],
        write_dir=str(tmp_path),
    )
    for format in FORMATS:
        assert run("export", tmp_path / "doe_jane", "--out", tmp_path / "out", "--format", format).status == 0
    for path in (tmp_path / "out").iterdir():
        assert "doe" not in path.name.lower()
        assert not any(word in path.read_bytes().lower() for word in (b"doe", b"jane", b"seven", b"age: 93")), path.name
