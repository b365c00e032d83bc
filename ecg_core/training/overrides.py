"""Changing a recipe's settings on the command line: ``--set schedule.focal_gamma=2``."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ecg_core.errors import ModelError

AnyRecipe = TypeVar("AnyRecipe")

_FIXED = frozenset({"name", "summary", "inputs", "target", "build", "limits", "published_accuracy"})


def settings_of(recipe: Any) -> dict[str, Any]:
    """Return what can be changed, by its dotted name."""
    found: dict[str, Any] = {}
    for one in fields(recipe):
        value = getattr(recipe, one.name)
        if one.name in _FIXED:
            continue
        if is_dataclass(value):
            found |= {f"{one.name}.{name}": inner for name, inner in settings_of(value).items()}
        else:
            found[one.name] = value
    return found


def changed(recipe: AnyRecipe, assignments: Sequence[str]) -> AnyRecipe:
    """Return the recipe with settings changed.

    Parameters
    ----------
    recipe : dataclass
        The recipe.
    assignments : sequence of str
        ``name=value``, a value as Python writes numbers and tuples of them.

    Raises
    ------
    ModelError
        If there is no such setting, or the value is of another kind.
    """
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        known = settings_of(recipe)
        if not equals or name not in known:
            raise ModelError(f"{assignment!r} sets nothing; give NAME=VALUE with one of {', '.join(known)}.")
        recipe = _with(recipe, name.split("."), _value(name, text, known[name]))
    return recipe


def _with(recipe: Any, path: Sequence[str], value: Any) -> Any:
    inner = value if len(path) == 1 else _with(getattr(recipe, path[0]), path[1:], value)
    return replace(recipe, **{path[0]: inner})


def _value(name: str, text: str, present: Any) -> Any:
    try:
        value = ast.literal_eval(text)
        if isinstance(present, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
    except (SyntaxError, ValueError, TypeError, OverflowError, MemoryError, RecursionError):
        value = text
    if isinstance(present, tuple) and isinstance(value, int | float):
        value = (value,)
    if type(value) is not type(present) or (isinstance(value, tuple) and not all(_is_number(v) for v in value)):
        raise ModelError(f"{name} takes a value like {present!r}, not {text!r}.")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
