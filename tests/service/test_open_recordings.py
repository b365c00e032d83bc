"""Open recordings are kept by memory and by person; what one person looks at is not dropped for another's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_core.recording import from_array
from pages.services import open_recordings
from pages.services.memory_use import size_of
from pages.services.open_recordings import OpenRecordings, budget_bytes

MB = 1 << 20


@dataclass(eq=False)
class Thing:
    name: str
    n_bytes: int = MB
    busy: bool = False
    found: object = None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now_s = [1000.0]
    monkeypatch.setattr(open_recordings.time, "monotonic", lambda: now_s[0])
    return now_s


@pytest.fixture
def shelf(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> OpenRecordings[Thing]:
    """Room for ten things of a megabyte."""
    monkeypatch.setenv("RHYTHMOSCOPE_OPEN_MB", "10")
    return OpenRecordings(lambda thing: thing.n_bytes, lambda thing: thing.found, lambda thing: thing.busy)


def look(shelf: OpenRecordings[Thing], person: str, *names: str, n_bytes: int = MB) -> None:
    for name in names:
        shelf.put(name, Thing(name, n_bytes), person)


def numbered(letter: str, n: int) -> list[str]:
    return [f"{letter}{at}" for at in range(n)]


def test_the_budget_holds_and_what_nobody_looks_at_goes_first(shelf: OpenRecordings[Thing], clock: list[float]) -> None:
    look(shelf, "a", *numbered("a", 10))
    clock[0] += open_recordings.LOOKED_AT_S + 1
    look(shelf, "a", "a0", "a1")
    look(shelf, "b", *numbered("b", 3))
    assert shelf.n_bytes() == 10 * MB
    assert {"a0", "a1", "b0", "b1", "b2"} <= set(shelf.keys())
    assert not {"a2", "a3", "a4"} & set(shelf.keys())  # unused for longest


def test_a_person_with_many_gives_up_their_own_and_never_another_s(shelf: OpenRecordings[Thing]) -> None:
    look(shelf, "reader", "r")
    for _ in range(3):
        look(shelf, "ward", *numbered("w", 40))
        assert "r" in shelf
        assert shelf.n_bytes() <= 10 * MB


def test_in_a_round_of_more_than_fit_most_are_still_there(shelf: OpenRecordings[Thing]) -> None:
    look(shelf, "ward", *numbered("w", 13))
    there = 0
    for _ in range(3):
        for name in numbered("w", 13):
            there += shelf.get(name, "ward") is not None
            look(shelf, "ward", name)
    assert there > 0.6 * 39  # the oldest first would find none


def test_one_that_a_person_who_takes_less_looks_at_too_stays(shelf: OpenRecordings[Thing]) -> None:
    look(shelf, "ward", "shared")
    look(shelf, "reader", "shared")
    look(shelf, "ward", *numbered("w", 30))
    assert "shared" in shelf


def test_two_who_share_everything_cannot_hold_more_than_there_is(shelf: OpenRecordings[Thing]) -> None:
    for name in numbered("w", 30):
        look(shelf, "one", name)
        look(shelf, "other", name)
    assert shelf.n_bytes() <= 11 * MB


def test_what_is_being_computed_stays(shelf: OpenRecordings[Thing]) -> None:
    shelf.put("busy", Thing("busy", busy=True), "a")
    look(shelf, "a", *numbered("a", 30))
    assert "busy" in shelf


def test_it_is_measured_again_when_more_is_found(shelf: OpenRecordings[Thing], clock: list[float]) -> None:
    thing = shelf.put("x", Thing("x"), "a")
    thing.n_bytes, thing.found = 7 * MB, object()
    shelf.get("x", "a")
    assert shelf.n_bytes() == 7 * MB
    thing.n_bytes = 8 * MB
    clock[0] += 60
    shelf.get("x", "a")
    assert shelf.n_bytes() == 8 * MB


def test_peeking_is_nobodys_look(shelf: OpenRecordings[Thing], clock: list[float]) -> None:
    look(shelf, "a", "x")
    clock[0] += open_recordings.LOOKED_AT_S + 1
    assert shelf.peek("x") is not None
    assert shelf.peek("y") is None
    look(shelf, "a", *numbered("a", 10))
    assert "x" not in shelf


@pytest.mark.parametrize(("text", "n_bytes"), [("100", 100 * MB), ("0.5", MB // 2), ("0", 0), ("-3", 0)])
def test_the_budget_is_a_setting(text: str, n_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_OPEN_MB", text)
    assert budget_bytes() == n_bytes


@pytest.mark.parametrize("text", ["", "much", "nan", "inf"])
def test_a_setting_that_makes_no_sense_leaves_the_default(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_OPEN_MB", text)
    assert 512 * MB <= budget_bytes() <= 4096 * MB


def test_memory_is_counted_once_and_where_it_is_held(tmp_path: Path) -> None:
    array = np.zeros(1_000_000)
    assert 8e6 <= size_of(array) < 8.1e6
    assert 8e6 <= size_of([array, array, {"a": array}], array[10:20]) < 8.1e6
    assert 8e6 <= size_of(array[:1]) < 8.1e6  # a view keeps all of it alive
    assert size_of(pd.DataFrame({"x": array})) >= 8e6
    assert 4e6 <= size_of(from_array(np.zeros((500_000, 2), dtype=np.float32), 250.0)) < 4.5e6  # what its reader holds
    mapped = np.memmap(tmp_path / "file", dtype=np.uint8, mode="w+", shape=(1_000_000,))
    assert size_of(mapped, np.asarray(mapped)[5:]) < 10_000
    assert 7e6 < size_of(["x" * 700 + str(at) for at in range(10_000)]) < 9e6  # by sample
