"""The figures of the label audit in the documents are those that the command wrote.

``PYTHONPATH=. python tests/docs/test_label_audit_figures.py FILE...`` takes what ``evaluate --labels --json FILE``
wrote into ``docs/label-audit.json`` and writes the tables of ``docs/label-audit.md`` anew.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from ecg_core.screening.label_trial import grouped

DOCS = Path(__file__).parents[2] / "docs"
FIGURES, PAGE = DOCS / "label-audit.json", DOCS / "label-audit.md"
_BLOCK = re.compile(r"(<!-- figures: [^>]*-->\n).*?(\n<!-- end of figures -->)", re.DOTALL)
_NAMES = {"mitdb": "MIT-BIH DS1", "svdb": "SVDB, 12 records", "nstdb": "NSTDB"}
MAX_REFUTED = {"mitdb": 0.02, "svdb": 0.02, "nstdb": 0.05}
"""Share of the true V; in the noise of NSTDB more."""

_KINDS = ("V", "S", "F", "VT", "VF", "PAUSE", "ASYSTOLE", "AFIB", "AFL", "SVTA", "IVR")


def share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.1f} %)"


def tables(figures: dict[str, Any]) -> str:
    """Return the tables as Markdown."""
    parts = []
    for part, title in (("truth", "label of the experts"), ("faults", "fault")):
        lines = [f"| {title} | database | n | confirmed | uncertain | refuted |", "|---|---|---|---|---|---|"]
        names = {name for of in figures.values() for name in of[part]}
        for name in sorted(names, key=lambda each: (_KINDS.index(each) if each in _KINDS else 99, each)):
            for data, of in figures.items():
                counts = of[part].get(name)
                if counts:
                    total = sum(counts.values())
                    cells = " | ".join(share(n, total) for n in grouped(counts).values())
                    lines.append(f"| {name} | {_NAMES[data]} | {total:,} | {cells} |")
        parts.append("\n".join(lines))
    lines = ["| ectopic beats made N | database | n | told missing | uncertain |", "|---|---|---|---|---|"]
    for name in ("V", "S"):
        for data, of in figures.items():
            counts = of["deleted"].get(name)
            if counts:
                total = sum(counts.values())
                missed, unsure = counts.get("missed", 0), counts.get("uncertain", 0)
                lines.append(
                    f"| {name} | {_NAMES[data]} | {total:,} | {share(missed, total)} | {share(unsure, total)} |"
                )
    parts.append("\n".join(lines))
    return "\n\n".join(parts)


def page_with(figures: dict[str, Any]) -> str:
    """Return the page with the tables of these figures."""
    page = PAGE.read_text(encoding="utf-8")
    return _BLOCK.sub(lambda found: f"{found[1]}\n{tables(figures)}\n{found[2]}", page)


def test_the_tables_are_those_of_the_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_with(json.loads(FIGURES.read_text(encoding="utf-8")))


def test_the_figures_hold_what_the_page_says_of_them() -> None:
    """No tachycardia of the experts is refuted, few of their V are, and few faults are confirmed."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert set(figures) == set(_NAMES)
    for data, of in figures.items():
        for kind in ("VT", "VF", "PAUSE", "ASYSTOLE"):
            assert grouped(of["truth"].get(kind, {}))["refuted"] == 0, (data, kind)
        counts = of["truth"]["V"]
        assert grouped(counts)["refuted"] <= MAX_REFUTED[data] * sum(counts.values()), data
        for fault, counts in of["faults"].items():
            assert grouped(counts)["confirmed"] <= 0.1 * sum(counts.values()), (data, fault)


if __name__ == "__main__":
    found = {}
    for file in map(Path, sys.argv[1:]):
        kept = json.loads(file.read_text(encoding="utf-8"))
        found[file.stem] = {name: kept[name] for name in ("command", "model", "records", "truth", "faults", "deleted")}
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page_with(found), encoding="utf-8")
