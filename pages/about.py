"""about."""

import streamlit as st

st.html("soon")
