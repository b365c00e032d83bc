"""Model folders of strangers: whatever they name, claim or break off, the answer is one sentence (ModelError)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.loading import load_classifier
from ecg_core.classification.model import load_model
from ecg_core.errors import ModelError
from ecg_core.model_files import MAX_DEPTH, read_arrays, read_json
from ecg_core.rhythm.recognition import load_rhythm_model
from ecg_core.textbook.allowed import check_estimator, check_network
from ecg_core.textbook.inputs import FeatureInputs, SegmentInputs
from ecg_core.textbook.model import load_textbook, save_textbook

pytestmark = pytest.mark.slow

N_SAMPLES = 50
HUGE = 10**9


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small textbook network."""
    import keras
    from keras import layers

    network = keras.Sequential([keras.Input((N_SAMPLES, 1)), layers.Flatten(), layers.Dense(5)])
    inputs = SegmentInputs(fs_hz=100.0, before_s=0.3, after_s=0.2)
    folder = tmp_path_factory.mktemp("model") / "small"
    return save_textbook(folder, "small", inputs, network, recipe="test", target="aami", texts={})


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it to be harmed."""
    return Path(shutil.copytree(made, tmp_path / "small"))


def put(folder: Path, file: str, content: bytes) -> None:
    """Replace a file and its hash."""
    (folder / file).write_bytes(content)
    card = json.loads((folder / "card.json").read_text())
    card["files"][file] = hashlib.sha256(content).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))


def with_layer(folder: Path, layer: dict[str, Any]) -> None:
    described = json.loads((folder / "network.json").read_text())
    described["config"]["layers"].insert(-1, layer)
    put(folder, "network.json", json.dumps(described).encode())


def refused(folder: Path) -> str:
    """Return the sentence that refuses a folder when its network is asked for."""
    with pytest.raises(ModelError) as error:
        load_textbook(folder).network  # noqa: B018
    sentence = str(error.value)
    assert "\n" not in sentence
    assert len(sentence) < 600
    return sentence


def named(module: Any, name: Any, registered: Any = None, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": registered}


CODE = {"function": {"class_name": "__lambda__", "config": {"value": ["4wEA", None, None]}}}


@pytest.mark.parametrize(
    "layer",
    [
        named("keras", "layers.Lambda", **CODE),
        named("keras.src.layers", "core.lambda_layer.Lambda", **CODE),
        named("keras.src.layers.core.lambda_layer", "Lambda", **CODE),
        named("keras.layers", "core.Lambda", **CODE),
        named("keras.layers.", "Lambda", **CODE),
        named("keras", "layers.TFSMLayer", filepath="/tmp/graph"),
        named("keras", "utils.get_file", fname="x", origin="http://127.0.0.1/x"),
        named("keras", "saving.load_model", filepath="/tmp/x.keras"),
        named("keras", "models.load_model", filepath="/tmp/x.keras"),
        named("keras.layers", "Dense", "Dense", units=5),
        named("keras.layers", "Dense", "keras>Dense", units=5),
        named("keras.initializers", "Lambda", **CODE),
        named("keras.layers", ["Dense"], units=5),
        named(["keras.layers"], "Dense", units=5),
        named(None, "Lambda", **CODE),
        {"class_name": "Lambda", "config": CODE},
        {"class_name": "Dense", "config": {"units": 5}},
        {"class_name": "__lambda__", "config": {"value": "4wEA"}},
        {"class_name": "__typespec__", "config": [], "spec_name": "TensorSpec", "module": "os"},
        {"class_name": "__keras_tensor__", "config": {}, "module": "os"},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": None},
        named("keras.layers", "Hashing", num_bins=3),
        named("keras.layers", "Normalization"),
        named("keras.layers", "RandomBrightness", factor=0.1),
        named("keras.layers", "Discretization"),
        named("keras.layers", "HashedCrossing", num_bins=2),
    ],
    ids=lambda layer: f"{layer.get('module')}:{layer['class_name']}",
)
def test_only_what_is_on_the_list_may_be_named_whatever_way_it_is_spelt(folder: Path, layer: dict[str, Any]) -> None:
    """Each of these passes a list of what is forbidden; Keras' safe mode stops some of them, and is not asked."""
    with_layer(folder, layer)
    assert "is no stock layer" in refused(folder)
    with pytest.raises(ModelError, match="is no stock layer"):
        check_network("small", {"config": {"deep": [{"er": layer}]}})


