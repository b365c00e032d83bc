"""Background job: progress, result, error, cancellation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ecg_core import logs
from ecg_core.errors import ModelError, RecordingError, ReviewError, SourceError
from ecg_core.progress import Cancelled, Progress

Work = Callable[[Progress], Any]

CANCELLED = "It was cancelled."
GIVEN_UP = "It was given up, since nobody looked at it any more."


@dataclass(eq=False)
class Job:
    """A background job with progress, result and cancellation.

    Attributes
    ----------
    share : float
        Share of the stage done, 0 to 1.
    result : object
        What the work returned.
    problem : str or None
        One sentence, if it failed.
    kind : str
        What it is, for the log.
    estimate_s : float or None
        How long it is expected to take, from the length of what it works on; None where nobody knows.
    given_up : bool
        Whether it was stopped because nobody waited for it any more.
    """

    share: float = 0.0
    result: Any = None
    problem: str | None = None
    kind: str = "job"
    estimate_s: float | None = None
    given_up: bool = False
    _stage: str = ""
    _place: Callable[[Job], str] | None = field(default=None, repr=False)
    _withdraw: Callable[[Job], None] | None = field(default=None, repr=False)
    _wanted: Callable[[Job], bool] | None = field(default=None, repr=False)
    _submitted_s: float = field(default_factory=time.monotonic, repr=False)
    _finished: threading.Event = field(default_factory=threading.Event, repr=False)
    _cancelled: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def stage(self) -> str:
        """Current stage as text; while waiting, the jobs ahead."""
        return self._stage or (self._place(self) if self._place else "Waiting")

    @property
    def done(self) -> bool:
        """Whether it has ended: finished, failed or cancelled."""
        return self._finished.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether cancellation was requested."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask it to stop, for all who wait for it: at once where it has not begun, else at its next report of progress.

        `JobExecutor.cancel` takes one person out and leaves it to the others.
        """
        self._cancelled.set()
        if self._withdraw is not None:
            self._withdraw(self)

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end with a timeout; return whether it has ended."""
        return self._finished.wait(timeout_s)

    def report(self, stage: str, share: float) -> None:
        """Report progress from the work; raises `Cancelled` if it should stop.

        Parameters
        ----------
        stage : str
            What is being done.
        share : float
            Fraction done, 0 to 1.
        """
        if self._cancelled.is_set():
            raise Cancelled
        if self._wanted is not None and not self._wanted(self):
            self.given_up = True
            raise Cancelled
        self._stage, self.share = stage, min(max(float(share), 0.0), 1.0)

    def run(self, work: Work) -> None:
        """Run the work in this thread."""
        waited_s = round(time.monotonic() - self._submitted_s, 3)
        try:
            with logs.timed("job", kind=self.kind, waited_s=waited_s):
                self.report("Starting", 0.0)
                self.result = work(self.report)
        except Cancelled:
            self.end(GIVEN_UP if self.given_up else CANCELLED)
        except (RecordingError, ModelError, ReviewError, SourceError) as error:
            self.end(str(error))
        except MemoryError:
            self.end("There is not enough memory for this recording; close other programs and try again.")
        except Exception as error:
            logs.unforeseen("job", error, kind=self.kind)
            self.end("This did not work for a reason that was not foreseen; the server's log has the details.")
        else:
            self.end()

    def end(self, problem: str | None = None) -> None:
        """Mark it as ended."""
        self.problem = problem
        self._finished.set()
