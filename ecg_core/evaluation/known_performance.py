"""Known performance of each kind of episode, from the cards of the models that find it.

A card states its figures in one of three ways: EC57 counts of beats and runs (``figures.ds2_detected``), sensitivities
and predictivities by class (``figures.ds2``, textbook models), or by kind of episode (``performance``, rhythm models).
Sensitivity is Se, positive predictivity +P, as in EC57. What no card states was not measured, and is called so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ecg_core.evaluation.rhythm_databases import display_name
from ecg_core.rhythm import DEVICE_KINDS, KINDS
from ecg_core.texts import sentence_case

NOT_MEASURED: Final = "not measured"
NOT_CHECKED: Final = "stated in the file; not checked here"

_BEATS: Final = {"SINGLE_V": "V", "B": "V", "T": "V", "SINGLE_S": "S", "AB": "S"}
"""Kinds of which the figures of single beats are told: bigeminy is as good as its beats."""

_PAIRS: Final = {"COUPLET": "V", "PAIR_S": "S"}
_RUNS: Final = {"VT": "V", "IVR": "V", "SVTA": "S", "SVR": "S"}
_SETS: Final = ("ds2_detected", "ds2_reference")


@dataclass(frozen=True)
class Performance:
    """How well a kind of episode is found.

    Attributes
    ----------
    short : str
        ``"Se 3 %, +P 60 % on DS2"``.
    sentence : str
        ``"Runs of S of 6 or more: sensitivity 3 % (3 of 101), positive predictivity 60 % (3 of 5) on DS2."``
    """

    short: str
    sentence: str


def known_performance(cards: Iterable[Mapping[str, Any]]) -> dict[str, Performance]:
    """Tell for every kind of episode what is known of how well it is found.

    Parameters
    ----------
    cards : iterable of mapping
        Cards of the models that ran; where several tell of a kind, the last one counts.

    Returns
    -------
    dict of str to Performance
        For every kind of `KINDS`.
    """
    found = {
        kind: Performance(NOT_CHECKED, "Stated in the file, by its device or whoever made it; not checked here.")
        if kind in DEVICE_KINDS
        else Performance(NOT_MEASURED, f"How well this is found is {NOT_MEASURED}.")
        for kind in KINDS
    }
    for card in cards:
        found |= _of_card(card)
    return found


def _of_card(card: Mapping[str, Any]) -> dict[str, Performance]:
    figures = _mapping(card.get("figures"))
    found: dict[str, Performance] = {}
    for name in _SETS:
        block = _mapping(figures.get(name))
        result = next(
            (one for one in map(_mapping, _list(block.get("results"))) if one.get("mapping") == "de_chazal"), None
        )
        if result is not None:
            found |= _of_counts(result, str(block.get("record_set") or "its test set"))
            break
    else:
        plain = _mapping(figures.get("ds2"))
        for kind, letter in _BEATS.items():
            se, ppv = _number(plain.get(f"{letter}_se")), _number(plain.get(f"{letter}_ppv"))
            if se is not None or ppv is not None:
                found[kind] = _told(f"{letter} beats", se, ppv, "DS2")
    measured = _mapping(card.get("performance"))
    for kind, values in measured.items():
        told = _mapping(values)
        if kind in KINDS and told:
            found[kind] = _of_rhythm(sentence_case(KINDS[kind].name), told)
    together = _mapping(measured.get("VT/VF"))
    if together:
        # Which of the two it is matters less than that it is one: databases themselves tell them apart differently.
        found |= dict.fromkeys(("VT", "VF"), _of_rhythm("VT and VF together", together))
    return found


def _of_counts(result: Mapping[str, Any], data: str) -> dict[str, Performance]:
    found: dict[str, Performance] = {}
    gross, runs = _mapping(result.get("gross")), _mapping(result.get("runs"))
    for kind, letter in _BEATS.items():
        beats = _mapping(gross.get(letter))
        if beats:
            found[kind] = _told(f"{letter} beats", _number(beats.get("se")), _number(beats.get("ppv")), data)
    for kind, letter in _PAIRS.items():
        pairs = _mapping(_mapping(runs.get(letter)).get("couplet"))
        if pairs:
            found[kind] = _of_runs({("", f"Pairs of {letter}"): pairs}, data)
    for kind, letter in _RUNS.items():
        of_letter = _mapping(runs.get(letter))
        named = {
            ("3–5 beats: ", f"Runs of {letter} of 3 to 5"): _mapping(of_letter.get("short")),
            ("6+ beats: ", f"Runs of {letter} of 6 or more"): _mapping(of_letter.get("long")),
        }
        named = {names: values for names, values in named.items() if values}
        if named:
            found[kind] = _of_runs(named, data)
    return found


def _of_runs(named: Mapping[tuple[str, str], Mapping[str, Any]], data: str) -> Performance:
    shorts, sentences = [], []
    for (length, name), values in named.items():
        se, ppv = _number(values.get("se")), _number(values.get("ppv"))
        shorts.append(f"{length}Se {_percent(se)}, +P {_percent(ppv)}")
        sentences.append(
            f"{name}: sensitivity {_percent(se)}{_of(se, values.get('reference'))}, "
            f"positive predictivity {_percent(ppv)}{_of(ppv, values.get('found'))} on {data}."
        )
    return Performance(f"{'; '.join(shorts)} on {data}", " ".join(sentences))


def _of_rhythm(name: str, values: Mapping[str, Any]) -> Performance:
    se, precision = _number(values.get("sensitivity")), _number(values.get("precision"))
    false = _number(values.get("false_per_hour"))
    data = display_name(str(values.get("data") or "its test data"))
    more = "" if false is None else f"; {false:.2g} false alarms an hour"
    time_se = _number(values.get("time_sensitivity"))
    of_time = "" if time_se is None else f" ({_percent(time_se)} of its time)"
    return Performance(
        f"Se {_percent(se)}{of_time}, +P {_percent(precision)} on {data}",
        f"{name}: sensitivity by episode {_percent(se)}{of_time}, positive predictivity {_percent(precision)} "
        f"on {data}{more}.",
    )


def _told(name: str, se: float | None, ppv: float | None, data: str) -> Performance:
    return Performance(
        f"{name}: Se {_percent(se)}, +P {_percent(ppv)} on {data}",
        f"{name}: sensitivity {_percent(se)}, positive predictivity {_percent(ppv)} on {data}.",
    )


def _percent(value: float | None) -> str:
    """Write a fraction in percent; little is never nothing, nearly all is never all."""
    if value is None:
        return NOT_MEASURED
    if 0 < value < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < value < 1 else f"{round(100 * value)} %"


def _of(value: float | None, total: Any) -> str:
    n = _number(total)
    return "" if value is None or not n else f" ({round(value * n)} of {n:.0f})"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
