"""Integer scaling of millivolts, in the recording's own quantisation steps where they can be found.

A recording whose values lie on a grid (a converter's steps) is stored on it, so that nothing is lost. Where there is
none, or it is finer than the format can hold, the finest step of 1, 2 or 5 times a power of ten is taken in which the
lead fits, 1 uV at most if the format can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.formats.common.excerpt import Excerpt

COARSEST_UV: Final = 1.0
"""A step coarser than this is said."""

_FINEST_UV: Final = 0.01
_LIMIT: Final = {16: (1 << 15) - 1, 32: (1 << 31) - 1}
_PROBE: Final = 20_000
_MAX_CONSTANTS: Final = 1000
_MAX_STEPS: Final = 1 << 31


@dataclass
class LeadRange:
    """What a pass over a lead finds.

    Attributes
    ----------
    low_mv, high_mv : float
        Lowest and highest value; infinite where there is none.
    n_absent : int
        Samples without a value.
    gain : float or None
        Steps in a mV of the grid on which all values lie; None where there is none.
    """

    low_mv: float = np.inf
    high_mv: float = -np.inf
    n_absent: int = 0
    gain: float | None = None
    _gridless: bool = field(default=False, repr=False)
    _constants: set[float] = field(default_factory=set, repr=False)

    def add(self, values: npt.NDArray[np.float32]) -> None:
        """Take some more of the lead into account."""
        there = values[np.isfinite(values)]
        self.n_absent += len(values) - len(there)
        if not len(there):
            return
        low, high = float(there.min()), float(there.max())
        self.low_mv, self.high_mv = min(self.low_mv, low), max(self.high_mv, high)
        if self._gridless or (self.gain is not None and _on_grid(there, self.gain)):
            return
        if low == high and self.gain is None and len(self._constants) < _MAX_CONSTANTS:
            self._constants.add(low)  # says nothing of the steps yet
            return
        earlier = [np.fromiter(self._constants, dtype=np.float32)]
        if self.gain is not None:  # what lay on this grid lies on a finer one that divides it
            earlier.append((np.arange(4) / self.gain).astype(np.float32))
        found = _grid(np.concatenate([*earlier, there[:_PROBE]]))
        self.gain = found if found and all(_on_grid(some, found) for some in (there, *earlier)) else None
        self._gridless = self.gain is None


@dataclass(frozen=True)
class Scale:
    """Stored value = millivolts x gain - centre.

    Attributes
    ----------
    gain : float
        Steps in a mV.
    centre : int
    low, high : int
        Lowest and highest stored value.
    """

    gain: float
    centre: int
    low: int
    high: int

    @property
    def step_uv(self) -> float:
        """One step in uV."""
        return 1000.0 / self.gain

    @property
    def bits(self) -> int:
        """How wide a number has to be, the lowest value being kept free for samples that are absent."""
        return 16 if max(-self.low, self.high) <= _LIMIT[16] else 32

    def stored(self, values: npt.NDArray[np.float32], absent: int) -> npt.NDArray[np.int64]:
        """Turn millivolts into whole numbers; `absent` where there is none.

        Parameters
        ----------
        values : ndarray of float32, shape (samples,)
            Millivolts; NaN where there is no sample.
        absent : int
            What stands for NaN.

        Returns
        -------
        ndarray of int64, shape (samples,)
        """
        with np.errstate(invalid="ignore", over="ignore"):
            steps = np.rint(values.astype(np.float64) * self.gain) - self.centre
        steps = np.clip(steps, self.low, self.high)  # a file that changed since it was measured
        return np.where(np.isfinite(values), steps, absent).astype(np.int64)


def measure(
    excerpt: Excerpt, look: Callable[[int, npt.NDArray[np.float32]], None] = lambda first, signal: None
) -> list[LeadRange]:
    """Read an excerpt once for the range and the grid of each lead; `look` is shown each piece too.

    Parameters
    ----------
    excerpt : Excerpt
        What will be written.
    look : callable, optional
        Called with the first sample of each piece and its millivolts, shape (samples, leads).

    Returns
    -------
    list of LeadRange
        One a lead.
    """
    ranges = [LeadRange() for _ in excerpt.leads]
    for first, signal in excerpt.pieces():
        look(first, signal)
        for column, found in enumerate(ranges):
            found.add(signal[:, column])
    return ranges


def scale_of(found: LeadRange, bits: int = 16, own_grid: bool = True) -> Scale:
    """Choose how a lead is stored.

    Parameters
    ----------
    found : LeadRange
        Range and steps of the lead.
    bits : {16, 32}
        The widest numbers that the format has.
    own_grid : bool
        Whether the lead's own steps may be used.
    """
    low, high = (found.low_mv, found.high_mv) if found.low_mv <= found.high_mv else (0.0, 0.0)
    if own_grid and found.gain is not None:
        for width in (16, bits):
            if scale := _fitting(low, high, found.gain, width):
                return scale
    step_uv = _FINEST_UV
    while True:
        width = 16 if step_uv <= COARSEST_UV else bits
        if scale := _fitting(low, high, 1000.0 / step_uv, width):
            return scale
        if step_uv == COARSEST_UV and (scale := _fitting(low, high, 1000.0 / step_uv, bits)):
            return scale
        step_uv = next_step(step_uv)


def next_step(step: float) -> float:
    """Return the next coarser step of 1, 2 or 5 times a power of ten."""
    exponent = int(np.floor(np.log10(step) + 1e-9))
    leading = round(step / 10.0**exponent)
    following, exponent = {1: (2, exponent), 2: (5, exponent)}.get(leading, (1, exponent + 1))
    return float(f"{following}e{exponent}")


def told(names: Sequence[str], scales: Sequence[Scale], ranges: Sequence[LeadRange], format_name: str) -> list[str]:
    """Say of which leads the range forces steps coarser than 1 uV and than the recording's own.

    Parameters
    ----------
    names : sequence of str
        The leads' names as written.
    scales : sequence of Scale
        One a lead.
    ranges : sequence of LeadRange
        One a lead.
    format_name : str
        For people.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    return [
        f"Lead {name} reaches from {found.low_mv:g} to {found.high_mv:g} mV: {format_name} holds it in steps of "
        f"{scale.step_uv:g} uV."
        for name, scale, found in zip(names, scales, ranges, strict=True)
        if scale.step_uv > COARSEST_UV * 1.000001 and (found.gain is None or scale.gain < found.gain * 0.999999)
    ]


