"""The choice of how a map is made, and how far it can be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboard_for_tests import Dashboard

from ecg_core.explanation import METHODS
from pages.services.card_figures import blocks
from pages.services.workspace import open_in_workspace
from pages.ui.explanation_methods import trust_table, verdict

Open = Callable[[], Dashboard]


def of_class(deletion: list[float], insertion: list[float]) -> dict[str, Any]:
    return {
        "n": 100,
        "deletion": {"map": 0.165, "random": 0.457, "interval": deletion},
        "insertion": {"map": 0.749, "random": 0.477, "interval": insertion},
        "shares": {"qrs_t": {"share": 0.628}, "before_qrs": {"share": None}},
    }


FIGURES: dict[str, Any] = {
    "record_set": "DS1",
    "chance": {"qrs_t": 0.302, "before_qrs": 0.135},
    "methods": {
        method: {
            "classes": {letter: of_class([-0.3, -0.2], [0.2, 0.3]) for letter in "VSN"},
            "randomised": [{"layer": "logits", "signed": 0.5}, {"layer": "convolution_1", "signed": -0.05}],
            "other_model": {"V": {"rank_correlation": 0.81}},
        }
        for method in METHODS
    },
}


@pytest.fixture
def explained(dashboard: Open, tiny_model: Path) -> Dashboard:
    dashboard().open("explain", rec="demo/demo_pvc", t="60").click("classify_beats")
    analysis = open_in_workspace("demo/demo_pvc", "").analysis
    assert analysis is not None
    return dashboard().open("explain", rec="demo/demo_pvc", beat=str(int(analysis.beats["sample"].iloc[40])))


def choose(opened: Dashboard, method: str) -> str:
    opened.app.button_group(key="explain_method").set_value(method).run()
    return opened.settle().text


@pytest.mark.tensorflow
def test_each_method_draws_its_map_and_says_what_it_shows(explained: Dashboard) -> None:
    control = explained.app.button_group(key="explain_method")
    assert control.options == ["Grad-CAM", "Integrated gradients", "Occlusion"]
    assert "Where the network looked for" in explained.text
    charts = {"grad_cam": explained.app.get("plotly_chart")[0].proto.spec}
    assert "against the recording's dominant beat" in choose(explained, "integrated_gradients")
    charts["integrated_gradients"] = explained.app.get("plotly_chart")[0].proto.spec
    assert "when 80 ms of one lead are covered" in choose(explained, "occlusion")
    charts["occlusion"] = explained.app.get("plotly_chart")[0].proto.spec
    assert len(set(charts.values())) == len(METHODS)


@pytest.mark.tensorflow
def test_the_method_is_remembered_from_beat_to_beat_and_page_to_page(explained: Dashboard) -> None:
    choose(explained, "occlusion")
    explained.click("explain_next")
    assert "when 80 ms of one lead are covered" in explained.text
    explained.app.button_group(key="explain_scope").set_value("Class over the recording").run()
    assert "when 80 ms of one lead are covered" in explained.settle().text
    explained.app.query_params.clear()
    explained.open("about")
    explained.open("explain")
    assert explained.app.button_group(key="explain_method").value == "occlusion"


@pytest.mark.tensorflow
def test_a_model_whose_maps_were_not_measured_says_so(explained: Dashboard) -> None:
    assert "How far such a map can be trusted was not measured for tiny." in explained.text
    assert not [one for one in explained.app.expander if one.label.startswith("How far")]


@pytest.mark.tensorflow
def test_what_the_card_states_stands_beside_the_map(
    dashboard: Open, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_core.classification.model import load_model

    monkeypatch.setitem(load_model().card, "figures", {"explanations": FIGURES})
    dashboard().open("explain", rec="demo/demo_pvc", t="60").click("classify_beats")
    analysis = open_in_workspace("demo/demo_pvc", "").analysis
    assert analysis is not None
    sample = str(int(analysis.beats["sample"].iloc[40]))
    opened = dashboard().open("explain", rec="demo/demo_pvc", beat=sample, target="V")
    assert [one.label for one in opened.app.expander if one.label.startswith("How far")]
    assert "Measured on 100 V beats of DS1" in opened.text
    opened = dashboard().open("explain", rec="demo/demo_pvc", beat=sample, target="F")
    assert "was not measured for F beats" in opened.text


def test_the_table_states_map_and_random_and_what_is_absent_is_a_dash() -> None:
    method = FIGURES["methods"]["grad_cam"]
    text = trust_table(FIGURES, method, method["classes"]["V"], "V")
    for one in ("0.17", "0.46", "0.75", "0.48", "63 %", "30 %", "– %", "14 %", "-0.05", "0.81"):
        assert one in text
    assert "another training" not in trust_table(FIGURES, method, method["classes"]["S"], "S")
    assert "–" in trust_table({}, {}, {}, "V")


@pytest.mark.parametrize(
    ("deletion", "insertion", "said"),
    [
        ([-0.3, -0.2], [0.2, 0.3], "lowers the probability more than at random; putting it back raises it more than"),
        ([-0.1, 0.1], [0.1, 0.2], "lowers the probability no more, as far as can be told, than at random"),
        ([0.1, 0.2], [-0.2, -0.1], "lowers the probability less than at random; putting it back raises it less than"),
    ],
)
def test_the_verdict_follows_the_intervals(deletion: list[float], insertion: list[float], said: str) -> None:
    assert said in verdict(of_class(deletion, insertion), "V")[0]


def test_without_intervals_there_is_no_verdict() -> None:
    assert verdict({"deletion": {"interval": None}}, "V") == []


def test_figures_of_explanations_are_no_set_of_scores() -> None:
    assert blocks({"explanations": FIGURES}) == []
    scored = {"ds2_reference": {"results": [{"gross": {"V": {"f1": 0.5}}}]}}
    assert [block.title for block in blocks(scored | {"explanations": FIGURES})] == ["DS2, reference beats"]


@pytest.mark.tensorflow
def test_the_model_page_shows_a_card_with_figures_of_explanations(
    dashboard: Open, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_core.classification.model import load_model

    monkeypatch.setitem(load_model().card, "figures", json.loads(json.dumps({"explanations": FIGURES})))
    assert "card states no figures yet." in dashboard().open("model").text
