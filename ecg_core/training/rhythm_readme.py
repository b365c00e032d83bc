"""The rhythm network's README, written from its card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_SOURCES: Final = {
    "vfdb": "MIT-BIH Malignant Ventricular Ectopy Database (Greenwald 1986, PhysioNet, ODC-By 1.0)",
    "cudb": "Creighton University Ventricular Tachyarrhythmia Database (Nolle 1986, PhysioNet, ODC-By 1.0)",
    "cinc2015": "PhysioNet/CinC Challenge 2015 (Clifford 2015, ODC-By 1.0), the minute before each alarm",
    "mitdb": "MIT-BIH Arrhythmia Database, de Chazal's DS1 (Moody & Mark 2001, PhysioNet, ODC-By 1.0)",
    "afib": "CPSC 2021 (Wang 2021, PhysioNet, ODC-By 1.0)",
    "cinc2017": "PhysioNet/CinC Challenge 2017 (Clifford 2017, ODC-By 1.0)",
    "svdb": "MIT-BIH Supraventricular Arrhythmia Database (Greenwald 1990, PhysioNet, ODC-By 1.0)",
    "nstdb": "MIT-BIH Noise Stress Test Database, bw and ma (Moody 1984, PhysioNet, ODC-By 1.0), reconstructed",
    "synth": "Synthetic: conducted rhythms, monomorphic and polymorphic VT, VF, asystole, artefacts",
}


def rhythm_readme(card: Mapping[str, Any]) -> str:
    """Write the README of a model folder, from its card."""
    training = card["training"]
    lines = [
        f"# {card['name']}",
        "",
        f"{card['summary']}.",
        "",
        f"- {card['parameters']:,} parameters in {card['networks']} networks, {card['trees']} boosted trees, "
        f"weights {card['weights_sha256'][:16]}…",
        f"- Made by `{training['command']}` in {training['seconds']:,} s on {training['machine']}, "
        f"{training['date']}, seed {training['seed']}",
        f"- Versions: {', '.join(f'{name} {version}' for name, version in training['versions'].items())}",
        "",
        "## Data",
        "",
        "| database | recordings | hours |",
        "|---|---|---|",
    ]
    for name, part in card["data"].items():
        lines.append(f"| {_SOURCES.get(name, name)} | {part['recordings']} | {part['hours']} |")
    lines += ["", "## Protocol", "", str(card["protocol"]), "", "## Figures", ""]
    for title, rows in card["figures"].items():
        lines += [f"**{title}**", "", "| what | figure |", "|---|---|"]
        lines += [f"| {what} | {value} |" for what, value in rows.items()]
        lines.append("")
    for title, key in (("Tried", "tried"), ("Limits", "limits")):
        if card.get(key):
            lines += [f"## {title}", "", *(f"- {what}" for what in card[key]), ""]
    return "\n".join(lines).rstrip() + "\n"
