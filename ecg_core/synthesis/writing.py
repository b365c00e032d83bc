"""Synthetic recordings as WFDB records, written block by block.

Signal formats 212 and 16, header and checksums are those of the WFDB signal(5) and header(5) manual pages.
A record that was interrupted leaves nothing, and one that was there before stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import wfdb

from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import SYNTHETIC_COMMENT
from ecg_core.synthesis.generator import Synthesizer, Truth
from ecg_core.synthesis.library import scenarios
from ecg_core.synthesis.scenario import Scenario
from ecg_core.writing import drafting, write_text

GAIN_PER_MV: Final = 200.0
_RESOLUTION_BITS: Final = {"212": 12, "16": 16}


def write_scenario(
    name: str,
    out_dir: str | Path,
    hours: float | None = None,
    seed: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Write a scenario as a WFDB record with its true annotations as ``.atr``.

    Parameters
    ----------
    name : str
        A key of :func:`ecg_core.synthesis.library.scenarios`; also the record's name.
    out_dir : str or Path
        Made if it is not there.
    hours : float, optional
        The scenario's own length by default.
    seed : int
        Not negative. The same seed gives the same files.
    progress : callable, optional
        Called with the fraction written, 0 to 1.

    Returns
    -------
    Path
        Of the header.

    Raises
    ------
    RecordingError
        If there is no such scenario, the length or the seed makes no sense, or the files cannot be written.
    """
    known = scenarios()
    if name not in known:
        raise RecordingError(f"There is no scenario {name!r}; choose from {', '.join(known)}.")
    scenario = known[name]
    try:
        duration_s = scenario.duration_s if hours is None else 3600 * hours
        synthesizer = Synthesizer(scenario, duration_s, seed)
    except ValueError as error:
        raise RecordingError(f"{name}: {error}") from None
    try:
        return _write(synthesizer, Path(out_dir), seed, progress or (lambda _: None))
    except OSError as error:
        raise RecordingError(f"{name} cannot be written to {out_dir}: {error.strerror or error}.") from error


def _write(synthesizer: Synthesizer, out_dir: Path, seed: int, progress: Callable[[float], None]) -> Path:
    """Write the files into a private folder and, once they are whole, to their places."""
    scenario = synthesizer.scenario
    header = out_dir / f"{scenario.name}.hea"
    with drafting(out_dir, scenario.name) as draft:
        _write_files(synthesizer, draft, seed, progress)
        header.unlink(missing_ok=True)  # last there, first away: it never describes files of another run
        for extension in ("dat", "atr", "hea"):
            (draft / f"{scenario.name}.{extension}").replace(out_dir / f"{scenario.name}.{extension}")
    progress(1.0)
    return header


def _write_files(synthesizer: Synthesizer, folder: Path, seed: int, progress: Callable[[float], None]) -> None:
    scenario = synthesizer.scenario
    n_leads = len(scenario.lead_names)
    checksum = np.zeros(n_leads, dtype=np.int64)
    initial = np.zeros(n_leads, dtype=np.int64)
    beat_sample, beat_symbol = [], []
    with (folder / f"{scenario.name}.dat").open("wb") as stream:
        odd = np.empty(0, dtype=np.int64)
        for block in synthesizer.blocks():
            adc = quantise(block.signal_mv, scenario.storage_format)
            initial = adc[0] if block.start == 0 else initial
            checksum += adc.sum(axis=0)
            values = np.concatenate([odd, adc.ravel()])
            n_even = len(values) // 2 * 2
            stream.write(pack(values[:n_even], scenario.storage_format))
            odd = values[n_even:]
            beat_sample.append(block.beat_sample)
            beat_symbol.append(block.beat_symbol)
            progress((block.start + len(adc)) / synthesizer.n_samples * 0.98)
        if len(odd):
            stream.write(pack(odd, scenario.storage_format))
    truth = synthesizer.truth(np.concatenate(beat_sample), np.concatenate(beat_symbol))
    _write_annotations(scenario, truth, folder)
    write_text(folder / f"{scenario.name}.hea", _header(scenario, synthesizer.n_samples, seed, initial, checksum))


