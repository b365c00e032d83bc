"""Import of TensorFlow in a background thread ahead of its first use."""

from __future__ import annotations

import gc
import logging
import threading
import time
from typing import Final

import streamlit as st

from ecg_core import logs
from ecg_core.errors import ModelError

_DELAY_S: Final = 2.0
_once = threading.Lock()


def warm_up_later() -> None:
    """Begin, once in the process and only where a browser looks at the page."""
    if st.context.url is None or not _once.acquire(blocking=False):
        return
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    time.sleep(_DELAY_S)
    try:
        from ecg_core.classification.model import load_model

        _ = load_model().network
        # TensorFlow's half a million objects stay until the end: no collection needs to look at them again.
        gc.collect()
        gc.freeze()
    except ModelError as error:
        logs.event("no_model", **logs.described(error))
    except ImportError as error:
        logs.event("no_tensorflow", level=logging.WARNING, **logs.described(error))
