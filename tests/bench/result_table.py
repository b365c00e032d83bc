"""What the Screening page asks of results of a million rows: opened, filtered, ordered, searched, fifty rows shown."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from table import Row, seconds

ROWS, RUNS = 1_000_000, 5

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]


def asked_of_results(n: int = ROWS) -> dict[str, float]:
    """Return the median seconds of each thing the page asks, each time with the file opened anew as the page does.

    Parameters
    ----------
    n : int
        Rows.
    """
    from million_rows_for_tests import write_results

    from ecg_core.screening.table import URGENCY_ORDER, Filter, ResultTable

    def page(
        wanted: Filter | None = None, order: str = URGENCY_ORDER, descending: bool = False, start: int = 0
    ) -> None:
        with ResultTable(path) as table:
            table.groups("tier")
            table.groups("worst")
            table.count(wanted)
            assert len(table.rows(wanted, order=order, descending=descending, start=start, count=50)) == 50

    asked: dict[str, Callable[[], None]] = {
        "opened": page,
        "ordered by V burden": lambda: page(order="burden_v_percent", descending=True),
        "ordered by name": lambda: page(order="name"),
        "one tier": lambda: page(Filter(equal={"tier": [1]})),
        "searched for words": lambda: page(Filter("recording 0123")),
        "the last rows": lambda: page(start=n - 50),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = write_results(Path(folder), n)
        return {name: statistics.median(_seconds(ask) for _ in range(RUNS)) for name, ask in asked.items()}


def result_rows(measured: dict[str, Any]) -> list[Row]:
    """Return the lines of the table.

    Parameters
    ----------
    measured : dict
        As :func:`asked_of_results` returns it.
    """
    return [("", "the page's queries"), *((name, seconds(taken)) for name, taken in measured.items())]


def _seconds(ask: Callable[[], None]) -> float:
    started = time.perf_counter()
    ask()
    return time.perf_counter() - started
