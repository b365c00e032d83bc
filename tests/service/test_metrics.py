"""Figures for Prometheus: they count what happened, parse as the format wants, and tell nothing of a file."""

from __future__ import annotations

from api.asgi_client import request
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from ecg_core import logs
from pages.api.health import HEALTH


def told() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = request(Starlette(routes=HEALTH), "GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_each_event_is_counted_whatever_level_is_logged() -> None:
    key = ("rhythmoscope_events_total", (("event", "something_tested"),))
    before = told().get(key, 0.0)
    logs.event("something_tested", level=0)
    logs.event("something_tested", level=0)
    assert told()[key] == before + 2


def test_durations_are_told_by_kind() -> None:
    labels = (("event", "work_tested"), ("kind", "waves"))
    logs.event("work_tested", level=0, kind="waves", took_s=2.5)
    found = told()
    assert found["rhythmoscope_duration_seconds_sum", labels] >= 2.5
    assert found["rhythmoscope_duration_seconds_bucket", (*labels, ("le", "1.0"))] == 0
    assert found["rhythmoscope_duration_seconds_bucket", (*labels, ("le", "3.0"))] >= 1


def test_jobs_and_version_are_told() -> None:
    found = told()
    assert found["rhythmoscope_jobs", (("kind", "analysis"), ("state", "running"))] >= 0
    assert any(name == "rhythmoscope_info" for name, _ in found)
    assert found["rhythmoscope_up_seconds", ()] >= 0


def test_no_text_of_a_file_becomes_a_label() -> None:
    logs.event("Jane Doe, 1950", level=0, kind="/home/jane/ecg.edf", took_s=1)
    text = request(Starlette(routes=HEALTH), "GET", "/metrics").text
    assert "Jane" not in text
    assert "jane" not in text


def test_figures_are_told_below_a_base_path_too() -> None:
    assert request(Starlette(routes=HEALTH), "GET", "/ecg/metrics").status_code == 200
