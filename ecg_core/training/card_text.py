"""A model's README, written from its card, so that text and figures cannot disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ecg_core.explanation.methods import CARD_KEY as EXPLANATIONS
from ecg_core.explanation.methods import METHOD_NAMES
from ecg_core.mitbih import DS1

UNMEASURED: Final = (
    "Measured on its own training patients by cross-validation alone; other patients and devices may differ."
)

_SHOWN = ("N", "S", "V", "F")
_PROTOCOL: Final = (
    "Patients are never divided between training and test; figures under cross-validation are of patients that the "
    "network had not seen."
)
_ON_DS2: Final = (
    " Every choice was made by cross-validation inside the training data; the model was frozen, and MIT-BIH's DS2 was "
    "then run. Scored after ANSI/AAMI EC57 as by WFDB's bxb: 150 ms, one to one. Published results that divide "
    "one patient's beats over training and test, resample before the split, or choose the epoch on the test set are "
    "not comparable."
)
_SOURCES: Final = {
    "mitdb": "MIT-BIH Arrhythmia Database (Moody & Mark 2001, PhysioNet, ODC-By 1.0)",
    "svdb": "MIT-BIH Supraventricular Arrhythmia Database (Greenwald 1990, PhysioNet, ODC-By 1.0)",
}


def data_text(headers: Sequence[Path], n_patients: int) -> str:
    """Say what a model was trained on.

    Parameters
    ----------
    headers : sequence of Path
        WFDB headers.
    n_patients : int
    """
    parts = []
    for folder in dict.fromkeys(header.parent.name for header in headers):
        names = [header.stem for header in headers if header.parent.name == folder]
        ds1 = ", de Chazal's DS1" if folder == "mitdb" and set(names) == set(DS1) else ""
        parts.append(f"{_SOURCES.get(folder, folder)}{ds1}: {len(names)} recordings: {' '.join(names)}.")
    return " ".join([*parts, f"{n_patients} patients in all."])


def protocol_text(held_against_ds2: bool) -> str:
    """Say how figures came about; `held_against_ds2` for what has been run on MIT-BIH's DS2."""
    return _PROTOCOL + (_ON_DS2 if held_against_ds2 else "")


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
        start = training.get("started_from")
        lines += [f"- Fine-tuned from {start['name']}"] if start else []
        lines += [
            f"- Made by `{training['command']}` in {training['seconds']:,} s on {training['machine']}, "
            f"{training['date']}, seed {training['seed']}",
            f"- Versions: {', '.join(f'{name} {version}' for name, version in training['versions'].items())}",
            f"- Beats: {', '.join(f'{letter} {count:,}' for letter, count in training['beats'].items())}",
        ]
    for title, key in (("Data", "data"), ("Protocol", "protocol")):
        if card.get(key):
            lines += ["", f"## {title}", "", str(card[key])]
    figures = card.get("figures", {})
    lines += ["", "## Figures", "", *_figures(figures)]
    if figures.get(EXPLANATIONS):
        lines += ["", "## Explanations", "", *_explanations(figures[EXPLANATIONS])]
    if card.get("tried"):
        lines += ["", "## Tried, and not kept", "", *(f"- {what}" for what in card["tried"])]
    if card.get("limits"):
        lines += ["", "## Limits", "", *(f"- {limit}" for limit in card["limits"])]
    return "\n".join(lines) + "\n"


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "| what | class | Se % | +P % | F1 % | accuracy % |"
    yield "|---|---|---|---|---|---|"
    validated = figures.get("cross_validation")
    if validated:
        title = f"training patients, {validated['folds']}-fold cross-validation by patient"
        parts = {title: validated} | {f"of them, {name}": part for name, part in validated.get("of", {}).items()}
        if "without_context" in validated:
            parts |= {"training patients, each beat by itself": validated["without_context"]}
        for what, part in parts.items():
            for letter in _SHOWN:
                row = part["classes"][letter]
                yield _row(what, letter, row["se"], row["ppv"], row["f1"], part["accuracy"])
    sets = [value for key, value in figures.items() if key not in ("cross_validation", EXPLANATIONS)]
    for scored in sets:
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
    errors = (validated or {}).get("calibration_error")
    if errors:
        yield "\nExpected calibration error under cross-validation: " + ", ".join(
            f"{letter} {error:.4f}" for letter, error in errors.items()
        )
    for scored in sets:
        yield f"\nPrinted by `{scored['command']}`."


def _explanations(figures: Mapping[str, Any]) -> Iterator[str]:
    """Write how far the maps can be trusted: areas under the probability, shares of the map in percent."""
    where = figures["record_set"] or f"{len(figures['records'])} records"
    yield (
        f"On {where}, beats named correctly. Deletion (small is good) and insertion (large is good): area under the "
        f"probability while samples are replaced by the {figures['replacement']}'s, or put back, the most salient ones "
        "first; beside it random maps of the same autocorrelation. Share of the map in QRS-T and before the QRS; by "
        f"chance {_percent(figures['chance']['qrs_t'])} and {_percent(figures['chance']['before_qrs'])} %.\n"
    )
    yield "| map | class | beats | deletion | random | insertion | random | in QRS-T % | before QRS % |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for method, found in figures["methods"].items():
        for letter, one in found["classes"].items():
            areas = (f"{one[what][by]:.3f}" for what in ("deletion", "insertion") for by in ("map", "random"))
            shares = (_percent(one["shares"][name]["share"]) for name in ("qrs_t", "before_qrs"))
            yield f"| {METHOD_NAMES[method]} | {letter} | {one['n']} | {' | '.join((*areas, *shares))} |"
    left = ", ".join(f"{METHOD_NAMES[m]} {found['randomised'][-1]['signed']:.2f}" for m, found in _methods(figures))
    yield f"\nRank correlation with the map after all weights were drawn anew (Adebayo 2018): {left}."
    for letter in ("V", "S"):
        alike = [
            f"{METHOD_NAMES[m]} {found['other_model'][letter]['rank_correlation']:.2f}"
            for m, found in _methods(figures)
            if letter in found.get("other_model", {})
        ]
        if alike:
            yield f"Rank correlation with the maps of another training, {letter}: {', '.join(alike)}."
    yield f"\nPrinted by `{figures['command']}`."


def _methods(figures: Mapping[str, Any]) -> list[tuple[Any, Mapping[str, Any]]]:
    return list(figures["methods"].items())


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _row(title: str, letter: str, se: float | None, ppv: float | None, f1: float | None, accuracy: float | None) -> str:
    percents = ("–" if share is None else f"{100 * share:.2f}" for share in (se, ppv, f1, accuracy))
    return f"| {title} | {letter} | {' | '.join(percents)} |"
