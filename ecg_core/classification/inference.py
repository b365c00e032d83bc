"""Running a network over many beats: a plan for the device, several batches on their way at once.

On a CPU each block of beats goes through as it is, in as many threads as there are cores, while the next block is
cut. On a GPU blocks are gathered to large batches of one fixed size, for which XLA compiles the network once.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.classification.device import device_name, tensorflow
from ecg_core.classification.network import EMBEDDING
from ecg_core.classification.windows import BeatWindows

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

_MOST_THREADS: Final = 4
_WAITING: Final = 2


@dataclass(frozen=True)
class Plan:
    """How beats go through a network.

    Attributes
    ----------
    batch : int
        Most beats of a batch.
    compiled : bool
        Whether XLA compiles the network, for batches of exactly that size.
    gathered : bool
        Whether blocks are gathered until they fill a batch.
    threads : int
        Batches on their way at once.
    """

    batch: int = 512
    compiled: bool = False
    gathered: bool = False
    threads: int = 1


def usual_plan() -> Plan:
    """Return the plan for the device that TensorFlow sees."""
    if device_name() != "CPU":
        return Plan(batch=4096, compiled=True, gathered=True)
    return Plan(threads=min(_MOST_THREADS, os.cpu_count() or 1))


class Outputs(NamedTuple):
    """What a network says of beats.

    Attributes
    ----------
    logits : ndarray of float32, shape (beats, 5)
    embedding : ndarray of float32, shape (beats, width)
        What the last hidden layer made of them.
    """

    logits: Floats
    embedding: Floats


class Inference:
    """A network ready to run; safe to be called from several threads.

    Parameters
    ----------
    network : keras.Model
        As :func:`~ecg_core.classification.network.build_network` builds it.
    plan : Plan, optional
        The device's own by default.
    """

    def __init__(self, network: keras.Model, plan: Plan | None = None) -> None:
        import keras

        tf = tensorflow()
        self.plan = plan or usual_plan()
        both = keras.Model(network.inputs, [network.output, network.get_layer(EMBEDDING).output])
        free = [tf.TensorSpec([None, *shape[1:]], tf.float32) for shape in (tensor.shape for tensor in network.inputs)]
        self._run: Any = tf.function(
            lambda *inputs: both(list(inputs), training=False),
            jit_compile=self.plan.compiled,
            input_signature=None if self.plan.compiled else free,
        )

    def __call__(self, wave: Floats, readable: Floats, rr: Floats) -> Outputs:
        """Run one beat or more; inputs as those of the network."""
        parts = [self._batch(wave[at], readable[at], rr[at]) for at in _slices(len(wave), self.plan.batch)]
        return Outputs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def over(
        self, blocks: Iterable[BeatWindows], rr: Floats, done: Callable[[int], None] | None = None
    ) -> Iterator[tuple[slice, Outputs]]:
        """Run consecutive blocks of a recording's beats, cutting the next ones meanwhile.

        Parameters
        ----------
        blocks : iterable of BeatWindows
        rr : ndarray of float32, shape (beats, features)
            Of all beats.
        done : callable, optional
            Called with how many beats are done.

        Yields
        ------
        rows : slice
            Which beats they are.
        Outputs
        """
        waiting: deque[tuple[slice, Future[Outputs]]] = deque()

        def next_one() -> tuple[slice, Outputs]:
            rows, future = waiting.popleft()
            outputs = future.result()
            if done:
                done(rows.stop)
            return rows, outputs

        with ThreadPoolExecutor(self.plan.threads, "classify") as pool:
            for block in _gathered(blocks, self.plan.batch) if self.plan.gathered else blocks:
                rows = slice(block.first, block.first + len(block.wave))
                waiting.append((rows, pool.submit(self, block.wave, block.readable, rr[rows])))
                if len(waiting) >= self.plan.threads + _WAITING:
                    yield next_one()
            while waiting:
                yield next_one()

    def _batch(self, *inputs: Floats) -> Outputs:
        n_beats = len(inputs[0])
        if self.plan.compiled and n_beats < self.plan.batch:
            inputs = tuple(
                np.concatenate([part, np.zeros((self.plan.batch - n_beats, *part.shape[1:]), part.dtype)])
                for part in inputs
            )
        logits, embedding = self._run(*(np.asarray(part, dtype=np.float32) for part in inputs))
        return Outputs(logits.numpy()[:n_beats], embedding.numpy()[:n_beats])


def _slices(n_beats: int, size: int) -> Iterator[slice]:
    for start in range(0, n_beats, size):
        yield slice(start, min(start + size, n_beats))


def _gathered(blocks: Iterable[BeatWindows], size: int) -> Iterator[BeatWindows]:
    """Join consecutive blocks until they hold at least `size` beats."""
    held: list[BeatWindows] = []
    for block in blocks:
        held.append(block)
        if sum(len(one.wave) for one in held) >= size:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(blocks: list[BeatWindows]) -> BeatWindows:
    return BeatWindows(
        blocks[0].first,
        np.concatenate([block.wave for block in blocks]),
        np.concatenate([block.readable for block in blocks]),
    )
