"""Joining a component's ES modules into the single module that Streamlit takes; no build step, no tool.

Each module becomes a function of its own, so that top-level names of different modules never meet. The modules are
written in a part of the language that the tests hold them to: named imports from relative paths, ``export`` before
``function``, ``class``, ``const`` or ``async function``, one default export in the entry module, and no cycles.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"(\.{1,2}/[^"]+)";[ \t]*\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export (?=(?:async function\*?|function\*?|class|const|let)\s+([A-Za-z_$][\w$]*))", re.MULTILINE
)
_DEFAULT: Final = re.compile(r"^export default function ([A-Za-z_$][\w$]*)", re.MULTILINE)
_LEFT: Final = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundle(entry: Path) -> str:
    """Join a module with everything that it imports.

    Parameters
    ----------
    entry : Path
        The module with the default export.

    Returns
    -------
    str
        One module whose only export is the entry's default one.

    Raises
    ------
    ValueError
        If a module uses what is not supported, imports in a circle, or imports what is not exported.
    """
    parts: list[str] = []
    names: dict[Path, str] = {}
    exported: dict[str, set[str]] = {}
    _add(entry.resolve(), parts, names, exported, ())
    return "\n".join([*parts, f"export default {names[entry.resolve()]}.default;", ""])


def _add(
    path: Path, parts: list[str], names: dict[Path, str], exported: dict[str, set[str]], above: tuple[Path, ...]
) -> str:
    """Append a module after those that it imports, and return the name of what it exports."""
    if path in above:
        raise ValueError(f"{path.name} imports itself by way of {above[-1].name}.")
    if path in names:
        return names[path]
    source = path.read_text(encoding="utf-8")
    lines = []
    for wanted, where in _IMPORT.findall(source):
        module = _add((path.parent / where).resolve(), parts, names, exported, (*above, path))
        pairs = [part.split(" as ") for part in re.split(r"\s*,\s*", wanted.strip().rstrip(",")) if part]
        for theirs, *_ in pairs:
            if theirs.strip() not in exported[module]:
                raise ValueError(f"{path.name} imports {theirs.strip()}, which {where} does not export.")
        lines.append(
            f"  const {{ {', '.join(': '.join(name.strip() for name in pair) for pair in pairs)} }} = {module};"
        )
    body = _IMPORT.sub("", source)
    found = _EXPORT.findall(body)
    default = _DEFAULT.search(body)
    body = _EXPORT.sub("", _DEFAULT.sub(r"function \1", body))
    left = _LEFT.search(body)
    if left:
        raise ValueError(f"{path.name}: {left.group(0)!r} cannot be joined.")
    name = f"$m{len(names)}"
    names[path] = name
    exported[name] = set(found)
    given = [*found, *([f"default: {default.group(1)}"] if default else [])]
    head = f"// {path.parent.name}/{path.name}"
    parts.append(
        "\n".join([head, f"const {name} = (() => {{", *lines, body, f"  return {{ {', '.join(given)} }};", "})();"])
    )
    return name
