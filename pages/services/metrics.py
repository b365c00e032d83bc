"""Figures of the server for Prometheus: what happened how often and took how long, and what is under way.

They follow from the events of the log (:mod:`ecg_core.logs`), whose fields have no room for anything that stands in a
file: no figure tells of a patient, a recording or a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ecg_core import __version__, logs
from pages.services.job_executor import ANALYSIS_JOBS, DOWNLOAD_JOBS, EXPORT_JOBS, WORKLIST_JOBS

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS_S: Final = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)
_EXECUTORS: Final = {
    "analysis": ANALYSIS_JOBS,
    "download": DOWNLOAD_JOBS,
    "export": EXPORT_JOBS,
    "worklist": WORKLIST_JOBS,
}

_REGISTRY: Final = CollectorRegistry()
_EVENTS: Final = Counter("rhythmoscope_events", "Events of the log by name.", ["event"], registry=_REGISTRY)
_TOOK: Final = Histogram(
    "rhythmoscope_duration_seconds",
    "How long jobs and other work took, by event and kind.",
    ["event", "kind"],
    buckets=_BUCKETS_S,
    registry=_REGISTRY,
)
_began_s: Final = time.monotonic()


class _State(Collector):
    """What is under way at the moment of asking."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures."""
        yield GaugeMetricFamily("rhythmoscope_up_seconds", "Since the server was started.", time.monotonic() - _began_s)
        version = GaugeMetricFamily("rhythmoscope_info", "Version of the program.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        jobs = GaugeMetricFamily("rhythmoscope_jobs", "Jobs by kind and state.", labels=["kind", "state"])
        for kind, executor in _EXECUTORS.items():
            load = executor.load()
            jobs.add_metric([kind, "running"], load.running)
            jobs.add_metric([kind, "waiting"], load.waiting)
        yield jobs


def count(name: str, fields: Mapping[str, Any]) -> None:
    """Count an event of the log.

    Parameters
    ----------
    name : str
        Name of the event.
    fields : mapping
        Its fields, of which ``took_s`` and ``kind`` count.
    """
    event = name if logs.WORD.fullmatch(name) else "other"
    _EVENTS.labels(event).inc()
    took_s, kind = fields.get("took_s"), str(fields.get("kind", ""))
    if isinstance(took_s, int | float) and not isinstance(took_s, bool):
        _TOOK.labels(event, kind if logs.WORD.fullmatch(kind) else "").observe(max(float(took_s), 0.0))


def as_text() -> bytes:
    """Return all figures in the text format of Prometheus."""
    return generate_latest(_REGISTRY)


_REGISTRY.register(_State())
logs.listen(count)
