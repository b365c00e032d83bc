"""Allow-list of names in textbook model files: Keras layers and initialisers, and the parts of known estimators.

These are lists of what is allowed, held against module and name together. A dotted name such as ``keras`` and
``layers.Lambda``, a registered name, a function or another library's class is on none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ecg_core.errors import ModelError

MAX_OBJECTS: Final = 20_000
"""Things that one description may name; the largest of the shipped networks names 121."""

LAYERS: Final = frozenset(
    {
        *(
            "Activation",
            "Add",
            "Average",
            "AveragePooling1D",
            "AveragePooling2D",
            "BatchNormalization",
            "Bidirectional",
        ),
        *("Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Cropping1D", "Cropping2D", "Dense"),
        *("DepthwiseConv1D", "DepthwiseConv2D", "Dot", "Dropout", "ELU", "Flatten", "GRU", "GaussianNoise"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "InputLayer"),
        *("LSTM", "LayerNormalization", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "Maximum", "Minimum"),
        *(
            "MultiHeadAttention",
            "Multiply",
            "PReLU",
            "Permute",
            "ReLU",
            "Reshape",
            "SeparableConv1D",
            "SeparableConv2D",
        ),
        *("Softmax", "SpatialDropout1D", "SpatialDropout2D", "Subtract", "TimeDistributed", "UpSampling1D"),
        *("ZeroPadding1D", "ZeroPadding2D"),
    }
)
"""Of ``keras.layers``: none runs code that its description brings, or reads a file that it names."""

_OTHER_LAYERS: Final = frozenset({"EinsumDense", "GRUCell", "LSTMCell"})
"""What layers of the list hold by themselves."""

_INITIALIZERS: Final = frozenset(
    {
        *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Ones"),
        *("Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"),
    }
)
_REGISTERED: Final = {("keras.src.models.functional", "Functional"): "Functional"}
_KERAS: Final = frozenset(
    {
        ("keras", "DTypePolicy"),
        ("keras", "Sequential"),
        *_REGISTERED,
        *(("keras.layers", name) for name in LAYERS),
        *(("keras.initializers", name) for name in _INITIALIZERS),
        *(("keras.regularizers", name) for name in ("L1", "L1L2", "L2")),
    }
)
_TENSOR: Final = {"class_name", "config"}

_SCALARS: Final = ("bool", "bool_", "float32", "float64", "int32", "int64", "uint8", "uint32", "uint64", "ndarray")
_SKOPS: Final = frozenset(
    {
        *(("builtins", name, "TypeNode") for name in ("str", "int", "float", "bool")),
        *(("builtins", name, "JsonNode") for name in ("str", "int", "float", "bool")),
        ("builtins", "dict", "DictNode"),
        ("builtins", "list", "ListNode"),
        ("builtins", "tuple", "TupleNode"),
        *(("numpy", name, "NdArrayNode") for name in _SCALARS),
        *(("numpy", name, "TypeNode") for name in _SCALARS),
        ("numpy", "dtype", "DTypeNode"),
        ("numpy.random._generator", "Generator", "RandomGeneratorNode"),
        ("sklearn._loss._loss", "CyHalfBinomialLoss", "LossNode"),
        ("sklearn._loss._loss", "CyHalfMultinomialLoss", "LossNode"),
        ("sklearn._loss.link", "Interval", "ObjectNode"),
        ("sklearn._loss.link", "LogitLink", "ObjectNode"),
        ("sklearn._loss.link", "MultinomialLogit", "ObjectNode"),
        ("sklearn._loss.loss", "HalfBinomialLoss", "ObjectNode"),
        ("sklearn._loss.loss", "HalfMultinomialLoss", "ObjectNode"),
        ("sklearn.calibration", "CalibratedClassifierCV", "ObjectNode"),
        ("sklearn.calibration", "_CalibratedClassifier", "ObjectNode"),
        ("sklearn.calibration", "_SigmoidCalibration", "ObjectNode"),
        ("sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper", "ObjectNode"),
        ("sklearn.ensemble._hist_gradient_boosting.gradient_boosting", "HistGradientBoostingClassifier", "ObjectNode"),
        ("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor", "ObjectNode"),
        ("sklearn.kernel_approximation", "RBFSampler", "ObjectNode"),
        ("sklearn.linear_model._logistic", "LogisticRegression", "ObjectNode"),
        ("sklearn.pipeline", "Pipeline", "ObjectNode"),
        ("sklearn.preprocessing._data", "StandardScaler", "ObjectNode"),
        ("sklearn.preprocessing._label", "LabelEncoder", "ObjectNode"),
        ("sklearn.svm._classes", "LinearSVC", "ObjectNode"),
    }
)


def layer_types() -> frozenset[type]:
    """Return the classes of the allowed layers and of what these hold; imports Keras."""
    import keras

    named = (getattr(keras.layers, name, None) for name in LAYERS | _OTHER_LAYERS)
    functional = type(keras.Model(inputs := keras.Input((1,)), inputs))
    return frozenset({keras.Sequential, functional, *(each for each in named if isinstance(each, type))})


def check_network(name: str, described: Any) -> None:
    """Refuse a network description that names anything that is not on the list.

    Parameters
    ----------
    name : str
        The model's, for the sentence.
    described : object
        JSON whose depth is bounded.

    Raises
    ------
    ModelError
    """
    n_objects = 0
    for one in _mappings(described):
        if one.get("unroll"):
            raise ModelError(f"{name} was refused: its network unrolls its steps, which takes any amount of memory.")
        if not {"class_name", "module", "registered_name"} & set(one):
            continue
        n_objects += 1
        if n_objects > MAX_OBJECTS:
            raise ModelError(f"{name} was refused: its network names more than {MAX_OBJECTS:,} objects.")
        _check_object(name, one)


def _mappings(described: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping within JSON, however deep, without recursion."""
    waiting = [described]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
            yield one
        elif isinstance(one, list):
            waiting += one


def _check_object(name: str, one: dict[str, Any]) -> None:
    module, class_name = one.get("module"), one.get("class_name")
    if class_name == "__keras_tensor__" and set(one) == _TENSOR:
        return
    stock = isinstance(module, str) and isinstance(class_name, str) and (module, class_name) in _KERAS
    registered = one.get("registered_name")
    if not stock or "config" not in one or registered not in (None, _REGISTERED.get((str(module), str(class_name)))):
        where = f"{module!s:.80}.{class_name!s:.80}"
        raise ModelError(f"{name} was refused: its network names {where}, which is no stock layer.")


def check_estimator(name: str, schema: Any) -> None:
    """Raise an error if an estimator's description names a type that is not allowed; see :func:`check_network`.

    Parameters
    ----------
    name : str
        Name of the model, for the message.
    schema : object
        Description of the file as skops stores it.
    """
    n_objects = 0
    for one in _mappings(schema):
        if not {"__class__", "__module__", "__loader__"} & set(one):
            continue
        n_objects += 1
        if n_objects > 10 * MAX_OBJECTS:
            raise ModelError(f"{name} was refused: it names more than {10 * MAX_OBJECTS:,} objects.")
        named = (one.get("__module__"), one.get("__class__"), one.get("__loader__"))
        if not all(isinstance(part, str) for part in named) or named not in _SKOPS:
            where = f"{named[0]!s:.80}.{named[1]!s:.80}"
            raise ModelError(f"{name} was refused: it holds {where}, which is no known estimator.")
