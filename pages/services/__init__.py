"""Services behind the pages and the routes: recordings, uploads, jobs, exports, tokens. No Streamlit."""
