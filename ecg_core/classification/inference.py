"""Running a network over many beats: a plan for the device, several batches on their way at once.

Blocks of beats are parted into batches of one size, since both oneDNN and XLA prepare themselves for each size anew.
One batch is on its way while the next is cut. XLA compiles the network where that pays: on a GPU, with large batches,
and on a CPU for recordings of half a day and more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ecg_core.arrays import Float32Array
from ecg_core.classification.device import device_name, half_wanted, tensorflow
from ecg_core.classification.network import EMBEDDING
from ecg_core.classification.windows import BeatWindows

if TYPE_CHECKING:
    import keras


_WAITING: Final = 2


@dataclass(frozen=True)
class Plan:
    """How beats go through a network.

    Attributes
    ----------
    batch : int
        Beats of a batch.
    compiled_from : int
        XLA compiles the network for as many beats as these and more.
    threads : int
        Batches on their way at once.
    half : bool
        Whether leads are convolved in half precision.
    """

    batch: int = 512
    compiled_from: int = 40_000
    threads: int = 1
    half: bool = False


def usual_plan() -> Plan:
    """Return the plan for the device that TensorFlow sees."""
    return Plan() if device_name() == "CPU" else Plan(batch=4096, compiled_from=0, half=half_wanted())


class Outputs(NamedTuple):
    """What a network says of beats.

    Attributes
    ----------
    logits : ndarray of float32, shape (beats, 5)
    embedding : ndarray of float32, shape (beats, width)
        What the last hidden layer made of them.
    """

    logits: Float32Array
    embedding: Float32Array


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

        def run(*inputs: Any) -> Any:
            return both(list(inputs), training=False)

        self._usual: Any = tf.function(run, input_signature=free)
        self._compiled: Any = tf.function(run, jit_compile=True)

    def __call__(
        self, wave: Float32Array, readable: Float32Array, rr: Float32Array, *, compiled: bool | None = None
    ) -> Outputs:
        """Run one beat or more; inputs as those of the network. Whether compiled follows the plan by default."""
        compiled = len(wave) >= self.plan.compiled_from if compiled is None else compiled
        slices = [slice(start, start + self.plan.batch) for start in range(0, len(wave), self.plan.batch)]
        parts = [self._batch(compiled, wave[rows], readable[rows], rr[rows]) for rows in slices]
        return Outputs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def over(
        self, blocks: Iterable[BeatWindows], rr: Float32Array, done: Callable[[int], None] | None = None
    ) -> Iterator[Outputs]:
        """Run consecutive blocks of a recording's beats, cutting the next ones meanwhile.

        Parameters
        ----------
        blocks : iterable of BeatWindows
            Windows of successive beats.
        rr : ndarray of float32, shape (beats, features)
            Of all beats.
        done : callable, optional
            Called with how many beats are done.

        Yields
        ------
        Outputs
            Of consecutive beats; together they are all beats in order.
        """
        waiting: deque[tuple[int, Future[Outputs]]] = deque()
        run = partial(self, compiled=len(rr) >= self.plan.compiled_from)

        def next_one() -> Outputs:
            stop, future = waiting.popleft()
            outputs = future.result()
            if done:
                done(stop)
            return outputs

        with ThreadPoolExecutor(self.plan.threads, "classify") as pool:
            for block in _of_one_size(blocks, self.plan.batch):
                rows = slice(block.first, block.first + len(block.wave))
                waiting.append((rows.stop, pool.submit(run, block.wave, block.readable, rr[rows])))
                if len(waiting) >= self.plan.threads + _WAITING:
                    yield next_one()
            while waiting:
                yield next_one()

    def _batch(self, compiled: bool, *inputs: Float32Array) -> Outputs:
        n_beats = len(inputs[0])
        if compiled and n_beats < self.plan.batch:
            inputs = tuple(
                np.concatenate([part, np.zeros((self.plan.batch - n_beats, *part.shape[1:]), part.dtype)])
                for part in inputs
            )
        run = self._compiled if compiled else self._usual
        logits, embedding = run(*(np.asarray(part, dtype=np.float32) for part in inputs))
        return Outputs(logits.numpy()[:n_beats], embedding.numpy()[:n_beats])


def _of_one_size(blocks: Iterable[BeatWindows], size: int) -> Iterator[BeatWindows]:
    """Part consecutive blocks anew, into blocks of `size` beats; the last may hold fewer."""
    held: list[BeatWindows] = []
    for block in blocks:
        held.append(block)
        while sum(len(one.wave) for one in held) >= size:
            joined = _joined(held)
            yield BeatWindows(joined.first, joined.wave[:size], joined.readable[:size])
            rest = BeatWindows(joined.first + size, joined.wave[size:], joined.readable[size:])
            held = [rest] if len(rest.wave) else []
    if held:
        yield _joined(held)


def _joined(blocks: list[BeatWindows]) -> BeatWindows:
    return BeatWindows(
        blocks[0].first,
        np.concatenate([block.wave for block in blocks]),
        np.concatenate([block.readable for block in blocks]),
    )
