"""From a scenario to blocks of signal with their true annotations, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.recording import Annotations
from ecg_core.synthesis.modulation import Modulation
from ecg_core.synthesis.morphology import Heart, make_heart
from ecg_core.synthesis.noise import Background, Bursts, sample_span
from ecg_core.synthesis.scenario import Disturbance, Scenario
from ecg_core.synthesis.schedule import Schedule, make_schedule
from ecg_core.synthesis.waves import Fibrillation, render_beats, render_flutter

TILE_S: Final = 60.0
"""The signal is computed in tiles of this length, whatever the length of the blocks asked for."""

MAX_S: Final = 31 * 24 * 3600.0
"""Every beat is planned before the first is drawn, so a length by mistake would take all memory."""

_SNAP_S = 0.03


@dataclass(frozen=True)
class Truth:
    """True annotations.

    Attributes
    ----------
    sample : ndarray of int64, shape (annotations,)
        Not decreasing. Beats sit on the extremum of the noiseless QRS in the first lead.
    symbol : ndarray of str, shape (annotations,)
        Beats ``N A V F``, rhythm changes ``+``, changes of signal quality ``~``.
    aux : tuple of str, length annotations
        Rhythm names such as ``(AFIB``; what disturbs which leads beside ``~``.
    subtype : ndarray of int64, shape (annotations,)
        Beside ``~`` WFDB's bits: 1, 2, 4, 8 where lead 0 to 3 is noisy, and 16 times that where it is off.
    """

    sample: npt.NDArray[np.int64]
    symbol: npt.NDArray[np.str_]
    aux: tuple[str, ...]
    subtype: npt.NDArray[np.int64]

    def annotations(self) -> Annotations:
        """Return them as a recording's annotations, named ``atr``."""
        return Annotations("atr", self.sample, self.symbol, self.aux)


@dataclass(frozen=True)
class Block:
    """A span of a synthetic recording.

    Attributes
    ----------
    start : int
        Its first sample.
    signal_mv : ndarray of float32, shape (samples, leads)
    clean_mv : ndarray of float32, shape (samples, leads)
        The beats alone, without fibrillation, noise or disturbance.
    beat_sample : ndarray of int64, shape (beats,)
        Samples of the beats within, counted from the recording's start.
    beat_symbol : ndarray of str, shape (beats,)
    """

    start: int
    signal_mv: Float32Array
    clean_mv: Float32Array
    beat_sample: npt.NDArray[np.int64]
    beat_symbol: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Synthetic:
    """A synthetic recording in memory.

    Attributes
    ----------
    scenario : Scenario
    seed : int
    signal : ndarray of float32, shape (samples, leads)
        Millivolts.
    clean : ndarray of float32, shape (samples, leads)
        The beats alone, in mV, without fibrillation, noise or disturbance.
    fs_hz : float
    lead_names : tuple of str
    annotations : Annotations
        The truth.
    """

    scenario: Scenario
    seed: int
    signal: Float32Array
    clean: Float32Array
    fs_hz: float
    lead_names: tuple[str, ...]
    annotations: Annotations


class Synthesizer:
    """One synthetic recording, generated block by block.

    The same scenario, length and seed give the same samples bit for bit, however it is cut into blocks; a
    longer recording starts with the shorter one.

    Parameters
    ----------
    scenario : Scenario
    duration_s : float
    seed : int
        Not negative.
    schedule : Schedule, optional
        Beats to draw instead of those of the scenario's script.

    Raises
    ------
    ValueError
        If the length is not positive or beyond `MAX_S`, or the seed is negative.
    """

    def __init__(self, scenario: Scenario, duration_s: float, seed: int, schedule: Schedule | None = None) -> None:
        if not (np.isfinite(duration_s) and round(duration_s * scenario.fs_hz) > 0):
            raise ValueError(f"A recording needs a positive length, not {duration_s} s.")
        if duration_s > MAX_S:
            raise ValueError(f"A recording lasts {MAX_S / 3600:.0f} h at most, not {duration_s / 3600:g} h.")
        if seed < 0:
            raise ValueError(f"A seed must not be negative, but is {seed}.")
        self.scenario = scenario
        self.n_samples = round(duration_s * scenario.fs_hz)
        self._modulation = Modulation(scenario, seed)
        self._heart: Heart = make_heart(scenario, seed)
        self._schedule: Schedule = schedule or make_schedule(scenario, duration_s, seed)
        self._fibrillation = Fibrillation(scenario, seed, self._heart)
        self._background = Background(scenario, seed, self._modulation)
        self._bursts = Bursts(scenario, seed, self._schedule.disturbances)

    def blocks(self, block_s: float = TILE_S) -> Iterator[Block]:
        """Generate the recording in blocks of the given length; the last may be shorter."""
        n_block = max(round(block_s * self.scenario.fs_hz), 1)
        pending: list[Block] = []
        n_pending = 0
        for tile in self._tiles():
            pending.append(tile)
            n_pending += len(tile.signal_mv)
            if n_pending >= n_block:
                joined = _join(pending)
                n_whole = n_pending // n_block * n_block
                for low in range(0, n_whole, n_block):
                    yield _cut(joined, low, low + n_block)
                pending = [_cut(joined, n_whole, n_pending)]
                n_pending -= n_whole
        if n_pending:
            yield _join(pending)

    def truth(self, beat_sample: npt.NDArray[np.int64], beat_symbol: npt.NDArray[np.str_]) -> Truth:
        """Return the beats of all blocks and the changes of rhythm and signal quality, in order of time.

        Parameters
        ----------
        beat_sample : ndarray of int64, shape (beats,)
            R peaks in samples.
        beat_symbol : ndarray of str, shape (beats,)
            WFDB symbols.

        Returns
        -------
        Truth
        """
        fs_hz = self.scenario.fs_hz
        entries = [(round(time * fs_hz), "+", f"({name}", 0) for time, name in self._schedule.rhythms]
        entries += self._quality_changes()
        entries += [(int(sample), str(symbol), "", 0) for sample, symbol in zip(beat_sample, beat_symbol, strict=True)]
        entries = sorted(entry for entry in entries if entry[0] < self.n_samples)
        return Truth(
            sample=np.array([entry[0] for entry in entries], dtype=np.int64),
            symbol=np.array([entry[1] for entry in entries], dtype="<U1"),
            aux=tuple(entry[2] for entry in entries),
            subtype=np.array([entry[3] for entry in entries], dtype=np.int64),
        )

    def _tiles(self) -> Iterator[Block]:
        n_tile = round(TILE_S * self.scenario.fs_hz)
        for number, start in enumerate(range(0, self.n_samples, n_tile)):
            yield self._tile(number, start, min(start + n_tile, self.n_samples), start + n_tile)

    def _tile(self, number: int, start: int, stop: int, full_stop: int) -> Block:
        """Compute one tile; a last tile that is cut short is drawn in full, so that its noise is the same."""
        fs_hz, schedule = self.scenario.fs_hz, self._schedule
        margin = int(np.ceil(2 * _SNAP_S * fs_hz)) + 1
        low, high = start - margin, full_stop + margin
        wide = render_beats(self._heart, schedule, self._modulation, fs_hz, low, high)
        first, last = np.searchsorted(schedule.time_s, [low / fs_hz, high / fs_hz])
        beats = np.arange(first, last)[schedule.symbol[first:last] != ""]
        sample = np.array([self._snap(wide[:, 0], low, int(beat)) for beat in beats], dtype=np.int64)
        inside = (sample >= start) & (sample < stop)

        clean = wide[margin:-margin]
        signal = clean + self._fibrillation.render(schedule.fibrillation_s, fs_hz, start, full_stop)
        signal += render_flutter(self._heart, schedule.flutter_s, fs_hz, start, full_stop)
        signal += self._background.render(number, start, full_stop)
        self._bursts.apply(signal, start)
        n_samples = stop - start
        return Block(
            start,
            signal[:n_samples].astype(np.float32),
            clean[:n_samples].astype(np.float32),
            sample[inside],
            schedule.symbol[beats[inside]],
        )

    def _snap(self, first_lead_mv: npt.NDArray[np.float64], low: int, beat: int) -> int:
        """Climb from the scheduled sample to the extremum; other waves move it by a sample at most."""
        fs_hz = self.scenario.fs_hz
        polarity = self._heart.polarity[self._schedule.kind[beat]]
        position = round(self._schedule.time_s[beat] * fs_hz) - low
        limit = int(np.ceil(_SNAP_S * fs_hz))
        begin = max(position - limit, 0)
        stretch = polarity * first_lead_mv[begin : position + limit + 1]
        here = min(max(position - begin, 0), len(stretch) - 1)
        while here + 1 < len(stretch) and stretch[here + 1] > stretch[here]:
            here += 1
        while here > 0 and stretch[here - 1] > stretch[here]:
            here -= 1
        return low + begin + here

    def _quality_changes(self) -> list[tuple[int, str, str, int]]:
        """List where leads become noisy, go off, or recover."""
        fs_hz, names = self.scenario.fs_hz, self.scenario.lead_names
        spans = [(*sample_span(event, fs_hz), event) for event in self._schedule.disturbances]
        changes = []
        for sample in sorted({edge for begin, end, _ in spans for edge in (begin, end)}):
            active = [event for begin, end, event in spans if begin <= sample < end]
            changes.append((sample, "~", _describe(active, names), _quality_bits(active, len(names))))
        return changes


def _describe(active: list[Disturbance], names: tuple[str, ...]) -> str:
    texts = []
    for event in active:
        leads = " ".join(names[lead] for lead in event.leads) or "all leads"
        texts.append(f"{leads} off" if event.kind == "off" else f"{event.kind} noise in {leads}")
    return ", ".join(texts) or "clean"


def _quality_bits(active: list[Disturbance], n_leads: int) -> int:
    bits = 0
    for event in active:
        for lead in event.leads or range(n_leads):
            if lead < 3:  # a fourth lead's bit would not fit the signed byte that WFDB keeps
                bits |= (17 if event.kind == "off" else 1) << lead
    return bits


def _join(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    return Block(
        blocks[0].start,
        np.concatenate([block.signal_mv for block in blocks]),
        np.concatenate([block.clean_mv for block in blocks]),
        np.concatenate([block.beat_sample for block in blocks]),
        np.concatenate([block.beat_symbol for block in blocks]),
    )


def _cut(block: Block, low: int, high: int) -> Block:
    """Return the samples `low` to `high`, counted from the block's start, and their beats."""
    relative = block.beat_sample - block.start
    inside = (relative >= low) & (relative < high)
    return Block(
        block.start + low,
        block.signal_mv[low:high],
        block.clean_mv[low:high],
        block.beat_sample[inside],
        block.beat_symbol[inside],
    )


def generate(scenario: Scenario, duration_s: float | None = None, seed: int = 1) -> Synthetic:
    """Generate a synthetic recording in memory.

    For long recordings use :meth:`Synthesizer.blocks` or
    :func:`ecg_core.synthesis.writing.write_scenario`, which keep only a block.

    Parameters
    ----------
    scenario : Scenario
        What the recording shows.
    duration_s : float, optional
        The scenario's own length by default.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Synthetic
    """
    synthesizer = Synthesizer(scenario, scenario.duration_s if duration_s is None else duration_s, seed)
    whole = _join(list(synthesizer.blocks()))
    truth = synthesizer.truth(whole.beat_sample, whole.beat_symbol)
    return Synthetic(
        scenario,
        seed,
        whole.signal_mv,
        whole.clean_mv,
        scenario.fs_hz,
        scenario.lead_names,
        truth.annotations(),
    )
