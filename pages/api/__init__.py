"""Routes of the review workspace: signal, beats and edits over HTTP, beside Streamlit; no Streamlit in here."""
