"""Parsers of request parameters, with limits and error messages."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pages.services.errors import RequestError

MAX_REVISION: Final = 2**53
"""Larger whole numbers a browser cannot hold."""

_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def int_param(params: Mapping[str, str], name: str, low: int, high: int, default: int | None = None) -> int:
    """Parse an integer parameter.

    Parameters
    ----------
    params : mapping of str to str
        Query parameters.
    name : str
        Name of the parameter.
    low, high : int
        Limits, both allowed.
    default : int, optional
        Value where the parameter is missing.

    Returns
    -------
    int

    Raises
    ------
    RequestError
        If it is missing and has no default, is no whole number, or lies outside.
    """
    text = params.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise RequestError(f"{name} must be a whole number from {low} to {high}.")
    return int(text)


def float_param(params: Mapping[str, str], name: str, low: float, high: float, default: float | None = None) -> float:
    """Parse a number parameter.

    Parameters
    ----------
    params : mapping of str to str
        Query parameters.
    name : str
        Name of the parameter.
    low, high : float
        Limits, both allowed.
    default : float, optional
        Value where the parameter is missing.

    Returns
    -------
    float

    Raises
    ------
    RequestError
        If it is missing and has no default, is no number, or lies outside.
    """
    text = params.get(name)
    if text is None and default is not None:
        return default
    value = float(text) if text is not None and _NUMBER.fullmatch(text) else math.nan
    if not low <= value <= high:
        raise RequestError(f"{name} must be a number from {low:g} to {high:g}.")
    return value


def int_list_param(params: Mapping[str, str], name: str, low: int, high: int, most: int) -> list[int]:
    """Parse a comma-separated list of integers.

    Parameters
    ----------
    params : mapping of str to str
        Query parameters.
    name : str
        Name of the parameter.
    low, high : int
        Limits, both allowed.
    most : int
        Longest list that is accepted.

    Returns
    -------
    list of int

    Raises
    ------
    RequestError
        If there is none, there are more, or one is no such number.
    """
    parts = params.get(name, "").split(",", most)
    if len(parts) > most or not all(_WHOLE.fullmatch(part) and low <= int(part) <= high for part in parts):
        raise RequestError(f"{name} must be 1 to {most} whole numbers from {low} to {high}, separated by commas.")
    return [int(part) for part in parts]


def choice_param(params: Mapping[str, str], name: str, choices: Sequence[str], default: str) -> str:
    """Parse a parameter with a fixed set of values.

    Parameters
    ----------
    params : mapping of str to str
        Query parameters.
    name : str
        Name of the parameter.
    choices : sequence of str
        Accepted values.
    default : str
        Value where the parameter is missing.

    Returns
    -------
    str

    Raises
    ------
    RequestError
        If it is none of them.
    """
    text = params.get(name, default)
    if text not in choices:
        raise RequestError(f"{name} must be one of {', '.join(choices)}.")
    return text


def choices_param(params: Mapping[str, str], name: str, choices: Sequence[str]) -> tuple[str, ...]:
    """Parse a comma-separated list of values of a fixed set.

    Parameters
    ----------
    params : mapping of str to str
        Query parameters.
    name : str
        Name of the parameter.
    choices : sequence of str
        Accepted values.

    Returns
    -------
    tuple of str
        In the order of `choices`; empty for "none" or a missing parameter.

    Raises
    ------
    RequestError
        If another one is named.
    """
    named = params.get(name, "none").split(",")
    if named == ["none"]:
        return ()
    if not set(named) <= set(choices):
        raise RequestError(f"{name} must be none, or some of {', '.join(choices)}, separated by commas.")
    return tuple(choice for choice in choices if choice in named)


def revision_of(body: Mapping[str, Any], name: str = "since", default: int = 0) -> int:
    """Return the revision that the browser has, or had when an edit was made, as it was posted.

    Parameters
    ----------
    body : mapping
        Decoded body of the request.
    name : str
        Name of the field.
    default : int
        Where it was not posted.

    Raises
    ------
    RequestError
        If it is none.
    """
    since = body.get(name, default)
    if isinstance(since, bool) or not isinstance(since, int) or not 0 <= since <= MAX_REVISION:
        raise RequestError(f"{name} must be the number of a revision.")
    return since
