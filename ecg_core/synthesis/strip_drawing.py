"""Strips as signal with exact truth, and as WFDB records.

Disturbances arise at electrodes and reach the leads by Einthoven's, Goldberger's and Wilson's definitions: shaking of
the right arm is absent from lead III, and a chest electrode disturbs its own lead alone. Exchanged electrodes exchange
potentials, from which all twelve leads follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import wfdb
from scipy.signal import butter, sosfilt

from ecg_core.arrays import Float32Array, Float64Array
from ecg_core.formats.common.free_text import SYNTHETIC_COMMENT
from ecg_core.recording import Annotations
from ecg_core.synthesis.condition_writing import noise_mv, p_alone, waves_table
from ecg_core.synthesis.modulation import band_of_tones
from ecg_core.synthesis.morphology import FIBRILLATION_DIRECTION, FLUTTER_DIRECTION, lead_vectors
from ecg_core.synthesis.strip import Strip, StripArtefact
from ecg_core.synthesis.strip_events import StripTruth, expand_strip
from ecg_core.synthesis.tracing import TWELVE_LEADS, Drawing, Tracing
from ecg_core.synthesis.writing import header_text, pack, quantise
from ecg_core.writing import drafting, write_text

FS_HZ: Final = 500.0
ELECTRODES: Final = ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")
_CHAOS_MV: Final = 0.42
_EDGE_S: Final = 0.3


@dataclass(frozen=True)
class DrawnStrip:
    """A strip as signal with its truth.

    Attributes
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        With noise and artefacts.
    tracing : Tracing
        Without them, with the true waves.
    truth : StripTruth
    annotations : Annotations
        Beats, rhythms, P waves without QRS complex, and changes of signal quality, named ``atr``.
    """

    signal_mv: Float32Array
    tracing: Tracing
    truth: StripTruth
    annotations: Annotations


def leads_of_electrodes() -> Float64Array:
    """Return the twelve leads as sums of the potentials of `ELECTRODES`, shape (leads, electrodes)."""
    potential = np.eye(len(ELECTRODES))
    right, left, foot = potential[:3]
    limb = [left - right, foot - right, foot - left]
    augmented = [right - (left + foot) / 2, left - (right + foot) / 2, foot - (right + left) / 2]
    centre = (right + left + foot) / 3
    return np.array([*limb, *augmented, *(potential[3:] - centre)])


def projection_of(strip: Strip) -> Float64Array:
    """Return the projection of the heart's dipole onto the leads of a strip, shape (leads, 3).

    Parameters
    ----------
    strip : Strip
        How the heart lies and which electrodes are exchanged.
    """
    one, two, *chest = lead_vectors(("I", "II", "V1", "V2", "V3", "V4", "V5", "V6"))
    potentials = np.array([-(one + two) / 3, (2 * one - two) / 3, (2 * two - one) / 3, *chest])
    if strip.swapped:
        first, second = (ELECTRODES.index(name) for name in strip.swapped)
        potentials[[first, second]] = potentials[[second, first]]
    angle = np.deg2rad(strip.axis_turn_deg)
    heart = np.eye(3)
    heart[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    if strip.mirrored:
        heart = np.diag([-1.0, 1.0, 1.0]) @ heart
    return np.asarray(leads_of_electrodes() @ potentials @ heart)


@lru_cache(maxsize=16)
def draw_strip(strip: Strip) -> DrawnStrip:
    """Draw a strip.

    Parameters
    ----------
    strip : Strip
        The script.

    Returns
    -------
    DrawnStrip
        The same script gives the same samples.

    Raises
    ------
    ValueError
        If it names a wave that there is not.
    """
    return render_strip(strip, expand_strip(strip))


def render_strip(strip: Strip, truth: StripTruth) -> DrawnStrip:
    """Draw the waves of a strip with its disturbances.

    Parameters
    ----------
    strip : Strip
        Length, seed, noise, electrodes and artefacts.
    truth : StripTruth
        As :func:`ecg_core.synthesis.strip_events.expand_strip` gives it.

    Returns
    -------
    DrawnStrip
    """
    projection = projection_of(strip)
    drawing = Drawing(FS_HZ, strip.seconds, TWELVE_LEADS, projection)
    n_samples = round(strip.seconds * FS_HZ)
    rng = np.random.default_rng([strip.seed, 1])
    atria = _atrial_waves(truth, n_samples, projection, rng) + _chaos(truth, n_samples, projection, rng)
    tracing = drawing.draw(truth.events, atria)
    signal = tracing.signal_mv.astype(np.float64)
    signal += noise_mv(TWELVE_LEADS, FS_HZ, n_samples, strip.seed, strip.noise)
    for number, artefact in enumerate(strip.artefacts):
        _disturb(signal, artefact, np.random.default_rng([strip.seed, 2, number]))
    return DrawnStrip(signal.astype(np.float32), tracing, truth, _annotations(strip, truth, tracing))


def write_strip(strip: Strip, folder: Path, name: str, comments: tuple[str, ...] = ()) -> Path:
    """Write a strip as a WFDB record with its truth as ``.atr`` and ``.waves.csv``.

    Parameters
    ----------
    strip : Strip
        The script.
    folder : Path
        Made if it is not there.
    name : str
        Of the record.
    comments : tuple of str
        For the header, such as ``Age: 4``.

    Returns
    -------
    Path
        Of the header.

    Raises
    ------
    OSError
        If the files cannot be written; none is left then.
    """
    drawn = draw_strip(strip)
    adc = quantise(drawn.signal_mv, "16")
    marks = drawn.annotations
    header = folder / f"{name}.hea"
    with drafting(folder, name) as draft:
        (draft / f"{name}.dat").write_bytes(pack(adc.ravel(), "16"))
        wfdb.wrann(
            name, "atr", marks.sample, list(marks.symbol), aux_note=list(marks.aux), fs=FS_HZ, write_dir=str(draft)
        )
        write_text(draft / f"{name}.waves.csv", waves_table(drawn.tracing))
        said = (SYNTHETIC_COMMENT, *comments)
        text = header_text(name, TWELVE_LEADS, FS_HZ, len(adc), "16", adc[0], adc.sum(axis=0), said)
        write_text(draft / f"{name}.hea", text)
        header.unlink(missing_ok=True)  # last there, first away: it never describes files of another run
        for extension in ("dat", "atr", "waves.csv", "hea"):
            (draft / f"{name}.{extension}").replace(folder / f"{name}.{extension}")
    return header


def _annotations(strip: Strip, truth: StripTruth, tracing: Tracing) -> Annotations:
    n_samples = len(tracing.signal_mv)
    entries = [(round(at_s * FS_HZ), 0, "+", f"({name}") for at_s, name in truth.rhythms]
    entries += [
        (int(at), 2, str(symbol), "") for at, symbol in zip(tracing.waves.beat, tracing.waves.symbol, strict=True)
    ]
    entries += [(int(at), 1, "p", "") for at in p_alone(tracing.waves, n_samples)]
    entries += [(round(low * FS_HZ), 1, "[", "") for low, _ in truth.chaos_s]
    entries += [(round(high * FS_HZ), 1, "]", "") for _, high in truth.chaos_s]
    for artefact in strip.artefacts:
        text = f"{artefact.kind} {' '.join(artefact.electrodes)}"
        entries.append((round(artefact.start_s * FS_HZ), 1, "~", text))
        entries.append((round((artefact.start_s + artefact.seconds) * FS_HZ), 1, "~", "clean"))
    entries = sorted(entry for entry in entries if entry[0] < n_samples)
    return Annotations(
        "atr",
        np.array([entry[0] for entry in entries], dtype=np.int64),
        np.array([entry[2] for entry in entries], dtype="<U1"),
        tuple(entry[3] for entry in entries),
    )


def _atrial_waves(
    truth: StripTruth, n_samples: int, projection: Float64Array, rng: np.random.Generator
) -> Float64Array:
    """Return fibrillatory and flutter waves, shape (samples, leads), in mV."""
    total = np.zeros((n_samples, len(projection)))
    for start_s, stop_s, mechanism, per_min in truth.atria:
        low, high = round(start_s * FS_HZ), min(round(stop_s * FS_HZ), n_samples)
        time_s = np.arange(low, high) / FS_HZ
        phase = 2 * np.pi * per_min / 60 * (time_s - start_s)
        size: Float64Array | float = 1.0
        direction = np.array(FLUTTER_DIRECTION)
        if mechanism == "fibrillation":
            direction = np.array(FIBRILLATION_DIRECTION)
            phase = phase + 1.2 * band_of_tones(rng, 5, 0.1, 1.1).at(time_s)
            size = 0.7 * np.clip(1 + 0.35 * band_of_tones(rng, 5, 0.1, 1.2).at(time_s), 0.2, 2.0)
        saw = np.sin(phase) + np.sin(2 * phase) / 2.5 + np.sin(3 * phase) / 5
        total[low:high] += (saw * size)[:, None] * (projection @ direction)
    return total


def _chaos(truth: StripTruth, n_samples: int, projection: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Return ventricular fibrillation, shape (samples, leads), in mV: three directions with waves of their own."""
    total = np.zeros((n_samples, len(projection)))
    for start_s, stop_s in truth.chaos_s:
        low, high = round(start_s * FS_HZ), min(round(stop_s * FS_HZ), n_samples)
        time_s = np.arange(low, high) / FS_HZ
        dipole = np.stack([band_of_tones(rng, 14, 3.4, 6.6).at(time_s) for _ in range(3)], axis=1)
        envelope = np.clip((time_s - start_s) / _EDGE_S, 0, 1)[:, None]
        total[low:high] += _CHAOS_MV * envelope * (dipole * np.array([0.6, 1.0, 0.6])) @ projection.T
    return total


