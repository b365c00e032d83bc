"""``evaluate --statements``: statements against references, printed and as JSON."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecg_core.delineation.wave_model import DEFAULT_MODEL
from ecg_core.paths import MODELS_FOLDER
from ecg_core.synthesis import write_scenario

pytestmark = pytest.mark.slow

Run = Callable[..., Any]
DATA = Path(os.environ.get("ECG_DATA", "/nowhere"))


def test_a_folder_without_statements_is_refused_with_what_is_known(run: Run, tmp_path: Path) -> None:
    write_scenario("demo_pvc", tmp_path, hours=0.01)
    ran = run("evaluate", "--statements", "--data", tmp_path, "--no-classify")
    assert ran.status == 2
    for said in ("no recording with diagnostic statements", "PTB-XL", "LUDB", "SNOMED"):
        assert said in ran.err


@pytest.mark.data
@pytest.mark.parametrize("option", ["--statements", "--waves"])
def test_statements_of_ptbxl_are_scored_by_code(run: Run, tmp_path: Path, option: str) -> None:
    if not (DATA / "ptbxl" / "00279_hr.hea").is_file() or not (MODELS_FOLDER / DEFAULT_MODEL).is_dir():
        pytest.skip("PTB-XL is not in $ECG_DATA, or the delineation model is not installed")
    folder = tmp_path / "ptbxl"
    folder.mkdir()
    shutil.copy(DATA / "ptbxl" / "ptbxl_database.csv", folder)
    for name in ("00001_hr", "00279_hr", "00351_hr"):
        for suffix in (".hea", ".dat"):
            shutil.copy(DATA / "ptbxl" / (name + suffix), folder)
    file = tmp_path / "figures.json"
    ran = run("evaluate", option, "--data", folder, "--no-classify", "--json", file)
    assert ran.status == 0
    assert "PTB-XL, 3 recordings" in ran.out
    figures = json.loads(file.read_text())
    assert figures["records"]["00279_hr"]["stated"] == ["CLBBB", "LAD", "STACH"]
    assert "CLBBB" in figures["records"]["00279_hr"]["found"]
    assert figures["figures"]["CLBBB"]["PTB-XL"]["hits"] == 1
    assert "AFIB" in figures["records"]["00351_hr"]["found"]
    assert not {"AFIB", "CLBBB"} & set(figures["records"]["00001_hr"]["found"])