def test_code_in_a_place_that_is_no_layer_is_refused(folder: Path) -> None:
    described = json.loads((folder / "network.json").read_text())
    for place in ("build_config", "compile_config", "anything"):
        put(folder, "network.json", json.dumps({**described, place: named("keras", "layers.Lambda", **CODE)}).encode())
        assert "is no stock layer" in refused(folder)


@pytest.mark.parametrize("depth", [MAX_DEPTH, 500, 5000, 100_000])
def test_nesting_is_bounded(folder: Path, depth: int) -> None:
    layer = '{"module": "keras.layers", "class_name": "TimeDistributed", "registered_name": null, "config": {"layer": '
    dense = json.dumps(named("keras.layers", "Dense", units=5))
    text = (
        (folder / "network.json")
        .read_text()
        .replace('"layers": [', f'"layers": [{layer * depth}{dense}{"}}" * depth}, ')
    )
    put(folder, "network.json", text.encode())
    assert "nested more than" in refused(folder)
    (folder / "card.json").write_text("[" * depth + "]" * depth)
    for load in (load_textbook, load_model, load_classifier, load_rhythm_model):
        with pytest.raises(ModelError) as error:
            load(folder)
        assert len(str(error.value)) < 600


@pytest.mark.parametrize(
    "layer",
    [
        named("keras.layers", "Dense", units=HUGE),
        named("keras.layers", "Conv1D", filters=HUGE, kernel_size=HUGE),
        named("keras.layers", "LSTM", units=10**7),
        named("keras.layers", "UpSampling1D", size=HUGE),
        named("keras.layers", "ZeroPadding1D", padding=HUGE),
        named("keras.layers", "Reshape", target_shape=[HUGE, HUGE]),
        named("keras.layers", "Dense", units=-1),
        named("keras.layers", "Dense", units="many"),
        named("keras.layers", "Dense"),
        named("keras.layers", "Dense", units=5, kernel_initializer=named("keras.initializers", "Constant", value="x")),
    ],
    ids=lambda layer: f"{layer['class_name']}:{list(layer['config'].values())}",
)
def test_a_few_bytes_cannot_ask_for_any_amount_of_memory(folder: Path, layer: dict[str, Any]) -> None:
    described = json.loads((folder / "network.json").read_text())
    described["config"]["layers"].insert(1, layer)
    put(folder, "network.json", json.dumps(described).encode())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10  # KB


def test_a_layer_without_weights_that_makes_too_much_of_a_beat_is_refused(tmp_path: Path) -> None:
    import keras
    from keras import layers

    steps = [keras.Input((N_SAMPLES, 1)), layers.UpSampling1D(10**6), layers.GlobalMaxPooling1D(), layers.Dense(5)]
    inputs = SegmentInputs(fs_hz=100.0, before_s=0.3, after_s=0.2)
    network = keras.Sequential(steps)
    model = save_textbook(tmp_path / "wide", "wide", inputs, network, recipe="test", target="aami", texts={})
    assert "of one beat" in refused(model)


def test_unrolled_steps_are_refused(folder: Path) -> None:
    with_layer(folder, named("keras.layers", "LSTM", units=3, unroll=True))
    assert "unrolls its steps" in refused(folder)


