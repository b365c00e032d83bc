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
    from pages.ui.account_menu import account_or_nobody, pages_of, sign_in_page
    from pages.ui.state import opened_by_link
    from pages.ui.streamlit_compat import keep_keras_session

    keep_keras_session()
    account = account_or_nobody()
    # Who is not signed in gets no media.
    icon = str(_HERE / "assets" / "icon.svg") if account.roles else None
    st.set_page_config(page_title="Rhythmoscope", page_icon=icon, layout="wide")

    recordings = st.Page(_HERE / "pages" / "recordings.py", title="Recordings", default=True)
    review = st.Page(_HERE / "pages" / "review.py", title="Review", url_path="review")
    report = st.Page(_HERE / "pages" / "report.py", title="Report", url_path="report")
    screening = st.Page(_HERE / "pages" / "screening.py", title="Screening", url_path="screening")
    explain = st.Page(_HERE / "pages" / "explain.py", title="Explain", url_path="explain")
    teaching = st.Page(_HERE / "pages" / "teaching.py", title="Teaching", url_path="teaching")
    model = st.Page(_HERE / "pages" / "model.py", title="Model", url_path="model")
    about = st.Page(_HERE / "pages" / "about.py", title="About", url_path="about")

    administration = st.Page(_HERE / "pages" / "administration.py", title="Administration", url_path="administration")

    reading = [recordings, review, report, screening, explain, teaching]
    pages = pages_of(account, reading, [model, about], administration)
    page = st.navigation(pages, position="top" if account.roles else "hidden")
    if account.roles and page is recordings and opened_by_link():
        st.switch_page(review, query_params=st.query_params.to_dict())
    with page_frame.around_page(account):
        if account.roles:
            page.run()
        else:
            sign_in_page(account)


if __name__ == "__main__":
    route()
else:
    from pages.api.health import HEALTH
    from pages.api.routes import ROUTES, SOCKETS
    from pages.ui.server import lifespan, middleware, use_structured_logs

    use_structured_logs()
    app = st.App(_HERE / "app.py", routes=[*HEALTH, *ROUTES, *SOCKETS], middleware=middleware(), lifespan=lifespan)
