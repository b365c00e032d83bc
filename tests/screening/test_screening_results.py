"""The journal of a screening survives what happens to processes and disks; tables hold the newest row of each."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from screening_for_tests import journal, row_of

from ecg_core import __version__
from ecg_core.errors import SourceError
from ecg_core.screening.columns import SCHEMA
from ecg_core.screening.results import JOURNAL, Results

pytestmark = pytest.mark.slow


def filled(folder: Path, *names: str) -> Results:
    results = Results(folder)
    with results.writing():
        for name in names:
            results.append(row_of(name, stamp=f"stamp of {name}"))
    return results


@given(cut=st.integers(1, 200), tail=st.binary(max_size=50))
def test_a_row_that_was_half_written_is_cut_off_and_the_others_stay(
    tmp_path_factory: pytest.TempPathFactory, cut: int, tail: bytes
) -> None:
    folder = tmp_path_factory.mktemp("results")
    results = filled(folder, "a", "b", "c")
    whole = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(whole[:-cut] + tail.replace(b"\n", b""))
    with results.writing():
        results.append(row_of("d"))
    assert [row["name"] for row in journal(folder)] == ["a", "b", "d"]


def test_a_damaged_line_costs_its_recording_alone(tmp_path: Path) -> None:
    results = filled(tmp_path, "a", "b")
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    (tmp_path / JOURNAL).write_bytes(lines[0] + b"\x00\xff{\n" + lines[1])
    assert set(results.done(__version__, "m")) == {"/recordings/a", "/recordings/b"}
    results.write_tables()
    assert pq.read_table(tmp_path / "screening.parquet")["name"].to_pylist() == ["a", "b"]


def test_what_another_version_or_model_found_is_done_again(tmp_path: Path) -> None:
    results = Results(tmp_path)
    with results.writing():
        results.append(row_of("a"))
        results.append(row_of("b", version="0.0.1"))
        results.append(row_of("c", model_sha256="other"))
        results.append(row_of("d", status="refused", model_sha256=None, stamp="s"))
    assert results.done(__version__, "m") == {"/recordings/a": "", "/recordings/d": "s"}


def test_tables_hold_the_newest_row_of_each_the_most_urgent_first(tmp_path: Path) -> None:
    results = Results(tmp_path)
    with results.writing():
        results.append(row_of("harmless", tier=4, n_beats=1))
        results.append(row_of("later urgent", tier=4))
        results.append(row_of("urgent", tier=0, urgency=3.5, worst_reason='5 V at 174 bpm, "fast"\nindeed'))
        results.append(row_of("later urgent", tier=0, urgency=1.0, n_beats=None))
    results.write_tables()
    table = pq.read_table(tmp_path / "screening.parquet")
    assert table["name"].to_pylist() == ["later urgent", "urgent", "harmless"]
    assert table.column_names == SCHEMA.names
    assert table["n_beats"].to_pylist() == [None, None, 1]
    assert str(table.schema.field("tier").type) == "int16"
    with (tmp_path / "screening.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["name"] for line in lines] == ["later urgent", "urgent", "harmless"]
    assert lines[1]["worst_reason"] == '5 V at 174 bpm, "fast"\nindeed'


def test_tables_before_the_first_row_are_empty(tmp_path: Path) -> None:
    results = Results(tmp_path / "new")
    results.write_tables()
    assert pq.read_table(tmp_path / "new" / "screening.parquet").num_rows == 0


def test_two_screenings_cannot_write_to_one_folder(tmp_path: Path) -> None:
    results, problems = Results(tmp_path), []

    def second() -> None:
        try:
            with Results(tmp_path).writing():
                pass
        except SourceError as error:
            problems.append(str(error))

    with results.writing():
        assert results.under_way()
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert problems == [f"Another screening is writing to {tmp_path}; wait for it, or cancel it."]
    assert not results.under_way()


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceError, match="cannot be written to"):
        Results(tmp_path / "file" / "below")


@pytest.mark.parametrize("text", ["", "pause", "cancel", "PAUSE", "\x00", "cancel now"])
def test_only_known_wishes_are_followed(tmp_path: Path, text: str) -> None:
    results = Results(tmp_path)
    assert results.wish() == ""
    (tmp_path / "control").write_text(text)
    assert results.wish() == (text if text in ("pause", "cancel") else "")
