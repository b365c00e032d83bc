"""The interval model's README, written from its card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_SOURCES: Final = {
    "ltafdb": "Long-Term AF Database (Petrutiu 2007, PhysioNet, ODC-By 1.0)",
    "afdb": "MIT-BIH Atrial Fibrillation Database (Moody & Mark 1983, PhysioNet, ODC-By 1.0)",
    "vitaldb_arrdb": "VitalDB Arrhythmia Database (PhysioNet, MIT)",
    "nsrdb": "MIT-BIH Normal Sinus Rhythm Database (PhysioNet, ODC-By 1.0)",
    "cinc2017": "PhysioNet/CinC Challenge 2017 (Clifford 2017, ODC-By 1.0)",
    "mitdb": "MIT-BIH Arrhythmia Database, de Chazal's DS1 (Moody & Mark 2001, PhysioNet, ODC-By 1.0)",
    "afib": "CPSC 2021 (Wang 2021, PhysioNet, ODC-By 1.0)",
    "made": "Made rhythms: sinus, respiratory arrhythmia, ectopic beats, bigeminy, Wenckebach, pauses, flutter, AF",
}


def interval_readme(card: Mapping[str, Any]) -> str:
    """Write the README of a model folder, from its card."""
    training = card["training"]
    lines = [
        f"# {card['name']}",
        "",
        f"{card['summary']}.",
        "",
        f"- {card['parameters']:,} parameters, weights {card['weights_sha256'][:16]}…",
        f"- Made by `{training['command']}` in {training['seconds']:,} s on {training['machine']}, "
        f"{training['date']}, seed {training['seed']}",
        f"- Versions: {', '.join(f'{name} {version}' for name, version in training['versions'].items())}",
        f"- Temperature {card['calibration']['temperature']}",
        "",
        "## Data",
        "",
        "| database | recordings | hours | of them AF |",
        "|---|---|---|---|",
    ]
    for name, part in card["data"].items():
        hours = f"{part.get('hours', '')} | {part.get('hours_af', '')}"
        lines.append(f"| {_SOURCES.get(name, name)} | {part['recordings']} | {hours} |")
    lines += ["", "## Protocol", "", str(card["protocol"]), "", "## Figures", "", *_figures(card["figures"])]
    for title, key in (("Tried", "tried"), ("Limits", "limits")):
        if card.get(key):
            lines += ["", f"## {title}", "", *(f"- {what}" for what in card[key])]
    return "\n".join(lines) + "\n"


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "| trained | database | by | Se % | Sp % | +P % | F1 % | F1 % of the index, 10 s | 30 s |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for what, part in figures.items():
        if not isinstance(part, Mapping) or "network" not in part:
            continue
        before = [part[f"irregularity index, {limit} s"] for limit in (10, 30)]
        for database, found in part["network"].items():
            indices = [one[database] for one in before]
            yield _row(what, database, "duration", found, indices)
            if "by_recording" in found:
                inner = [one["by_recording"] for one in indices]
                yield _row(what, database, "recording", found["by_recording"], inner)
    for title, rows in figures.get("more", {}).items():
        yield f"\n{title}\n"
        yield from rows


def _row(what: str, database: str, by: str, found: Mapping[str, Any], before: list[Mapping[str, Any]]) -> str:
    values = [*(found[key] for key in ("se", "sp", "ppv", "f1")), *(one["f1"] for one in before)]
    cells = ("–" if value is None else f"{100 * value:.2f}" for value in values)
    return f"| {what} | {database} | {by} | {' | '.join(cells)} |"
