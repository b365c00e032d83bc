"""Building a described network only if it is what its weights say: first on paper, then in memory."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import ModelError

if TYPE_CHECKING:
    import keras

MAX_VALUES: Final = 1 << 20
"""What one layer may make of one beat; the largest of the shipped networks makes 31 thousand."""


def build_with_weights(
    name: str,
    build: Callable[[], keras.Model],
    weights: Sequence[npt.NDArray[Any]],
    layers: Collection[type] | None = None,
) -> keras.Model:
    """Build a network and give it its weights.

    A description of a few bytes can ask for any amount of memory. So the network is built first without reserving any
    for its variables, and refused unless these have the shapes of the weights, which lie in memory already.

    Parameters
    ----------
    name : str
        The model's, for the sentence.
    build : callable
        Builds the network; called twice.
    weights : sequence of ndarray
        Weights as Keras lists them.
    layers : collection of type, optional
        Classes that its layers may be of, those within layers too; any by default.

    Raises
    ------
    ModelError
        If it cannot be built, its weights do not fit, it holds other layers, or makes too much of a beat.
    """
    problem = _problem_on_paper(build, [tuple(array.shape) for array in weights], layers)
    if problem:
        raise ModelError(f"{name}: {problem}; copy the model folder again.")
    try:
        network = build()
        network.set_weights([np.asarray(array, np.float32) for array in weights])
    except ModelError:
        raise
    except Exception as error:  # Keras raises whatever the description leads it into
        raise ModelError(f"{name}: its weights do not fit its network; copy the model folder again.") from error
    return network


def _problem_on_paper(
    build: Callable[[], keras.Model], shapes: list[tuple[int, ...]], layers: Collection[type] | None
) -> str | None:
    import keras

    found: list[str | None] = []

    def run() -> None:
        try:
            with keras.StatelessScope(initialize_variables=False):
                network = build()
                found.append(_problem_of(network, shapes, layers))
        except Exception as error:
            found.append(str(error) if isinstance(error, ModelError) else "its network cannot be built")

    # Variables that were never initialised are remembered by the thread, and go with it.
    thread = threading.Thread(target=run, name="network on paper", daemon=True)
    thread.start()
    thread.join()
    return found[0] if found else "its network cannot be built"


def _problem_of(network: keras.Model, shapes: list[tuple[int, ...]], layers: Collection[type] | None) -> str | None:
    inner = list(network._flatten_layers())
    strange = next((layer for layer in inner if layers is not None and type(layer) not in layers), None)
    if strange is not None:
        return f"its network holds {type(strange).__module__}.{type(strange).__name__}, which is not allowed"
    if [tuple(variable.shape) for variable in network.weights] != shapes:
        return "its weights do not fit its network"
    if max((_values_of(layer) for layer in network.layers), default=0) > MAX_VALUES:
        return f"a layer of its network makes more than {MAX_VALUES:,} values of one beat"
    return None


def _values_of(layer: keras.Layer) -> int:
    """Return how many values a layer makes of one beat; attention compares each place with each."""
    outputs = layer.output if isinstance(layer.output, list | tuple) else [layer.output]
    values = max(math.prod(length or 1 for length in output.shape) for output in outputs)
    heads = layer.get_config().get("num_heads")
    return values if heads is None else max(values, int(heads) * int(outputs[0].shape[1] or 1) ** 2)
