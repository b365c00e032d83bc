"""Known performance of kinds of events: the figures of the cards, and their absence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecg_core.evaluation.known_performance import NOT_MEASURED, known_performance
from ecg_core.rhythm import KINDS
from ecg_core.rhythm.statements import DEVICE_KINDS

MODELS = Path(__file__).parents[2] / "models"


def test_every_kind_has_a_sentence_and_nothing_is_measured_without_a_card() -> None:
    known = known_performance([])
    assert set(known) == set(KINDS)
    for kind, told in known.items():
        expected = "not checked here" if kind in DEVICE_KINDS else NOT_MEASURED
        assert expected in told.short
        assert expected in told.sentence


def test_runs_have_the_figures_of_the_shipped_card() -> None:
    card = json.loads((MODELS / "beat-2026.2" / "card.json").read_text())
    result = card["figures"]["ds2_detected"]["results"][0]
    assert (result["mapping"], result["start_s"]) == ("de_chazal", 0)
    long = result["runs"]["S"]["long"]
    known = known_performance([card])
    share = round(100 * long["se"])
    assert f"6+ beats: Se {share} %" in known["SVTA"].short
    assert known["SVTA"].short.endswith("on DS2")
    n_answered = sum(sum(row[6:]) for row in result["runs"]["S"]["matrix"][0][6:])
    assert (
        f"Runs of S of 6 or more: sensitivity {share} % ({n_answered} of {long['reference']})" in known["SVTA"].sentence
    )
    assert f"Se {round(100 * result['gross']['V']['se'])} %" in known["SINGLE_V"].short
    assert known["AFIB"].short == NOT_MEASURED


def test_a_rhythm_card_states_kinds_and_goes_before_beats() -> None:
    beats = json.loads((MODELS / "beat-2026.2" / "card.json").read_text())
    vt = {"sensitivity": 0.971, "precision": 0.9, "false_per_hour": 0.04, "data": "VFDB"}
    known = known_performance([beats, {"performance": {"VT": vt, "AFIB": {"sensitivity": 0.004, "precision": None}}}])
    assert known["VT"].short == "Se 97 %, +P 90 % on VFDB"
    together = {"sensitivity": 0.75, "time_sensitivity": 0.93, "precision": 0.5, "data": "VFDB"}
    both = known_performance([{"performance": {"VT/VF": together, "VT": vt}}])
    assert both["VT"] == both["VF"]
    assert both["VT"].short == "Se 75 % (93 % of its time), +P 50 % on VFDB"
    assert "VT and VF together" in both["VT"].sentence
    assert "0.04 false alarms an hour" in known["VT"].sentence
    assert known_performance([{"performance": {"VT": vt | {"data": "vfdb"}}}])["VT"] == known["VT"]
    assert known["AFIB"].short == f"Se < 1 %, +P {NOT_MEASURED} on its test data"
    assert "6+" in known["IVR"].short


@pytest.mark.parametrize(
    "card", [{}, {"figures": None}, {"figures": {"ds2_detected": {"results": [7]}}}, {"performance": []}]
)
def test_a_card_without_figures_measures_nothing(card: dict[str, object]) -> None:
    assert known_performance([card]) == known_performance([])


def test_every_shipped_card_is_read() -> None:
    for file in sorted(MODELS.glob("*/card.json")):
        assert set(known_performance([json.loads(file.read_text())])) == set(KINDS)
