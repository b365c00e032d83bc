"""The order in which a person looks at episodes."""

from __future__ import annotations

import pandas as pd

from ecg_core.rhythm import KIND_NAMES, SIGNS, URGENCY, by_urgency


def episodes(*rows: tuple[int, int, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["start_sample", "stop_sample", "kind", "n_beats"])


def test_every_kind_has_its_place_a_name_and_a_sign() -> None:
    assert sorted(URGENCY) == sorted(KIND_NAMES) == sorted(SIGNS)
    assert all(len(sign) == 1 for sign in SIGNS.values())


def test_the_most_urgent_event_comes_first() -> None:
    ordered = by_urgency(
        episodes(
            (0, 10, "TACHY", 900),
            (20, 30, "COUPLET", 2),
            (40, 50, "VT", 4),
            (60, 70, "VT", 9),
            (80, 999, "PAUSE", 2),
            (90, 91, "SINGLE_V", 1),
            (95, 96, "SINGLE_S", 1),
        )
    )
    assert ordered["kind"].tolist() == ["VT", "VT", "PAUSE", "COUPLET", "TACHY", "SINGLE_V", "SINGLE_S"]
    assert ordered["n_beats"].tolist()[:2] == [9, 4]


def test_the_longer_pause_and_the_longer_unreadable_time_come_first_whatever_beats_they_hold() -> None:
    ordered = by_urgency(
        episodes((0, 900, "PAUSE", 2), (1000, 2000, "PAUSE", 2), (0, 50, "UNREADABLE", 3), (60, 160, "UNREADABLE", 0))
    )
    assert ordered["start_sample"].tolist() == [1000, 0, 60, 0]


def test_among_equals_the_earlier_comes_first() -> None:
    ordered = by_urgency(episodes((70, 80, "VT", 3), (10, 20, "VT", 3)))
    assert ordered["start_sample"].tolist() == [10, 70]
