"""Models compared on the Model page: votes on a beat, agreement over the recording, perturbations when asked for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dashboard_for_tests import Dashboard

from ecg_core.paths import MODELS_FOLDER
from ecg_core.teaching import perturbations
from pages.services.workspace import open_in_workspace
from pages.ui.model_agreement import ABNORMAL_BEATS

Open = Callable[[], Dashboard]

pytestmark = pytest.mark.tensorflow

NAMES = ("autoencoder", "cnn_binary", "feature_logistic", "heart_rate_mlp")


@pytest.fixture
def with_shipped_models(tiny_model: Path) -> Iterator[None]:
    """Lay shipped models beside the small one that the pages use, and one of which only the card is there."""
    links = [tiny_model.parent / name for name in NAMES]
    for link in links:
        link.symlink_to(MODELS_FOLDER / link.name)
    card_only = tiny_model.parent / "cnn5"
    card_only.mkdir()
    shutil.copy(MODELS_FOLDER / "cnn5" / "card.json", card_only)
    yield
    for link in links:
        link.unlink()
    shutil.rmtree(card_only)


@pytest.fixture
def compared(dashboard: Open, with_shipped_models: None) -> Dashboard:
    return dashboard().open("model", part="compared", rec="demo/demo_pvc", t="60").click("classify_beats").settle()


def rows_of(text: str, name: str) -> list[list[str]]:
    """Return the cells of the table rows in which a model is named."""
    rows = re.findall(r"<tr>(.*?)</tr>", text)
    cells = [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]
    return [row for row in cells if name in row]


def test_every_model_votes_on_the_beat_and_is_compared_over_the_recording(compared: Dashboard) -> None:
    text = compared.text
    assert "of 2 models that tell the five classes" in text
    assert "Not asked, since only the card is in the model folder: cnn5." in text
    assert "What moved the feature models most" in text
    for name in NAMES:
        assert rows_of(text, name)
    assert rows_of(text, "heart_rate_mlp")[0][3].endswith(" bpm")
    assert rows_of(text, "cnn_binary")[0][1] in ("normal", "abnormal")

    analysis = open_in_workspace("demo/demo_pvc", "").analysis
    assert analysis is not None
    counted = [str(int((analysis.beats["label"] == letter).sum())) for letter in "NSVFQ"]
    own = next(row for row in rows_of(text, "tiny") if row[0] == "1")
    assert own[2:7] == counted
    (reference,) = [row for row in rows_of(text, "reference") if len(row) > 5]
    assert reference[2:7] == ["329", "0", "35", "2", "0"]
    # A heart rate and an error agree with no class.
    assert len(rows_of(text, "heart_rate_mlp")) == len(rows_of(text, "autoencoder")) == 1

    before = compared.app.session_state["view"].beat
    heading = re.findall(r"Beat \d+ at [^<]*", text)
    compared.click("explain_next").settle()
    assert compared.app.session_state["view"].beat > before
    assert re.findall(r"Beat \d+ at [^<]*", compared.text) != heading
    assert len(compared.app.get("plotly_chart")) == 1


def test_the_signal_is_perturbed_when_a_person_asks(compared: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    off = perturbations.LEAD_OFF
    short = perturbations.Ladder(off.kind, off.title, (1.0,), off.text, off.none)
    monkeypatch.setattr(perturbations, "LADDERS", (short,))
    assert "is the first to change its answers" not in compared.text
    compared.click("compare_perturb_start").settle()
    assert "is the first to change its answers: at 100 %," in compared.text
    assert len(compared.app.get("plotly_chart")) == 2
    figure = compared.app.get("plotly_chart")[1].proto.spec
    compared.app.button_group(key="compare_beats_shown").set_value(ABNORMAL_BEATS).run()
    compared.settle()
    assert "abnormal ones alone" in compared.text
    assert compared.app.get("plotly_chart")[1].proto.spec != figure


def test_without_a_recording_or_classes_the_page_says_what_to_do(dashboard: Open, tiny_model: Path) -> None:
    opened = dashboard().open("model", part="compared")
    assert "No recording is open." in opened.text
    opened = dashboard().open("model", part="compared", rec="demo/demo_pvc")
    assert "Models are compared on classified beats." in opened.text
    opened.app.button_group(key="model_part").set_value("Card").run()
    assert "card states no figures yet." in opened.settle().text


def test_other_models_lead_to_the_comparison(compared: Dashboard, dashboard: Open) -> None:
    explained = dashboard().open("explain", rec="demo/demo_pvc", t="60")
    explained.app.button_group(key="explain_scope").set_value("Other models").run()
    explained.settle()
    explained.app.button(key="explain_compare").click().run()
    # Streamlit's AppTest runs the first page again after a switch.
    explained.app.query_params.clear()
    explained.open("model").settle()
    assert "of 2 models that tell the five classes" in explained.text
