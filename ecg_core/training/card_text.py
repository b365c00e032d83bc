"""A model's README, written from its card, so that text and figures cannot disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SHOWN = ("N", "S", "V", "F")


def card_readme(card: Mapping[str, Any]) -> str:
    """Write the README of a model folder.

    Parameters
    ----------
    card : mapping
        As :func:`~ecg_core.training.run.train_recipe` and ``evaluate --card`` write it.

    Returns
    -------
    str
        Markdown.
    """
    training = card.get("training", {})
    lines = [f"# {card['name']}", "", f"{card.get('summary', '')}.", ""]
    lines += [f"- {card['parameters']:,} parameters, weights {card['weights_sha256'][:16]}…"]
    if training:
        lines += [
            f"- Made by `{training['command']}` in {training['seconds']:,} s on {training['machine']}, "
            f"{training['date']}, seed {training['seed']}",
            f"- Versions: {', '.join(f'{name} {version}' for name, version in training['versions'].items())}",
            f"- Beats: {', '.join(f'{letter} {count:,}' for letter, count in training['beats'].items())}",
        ]
    for title, key in (("Data", "data"), ("Protocol", "protocol")):
        if card.get(key):
            lines += ["", f"## {title}", "", str(card[key])]
    lines += ["", "## Figures", "", *_figures(card.get("figures", {}))]
    if card.get("limits"):
        lines += ["", "## Limits", "", *(f"- {limit}" for limit in card["limits"])]
    return "\n".join(lines) + "\n"


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "| what | class | Se % | +P % | F1 % | accuracy % |"
    yield "|---|---|---|---|---|---|"
    validated = figures.get("cross_validation")
    if validated:
        title = f"training patients, {validated['folds']}-fold cross-validation by patient"
        for letter in _SHOWN:
            row = validated["classes"][letter]
            yield _row(title, letter, row["se"], row["ppv"], row["f1"], validated["accuracy"])
    for scored in (value for key, value in figures.items() if key != "cross_validation"):
        for result in scored["results"]:
            if result["mapping"] != "de_chazal":
                continue
            omitted = "first 5 minutes left out" if result["start_s"] else "whole records"
            title = f"{scored['record_set']}, {scored['peaks']} peaks, {omitted}, e and j as N"
            gross = result["gross"]
            for letter in _SHOWN:
                row = gross[letter]
                yield _row(title, letter, row["se"], row["ppv"], row["f1"], gross.get("accuracy"))
            without = result.get("S_without_232", {}).get("gross")
            if without:
                yield _row(title, "S without 232", without["se"], without["ppv"], without["f1"], None)
    for key, scored in figures.items():
        if key != "cross_validation":
            yield f"\nPrinted by `{scored['command']}`."


def _row(title: str, letter: str, se: float | None, ppv: float | None, f1: float | None, accuracy: float | None) -> str:
    percents = ("–" if share is None else f"{100 * share:.2f}" for share in (se, ppv, f1, accuracy))
    return f"| {title} | {letter} | {' | '.join(percents)} |"