def quantise(signal_mv: npt.NDArray[np.float32], storage_format: str) -> npt.NDArray[np.int64]:
    """Return the signal in units of the analogue-to-digital converter, limited to its range.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        Signal in mV, NaN where absent.
    storage_format : str
        WFDB storage format.

    Returns
    -------
    ndarray of int64, shape (samples, leads)
        The lowest value of the format where the signal is absent.
    """
    limit = 2 ** (_RESOLUTION_BITS[storage_format] - 1) - 1
    return np.clip(np.rint(signal_mv.astype(np.float64) * GAIN_PER_MV), -limit, limit).astype(np.int64)


def pack(values: npt.NDArray[np.int64], storage_format: str) -> bytes:
    """Return interleaved converter values as the bytes of a WFDB signal file.

    Parameters
    ----------
    values : ndarray of int64, shape (values,)
        Converter values, leads interleaved.
    storage_format : {"212", "16"}
        Two 12-bit values in three bytes, or 16-bit little-endian. An odd last value of format 212 takes two
        bytes, as wfdb writes it.
    """
    if storage_format == "16":
        return values.astype("<i2").tobytes()
    odd = len(values) % 2
    pairs = np.append(values, np.zeros(odd, dtype=np.int64)).reshape(-1, 2) & 0xFFF
    first, second = pairs[:, 0], pairs[:, 1]
    packed = np.stack([first & 0xFF, (first >> 8) | (second >> 8 << 4), second & 0xFF], axis=1)
    return packed.astype(np.uint8).tobytes()[: -1 if odd else None]


def _write_annotations(scenario: Scenario, truth: Truth, out_dir: Path) -> None:
    wfdb.wrann(
        scenario.name,
        "atr",
        truth.sample,
        list(truth.symbol),
        subtype=truth.subtype,
        aux_note=list(truth.aux),
        fs=scenario.fs_hz,
        write_dir=str(out_dir),
    )


def _header(
    scenario: Scenario,
    n_samples: int,
    seed: int,
    initial: npt.NDArray[np.int64],
    checksum: npt.NDArray[np.int64],
) -> str:
    clock = ""
    if scenario.start_clock_h is not None:
        minutes = round(scenario.start_clock_h * 60)
        clock = f"{minutes // 60:02d}:{minutes % 60:02d}:00"
    comments = (SYNTHETIC_COMMENT, f"Scenario {scenario.name}, seed {seed}: {scenario.description}")
    leads, fs_hz, storage_format = scenario.lead_names, scenario.fs_hz, scenario.storage_format
    return header_text(scenario.name, leads, fs_hz, n_samples, storage_format, initial, checksum, comments, clock)


def header_text(
    name: str,
    lead_names: Sequence[str],
    fs_hz: float,
    n_samples: int,
    storage_format: str,
    initial: npt.NDArray[np.int64],
    checksum: npt.NDArray[np.int64],
    comments: Sequence[str],
    clock: str = "",
) -> str:
    """Return the header of a record whose signals lie in one file, see header(5) of WFDB.

    Parameters
    ----------
    name : str
        Of the record.
    lead_names : sequence of str
        Names of the leads.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length.
    storage_format : {"212", "16"}
        WFDB signal format.
    initial, checksum : ndarray of int64, shape (leads,)
        First value and sum of the values of each lead.
    comments : sequence of str
        Lines of text.
    clock : str
        Time at which it starts, ``09:00:00``; empty for none.

    Returns
    -------
    str
    """
    bits = _RESOLUTION_BITS[storage_format]
    lines = [f"{name} {len(lead_names)} {fs_hz:g} {n_samples}{f' {clock}' if clock else ''}"]
    for lead, first, total in zip(lead_names, initial, checksum, strict=True):
        signed = (int(total) + 0x8000) % 0x10000 - 0x8000
        lines.append(f"{name}.dat {storage_format} {GAIN_PER_MV:g}/mV {bits} 0 {int(first)} {signed} 0 {lead}")
    lines += [f"# {comment}" for comment in comments]
    return "\n".join(lines) + "\n"
