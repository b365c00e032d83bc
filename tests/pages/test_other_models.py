"""Other models on the Explain page: what they say of a beat and why, beside the model that classified it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dashboard_for_tests import Dashboard

from ecg_core.textbook.inputs import (
    FeatureInputs,
    Inputs,
    PeriodicityInputs,
    SegmentInputs,
    SequenceInputs,
    SpectrogramInputs,
)
from ecg_core.textbook.model import TextbookModels, save_textbook, textbook_models
from ecg_core.training.recipes import get_recipe
from pages.services.workspace import open_in_workspace
from pages.ui.beat_explanation import OTHERS
from pages.ui.other_models import ONLY, trained_for

Open = Callable[[], Dashboard]

pytestmark = pytest.mark.tensorflow

RECIPES = ("bilstm_attention", "cnn_binary", "spectrogram_cnn", "heart_rate_mlp", "autoencoder", "feature_mlp")
SMALL: dict[str, Inputs] = {
    "cnn_binary": SegmentInputs(fs_hz=50.0, before_s=1.0, after_s=1.0, band_hz=None, scale="recording"),
    "heart_rate_mlp": PeriodicityInputs(),
    "autoencoder": SegmentInputs(fs_hz=128.0, before_s=0.375, after_s=0.625),
    "bilstm_attention": SequenceInputs(),
    "spectrogram_cnn": SpectrogramInputs(),
    "feature_mlp": FeatureInputs(),
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained model of each kind of input and answer."""
    from ecg_core.classification.device import tensorflow

    tensorflow().keras.utils.set_random_seed(5)
    folder = tmp_path_factory.mktemp("zoo")
    for name in RECIPES:
        recipe: Any = get_recipe(name)
        texts = {
            "summary": f"<b>{name}</b>",
            "trained_for": "teaching",
            "figures": {"ds2": {"V_f1": 0.8123, "mae_bpm": 14.7}},
        }
        network = recipe.build(SMALL[name].shapes)
        save_textbook(folder / name, name, SMALL[name], network, recipe=name, target=recipe.target, texts=texts)
    return folder


@pytest.fixture
def with_zoo(zoo: Path, tiny_model: Path) -> Iterator[None]:
    """Lay the models beside the small one that the pages use."""
    links = [tiny_model.parent / name for name in RECIPES]
    for link in links:
        link.symlink_to(zoo / link.name)
    yield
    for link in links:
        link.unlink()


@pytest.fixture
def explained(dashboard: Open, tiny_model: Path) -> Dashboard:
    dashboard().open("explain", rec="demo/demo_pvc", t="60").click("classify_beats")
    analysis = open_in_workspace("demo/demo_pvc", "").analysis
    assert analysis is not None
    opened = dashboard().open("explain", rec="demo/demo_pvc", beat=str(int(analysis.beats["sample"].iloc[40])))
    opened.app.button_group(key="explain_scope").set_value(OTHERS).run()
    return opened.settle()


def choose(opened: Dashboard, name: str) -> str:
    opened.app.selectbox(key="explain_model").set_value(name).run()
    return opened.settle().text


@pytest.mark.usefixtures("with_zoo")
def test_each_kind_of_model_says_what_it_says_and_why(explained: Dashboard) -> None:
    assert explained.app.selectbox(key="explain_model").options == sorted(RECIPES)
    said = {
        "bilstm_attention": ("What spoke for", "occlusion on the first lead", "Attention", "this beat", "Features"),
        "cnn_binary": ("Grad-CAM on the first lead", "probability that the beat is abnormal", "tiny says"),
        "heart_rate_mlp": ("What moved the heart rate", "from the beats found", "mean error 14.7 bpm"),
        "autoencoder": ("Where rebuilding fails", "of the beat&#x27;s variance is not rebuilt"),
        "feature_mlp": ("replaced by the recording&#x27;s median", "QRS width"),
        "spectrogram_cnn": ("Grad-CAM on the first lead", "beside tiny"),
    }
    charts = {"feature_mlp": 0, "spectrogram_cnn": 2}
    for name, texts in said.items():
        text = choose(explained, name)
        for one in (*texts, ONLY, f"&lt;b&gt;{name}&lt;/b&gt;", "Trained for teaching; on DS2: F1 of V 81.2 %"):
            assert one in text
        assert "<b>feature" not in text
        assert len(explained.app.get("plotly_chart")) == charts.get(name, 1)

    before = explained.app.session_state["view"].beat
    explained.click("explain_next")
    assert explained.app.session_state["view"].beat > before
    assert explained.app.selectbox(key="explain_model").value == "spectrogram_cnn"


def test_without_models_one_sentence_says_so(explained: Dashboard) -> None:
    assert "No textbook model is complete in the models folder; make zoo trains them." in explained.text


def test_a_folder_without_its_weights_or_of_another_kind_is_no_choice(zoo: Path, tmp_path: Path) -> None:
    assert [model.name for model in textbook_models(zoo).complete] == sorted(RECIPES)
    (tmp_path / "card_only").mkdir()
    (tmp_path / "card_only" / "card.json").write_text((zoo / "cnn_binary" / "card.json").read_text())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "card.json").write_text(json.dumps({"format": 1, "kind": "ensemble"}))
    assert textbook_models(tmp_path) == TextbookModels((), ("card_only",))
    assert textbook_models(tmp_path / "none") == TextbookModels(())


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"ds2": {"accuracy": 0.5, "auc": 0.61234}}, "on DS2: accuracy 50.0 %, area under the curve 0.612."),
        ({"ds2": {"mae_bpm": 14.7, "mae_of_mean_bpm": 14.1}}, "mean error 14.7 bpm, where always saying the mean"),
        ({"ds2": None}, "its card states no figure on DS2."),
        (None, "its card states no figure on DS2."),
    ],
)
def test_what_a_card_says_of_ds2_is_one_sentence(figures: Any, said: str) -> None:
    assert said in trained_for({"summary": "small", "trained_for": "x", "figures": figures})
