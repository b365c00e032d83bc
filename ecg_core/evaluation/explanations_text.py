"""How far explanations can be trusted, as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ecg_core.evaluation.tables import align, number
from ecg_core.explanation.methods import METHOD_NAMES

REGION_TITLES: Final = {"earlier": "earlier", "before_qrs": "before QRS", "qrs_t": "QRS-T", "later": "later"}

_METHODS: Final = (
    "Deletion and insertion (Petsiuk 2018): area under the probability of the beat's class while samples are replaced "
    "by the dominant beat's, or put back, from the most salient on in steps of {step:g} %, over all readable leads; "
    "the RR intervals stay. Small deletion and large insertion are good. Random: mean over {random_maps} maps of the "
    "same autocorrelation. In brackets 95 % intervals of the difference, by patient."
)
_REGIONS: Final = (
    "Share of the map in each part of the window, %: before QRS {before_qrs}, QRS-T {qrs_t} around the R peak; by "
    "chance a part has its length over the window's. In brackets 95 % intervals by patient."
)
_RANDOMISED: Final = (
    "Rank correlation with the trained network's map while its weights are drawn anew layer by layer from the output "
    "(Adebayo 2018): of signed values / of their sizes; mean of {draws} draws over {beats} beats. 0: nothing is left."
)
_AGREEMENT: Final = "Rank correlation with the maps of {name}; in brackets 95 % intervals by patient."


def explanations_text(figures: Mapping[str, Any]) -> str:
    """Write what :func:`ecg_core.evaluation.explanations.explanation_figures` measured.

    Parameters
    ----------
    figures : mapping
        What was measured.

    Returns
    -------
    str
    """
    return "\n\n".join(_parts(figures)) + "\n"


def _parts(figures: Mapping[str, Any]) -> Iterator[str]:
    methods = figures["methods"]
    yield _heading(figures)
    yield _wrapped(_METHODS.format(step=100 * figures["step"], random_maps=figures["random_maps"]))
    rows = [["", "beats", "p", "p as usual", "deletion", "random", "", "insertion", "random", ""]]
    for method, label, found in _each(methods):
        ends = (number(found[key], 3) for key in ("probability", "probability_as_dominant"))
        areas = (cell for key in ("deletion", "insertion") for cell in _area(found[key]))
        rows.append([f"{METHOD_NAMES[method]} {label}", str(found["n"]), *ends, *areas])
    yield align(rows)
    spans = {name: _span_ms(*figures["regions_s"][name]) for name in ("before_qrs", "qrs_t")}
    yield _wrapped(_REGIONS.format(**spans))
    rows = [["", *(title for title in REGION_TITLES.values() for title in (title, ""))]]
    rows.append(
        ["by chance", *(cell for name in REGION_TITLES for cell in (number(100 * figures["chance"][name]), ""))]
    )
    for method, label, found in _each(methods):
        lying = (cell for name in REGION_TITLES for cell in _share(found["shares"][name]))
        rows.append([f"{METHOD_NAMES[method]} {label}", *lying])
    yield align(rows)
    yield _wrapped(_RANDOMISED.format(**figures["randomised"]))
    rows = [["drawn anew down to", *(METHOD_NAMES[method] for method in methods)]]
    for stages in zip(*(found["randomised"] for found in methods.values()), strict=True):
        cells = (f"{number(stage['signed'], 2)} / {number(stage['size'], 2)}" for stage in stages)
        rows.append([stages[0]["layer"], *cells])
    yield align(rows)
    if "other_model" in figures:
        yield _wrapped(_AGREEMENT.format(**figures["other_model"]))
        labels = list(dict.fromkeys(label for _, label, _ in _each(methods)))
        rows = [["", *(label for label in labels for label in (label, ""))]]
        for method, found in methods.items():
            agreements = (found["other_model"][label] for label in labels)
            cells = (
                cell
                for one in agreements
                for cell in (number(one["rank_correlation"], 2), _range(one["interval"], 1, 2))
            )
            rows.append([METHOD_NAMES[method], *cells])
        yield align(rows)


def _heading(figures: Mapping[str, Any]) -> str:
    records, group = figures["records"], figures["record_set"]
    listed = f"{f'{group}, ' if group else ''}{len(records)}: {' '.join(records)}"
    drawn = ", ".join(
        f"{count} {label} of {_counted(figures['patients'][label], 'patient')}"
        for label, count in figures["beats"].items()
    )
    begin_s, end_s = figures["window_s"]
    lines = [
        f"Records  {listed}",
        f"Beats    {drawn}; reference peaks, named correctly, drawn with seed {figures['seed']} in turn "
        "from each record",
        f"Window   {_span_ms(begin_s, end_s)}; Grad-CAM in {figures['grad_cam_steps']} steps of time",
    ]
    lines += [f"{note}." for note in figures.get("notes", [])]
    return "\n".join(textwrap.fill(line, 100, subsequent_indent=" " * 9) for line in lines)


def _each(methods: Mapping[str, Any]) -> Iterator[tuple[Any, str, Mapping[str, Any]]]:
    for method, found in methods.items():
        for label, of_class in found["classes"].items():
            yield method, label, of_class


def _area(found: Mapping[str, Any]) -> list[str]:
    return [number(found["map"], 3), number(found["random"], 3), _range(found["interval"], 1, 3, signed=True)]


def _share(found: Mapping[str, Any]) -> list[str]:
    share = found["share"]
    return [number(None if share is None else 100 * share), _range(found["interval"], 100, 0)]


def _range(interval: Any, factor: float, decimals: int, *, signed: bool = False) -> str:
    if interval is None:
        return ""
    low, high = (f"{factor * edge:{'+' if signed else ''}.{decimals}f}" for edge in interval)
    return f"[{low}, {high}]"


def _span_ms(begin_s: float, end_s: float) -> str:
    return f"{1000 * begin_s:+.0f} to {1000 * end_s:+.0f} ms"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100)
