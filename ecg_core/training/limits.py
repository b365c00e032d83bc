"""Settings within which a recipe can be trained."""

from __future__ import annotations

from ecg_core.errors import ModelError


def require(name: str, value: float, least: float, most: float) -> None:
    """Refuse a setting outside its limits, or one that is no number.

    Raises
    ------
    ModelError
    """
    if not least <= value <= most:
        raise ModelError(f"{name} must be from {least:g} to {most:g}, not {value:g}.")