def npz(**entries: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return packed.getvalue()


def npy(shape: tuple[int, ...], dtype: str = "<f4", content: bytes = b"") -> bytes:
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return stream.getvalue()


WEIGHTS: dict[str, Callable[[], bytes]] = {
    "no zip": lambda: b"PK\x03\x04 nothing",
    "empty": lambda: b"",
    "cut short": lambda: npz(w0=npy((5,), content=b"\0" * 20))[:-40],
    "announces terabytes": lambda: npz(w0=npy((10**6, 10**6)), w1=npy((5,))),
    "announces more than there is": lambda: npz(w0=npy((N_SAMPLES, 5), content=b"\0" * 8), w1=npy((5,))),
    "negative": lambda: npz(w0=npy((-1, 5)), w1=npy((5,))),
    "objects": lambda: npz(w0=pickled()),
    "texts": lambda: npz(w0=npy((5,), "<U4", b"\0" * 80)),
    "no arrays": lambda: npz(w0=b"text", w1=b""),
    "none": lambda: npz(),
    "other names": lambda: npz(a=npy((5,), content=b"\0" * 20)),
    "gap in names": lambda: npz(w0=npy((5,), content=b"\0" * 20), w2=npy((5,), content=b"\0" * 20)),
    "other shapes": lambda: npz(w0=npy((5,), content=b"\0" * 20), w1=npy((5,), content=b"\0" * 20)),
    "too many": lambda: npz(**{f"w{number}": b"" for number in range(10_001)}),
    "bomb": lambda: npz(w0=npy((HUGE,), content=b"\0" * (64 << 20))),
    "HDF5": lambda: b"\x89HDF\r\n\x1a\n" + b"\0" * 500,
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_none_are_one_sentence(folder: Path, name: str) -> None:
    put(folder, "weights.npz", WEIGHTS[name]())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10  # KB


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_of_the_other_kinds_are_read_in_the_same_way(
    tiny_model_folder: Path, tmp_path: Path, name: str
) -> None:
    folder = Path(shutil.copytree(tiny_model_folder, tmp_path / "tiny"))
    content = WEIGHTS[name]()
    (folder / "weights.npz").write_bytes(content)
    card = json.loads((folder / "card.json").read_text())
    card["weights_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError) as error:
        load_model(folder).network  # noqa: B018
    assert "\n" not in str(error.value)
    (folder / "card.json").write_text(json.dumps({**card, "kind": "rhythm"}))
    with pytest.raises(ModelError):
        load_rhythm_model(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("window", {"fs_hz": 1e9}),
        ("window", {"fs_hz": float("nan")}),
        ("window", {"before_s": -1}),
        ("window", {"fs_hz": "128"} | {"x": 1}),
        ("window", []),
        ("network", {"n_samples": HUGE, "n_rr_features": 5, "filters": [HUGE], "kernels": [3], "strides": [1]}),
        ("network", {"n_samples": 192}),
        ("network", []),
        ("calibration", {}),
        ("calibration", {"temperature": 0, "logit_shift": [0] * 5}),
        ("calibration", {"temperature": 1, "logit_shift": [0] * 4}),
        ("calibration", {"temperature": "hot", "logit_shift": [0] * 5}),
        ("context", {"unknown": 1}),
        ("familiarity", {}),
    ],
)
def test_a_card_with_other_constants_is_one_sentence(
    tiny_model_folder: Path, tmp_path: Path, key: str, value: Any
) -> None:
    folder = Path(shutil.copytree(tiny_model_folder, tmp_path / "tiny"))
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, key: value}))
    with pytest.raises(ModelError) as error:
        load_model(folder).network  # noqa: B018
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "inputs",
    [
        {"kind": "segment", "fs_hz": 1e12},
        {"kind": "segment", "fs_hz": 9999.0, "before_s": 9999.0},
        {"kind": "segment", "fs_hz": float("nan")},
        {"kind": "segment", "fs_hz": "fast"},
        {"kind": "segment", "fs_hz": [1, 2]},
        {"kind": ["segment"]},
    ],
)
def test_inputs_beyond_any_beat_are_refused(folder: Path, inputs: dict[str, Any]) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "inputs": inputs}))
    refused(folder)


