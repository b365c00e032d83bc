"""Selection of the saliency method, with what each method shows and its measured faithfulness."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import streamlit as st

from ecg_core.explanation import CARD_KEY, METHOD_NAMES, METHODS, BeatExplanation, Method
from pages.services.card_figures import percent
from pages.ui.markup import Markup, table

LIMITS: Final = (
    "Grad-CAM shows where in the waveform the network looked, not that it was right to. It is coarse (a few "
    "hundredths of a second), and it cannot show what the RR intervals did: their effect is measured beside it."
)
TITLES: Final[dict[Method, str]] = {
    "grad_cam": "Where the network looked for {target}",
    "integrated_gradients": "What in the shape adds to {target}",
    "occlusion": "What {target} loses when it is covered",
}
UNMEASURED: Final = "How far such a map can be trusted was not measured for {what}."

_SHOWS: Final[dict[Method, str]] = {
    "grad_cam": LIMITS,
    "integrated_gradients": (
        "Integrated gradients share out over the samples what the beat's shape does to the log odds of {target} "
        "against the recording's dominant beat{total}. Shaded is what adds."
    ),
    "occlusion": (
        "Shaded is where {target} loses log odds when 80 ms of one lead are covered by the dominant beat's{total}. "
        "Where several places tell the same, covering one of them costs little."
    ),
}
_CHOSEN: Final = "explain_method"
_METHOD: Final = "explain_method_kept"
_LITTLE: Final = 0.2
_SHARES: Final = {"qrs_t": "in QRS and T wave", "before_qrs": "before the QRS"}


def chosen() -> Method:
    """Return the method of this session."""
    kept: Method = st.session_state.get(_METHOD, "grad_cam")
    return kept


def control() -> Method:
    """Draw the choice of method; it is remembered while the session lasts."""
    st.session_state[_CHOSEN] = chosen()
    st.segmented_control(
        "How the map is made",
        METHODS,
        format_func=METHOD_NAMES.__getitem__,
        key=_CHOSEN,
        label_visibility="collapsed",
        required=True,
        on_change=_keep,
    )
    return chosen()


def shows(explanation: BeatExplanation) -> str:
    """Return what one beat's map shows, with what the shape does in all where the method tells about that."""
    total = explanation.waveform_log_odds
    whole = "together" if explanation.method == "integrated_gradients" else "the whole shape adds"
    total_text = f"; {whole} {total:+.1f}" if abs(total) >= _LITTLE else ", of which this beat hardly differs"
    text = _SHOWS[explanation.method].format(target=explanation.target, total=total_text)
    return text if explanation.method == "grad_cam" else f"{text} What the RR intervals did is measured beside it."


def shows_of_class(method: Method, target: str) -> str:
    """Return the description of a class's mean map.

    Parameters
    ----------
    method : Method
        Method of explanation.
    target : str
        The class.

    Returns
    -------
    str
    """
    return _SHOWS[method].format(target=target, total="")


def trust(card: Mapping[str, Any], method: Method, target: str) -> None:
    """Draw how far a map can be trusted: the figures of the model's card, or that it was not measured.

    Parameters
    ----------
    card : mapping
        The model's card.
    method : Method
        Method of explanation.
    target : str
        The class.
    """
    figures = _figures(card)
    of_method = _mapping(_mapping(figures.get("methods")).get(method))
    found = _mapping(_mapping(of_method.get("classes")).get(target))
    if not found:
        what = f"{target} beats" if of_method else str(card.get("name", "this model"))
        st.html(f'<div class="rs-quiet">{escape(UNMEASURED.format(what=what))}</div>')
        return
    with st.expander("How far can this map be trusted?"):
        st.html(trust_table(figures, of_method, found, target))
        st.html(f'<div class="rs-quiet">{escape(" ".join(verdict(found, target)))}</div>')


def trust_table(
    figures: Mapping[str, Any], of_method: Mapping[str, Any], found: Mapping[str, Any], target: str
) -> Markup:
    """Return the figures of a method and a class beside those of chance.

    Parameters
    ----------
    figures : mapping
        Figures of the card on explanations.
    of_method : mapping
        Those of the method.
    found : mapping
        Those of the class.
    target : str
        The class.

    Returns
    -------
    Markup
    """
    rows = []
    for key, text in (
        ("deletion", "Deletion: probability left, the most salient samples first made like the dominant beat's"),
        ("insertion", "Insertion: probability reached, the most salient samples first put back"),
    ):
        area = _mapping(found.get(key))
        rows.append((text, _number(area.get("map")), _number(area.get("random"))))
    chance = _mapping(figures.get("chance"))
    for name, text in _SHARES.items():
        share = _mapping(_mapping(found.get("shares")).get(name)).get("share")
        rows.append(
            (
                f"Share of the map {text}{_span(figures, name)}",
                f"{percent(share, 0)} %",
                f"{percent(chance.get(name), 0)} %",
            )
        )
    stages = of_method.get("randomised")
    last = _mapping(stages[-1]) if isinstance(stages, list) and stages else {}
    rows.append(("Likeness to a map of random weights (rank correlation)", _number(last.get("signed")), "0"))
    alike = _mapping(_mapping(of_method.get("other_model")).get(target)).get("rank_correlation")
    if alike is not None:
        rows.append(("Likeness to the map of another training (rank correlation)", _number(alike), "0"))
    where = figures.get("record_set") or "annotated records"
    return Markup(
        table((f"Measured on {found.get('n', '–')} {target} beats of {where}", "map", "random"), rows, (1, 2))
    )


def verdict(found: Mapping[str, Any], target: str) -> list[str]:
    """Return sentences on whether removing and restoring salient samples does more than random ones.

    Parameters
    ----------
    found : mapping
        Figures of the class.
    target : str
        The class.

    Returns
    -------
    list of str
    """
    said = []
    for key, sign, text in (
        ("deletion", -1, "taking away what the map shows lowers the probability"),
        ("insertion", 1, "putting it back raises it"),
    ):
        interval = _mapping(found.get(key)).get("interval")
        if not isinstance(interval, list) or len(interval) != 2:
            continue
        low, high = sorted(sign * float(edge) for edge in interval)
        than = "more than" if low > 0 else "less than" if high < 0 else "no more, as far as can be told, than"
        said.append(f"{text} {than} at random")
    return [f"For {target}: {'; '.join(said)}."] if said else []


def _keep() -> None:
    st.session_state[_METHOD] = st.session_state[_CHOSEN]


def _figures(card: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(card.get("figures")).get(CARD_KEY))


def _span(figures: Mapping[str, Any], name: str) -> str:
    """Return where a part of the window begins and ends, empty where the card does not state it."""
    edges = _mapping(figures.get("regions_s")).get(name)
    if not isinstance(edges, list) or not all(isinstance(edge, int | float) for edge in edges):
        return ""
    return f", {' to '.join(f'{1000 * edge:+.0f}' for edge in edges)} ms"


def _number(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) and not isinstance(value, bool) else "–"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
