"""Settings within which a recipe can be trained."""

from __future__ import annotations

from ecg_core.errors import ModelError


def require(name: str, value: float, least: float, most: float) -> None:
    """Raise an error if a setting is outside its limits or not a number.

    Parameters
    ----------
    name : str
        Name of the setting, for the message.
    value : float
        Its value.
    least : float
        Lowest value allowed.
    most : float
        Highest value allowed.

    Raises
    ------
    ModelError
        If the value is outside.
    """
    if not least <= value <= most:
        raise ModelError(f"{name} must be from {least:g} to {most:g}, not {value:g}.")
