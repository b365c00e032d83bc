"""Queries on results: filtered, ordered and paged on disk; nothing that is typed becomes part of a command."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from screening_for_tests import row_of

from ecg_core.errors import SourceError
from ecg_core.screening.columns import SCHEMA
from ecg_core.screening.comparison import compare
from ecg_core.screening.harmless_sample import harmless_sample, missed_share
from ecg_core.screening.results import PARQUET, Results
from ecg_core.screening.table import Filter, ResultTable

pytestmark = pytest.mark.slow


def written(folder: Path, *rows: dict[str, object]) -> Path:
    results = Results(folder)
    with results.writing():
        for row in rows:
            results.append(row)
    results.write_tables()
    return folder / PARQUET


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        row_of(f"r{n:03d}", tier=n % 5, urgency=float(n), burden_v_percent=None if n % 7 == 0 else n / 10, worst="VT")
        for n in range(100)
    ]
    rows.append(row_of("O'Neill; DROP VIEW results", tier=2, statements="Atrial fibrillation"))
    return written(tmp_path_factory.mktemp("results"), *rows)


def test_rows_come_by_urgency_page_by_page_each_once(path: Path) -> None:
    with ResultTable(path) as table:
        assert table.count() == 101
        pages = [table.rows(start=start, count=30) for start in range(0, 120, 30)]
    rows = [row for page in pages for row in page]
    assert len({row["key"] for row in rows}) == 101
    assert all(list(row) == SCHEMA.names for row in rows)
    assert [(row["tier"], row["urgency"]) for row in rows] == sorted((row["tier"], row["urgency"]) for row in rows)


def test_what_is_absent_comes_last_in_every_order(path: Path) -> None:
    with ResultTable(path) as table:
        for descending in (False, True):
            values = [
                row["burden_v_percent"]
                for row in table.rows(order="burden_v_percent", descending=descending, count=200)
            ]
            present = [value for value in values if value is not None]
            assert values[len(present) :] == [None] * (101 - len(present))
            assert present == sorted(present, reverse=descending)


def test_filters_together(path: Path) -> None:
    with ResultTable(path) as table:
        assert table.count(Filter(equal={"tier": [0, 1]})) == 40
        assert table.count(Filter(text="R00", equal={"tier": [0]})) == 2
        assert table.count(Filter(text="FIBRILL")) == 1
        assert table.count(Filter(equal={"burden_v_percent": [None]})) == 16
        assert table.count(Filter(equal={"tier": []})) == 0
        assert table.count(Filter(keys=["/recordings/r001", "nowhere"])) == 1
        assert dict(table.groups("tier")) == {0: 20, 1: 20, 2: 21, 3: 20, 4: 20}


def test_only_rows_with_a_value_are_counted_and_added_up(tmp_path: Path) -> None:
    rows = [row_of(f"r{n}", n_differences=n or None, reference_kappa=n / 4) for n in range(5)]
    with ResultTable(written(tmp_path, *rows)) as table:
        assert table.count(Filter(present=("n_differences",))) == 4
        assert table.sums(["n_differences", "reference_kappa"]) == {"n_differences": 10, "reference_kappa": 2.5}
        assert table.sums(["n_differences"], Filter(keys=["/recordings/r0"])) == {"n_differences": None}


def test_results_of_an_earlier_version_lack_columns_and_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, row_of("a", n_beats=3), row_of("b"))
    whole = pq.read_table(path)
    pq.write_table(whole.drop_columns(["n_differences", "confusion_v_n"]), path)
    with ResultTable(path) as table:
        assert table.rows(count=1)[0]["confusion_v_n"] is None
        assert table.sums(["n_beats", "n_differences"]) == {"n_beats": 3, "n_differences": None}
        assert table.count(Filter(present=("n_differences",))) == 0


@given(text=st.text(max_size=40))
def test_any_text_can_be_searched(path: Path, text: str) -> None:
    with ResultTable(path) as table:
        found = table.count(Filter(text))
        assert found == 101 if not text else 0 <= found <= 101


def test_an_unknown_column_is_refused(path: Path) -> None:
    with ResultTable(path) as table, pytest.raises(SourceError, match="no column"):
        table.rows(order="name; DROP VIEW results")


def test_what_holds_no_results_is_said(tmp_path: Path) -> None:
    (tmp_path / "other.parquet").write_bytes(b"PAR1 nothing")
    for name in ("other.parquet", "none.parquet"):
        with pytest.raises(SourceError, match="holds no results"):
            ResultTable(tmp_path / name)


def test_the_sample_is_of_harmless_recordings_and_grows_from_the_smaller_one(path: Path) -> None:
    with ResultTable(path) as table:
        small, large = harmless_sample(table, 10, 1), harmless_sample(table, 25, 1)
        assert large[:10] == small
        assert len(set(large)) == 25
        assert harmless_sample(table, 10, 2) != small
        rows = table.rows(Filter(keys=large), count=100)
        assert {row["tier"] for row in rows} <= {3, 4}
        assert len(harmless_sample(table, 1000, 1)) == 40


@pytest.mark.parametrize(
    ("n", "k", "low", "high"),
    [(10, 0, 0.0, 0.3085), (100, 5, 0.0164, 0.1128), (20, 20, 0.8316, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_that_of_clopper_and_pearson(n: int, k: int, low: float, high: float) -> None:
    found = missed_share([True] * k + [False] * (n - k))
    assert (found.n_checked, found.n_missed) == (n, k)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_an_unchecked_sample_reassures_nobody() -> None:
    assert "nothing is known" in missed_share([]).sentence(1000)
    said = missed_share([False] * 60).sentence(1000)
    assert "0.0 to 6.0 %" in said
    assert "0 to 60 of the 1,000" in said


def test_two_screenings_are_compared_in_order_of_consequence(tmp_path: Path) -> None:
    vt = {"tier": 0, "worst": "VT", "worst_reason": "5 V at 174 bpm"}
    refused = {"status": "refused", "refused": "broken", "tier": 2, "source_sha256": None}
    before = written(
        tmp_path / "a",
        row_of("same", n_v=1),
        row_of("lost", **vt),
        row_of("won"),
        row_of("counts", n_v=1),
        row_of("broke", **vt),
        row_of("gone"),
        row_of("mended", **refused),
    )
    after = written(
        tmp_path / "b",
        row_of("same", n_v=1),
        row_of("lost"),
        row_of("won", **vt),
        row_of("counts", n_v=2),
        row_of("broke", **refused),
        row_of("new"),
        row_of("mended"),
    )
    found = compare(before, after)
    assert [(one.name, one.change) for one in found.changes] == [
        ("won", "now urgent"),
        ("lost", "no longer urgent"),
        ("broke", "now refused"),
        ("mended", "no longer refused"),
        ("counts", "other finding"),
    ]
    assert (found.n_both, found.n_only_before, found.n_only_after, found.counts["same"]) == (6, 1, 1, 1)
    assert found.changes[4].measures == {"n_v": (1, 2)}
    assert found.changes[1].before == "VT 5 V at 174 bpm"
