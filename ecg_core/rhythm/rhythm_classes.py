"""Classes of the rhythm network, in the order of its output."""

from typing import Final

RHYTHM_CLASSES: Final = ("N", "AFIB", "AFL", "SVTA", "VT", "VF", "ASYSTOLE", "NOISE")
"""N is any conducted rhythm whose beats can be told apart: sinus, junctional, paced, with ectopic beats or block."""
