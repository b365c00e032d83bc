"""An infarction that a device states stands first, whatever the format, and is written as the device's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from formats.infarction_files import NORMAL, STATEMENTS, WRITERS, muse, twelve_leads_uv

from ecg_core.analysis import analyse
from ecg_core.cli.program import main
from ecg_core.formats import open_recording
from ecg_core.privacy import on_screen
from ecg_core.rhythm import by_urgency

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", WRITERS)
def test_the_infarction_of_the_device_comes_first_in_every_format(name: str, tmp_path: Path) -> None:
    recording = on_screen(open_recording(WRITERS[name](tmp_path / name)))
    analysis = analyse(recording, cache=False, group=False)
    assert analysis.summary.mean_rate_bpm == pytest.approx(41, abs=1)
    listed = by_urgency(analysis.episodes)
    assert listed["kind"].tolist()[0] == "DEVICE_URGENT"
    assert listed["source"].tolist()[0] == "device"
    expected = "SNOMED CT 57054005: acute myocardial infarction" if name == "record.hea" else ">>> Acute MI <<<"
    assert listed["reason"].tolist()[0] == expected
    if name != "record.hea":
        assert sorted(listed.loc[listed["source"] == "device", "reason"]) == sorted(STATEMENTS)


def test_analyse_says_the_statement_and_what_was_not_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["analyse", str(muse(tmp_path / "mi.xml")), "--no-classify", "--out", str(out)]) == 0
    line = capsys.readouterr().out
    assert "device states: >>> Acute MI <<<" in line
    assert "no events found" in line
    assert "ST segment, AV conduction otherwise (as an episode needs 30 s" in line
    assert "critical:" in line
    written = json.loads((out / "mi.json").read_text())
    assert written["episodes"][0]["reason"] == ">>> Acute MI <<<"
    assert written["episodes"][0]["source"] == "device"
    assert "ASYSTOLE" in written["assessed"]
    assert written["not_assessed"]["ST"]
    assert not set(written["assessed"]) & set(written["not_assessed"])


def test_a_normal_ecg_of_the_device_reassures_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uv = twelve_leads_uv(bpm=70, st_scale=0)
    assert main(["analyse", str(muse(tmp_path / "n.xml", NORMAL, uv)), "--no-classify", "--out", str(tmp_path)]) == 0
    line = capsys.readouterr().out
    assert "Normal ECG" not in line
    assert "no events found; not assessed:" in line
    assert "ST segment, AV conduction otherwise (as an episode needs 30 s" in line
