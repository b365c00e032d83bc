"""Conditions of the 12-lead ECG as WFDB records with their exact truth.

Beside header and signal there are ``NAME.atr`` (beats, the rhythm at the beginning, and a ``p`` at the peak of each P
wave that no QRS complex follows) and ``NAME.waves.csv`` (onset, peak and end of P, QRS and T in each lead and beat, in
the columns of ``analyse --waves``). A wave that the recording cuts off is left out.

Noise is that of the scenarios, drawn for the leads that electrodes give; III, aVR, aVL and aVF are computed from I and
II, so that limb leads obey Einthoven and Goldberger with their noise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import wfdb

from ecg_core.arrays import Float64Array, Int64Array
from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import SYNTHETIC_COMMENT
from ecg_core.synthesis.conditions import CONDITIONS, Condition, tracing_of
from ecg_core.synthesis.modulation import Modulation
from ecg_core.synthesis.noise import Background
from ecg_core.synthesis.scenario import Scenario
from ecg_core.synthesis.tracing import Tracing, TrueWaves
from ecg_core.synthesis.writing import header_text, pack, quantise
from ecg_core.writing import drafting, write_text

FS_HZ: Final = 500.0
DURATION_S: Final = 10.0
SHORTEST_S: Final = 2.0
LONGEST_S: Final = 3600.0
MOST_NOISE: Final = 100.0

DEMOS: Final = {"demo_stemi_inferior": "stemi_inferior"}
"""Bundled records by name, with the condition that each shows."""

WAVE_COLUMNS: Final = {"p_on": 0, "p_peak": 1, "p_off": 2, "qrs_on": 3, "qrs_off": 5, "t_peak": 7, "t_off": 8}
"""Columns of the file of the waves, with the boundary that each holds."""

_DERIVED: Final = {"III": (-1.0, 1.0), "aVR": (-0.5, -0.5), "aVL": (1.0, -0.5), "aVF": (-0.5, 1.0)}
"""Limb leads as sums of I and II."""

_SLOW_BPM, _LONG_PR_S, _SHORT_PR_S = 50.0, 0.2, 0.12


def write_condition(
    name: str,
    out_dir: str | Path,
    *,
    duration_s: float | None = None,
    seed: int = 1,
    noise: float = 1.0,
    record_name: str | None = None,
) -> Path:
    """Write a condition as a WFDB record of twelve leads with its exact truth.

    Parameters
    ----------
    name : str
        A key of :data:`ecg_core.synthesis.conditions.CONDITIONS`.
    out_dir : str or Path
        Made if it is not there.
    duration_s : float, optional
        2 to 3600 s; 10 s by default.
    seed : int
        Not negative. The same seed gives the same files.
    noise : float
        Factor on baseline wander, mains hum and electronic noise; 0 leaves the exact waves alone.
    record_name : str, optional
        Name of the files; that of the condition by default.

    Returns
    -------
    Path
        Of the header.

    Raises
    ------
    RecordingError
        If there is no such condition, length, seed or noise make no sense, or the files cannot be written.
    """
    if name not in CONDITIONS:
        raise RecordingError(f"There is no condition {name!r}; choose from {', '.join(CONDITIONS)}.")
    length_s = DURATION_S if duration_s is None else duration_s
    if not SHORTEST_S <= length_s <= LONGEST_S:
        raise RecordingError(f"{name}: a condition lasts {SHORTEST_S:g} to {LONGEST_S:g} s, not {length_s:g} s.")
    if seed < 0:
        raise RecordingError(f"{name}: a seed is a whole number from 0 on, not {seed}.")
    if not 0 <= noise <= MOST_NOISE:
        raise RecordingError(f"{name}: noise is a factor from 0 to {MOST_NOISE:g}, not {noise:g}.")
    condition = CONDITIONS[name]
    tracing = tracing_of(condition, fs_hz=FS_HZ, duration_s=length_s, seed=seed)
    stem = record_name or name
    try:
        return _write(condition, tracing, stem, Path(out_dir), seed, noise)
    except OSError as error:
        raise RecordingError(f"{stem} cannot be written to {out_dir}: {error.strerror or error}.") from error


def waves_table(tracing: Tracing) -> str:
    """Return the exact waves as CSV: a row for each beat and lead, empty where a wave is absent or cut off.

    Parameters
    ----------
    tracing : Tracing
        With its truth.

    Returns
    -------
    str
        Columns ``sample``, ``lead`` and those of `WAVE_COLUMNS`, in samples.
    """
    n_samples = len(tracing.signal_mv)
    lines = [",".join(("sample", "lead", *WAVE_COLUMNS))]
    for beat, leads in zip(tracing.waves.beat.tolist(), tracing.waves.boundary, strict=True):
        for lead, row in zip(tracing.lead_names, leads, strict=True):
            cells = [_cell(row, column, n_samples) for column in WAVE_COLUMNS.values()]
            lines.append(",".join((str(beat), lead, *cells)))
    return "\n".join(lines) + "\n"


def rhythm_of(condition: Condition) -> str:
    """Return the WFDB name of a condition's rhythm.

    Parameters
    ----------
    condition : Condition
        What is shown.

    Returns
    -------
    str
        ``(N`` where none other holds; WFDB has no name for sinus tachycardia.
    """
    if condition.atria != "sinus":
        return "(AFIB" if condition.atria == "fibrillation" else "(AFL"
    if condition.conduction != "1:1":
        return "(B3" if condition.conduction == "complete" else "(BII"
    if condition.paced:
        return "(P"
    if condition.pr_s < _SHORT_PR_S and condition.name == "wpw":
        return "(PREX"
    if condition.pr_s > _LONG_PR_S:
        return "(BI"
    return "(SBR" if condition.rate_bpm < _SLOW_BPM else "(N"


def noise_mv(lead_names: tuple[str, ...], fs_hz: float, n_samples: int, seed: int, scale: float) -> Float64Array:
    """Return the noise of an ECG at rest, in which the augmented leads and III follow from I and II.

    Parameters
    ----------
    lead_names : tuple of str
        Names of the leads.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length.
    seed : int
        Not negative.
    scale : float
        Factor on all of it.

    Returns
    -------
    ndarray of float64, shape (samples, leads)
        Millivolts.
    """
    scenario = Scenario("condition", "", lead_names=lead_names, fs_hz=fs_hz, noise_scale=scale)
    found = Background(scenario, seed, Modulation(scenario, seed)).render(0, 0, n_samples)
    if {"I", "II"} <= set(lead_names):
        one, two = (found[:, lead_names.index(name)] for name in ("I", "II"))
        for name, (of_one, of_two) in _DERIVED.items():
            if name in lead_names:
                found[:, lead_names.index(name)] = of_one * one + of_two * two
    return found


def _cell(row: Float64Array, column: int, n_samples: int) -> str:
    """Return a boundary as a cell; empty unless the whole wave lies in the recording."""
    wave = row[column // 3 * 3 : column // 3 * 3 + 3]
    if not (np.isfinite(wave).all() and round(wave[0]) >= 0 and round(wave[2]) < n_samples):
        return ""
    return str(round(float(row[column])))


def _write(condition: Condition, tracing: Tracing, stem: str, out_dir: Path, seed: int, noise: float) -> Path:
    signal_mv = tracing.signal_mv.astype(np.float64)
    if noise:
        signal_mv += noise_mv(tracing.lead_names, tracing.fs_hz, len(signal_mv), seed, noise)
    adc = quantise(signal_mv.astype(np.float32), "16")
    comments = (SYNTHETIC_COMMENT, f"Scenario {stem}, seed {seed}: {condition.description}")
    header = out_dir / f"{stem}.hea"
    with drafting(out_dir, stem) as draft:
        (draft / f"{stem}.dat").write_bytes(pack(adc.ravel(), "16"))
        _write_annotations(condition, tracing, stem, draft)
        write_text(draft / f"{stem}.waves.csv", waves_table(tracing))
        first, total = adc[0], adc.sum(axis=0)
        text = header_text(stem, tracing.lead_names, tracing.fs_hz, len(adc), "16", first, total, comments)
        write_text(draft / f"{stem}.hea", text)
        header.unlink(missing_ok=True)  # last there, first away: it never describes files of another run
        for extension in ("dat", "atr", "waves.csv", "hea"):
            (draft / f"{stem}.{extension}").replace(out_dir / f"{stem}.{extension}")
    return header


def _write_annotations(condition: Condition, tracing: Tracing, stem: str, folder: Path) -> None:
    waves = tracing.waves
    alone = p_alone(waves, len(tracing.signal_mv))
    first = int(waves.beat[0]) if len(waves.beat) else 0
    sample = np.concatenate([[min(first, 1)], waves.beat, alone])
    symbol = ["+", *waves.symbol.tolist(), *["p"] * len(alone)]
    aux = [rhythm_of(condition), *[""] * (len(symbol) - 1)]
    order = np.argsort(sample, kind="stable")
    wfdb.wrann(
        stem,
        "atr",
        sample[order].astype(np.int64),
        [symbol[at] for at in order],
        aux_note=[aux[at] for at in order],
        fs=tracing.fs_hz,
        write_dir=str(folder),
    )


def p_alone(waves: TrueWaves, n_samples: int) -> Int64Array:
    """Return the peaks of P waves that no QRS complex follows, in the recording.

    Parameters
    ----------
    waves : TrueWaves
        Exact waves of a tracing.
    n_samples : int
        Length of the recording.

    Returns
    -------
    ndarray of int64, shape (waves,)
    """
    if not len(waves.other_p):
        return np.empty(0, dtype=np.int64)
    peak = np.rint(np.nanmedian(waves.other_p[:, :, 1], axis=1))
    return np.asarray(peak[(peak >= 0) & (peak < n_samples)], dtype=np.int64)
