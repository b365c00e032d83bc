"""Rhythmoscope: the dashboard's server and router. Pages are in ``pages/``, everything that computes in ``ecg_core/``.

``streamlit run app.py`` imports this file once for the server, which gets the routes of the review desk beside
Streamlit's own, and runs it as a script for each visit, which finds the way to a page.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).resolve().parent


def route() -> None:
    """Run the page that the address names."""
    from pages.ui import page_frame
    from pages.ui.state import opened_by_link
    from pages.ui.streamlit_compat import keep_keras_session

    keep_keras_session()
    st.set_page_config(page_title="Rhythmoscope", page_icon=str(_HERE / "assets" / "icon.svg"), layout="wide")

    recordings = st.Page(_HERE / "pages" / "recordings.py", title="Recordings", default=True)
    review = st.Page(_HERE / "pages" / "review.py", title="Review", url_path="review")
    explain = st.Page(_HERE / "pages" / "explain.py", title="Explain", url_path="explain")
    model = st.Page(_HERE / "pages" / "model.py", title="Model", url_path="model")
    about = st.Page(_HERE / "pages" / "about.py", title="About", url_path="about")

    page = st.navigation([recordings, review, explain, model, about], position="top")
    if page is recordings and opened_by_link():
        st.switch_page(review, query_params=st.query_params.to_dict())
    with page_frame.around_page():
        page.run()


if __name__ == "__main__":
    route()
else:
    from pages.api.health import HEALTH
    from pages.api.routes import ROUTES
    from pages.ui.server import lifespan, middleware, use_structured_logs

    use_structured_logs()
    app = st.App(_HERE / "app.py", routes=[*HEALTH, *ROUTES], middleware=middleware(), lifespan=lifespan)
