"""Data sets: annotated recordings prepared once into windows on disk.

A prepared data set is kept under the cache folder, keyed by the content of every recording and annotation file and
by the settings that shaped it, so that it is made again when any of them changes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES, Mapping, to_aami
from ecg_core.caching import cache_folder
from ecg_core.classification.rr import RR_FEATURES, rr_features
from ecg_core.classification.windows import WindowSpec, iterate_windows, survey
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.recording import Recording
from ecg_core.signal.quality import assess_quality

log = logging.getLogger(__name__)

_PREPARATION_VERSION = 2
_N_LEADS = 2
_STORED = ("beat", "dominant", "readable", "rr", "label", "recording")


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

    def __len__(self) -> int:
        return len(self.label)


def prepare(
    headers: Sequence[Path],
    spec: WindowSpec,
    *,
    margin: int = 8,
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
    recordings = [open_recording(header, name=header.stem) for header in headers]
    key = _key(recordings, spec, margin, mapping)
    path = cache_folder("prepared") / f"{key}.npz"
    arrays = _load(path)
    if arrays is None:
        parts = []
        for index, recording in enumerate(recordings):
            parts.append(_prepare_one(recording, spec, margin, mapping))
            if progress:
                progress((index + 1) / len(recordings))
        arrays = {
            name: np.stack([part[name] for part in parts])
            if name == "dominant"
            else np.concatenate([part[name] for part in parts])
            for name in parts[0]
        }
        arrays["recording"] = np.repeat(np.arange(len(parts)), [len(part["label"]) for part in parts])
        partial = path.with_suffix(f".{os.getpid()}.part.npz")
        np.savez(partial, **arrays)  # type: ignore[arg-type]
        partial.replace(path)
        log.info("Prepared %d beats of %d recordings", len(arrays["label"]), len(recordings))
    return PreparedBeats(
        **arrays,
        names=tuple(recording.name for recording in recordings),
        sha256=tuple(recording.sha256 for recording in recordings),
        margin=margin,
    )


def _load(path: Path) -> dict[str, npt.NDArray[Any]] | None:
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in _STORED}
    except Exception:  # a damaged archive fails in whichever decoder meets the damage
        log.warning("A prepared data set was damaged and is prepared again")
        return None


def _prepare_one(
    recording: Recording, spec: WindowSpec, margin: int, mapping: Mapping
) -> dict[str, npt.NDArray[np.generic]]:
    annotations = recording.annotations()
    samples, symbols = annotations.beats() if annotations else (np.empty(0, np.int64), np.empty(0, str))
    if not len(samples):
        raise SourceError(f"{recording.name} has no reference beats beside it; training needs an .atr file with them.")
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


def _key(recordings: Sequence[Recording], spec: WindowSpec, margin: int, mapping: Mapping) -> str:
    settings = {
        "version": _PREPARATION_VERSION,
        "spec": asdict(spec),
        "margin": margin,
        "mapping": mapping,
        "rr": list(RR_FEATURES),
        "signals": [recording.sha256 for recording in recordings],
        "annotations": [
            hashlib.sha256(recording.files[0].with_suffix(".atr").read_bytes()).hexdigest()
            for recording in recordings
            if recording.files[0].with_suffix(".atr").is_file()
        ],
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:24]
