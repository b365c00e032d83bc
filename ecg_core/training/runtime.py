"""Training runtime: numeric precision and devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from ecg_core import settings
from ecg_core.classification.device import tensorflow

if TYPE_CHECKING:
    import keras

Precision = Literal["auto", "float32", "mixed"]
PRECISIONS: Final = ("auto", "float32", "mixed")

_MIXED: Final = "mixed_float16"
_FAST_HALF: Final = (7, 0)
"""Compute capability from which GPUs calculate faster in half precision."""


@dataclass(frozen=True)
class Runtime:
    """How networks are trained on this machine.

    Attributes
    ----------
    precision : {"auto", "float32", "mixed"}
        Mixed keeps weights in single and calculates in half precision; auto does so where a GPU gains by it.
    devices : tuple of str or None
        TensorFlow's names of the devices that share each batch; all GPUs by default.
    """

    precision: Precision = "auto"
    devices: tuple[str, ...] | None = None

    @contextmanager
    def policy(self) -> Iterator[None]:
        """Build networks inside this context: their layers calculate in the chosen precision."""
        _backend()
        import keras

        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(_MIXED if self.mixed else "float32")
        try:
            yield
        finally:
            keras.config.set_dtype_policy(before)

    @property
    def mixed(self) -> bool:
        """Whether precision is mixed here."""
        if self.precision != "auto":
            return self.precision == "mixed"
        if not _is_tensorflow():
            return False
        tf = tensorflow()
        gpus = tf.config.list_physical_devices("GPU")
        capable = [tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus]
        return bool(gpus) and all(tuple(one) >= _FAST_HALF for one in capable)

    def strategy(self) -> Any:
        """Return TensorFlow's strategy for several devices; None where there is but one."""
        if not _is_tensorflow():
            return None
        tf = tensorflow()
        devices = self.devices or tuple(f"GPU:{i}" for i in range(len(tf.config.list_physical_devices("GPU"))))
        return _mirrored(devices) if len(devices) > 1 else None

    def facts(self) -> dict[str, Any]:
        """What a card says of it; nothing where it is the usual: one device, single precision."""
        strategy = self.strategy()
        return {
            **({"precision": _MIXED} if self.mixed else {}),
            **({"devices": strategy.num_replicas_in_sync} if strategy else {}),
        }


USUAL: Final = Runtime()
"""All GPUs, and the precision they gain by."""


def scope_of(strategy: Any) -> Any:
    """Return the context in which a strategy wants networks to be built."""
    return strategy.scope() if strategy is not None else nullcontext()


def shared(batch: Any, strategy: Any) -> Any:
    """Divide a batch among the devices of a strategy; the batch itself where there is but one.

    Parameters
    ----------
    batch : nested structure of ndarray, first axis examples
        Inputs or outputs of a batch.
    strategy : tf.distribute.Strategy or None
        Strategy of several devices; None for one.
    """
    if strategy is None:
        return batch
    import keras

    n = strategy.num_replicas_in_sync

    def divided(array: Any) -> Any:
        def part(context: Any) -> Any:
            return tensorflow().constant(array[context.replica_id_in_sync_group :: n])

        return strategy.experimental_distribute_values_from_function(part)

    return keras.tree.map_structure(divided, batch)


def predicted(network: keras.Model, batch: Any) -> npt.NDArray[np.float32]:
    """Return a network's outputs for a batch, also of a network built for several devices.

    Parameters
    ----------
    network : keras.Model
        Trained network.
    batch : nested structure of ndarray, first axis examples
        Inputs.

    Returns
    -------
    ndarray of float32, first axis examples
    """
    import keras

    found = np.asarray(network.predict_on_batch(batch), dtype=np.float32)
    return found[: len(keras.tree.flatten(batch)[0])]


def in_single_precision(network: keras.Model, rebuild: Any) -> keras.Model:
    """Return the same network, calculating in single precision, as it is kept and used.

    Parameters
    ----------
    network : keras.Model
        Trained, in whichever precision.
    rebuild : callable
        Builds the same network anew.
    """
    import keras

    if all(layer.compute_dtype in (None, "float32") for layer in network.layers):
        return network
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        fresh = rebuild()
    finally:
        keras.config.set_dtype_policy(before)
    fresh.set_weights(network.get_weights())
    return fresh


@lru_cache(maxsize=8)
def _mirrored(devices: tuple[str, ...]) -> Any:
    """Return one strategy for the whole process: the collective operations of two would be taken for each other's."""
    return tensorflow().distribute.MirroredStrategy(devices)


def _backend() -> None:
    if _is_tensorflow():
        tensorflow()


def _is_tensorflow() -> bool:
    return settings.keras_backend() == "tensorflow"
