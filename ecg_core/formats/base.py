"""What every format family builds on: the description of a format, and limits. Imports no reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ecg_core.recording import Recording, Source

HEAD_BYTES: Final = 1 << 16
"""What a format sees of a file to recognise it."""

MIN_RATE_HZ: Final = 50.0
"""The wavelet by which QRS complexes are found passes 7 to 21 Hz (`signal.qrs_energy`), which needs more than 42 Hz.

Mahdiani et al., "Is 50 Hz high enough ECG sampling frequency for accurate HRV analysis?", EMBC 2015, found 50 Hz to be
the lowest rate at which intervals are nearly right; Kwon et al., Healthc Inform Res 24 (2018) 198, want 100 Hz.
"""

MAX_RATE_HZ: Final = 200_000.0
MAX_DURATION_S: Final = 366 * 86_400.0


class Opener(Protocol):
    """Opens a file of one format without reading its signal; raises RecordingError if it cannot."""

    def __call__(self, path: Path, *, name: str, source: Source) -> Recording:
        """Return the recording."""
        ...


class ChannelOpener(Protocol):
    """Opens a file with the channels that a person has chosen as its leads; its own choice where that is None."""

    def __call__(self, path: Path, *, name: str, source: Source, channels: tuple[str, ...] | None = None) -> Recording:
        """Return the recording."""
        ...


def _alone(_: Path) -> tuple[Path, ...]:
    return ()


@dataclass(frozen=True)
class Format:
    """A family of file formats.

    Attributes
    ----------
    name : str
        What people call it.
    suffixes : tuple of str
        How its files are usually named, for dialogs; a file is recognised by its content.
    recognise : callable
        ``(head, path) -> bool``: whether a file whose first bytes are `head` is one of these.
    open : Opener
    siblings : callable
        ``path -> files``: those beside a file that belong to it, e.g. its annotations. None by default.
    open_channels : ChannelOpener or None
        `open` with a choice of channels by their names; None for formats all of whose channels are ECG leads.
    in_memory : bool
        Whether an open recording holds its whole signal in memory; others are read span by span.
    """

    name: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes, Path], bool]
    open: Opener
    siblings: Callable[[Path], tuple[Path, ...]] = _alone
    in_memory: bool = False
    open_channels: ChannelOpener | None = None
