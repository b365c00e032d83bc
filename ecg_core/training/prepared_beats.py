"""Prepared beats: windows of annotated recordings, cached on disk.

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
from ecg_core.recording import Recording, from_array
from ecg_core.signal.quality import assess_quality
from ecg_core.training.cache import annotation_digest, cached_arrays
from ecg_core.training.crops import crops
from ecg_core.training.targets import reference_beats

_PREPARATION_VERSION = 5
_N_LEADS = 2
_CROP_MARGIN_S = 1.5
_VIEWS = ("", "crop_")
MARGIN = 8
"""Samples by which prepared windows are wider on either side than the network's, for shifts in training."""


@dataclass(frozen=True)
class PreparedBeats:
    """Beats of several recordings as arrays.

    Attributes
    ----------
    beat : ndarray of float16, shape (beats, leads, samples)
        Windows in units of the lead's QRS height, reaching `margin` samples further than the network's window.
    dominant : ndarray of float16, shape (views, leads, samples)
        Of each recording, then of each part.
    readable : ndarray of float32, shape (beats, leads)
    rr : ndarray of float32, shape (beats, features)
    label : ndarray of int64, shape (beats,)
        Index into `ecg_core.beats.CLASSES`.
    recording : ndarray of int64, shape (beats,)
        Index into `names`.
    view : ndarray of int64, shape (beats,)
        Index into `dominant`: what each beat is seen against. The first beats are those of whole recordings, in order;
        those of parts follow, see :mod:`ecg_core.training.crops`.
    n_whole : int
        Beats of whole recordings.
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
    view: npt.NDArray[np.int64]
    n_whole: int
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
        Mapping of the symbols e, j and n to classes.
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
    names = ("beat", "readable", "rr", "label")
    joined = {name: np.concatenate([part[f"{of}{name}"] for of in _VIEWS for part in parts]) for name in names}
    recording_of = [np.repeat(np.arange(len(parts)), [len(part[f"{of}label"]) for part in parts]) for of in _VIEWS]
    n_whole = len(recording_of[0])
    n_crops = np.cumsum([len(parts), *(len(part["crop_dominant"]) for part in parts)])[:-1]
    view_of_crop = [first + part["crop_of"] for first, part in zip(n_crops, parts, strict=True)]
    return PreparedBeats(
        **joined,
        dominant=np.concatenate([part[f"{of}dominant"] for of in _VIEWS for part in parts]),
        recording=np.concatenate(recording_of),
        view=np.concatenate([recording_of[0], *view_of_crop]),
        n_whole=n_whole,
        names=tuple(recording.name for recording in recordings),
        sha256=tuple(recording.sha256 for recording in recordings),
        margin=margin,
        n_before=spec.n_before,
    )


def _prepare_one(
    recording: Recording, spec: WindowSpec, margin: int, mapping: Mapping
) -> dict[str, npt.NDArray[np.generic]]:
    samples, symbols = reference_beats(recording)
    label = np.array([CLASSES.index(one) for one in to_aami(symbols, mapping)], dtype=np.int64)
    wide = WindowSpec(spec.fs_hz, spec.before_s + margin / spec.fs_hz, spec.after_s + margin / spec.fs_hz)
    whole = _seen(recording, samples, label, wide)
    cropped = []
    for first, stop in crops(samples / recording.fs_hz, label, recording.n_samples / recording.fs_hz):
        begin = max(0, int(samples[first] - _CROP_MARGIN_S * recording.fs_hz))
        end = min(recording.n_samples, int(samples[stop - 1] + _CROP_MARGIN_S * recording.fs_hz))
        part = from_array(recording.read(begin, end), recording.fs_hz)
        cropped.append(_seen(part, samples[first:stop] - begin, label[first:stop], wide))
    lengths = [len(part["label"]) for part in cropped]
    joined = {
        f"crop_{name}": np.concatenate([part[name] for part in cropped]) if cropped else values[:0]
        for name, values in whole.items()
    }
    return {**whole, **joined, "crop_of": np.repeat(np.arange(len(cropped)), lengths)}


def _seen(
    recording: Recording, samples: npt.NDArray[np.int64], label: npt.NDArray[np.int64], wide: WindowSpec
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the beats of a recording, or of a part, as they are seen against it."""
    reference = survey(recording, samples, wide)
    quality = assess_quality(recording.read(), recording.fs_hz)
    windows = list(iterate_windows(recording, samples, wide, reference, quality))
    leads = [index % len(recording.leads) for index in range(_N_LEADS)]
    return {
        "beat": np.concatenate([window.wave[..., 0][:, leads] for window in windows]).astype(np.float16),
        "dominant": reference.dominant[leads].astype(np.float16)[None],
        "readable": np.concatenate([window.readable[:, leads] for window in windows]),
        "rr": rr_features(samples / recording.fs_hz),
        "label": label,
    }
