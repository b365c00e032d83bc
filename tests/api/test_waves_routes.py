"""Waves and measurements over the desk's routes: asked for, under way, ready, and after an edit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb
from desk_client import DeskClient, wait_for_jobs

from ecg_core.delineation.measured import QTC_FORMULAS
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of
from pages.services import workspace
from pages.services.analysis_jobs import start_beat_detection
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


def measured(client: DeskClient) -> dict:
    assert client.send("job", {"do": "waves"}).status_code == 200
    wait_for_jobs()
    answer = client.ask("measurements").json()
    assert answer["state"] == "ready", answer
    return answer


@pytest.fixture
def twelve_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskClient:
    """A page at an inferior infarction of 10 s, its beats found."""
    tracing = tracing_of(CONDITIONS["stemi_inferior"])
    data = tmp_path / "data"
    data.mkdir()
    wfdb.wrsamp(
        "ecg",
        fs=500,
        units=["mV"] * 12,
        sig_name=list(tracing.lead_names),
        p_signal=tracing.signal_mv.astype(np.float64),
        fmt=["16"] * 12,
        write_dir=str(data),
    )
    monkeypatch.setenv("ECG_DATA", str(data))
    opened = workspace.open_in_workspace("local/ecg.hea", str(data))
    start_beat_detection(opened).wait(120)
    return DeskClient(opened)


def test_no_get_request_starts_the_delineation(client: DeskClient) -> None:
    assert client.ask("measurements").json()["state"] == "waiting"
    assert client.ask("waves", start_s=0, stop_s=10).json()["beats"] == []
    wait_for_jobs()
    assert client.ask("measurements").json()["state"] == "waiting"


def test_measurements_follow_once_they_are_asked_for(client: DeskClient) -> None:
    found = measured(client)["measured"]
    overall = found["overall"]
    assert 50 < overall["rate_bpm"]["value"] < 100
    assert 60 < overall["qrs_ms"]["value"] < 120
    assert found["basis"].endswith("normal beats")
    assert set(found["leads"]) == {"MLII", "V1", "V5"}
    assert overall["p_axis_deg"]["value"] is None
    assert overall["p_axis_deg"]["reason"] == "no lead I"


def test_statements_come_with_their_criteria_most_urgent_first(twelve_leads: DeskClient) -> None:
    statements = measured(twelve_leads)["measured"]["interpretation"]["statements"]
    assert statements[0]["severity"] == "critical"
    assert "infer" in statements[0]["text"].lower()
    assert any(criterion["met"] for criterion in statements[0]["criteria"])


def test_the_median_beat_comes_with_curve_and_boundaries_of_each_named_lead(twelve_leads: DeskClient) -> None:
    found = measured(twelve_leads)["measured"]
    median = found["median"]
    assert median["lead_names"] == list(found["leads"])
    assert len(median["signal_mv"]) == len(median["boundaries"]) == 12
    lead = median["lead_names"].index("II")
    curve = np.array(median["signal_mv"][lead], dtype=float)
    on, off = (round(median["boundaries"][lead][place]) for place in (3, 5))
    assert found["leads"]["II"]["r_mv"]["value"] == pytest.approx(curve[on : off + 1].max(), abs=0.02)


def test_boundaries_of_a_span_belong_to_its_beats(client: DeskClient) -> None:
    measured(client)
    answer = client.ask("waves", start_s=20, stop_s=40).json()
    fs_hz = client.state()["recording"]["fs_hz"]
    samples = [beat["sample"] for beat in answer["beats"]]
    assert 15 < len(samples) < 40
    assert all(20 * fs_hz <= sample < 40 * fs_hz for sample in samples)
    for beat in answer["beats"]:
        assert len(beat["boundaries"]) == 3
        on, off = beat["common"][3], beat["common"][5]
        assert on is None or (on <= beat["sample"] + 20 and off >= beat["sample"] - 20)


def test_an_empty_or_reversed_span_has_no_beats_and_a_wrong_one_is_refused(client: DeskClient) -> None:
    measured(client)
    assert client.ask("waves", start_s=40, stop_s=20).json()["beats"] == []
    assert client.ask("waves", start_s="x", stop_s=20).status_code == 400


def test_a_beat_that_a_person_added_is_delineated(client: DeskClient) -> None:
    measured(client)
    _, beats = client.packed("beats")
    sample = (int(beats["sample"][4]) + int(beats["sample"][5])) // 2
    client.edit(0, {"action": "add", "beat": -3, "sample": sample, "label": "V"})
    answer = client.ask("waves", start_s=0, stop_s=20).json()
    (added,) = [beat for beat in answer["beats"] if beat["id"] == -3]
    assert all(added["assessed"])
    assert answer["revision"] == 1
    assert client.ask("measurements").json()["state"] == "ready"


def test_criteria_of_a_beat_come_with_its_intervals(client: DeskClient) -> None:
    _, beats = client.packed("beats")
    assert client.ask("criteria", beat=int(beats["id"][4])).status_code == 204
    measured(client)
    found = client.ask("criteria", beat=int(beats["id"][4])).json()
    assert {one["name"] for one in found["criteria"]} >= {"QRS width", "P wave before", "Timing"}
    assert found["intervals_ms"]["qrs_ms"] > 60
    assert len({found["intervals_ms"][f"qtc_{formula}_ms"] for formula in QTC_FORMULAS}) == len(QTC_FORMULAS)
    assert client.ask("criteria", beat=1).status_code == 204


def test_events_say_that_st_and_av_conduction_were_looked_for(client: DeskClient) -> None:
    before = client.state()["coverage"]["not_assessed"]
    assert {"ST", "AVB1", "AVB3"} <= set(before)
    measured(client)
    after = client.state()["coverage"]
    assert "AVB1" in after["assessed"]
    assert "ST" in after["assessed"]


def test_edits_stay_when_the_waves_arrive(classified: OpenedRecording, client: DeskClient) -> None:
    _, beats = client.packed("beats")
    client.edit(0, {"action": "relabel", "beats": [int(beats["id"][3])], "label": "F"})
    measured(client)
    _, again = client.packed("beats")
    changed = np.flatnonzero(beats["label"] != again["label"]) if "label" in beats else [3]
    assert len(changed) <= 1
    assert client.state()["revision"] == 1
    assert classified.analysis is not None
    assert classified.analysis.waves is not None


def test_a_boundary_that_a_person_sets_moves_the_measurement_and_undo_restores_it(client: DeskClient) -> None:
    measured(client)

    def beat(position: int) -> dict:
        return client.ask("waves", start_s=0, stop_s=20).json()["beats"][position]

    before, fs_hz = beat(5), client.state()["recording"]["fs_hz"]
    on, off = before["common"][3], before["common"][5]
    assert before["set"] == []
    assert before["intervals"]["qrs_ms"] == pytest.approx((off - on) * 1000 / fs_hz, abs=0.1)
    edit = {"action": "set_boundary", "beat": before["id"], "boundary": "qrs_off", "lead": None, "from_sample": off}
    client.edit(0, edit | {"to_sample": off + 6})
    after = beat(5)
    assert after["set"] == [[None, 5]]
    assert after["common"][5] == off + 6
    assert after["intervals"]["qrs_ms"] == pytest.approx((off + 6 - on) * 1000 / fs_hz, abs=0.1)
    assert "QRS end" in client.state()["history"]["undo"]["text"]
    client.send("undo", {"since": 1, "uuid": "u-1"})
    assert beat(5) == before


def test_a_usual_interval_follows_the_boundaries_of_its_beats(client: DeskClient) -> None:
    found = measured(client)["measured"]["overall"]["qrs_ms"]["value"]
    _, beats = client.packed("beats")
    waves = client.ask("waves", start_s=0, stop_s=1000).json()["beats"]
    assert len(waves) == len(beats["id"])
    edits = [
        {"action": "set_boundary", "beat": each["id"], "boundary": "qrs_off", "lead": None}
        | {"from_sample": each["common"][5], "to_sample": each["common"][5] + 10}
        for each in waves
        if each["common"][5] is not None
    ]
    client.edit(0, *edits)
    assert client.ask("measurements").json()["measured"]["overall"]["qrs_ms"]["value"] > found + 5


def test_a_boundary_out_of_order_is_refused_with_a_sentence(client: DeskClient) -> None:
    measured(client)
    beat = client.ask("waves", start_s=0, stop_s=20).json()["beats"][5]
    edit = {"action": "set_boundary", "beat": beat["id"], "boundary": "qrs_on", "lead": None, "from_sample": None}
    meta = client.edit(0, edit | {"to_sample": beat["common"][5] + 4})[0]
    assert "must come before" in str(meta)
    assert client.ask("waves", start_s=0, stop_s=20).json()["beats"][5] == beat


def family_of(client: DeskClient, index: int) -> dict:
    return client.ask("family", family=index).json()


def sizes_of(client: DeskClient) -> dict[int, int]:
    return {family["index"]: family["n_beats"] for family in client.state()["families"]}


def test_a_family_is_measured_once_the_waves_are_there(client: DeskClient) -> None:
    assert family_of(client, 0)["measured"] is None
    assert family_of(client, 0)["state"] == "waiting"
    measured(client)
    families = [family_of(client, index)["measured"]["overall"] for index in sizes_of(client)]
    usual, widest = families[0], max(families, key=lambda overall: overall["qrs_ms"]["value"])
    assert widest["qrs_ms"]["value"] > usual["qrs_ms"]["value"] + 50
    assert (widest["pr_ms"]["value"], widest["pr_ms"]["reason"]) == (None, "no P wave")
    assert usual["pr_ms"]["value"] > 100
    assert usual["qrs_ms"]["sd"] > 0
    assert family_of(client, 300)["measured"] is None
    assert client.ask("family", family=-1).status_code == 400


def test_a_familys_measurements_follow_splitting_and_merging(client: DeskClient) -> None:
    measured(client)
    before, sizes = family_of(client, 0), sizes_of(client)
    client.post("families/split", {"family": 0, "since": 0})
    parts = sizes_of(client)
    (new,) = set(parts) - set(sizes)
    halves = [family_of(client, index)["measured"]["overall"]["qrs_ms"]["n"] for index in (0, new)]
    assert halves[0] <= parts[0] < sizes[0]
    assert halves[1] <= parts[new]
    client.edit(1, {"action": "merge_families", "family": new, "into": 0})
    again = family_of(client, 0)
    assert again["revision"] > before["revision"]
    assert again["measured"] == before["measured"]
    assert family_of(client, new)["measured"] is None


def test_the_basis_of_a_family_follows_its_label(client: DeskClient) -> None:
    measured(client)
    n_beats = sizes_of(client)[0]
    client.edit(0, {"action": "relabel_family", "family": 0, "label": "V"})
    assert family_of(client, 0)["measured"]["basis"] == f"{n_beats} beats of the family"
    client.edit(1, {"action": "relabel_family", "family": 0, "label": "N"})
    assert family_of(client, 0)["measured"]["basis"] == f"{n_beats} normal beats"
