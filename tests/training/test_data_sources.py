"""Data sets: by name, by folder, and never two recordings of one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg_core.errors import SourceError
from ecg_core.mitbih import DS1, DS2, PACED
from ecg_core.training.data_sources import ALIASES, DATA_SETS, data_folder, recordings_of


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.hea").write_text(f"{name} 2 128 1000\n")
        (folder / f"{name}.atr").touch()
    return folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """$ECG_DATA, with MIT-BIH and one other data set below it, and a working directory elsewhere."""
    put(tmp_path / "data" / "mitdb", *DS1, *DS2, *PACED)
    put(tmp_path / "data" / "svdb", "800", "801")
    monkeypatch.setenv("ECG_DATA", str(tmp_path / "data"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "data"


def names(*choices: str | Path) -> list[str]:
    return [header.stem for header in recordings_of(choices)]


@pytest.mark.parametrize("choice", ["ds1", "mitdb", "DS1", "MitDb"])
def test_mit_bih_by_name_is_ds1(root: Path, choice: str) -> None:
    assert data_folder(choice) == root / "mitdb"
    assert names(choice) == sorted(DS1)


def test_the_test_set_has_no_name() -> None:
    assert {*DATA_SETS, *ALIASES} & {"ds2", "nstdb"} == set()
    assert all(alias in DATA_SETS for alias in ALIASES.values())
    with pytest.raises(SourceError, match=r"^ds2 is not a folder, nor one of the data sets ds1, svdb"):
        data_folder("ds2")


@pytest.mark.parametrize("as_text", [True, False])
def test_a_folder_is_taken_as_it_is(root: Path, tmp_path: Path, as_text: bool) -> None:
    own = put(tmp_path / "own", "x1", "x2")
    choice = str(own) if as_text else own
    assert data_folder(choice) == own
    assert recordings_of([choice]) == [own / "x1.hea", own / "x2.hea"]


def test_several_are_joined_in_order(root: Path, tmp_path: Path) -> None:
    own = put(tmp_path / "own", "x1")
    assert names(own, "svdb", "ds1") == ["x1", "800", "801", *sorted(DS1)]


def test_a_folder_comes_before_a_name(root: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "svdb", "x1")
    assert names("svdb") == ["x1"]


def test_a_data_set_that_is_not_here_says_where_it_comes_from(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "The data set {} is not here: python -m ecg_core fetch {} --to DIR/{}, and set ECG_DATA=DIR."
    with pytest.raises(SourceError) as refused:
        recordings_of(["incartdb"])
    assert str(refused.value) == said.format("incartdb", "incartdb", "incartdb")
    monkeypatch.delenv("ECG_DATA")
    with pytest.raises(SourceError) as refused:
        recordings_of(["mitdb"])
    assert str(refused.value) == said.format("ds1", "mitdb", "mitdb")


def test_two_recordings_of_one_name_are_refused(root: Path, tmp_path: Path) -> None:
    first, second = put(tmp_path / "a", "x1", "x2"), put(tmp_path / "b", "x2", "x3")
    with pytest.raises(SourceError, match=r"a/x2\.hea and .*b/x2\.hea have one name; rename one of them"):
        recordings_of([first, second])


def test_the_same_folder_twice_is_once(root: Path, tmp_path: Path) -> None:
    own = put(tmp_path / "own", "x1", "x2")
    (tmp_path / "link").symlink_to(own)
    assert names(own, str(own), tmp_path / "link") == ["x1", "x2"]
    assert names("ds1", "mitdb", root / "mitdb") == sorted(DS1)


def test_an_empty_folder_among_others_is_named(root: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="empty holds no recording"):
        recordings_of(["svdb", tmp_path / "empty"])


@pytest.mark.data
@pytest.mark.parametrize("choice", ["mitdb", "ds1"])
def test_of_the_real_mit_bih_exactly_ds1_is_trained_on(
    ecg_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECG_DATA", str(ecg_data))
    headers = recordings_of([choice])
    assert [header.stem for header in headers] == sorted(DS1)
    assert {header.parent for header in headers} == {ecg_data / "mitdb"}
