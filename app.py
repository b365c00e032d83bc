"""Rhythmoscope: the dashboard's router. Pages are in ``pages/``, everything that computes is in ``ecg_core/``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.parts import frame
from pages.parts.keras_state import leave_keras_alone
from pages.parts.state import opened_by_link

_HERE = Path(__file__).resolve().parent

leave_keras_alone()
st.set_page_config(page_title="Rhythmoscope", page_icon=str(_HERE / "assets" / "icon.svg"), layout="wide")

recordings = st.Page(_HERE / "pages" / "recordings.py", title="Recordings", default=True)
review = st.Page(_HERE / "pages" / "review.py", title="Review", url_path="review")
explain = st.Page(_HERE / "pages" / "explain.py", title="Explain", url_path="explain")
model = st.Page(_HERE / "pages" / "model.py", title="Model", url_path="model")
about = st.Page(_HERE / "pages" / "about.py", title="About", url_path="about")

page = st.navigation([recordings, review, explain, model, about], position="top")
if page is recordings and opened_by_link():
    st.switch_page(review, query_params=st.query_params.to_dict())
with frame.around_page():
    page.run()
