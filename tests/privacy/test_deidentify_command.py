"""``python -m ecg_core deidentify``: the same signal and marks come back, and the person does not."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import planting
import pytest
from planting import BEGAN, FS_HZ, STEM, STEP_MV, WRITERS, opened, stored, traces_below, traces_in

from ecg_core.cli.program import main
from ecg_core.formats import open_recording
from ecg_core.recording import Recording

pytestmark = pytest.mark.slow

SAME = {
    "WFDB": "WFDB",
    "EDF+": "EDF",
    "BDF+": "EDF",
    "DICOM": "DICOM",
    "CSV": "CSV",
    "TSV": "CSV",
    "Parquet": "Parquet",
}
STEP = {"wfdb": 2e-3, "edf": 2e-3, "dicom": 2e-3, "csv": 2e-3, "parquet": 1e-6}
TABLE = ["--fs", str(FS_HZ), "--unit", "mV"]


def run(source: Path, out: Path, *options: str) -> int:
    more = TABLE if source.suffix == ".mat" else []
    return main(["deidentify", str(source), "--out", str(out), *options, *more])


def written(out: Path) -> Recording:
    """Open the one recording that was written."""
    names = [path for path in out.iterdir() if path.suffix in {".hea", ".edf", ".dcm", ".csv", ".parquet"}]
    (path,) = [path for path in names if not path.name.endswith(".annotations.csv")]
    assert path.stem == path.name.split(".")[0]
    assert path.stem.startswith("ecg-")
    return open_recording(path)


@pytest.mark.parametrize("format", WRITERS)
def test_every_format_comes_back_in_its_own_or_as_edf_without_the_person(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], format: str
) -> None:
    out = tmp_path / "out"
    (tmp_path / "in").mkdir()
    source = WRITERS[format](tmp_path / "in")
    assert run(source, out, "--shift-days", "-100") == 0
    told = capfd.readouterr()
    assert not traces_in(f"{told.out}{told.err}".encode(), "what was printed")
    assert "removed name, patient's number, birth date" in told.out
    assert not traces_below(out)
    before, after = opened(source), written(out)
    assert after.format_name.startswith(SAME.get(format, "EDF"))
    assert after.identity is None or not traces_in(str(vars(after.identity)).encode(), "identity")
    assert after.fs_hz == before.fs_hz
    assert len(after.leads) == len(before.leads)
    np.testing.assert_allclose(after.read(0, before.n_samples), before.read(), atol=2e-3)
    np.testing.assert_allclose(after.read(0, len(stored()), [0])[:, 0], stored()[:, 0] * STEP_MV, atol=2e-3)
    if isinstance(before.start_time, datetime):
        assert after.start_time == before.start_time - timedelta(days=100)
    else:
        assert after.start_time is None


@pytest.mark.parametrize("format", STEP)
def test_every_format_that_is_written_keeps_marks_time_of_day_and_grouped_age(tmp_path: Path, format: str) -> None:
    (tmp_path / "in").mkdir()
    source, out = planting.as_wfdb(tmp_path / "in"), tmp_path / "out"
    assert run(source, out, "--format", format) == 0
    assert not traces_below(out)
    before, after = opened(source), written(out)
    np.testing.assert_allclose(after.read(0, before.n_samples), before.read(), atol=STEP[format])
    assert after.start_time == BEGAN.time()
    marks, own = after.annotations(), before.annotations()
    assert marks is not None
    assert own is not None
    kept = [
        (sample, symbol, aux)
        for sample, symbol, aux in zip(marks.sample.tolist(), marks.symbol.tolist(), marks.aux, strict=True)
        if sample in own.sample
    ]
    assert kept == [(100, "N", ""), (700, '"', "[removed]"), (1500, "+", "(AFIB")]
    content = b"".join(path.read_bytes() for path in out.iterdir())
    assert b"over 89" in content
    assert f"Age: {planting.AGE}".encode() not in content


def test_all_dates_move_by_the_same_days(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "in").mkdir()
    for name in ("EDF+", "SCP-ECG"):
        assert run(WRITERS[name](tmp_path / "in"), out, "--shift-days", "365") == 0
    starts = {open_recording(path).start_time for path in out.glob("*.edf")}
    assert starts == {BEGAN + timedelta(days=365)}
    assert len(list(out.glob("*.edf"))) == 2


def test_dates_are_dropped_unless_a_number_of_days_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    source = planting.as_edf(tmp_path / "in")
    assert run(source, tmp_path / "a") == 0
    assert "date dropped" in capsys.readouterr().out
    assert written(tmp_path / "a").start_time == BEGAN.time()
    assert run(source, tmp_path / "b", "--drop-dates") == 0
    assert run(source, tmp_path / "c", "--shift-days", "0") == 0
    assert written(tmp_path / "c").start_time == BEGAN
    with pytest.raises(SystemExit):
        run(source, tmp_path / "d", "--shift-days", "0", "--drop-dates")
    with pytest.raises(SystemExit):
        run(source, tmp_path / "d", "--shift-days", "many")


def test_a_whole_folder_is_done_and_what_fails_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    for name in ("EDF+", "DICOM", "WFDB"):
        WRITERS[name](tmp_path / "in")
    (tmp_path / "in" / "broken.edf").write_bytes((tmp_path / "in" / f"{STEM}.edf").read_bytes()[:300])
    assert main(["deidentify", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 3
    assert len(told.err.splitlines()) == 1
    assert "broken.edf" in told.err
    assert not traces_below(tmp_path / "out")


def test_names_are_kept_only_where_it_is_asked_for_and_they_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    telling = planting.as_edf(tmp_path / "in")
    plain = shutil.copy(telling, tmp_path / "in" / "holter-7.edf")
    assert run(telling, tmp_path / "out", "--keep-names") == 0
    assert not traces_below(tmp_path / "out")
    assert main(["deidentify", str(plain), "--out", str(tmp_path / "out"), "--keep-names"]) == 0
    assert (tmp_path / "out" / "holter-7.edf").is_file()


def test_the_same_recording_twice_and_its_own_folder_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    source = planting.as_edf(tmp_path / "in")
    assert main(["deidentify", str(source), str(source), "--out", str(tmp_path / "out")]) == 2
    assert "would replace what was written of recording 1" in capsys.readouterr().err
    plain = Path(shutil.copy(source, tmp_path / "in" / "plain.edf"))
    content = plain.read_bytes()
    assert run(plain, tmp_path / "in", "--keep-names") == 2
    assert plain.read_bytes() == content
    assert "choose another folder" in capsys.readouterr().err


def test_all_sets_of_annotations_of_a_wfdb_record_come_along(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = planting.as_wfdb(tmp_path / "in")
    shutil.copy(source.with_suffix(".atr"), source.with_suffix(".qrs"))
    assert run(source, tmp_path / "out") == 0
    after = written(tmp_path / "out")
    assert after.annotation_names == ("atr", "qrs")
    assert not traces_below(tmp_path / "out")
    other = after.annotations("qrs")
    assert other is not None
    assert other.sample.tolist() == [100, 700, 1500]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    out = tmp_path / "out"
    out.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    assert run(planting.as_edf(tmp_path / "in"), out) == 2
    assert "cannot be written to" in capsys.readouterr().err


@pytest.mark.data
def test_real_files_of_all_formats_come_back(tmp_path: Path, ecg_data: Path) -> None:
    sources = [
        ecg_data / "formats" / name
        for name in ("aecg/HL7_Example_aECG.xml", "dicom/waveform_ecg.dcm", "scp/Example.scp", "wfdb/s0010_re.hea")
    ]
    for number, source in enumerate(sources):
        out = tmp_path / str(number)
        assert main(["deidentify", str(source), "--out", str(out)]) == 0
        before, after = open_recording(source), written(out)
        assert len(after.leads) == len(before.leads)
        scale = np.nanmax(np.abs(before.read()))
        np.testing.assert_allclose(after.read(0, before.n_samples), before.read(), atol=max(scale / 8000, 2e-3))
        for text in (before.identity.name, before.identity.patient_id) if before.identity else ():
            for path in out.iterdir():
                assert text is None or len(text) < 5 or text.encode() not in path.read_bytes()