def _fitting(low: float, high: float, gain: float, bits: int) -> Scale | None:
    first, last = float(np.rint(low * gain)), float(np.rint(high * gain))
    limit = _LIMIT[bits]
    if max(-first, last) <= limit:
        return Scale(gain, 0, int(first), int(last))
    centre = (first + last) // 2
    if last - first <= 2 * limit - 2 and abs(centre) <= _LIMIT[32]:
        return Scale(gain, int(centre), int(first - centre), int(last - centre))
    return None


def _on_grid(values: npt.NDArray[np.float32], gain: float) -> bool:
    if not len(values):
        return True
    exact = values.astype(np.float64)
    steps = np.rint(exact * gain)
    # Float32 holds seven digits: what is off by its rounding still lies on the grid, if its steps can be told apart.
    room = 2.0 * np.spacing(np.abs(values)).astype(np.float64)
    return bool(np.abs(steps).max() < _MAX_STEPS and room.max() * gain < 0.1) and bool(
        (np.abs(exact - steps / gain) <= room).all()
    )


def _grid(values: npt.NDArray[np.float32]) -> float | None:
    """Return steps in a mV of the grid on which values lie, if they lie on one through zero."""
    distinct = np.unique(values).astype(np.float64)
    if len(distinct) < 2:
        return None
    step = _common_step(np.unique(np.diff(distinct)), float(np.spacing(np.float32(np.abs(distinct).max()))))
    if step is None:
        return None
    from_first = distinct - distinct[0]
    reach = 8
    while True:  # the step is known the better the further one counts
        near = from_first <= reach * step
        count = np.rint(from_first[near] / step)
        if count.any():
            step = float((count * from_first[near]).sum() / (count * count).sum())
        if near.all():
            break
        reach *= 8
    gain = 1.0 / step
    plain = [round(gain, digits) for digits in range(4)]
    plain += [1e3 / round(1e3 * step, digits) for digits in range(7) if round(1e3 * step, digits) > 0]
    near_ones = [one for one in plain if one > 0 and abs(one / gain - 1) < 1e-3]
    return next((one for one in (*near_ones, gain) if _on_grid(values, one)), None)


def _common_step(apart: npt.NDArray[np.float64], rounding: float) -> float | None:
    """Return the largest step of which all distances are multiples, by Euclid's algorithm up to their rounding."""
    step = float(apart.min())
    while step >= 8 * rounding:
        count = np.rint(apart / step)
        left = np.abs(apart - count * step)
        left = left[left > 2 * rounding * (1 + count)]
        if not len(left):
            return step
        step = float(left.min())
    return None
