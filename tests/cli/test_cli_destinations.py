"""``destinations``: lists what the file says, asks without sending, and says what is wrong in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from orthanc_for_tests import AE_TITLE, Orthanc, free_port

from ecg_core.cli.program import main


def test_without_a_file_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["destinations"]) == 0
    assert "RHYTHMOSCOPE_DESTINATIONS names no file" in capsys.readouterr().out


def test_a_mistake_in_the_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "destinations.toml"
    file.write_text('[destinations.pacs]\nkind = "email"\n')
    monkeypatch.setenv("RHYTHMOSCOPE_DESTINATIONS", str(file))
    assert main(["destinations"]) == 2
    told = capsys.readouterr()
    assert told.err == "destinations.toml, destination pacs: kind must be dicom, dicomweb or fhir.\n"
    assert told.out == ""


def test_it_asks_each_whether_it_is_there(
    orthanc_server: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[destinations.{}]\nkind = "dicom"\nhost = "127.0.0.1"\nport = {}\ncalled_ae = "{}"\n'
    file = tmp_path / "destinations.toml"
    file.write_text(
        text.format("pacs", orthanc_server.dicom_port, AE_TITLE) + text.format("gone", free_port(), AE_TITLE)
    )
    monkeypatch.setenv("RHYTHMOSCOPE_DESTINATIONS", str(file))
    assert main(["destinations", "--check"]) == 2
    told = capsys.readouterr()
    first, second = told.out.splitlines()
    assert first.startswith("pacs  dicom")
    assert first.endswith("answers C-ECHO")
    assert second.endswith("failed")
    assert "gone at 127.0.0.1" in told.err
