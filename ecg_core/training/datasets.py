"""Data sets: annotated recordings prepared once into windows on disk.

A prepared recording is kept in the cache, keyed by the content of its signal and annotation files and by the settings
that shaped it, so that it is made again when any of them changes, and the others are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES, Mapping, to_aami
from ecg_core.classification.rr import RR_FEATURES, rr_features
from ecg_core.classification.windows import WindowSpec, iterate_windows, survey
from ecg_core.formats import open_recording
from ecg_core.recording import Recording
from ecg_core.signal.quality import assess_quality
from ecg_core.training.cache import annotation_digest, cached_arrays
from ecg_core.training.targets import reference_beats

_PREPARATION_VERSION = 4
_N_LEADS = 2
MARGIN = 8
"""Samples by which prepared windows are wider on either side than the network's, for shifts in training."""


@dataclass(frozen=True)
class PreparedBeats:
    """Beats of several recordings as arrays.

    Attributes
    ----------
    beat : ndarray of float16, shape (beats, leads, samples)
        Windows in units of the lead's QRS height, reaching `margin` samples further than the network's window.
    dominant : ndarray of float16, shape (recordings, leads, samples)
    readable : ndarray of float32, shape (beats, leads)
    rr : ndarray of float32, shape (beats, features)
    label : ndarray of int64, shape (beats,)
        Index into `ecg_core.beats.CLASSES`.
    recording : ndarray of int64, shape (beats,)
        Index into `names`.
    names : tuple of str
        Recording names; a patient's recordings share a group, see `groups`.
    sha256 : tuple of str
        Content hash of each recording.
    margin : int
    n_before : int
        Samples of the network's window before the fiducial point.
    """

    beat: npt.NDArray[np.float16]
    dominant: npt.NDArray[np.float16]
    readable: npt.NDArray[np.float32]
    rr: npt.NDArray[np.float32]
    label: npt.NDArray[np.int64]
    recording: npt.NDArray[np.int64]
    names: tuple[str, ...]
    sha256: tuple[str, ...]
    margin: int
    n_before: int

    def __len__(self) -> int:
        return len(self.label)


def prepare(
    headers: Sequence[Path],
    spec: WindowSpec,
    *,
    margin: int = MARGIN,
    mapping: Mapping = "de_chazal",
    progress: Callable[[float], None] | None = None,
) -> PreparedBeats:
    """Cut the reference beats of annotated recordings, or take them from the cache.

    Parameters
    ----------
    headers : sequence of Path
        WFDB headers with reference annotations beside them.
    spec : WindowSpec
        The network's window.
    margin : int
        Samples kept beyond the window on both sides, for training with shifted windows.
    mapping : {"de_chazal", "bxb"}
    progress : callable, optional
        Called with the share done.

    Raises
    ------
    SourceError
        If a recording has no reference beats.
    """
    parts, recordings = [], []
    for index, header in enumerate(headers):
        recording = open_recording(header, name=header.stem)
        recordings.append(recording)
        settings = {
            "version": _PREPARATION_VERSION,
            "spec": asdict(spec),
            "margin": margin,
            "mapping": mapping,
            "rr": list(RR_FEATURES),
            "signal": recording.sha256,
            "annotations": annotation_digest(header),
        }
        compute = partial(_prepare_one, recording, spec, margin, mapping)
        parts.append(cached_arrays("prepared", settings, compute))
        if progress:
            progress((index + 1) / len(headers))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in ("beat", "readable", "rr", "label")}
    return PreparedBeats(
        **joined,
        dominant=np.stack([part["dominant"] for part in parts]),
        recording=np.repeat(np.arange(len(parts)), [len(part["label"]) for part in parts]),
        names=tuple(recording.name for recording in recordings),
        sha256=tuple(recording.sha256 for recording in recordings),
        margin=margin,
        n_before=spec.n_before,
    )


def _prepare_one(
    recording: Recording, spec: WindowSpec, margin: int, mapping: Mapping
) -> dict[str, npt.NDArray[np.generic]]:
    samples, symbols = reference_beats(recording)
    wide = WindowSpec(spec.fs_hz, spec.before_s + margin / spec.fs_hz, spec.after_s + margin / spec.fs_hz)
    reference = survey(recording, samples, wide)
    quality = assess_quality(recording.read(), recording.fs_hz)
    windows = list(iterate_windows(recording, samples, wide, reference, quality))
    leads = [index % len(recording.leads) for index in range(_N_LEADS)]
    return {
        "beat": np.concatenate([window.wave[..., 0][:, leads] for window in windows]).astype(np.float16),
        "dominant": reference.dominant[leads].astype(np.float16),
        "readable": np.concatenate([window.readable[:, leads] for window in windows]),
        "rr": rr_features(samples / recording.fs_hz),
        "label": np.array([CLASSES.index(label) for label in to_aami(symbols, mapping)], dtype=np.int64),
    }
