"""How the ranking places recordings that are urgent by the labels of their database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.screening.ranking_quality import SHARES, quality_text, ranking_quality, reference_urgency


def ranked(tiers: list[int]) -> list[dict[str, Any]]:
    """Return rows in the order of their tiers, and of their places within one."""
    return [
        {"key": f"/db/{at}.hea", "name": f"{at:04d}", "own_tier": tier, "own_urgency": float(at), "status": "done"}
        for at, tier in enumerate(tiers)
    ]


def test_the_share_of_the_urgent_is_counted_from_the_top() -> None:
    rows = ranked([0] * 20 + [4] * 80)
    urgent = {row["key"]: at in {0, 7, 15, 90} for at, row in enumerate(rows)}
    quality = ranking_quality(list(reversed(rows)), urgent)
    assert (quality.n, quality.n_urgent, quality.harmless_urgent) == (100, 4, 1)
    assert quality.found == {0.05: 0.25, 0.10: 0.5, 0.20: 0.75}
    assert set(quality.possible.values()) == {1.0}


@given(st.lists(st.booleans(), min_size=20, max_size=60))
def test_no_ranking_finds_more_than_possible_and_the_best_finds_all_of_it(labels: list[bool]) -> None:
    rows = ranked([1] * len(labels))
    given_order = ranking_quality(rows, dict(zip([row["key"] for row in rows], labels, strict=True)))
    best = ranking_quality(rows, dict(zip([row["key"] for row in rows], sorted(labels, reverse=True), strict=True)))
    if any(labels):
        assert all(given_order.found[share] <= given_order.possible[share] + 1e-12 for share in SHARES)
        assert best.found == pytest.approx(best.possible)


def test_what_has_no_reference_is_left_out() -> None:
    rows = ranked([0, 1, 2, 3, 4])
    assert ranking_quality(rows, {rows[3]["key"]: True}).n == 1
    assert "of 0" in quality_text([])


@pytest.mark.parametrize(
    ("database", "record", "urgent"),
    [
        ("cinc2017", "A00001", False),
        ("cinc2017", "A00009", True),
        ("cinc2017", "A00005", True),
        ("cinc2017", "A00125", None),  # too noisy
        ("mitdb", "207", True),
        ("mitdb", "100", False),
        ("cinc2015_alarm60", "a103l", False),
    ],
)
def test_the_labels_of_a_database_tell_what_is_urgent(
    ecg_data: Path, database: str, record: str, urgent: bool | None
) -> None:
    key = str(ecg_data / database / f"{record}.hea")
    assert reference_urgency([{"key": key}]).get(key) is urgent
