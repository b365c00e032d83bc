"""Local folders and demos: what is listed is what can be opened."""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pytest
from fake_physionet import write_record, write_segments

from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import Format, recognise_readable
from ecg_core.sources import list_demos, list_recordings, open_demo, open_local
from ecg_core.sources.local import database_folder

pytestmark = pytest.mark.slow


def test_records_are_named_by_their_place_in_the_tree(tmp_path: Path) -> None:
    write_record(tmp_path, "z")
    write_record(tmp_path / "db" / "sub", "a")
    listing = list_recordings(tmp_path)
    assert [found.name for found in listing.recordings] == ["db/sub/a", "z"]
    assert listing.complete
    assert open_local(tmp_path, "db/sub/a").name == "db/sub/a"
    assert open_local(tmp_path, "z").source == "local"


def test_tables_of_results_beside_a_record_are_no_recordings(tmp_path: Path) -> None:
    write_record(tmp_path, "a")
    table = "sample,lead,p_on\n10,1,3\n20,1,4\n" * 40
    for name in ("a.waves.csv", "a.beats.csv"):
        (tmp_path / name).write_text(table)
    assert [found.name for found in list_recordings(tmp_path).recordings] == ["a"]


def test_segments_are_part_of_their_record(tmp_path: Path) -> None:
    write_segments(tmp_path)
    assert [found.name for found in list_recordings(tmp_path).recordings] == ["multi"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    write_record(tmp_path / ".cache")
    write_record(tmp_path / "db").rename(tmp_path / "db" / ".a.hea")
    assert list_recordings(tmp_path).recordings == ()


def test_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    write_record(tmp_path / "db")
    (tmp_path / "db" / "loop").symlink_to(tmp_path)
    assert [found.name for found in list_recordings(tmp_path).recordings] == ["db/a"]


def test_depth_and_number_are_bounded_and_said(tmp_path: Path) -> None:
    write_record(tmp_path / "1" / "2")
    assert list_recordings(tmp_path, max_depth=2).complete
    shallow = list_recordings(tmp_path, max_depth=1)
    assert (shallow.recordings, shallow.complete) == ((), False)
    write_record(tmp_path, "b")
    few = list_recordings(tmp_path, max_recordings=1)
    assert (len(few.recordings), few.complete) == (1, False)


def test_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no folder"):
        list_recordings(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["../secret/a", "/etc/passwd", "db/../../secret/a"])
def test_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    write_record(tmp_path / "secret")
    (tmp_path / "open" / "db").mkdir(parents=True)
    with pytest.raises(SourceError, match="lies outside the folder"):
        open_local(tmp_path / "open", name)


def test_recording_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no WFDB header"):
        open_local(tmp_path, "a")


def test_demos_are_marked_as_demos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_record(tmp_path, "sinus")
    monkeypatch.setenv("RHYTHMOSCOPE_DEMOS", str(tmp_path))
    assert [demo.name for demo in list_demos()] == ["sinus"]
    assert open_demo("sinus").source == "demo"
    with pytest.raises(SourceError, match="There is no demo flutter; there are sinus"):
        open_demo("flutter")


def test_no_demos_installed_is_an_empty_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_DEMOS", str(tmp_path / "nowhere"))
    assert list_demos() == ()
    with pytest.raises(SourceError, match="holds no recordings"):
        open_demo("sinus")


def test_bundled_demos_open_and_are_labelled_synthetic() -> None:
    demos = list_demos()
    assert len(demos) >= 6
    for demo in demos:
        recording = open_demo(demo.name)
        assert recording.synthetic
        assert recording.source == "demo"
        assert recording.annotations() is not None


@pytest.mark.data
def test_every_listed_record_of_the_test_data_is_a_record(ecg_data: Path) -> None:
    listing = list_recordings(ecg_data)
    names = {found.name for found in listing.recordings}
    assert {"mitdb/100", "ludb/data/1", "formats/wfdb/multi-segment/041s/041s"} <= names
    assert "formats/wfdb/multi-segment/041s/041s01" not in names
    assert len([name for name in names if name.startswith("mitdb/")]) == 48


def test_a_database_is_found_by_its_name_below_ecg_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "mitdb").mkdir(parents=True)
    (tmp_path / "here" / "mitdb").mkdir(parents=True)
    monkeypatch.setenv("ECG_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    assert database_folder("mitdb") == tmp_path / "data" / "mitdb"
    assert database_folder("none") == Path("none")
    monkeypatch.chdir(tmp_path / "here")
    assert database_folder("mitdb") == Path("mitdb")
    monkeypatch.delenv("ECG_DATA")
    assert database_folder(tmp_path / "data" / "mitdb") == tmp_path / "data" / "mitdb"


def write_edf(path: Path) -> None:
    lead = edfio.EdfSignal(np.sin(np.arange(2500)), 250, label="II", physical_dimension="mV", physical_range=(-2, 2))
    edfio.Edf([lead]).write(path)


def test_recordings_of_other_formats_are_found_by_their_content(tmp_path: Path) -> None:
    write_record(tmp_path / "db")
    write_edf(tmp_path / "db" / "b.edf")
    write_edf(tmp_path / "db" / "scan")
    (tmp_path / "db" / "c.edf").write_text("not an EDF file")
    (tmp_path / "db" / "README.md").write_text("1, 2, 3")
    listing = list_recordings(tmp_path)
    assert [found.name for found in listing.recordings] == ["db/a", "db/b.edf", "db/scan"]
    assert open_local(tmp_path, "db/b.edf").lead_names == ("II",)
    assert open_local(tmp_path, "db/scan").format_name.startswith("EDF")
    with pytest.raises(SourceError, match="lies outside the folder"):
        open_local(tmp_path / "db", "../db2/../../etc/passwd")


def test_how_many_files_are_looked_into_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg_core.sources.local.MAX_PEEKS", 2)
    for name in ("a", "b", "c"):
        write_edf(tmp_path / f"{name}.edf")
    listing = list_recordings(tmp_path)
    assert [found.name for found in listing.recordings] == ["a.edf", "b.edf"]
    assert not listing.complete


def test_a_file_is_looked_into_again_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noting(path: Path) -> Format | None:
        asked.append(path.name)
        return recognise_readable(path)

    monkeypatch.setattr("ecg_core.sources.local.recognise_readable", noting)
    (tmp_path / "notes.txt").write_text("nothing but words")
    write_edf(tmp_path / "a.edf")
    assert [found.name for found in list_recordings(tmp_path).recordings] == ["a.edf"]
    assert list_recordings(tmp_path) == list_recordings(tmp_path)
    assert sorted(asked) == ["a.edf", "notes.txt"]
    write_edf(tmp_path / "notes.txt")
    assert [found.name for found in list_recordings(tmp_path).recordings] == ["a.edf", "notes.txt"]
    assert len(asked) == 3


def test_a_file_that_could_not_be_read_is_looked_into_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(path: Path) -> Format | None:
        raise OSError(24, "Too many open files")

    write_edf(tmp_path / "a.edf")
    with monkeypatch.context() as while_it_lasts:
        while_it_lasts.setattr("ecg_core.sources.local.recognise_readable", failing)
        assert not list_recordings(tmp_path).recordings
    assert [found.name for found in list_recordings(tmp_path).recordings] == ["a.edf"]


@pytest.mark.data
def test_every_ecg_of_the_sample_formats_is_found(ecg_data: Path) -> None:
    names = {found.name for found in list_recordings(ecg_data / "formats").recordings}
    assert {"edf/contec_0000050.edf", "ishne/ECG_P28.01.ecg", "dicom/waveform_ecg.dcm", "wfdb/a103l"} <= names
    assert "ishne/ECG_P28.01.ann" not in names
    assert not {name for name in names if name.endswith((".dat", ".d0", ".mat", ".xyz", ".gqrsh"))}
