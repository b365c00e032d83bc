"""ASGI routes of the review desk: signal, beats and edits over HTTP. No Streamlit."""
