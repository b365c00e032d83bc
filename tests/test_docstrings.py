"""Docstrings: functions with several parameters say what each is, in the packages that are complete."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
COMPLETE = ("ecg_core/**/*.py", "pages/**/*.py")
"""Modules in which every public function with two or more parameters has a Parameters section."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(body: list[ast.stmt]) -> Iterator[Function]:
    """Yield public functions and methods; a protocol describes its methods for all classes of its module."""
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    protocols = [each for each in classes if any(ast.unparse(base).startswith("Protocol") for base in each.bases)]
    described = {function.name for protocol in protocols for function in functions_of(protocol.body)}
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = functions_of(node.body)
            yield from (each for each in methods if node in protocols or each.name not in described)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def undocumented(function: Function) -> list[str]:
    """Return the parameters of a function with several that its docstring does not list."""
    every = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    names = [each.arg for each in every if each.arg not in {"self", "cls"}]
    if len(names) < 2:
        return []
    _, _, listed = (ast.get_docstring(function) or "").partition("Parameters\n----------\n")
    heads = re.findall(r"^(\w[\w, ]*?)(?: :.*)?$", re.split(r"\n\w+\n-{3,}\n", listed)[0], re.MULTILINE)
    known = {name.strip() for head in heads for name in head.split(",")}
    return [name for name in names if name not in known]


@pytest.mark.parametrize("modules", COMPLETE)
def test_parameters_are_documented(modules: str) -> None:
    missing = [
        f"{file.relative_to(ROOT)}:{function.lineno} {function.name}: {', '.join(names)}"
        for file in sorted(ROOT.glob(modules))
        for function in functions_of(ast.parse(file.read_text(encoding="utf-8")).body)
        if (names := undocumented(function))
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("docstring", "missing"),
    [
        ("Add.", ["a", "b"]),
        ("Add.\n\n    Parameters\n    ----------\n    a : int\n        One.\n    ", ["b"]),
        ("Add.\n\n    Parameters\n    ----------\n    a, b : int\n\n    Returns\n    -------\n    c : int\n    ", []),
        ("Add.\n\n    Parameters\n    ----------\n    a : int\n\n    Returns\n    -------\n    b : int\n    ", ["b"]),
    ],
)
def test_the_check_finds_what_is_missing(docstring: str, missing: list[str]) -> None:
    function = ast.parse(f'def add(a, b):\n    """{docstring}"""\n').body[0]
    assert isinstance(function, ast.FunctionDef)
    assert undocumented(function) == missing
