"""Figures in a model's README, as Markdown: one table for each kind of model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ecg_core.explanation.methods import METHOD_NAMES

_SHOWN: Final = ("N", "S", "V", "F")


def beat_figures(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for a beat classifier: cross-validation first, then each record set."""
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
                yield _class_row(what, letter, row["se"], row["ppv"], row["f1"], part["accuracy"])
    sets = [value for value in figures.values() if "results" in value]
    for scored in sets:
        for result in scored["results"]:
            if result["mapping"] != "de_chazal":
                continue
            omitted = "first 5 minutes left out" if result["start_s"] else "whole records"
            title = f"{scored['record_set']}, {scored['peaks']} peaks, {omitted}, e and j as N"
            gross = result["gross"]
            for letter in _SHOWN:
                row = gross[letter]
                yield _class_row(title, letter, row["se"], row["ppv"], row["f1"], gross.get("accuracy"))
            without = result.get("S_without_232", {}).get("gross")
            if without:
                yield _class_row(title, "S without 232", without["se"], without["ppv"], without["f1"], None)
    errors = (validated or {}).get("calibration_error")
    if errors:
        yield "\nExpected calibration error under cross-validation: " + ", ".join(
            f"{letter} {error:.4f}" for letter, error in errors.items()
        )
    for scored in sets:
        yield f"\nPrinted by `{scored['command']}`."


def behaviour_figures(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines on synthetic rhythms of 15 minutes with exact truth."""
    yield (
        f"{figures['passed']} of {figures['cases']} synthetic rhythms of 15 minutes pass, beats detected: "
        f"{figures['ectopic_right']:,} of {figures['ectopic']:,} ectopic beats are right, and "
        f"{figures['false_s_in_sinus']:,} beats of sinus rhythm are called S."
    )
    if figures["failed"]:
        yield f"\nFailed: {', '.join(figures['failed'])}."
    yield f"\nPrinted by `{figures['command']}`."


def explanation_figures(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines on the validation of saliency maps: areas under the probability, shares of the map in percent."""
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


def _class_row(
    title: str, letter: str, se: float | None, ppv: float | None, f1: float | None, accuracy: float | None
) -> str:
    percents = ("–" if share is None else f"{100 * share:.2f}" for share in (se, ppv, f1, accuracy))
    return f"| {title} | {letter} | {' | '.join(percents)} |"


def interval_figures(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for an interval model: by left-out databases, beside the irregularity index."""
    yield "| trained | database | by | Se % | Sp % | +P % | F1 % | F1 % of the index, 10 s | 30 s |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for what, part in figures.items():
        if not isinstance(part, Mapping) or "network" not in part:
            continue
        before = [part[f"irregularity index, {limit} s"] for limit in (10, 30)]
        for database, found in part["network"].items():
            indices = [one[database] for one in before]
            yield _database_row(what, database, "duration", found, indices)
            if "by_recording" in found:
                inner = [one["by_recording"] for one in indices]
                yield _database_row(what, database, "recording", found["by_recording"], inner)
    for title, rows in figures.get("more", {}).items():
        yield f"\n{title}\n"
        yield from rows


def _database_row(what: str, database: str, by: str, found: Mapping[str, Any], before: list[Mapping[str, Any]]) -> str:
    values = [*(found[key] for key in ("se", "sp", "ppv", "f1")), *(one["f1"] for one in before)]
    cells = ("–" if value is None else f"{100 * value:.2f}" for value in values)
    return f"| {what} | {database} | {by} | {' | '.join(cells)} |"


def rhythm_figures(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for a rhythm network: a table of what was measured under each title."""
    for number, (title, rows) in enumerate(figures.items()):
        yield f"{'' if not number else chr(10)}**{title}**\n"
        yield "| what | figure |"
        yield "|---|---|"
        yield from (f"| {what} | {value} |" for what, value in rows.items())


def wave_figures(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for a delineation network: presence and boundaries of each wave."""
    for number, (title, found) in enumerate(figures.items()):
        yield f"{'' if not number else chr(10)}**{title}**: {found['records']} records, all leads, detected beats\n"
        yield "| wave | marked | Se % | +P % | F1 % |"
        yield "|---|---|---|---|---|"
        for wave, one in found["presence"].items():
            rates = " | ".join(f"{one[key]:.2f}" for key in ("sensitivity", "precision", "f1"))
            yield f"| {wave} | {one['tp'] + one['fn']} | {rates} |"
        yield "\n| boundary | mean error ms | SD ms |"
        yield "|---|---|---|"
        for name, one in (
            found["boundaries"] | {f"{key} interval": of for key, of in found["intervals"].items()}
        ).items():
            yield f"| {name} | {one['mean_ms']:.1f} | {one['sd_ms']:.1f} |"
        yield f"\nPrinted by `{found['command']}`."
