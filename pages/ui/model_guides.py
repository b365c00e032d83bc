"""Model page's guided explanations of textbook models: steps with text and figure, computed on a demo recording."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from ecg_core.progress import Progress
from ecg_core.teaching.guides import GUIDES, GuideStep, guide_steps
from pages.ui import beat_explanation
from pages.ui.markup import head, ink, quiet

_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_CHOSEN: Final = "guide_chosen"


def draw() -> None:
    """Draw the choice of a model and its guided explanation."""
    titles = {guide.model: guide.title for guide in GUIDES}
    name = str(
        st.segmented_control(
            "Model to explain",
            list(titles),
            default=GUIDES[0].model,
            format_func=titles.__getitem__,
            key=_CHOSEN,
            required=True,
            label_visibility="collapsed",
        )
    )
    guide = next(guide for guide in GUIDES if guide.model == name)

    def work(progress: Progress) -> list[GuideStep]:
        progress(f"Asking {name}", 0.2)
        return guide_steps(name)

    steps: list[GuideStep] | None = beat_explanation.run_job(("guide", name), work, "guide")
    if steps is None:
        return
    quiet(
        f"Computed now on the synthetic recording {guide.recording} with the shipped weights of {name}; the same as a "
        f"notebook: docs/notebooks/{name}.ipynb."
    )
    for first in range(0, len(steps), 2):
        columns = st.columns(2)
        for place, column in enumerate(columns, start=first):
            if place < len(steps):
                with column, st.container(key=f"card_guide_{place}"):
                    _step(steps[place], place + 1, len(steps))


def _step(step: GuideStep, number: int, n_steps: int) -> None:
    head(f"{number}. {step.title}", f"step {number} of {n_steps}")
    st.html(f'<div class="rs-prose"><p>{escape(step.text)}</p></div>')
    st.plotly_chart(step.draw(ink()), key=f"guide_figure_{number}", config=_CHART, alt=step.title)
