"""Rhythmoscope's library: reading, detecting, classifying and explaining electrocardiograms.

The library never imports Streamlit; the pages import the library.
"""

__version__ = "0.1.0"
