"""Addresses of local recordings: those whose names tell are hidden, and lead to the same recording ever after."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import planting
import pytest
from dashboard_for_tests import Dashboard
from planting import STEM, traces_in

from ecg_core.errors import SourceError
from pages.services import library, references, workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "patients"
    (folder / planting.LAST).mkdir(parents=True)
    planting.as_edf(folder)
    shutil.copy(folder / f"{STEM}.edf", folder / planting.LAST / "7.edf")
    shutil.copy(folder / f"{STEM}.edf", folder / "holter.edf")
    return folder


def lines(folder: Path) -> dict[str, str]:
    """Return references by the names of the list."""
    described = library.describe("local", library.in_folder(str(folder)).recordings)
    return {line.name: line.rec for line in described}


def forget() -> None:
    """Know no more than a process that has just begun."""
    references._names.clear()
    references._searched.clear()
    references._key.cache_clear()
    workspace.clear()


def test_names_that_tell_are_hidden_and_others_stay(folder: Path) -> None:
    found = lines(folder)
    assert found["holter.edf"] == "local/holter.edf"
    for name in (f"{STEM}.edf", f"{planting.LAST}/7.edf"):
        assert re.fullmatch(r"local/~[0-9a-f]{24}", found[name])
        assert library.locate(found[name], str(folder)).header == (folder / name).resolve()
    assert len(set(found.values())) == 3


def test_a_hidden_address_holds_after_a_restart(folder: Path) -> None:
    before = lines(folder)
    forget()
    for name, rec in before.items():
        assert library.locate(rec, str(folder)).name == name
    forget()
    assert lines(folder) == before


def test_hidden_addresses_need_the_key(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = lines(folder)
    key = next((tmp_path / "kept" / "home").glob("*.key"))
    assert key.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "another"))
    forget()
    after = lines(folder)
    assert after["holter.edf"] == before["holter.edf"]
    assert after[f"{STEM}.edf"] != before[f"{STEM}.edf"]
    with pytest.raises(SourceError):
        library.locate(before[f"{STEM}.edf"], str(folder))


def test_where_no_key_can_be_kept_addresses_hold_as_long_as_the_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "file" / "home"))
    found = lines(folder)
    assert found == lines(folder)
    assert library.locate(found[f"{STEM}.edf"], str(folder)).name == f"{STEM}.edf"


def test_unknown_hidden_addresses_lead_nowhere(folder: Path) -> None:
    with pytest.raises(SourceError, match="not here"):
        library.locate(f"local/~{'0' * 24}", str(folder))


def test_an_address_that_was_typed_gives_way_to_one_that_tells_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_DATA", str(folder))
    shown = Dashboard().open("review", rec=f"local/{STEM}.edf")
    assert shown.desk["rec"] == lines(folder)[f"{STEM}.edf"]
    address = str(dict(shown.app.query_params))
    assert not traces_in(address.encode(), "the address")
    assert shown.desk["rec"] in address
    again = Dashboard().open("review", rec=shown.desk["rec"])
    assert again.desk["rec"] == shown.desk["rec"]


@pytest.mark.parametrize("page", ["review", "explain"])
def test_pages_name_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv("ECG_DATA", str(folder))
    token, _ = library.take_upload([(f"{STEM}.edf", (folder / f"{STEM}.edf").read_bytes())])
    for rec in (f"upload/{token}/1", lines(folder)[f"{STEM}.edf"]):
        shown = Dashboard().open(page, rec=rec)
        assert not traces_in(f"{shown.text} {shown.desk} {dict(shown.app.query_params)}".encode(), page)
    library._uploads.clear()
