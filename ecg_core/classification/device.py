"""Which device computes: a GPU where TensorFlow sees one, else the CPU. TensorFlow is imported here, when needed."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType

from ecg_core import settings
from ecg_core.errors import ModelError, SettingError

_lock = threading.Lock()


def tensorflow() -> ModuleType:
    """Import TensorFlow once, quietly, with GPU memory taken as needed and full float32 precision.

    TensorFloat-32 is switched off so that a GPU and a CPU agree to 1e-3.
    """
    with _lock:
        return _configured()


@lru_cache(maxsize=1)
def _configured() -> ModuleType:
    settings.set_library_defaults()
    with _quiet():
        import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # already in use by this process: its memory policy stands
            break
    tf.config.experimental.enable_tensor_float_32_execution(False)
    tf.get_logger().setLevel("ERROR")  # several networks in one process are no reason for a warning
    return tf


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep TensorFlow's start-up notices, which no setting stops, out of a command's standard error.

    Only in the main thread of a command: elsewhere other threads may have something to say at that moment.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(os, "dup"):
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)


def half_wanted() -> bool:
    """Tell whether a GPU is to convolve in half precision: twice the speed, and figures that differ by about 1e-3.

    Set by the environment variable ``ECG_PRECISION``, "full" by default. A CPU always computes in full precision.

    Raises
    ------
    ModelError
        If the variable is neither "full" nor "half".
    """
    try:
        return settings.PRECISION.get() == "half"
    except SettingError as error:
        raise ModelError(str(error)) from None


def computing_name() -> str:
    """Name the device and, where that is not the full one, its precision. Imports TensorFlow."""
    name = device_name()
    return f"{name}, half precision" if name != "CPU" and half_wanted() else name


@lru_cache(maxsize=1)
def device_name() -> str:
    """Name the device that classifies, e.g. ``GPU (NVIDIA H200)`` or ``CPU``. Imports TensorFlow."""
    tf = tensorflow()
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    details = tf.config.experimental.get_device_details(gpus[0])
    return f"GPU ({details.get('device_name', 'unnamed')})"
