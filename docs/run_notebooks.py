"""Execute the notebooks of ``docs/notebooks`` and write each, with what it printed and drew, as a page for Sphinx.

``conf.py`` runs this in a process of its own, since Sphinx forks and TensorFlow does not bear that. The notebooks hold
no outputs, and nothing beyond the packages of the program is needed to run them; a cell that fails ends it with that
cell's error.
"""

from __future__ import annotations

import ast
import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

FOLDER = Path(__file__).resolve().parent / "notebooks"
PLOTLY = "../_static/plotly.min.js"
_CONFIG = {"displayModeBar": False}


def executed(notebook: dict[str, Any]) -> str:
    """Execute a notebook in a namespace of its own and return it as a page in MyST Markdown.

    Parameters
    ----------
    notebook : dict
        Parsed JSON of nbformat 4.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    parts = [f'```{{raw}} html\n<script src="{PLOTLY}"></script>\n```']
    for number, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            # The first line has to stay the page's heading.
            parts.insert(number, source) if not number else parts.append(source)
            continue
        printed, value = run_cell(source, namespace, f"cell {number + 1}")
        parts.append(f"```python\n{source}\n```")
        if printed:
            parts.append(f"```text\n{printed.rstrip()}\n```")
        if isinstance(value, go.Figure):
            html = value.to_html(full_html=False, include_plotlyjs=False, config=_CONFIG)
            parts.append(f"```{{raw}} html\n{html}\n```")
        elif value is not None:
            parts.append(f"```text\n{value}\n```")
    return "\n\n".join(parts) + "\n"


def run_cell(source: str, namespace: dict[str, Any], name: str) -> tuple[str, Any]:
    """Run one cell; return what it printed and the value of its last line, None where that is no expression.

    Parameters
    ----------
    source : str
        Python.
    namespace : dict
        Names that the cells before have defined; changed in place.
    name : str
        Stands in tracebacks.
    """
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, name, "exec"), namespace)  # noqa: S102 - this project's own notebooks
        value = None if last is None else eval(compile(ast.Expression(last.value), name, "eval"), namespace)  # noqa: S307
    return printed.getvalue(), value


def main() -> None:
    """Execute all notebooks."""
    sys.path.insert(0, str(FOLDER.parents[1]))
    for file in sorted(FOLDER.glob("*.ipynb")):
        page = executed(json.loads(file.read_text(encoding="utf-8")))
        file.with_suffix(".md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
