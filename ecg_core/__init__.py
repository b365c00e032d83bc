"""Rhythmoscope's library: read, detect, classify and explain electrocardiograms.

The names in ``__all__`` are loaded on first use, so ``import ecg_core`` imports neither pandas nor TensorFlow.
The library never imports Streamlit; the pages import the library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ecg_core.analysis import analyse
    from ecg_core.classification.loading import load_classifier
    from ecg_core.detection import detect_beats
    from ecg_core.formats import open_recording

__all__ = ["__version__", "analyse", "detect_beats", "load_classifier", "open_recording"]

__version__ = "0.1.0"

_MODULES: Final = {
    "analyse": "ecg_core.analysis",
    "detect_beats": "ecg_core.detection",
    "load_classifier": "ecg_core.classification.loading",
    "open_recording": "ecg_core.formats",
}
"""Module that defines each lazily loaded name."""


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the module's names, those not loaded yet included."""
    return sorted({*globals(), *__all__})