def test_large_and_odd_files_are_not_read(tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    with card.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ModelError, match="far more than such a file"):
        read_json(card)
    card.unlink()
    os.mkfifo(card)
    with pytest.raises(ModelError, match="no plain file"):
        read_json(card)
    with pytest.raises(ModelError):
        read_arrays(tmp_path)


@pytest.fixture(scope="module")
def estimator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small estimator."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    values = np.random.default_rng(1).normal(size=(60, 50)).astype(np.float32)
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(values, np.arange(60) % 5)
    folder = tmp_path_factory.mktemp("estimator") / "small"
    return save_textbook(folder, "small", FeatureInputs(), fitted, recipe="test", target="aami", texts={})


def repacked(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    change(held)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in held.items():
            archive.writestr(name, part)
    return packed.getvalue()


def renamed(module: str, name: str) -> Callable[[dict[str, bytes]], None]:
    def change(held: dict[str, bytes]) -> None:
        schema = json.loads(held["schema.json"])
        schema["__module__"], schema["__class__"] = module, name
        held["schema.json"] = json.dumps(schema).encode()

    return change


ESTIMATORS: dict[str, Callable[[dict[str, bytes]], None]] = {
    "os.system": renamed("os", "system"),
    "another estimator": renamed("sklearn.preprocessing._function_transformer", "FunctionTransformer"),
    "no schema": lambda held: held.pop("schema.json", None) and None,
    "no JSON": lambda held: held.update({"schema.json": b"{"}),
    "a list": lambda held: held.update({"schema.json": b"[]"}),
    "deep": lambda held: held.update({"schema.json": b"[" * 5000 + b"]" * 5000}),
    "large": lambda held: held.update({"schema.json": b" " * (17 << 20) + b"{}"}),
    "no arrays": lambda held: [held.pop(name) for name in list(held) if name.endswith(".npy")] and None,
    "other arrays": lambda held: held.update({name: b"x" for name in held if name.endswith(".npy")}),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_that_are_none_are_one_sentence(estimator: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(estimator, tmp_path / "small"))
    load_textbook(folder).outputs({"features": np.zeros((3, 50), np.float32)})
    put(folder, "estimator.skops", repacked((folder / "estimator.skops").read_bytes(), ESTIMATORS[name]))
    with pytest.raises(ModelError) as error:
        load_textbook(folder).outputs({"features": np.zeros((1, 50), np.float32)})
    assert "\n" not in str(error.value)
    for content in (b"", b"PK\x03\x04", b"no zip"):
        put(folder, "estimator.skops", content)
        with pytest.raises(ModelError):
            load_textbook(folder).outputs({"features": np.zeros((1, 50), np.float32)})


def test_types_that_skops_trusts_by_itself_are_not_enough() -> None:
    node = {"__module__": "sklearn.cluster._kmeans", "__class__": "KMeans", "__loader__": "ObjectNode", "content": {}}
    with pytest.raises(ModelError, match="is no known estimator"):
        check_estimator("small", {"content": [node]})
    for node in ({"__class__": "str"}, {"__module__": "builtins", "__class__": "eval", "__loader__": "TypeNode"}):
        with pytest.raises(ModelError, match="is no known estimator"):
            check_estimator("small", node)


def test_the_shipped_models_pass(tmp_path: Path) -> None:
    from ecg_core.classification.model import MODELS_FOLDER

    for file in MODELS_FOLDER.glob("*/network.json"):
        check_network(file.parent.name, read_json(file))
        if (file.parent / "weights.npz").is_file():
            assert load_textbook(file.parent).network.count_params() > 0
    for file in MODELS_FOLDER.glob("*/estimator.skops"):
        with zipfile.ZipFile(file) as archive:
            check_estimator(file.parent.name, json.loads(archive.read("schema.json")))
        assert load_textbook(file.parent).outputs({"features": np.zeros((2, 52), np.float32)}).shape == (2, 5)
