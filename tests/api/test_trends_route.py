"""The hourly table and heart-rate variability over their routes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from desk_client import DeskClient, wait_for_jobs

from ecg_core.recording import from_array
from pages.services.trends import QTC_FORMULAS, age_years, sex_of, trends_of
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


def cells(trends: dict, kind: str) -> dict[str, tuple]:
    row = next(row for row in trends["rows"] if row["kind"] == kind)
    names = [column["name"] for column in trends["columns"]]
    return dict(zip(names, zip(row["values"], row["samples"], row["reasons"], strict=True), strict=True))


def test_the_table_speaks_of_the_same_beats_as_the_summary(client: DeskClient) -> None:
    summary = client.state()["summary"]
    whole = cells(client.ask("trends").json(), "whole")
    assert whole["v_beats"][0] == summary["n_by_class"]["V"]
    assert whole["max_rate"][:2] == (round(summary["max_rate_bpm"], 6), summary["max_rate_sample"])
    assert whole["longest_rr"][1] == summary["longest_rr_sample"]


def test_the_table_follows_edits(client: DeskClient) -> None:
    before = client.ask("trends").json()
    _, beats = client.packed("beats")
    first_v = cells(before, "hour")["v_beats"][1]
    beat = int(beats["id"][list(beats["sample"]).index(first_v)])
    client.edit(0, {"action": "relabel", "beats": [beat], "label": "N"})
    after = client.ask("trends").json()
    assert after["revision"] > before["revision"]
    assert cells(after, "whole")["v_beats"][0] == cells(before, "whole")["v_beats"][0] - 1
    assert cells(after, "hour")["v_beats"][1] > first_v
    client.send("undo", {"since": 0, "uuid": "u-1"})
    assert cells(client.ask("trends").json(), "whole")["v_beats"] == cells(before, "whole")["v_beats"]


def test_dismissed_events_are_not_counted(client: DeskClient) -> None:
    span = {"action": "set_rhythm", "span": 7, "start_sample": 1000, "stop_sample": 3000, "rhythm": "IVR"}
    client.edit(0, {**span, "overrules": []})
    episodes = client.state()["episodes"]
    key = episodes["key"][episodes["kind"].index("IVR")]
    before = cells(client.ask("trends").json(), "whole")["v_runs"]
    client.edit(0, {"action": "mark_events", "events": [key], "mark": "dismissed", "on": True})
    after = client.ask("trends").json()
    assert after["n_dismissed"] == 1
    assert cells(after, "whole")["v_runs"][0] == before[0] - 1


def test_qtc_is_corrected_by_the_formula_that_was_asked_for(client: DeskClient) -> None:
    client.send("job", {"do": "waves"})
    wait_for_jobs()
    by_default = client.ask("trends").json()
    assert (by_default["qtc"], by_default) == ("fridericia", client.ask("trends", qtc="fridericia").json())
    found = {}
    for formula in QTC_FORMULAS:
        table = client.ask("trends", qtc=formula).json()
        assert table["qtc"] == formula
        assert f"QTc {formula.title()}" in [column["title"] for column in table["columns"]]
        found[formula] = cells(table, "whole")
    assert len({one["qtc_ms"][0] for one in found.values()}) == len(QTC_FORMULAS)
    assert len({one["qrs_ms"] for one in found.values()}) == 1
    assert client.ask("trends", qtc="none").status_code == 400


def test_tables_by_two_formulas_share_their_heart_rate_variability(classified: OpenedRecording) -> None:
    first, second = (trends_of(classified, formula) for formula in ("bazett", "hodges"))
    assert first is not None
    assert second is not None
    assert first.variability is second.variability
    assert trends_of(classified, "bazett") is first


def test_there_is_no_table_before_beats_are_found(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    assert client.ask("trends").status_code == 204
    assert client.ask("variability", part="whole").status_code == 204


def test_variability_of_a_span_is_that_of_its_intervals_alone(client: DeskClient) -> None:
    told = client.ask("variability", start_s=0, stop_s=90).json()
    assert told["spans_s"] == [[0, 90]]
    by_name = {measure["name"]: measure for measure in told["measures"]}
    assert by_name["lf_ms2"]["value"] is None
    assert told["refused"] or by_name["lf_ms2"]["reason"] == "needs 2 min"
    assert sum(one["time_s"] for one in told["left_out"]) + told["nn_s"] <= 90
    assert told["left_out"][0]["cause"] == "ectopic beats"


def test_references_come_with_an_age_only(client: DeskClient) -> None:
    def references(**person: int | str) -> list:
        told = client.ask("variability", start_s=0, stop_s=300, **person).json()
        return [measure["reference"] for measure in told["measures"] if measure["reference"]]

    assert references() == []
    assert {reference["group"] for reference in references(age=50)} == {"adults of both sexes"}
    assert "women, 45 to 54 years" in {reference["group"] for reference in references(age=50, sex="F")}
    assert "men, 45 to 54 years" in {reference["group"] for reference in references(age=50, sex="M")}
    assert client.ask("variability", part="whole", age=50, sex="X").status_code == 400


def test_spans_that_are_none_are_refused(client: DeskClient) -> None:
    for params in ({"start_s": 5, "stop_s": 5}, {"start_s": 1e8, "stop_s": 2e8}, {"start_s": "x", "stop_s": 3}, {}):
        answer = client.ask("variability", **params)
        assert answer.status_code == 400, params
    assert client.ask("variability", part="night").status_code == 400
    assert client.ask("variability", part="week").status_code == 400
    assert client.ask("variability", part="whole", age=300).status_code == 400


def test_two_pages_get_the_same_table(classified: OpenedRecording) -> None:
    one, other = DeskClient(classified), DeskClient(classified, "Dr. Dora")
    assert one.ask("trends").json() == other.ask("trends").json()


def test_the_age_is_the_files_own() -> None:
    def told(*comments: str) -> int | None:
        return age_years(replace(from_array(np.zeros((100, 1)), 100.0), comments=comments))

    assert told("Age: 63", "Sex: F") == 63
    assert told("69 M 1085 1629 x1") == 69
    assert told("Age: over 89") is None
    assert told("nothing") is None


def test_the_sex_is_the_files_own() -> None:
    def told(*comments: str) -> str | None:
        return sex_of(replace(from_array(np.zeros((100, 1)), 100.0), comments=comments))

    assert told("Age: 63", "Sex: Female") == "F"
    assert told("69 M 1085 1629 x1") == "M"
    assert told("nothing") is None
