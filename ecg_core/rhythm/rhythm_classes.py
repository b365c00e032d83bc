"""Classes of the rhythm network, in the order of its output."""

from typing import Final

import numpy as np

RHYTHM_CLASSES: Final = ("N", "AFIB", "AFL", "SVTA", "VT", "VF", "ASYSTOLE", "NOISE")
"""N is any conducted rhythm whose beats can be told apart: sinus, junctional, paced, with ectopic beats or block."""

IS_VENTRICULAR: Final = np.isin(RHYTHM_CLASSES, ("VT", "VF"))
"""Which of the classes are ventricular tachycardia or fibrillation; ndarray of bool, shape (8,)."""
