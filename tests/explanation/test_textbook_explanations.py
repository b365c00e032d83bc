"""Explanations of textbook models point at what decides, where it is in time, and at nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from ecg_core.beats import CLASSES
from ecg_core.classification.rr import RR_FEATURES
from ecg_core.errors import ModelError
from ecg_core.explanation.convolutions import contributions
from ecg_core.explanation.native_samples import feature_in_words
from ecg_core.recording import Recording, from_array
from ecg_core.signal.resampling import resample
from ecg_core.synthesis import Synthetic, generate, scenarios
from ecg_core.textbook.explanation import TextbookExplanation, explain_textbook
from ecg_core.textbook.features import FEATURES
from ecg_core.textbook.inputs import (
    FeatureInputs,
    Inputs,
    PeriodicityInputs,
    SegmentInputs,
    SequenceInputs,
    SpectrogramInputs,
)
from ecg_core.textbook.model import TextbookModel, load_textbook, save_textbook
from ecg_core.training.recipes import recipes
from ecg_core.training.recipes.bilstm_attention import ATTENTION

pytestmark = pytest.mark.tensorflow

V = CLASSES.index("V")
SEGMENT = SegmentInputs(fs_hz=128.0, before_s=0.4, after_s=0.6)
NETWORKS: dict[str, Any] = {
    name: recipe for name, recipe in recipes().items() if getattr(recipe, "inputs", FeatureInputs()) != FeatureInputs()
}
Save = Callable[..., TextbookModel]


@pytest.fixture(scope="module")
def synthetic() -> Synthetic:
    return generate(scenarios()["demo_pvc"], duration_s=60, seed=5)


@pytest.fixture(scope="module")
def recording(synthetic: Synthetic) -> Recording:
    return from_array(synthetic.signal, synthetic.fs_hz, synthetic.lead_names)


@pytest.fixture(scope="module")
def samples(synthetic: Synthetic) -> np.ndarray:
    return synthetic.annotations.beats()[0]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def save(predictor: Any, inputs: Inputs, target: str = "aami") -> TextbookModel:
        texts = {"summary": "small", "trained_for": target}
        return load_textbook(
            save_textbook(tmp_path / "small", "small", inputs, predictor, recipe="small", target=target, texts=texts)
        )

    return save


def keras_layers() -> tuple[Any, Any]:
    from ecg_core.classification.device import tensorflow

    tensorflow()
    import keras

    keras.utils.set_random_seed(3)
    return keras, keras.layers


def rectified(shape: tuple[int, ...], weights: np.ndarray, n_out: int = 5, output: int = V) -> Any:
    """A network that adds up |input| under `weights` (of the input's shape) into one output."""
    keras, layers = keras_layers()
    convolution = layers.Conv2D if len(shape) == 3 else layers.Conv1D
    network = keras.Sequential(
        [
            keras.Input(shape, name="image" if len(shape) == 3 else "segment"),
            convolution(2, 1, activation="relu"),
            layers.Flatten(),
            layers.Dense(n_out),
        ]
    )
    network.layers[0].set_weights([np.array([1.0, -1.0]).reshape(*[1] * len(shape), 2), np.zeros(2)])
    kernel = np.zeros((2 * weights.size, n_out))
    kernel[:, output] = np.repeat(weights.ravel(), 2)
    network.layers[2].set_weights([kernel, np.zeros(n_out)])
    return network


def assert_points_at(explanation: TextbookExplanation, begin_s: float, end_s: float, margin_s: float = 0.05) -> None:
    assert explanation.map is not None
    found, at_s = explanation.map[:, 0], explanation.offsets_s
    inside = (at_s >= begin_s - margin_s) & (at_s <= end_s + margin_s)
    assert found.max() == pytest.approx(1)
    assert inside[found.argmax()]
    assert found[~inside].max(initial=0) < 0.02


@pytest.mark.parametrize("fs_hz", [100.0, 250.0, 1000.0])
@pytest.mark.parametrize(("begin_s", "end_s"), [(-0.3, -0.2), (0.2, 0.35)])
def test_a_stretch_that_alone_decides_is_where_the_map_is(
    save: Save, synthetic: Synthetic, samples: np.ndarray, fs_hz: float, begin_s: float, end_s: float
) -> None:
    at_s = SEGMENT.window.offsets_s
    model = save(rectified(SEGMENT.shapes["segment"], (at_s >= begin_s) & (at_s <= end_s)), SEGMENT)
    resampled = from_array(resample(synthetic.signal, synthetic.fs_hz, fs_hz), fs_hz)
    moved = np.round(samples * fs_hz / synthetic.fs_hz).astype(np.int64)
    explanation = explain_textbook(resampled, moved, 20, model, "V")
    assert (explanation.method, explanation.explained) == ("Grad-CAM", "V")
    assert_points_at(explanation, begin_s, end_s)


def test_what_speaks_against_a_class_is_not_on_its_map(save: Save, recording: Recording, samples: np.ndarray) -> None:
    at_s = SEGMENT.window.offsets_s
    weights = np.where(at_s < 0, -1.0, 0.0) + ((at_s > 0.3) & (at_s < 0.4))
    assert_points_at(
        explain_textbook(recording, samples, 20, save(rectified(SEGMENT.shapes["segment"], weights), SEGMENT), "V"),
        0.3,
        0.4,
    )


STACKS: dict[str, Callable[[Any], list[Any]]] = {
    "valid": lambda layers: [layers.Conv1D(3, 5), layers.MaxPooling1D(2), layers.Conv1D(2, 3)],
    "same": lambda layers: [
        layers.Conv1D(3, 4, strides=3, padding="same"),
        layers.AveragePooling1D(3, strides=2, padding="same"),
        layers.Conv1D(2, 5, padding="same"),
    ],
    "dilated": lambda layers: [layers.ZeroPadding1D(0), layers.Conv1D(2, 3, dilation_rate=4)],
    "parts": lambda layers: [
        layers.Reshape((4, 32, 1)),
        layers.TimeDistributed(layers.Conv1D(3, 5, strides=2)),
        layers.TimeDistributed(layers.MaxPooling1D(2)),
        layers.TimeDistributed(layers.Conv1D(2, 3)),
    ],
}


@pytest.mark.parametrize("stack", STACKS)
def test_places_of_a_convolution_lie_in_the_middle_of_what_they_see(save: Save, stack: str) -> None:
    keras, layers = keras_layers()
    network = keras.Sequential([keras.Input((128, 1), name="segment"), *STACKS[stack](layers)])
    network.set_weights([np.abs(weight) + 0.1 for weight in network.get_weights()])
    keras, layers = keras_layers()
    whole = keras.Sequential(
        [keras.Input((128, 1), name="segment"), *network.layers, layers.Flatten(), layers.Dense(1)]
    )
    _, (centres,) = contributions(
        save(whole, SEGMENT, "binary"), {"segment": np.ones((1, 128, 1), np.float32)}, output=0
    )
    # Distinct values, so that a maximum is where it is; each sample raised in turn tells who sees it.
    base = np.arange(128, dtype=np.float32)
    raised = (base + np.diag(np.full(128, 1000.0, np.float32)))[..., None]
    lowered = (base - np.diag(np.full(128, 1000.0, np.float32)))[..., None]
    at_rest = np.asarray(network.predict_on_batch(base[None, :, None]))
    changed = sum(np.abs(np.asarray(network.predict_on_batch(one)) - at_rest) for one in (raised, lowered))
    seen = changed.sum(axis=-1).reshape(128, -1) > 1e-3
    first, last = seen.argmax(axis=0), 127 - seen[::-1].argmax(axis=0)
    whole_field = (last - first) == (last - first).max()
    assert whole_field.sum() > 3
    np.testing.assert_allclose(centres[whole_field], ((first + last) / 2)[whole_field])


def test_contributions_add_up_to_the_output(save: Save) -> None:
    keras_layers()
    network = NETWORKS["cnn_binary"].build({"segment": (200, 1)})
    inputs = SegmentInputs(fs_hz=100.0, before_s=1.0, after_s=1.0)
    model = save(network, inputs, "binary")
    segment = np.random.default_rng(1).standard_normal((1, 200, 1)).astype(np.float32)
    values, (centres,) = contributions(model, {"segment": segment}, output=0)
    bias = float(network.layers[-1].get_weights()[1][0])
    assert values.sum() + bias == pytest.approx(float(model.outputs({"segment": segment})[0, 0]), abs=1e-4)
    against, _ = contributions(model, {"segment": segment}, output=0, sign=-1.0)
    np.testing.assert_allclose(against, -values, atol=1e-6)
    assert (centres[0], centres[-1]) == (1.5, 197.5)


def test_parts_of_a_segment_stand_one_after_another(save: Save, recording: Recording, samples: np.ndarray) -> None:
    keras, layers = keras_layers()
    inputs = SegmentInputs(fs_hz=100.0, before_s=2.0, after_s=2.0)
    network = keras.Sequential(
        [
            keras.Input((400, 1), name="segment"),
            layers.Reshape((4, 100, 1)),
            layers.TimeDistributed(layers.Conv1D(2, 1, activation="relu")),
            layers.TimeDistributed(layers.Flatten()),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    at_s = inputs.window.offsets_s
    decides = (at_s >= 1.2) & (at_s <= 1.5)
    kernel = np.repeat(decides, 2)[:, None].astype(float)
    network.set_weights([np.array([1.0, -1.0]).reshape(1, 1, 2), np.zeros(2), kernel, np.zeros(1)])
    explanation = explain_textbook(recording, samples, 20, save(network, inputs, "binary"))
    assert (explanation.explained, explanation.method) == ("abnormal", "Grad-CAM")
    assert_points_at(explanation, 1.2, 1.5, margin_s=0.07)


def test_a_place_of_the_image_is_told_in_seconds_and_hertz(
    save: Save, recording: Recording, samples: np.ndarray
) -> None:
    inputs = SpectrogramInputs()
    wanted = (np.abs(inputs.frequencies_hz - 12) < 2)[:, None] & (np.abs(inputs.offsets_s + 0.3) < 0.05)[None]
    model = save(rectified(inputs.shapes["image"], wanted[..., None]), inputs)
    explanation = explain_textbook(recording, samples, 20, model, "V")
    image = explanation.image
    assert image is not None
    row, column = np.unravel_index(image.map.argmax(), image.map.shape)
    assert image.frequencies_hz[row] == pytest.approx(12, abs=2)
    assert image.offsets_s[column] == pytest.approx(-0.3, abs=0.05)
    assert not image.map[~wanted].any()
    assert_points_at(explanation, -0.35, -0.25)


@pytest.mark.parametrize("at_s", [-0.4, 0.0, 0.37])
def test_the_columns_of_the_image_are_where_they_say(at_s: float) -> None:
    inputs = SpectrogramInputs()
    signal = np.zeros((2000, 1), np.float32)
    signal[1000 + round(at_s * 200)] = 1.0
    image = inputs.arrays(from_array(signal, 200.0), np.array([1000]))["image"][0, :, :, 0]
    loud = image[10:].mean(axis=0)
    assert inputs.offsets_s[loud.argmax()] == pytest.approx(at_s, abs=0.02)
    assert np.all(np.diff(inputs.offsets_s) > 0)
    assert (inputs.offsets_s[0], inputs.offsets_s[-1]) == pytest.approx((-0.6, 0.6), abs=0.01)


def test_a_neighbour_s_wave_that_alone_decides_is_where_the_map_is(
    save: Save, recording: Recording, samples: np.ndarray
) -> None:
    keras, layers = keras_layers()
    inputs = SequenceInputs()
    beats, rr = (keras.Input(inputs.shapes[name], name=name) for name in ("beats", "rr"))
    network = keras.Model(
        [beats, rr], layers.Dense(5)(layers.Concatenate()([layers.Flatten()(beats), layers.Flatten()(rr)]))
    )
    kernel, bias = network.get_weights()
    at_s = inputs.window.offsets_s
    decides = np.zeros(inputs.shapes["beats"])
    index, slot = 20, 6
    one = inputs.arrays(recording, samples)["beats"][index, slot]
    qrs = np.abs(at_s) <= 0.05
    decides[slot] = np.where(qrs, np.sign(one - one.mean()), 0)
    kernel = np.zeros_like(kernel)
    kernel[: decides.size, V] = decides.ravel()
    network.set_weights([kernel, bias])
    explanation = explain_textbook(recording, samples, index, save(network, inputs), "V")
    expected_s = (samples[index + slot - 4] - samples[index]) / recording.fs_hz
    assert explanation.method == "occlusion"
    assert explanation.attention is None
    # A covering stretch is an eighth of a second long.
    assert_points_at(explanation, expected_s - 0.05, expected_s + 0.05, margin_s=0.14)
    assert explanation.map is not None
    assert explanation.offsets_s[explanation.map[:, 0].argmax()] == pytest.approx(expected_s, abs=0.06)
    assert explanation.features is not None
    assert not explanation.features["effect"].any()


def test_beats_beyond_a_gap_are_not_drawn(save: Save, samples: np.ndarray, recording: Recording) -> None:
    inputs = SequenceInputs()
    model = save(NETWORKS["lstm"].build(inputs.shapes), inputs)
    few = np.concatenate([samples[:5], samples[-30:]])
    explanation = explain_textbook(recording, few, 4, model)
    assert explanation.offsets_s[-1] < 1
    assert explanation.map is not None
    assert np.isfinite(explanation.map).all()


def test_attention_is_shared_among_the_beats_of_the_sequence(
    save: Save, recording: Recording, samples: np.ndarray
) -> None:
    keras_layers()
    inputs = SequenceInputs()
    network = NETWORKS["bilstm_attention"].build(inputs.shapes)
    model = save(network, inputs)
    attention = explain_textbook(recording, samples, 20, model).attention
    assert attention is not None
    assert attention["weight"].sum() == pytest.approx(1, abs=1e-5)
    assert attention["weight"].std() > 0
    np.testing.assert_allclose(attention["offset_s"], (samples[16:25] - samples[20]) / recording.fs_hz)
    assert attention["position"].tolist() == list(range(-4, 5))
    assert network.get_layer(ATTENTION).output.shape[1:] == (9,)
    assert explain_textbook(recording, samples, 0, model).attention["offset_s"].tolist()[:5] == [0.0] * 5  # type: ignore[index]


def linear_on(columns: list[int], features: np.ndarray, label: np.ndarray) -> Any:
    """A model that saw nothing but zeros in the other columns, and so gives them no weight."""
    from sklearn.linear_model import LogisticRegression

    seen = np.zeros_like(features)
    seen[:, columns] = features[:, columns]
    return LogisticRegression(C=0.1).fit(seen, label)


def test_a_feature_that_the_model_ignores_has_no_effect(
    save: Save, synthetic: Synthetic, recording: Recording, samples: np.ndarray
) -> None:
    inputs = FeatureInputs()
    features = inputs.arrays(recording, samples)["features"]
    symbols = synthetic.annotations.beats()[1]
    width = len(RR_FEATURES) + FEATURES.index("qrs_width_ms")
    label = np.where(symbols == "V", V, 0)
    model = save(linear_on([0, width, width + len(FEATURES)], features, label), inputs)
    index = int(np.flatnonzero(symbols == "V")[1])
    explanation = explain_textbook(recording, samples, index, model)
    assert (explanation.method, explanation.map) == ("occlusion", None)
    table = explanation.features
    assert table is not None
    assert list(table["feature"]) == [*RR_FEATURES, *FEATURES]
    effects = dict(zip(table["feature"], table["effect"], strict=True))
    used = {"rr_before", "qrs_width_ms"}
    assert all(effects[name] == 0 for name in effects if name not in used)
    median = np.median(features, axis=0)
    replaced = features[index].copy()
    replaced[[width, width + len(FEATURES)]] = median[[width, width + len(FEATURES)]]
    both = softmax(model.outputs({"features": np.stack([features[index], replaced])}), axis=1)
    target = CLASSES.index(explanation.explained)
    assert effects["qrs_width_ms"] == pytest.approx(float(both[0, target] - both[1, target]), abs=1e-6)
    assert abs(effects["qrs_width_ms"]) > 1e-3


@pytest.mark.parametrize(
    ("feature", "value", "text"),
    [
        ("qrs_width_ms", 1.5, "150 ms"),
        ("r_height_mv", -0.314, "-0.31 mV"),
        ("steepest_mv_per_s", 0.42, "42 mV/s"),
        ("t_area_mv_s", 0.3, "30 mV ms"),
        ("log_power_4_8_hz", float(np.log(0.25)), "25.0 %"),
        ("log_wavelet_0", 0.0, "100.0 %"),
    ],
)
def test_features_are_told_in_their_units(feature: str, value: float, text: str) -> None:
    assert feature_in_words(feature, value) == text


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_heart_rate_is_explained_whichever_way_it_is_moved(
    save: Save, recording: Recording, samples: np.ndarray, sign: float
) -> None:
    keras, layers = keras_layers()
    inputs = SegmentInputs(fs_hz=50.0, before_s=5.0, after_s=5.0, band_hz=(5.0, 20.0))
    network = keras.Sequential([keras.Input((500, 1), name="segment"), layers.Flatten(), layers.Dense(1)])
    segment = inputs.arrays(recording, samples)["segment"][40, :, 0]
    at_s = inputs.window.offsets_s
    weights = np.where((at_s >= 2.0) & (at_s <= 3.0), sign * np.sign(segment), 0)
    network.set_weights([weights[:, None], np.array([75.0])])
    explanation = explain_textbook(recording, samples, 40, save(network, inputs, "rate"))
    assert (explanation.method, explanation.explained) == ("occlusion", "heart rate")
    assert explanation.value == pytest.approx(75 + float(weights @ segment), rel=1e-4)
    assert_points_at(explanation, 2.0, 3.0, margin_s=0.16)


def test_a_rate_told_from_periodicity_is_explained_by_the_beats(
    save: Save, recording: Recording, samples: np.ndarray
) -> None:
    """Every QRS counts, for each is repeated by the others; what lies between beats does not."""
    keras, layers = keras_layers()
    inputs = PeriodicityInputs()
    n_lags = len(inputs.lags_s)
    network = keras.Sequential([keras.Input((n_lags, 1), name="periodicity"), layers.Flatten(), layers.Dense(1)])
    repeats = inputs.arrays(recording, samples)["periodicity"][30, :, 0]
    weights = (inputs.lags_s == inputs.lags_s[repeats.argmax()]).astype(float)
    network.set_weights([weights[:, None], np.array([60.0])])
    explanation = explain_textbook(recording, samples, 30, save(network, inputs, "rate"))
    assert (explanation.method, explanation.explained) == ("occlusion", "heart rate")
    assert explanation.value == pytest.approx(60 + float(repeats.max()), rel=1e-3)
    assert explanation.map is not None
    beats_s = (samples - samples[30]) / recording.fs_hz
    distance_s = np.abs(explanation.offsets_s[:, None] - beats_s).min(axis=1)
    inner = np.abs(explanation.offsets_s) < 4
    assert (
        explanation.map[inner & (distance_s < 0.05), 0].mean()
        > 3 * explanation.map[inner & (distance_s > 0.3), 0].mean()
    )


def test_an_autoencoder_s_map_is_where_it_fails(save: Save, recording: Recording, samples: np.ndarray) -> None:
    keras, layers = keras_layers()
    network = keras.Sequential(
        [keras.Input((128, 1), name="segment"), layers.Flatten(), layers.Dense(128), layers.Reshape((128, 1))]
    )
    at_s = SEGMENT.window.offsets_s
    missed = (at_s >= -0.04) & (at_s <= 0.04)
    network.set_weights([np.diag(np.where(missed, 0.0, 1.0)), np.zeros(128)])
    explanation = explain_textbook(recording, samples, 20, save(network, SEGMENT, "anomaly"))
    segment = SEGMENT.arrays(recording, samples)["segment"][20, :, 0]
    assert explanation.explained == "reconstruction error"
    assert explanation.value == pytest.approx(float((segment[missed] ** 2).sum() / 128), rel=1e-4)
    assert_points_at(explanation, -0.04, 0.04, margin_s=0.01)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_recipe_is_explained_as_its_network_allows(
    save: Save, recording: Recording, samples: np.ndarray, name: str
) -> None:
    keras_layers()
    recipe = NETWORKS[name]
    model = save(recipe.build(recipe.inputs.shapes), recipe.inputs, recipe.target)
    for index in (0, 20, len(samples) - 1):
        explanation = explain_textbook(recording, samples, index, model, "S")
        convolves = any(word in name for word in ("cnn", "autoencoder"))
        assert explanation.method == ("Grad-CAM" if convolves else "occlusion")
        assert explanation.map is not None
        assert explanation.map.shape == explanation.wave_mv.shape == (len(explanation.offsets_s), 1)
        assert explanation.map.min() >= 0
        assert explanation.map.max() == pytest.approx(1)
        zero = int(np.argmin(np.abs(explanation.offsets_s)))
        assert explanation.wave_mv[zero, 0] == recording.read(samples[index], samples[index] + 1)[0, 0]
        np.testing.assert_allclose(np.diff(explanation.offsets_s), 1 / recording.fs_hz)
        assert (explanation.probabilities is None) == (recipe.target != "aami")
        assert (explanation.value is None) == (recipe.target == "aami")
        if explanation.probabilities is not None:
            assert explanation.explained == "S"
            expected = model.classify(recording, samples)[index]
            np.testing.assert_allclose(explanation.probabilities, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["cnn5", "spectrogram_cnn", "cnn_binary", "lstm", "heart_rate_mlp", "autoencoder"])
def test_neither_gain_nor_rate_moves_the_map(
    save: Save, synthetic: Synthetic, recording: Recording, samples: np.ndarray, name: str
) -> None:
    keras_layers()
    recipe = NETWORKS[name]
    model = save(recipe.build(recipe.inputs.shapes), recipe.inputs, recipe.target)
    plain = explain_textbook(recording, samples, 20, model, "V")
    louder = explain_textbook(from_array(4 * synthetic.signal, synthetic.fs_hz), samples, 20, model, "V")
    faster = explain_textbook(
        from_array(resample(synthetic.signal, synthetic.fs_hz, 500.0), 500.0),
        np.round(samples * 500.0 / synthetic.fs_hz).astype(np.int64),
        20,
        model,
        "V",
    )
    assert plain.map is not None
    assert louder.map is not None
    assert faster.map is not None
    np.testing.assert_allclose(louder.map, plain.map, atol=0.02)
    elsewhere = np.interp(plain.offsets_s, faster.offsets_s, faster.map[:, 0])
    assert np.corrcoef(elsewhere, plain.map[:, 0])[0, 1] > 0.85


def test_other_weights_give_another_map(save: Save, recording: Recording, samples: np.ndarray) -> None:
    """Adebayo 2018, "Sanity checks for saliency maps"."""
    maps: list[Any] = []
    for seed in (1, 2):
        keras, _ = keras_layers()
        keras.utils.set_random_seed(seed)
        model = save(NETWORKS["cnn5"].build(SEGMENT.shapes), SEGMENT)
        maps.append(explain_textbook(recording, samples, 20, model, "V").map)
    assert np.abs(maps[0] - maps[1]).mean() > 0.05


def test_what_cannot_be_explained_is_said(save: Save, recording: Recording, samples: np.ndarray) -> None:
    network = rectified(SEGMENT.shapes["segment"], np.ones(128), n_out=3)
    with pytest.raises(ModelError, match="cannot explain a model trained for colours"):
        explain_textbook(recording, samples, 3, save(network, SEGMENT, "colours"))
    with pytest.raises(ModelError, match="does not answer in the shape of a model trained for aami"):
        explain_textbook(recording, samples, 3, save(network, SEGMENT))
