"""Files as strangers and bad disks make them, and what opening one may do: give a recording, or say why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from ecg_core.errors import RecordingError
from ecg_core.recording import Recording

_NUMBERS = (b"\0", b"\xff", b"\xff\x7f", b"\x00\x80", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0")
_WORDS = (b"-1", b"0", b"1e309", b"nan", b"999999999999", b"", b"<", b"\x00\x01", b"9" * 400, "‮".encode())


@st.composite
def mangled(draw: st.DrawFn, content: bytes, most: int = 6) -> bytes:
    """Bytes with a few places overwritten, cut out, doubled or filled with a number that lies."""
    held = bytearray(content)
    # Headers stand at the beginning: half of the places lie there.
    places = st.one_of(st.integers(0, max(0, min(len(held), 2000) - 1)), st.integers(0, max(0, len(held) - 1)))
    for _ in range(draw(st.integers(1, most))):
        place = draw(places)
        match draw(st.sampled_from(["byte", "number", "word", "cut out", "double", "cut off"])):
            case "byte":
                held[place : place + 1] = bytes([draw(st.integers(0, 255))])
            case "number":
                number = draw(st.sampled_from(_NUMBERS))
                held[place : place + len(number)] = number
            case "word":
                held[place : place + draw(st.integers(0, 8))] = draw(st.sampled_from(_WORDS))
            case "cut out":
                del held[place : place + draw(st.integers(1, 400))]
            case "double":
                held[place:place] = held[place : place + draw(st.integers(1, 400))]
            case "cut off":
                del held[place:]
    return bytes(held)


def opens_or_says_why(
    opener: Callable[..., Recording], path: Path, most_values: int = 20_000_000, named: str | None = None
) -> Recording | None:
    """Open and read a file: a recording in proportion to it, or None after one clear sentence that names it.

    `named` is what the sentence must name where several files make a recording.
    """
    try:
        recording = opener(path, name="x", source="upload")
        values = recording.n_samples * len(recording.leads)
        assert 0 < values <= most_values
        assert np.isfinite(recording.fs_hz)
        assert recording.fs_hz > 0
        signal = recording.read(0, min(recording.n_samples, 5000))
        assert signal.dtype == np.float32
        assert signal.shape[1] == len(recording.leads)
        assert not np.isinf(signal).any()
        for name in recording.annotation_names:
            marks = recording.annotations(name)
            assert marks is not None
            assert ((marks.sample >= 0) & (marks.sample < recording.n_samples)).all()
            assert len(marks.sample) == len(marks.symbol) == len(marks.aux)
    except RecordingError as error:
        sentence = str(error)
        assert (named or path.name) in sentence
        assert sentence.endswith(".")
        assert len(sentence) < 600
        assert "\n" not in sentence
        return None
    return recording
