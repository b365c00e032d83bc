"""Streamlit widgets and page state that several pages share."""
