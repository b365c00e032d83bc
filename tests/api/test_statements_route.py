"""The route of what the device states: a verdict on each statement, once for an analysis."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk_client import DeskClient
from teller import Teller

from ecg_core.analysis import analyse
from pages.services import statement_audits, workspace
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

SAID = ("*** ASYSTOLE ***", "Premature ventricular complexes", "Left axis deviation", "No pauses")


@pytest.fixture
def stated(demo: OpenedRecording) -> DeskClient:
    """A bundled recording with what a device states, classified."""
    recording = replace(demo.recording, statements=SAID)
    opened = workspace.in_workspace(OpenedRecording("local/stated", recording, ("stated", 0, 0)))
    opened.keep(analyse(recording, Teller(), cache=False))
    return DeskClient(opened)


def test_each_statement_has_its_verdict_and_stays_among_the_events(stated: DeskClient) -> None:
    answer = stated.ask("statements").json()
    assert {each["statement"]: each["verdict"] for each in answer["verdicts"] if each["statement"]} == {
        "*** ASYSTOLE ***": "contradicted",
        "Premature ventricular complexes": "confirmed",
        "Left axis deviation": "not_assessed",
        "No pauses": "confirmed",
    }
    assert not answer["complete"]
    assert answer["counts"]["contradicted"] == 1
    assert sum(answer["counts"].values()) == len(answer["verdicts"])
    episodes = stated.state()["episodes"]
    reasons = [
        (kind, reason) for kind, reason in zip(episodes["kind"], episodes["reason"], strict=True) if reason in SAID
    ]
    assert ("DEVICE_URGENT", "*** ASYSTOLE ***") in reasons
    assert len(reasons) == len(SAID)


def test_an_urgent_finding_that_no_statement_names_is_told(stated: DeskClient) -> None:
    kinds = set(stated.state()["episodes"]["kind"])
    untold = {each["name"] for each in stated.ask("statements").json()["verdicts"] if each["verdict"] == "unstated"}
    assert ("VT" in kinds) == ("ventricular tachycardia" in untold)


def test_the_statements_are_audited_once_for_an_analysis(stated: DeskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = stated.ask("statements").json()

    def not_again(*_: object) -> None:
        raise AssertionError("audited again")

    monkeypatch.setattr(statement_audits, "audit_statements", not_again)
    assert stated.ask("statements").json() == first


def test_without_statements_or_classes_there_is_nothing(demo: OpenedRecording, classified: OpenedRecording) -> None:
    assert DeskClient(classified).ask("statements").status_code == 204
    unread = workspace.in_workspace(OpenedRecording("local/y", replace(demo.recording, statements=SAID), ("y", 0, 0)))
    assert DeskClient(unread).ask("statements").status_code == 204
