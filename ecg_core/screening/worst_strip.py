"""A few seconds around the worst moment of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class WorstStrip:
    """A few seconds of one lead.

    Attributes
    ----------
    title : str
        Shown literally.
    signal_mv : ndarray of float, shape (samples,)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    start_s : float
        Time of the first sample in the recording.
    event_s : tuple of float or None
        Begin and end of the finding in the recording.
    calibrated : bool
        Whether the signal is in mV.
    message : str
        Why there is no signal, shown literally in its place.
    """

    title: str
    signal_mv: npt.NDArray[np.floating]
    fs_hz: float
    start_s: float
    event_s: tuple[float, float] | None = None
    calibrated: bool = True
    message: str = ""

    def message_lines(self, n_characters: int) -> list[str]:
        """Return the message in at most five lines; what is longer is cut off at a word.

        Parameters
        ----------
        n_characters : int
            Length of a line.
        """
        return wrap(self.message, n_characters, max_lines=5)
