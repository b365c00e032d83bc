"""Compatibility of Streamlit and Keras: keeps Streamlit from clearing the Keras session.

After every run of a page Streamlit calls ``keras.backend.clear_session()`` where Keras is loaded. That forgets the
names given so far while another thread builds the network (which then fails on a name used twice), drops TensorFlow's
compiled kernels, and collects all garbage: 0.4 s for each click. Networks here are built once and kept, so there is
nothing to clear.
"""

from __future__ import annotations

from streamlit.runtime.scriptrunner import script_runner

CLEANER = "_clean_problem_modules"


def leave_keras_alone() -> None:
    """Take the cleaning out of Streamlit's run of a page; once is enough, more often does no harm."""
    if hasattr(script_runner, CLEANER):
        setattr(script_runner, CLEANER, _nothing)


def _nothing() -> None:
    """Clean nothing."""