def _disturb(signal_mv: Float64Array, artefact: StripArtefact, rng: np.random.Generator) -> None:
    """Disturb a signal in place."""
    low = round(artefact.start_s * FS_HZ)
    high = min(round((artefact.start_s + artefact.seconds) * FS_HZ), len(signal_mv))
    if low >= high:
        return
    reach = leads_of_electrodes()[:, [ELECTRODES.index(name) for name in artefact.electrodes]]
    if artefact.kind == "off":
        signal_mv[low:high, np.abs(reach).max(axis=1) > 0.4] = 0.0
        return
    time_s = np.arange(low, high) / FS_HZ
    edge_s = np.minimum(time_s - time_s[0], time_s[-1] - time_s)
    envelope = np.clip(edge_s / _EDGE_S, 0, 1)[:, None]
    signal_mv[low:high] += (
        envelope * np.stack([_shaking(artefact, time_s, rng) for _ in artefact.electrodes], 1) @ reach.T
    )


def _shaking(artefact: StripArtefact, time_s: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Return the potential that a disturbance adds to one electrode, in mV."""
    if artefact.kind == "tremor":
        wander = band_of_tones(rng, 5, 0.1, 0.8)
        phase = 2 * np.pi * artefact.rate_hz * time_s + 0.8 * wander.at(time_s) + float(rng.uniform(0, 2 * np.pi))
        size = np.clip(1 + 0.25 * band_of_tones(rng, 5, 0.2, 1.0).at(time_s), 0.3, 1.8)
        return np.asarray(artefact.level_mv * size * (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.6)))
    band_hz = (20.0, 120.0) if artefact.kind == "muscle" else (0.4, 5.0)
    sos = butter(2, band_hz, "bandpass", fs=FS_HZ, output="sos")
    settle = round(2 * FS_HZ)
    noise = sosfilt(sos, rng.standard_normal(len(time_s) + settle))[settle:]
    return np.asarray(noise * artefact.level_mv / max(float(noise.std()), 1e-12))
